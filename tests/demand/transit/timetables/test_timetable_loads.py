"""Loads on trips: closed forms, one logit per wish, persons conserved at every call, crowding in equilibrium."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from itas_mobility.core import (
    Crowding,
    JourneyChoice,
    JourneyWeights,
    ODMatrix,
    ServiceDays,
    TravelWindow,
    VehicleSizes,
)
from itas_mobility.demand.transit import CROWDING_PARAMETERS, assign_timetable, crowding_from, perceived_journey_s
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.scenarios.parameters import default_parameters
from oracles import timed_choice as oracle
from oracles.journey_choices import journey_sets, random_choices, two_lines
from oracles.transit_networks import od

WEIGHTS = JourneyWeights(2.0, 1.5, 240.0)
HOUR = TravelWindow(0.0, 3600.0)


def matrix(n, trips, *, hours=1.0):
    return ODMatrix(od(n, trips).zone_id, od(n, trips).trips, hours)


def random_matrices(seed, n=4, periods=2):
    rng = np.random.default_rng(seed)
    return [ODMatrix(od(n, {}).zone_id, rng.uniform(0, 30, (n, n)), 0.75) for _ in range(periods)]


def windows(*starts, arrive_by=False):
    """Periods of `random_matrices`."""
    return [TravelWindow(start, start + 2700.0, arrive_by) for start in starts]


def parallel(choices, **times):
    """Timetable of two lines, and sets of one pair that may take the trips of `choices` (rows)."""
    table = two_lines(**times)
    return table, journey_sets(2, table, {(0, 1): [(0.0, [(trip, 0, 1)], 0.0) for trip in choices]})


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.booleans())
def test_persons_are_conserved_and_choose_by_one_logit_per_wish(seed, arrive_by):
    table, sets = random_choices(seed)
    trips, starts = random_matrices(seed), [600.0, 3000.0]
    loads = assign_timetable(
        table, sets, trips, window=windows(*starts, arrive_by=arrive_by), weights=WEIGHTS, choice=JourneyChoice(0.3)
    )
    for trip in range(len(loads)):
        calls = slice(loads.call_ptr[trip], loads.call_ptr[trip + 1])
        on_board = np.cumsum(loads.boardings[calls] - loads.alightings[calls])
        np.testing.assert_allclose(loads.volume[calls], on_board, atol=1e-9)
        assert loads.volume[calls][-1] == 0
    assert loads.boardings.sum() == pytest.approx(loads.journey_trips @ sets.boardings)
    total = sum(one.total for one in trips)
    assert loads.assigned_trips + loads.unassigned_trips == pytest.approx(total)
    by_pair = np.bincount(sets.pair, loads.journey_trips)
    np.testing.assert_allclose(by_pair, sum(one.trips[sets.origin, sets.destination] for one in trips))
    # riding and path of everybody: time in vehicles by runs is that by journeys (calls take no time here)
    run_s = np.diff(table.arrival_s, append=0.0)
    run_s[table.call_ptr[1:] - 1] = 0.0
    assert loads.volume @ run_s == pytest.approx(loads.journey_trips @ sets.in_vehicle_s)
    cost_s = perceived_journey_s(sets, weights=WEIGHTS)
    np.testing.assert_array_equal(loads.journey_perceived_s, cost_s)
    moment_s = sets.arrive_s if arrive_by else sets.depart_s
    for pair in range(sets.n_pairs):
        rows = slice(sets.journey_ptr[pair], sets.journey_ptr[pair + 1])
        ends = sets.origin[pair], sets.destination[pair]
        expected = sum(
            oracle.persons(
                moment_s[rows], -0.005 * cost_s[rows], one.trips[ends], start, start + 2700.0, 0.005, n_wishes=250
            )
            for one, start in zip(trips, starts, strict=True)
        )
        np.testing.assert_allclose(loads.journey_trips[rows], expected, atol=5e-3)


def test_two_journeys_by_hand():
    """Both leave at 600 s; 10 against 12 minutes at 0.25 per minute."""
    table, sets = parallel([0, 2], second_run_s=720.0)
    loads = assign_timetable(table, sets, matrix(2, {(0, 1): 100.0}), window=HOUR, choice=JourneyChoice(0.25))
    assert loads.boardings_by_line()["boardings"][0] == pytest.approx(100.0 / (1.0 + np.exp(-0.25 * 2.0)), rel=1e-12)


def test_a_large_scale_gives_everybody_the_best_journey():
    """From 600 and 1800 s, wishes part at 1200 s: one third of the hour before, two thirds after."""
    table, sets = parallel([0, 1])
    loads = assign_timetable(table, sets, matrix(2, {(0, 1): 90.0}), window=HOUR, choice=JourneyChoice(1e7))
    np.testing.assert_allclose(loads.journey_trips, [30.0, 60.0], rtol=1e-6)


def test_wishes_may_be_about_arrivals():
    """Arrivals at 1200 and 2400 s: wishes of arrival part at 1800 s."""
    table, sets = parallel([0, 1])
    loads = assign_timetable(
        table, sets, matrix(2, {(0, 1): 90.0}), window=TravelWindow(0.0, 3600.0, True), choice=JourneyChoice(1e7)
    )
    np.testing.assert_allclose(loads.journey_trips, [45.0, 45.0], rtol=1e-6)


def test_shift_costs_what_it_is_said_to():
    """A quicker journey is worth an hour's shift only if shifts are cheap."""
    table, sets = parallel([0, 3], run_s=1800.0)
    dear, free = (
        assign_timetable(
            table, sets, matrix(2, {(0, 1): 6.0}), window=HOUR, choice=JourneyChoice(1e6),
            weights=JourneyWeights(adaptation_weight=weight),
        )
        for weight in (1e3, 0.0)
    )  # fmt: skip
    assert dear.journey_trips[0] == pytest.approx(2.0, rel=1e-2)
    np.testing.assert_allclose(free.journey_trips, [0.0, 6.0], atol=1e-9)


def test_the_same_bytes_on_one_thread_and_on_two():
    table, sets = random_choices(5, n_zones=8, n_pairs=56)
    trips = random_matrices(5, n=8)
    options = {"window": windows(0.0, 2700.0), "crowding": small_buses(3.0, 5.0)}
    loads = [assign_timetable(table, sets, trips, threads=threads, **options) for threads in (1, 2)]
    assert loads[0].rounds > 3
    for name in ("volume", "boardings", "alightings", "journey_trips", "journey_perceived_s"):
        assert getattr(loads[0], name).tobytes() == getattr(loads[1], name).tobytes()


def test_journeys_that_share_runs_count_as_one_with_path_sizes():
    """Two of three equal journeys ride the same trip: 1/3 each by plain logit, 1/4, 1/4 and 1/2 by path sizes."""
    table = two_lines()
    sets = journey_sets(2, table, {(0, 1): [(0.0, [(t, 0, 1)], 0.0) for t in (0, 0, 2)]})
    trips = matrix(2, {(0, 1): 12.0})
    plain = assign_timetable(table, sets, trips, window=HOUR)
    sized = assign_timetable(table, sets, trips, window=HOUR, choice=JourneyChoice(path_size_weight=1.0))
    np.testing.assert_allclose(plain.journey_trips, 4.0)
    np.testing.assert_allclose(sized.journey_trips, [3.0, 3.0, 6.0])


def small_buses(seats, capacity, *, overload=10.0):
    """Crowding by the published curve, in small vehicles."""
    curve = crowding_from(default_parameters())
    return Crowding(
        seats=np.full(8, seats),
        capacity_persons=np.full(8, capacity),
        seated_factor=curve.seated_factor,
        seated_growth=curve.seated_growth,
        standing_factor=curve.standing_factor,
        standing_growth=curve.standing_growth,
        highest_load_factor=curve.highest_load_factor,
        overload_weight=overload,
    )


@pytest.mark.parametrize("persons", [20.0, 60.0, 120.0, 400.0])
@pytest.mark.parametrize("second_run_s", [600.0, 900.0])
def test_two_crowded_trips_meet_the_closed_form(persons, second_run_s):
    """Both leave at 600 s, so the split solves one equation: share = logit of the two felt times."""
    table, sets = parallel([0, 2], second_run_s=second_run_s)
    crowding, scale_per_min = small_buses(30.0, 60.0), 0.2
    loads = assign_timetable(
        table, sets, matrix(2, {(0, 1): persons}), window=HOUR, choice=JourneyChoice(scale_per_min), crowding=crowding,
        progress=True,
    )  # fmt: skip

    def excess(first):
        felt = [
            run_s * crowding.weight(np.array([on_board]), np.array([30.0]), np.array([60.0]))[0]
            for run_s, on_board in ((600.0, first), (second_run_s, persons - first))
        ]
        return first - persons / (1.0 + np.exp(scale_per_min / 60.0 * (felt[0] - felt[1])))

    first = brentq(excess, 0.0, persons, xtol=1e-13)
    assert loads.converged
    assert loads.residual_share <= 1e-6
    assert loads.journey_trips[0] == pytest.approx(first, abs=2e-6 * persons)
    assert loads.journey_trips.sum() == pytest.approx(persons)
    if second_run_s == 600.0:
        np.testing.assert_allclose(loads.journey_trips, persons / 2.0)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(2.0, 20.0))
def test_equilibrium_is_what_everybody_would_choose_again(seed, size):
    """At the perceived times of the result, one logit per wish gives the result, however crowded."""
    table, sets = random_choices(seed)
    trips = random_matrices(seed, periods=1)[0]
    crowding = small_buses(size, 2.0 * size)
    loads = assign_timetable(table, sets, trips, window=windows(1800.0), crowding=crowding, tolerance=1e-8)
    weight = crowding.weight(loads.volume, loads.seats[loads.trip], loads.capacity_persons[loads.trip])
    run_s = np.diff(table.arrival_s, append=0.0)
    extra = perceived_journey_s(sets, weights=JourneyWeights(2.0, 2.0, 300.0))
    for journey in range(len(sets)):
        for ride in range(sets.ride_ptr[journey], sets.ride_ptr[journey + 1]):
            first = table.call_ptr[sets.ride_trip[ride]]
            calls = slice(first + sets.board[ride], first + sets.alight[ride])
            extra[journey] += (weight[calls] - 1.0) @ run_s[calls]
    np.testing.assert_allclose(loads.journey_perceived_s, extra, rtol=1e-9)
    for pair in range(sets.n_pairs):
        rows = slice(sets.journey_ptr[pair], sets.journey_ptr[pair + 1])
        expected = oracle.persons(
            sets.depart_s[rows], -0.2 / 60.0 * extra[rows], trips.trips[sets.origin[pair], sets.destination[pair]],
            1800.0, 4500.0, 0.2 / 60.0, n_wishes=400,
        )  # fmt: skip
        np.testing.assert_allclose(loads.journey_trips[rows], expected, atol=2e-3)


def test_crowding_moves_persons_to_emptier_trips_and_tells_what_does_not_fit():
    table, sets = parallel([0, 2], second_run_s=900.0)
    trips = matrix(2, {(0, 1): 200.0})
    plain = assign_timetable(table, sets, trips, window=HOUR)
    crowded = assign_timetable(table, sets, trips, window=HOUR, crowding=small_buses(30.0, 60.0))
    assert crowded.journey_trips[0] < plain.journey_trips[0]
    over = crowded.overloaded()
    assert over["trip_id"].tolist() == ["a0", "b0"]
    assert over["over_persons"].sum() == pytest.approx(200.0 - 120.0)
    assert over["departs"].tolist() == ["00:10:00"] * 2
    steep = assign_timetable(table, sets, trips, window=HOUR, crowding=small_buses(100.0, 110.0, overload=200.0))
    assert steep.volume.max() < 111.0
    with pytest.raises(DemandError, match="capacities are not known"):
        plain.overloaded()


def test_vehicles_may_differ_trip_by_trip():
    table, sets = parallel([0, 2])
    sizes = np.array([100.0, 1.0, 10.0, 1.0])
    loads = assign_timetable(
        table, sets, matrix(2, {(0, 1): 60.0}), window=HOUR, crowding=small_buses(30.0, 60.0),
        vehicles=VehicleSizes(sizes, 2.0 * sizes),
    )  # fmt: skip
    assert loads.journey_trips[0] > 1.5 * loads.journey_trips[1]
    np.testing.assert_array_equal(loads.seats, sizes)
    known = assign_timetable(
        table, sets, matrix(2, {(0, 1): 60.0}), window=HOUR, vehicles=VehicleSizes(capacity_persons=np.full(4, 20.0))
    )
    assert len(known.overloaded()) == 2


def test_stopping_early_warns_and_still_carries_everybody():
    table, sets = parallel([0, 2], second_run_s=900.0)
    with pytest.warns(ConvergenceWarning, match=r"after 1 rounds .* raise max_iterations"):
        loads = assign_timetable(
            table, sets, matrix(2, {(0, 1): 200.0}), window=HOUR, crowding=small_buses(30.0, 60.0), max_iterations=1
        )
    assert not loads.converged
    assert loads.volume.sum() == pytest.approx(200.0)


def test_trips_of_several_days_are_vehicles_of_their_own():
    table = two_lines()
    days = {-1: table, 0: table, 1: table}
    sets = journey_sets(2, days, {(0, 1): [(0.0, [(0, 0, 1, 0)], 0.0), (0.0, [(0, 0, 1, 1)], 0.0)]})
    trips = matrix(2, {(0, 1): 10.0})
    loads = assign_timetable(
        table, sets, trips, window=TravelWindow(86400.0, 90000.0), choice=JourneyChoice(1.0), days=(-1, 0, 1)
    )
    assert len(loads) == 12
    busiest = loads.busiest(1)
    assert busiest[["service_day", "trip_id", "departs"]].to_numpy().tolist() == [[1, "a0", "24:10:00"]]
    assert loads.volume.max() == pytest.approx(10.0)
    week = ServiceDays(np.array(["Mo", "Tu"]), (table, table))
    same = assign_timetable(week, sets, trips, window=TravelWindow(86400.0, 90000.0), choice=JourneyChoice(1.0))
    assert same.volume.max() == loads.volume.max()
    with pytest.raises(DemandError, match=r"of day 1 .* the days that the journeys were found in"):
        assign_timetable(table, sets, trips, window=HOUR)


def test_pairs_without_journeys_are_told_and_nothing_at_all_is_legal():
    table, sets = parallel([0])
    loads = assign_timetable(table, sets, matrix(2, {(0, 1): 2.0, (1, 0): 5.0, (0, 0): 1.0}), window=HOUR)
    assert (loads.assigned_trips, loads.unassigned_trips) == (2.0, 6.0)
    crowding = small_buses(3.0, 5.0)
    empty = assign_timetable(
        table, journey_sets(2, table, {}), matrix(2, {(1, 0): 5.0}), window=HOUR, crowding=crowding
    )
    assert (empty.assigned_trips, empty.unassigned_trips, empty.volume.sum()) == (0.0, 5.0, 0.0)
    idle = assign_timetable(table, sets, matrix(2, {}), window=HOUR, crowding=crowding)
    assert idle.converged
    assert idle.volume.sum() == 0.0


def test_tables_of_loads():
    table, sets = random_choices(1)
    loads = assign_timetable(table, sets, random_matrices(1), window=windows(0.0, 2700.0))
    calls = loads.to_dataframe()
    assert list(calls.columns) == [
        "service_day", "trip_id", "line", "mode", "route_id", "position", "stop_id", "stop_name", "departure_s",
        "volume", "boardings", "alightings", "seats", "capacity_persons",
    ]  # fmt: skip
    by_stop = loads.boardings_by_stop()
    assert by_stop["boardings"].sum() == pytest.approx(loads.boardings.sum())
    assert by_stop["alightings"].sum() == pytest.approx(loads.boardings.sum())
    assert by_stop["stop_id"].is_unique
    assert loads.boardings_by_line()["line"].tolist() == ["0", "1"]
    busiest = loads.busiest(3)
    assert busiest["volume"].is_monotonic_decreasing
    assert busiest["volume"][0] == loads.volume.max()
    assert busiest["trip_id"].is_unique
    assert "assigned" in loads._repr_html_()
    with pytest.raises(DemandError, match="n=-1"):
        loads.busiest(-1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_iterations": 0}, "max_iterations"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"window": [HOUR, HOUR]}, "2 windows of 1 matrices"),
        ({"window": TravelWindow(0.0, 7200.0)}, "matrix 0 .* is of 1 h, its window lasts 2 h"),
        ({"vehicles": VehicleSizes(seats=np.ones(3))}, "sizes of 3 trips, expected 4"),
        ({"vehicles": VehicleSizes(np.full(4, 9.0), np.full(4, 5.0))}, "9 seats and 5 places"),
        ({"days": (1,)}, "of day 0"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    table, sets = parallel([0])
    with pytest.raises(DemandError, match=message):
        assign_timetable(table, sets, matrix(2, {(0, 1): 1.0}), **{"window": HOUR, **change})


def test_periods_of_departures_and_of_arrivals_are_loaded_apart():
    table, sets = parallel([0])
    both = [HOUR, TravelWindow(3600.0, 7200.0, arrive_by=True)]
    with pytest.raises(DemandError, match="some are of arrivals, some of departures"):
        assign_timetable(table, sets, [matrix(2, {}), matrix(2, {})], window=both)


def test_journeys_of_other_zones_or_timetables_are_refused():
    table, sets = parallel([0, 3])
    with pytest.raises(DemandError, match=r"matrix 0 .* other zones"):
        assign_timetable(table, sets, matrix(3, {}), window=HOUR)
    with pytest.raises(DemandError, match=r"journey 0 .z0 to z1. spends 600 s in vehicles, but by the timetable 700 s"):
        assign_timetable(two_lines(run_s=700.0), sets, matrix(2, {}), window=HOUR)
    with pytest.raises(DemandError, match=r"journey 1 .* rides trip 3 of day 0"):
        assign_timetable(two_lines(second_s=(600.0,)), sets, matrix(2, {}), window=HOUR)


def test_parameters_make_a_crowding():
    parameters = default_parameters()
    crowding = crowding_from(parameters.subset(CROWDING_PARAMETERS))
    assert set(CROWDING_PARAMETERS) <= set(parameters)
    assert (crowding.capacity_persons > crowding.seats).all()
