"""Every type of measure on every kind of region, and every pair of them: nothing runs through without a word.

A measure changes what a run judges, or is refused. Of two measures either order gives the same region, or at least one
order is refused; and no measure makes the effect of an earlier one vanish.
"""

import re
import warnings
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import network
from itas_mobility.core import ServiceDays, ShiftPattern
from itas_mobility.core.columns import content_digest
from itas_mobility.core.weekdays import WEEKDAYS, weekday_mask
from itas_mobility.demand.job_changes import in_order
from itas_mobility.errors import DataWarning, ScenarioError
from itas_mobility.scenarios import Scenario, StageStore
from itas_mobility.scenarios.measures import MEASURE_ADAPTER, MEASURES
from itas_mobility.scenarios.stages.line_supply import service_timetable

ON_1 = {"line": "1"}
FIVE_TO_SIX = {"start": "05:00", "end": "06:00"}
EXAMPLES = [
    {"type": "add_line", "line": "9", "stops": ["Dorf", "Werk"], "headway_min": 20, "speed_km_per_h": 9, **FIVE_TO_SIX},
    {"type": "add_stop", **ON_1, "stop": "Tor Nord", "between": ["Schule", "Werk"]},
    {"type": "bike_and_ride", "stops": ["Markt"]},
    {"type": "bus_priority", **ON_1, "by_percent": 20},
    {"type": "bus_priority", **ON_1, "by_percent": 50, "between": ["Markt", "Schule"]},
    {"type": "carpooling", "site": "werk", "share": 0.3},
    {"type": "change_attendance", "site": "werk", "attendance_share": 0.5},
    {"type": "change_fare", "price_eur": 2.0},
    {"type": "change_fare", "by_percent": 10},
    {"type": "change_head_count", "site": "werk", "head_count": 500},
    {"type": "change_headway", **ON_1, "headway_min": 10, **FIVE_TO_SIX},
    {"type": "change_headway", **ON_1, "mode": "bus", "headway_min": 25, "start": "13:00", "end": "15:00"},
    {"type": "change_headway", "line": "9", "headway_min": 5, **FIVE_TO_SIX},
    {"type": "change_headway", "line": "S", "headway_min": 20, **FIVE_TO_SIX},
    {"type": "change_span", **ON_1, "start": "04:00", "end": "18:00"},
    {"type": "change_speed", "road": "Hauptstraße", "speed_km_per_h": 30},
    {"type": "change_speed", "ways": [7], "speed_km_per_h": 20},
    {"type": "charging_points", "site": "werk", "points": 20},
    {"type": "charging_points", "site": "werk", "points": 40, "power_kw": 22},
    {"type": "charging_points", "site": "werk", "release": "fee", "fee_after_h": 1.5},
    {"type": "connection_upgrade", "site": "werk", "by_kw": 100},
    {"type": "connection_upgrade", "site": "werk", "to_kw": 900, "transformer_kva": 1000},
    {"type": "dimming", "site": "werk", "limit_kw": 40, "start": "17:00", "end": "19:00", "days": "Mo-Fr"},
    {"type": "home_charging_offer", "share": 0.9},
    {"type": "home_charging_offer", "share": 0.6, "zones": ["markt"]},
    {"type": "managed_charging", "strategy": "uncontrolled", "site": "halle"},
    {"type": "photovoltaic", "site": "werk", "kwp": 200, "profile": [0.0] * 8 + [0.5] * 8 + [0.0] * 8, "source": "x"},
    {"type": "plug_in_policy", "share": 0.6},
    {"type": "plug_in_policy", "share": 0.7, "site": "werk"},
    {"type": "price_series", "eur_per_kwh": [0.2] * 12 + [0.3] * 12},
    {"type": "price_series", "eur_per_kwh": [0.25], "site": "werk", "demand_charge_eur_per_kw": 2.0},
    {"type": "stationary_battery", "site": "werk", "energy_kwh": 200, "power_kw": 100},
    {"type": "close_site", "site": "halle"},
    {"type": "close_site", "site": "werk", "workers": "jobs_move_within_region"},
    {"type": "merge_shifts", "site": "werk", "keep": ["frueh"]},
    {"type": "merge_shifts", "site": "werk", "keep": ["nacht"], "head_count": 400},
    {"type": "move_jobs", "site": "werk", "to_site": "halle", "heads": 50},
    {"type": "move_jobs", "site": "halle", "to_site": "werk"},
    {
        "type": "open_site", "site": "neu", "name": "Neues Werk", "lon": 12.5055, "lat": 50.7005, "head_count": 150,
        "attendance_share": 0.9, "parking_spaces": 50,
        "shifts": [{"name": "frueh", "start": "06:00", "end": "14:00", "share": 1.0}],
    },
    {"type": "move_jobs", "site": "werk", "to_site": "neu", "heads": 50},
    {"type": "clock_face", **ON_1, "headway_min": 25, "minute": 5, "start": "14:00", "end": "17:00"},
    {"type": "close_road", "road": "hauptstraße"},
    {"type": "close_road", "ways": [8]},
    {"type": "company_cars", "site": "werk", "company_share": 0.2, "electric_share": 0.9},
    {"type": "company_shuttle", "line": "W", "site": "werk", "stops": ["Dorf"], "speed_km_per_h": 30},
    {"type": "electric_share", "share": 0.3},
    {"type": "electric_share", "share": 0.8, "site": "werk"},
    {"type": "extend_line", **ON_1, "stops": ["Dorf"], "speed_km_per_h": 30},
    {"type": "extend_line", **ON_1, "mode": "bus", "stops": ["Tor Nord"], "speed_km_per_h": 30},
    {"type": "flat_ticket", "price_eur_per_month": 29},
    {"type": "job_bicycle", "site": "werk", "share": 0.1},
    {"type": "job_ticket", "site": "werk", "employer_share": 0.5},
    {"type": "move_site", "site": "werk", "lon": 12.5055, "lat": 50.7005},
    {
        "type": "on_demand_shuttle", "line": "R", "site": "werk", "stop": "Dorf", "area_km2": 4, "requests_per_h": 12,
        "start": "05:00", "end": "17:00",
    },
    {"type": "parking_price", "eur_per_day": 2.5},
    {"type": "parking_price", "eur_per_day": 1.0, "site": "werk"},
    {"type": "parking_spaces", "site": "werk", "spaces": 150},
    {"type": "park_and_ride", "stops": ["Dorf", "Markt"]},
    {"type": "bike_and_ride", "stops": ["markt", "Dorf"]},
    {"type": "remove_line", "line": "S"},
    {"type": "remove_line", **ON_1},
    {"type": "remove_stop", **ON_1, "stop": "Schule"},
    {"type": "remove_stop", **ON_1, "stop": "werk"},
    {
        "type": "reroute_line", **ON_1, "from_stop": "Schule", "to_stop": "Werk", "via": ["Tor Nord"],
        "speed_km_per_h": 30,
    },
    {
        "type": "retime_to_shift", **ON_1, "site": "werk", "shift": "frueh", "direction": "back", "max_shift_min": 20
    },
    {
        "type": "retime_to_shift", **ON_1, "site": "halle", "shift": "tag", "direction": "out", "max_shift_min": 20
    },
    {"type": "service_day", "day": "Ferientag", "without_lines": ["S"]},
    {"type": "service_day", "day": "Werksferien", "closed_sites": ["werk"]},
    {"type": "service_day", "day": "Sa"},
    {"type": "set_temperature", "temperature_deg": -7},
    {"type": "set_year", "year": 2030},
    {"type": "stagger_shift", "site": "werk", "by_min": 15},
    {"type": "stagger_shift", "site": "werk", "shift": "nacht", "by_min": 150},
]  # fmt: skip


def named(fields):
    """An example as people tell it apart."""
    return f"{fields['type']}[{', '.join(f'{v}' for k, v in fields.items() if k != 'type')}]"


def bare():
    """The made region with a night shift at the works, and names and ways on two streets."""
    region = made_region()
    roads = region.roads
    on_main = (roads.node_lat_deg[roads.tail] == roads.node_lat_deg[0]) & (
        roads.node_lat_deg[roads.head] == roads.node_lat_deg[0]
    )
    n_ways = roads.n_links
    roads = replace(
        roads, names=np.array(["", "Hauptstraße"]), name_code=on_main.astype(np.int32),
        way_ptr=np.arange(n_ways + 1), way_id=np.where(on_main, 7, np.where(np.arange(n_ways) % 2 == 0, 8, 9)),
    )  # fmt: skip
    shifts = ShiftPattern(
        ["frueh", "nacht"], [6 * HOUR, 22 * HOUR], [14 * HOUR, 30 * HOUR], [0.7, 0.3], [weekday_mask("Mo-Fr")] * 2
    )
    # whatever strategies are registered: a run refuses the name, a region and its measures do not
    strategies = np.array(["uncontrolled", "of old"])
    sites = replace(region.sites, shifts=(shifts, region.sites.shifts[1]), charging_strategy=strategies)
    return replace(region, roads=roads, sites=sites)


def with_day(region):
    return replace(region, timetable=ServiceDays(["Mo-Fr"], (network.transit.timetable_from_headways(region.transit),)))


def with_week(region):
    working = network.transit.timetable_from_headways(region.transit)
    end = network.transit.remove_line(working, "S")
    return replace(region, timetable=ServiceDays(np.array(WEEKDAYS), (*[working] * 5, end, end)))


REGIONS = {"headways": bare(), "day": with_day(bare()), "week": with_week(bare())}


def applied(region, *examples):
    measures = tuple(MEASURE_ADAPTER.validate_python(fields) for fields in examples)
    return Scenario("x", measures=measures).apply(region)


def judged(region):
    """What a run looks at: of the lines the trips of the days it judges, where there are any."""
    other = [
        region.zones, region.sites, region.roads, region.parameters, region.site_fare_eur, region.contracts,
        region.home_charging_share,
    ]  # fmt: skip
    lines = region.transit if region.timetable is None else service_timetable(region, StageStore())
    return content_digest((*other, lines, region.bike_stop_id, region.car_stop_id))


def calls(form, row, *columns):
    """Stops of a pattern or route, and what holds at them."""
    part = slice(int(form.stop_ptr[row]), int(form.stop_ptr[row + 1]))
    values = [np.round(getattr(form, name)[part].astype(float), 3).tolist() for name in columns]
    return str((form.line[row], form.mode[row], form.stop_id[form.stop[part]].tolist(), values))


def patterns_of(lines):
    bands = list(zip(lines.band_start_s.tolist(), lines.band_end_s.tolist(), strict=True))
    return sorted(
        calls(lines, k, "run_time_s", "distance_m", "may_board", "may_alight")
        + str([
            (band, round(h, 3), round(float(lines.offset_s[k] % h), 3))
            for band, h in zip(bands, lines.headway_s[k].tolist(), strict=True) if np.isfinite(h)
        ])
        for k in range(lines.n_patterns)
    )  # fmt: skip


def trips_of(day):
    return sorted(
        calls(day, r, "may_board", "may_alight")
        + str(np.round(day.departure_s[day.call_ptr[t] : day.call_ptr[t + 1]]).tolist())
        for r in range(day.n_routes)
        for t in range(int(day.trip_ptr[r]), int(day.trip_ptr[r + 1]))
    )


def content(region):
    """All that a region holds, whatever the order of its rows."""
    lines, days = region.transit, region.timetable
    each = {} if days is None else {id(day): trips_of(day) for day in days.timetables}
    labelled = () if days is None else zip(days.label.tolist(), days.timetables, strict=True)
    by_day = [(label, each[id(day)]) for label, day in labelled]
    stops = sorted(zip(lines.stop_id.tolist(), lines.stop_lon_deg.tolist(), lines.stop_lat_deg.tolist(), strict=True))
    rest = (
        region.zones, region.sites, region.roads, region.parameters, region.site_fare_eur, region.home_charging_share,
        in_order(region.job_changes), sorted(map(str, region.contracts)), sorted(region.bike_stop_id),
        sorted(region.car_stop_id),
    )  # fmt: skip
    return content_digest((patterns_of(lines), by_day, stops, rest))


def outcome(region, *examples):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # of lines that a closed road cuts: told, and no matter here
            return content(applied(region, *examples))
    except ScenarioError as fault:
        return fault


def test_there_is_an_example_of_every_type():
    assert {fields["type"] for fields in EXAMPLES} == set(MEASURES)


@pytest.mark.parametrize("kind", REGIONS)
@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_a_measure_changes_what_is_judged_or_is_refused(kind, example):
    region = REGIONS[kind]
    try:
        changed = applied(region, example)
    except ScenarioError:
        return  # `test_most_measures_can_be_applied` says how many may be
    assert judged(changed) != judged(region)


@pytest.mark.parametrize("kind", REGIONS)
def test_most_measures_can_be_applied(kind):
    refused = [named(one) for one in EXAMPLES if isinstance(outcome(REGIONS[kind], one), ScenarioError)]
    assert len(refused) <= 3, refused


@pytest.mark.parametrize("kind", ["headways", "week"])
def test_no_order_of_two_measures_decides_without_a_word(kind):
    region = REGIONS[kind]
    alone = {k: outcome(region, one) for k, one in enumerate(EXAMPLES)}
    decided, lost = [], []
    for i, j in combinations(range(len(EXAMPLES)), 2):
        one, other = EXAMPLES[i], EXAMPLES[j]
        there, back = outcome(region, one, other), outcome(region, other, one)
        both = [found for found in (there, back) if not isinstance(found, ScenarioError)]
        if len(both) == 2 and there != back:
            decided.append(f"{named(one)} and {named(other)}")
        lost += [f"{named(one)} and {named(other)}" for found in both if found in (alone[i], alone[j])]
    assert not decided, "\n".join(decided)
    assert not lost


def with_short_turns(region):
    """Line 1 with short turns in the morning, thinner without them in the afternoon, and none at noon."""
    transit = region.transit
    return replace(
        region,
        transit=replace(
            transit,
            pattern_id=["L", "K", "LB", "KB", "S:hin"],
            line=["1", "1", "1", "1", "S"],
            pattern_name=["hin", "hin kurz", "her", "her kurz", "Schulbus"],
            mode=transit.mode[[0, 0, 0, 0, 2]],
            stop_ptr=[0, 3, 5, 8, 10, 12],
            stop=[0, 1, 2, 0, 1, 2, 1, 0, 1, 0, 3, 1],
            run_time_s=[360, 360, 0, 360, 0, 360, 360, 0, 360, 0, 480, 0],
            distance_m=[2000, 2000, 0, 2000, 0, 2000, 2000, 0, 2000, 0, 4000, 0],
            may_board=np.ones(12, bool),
            may_alight=np.ones(12, bool),
            headway_s=[[1800, 900], [1800, np.inf], [1800, 900], [1800, np.inf], [3600, np.inf]],
            offset_s=[0, 900, 0, 900, 0],
        ),
    )


HOURS = (
    ("05:00", "09:00", 10),
    ("09:00", "11:00", 20),
    ("11:00", "13:00", 15),
    ("13:00", "15:00", 40),
    ("20:00", "22:00", 25),
)


@pytest.mark.parametrize("kind", ["headways", "week"])
def test_headways_of_different_hours_come_in_any_order(kind):
    """Also where the line has variants, and in hours in which it did not run."""
    region = with_short_turns(bare()) if kind == "headways" else with_week(with_short_turns(bare()))
    measures = [
        {"type": "change_headway", "line": "1", "headway_min": headway, "start": start, "end": end}
        for start, end, headway in HOURS
    ]
    for one, other in combinations(measures, 2):
        assert outcome(region, one, other) == outcome(region, other, one), (one, other)


def named_pair(one, other):
    return outcome(REGIONS["week"], one, other), outcome(REGIONS["week"], other, one)


BY_TYPE = {fields["type"]: fields for fields in EXAMPLES[::-1]}
FIRST_THEN = [
    ("extend_line", "change_span"),
    ("add_stop", "bus_priority"),
    ("bus_priority", "change_headway"),
    ("change_headway", "service_day"),
    ("change_headway", "close_road"),
    ("clock_face", "close_road"),
    ("change_span", "close_road"),
    ("move_site", "company_shuttle"),
    ("merge_shifts", "company_shuttle"),
    ("change_head_count", "move_jobs"),
    ("open_site", "electric_share"),
    ("open_site", "home_charging_offer"),
    ("open_site", "plug_in_policy"),
    ("open_site", "price_series"),
    ("stagger_shift", "company_shuttle"),
    ("company_shuttle", "service_day"),
]


@pytest.mark.parametrize(("first", "then"), FIRST_THEN)
def test_what_is_reckoned_from_another_measure_stands_behind_it(first, then):
    right, wrong = named_pair(BY_TYPE[first], BY_TYPE[then])
    assert isinstance(right, str)
    assert isinstance(wrong, ScenarioError)
    says = rf"measure 2 \({first}\) sets .*, from which measure 1 \({then}\) is reckoned: put 2 \({first}\) first"
    assert re.search(says, str(wrong))


@pytest.mark.parametrize("then", ["change_headway", "extend_line"])
def test_what_a_measure_adds_others_may_change_after_it(then):
    new = BY_TYPE["add_line"]
    change = {**BY_TYPE[then], "line": "9", "mode": "bus"}
    if then == "extend_line":
        change["stops"] = ["Tor Nord"]
    right, wrong = named_pair(new, change)
    assert isinstance(right, str)
    assert "line '9' is not known" in str(wrong)


GONE = [
    ({"type": "change_headway", "line": "1", "headway_min": 10}, {"type": "remove_line", "line": "1", "mode": "bus"}),
    (
        {"type": "change_head_count", "site": "werk", "head_count": 500},
        BY_TYPE["service_day"] | {"closed_sites": ["werk"]},
    ),
    (BY_TYPE["retime_to_shift"], {"type": "remove_line", "line": "1"}),
    (BY_TYPE["stagger_shift"], {"type": "close_site", "site": "werk"}),
    (BY_TYPE["merge_shifts"], {"type": "close_site", "site": "werk"}),
    (BY_TYPE["change_head_count"], {"type": "close_site", "site": "werk"}),
]


@pytest.mark.parametrize(("made", "gone"), GONE)
def test_a_measure_that_undoes_another_is_refused_in_either_order(made, gone):
    for fault in named_pair(made, gone):
        assert isinstance(fault, ScenarioError)
        assert re.search(r"takes away .*, so that nothing is left of measure", str(fault)) or "not known" in str(fault)
    assert "takes away" in str(outcome(REGIONS["week"], made, gone))


def test_all_conflicts_of_a_region_are_told_together():
    fault = outcome(
        REGIONS["week"],
        {"type": "extend_line", "line": "1", "stops": ["Dorf"], "speed_km_per_h": 30},
        {"type": "remove_stop", "line": "1", "stop": "Werk"},
        {"type": "change_speed", "road": "Hauptstraße", "speed_km_per_h": 30},
        {"type": "close_road", "ways": [7]},
    )
    assert "measures 3 (change_speed) and 4 (close_road) both set road 'Hauptstraße' (road ways 7)" in str(fault)
    assert "measures 1 (extend_line) and 2 (remove_stop) both set course of line 1 (stop Werk of line 1)" in str(fault)


def test_roads_are_closed_in_one_measure_behind_what_sets_the_lines():
    closed = {"type": "close_road", "ways": [7]}
    fault = outcome(bare(), closed, {"type": "close_road", "ways": [8]})
    assert "close all of them in one measure" in str(fault)
    with pytest.warns(DataWarning, match="'Hauptstraße' and ways 8: bus line 1 is cut"):
        both = applied(bare(), {"type": "close_road", "road": ["Hauptstraße"], "ways": [8]})
    assert both.roads.n_links < bare().roads.n_links
    fault = outcome(bare(), closed, {"type": "bus_priority", "line": "1", "by_percent": 20})
    assert "put 2 (bus_priority) first" in str(fault)


def test_a_child_overrides_what_its_parent_sets_in_the_order_of_the_files():
    one, other = (MEASURE_ADAPTER.validate_python({"type": "electric_share", "share": share}) for share in (0.2, 0.4))
    child = Scenario("child", measures=(one, other), n_inherited=1)
    assert child.apply(bare()).sites.electric_share.tolist() == [0.4, 0.4]
