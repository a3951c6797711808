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


def pieces_of(by_day):
    """All pieces of trips one may ride, on all days {day: timetable}: (from stop, departure, to stop, arrival)."""
    pieces = []
    for day, table in by_day.items():
        for route in range(len(table.route_id)):
            places = range(table.stop_ptr[route], table.stop_ptr[route + 1])
            for trip in range(table.trip_ptr[route], table.trip_ptr[route + 1]):
                calls = range(table.call_ptr[trip], table.call_ptr[trip + 1])
                on = [(table.stop[p], table.departure_s[c]) for p, c in zip(places, calls, strict=True)]
                off = [(table.stop[p], table.arrival_s[c]) for p, c in zip(places, calls, strict=True)]
                for i, first in enumerate(places):
                    for j, last in enumerate(places):
                        if i < j and table.may_board[first] and table.may_alight[last]:
                            shift = day * 86400.0
                            pieces.append((int(on[i][0]), on[i][1] + shift, int(off[j][0]), off[j][1] + shift))
    return pieces


def walks_of(timetable, transfers):
    """Walks {(from, to): s}: stated ones, others (from, to, s) where nothing is stated, none where it is forbidden."""
    walks = {}
    for start, end, time in transfers:
        walks[start, end] = min(time, walks.get((start, end), np.inf))
    stated = zip(timetable.transfer_from, timetable.transfer_to, timetable.transfer_time_s, strict=True)
    walks.update({(int(a), int(b)): float(t) for a, b, t in stated})
    for a, b in zip(timetable.no_transfer_from, timetable.no_transfer_to, strict=True):
        walks.pop((int(a), int(b)), None)
    return walks


def optimal_rides(pieces, walks, change, starts, ends, max_rides, slack, low, high):
    """All (departure, arrival, rides) that none dominates, with a departure in [low, high].

    Every departure at which a trip is just caught is tried on its own. `starts` and `ends` are {stop: way there}.
    """
    setting_out = {at - starts[a] for a, at, _, _ in pieces if a in starts and low <= at - starts[a] <= high}
    found = set()
    for begin in setting_out:
        arrive = {}
        for a, at, b, until in pieces:
            if a in starts and begin <= at - starts[a] <= high:
                arrive[b] = min(until, arrive.get(b, np.inf))
        for rides in range(1, max_rides + 1):
            if rides > 1:
                ready = {s: t + max(slack, change[s]) for s, t in arrive.items()}
                for (a, b), walk in walks.items():
                    if a in arrive:
                        ready[b] = min(arrive[a] + walk + slack, ready.get(b, np.inf))
                for a, at, b, until in pieces:
                    if at >= ready.get(a, np.inf):
                        arrive[b] = min(until, arrive.get(b, np.inf))
            done = min((t + ends[s] for s, t in arrive.items() if s in ends), default=np.inf)
            if done < np.inf:
                found.add((begin, done, rides))
    return {x for x in found if not any(y != x and y[0] >= x[0] and y[1] <= x[1] and y[2] <= x[2] for y in found)}


def earliest_by_rides(pieces, walks, change, starts, ends, max_rides, slack):
    """Earliest arrival with at most k rides, k from 0 on; `starts` are {stop: from when}, `ends` {stop: way there}."""
    ready, arrive, best = dict(starts), {}, [np.inf]
    for _ in range(max_rides):
        for a, at, b, until in pieces:
            if at >= ready.get(a, np.inf):
                arrive[b] = min(until, arrive.get(b, np.inf))
        for s, t in arrive.items():
            ready[s] = min(t + max(slack, change[s]), ready.get(s, np.inf))
        for (a, b), walk in walks.items():
            if a in arrive:
                ready[b] = min(arrive[a] + walk + slack, ready.get(b, np.inf))
        best.append(min((t + ends[s] for s, t in arrive.items() if s in ends), default=np.inf))
    return best


def ways_by_walk(walks, stops, *, is_arriving):
    """Quickest ways {stop: s} from some stops, or to them, by one walk at most."""
    ways = {}
    for (a, b), walk in walks.items():
        if (b if is_arriving else a) in stops:
            end = a if is_arriving else b
            ways[end] = min(walk, ways.get(end, np.inf))
    return ways | dict.fromkeys(stops, 0.0)


def backwards(pieces, walks):
    """The same timetable seen backwards in time."""
    return [(b, -until, a, -at) for a, at, b, until in pieces], {(b, a): walk for (a, b), walk in walks.items()}
