"""Days of shifts: they move across midnight with the hours, and a working day sees of a shift what falls on it."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import network, scenarios
from itas_mobility.core import ServiceDays, ShiftPattern, TransitMode
from itas_mobility.core.weekdays import WEEKDAYS, weekday_mask, weekday_text
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios import Scenario, StageStore
from itas_mobility.scenarios.measures import CompanyShuttle, RetimeToShift, ServiceDay, StaggerShift
from itas_mobility.scenarios.stages.line_supply import service_timetable, working_day


def with_shifts(*shifts):
    """The made region; shifts of the works as (name, start, end, share, days)."""
    region = made_region()
    name, start, end, share, days = (list(column) for column in zip(*shifts, strict=True))
    pattern = ShiftPattern(
        name, np.array(start) * HOUR, np.array(end) * HOUR, share, [weekday_mask(one) for one in days]
    )
    return replace(region, sites=replace(region.sites, shifts=(pattern, region.sites.shifts[1])))


def hours_and_days(region):
    pattern = region.sites.shifts[0]
    return [
        (start / HOUR, end / HOUR, weekday_text(int(days)))
        for start, end, days in zip(pattern.start_s, pattern.end_s, pattern.days, strict=True)
    ]


@pytest.mark.parametrize(
    ("start", "days", "by_min", "then"),
    [
        (22, "Mo-Fr", 180, (1, 9, "Di-Sa")),
        (1, "Di-Sa", -180, (22, 30, "Mo-Fr")),
        (22, "Mo-Fr", 120, (0, 8, "Di-Sa")),
        (22, "Mo-Fr", 119, (22 + 119 / 60, 30 + 119 / 60, "Mo-Fr")),
        (0, "Mo", -1, (24 - 1 / 60, 32 - 1 / 60, "So")),
        (6, "Mo-Fr", 30, (6.5, 14.5, "Mo-Fr")),
    ],
)
def test_days_move_with_a_shift_that_crosses_midnight(start, days, by_min, then):
    region = with_shifts(("n", start, start + 8, 1.0, days))
    (moved,) = hours_and_days(StaggerShift(type="stagger_shift", site="werk", by_min=by_min).apply(region))
    assert moved == (pytest.approx(then[0]), pytest.approx(then[1]), then[2])


def test_shifts_that_stay_keep_their_days():
    region = with_shifts(("frueh", 6, 14, 0.5, "Mo-Fr"), ("nacht", 22, 30, 0.5, "So-Do"))
    moved = StaggerShift(type="stagger_shift", site="werk", shift="nacht", by_min=150).apply(region)
    assert hours_and_days(moved) == [(6, 14, "Mo-Fr"), (0.5, 8.5, "Mo-Fr")]


def test_who_works_at_weekends_is_not_on_the_roads_of_a_working_day():
    all_week = with_shifts(("frueh", 6, 14, 1.0, "Mo-Fr"))
    half = with_shifts(("frueh", 6, 14, 0.5, "Mo-Fr"), ("ende", 6, 14, 0.5, "Sa,So"))
    # fewer colleagues find fewer lifts, and more spaces: neither is looked at here
    all_week, half = (
        replace(one, sites=replace(one.sites, lift_share=[0.0, 0.0], parking_spaces=[1e6, 1e6]))
        for one in (all_week, half)
    )
    whole, part = (scenarios.run(one).tables["sites"].set_index("site_id").loc["werk"] for one in (all_week, half))
    assert part["workers"] == pytest.approx(whole["workers"] / 2)
    assert part["cars"] == pytest.approx(whole["cars"] / 2, rel=0.02)
    assert whole["cars"] > 0


def with_week(region):
    """The region with one timetable for every day of the week."""
    working = network.transit.timetable_from_headways(region.transit)
    return replace(region, timetable=ServiceDays(np.array(WEEKDAYS), (working,) * 7))


def days_that_differ(region, other):
    """Weekdays on which the trips of two regions differ."""
    pairs = zip(WEEKDAYS, region.timetable.timetables, other.timetable.timetables, strict=True)
    return [day for day, one, two in pairs if one is not two]


RETIMED = {"type": "retime_to_shift", "line": "1", "site": "werk", "shift": "n", "max_shift_min": 60}


@pytest.mark.parametrize(
    ("start", "days", "direction", "moved"),
    [
        (6, "Mo-Fr", "back", ["Mo", "Di", "Mi", "Do", "Fr"]),
        (6, "Sa,So", "back", ["Sa", "So"]),
        (22, "Mo-Fr", "back", ["Di", "Mi", "Do", "Fr", "Sa"]),
        (22, "So", "back", ["Mo"]),
        (6, "Mo-Fr", "out", ["Mo", "Di", "Mi", "Do", "Fr"]),
    ],
)
def test_a_trip_is_moved_on_the_days_on_which_the_shift_is_worked(start, days, direction, moved):
    region = with_week(with_shifts(("n", start, start + 8, 1.0, days)))
    changed = RetimeToShift(**RETIMED, direction=direction, max_wait_min=0).apply(region)
    assert days_that_differ(region, changed) == moved
    edited = [changed.timetable.on(day) for day in moved]
    assert len({id(day) for day in edited}) == 1


def test_a_trip_after_midnight_is_one_of_the_day_before():
    """Workers are due at 00:20 on Tuesdays; the only trip that is near leaves at 24:09 of the Monday's service."""
    region = with_shifts(("n", 0.5, 8.5, 1.0, "Di"))
    lines = network.transit.add_direction(
        region.transit,
        "N",
        mode=TransitMode.BUS,
        stops=["Markt", "Werk"],
        departures_s=[23.75 * HOUR],
        speed_km_per_h=24,
        detour=1,
    )
    late = network.transit.timetable_from_headways(lines)
    trips = np.flatnonzero(late.line[np.repeat(np.arange(late.n_routes), np.diff(late.trip_ptr))] == "N")
    late = network.transit.shift_trip(late, str(late.trip_id[trips[0]]), by_s=1440.0)
    region = replace(region, transit=lines, timetable=ServiceDays(np.array(WEEKDAYS), (late,) * 7))
    measure = RetimeToShift(**{**RETIMED, "line": "N"}, direction="out", max_wait_min=0)
    assert days_that_differ(region, measure.apply(region)) == ["Mo"]


def test_what_is_moved_on_other_days_than_the_one_judged_is_refused():
    region = with_shifts(("n", 6, 14, 1.0, "Mo-Fr"))
    day = network.transit.timetable_from_headways(region.transit)
    near = RetimeToShift(**RETIMED, direction="back", max_wait_min=0)
    moved = near.apply(replace(region, timetable=ServiceDays(["a"], (day,)))).timetable.timetables[0]
    assert moved is not day
    with pytest.raises(ScenarioError, match="meets the shift already"):
        near.apply(replace(region, timetable=ServiceDays(["a", "b"], (moved, day))))


def test_a_day_of_a_week_is_judged_alone():
    region = with_week(made_region())
    saturday = network.transit.remove_line(region.timetable.on("Sa"), "S")
    week = replace(
        region, timetable=replace(region.timetable, timetables=(*region.timetable.timetables[:5], saturday, saturday))
    )
    judged = Scenario("x", measures=(ServiceDay(type="service_day", day="Sa"),)).apply(week)
    assert service_timetable(judged, StageStore()) is saturday
    assert working_day(judged, StageStore()) is saturday
    assert judged.timetable.label.tolist() == ["Sa"]
    free = ServiceDay(type="service_day", day="Ferientag", without_lines=["S"]).apply(week)
    assert free.timetable.label.tolist() == ["Ferientag", *WEEKDAYS]
    assert "S" not in service_timetable(free, StageStore()).line


def departures_by_day(region, line):
    found = {}
    for label, day in zip(region.timetable.label.tolist(), region.timetable.timetables, strict=True):
        rows = np.flatnonzero(day.line == line)
        trips = [t for r in rows for t in range(int(day.trip_ptr[r]), int(day.trip_ptr[r + 1]))]
        found[label] = sorted(round(float(day.departure_s[day.call_ptr[t]]) / HOUR, 1) for t in trips)
    return found


def test_a_works_bus_runs_on_the_days_on_which_its_shifts_begin_and_end():
    region = with_week(with_shifts(("frueh", 6, 14, 0.5, "Mo-Fr"), ("n", 22, 30, 0.5, "Mo-Fr")))
    fields = {
        "type": "company_shuttle",
        "line": "W",
        "site": "werk",
        "stops": ["Dorf"],
        "speed_km_per_h": 30,
        "detour": 1,
    }
    leaves = departures_by_day(CompanyShuttle(**fields).apply(region), "W")
    early, back, late, home = 5.7, 14.2, 21.7, 6.2
    assert leaves["Mo"] == [early, back, late]
    assert leaves["Di"] == leaves["Mi"] == leaves["Fr"] == [early, home, back, late]
    assert leaves["Sa"] == [home]
    assert leaves["So"] == []
    own = {**fields, "departures_out": ["05:00"], "departures_back": ["14:30"]}
    assert set(map(tuple, departures_by_day(CompanyShuttle(**own).apply(region), "W").values())) == {(5.0, 14.5)}
