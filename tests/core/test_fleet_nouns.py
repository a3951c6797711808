"""Classes of cars, traction and engines: refused with all faults at once, told by field."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import AdoptionFit, Combustion, VehicleClass
from itas_mobility.emobility import combustion_from, fleet_from, traction_from
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


@pytest.fixture(scope="module")
def traction():
    return traction_from(default_parameters())


def test_the_fleet_shows_its_classes():
    fleet = fleet_from(default_parameters())
    assert fleet.classes is fleet.traction.classes
    assert "small 34%, medium 49%, large 14%, van 3%" in fleet._repr_html_()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"load_kg": -1.0}, "load_kg=-1"),
        ({"load_kg": "heavy"}, "load_kg = 'heavy' is no number"),
        ({"recuperation_share": 1.1}, "recuperation_share=1.1 must be not negative and at most 1"),
        ({"stop_decay_km_per_h": 0.0}, "stop_decay_km_per_h=0 must be positive and finite"),
        ({"warm_up_s": 0.0}, "warm_up_s=0 must be positive"),
        ({"base_power_kw": np.nan}, "base_power_kw=nan"),
        ({"temperature_deg": 300.0}, "temperature_deg=300 must lie in -50 to 60"),
        ({"temperature_deg": np.nan}, "temperature_deg=nan"),
        ({"temperature_deg": "cold"}, "temperature_deg = 'cold' is no number"),
        ({"temperature_deg": [1.0, 2.0]}, "temperature_deg: shape"),
        ({"temperature_spread_k": -1.0}, "temperature_spread_k=-1"),
        ({"classes": ()}, "classes: their fleet_share adds up to 0, must be 1"),
    ],
)
def test_refusals_of_traction(traction, change, words):
    with pytest.raises(InputError, match=f"Traction: {words}"):
        replace(traction, **change)


def test_frost_is_no_fault(traction):
    assert replace(traction, temperature_deg=-20).temperature_deg == -20.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mass_kg": -1.0}, "mass_kg=-1"),
        ({"drive_efficiency": 0.0}, "drive_efficiency=0 must be positive and at most 1"),
        ({"drive_efficiency": 1.1}, "drive_efficiency=1.1"),
        ({"fleet_share": 1.2}, "fleet_share=1.2"),
        ({"electric_share": np.nan}, "electric_share=nan"),
    ],
)
def test_refusals_of_classes(traction, change, words):
    with pytest.raises(InputError, match=f"VehicleClass small: {words}"):
        replace(traction.classes[0], **change)


def test_all_faults_are_told_at_once():
    with pytest.raises(InputError, match="3 faults"):
        VehicleClass("odd", 0.5, -1.0, 0.6, 1.5, -3.0, 11.0)


@pytest.mark.parametrize("name", ["engine_efficiency", "fuel_kwh_per_km"])
def test_refusals_of_engines(name):
    engine = combustion_from(default_parameters())
    with pytest.raises(InputError, match=f"Combustion: {name}=0 must be positive"):
        replace(engine, **{name: 0.0})
    with pytest.raises(InputError, match="2 faults"):
        Combustion(-1.0, 0.7, 1.2, 10.0, 0.6, 0.05)


def test_refusals_of_fits():
    good = {
        "curve": "logistic", "year": [2024, 2025, 2026], "observed_share": [0.02, 0.03, 0.04],
        "first_fitted_year": 2024, "saturation_share": 0.9, "innovation_per_year": 0.0, "imitation_per_year": 0.2,
        "covariance": np.zeros((2, 2)), "variance_per_year": 1e-6, "freedom": 1,
    }  # fmt: skip
    assert AdoptionFit(**good).last_year == 2026
    for change, words in (
        ({"curve": "line"}, "curve 'line'"),
        ({"year": [2024, 2026, 2025]}, "year: must rise"),
        ({"observed_share": [0.02, 0.03, 1.04]}, r"observed_share\[2\]"),
        ({"imitation_per_year": -0.1}, "imitation_per_year=-0.1"),
        ({"freedom": 0}, "freedom=0"),
    ):
        with pytest.raises(InputError, match=f"AdoptionFit: {words}"):
            AdoptionFit(**(good | change))
