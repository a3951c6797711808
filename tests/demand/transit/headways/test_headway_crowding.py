"""Crowding on lines with headways: closed-form equilibria of two lines, persons conserved, nothing better left."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from itas_mobility.core import Crowding, HeadwayWaits, JourneyWeights, TravelWindow, VehicleSizes
from itas_mobility.demand.transit import assign_transit, crowding_from
from itas_mobility.errors import ConvergenceWarning, DemandError, InputError
from itas_mobility.scenarios.parameters import default_parameters
from oracles.transit_networks import access, network, od

HOUR = {"window": TravelWindow(6 * 3600.0, 7 * 3600.0)}
PLAIN = {"weights": JourneyWeights(1.0, 1.0, 0.0), "waits": HeadwayWaits(plans_ahead=False), **HOUR}


def crowding_of(seats=40.0, capacity=80.0, *, overload=10.0):
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


def line_pair(slow_s):
    """A quick and a slow line from P to Q, each every 10 minutes: 6 vehicles in the hour, a mean wait of 5 minutes."""
    patterns = [("quick", "1", ["P", "Q"], [900.0], 600.0), ("slow", "2", ["P", "Q"], [slow_s], 600.0)]
    return network("PQ", patterns), access(2, 2, [(0, 0, 120.0), (1, 1, 120.0)])


def boardings(loads):
    return loads.boardings[loads.stop_ptr[:-1]]


def test_two_equal_lines_share_all_equally():
    transit, legs = line_pair(900.0)
    loads = assign_transit(transit, legs, od(2, {(0, 1): 900.0}), crowding=crowding_of(), progress=True, **PLAIN)
    np.testing.assert_allclose(boardings(loads), 450.0)
    np.testing.assert_array_equal(loads.seats, 240.0)
    np.testing.assert_array_equal(loads.capacity_persons, 480.0)


def test_two_lines_meet_the_closed_form():
    """Empty, the slow line is not worth taking: 1300 s against 300 + 900 s. Filled up, the quick one is taken alone by
    so many that waiting for it is as good as taking whatever comes: 300 s + weight * 900 s = 1300 s."""
    transit, legs = line_pair(1300.0)
    crowding, trips = crowding_of(), od(2, {(0, 1): 300.0})
    wide = np.array([40.0, 1e6])
    plain = assign_transit(transit, legs, trips, **PLAIN)
    np.testing.assert_allclose(boardings(plain), [300.0, 0.0])
    loads = assign_transit(
        transit, legs, trips, crowding=crowding, vehicles=VehicleSizes(wide, 2.0 * wide),
        relative_gap=1e-9, **PLAIN,
    )  # fmt: skip

    def excess(quick):
        return 300.0 + 900.0 * crowding.weight(np.array([quick]), np.array([240.0]), np.array([480.0]))[0] - 1300.0

    quick = brentq(excess, 0.0, 480.0)
    assert 150.0 < quick < 300.0
    assert loads.converged
    np.testing.assert_allclose(boardings(loads), [quick, 300.0 - quick], atol=1e-3)


def test_a_longer_matrix_meets_more_vehicles():
    transit, legs = line_pair(1300.0)
    one, two = od(2, {(0, 1): 300.0}), od(2, {(0, 1): 600.0})
    object.__setattr__(two, "duration_h", 2.0)
    options = {"crowding": crowding_of(), "relative_gap": 1e-9, **PLAIN}
    loads = [assign_transit(transit, legs, trips, **options) for trips in (one, two)]
    np.testing.assert_allclose(boardings(loads[1]), 2.0 * boardings(loads[0]), rtol=1e-5)


def test_what_does_not_fit_is_told():
    transit, legs = line_pair(1300.0)
    trips = od(2, {(0, 1): 2000.0})
    plain = assign_transit(transit, legs, trips, **PLAIN)
    with pytest.raises(InputError, match="capacities are not known"):
        plain.overloaded()
    loads = assign_transit(transit, legs, trips, crowding=crowding_of(), **PLAIN)
    assert loads.overloaded()["line"].tolist() == ["1", "2"]
    assert loads.overloaded()["over_persons"].sum() == pytest.approx(2000.0 - 960.0)
    known = assign_transit(transit, legs, trips, vehicles=VehicleSizes(capacity_persons=[100.0, 100.0]), **PLAIN)
    assert known.overloaded()["over_persons"].tolist() == pytest.approx([1400.0])


@st.composite
def towns(draw):
    """Random lines over six stops, four zones, many trips between them."""
    patterns = []
    for i in range(draw(st.integers(1, 5))):
        called = draw(st.lists(st.sampled_from("PQRSTU"), min_size=2, max_size=5))
        run = draw(st.lists(st.integers(60, 900).map(float), min_size=len(called) - 1, max_size=len(called) - 1))
        patterns.append((f"p{i}", f"{i % 3}", called, run, draw(st.sampled_from([300.0, 600.0, 1200.0, np.inf]))))
    leg = st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 600).map(float))
    legs = draw(st.lists(leg, min_size=2, max_size=10, unique_by=lambda x: x[:2]))
    trips = draw(st.lists(st.integers(0, 500), min_size=16, max_size=16))
    return network("PQRSTU", patterns), access(4, 6, legs), od(4, {divmod(i, 4): float(t) for i, t in enumerate(trips)})


@settings(max_examples=25)
@given(towns())
def test_persons_are_conserved_and_nothing_better_is_left(town):
    transit, legs, trips = town
    loads = assign_transit(transit, legs, trips, crowding=crowding_of(), relative_gap=1e-3, max_iterations=1000, **HOUR)
    plain = assign_transit(transit, legs, trips, **HOUR)
    assert loads.converged
    assert loads.unassigned_trips == plain.unassigned_trips
    for i in range(transit.n_patterns):
        calls = slice(transit.stop_ptr[i], transit.stop_ptr[i + 1])
        on_board = np.cumsum(loads.boardings[calls] - loads.alightings[calls])
        np.testing.assert_allclose(loads.volume[calls], on_board, atol=1e-8)
    by_stop = loads.boardings_by_stop()
    assert by_stop["boardings"].sum() == pytest.approx(loads.boardings.sum())
    assert by_stop["alightings"].sum() == pytest.approx(loads.boardings.sum())


def test_the_same_bytes_on_one_thread_and_on_two():
    rng = np.random.default_rng(7)
    stops = [f"s{i}" for i in range(12)]
    patterns = [
        (f"p{i}", f"{i}", rng.choice(stops, 6, replace=False).tolist(), rng.uniform(60, 300, 5).tolist(), 600.0)
        for i in range(9)
    ]
    legs = [(zone, int(stop), 60.0) for zone in range(20) for stop in rng.choice(12, 2, replace=False)]
    trips = od(20, {(a, b): 20.0 for a in range(20) for b in range(20)})
    loads = []
    before = numba.get_num_threads()
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            loads.append(
                assign_transit(network(stops, patterns), access(20, 12, legs), trips, crowding=crowding_of(), **HOUR)
            )
    finally:
        numba.set_num_threads(before)
    assert loads[0].rounds > 3
    assert loads[0].volume.tobytes() == loads[1].volume.tobytes()


def test_stopping_early_warns():
    transit, legs = line_pair(1300.0)
    with pytest.warns(ConvergenceWarning, match=r"after 2 rounds .* raise max_iterations"):
        loads = assign_transit(
            transit, legs, od(2, {(0, 1): 800.0}), crowding=crowding_of(), max_iterations=2, relative_gap=1e-9, **PLAIN
        )
    assert not loads.converged
    assert loads.boardings.sum() == pytest.approx(800.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vehicles": VehicleSizes(seats=np.ones(3))}, "vehicles: sizes of 3 patterns, expected 2"),
        ({"vehicles": VehicleSizes(capacity_persons=[100.0, 30.0])}, "pattern 1 has 40 seats and 30 places"),
        ({"relative_gap": -1.0}, "relative_gap"),
        ({"max_iterations": 0}, "max_iterations"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    transit, legs = line_pair(1300.0)
    with pytest.raises(DemandError, match=message):
        assign_transit(transit, legs, od(2, {(0, 1): 1.0}), crowding=crowding_of(), **{**PLAIN, **change})
