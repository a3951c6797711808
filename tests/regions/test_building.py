"""The whole chain from a real OpenStreetMap file: roads and route relations of Bad Hersfeld, zones made by a grid."""

import re
from pathlib import Path

import numpy as np
import pytest

from itas_mobility import demand, regions, scenarios
from itas_mobility.core import TransitMode
from itas_mobility.core.weekdays import WORKDAYS
from itas_mobility.emobility.charging import strategy
from itas_mobility.errors import InputError
from itas_mobility.regions import reading
from itas_mobility.scenarios.measures import ElectricShare

POPULATION = 30_000


@pytest.fixture(scope="module")
def hersfeld(shared_data, tmp_path_factory):
    osm = shared_data / "region_badhersfeld" / "badhersfeld.osm.gz"
    out = tmp_path_factory.mktemp("regions") / "badhersfeld"
    sites = Path(__file__).parent / "badhersfeld_sites.toml"
    return regions.build_region(osm, out, sites=sites, population=POPULATION, grid_m=800)


@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_roads_and_lines_of_a_real_town(hersfeld):
    assert hersfeld.roads.n_links > 2000
    counts = hersfeld.transit.report.counts
    assert counts["route relations"] == 57
    assert hersfeld.transit.n_patterns == 33, "the other lines have less than two stops inside the clipped file"
    assert hersfeld.transit.n_patterns + counts["patterns with less than two stops"] == 57
    assert {TransitMode(code).name for code in hersfeld.transit.mode} == {"BUS", "TRAIN"}
    assert 20 <= len(hersfeld.zones) <= 200
    internal = hersfeld.zones.kind == 0
    assert hersfeld.zones.residents[internal].sum() == pytest.approx(POPULATION, rel=1e-6)


@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_the_whole_chain_runs(hersfeld):
    store = scenarios.StageStore()
    base = scenarios.run(hersfeld, store=store)
    electric = scenarios.Scenario("electric", measures=(ElectricShare(type="electric_share", share=0.5),))
    after = scenarios.run(hersfeld, electric, store=store)
    shares = {mode: base.indicators[f"{mode}_share"] for mode in demand.MODES}
    assert sum(shares.values()) == pytest.approx(100, abs=1e-6)
    # no shuttle, and no stop with a car park
    assert [mode for mode, share in shares.items() if share == 0.0] == ["shuttle", "park_ride"]
    assert base.indicators["transit_boardings"] > 0
    assert 0 < base.indicators["reachable_share"] < 100
    assert after.indicators["charging_energy_kwh"] > base.indicators["charging_energy_kwh"]
    assert after.indicators["co2_ttw_t_per_day"] < base.indicators["co2_ttw_t_per_day"]
    assert base.indicators["commuters"] == pytest.approx(POPULATION * 0.41 * 0.78, rel=0.05)
    assert np.isfinite(list(base.indicators.values())).all()


def test_without_zones_and_population_nothing_is_made(tmp_path):
    osm = tmp_path / "a.osm"
    osm.write_text("<osm version='0.6'></osm>", encoding="utf-8")
    with pytest.raises(InputError, match="population"):
        regions.build_region(osm, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unusable_file_leaves_nothing_behind(tmp_path):
    osm = tmp_path / "broken.osm"
    osm.write_text("<osm version='0.6'><node id='1' lat='50'", encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.osm"):
        regions.build_region(osm, tmp_path / "out", population=1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.osm"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('start = "06:00"', 'begin = "06:00"', "shift 1: key 'start' is missing"),
        ('end = "22:00"', 'end = "late"', "shift 2: end 'late' is no time of day"),
        ("share = 0.4", 'share = 0.4, days = "Mo-Fx"', "shift 2: days 'Mo-Fx': 'Fx' is not one of Mo, Di"),
    ],
)
def test_faults_of_shifts_name_site_and_shift(hersfeld, tmp_path, before, after, message):
    text = (Path(__file__).parent / "badhersfeld_sites.toml").read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "sites.toml"
    broken.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        reading.read_sites(broken, hersfeld.zones, hersfeld.parameters)


def test_a_site_may_name_its_strategy_of_charging(hersfeld, tmp_path, monkeypatch):
    text = (Path(__file__).parent / "badhersfeld_sites.toml").read_text(encoding="utf-8")
    text = text.replace('id = "werk"', 'id = "halle"')  # beside the one that the region has
    assert hersfeld.sites.charging_strategy.tolist() == ["uncontrolled"]
    file = tmp_path / "sites.toml"
    zones = hersfeld.zones
    monkeypatch.setitem(strategy._KNOWN, "even", strategy.STRATEGIES["uncontrolled"])
    for name in ("even", "uncontrolled"):
        file.write_text(f'{text}charging_strategy = "{name}"\n', encoding="utf-8")
        assert reading.read_sites(file, zones, hersfeld.parameters)[1].charging_strategy.tolist() == [name]
    for wrong in ('"magic"', "7", '["even"]'):
        file.write_text(f"{text}charging_strategy = {wrong}\n", encoding="utf-8")
        shown = re.escape(wrong.replace('"', "'"))
        words = rf"sites\.toml: site halle: charging_strategy {shown} is not known; known: uncontrolled, .*, even$"
        with pytest.raises(InputError, match=words):
            reading.read_sites(file, zones, hersfeld.parameters)


def sites_with(lines, hersfeld, tmp_path):
    """Sites of the region's file, renamed, with more keys."""
    text = (Path(__file__).parent / "badhersfeld_sites.toml").read_text(encoding="utf-8")
    file = tmp_path / "sites.toml"
    file.write_text(text.replace('id = "werk"', f'id = "halle"\n{lines}'), encoding="utf-8")
    return reading.read_sites(file, hersfeld.zones, hersfeld.parameters)[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("base_load = 3", r"sites\.toml: site halle: key 'base_load' \(did you mean 'base_load_kw'\?\) is not known$"),
        ("roof = 3", r"site halle: key 'roof' is not known; known: id, name, .*, charging_limit_kw$"),
    ],
)
def test_keys_of_a_site_that_nobody_reads_are_refused(hersfeld, tmp_path, line, words):
    with pytest.raises(InputError, match=words):
        sites_with(line, hersfeld, tmp_path)


def test_a_site_may_tell_what_it_offers_those_who_come(hersfeld, tmp_path):
    usual = hersfeld.sites
    assert usual.parking_price_eur_per_day.tolist() == [0.0]
    assert np.isnan([usual.pedelec_share, usual.lift_share]).all()
    told = sites_with(
        """
        parking_price_eur_per_day = 2
        pedelec_share = {value=0.2, low = 0.1, high = 0.3, unit = "1", year = 2026, source="x", confidence = "derived"}
        lift_share = 0.05
        """,
        hersfeld, tmp_path,
    )  # fmt: skip
    assert told.parking_price_eur_per_day.tolist() == [2.0]
    assert (told.pedelec_share.tolist(), told.lift_share.tolist()) == ([0.2], [0.05])
    assert told.provenance["halle.pedelec_share"].source == "x"
    assert "halle.lift_share" not in told.provenance


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "parking_price_eur_per_day = -1",
            r"site halle: parking_price_eur_per_day = -1 must be finite and not negative",
        ),
        ("parking_price_eur_per_day = inf", r"parking_price_eur_per_day = inf must be finite and not negative"),
        ('parking_price_eur_per_day = "free"', r"site halle: parking_price_eur_per_day = 'free' must be a number"),
        ("pedelec_share = 1.5", r"sites\.toml: site halle: pedelec_share = 1\.5 must lie in \[0, 1\]"),
        ("lift_share = nan", r"lift_share = nan must lie in \[0, 1\]"),
        ("lift_share = {value = 0.1}", r"site halle: .*lift_share: needs value, unit, source"),
        ("parking_price_eur = 1", r"'parking_price_eur' \(did you mean 'parking_price_eur_per_day'\?\) is not known"),
    ],
)
def test_offers_of_a_site_that_cannot_be_are_refused(hersfeld, tmp_path, line, words):
    with pytest.raises(InputError, match=words):
        sites_with(line, hersfeld, tmp_path)


def test_a_site_may_tell_what_hangs_on_its_connection(hersfeld, tmp_path):
    usual = hersfeld.sites
    assert usual.release.tolist() == ["departure"]
    assert np.isnan(usual.work_charging_share).all()
    assert usual.supply[0].base_load_kw.tolist() == usual.supply[0].pv_kw.tolist() == [0.0]
    assert np.isinf(usual.charging_limit_kw[0]).all()
    day = ", ".join(["10"] * 8 + ["90.5"] * 8 + ["10"] * 8)
    told = sites_with(
        f"""
        base_load_kw = [{day}]
        pv_kw = [{day}]
        price_eur_per_kwh = [0.25]
        demand_charge_eur_per_kw = 1.5
        transformer_kva = 400
        battery = {{energy_kwh = 100, power_kw = 50}}
        release = "fee"
        fee_after_h = 2
        work_charging_share = 0.5
        voltage_level = "medium"
        charging_limit_kw = [120]
        """,
        hersfeld, tmp_path,
    )  # fmt: skip
    supply = told.supply[0]
    assert supply.base_load_kw.shape == (672,)
    assert supply.base_load_kw[96 + 32] == 90.5
    assert (supply.price_eur_per_kwh.tolist(), supply.demand_charge_eur_per_kw) == ([0.25], 1.5)
    assert (supply.transformer_kva, supply.battery.power_kw) == (400.0, 50.0)
    assert (told.release.tolist(), told.fee_after_h.tolist()) == (["fee"], [2.0])
    assert (told.work_charging_share.tolist(), told.voltage_level.tolist()) == ([0.5], ["medium"])
    assert told.charging_limit_kw[0].tolist() == [120.0]


@pytest.mark.parametrize(("line", "words"), [
    ("base_load_kw = [1, 2, 3]", "base_load_kw: 3 values"),
    ('pv_kw = ["much"]', "pv_kw.*much"),
    ("pv_kw = [true]", "pv_kw.*True"),
    ("pv_kw = [-1]", r"pv_kw\[0\] = -1.0 is below 0"),
    ("battery = {energy_kwh = 5}", "power_kw"),
    ("battery = {energy_kwh = -5, power_kw = 1}", "energy_kwh=-5"),
    ('fee_after_h = "soon"', "fee_after_h = 'soon' must be a number"),
    ("release = 7", "release = 7 must be a text"),
    ("work_charging_share = true", "work_charging_share = True must be a number"),
    ("charging_limit_kw = [1, 2]", "charging_limit_kw: 2 values"),
])  # fmt: skip
def test_faults_of_supplies_name_the_site(hersfeld, tmp_path, line, words):
    with pytest.raises(InputError, match=rf"sites\.toml: site halle: .*{words}"):
        sites_with(line, hersfeld, tmp_path)


def test_shifts_without_days_are_worked_on_weekdays(hersfeld):
    assert hersfeld.sites.shifts[0].days.tolist() == [WORKDAYS, WORKDAYS]
