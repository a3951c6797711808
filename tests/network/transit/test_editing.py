"""Edits of lines: each does what it says on headways and on timetables, and refuses what it cannot find."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itas_mobility.core import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.errors import NetworkError
from itas_mobility.network import transit as net
from itas_mobility.network.transit.courses import courses_of, with_courses
from oracles import transit_networks

NAMES = ("Markt", "Brücke", "Schule", "Werk", "Dorf", "Umweg")
LON = np.array([12.50, 12.51, 12.52, 12.53, 12.54, 12.515])
LAT = np.array([50.70, 50.70, 50.70, 50.70, 50.70, 50.71])
HOUR = 3600.0


@pytest.fixture
def lines():
    """Line 1 from Markt to Werk and back, every half hour from 5 to 8; line 2 to Schule; no line to Dorf and Umweg."""
    return TransitNetwork(
        stop_id=[f"s{i}" for i in range(6)],
        stop_name=NAMES,
        stop_lon_deg=LON,
        stop_lat_deg=LAT,
        pattern_id=["1:hin", "1:her", "2:hin"],
        line=["1", "1", "2"],
        pattern_name=["hin", "her", "hin"],
        mode=[TransitMode.BUS] * 3,
        stop_ptr=[0, 4, 8, 10],
        stop=[0, 1, 2, 3, 3, 2, 1, 0, 0, 2],
        run_time_s=[120, 180, 240, 0, 240, 180, 120, 0, 300, 0],
        distance_m=[700, 700, 700, 0, 700, 700, 700, 0, 1400, 0],
        band_start_s=[5 * HOUR, 7 * HOUR],
        band_end_s=[7 * HOUR, 8 * HOUR],
        headway_s=[[1800, 1800], [1800, 1800], [3600, np.inf]],
        offset_s=[0, 0, 0],
    )


@pytest.fixture
def timetable(lines):
    return net.timetable_from_headways(lines)


@pytest.fixture(params=["headways", "timetable", "days"])
def form(request, lines, timetable):
    """The same lines in each form."""
    return {
        "headways": lines,
        "timetable": timetable,
        "days": ServiceDays(np.array(["Mo-Fr", "Sa"]), (timetable, net.remove_line(timetable, "2"))),
    }[request.param]


def day(form):
    return form.timetables[0] if isinstance(form, ServiceDays) else form


def ids(form):
    return (form.pattern_id if isinstance(form, TransitNetwork) else form.route_id).tolist()


def courses(form, line="1"):
    """Names of the stops of each course of a line."""
    one = day(form)
    return [
        one.stop_name[one.stop[one.stop_ptr[r] : one.stop_ptr[r + 1]]].tolist()
        for r in np.flatnonzero(one.line == line)
    ]


def passed_s(form, course_id):
    """Moments at which a pattern or the first trip of a route is at its stops, from leaving the first."""
    one = day(form)
    row = ids(one).index(course_id)
    if isinstance(one, TransitNetwork):
        run = one.run_time_s[one.stop_ptr[row] : one.stop_ptr[row + 1]]
        return np.concatenate([[0], np.cumsum(run[:-1])]).tolist()
    trip = one.trip_ptr[row]
    times = one.arrival_s[one.call_ptr[trip] : one.call_ptr[trip + 1]]
    return (times - times[0]).tolist()


def departures_s(timetable, course_id):
    one = day(timetable)
    row = ids(one).index(course_id)
    return one.departure_s[one.call_ptr[one.trip_ptr[row] : one.trip_ptr[row + 1]]].tolist()


def same_times(one: Timetable, other: Timetable):
    for field in dataclasses.fields(Timetable):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray) and field.name != "distance_m":
            assert np.array_equal(a, b), field.name


def test_a_removed_line_is_gone_and_its_stops_stay(form):
    less = net.remove_line(form, "1")
    assert ids(day(less)) == ["2:hin"]
    assert day(less).n_stops == 6
    assert ids(day(form)) == ["1:hin", "1:her", "2:hin"], "the given lines must stay as they are"


@pytest.mark.parametrize(
    "edit",
    [
        lambda x: net.remove_line(x, "1"),
        lambda x: net.extend_line(x, "1", ["Dorf"], speed_km_per_h=20),
        lambda x: net.reroute_line(
            net.remove_line(x, "2"), "1", from_stop="Brücke", to_stop="Schule", via=["Umweg"], speed_km_per_h=20
        ),
        lambda x: net.add_stop(x, "1", "Umweg", between=("Brücke", "Schule")),
        lambda x: net.remove_stop(x, "1", "Schule"),
        lambda x: net.speed_up_line(x, "1", faster_share=0.5),
        lambda x: net.add_line(
            x, "9", mode=TransitMode.BUS, stops=["Dorf", "Werk"], headway_s=1200, start_s=5 * HOUR, end_s=6 * HOUR,
            speed_km_per_h=30,
        ),
        lambda x: net.change_headway(x, "1", headway_s=900, start_s=5 * HOUR, end_s=8 * HOUR),
        lambda x: net.change_span(x, "2", start_s=5.5 * HOUR, end_s=7 * HOUR),
    ],
    ids=["remove", "extend", "reroute", "add stop", "remove stop", "faster", "add", "headway", "span"],
)  # fmt: skip
def test_editing_headways_and_editing_their_timetable_agree(lines, edit):
    """The two forms are one service: making the timetable before the edit or after it gives the same trips.

    (But for the direction that begins where a line is extended: there headways keep the phase at the new first stop.)
    """
    by_headways = net.timetable_from_headways(edit(lines))
    by_trips = edit(net.timetable_from_headways(lines))
    if "new:bus:9:there" not in ids(by_trips) and any("Dorf" in names for names in courses(by_trips)):
        by_headways, by_trips = (_only(timetable, ["1:hin", "2:hin"]) for timetable in (by_headways, by_trips))
    same_times(by_headways, by_trips)


def _only(timetable, wanted):
    return with_courses(timetable, [course for course in courses_of(timetable) if course.course_id in wanted])


def test_an_extended_line_reaches_further_and_keeps_its_old_times(form):
    longer = net.extend_line(form, "1", ["Dorf"], speed_km_per_h=36, detour=1.0)
    assert courses(longer) == [[*NAMES[:4], "Dorf"], ["Dorf", *NAMES[3::-1]]]
    leg = passed_s(longer, "1:hin")[-1] - passed_s(longer, "1:hin")[-2]
    assert leg == pytest.approx(706.0 / 10.0, rel=0.01)  # 0.01 degrees of longitude at 50.7 N, at 10 m/s
    if not isinstance(form, TransitNetwork):
        before, after = departures_s(form, "1:her"), departures_s(longer, "1:her")
        assert np.allclose(np.array(before) - after, round(leg))


def test_a_new_way_replaces_the_stops_between_in_both_directions(form):
    other = net.reroute_line(
        form, "1", from_stop="Brücke", to_stop="werk", via=["Umweg"], speed_km_per_h=30, detour=1.0
    )
    assert courses(other) == [["Markt", "Brücke", "Umweg", "Werk"], ["Werk", "Umweg", "Brücke", "Markt"]]
    assert passed_s(other, "1:hin")[:2] == [0, 120]
    assert passed_s(other, "1:her")[-1] - passed_s(other, "1:her")[-2] == 120
    through = net.reroute_line(form, "1", from_stop="Markt", to_stop="Schule", speed_km_per_h=30)
    assert courses(through)[0] == ["Markt", "Schule", "Werk"]


def test_a_new_stop_costs_its_time_on_the_leg_it_lies_on(form):
    more = net.build_stop(form, "Mitte", lon_deg=12.515, lat_deg=50.70)
    more = net.add_stop(more, "1", "Mitte", between=("Schule", "Brücke"), stop_time_s=30)
    assert courses(more)[0] == ["Markt", "Brücke", "Mitte", "Schule", "Werk"]
    assert courses(more)[1] == ["Werk", "Schule", "Mitte", "Brücke", "Markt"]
    assert passed_s(more, "1:hin") == pytest.approx([0, 120, 210, 330, 570], abs=0.01)
    assert courses(more, "2") == [["Markt", "Schule"]]


def test_a_stop_no_longer_served_saves_its_time(form):
    less = net.remove_stop(form, "1", "Brücke", stop_time_s=30)
    assert passed_s(less, "1:hin") == [0, 270, 510]
    assert passed_s(less, "1:her") == [0, 240, 510]
    start = net.remove_stop(form, "1", "Markt")
    assert courses(start) == [["Brücke", "Schule", "Werk"], ["Werk", "Schule", "Brücke"]]
    if not isinstance(form, TransitNetwork):
        assert departures_s(start, "1:hin")[0] == 5 * HOUR + 120


def test_priority_makes_the_part_between_two_stops_faster(form):
    faster = net.speed_up_line(form, "1", faster_share=0.25, between=("Schule", "Werk"))
    assert passed_s(faster, "1:hin") == [0, 120, 300, 480]
    assert passed_s(faster, "1:her") == [0, 180, 360, 480]


def test_a_new_line_runs_both_ways_at_its_headway(form):
    more = net.add_line(
        form, "X", mode=TransitMode.BUS, stops=["Dorf", "Umweg"], headway_s=1200, start_s=6 * HOUR, end_s=7 * HOUR,
        speed_km_per_h=30,
    )  # fmt: skip
    assert courses(more, "X") == [["Dorf", "Umweg"], ["Umweg", "Dorf"]]
    trips = more if not isinstance(form, TransitNetwork) else net.timetable_from_headways(more)
    assert departures_s(trips, "new:bus:X:there") == [6 * HOUR, 6 * HOUR + 1200, 6 * HOUR + 2400]
    with pytest.raises(NetworkError, match="bus line 'X' already exists"):
        net.add_line(
            more, "X", mode=TransitMode.BUS, stops=["Dorf", "Umweg"], headway_s=1200, start_s=0, end_s=HOUR,
            speed_km_per_h=30,
        )  # fmt: skip


def test_single_departures_are_single_departures_in_both_forms(form):
    more = net.add_direction(
        form, "W", mode=TransitMode.SHUTTLE, stops=["Dorf", "Werk"], departures_s=[5.2 * HOUR, 13.25 * HOUR],
        speed_km_per_h=30,
    )  # fmt: skip
    trips = day(more) if not isinstance(form, TransitNetwork) else net.timetable_from_headways(more)
    rows = np.flatnonzero(trips.line == "W")
    calls = [trips.call_ptr[t] for r in rows for t in range(trips.trip_ptr[r], trips.trip_ptr[r + 1])]
    assert sorted(trips.departure_s[calls].tolist()) == [5.2 * HOUR, 13.25 * HOUR]


def test_a_headway_holds_in_its_hours_only(timetable):
    denser = net.change_headway(timetable, "1", headway_s=600, start_s=6 * HOUR, end_s=7 * HOUR)
    expected = [5.0, 5.5, *(6 + k / 6 for k in range(6)), 7.0, 7.5]
    assert departures_s(denser, "1:hin") == pytest.approx([h * HOUR for h in expected])
    assert passed_s(denser, "1:hin") == passed_s(timetable, "1:hin")
    assert departures_s(denser, "2:hin") == departures_s(timetable, "2:hin")


def test_a_headway_keeps_the_first_departure_of_a_timetable(timetable):
    shifted = net.shift_trip(timetable, "1:hin 06:00:00", by_s=300)
    denser = net.change_headway(shifted, "1", headway_s=1200, start_s=6 * HOUR, end_s=7 * HOUR)
    assert departures_s(denser, "1:hin")[2:5] == [6 * HOUR + 300 + 1200 * k for k in range(3)]


def test_clock_face_sets_the_minute_at_a_stop(form):
    face = net.change_headway(
        form, "1", headway_s=1800, start_s=5 * HOUR, end_s=8 * HOUR, phase_s=7 * 60, at_stop="Schule"
    )
    trips = net.timetable_from_headways(face) if isinstance(face, TransitNetwork) else day(face)
    for course_id, ahead in (("1:hin", 300), ("1:her", 240)):
        at_school = np.array(departures_s(trips, course_id)) + ahead
        assert set((at_school % 1800).tolist()) == {7 * 60.0}
        assert len(at_school) == 6


def test_a_line_that_runs_so_already_is_given_back(form):
    assert net.change_headway(form, "1", headway_s=1800, start_s=5 * HOUR, end_s=8 * HOUR) is form
    assert net.change_span(form, "1", start_s=5 * HOUR, end_s=8 * HOUR) is form


def test_span_drops_what_lies_outside_and_goes_on_at_the_headway(form):
    longer = net.change_span(form, "1", start_s=4 * HOUR, end_s=7 * HOUR)
    trips = net.timetable_from_headways(longer) if isinstance(longer, TransitNetwork) else day(longer)
    assert departures_s(trips, "1:her") == [(4 + k / 2) * HOUR for k in range(6)]


def test_a_shifted_trip_that_overtakes_gets_a_route_of_its_own(timetable):
    shifted = net.shift_trip(timetable, "1:hin 06:00:00", by_s=300)
    assert departures_s(shifted, "1:hin")[2] == 6 * HOUR + 300
    late = timetable.arrival_s.copy()
    late[timetable.call_ptr[1] + 3] += 1500.0  # the trip of 5:30 stands still before the works until 6:04
    held = dataclasses.replace(timetable, arrival_s=late, departure_s=late)
    passed = net.shift_trip(held, "1:hin 06:00:00", by_s=-900)
    assert passed.route_id.tolist() == ["1:hin", "1:hin (2)", "1:her", "2:hin"]
    assert departures_s(passed, "1:hin (2)") == [5.75 * HOUR]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda x: net.remove_line(x, "11"), "line '11' is not known; did you mean 1"),
        (lambda x: net.remove_line(x, "1", mode=TransitMode.TRAM), "line '1' is not known as tram"),
        (lambda x: net.extend_line(x, "1", ["Dorff"], speed_km_per_h=20), "stop 'Dorff' is not known; .*'Dorf'"),
        (
            lambda x: net.reroute_line(x, "2", from_stop="Markt", to_stop="Werk", speed_km_per_h=20),
            "line 2 does not run from 'Markt' to 'Werk'",
        ),
        (
            lambda x: net.reroute_line(x, "2", from_stop="Markt", to_stop="Schule", speed_km_per_h=20),
            "on this way already",
        ),
        (lambda x: net.add_stop(x, "1", "Umweg", between=("Markt", "Werk")), "are not neighbours"),
        (lambda x: net.remove_stop(x, "1", "Dorf"), "does not call at 'Dorf'"),
        (lambda x: net.remove_stop(x, "2", "Markt"), "fewer than two stops"),
        (
            lambda x: net.speed_up_line(x, "2", faster_share=0.1, between=("Markt", "Werk")),
            "no course between 'Markt' and 'Werk'",
        ),
        (lambda x: net.speed_up_line(x, "2", faster_share=1.0), "below 1"),
        (lambda x: net.extend_line(x, "1", ["Werk", "Dorf"], speed_km_per_h=20), "already ends at 'Werk'"),
        (
            lambda x: net.change_headway(
                x, "2", headway_s=600, start_s=5 * HOUR, end_s=8 * HOUR, phase_s=0, at_stop="Werk"
            ),
            "does not call at 'Werk'",
        ),
        (lambda x: net.change_span(x, "1", start_s=1 * HOUR, end_s=2 * HOUR), "remove it instead"),
        (lambda x: net.build_stop(x, "markt", lon_deg=12, lat_deg=50), "exists already"),
        (lambda x: net.shift_trip(x, "1:hin 06:01:00", by_s=60), "not known|no single trips"),
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_refused(form, edit, says):
    with pytest.raises(NetworkError, match=says):
        edit(form)


def test_a_trip_cannot_begin_before_its_day(timetable):
    with pytest.raises(NetworkError, match="before the service day"):
        net.shift_trip(timetable, "1:hin 05:00:00", by_s=-6 * HOUR)


def test_less_than_a_second_is_no_change_of_a_timetable(timetable):
    with pytest.raises(NetworkError, match="no course that would take less time"):
        net.speed_up_line(timetable, "1", faster_share=0.001)


def test_two_modes_of_one_name_must_be_told_apart(form):
    both = net.add_line(
        form, "2", mode=TransitMode.TRAM, stops=["Dorf", "Werk"], headway_s=1200, start_s=0, end_s=HOUR,
        speed_km_per_h=20,
    )  # fmt: skip
    with pytest.raises(NetworkError, match="line '2' exists as tram, bus"):
        net.remove_line(both, "2")
    assert courses(net.remove_line(both, "2", mode=TransitMode.TRAM), "2") == [["Markt", "Schule"]]


def test_columns_beside_the_times_go_along(timetable):
    n = len(timetable.stop)
    rich = dataclasses.replace(
        timetable,
        may_board=np.arange(n) % 4 != 3,
        route_type=np.array([700, 700, 702]),
        trip_block=np.array([f"b{k}" for k in range(timetable.n_trips)]),
        transfer_from=[0], transfer_to=[1], transfer_time_s=[60.0],
    )  # fmt: skip
    longer = net.extend_line(rich, "1", ["Dorf"], speed_km_per_h=36)
    assert longer.may_board[:5].tolist() == [True, True, True, True, True], "the old terminus is no end any more"
    assert longer.route_type.tolist() == [700, 700, 702]
    assert longer.trip_block.tolist() == rich.trip_block.tolist()
    assert longer.transfer_time_s.tolist() == [60.0]
    more = net.add_direction(
        rich, "W", mode=TransitMode.SHUTTLE, stops=["Dorf", "Werk"], departures_s=[0.0], speed_km_per_h=30
    )
    assert more.route_type.tolist() == [700, 700, 702, -1]
    assert more.trip_block.tolist() == [*rich.trip_block.tolist(), ""]


@st.composite
def made_timetables(draw):
    """Timetables of two routes of one line over six stops, trips with run times of their own that may overtake."""
    routes = []
    for direction in ("hin", "her"):
        stops = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
        trips = []
        for k in range(draw(st.integers(0, 4))):
            start = draw(st.integers(3600, 10800))
            steps = draw(st.lists(st.tuples(st.integers(1, 600), st.integers(0, 60)), min_size=len(stops), max_size=5))
            moment, calls = start, []
            for travel, dwell in steps[: len(stops)]:
                calls.append((moment, moment + dwell))
                moment += dwell + travel
            trips.append((f"{direction}{k}", calls))
        routes.append((direction, "1", stops, trips))
    made = transit_networks.timetable(NAMES, routes)
    return dataclasses.replace(made, stop_lon_deg=LON, stop_lat_deg=LAT)


def calls_by_trip(timetable):
    """Stops and times of each trip, whatever its route."""
    found = {}
    for route in range(timetable.n_routes):
        names = timetable.stop_name[timetable.stop[timetable.stop_ptr[route] : timetable.stop_ptr[route + 1]]].tolist()
        for trip in range(timetable.trip_ptr[route], timetable.trip_ptr[route + 1]):
            calls = slice(timetable.call_ptr[trip], timetable.call_ptr[trip + 1])
            found[str(timetable.trip_id[trip])] = (
                names,
                timetable.arrival_s[calls].tolist(),
                timetable.departure_s[calls].tolist(),
            )
    return found


@settings(max_examples=60, deadline=None)
@given(made_timetables())
def test_taking_courses_out_and_putting_them_back_keeps_every_trip(timetable):
    again = with_courses(timetable, courses_of(timetable))
    assert calls_by_trip(again) == calls_by_trip(timetable)
    index_timetable(again, None)  # refuses trips that overtake on a route


@settings(max_examples=60, deadline=None)
@given(made_timetables(), st.sampled_from(NAMES), st.integers(-600, 600))
def test_edits_keep_all_trips_and_the_times_ahead_of_them(timetable, stop, by_s):
    before = calls_by_trip(timetable)
    assume(before)
    assume(stop not in {name for names in courses(timetable) for name in (names[0], names[-1])})
    longer = net.extend_line(timetable, "1", [stop], speed_km_per_h=30)
    after = calls_by_trip(longer)
    assert after.keys() == before.keys()
    for trip, (names, arrival, departure) in before.items():
        new_names, new_arrival, new_departure = after[trip]
        at = [k for k in range(len(new_names)) if new_names[k : k + len(names)] == names]
        assert at, "the old course is part of the new one"
        assert new_arrival[at[0] : at[0] + len(names)] == arrival
        assert new_departure[at[0] : at[0] + len(names)] == departure
    index_timetable(longer, None)
    trip = next(iter(before))
    if by_s != 0 and min(before[trip][1]) + by_s >= 0:
        moved = net.shift_trip(timetable, trip, by_s=by_s)
        assert [t + by_s for t in before[trip][1]] == calls_by_trip(moved)[trip][1]
        assert {k: v for k, v in calls_by_trip(moved).items() if k != trip} == {
            k: v for k, v in before.items() if k != trip
        }
        index_timetable(moved, None)
