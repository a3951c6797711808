"""Zone x zone skims of public transport from headways (optimal strategies)."""

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import Skims
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.headways.strategy_graph import line_graph
from itas_mobility.demand.transit.timetables.choice_sets import wanted_pairs
from itas_mobility.errors import DemandError
from itas_mobility.kernels.hyperpath import skim_strategies

_BLOCKS = 16
"""Blocks of destinations worked in parallel: a constant, so that results do not depend on the number of threads."""


def skim_headways(
    transit: TransitNetwork,
    access: AccessLegs,
    zones: Zones,
    *,
    window: TravelWindow,
    weights: JourneyWeights = JourneyWeights(),
    waits: HeadwayWaits = HeadwayWaits(),
    home_end: HomeEnd = "origin",
    period: TravelWindow | None = None,
    pairs: BoolArray | None = None,
) -> Skims:
    """Skim public transport between all zones in the headways of one period.

    Travellers follow the strategy of least expected perceived time (Spiess & Florian 1989): at a stop they board
    whichever attractive line comes first. One boarding they plan by the timetable, see `strategy_graph`.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns with headways by band of the day.
    access, zones, window, weights, waits, home_end, period, pairs
        As in `skim_transit`. Inside the search every boarding bears the penalty; as every journey has at least one
        boarding, taking one penalty off the total is exact.

    Returns
    -------
    Skims
        As in `skim_transit` for headways.

    Raises
    ------
    DemandError
        If an option is out of range or the arguments do not fit together.
    InputError
        If `home_end` is neither of both.
    """
    if access.n_zones != len(zones):
        raise DemandError(f"access legs were made for {access.n_zones} zones, there are {len(zones)}")
    wanted = wanted_pairs(pairs, access, zones)
    graph = line_graph(transit, access, window=window, weights=weights, waits=waits, home_end=home_end, period=period)
    destinations = np.flatnonzero(wanted.any(axis=0)).astype(np.int32)
    perceived_s, sums = skim_strategies(destinations, graph, _BLOCKS)
    random_s, planned_s, ways_s, in_vehicle_s, boardings, shuttle_boardings, car_access_s = sums
    wait_s, walk_s = random_s / weights.wait_weight, ways_s / weights.walk_weight
    found = {
        "time_s": walk_s + wait_s + in_vehicle_s,
        # rounding may leave -0.0000001 s where a journey is all penalty
        "perceived_s": np.maximum(perceived_s - weights.transfer_penalty_s, 0.0),
        "wait_s": wait_s,
        "walk_s": walk_s,
        "in_vehicle_s": in_vehicle_s,
        "boardings": boardings,
        "adaptation_s": planned_s / weights.adaptation_weight if waits.plans_ahead else planned_s,
    }
    if graph.is_marked.any():
        found["shuttle_boardings"] = shuttle_boardings
    if graph.begin_extra.any() or graph.end_extra.any():
        found["car_access_s"] = car_access_s
    is_left_out = ~wanted
    np.fill_diagonal(is_left_out, True)
    matrices = {}
    for name, to_some in found.items():
        matrix = np.full(wanted.shape, np.inf)
        matrix[:, destinations] = to_some
        matrix[is_left_out] = np.inf
        matrices[name] = matrix
    return Skims(zones.zone_id, matrices)
