"""Zone x zone skims of public transport from headways (optimal strategies)."""

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import Skims
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.headways.strategy_graph import transit_graph
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
) -> Skims:
    """Skim public transport between all zones in the headways of one period.

    Travellers follow the strategy of least expected perceived time (Spiess & Florian 1989): at a stop they board
    whichever attractive line comes first. Of rare services they know the timetable, see `strategy_graph`.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns with headways by band of the day.
    access, zones, window, weights, waits, home_end
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
    graph = transit_graph(transit, access, window=window, weights=weights, waits=waits, home_end=home_end)
    attributes = np.column_stack(
        [graph.wait_s, graph.adaptation_s, graph.walk_s, graph.ride_s, graph.is_boarding.astype(np.float64)]
    )
    perceived_s, sums = skim_strategies(
        np.arange(access.n_zones, dtype=np.int32),
        graph.at_costs(graph.cost_s),
        np.column_stack([graph.wait_per_cost, graph.adaptation_per_cost]),
        attributes,
        access.n_zones,
        _BLOCKS,
    )
    wait_s, adaptation_s, walk_s, in_vehicle_s, boardings = sums
    matrices = {
        "time_s": walk_s + wait_s + in_vehicle_s,
        # rounding may leave -0.0000001 s where a journey is all penalty
        "perceived_s": np.maximum(perceived_s - weights.transfer_penalty_s, 0.0),
        "wait_s": wait_s,
        "walk_s": walk_s,
        "in_vehicle_s": in_vehicle_s,
        "boardings": boardings,
        # rounding may leave -0.0000001 s where the wait is just the longest
        "adaptation_s": np.maximum(adaptation_s, 0.0),
    }
    for matrix in matrices.values():
        np.fill_diagonal(matrix, np.inf)
    return Skims(zones.zone_id, matrices)
