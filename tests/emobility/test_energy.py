"""Traction energy against hand computation and published consumption."""

import numpy as np
import pytest

from itas_mobility.core import Traction
from itas_mobility.emobility import fleet_from, traction_energy_kwh
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


@pytest.fixture(scope="module")
def shipped():
    return fleet_from(default_parameters()).traction


def with_values(**values):
    base = {
        "car_mass_kg": 0.0,
        "rolling_resistance": 0.0,
        "drag_area_m2": 0.0,
        "air_density_kg_per_m3": 1.2,
        "drive_efficiency": 1.0,
        "recuperation_share": 0.0,
        "stops_per_km": 0.0,
        "stop_decay_km_per_h": 30.0,
        "cruise_ratio": 1.0,
        "auxiliary_power_kw": 0.0,
        "base_power_kw": 0.3,
        "climate_kw_per_k": 0.1,
    }
    return Traction(**(base | values))


class TestTerms:
    def test_rolling(self):
        p = with_values(car_mass_kg=1500.0, rolling_resistance=0.01, drive_efficiency=0.8)
        expected = 1500 * 9.80665 * 0.01 * 10_000 / 0.8 / 3.6e6
        assert traction_energy_kwh(10_000, 600, traction=p) == pytest.approx(expected)

    def test_air(self):
        p = with_values(drag_area_m2=0.6)
        assert traction_energy_kwh(20_000, 1000, traction=p) == pytest.approx(0.6 * 0.6 * 20**2 * 20_000 / 3.6e6)

    def test_stops(self):
        p = with_values(car_mass_kg=1000.0, stops_per_km=2.0, recuperation_share=0.5, cruise_ratio=1.5)
        # 30 km/h: two stops per km fade to 2/e, each costs half of the kinetic energy at 45 km/h
        expected = 2 / np.e * 0.5 * 0.5 * 1000 * 12.5**2 / 3.6e6
        assert traction_energy_kwh(1000, 120, traction=p) == pytest.approx(expected)

    def test_auxiliary_and_temperature(self):
        p = with_values(auxiliary_power_kw=1.5)
        assert traction_energy_kwh(0, 1800, traction=p) == pytest.approx(0.75)
        for temperature, power in ((20, 0.3), (-5, 2.8), (30, 1.3)):
            energy = traction_energy_kwh(0, 3600, traction=p, temperature_deg=temperature)
            assert energy == pytest.approx(power)


class TestCurve:
    def test_typical_mix_matches_published_consumption(self, shipped):
        # kilometres in town, country and on the motorway, with usual mean speeds
        mix = {27.0: 0.27, 60.0: 0.41, 105.0: 0.32}
        per_km = sum(
            share * float(traction_energy_kwh(1000.0, 3600.0 / v, traction=shipped)) for v, share in mix.items()
        )
        assert 0.140 < per_km < 0.210
        at_socket = per_km / default_parameters().value("charging_efficiency")
        assert at_socket == pytest.approx(default_parameters().value("bev_kwh_per_km"), rel=0.02)

    def test_congestion_and_speed_both_cost(self, shipped):
        speed = np.array([5.0, 10, 20, 30, 80, 100, 130])
        energy = traction_energy_kwh(1000.0, 3600 / speed, traction=shipped)
        assert (np.diff(energy[:4]) < 0).all()
        assert (np.diff(energy[3:]) > 0).all()

    def test_additive_in_equal_parts(self, shipped):
        whole = traction_energy_kwh(20_000, 1200, traction=shipped)
        assert whole == pytest.approx(4 * traction_energy_kwh(5_000, 300, traction=shipped))


class TestBorders:
    def test_zero_and_unreachable(self, shipped):
        energy = traction_energy_kwh(
            [[0.0, 1000.0], [np.inf, 1000.0]], [[0.0, np.inf], [np.inf, 60.0]], traction=shipped
        )
        assert energy[0, 0] == 0
        assert energy[0, 1] == np.inf
        assert energy[1, 0] == np.inf
        assert 0 < energy[1, 1] < 1

    @pytest.mark.parametrize(
        ("length", "time", "words"),
        [
            ([1.0, -1.0], [1.0, 1.0], r"length_m\[1\]"),
            ([1.0, 1.0], [1.0, np.nan], r"time_s\[1\]"),
            ([1.0, 1.0], [0.0, 1.0], r"time_s\[0\] = 0.0 although"),
        ],
    )
    def test_refusals(self, shipped, length, time, words):
        with pytest.raises(InputError, match=words):
            traction_energy_kwh(length, time, traction=shipped)

    def test_temperature_must_be_finite(self, shipped):
        with pytest.raises(InputError, match="temperature_deg: nan"):
            traction_energy_kwh(1.0, 1.0, traction=shipped, temperature_deg=np.nan)
