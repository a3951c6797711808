import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.errors import NetworkError
from itas_mobility.kernels.raptor import search_rounds
from itas_mobility.kernels.timetable_arrays import Legs, Sources
from oracles.transit_networks import access, timetable
from oracles.transit_search import earliest_rides, latest_rides

STOPS = "ABCDEFG"


@st.composite
def timetables(draw):
    """Random timetable without overtaking, with dwells, circular routes, routes without trips, and transfers."""
    routes = []
    for r in range(draw(st.integers(1, 5))):
        called = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
        times, now = [], 0
        for _ in called:
            now += draw(st.integers(0, 4))
            leave = now + draw(st.integers(0, 1))
            times.append((now, leave))
            now = leave
        starts = sorted(draw(st.lists(st.integers(0, 25), max_size=8)))
        trips = [(f"{r}.{i}", [(a + start, d + start) for a, d in times]) for i, start in enumerate(starts)]
        routes.append((f"r{r}", f"{r}", called, trips))
    change = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6).map(float)).filter(
        lambda x: x[0] != x[1]
    )
    transfers = draw(st.lists(change, max_size=10, unique_by=lambda x: x[:2]))
    return timetable(STOPS, routes), transfers


def search(index, sources, max_rides, slack, limit=np.inf):
    """Earliest arrival by vehicle with at most k rides, as the twin gives it."""
    stop, time = zip(*sources, strict=True)
    begin = Sources(np.array(stop, dtype=np.int32), np.array(time, dtype=float))
    legs = Legs(np.zeros(len(index.at_ptr), dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0), 0)
    ride, *_ = search_rounds(begin, limit, max_rides, float(slack), index.table, legs)
    return ride


sources = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30).map(float)), min_size=1, max_size=3)


@settings(max_examples=250, deadline=None)
@given(timetables(), sources, st.integers(0, 4), st.sampled_from([0.0, 3.0]))
def test_forward_equals_the_twin(case, starts, max_rides, slack):
    table, transfers = case
    legs = access(1, len(STOPS), [], transfers)
    got = search(index_timetable(table, legs), starts, max_rides, slack)
    np.testing.assert_array_equal(got, earliest_rides(table, transfers, starts, max_rides, slack))


@settings(max_examples=250, deadline=None)
@given(timetables(), sources, st.integers(0, 4), st.sampled_from([0.0, 3.0]))
def test_backward_equals_the_twin(case, targets, max_rides, slack):
    table, transfers = case
    legs = access(1, len(STOPS), [], transfers)
    mirrored = index_timetable(table, legs, is_mirrored=True)
    got = -search(mirrored, [(s, -t) for s, t in targets], max_rides, slack)
    np.testing.assert_array_equal(got, latest_rides(table, transfers, targets, max_rides, slack))


@settings(max_examples=60, deadline=None)
@given(timetables(), sources, st.integers(0, 50))
def test_a_limit_hides_later_arrivals_and_nothing_else(case, starts, limit):
    table, transfers = case
    index = index_timetable(table, access(1, len(STOPS), [], transfers))
    free = search(index, starts, 3, 0.0)
    np.testing.assert_array_equal(search(index, starts, 3, 0.0, limit), np.where(free <= limit, free, np.inf))


@pytest.mark.parametrize(("slack", "arrival"), [(2.0, 30.0), (3.0, 50.0)])
def test_a_change_with_a_walk_needs_walk_and_slack(slack, arrival):
    # at B at 10, a walk of 4 to C, and on from there at 16 or 36
    go_on = [("y", [(16, 16), (30, 30)]), ("z", [(36, 36), (50, 50)])]
    table = timetable("ABCD", [("r", "1", "AB", [("x", [(0, 0), (10, 10)])]), ("q", "2", "CD", go_on)])
    legs = access(1, 4, [], [(1, 2, 4.0)])
    assert search(index_timetable(table, legs), [(0, 0.0)], 2, slack)[2, 3] == arrival
    due = {2.0: 0.0, 3.0: np.inf}[slack]
    assert search(index_timetable(table, legs, is_mirrored=True), [(3, -30.0)], 2, slack)[2, 0] == due


def test_days_lie_side_by_side_even_where_the_night_overlaps_the_morning():
    day = 86400.0
    late = ("late", [(day + 600, day + 600), (day + 1200, day + 1200)])
    early = ("early", [(0, 0), (300, 300)])
    table = timetable("AB", [("r", "1", ["A", "B"], [early, late])])
    index = index_timetable(table, None, days=(-1, 0, 1))
    # at 00:05 the first trip of today is gone; yesterday's last one leaves at 24:10
    assert search(index, [(0, 300.0)], 1, 0.0)[1, 1] == 1200.0
    assert search(index, [(0, day)], 1, 0.0)[1, 1] == day + 300.0
    assert search(index_timetable(table, None), [(0, 300.0)], 1, 0.0)[1, 1] == day + 1200.0
    assert set(index.trip_day.tolist()) == {-1, 0, 1}


def test_routes_outside_the_window_are_left_out():
    table = timetable("AB", [("r", "1", ["A", "B"], [("t", [(1000, 1000), (2000, 2000)])])])
    assert len(index_timetable(table, None, low_s=2001.0).trip_row) == 0
    assert len(index_timetable(table, None, high_s=999.0).trip_row) == 0
    assert len(index_timetable(table, None, low_s=2000.0, high_s=2500.0).trip_row) == 1


@pytest.mark.parametrize(
    ("trips", "message"),
    [
        ([("a", [(0, 0), (50, 50)]), ("b", [(10, 10), (40, 40)])], "trip b overtakes"),
        ([("a", [(0, 0)])], "trip a has 1 calls"),
        ([("a", [(30, 30), (20, 20)])], "trip a arrives before"),
    ],
)
def test_timetables_that_cannot_be_searched_are_refused(trips, message):
    with pytest.raises(NetworkError, match=message):
        index_timetable(timetable("AB", [("r", "1", ["A", "B"], trips)]), None)


def test_access_legs_of_other_stops_are_refused():
    table = timetable("AB", [("r", "1", ["A", "B"], [])])
    with pytest.raises(NetworkError, match="3 stops"):
        index_timetable(table, access(1, 3, []))
