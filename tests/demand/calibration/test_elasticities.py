"""Elasticities: a pair reckoned by hand, closed forms, what has no elasticity."""

import json

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.errors import DemandError

elasticity = demand.calibration.elasticity
midpoint_elasticity = demand.calibration.midpoint_elasticity


def test_case_07_of_one_pair(shared_data):
    """Fuel and fare by 10 per cent, shares by incremental logit."""
    path = shared_data / "cases/demand/07_realism_elasticities_of_one_pair.json"
    case = json.loads(path.read_text(encoding="utf-8"))
    given, wanted = case["input"], case["expected"]
    shares = np.array([given["base_shares"][mode] for mode in ("car", "transit", "walk")])
    euro, step = given["utility_per_eur"], given["change"]

    def after(mode, price_eur):
        change = np.zeros(3)
        change[mode] = -euro * price_eur * (step - 1.0)
        return demand.incremental_logit(shares, change)[0]

    fuel, fare = after(0, given["fuel_cost_eur_per_way"]), after(1, given["fare_eur"])
    found = {
        "fuel_car": elasticity(shares[0], fuel[0], step),
        "fuel_transit_cross": elasticity(shares[1], fuel[1], step),
        "fare_transit": elasticity(shares[1], fare[1], step),
        "fare_car_cross": elasticity(shares[0], fare[0], step),
    }
    assert found == pytest.approx(wanted, abs=case["tolerance"]["absolute"])


@pytest.mark.parametrize("power", [-0.3, 0.0, 1.5])
@pytest.mark.parametrize("step", [1.1, 0.9, 2.0])
def test_a_power_of_the_price_has_its_exponent_as_elasticity(power, step):
    assert elasticity(40.0, 40.0 * step**power, step) == pytest.approx(power, abs=1e-14)


def test_the_elasticity_of_a_change_and_of_its_undoing_are_one():
    assert elasticity(10.0, 8.0, 1.25) == pytest.approx(float(elasticity(8.0, 10.0, 1 / 1.25)), rel=1e-14)


def test_nobody_has_no_elasticity_and_all_who_leave_an_endless_one():
    found = elasticity([0.0, 0.0, 5.0], [0.0, 1.0, 0.0], 1.1)
    assert np.isnan(found[:2]).all()
    assert found[2] == -np.inf


def test_the_midpoint_form_is_defined_from_nought():
    # 100 to 90 trips, 0 to 3 EUR: (-10 / 95) / (3 / 1.5)
    found = midpoint_elasticity(100.0, 90.0, price_before=0.0, price_after=3.0)
    assert found == pytest.approx(-10 / 95 / 2, rel=1e-14)
    assert midpoint_elasticity(90.0, 100.0, price_before=3.0, price_after=0.0) == pytest.approx(float(found))


def test_for_small_changes_both_forms_agree():
    old, new, step = 100.0, 99.99, 1.0005
    small = midpoint_elasticity(old, new, price_before=2.0, price_after=2.0 * step)
    assert small == pytest.approx(float(elasticity(old, new, step)), rel=1e-6)


@pytest.mark.parametrize("change", [1.0, 0.0, -0.1, np.nan, np.inf])
def test_what_is_no_change_is_refused(change):
    with pytest.raises(DemandError, match=r"change = .*positive factor"):
        elasticity(1.0, 1.0, change)


def test_demand_that_cannot_be_is_refused_by_name():
    with pytest.raises(DemandError, match=r"after = -1\.0: demand must not be negative"):
        elasticity(1.0, [2.0, -1.0], 1.1)
    with pytest.raises(DemandError, match="before = nan"):
        elasticity(np.nan, 1.0, 1.1)
    for prices in [(1.0, 1.0), (-1.0, 1.0), (0.0, np.inf)]:
        with pytest.raises(DemandError, match="two different ones"):
            midpoint_elasticity(1.0, 1.0, price_before=prices[0], price_after=prices[1])
