"""Consumer surplus by logsum and by rule of half."""

import json

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.errors import DemandError


def surplus(persons, before, after, euro, **changed):
    shares, logsums = zip(*(demand.logit(one) for one in (before, after)), strict=True)
    given = {
        "logsum_before": logsums[0], "logsum_after": logsums[1], "utilities_before": before, "utilities_after": after,
        "shares_before": shares[0], "shares_after": shares[1], "utility_per_eur": euro,
    }  # fmt: skip
    return demand.consumer_surplus(persons, **(given | changed))


def test_case_of_a_cheaper_fare(shared_data):
    case = json.loads((shared_data / "cases" / "demand" / "08_user_benefit.json").read_text(encoding="utf-8"))
    given, wanted = case["input"], case["expected"]
    before = np.array(given["utilities"])
    after = before - [0.0, given["utility_per_eur"] * given["fare_change_eur"]]
    found = surplus(given["persons"], before, after, given["utility_per_eur"])
    assert found.logsum_eur == pytest.approx(wanted["benefit_logsum_eur"], rel=1e-9)
    assert found.rule_of_half_eur == pytest.approx(wanted["benefit_rule_of_half_eur"], rel=1e-9)


def test_small_changes_agree_and_money_is_worth_itself():
    rng = np.random.default_rng(5)
    before = rng.normal(size=(4, 6, 6))
    persons = rng.uniform(0.0, 50.0, (6, 6))
    cheaper = before + 0.3 * 2.0  # every mode two euros cheaper, a euro being 0.3
    found = surplus(persons, before, cheaper, 0.3)
    np.testing.assert_allclose(found.logsum_eur, 2.0 * persons, rtol=1e-12)
    np.testing.assert_allclose(found.rule_of_half_eur, 2.0 * persons, rtol=1e-12)
    near = before + 1e-4 * rng.normal(size=before.shape)
    found = surplus(persons, before, near, 0.3)
    np.testing.assert_allclose(found.rule_of_half_eur, found.logsum_eur, rtol=1e-3, atol=1e-7)


def test_there_and_back_again_is_worth_nothing():
    before, after = np.array([-1.0, -2.0, -0.5]), np.array([-1.4, -0.2, -np.inf])
    there, back = surplus(10.0, before, after, 0.5), surplus(10.0, after, before, 0.5)
    assert there.logsum_eur == pytest.approx(-back.logsum_eur, rel=1e-12)
    assert there.rule_of_half_eur == pytest.approx(-back.rule_of_half_eur, rel=1e-12)


def test_a_new_mode_is_a_gain_by_logsum_alone():
    found = surplus(100.0, np.array([-1.0, -np.inf]), np.array([-1.0, -1.0]), 0.5)
    assert found.logsum_eur == pytest.approx(100.0 * np.log(2.0) / 0.5)
    assert found.rule_of_half_eur == 0.0


def test_no_change_is_exactly_nothing_and_no_way_is_not_reckoned():
    before = np.array([[-1.0, -np.inf], [-2.0, -np.inf]])
    same = surplus([5.0, 7.0], before, before, 0.5)
    assert (same.logsum_eur == 0.0).all()
    assert (same.rule_of_half_eur == 0.0).all()
    assert same.is_reckoned.tolist() == [True, False]
    opened = surplus([5.0, 7.0], before, np.array([[-1.0, -1.0], [-2.0, -1.0]]), 0.5)
    assert opened.logsum_eur[1] == opened.rule_of_half_eur[1] == 0.0


def test_faults_are_named():
    before = np.array([[-1.0], [-2.0]])
    with pytest.raises(DemandError, match="utility_per_eur must be positive"):
        surplus([1.0], before, before, 0.0)
    with pytest.raises(DemandError, match=r"shares_after has shape \(1, 1\)"):
        surplus([1.0], before, before, 0.5, shares_after=[[1.0]])
    with pytest.raises(DemandError, match=r"expected \(n_modes"):
        surplus([1.0, 2.0], before, before, 0.5, logsum_before=[0.0, 0.0], logsum_after=[0.0, 0.0])
    with pytest.raises(DemandError, match="logsum holds NaN"):
        surplus([1.0], before, before, 0.5, logsum_after=[np.nan])
