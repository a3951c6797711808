"""Journeys in a timetable the slow, obvious way: every trip, every pair of its calls, ride by ride."""

import numpy as np


def rides_of(timetable):
    """All pieces of trips one can ride: (from stop, departure, to stop, arrival)."""
    pieces = []
    for route in range(len(timetable.route_id)):
        stops = timetable.stop[timetable.stop_ptr[route] : timetable.stop_ptr[route + 1]].tolist()
        for trip in range(timetable.trip_ptr[route], timetable.trip_ptr[route + 1]):
            begin = timetable.call_ptr[trip]
            for i in range(len(stops)):
                for j in range(i + 1, len(stops)):
                    piece = (stops[i], timetable.departure_s[begin + i], stops[j], timetable.arrival_s[begin + j])
                    pieces.append(piece)
    return pieces


def earliest_rides(timetable, transfers, sources, max_rides, slack):
    """Earliest arrival by vehicle with at most k rides, shape (max_rides + 1, n_stops); `sources` are (stop, time)."""
    pieces = rides_of(timetable)
    n = timetable.n_stops
    ready = np.full(n, np.inf)
    for stop, time in sources:
        ready[stop] = min(ready[stop], time)
    result = np.full((max_rides + 1, n), np.inf)
    for k in range(1, max_rides + 1):
        result[k] = result[k - 1]
        for start, departure, end, arrival in pieces:
            if departure >= ready[start]:
                result[k, end] = min(result[k, end], arrival)
        for stop in range(n):
            ready[stop] = min(ready[stop], result[k, stop] + slack)
        for start, end, walk in transfers:
            ready[end] = min(ready[end], result[k, start] + walk + slack)
    return result


def latest_rides(timetable, transfers, targets, max_rides, slack):
    """Latest departure by vehicle with at most k rides that is in time; `targets` are (stop, time); -inf: none."""
    pieces = rides_of(timetable)
    n = timetable.n_stops
    due = np.full(n, -np.inf)
    for stop, time in targets:
        due[stop] = max(due[stop], time)
    result = np.full((max_rides + 1, n), -np.inf)
    for k in range(1, max_rides + 1):
        result[k] = result[k - 1]
        for start, departure, end, arrival in pieces:
            if arrival <= due[end]:
                result[k, start] = max(result[k, start], departure)
        for stop in range(n):
            due[stop] = max(due[stop], result[k, stop] - slack)
        for start, end, walk in transfers:
            due[start] = max(due[start], result[k, end] - walk - slack)
    return result
