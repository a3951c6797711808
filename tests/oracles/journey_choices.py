"""Journeys to choose from, written down by hand or drawn by chance, for loads on timetables."""

import numpy as np

from itas_mobility.core import JourneySets
from itas_mobility.units import SECONDS_PER_DAY
from oracles.transit_networks import timetable


def journey_sets(n_zones, tables, choices):
    """Sets from {(from, to): [(walk to the stop s, [(trip, board, alight[, day]), ...], walk from it s), ...]}.

    `tables` is a timetable, or one by day. Walking between rides takes no time.
    """
    by_day = tables if isinstance(tables, dict) else {0: tables}
    columns = {name: [] for name in ("depart_s", "arrive_s", "walk_s", "wait_s", "in_vehicle_s")}
    journey_ptr, ride_ptr, rides = [0], [0], []
    pairs = sorted(pair for pair in choices if choices[pair])
    for pair in pairs:
        made = []
        for before_s, parts, after_s in choices[pair]:
            calls = []
            for trip, board, alight, *day in parts:
                table, shift = by_day[day[0] if day else 0], SECONDS_PER_DAY * (day[0] if day else 0)
                first = table.call_ptr[trip]
                calls.append((table.departure_s[first + board] + shift, table.arrival_s[first + alight] + shift))
            riding = sum(b - a for a, b in calls)
            whole = calls[-1][1] - calls[0][0]
            made.append(
                (calls[0][0] - before_s, calls[-1][1] + after_s, before_s + after_s, whole - riding, riding, parts)
            )
        for *times, parts in sorted(made, key=lambda one: one[0]):
            for name, value in zip(columns, times, strict=True):
                columns[name].append(float(value))
            rides += [(*part, 0)[:4] for part in parts]
            ride_ptr.append(len(rides))
        journey_ptr.append(len(ride_ptr) - 1)
    ends, parts = np.array(pairs, dtype=int).reshape(-1, 2), np.array(rides, dtype=int).reshape(-1, 4)
    return JourneySets(
        zone_id=np.array([f"z{i}" for i in range(n_zones)]),
        origin=ends[:, 0],
        destination=ends[:, 1],
        journey_ptr=journey_ptr,
        ride_ptr=ride_ptr,
        ride_trip=parts[:, 0],
        board=parts[:, 1],
        alight=parts[:, 2],
        ride_day=parts[:, 3],
        **columns,
    )


def two_lines(*, first_s=(600.0, 1800.0), second_s=(600.0, 1800.0), run_s=600.0, second_run_s=600.0):
    """Lines 1 and 2 from P to Q, leaving P at the given moments; trips a0, a1, ..., b0, b1, ..."""

    def trips(name, starts, run):
        return [(f"{name}{i}", [(s, s), (s + run, s + run)]) for i, s in enumerate(starts)]

    routes = [("r1", "1", ["P", "Q"], trips("a", first_s, run_s))]
    routes.append(("r2", "2", ["P", "Q"], trips("b", second_s, second_run_s)))
    return timetable("PQ", routes)


def random_choices(seed, *, n_zones=4, n_pairs=6, most=6):
    """A timetable of three lines of six stops, and sets of journeys of one or two rides on it."""
    rng = np.random.default_rng(seed)
    routes = []
    for r in range(3):
        run = rng.integers(60, 400, 5)
        offset = np.concatenate([[0], np.cumsum(run)])
        starts = np.sort(rng.choice(np.arange(0, 7200, 60), size=5, replace=False))
        trips = [(f"t{r}{k}", [(float(s + o), float(s + o)) for o in offset]) for k, s in enumerate(starts)]
        stops = [f"s{i}" for i in rng.choice(12, size=6, replace=False)]
        routes.append((f"r{r}", f"{r % 2}", stops, trips))
    table = timetable([f"s{i}" for i in range(12)], routes)
    choices = {}
    pairs = [(o, d) for o in range(n_zones) for d in range(n_zones) if o != d]
    for row in rng.choice(len(pairs), size=min(n_pairs, len(pairs)), replace=False):
        made = []
        for _ in range(int(rng.integers(1, most + 1))):
            trips = rng.choice(15, size=int(rng.integers(1, 3)), replace=False)
            parts = []
            for trip in trips:
                board = int(rng.integers(0, 5))
                parts.append((int(trip), board, int(rng.integers(board + 1, 6))))
            if len(parts) == 2:
                leaves = [table.departure_s[table.call_ptr[t] + b] for t, b, _ in parts]
                arrives = [table.arrival_s[table.call_ptr[t] + a] for t, _, a in parts]
                if arrives[0] > leaves[1]:
                    parts = parts[:1]
            made.append((float(rng.integers(0, 300)), parts, float(rng.integers(0, 300))))
        choices[pairs[row]] = made
    return table, journey_sets(n_zones, table, choices)
