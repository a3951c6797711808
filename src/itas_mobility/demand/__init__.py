"""Who travels when, where to and how; loads on the networks."""

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
from itas_mobility.demand.crowding_parameters import CROWDING_PARAMETERS, crowding_from
from itas_mobility.demand.day import OFFICE, day_slices, shift_rows, shift_workers, tour_segments, travel_windows
from itas_mobility.demand.distribution import calibrate_gravity, furness, gravity, pivot_to_statistics
from itas_mobility.demand.feedback import equilibrate
from itas_mobility.demand.generation import BACKGROUND_PARAMETERS, background_car_trips
from itas_mobility.demand.matrix_files import read_matrix, write_matrix
from itas_mobility.demand.mode_choice import incremental_logit, logit, nested_logit
from itas_mobility.demand.modes import MODES, choice_parameters, there_and_back, tour_mode_shares
from itas_mobility.demand.skims import skim
from itas_mobility.demand.transit.fares import journey_fare_eur
from itas_mobility.demand.transit.headways.loads import assign_transit
from itas_mobility.demand.transit.headways.strategy_graph import mean_headways
from itas_mobility.demand.transit.on_demand import simulate_on_demand, size_on_demand
from itas_mobility.demand.transit.perceived_skims import skim_transit
from itas_mobility.demand.transit.perceived_time import perceived_journey_s
from itas_mobility.demand.transit.reachability import shift_reachability
from itas_mobility.demand.transit.timetables.choice_sets import choice_sets
from itas_mobility.demand.transit.timetables.choice_skims import skim_choice_sets
from itas_mobility.demand.transit.timetables.journeys import earliest_arrivals, journeys
from itas_mobility.demand.transit.timetables.loads import assign_timetable
from itas_mobility.demand.transit.timetables.preferred_journeys import preferred_journeys
from itas_mobility.demand.transit.timetables.travel_times import skim_timetable

__all__ = [
    "BACKGROUND_PARAMETERS",
    "CROWDING_PARAMETERS",
    "MODES",
    "OFFICE",
    "SETTLED_GAP",
    "assign",
    "assign_slices",
    "assign_stochastic",
    "assign_timetable",
    "assign_transit",
    "background_car_trips",
    "calibrate_gravity",
    "choice_parameters",
    "choice_sets",
    "commute",
    "crowding_from",
    "day_slices",
    "earliest_arrivals",
    "equilibrate",
    "furness",
    "gravity",
    "incremental_logit",
    "journey_fare_eur",
    "journeys",
    "load_stochastic",
    "logit",
    "mean_headways",
    "nested_logit",
    "paths",
    "perceived_journey_s",
    "pivot_to_statistics",
    "preferred_journeys",
    "proportionate",
    "read_matrix",
    "select_links",
    "shift_reachability",
    "shift_rows",
    "shift_workers",
    "simulate_on_demand",
    "size_on_demand",
    "skim",
    "skim_choice_sets",
    "skim_timetable",
    "skim_transit",
    "skim_used",
    "there_and_back",
    "tour_mode_shares",
    "tour_segments",
    "travel_windows",
    "turns",
    "write_matrix",
]
