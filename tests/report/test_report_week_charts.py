"""Curves of a week: what is drawn is what the table says, to half a pixel."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from itas_mobility.report.charts import Axis, axis_over
from itas_mobility.report.week_charts import LEVELS, SiteWeek, area, levels, stepped, week_charts

AXIS = Axis(-50.0, 150.0, 4)


def drawn(path, n_steps, axis):
    """Values that a path shows at each step, read back move by move; nan where it shows none."""
    seen = np.full(n_steps, np.nan)
    x = y = 0
    for sign, first, second in re.findall(r"([Mhv])(-?\d+)(?: (-?\d+))?", path):
        if sign == "M":
            x, y = int(first), int(second)
        elif sign == "h":
            seen[x : x + int(first)] = axis.top - y / LEVELS * (axis.top - axis.bottom)
            x += int(first)
        else:
            y += int(first)
    return seen


def week(power, *, uncontrolled=None, free=np.inf, other=0.0):
    power = np.asarray(power, float)
    rest = (np.broadcast_to(np.asarray(value, float), power.shape) for value in (free, other))
    return SiteWeek(
        168.0 / len(power), power, power if uncontrolled is None else np.asarray(uncontrolled, float), *rest
    )


@given(st.lists(st.one_of(st.floats(-50, 150), st.just(np.inf)), min_size=1, max_size=40))
def test_a_path_shows_each_step_to_half_a_level(values):
    values = np.array(values)
    seen = drawn(stepped(values, AXIS), len(values), AXIS)
    finite = np.isfinite(values)
    assert np.isnan(seen[~finite]).all()
    assert np.abs(seen[finite] - values[finite]).max(initial=0.0) <= 0.5 * 200.0 / LEVELS + 1e-9


def test_a_path_is_as_long_as_its_changes():
    assert stepped(np.repeat([0.0, 100.0, 0.0], 200), AXIS) == "M0 390h200v-260h200v260h200"
    assert len(stepped(np.full(672, 42.0), AXIS)) < 12
    assert area(levels(np.array([0.0, 50.0]), AXIS), 390) == "M0 390V390h1v-130h1V390z"


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_an_axis_holds_nought_and_both_ends(a, b):
    lowest, highest = min(a, b), max(a, b)
    axis = axis_over(lowest, highest)
    assert axis.bottom <= min(lowest, 0.0) * (1 - 1e-9) + 1e-9
    assert axis.top >= highest * (1 - 1e-9) - 1e-9
    assert min(abs(tick) for tick in axis.ticks) <= 1e-6 * axis.step
    assert len(axis.ticks) <= 8
    # an axis much longer than what it shows would flatten the curves
    assert axis.top - axis.bottom <= 3.2 * max(max(highest, 0.0) - min(lowest, 0.0), 0.4)


def test_site_power_is_drawn_against_what_the_site_may_draw():
    one = week([0.0, 30.0], free=[20.0, 20.0], other=[50.0, 60.0])
    assert one.drawn_kw.tolist() == [50.0, 90.0]
    assert one.allowed_kw.tolist() == [70.0, 80.0]
    assert one.greatest_share == pytest.approx(90 / 80)
    assert one.over_h == 84.0
    assert one.energy_kwh == 30.0 * 84.0
    assert (one.peak_kw, one.peak_time_h) == (30.0, 84.0)


def test_a_stationary_battery_is_part_of_what_the_site_draws_but_not_of_what_it_would():
    """A connection of 100 kW, of which the battery lets charging have 30 beside a building of 90."""
    power, free, storage = np.array([0.0, 30.0]), np.array([-10.0, 30.0]), np.array([20.0, -20.0])
    one = SiteWeek(84.0, power, np.array([0.0, 40.0]), free, np.full(2, 90.0), storage)
    assert one.allowed_kw.tolist() == [100.0, 100.0]
    assert one.drawn_kw.tolist() == [110.0, 100.0]
    assert one.uncontrolled_drawn_kw.tolist() == [90.0, 130.0]
    assert one.over_h == 0.0


def test_no_limit_is_no_share_and_never_over():
    one = week([5.0, 7.0])
    assert np.isnan(one.greatest_share)
    assert one.over_h == 0.0
    none = week([0.0, 0.0], free=0.0)
    assert (none.greatest_share, none.over_h) == (0.0, 0.0)
    over = week([1.0, 0.0], free=[-5.0, 5.0], other=10.0)
    assert over.over_h == 84.0, "a building above its connection leaves nothing, and charging makes it worse"


def shapes(chart, kind):
    return re.findall(rf'<path class="{kind}"([^>]*) d="([^"]*)"', chart)


def made(weeks, shown=0):
    return week_charts(weeks, shown=shown, colours=[0, 1, 2], titles=[Markup(title) for title in "abc"])


def test_the_duration_curve_is_the_week_sorted_falling():
    power = np.array([1.0, 9.0, 4.0, 0.0])
    chart = made({0: week(power)}).duration
    axis = axis_over(0.0, 9.0)
    ((_, path),) = shapes(chart, "curve")
    step = (axis.top - axis.bottom) / LEVELS
    assert drawn(path, 4, axis) == pytest.approx([9, 4, 1, 0], abs=0.5 * step)


def test_what_belongs_to_one_run_is_shown_with_it_alone():
    weeks = {
        0: week([1.0, 2.0], free=3.0),
        1: week([1.0, 1.5], uncontrolled=[1.0, 2.0], free=3.0),
        2: week([1.0, 1.0], free=4.0, other=1.0),
    }
    chart = made(weeks, shown=1).week
    curves = [attributes for attributes, _ in shapes(chart, "curve")]
    assert [re.search(r'data-own="(\d)"', one)[1] for one in curves] == ["0", "1", "2"]
    assert ["data-shown" in one for one in curves] == [False, True, False]
    limits = {re.search(r'data-of="([^"]*)"', one)[1]: "hidden" in one for one, _ in shapes(chart, "limit")}
    assert limits == {"0 1": False, "2": True}, "equal limits stand once"
    assert [one for one, _ in shapes(chart, "unmanaged")] == [' data-of="1"']
    assert [one for one, _ in shapes(chart, "building")] == [' data-of="2" hidden']
    assert not shapes(made(weeks).duration, "building")


def test_a_limit_that_changes_is_not_drawn_beside_other_hours():
    changing = {0: week([1.0, 2.0, 0.0], free=[3.0, 2.0, 3.0])}
    assert shapes(made(changing).week, "limit")
    assert not shapes(made(changing).duration, "limit")
    # the sum of free and building is even but for rounding
    other = np.array([0.1, 0.2, 0.3, 0.4, 0.7, 0.8])  # (0.9 - 0.2) + 0.2 is not 0.9
    even = week(0.1 * np.arange(6.0), free=0.9 - other, other=other)
    assert np.ptp(even.allowed_kw) > 0
    assert shapes(made({0: even}).duration, "limit")


def test_a_limit_far_above_does_not_flatten_the_curve():
    far = made({0: week([1.0, 2.0], free=1000.0), 1: week([1.0, 2.0], free=3.0)})
    assert far.hidden_limits == (0,)
    assert len(shapes(far.week, "limit")) == 1
    part = made({0: week([1.0, 2.0], free=[1000.0, 3.0])})
    assert part.hidden_limits == (0,)
    ((_, path),) = shapes(part.week, "limit")
    assert path.startswith("M1 ")


def test_power_fed_back_lies_below_the_ground():
    chart = made({0: week([-40.0, 100.0])}).week
    assert "−50" in chart
    ((_, path),) = shapes(chart, "curve")
    axis = axis_over(-40.0, 100.0)
    assert drawn(path, 2, axis) == pytest.approx([-40, 100], abs=0.5)
