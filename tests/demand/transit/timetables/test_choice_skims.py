"""Perceived skims of timetables: by hand, against a twin that cuts the window at every crossing, and as they change."""

import numba
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itas_mobility.core import (
    HeadwayWaits,
    JourneySets,
    JourneyWeights,
    SearchLimits,
    ServiceDays,
    Timetable,
    TravelWindow,
)
from itas_mobility.demand.transit import choice_sets, preferred_journeys, skim_choice_sets, skim_transit
from itas_mobility.errors import DemandError
from oracles.choice_sets import assert_rides_make_the_journeys
from oracles.preferred_journeys import ways_to_travel
from oracles.random_timetables import cases, legs_of_zones, timetables, zone_legs
from oracles.transit_networks import access, network, timetable, zones
from oracles.transit_search import pieces_of, walks_of
from oracles.wished_moments import means, share_up_to

HOUR = TravelWindow(0.0, 3600.0)


def one_line(departures, run=900.0, walk=(120.0, 60.0)):
    """Zone 0 to zone 1 by one line."""
    trips = [(f"t{i}", [(at, at), (at + run, at + run)]) for i, at in enumerate(sorted(departures))]
    table = timetable("PQ", [("r", "1", "PQ", trips)])
    return table, access(2, 2, [(0, 0, walk[0]), (1, 1, walk[1])])


def skim(table, legs, n=2, **options):
    return skim_transit(table, legs, zones(n), **{"window": HOUR, **options})


def shifts_weigh(adaptation_weight):
    return JourneyWeights(adaptation_weight=adaptation_weight)


def exactly(start_s, end_s):
    """A window beyond which nobody travels."""
    return TravelWindow(start_s, end_s, extra_s=(0.0, 0.0))


@pytest.mark.parametrize("arrive_by", [False, True])
def test_a_regular_headway_shifts_people_by_a_quarter_of_it(arrive_by):
    lead = 120.0
    offset = -(900.0 + 60.0) if arrive_by else lead
    table, legs = one_line(np.arange(-2, 9) * 600.0 + offset + 3000.0)
    window = TravelWindow(3000.0, 6600.0, arrive_by)
    found = skim(table, legs, window=window, weights=shifts_weigh(0.5), percentiles=(0, 50, 75, 100))
    here = {name: matrix[0, 1] for name, matrix in found.items()}
    assert here == pytest.approx(
        {
            "time_s": 1080.0, "perceived_s": 2 * 180 + 900 + 0.5 * 150, "wait_s": 0.0, "walk_s": 180.0,
            "in_vehicle_s": 900.0, "boardings": 1.0, "adaptation_s": 150.0, "journeys": 6.0, "perceived_p0_s": 1260.0,
            "perceived_p50_s": 1260 + 0.5 * 150, "perceived_p75_s": 1260 + 0.5 * 225, "perceived_p100_s": 1260 + 150.0,
        }
    )  # fmt: skip
    assert found["journeys"][1, 0] == found["journeys"][0, 0] == 0.0
    others = [matrix for name, matrix in found.items() if name != "journeys"]
    assert all(np.isinf(m[1, 0]) and np.isinf(m[0, 0]) and np.isinf(m[1, 1]) for m in others)


def test_uneven_gaps_shift_people_by_the_sum_of_their_squares():
    gaps = np.array([300.0, 1500.0, 600.0, 1200.0])
    table, legs = one_line(np.append(0.0, np.cumsum(gaps)) + 120.0)
    found = skim(table, legs, window=exactly(0.0, 3600.0))
    assert found["adaptation_s"][0, 1] == pytest.approx((gaps**2).sum() / (4 * gaps.sum()))
    regular = skim(*one_line(np.arange(5) * 900.0 + 120.0), window=exactly(0.0, 3600.0))
    assert regular["adaptation_s"][0, 1] == pytest.approx(225.0)
    assert regular["perceived_s"][0, 1] < found["perceived_s"][0, 1]


def test_a_quick_journey_draws_people_from_further_away():
    # at 600 a journey of 1000 s, at 1800 one of 400 s: they are even for wishes at 1200 - 600 / 2 = 900
    table, legs = one_line([600.0], 1000.0, (0.0, 0.0))
    both = timetable("PQ", [("r", "1", "PQ", [("a", [(600, 600), (1600, 1600)]), ("b", [(1800, 1800), (2200, 2200)])])])
    found = skim(both, legs, window=TravelWindow(0.0, 2400.0))
    assert found["in_vehicle_s"][0, 1] == pytest.approx((900 * 1000 + 1500 * 400) / 2400)
    shift = (600**2 / 2 + 300**2 / 2 + 900**2 / 2 + 600**2 / 2) / 2400
    assert found["adaptation_s"][0, 1] == pytest.approx(shift)
    alone = skim(table, legs, window=TravelWindow(0.0, 2400.0), weights=shifts_weigh(0.0), percentiles=(10,))
    assert alone["perceived_s"][0, 1] == alone["perceived_p10_s"][0, 1] == 1000.0


def test_people_at_the_edge_may_go_before_or_after_the_window():
    table, legs = one_line([300.0, 4500.0], 600.0, (0.0, 0.0))
    found = skim(table, legs, window=TravelWindow(600.0, 4200.0))
    assert found["journeys"][0, 1] == 0.0
    assert found["adaptation_s"][0, 1] == pytest.approx((300 + 2100) / 2)
    earlier = skim(table, legs, window=TravelWindow(600.0, 3600.0, extra_s=(300.0, 300.0)))
    assert earlier["adaptation_s"][0, 1] == pytest.approx((300 + 3300) / 2)
    nearer = TravelWindow(600.0, 4200.0, extra_s=(299.0, 299.0))
    assert np.isinf(skim(table, legs, window=nearer)["perceived_s"][0, 1])


@st.composite
def sets_of_journeys(draw):
    """Journeys of two pairs with random parts."""
    n = draw(st.lists(st.integers(1, 6), min_size=2, max_size=2))
    rows = draw(st.lists(st.tuples(*[st.integers(0, 40)] * 4, st.integers(1, 3)), min_size=sum(n), max_size=sum(n)))
    rows = [*sorted(rows[: n[0]]), *sorted(rows[n[0] :])]
    depart, walk, wait, ride, rides = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    n_rides = rides.astype(int)
    return JourneySets(
        zone_id=["a", "b", "c"], origin=[0, 1], destination=[2, 0], journey_ptr=np.cumsum([0, *n]), depart_s=depart,
        arrive_s=depart + walk + wait + ride, walk_s=walk, wait_s=wait, in_vehicle_s=ride,
        ride_ptr=np.cumsum([0, *n_rides]), ride_day=np.zeros(n_rides.sum()), ride_trip=np.zeros(n_rides.sum()),
        board=np.zeros(n_rides.sum()), alight=np.ones(n_rides.sum()),
    )  # fmt: skip


def is_even(moments, costs, weight):
    """Whether two journeys cost the same over a whole stretch of wishes, so that it is open which one is meant."""
    even = np.isclose(costs[:, None], costs[None, :] + weight * np.abs(moments[:, None] - moments[None, :]))
    return np.count_nonzero(even) > len(costs)


@settings(max_examples=100)
@given(
    sets_of_journeys(), st.booleans(), st.sampled_from([0.0, 0.3, 1.0, 2.5]), st.integers(-5, 40), st.integers(1, 30)
)
def test_means_and_percentiles_equal_the_twins(sets, arrive_by, weight, start, length):
    window = (float(start), float(start + length))
    shares = (0.0, 10.0, 50.0, 95.0, 100.0)
    fares = np.arange(len(sets)) * 1.5
    found = skim_choice_sets(
        sets, window=TravelWindow(*window, arrive_by), weights=JourneyWeights(2.0, 1.5, 5.0, weight),
        percentiles=shares, fare_eur=fares,
    )  # fmt: skip
    costs = 2 * sets.walk_s + 1.5 * sets.wait_s + sets.in_vehicle_s + 5 * (sets.boardings - 1)
    moments = sets.arrive_s if arrive_by else sets.depart_s
    for p in range(sets.n_pairs):
        here = slice(sets.journey_ptr[p], sets.journey_ptr[p + 1])
        pair = (sets.origin[p], sets.destination[p])
        case = (moments[here], costs[here], weight, *window)
        perceived, shift, (in_vehicle, fare) = means(*case, [sets.in_vehicle_s[here], fares[here]])
        np.testing.assert_allclose(found["perceived_s"][pair], perceived, rtol=1e-9)
        if weight > 0 and not is_even(*case[:3]):
            np.testing.assert_allclose(found["adaptation_s"][pair], shift, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(found["in_vehicle_s"][pair], in_vehicle, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(found["fare_eur"][pair], fare, rtol=1e-9, atol=1e-9)
        for share in shares:
            value = found[f"perceived_p{share:g}_s"][pair]
            assert share_up_to(value + 1e-6, *case) >= share / 100 - 1e-9
            assert share_up_to(value - 1e-6, *case) <= share / 100 + 1e-9


direct_lines = st.lists(
    st.tuples(st.lists(st.integers(0, 60), min_size=1, max_size=6, unique=True), st.integers(5, 30)), min_size=1,
    max_size=3,
)  # fmt: skip


def several_lines(lines):
    """Direct lines of (departures, run), in minutes, between two zones, with the same ways to the stops."""
    routes = [
        (f"r{i}", f"{i}", "PQ", [(f"{i}.{at}", [(60 * at, 60 * at), (60 * (at + run),) * 2]) for at in sorted(times)])
        for i, (times, run) in enumerate(lines)
    ]
    return timetable("PQ", routes), access(2, 2, [(0, 0, 100.0), (1, 1, 50.0)])


@settings(max_examples=40)
@given(direct_lines, st.sampled_from([0.3, 1.0]), st.booleans(), st.data())
def test_a_faster_or_more_frequent_service_never_hurts(lines, weight, arrive_by, data):
    options = {"weights": shifts_weigh(weight), "window": TravelWindow(0.0, 3600.0, arrive_by)}
    base = skim(*several_lines(lines), **options)["perceived_s"][0, 1]
    assume(np.isfinite(base))
    changed = data.draw(st.integers(0, len(lines) - 1))
    times, run = lines[changed]
    faster = [*lines[:changed], (times, run - data.draw(st.integers(1, 4))), *lines[changed + 1 :]]
    added = sorted({*times, data.draw(st.integers(0, 60))})
    denser = [*lines[:changed], (added, run), *lines[changed + 1 :]]
    one_more = [*lines, data.draw(direct_lines)[0]]
    # a faster bus that people wish to arrive with is there at another moment: for some wishes a worse one
    for better in [denser, one_more] if arrive_by else [faster, denser, one_more]:
        assert skim(*several_lines(better), **options)["perceived_s"][0, 1] <= base + 1e-6


@settings(max_examples=40)
@given(st.lists(st.integers(1, 59), min_size=2, max_size=5, unique=True))
def test_regular_departures_beat_irregular_ones_of_the_same_number(minutes):
    minutes = sorted(minutes)
    n = len(minutes) + 1
    uneven = [60.0 * m for m in (0, *minutes, 60)]
    even = [3600.0 * k / n for k in range(n + 1)]
    legs = {"walk": (0.0, 0.0)}
    found = [skim(*one_line(times, **legs), window=exactly(0.0, 3600.0)) for times in (even, uneven)]
    assert found[0]["journeys"][0, 1] == found[1]["journeys"][0, 1] == n
    for name in ("perceived_s", "adaptation_s"):
        assert found[0][name][0, 1] <= found[1][name][0, 1] + 1e-6


def test_transfers_are_weighted_and_day_after_day_runs():
    table = timetable(
        "PQR",
        [("a", "1", "PQ", [("a1", [(0, 0), (600, 600)])]), ("b", "2", "QR", [("b1", [(900, 900), (1500, 1500)])])],
    )
    legs = access(3, 3, [(0, 0, 0.0), (1, 1, 0.0), (2, 2, 0.0)])
    days = ServiceDays(np.array(["a", "b"]), (table, table))
    window = TravelWindow(86400.0, 86401.0)
    found = skim(days, legs, 3, window=window, weights=JourneyWeights(2.0, 1.5, 100.0, 0.0))
    assert found["perceived_s"][0, 2] == pytest.approx(1200 + 1.5 * 300 + 100)
    assert (found["wait_s"][0, 2], found["boardings"][0, 2]) == pytest.approx((300.0, 2.0))
    assert np.isinf(skim(days, legs, 3, days=(-1, 0), window=window)["time_s"][0, 2])


def test_results_do_not_depend_on_threads():
    table, legs = several_lines([([0, 7, 20, 41], 12), ([3, 33], 9)])
    made = []
    for n in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(n)
        made.append(skim(table, legs, percentiles=(50,)))
    for name in made[0]:
        np.testing.assert_array_equal(made[0][name], made[1][name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"waits": HeadwayWaits(wait_factor=0.25)}, "wait_factor: only for headways"),
        ({"percentiles": (50, 50)}, "each once"),
        ({"percentiles": (101,)}, "between 0 and 100"),
        ({"limits": SearchLimits(max_transfers=1)}, "max_transfers: only for choice_sets"),
    ],
)
def test_options_that_make_no_sense_are_named(options, message):
    table, legs = one_line([0.0])
    with pytest.raises(DemandError, match=message):
        skim(table, legs, **options)


def test_options_of_timetables_are_refused_for_headways():
    transit = network("PQ", [("a", "1", "PQ", [300.0], 600.0)])
    legs = access(2, 2, [(0, 0, 0.0), (1, 1, 0.0)])
    with pytest.raises(DemandError, match="min_transfer_s, percentiles, days: only for timetables"):
        skim(
            transit, legs, window=TravelWindow(0.0, 3600.0, True, (0.0, 0.0)), limits=SearchLimits(min_transfer_s=60.0),
            percentiles=(50,), days=(0, 1),
        )  # fmt: skip


WEIGHTS = (2.0, 1.5, 4.0)
"""Of walking, of waiting, and the penalty of a transfer, of random timetables in which minutes are seconds."""


def skim_random(table, ways, window, *, adaptation_weight=1.0, **options):
    return skim(table, ways, 3, window=window, weights=JourneyWeights(*WEIGHTS, adaptation_weight), **options)


@settings(max_examples=60)
@given(
    cases(), legs_of_zones, st.sampled_from([0.0, 2.0]), st.sampled_from([0.5, 1.0]),
    st.tuples(st.integers(-3, 30), st.integers(1, 30), st.integers(0, 10)),
)  # fmt: skip
@pytest.mark.parametrize("arrive_by", [False, True])
def test_perceived_times_equal_those_of_all_ways_to_travel(arrive_by, case, legs, slack, weight, window):
    table, by_day, days, transfers = case
    ways, out, home = zone_legs(legs, transfers)
    start, end, extra = float(window[0]), float(window[0] + window[1]), float(window[2])
    wishes = TravelWindow(start, end, arrive_by, (extra, extra))
    options = {"days": days, "limits": SearchLimits(max_journey_s=60.0, min_transfer_s=slack)}
    found = skim_random(table, ways, wishes, adaptation_weight=weight, **options)
    first = next(iter(by_day.values()))
    walks, change = walks_of(first, transfers), first.change_s
    for pair in ((a, b) for a in range(3) for b in range(3) if a != b):
        moments, costs = ways_to_travel(
            pieces_of(by_day), walks, change, out, home, pair, slack, WEIGHTS, (start - extra, end + extra), 60.0,
            arrive_by=arrive_by,
        )  # fmt: skip
        expected = means(moments, costs, weight, start, end, [])[0] if len(moments) else np.inf
        np.testing.assert_allclose(found["perceived_s"][pair], expected, rtol=1e-9)
    weights = JourneyWeights(*WEIGHTS, weight)
    sets = preferred_journeys(table, ways, zones(3), window=wishes, weights=weights, **options)
    assert_rides_make_the_journeys(sets, by_day, walks, change, out, home, slack)


@settings(max_examples=60)
@given(timetables(), legs_of_zones, st.lists(st.sampled_from("ABCDEF"), min_size=2, max_size=4), st.data())
@pytest.mark.parametrize("arrive_by", [False, True])
def test_a_line_more_never_hurts_with_transfers_and_other_stops(arrive_by, table, legs, called, data):
    ways, _, _ = zone_legs(legs, [])
    runs = np.cumsum(data.draw(st.lists(st.integers(0, 6), min_size=len(called), max_size=len(called))))
    starts = sorted(data.draw(st.lists(st.integers(0, 25), min_size=1, max_size=4)))
    trips = [(f"new.{i}", [(int(t + start),) * 2 for t in runs]) for i, start in enumerate(starts)]
    base, more = (
        skim_random(made, ways, TravelWindow(0.0, 30.0, arrive_by))["perceived_s"]
        for made in (table, with_route(table, ("new", "new", called, trips)))
    )
    assert (more <= base + 1e-9).all()


def with_route(table, route):
    """A timetable with one more route behind the others."""
    one = timetable("ABCDEF", [route])
    behind = {name: [*getattr(table, name), *getattr(one, name)] for name in (
        "route_id", "line", "mode", "stop", "trip_id", "arrival_s", "departure_s", "may_board", "may_alight",
    )}  # fmt: skip
    ptr = {
        name: [*getattr(table, name), *(getattr(one, name)[1:] + getattr(table, name)[-1])]
        for name in ("stop_ptr", "trip_ptr", "call_ptr")
    }
    return Timetable(**{
        **{name: getattr(table, name) for name in (
            "stop_id", "stop_name", "stop_lon_deg", "stop_lat_deg", "change_s", "transfer_from", "transfer_to",
            "transfer_time_s", "no_transfer_from", "no_transfer_to",
        )}, **behind, **ptr,
    })  # fmt: skip


def test_a_later_vehicle_is_taken_where_the_next_one_is_worse():
    # at Q the next vehicle leads to a long ride, the one after it to a short one that arrives later
    table = timetable(
        "PQR",
        [
            ("a", "1", "PQ", [("a1", [(0, 0), (600, 600)])]),
            ("slow", "2", "QR", [("s1", [(660, 660), (2400, 2400)])]),
            ("quick", "3", "QR", [("q1", [(900, 900), (2460, 2460)])]),
        ],
    )
    legs = access(3, 3, [(0, 0, 0.0), (1, 1, 0.0), (2, 2, 0.0)])
    found = skim(table, legs, 3, window=TravelWindow(0.0, 600.0), weights=JourneyWeights(2.0, 0.5, 0.0))
    assert found["in_vehicle_s"][0, 2] == pytest.approx(600 + 1560)
    # the choice set holds the one that arrives first
    sets = choice_sets(table, legs, zones(3), window=TravelWindow(0.0, 600.0))
    assert sets.arrive_s[(sets.origin == 0)[sets.pair] & (sets.boardings == 2)].tolist() == [2400.0]


def test_only_wanted_pairs_are_searched():
    table, legs = several_lines([([0, 7, 20, 41], 12), ([3, 33], 9)])
    nothing = preferred_journeys(table, legs, zones(2), pairs=np.zeros((2, 2), dtype=bool), window=HOUR)
    assert nothing.n_pairs == 0
    some = preferred_journeys(table, legs, zones(2), window=HOUR)
    direct, by_hand = skim(table, legs), skim_choice_sets(some, window=HOUR)
    for name in direct:
        np.testing.assert_array_equal(direct[name], by_hand[name])
