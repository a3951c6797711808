"""Traffic assignment: volumes on road links, and what can be read out of them."""

from itas_mobility.demand.assignment.path_lists import paths
from itas_mobility.demand.assignment.proportions import SETTLED_GAP, proportionate
from itas_mobility.demand.assignment.selected import select_links
from itas_mobility.demand.assignment.slices import assign_slices
from itas_mobility.demand.assignment.solving import assign
from itas_mobility.demand.assignment.stochastic_solving import assign_stochastic, load_stochastic
from itas_mobility.demand.assignment.turning_volumes import turns
from itas_mobility.demand.assignment.used_paths import skim_used

__all__ = [
    "SETTLED_GAP",
    "assign",
    "assign_slices",
    "assign_stochastic",
    "load_stochastic",
    "paths",
    "proportionate",
    "select_links",
    "skim_used",
    "turns",
]


def __dir__() -> list[str]:
    return sorted(__all__)
