"""Runs on disk, comparison and explanation, the store of stages."""

import dataclasses

import numpy as np
import pytest

from itas_mobility import demand, scenarios
from itas_mobility.errors import ConvergenceWarning, InputError, ScenarioError
from itas_mobility.scenarios.measures import (
    AddLine,
    ChangeHeadCount,
    ChangeHeadway,
    ChargingPoints,
    ElectricShare,
    ExtendLine,
    MoveSite,
    RemoveLine,
    StaggerShift,
)
from itas_mobility.words import number


def test_a_run_is_read_back_as_it_was_written(base, tmp_path):
    scenarios.write_run(base, tmp_path / "base")
    found = scenarios.read_run(tmp_path / "base")
    assert found.digest == base.digest
    assert dict(found.indicators) == dict(base.indicators)
    assert set(found.tables) == set(base.tables)
    for name, table in base.tables.items():
        other = found.tables[name]
        assert list(other.columns) == list(table.columns), name
        for column in table:
            left, right = table[column].to_numpy(), other[column].to_numpy()
            if left.dtype.kind == "f":
                assert np.array_equal(left, right, equal_nan=True), (name, column)
            else:
                assert [str(v) for v in left] == [str(v) for v in right], (name, column)


def test_a_half_written_run_is_no_run(base, tmp_path):
    scenarios.write_run(base, tmp_path / "base")
    (tmp_path / "base" / "run.json").unlink()
    with pytest.raises(InputError, match=r"run\.json is missing"):
        scenarios.read_run(tmp_path / "base")
    (tmp_path / "base" / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is no run of this library"):
        scenarios.read_run(tmp_path / "base")


def test_results_do_not_depend_on_the_store(zwickau, base, run_with):
    """A scenario alone, and after the baseline in one store, are the same to the last bit."""
    measure = StaggerShift(type="stagger_shift", site="vw_mosel", by_min=45)
    alone = scenarios.run(zwickau, scenarios.Scenario("changed", measures=(measure,)))
    together = run_with(measure)
    assert dict(alone.indicators) == dict(together.indicators)
    assert alone.digest == together.digest


def test_an_empty_scenario_changes_nothing(zwickau, base, store):
    empty = scenarios.run(zwickau, scenarios.Scenario("empty"), store=store)
    assert dict(empty.indicators) == dict(base.indicators)
    assert empty.digest != base.digest, "the name is part of the digest"


def test_what_a_measure_leaves_alone_is_the_same_to_the_last_bit(base, run_with):
    electric = run_with(ElectricShare(type="electric_share", share=0.4))
    for name in ("car_share", "veh_km_per_day", "transit_boardings", "reachable_share"):
        assert electric.indicators[name] == base.indicators[name], name


def test_the_equilibrium_is_exact(base):
    assert base.indicators["relative_gap"] < 1e-8
    assert base.indicators["feedback_residual"] < 1e-6
    assert base.tables["slices"]["unassigned_trips"].max() == 0


def test_a_feedback_that_stops_early_says_so(zwickau, store):
    hasty = scenarios.RunSettings(max_iterations=1)
    with pytest.warns(ConvergenceWarning, match=r"stopped after 1 rounds: one more .* raise max_iterations"):
        run = scenarios.run(zwickau, settings=hasty, store=store)
    assert run.indicators["feedback_residual"] > hasty.feedback_tolerance


def test_shares_add_up(base):
    assert sum(base.indicators[f"{m}_share"] for m in demand.MODES) == pytest.approx(100, abs=1e-9)
    sites = base.tables["sites"]
    total = sites[[f"{m}_share" for m in demand.MODES]].sum(axis=1)
    assert np.allclose(total, 1, atol=1e-12)


def test_calibration_meets_its_targets(zwickau, base):
    """The fitted parameters give what their notes say."""
    wanted = {
            "car_share": 74.55, "passenger_share": 3.45, "transit_share": 9.5, "bike_share": 6.0, "pedelec_share": 1.5,
            "walk_share": 5.0,
        }  # fmt: skip
    for name, share in wanted.items():
        assert base.indicators[name] == pytest.approx(share, abs=0.02)


def test_every_charge_is_conserved(base):
    """Shifts of the embedded region are worked from Monday to Friday: the week is five days."""
    week = base.tables["charging"].groupby("site_id")["power_kw"].sum() * 0.25
    energy = base.tables["sites"].set_index("site_id")["energy_kwh"]
    assert np.allclose(week[energy.index], 5 * energy, atol=1e-6)
    assert (base.tables["charging"].query("time_h >= 144")["power_kw"] == 0).all()


def test_comparison_shows_differences(base, run_with):
    fewer = run_with(RemoveLine(type="remove_line", line="101"))
    comparison = scenarios.compare(base, fewer)
    table = comparison.to_dataframe()
    assert table.loc["transit_share", "changed - baseline"] == pytest.approx(
        fewer.indicators["transit_share"] - base.indicators["transit_share"]
    )
    told = comparison.explain(fewer)
    assert told
    assert all(sentence["text_de"] and sentence["text_en"] for sentence in told)
    assert any("Linie 101" in sentence["text_de"] for sentence in told)
    assert any("vor allem der" in sentence["text_de"] and "schicht: " in sentence["text_de"] for sentence in told)
    assert comparison.explain(base) == []
    assert "baseline" in comparison._repr_html_()


def test_two_runs_of_one_name_cannot_be_compared(base):
    with pytest.raises(InputError, match="more than once"):
        scenarios.compare(base, [base])


def test_numbers_as_people_write_them():
    assert number(-1234.56, 1, "de") == "−1.234,6"
    assert number(1234.56, 1, "en") == "1,234.6"


def test_run_refuses_indicators_without_a_name_in_the_registry(base):
    with pytest.raises(InputError, match="happiness"):
        dataclasses.replace(base, indicators={"happiness": 1.0})


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        (ChangeHeadway(type="change_headway", line="999", headway_min=10), "line '999' is not known"),
        (RemoveLine(type="remove_line", line="3", mode="train"), "line '3' is not known"),
        (ElectricShare(type="electric_share", share=0.5, site="vw_mosl"), "site 'vw_mosl' is not known"),
        (ChangeHeadCount(type="change_head_count", site="vw_mosel", head_count=8400), "already has 8400 heads"),
        (StaggerShift(type="stagger_shift", site="vw_mosel", shift="nacht", by_min=10), "has no shift 'nacht'"),
        (ChargingPoints(type="charging_points", site="vw_mosel", power_kw=11), "already has"),
        (
            AddLine(
                type="add_line",
                line="X1",
                stops=("Mosel Bahnhof, Zwickau", "Nirgends"),
                headway_min=20,
                speed_km_per_h=25,
            ),
            "stop 'Nirgends' is not known",
        ),
    ],
    ids=lambda value: value.type if hasattr(value, "type") else "",
)
def test_a_measure_that_finds_nothing_is_an_error(zwickau, measure, says):
    with pytest.raises(ScenarioError, match=says):
        scenarios.Scenario("x", measures=(measure,)).apply(zwickau)


def test_a_new_line_runs_both_ways(zwickau):
    line = AddLine(
        type="add_line",
        line="X1",
        stops=("Hauptbahnhof, Zwickau", "Mosel Bahnhof, Zwickau", "Mosel VW-Werk Tor Süd, Zwickau"),
        headway_min=20,
        speed_km_per_h=30,
        start="05:15",
        end="22:45",
    )
    transit = line.apply(zwickau).transit
    rows = np.flatnonzero(transit.line == "X1")
    assert len(rows) == 2
    there, back = (transit.stop[transit.stop_ptr[r] : transit.stop_ptr[r + 1]] for r in rows)
    assert there.tolist() == back[::-1].tolist()
    runs = np.isfinite(transit.headway_s[rows[0]])
    assert transit.band_start_s[runs].min() == 5.25 * 3600
    assert transit.band_end_s[runs].max() == 22.75 * 3600
    assert set(transit.headway_s[rows[0]][runs]) == {1200.0}
    assert zwickau.transit.n_patterns == transit.n_patterns - 2


def test_cutting_bands_keeps_the_service(zwickau):
    """Every pattern has the same headway at every minute of the day, however the bands are cut."""
    from itas_mobility.network.transit.departures import with_band_edges

    before = zwickau.transit
    after = with_band_edges(before, 5.1 * 3600, 23.9 * 3600, 27 * 3600)

    def headway_at(transit, second):
        band = np.flatnonzero((transit.band_start_s <= second) & (second < transit.band_end_s))
        return transit.headway_s[:, band[0]] if band.size else np.full(transit.n_patterns, np.inf)

    for second in range(3 * 3600, 28 * 3600, 1740):
        assert np.array_equal(headway_at(before, second), headway_at(after, second)), second


def test_an_extended_line_reaches_further_at_one_end(zwickau):
    longer = ExtendLine(
        type="extend_line",
        line="4",
        mode="tram",
        stops=("Crossen Eisenwerk, Zwickau", "Mosel Bahnhof, Zwickau"),
        speed_km_per_h=25,
    ).apply(zwickau)
    rows = np.flatnonzero(zwickau.transit.line == "4")
    for row in rows:
        old = zwickau.transit.stop[zwickau.transit.stop_ptr[row] : zwickau.transit.stop_ptr[row + 1]]
        new = longer.transit.stop[longer.transit.stop_ptr[row] : longer.transit.stop_ptr[row + 1]]
        assert len(new) == len(old) + 2
        assert old.tolist() in (new[:-2].tolist(), new[2:].tolist())
        names = zwickau.transit.stop_name[new]
        assert "Mosel Bahnhof, Zwickau" in (names[0], names[-1])


def test_moving_a_site_takes_its_gates_along(zwickau):
    moved = MoveSite(type="move_site", site="vw_mosel", lon=12.5, lat=50.8).apply(zwickau)
    old, new = zwickau.sites, moved.sites
    gates = slice(int(old.gate_ptr[0]), int(old.gate_ptr[1]))
    assert new.gate_lon_deg[gates.start] == pytest.approx(12.5)
    assert np.allclose(np.diff(new.gate_lon_deg[gates]), np.diff(old.gate_lon_deg[gates]))
    assert np.array_equal(new.gate_lon_deg[gates.stop :], old.gate_lon_deg[gates.stop :])
    assert moved.zones.lon_deg[old.zone[0]] == 12.5
