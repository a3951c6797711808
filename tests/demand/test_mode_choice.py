"""Multinomial, nested and incremental logit."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from itas_mobility.demand.mode_choice import (
    calibrate_constants,
    incremental_logit,
    incremental_nested_logit,
    logit,
    nested_logit,
)
from itas_mobility.errors import DemandError

utilities = hnp.arrays(float, (4, 3), elements=st.floats(-50, 50))


@pytest.fixture
def cases(shared_data):
    listed = json.loads((shared_data / "kit/numbers/mode_choice.json").read_text())["cases"]
    return {case["name"]: case for case in listed}


class TestSharedNumbers:
    def test_multinomial(self, cases):
        for name in ("nptel_binary_fare9", "nptel_binary_fare6", "nptel_case1_bus", "nptel_case2_train", "mnl3"):
            shares, _ = logit(list(cases[name]["U"].values()))
            np.testing.assert_allclose(shares, list(cases[name]["P"].values()), atol=1e-9)

    def test_nested(self, cases):
        case = cases["nested_two_level"]
        shares, logsum = nested_logit(
            list(case["U"].values()), nests={"private": [0], "pt": [1, 2]}, theta=case["theta"]
        )
        np.testing.assert_allclose(shares, list(case["P"].values()), atol=1e-9)
        assert logsum == pytest.approx(case["root_logsum"], abs=1e-9)
        _, pt_only = nested_logit(
            list(case["U"].values()),
            nests={"private": [0], "pt": [1, 2]},
            theta=case["theta"],
            available=[False, True, True],
        )
        assert pt_only == pytest.approx(case["nest_logsums"]["pt"], abs=1e-9)

    def test_red_bus_blue_bus(self, cases):
        for theta, expected in cases["red_bus_blue_bus"]["by_theta"].items():
            shares, _ = nested_logit(
                [0.0, 0.0, 0.0], nests={"car": [0], "bus": [1, 2]}, theta={"car": 1.0, "bus": float(theta)}
            )
            np.testing.assert_allclose(shares, list(expected.values()), atol=1e-9)

    def test_incremental(self, cases):
        case = cases["incremental_pivot"]
        shares, _ = incremental_logit(list(case["base"].values()), list(case["dU"].values()))
        np.testing.assert_allclose(shares, list(case["P"].values()), atol=1e-9)

    def test_logsum_as_consumer_surplus(self, cases):
        case = cases["consumer_surplus_logsum"]
        before, after = (logit(list(case[k].values())) for k in ("before", "after"))
        assert after[1] - before[1] == pytest.approx(case["delta_logsum"], abs=1e-9)
        assert -(after[1] - before[1]) / case["beta_time"] == pytest.approx(case["delta_cs_min_per_trip"], abs=1e-8)
        _, change = incremental_logit(before[0], [0.0, 0.3])
        assert change == pytest.approx(case["delta_logsum"], abs=1e-9)


class TestLogit:
    def test_known_value(self):
        shares, logsum = logit([-2.08, -2.18])
        np.testing.assert_allclose(shares, [0.524979187479, 0.475020812521], atol=1e-9)
        assert logsum == pytest.approx(np.log(np.exp(-2.08) + np.exp(-2.18)))

    def test_no_overflow(self):
        shares, logsum = logit([[1000.0, -1000.0], [-1000.0, -1001.0]])
        np.testing.assert_allclose(shares, [[1.0, 0.731058579], [0.0, 0.268941421]], atol=1e-9)
        np.testing.assert_allclose(logsum, [1000.0, -1000 + np.log(1 + np.exp(-1))])

    def test_unavailable_and_none(self):
        shares, logsum = logit(np.zeros((3, 2)), available=[[False, False], [True, False], [True, False]])
        np.testing.assert_array_equal(shares, [[0, 0], [0.5, 0], [0.5, 0]])
        assert logsum[0] == pytest.approx(np.log(2))
        assert logsum[1] == -np.inf

    @given(utilities, st.floats(-100, 100))
    @settings(max_examples=60, deadline=None)
    def test_sums_to_one_and_constant_changes_nothing(self, u, constant):
        shares, logsum = logit(u)
        np.testing.assert_allclose(shares.sum(0), 1.0, rtol=1e-12)
        moved, moved_logsum = logit(u + constant)
        np.testing.assert_allclose(moved, shares, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(moved_logsum, logsum + constant, rtol=1e-9, atol=1e-9)

    @given(utilities)
    @settings(max_examples=60, deadline=None)
    def test_odds_stay_when_one_is_removed(self, u):
        shares, _ = logit(u)
        fewer, _ = logit(u, available=np.array([True, True, True, False])[:, None])
        np.testing.assert_allclose(fewer[0] * shares[1], fewer[1] * shares[0], rtol=1e-9, atol=1e-300)
        assert (fewer[3] == 0).all()

    def test_shapes(self):
        shares, logsum = logit(np.zeros((4, 5, 6)))
        assert shares.shape == (4, 5, 6)
        assert logsum.shape == (5, 6)

    @pytest.mark.parametrize(
        ("u", "options", "words"),
        [
            ([0.0, np.nan], {}, r"utilities\[1\] = nan"),
            ([0.0, np.inf], {}, r"utilities\[1\] = inf"),
            ([0.0, 1.0], {"available": [True, True, True]}, "available: shape"),
            ([], {}, "no modes"),
        ],
    )
    def test_refusals(self, u, options, words):
        with pytest.raises(DemandError, match=words):
            logit(u, **options)


class TestNestedLogit:
    nests = {"private": [0, 3], "pt": [1, 2]}

    @given(utilities)
    @settings(max_examples=60, deadline=None)
    def test_scale_one_is_multinomial(self, u):
        nested = nested_logit(u, nests=self.nests, theta={"private": 1.0, "pt": 1.0})
        for got, expected in zip(nested, logit(u), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)

    @given(utilities, st.floats(0.05, 1.0), st.floats(0.05, 1.0))
    @settings(max_examples=60, deadline=None)
    def test_sums_to_one_and_odds_inside_a_nest(self, u, private, pt):
        shares, _ = nested_logit(u, nests=self.nests, theta={"private": private, "pt": pt})
        np.testing.assert_allclose(shares.sum(0), 1.0, rtol=1e-12)
        fewer, _ = nested_logit(
            u,
            nests=self.nests,
            theta={"private": private, "pt": pt},
            available=np.array([False, True, True, True])[:, None],
        )
        np.testing.assert_allclose(fewer[1] * shares[2], fewer[2] * shares[1], rtol=1e-9, atol=1e-300)

    def test_logsum_derivative_is_the_share(self):
        u = np.array([-1.0, -1.5, -1.2, -2.0])
        theta = {"private": 0.7, "pt": 0.4}
        shares, _ = nested_logit(u, nests=self.nests, theta=theta)
        for mode in range(4):
            up, down = (nested_logit(u + s * 1e-5 * np.eye(4)[mode], nests=self.nests, theta=theta)[1] for s in (1, -1))
            assert (up - down) / 2e-5 == pytest.approx(shares[mode], rel=1e-6)

    def test_none_available(self):
        shares, logsum = nested_logit(np.full((4, 1), -np.inf), nests=self.nests, theta={"private": 0.5, "pt": 0.5})
        assert (shares == 0).all()
        assert logsum[0] == -np.inf

    @pytest.mark.parametrize("theta", [0.0, -0.5, 1.5, np.nan])
    def test_scale_out_of_range_names_the_nest(self, theta):
        with pytest.raises(DemandError, match=r"nest 'pt': theta = .* must lie in \(0, 1\]"):
            nested_logit(np.zeros(4), nests=self.nests, theta={"private": 1.0, "pt": theta})

    @pytest.mark.parametrize(
        ("nests", "theta", "words"),
        [
            ({"a": [0, 1], "b": [1, 2, 3]}, {"a": 1, "b": 1}, "nest 'b': mode 1 stands in a nest already"),
            ({"a": [0, 1], "b": [2]}, {"a": 1, "b": 1}, "mode 3 stands in no nest"),
            ({"a": [0, 1], "b": [2, 4]}, {"a": 1, "b": 1}, "nest 'b': mode 4 is not a row"),
            ({"a": [0, 1], "b": [2, 3]}, {"a": 1}, "nest 'b': theta is missing"),
            ({"a": [0, 1, 2, 3]}, {"a": 1, "c": 1}, "nest 'c' has no modes"),
            ({"a": [0, 1, 2, 3], "b": []}, {"a": 1, "b": 1}, "nest 'b': has no modes"),
        ],
    )
    def test_malformed_nests(self, nests, theta, words):
        with pytest.raises(DemandError, match=words):
            nested_logit(np.zeros(4), nests=nests, theta=theta)


class TestIncrementalLogit:
    @given(utilities, utilities)
    @settings(max_examples=60, deadline=None)
    def test_equals_the_logit_of_changed_utilities(self, u, change):
        u, change = u / 5, change / 5
        before, after = logit(u), logit(u + change)
        shares, logsum_change = incremental_logit(before[0], change)
        np.testing.assert_allclose(shares, after[0], rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(logsum_change, after[1] - before[1], rtol=1e-6, atol=1e-8)

    def test_no_change_keeps_and_zero_stays_zero(self):
        shares, change = incremental_logit([0.7, 0.3, 0.0], [0.0, 0.0, 5.0])
        np.testing.assert_allclose(shares, [0.7, 0.3, 0.0], rtol=1e-15)
        assert change == pytest.approx(0.0, abs=1e-15)

    def test_no_base(self):
        shares, change = incremental_logit([[0.0], [0.0]], 0.0)
        assert (shares == 0).all()
        assert change[0] == -np.inf

    @pytest.mark.parametrize(
        ("base", "change", "words"),
        [
            ([0.7, 0.2], 0.0, "sum to 0.9"),
            ([1.2, -0.2], 0.0, r"base_shares\[1\]"),
            ([0.5, 0.5], [0.0, np.nan], r"utility_change\[1\]"),
            ([0.5, 0.5], [0.0, 0.0, 0.0], "utility_change: shape"),
        ],
    )
    def test_refusals(self, base, change, words):
        with pytest.raises(DemandError, match=words):
            incremental_logit(base, change)


class TestIncrementalNestedLogit:
    nests = {"private": [0, 3], "pt": [1, 2]}
    theta = {"private": 0.6, "pt": 0.4}

    @given(utilities, utilities)
    @settings(max_examples=60, deadline=None)
    def test_equals_the_nested_logit_of_changed_utilities(self, u, change):
        u, change = u / 10, change / 10
        before, after = (nested_logit(one, nests=self.nests, theta=self.theta) for one in (u, u + change))
        shares, logsum_change = incremental_nested_logit(before[0], change, nests=self.nests, theta=self.theta)
        np.testing.assert_allclose(shares, after[0], rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(logsum_change, after[1] - before[1], rtol=1e-7, atol=1e-9)

    @given(utilities, utilities)
    @settings(max_examples=30, deadline=None)
    def test_scale_one_is_the_incremental_logit(self, u, change):
        base = logit(u / 10)[0]
        found = incremental_nested_logit(base, change / 5, nests=self.nests, theta=dict.fromkeys(self.nests, 1.0))
        for got, expected in zip(found, incremental_logit(base, change / 5), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)

    def test_a_mode_taken_away(self, shared_data):
        """Car passengers no more: drivers gain more than public transport, in proportion."""
        file = shared_data / "cases/demand/04_nested_logit_without_car_passenger.json"
        case = json.loads(file.read_text(encoding="utf-8"))
        given_, expected = case["input"], case["expected"]
        options = {"nests": given_["nests"], "theta": given_["theta"]}
        before, logsum = nested_logit(given_["utilities"], **options)
        np.testing.assert_allclose(before, expected["before"], atol=1e-10)
        assert float(logsum) == pytest.approx(expected["logsum_before"], abs=1e-12)
        after, change = incremental_nested_logit(before, [0.0, -np.inf, 0.0, 0.0], **options)
        np.testing.assert_allclose(after, expected["after"], atol=1e-10)
        assert float(logsum + change) == pytest.approx(expected["logsum_after"], abs=1e-12)
        assert after[0] / before[0] == pytest.approx(expected["ratio_driver_after_to_before"], rel=1e-12)
        assert after[2] / before[2] == pytest.approx(expected["ratio_transit_after_to_before"], rel=1e-12)

    def test_elasticities_of_one_pair(self, shared_data):
        file = shared_data / "cases/demand/07_realism_elasticities_of_one_pair.json"
        case = json.loads(file.read_text(encoding="utf-8"))
        given_, expected = case["input"], case["expected"]
        base = np.array(list(given_["base_shares"].values()))
        alone = {str(k): [k] for k in range(3)}
        by_ten = given_["change"] - 1.0
        for name, row, cost in (("fuel", 0, "fuel_cost_eur_per_way"), ("fare", 1, "fare_eur")):
            change = np.zeros(3)
            change[row] = -given_["utility_per_eur"] * by_ten * given_[cost]
            for shares in (
                incremental_logit(base, change)[0],
                incremental_nested_logit(base, change, nests=alone, theta=dict.fromkeys(alone, 1.0))[0],
            ):
                found = np.log(shares / base) / np.log(given_["change"])
                own, cross = ("car", "transit") if row == 0 else ("transit", "car")
                assert found[row] == pytest.approx(expected[f"{name}_{own}"], abs=1e-9)
                assert found[1 - row] == pytest.approx(expected[f"{name}_{cross}_cross"], abs=1e-9)

    def test_nothing_left(self):
        shares, change = incremental_nested_logit([0.7, 0.3], -np.inf, nests={"a": [0, 1]}, theta={"a": 0.5})
        assert (shares == 0).all()
        assert change == -np.inf

    def test_malformed_nests(self):
        with pytest.raises(DemandError, match="nest 'a': theta is missing"):
            incremental_nested_logit([0.7, 0.3], 0.0, nests={"a": [0, 1]}, theta={})


class TestCalibrateConstants:
    def test_shares_are_met(self):
        rng = np.random.default_rng(5)
        u, trips = rng.normal(0, 2, (4, 6, 7)), rng.random((6, 7))
        u[1, :, 3] = -np.inf
        u[:, 2, 2] = -np.inf
        target = np.array([0.7, 0.12, 0.08, 0.1])
        constants = calibrate_constants(u, trips, target)
        shares, _ = logit(u + constants[:, None, None])
        trips[2, 2] = 0
        np.testing.assert_allclose((shares * trips).sum((1, 2)) / trips.sum(), target, atol=1e-7)
        assert constants[0] == 0

    def test_shares_are_met_with_nests(self):
        rng = np.random.default_rng(6)
        u, trips = rng.normal(0, 2, (4, 6, 7)), rng.random((6, 7))
        u[1, :, 3] = -np.inf
        target = np.array([0.7, 0.12, 0.08, 0.1])
        options = {"nests": {"private": [0, 3], "pt": [1, 2]}, "theta": {"private": 0.3, "pt": 0.7}}
        constants = calibrate_constants(u, trips, target, **options)
        shares, _ = nested_logit(u + constants[:, None, None], **options)
        np.testing.assert_allclose((shares * trips).sum((1, 2)) / trips.sum(), target, atol=1e-7)

    def test_one_round_where_all_cells_are_alike(self):
        options = {"nests": {"private": [0, 3], "pt": [1, 2]}, "theta": {"private": 0.3, "pt": 0.7}}
        target = np.array([0.5, 0.2, 0.2, 0.1])
        constants = calibrate_constants(np.zeros((4, 1)), [1.0], target, **options, max_iterations=2)
        np.testing.assert_allclose(nested_logit(constants, **options)[0], target, atol=1e-12)

    def test_nests_without_scales_are_refused(self):
        with pytest.raises(DemandError, match="nests and theta: give both"):
            calibrate_constants(np.zeros((2, 1)), [1.0], [0.5, 0.5], nests={"a": [0, 1]})

    def test_closed_form(self):
        np.testing.assert_allclose(calibrate_constants([[0.0], [0.0]], [3.0], [0.8, 0.2]), [0, np.log(0.25)])

    @pytest.mark.parametrize(
        ("u", "trips", "target", "words"),
        [
            ([[0.0], [-np.inf]], [1.0], [0.5, 0.5], "mode 1 is not available"),
            ([[0.0, 0.0], [-np.inf, 0.0]], [0.9, 0.1], [0.5, 0.5], "may not be available for enough"),
            ([[0.0], [0.0]], [1.0], [0.5, 0.6], "sum to 1"),
            ([[0.0], [0.0]], [0.0], [0.5, 0.5], "trips: there are none"),
            ([[0.0], [0.0]], [1.0, 2.0], [0.5, 0.5], "trips: shape"),
        ],
    )
    def test_refusals(self, u, trips, target, words):
        with pytest.raises(DemandError, match=words):
            calibrate_constants(u, trips, target)
