"""Energy of cars against a version written out link by link, hand computation and published bands."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core import Traction, VehicleClass
from itas_mobility.emobility import (
    class_energy_kwh,
    cold_start_kwh,
    combustion_from,
    fuel_kwh,
    plug_in_hybrid,
    traction_energy_kwh,
    traction_from,
    vehicle_classes,
    warm_up_kwh,
)
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters
from oracles.car_energy import battery_kwh, burnt_kwh, mean_over_days

PARAMETERS = default_parameters()
SHIPPED = traction_from(PARAMETERS)
ENGINE = combustion_from(PARAMETERS)
SMALL, MEDIUM, LARGE, VAN = vehicle_classes()
COMFORT = 20.0


def with_values(mass_kg=0.0, drag_area_m2=0.0, drive_efficiency=1.0, **values):
    """A fleet of one class, without whatever is not given."""
    one = VehicleClass("one", 1.0, mass_kg, drag_area_m2, drive_efficiency, 50.0, 11.0)
    base = {
        "load_kg": 0.0, "rolling_resistance": 0.0, "rolling_per_k": 0.0, "air_density_kg_per_m3": 1.2,
        "recuperation_share": 0.0, "stops_per_km": 0.0, "stop_decay_km_per_h": 30.0, "cruise_ratio": 1.0,
        "base_power_kw": 0.0, "climate_kw_per_k": 0.0, "warm_up_kwh_per_k": 0.0, "warm_up_s": 600.0,
        "temperature_deg": 15.0, "temperature_spread_k": 0.0,
    }  # fmt: skip
    return Traction(classes=(one,), **(base | values))


class TestTerms:
    def test_rolling_with_load(self):
        p = with_values(mass_kg=1400.0, load_kg=100.0, rolling_resistance=0.01, drive_efficiency=0.8)
        expected = 1500 * 9.80665 * 0.01 * 10_000 / 0.8 / 3.6e6
        assert traction_energy_kwh(10_000, 600, traction=p) == pytest.approx(expected)

    def test_rolling_rises_when_it_is_colder(self):
        p = with_values(mass_kg=1500.0, rolling_resistance=0.01, rolling_per_k=0.006)
        warm, cold = (traction_energy_kwh(1e4, 600, traction=p, temperature_deg=t) for t in (20.0, -7.0))
        assert cold / warm == pytest.approx(1 + 27 * 0.006)

    def test_air_and_its_density(self):
        p = with_values(drag_area_m2=0.6)
        assert traction_energy_kwh(20_000, 1000, traction=p) == pytest.approx(0.6 * 0.6 * 20**2 * 20_000 / 3.6e6)
        thin, thick = (traction_energy_kwh(2e4, 1e3, traction=p, temperature_deg=t) for t in (15.0, -7.0))
        assert thick / thin == pytest.approx(288.15 / 266.15)

    def test_stops(self):
        p = with_values(mass_kg=1000.0, stops_per_km=2.0, recuperation_share=0.5, cruise_ratio=1.5)
        # 30 km/h: two stops per km fade to 2/e, each costs half of the kinetic energy at 45 km/h
        expected = 2 / np.e * 0.5 * 0.5 * 1000 * 12.5**2 / 3.6e6
        assert traction_energy_kwh(1000, 120, traction=p) == pytest.approx(expected)

    def test_climbing_and_what_comes_back(self):
        p = with_values(mass_kg=1000.0, recuperation_share=0.6, drive_efficiency=0.8)
        up, down = traction_energy_kwh(2000, 200, traction=p, slope=[0.05, -0.05])
        assert up == pytest.approx(1000 * 9.80665 * 100 / 0.8 / 3.6e6)
        assert down == pytest.approx(-0.6 * up)

    def test_gentle_slopes_only_save(self):
        p = with_values(mass_kg=1000.0, rolling_resistance=0.01, recuperation_share=0.6)
        level, down = traction_energy_kwh(2000, 200, traction=p, slope=[0.0, -0.005])
        assert down == pytest.approx(0.5 * level)

    def test_power_that_runs_with_time(self):
        p = with_values(base_power_kw=0.3, climate_kw_per_k=0.1)
        for temperature, power in ((20, 0.3), (-5, 2.8), (30, 1.3)):
            assert traction_energy_kwh(0, 3600, traction=p, temperature_deg=temperature) == pytest.approx(power)

    def test_warming_up_is_paid_once_a_trip(self):
        p = with_values(warm_up_kwh_per_k=0.05, warm_up_s=900.0)
        once = warm_up_kwh([0.0, 900.0, 1e9, np.inf], traction=p, temperature_deg=-7.0)
        np.testing.assert_allclose(once, [0, 27 * 0.05 * (1 - 1 / np.e), 27 * 0.05, np.inf])
        assert (warm_up_kwh([900.0], traction=p, temperature_deg=25.0) == 0).all()

    def test_cold_start(self):
        engine = replace(ENGINE, cold_start_kwh_per_k=0.08)
        p = with_values(warm_up_s=900.0)
        once = cold_start_kwh([900.0, np.inf], combustion=engine, traction=p, temperature_deg=10.0)
        np.testing.assert_allclose(once, [0.8 * (1 - 1 / np.e), np.inf])


class TestAgainstTheSlowVersion:
    @given(
        st.lists(st.tuples(st.floats(0, 5e4), st.floats(3, 150), st.floats(-0.2, 0.2)), min_size=1, max_size=8),
        st.floats(-25, 40),
    )
    def test_fleet_is_the_mean_of_its_classes(self, links, temperature):
        length = np.array([link[0] for link in links])
        time = length / np.array([link[1] / 3.6 for link in links]) + 1.0
        slope = [link[2] for link in links]
        found = traction_energy_kwh(length, time, traction=SHIPPED, temperature_deg=temperature, slope=slope)
        expected = [
            sum(one.fleet_share * battery_kwh(m, s, one, SHIPPED, temperature, up) for one in SHIPPED.classes)
            for m, s, up in zip(length, time, slope, strict=True)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)

    @given(st.floats(1, 5e4), st.floats(3, 200), st.floats(-25, 40))
    def test_fuel(self, length, km_per_h, temperature):
        time = length / (km_per_h / 3.6)
        found = fuel_kwh(length, time, combustion=ENGINE, traction=SHIPPED, temperature_deg=temperature)
        assert found == pytest.approx(burnt_kwh(length, time, ENGINE, SHIPPED, temperature), rel=1e-10)

    @pytest.mark.parametrize(("mean", "spread"), [(9.0, 8.0), (-7.0, 0.5), (20.0, 5.0), (35.0, 3.0)])
    def test_a_year_is_the_mean_of_its_days(self, mean, spread):
        year = replace(SHIPPED, temperature_deg=mean, temperature_spread_k=spread)

        def of_day(temperature):
            return battery_kwh(12_000.0, 900.0, MEDIUM, SHIPPED, temperature)

        found = class_energy_kwh(12_000, 900, vehicle=MEDIUM, traction=year)
        # density of air is exact to second order in the spread
        assert found == pytest.approx(mean_over_days(of_day, mean, spread), rel=2e-5)
        below = mean_over_days(lambda t: max(20.0 - t, 0.0), mean, spread)
        expected = SHIPPED.warm_up_kwh_per_k * below * (1 - np.exp(-1.0))
        assert warm_up_kwh(SHIPPED.warm_up_s, traction=year) == pytest.approx(expected, rel=1e-5, abs=1e-9)

    def test_hybrids_count_with_what_they_drive_on_electricity(self):
        hybrid = replace(plug_in_hybrid(), fleet_share=0.4)
        mixed = replace(SHIPPED, classes=(replace(MEDIUM, fleet_share=0.6), hybrid))
        expected = 0.6 * class_energy_kwh(1e4, 600, vehicle=MEDIUM, traction=SHIPPED) + 0.4 * hybrid.electric_share * (
            class_energy_kwh(1e4, 600, vehicle=hybrid, traction=SHIPPED)
        )
        assert traction_energy_kwh(1e4, 600, traction=mixed) == pytest.approx(expected)


class TestCurve:
    def test_congestion_and_speed_both_cost(self):
        speed = np.array([5.0, 10, 20, 30, 80, 100, 130])
        for energy in (
            traction_energy_kwh(1000.0, 3600 / speed, traction=SHIPPED),
            fuel_kwh(1000.0, 3600 / speed, combustion=ENGINE, traction=SHIPPED),
        ):
            assert (np.diff(energy[:4]) < 0).all()
            assert (np.diff(energy[4:]) > 0).all()

    def test_additive_in_equal_parts(self):
        whole = traction_energy_kwh(20_000, 1200, traction=SHIPPED)
        assert whole == pytest.approx(4 * traction_energy_kwh(5_000, 300, traction=SHIPPED))

    def test_short_trips_cost_more_in_the_cold(self):
        """At -7 against +20 degrees, five kilometres rise by more than forty at the same speed."""

        def rise(km):
            trip = (1000.0 * km, 90.0 * km)
            cold, warm = (
                traction_energy_kwh(*trip, traction=SHIPPED, temperature_deg=t)
                + warm_up_kwh(trip[1], traction=SHIPPED, temperature_deg=t)
                for t in (-7.0, COMFORT)
            )
            return cold / warm

        assert rise(5) > rise(15) > rise(40) > 1.2


class TestCase14:
    """Bands of published measurements: constant speeds, motorway, cold."""

    @pytest.fixture
    def expected(self, shared_data):
        case = json.loads((shared_data / "cases/emobility/14_consumption_by_speed.json").read_text(encoding="utf-8"))
        return case["expected"]

    @staticmethod
    def per_100_km(km_per_h, traction):
        return 100 * float(
            class_energy_kwh(1000, 3600 / km_per_h, vehicle=MEDIUM, traction=traction, temperature_deg=COMFORT)
        )

    @pytest.mark.parametrize(
        ("key", "km_per_h", "is_constant"),
        [
            ("constant_50_kwh_per_100km_battery", 50, True),
            ("constant_90_kwh_per_100km_battery", 90, True),
            ("average_115_max_130_kwh_per_100km", 115, False),
            ("constant_120_kwh_per_100km_battery", 120, True),
            ("highway_130_kwh_per_100km", 130, True),
        ],
    )
    def test_speeds(self, expected, key, km_per_h, is_constant):
        low, high = expected[key]
        traction = replace(SHIPPED, stops_per_km=0.0) if is_constant else SHIPPED
        assert low <= self.per_100_km(km_per_h, traction) <= high

    def test_cold_over_warm(self, expected):
        low, high = expected["cold_minus_7_over_20_to_23_ratio"]
        length, time = 1000 * PARAMETERS.value("test_trip_km"), 60 * PARAMETERS.value("test_trip_min")
        for warm in (20.0, 23.0):
            ratios = []
            for kwh_per_k in ("low", "value", "high"):
                heat = getattr(PARAMETERS["warm_up_kwh_per_k"], kwh_per_k)
                traction = replace(SHIPPED, warm_up_kwh_per_k=heat)
                cold_kwh, warm_kwh = (
                    float(
                        traction_energy_kwh(length, time, traction=traction, temperature_deg=t)
                        + warm_up_kwh(time, traction=traction, temperature_deg=t)
                    )
                    for t in (-7.0, warm)
                )
                ratios.append(cold_kwh / warm_kwh)
            best, mean, worst = ratios
            # 23 degrees take a little cooling, so that the ratio over them is a little smaller
            assert best == pytest.approx(low, abs=0.02)
            assert mean == pytest.approx(expected["cold_mean_ratio"], abs=0.02)
            assert 2.0 <= worst <= high

    def test_monotone_below_comfort(self, expected):
        assert expected["monotone_in_temperature_below_20"]
        at = np.arange(-30.0, 20.5, 0.5)
        energy = [
            float(
                traction_energy_kwh(10_000, 800, traction=SHIPPED, temperature_deg=t)
                + warm_up_kwh(800, traction=SHIPPED, temperature_deg=t)
            )
            for t in at
        ]
        assert (np.diff(energy) < 0).all()

    def test_two_halves_are_not_their_mean(self, expected):
        assert expected["two_half_trips_30_and_110_differ_from_mean_speed_trip"]
        times = np.array([10 / 30, 10 / 110]) * 3600
        halves = float(traction_energy_kwh([10_000, 10_000], times, traction=SHIPPED, temperature_deg=COMFORT).sum())
        whole = float(traction_energy_kwh(20_000, times.sum(), traction=SHIPPED, temperature_deg=COMFORT))
        assert halves > 1.1 * whole


class TestBorders:
    def test_zero_and_unreachable(self):
        length, time = [[0.0, 1000.0], [np.inf, 1000.0]], [[0.0, np.inf], [np.inf, 60.0]]
        for energy in (
            traction_energy_kwh(length, time, traction=SHIPPED),
            fuel_kwh(length, time, combustion=ENGINE, traction=SHIPPED),
        ):
            assert energy[0, 0] == 0
            assert energy[0, 1] == np.inf
            assert energy[1, 0] == np.inf
            assert 0 < energy[1, 1] < 2

    @pytest.mark.parametrize(
        ("length", "time", "slope", "words"),
        [
            ([1.0, -1.0], [1.0, 1.0], 0.0, r"length_m\[1\]"),
            ([1.0, 1.0], [1.0, np.nan], 0.0, r"time_s\[1\]"),
            ([1.0, 1.0], [0.0, 1.0], 0.0, r"time_s\[0\] = 0.0 although"),
            ([20_000.0], [36.0], 0.0, r"time_s\[0\] = 36.0 makes a car faster than 300 km/h"),
            ([1.0, 1.0], [1.0, 1.0], [0.0, np.nan], r"slope\[1\] = nan"),
            ([1.0, 1.0], [1.0, 1.0], [0.0, 0.6], r"slope\[1\] = 0.6 must lie in"),
        ],
    )
    def test_refusals(self, length, time, slope, words):
        with pytest.raises(InputError, match=words):
            traction_energy_kwh(length, time, traction=SHIPPED, slope=slope)
        with pytest.raises(InputError, match=words):
            fuel_kwh(length, time, combustion=ENGINE, traction=SHIPPED, slope=slope)

    @pytest.mark.parametrize("temperature", [np.nan, 300.0, -60.0])
    def test_refused_temperatures(self, temperature):
        with pytest.raises(InputError, match="temperature_deg"):
            traction_energy_kwh(1.0, 1.0, traction=SHIPPED, temperature_deg=temperature)

    def test_refused_times_of_trips(self):
        with pytest.raises(InputError, match=r"time_s\[1\]"):
            warm_up_kwh([1.0, -1.0], traction=SHIPPED)
