"""Volume-delay functions against published values, finite differences and quadrature; never NaN."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from itas_mobility.core.road import VdfKind
from itas_mobility.core.volume_delay import table_columns
from itas_mobility.kernels import volume_delay as vd

BPR, CONICAL, AKCELIK, TABLE = (int(kind) for kind in VdfKind)
NO_TABLE = np.zeros((0, 4))


def function(kind, alpha, beta, table=NO_TABLE):
    """Functions of free-flow time, capacity and volume, and the ratios at which their slope jumps."""
    return kind, float(alpha), float(beta), table, tuple(table[1:, 0]) if kind == TABLE else ()


@st.composite
def tables(draw):
    steps = draw(st.lists(st.floats(0.05, 1), min_size=0, max_size=4))
    rises = draw(st.lists(st.one_of(st.just(0.0), st.floats(0.01, 3)), min_size=len(steps), max_size=len(steps)))
    ratio, factor = np.cumsum([0.0, *steps]), np.cumsum([draw(st.floats(0.5, 2)), *rises])
    before = np.full((draw(st.integers(0, 2)), 4), np.nan)  # other tables, which must not be looked at
    table = np.concatenate([before, table_columns(ratio, factor)])
    return (TABLE, float(len(before)), float(len(ratio)), table, tuple(ratio[1:]))


@st.composite
def queues(draw, below):
    """A queue behind another function, with the kinks that both have; capacity is 1000 in `PLAIN`."""
    kind, alpha, beta, table, kinks = draw(below)
    duration, queue = draw(st.floats(0.1, 3)), draw(st.one_of(st.just(0.0), st.floats(1, 3000)))
    record = [[kind, alpha, beta, duration], [queue, 0, 0, 0]]
    return vd.QUEUE, float(len(table)), 2.0, np.concatenate([table, record]), (*(k for k in kinks if k < 1), 1.0)


smooth = st.one_of(
    st.builds(
        function, st.just(BPR), st.floats(0, 2), st.one_of(st.sampled_from([0.0, 1.0, 4.0, 5.0]), st.floats(1, 20))
    ),
    st.builds(function, st.just(CONICAL), st.floats(1.001, 12), st.just(0.0)),
    st.builds(function, st.just(AKCELIK), st.one_of(st.just(0.0), st.floats(1e-6, 2)), st.floats(0.25, 2)),
    tables(),
)
functions = st.one_of(smooth, queues(smooth))
times = st.floats(1, 600)
capacities = st.floats(100, 4000)
saturations = st.one_of(st.just(0.0), st.floats(1e-6, 2.5))


def kit(shared_data):
    return json.loads((shared_data / "kit/numbers/vdf_values.json").read_text())


def test_kit_bpr_values(shared_data):
    cases = kit(shared_data)["bpr"]
    assert cases
    for case in cases:
        link = (BPR, *(float(case[name]) for name in ("t0", "cap", "alpha", "beta")), NO_TABLE, float(case["v"]))
        assert vd.link_time(*link) == pytest.approx(case["t"], rel=1e-10)
        assert vd.link_slope(*link) == pytest.approx(case["dt_dv"], rel=1e-9, abs=1e-15)
        assert vd.link_integral(*link) == pytest.approx(case["integral"], rel=1e-9)


def test_kit_conical_values(shared_data):
    case = kit(shared_data)["conical"]
    found = [vd.link_time(CONICAL, 1.0, 1.0, 9.0, 0.0, NO_TABLE, float(v)) for v in case["v"]]
    assert found == pytest.approx(case["exact_beta_1_0625"], rel=1e-10)


def test_kit_inrets_values_as_a_table(shared_data):
    """A form that is not built in can be given point by point; between the points it is below the published one."""
    case = kit(shared_data)["inrets"]
    points = table_columns(np.array(case["v"]), np.array(case["t"]))
    found = [vd.link_time(TABLE, 1.0, 1.0, 0.0, float(len(points)), points, float(v)) for v in case["v"]]
    assert found == pytest.approx(case["t"], rel=1e-12)


def test_kit_robustness(shared_data):
    cases = {case["name"]: case for case in kit(shared_data)["robustness"]}
    steep = cases["power 8, v/c=1e6"]
    link = (BPR, float(steep["t0"]), 1.0, steep["alpha"], float(steep["beta"]), NO_TABLE, float(steep["v_over_c"]))
    assert vd.link_time(*link) == pytest.approx(steep["t"], rel=1e-12)
    assert vd.link_time(BPR, 1.0, 1.0, 0.15, 60.0, NO_TABLE, 1e6) == np.inf


def test_conical_starts_at_free_time_and_doubles_at_capacity():
    for alpha in (1.0000001, 1.5, 6.0, 1e9):
        assert vd.link_time(CONICAL, 30.0, 700.0, alpha, 0.0, NO_TABLE, 0.0) == 30.0
        assert vd.link_time(CONICAL, 30.0, 700.0, alpha, 0.0, NO_TABLE, 700.0) == pytest.approx(60.0, rel=1e-14)


def test_akcelik_by_hand():
    # at capacity the delay is 900 sqrt(8 J T / Q) seconds
    found = vd.link_time(AKCELIK, 60.0, 1800.0, 0.4, 1.0, NO_TABLE, 1800.0)
    assert found == pytest.approx(60.0 + 900.0 * np.sqrt(8 * 0.4 / 1800.0), rel=1e-12)
    assert vd.link_time(AKCELIK, 60.0, 1800.0, 0.4, 1.0, NO_TABLE, 0.0) == 60.0


def test_table_by_hand():
    points = table_columns(np.array([0.0, 0.5, 1.0]), np.array([1.0, 1.0, 2.0]))
    link = (TABLE, 60.0, 1000.0, 0.0, 3.0, points)
    for volume, time, slope, area in (
        (0.0, 60.0, 0.0, 0.0),
        (250.0, 60.0, 0.0, 15_000.0),
        (500.0, 60.0, 0.12, 30_000.0),  # the slope behind the point
        (750.0, 90.0, 0.12, 48_750.0),
        (1000.0, 120.0, 0.12, 75_000.0),
        (2000.0, 240.0, 0.12, 255_000.0),  # the last slope goes on
    ):
        assert vd.link_time(*link, volume) == pytest.approx(time, rel=1e-14)
        assert vd.link_slope(*link, volume) == pytest.approx(slope, rel=1e-14)
        assert vd.link_integral(*link, volume) == pytest.approx(area, rel=1e-14)


def test_a_table_of_one_point_is_constant_also_without_capacity():
    points = table_columns(np.array([0.0]), np.array([1.5]))
    for capacity in (0.0, 100.0):
        for volume in (0.0, 700.0):
            link = (TABLE, 60.0, capacity, 0.0, 1.0, points, volume)
            assert vd.link_time(*link) == 90.0
            assert vd.link_slope(*link) == 0.0
            assert vd.link_integral(*link) == 90.0 * volume


def queue(duration, waiting):
    """Queue behind a link of constant 60 s."""
    return np.array([[BPR, 0.0, 1.0, duration], [waiting, 0, 0, 0]], float)


def test_queue_by_hand():
    # 1500 veh/h into 1000 veh/h for half an hour: 250 wait in the end, 125 on average: 0.125 h each
    assert vd.link_time(vd.QUEUE, 60.0, 1000.0, 0.0, 2.0, queue(0.5, 0.0), 1500.0) == pytest.approx(60 + 450)
    # 100 wait at the start, 500 veh/h come for an hour: gone after 0.2 h, triangle of 10 veh h, by 1000 veh in an hour
    assert vd.link_time(vd.QUEUE, 60.0, 1000.0, 0.0, 2.0, queue(1.0, 100.0), 500.0) == pytest.approx(60 + 36)
    # nobody comes: as if one vehicle came at any moment; 100 served in 0.1 h, triangle of 5 veh h
    assert vd.link_time(vd.QUEUE, 60.0, 1000.0, 0.0, 2.0, queue(1.0, 100.0), 0.0) == pytest.approx(60 + 18)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 3), st.floats(0, 2000), st.floats(0, 2500))
def test_mean_wait_is_that_of_single_vehicles(duration, waiting, volume):
    """Twin: vehicles come one after the other, and each waits for the queue before it."""
    at = (np.arange(20_000) + 0.5) / 20_000 * duration
    wait_s = 3600 * np.maximum(0.0, waiting + (volume - 1000.0) * at) / 1000.0
    found = vd.link_time(vd.QUEUE, 60.0, 1000.0, 0.0, 2.0, queue(duration, waiting), volume) - 60.0
    assert found == pytest.approx(wait_s.mean(), rel=1e-6, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(smooth, times, st.floats(0, 1))
def test_without_a_queue_and_below_capacity_a_queue_changes_nothing(shape, free_time, x):
    kind, alpha, beta, table, _ = shape
    record = np.array([[kind, alpha, beta, 0.5], [0, 0, 0, 0]], float)
    with_queue = (vd.QUEUE, free_time, 800.0, float(len(table)), 2.0, np.concatenate([table, record]), x * 800.0)
    plain = (kind, free_time, 800.0, alpha, beta, table, x * 800.0)
    for function in (vd.link_time, vd.link_slope, vd.link_bend, vd.link_integral):
        assert function(*with_queue) == function(*plain)


def near_kink(kinks, volume, capacity, step):
    return any(abs(volume - kink * capacity) <= 3 * step for kink in kinks)


def end_of_queue(shape, capacity):
    """Ratio at which the queue just lasts through the slice: a jump of the second derivative."""
    kind, alpha, _, table, _ = shape
    return 1.0 - table[int(alpha) + 1, 0] / table[int(alpha), 3] / capacity if kind == vd.QUEUE else -1.0


@settings(max_examples=150, deadline=None)
@given(functions, times, capacities, saturations)
def test_slope_is_the_finite_difference(shape, free_time, capacity, x):
    kind, alpha, beta, table, kinks = shape
    volume = x * capacity
    step = 1e-5 * capacity
    low = max(volume - step, 0.0)
    assume(not near_kink(kinks, volume, capacity, step))

    def time(v):
        return vd.link_time(kind, free_time, capacity, alpha, beta, table, v)

    base, base_beta = (table[int(alpha), 0], table[int(alpha), 2]) if kind == vd.QUEUE else (kind, beta)
    # a secant from zero says nothing of the middle's slope where the slope itself has an infinite slope there
    assume(base != BPR or x > 0.01 or base_beta >= 2 or base_beta in (0.0, 1.0))
    # Akçelik's slope turns quickly around capacity where J is small
    assume(base != AKCELIK or abs(x - 1) > 0.05)
    difference = (time(volume + step) - time(low)) / (volume + step - low)
    middle = vd.link_slope(kind, free_time, capacity, alpha, beta, table, 0.5 * (volume + step + low))
    assert middle == pytest.approx(difference, rel=1e-4, abs=1e-6 * free_time / capacity)


@pytest.mark.parametrize(
    ("power", "slope"), [(1.0, 60.0 * 0.5 / 800.0), (1.5, 0.0), (2.0, 0.0), (4.0, 0.0), (0.0, 0.0), (0.5, np.inf)]
)
def test_slope_at_zero_volume(power, slope):
    assert vd.link_slope(BPR, 60.0, 800.0, 0.5, power, NO_TABLE, 0.0) == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize(
    "shape", [function(BPR, 0.5, 1.0), function(CONICAL, 4.0, 0.0), function(AKCELIK, 0.4, 1.0)], ids=str
)
def test_slope_at_zero_volume_is_the_finite_difference(shape):
    kind, alpha, beta, table, _ = shape

    def time(v):
        return vd.link_time(kind, 60.0, 800.0, alpha, beta, table, v)

    found = vd.link_slope(kind, 60.0, 800.0, alpha, beta, table, 0.0)
    assert found > 0
    assert found == pytest.approx((time(1e-3) - time(0.0)) / 1e-3, rel=1e-4)


@settings(max_examples=150, deadline=None)
@given(functions, times, capacities, saturations)
def test_integral_is_the_area(shape, free_time, capacity, x):
    kind, alpha, beta, table, kinks = shape
    volume = x * capacity
    kinks = (*kinks, 1.0, end_of_queue(shape, capacity))
    area, error = quad(
        lambda v: vd.link_time(kind, free_time, capacity, alpha, beta, table, v),
        0,
        volume,
        points=sorted({k * capacity for k in kinks if 0 < k < x}) or None,
        limit=200,
    )
    found = vd.link_integral(kind, free_time, capacity, alpha, beta, table, volume)
    assert found == pytest.approx(area, rel=1e-7, abs=max(2 * error, 1e-8 * free_time * capacity))


@settings(max_examples=150, deadline=None)
@given(functions, times, capacities, st.floats(0.05, 2.5))
def test_marginal_cost_is_the_slope_of_total_time(shape, free_time, capacity, x):
    kind, alpha, beta, table, kinks = shape
    base = table[int(alpha), 0] if kind == vd.QUEUE else kind
    assume(base != AKCELIK or abs(x - 1) > 0.05)
    volume, step = x * capacity, 1e-5 * capacity
    assume(not near_kink((*kinks, end_of_queue(shape, capacity)), volume, capacity, step))

    def total(v):
        return v * vd.link_time(kind, free_time, capacity, alpha, beta, table, v)

    def marginal(v):
        return vd.link_cost(True, kind, free_time, capacity, alpha, beta, table, v)

    assert marginal(volume) == pytest.approx((total(volume + step) - total(volume - step)) / (2 * step), rel=1e-5)
    difference = (marginal(volume + step) - marginal(volume - step)) / (2 * step)
    found = vd.link_cost_slope(True, kind, free_time, capacity, alpha, beta, table, volume)
    assert found == pytest.approx(difference, rel=1e-3, abs=1e-5 * free_time / capacity)


@settings(max_examples=150, deadline=None)
@given(functions, times, capacities, saturations, st.floats(0, 1))
def test_times_rise(shape, free_time, capacity, x, share):
    kind, alpha, beta, table, _ = shape
    low, high = (
        vd.link_time(kind, free_time, capacity, alpha, beta, table, v) for v in (share * x * capacity, x * capacity)
    )
    assert low <= high * (1 + 1e-14)


extremes = st.one_of(
    st.sampled_from([0.0, 1e-300, 1e-10, 0.5, 1.0, 3.0, 1e10, 1e300]), st.floats(0, 1e300), st.floats(0, 10)
)
powers = st.one_of(st.sampled_from([0.0, 1e-300, 0.5, 1.0, 3.0, 4.0, 5.0, 20.0]), st.floats(0, 20))


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from([BPR, CONICAL, AKCELIK, TABLE]),
    st.tuples(extremes, st.one_of(st.just(np.inf), extremes), extremes, st.one_of(powers, extremes), extremes),
    st.one_of(st.none(), st.tuples(st.floats(1e-3, 24), extremes)),
    tables(),
)
def test_legal_input_never_gives_nan(kind, numbers, queue_of, tabulated):
    free_time, capacity, alpha, beta, volume = numbers
    table = NO_TABLE
    if kind == CONICAL:
        assume(alpha > 1)
    elif kind == TABLE:
        _, alpha, beta, table, _ = tabulated
        table = np.nan_to_num(table)
    constant = kind in (BPR, CONICAL, TABLE) and free_time == 0.0
    constant |= (kind == BPR and 0.0 in (alpha, beta)) or (kind == AKCELIK and beta == 0.0)
    assume(capacity > 0 or constant)
    if queue_of is not None and not constant:
        record = np.array([[kind, alpha, beta, queue_of[0]], [queue_of[1], 0, 0, 0]])
        kind, alpha, beta, table = vd.QUEUE, float(len(table)), 2.0, np.concatenate([table, record])
    link = (kind, free_time, capacity, alpha, beta, table, volume)
    found = {
        "time": vd.link_time(*link),
        "slope": vd.link_slope(*link),
        "integral": vd.link_integral(*link),
        "marginal": vd.link_cost(True, *link),
        "slope of marginal": vd.link_cost_slope(True, *link),
    }
    assert {name for name, value in found.items() if not value >= 0} == set()
    assert found["time"] >= free_time * (1 - 1e-12) or kind == TABLE or (kind == vd.QUEUE and len(table) > 2)


@settings(max_examples=100, deadline=None)
@given(st.floats(1.0001, 1e6), st.floats(1e-6, 5))
def test_conical_area_of_odd_parameters(alpha, x):
    near = [u for u in (1 - 3 / alpha, 1.0, 1 + 3 / alpha) if 0 < u < x]  # where it bends
    area, error = quad(
        lambda v: vd.link_time(CONICAL, 1.0, 1.0, alpha, 0.0, NO_TABLE, v), 0, x, points=near or None, limit=200
    )
    found = vd.link_integral(CONICAL, 1.0, 1.0, alpha, 0.0, NO_TABLE, x)
    assert found == pytest.approx(area, rel=1e-8, abs=2 * error)


@settings(max_examples=100, deadline=None)
@given(st.floats(-9, 5), st.floats(1e-3, 5))
def test_akcelik_area_of_odd_parameters(log_j, x):
    """The area keeps its digits where queues are next to never and where they are almost all."""
    j = 10.0**log_j

    def delay(v):
        return vd.link_time(AKCELIK, 0.0, 1000.0, j, 1.0, NO_TABLE, v)

    area, error = quad(delay, 0, 1000 * x, points=[1000 * min(x, 1.0)], limit=200)
    found = vd.link_integral(AKCELIK, 0.0, 1000.0, j, 1.0, NO_TABLE, 1000 * x)
    assert found == pytest.approx(area, rel=1e-7, abs=2 * error)


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
        link = (BPR, free_time, capacity, alpha, beta, NO_TABLE, volume)
        assert vd.link_time(*link) == expected
        assert vd.link_slope(*link) == 0.0
        assert vd.link_integral(*link) == pytest.approx(expected * volume)


def test_volume_just_below_zero_counts_as_zero():
    out = np.empty(1)
    one = np.ones(1)
    kind = np.zeros(1, np.uint8)
    functions = vd.CostFunctions(
        marginal=False, kind=kind, free_time=60 * one, capacity=500 * one, alpha=0.5 * one, beta=4.5 * one,
        fixed=0 * one, preload=0 * one, table=NO_TABLE,
    )  # fmt: skip
    vd.costs(functions, -1e-12 * one, out)
    assert out[0] == 60.0
