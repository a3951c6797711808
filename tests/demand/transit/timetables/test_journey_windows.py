"""Journeys of one departure and of windows against a twin that tries every departure."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ServiceDays
from itas_mobility.demand.transit import earliest_arrivals, journeys
from itas_mobility.errors import DemandError, NetworkError
from oracles.random_timetables import DAY, STOPS, cases, pairs
from oracles.transit_networks import access, timetable
from oracles.transit_search import backwards, optimal_rides, pieces_of, walks_of, ways_by_walk


def hang_together(journey, by_day, walks, change, slack):
    """Legs follow each other in place and time, rides are in the timetable, and people may get on and off there."""
    place, time, was_ride = journey.from_stop, journey.depart_s, False
    for leg in journey.legs:
        assert leg.from_stop == place
        if leg.is_walk:
            assert leg.mode == "walk"
            assert leg.depart_s == time
            assert leg.arrive_s - leg.depart_s == walks[STOPS.index(leg.from_stop), STOPS.index(leg.to_stop)]
            needed = slack
        else:
            needed = max(slack, change[STOPS.index(place)]) if was_ride is True else slack if was_ride else 0.0
            assert leg.depart_s >= time + needed
            table = by_day[leg.day]
            trip = table.trip_id.tolist().index(leg.trip_id)
            route = int(np.searchsorted(table.trip_ptr, trip, side="right")) - 1
            begin, at = table.call_ptr[trip], table.stop_ptr[route]
            shift = leg.day * DAY
            calls = range(table.call_ptr[trip + 1] - begin)
            assert any(
                table.departure_s[begin + i] + shift == leg.depart_s
                and table.arrival_s[begin + j] + shift == leg.arrive_s
                and STOPS[table.stop[at + i]] == leg.from_stop
                and STOPS[table.stop[at + j]] == leg.to_stop
                and table.may_board[at + i]
                and table.may_alight[at + j]
                for i in calls
                for j in calls
                if i < j
            )
        # True after a ride, "walked" after a walk that followed a ride
        was_ride = "walked" if leg.is_walk and was_ride else not leg.is_walk
        place, time = leg.to_stop, leg.arrive_s
    assert (place, time) == (journey.to_stop, journey.arrive_s)


@settings(max_examples=200)
@given(
    cases(), pairs, st.integers(0, 3), st.sampled_from([0.0, 2.0]), st.tuples(st.integers(-3, 30), st.integers(0, 30))
)
@pytest.mark.parametrize("is_arriving", [False, True])
def test_all_journeys_of_a_window_equal_the_twins(is_arriving, case, ends, max_transfers, slack, window):
    table, by_day, days, transfers = case
    first_table = next(iter(by_day.values()))
    walks, change = walks_of(first_table, transfers), first_table.change_s
    low, high = float(window[0]), float(window[0] + window[1])
    options = {"max_transfers": max_transfers, "min_transfer_s": slack, "days": days}
    name = "arrive_window_s" if is_arriving else "window_s"
    legs = access(1, 6, [], transfers)
    got = journeys(table, legs, from_stop=STOPS[ends[0]], to_stop=STOPS[ends[1]], **{name: (low, high)}, **options)

    pieces = pieces_of(by_day)
    if is_arriving:
        back_pieces, back_walks = backwards(pieces, walks)
        starts = ways_by_walk(back_walks, {ends[1]}, is_arriving=False)
        goals = ways_by_walk(back_walks, {ends[0]}, is_arriving=True)
        found = optimal_rides(back_pieces, back_walks, change, starts, goals, max_transfers + 1, slack, -high, -low)
        found = {(-until, -begin, rides) for begin, until, rides in found}
    else:
        starts = ways_by_walk(walks, {ends[0]}, is_arriving=False)
        goals = ways_by_walk(walks, {ends[1]}, is_arriving=True)
        found = optimal_rides(pieces, walks, change, starts, goals, max_transfers + 1, slack, low, high)
    walk = walks.get(ends, np.inf)
    expected = [x for x in found if x[1] - x[0] < walk]
    if walk < np.inf:
        expected.append((high - walk, high, 0) if is_arriving else (high, high + walk, 0))
    assert [(j.depart_s, j.arrive_s, j.rides) for j in got] == sorted(expected)
    for journey in got:
        hang_together(journey, by_day, walks, change, slack)


@settings(max_examples=200)
@given(cases(), pairs, st.integers(0, 3), st.sampled_from([0.0, 2.0]), st.integers(-3, 40))
@pytest.mark.parametrize("is_arriving", [False, True])
def test_journeys_at_one_time_equal_the_twins(is_arriving, case, ends, max_transfers, slack, moment):
    table, by_day, days, transfers = case
    first_table = next(iter(by_day.values()))
    walks, change = walks_of(first_table, transfers), first_table.change_s
    options = {"max_transfers": max_transfers, "min_transfer_s": slack, "days": days}
    name = "arrive_s" if is_arriving else "depart_s"
    legs = access(1, 6, [], transfers)
    got = journeys(table, legs, from_stop=STOPS[ends[0]], to_stop=STOPS[ends[1]], **{name: float(moment)}, **options)
    pieces, sign, arcs = pieces_of(by_day), 1.0, walks
    first, last = ends
    if is_arriving:
        (pieces, arcs), sign, first, last = backwards(pieces, walks), -1.0, last, first
    starts = ways_by_walk(arcs, {first}, is_arriving=False)
    goals = ways_by_walk(arcs, {last}, is_arriving=True)
    found = optimal_rides(pieces, arcs, change, starts, goals, max_transfers + 1, slack, sign * moment, np.inf)
    best = {}
    for rides in range(1, max_transfers + 2):
        best[rides - 1] = min((until for _, until, k in found if k <= rides), default=np.inf)
    best[0] = min(best[0], sign * moment + walks.get(ends, np.inf))
    expected, least = [], np.inf
    for transfers_needed in sorted(best):
        if best[transfers_needed] < least:
            least = best[transfers_needed]
            expected.append((transfers_needed, sign * least))
    assert [(j.transfers, j.depart_s if is_arriving else j.arrive_s) for j in got] == expected
    for journey in got:
        hang_together(journey, by_day, walks, change, slack)


@settings(max_examples=60)
@given(cases(), st.integers(0, 5), st.integers(-3, 30), st.integers(0, 20))
def test_a_search_for_all_stops_tells_what_searches_for_one_tell(case, first, moment, length):
    table, _, days, transfers = case
    legs = access(1, 6, [], transfers)
    options = {"from_stop": STOPS[first], "max_transfers": 2, "days": days}
    window = (float(moment), float(moment + length))
    one_by_one = [j for last in STOPS for j in journeys(table, legs, to_stop=last, window_s=window, **options)]
    everywhere = journeys(table, legs, window_s=window, **options)

    def shown(journey):
        return journey.to_stop, journey.depart_s, journey.arrive_s, journey.transfers

    assert [shown(j) for j in everywhere] == [shown(j) for j in one_by_one]
    arrive_s, transfers_needed = earliest_arrivals(table, legs, depart_s=float(moment), **options)
    told = {j.to_stop: j for j in journeys(table, legs, depart_s=float(moment), **options)}
    assert set(told) == {STOPS[i] for i in np.flatnonzero(np.isfinite(arrive_s))}
    for stop, journey in told.items():
        assert journey.arrive_s == arrive_s[STOPS.index(stop)]
        assert journey.transfers == transfers_needed[STOPS.index(stop)]
    assert (transfers_needed[np.isinf(arrive_s)] == -1).all()


def small():
    """A to B by bus at 10 and 20, B to C on foot; A and B are platforms of a station."""
    table = timetable("ABC", [("r", "7", "AB", [("x", [(10, 10), (16, 16)]), ("y", [(20, 20), (26, 26)])])])
    return replace(table, stop_station=np.array(["West", "West", ""]))


def test_from_zone_to_zone_the_legs_are_told():
    legs = access(2, 3, [(0, 0, 3.0), (1, 1, 2.0), (1, 2, 1.0)], [(1, 2, 0.5)])
    found = journeys(small(), legs, from_zone=0, to_zone=1, window_s=(0.0, 100.0))
    assert [(j.depart_s, j.arrive_s, j.from_zone, j.to_zone) for j in found] == [(7.0, 18.0, 0, 1), (17.0, 28.0, 0, 1)]
    assert [(leg.mode, leg.from_stop, leg.to_stop, leg.depart_s, leg.arrive_s) for leg in found[0].legs] == [
        ("walk", "", "A", 7.0, 10.0), ("bus", "A", "B", 10.0, 16.0), ("walk", "B", "", 16.0, 18.0),
    ]  # fmt: skip
    assert journeys(small(), legs, from_zone=0, to_zone=1, arrive_window_s=(0.0, 100.0)) == found
    assert journeys(small(), legs, from_zone=0, to_zone=1, depart_s=8.0) == found[1:]
    assert journeys(small(), legs, from_zone=0, to_zone=1, arrive_s=27.0) == found[:1]
    assert list(found[0].to_dataframe().line) == ["", "7", ""]


def test_between_zone_and_stop_one_may_walk_all_the_way():
    legs = access(1, 3, [(0, 0, 3.0), (0, 1, 30.0)])
    (walk,) = journeys(small(), legs, from_zone=0, to_stop="B", depart_s=21.0)
    assert (walk.arrive_s, walk.from_zone, walk.to_zone, walk.to_stop, walk.rides) == (51.0, 0, -1, "B", 0)
    (back,) = journeys(small(), legs, from_stop="B", to_zone=0, arrive_s=100.0)
    assert (back.depart_s, back.from_zone, back.to_zone, back.from_stop) == (70.0, -1, 0, "B")


def test_a_station_stands_for_its_stops():
    table = small()
    (ride,) = journeys(table, from_stop="A", to_stop="B", depart_s=11.0)
    assert journeys(table, from_stop="West", to_stop="B", depart_s=11.0)[0].rides == 0  # B is there
    assert journeys(table, from_stop=["A", "C"], to_stop="B", depart_s=11.0) == (ride,)
    assert journeys(table, access(1, 3, [], [(1, 2, 5.0)]), from_stop="A", to_stop=["C"], depart_s=0.0)[0].rides == 1


def test_an_index_is_kept_with_its_nouns_and_goes_with_them():
    import gc
    from weakref import ref

    from itas_mobility.demand.transit.timetables.index import kept_index

    table, legs = small(), access(1, 3, [])
    index = kept_index(table, legs, days=None, is_mirrored=False)
    assert kept_index(table, legs, days=None, is_mirrored=False) is index
    assert kept_index(table, None, days=None, is_mirrored=False) is not index
    assert kept_index(table, legs, days=(0, 1), is_mirrored=False) is not index
    gone = ref(table)
    del table
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"from_stop": "A", "depart_s": 1.0, "window_s": (1.0, 2.0)}, DemandError, "given: depart_s, window_s"),
        ({"from_stop": "A", "window_s": (3.0, 2.0)}, DemandError, "window_s"),
        ({"from_stop": "A", "depart_s": np.nan}, DemandError, "finite"),
        ({"depart_s": 1.0}, DemandError, "from_stop or from_zone"),
        ({"from_stop": "A", "from_zone": 0, "depart_s": 1.0}, DemandError, "either from_stop or from_zone"),
        ({"from_zone": 3, "depart_s": 1.0}, DemandError, "from_zone=3"),
        ({"from_stop": (), "depart_s": 1.0}, DemandError, "names no stop"),
        ({"from_stop": "Wst", "depart_s": 1.0}, NetworkError, "did you mean West"),
        ({"from_stop": "A", "depart_s": 1.0, "days": (0, 0)}, DemandError, "each day once"),
    ],
)
def test_queries_that_make_no_sense_name_what_is_wrong(options, error, message):
    with pytest.raises(error, match=message):
        journeys(small(), **options)


def test_service_days_need_a_day_each():
    days = ServiceDays(np.array(["a", "b"]), (small(), small()))
    with pytest.raises(DemandError, match="2 timetables"):
        journeys(days, from_stop="A", depart_s=0.0, days=(0,))
    (tomorrow,) = journeys(days, from_stop="A", to_stop="B", depart_s=50.0)
    assert (tomorrow.depart_s, tomorrow.legs[0].day) == (DAY + 10.0, 1)
