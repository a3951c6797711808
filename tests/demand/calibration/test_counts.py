"""Statistics of counts: a case reckoned elsewhere, places that nobody counted or passed, faults."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import demand
from itas_mobility.errors import DemandError

count_statistics = demand.calibration.count_statistics
VOLUMES = st.just(0.0) | st.floats(1e-3, 1e5)


def test_case_13(shared_data):
    case = json.loads((shared_data / "cases/demand/13_count_statistics.json").read_text(encoding="utf-8"))
    given_, wanted, within = case["input"], case["expected"], case["tolerance"]["absolute"]
    found = count_statistics(given_["model_veh_per_h"], given_["count_veh_per_h"], sqv_factor=given_["sqv_factor"])
    assert found.geh == pytest.approx(wanted["geh"], abs=within)
    assert found.sqv == pytest.approx(wanted["sqv"], abs=within)
    assert found.geh_below_5_share == pytest.approx(wanted["share_geh_below_5"], abs=within)
    assert found.rmse_veh_per_h == pytest.approx(wanted["rmse"], abs=within)


def test_figures_by_hand():
    found = count_statistics([110.0, 50.0], [100.0, 50.0])
    assert found.geh[0] == pytest.approx(np.sqrt(2 * 100 / 210))
    assert found.sqv[0] == pytest.approx(1 / (1 + 10 / np.sqrt(1000 * 100)))
    assert found.mean_relative_error == pytest.approx(0.05)
    assert found.rmse_veh_per_h == pytest.approx(np.sqrt(50))
    assert len(found) == 2
    assert list(found.to_dataframe().columns) == ["model_veh_per_h", "count_veh_per_h", "geh", "sqv"]
    assert repr(found) == "CountStatistics(2 places, 100 % with GEH below 5)"
    assert "GEH below 5" in found._repr_html_()


def test_a_place_that_nobody_counted_counts_for_nothing():
    with_gap = count_statistics([1000.0, 7.0, 430.0], [800.0, np.nan, 450.0])
    without = count_statistics([1000.0, 430.0], [800.0, 450.0])
    assert np.isnan(with_gap.geh[1])
    assert np.isnan(with_gap.sqv[1])
    for name in ("geh_below_5_share", "rmse_veh_per_h", "mean_relative_error"):
        assert getattr(with_gap, name) == getattr(without, name)


def test_nobody_counted_anywhere_is_no_figure():
    nothing = count_statistics([5.0], [np.nan])
    for name in ("geh_below_5_share", "rmse_veh_per_h", "mean_relative_error"):
        assert np.isnan(getattr(nothing, name))


def test_a_count_of_nought_is_a_count():
    found = count_statistics([0.0, 8.0, 0.0], [0.0, 0.0, 8.0])
    assert found.geh.tolist() == [0.0, 4.0, 4.0]
    assert found.sqv.tolist() == pytest.approx([1.0, 0.0, 1 / (1 + np.sqrt(64 / 8000))])
    assert found.mean_relative_error == 1.0, "nought has no relative error"


@given(VOLUMES, VOLUMES)
def test_bounds_and_equality(model, count):
    found = count_statistics([model], [count])
    assert 0 <= found.sqv[0] <= 1
    assert found.geh[0] == pytest.approx(count_statistics([count], [model]).geh[0])
    assert (found.geh[0] == 0) == (model == count)
    assert (found.sqv[0] == 1) >= (model == count)


def test_the_sqv_does_not_hang_on_the_scale_of_both():
    """Volumes of a day with the factor of a day: the quality stays, a GEH would not."""
    hour = count_statistics([900.0], [1000.0], sqv_factor=1000.0)
    day = count_statistics([9000.0], [10000.0], sqv_factor=10000.0)
    assert day.sqv[0] == pytest.approx(hour.sqv[0])
    assert day.geh[0] > 3 * hour.geh[0]


@pytest.mark.parametrize(
    ("model", "count", "factor", "message"),
    [
        ([1.0], [1.0, 2.0], 1000.0, r"shape \(2,\) does not fit"),
        ([-1.0], [1.0], 1000.0, r"model_veh_per_h\[0\] = -1.0"),
        ([np.nan], [1.0], 1000.0, r"model_veh_per_h\[0\] = nan"),
        ([1.0, 1.0], [1.0, -3.0], 1000.0, r"count_veh_per_h\[1\] = -3.0"),
        ([1.0], [np.inf], 1000.0, r"count_veh_per_h\[0\] = inf"),
        ([1.0], [1.0], 0.0, "sqv_factor = 0.0"),
    ],
)
def test_faults_are_named(model, count, factor, message):
    with pytest.raises(DemandError, match=message):
        count_statistics(model, count, sqv_factor=factor)
