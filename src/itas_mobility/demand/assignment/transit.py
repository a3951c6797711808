"""Loads of public transport from headways (optimal strategies)."""

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.demand.transit_graph import transit_graph
from itas_mobility.errors import DemandError
from itas_mobility.kernels.hyperpath import load_strategies

_BLOCKS = 16
"""Blocks of destinations worked in parallel: a constant, so that results do not depend on the number of threads."""


def assign_transit(
    transit: TransitNetwork,
    access: AccessLegs,
    trips: ODMatrix,
    *,
    start_s: float,
    end_s: float,
    walk_weight: float = 2.0,
    wait_weight: float = 2.0,
    transfer_penalty_s: float = 300.0,
    wait_factor: float = 0.5,
    max_wait_s: float = 1800.0,
) -> TransitLoads:
    """Load trips on the lines by optimal strategies (Spiess & Florian 1989), without crowding.

    At a stop, travellers split over the attractive lines in proportion to their frequencies.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns with headways by band of the day.
    access : AccessLegs
        Walks between zones and stops and between stops.
    trips : ODMatrix
        Persons between zones in the whole period of the matrix; the loads are persons in that same period.
    start_s, end_s : float
        Period, seconds after midnight, whose headways hold.
    walk_weight, wait_weight, transfer_penalty_s, wait_factor, max_wait_s : float
        As in `skim_transit`; use the same values for both.

    Returns
    -------
    TransitLoads
        Volume, boardings and alightings by call of each pattern. Trips within a zone count as unassigned.

    Raises
    ------
    DemandError
        If an option is out of range or the arguments do not fit together.
    """
    if access.n_zones != len(trips):
        raise DemandError(f"access legs were made for {access.n_zones} zones, the trips for {len(trips)}")
    graph = transit_graph(
        transit,
        access,
        start_s=start_s,
        end_s=end_s,
        walk_weight=walk_weight,
        wait_weight=wait_weight,
        transfer_penalty_s=transfer_penalty_s,
        wait_factor=wait_factor,
        max_wait_s=max_wait_s,
    )
    volume, unassigned = load_strategies(
        np.arange(access.n_zones, dtype=np.int32),
        trips.trips,
        access.n_zones,
        graph.in_ptr,
        graph.head,
        graph.tail,
        graph.cost_s,
        wait_weight * graph.mean_wait_s,
        _BLOCKS,
    )
    boardings = _by_call(graph.board_link, volume)
    return TransitLoads(
        pattern_id=transit.pattern_id,
        line=transit.line,
        mode=transit.mode,
        stop_ptr=transit.stop_ptr,
        stop_id=transit.stop_id[transit.stop],
        stop_name=transit.stop_name[transit.stop],
        volume=boardings + _by_call(graph.ride_link, volume),
        boardings=boardings,
        alightings=_by_call(graph.alight_link, volume),
        assigned_trips=trips.total - unassigned,
        unassigned_trips=unassigned,
    )


def _by_call(link: IntArray, volume: FloatArray) -> FloatArray:
    """Volume of the link that belongs to each call; 0 where there is none."""
    return np.where(link >= 0, volume[link], 0.0)
