"""Sites that open, grow, shrink, close, move, merge shifts and pass on jobs: measures, and runs that follow."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from tiny_region import HOUR, made_region

from itas_mobility import demand, report, scenarios
from itas_mobility.core import JobChange, ShiftPattern, ZoneKind
from itas_mobility.core.weekdays import weekday_mask
from itas_mobility.errors import DemandError, ScenarioError
from itas_mobility.scenarios import StageStore, load
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.measures.sites import relieves
from itas_mobility.scenarios.stages.mode_equilibrium import prepare
from itas_mobility.scenarios.stages.workplaces import with_new_sites

SLICES = demand.day_slices()
REGION = made_region()
NEW = {
    "type": "open_site", "site": "neu", "name": "Neues Werk", "lon": 12.5705, "lat": 50.7205, "head_count": 150.0,
    "attendance_share": 0.9, "parking_spaces": 50.0,
    "shifts": [
        {"name": "frueh", "start": "06:00", "end": "14:00", "share": 0.6},
        {"name": "nacht", "start": "22:00", "end": "06:00", "share": 0.4, "days": "So-Do"},
    ],
}  # fmt: skip
CLOSED = {"type": "close_site", "site": "halle"}


def measure(**fields):
    return MEASURE_ADAPTER.validate_python(fields)


def scenario(*measures):
    return scenarios.Scenario("changed", measures=tuple(map(MEASURE_ADAPTER.validate_python, measures)))


def applied(*measures, region=REGION):
    return scenario(*measures).apply(region)


@pytest.fixture(scope="module")
def store():
    return StageStore()


@pytest.fixture(scope="module")
def base(store):
    return scenarios.run(REGION, store=store)


@pytest.fixture(scope="module")
def opened(store):
    return scenarios.run(REGION, scenario(NEW), store=store)


def with_shifts(*shifts):
    """The works of the made region with shifts given as (name, start, end, share)."""
    name, start, end, share = (list(column) for column in zip(*shifts, strict=True))
    pattern = ShiftPattern(name, np.array(start) * HOUR, np.array(end) * HOUR, share)
    return replace(REGION, sites=replace(REGION.sites, shifts=(pattern, REGION.sites.shifts[1])))


THREE = (("frueh", 6, 14, 0.3), ("spaet", 14, 22, 0.28), ("nacht", 22, 30, 0.22), ("normal", 7.5, 16, 0.2))


def shares(region):
    pattern = region.sites.shifts[0]
    return dict(zip(pattern.name.tolist(), pattern.head_share.round(12).tolist(), strict=True))


@pytest.mark.parametrize("fields", [{}, {"workers": "jobs_lost"}, {"workers": "jobs_move_within_region"}])
def test_a_change_of_heads_says_what_becomes_of_the_workers_or_that_it_is_assumed(fields):
    told = fields.get("workers", "jobs_lost")
    for kind, heads, more in (("change_head_count", 500.0, {"head_count": 500}), ("close_site", 0.0, {})):
        region = measure(type=kind, site="werk", **more, **fields).apply(REGION)
        assert region.sites.head_count.tolist() == [heads, 200.0]
        assert region.job_changes == (JobChange("werk", heads - 600.0, told, is_default=not fields),)
    said = measure(type="close_site", site="werk", **fields).describe("de")
    assert ("Annahme: " in said) == (not fields)
    assert "werk: geschlossen" in said


def test_changes_of_parent_and_child_follow_each_other():
    changes = applied({"type": "change_head_count", "site": "werk", "head_count": 500})
    region = measure(type="close_site", site="werk", workers="jobs_move_within_region").apply(changes)
    assert [one.heads for one in region.job_changes] == [-100.0, -500.0]
    assert demand.sites_before(region.sites, region.job_changes).head_count.tolist() == [600.0, 200.0]


@pytest.mark.parametrize(
    ("into", "wanted"),
    [
        ("two", {"frueh": 0.3 * 0.8 / 0.58, "spaet": 0.28 * 0.8 / 0.58, "normal": 0.2}),
        ("one", {"frueh": 0.8, "normal": 0.2}),
    ],
)
def test_shifts_that_relieve_each_other_merge_and_the_office_stays(into, wanted):
    found = shares(measure(type="merge_shifts", site="werk", into=into).apply(with_shifts(*THREE)))
    assert found == pytest.approx(wanted, rel=1e-9)


def test_three_to_two_to_one():
    two = measure(type="merge_shifts", site="werk", into="two").apply(with_shifts(*THREE))
    assert shares(measure(type="merge_shifts", site="werk", into="one").apply(two)) == pytest.approx(
        {"frueh": 0.8, "normal": 0.2}
    )


def test_shifts_that_are_named_stay():
    region = measure(type="merge_shifts", site="werk", keep=["nacht", "normal"]).apply(with_shifts(*THREE))
    assert shares(region) == pytest.approx({"nacht": 0.22 / 0.42, "normal": 0.2 / 0.42})
    pattern = region.sites.shifts[0]
    assert pattern.end_s.tolist() == [30 * HOUR, 16 * HOUR]
    assert pattern.days.tolist() == [weekday_mask("Mo-Fr")] * 2
    assert region.job_changes == ()


def test_of_equal_shifts_the_earlier_stays():
    region = with_shifts(("spaet", 14, 22, 0.5), ("frueh", 6, 14, 0.5))
    assert shares(measure(type="merge_shifts", site="werk", into="one").apply(region)) == {"frueh": 1.0}


def test_shifts_relieve_each_other_give_or_take_half_an_hour():
    overlapping = with_shifts(("a", 6, 14.5, 0.4), ("b", 14, 22.5, 0.3), ("c", 22.75, 30, 0.2), ("d", 8, 16, 0.1))
    assert relieves(overlapping.sites.shifts[0]).tolist() == [True, True, True, False]
    assert relieves(with_shifts(("a", 0, 24 - 1e-3, 1.0)).sites.shifts[0]).tolist() == [False]


def test_heads_may_be_told_with_the_shifts():
    region = measure(
        type="merge_shifts", site="werk", keep=["frueh"], head_count=450, workers="jobs_move_within_region"
    ).apply(with_shifts(*THREE))
    assert region.job_changes == (JobChange("werk", -150.0, "jobs_move_within_region"),)


@pytest.mark.parametrize("heads", [100.0, None])
def test_jobs_move_with_those_who_hold_them(heads):
    region = applied({"type": "move_jobs", "site": "werk", "to_site": "halle", "heads": heads})
    moved = heads or 600.0
    assert region.sites.head_count.tolist() == [600.0 - moved, 200.0 + moved]
    assert region.job_changes == (JobChange("halle", moved, "come_along", from_site_id="werk"),)


def test_some_jobs_move_and_the_rest_is_lost_when_the_site_closes():
    along = {"type": "move_jobs", "site": "werk", "to_site": "halle", "heads": 100}
    closed = {"type": "close_site", "site": "werk"}
    region = applied(along, closed)
    assert [(one.site_id, one.heads) for one in region.job_changes] == [("halle", 100.0), ("werk", -500.0)]
    with pytest.raises(ScenarioError, match="site werk has 0 heads"):
        applied(closed, along)
    back = {"type": "move_jobs", "site": "halle", "to_site": "werk"}
    with pytest.raises(ScenarioError, match="both set jobs"):
        applied(back, closed)


REFUSED = [
    ({"type": "change_head_count", "site": "werk", "head_count": -1}, "greater than or equal to 0"),
    ({"type": "change_head_count", "site": "werk", "head_count": 10, "workers": "gone"}, "jobs_move_within_region"),
    ({"type": "merge_shifts", "site": "werk"}, "needs either 'into' or 'keep'"),
    ({"type": "merge_shifts", "site": "werk", "into": "two", "keep": ["frueh"]}, "needs either 'into' or 'keep'"),
    ({"type": "merge_shifts", "site": "werk", "keep": ["a", "a"]}, "names a shift twice"),
    ({"type": "merge_shifts", "site": "werk", "into": "one", "workers": "jobs_lost"}, "give both"),
    ({"type": "move_jobs", "site": "werk", "to_site": "werk"}, "are the same"),
    ({**NEW, "head_count": 0}, "greater than 0"),
    ({**NEW, "shifts": []}, "at least 1"),
    ({**NEW, "shifts": [{**NEW["shifts"][0], "share": 0.0}]}, "greater than 0"),
    ({**NEW, "shifts": [NEW["shifts"][0]] * 2}, "same name; shares of the shifts sum to 1.2, must be 1"),
    ({**NEW, "shifts": [{**NEW["shifts"][0], "share": 1.0, "end": "06:00"}]}, "no shift of less than a day"),
    ({**NEW, "shifts": [{**NEW["shifts"][0], "share": 1.0, "start": "25:00", "end": "30:00"}]}, "behind midnight"),
    ({**NEW, "shifts": [{**NEW["shifts"][0], "share": 1.0, "days": "Mo-Xy"}]}, "'Xy' is not one of"),
    ({**NEW, "charging_points": 4}, "need 'charging_point_kw' and 'grid_connection_kw'"),
    ({**NEW, "gates": [{"name": "Tor 2", "lon": 200.0, "lat": 50.7}]}, "less than or equal to 180"),
]


@pytest.mark.parametrize(("fields", "said"), REFUSED)
def test_measures_that_make_no_sense_are_refused_before_any_region(fields, said):
    with pytest.raises(ValidationError, match=said):
        MEASURE_ADAPTER.validate_python(fields)


NOT_HERE = [
    ({"type": "close_site", "site": "wekr"}, "site 'wekr' is not known; near or first known: werk"),
    ({"type": "change_head_count", "site": "wekr", "head_count": 5}, "site 'wekr' is not known"),
    ({"type": "merge_shifts", "site": "wekr", "into": "one"}, "site 'wekr' is not known"),
    ({"type": "merge_shifts", "site": "werk", "keep": ["nacht"]}, "has no shift nacht; it has frueh"),
    ({"type": "merge_shifts", "site": "werk", "into": "two"}, "no more shifts than that"),
    ({"type": "move_jobs", "site": "werk", "to_site": "hale"}, "site 'hale' is not known"),
    ({"type": "move_jobs", "site": "werk", "to_site": "halle", "heads": 601}, "has 600 heads"),
]


@pytest.mark.parametrize(("fields", "said"), NOT_HERE)
def test_what_the_region_does_not_hold_is_named(fields, said):
    with pytest.raises(ScenarioError, match=rf"measure {fields['type']}: .*{said}"):
        applied(fields)


def test_all_that_the_region_has_against_a_new_site_is_told_together():
    fields = {**NEW, "site": "werk", "lat": 52.5, "gates": [{"name": "Tor 2", "lon": 50.7, "lat": 12.5}]}
    with pytest.raises(ScenarioError) as fault:
        applied(fields)
    for said in ("there is a site 'werk' already", "site werk (longitude", "gate Tor 2 of site werk", "look swapped"):
        assert said in str(fault.value)


def test_faults_of_a_scenario_file_are_told_together(tmp_path):
    file = tmp_path / "werke.toml"
    file.write_text(
        'name = "werke"\n[[measure]]\ntype = "close_site"\nsite = "werk"\nworker = "jobs_lost"\n'
        '[[measure]]\ntype = "open_site"\nsite = "neu"\nname = "Neu"\nlon = 12.5\nlat = 50.7\nhead_count = -5\n'
        'attendance_share = 0.9\nparking_spaces = 1\nshifts = [{name = "a", start = "6", end = "14:00", share = 1.0}]\n'
    )
    with pytest.raises(ScenarioError) as fault:
        load(file)
    for said in ("did you mean 'workers'?", "key 'head_count'", "key 'shifts.0.start'"):
        assert said in str(fault.value)


def test_a_new_site_is_a_zone_of_the_place_it_lies_in():
    region = applied(NEW)
    zones, sites = region.zones, region.sites
    assert zones.zone_id.tolist() == [*REGION.zones.zone_id.tolist(), "site-neu"]
    assert zones.kind[-1] == ZoneKind.SITE
    assert zones.municipality[-1] == "14524000"
    assert zones.district[-1] == "14524"
    assert sites.site_id.tolist() == ["werk", "halle", "neu"]
    assert sites.zone[-1] == 4
    assert sites.gate_lon_deg[sites.gate_ptr[2] :].tolist() == [12.5705]
    assert sites.shifts[-1].end_s.tolist() == [14 * HOUR, 30 * HOUR]
    assert sites.shifts[-1].days.tolist() == [weekday_mask("Mo-Fr"), weekday_mask("So-Do")]
    assert region.job_changes == (JobChange("neu", 150.0, "jobs_lost", is_default=True),)
    for name in ("head_count", "parking_spaces", "electric_share"):
        assert np.array_equal(getattr(sites, name)[:2], getattr(REGION.sites, name))


def test_tickets_and_offers_of_others_stay_with_them():
    region = applied(
        {"type": "job_ticket", "site": "halle", "employer_share": 0.5},
        {"type": "home_charging_offer", "share": 0.6, "zones": ["markt"]},
        NEW,
    )
    assert np.isnan(region.site_fare_eur).tolist() == [True, False, True]
    assert region.home_charging_share[0] == 0.6
    assert np.isnan(region.home_charging_share[1:]).all()


def test_a_site_at_which_nobody_works_yet_changes_nothing(base, store):
    start = with_new_sites(REGION, applied(NEW))
    assert start.sites.head_count.tolist() == [600.0, 200.0, 0.0]
    assert with_new_sites(REGION, REGION) is REGION
    run = scenarios.run(start, store=store)
    for name in ("commuters", "car_share", "transit_share", "veh_km_per_day", "reachable_share"):
        assert run.indicators[name] == pytest.approx(base.indicators[name], rel=1e-6), name


def test_an_opened_site_has_its_workers_and_the_account_closes(base, opened):
    table = opened.tables["sites"].set_index("site_id")["workers"]
    assert table["neu"] == pytest.approx(150.0 * 0.9 * (0.6 + 0.4 * 0.8), rel=1e-9)
    before = base.tables["sites"].set_index("site_id")["workers"]
    np.testing.assert_allclose(table[before.index], before, rtol=1e-9)
    account = opened.tables["accounts"].set_index(["account", "entry"])["value"]["registered employees"]
    assert account.to_dict() == pytest.approx({"total": 1650.0, "before": 1500.0, "neu: jobs_lost": 150.0})
    assert opened.region.job_changes[0].is_default
    told = [note for note in opened.notes if "Neues Werk: +" in note.de]
    assert len(told) == 1
    assert "+150 Arbeitsplätze (Annahme, da nicht anders angegeben: die Beschäftigung ist neu)" in told[0].de
    assert "1.500 → 1.650" in told[0].de
    assert "1,500 → 1,650" in told[0].en


def test_a_run_with_a_new_site_is_compared_and_shown(base, opened, tmp_path):
    comparison = scenarios.compare(base, [opened], region=REGION)
    assert comparison.explain(opened)
    comparison.explain_shifts(opened)
    comparison.explain_charging(opened)
    file = report.write(comparison, tmp_path / "report.html", language="de")
    assert "Neues Werk" in (tmp_path / "report.html").read_text(encoding="utf-8"), file
    frame = report.export.site_charging_frame(comparison, 1).set_index("site_id")
    assert frame.loc["neu", "site_name"] == "Neues Werk"
    assert frame.loc["neu"].geometry.x == pytest.approx(12.5705)
    scenarios.write_run(opened, tmp_path / "run")
    assert scenarios.read_run(tmp_path / "run").scenario.to_mapping() == opened.scenario.to_mapping()


def test_a_closed_site_has_nobody_and_the_default_is_told(base, store):
    run = scenarios.run(REGION, scenario(CLOSED), store=store)
    assert run.indicators["commuters"] == pytest.approx(base.indicators["commuters"] - 200.0 * 0.9, rel=1e-9)
    assert run.tables["sites"].set_index("site_id").loc["halle", "workers"] == 0.0
    assert "−200 Arbeitsplätze (Annahme" in "".join(note.de for note in run.notes)
    told = scenarios.run(REGION, scenario({**CLOSED, "workers": "jobs_move_within_region"}), store=store)
    presence = REGION.parameters.value("presence_share")
    assert told.indicators["commuters"] == pytest.approx(
        base.indicators["commuters"] + 200.0 * (presence - 0.9), rel=1e-6
    )
    assert "Annahme, da" not in "".join(note.de for note in told.notes)


def test_too_few_people_are_told_before_any_equilibrium(store):
    fields = {"type": "change_head_count", "site": "werk", "head_count": 5000, "workers": "jobs_move_within_region"}
    with pytest.raises(DemandError, match=r"site werk, \+4,400 heads, .*only 700 people have other jobs"):
        scenarios.run(REGION, scenario(fields), store=store)
    fields |= {"head_count": 100, "workers": "workers_commute_elsewhere"}
    with pytest.raises(DemandError, match="nobody commutes out of the region"):
        scenarios.run(REGION, scenario(fields), store=store)


def test_whoever_works_at_a_site_goes_along_when_it_moves(store):
    moved = applied({"type": "move_site", "site": "werk", "lon": 12.5705, "lat": 50.7205})
    before, after = (prepare(REGION, region, SLICES, store) for region in (REGION, moved))
    assert after.commuters is before.commuters
    assert not np.array_equal(after.nets.reference["time_s"], before.nets.reference["time_s"])


def test_heads_that_change_without_a_word_on_the_workers_are_refused(store):
    changed = replace(REGION, sites=replace(REGION.sites, head_count=[500.0, 200.0]))
    with pytest.raises(DemandError, match="head counts of werk are not those of the region before"):
        prepare(REGION, changed, SLICES, store)


def test_a_changed_region_may_be_the_base_of_further_changes(store):
    """Its changes are told again, none twice."""
    first = applied({"type": "change_head_count", "site": "werk", "head_count": 500}, NEW)
    second = applied(CLOSED, {"type": "move_jobs", "site": "werk", "to_site": "neu", "heads": 50}, region=first)
    found = prepare(first, second, SLICES, store)
    at_once = prepare(REGION, second, SLICES, store)
    np.testing.assert_allclose(found.commuters.trips, at_once.commuters.trips, rtol=1e-12)
    np.testing.assert_allclose(found.commuters.trips[:, [2, 3, 4]].sum(axis=0), [450.0, 0.0, 200.0], atol=1e-7)


def test_means_of_a_shift_that_nobody_works_have_no_value():
    region = with_shifts(("frueh", 6, 14, 1.0), ("spaet", 14, 22, 0.0))
    run = scenarios.run(region)
    shifts = run.tables["shifts"].set_index(["site_id", "shift"])
    assert shifts.loc[("werk", "spaet"), "workers"] == 0.0
    assert np.isnan(shifts.loc[("werk", "spaet"), "both_share"])
    assert np.isfinite(run.indicators["reachable_share"])
