"""Travelling by public transport: journeys in timetables, skims, loads, fares, shift reachability, on-demand fleets."""

from itas_mobility.demand.transit.crowding_parameters import CROWDING_PARAMETERS, crowding_from
from itas_mobility.demand.transit.fares import journey_fare_eur
from itas_mobility.demand.transit.headways.loads import assign_transit
from itas_mobility.demand.transit.headways.schedule_delay import mean_schedule_delay_s
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
from itas_mobility.demand.transit.timetables.shuttles import shuttle_boardings
from itas_mobility.demand.transit.timetables.travel_times import skim_timetable

__all__ = [
    "CROWDING_PARAMETERS",
    "assign_timetable",
    "assign_transit",
    "choice_sets",
    "crowding_from",
    "earliest_arrivals",
    "journey_fare_eur",
    "journeys",
    "mean_headways",
    "mean_schedule_delay_s",
    "perceived_journey_s",
    "preferred_journeys",
    "shift_reachability",
    "shuttle_boardings",
    "simulate_on_demand",
    "size_on_demand",
    "skim_choice_sets",
    "skim_timetable",
    "skim_transit",
]


def __dir__() -> list[str]:
    return sorted(__all__)
