"""What the map shows of shifts is what the runs hold."""

import json

import numpy as np
import pandas as pd
import pytest
import report_fakes

from itas_mobility.core import ZoneKind
from itas_mobility.report import maps, tables
from itas_mobility.report.inputs import all_runs
from itas_mobility.report.shift_map import CAUSES, TENTHS, WAITED, encode_shifts


def encoded(comparison):
    zones = comparison.region.zones
    drawn = zones.zone_id[zones.kind == ZoneKind.INTERNAL].tolist()
    return encode_shifts(comparison.region, all_runs(comparison), drawn), drawn


def told(data, run, row, zone):
    """Of a zone: workers, and of each way minutes, transfers and wait, or cause and retiming."""
    values = data["values"][run][row]
    found = [data["columns"][values["workers"]][zone] / TENTHS]
    for way in ("out", "back"):
        minutes, note = (data["columns"][values[name]][zone] for name in (way, f"{way}_note"))
        found.append((minutes, note % WAITED, note // WAITED) if minutes >= 0 else (CAUSES[-minutes - 1], note))
    return found


def wanted(row):
    found = [pytest.approx(row["workers"], abs=0.5 / TENTHS)]
    for way in ("out", "back"):
        if np.isfinite(row[f"{way}_time_s"]):
            found.append((row[f"{way}_time_s"] / 60, row[f"{way}_transfers"], row[f"{way}_wait_s"] / 60))
        else:
            retiming = row[f"{way}_retiming_s"] / 60
            found.append((row[f"{way}_cause"], retiming if np.isfinite(retiming) else 0))
    return found


def test_every_zone_of_every_run_comes_back(comparison):
    data, drawn = encoded(comparison)
    sites = comparison.region.sites
    names = {"Früh": "Schicht Früh", "Spät": "Schicht Spät", "Nacht": "Schicht Nacht", "Tag": "Schicht Tag"}
    for k, run in enumerate(all_runs(comparison)):
        table = run.tables["reachability"]
        assert len(data["rows"]) == table.groupby(["site_id", "shift"]).ngroups
        for i, row in enumerate(data["rows"]):
            mine = table[(table["site_id"] == sites.site_id[row["site"]])]
            mine = mine[mine["shift"].map(names) == row["name"][0]].set_index("zone_id")
            assert row["days"] == "Mo-Fr"
            assert len(mine) == len(drawn) + 1  # one home lies off the map
            for zone, zone_id in enumerate(drawn):
                assert told(data, k, i, zone) == wanted(mine.loc[zone_id])
    assert data["values"][0][0]["time"] == "06:00–14:00"
    assert json.loads(json.dumps(data)) is not None


def test_equal_columns_stand_once(comparison):
    alone = len(encoded(comparison)[0]["columns"])
    comparison.runs[0].tables["reachability"] = comparison.base.tables["reachability"]
    data, _ = encoded(comparison)
    assert data["values"][0] == data["values"][1]
    assert len(data["columns"]) < alone
    assert len({json.dumps(column) for column in data["columns"]}) == len(data["columns"])


def test_a_shift_that_a_scenario_drops_and_days_that_it_parts(comparison):
    run = comparison.runs[0]
    rows = run.tables["reachability"]
    first = (rows["site_id"] == "site0") & (rows["shift"] == "Früh")
    last = (rows["site_id"] == "site1") & (rows["shift"] == "Tag")
    parted = [rows[~first & ~last], rows[first].assign(weekday="Mo-Do"), rows[first].assign(weekday="Fr")]
    run.tables["reachability"] = pd.concat(parted, ignore_index=True)
    data, _ = encoded(comparison)
    days = [
        (row["days"], base is None, now is None) for row, base, now in zip(data["rows"], *data["values"], strict=True)
    ]
    assert days.count(("Mo-Do", False, False)) == days.count(("Fr", False, False)) == 1
    assert days[-1] == ("Mo-Fr", False, True)
    assert data["values"][0][0] == data["values"][0][1]


def test_zones_without_workers_and_sites_of_others_are_left_out(comparison):
    for run in all_runs(comparison):
        table = run.tables["reachability"]
        other = table[table["site_id"] == "site0"].assign(site_id="elsewhere")
        run.tables["reachability"] = pd.concat([table[table["zone_id"] != "z4"], other], ignore_index=True)
    data, drawn = encoded(comparison)
    assert {row["site"] for row in data["rows"]} == {0, 1}
    at = drawn.index("z4")
    assert [column[at] for column in data["columns"]] == [None] * len(data["columns"])


def test_the_map_holds_shifts_for_the_zones_it_draws(comparison):
    data = maps.encode_map(comparison.region, all_runs(comparison))
    assert {len(column) for column in data["shifts"]["columns"]} == {len(data["zones"]["name"])}


def test_the_heat_table_has_a_row_for_each_group_of_days(comparison):
    base, run = comparison.base, comparison.runs[0]
    rows = base.tables["shifts"].assign(both_share=0.5)
    base.tables["shifts"] = rows
    run.tables["shifts"] = pd.concat(
        [rows.assign(weekday="Mo-Do", both_share=0.6), rows.assign(weekday="Fr", both_share=0.1)], ignore_index=True
    )
    columns = [name for name, _ in tables.shift_columns([base, run])]
    plain = tables.shift_rows(comparison.region, base, None, columns)
    assert [(row["site"], str(row["days"])) for row in plain] == [("Werk Nord", ""), ("Werk Süd", "")]
    parted = tables.shift_rows(comparison.region, run, base, columns)
    assert [row["site"] for row in parted] == ["Werk Nord"] * 2 + ["Werk Süd"] * 2
    assert ["Mo-Do" in row["days"] for row in parted] == [True, False] * 2
    cells = [next(cell for cell in row["cells"] if cell) for row in parted[:2]]
    assert "+10" in cells[0]["change"]
    assert "−40" in cells[1]["change"]
    # and where the baseline parts the days, the mean of those days is what a row is compared with
    whole = tables.shift_rows(comparison.region, base, run, columns)
    assert all(cell["change"] is None for row in whole for cell in row["cells"] if cell)


def test_fakes_reach_and_fail_in_every_way(comparison):
    """Else the tests above would prove little."""
    table = report_fakes.reachability(comparison.region)
    assert set(table["out_cause"]) == {"none", "time", "ride", "home"}
    assert 0 < table["is_reachable"].mean() < 1
