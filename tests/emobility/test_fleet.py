"""Electric cars out of the parameters, by zone, and their adoption over the years."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core import Parameters, VehicleClass
from itas_mobility.emobility import (
    COMBUSTION_PARAMETERS,
    FLEET_PARAMETERS,
    TRACTION_PARAMETERS,
    adoption_share,
    bass_share,
    combustion_from,
    electric_cars,
    fleet_from,
    plug_in_hybrid,
    traction_from,
    vehicle_class_parameters,
    vehicle_classes,
)
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


class TestFleetFrom:
    def test_each_parameter_stands_in_the_fleet(self):
        """Numbers of their own for all parameters: none is read in another's place, none is left out."""
        shipped = default_parameters().subset(FLEET_PARAMETERS)
        values = {
            name: (0.5 if value.unit == "1" else 2.0) + 0.01 * k for k, (name, value) in enumerate(shipped.items())
        }
        parameters = shipped
        for name, value in values.items():
            parameters = parameters.with_value(name, value, source="test")
        fleet = fleet_from(parameters)
        found = {name: getattr(fleet.traction, name, getattr(fleet, name, None)) for name in FLEET_PARAMETERS}
        found |= {"car_charging_power_kw": fleet.charging_power_kw, "warm_up_min": fleet.traction.warm_up_s / 60}
        load_kg = values.pop("person_mass_kg") * values.pop("persons_per_car")
        assert {name: found[name] for name in values} == pytest.approx(values)
        assert fleet.traction.load_kg == pytest.approx(load_kg)

    @pytest.mark.parametrize("name", FLEET_PARAMETERS)
    def test_missing_parameter_is_named(self, name):
        shipped = default_parameters()
        with pytest.raises(InputError, match=f"'{name}' is not known"):
            fleet_from(Parameters({other: shipped[other] for other in FLEET_PARAMETERS if other != name}))


class TestTractionFrom:
    def test_needs_nothing_but_traction(self):
        shipped = default_parameters()
        assert traction_from(shipped.subset(TRACTION_PARAMETERS)) == fleet_from(shipped).traction
        assert set(FLEET_PARAMETERS) - set(TRACTION_PARAMETERS) == {
            "battery_kwh", "car_charging_power_kw", "work_charging_share",
        }  # fmt: skip

    @pytest.mark.parametrize("name", TRACTION_PARAMETERS)
    def test_missing_parameter_is_named(self, name):
        with pytest.raises(InputError, match=f"'{name}' is not known"):
            traction_from(default_parameters().subset(set(TRACTION_PARAMETERS) - {name}))

    def test_classes_of_ones_own(self):
        mine = (VehicleClass("mine", 1.0, 900.0, 0.5, 0.9, 20.0, 3.7),)
        assert traction_from(default_parameters(), classes=mine).classes == mine


class TestCombustionFrom:
    def test_each_parameter_stands_in_it(self):
        parameters = default_parameters().subset(COMBUSTION_PARAMETERS)
        for k, name in enumerate(COMBUSTION_PARAMETERS):
            parameters = parameters.with_value(name, 0.5 + 0.01 * k, source="test")
        engine = combustion_from(parameters)
        found = [getattr(engine, name.removeprefix("combustion_")) for name in COMBUSTION_PARAMETERS]
        assert found == pytest.approx([0.5 + 0.01 * k for k in range(len(COMBUSTION_PARAMETERS))])

    @pytest.mark.parametrize("name", COMBUSTION_PARAMETERS)
    def test_missing_parameter_is_named(self, name):
        with pytest.raises(InputError, match=f"'{name}' is not known"):
            combustion_from(default_parameters().subset(set(COMBUSTION_PARAMETERS) - {name}))


class TestClasses:
    def test_shares_and_means_of_the_fleet(self):
        """Battery and power of the parameters are the means of the classes."""
        classes, parameters = vehicle_classes(), default_parameters()
        assert [one.name for one in classes] == ["small", "medium", "large", "van"]
        assert sum(one.fleet_share for one in classes) == pytest.approx(1)
        for name, field in (("battery_kwh", "battery_kwh"), ("car_charging_power_kw", "charging_power_kw")):
            mean = sum(one.fleet_share * getattr(one, field) for one in classes)
            assert parameters.value(name) == pytest.approx(mean, rel=2e-3)

    def test_hybrids_drive_less_than_half_on_electricity(self):
        hybrid = plug_in_hybrid()
        assert hybrid.name == "plug-in hybrid"
        assert 0.4 < hybrid.electric_share < 0.5
        assert hybrid.battery_kwh < min(one.battery_kwh for one in vehicle_classes())

    def test_every_figure_has_a_source_and_assumptions_a_range(self):
        found = vehicle_class_parameters()
        assert len(found) == 4 * 6 + 7
        for parameter in found.values():
            assert parameter.source
            if parameter.confidence == "assumption":
                assert parameter.low < parameter.high


class TestElectricCars:
    def test_fractions_stay(self):
        np.testing.assert_array_equal(electric_cars([6, 9, 3], 0.25), [1.5, 2.25, 0.75])

    def test_no_zones(self):
        assert electric_cars([], 0.5).size == 0

    @given(st.lists(st.floats(0, 1e4), max_size=30), st.floats(0, 1))
    def test_order_of_the_zones_makes_no_difference(self, cars, share):
        np.testing.assert_array_equal(electric_cars(cars, share)[::-1], electric_cars(cars[::-1], share))

    def test_share_by_zone(self):
        np.testing.assert_array_equal(electric_cars([10, 10], [0.0, 1.0]), [0, 10])

    @pytest.mark.parametrize(
        ("cars", "share", "words"),
        [
            ([1.0, -1.0], 0.1, r"cars_by_home\[1\]"),
            ([1.0, 1.0], 1.1, r"ev_share\[0\] = 1.1"),
            ([1.0, 1.0], [0.1, np.nan], r"ev_share\[1\]"),
            ([1.0, 1.0], [0.1], "ev_share: shape"),
        ],
    )
    def test_refusals(self, cars, share, words):
        with pytest.raises(InputError, match=words):
            electric_cars(cars, share)


class TestAdoption:
    known = {"reference_year": 2026, "reference_share": 0.022, "growth_per_year": 0.27, "saturation": 0.95}

    def test_goes_through_the_known_share_and_saturates(self):
        shares = adoption_share([2026, 2026 + 1e4, 2026 - 1e4], **self.known)
        np.testing.assert_allclose(shares, [0.022, 0.95, 0.0], atol=1e-12)

    def test_odds_grow_by_the_rate(self):
        shares = adoption_share(np.arange(2020, 2050), **self.known)
        odds = shares / (0.95 - shares)
        np.testing.assert_allclose(odds[1:] / odds[:-1], np.exp(0.27), rtol=1e-9)

    @pytest.mark.parametrize(
        "change",
        [{"reference_share": 0.0}, {"reference_share": 0.96}, {"saturation": 1.2}, {"growth_per_year": np.inf}],
    )
    def test_refusals(self, change):
        with pytest.raises(InputError, match=next(iter(change))):
            adoption_share(2030, **(self.known | change))

    def test_bass_solves_its_differential_equation(self):
        p, q, m = 0.005, 0.35, 0.9
        t = np.linspace(2015, 2045, 3001)
        share = bass_share(t, start_year=2015, innovation=p, imitation=q, saturation=m)
        assert share[0] == 0
        rate = np.gradient(share, t)
        np.testing.assert_allclose(rate[1:-1], ((p + q * share / m) * (m - share))[1:-1], rtol=1e-5)
        assert bass_share(2000, start_year=2015, innovation=p, imitation=q) == 0
        with pytest.raises(InputError, match="innovation"):
            bass_share(2020, start_year=2015, innovation=0.0, imitation=q)
