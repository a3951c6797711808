"""Where journeys begin and end: stops, stations or zones, and the ways between them and the stops of a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from itas_mobility.core.access import AccessLegs, AccessMode
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.transit import Timetable
from itas_mobility.demand.transit.timetables.index import TimetableIndex
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.kernels.timetable_arrays import Legs


@dataclass(frozen=True)
class Place:
    """One end of journeys: some stops, of which any will do, or a zone."""

    stops: IntArray
    """Rows of the stops; none for a zone."""
    zone: int = -1
    """Row of the zone; -1 for stops."""
    legs: AccessLegs | None = None
    """Legs that can be used at this end of the journeys; none are needed for stops."""


@dataclass(frozen=True)
class Ways:
    """Ways between a place and stops, each stop once; the stops of the place come first."""

    stop: IntArray
    time_s: FloatArray
    own: IntArray
    """Stop of the place that the way leads from or to; -1 for a zone."""
    mode: IntArray
    """`AccessMode`."""

    def between(self, stop: int) -> tuple[int, float, AccessMode]:
        """Stop of the place, time and mode of the way to or from one stop."""
        row = int(np.flatnonzero(self.stop == stop)[0])
        return int(self.own[row]), float(self.time_s[row]), AccessMode(int(self.mode[row]))


def find_place(
    timetable: Timetable,
    access: AccessLegs | None,
    which: str,
    *,
    stop: str | Sequence[str] | None,
    zone: int | None,
) -> Place | None:
    """The place that is meant by ids of stops or stations, or by a row of a zone; None if nothing is given.

    Parameters
    ----------
    timetable : Timetable
        Its stops are looked through.
    access : AccessLegs or None
        Its zones are those that can be meant.
    which : str
        ``"from"`` or ``"to"``, for messages.
    stop : str, sequence of str or None
        Ids of stops, or of stations, which mean all their stops.
    zone : int or None
        Row of a zone.

    Returns
    -------
    Place or None
        The place.

    Raises
    ------
    DemandError
        If both a stop and a zone are given, or the zone is not known.
    NetworkError
        If a stop is not known; the message names near ones.
    """
    if stop is not None and zone is not None:
        raise DemandError(f"journeys: give either {which}_stop or {which}_zone")
    if zone is not None:
        n_zones = 0 if access is None else access.n_zones
        if not 0 <= zone < n_zones:
            raise DemandError(f"journeys: {which}_zone={zone} is not one of the {n_zones} zones of the access legs")
        return Place(np.zeros(0, dtype=np.int32), int(zone), access)
    if stop is None:
        return None
    ids = [stop] if isinstance(stop, str) else list(stop)
    if not ids:
        raise DemandError(f"journeys: {which}_stop names no stop")
    rows = np.concatenate([_stops_named(timetable, one) for one in ids])
    return Place(rows[np.sort(np.unique(rows, return_index=True)[1])].astype(np.int32))


def _stops_named(timetable: Timetable, wanted: str) -> LongArray:
    """Rows of the stop of this id, else of the stops of the station of this id."""
    for column in (timetable.stop_id, timetable.stop_station):
        hits = np.flatnonzero(column == wanted)
        if hits.size and wanted:
            return hits
    known = [*timetable.stop_id.tolist(), *sorted(set(timetable.stop_station.tolist()) - {""})]
    near = get_close_matches(wanted, known, n=3, cutoff=0.4)
    named = np.flatnonzero(timetable.stop_name == wanted)[:3]
    hints = [f"{timetable.stop_id[row]} (named {wanted})" for row in named] or near
    told = f"did you mean {', '.join(hints)}?" if hints else f"first known: {', '.join(timetable.stop_id[:5])} ..."
    raise NetworkError(f"stop {wanted!r} is not in the timetable; {told}")


def ways_from(place: Place, index: TimetableIndex) -> Ways:
    """Ways from a place to stops, in the direction of the search."""
    if place.zone >= 0:
        return _zone_legs(place)
    own = [place.stops]
    stop = [place.stops]
    time_s = [np.zeros(len(place.stops))]
    for first in place.stops.tolist():
        walks = slice(index.walk_ptr[first], index.walk_ptr[first + 1])
        stop.append(index.walk_to[walks])
        time_s.append(index.walk_time_s[walks])
        own.append(np.full(len(stop[-1]), first, dtype=np.int32))
    return _quickest(stop, time_s, own, [np.zeros(len(one), dtype=np.int32) for one in stop])


def ways_to(place: Place, index: TimetableIndex) -> Ways:
    """Ways from stops to a place, in the direction of the search."""
    if place.zone >= 0:
        return _zone_legs(place)
    own = [place.stops]
    stop = [place.stops]
    time_s = [np.zeros(len(place.stops))]
    for last in place.stops.tolist():
        walks = np.flatnonzero(index.walk_to == last)
        stop.append((np.searchsorted(index.walk_ptr, walks, side="right") - 1).astype(np.int32))
        time_s.append(index.walk_time_s[walks])
        own.append(np.full(len(walks), last, dtype=np.int32))
    return _quickest(stop, time_s, own, [np.zeros(len(one), dtype=np.int32) for one in stop])


def _zone_legs(place: Place) -> Ways:
    legs = place.legs
    assert legs is not None  # find_place saw to it
    rows = np.flatnonzero(legs.zone == place.zone)
    own = np.full(len(rows), -1, dtype=np.int32)
    return _quickest([legs.stop[rows]], [legs.time_s[rows]], [own], [legs.mode[rows].astype(np.int32)])


def _quickest(stop: list[IntArray], time_s: list[FloatArray], own: list[IntArray], mode: list[IntArray]) -> Ways:
    """The quickest way of each stop; the order is that of the stops' first mention."""
    stops, times_s, owns, modes = (
        np.concatenate(stop),
        np.concatenate(time_s),
        np.concatenate(own),
        np.concatenate(mode),
    )
    order = np.argsort(times_s, kind="stable")
    best = np.sort(order[np.unique(stops[order], return_index=True)[1]])
    return Ways(stops[best], times_s[best], owns[best], modes[best])


def legs_to_each_stop(index: TimetableIndex) -> Legs:
    """Ways from each stop to all stops as the kernels take them: to itself in no time, and its walks."""
    n = len(index.walk_ptr) - 1
    pointer = index.walk_ptr + np.arange(n + 1)
    target = np.empty(pointer[-1], dtype=np.int32)
    time_s = np.zeros(pointer[-1])
    is_walk = np.ones(pointer[-1], dtype=np.bool_)
    is_walk[pointer[:-1]] = False
    target[pointer[:-1]] = np.arange(n, dtype=np.int32)
    target[is_walk] = index.walk_to
    time_s[is_walk] = index.walk_time_s
    return Legs(ptr=pointer, target=target, time=time_s, n_targets=n)


def legs_to_place(ways: Ways, n_stops: int) -> Legs:
    """Ways to one place as the kernels take them, the place being target 0."""
    order = np.argsort(ways.stop, kind="stable")
    pointer = np.searchsorted(ways.stop[order], np.arange(n_stops + 1)).astype(np.int64)
    target, time_s = np.zeros(len(order), dtype=np.int32), np.ascontiguousarray(ways.time_s[order])
    return Legs(ptr=pointer, target=target, time=time_s, n_targets=1)
