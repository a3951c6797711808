"""Tariffs whose network fee depends on the hours of use: the year's bill, prices for `charge`, connections."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core import Bill, ChargingSessions, ChargingSite, ChargingWeek, NetworkFee, SiteSupply, Tariff
from itas_mobility.emobility import (
    bill,
    charge,
    charge_under_tariff,
    connection_cost,
    example_tariff,
    supply_with_tariff,
)
from itas_mobility.emobility.charging import STRATEGIES, Schedule, register, strategy
from itas_mobility.errors import InputError

WEEKS = 8760 / 168


def tariff(**changes):
    values = {
        "name": "two",
        "source": "reckoned by hand",
        "energy_eur_per_kwh": 0.2,
        "short_use": NetworkFee(40.0, 0.05),
        "long_use": NetworkFee(90.0, 0.03),
        "long_use_from_h": 2500.0,
    }
    return Tariff(**values | changes)


def week_of(site_kw, supply=None):
    """A week in which charging draws so much by the hour."""
    power = np.asarray(site_kw, np.float64)
    none = np.zeros(0)
    return ChargingWeek(
        strategy="by hand",
        step_h=1.0,
        power_kw=power,
        free_kw=np.full(power.size, np.inf),
        delivered_kwh=none,
        unserved_kwh=none,
        drawn_kwh=none,
        fed_back_kwh=none,
        charging_h=none,
        waiting_h=none,
        start_h=none,
        stop_h=none,
        supply=supply or SiteSupply(),
    )


class TestBill:
    def test_few_hours_of_use(self):
        power = np.zeros(168)
        power[10:20] = 100.0
        year = bill(week_of(power), tariff())
        energy = 1000.0 * WEEKS
        assert year.import_kwh == pytest.approx(energy)
        assert year.use_h == pytest.approx(10.0 * WEEKS)
        assert not year.is_long_use
        assert year.peak_kw == 100.0
        assert year.energy_eur == pytest.approx(0.2 * energy)
        assert year.network_energy_eur == pytest.approx(0.05 * energy)
        assert year.network_power_eur == 4000.0
        assert year.total_eur == pytest.approx(0.25 * energy + 4000.0)

    def test_many_hours_of_use(self):
        year = bill(week_of(np.full(168, 100.0)), tariff())
        assert year.use_h == pytest.approx(8760.0)
        assert year.is_long_use
        assert year.total_eur == pytest.approx(0.23 * 876_000.0 + 9000.0)

    @pytest.mark.parametrize(("hours", "is_long"), [(2499.0, False), (2500.0, True), (2501.0, True)])
    def test_the_fee_changes_where_the_tariff_says(self, hours, is_long):
        power = np.full(168, 0.0)
        power[0], power[1:] = 8760.0, 8760.0 * (hours / WEEKS - 1.0) / 167.0
        year = bill(week_of(power), tariff())
        assert year.use_h == pytest.approx(hours, rel=1e-12)
        assert bill(week_of(power), tariff(long_use_from_h=year.use_h)).is_long_use
        assert year.is_long_use == is_long or hours == 2500.0

    def test_a_price_by_the_hour_and_energy_fed_in(self):
        supply = SiteSupply(pv_kw=np.repeat([0.0, 30.0], 84))
        price = np.repeat([0.1, 0.3], 84)
        year = bill(week_of(np.full(168, 10.0), supply), tariff(energy_eur_per_kwh=price, feed_in_eur_per_kwh=0.08))
        assert year.import_kwh == pytest.approx(840.0 * WEEKS)
        assert year.energy_eur == pytest.approx(84.0 * WEEKS)
        assert year.feed_in_eur == pytest.approx(84 * 20 * 0.08 * WEEKS)
        assert year.total_eur == pytest.approx(
            year.energy_eur + year.network_energy_eur + year.network_power_eur - year.feed_in_eur
        )

    def test_what_charging_costs_is_the_difference(self):
        supply = SiteSupply(base_load_kw=50.0)
        week = week_of(np.full(168, 10.0), supply)
        without = bill(week, tariff(), with_charging=False)
        assert without.import_kwh == pytest.approx(50 * 8760)
        assert bill(week, tariff()).total_eur - without.total_eur == pytest.approx(10 * (8760 * 0.23 + 90))

    def test_nothing_drawn(self):
        year = bill(week_of(np.zeros(168)), tariff())
        assert (year.total_eur, year.is_long_use) == (0.0, False)
        assert np.isnan(year.use_h)

    def test_a_price_of_another_length(self):
        with pytest.raises(InputError, match="energy_eur_per_kwh: 24 values for 168 steps"):
            bill(week_of(np.zeros(168)), tariff(energy_eur_per_kwh=np.zeros(24)))


class TestPricesForCharging:
    def test_the_part_of_the_year_that_falls_on_the_horizon(self):
        supply = SiteSupply(connection_kw=300.0, pv_kw=5.0)
        priced = supply_with_tariff(supply, tariff(feed_in_eur_per_kwh=0.07), is_long_use=True)
        assert priced.price_eur_per_kwh.tolist() == pytest.approx([0.23])
        assert priced.demand_charge_eur_per_kw == pytest.approx(90.0 / WEEKS)
        assert (priced.feed_in_eur_per_kwh, priced.connection_kw, priced.pv_kw.tolist()) == (0.07, 300.0, [5.0])
        day = supply_with_tariff(supply, tariff(), is_long_use=False, horizon_h=24.0)
        assert day.demand_charge_eur_per_kw == pytest.approx(40.0 / 365.0)
        with pytest.raises(InputError, match="horizon_h: 0"):
            supply_with_tariff(supply, tariff(), is_long_use=True, horizon_h=0)

    @given(st.lists(st.floats(0, 500), min_size=24, max_size=24), st.booleans())
    def test_a_year_of_such_weeks_costs_the_bill(self, load, has_building):
        supply = SiteSupply(base_load_kw=40.0 if has_building else 0.0)
        week = week_of(np.tile(load, 7), supply)
        year = bill(week, tariff())
        priced = replace(week, supply=supply_with_tariff(supply, tariff(), is_long_use=year.is_long_use))
        without = week_of(np.zeros(168), priced.supply)
        of_building = supply_with_tariff(supply, tariff(), is_long_use=year.is_long_use)
        building = 40.0 * has_building
        alone = building * 168 * of_building.price_eur_per_kwh[0] + building * of_building.demand_charge_eur_per_kw
        assert without.cost_eur == 0.0
        assert (priced.cost_eur + alone) * WEEKS == pytest.approx(year.total_eur, rel=1e-9, abs=1e-6)


SESSIONS = ChargingSessions(arrive_h=[8.0, 9.0], depart_h=[16.0, 17.0], need_kwh=[30.0, 40.0], power_kw=11.0)
SITE = ChargingSite(points=None, point_power_kw=11.0, efficiency=0.9)


class TestChargingUnderATariff:
    def test_the_week_has_the_prices_that_are_billed(self):
        week, year = charge_under_tariff(SESSIONS, SITE, tariff(), step_h=1.0)
        assert isinstance(year, Bill)
        assert not year.is_long_use
        assert week.cost_eur * WEEKS == pytest.approx(year.total_eur)
        assert np.array_equal(week.power_kw, charge(SESSIONS, SITE, step_h=1.0).power_kw)

    def test_the_building_decides_with(self):
        site = replace(SITE, supply=SiteSupply(base_load_kw=100.0))
        week, year = charge_under_tariff(SESSIONS, site, tariff())
        assert year.is_long_use
        assert week.supply.price_eur_per_kwh.tolist() == pytest.approx([0.23])

    @pytest.mark.parametrize("swapped", [False, True])
    def test_the_cheaper_of_the_two_plans_is_taken(self, swapped):
        """A strategy that answers to the demand charge: even where it is high, all at once where it is low."""

        def answers(sessions, site, steps):
            height = site.supply.demand_charge_eur_per_kw * WEEKS
            is_even = (height > 50.0) != swapped
            start, end, power = (0.0, 168.0, 1.0) if is_even else (0.0, 12.0, 14.0)
            energy = np.array([168.0])
            return Schedule(
                start_h=np.array([start]),
                end_h=np.array([end]),
                power_kw=np.array([power]),
                drawn_kwh=energy,
                charging_h=np.array([end - start]),
                delivered_kwh=energy,
                unserved_kwh=np.zeros(1),
                waiting_h=np.zeros(1),
                begin_h=np.array([start]),
                finish_h=np.array([end]),
            )

        sessions = ChargingSessions(arrive_h=[0.0], depart_h=[168.0], need_kwh=[168.0], power_kw=14.0)
        site = ChargingSite(points=None, point_power_kw=14.0, efficiency=1.0)
        name = f"answers_{swapped}"
        register(name)(answers)
        try:
            week, year = charge_under_tariff(sessions, site, tariff(), strategy=name)
        finally:
            strategy._KNOWN.pop(name)
        # even: 8760 kWh at 0.23 and 90; at once: 8760 kWh at 0.25 and 14 times 40. The even one is cheaper, whichever
        # fee it was planned with
        assert year.is_long_use
        assert week.peak_kw == 1.0
        assert year.total_eur == pytest.approx(8760 * 0.23 + 90)
        assert week.cost_eur * WEEKS == pytest.approx(year.total_eur)

    @pytest.mark.skipif("cost_minimal" not in STRATEGIES, reason="no file registers the strategy 'cost_minimal'")
    def test_the_cost_programme_costs_no_more_than_charging_at_once(self):
        options = {"step_h": 1.0, "horizon_h": 24.0}
        _, at_once = charge_under_tariff(SESSIONS, SITE, tariff(), **options)
        _, planned = charge_under_tariff(SESSIONS, SITE, tariff(), strategy="cost_minimal", **options)
        assert planned.total_eur < at_once.total_eur


class TestExamples:
    @pytest.mark.parametrize(
        ("voltage", "fees"),
        [
            ("high", (19.13, 0.0230, 56.33, 0.0081)),
            ("medium", (41.06, 0.0349, 70.14, 0.0232)),
            ("low", (44.26, 0.0483, 64.33, 0.0403)),
        ],
    )
    def test_fees_by_voltage(self, voltage, fees):
        found = example_tariff(voltage, energy_eur_per_kwh=0.15)
        short, long = found.short_use, found.long_use
        got = (short.yearly_eur_per_kw, short.energy_eur_per_kwh, long.yearly_eur_per_kw, long.energy_eur_per_kwh)
        assert got == fees
        assert found.long_use_from_h == 2500.0
        assert "an example" in found.source
        assert "SpiceEV" in found.source
        assert found.energy_eur_per_kwh.tolist() == [0.15]
        # such price pairs cross where the fee changes: nobody is punished for a kilowatt-hour more
        crossing = (long.yearly_eur_per_kw - short.yearly_eur_per_kw) / (
            short.energy_eur_per_kwh - long.energy_eur_per_kwh
        )
        assert crossing == pytest.approx(2500.0, rel=0.01)

    def test_an_unknown_voltage(self):
        with pytest.raises(InputError, match="voltage: 'middle' is not known; known: low, medium, high"):
            example_tariff("middle", energy_eur_per_kwh=0.2)


def test_faults_of_a_tariff_are_told_together():
    with pytest.raises(InputError) as refused:
        tariff(energy_eur_per_kwh=[0.1, np.nan], long_use=3.0, long_use_from_h=-1, source="")
    for part in ("energy_eur_per_kwh[1] = nan is NaN", "long_use: must be", "long_use_from_h=-1", "source: is missing"):
        assert part in str(refused.value)
    with pytest.raises(InputError, match=r"feed_in_eur_per_kwh.*'dear' is no number"):
        tariff(feed_in_eur_per_kwh="dear")
    with pytest.raises(InputError, match="yearly_eur_per_kw=-1 must be not negative"):
        NetworkFee(-1.0, 0.02)


class TestConnection:
    def test_an_annuity_pays_off_what_was_built(self):
        cost = connection_cost(100.0, eur_per_kw=150.0, life_years=20, interest_share=0.04)
        assert cost.once_eur == 15_000.0
        paid = sum(cost.yearly_eur / 1.04**year for year in range(1, 21))
        assert paid == pytest.approx(cost.once_eur, rel=1e-12)

    def test_without_interest_and_with_hardly_any(self):
        plain = connection_cost(100.0, eur_per_kw=150.0, life_years=20, interest_share=0.0)
        assert plain.yearly_eur == 750.0
        hardly = connection_cost(100.0, eur_per_kw=150.0, life_years=20, interest_share=1e-15)
        assert hardly.yearly_eur == pytest.approx(750.0, rel=1e-12)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"more_kw": -1}, "more_kw: -1"),
            ({"eur_per_kw": np.nan}, "eur_per_kw: nan"),
            ({"life_years": 0}, "life_years: 0 must be positive"),
            ({"interest_share": "4 %"}, "interest_share: '4 %'"),
        ],
    )
    def test_faults(self, changes, message):
        options = {"more_kw": 10.0, "eur_per_kw": 100.0, "life_years": 20.0, "interest_share": 0.03} | changes
        with pytest.raises(InputError) as refused:
            connection_cost(options.pop("more_kw"), **options)
        assert message in str(refused.value)
