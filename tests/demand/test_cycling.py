"""Cycling uptake against the published curves."""

import json

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.demand.cycling import slope_utility
from itas_mobility.errors import DemandError


def test_published_pairs(shared_data):
    case = json.loads(
        (shared_data / "cases/demand/11_cycling_uptake_by_distance_and_hilliness.json").read_text(encoding="utf-8")
    )
    for pair, expected in case["expected"].items():
        km, slope = (float(part.split()[0]) for part in pair.split(", "))
        for scenario, share in expected.items():
            found = float(demand.cycling_uptake(km, slope, scenario=scenario))
            assert found == pytest.approx(share, abs=case["tolerance"]["absolute"])


def test_the_documented_example():
    """15 km, 2 %, go dutch: the figure in the documentation of the R package."""
    assert float(demand.cycling_uptake(15.0, 2.0, scenario="go_dutch")) == pytest.approx(0.04132445, abs=1e-8)


def test_pedelecs_reach_farther_and_mind_hills_less():
    km = np.array([5.0, 10.0, 20.0, 30.0])
    everybody = demand.cycling_uptake(km, 4.0, scenario="ebike")
    assert (everybody > demand.cycling_uptake(km, 4.0, scenario="government_target_2020")).all()
    fall = {name: slope_utility(km, 1.0, scenario=name) for name in ("ebike", "government_target_2020")}
    assert (fall["government_target_2020"] < fall["ebike"]).all()
    np.testing.assert_allclose(fall["ebike"] - fall["government_target_2020"], 0.1812)


def test_slopes_take_off_what_the_curve_says():
    km, curve = np.array([3.0, 12.0]), "government_target_2020"
    at = {slope: demand.cycling_uptake(km, slope, scenario=curve) for slope in (1.0, 3.0)}
    odds = {slope: np.log(share / (1.0 - share)) for slope, share in at.items()}
    expected = slope_utility(km, 3.0, scenario=curve) - slope_utility(km, 1.0, scenario=curve)
    np.testing.assert_allclose(odds[3.0] - odds[1.0], expected, rtol=1e-12)
    assert (slope_utility(np.array([60.0, np.inf]), 3.0, scenario="ebike") <= 0.0).all()


@pytest.mark.parametrize(
    ("km", "slope", "scenario", "words"),
    [
        (5.0, 2.0, "go_danish", "scenario 'go_danish' is not known; known: government_target, go_dutch"),
        (-1.0, 2.0, "ebike", "distance_km: must be finite and not negative"),
        (5.0, np.nan, "ebike", "hilliness_percent: must be"),
    ],
)
def test_refusals(km, slope, scenario, words):
    with pytest.raises(DemandError, match=words):
        demand.cycling_uptake(km, slope, scenario=scenario)
