"""Feedback of demand and assignment: closed forms, strong coupling, several periods, limits, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand import equilibrate
from itas_mobility.demand.mixing import Mixer
from itas_mobility.errors import ConvergenceWarning, DemandError
from oracles.road_networks import Link, linear, od, random_grid, road_network


def elastic(function):
    """Trips from zone 0 to zone 1 by the time they take, in each period."""

    def respond(skims):
        return [od(2, {(0, 1): function(float(period["time_s"][0, 1]))}) for period in skims]

    return respond


def test_two_links_with_linear_demand():
    # demand 100 - 2 u; links 10 + v and 15 + v / 2; both used: u = 10 + v1 = 15 + v2 / 2, v1 + v2 = 100 - 2 u
    # v1 = u - 10, v2 = 2 u - 30: 3 u - 40 = 100 - 2 u, u = 28, trips 44, volumes 18 and 26
    roads = road_network([linear(0, 1, 10.0, 1.0), linear(0, 1, 15.0, 0.5)], 2, 2)
    found = equilibrate(roads, elastic(lambda u: max(0.0, 100.0 - 2.0 * u)), tolerance=1e-10, relative_gap=1e-12)
    assert found.converged
    assert found.residual_share <= 1e-10
    assert found.trips[0].trips[0, 1] == pytest.approx(44.0, rel=1e-9)
    assert found.results[0].volume_veh_per_h == pytest.approx([18.0, 26.0], rel=1e-8)
    assert found.skims[0]["time_s"][0, 1] == pytest.approx(28.0, rel=1e-9)
    assert found.residual_history[-1] == found.residual_share
    assert len(found.residual_history) == found.rounds


@pytest.mark.parametrize(("slope", "rounds"), [(0.2, 5), (1.0, 5), (3.0, 5), (50.0, 40)])
def test_strong_coupling_converges_where_plain_repetition_runs_away(slope, rounds):
    """Demand 100 - slope (u - 20) on a link 10 + v: repetition multiplies errors by -slope."""
    roads = road_network([linear(0, 1, 10.0, 1.0)], 2, 2)
    respond = elastic(lambda u: min(max(0.0, 100.0 - slope * (u - 20.0)), 300.0))
    exact = (100.0 + 10.0 * slope) / (1.0 + slope)
    first = [od(2, {(0, 1): 1.2 * exact})]
    found = equilibrate(roads, respond, trips=first, tolerance=1e-9)
    assert found.converged
    assert found.trips[0].trips[0, 1] == pytest.approx(exact, rel=1e-7)
    assert found.rounds <= rounds
    trips = 1.2 * exact
    for _ in range(rounds):
        trips = min(max(0.0, 100.0 - slope * (10.0 + trips - 20.0)), 300.0)
    if slope >= 1.0:
        assert abs(trips - exact) >= 0.19 * exact


@pytest.mark.parametrize("scale", [0.001, 0.05, 0.5])
def test_mode_choice_on_a_grid_settles_and_the_residual_is_what_it_says(scale):
    """Logit of car against a way of fixed time; a large scale makes plain repetition swing between the modes."""
    roads, everybody = random_grid(7, connectors=True)

    def respond(skims):
        excess = np.clip(scale * (skims[0]["time_s"] - 220.0), -200.0, 200.0)
        return [ODMatrix(everybody.zone_id, 1.5 * everybody.trips / (1.0 + np.exp(excess)))]

    found = equilibrate(roads, respond, tolerance=1e-7, relative_gap=1e-9)
    assert found.converged
    again = respond(found.skims)[0].trips
    assert np.abs(again - found.trips[0].trips).sum() / again.sum() == pytest.approx(found.residual_share, rel=1e-6)
    assert found.results[0].relative_gap <= 1e-9
    warm = equilibrate(roads, respond, tolerance=1e-7, relative_gap=1e-9, warm_start=found)
    assert warm.rounds == 1
    np.testing.assert_allclose(warm.trips[0].trips, found.trips[0].trips, rtol=1e-4, atol=1e-3)


def test_accelerated_takes_fewer_rounds_than_plain():
    roads, everybody = random_grid(8, connectors=True)

    def respond(skims):
        share = 1.0 / (1.0 + np.exp(0.01 * (skims[0]["time_s"] - 220.0)))
        return [ODMatrix(everybody.zone_id, 3.0 * everybody.trips * share)]

    mixed = equilibrate(roads, respond, tolerance=1e-8, relative_gap=1e-10)
    plain = equilibrate(roads, respond, tolerance=1e-8, relative_gap=1e-10, memory=0)
    assert mixed.converged
    assert plain.converged
    assert mixed.rounds < 0.7 * plain.rounds
    np.testing.assert_allclose(mixed.trips[0].trips, plain.trips[0].trips, rtol=1e-5, atol=1e-4)


def test_periods_are_settled_together():
    """Two periods of half an hour share 100 trips, by the time each takes."""
    roads = road_network([linear(0, 1, 10.0, 1.0)], 2, 2)

    def respond(skims):
        early, late = (float(s["time_s"][0, 1]) for s in skims)
        share = 1.0 / (1.0 + np.exp(0.1 * (early - late - 5.0)))
        return [od(2, {(0, 1): 100.0 * part}, duration_h=0.5) for part in (share, 1.0 - share)]

    found = equilibrate(roads, respond, n_periods=2, tolerance=1e-9, relative_gap=1e-10)
    early, late = (matrix.trips[0, 1] for matrix in found.trips)
    assert early + late == pytest.approx(100.0, abs=1e-9)
    # times differ by 2 (early - late): log odds are -0.1 (2 (early - late) - 5)
    assert np.log(early / late) == pytest.approx(-0.1 * (2.0 * (early - late) - 5.0), abs=1e-7)
    assert [result.volume_veh_per_h[0] for result in found.results] == pytest.approx([2 * early, 2 * late])


def test_warm_start_on_edited_roads():
    respond = elastic(lambda u: 2000.0 / u)
    before = equilibrate(road_network([linear(0, 1, 10.0, 1.0)], 2, 2), respond, tolerance=1e-9)
    assert before.trips[0].trips[0, 1] == pytest.approx(-5.0 + np.sqrt(2025.0), rel=1e-7)
    edited = road_network([linear(0, 1, 10.0, 1.1)], 2, 2)
    cold = equilibrate(edited, respond, tolerance=1e-9)
    warm = equilibrate(edited, respond, tolerance=1e-9, warm_start=before)
    assert warm.trips[0].trips[0, 1] == pytest.approx(cold.trips[0].trips[0, 1], rel=1e-7)
    assert warm.rounds <= cold.rounds


def test_weights_reach_assignment_and_skims():
    roads = road_network([Link(0, 1, 10.0, toll_eur=2.0), Link(0, 1, 15.0)], 2, 2)
    seen = []

    def respond(skims):
        seen.append(float(skims[0]["cost_s"][0, 1]))
        return [od(2, {(0, 1): 10.0})]

    found = equilibrate(roads, respond, toll_weight_s_per_eur=3.0)
    assert seen[-1] == 15.0
    assert found.skims[0]["time_s"][0, 1] == 15.0
    # other weights: what was loaded before does not count as loaded
    free = equilibrate(roads, elastic(lambda u: 10.0), warm_start=found)
    assert free.skims[0]["time_s"][0, 1] == 10.0


def test_a_limit_is_said_and_the_best_round_returned():
    roads = road_network([linear(0, 1, 10.0, 1.0)], 2, 2)
    respond = elastic(lambda u: max(0.0, 100.0 - 3.0 * (u - 20.0)))
    for limit in ({"max_iterations": 2}, {"max_seconds": 1e-9}):
        with pytest.warns(ConvergenceWarning, match=r"stopped after \d rounds: one more would still move"):
            found = equilibrate(roads, respond, trips=[od(2, {(0, 1): 30.0})], **limit)
        assert not found.converged
        assert found.residual_share in found.residual_history
    once = pytest.warns(ConvergenceWarning)
    with once:
        single = equilibrate(roads, respond, trips=[od(2, {(0, 1): 30.0})], max_iterations=1, relative_gap=1e-8)
    assert single.results[0].relative_gap <= 1e-8


def test_two_runs_are_the_same_to_the_last_bit():
    roads, everybody = random_grid(9)

    def respond(skims):
        return [ODMatrix(everybody.zone_id, everybody.trips / (1.0 + 0.01 * skims[0]["time_s"]))]

    a, b = (equilibrate(roads, respond, threads=threads) for threads in (1, None))
    np.testing.assert_array_equal(a.trips[0].trips, b.trips[0].trips)
    np.testing.assert_array_equal(a.results[0].volume_veh_per_h, b.results[0].volume_veh_per_h)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tolerance": -1.0}, "tolerance"),
        ({"relative_gap": float("inf")}, "relative_gap"),
        ({"max_iterations": 0}, "max_iterations"),
        ({"max_seconds": -1.0}, "max_seconds"),
        ({"memory": -1}, "memory"),
        ({"n_periods": 2}, "trips of 1 periods, expected 2"),
    ],
)
def test_bad_options_are_refused(options, says):
    roads = road_network([Link(0, 1)], 2, 2)
    with pytest.raises(DemandError, match=says):
        equilibrate(roads, lambda skims: [od(2, {(0, 1): 1.0})], **options)


def test_answers_of_other_zones_are_refused():
    with pytest.raises(DemandError, match="3 zones for period 0, the network has 2"):
        equilibrate(road_network([Link(0, 1)], 2, 2), lambda skims: [od(3, {(0, 1): 1.0})])


# --- mixing ----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mixing_solves_a_linear_problem_in_as_many_steps_as_it_has_unknowns(seed):
    rng = np.random.default_rng(seed)
    n = 4
    matrix = rng.uniform(-1.0, 1.0, (n, n)) - 2.0 * np.eye(n)  # repetition runs away
    solution = rng.uniform(5.0, 6.0, n)
    x = solution + rng.uniform(-0.1, 0.1, n)
    mixer = Mixer(n)
    for _ in range(n + 2):
        rest = solution + matrix @ (x - solution) - x
        if np.abs(x + rest - solution).max() > 4.0 or np.abs(rest).max() < 1e-9:
            break
        mixer.remember(x, rest)
        x = mixer.step(x, rest)
    assert np.abs(x - solution).max() < 1e-4 or np.abs(rest).max() > 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mixing_keeps_sums_and_signs(seed):
    """Rows that always sum to the same still do, and nothing becomes negative."""
    rng = np.random.default_rng(seed)
    productions = rng.uniform(1.0, 9.0, 3)

    def draw():
        shares = rng.dirichlet([0.3] * 4, 3)
        return (shares * productions[:, None]).ravel()

    mixer = Mixer(3)
    for _ in range(5):
        point, answer = draw(), draw()
        mixer.remember(point, answer - point)
    mixed = mixer.step(point, answer - point)
    assert mixed.min() >= 0.0
    np.testing.assert_allclose(mixed.reshape(3, 4).sum(axis=1), productions, rtol=1e-9)
