"""A clock-face timetable out of headways."""

import math
from collections.abc import Mapping

import numpy as np

from itas_mobility.core.transit import ServiceDays, Timetable, TransitNetwork
from itas_mobility.network.transit.departures import clock_face_departures
from itas_mobility.units import clock_text


def timetable_from_headways(transit: TransitNetwork, *, service_date: str = "") -> Timetable:
    """Make the timetable that a network of headways stands for, departures on the same minutes of each hour.

    In each band a pattern leaves its first stop at the moments of the band (its end excluded) at which (moment -
    offset) is a multiple of the headway. Halving a headway therefore keeps all departures and adds one between any two.

    Parameters
    ----------
    transit : TransitNetwork
        Patterns with run times, headways by band and offsets.
    service_date : str, default=""
        Day to be named in the timetable.

    Returns
    -------
    Timetable
        One route per pattern, in the same order and with its id; all trips of a route have the same run times, so that
        none overtakes. Times are whole seconds; dwell is part of the run time, so calls have no length. A pattern
        without departures makes a route without trips.

    Raises
    ------
    NetworkError
        If a headway is so short that two trips leave in the same second.
    """
    trip_counts, trip_ids, departures, times = [], [], [], []
    for i in range(transit.n_patterns):
        calls = slice(int(transit.stop_ptr[i]), int(transit.stop_ptr[i + 1]))
        run_s = np.round(np.cumsum(transit.run_time_s[calls]) - transit.run_time_s[calls])
        leaves_s = _departures(transit, i)
        trip_counts.append(len(leaves_s))
        trip_ids += [f"{transit.pattern_id[i]} {clock_text(moment)}" for moment in leaves_s.tolist()]
        times.append((leaves_s[:, None] + run_s[None, :]).ravel())
        departures.append(np.full(len(leaves_s), len(run_s), dtype=np.int64))
    at_calls_s = np.concatenate(times) if times else np.zeros(0)
    calls_of_trip = np.concatenate(departures) if departures else np.zeros(0, dtype=np.int64)
    return Timetable(
        stop_id=transit.stop_id,
        stop_name=transit.stop_name,
        stop_lon_deg=transit.stop_lon_deg,
        stop_lat_deg=transit.stop_lat_deg,
        route_id=transit.pattern_id,
        line=transit.line,
        mode=transit.mode,
        stop_ptr=transit.stop_ptr,
        stop=transit.stop,
        trip_ptr=np.concatenate([[0], np.cumsum(trip_counts, dtype=np.int64)]),
        trip_id=np.array(trip_ids, dtype=str),
        call_ptr=np.concatenate([[0], np.cumsum(calls_of_trip)]),
        arrival_s=at_calls_s,
        departure_s=at_calls_s,
        service_date=service_date,
        may_board=transit.may_board,
        may_alight=transit.may_alight,
        distance_m=transit.distance_m,
        stop_site=transit.stop_site,
    )


def timetables_from_headways(lines: Mapping[str, TransitNetwork]) -> ServiceDays:
    """Make the timetables of several kinds of days.

    Parameters
    ----------
    lines : mapping of str to TransitNetwork
        What the day is called -> its headways: the same stops, read from one file (``read_osm_lines(path, day="Sa")``).

    Returns
    -------
    ServiceDays
        One timetable per day, as `timetable_from_headways` makes it.

    Raises
    ------
    NetworkError
        If no day is given or the days have different stops.
    """
    return ServiceDays(
        label=np.array(list(lines), dtype=str),
        timetables=tuple(timetable_from_headways(one, service_date=label) for label, one in lines.items()),
    )


def _departures(transit: TransitNetwork, pattern: int) -> np.ndarray:
    """Departures of a pattern from its first stop, in whole seconds."""
    offset_s = float(transit.offset_s[pattern])
    found = []
    for start_s, end_s, headway_s in zip(
        transit.band_start_s.tolist(), transit.band_end_s.tolist(), transit.headway_s[pattern].tolist(), strict=True
    ):
        if math.isinf(headway_s):
            continue
        found.append(clock_face_departures(start_s, end_s, headway_s, offset_s))
    return np.concatenate(found) if found else np.zeros(0)
