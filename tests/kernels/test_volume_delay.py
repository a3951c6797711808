"""Volume-delay functions against published values, finite differences and quadrature."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from itas_mobility.core.road import VdfKind
from itas_mobility.kernels import volume_delay as vd

BPR, CONICAL, AKCELIK = (int(kind) for kind in VdfKind)

shapes = st.one_of(
    st.tuples(st.just(BPR), st.floats(0, 2), st.one_of(st.sampled_from([0.0, 1.0, 4.0]), st.floats(1, 10))),
    st.tuples(st.just(CONICAL), st.floats(1.5, 12), st.just(0.0)),
    st.tuples(st.just(AKCELIK), st.floats(0.01, 2), st.floats(0.25, 2)),
)
times = st.floats(1, 600)
capacities = st.floats(100, 4000)
saturations = st.floats(0, 2.5)


def test_kit_bpr_values(shared_data):
    cases = json.loads((shared_data / "kit/numbers/vdf_values.json").read_text())["bpr"]
    assert cases
    for case in cases:
        link = (BPR, float(case["t0"]), float(case["cap"]), float(case["alpha"]), float(case["beta"]), float(case["v"]))
        assert vd.link_time(*link) == pytest.approx(case["t"], rel=1e-10)
        assert vd.link_slope(*link) == pytest.approx(case["dt_dv"], rel=1e-9, abs=1e-15)
        assert vd.link_integral(*link) == pytest.approx(case["integral"], rel=1e-9)


def test_kit_conical_values(shared_data):
    case = json.loads((shared_data / "kit/numbers/vdf_values.json").read_text())["conical"]
    found = [vd.link_time(CONICAL, 1.0, 1.0, 9.0, 0.0, float(v)) for v in case["v"]]
    assert found == pytest.approx(case["exact_beta_1_0625"], rel=1e-10)


def test_conical_starts_at_free_time_and_doubles_at_capacity():
    assert vd.link_time(CONICAL, 30.0, 700.0, 6.0, 0.0, 0.0) == pytest.approx(30.0, rel=1e-14)
    assert vd.link_time(CONICAL, 30.0, 700.0, 6.0, 0.0, 700.0) == pytest.approx(60.0, rel=1e-14)


def test_akcelik_by_hand():
    # at capacity the delay is 900 sqrt(8 J T / Q) seconds
    found = vd.link_time(AKCELIK, 60.0, 1800.0, 0.4, 1.0, 1800.0)
    assert found == pytest.approx(60.0 + 900.0 * np.sqrt(8 * 0.4 / 1800.0), rel=1e-12)
    assert vd.link_time(AKCELIK, 60.0, 1800.0, 0.4, 1.0, 0.0) == 60.0


@settings(max_examples=60, deadline=None)
@given(shapes, times, capacities, saturations)
def test_slope_is_the_finite_difference(shape, free_time, capacity, x):
    kind, alpha, beta = shape
    volume = x * capacity
    step = 1e-5 * capacity
    low = max(volume - step, 0.0)

    def time(v):
        return vd.link_time(kind, free_time, capacity, alpha, beta, v)

    # Akçelik's slope turns quickly around capacity where J is small
    assume(kind != AKCELIK or abs(x - 1) > 0.05)
    difference = (time(volume + step) - time(low)) / (volume + step - low)
    middle = vd.link_slope(kind, free_time, capacity, alpha, beta, 0.5 * (volume + step + low))
    assert middle == pytest.approx(difference, rel=1e-4, abs=1e-6 * free_time / capacity)


@pytest.mark.parametrize(
    ("power", "slope"), [(1.0, 60.0 * 0.5 / 800.0), (2.0, 0.0), (4.0, 0.0), (0.0, 0.0), (0.5, np.inf)]
)
def test_slope_at_zero_volume(power, slope):
    assert vd.link_slope(BPR, 60.0, 800.0, 0.5, power, 0.0) == pytest.approx(slope, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(shapes, times, capacities, saturations)
def test_integral_is_the_area(shape, free_time, capacity, x):
    kind, alpha, beta = shape
    volume = x * capacity
    area, error = quad(
        lambda v: vd.link_time(kind, free_time, capacity, alpha, beta, v),
        0,
        volume,
        points=[min(volume, capacity)],
        limit=200,
    )
    found = vd.link_integral(kind, free_time, capacity, alpha, beta, volume)
    assert found == pytest.approx(area, rel=1e-7, abs=max(2 * error, 1e-8 * free_time * capacity))


@settings(max_examples=60, deadline=None)
@given(shapes, times, capacities, st.floats(0.05, 2.5))
def test_marginal_cost_is_the_slope_of_total_time(shape, free_time, capacity, x):
    kind, alpha, beta = shape
    assume(kind != AKCELIK or abs(x - 1) > 0.05)
    volume, step = x * capacity, 1e-5 * capacity

    def total(v):
        return v * vd.link_time(kind, free_time, capacity, alpha, beta, v)

    def marginal(v):
        return vd.link_cost(True, kind, free_time, capacity, alpha, beta, v)

    assert marginal(volume) == pytest.approx((total(volume + step) - total(volume - step)) / (2 * step), rel=1e-5)
    difference = (marginal(volume + step) - marginal(volume - step)) / (2 * step)
    found = vd.link_cost_slope(True, kind, free_time, capacity, alpha, beta, volume)
    assert found == pytest.approx(difference, rel=1e-3, abs=1e-5 * free_time / capacity)


@pytest.mark.parametrize(
    ("free_time", "capacity", "alpha", "beta", "expected"),
    [
        (60.0, np.inf, 0.15, 4.0, 60.0),
        (0.0, 500.0, 0.15, 4.0, 0.0),
        (0.0, 0.0, 0.15, 4.0, 0.0),
        (60.0, 0.0, 0.0, 4.0, 60.0),
        (60.0, 500.0, 0.15, 0.0, 69.0),
    ],
)
def test_constant_links_are_legal(free_time, capacity, alpha, beta, expected):
    for volume in (0.0, 700.0):
        link = (BPR, free_time, capacity, alpha, beta, volume)
        assert vd.link_time(*link) == expected
        assert vd.link_slope(*link) == 0.0
        assert vd.link_integral(*link) == pytest.approx(expected * volume)


def test_volume_just_below_zero_counts_as_zero():
    out = np.empty(1)
    one = np.ones(1)
    vd.costs(
        False, np.zeros(1, np.uint8), 60 * one, 500 * one, 0.5 * one, 4.5 * one, 0 * one, 0 * one, -1e-12 * one, out
    )
    assert out[0] == 60.0


def test_steep_function_stays_finite():
    assert vd.link_time(BPR, 1.0, 1.0, 0.15, 8.0, 1e6) == pytest.approx(1.5e47, rel=1e-12)
