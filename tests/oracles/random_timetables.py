"""Random small timetables for property tests: dwells, circles, places where nobody gets on or off, changes, walks."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from itas_mobility.core import AccessMode, ServiceDays
from oracles.transit_networks import access, timetable

STOPS = "ABCDEF"
DAY = 86400.0

pairs = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1])


def _pair_columns(chosen):
    chosen = sorted(chosen)
    return np.array([a for a, *_ in chosen], dtype=np.int32), np.array([b for _, b, *_ in chosen], dtype=np.int32)


@st.composite
def timetables(draw, begin=0):
    """Random timetable with dwells, circular routes, positions where nobody gets on or off, changes, transfers."""
    routes = []
    for r in range(draw(st.integers(1, 4))):
        called = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=4))
        times, now = [], begin
        for _ in called:
            now += draw(st.integers(0, 4))
            leave = now + draw(st.integers(0, 1))
            times.append((now, leave))
            now = leave
        starts = sorted(draw(st.lists(st.integers(0, 25), max_size=6)))
        trips = [(f"{r}.{i}", [(a + start, d + start) for a, d in times]) for i, start in enumerate(starts)]
        routes.append((f"r{r}", f"{r}", called, trips))
    table = timetable(STOPS, routes)
    flags = st.lists(st.sampled_from([True, True, True, False]), min_size=len(table.stop), max_size=len(table.stop))
    stated = draw(st.lists(st.tuples(pairs, st.integers(0, 5)), max_size=4, unique_by=lambda x: x[0]))
    stated = sorted((a, b, float(t)) for (a, b), t in stated)
    forbidden = draw(st.lists(pairs, max_size=2, unique=True))
    transfer_from, transfer_to = _pair_columns(stated)
    no_from, no_to = _pair_columns(forbidden)
    return replace(
        table,
        may_board=np.array(draw(flags)),
        may_alight=np.array(draw(flags)),
        change_s=np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 3.0]), min_size=6, max_size=6))),
        transfer_from=transfer_from,
        transfer_to=transfer_to,
        transfer_time_s=np.array([t for *_, t in stated], dtype=float),
        no_transfer_from=no_from,
        no_transfer_to=no_to,
    )


def dense_timetable(seed):
    """Timetable of many short lines at whole seconds, so that changes are made and moments coincide."""
    rng = np.random.default_rng(seed)
    routes = []
    for r in range(7):
        called = rng.choice(list(STOPS), size=rng.integers(2, 5), replace=False).tolist()
        arrive = np.cumsum(rng.integers(1, 4, size=len(called)) + rng.integers(0, 2, size=len(called)))
        starts = np.sort(rng.integers(0, 25, size=5)).tolist()
        times = [[(int(start + t), int(start + t)) for t in arrive] for start in starts]
        routes.append((f"r{r}", f"{r}", called, [(f"{r}.{i}", calls) for i, calls in enumerate(times)]))
    table = timetable(STOPS, routes)
    chosen = {(int(a), int(b)) for a, b in rng.integers(0, 6, size=(4, 2)) if a != b}
    transfer_from, transfer_to = _pair_columns(chosen)
    return replace(
        table,
        may_board=rng.random(len(table.stop)) < 0.9,
        may_alight=rng.random(len(table.stop)) < 0.9,
        change_s=rng.choice([0.0, 1.0, 4.0], size=6),
        transfer_from=transfer_from,
        transfer_to=transfer_to,
        transfer_time_s=rng.integers(0, 5, size=len(chosen)).astype(float),
    )


dense = st.integers(0, 10**6).map(dense_timetable)
"""Such timetables."""


@st.composite
def cases(draw):
    """One timetable, or that of the day before beside it, and walks."""
    table = draw(timetables())
    walked = draw(st.lists(st.tuples(pairs, st.integers(0, 6)), max_size=6, unique_by=lambda x: x[0]))
    walks = [(a, b, float(t)) for (a, b), t in walked]
    if draw(st.booleans()):
        return table, {0: table}, None, walks
    yesterday = draw(timetables(begin=86400))  # its trips run past midnight
    days = ServiceDays(np.array(["yesterday", "today"]), (yesterday, table))
    return days, {-1: yesterday, 0: table}, (-1, 0), walks


legs_of_zones = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5), st.booleans()),
    min_size=2,
    max_size=8,
    unique_by=lambda leg: (leg[0], leg[1], leg[3]),
)


def zone_legs(legs, transfers):
    """Access legs of three zones, the walking and cycling ones (zone, stop, s), and the walking ones alone."""
    zone, stop, time, by_bike = (list(column) for column in zip(*sorted(legs), strict=True))
    ways = replace(
        access(3, 6, [], transfers), zone=zone, stop=stop, time_s=time, length_m=time,
        mode=np.where(by_bike, AccessMode.BIKE, AccessMode.WALK), is_home_only=by_bike,
    )  # fmt: skip
    out = [(z, s, float(t)) for z, s, t, _ in legs]
    return ways, out, [(z, s, float(t)) for z, s, t, is_bike in legs if not is_bike]
