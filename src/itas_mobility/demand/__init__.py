"""Who travels when, where to and how; loads on the networks.

Everything about public transport is at home in `demand.transit`; `skim_transit` stands here too, beside `skim`, as both
make what the choice of mode is about.
"""

from itas_mobility.demand import transit
from itas_mobility.demand.assignment import (
    SETTLED_GAP,
    assign,
    assign_slices,
    assign_stochastic,
    load_stochastic,
    paths,
    proportionate,
    select_links,
    skim_used,
    turns,
)
from itas_mobility.demand.commuting import commute
from itas_mobility.demand.day import OFFICE, day_slices, shift_rows, shift_workers, tour_segments, travel_wishes
from itas_mobility.demand.distribution import calibrate_gravity, furness, gravity, pivot_to_statistics
from itas_mobility.demand.feedback import equilibrate
from itas_mobility.demand.generation import BACKGROUND_PARAMETERS, background_car_trips
from itas_mobility.demand.matrix_files import read_matrix, write_matrix
from itas_mobility.demand.mode_choice import incremental_logit, logit, nested_logit
from itas_mobility.demand.modes import (
    MODES,
    Offer,
    choice_parameters,
    drivers,
    mode_utilities,
    passengers,
    there_and_back,
    tour_mode_shares,
    utility_of_a_euro,
)
from itas_mobility.demand.skims import skim
from itas_mobility.demand.transit import skim_transit

__all__ = [
    "BACKGROUND_PARAMETERS",
    "MODES",
    "OFFICE",
    "SETTLED_GAP",
    "Offer",
    "assign",
    "assign_slices",
    "assign_stochastic",
    "background_car_trips",
    "calibrate_gravity",
    "choice_parameters",
    "commute",
    "day_slices",
    "drivers",
    "equilibrate",
    "furness",
    "gravity",
    "incremental_logit",
    "load_stochastic",
    "logit",
    "mode_utilities",
    "nested_logit",
    "passengers",
    "paths",
    "pivot_to_statistics",
    "proportionate",
    "read_matrix",
    "select_links",
    "shift_rows",
    "shift_workers",
    "skim",
    "skim_transit",
    "skim_used",
    "there_and_back",
    "tour_mode_shares",
    "tour_segments",
    "transit",
    "travel_wishes",
    "turns",
    "utility_of_a_euro",
    "write_matrix",
]


def __dir__() -> list[str]:
    return sorted(__all__)
