"""Traffic assignment: volumes on road links and boardings of lines."""

<<<<<<< HEAD
from itas_mobility.demand.assignment.slices import assign_slices
=======
from itas_mobility.demand.assignment.path_lists import paths
from itas_mobility.demand.assignment.proportions import proportionate
from itas_mobility.demand.assignment.selected import select_links
>>>>>>> room-analysis
from itas_mobility.demand.assignment.solving import assign
from itas_mobility.demand.assignment.turning_volumes import turns

<<<<<<< HEAD
__all__ = ["assign", "assign_slices"]
=======
__all__ = ["assign", "paths", "proportionate", "select_links", "turns"]
>>>>>>> room-analysis
