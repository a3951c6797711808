"""Who travels when, where to and how; loads on the networks.

Everything about public transport is at home in `demand.transit`; `skim_transit` stands here too, beside `skim`, as both
make what the choice of mode is about.
"""

from itas_mobility.demand import calibration, transit
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
from itas_mobility.demand.benefit import consumer_surplus
from itas_mobility.demand.commuting import COMMUTE_PARAMETERS, commute, commute_deterrence, commute_weights
from itas_mobility.demand.cycling import UPTAKE_CURVES, UptakeCurve, cycling_uptake
from itas_mobility.demand.day import (
    OFFICE,
    PART_TIME,
    day_slices,
    shift_rows,
    shift_workers,
    tour_segments,
    travel_wishes,
    works_shifts,
)
from itas_mobility.demand.destinations import DESTINATION_PARAMETERS, respond_destinations
from itas_mobility.demand.distribution import (
    BlockBounds,
    Deterrence,
    GravityFit,
    calibrate_gravity,
    fit_gravity,
    furness,
    gravity,
    pivot_to_statistics,
)
from itas_mobility.demand.feedback import equilibrate
from itas_mobility.demand.generation import BACKGROUND_PARAMETERS, background_car_trips
from itas_mobility.demand.groups import APPRENTICES, GROUP_PARAMETERS, person_groups
from itas_mobility.demand.job_changes import change_jobs, homes_of_a_new_site, job_account, sites_before
from itas_mobility.demand.lifts import LIFT_PARAMETERS, lift_chance, without_seat
from itas_mobility.demand.matrix_files import read_matrix, write_matrix
from itas_mobility.demand.mode_choice import incremental_logit, incremental_nested_logit, logit, nested_logit
from itas_mobility.demand.modes import (
    MODES,
    NESTS,
    Offer,
    choice_parameters,
    choose_at,
    choose_at_prices,
    choose_modes,
    drivers,
    group_shares,
    mode_nests,
    mode_utilities,
    nest_scales,
    persons_by_group,
    riders,
    there_and_back,
    utility_of_a_euro,
)
from itas_mobility.demand.parking import (
    PARKING_PARAMETERS,
    clear_parking,
    fullest_moment,
    most_standing,
    outside_cost,
    site_parking,
)
from itas_mobility.demand.skims import skim
from itas_mobility.demand.transit import skim_transit
from itas_mobility.demand.within_zones import intrazonal_km, with_intrazonal

__all__ = [
    "APPRENTICES",
    "BACKGROUND_PARAMETERS",
    "COMMUTE_PARAMETERS",
    "DESTINATION_PARAMETERS",
    "GROUP_PARAMETERS",
    "LIFT_PARAMETERS",
    "MODES",
    "NESTS",
    "OFFICE",
    "PARKING_PARAMETERS",
    "PART_TIME",
    "SETTLED_GAP",
    "UPTAKE_CURVES",
    "BlockBounds",
    "Deterrence",
    "GravityFit",
    "Offer",
    "UptakeCurve",
    "assign",
    "assign_slices",
    "assign_stochastic",
    "background_car_trips",
    "calibrate_gravity",
    "calibration",
    "change_jobs",
    "choice_parameters",
    "choose_at",
    "choose_at_prices",
    "choose_modes",
    "clear_parking",
    "commute",
    "commute_deterrence",
    "commute_weights",
    "consumer_surplus",
    "cycling_uptake",
    "day_slices",
    "drivers",
    "equilibrate",
    "fit_gravity",
    "fullest_moment",
    "furness",
    "gravity",
    "group_shares",
    "homes_of_a_new_site",
    "incremental_logit",
    "incremental_nested_logit",
    "intrazonal_km",
    "job_account",
    "lift_chance",
    "load_stochastic",
    "logit",
    "mode_nests",
    "mode_utilities",
    "most_standing",
    "nest_scales",
    "nested_logit",
    "outside_cost",
    "paths",
    "person_groups",
    "persons_by_group",
    "pivot_to_statistics",
    "proportionate",
    "read_matrix",
    "respond_destinations",
    "riders",
    "select_links",
    "shift_rows",
    "shift_workers",
    "site_parking",
    "sites_before",
    "skim",
    "skim_transit",
    "skim_used",
    "there_and_back",
    "tour_segments",
    "transit",
    "travel_wishes",
    "turns",
    "utility_of_a_euro",
    "with_intrazonal",
    "without_seat",
    "works_shifts",
    "write_matrix",
]


def __dir__() -> list[str]:
    return sorted(__all__)
