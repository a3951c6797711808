"""Shipped values are those of the fit, and residuals against published consumption are shown."""

import numpy as np
import pytest

from itas_mobility.emobility import calibrate_consumption, consumption_check, vehicle_class_parameters, vehicle_classes
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


@pytest.fixture(scope="module")
def parameters():
    return default_parameters()


@pytest.fixture(scope="module")
def check(parameters):
    return consumption_check(parameters)


def test_shipped_values_are_the_fitted_ones(parameters):
    """Nobody turns a figure by hand; shipped are the fitted values, rounded."""
    found = calibrate_consumption(parameters)
    shipped = {
        **{p.name: p.value for p in vehicle_class_parameters().values()},
        **{n: p.value for n, p in parameters.items()},
    }
    assert len(found) == 2 * 5 + 3
    for name, value in found.items():
        assert shipped[name] == pytest.approx(value, rel=2e-3), name


def test_the_fit_does_not_look_at_what_is_not_fitted(parameters, monkeypatch):
    from itas_mobility.emobility import consumption

    before = calibrate_consumption(parameters)
    rows = consumption._figures()
    assert sum(row["use"] == "not fitted" for row in rows) >= 10
    turned = [row | {"published": "99"} if row["use"] == "not fitted" else row for row in rows]
    monkeypatch.setattr(consumption, "_figures", lambda: turned)
    assert calibrate_consumption(parameters) == before


def test_every_figure_has_a_source_and_a_residual(check):
    assert set(check["use"]) == {"fit", "not fitted"}
    assert check["source"].str.len().min() > 5
    np.testing.assert_allclose(check["residual"], check["modelled"] / check["published"] - 1)
    assert set(check["vehicle_class"]) == {
        *(c.name for c in vehicle_classes()),
        "plug-in hybrid",
        "fleet",
        "combustion",
    }


def test_fitted_classes_meet_the_mean_of_their_figures(check):
    """Single cars differ by a quarter; the mean of a class must not be off by more than a twentieth."""
    fitted = check[(check["use"] == "fit") & (check["unit"] == "kWh/100 km")]
    assert (fitted.groupby("vehicle_class")["residual"].mean().abs() < 0.06).all()
    assert (fitted["residual"].abs() < 0.25).all()
    order = check[check["drive"] == "ecotest"].groupby("vehicle_class")["modelled"].first()
    assert order["van"] > order["large"] > order["medium"]


def test_figures_not_fitted_are_met_roughly(check):
    held = check[(check["use"] == "not fitted") & (check["drive"] != "cold")]
    assert (held["residual"].abs() < 0.2).all()
    assert held["residual"].abs().mean() < 0.12


def test_compact_cars_of_the_ecotest(check):
    compact = check[(check["vehicle_class"] == "medium") & (check["drive"] == "ecotest")]
    assert compact["modelled"].between(16.3, 19.5).all()


def test_engines_are_held_to_their_mean(check):
    mean = check[check["drive"] == "mix of the year"]
    np.testing.assert_allclose(mean["modelled"], 7.5, rtol=1e-3)


def test_shares_of_the_mix_must_fit(parameters):
    with pytest.raises(InputError, match="mix_town_share"):
        consumption_check(parameters.with_value("mix_town_share", 0.7, source="test"))
