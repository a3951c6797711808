"""Traffic assignment: volumes on road links and boardings of lines."""

from itas_mobility.demand.assignment.slices import assign_slices
from itas_mobility.demand.assignment.solving import assign

__all__ = ["assign", "assign_slices"]
