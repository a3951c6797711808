"""Furness, gravity with Hyman's calibration, and the pivot to block totals."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from itas_mobility.demand.distribution import (
    BlockBounds,
    calibrate_gravity,
    fit_gravity,
    furness,
    gravity,
    pivot_to_statistics,
)
from itas_mobility.errors import ConvergenceWarning, DemandError
from oracles.balancing import balance

SEED = np.array([[20.0, 30, 28], [36, 32, 24], [22, 34, 26]])
ROWS = np.array([98.0, 106, 122])
COLUMNS = np.array([102.0, 118, 106])
COST = np.array([[5.0, 12, 20], [12, 4, 9], [20, 9, 6]])
STARTS, ENDS = np.array([400.0, 300, 300]), np.array([500.0, 300, 200])

positive = st.floats(0.01, 100.0)


@st.composite
def seeds_and_margins(draw):
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    seed = draw(hnp.arrays(float, (n, m), elements=positive))
    goal = draw(hnp.arrays(float, (n, m), elements=positive))
    if draw(st.booleans()):
        goal[draw(st.integers(0, n - 1))] = 0.0
    return seed, goal


class TestFurness:
    def test_published_example(self):
        trips = furness(SEED, ROWS, COLUMNS)
        expected = [
            [25.7893084012, 35.507974362, 36.7027172368],
            [42.5086005149, 34.6832053785, 28.8081941067],
            [33.7020910839, 47.8088202596, 40.4890886565],
        ]
        np.testing.assert_allclose(trips, expected, atol=1e-6)

    def test_shared_numbers(self, shared_data):
        case = json.loads((shared_data / "kit/numbers/dist_furness_nptel.json").read_text())
        trips = furness(case["seed"], case["row_targets"], case["col_targets"])
        np.testing.assert_allclose(trips, case["expected"]["matrix"], atol=case["tolerance"]["abs"])

    def test_seed_is_not_changed(self):
        before = SEED.copy()
        furness(SEED, ROWS, COLUMNS)
        np.testing.assert_array_equal(SEED, before)

    @given(seeds_and_margins())
    @settings(max_examples=60, deadline=None)
    def test_margins_met_and_odds_kept(self, case):
        seed, goal = case
        trips = furness(seed, goal.sum(1), goal.sum(0))
        np.testing.assert_allclose(trips.sum(1), goal.sum(1), rtol=2e-10)
        np.testing.assert_allclose(trips.sum(0), goal.sum(0), rtol=2e-10)
        assert (trips >= 0).all()
        rows = goal.sum(1) > 0
        if rows.sum() > 1 and seed.shape[1] > 1:
            first, last = np.flatnonzero(rows)[[0, -1]]
            odds = [m[first, 0] * m[last, -1] / (m[first, -1] * m[last, 0]) for m in (seed, trips)]
            assert odds[1] == pytest.approx(odds[0], rel=1e-6)

    def test_twin(self):
        rng = np.random.default_rng(1)
        seed = rng.random((7, 5)) * (rng.random((7, 5)) > 0.2)
        goal = seed * rng.random((7, 5))
        np.testing.assert_allclose(
            furness(seed, goal.sum(1), goal.sum(0)), balance(seed, goal.sum(1), goal.sum(0)), atol=1e-8
        )

    def test_zero_rows_stay_zero(self):
        trips = furness(SEED, [0, 50, 50], [40, 60, 0])
        assert (trips[0] == 0).all()
        assert (trips[:, 2] == 0).all()
        assert trips.sum() == pytest.approx(100)

    def test_no_trips(self):
        assert (furness(SEED, [0, 0, 0], [0, 0, 0]) == 0).all()

    @pytest.mark.parametrize(
        ("seed", "rows", "columns", "words"),
        [
            (SEED, [98, 106, 122], [102, 118, 200], "sum to 326.*420"),
            ([[0, 0], [1, 1]], [5, 5], [5, 5], "row 0 shall have 5 trips"),
            ([[1, 0], [1, 0]], [5, 5], [5, 5], "column 1 shall have 5 trips"),
            ([[1, 0], [1, 1]], [5, 0], [2, 3], "column 1 shall have 3 trips"),
            ([[1, np.nan], [1, 1]], [5, 5], [5, 5], r"seed\[0, 1\]"),
            ([[1, 1], [1, 1]], [-5, 15], [5, 5], r"productions\[0\]"),
            ([[1, 0], [0, 1]], [1, 2], [2, 1], "(row|column) .* misses its target.*contradict"),
        ],
    )
    def test_contradictions_are_named(self, seed, rows, columns, words):
        with pytest.raises(DemandError, match=words):
            furness(seed, rows, columns)

    def test_slow_fit_warns(self):
        # feasible only in the limit: the zero forces cell (1, 1) to fade like 1/n
        with pytest.warns(ConvergenceWarning, match="misses its target"):
            trips = furness([[1, 0], [1, 1]], [1, 1], [1, 1], max_iterations=200)
        np.testing.assert_allclose(trips.sum(1), [1, 1], atol=0.02)

    def test_the_shared_case(self, shared_data):
        case = json.loads(
            (shared_data / "cases/demand/01_furness_with_a_zero_diagonal.json").read_text(encoding="utf-8")
        )
        given_ = case["input"]
        trips = furness(given_["seed"], given_["productions"], given_["attractions"])
        np.testing.assert_allclose(trips, case["expected"]["trips"], rtol=case["tolerance"]["relative"])
        assert not np.diag(trips).any()


class TestGravity:
    @pytest.mark.parametrize(
        ("options", "first", "mean_cost"),
        [
            ({"beta": 0.0}, 200.0, 10.91),
            ({"beta": 0.1}, 304.594202949, 8.51255872949),
            ({"beta": 1.5, "deterrence": "power"}, 348.003475565, 7.59765155712),
        ],
    )
    def test_known_values(self, options, first, mean_cost):
        trips = gravity(STARTS, ENDS, COST, **options)
        assert trips[0, 0] == pytest.approx(first, abs=1e-3)
        assert (trips * COST).sum() / 1000 == pytest.approx(mean_cost, rel=1e-6)

    def test_shared_numbers(self, shared_data):
        case = json.loads((shared_data / "kit/numbers/dist_gravity_hyman.json").read_text())
        expected, tolerance = case["expected"], case["tolerance"]
        for name, options in {
            "exp_beta_0": {"beta": 0.0},
            "exp_beta_0_1": {"beta": 0.1},
            "power_1_5": {"beta": 1.5, "deterrence": "power"},
        }.items():
            trips = gravity(case["O"], case["D"], case["cost"], **options)
            np.testing.assert_allclose(trips, expected[name]["matrix"], atol=tolerance["abs_trip"])
        calibrate = expected["calibrate"]
        trips, beta = calibrate_gravity(case["O"], case["D"], case["cost"], mean_cost=calibrate["target_mean_cost"])
        assert beta == pytest.approx(calibrate["beta"], rel=tolerance["beta_rel"])
        np.testing.assert_allclose(trips, calibrate["matrix"], atol=tolerance["abs_trip"])

    def test_unreachable_gets_nothing(self):
        cost = COST.copy()
        cost[0, 2] = np.inf
        trips = gravity(STARTS, ENDS, cost, beta=0.1)
        assert trips[0, 2] == 0
        np.testing.assert_allclose(trips.sum(1), STARTS)

    def test_row_without_any_way_is_named(self):
        cost = COST.copy()
        cost[1] = np.inf
        with pytest.raises(DemandError, match="row 1 shall have 300"):
            gravity(STARTS, ENDS, cost, beta=0.1)

    def test_tanner_without_power_is_exponential(self):
        np.testing.assert_allclose(
            gravity(STARTS, ENDS, COST, beta=0.1, deterrence="tanner"),
            gravity(STARTS, ENDS, COST, beta=0.1),
            rtol=1e-12,
        )

    def test_tanner_and_lognormal_by_definition(self):
        for trips, weight in (
            (gravity(STARTS, ENDS, COST, beta=0.2, deterrence="tanner", power=0.7), COST**0.7 * np.exp(-0.2 * COST)),
            (
                gravity(STARTS, ENDS, COST, beta=0.8, deterrence="lognormal", scale=6),
                np.exp(-0.8 * np.log(COST / 6) ** 2),
            ),
        ):
            np.testing.assert_allclose(trips, furness(weight, STARTS, ENDS), rtol=1e-8)

    def test_large_costs_do_not_underflow(self):
        np.testing.assert_allclose(
            gravity(STARTS, ENDS, COST + 1e5, beta=0.1), gravity(STARTS, ENDS, COST, beta=0.1), rtol=1e-8
        )

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"beta": 0.1, "deterrence": "linear"}, "'linear' is not known; known: exponential"),
            ({"beta": np.nan}, "beta"),
            ({"beta": 0.1, "deterrence": "lognormal", "scale": 0.0}, "scale"),
        ],
    )
    def test_bad_options(self, options, words):
        with pytest.raises(DemandError, match=words):
            gravity(STARTS, ENDS, COST, **options)

    def test_zero_cost_and_power(self):
        with pytest.raises(DemandError, match=r"cost\[0, 0\] = 0"):
            gravity(STARTS, ENDS, COST - 5 * np.eye(3) * (COST == 5), beta=1.0, deterrence="power")


class TestCalibration:
    @pytest.mark.parametrize("mean_cost", [6.3, 7.5, 9.0, 10.9])
    def test_mean_cost_is_met(self, mean_cost):
        trips, beta = calibrate_gravity(STARTS, ENDS, COST, mean_cost=mean_cost)
        assert beta > 0
        assert (trips * COST).sum() / trips.sum() == pytest.approx(mean_cost, rel=1e-7)

    def test_power(self):
        _, beta = calibrate_gravity(STARTS, ENDS, COST, mean_cost=7.59765155712, deterrence="power")
        assert beta == pytest.approx(1.5, rel=1e-4)

    def test_at_beta_zero(self):
        _, beta = calibrate_gravity(STARTS, ENDS, COST, mean_cost=10.91)
        assert beta == 0.0

    @pytest.mark.parametrize("mean_cost", [3.0, 6.05, 11.0])
    def test_not_attainable(self, mean_cost):
        with pytest.raises(DemandError, match="not attainable"):
            calibrate_gravity(STARTS, ENDS, COST, mean_cost=mean_cost)


class TestPivot:
    home = np.array([0, 0, 1, 1, 2])
    work = np.array([0, 1, 1, 2])

    def case(self):
        rng = np.random.default_rng(3)
        matrix, goal = rng.random((5, 4)) + 0.1, rng.random((5, 4)) * 50
        targets = np.zeros((3, 3))
        np.add.at(targets, (self.home[:, None], self.work[None, :]), goal)
        return matrix, goal, targets

    def block_sums(self, trips):
        sums = np.zeros((3, 3))
        np.add.at(sums, (self.home[:, None], self.work[None, :]), trips)
        return sums

    def test_all_three_margins(self):
        matrix, goal, targets = self.case()
        trips = pivot_to_statistics(matrix, self.home, self.work, targets, goal.sum(1), goal.sum(0))
        np.testing.assert_allclose(trips.sum(1), goal.sum(1), rtol=1e-8)
        np.testing.assert_allclose(trips.sum(0), goal.sum(0), rtol=1e-8)
        np.testing.assert_allclose(self.block_sums(trips), targets, rtol=1e-8)

    def test_free_blocks_and_twin(self):
        matrix, goal, targets = self.case()
        targets[0, 1] = targets[1, 1] = targets[1, 2] = targets[2] = np.nan
        trips = pivot_to_statistics(matrix, self.home, self.work, targets, goal.sum(1), goal.sum(0))
        fixed = ~np.isnan(targets)
        np.testing.assert_allclose(self.block_sums(trips)[fixed], targets[fixed], rtol=1e-8)
        twin = balance(matrix, goal.sum(1), goal.sum(0), self.home, self.work, targets)
        np.testing.assert_allclose(trips, twin, atol=1e-6)
        as_mapping = {(int(g), int(h)): float(targets[g, h]) for g, h in np.argwhere(fixed)}
        again = pivot_to_statistics(matrix, self.home, self.work, as_mapping, goal.sum(1), goal.sum(0))
        assert again.tobytes() == trips.tobytes()

    def test_without_targets_it_is_furness(self):
        matrix, goal, _ = self.case()
        trips = pivot_to_statistics(matrix, self.home, self.work, {}, goal.sum(1), goal.sum(0))
        np.testing.assert_allclose(trips, furness(matrix, goal.sum(1), goal.sum(0)), rtol=1e-7)

    def test_met_targets_change_nothing(self):
        _, goal, targets = self.case()
        trips = pivot_to_statistics(goal, self.home, self.work, targets, goal.sum(1), goal.sum(0))
        np.testing.assert_allclose(trips, goal, rtol=1e-9)

    def test_contradictions_are_named(self):
        matrix, goal, targets = self.case()
        args = (goal.sum(1), goal.sum(0))
        too_much = targets.copy()
        too_much[1, 2] *= 2
        with pytest.raises(DemandError, match="productions of row group 1 sum to"):
            pivot_to_statistics(matrix, self.home, self.work, too_much, *args)
        holes = matrix.copy()
        holes[np.outer(self.home == 2, self.work == 1)] = 0
        with pytest.raises(DemandError, match=r"block \(2, 1\) shall have"):
            pivot_to_statistics(holes, self.home, self.work, targets, *args)
        with pytest.raises(DemandError, match=r"pair of groups \(4, 0\)"):
            pivot_to_statistics(matrix, self.home, self.work, {(4, 0): 1.0}, *args)
        with pytest.raises(DemandError, match=r"targets\[0, 0\]"):
            pivot_to_statistics(matrix, self.home, self.work, {(0, 0): -1.0}, *args)

    def test_hidden_contradiction_is_named(self):
        # each block alone fits its group, but row 0 has a single column, which belongs to the block of 1 trip
        matrix = np.array([[1.0, 0.0], [1.0, 1.0]])
        with pytest.raises(DemandError, match=r"misses its target.*contradict"):
            pivot_to_statistics(matrix, [0, 0], [0, 1], {(0, 0): 1.0, (0, 1): 9.0}, [5, 5], [1, 9])

    @st.composite
    @staticmethod
    def bounded(draw):
        """A matrix, and bounds around the totals of another one with the same zeros: so they can be met."""
        n, m = draw(st.integers(2, 6)), draw(st.integers(2, 6))
        seed = draw(hnp.arrays(float, (n, m), elements=positive))
        goal = draw(hnp.arrays(float, (n, m), elements=positive))
        home = draw(hnp.arrays(int, n, elements=st.integers(0, 2)))
        work = draw(hnp.arrays(int, m, elements=st.integers(0, 2)))
        below = draw(hnp.arrays(float, (3, 3), elements=st.floats(0, 1)))
        above = draw(hnp.arrays(float, (3, 3), elements=st.floats(0, 1)))
        free = draw(hnp.arrays(bool, n))
        return seed, goal, home, work, below, above, free

    @given(bounded())
    @settings(max_examples=60)
    def test_bounds_and_free_margins(self, case):
        """Every block ends within its bounds, margins that are not free are met, and the total of a group, too."""
        seed, goal, home, work, below, above, free = case
        totals = np.zeros((3, 3))
        np.add.at(totals, (home[:, None], work[None, :]), goal)
        low, high = totals * (1 - 0.5 * below), totals * (1 + 0.5 * above)
        rows = np.where(free, np.nan, goal.sum(1))
        columns = np.full(goal.shape[1], np.nan)
        is_first = work == 0
        total = goal[:, is_first].sum()
        into = BlockBounds(np.zeros(len(home), int), is_first.astype(int), [[0.0, total]], [[np.inf, total]])
        trips = pivot_to_statistics(
            seed, home, work, low, rows, columns, upper=high, further=[into], tolerance=1e-8, max_iterations=200_000
        )
        found = np.zeros((3, 3))
        np.add.at(found, (home[:, None], work[None, :]), trips)
        assert (found >= low * (1 - 2e-8)).all()
        assert (found <= high * (1 + 2e-8)).all()
        np.testing.assert_allclose(trips.sum(1)[~free], goal.sum(1)[~free], rtol=2e-8)
        assert trips[:, is_first].sum() == pytest.approx(total, rel=2e-8)

    def test_bounds_may_stand_in_a_mapping(self):
        matrix, goal, targets = self.case()
        wide = {(g, h): (0.8 * targets[g, h], 1.3 * targets[g, h]) for g in range(3) for h in range(3)}
        args = (goal.sum(1), goal.sum(0))
        by_array = pivot_to_statistics(matrix, self.home, self.work, 0.8 * targets, *args, upper=1.3 * targets)
        assert pivot_to_statistics(matrix, self.home, self.work, wide, *args).tobytes() == by_array.tobytes()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"targets": {(0, 0): (9.0, 5.0)}}, r"block \(0, 0\): the lower bound 9 is above the upper one 5"),
            ({"upper": np.full((2, 2), 9.0)}, r"upper: shape \(2, 2\)"),
            ({"upper": np.full((3, 3), -1.0)}, r"upper\[0, 0\] = -1"),
            ({"targets": np.zeros((3, 3)), "upper": np.full((3, 3), 1.0)}, "row group 0 sum to .* at most 3"),
        ],
    )
    def test_wrong_bounds_are_named(self, changes, words):
        matrix, goal, targets = self.case()
        options = {"targets": targets} | changes
        with pytest.raises(DemandError, match=words):
            pivot_to_statistics(
                matrix, self.home, self.work, productions=goal.sum(1), attractions=goal.sum(0), **options
            )


class TestOffset:
    def test_costs_of_zero_are_fine(self):
        cost = COST - 5 * np.eye(3) * (COST == 5)
        for form in ("power", "tanner", "lognormal"):
            trips = gravity(STARTS, ENDS, cost, beta=1.2, power=-0.3, deterrence=form, scale=4.0, offset=2.0)
            np.testing.assert_allclose(
                trips, gravity(STARTS, ENDS, cost + 2.0, beta=1.2, power=-0.3, deterrence=form, scale=4.0), rtol=1e-9
            )
        _, beta = calibrate_gravity(STARTS, ENDS, cost, mean_cost=8.0, deterrence="power", offset=2.0)
        trips = gravity(STARTS, ENDS, cost, beta=beta, deterrence="power", offset=2.0)
        assert (trips * cost).sum() / trips.sum() == pytest.approx(8.0, rel=1e-7)

    def test_it_must_not_be_negative(self):
        with pytest.raises(DemandError, match="offset: -1"):
            gravity(STARTS, ENDS, COST, beta=0.1, offset=-1.0)


class TestBands:
    """`fit_gravity`: shares of trips by distance."""

    def case(self, n=12, seed=4):
        rng = np.random.default_rng(seed)
        place = rng.uniform(0, 40, (n, 2))
        km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 1.0
        starts, ends = rng.uniform(50, 900, n), rng.uniform(50, 900, n)
        return starts, ends * starts.sum() / ends.sum(), km

    def shares(self, trips, km, edges):
        return np.histogram(km, edges, weights=trips)[0] / trips.sum()

    def test_the_shared_case(self, shared_data):
        case = json.loads(
            (shared_data / "cases/demand/03_tanner_fitted_to_three_distance_bands.json").read_text(encoding="utf-8")
        )
        given_ = case["input"]
        fit = fit_gravity(
            given_["productions"], given_["attractions"], given_["cost"], deterrence=given_["deterrence"],
            band_edges=given_["band_edges"], band_shares=given_["band_shares"],
        )  # fmt: skip
        reached = self.shares(fit.trips, np.array(given_["cost"]), given_["band_edges"])
        np.testing.assert_allclose(
            reached, case["expected"]["band_shares"], rtol=0, atol=case["tolerance"]["share_absolute"]
        )
        np.testing.assert_allclose(fit.band_share, reached, atol=1e-12)
        assert fit.is_met

    @pytest.mark.parametrize(
        ("form", "beta", "power", "scale"),
        [
            ("exponential", 0.13, 0.0, 1.0),
            ("power", 1.6, 0.0, 1.0),
            ("tanner", 0.1, 0.6, 1.0),
            ("lognormal", 0.9, 0.0, 9.0),
        ],
    )
    def test_shares_of_a_known_model_are_found_again(self, form, beta, power, scale):
        starts, ends, km = self.case()
        minutes = 1.4 * km + 3.0
        edges = [0, 10, 100] if form in ("exponential", "power") else [0, 10, 20, 100]
        known = gravity(starts, ends, minutes, deterrence=form, beta=beta, power=power, scale=scale, offset=2.0)
        wanted = self.shares(known, km, edges)
        fit = fit_gravity(
            starts, ends, minutes, deterrence=form, band_edges=edges, band_shares=wanted, band_distance=km, offset=2.0
        )
        np.testing.assert_allclose(fit.band_share, wanted, atol=1e-7)
        assert fit.deterrence.beta == pytest.approx(beta, rel=1e-4)
        assert (fit.deterrence.power, fit.deterrence.scale) == pytest.approx((power, scale), rel=1e-3)
        again = gravity(
            starts, ends, minutes, deterrence=form, beta=fit.deterrence.beta, power=fit.deterrence.power,
            scale=fit.deterrence.scale, offset=2.0,
        )  # fmt: skip
        np.testing.assert_allclose(again, fit.trips, rtol=1e-6, atol=1e-6)

    def test_one_parameter_misses_least_and_tells_by_how_much(self):
        starts, ends, km = self.case()
        edges, wanted = [0, 8, 16, 100], np.array([0.5, 0.1, 0.4])
        fit = fit_gravity(starts, ends, km, deterrence="exponential", band_edges=edges, band_shares=wanted)
        assert not fit.is_met
        np.testing.assert_allclose(fit.miss_share, fit.band_share - wanted)

        def miss(beta):
            return ((self.shares(gravity(starts, ends, km, beta=beta), km, edges) - wanted) ** 2).sum()

        best = miss(fit.deterrence.beta)
        assert best == pytest.approx((fit.miss_share**2).sum(), rel=1e-6)
        assert best < min(miss(fit.deterrence.beta + step) for step in (-0.3, -0.01, 0.01, 0.3))

    @pytest.mark.parametrize(
        ("edges", "shares", "words"),
        [
            ([0, 10, 100], [0.5, 0.6], "sum to 1.1"),
            ([0, 10, 10], [0.5, 0.5], "rising"),
            ([0, 10, 20], [0.5, 0.5], r"the distance of pair \(.*lies in no band .* run from 0 to 20"),
            ([0, 0.5, 100], [0.2, 0.8], r"band 0 \(0 to 0.5\) shall have 0.2 of the trips, but no pair lies there"),
            ([0, 1.5, 100], [0.99, 0.01], r"band 0 \(0 to 1.5\) shall have 0.99, attainable are 0 to 0\.[0-9]+"),
            ([0, 10, 100], [0.5], "shape"),
        ],
    )
    def test_what_cannot_be_reached_is_named(self, edges, shares, words):
        starts, ends, km = self.case()
        with pytest.raises(DemandError, match=words):
            fit_gravity(starts, ends, km, deterrence="power", band_edges=edges, band_shares=shares)
