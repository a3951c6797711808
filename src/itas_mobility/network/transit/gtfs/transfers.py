"""Transfers of a feed between its stops: ways with times, least times at a stop, and changes that are not possible."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.geo import haversine_m
from itas_mobility.network.tags import WALK_KM_PER_H
from itas_mobility.network.transit.gtfs.tables import Tables
from itas_mobility.network.transit.walks import WALK_DETOUR
from itas_mobility.units import KM_PER_H_TO_M_PER_S, SECONDS_PER_DAY

LEAST_TIME, NOT_POSSIBLE, IN_SEAT = 2, 3, (4, 5)
"""Codes of ``transfer_type``."""
_NARROWING: Final = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")


@dataclass(frozen=True, eq=False)
class Transfers:
    """Columns of `Timetable` with the same names, of the stops that were asked for."""

    change_s: FloatArray
    transfer_from: IntArray
    transfer_to: IntArray
    transfer_time_s: FloatArray
    no_transfer_from: IntArray
    no_transfer_to: IntArray


def narrowed(tables: Tables) -> LongArray:
    """Rows of transfers.txt that hold for single routes or trips, or for passengers who stay in their seats.

    Parameters
    ----------
    tables : Tables
        The feed.

    Returns
    -------
    int array
        Rows, which are not used.
    """
    table = tables["transfers.txt"]
    is_narrow = np.isin(table.wholes("transfer_type"), IN_SEAT)
    for name in _NARROWING:
        is_narrow |= table.texts(name).n_bytes > 0
    return np.flatnonzero(is_narrow)


def transfers_of(tables: Tables, stops: LongArray, station: IntArray) -> Transfers:
    """Transfers between stops; rows that name a station hold for all of its stops.

    Parameters
    ----------
    tables : Tables
        The feed.
    stops : int array
        Rows of stops.txt that vehicles call at.
    station : IntArray
        Row of the station of each row of stops.txt, -1 for none.

    Returns
    -------
    Transfers
        A row for two stops goes before one that names a station, and the first of several before the others.
        Type 2 states the time; types 0 and 1 between two stops state none and get that of a walk along the beeline;
        type 3 at a single stop is a change that takes a day.
    """
    table, places = tables["transfers.txt"], tables["stops.txt"]
    first, last = (places.keys["stop_id"].rows(table.texts(name)) for name in ("from_stop_id", "to_stop_id"))
    is_used = (first >= 0) & (last >= 0)
    is_used[narrowed(tables)] = False
    column = np.full(len(places), -1, dtype=np.int64)
    column[stops] = np.arange(len(stops))
    children = _children(stops, station, len(places))
    found: dict[tuple[int, int], tuple[int, int]] = {}
    # of several rows for the same two places the first counts
    places_of = np.column_stack([first, last])[is_used]
    firsts = np.unique(places_of, axis=0, return_index=True)[1]
    for row in np.flatnonzero(is_used)[np.sort(firsts)].tolist():
        heads, tails = children(int(first[row])), children(int(last[row]))
        rank = int(column[first[row]] < 0) + int(column[last[row]] < 0)
        for head in column[heads].tolist():
            for tail in column[tails].tolist():
                if (head, tail) not in found or rank < found[head, tail][0]:
                    found[head, tail] = rank, row
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    rows = np.array([found[head, tail][1] for head, tail in pairs.tolist()], dtype=np.int64)
    kind = table.wholes("transfer_type")[rows]
    time_s = np.maximum(table.wholes("min_transfer_time")[rows], 0).astype(np.float64)
    is_same = pairs[:, 0] == pairs[:, 1]
    change_s = np.zeros(len(stops))
    at = is_same & (kind == LEAST_TIME)
    change_s[pairs[at, 0]] = time_s[at]
    change_s[pairs[is_same & (kind == NOT_POSSIBLE), 0]] = float(SECONDS_PER_DAY)
    untimed = kind != LEAST_TIME
    time_s[untimed] = _walk_s(tables, stops[pairs[untimed, 0]], stops[pairs[untimed, 1]])
    is_way, is_none = ~is_same & (kind != NOT_POSSIBLE), ~is_same & (kind == NOT_POSSIBLE)
    return Transfers(
        change_s=change_s,
        transfer_from=pairs[is_way, 0].astype(np.int32),
        transfer_to=pairs[is_way, 1].astype(np.int32),
        transfer_time_s=time_s[is_way],
        no_transfer_from=pairs[is_none, 0].astype(np.int32),
        no_transfer_to=pairs[is_none, 1].astype(np.int32),
    )


def _children(stops: LongArray, station: IntArray, n_places: int) -> Callable[[int], LongArray]:
    """Function that gives the called-at stops of a place: itself, or the stops of the station that it is."""
    of_station = np.argsort(station[stops], kind="stable")
    sorted_station = station[stops][of_station]
    is_stop = np.zeros(n_places, dtype=bool)
    is_stop[stops] = True

    def children(place: int) -> LongArray:
        if is_stop[place]:
            return np.array([place])
        low, high = np.searchsorted(sorted_station, [place, place + 1])
        return stops[of_station[low:high]]

    return children


def _walk_s(tables: Tables, first: LongArray, last: LongArray) -> FloatArray:
    """Whole seconds of a walk between places of stops.txt."""
    lon, lat = tables["stops.txt"].numbers("stop_lon"), tables["stops.txt"].numbers("stop_lat")
    length_m = haversine_m(lon[first], lat[first], lon[last], lat[last]) * WALK_DETOUR
    walk_s: FloatArray = np.round(length_m / (WALK_KM_PER_H * KM_PER_H_TO_M_PER_S))
    return walk_s
