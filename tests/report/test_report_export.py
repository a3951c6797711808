"""Tables for other programs."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import report_fakes

from itas_mobility import report
from itas_mobility.errors import InputError
from itas_mobility.report.export import shift_frame


@pytest.fixture
def written(comparison, tmp_path):
    return {path.name: path for path in report.write_tables(comparison, tmp_path / "tables")}


def test_indicators_come_back(written, comparison):
    frame = pd.read_csv(written["indicators.csv"]).set_index("indicator")
    assert list(frame.columns) == ["unit", "base", "tram"]
    assert frame["tram"].to_dict() == comparison.runs[0].indicators


def test_tables_of_all_runs_come_back(written, comparison):
    assert set(written) == {
        "indicators.csv", "links.csv", "zones.csv", "sites.csv", "shifts.csv", "reachability.csv", "charging.csv",
        "lines.csv", "parking.csv", "slices.csv", "accounts.csv", "where.csv", "where_zones.csv", "benefit.csv",
        "horizons.csv", "links.gpkg", "reachability.gpkg", "charging.gpkg",
    }  # fmt: skip
    frame = pd.read_csv(written["links.csv"])
    tram = frame[frame["scenario"] == "tram"].drop(columns="scenario").reset_index(drop=True)
    pd.testing.assert_frame_equal(tram, comparison.runs[0].tables["links"].reset_index(drop=True), check_exact=True)
    assert not written["links.csv"].read_bytes().startswith(b"\xef\xbb\xbf")


def test_geopackage_holds_links_with_volumes_and_changes(written, comparison):
    region = comparison.region
    base = gpd.read_file(written["links.gpkg"], layer="base")
    tram = gpd.read_file(written["links.gpkg"], layer="tram")
    assert base.crs == "EPSG:4326"
    assert len(base) == region.roads.n_links
    assert (base["change_veh_per_day"] == 0).all()
    tables = [
        run.tables["links"].set_index("link_key")["volume_veh_per_day"] for run in (comparison.base, comparison.runs[0])
    ]
    change = (tables[1] - tables[0]).loc[tram["link_key"]]
    assert tram["change_veh_per_day"].to_numpy() == pytest.approx(change.to_numpy())
    row = int(np.flatnonzero(region.roads.link_key == tram["link_key"].iloc[5])[0])
    course = np.array(tram.geometry.iloc[5].coords)
    span = slice(region.roads.shape_ptr[row], region.roads.shape_ptr[row + 1])
    assert course[:, 0] == pytest.approx(region.roads.shape_lon_deg[span])


def test_geopackage_holds_where_cars_charge(written, comparison):
    zones, sites = comparison.region.zones, comparison.region.sites
    home = gpd.read_file(written["charging.gpkg"], layer="home_tram").set_index("zone_id")
    table = comparison.runs[0].tables["where_zones"].set_index("zone_id")
    assert set(home.index) == set(table.index[table["driven_kwh"] > 0])
    assert "x0" in home.index, "zones outside have no polygon, but commuters"
    pd.testing.assert_frame_equal(home[table.columns], table.loc[home.index], check_names=False)
    row = int(np.flatnonzero(zones.zone_id == home.index[3])[0])
    assert home.geometry.iloc[3].coords[0] == pytest.approx((zones.lon_deg[row], zones.lat_deg[row]))
    site = gpd.read_file(written["charging.gpkg"], layer="site_tram").set_index("site_id")
    assert site["site_name"].tolist() == sites.name.tolist()
    figures, where = (comparison.runs[0].tables[name].set_index("site_id") for name in ("sites", "where"))
    assert site["electric_cars"].tolist() == figures["electric_cars"].tolist()
    assert site["where_electric_cars"].tolist() == where["electric_cars"].loc[site.index].tolist()
    assert site["home_kwh"].tolist() == where["home_kwh"].loc[site.index].tolist()
    assert site.geometry.iloc[1].coords[0] == pytest.approx((sites.gate_lon_deg[1], sites.gate_lat_deg[1]))
    assert gpd.read_file(written["charging.gpkg"], layer="zones")["zone_id"].tolist() == [f"z{i}" for i in range(9)]


def test_geopackage_holds_shift_reachability_at_the_home_zones(written, comparison):
    zones = comparison.region.zones
    assert gpd.read_file(written["reachability.gpkg"], layer="zones")["zone_id"].tolist() == [f"z{i}" for i in range(9)]
    base, tram = (gpd.read_file(written["reachability.gpkg"], layer=name) for name in ("base", "tram"))
    table = comparison.runs[0].tables["reachability"]
    shown = tram.drop(columns=["geometry", "zone_name", "share_before", "change"])
    wanted = table.replace(np.inf, np.nan)[shown.columns]
    pd.testing.assert_frame_equal(shown, wanted, check_dtype=False)
    assert set(comparison.runs[0].tables["reachability"].columns) == set(shown.columns)
    assert (base["change"] == 0).all()
    before = comparison.base.tables["reachability"]["is_reachable"]
    assert tram["change"].tolist() == (table["is_reachable"] - before).tolist()
    assert (tram["change"] == 1).any()
    place = tram[tram["zone_id"] == "z4"].geometry.iloc[0]
    assert (place.x, place.y) == pytest.approx((zones.lon_deg[4], zones.lat_deg[4]))


def test_changes_are_told_where_a_scenario_parts_the_days(comparison):
    """Sundays became a day of their own: Mo-Fr is compared with Mo-So, and so is So."""
    base, run = comparison.base, comparison.runs[0]
    base.tables["reachability"]["weekday"] = "Mo-So"
    rows = run.tables["reachability"]
    parted = [rows.assign(weekday="Mo-Sa"), rows.assign(weekday="So", is_reachable=0.0)]
    run.tables["reachability"] = pd.concat(parted, ignore_index=True)
    frame = shift_frame(comparison, 1)
    assert frame["change"].notna().all()
    before = base.tables["reachability"]["is_reachable"].to_numpy()
    assert frame["share_before"].tolist() == [*before, *before]
    # and the other way round: one row for days of which some could be reached
    base.tables["reachability"], run.tables["reachability"] = run.tables["reachability"], rows.assign(weekday="Mo-So")
    told = shift_frame(comparison, 1)["share_before"].to_numpy()
    assert told == pytest.approx(6 / 7 * rows["is_reachable"].to_numpy())


def test_a_rerun_gives_the_same_bytes(written, tmp_path):
    again = report.write_tables(report_fakes.make_comparison(), tmp_path / "again")
    for path in again:
        assert path.read_bytes() == written[path.name].read_bytes(), path.name
    assert {p.name for p in (tmp_path / "again").iterdir()} == set(written)


def test_two_scenarios_of_one_name_are_refused(tmp_path):
    made = report_fakes.make_comparison(scenarios=[("a", "x", "x", 0.1, 0.1), ("a", "y", "y", 0.2, 0.1)])
    with pytest.raises(InputError, match="'a'"):
        report.write_tables(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_hostile_scenario_names_do_not_leave_the_folder(tmp_path):
    made = report_fakes.make_comparison(scenarios=[('../x"; drop', "x", "x", 0.1, 0.1)])
    for path in report.write_tables(made, tmp_path / "out"):
        assert path.parent == tmp_path / "out"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
