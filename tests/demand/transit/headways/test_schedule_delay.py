"""The mean way in time to a regular service of unknown phase."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import TravelWindow
from itas_mobility.demand.transit import mean_schedule_delay_s
from itas_mobility.errors import DemandError

EITHER = (3600.0, 3600.0)
NOBODY_LATE = (3600.0, 0.0)


def window(width_s, extra_s):
    return TravelWindow(0.0, width_s, arrive_by=True, extra_s=extra_s)


def brute_s(headway_s, width_s, *, either_side, n=400):
    """All phases, all wishes: the nearest departure that is allowed."""
    phase = (np.arange(n) + 0.5) / n * headway_s
    wish = (np.arange(n) + 0.5) / n * width_s
    k = np.arange(-2, int(width_s // headway_s) + 3)
    departs = phase[:, None] + headway_s * k
    departs = np.where((departs > width_s) & (not either_side), np.inf, departs)
    return float(np.mean([np.abs(departs - one).min(axis=1).mean() for one in wish]))


@pytest.mark.parametrize("headway_min", [5, 20, 30, 59, 60, 61, 90, 240, 1440])
@pytest.mark.parametrize("extra_s", [EITHER, NOBODY_LATE])
def test_the_closed_form_is_the_mean_over_phases_and_wishes(headway_min, extra_s):
    found = mean_schedule_delay_s(np.array([60.0 * headway_min]), window=window(1800.0, extra_s))
    expected = brute_s(60.0 * headway_min, 1800.0, either_side=extra_s == EITHER)
    assert found[0] == pytest.approx(expected, rel=2e-3)


@settings(max_examples=50, deadline=None)
@given(st.floats(60.0, 86_400.0), st.floats(300.0, 7200.0), st.sampled_from([EITHER, NOBODY_LATE]))
def test_it_rises_strictly_and_its_slope_neither_jumps_nor_leaves_a_quarter_and_a_half(headway_s, width_s, extra_s):
    def slope(at_s, step_s=0.01):
        low, high = mean_schedule_delay_s(np.array([at_s - step_s, at_s + step_s]), window=window(width_s, extra_s))
        return (high - low) / (2.0 * step_s)

    assert 0.2499 < slope(headway_s) < 0.5001
    at_bend = 2.0 * width_s
    assert slope(at_bend - 0.02) == pytest.approx(slope(at_bend + 0.02), abs=1e-3)


def test_a_line_that_does_not_run_is_endlessly_far_and_one_side_is_as_good_as_the_other():
    headways = np.array([600.0, np.inf])
    late, early = (
        mean_schedule_delay_s(headways, window=window(1200.0, extra)) for extra in ((60.0, 0.0), (0.0, 60.0))
    )
    np.testing.assert_array_equal(late, early)
    assert late[0] == pytest.approx(150.0 + 600.0**2 / (24.0 * 1200.0))
    assert np.isinf(late[1])
    assert mean_schedule_delay_s(headways, window=window(1200.0, EITHER)).tolist() == [150.0, np.inf]


def test_a_window_that_nobody_leaves_is_refused():
    with pytest.raises(DemandError, match="extra_s"):
        mean_schedule_delay_s(np.array([600.0]), window=window(1200.0, (0.0, 0.0)))
