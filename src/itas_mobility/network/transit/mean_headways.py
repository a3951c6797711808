"""Lines with headways out of a timetable, for methods that know headways only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility import geo
from itas_mobility.core import ReadReport, Timetable, TransitNetwork
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit.headways import DEFAULT_BANDS, Span
from itas_mobility.network.transit.line_ways import DETOUR


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """Trips of one line that call at the same stops, even if they overtake each other."""

    route: int
    """The first of their routes, which gives its id, line, mode, stops and who may board."""
    departure_s: FloatArray
    """At the first stop, sorted."""
    run_time_s: FloatArray


def headways_from_timetable(timetable: Timetable, *, bands: Sequence[Span] = DEFAULT_BANDS) -> TransitNetwork:
    """Mean headways of a timetable by band: the band's length over the number of departures from the first stop.

    Routes of the same line, stops and boarding become one pattern; its run times are the means of its trips.

    Parameters
    ----------
    timetable : Timetable
        Trips of a day.
    bands : sequence of (start, end), optional
        Bands of the service day in seconds, sorted; by default `headways.DEFAULT_BANDS`.

    Returns
    -------
    TransitNetwork
        The same stops; ``report`` counts what has no place in it (departures outside the bands, routes without trips
        or with a single stop). Lengths the timetable does not know are beelines times 1.2.

    Raises
    ------
    NetworkError
        If no trip departs within the bands, or the bands overlap.
    """
    start_s, end_s = np.array(bands, float).reshape(-1, 2).T
    departures = _first_departures(timetable)
    inside = ((departures[:, None] >= start_s) & (departures[:, None] < end_s)).any(axis=1)
    if not inside.any():
        raise NetworkError(f"headways_from_timetable: none of the {timetable.n_trips} trips departs within the bands")
    trips, stops = np.diff(timetable.trip_ptr), np.diff(timetable.stop_ptr)
    patterns = [_pattern(timetable, rows, departures) for rows in _alike(timetable, (trips > 0) & (stops >= 2))]
    headway = np.full((len(patterns), len(start_s)), np.inf)
    offset = np.zeros(len(patterns))
    for i, pattern in enumerate(patterns):
        low, high = (np.searchsorted(pattern.departure_s, edge) for edge in (start_s, end_s))
        runs = high > low
        headway[i, runs] = (end_s - start_s)[runs] / (high - low)[runs]
        if runs.any():
            first = int(np.argmax(runs))
            offset[i] = pattern.departure_s[low[first]] % headway[i, first]
    routes = [pattern.route for pattern in patterns]
    calls = [np.arange(timetable.stop_ptr[r], timetable.stop_ptr[r + 1]) for r in routes]
    at = np.concatenate(calls)
    ends = [timetable.stop[call[[0, -1]]] for call in calls]
    return TransitNetwork(
        stop_id=timetable.stop_id,
        stop_name=timetable.stop_name,
        stop_lon_deg=timetable.stop_lon_deg,
        stop_lat_deg=timetable.stop_lat_deg,
        pattern_id=timetable.route_id[routes],
        line=timetable.line[routes],
        pattern_name=np.array([" - ".join(timetable.stop_name[pair].tolist()) for pair in ends], str),
        mode=timetable.mode[routes],
        stop_ptr=np.concatenate([[0], np.cumsum([len(call) for call in calls])]),
        stop=timetable.stop[at],
        run_time_s=np.concatenate([pattern.run_time_s for pattern in patterns]),
        distance_m=np.concatenate([_lengths_m(timetable, call) for call in calls]),
        band_start_s=start_s,
        band_end_s=end_s,
        headway_s=headway,
        offset_s=offset,
        may_board=timetable.may_board[at],
        may_alight=timetable.may_alight[at],
        stop_site=timetable.stop_site,
        report=ReadReport(
            timetable.report.file if timetable.report else "timetable",
            {
                "trips": timetable.n_trips,
                "departures outside the bands": int((~inside).sum()),
                "routes without trips": int((trips == 0).sum()),
                "routes with a single stop": int((stops < 2).sum()),
                "patterns": len(patterns),
            },
        ),
    )


def _first_departures(timetable: Timetable) -> FloatArray:
    """Departure of each trip from its first stop; trips without calls never depart."""
    first = timetable.call_ptr[:-1]
    result = np.full(timetable.n_trips, np.inf)
    has_calls = np.diff(timetable.call_ptr) > 0
    result[has_calls] = timetable.departure_s[first[has_calls]]
    return result


def _alike(timetable: Timetable, usable: np.ndarray) -> list[list[int]]:
    """Routes of the same line, stops and boarding, in order."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for route in np.flatnonzero(usable).tolist():
        at = slice(int(timetable.stop_ptr[route]), int(timetable.stop_ptr[route + 1]))
        columns = (timetable.stop, timetable.may_board, timetable.may_alight)
        key = (str(timetable.line[route]), int(timetable.mode[route]), *(column[at].tobytes() for column in columns))
        groups.setdefault(key, []).append(route)
    return list(groups.values())


def _pattern(timetable: Timetable, routes: list[int], departures: FloatArray) -> _Pattern:
    trips: LongArray = np.concatenate([np.arange(timetable.trip_ptr[r], timetable.trip_ptr[r + 1]) for r in routes])
    n = int(timetable.stop_ptr[routes[0] + 1] - timetable.stop_ptr[routes[0]])
    at = timetable.call_ptr[trips][:, None] + np.arange(n)
    # people are carried from departure to departure, at the end to the arrival
    passed = timetable.departure_s[at]
    passed[:, -1] = timetable.arrival_s[at[:, -1]]
    return _Pattern(routes[0], np.sort(departures[trips]), np.append(np.diff(passed, axis=1).mean(axis=0), 0.0))


def _lengths_m(timetable: Timetable, call: IntArray | LongArray) -> FloatArray:
    stop = timetable.stop[call]
    lon, lat = timetable.stop_lon_deg[stop], timetable.stop_lat_deg[stop]
    beeline = np.append(geo.haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), 0.0)
    return np.where(np.isfinite(timetable.distance_m[call]), timetable.distance_m[call], beeline * DETOUR)
