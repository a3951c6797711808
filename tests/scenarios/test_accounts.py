"""Every account closes on whole runs, whatever the measures; persons without a mode are an account and are told."""

import dataclasses
import warnings
from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import demand, scenarios
from itas_mobility.core import Zones
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.measures import MEASURE_ADAPTER


def assert_accounts_close(run):
    table = run.tables["accounts"]
    assert len(table) > 0
    for account, rows in table.groupby("account"):
        total = rows.loc[rows["entry"] == "total", "value"].item()
        parts = rows.loc[rows["entry"] != "total", "value"].sum()
        assert parts == pytest.approx(total, rel=1e-9, abs=1e-9), account


def values(run, account):
    table = run.tables["accounts"]
    return table[table["account"] == account].set_index("entry")["value"]


def scenario(*measures):
    return scenarios.Scenario("changed", measures=tuple(map(MEASURE_ADAPTER.validate_python, measures)))


def test_accounts_of_the_embedded_region(base, run_with):
    assert_accounts_close(base)
    assert values(base, "commuters")["total"] == pytest.approx(base.indicators["commuters"])
    assert values(base, "car traffic between zones")["total"] == pytest.approx(base.indicators["veh_km_per_day"])
    need = values(base, "charging need at sites")
    assert need["unserved"] == pytest.approx(base.indicators["unserved_kwh"])
    assert values(base, "public transport operation")["total"] == base.indicators["operating_cost_eur_per_day"]
    electric = run_with(MEASURE_ADAPTER.validate_python({"type": "electric_share", "share": 0.9}))
    assert_accounts_close(electric)
    need = values(electric, "charging need at sites")
    assert need["unserved"] > 0.1 * need["total"]
    # more cars miss their charge at work than find one: they charge at home, or in public
    driving = {run: values(run, "electric driving of commuters") for run in (base, electric)}
    for run, part in driving.items():
        where = run.tables["where"]
        assert part["charged at sites"] == pytest.approx(where["work_kwh"].iloc[:-1].sum())
        into = where["home_kwh"] + where["work_kwh"] + where["public_kwh"] - where["fed_back_kwh"]
        np.testing.assert_allclose(into, where["driven_kwh"], rtol=1e-9)
        zones = run.tables["where_zones"]
        for name in ("driven_kwh", "home_kwh", "work_kwh", "public_kwh"):
            assert zones[name].sum() == pytest.approx(where[name].sum(), rel=1e-9)
    where = electric.tables["where"]
    assert where["unserved_home_cars"].sum() > where["unserved_public_cars"].sum() > 0


def commuters_only(capacity):
    """All work is at the sites and nobody else drives: all vehicles on the roads are commuters' cars."""
    region = made_region()
    zones = replace(region.zones, employed_residents=[4000.0, 2000.0, 0.0, 0.0], jobs=[0.0, 0.0, 4000.0, 2000.0])
    parameters = region.parameters.with_value("other_car_trips_per_resident", 0.0, source="made")
    sites = replace(region.sites, head_count=[4000.0, 2000.0])
    roads = replace(region.roads, capacity_veh_per_h=region.roads.capacity_veh_per_h * capacity)
    # by time alone many ways are alike; their lengths are not
    length_m = roads.length_m * np.random.default_rng(3).uniform(1.0, 1.5, roads.n_links)
    return replace(region, zones=zones, sites=sites, parameters=parameters, roads=replace(roads, length_m=length_m))


@pytest.mark.parametrize("capacity", [50.0, 0.6, 0.35])
def test_commuters_kilometres_are_those_of_the_volumes(capacity):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "region tiny: cars take longer than at free flow", DataWarning)
        run = scenarios.run(commuters_only(capacity))
    assert_accounts_close(run)
    by_link = run.indicators["veh_km_per_day"]
    assert run.indicators["commuter_car_km_per_day"] == pytest.approx(by_link, rel=1e-9)
    assert run.indicators["delay_veh_h_per_day"] > (1.0 if capacity < 1.0 else 0.0)


def closed_east_of(region, column):
    lon = region.roads.node_lon_deg
    box = [float(lon[column]) - 1e-6, -90.0, float(lon[column + 1]) + 1e-6, 90.0]
    return {"type": "close_road", "ways": sorted(set(region.roads.way_id.tolist())), "between": box}


def test_what_a_closed_road_does_to_lines_is_a_line_in_the_result():
    region = replace(made_region(), parameters=commuters_only(1.0).parameters)
    with pytest.warns(DataWarning, match="bus line 1 is cut between Schule and Werk"):
        run = scenarios.run(region, scenario(closed_east_of(region, 30)))
    assert ["bus line 1 is cut between Schule and Werk" in note["en"] for note in run.notes] == [True]


def test_a_batch_tells_once_what_a_closed_road_does():
    region = replace(made_region(), parameters=commuters_only(1.0).parameters)
    with pytest.warns(DataWarning) as told:
        scenarios.run_all(region, [scenario(closed_east_of(region, 30))], progress=False)
    assert sum("bus line 1 is cut" in str(one.message) for one in told) == 1


def cut_off():
    """A road closed between Dorf and all else, too far to ride or walk."""
    region = made_region()
    parameters = region.parameters.with_value("other_car_trips_per_resident", 0.0, source="made")
    for name in ("bike_max_km", "walk_max_km"):
        parameters = parameters.with_value(name, 1.5, source="made")
    region = replace(region, parameters=parameters)
    return region, scenario({"type": "remove_line", "line": "S"}, closed_east_of(region, 50))


def test_persons_without_a_mode_are_an_account_and_are_told():
    region, closed = cut_off()
    base = scenarios.run(region)
    assert base.indicators["commuters_without_mode"] == 0.0
    with pytest.warns(DataWarning, match=r"commuters have no mode .*most from Dorf"):
        run = scenarios.run(region, closed)
    persons = values(run, "commuters")
    assert_accounts_close(run)
    assert persons["without a mode"] == run.indicators["commuters_without_mode"] > 100.0
    shares = sum(run.indicators[f"{mode}_share"] for mode in demand.MODES)
    assert shares == pytest.approx(100.0 * (1.0 - persons["without a mode"] / persons["total"]))
    assert any("kein Verkehrsmittel" in note["de"] for note in run.notes)
    told = scenarios.compare(base, run).explain(run)
    assert told[0]["indicator"] == "commuters_without_mode"
    assert "better" not in {one["direction"] for one in told}


def test_car_trips_without_a_way_are_an_account_and_are_told():
    """A village from which nobody commutes, cut off: its other trips are lost, and nothing is better for it."""
    region, closed = cut_off()
    columns = {field.name: getattr(region.zones, field.name)[[0, 1, 2, 3, 0]] for field in dataclasses.fields(Zones)}
    columns |= {
        "zone_id": ["markt", "dorf", "werk", "halle", "vorort"],
        "lon_deg": columns["lon_deg"] + [0.0, 0.0, 0.0, 0.0, 0.003],
        "residents": [3000.0, 1500.0, 0.0, 0.0, 2000.0],
        "employed_residents": [1000.0, 0.0, 0.0, 0.0, 0.0],
        "jobs": [50.0, 0.0, 600.0, 200.0, 0.0],
    }
    parameters = region.parameters.with_value("other_car_trips_per_resident", 0.4, source="made")
    region = replace(region, zones=Zones(**columns), parameters=parameters)
    base = scenarios.run(region)
    with pytest.warns(DataWarning) as told_once:
        run = scenarios.run(region, closed)
    about_trips = [str(one.message) for one in told_once if "car trips" in str(one.message)]
    lost = run.tables["slices"]["unassigned_trips"].sum()
    words = f"{lost:,.0f} car trips a day between 4 pairs of zones have no way on the roads (most from and to Dorf, "
    assert len(about_trips) == 1
    assert about_trips[0].startswith(words)
    assert not any("no path" in str(one.message) for one in told_once)
    assert any("Pkw-Fahrten am Tag zwischen 4 Paaren" in note["de"] for note in run.notes)
    assert_accounts_close(base)
    assert_accounts_close(run)
    trips = values(run, "car trips between zones")
    assert values(base, "car trips between zones")["without a way"] == 0.0
    assert trips["without a way"] == pytest.approx(run.tables["slices"]["unassigned_trips"].sum())
    assert trips["without a way"] > 50.0
    assert run.indicators["veh_km_per_day"] < base.indicators["veh_km_per_day"]
    told = scenarios.compare(base, run).explain(run)
    assert told[0]["text_en"].endswith("more car trips a day have no way; they are missing in kilometres and hours")
    assert "better" not in {one["direction"] for one in told}


def test_means_and_shares_over_nobody_have_no_value():
    region = made_region()
    idle = scenario(*({"type": "change_head_count", "site": site, "head_count": 0} for site in ("werk", "halle")))
    run = scenarios.run(region, idle)
    for name in ("reachable_share", "arrive_share", "return_share"):
        assert np.isnan(run.indicators[name])
    assert run.tables["sites"]["reachable_share"].isna().all()
    assert run.tables["sites"][["car_share", "transit_share"]].isna().all(axis=None)
    assert_accounts_close(run)


def test_need_beyond_the_battery_is_charged_in_public_and_told():
    """Ways that take more than a battery holds: what is driven is charged all the same."""
    region = made_region()
    small = region.parameters.with_value("battery_kwh", 1.0, source="made")
    region = replace(
        region, parameters=small, sites=replace(region.sites, electric_share=1.0, charging_points=[500, 500])
    )
    with pytest.warns(DataWarning, match=r"need more between two charges than their battery holds \(1 kWh\)"):
        run = scenarios.run(region)
    assert_accounts_close(run)
    assert sum("Batterie" in note["de"] for note in run.notes) == 1
    sites = run.tables["sites"]
    assert (sites["beyond_battery_kwh"] > 0).all()
    where = run.tables["where"].iloc[:2]
    assert (where["public_kwh"] >= where["on_the_way_kwh"]).all()
    np.testing.assert_allclose(where["on_the_way_kwh"], sites["beyond_battery_kwh"])


def test_charging_does_not_hang_on_the_order_of_zones():
    from oracles.permuted import with_zones_in_order

    region = replace(made_region(), sites=replace(made_region().sites, electric_share=0.7))
    run = scenarios.run(region)
    other = scenarios.run(with_zones_in_order(region, np.array([3, 1, 0, 2])))
    for name in ("energy_kwh", "charging_peak_kw", "unserved_kwh", "electric_cars"):
        np.testing.assert_allclose(other.tables["sites"][name], run.tables["sites"][name], rtol=1e-9, atol=1e-12)
    assert run.tables["sites"]["unserved_kwh"].iloc[1] > 1.0  # two points for many cars: the queue counts
