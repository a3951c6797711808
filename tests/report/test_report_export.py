"""Tables for other programs."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import report_fakes

from itas_mobility import report
from itas_mobility.errors import InputError


@pytest.fixture
def written(comparison, tmp_path):
    return {path.name: path for path in report.write_tables(comparison, tmp_path / "tables")}


def test_indicators_come_back(written, comparison):
    frame = pd.read_csv(written["indicators.csv"]).set_index("indicator")
    assert list(frame.columns) == ["unit", "base", "tram"]
    assert frame["tram"].to_dict() == comparison.runs[0].indicators


def test_tables_of_all_runs_come_back(written, comparison):
    assert set(written) == {
        "indicators.csv", "links.csv", "zones.csv", "sites.csv", "shifts.csv", "charging.csv", "lines.csv",
        "slices.csv", "links.gpkg",
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
