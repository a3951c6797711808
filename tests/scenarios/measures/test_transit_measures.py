"""Measures on public transport: each does what it says to headways and to timetables, and refuses what it cannot do."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from tiny_region import made_region, metres_between

from itas_mobility import demand, network, scenarios
from itas_mobility.core import AccessLegs, ServiceDays, Timetable, TransitMode
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import DataWarning, InputError, ScenarioError
from itas_mobility.scenarios import Scenario, StageStore
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.stages.line_supply import service_timetable


def measure(kind, **fields):
    return MEASURE_ADAPTER.validate_python({"type": kind, **fields})


@pytest.fixture
def bare():
    """The region with headways alone."""
    return made_region()


@pytest.fixture(params=["headways", "timetable"])
def region(request, bare):
    """The same region with headways alone, and with its timetable written out."""
    if request.param == "headways":
        return bare
    return replace(bare, timetable=ServiceDays(["Mo-Fr"], (network.transit.timetable_from_headways(bare.transit),)))


def trips_of(region) -> Timetable:
    day = service_timetable(region, StageStore())
    assert isinstance(day, Timetable)
    return day


def legs_of(region) -> AccessLegs:
    speed = region.parameters.value("walk_speed_km_per_h")
    return network.transit.access_legs(
        region.walk, region.zones, region.sites, region.transit, walk_speed_km_per_h=speed
    )


def reach(region):
    workers = np.ones((len(region.sites), len(region.zones)))
    return demand.transit.shift_reachability(
        trips_of(region), legs_of(region), region.zones, region.sites, workers=workers, max_journey_s=2700.0
    )


def waits_min(region, site, home):
    """Minutes between leaving home and `due`, and between `free` and being home, for a site's only shift."""
    found = reach(region)
    row, column = found.site_id.tolist().index(site), found.zone_id.tolist().index(home)
    return found.out_time_s[row, column] / 60, found.back_time_s[row, column] / 60


def departures_min(region, line, first="Markt"):
    """Departures of a line from a first stop, minutes after midnight."""
    day = trips_of(region)
    found = []
    for route in np.flatnonzero(day.line == line):
        if day.stop_name[day.stop[day.stop_ptr[route]]] == first:
            trips = np.arange(day.trip_ptr[route], day.trip_ptr[route + 1])
            found += (day.departure_s[day.call_ptr[trips]] / 60).tolist()
    return sorted(found)


def stops_of(region, line):
    day = trips_of(region)
    rows = np.flatnonzero(day.line == line)
    return [day.stop_name[day.stop[day.stop_ptr[r] : day.stop_ptr[r + 1]]].tolist() for r in rows]


def test_the_given_region_has_the_service_the_tests_speak_of(region):
    assert departures_min(region, "1")[:3] == [300, 330, 360]
    assert stops_of(region, "1") == [["Markt", "Schule", "Werk"], ["Werk", "Schule", "Markt"]]
    out, back = waits_min(region, "werk", "markt")
    # due 5:50: the bus of 5:30 arrives 5:42; free 14:10: the bus of 14:30 is there at 14:42
    assert out == pytest.approx(20, abs=0.2)
    assert back == pytest.approx(32, abs=0.2)
    assert np.isinf(waits_min(region, "werk", "dorf")).all()


def test_headway_and_span(region):
    denser = measure("change_headway", line="1", headway_min=10, start="05:00", end="06:00").apply(region)
    assert departures_min(denser, "1")[:7] == [300, 310, 320, 330, 340, 350, 360]
    assert denser.transit.headway_s.min() == 600
    shorter = measure("change_span", line="1", start="05:30", end="16:00").apply(region)
    assert departures_min(shorter, "1")[0] == 330
    assert departures_min(shorter, "1")[-1] == 930
    longer = measure("change_span", line="1", start="04:00", end="18:00").apply(region)
    assert departures_min(longer, "1")[0] == 240
    assert departures_min(longer, "1")[-1] == 1050


def test_lines_are_added_rerouted_extended_and_removed(region):
    added = measure(
        "add_line", line="9", stops=["Dorf", "Werk"], headway_min=20, start="05:00", end="06:00", speed_km_per_h=30
    ).apply(region)
    assert stops_of(added, "9") == [["Dorf", "Werk"], ["Werk", "Dorf"]]
    assert np.isfinite(waits_min(added, "werk", "dorf")[0])
    rerouted = measure(
        "reroute_line", line="1", from_stop="Schule", to_stop="Werk", via=["Tor Nord"], speed_km_per_h=30
    ).apply(region)
    assert stops_of(rerouted, "1")[0] == ["Markt", "Schule", "Tor Nord", "Werk"]
    assert waits_min(rerouted, "werk", "markt")[1] > waits_min(region, "werk", "markt")[1]
    extended = measure("extend_line", line="1", stops=["Dorf"], speed_km_per_h=30).apply(region)
    assert stops_of(extended, "1")[1] == ["Dorf", "Werk", "Schule", "Markt"]
    assert np.isfinite(waits_min(extended, "werk", "dorf")).all()
    removed = measure("remove_line", line="1").apply(region)
    assert stops_of(removed, "1") == []
    assert np.isinf(waits_min(removed, "werk", "markt")).all()


def test_stops_are_added_and_removed(region):
    lon, lat = region.walk.node_lon_deg[30], region.walk.node_lat_deg[30]
    more = measure("add_stop", line="1", stop="Mitte", between=["Schule", "Werk"], lon=lon, lat=lat).apply(region)
    assert stops_of(more, "1")[1] == ["Werk", "Mitte", "Schule", "Markt"]
    assert more.transit.n_stops == 6
    assert waits_min(more, "werk", "markt")[1] == pytest.approx(
        waits_min(region, "werk", "markt")[1] + 25 / 60, abs=0.02
    )
    less = measure("remove_stop", line="1", stop="Schule", stop_time_s=60).apply(region)
    assert stops_of(less, "1")[0] == ["Markt", "Werk"]
    assert waits_min(less, "werk", "markt")[1] == pytest.approx(waits_min(region, "werk", "markt")[1] - 1, abs=0.02)


def test_priority_shortens_the_ride(region):
    faster = measure("bus_priority", line="1", by_percent=50, between=["Schule", "Werk"]).apply(region)
    assert waits_min(faster, "werk", "markt")[1] == pytest.approx(waits_min(region, "werk", "markt")[1] - 3, abs=0.02)


def test_a_trip_is_moved_to_the_end_of_the_shift(region):
    """Free at 14:10, buses at 14:00 and 14:30: the first moved by 10 minutes leaves when the workers are there."""
    moved = measure("retime_to_shift", line="1", site="werk", shift="frueh", direction="back", max_shift_min=10).apply(
        region
    )
    assert moved.timetable is not None
    before, after = departures_min(region, "1", "Werk"), departures_min(moved, "1", "Werk")
    assert len(before) == len(after)
    assert (set(before) - set(after), set(after) - set(before)) == ({840.0}, {850.0})
    assert waits_min(moved, "werk", "markt")[1] == pytest.approx(12, abs=0.02)
    assert waits_min(moved, "werk", "markt")[0] == waits_min(region, "werk", "markt")[0]


def test_a_trip_is_moved_to_the_begin_of_the_shift(region):
    """Due at 7:50 at Schule; buses from Markt are there at 7:36 and 8:06: the first has 14 minutes to spare."""
    moved = measure(
        "retime_to_shift", line="1", site="halle", shift="tag", direction="out", max_wait_min=10, max_shift_min=15
    ).apply(region)
    late = measure("retime_to_shift", line="1", site="halle", shift="tag", direction="out", max_wait_min=14)
    assert sorted(set(departures_min(moved, "1")) - set(departures_min(region, "1"))) == [464.0]
    assert waits_min(moved, "halle", "markt")[0] == pytest.approx(6, abs=0.02)
    with pytest.raises(ScenarioError, match="meets the shift already"):
        late.apply(region)


def test_a_retimed_trip_stays_within_what_is_allowed(region):
    far = measure("retime_to_shift", line="1", site="werk", shift="frueh", direction="back", max_shift_min=5)
    with pytest.raises(ScenarioError, match=r"would have to run \d+ min (later|earlier); max_shift_min is 5"):
        far.apply(region)


def test_clock_face_at_a_stop(region):
    face = measure("clock_face", line="1", headway_min=30, minute=20, stop="Schule", start="05:00", end="09:00").apply(
        region
    )
    morning = [t for t in departures_min(face, "1") if t < 540]
    assert [t % 30 for t in morning] == [14.0] * 8
    home = [t for t in departures_min(face, "1", "Werk") if t < 540]
    assert {(t + 6) % 30 for t in home} == {20.0}


def test_a_works_bus_meets_the_shift_from_its_own_stop(region):
    bus = measure("company_shuttle", line="W", site="werk", stops=["Dorf"], speed_km_per_h=30, detour=1.0).apply(region)
    assert stops_of(bus, "W") == [["Dorf", "Werk, Werkbus Ankunft"], ["Werk, Werkbus Abfahrt", "Dorf"]]
    run_min = metres_between(region, "Dorf", "Werk") / 500
    (out,) = departures_min(bus, "W", "Dorf")
    (back,) = departures_min(bus, "W", "Werk, Werkbus Abfahrt")
    assert out == np.floor(5 * 60 + 50 - 3 - run_min)  # due 5:50 with 3 minutes to spare
    assert back == 14 * 60 + 10 + 3
    there, home = waits_min(bus, "werk", "dorf")
    assert there == pytest.approx(5 * 60 + 50 - out, abs=0.1)
    assert home == pytest.approx(3 + run_min, abs=0.1)
    own = measure(
        "company_shuttle", line="W", site="werk", stops=["Dorf"], speed_km_per_h=30,
        departures_out=["05:10", "05:30"], departures_back=["14:20"],
    ).apply(region)  # fmt: skip
    assert departures_min(own, "W", "Dorf") == [310, 330]
    assert departures_min(own, "W", "Werk, Werkbus Abfahrt") == [860]


def test_an_on_demand_shuttle_runs_as_often_as_its_fleet_allows(region):
    fields = {"line": "R", "site": "werk", "stop": "Dorf", "area_km2": 4, "requests_per_h": 12, "start": "05:00"}
    few = measure("on_demand_shuttle", vehicles=1, end="17:00", **fields).apply(region)
    many = measure("on_demand_shuttle", vehicles=4, end="17:00", **fields).apply(region)
    fleet = demand.transit.size_on_demand(12, 4, vehicles=4, cost_eur_per_h=45)
    gaps = np.diff(departures_min(many, "R", "Dorf"))
    assert gaps == pytest.approx(2 * fleet.wait_s / 60, abs=0.02)
    assert len(departures_min(few, "R", "Dorf")) < len(departures_min(many, "R", "Dorf"))
    assert np.isfinite(waits_min(few, "werk", "dorf")).all()
    with pytest.raises(ScenarioError, match="cannot keep up with 400 requests/h"):
        measure(
            "on_demand_shuttle", line="R", site="werk", stop="Dorf", area_km2=4, requests_per_h=400, vehicles=1
        ).apply(region)


def test_a_day_without_school_is_judged_without_its_buses(region):
    free = measure("service_day", day="Ferientag", without_lines=["S"], closed_sites=["halle"]).apply(region)
    assert free.timetable is not None
    assert free.timetable.label.tolist()[0] == "Ferientag"
    assert len(free.timetable) == 2
    assert stops_of(free, "S") == []
    assert "S" in free.timetable.timetables[1].line
    assert "S" not in free.transit.line
    assert free.sites.attendance_share.tolist() == [0.9, 0.0]
    back = measure("service_day", day=str(free.timetable.label[1])).apply(free)
    assert stops_of(back, "S") == [["Dorf", "Schule"]]
    for fields in ({}, {"closed_sites": ["halle"]}):
        with pytest.raises(ScenarioError, match="is judged already"):
            measure("service_day", day="Ferientag", **fields).apply(free)


def test_later_measures_edit_what_earlier_ones_wrote_out(bare):
    """After a trip is moved the region has a timetable: headways and trips then change together."""
    moved = measure("retime_to_shift", line="1", site="werk", shift="frueh", direction="back", max_shift_min=20).apply(
        bare
    )
    denser = measure("change_headway", line="1", headway_min=10, start="05:00", end="06:00").apply(moved)
    assert departures_min(denser, "1")[:4] == [300, 310, 320, 330]
    assert departures_min(denser, "1", "Werk")[-8:] == departures_min(moved, "1", "Werk")[-8:]
    assert denser.transit.headway_s.min() == 600


NEAR = [
    ({"type": "remove_line", "line": "11"}, "line '11' is not known; did you mean 1"),
    ({"type": "change_span", "line": "2", "start": "05:00", "end": "06:00"}, "line '2' is not known"),
    ({"type": "bus_priority", "line": "1", "by_percent": 10, "between": ["Schule", "Wek"]}, "did you mean 'Werk'"),
    ({"type": "add_stop", "line": "1", "stop": "Dorff", "between": ["Schule", "Werk"]}, "did you mean 'Dorf'"),
    ({"type": "add_stop", "line": "1", "stop": "Dorf", "between": ["Markt", "Werk"]}, "are not neighbours"),
    (
        {"type": "add_stop", "line": "1", "stop": "Dorf", "between": ["Schule", "Werk"], "lon": 12.0, "lat": 50.0},
        "exists already",
    ),
    ({"type": "remove_stop", "line": "1", "stop": "Dorf"}, "does not call at 'Dorf'"),
    (
        {"type": "reroute_line", "line": "1", "from_stop": "Markt", "to_stop": "Dorf", "speed_km_per_h": 20},
        "does not run from 'Markt' to 'Dorf'",
    ),
    (
        {"type": "clock_face", "line": "1", "headway_min": 30, "minute": 0, "start": "05:00", "end": "09:00"},
        "nothing to change in region tiny, it is so already",
    ),
    (
        {"type": "retime_to_shift", "line": "1", "site": "wek", "shift": "frueh", "direction": "out"},
        "site 'wek' is not known; near or first known: werk",
    ),
    (
        {"type": "retime_to_shift", "line": "1", "site": "werk", "shift": "spaet", "direction": "out"},
        "no shift 'spaet'; it has frueh",
    ),
    ({"type": "retime_to_shift", "line": "X", "site": "werk", "shift": "frueh", "direction": "out"}, "line 'X' is not"),
    (
        {"type": "retime_to_shift", "line": "S", "site": "werk", "shift": "frueh", "direction": "out"},
        "no trip of line S calls near werk",
    ),
    ({"type": "service_day", "day": "Ferientag", "without_lines": ["SS"]}, "line 'SS' is not known; did you mean S"),
    ({"type": "service_day", "day": "Ferientag", "closed_sites": ["werrk"]}, "site 'werrk' is not known"),
    ({"type": "service_day", "day": "Ferientag"}, "day 'Ferientag' is none of (Werktag|Mo-Fr)"),
    ({"type": "job_ticket", "site": "wrk", "employer_share": 0.5}, "site 'wrk' is not known"),
    ({"type": "job_ticket", "site": "werk", "employer_share": 0.0}, "already costs 1.50 EUR"),
    ({"type": "flat_ticket"}, "already costs 1.50 EUR"),
    ({"type": "change_fare", "by_percent": 0}, "already costs 1.50 EUR"),
    (
        {"type": "company_shuttle", "line": "W", "site": "werk", "stops": ["Dorff"], "speed_km_per_h": 30},
        "did you mean 'Dorf'",
    ),
    (
        {
            "type": "company_shuttle",
            "line": "W",
            "site": "werk",
            "stops": ["Dorf"],
            "shifts": ["x"],
            "speed_km_per_h": 9,
        },
        "no shift 'x'",
    ),
    (
        {"type": "on_demand_shuttle", "line": "R", "site": "werk", "stop": "Dörf", "area_km2": 1, "requests_per_h": 5},
        "did you mean 'Dorf'",
    ),
]


ELSEWHERE = [
    {"type": "add_stop", "line": "1", "stop": "Neu", "between": ["Schule", "Werk"]},
    {"type": "move_site", "site": "werk"},
]


@pytest.mark.parametrize("fields", ELSEWHERE, ids=lambda fields: fields["type"])
def test_places_elsewhere_are_refused_before_any_work(region, fields):
    lon, lat = 12.52, 50.72
    assert measure(**_kind(fields), lon=lon, lat=lat).apply(region) is not region
    said = rf"measure {fields['type']}: .* lies \d,\d+ km from the roads \(longitude 12.50 to .* look swapped"
    with pytest.raises(ScenarioError, match=said):
        measure(**_kind(fields), lon=lat, lat=lon).apply(region)
    with pytest.raises(ScenarioError, match=r"lies \d\d\d km from the roads .* at most 10 km are possible$"):
        measure(**_kind(fields), lon=13.4, lat=52.52).apply(region)


def _kind(fields):
    return {"kind" if name == "type" else name: value for name, value in fields.items()}


@pytest.mark.parametrize(("fields", "says"), NEAR, ids=[f"{f['type']}-{k}" for k, (f, _) in enumerate(NEAR)])
def test_what_the_region_does_not_hold_is_refused_by_name(region, fields, says):
    with pytest.raises(ScenarioError, match=rf"(?s)measure {fields['type']}.*{says}"):
        Scenario("x", measures=(MEASURE_ADAPTER.validate_python(fields),)).apply(region)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"type": "change_fare"}, "either 'price_eur' or 'by_percent'"),
        ({"type": "change_fare", "price_eur": 1, "by_percent": 5}, "either 'price_eur' or 'by_percent'"),
        (
            {"type": "add_stop", "line": "1", "stop": "x", "between": ["a", "b"], "lon": 12.0},
            "needs both 'lon' and 'lat'",
        ),
        (
            {"type": "company_shuttle", "line": "W", "site": "w", "stops": ["a"], "speed_km_per_h": 9,
             "departures_out": ["05:00"]},
            "needs both 'departures_out'",
        ),
        ({"type": "change_span", "line": "1", "start": "09:00", "end": "05:00"}, "must be after start"),
        ({"type": "service_day", "day": "x", "without_lines": ["1", "1"]}, "names one twice"),
    ],
)  # fmt: skip
def test_fields_that_contradict_each_other_are_refused(fields, says):
    with pytest.raises(ValidationError, match=says):
        MEASURE_ADAPTER.validate_python(fields)


@pytest.mark.parametrize(
    ("one", "other", "thing"),
    [
        (
            {"type": "clock_face", "line": "1", "headway_min": 30, "minute": 5, "start": "05:00", "end": "09:00"},
            {"type": "change_headway", "line": "1", "headway_min": 10, "start": "08:00", "end": "10:00"},
            "headway of line 1",
        ),
        ({"type": "flat_ticket"}, {"type": "change_fare", "price_eur": 2}, "fare of public transport"),
        (
            {"type": "reroute_line", "line": "1", "from_stop": "a", "to_stop": "b", "speed_km_per_h": 20},
            {"type": "reroute_line", "line": "1", "from_stop": "b", "to_stop": "a", "speed_km_per_h": 30},
            "course of line 1",
        ),
        (
            {"type": "service_day", "day": "x", "closed_sites": ["werk"]},
            {"type": "change_attendance", "site": "werk", "attendance_share": 0.5},
            "attendance at werk",
        ),
        (
            {"type": "bus_priority", "line": "1", "by_percent": 10, "between": ["a", "b"]},
            {"type": "bus_priority", "line": "1", "by_percent": 20, "between": ["b", "a"]},
            "run time between a and b of line 1",
        ),
        (
            {"type": "job_ticket", "site": "werk", "employer_share": 0.5},
            {"type": "job_ticket", "site": "werk", "employer_share": 0.3},
            "job ticket of werk",
        ),
    ],
)
def test_two_measures_that_set_the_same_thing_are_a_conflict(one, other, thing):
    measures = tuple(MEASURE_ADAPTER.validate_python(fields) for fields in (one, other))
    with pytest.raises(ScenarioError, match=f"both set {thing}"):
        Scenario("clash", measures=measures)


def test_every_measure_speaks_german_and_english(region):
    for fields, _ in NEAR:
        one = MEASURE_ADAPTER.validate_python(fields)
        assert one.describe("de") != one.describe("en")


def test_a_timetable_of_other_stops_is_refused(bare):
    other = network.transit.build_stop(
        network.transit.timetable_from_headways(bare.transit), "X", lon_deg=12.0, lat_deg=50.0
    )
    with pytest.raises(InputError, match="timetable: has other stops than transit"):
        replace(bare, timetable=ServiceDays(["Mo-Fr"], (other,)))


@pytest.fixture(scope="module")
def shares():
    """Share of public transport by site after measures on the region with headways alone."""
    store = StageStore()

    def of(*measures):
        run = scenarios.run(made_region(), Scenario("x", measures=measures), store=store)
        return run.tables["sites"].set_index("site_id")["transit_share"]

    return of


def test_fares_move_the_choice_of_mode(shares):
    base = shares()
    assert (base > 0.01).all()
    cheaper = shares(measure("change_fare", by_percent=-50))
    assert (cheaper > base).all()
    assert cheaper.equals(shares(measure("change_fare", price_eur=0.75)))
    assert (shares(measure("flat_ticket", price_eur_per_month=29)) > base).all()
    assert (shares(measure("flat_ticket", price_eur_per_month=84)) < base).all()
    assert shares(measure("flat_ticket", price_eur_per_month=31.5)).equals(cheaper)


def test_a_job_ticket_moves_the_choice_of_its_site_alone(shares):
    base, ticket = shares(), shares(measure("job_ticket", site="werk", employer_share=0.45))
    assert ticket["werk"] > base["werk"]
    assert ticket["halle"] == pytest.approx(base["halle"], rel=1e-3)
    # half of 63 EUR, with the discount of 5 percent, is what half the fare for all is to this site
    assert ticket["werk"] == pytest.approx(shares(measure("change_fare", by_percent=-50))["werk"], rel=1e-3)


def test_the_price_of_a_job_ticket_is_what_the_employer_leaves(bare):
    def fare(**fields):
        return measure("job_ticket", site="werk", **fields).apply(bare).site_fare_eur.tolist()

    assert fare(employer_share=0.25) == [pytest.approx(63 * 0.70 / 42), pytest.approx(np.nan, nan_ok=True)]
    assert fare(employer_share=0.2)[0] == pytest.approx(63 * 0.8 / 42)  # too little for the discount
    assert fare(employer_share=0.5, price_eur_per_month=80)[0] == pytest.approx(40 / 42)
    assert fare(employer_share=1.0)[0] == 0.0
    assert fare(employer_share=0.5, trips_per_month=21)[0] == pytest.approx(63 * 0.45 / 21)


def test_the_price_of_a_fare_names_its_source(bare):
    flat = measure("flat_ticket", price_eur_per_month=49).apply(bare).parameters["pt_fare_eur"]
    assert flat.value == pytest.approx(49 / 42)
    assert "49 EUR per month over 42 trips" in flat.source
    assert "Deutschlandticket" in bare.parameters["flat_ticket_eur_per_month"].source


def test_a_timetable_given_decides_reachability(bare):
    """Without trips nobody gets to work by public transport, whatever the headways say."""
    none = network.transit.remove_line(network.transit.timetable_from_headways(bare.transit), "1")
    with_none = replace(bare, timetable=ServiceDays(["Mo-Fr"], (none,)))
    assert scenarios.run(bare).indicators["reachable_share"] > 0
    assert scenarios.run(with_none).indicators["reachable_share"] < scenarios.run(bare).indicators["reachable_share"]


def test_works_holidays_empty_a_site(bare):
    closed = scenarios.run(
        bare, Scenario("x", measures=(measure("service_day", day="Ferien", closed_sites=["halle"]),))
    )
    workers = closed.tables["sites"].set_index("site_id")["workers"]
    assert workers["halle"] == 0
    assert workers["werk"] > 0


def test_a_week_is_judged_day_by_day_and_days_alike_stay_alike(bare):
    working = network.transit.timetable_from_headways(bare.transit)
    week = ServiceDays(np.array(WEEKDAYS), (*[working] * 5, *[network.transit.remove_line(working, "S")] * 2))
    region = replace(bare, timetable=week)
    assert service_timetable(region, StageStore()) is week
    for one in (
        measure("change_headway", line="1", headway_min=10, start="05:00", end="06:00"),
        measure("retime_to_shift", line="1", site="werk", shift="frueh", direction="back", max_shift_min=10),
        measure("company_shuttle", line="W", site="werk", stops=["Dorf"], speed_km_per_h=30),
    ):
        days = one.apply(region).timetable.timetables
        assert len({id(day) for day in days[:5]}) == len({id(day) for day in days[5:]}) == 1
        assert days[0] is not working
    run = scenarios.run(region)
    assert run.indicators["reachable_share"] == pytest.approx(scenarios.run(bare).indicators["reachable_share"])


STREET_WAYS = tuple(range(1, 7 + 61))
"""All streets of the region, east-west and north-south."""


def between_columns(region, first, last):
    """A box around what joins two neighbouring columns of streets, in all rows."""
    west, east = region.roads.node_lon_deg[[first, last]].tolist()
    return (west - 1e-6, -90.0, east + 1e-6, 90.0)


def test_a_closed_street_leads_its_buses_round(region):
    """Line 1 along the southern street, closed between Markt and Schule: by the next street, 200 m farther."""
    closed = measure("close_road", ways=[1], between=between_columns(region, 10, 11))
    after = closed.apply(region)
    assert stops_of(after, "1") == stops_of(region, "1")
    forms = [(region.transit, after.transit)]
    if region.timetable is not None:
        forms.append((region.timetable.timetables[0], after.timetable.timetables[0]))
    for before, now in forms:
        more_m = (now.distance_m - before.distance_m)[np.isfinite(before.distance_m)]
        assert sorted(more_m[more_m > 0].tolist()) == pytest.approx([200.0, 200.0], rel=0.01)
    assert departures_min(after, "1") == departures_min(region, "1")
    runs = [scenarios.run(region, Scenario("x", measures=m)).indicators for m in ((), (closed,))]
    assert runs[1]["transit_share"] > 0
    assert runs[1]["benefit_eur_per_day"] < 0.0 == runs[0]["benefit_eur_per_day"]  # cars go round, too
    assert runs[1]["transit_vehicle_km_per_day"] > runs[0]["transit_vehicle_km_per_day"]


def test_a_street_closed_without_a_way_round_cuts_its_line_and_says_so(region):
    closed = measure("close_road", ways=STREET_WAYS, between=between_columns(region, 10, 11))
    with pytest.warns(DataWarning, match="bus line 1 is cut between Markt and Schule"):
        after = closed.apply(region)
    assert stops_of(after, "1") == [["Schule", "Werk"], ["Werk", "Schule"]]
    assert stops_of(after, "S") == stops_of(region, "S")


def test_measures_on_roads_tell_what_they_mean_for_lines(region):
    closed = measure("close_road", ways=[1], between=between_columns(region, 10, 11))
    slower = measure("change_speed", ways=[1], speed_km_per_h=20)
    assert "Busse fahren den schnellsten Umweg" in closed.describe("de")
    assert "buses take the quickest way round" in closed.describe("en")
    assert "Fahrzeiten der Linien bleiben" in slower.describe("de")
    assert "run times of lines stay" in slower.describe("en")
    assert slower.apply(region).transit is region.transit


def test_a_run_says_that_jams_do_not_slow_its_buses(bare):
    jammed = replace(bare, roads=replace(bare.roads, capacity_veh_per_h=bare.roads.capacity_veh_per_h * 0.05))
    with pytest.warns(DataWarning, match=r"region tiny: cars take longer .* run times of buses are data of their own"):
        scenarios.run(jammed)
    # no word where cars are quick, or where no line runs on roads
    scenarios.run(bare)
    rails = replace(jammed.transit, mode=np.full(3, TransitMode.TRAM))
    scenarios.run(replace(jammed, transit=rails))
