"""Headways of lines with variants: that of the busiest section, with shares kept and departures evenly spaced."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import ServiceDays, TransitMode, TransitNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.network import transit as net
from itas_mobility.network.transit.operation import COST_PARAMETERS
from itas_mobility.scenarios.parameters import default_parameters

HOUR = 3600.0
NAMES = ("A", "B", "C", "D", "E")


def line_of(*patterns, bands=((6, 18),)):
    """Line 9 over stops 200 m apart; patterns as (stops, headway in minutes or one per band, offset in minutes)."""
    stops = [[NAMES.index(name) for name in one[0]] for one in patterns]
    n = [len(one) for one in stops]
    run = [value for one in n for value in [*[300.0] * (one - 1), 0.0]]
    return TransitNetwork(
        stop_id=list("abcde"), stop_name=list(NAMES), stop_lon_deg=12.5 + 0.01 * np.arange(5),
        stop_lat_deg=[50.7] * 5, pattern_id=[f"{k}:{one[0]}" for k, one in enumerate(patterns)],
        line=["9"] * len(patterns), pattern_name=[one[0] for one in patterns], mode=[TransitMode.BUS] * len(patterns),
        stop_ptr=np.cumsum([0, *n]), stop=np.concatenate(stops), run_time_s=run, distance_m=np.array(run) * 7,
        band_start_s=[start * HOUR for start, _ in bands], band_end_s=[end * HOUR for _, end in bands],
        headway_s=[np.broadcast_to(60.0 * np.array(one[1], float), len(bands)) for one in patterns],
        offset_s=[60.0 * one[2] for one in patterns],
    )  # fmt: skip


def departures(lines, first, then, start=8, end=9):
    """Departures from one stop towards the next, minutes after `start` o'clock, in a timetable of the lines."""
    day = net.timetable_from_headways(lines) if isinstance(lines, TransitNetwork) else lines
    found = []
    for route in range(day.n_routes):
        names = day.stop_name[day.stop[day.stop_ptr[route] : day.stop_ptr[route + 1]]].tolist()
        for at in [k for k in range(len(names) - 1) if names[k : k + 2] == [first, then]]:
            trips = np.arange(day.trip_ptr[route], day.trip_ptr[route + 1])
            found += day.departure_s[day.call_ptr[trips] + at].tolist()
    return sorted(t / 60 - 60 * start for t in found if start * HOUR <= t < end * HOUR)


@pytest.fixture(params=["headways", "timetable"])
def form(request):
    return (lambda lines: lines) if request.param == "headways" else net.timetable_from_headways


def every(lines, minutes, start=6, end=18, **more):
    return net.change_headway(lines, "9", headway_s=60.0 * minutes, start_s=start * HOUR, end_s=end * HOUR, **more)


SHORT_TURNS = (("ABC", 60, 0), ("AB", 60, 30), ("CBA", 60, 0), ("BA", 60, 35))


def test_a_trunk_that_has_the_headway_stays_as_it_is(form):
    lines = form(line_of(*SHORT_TURNS))
    assert every(lines, 30) is lines


def test_a_headway_is_that_of_the_busiest_section(form):
    lines = form(line_of(*SHORT_TURNS))
    denser = every(lines, 15)
    assert departures(denser, "A", "B") == [0, 15, 30, 45]
    assert np.diff(departures(denser, "B", "C")).tolist() == [30]
    assert np.diff(departures(denser, "B", "A")) == pytest.approx([15] * 3)
    thinner = every(lines, 60)
    assert len(departures(thinner, "A", "B")) == len(departures(thinner, "B", "A")) == 1
    assert len(departures(thinner, "B", "C", 8, 12)) == 2


def test_ten_variants_are_one_line(form):
    lines = form(line_of(*[("ABCDE"[: 2 + k % 4], 600, 6 * k) for k in range(10)]))
    assert len(departures(every(lines, 30), "A", "B", 6, 12)) == 12


def test_directions_have_sections_of_their_own(form):
    lines = form(line_of(("ABC", 30, 0), ("CBA", 60, 0), ("BA", 60, 35)))
    denser = every(lines, 10)
    assert len(departures(denser, "A", "B")) == len(departures(denser, "B", "A")) == 6
    assert len(departures(denser, "C", "B", 8, 10)) == 6


def test_directions_that_share_a_leg_are_still_two(form):
    """Both run through the loop D-E at the end in the same direction; one after it turns, the other before."""
    lines = form(line_of(("ABCDE", 60, 0), ("DECBA", 60, 10)))
    assert every(lines, 60) is lines
    denser = every(lines, 30)
    assert len(departures(denser, "A", "B", 8, 10)) == len(departures(denser, "B", "A", 8, 10)) == 4


def test_directions_that_share_the_streets_of_a_centre_are_still_two():
    """Stops are named by direction, as in Kuopio; both run through D-E, and nothing else tells them apart."""
    lines = line_of(("ABCDE", 60, 0), ("ABCDE", 60, 10))
    there, back = ([f"{name}{side}" for name in "xyz"] for side in "12")
    names = [*there, "D", "E", *(f"{name}9" for name in "uvw"), *back, *(f"{name}8" for name in "uvw")]
    calls = [[*there, "D", "E", *names[5:8]], [*names[11:], "D", "E", *back]]
    both = replace(
        lines, stop_id=names, stop_name=names, stop_lon_deg=12.5 + 0.01 * np.arange(14), stop_lat_deg=[50.7] * 14,
        stop_site=[""] * 14, stop_ptr=[0, 8, 16], stop=[names.index(name) for one in calls for name in one],
        run_time_s=[*[300.0] * 7, 0.0] * 2, distance_m=[*[2000.0] * 7, 0.0] * 2, may_board=[True] * 16,
        may_alight=[True] * 16,
    )  # fmt: skip
    assert every(both, 60) is both
    assert len(departures(every(both, 30), "D", "E", 8, 10)) == 8


def test_a_line_has_two_directions_and_what_is_apart_is_a_branch(form):
    """A school bus of this name that has no stop in common gets as many more as the line does."""
    lines = form(line_of(("AB", 60, 0), ("BA", 60, 0), ("DE", 120, 0)))
    denser = every(lines, 20)
    assert len(departures(denser, "A", "B", 8, 12)) == 12
    assert len(departures(denser, "D", "E", 8, 12)) == 6


def test_platforms_behind_each_other_are_one_stop(form):
    lines = line_of(("ABC", 60, 0), ("CBA", 60, 0))
    lines = form(replace(lines, stop_name=["A", "B", "b", "D", "E"]))
    assert every(lines, 60) is lines


def test_variants_keep_their_shares(form):
    """Two of three run through; one turns early. Three times as many: four of six and two of six an hour."""
    lines = form(line_of(("ABC", 60, 0), ("ABC", 60, 20), ("AB", 60, 40)))
    denser = every(lines, 10)
    assert len(departures(denser, "A", "B", 8, 12)) == 24
    assert len(departures(denser, "B", "C", 8, 12)) == 16


def test_branches_off_the_busiest_section_change_as_much_as_it_does(form):
    """Half as many on A-B; the branch D-C-E does not run there but shares C with it, and gets half as many too."""
    lines = form(line_of(("ABC", 30, 0), ("ABCE", 30, 15), ("DCE", 30, 0)))
    thinner = every(lines, 30)
    assert len(departures(thinner, "A", "B", 8, 12)) == 8
    assert len(departures(thinner, "D", "C", 8, 12)) == 4


def test_variants_of_unequal_headways_lie_in_each_others_gaps():
    lines = line_of(("ABC", 60, 0), ("AB", 120, 0))
    denser = every(lines, 20)
    assert departures(denser, "A", "B") == [0, 15, 30]
    assert sorted(np.diff(departures(denser, "A", "B", 8, 14)).tolist()) == [15] * 12 + [30] * 5


def test_variants_that_reach_the_trunk_at_other_times_are_spread_on_it(form):
    """Both leave their first stops at the full hour; they meet at B, five minutes later for one of them."""
    lines = form(line_of(("ABC", 60, 0), ("BC", 60, 0)))
    spread = every(lines, 30)
    assert np.diff(departures(spread, "B", "C")).tolist() == [30]
    assert len(departures(spread, "A", "B")) == 1


def test_other_hours_keep_their_phases():
    lines = line_of(*SHORT_TURNS[:2], bands=((6, 18),))
    denser = every(lines, 15, 8, 10)
    assert departures(denser, "A", "B", 8, 10) == [15.0 * k for k in range(8)]
    for start in (7, 10, 15):
        assert departures(denser, "A", "B", start, start + 1) == [0, 30]


def test_headways_of_two_parts_of_the_day_do_not_hang_on_their_order(form):
    lines = form(line_of(*SHORT_TURNS))
    one, other = every(every(lines, 15, 6, 8), 20, 12, 15), every(every(lines, 20, 12, 15), 15, 6, 8)
    for section in ("AB", "BC", "CB", "BA"):
        assert departures(one, *section, 5, 19) == departures(other, *section, 5, 19)
    if isinstance(one, TransitNetwork):
        assert one.pattern_id.tolist() == other.pattern_id.tolist()
        assert np.array_equal(one.headway_s, other.headway_s)
        assert np.array_equal(one.offset_s, other.offset_s)


def test_a_second_edit_of_parted_patterns_sees_one_variant(form):
    lines = every(form(line_of(*SHORT_TURNS)), 15, 8, 10)
    again = every(lines, 20)
    assert np.diff(departures(again, "A", "B", 6, 18)) == pytest.approx(20)
    assert len(departures(again, "B", "C", 6, 18)) == 18


def test_where_it_did_not_run_the_longest_variant_does(form):
    """Shares of other hours would make the order count in which two parts of the day are changed."""
    lines = form(line_of(*SHORT_TURNS))
    night = every(lines, 20, 20, 22)
    assert len(departures(night, "A", "B", 20, 22)) == 6
    assert len(departures(night, "B", "C", 20, 22.1)) == 6
    other = every(every(lines, 5, 6, 9), 20, 20, 22)
    assert departures(other, "A", "B", 20, 22) == departures(night, "A", "B", 20, 22)


@pytest.mark.parametrize("stop", [None, "B"])
def test_a_clock_face_holds_where_most_vehicles_run(form, stop):
    lines = form(line_of(*SHORT_TURNS))
    face = every(lines, 15, phase_s=7 * 60.0, at_stop=stop)
    if stop is None:
        assert departures(face, "A", "B") == [7, 22, 37, 52]
    else:
        assert [t % 15 for t in departures(face, "B", "A")] == [7] * 4
        assert [t % 15 for t in departures(face, "B", "C")] == [7] * 2
    assert every(face, 15, phase_s=7 * 60.0, at_stop=stop) is face


def test_days_on_which_the_line_does_not_run_stay_without_it():
    lines = line_of(*SHORT_TURNS)
    day, none = (net.timetable_from_headways(one) for one in (lines, replace(lines, headway_s=np.full((4, 1), np.inf))))
    week = every(ServiceDays(np.array(["Mo", "So"]), (day, none)), 15)
    assert departures(week.timetables[0], "A", "B") == [0, 15, 30, 45]
    assert week.timetables[1] is none
    with pytest.raises(NetworkError, match="no trip whose times"):
        every(none, 15)


def test_operating_figures_follow(form):
    """Twice as many vehicles on the trunk are twice the kilometres, not four times."""
    parameters = default_parameters().subset(COST_PARAMETERS)

    def km(lines):
        day = net.timetable_from_headways(lines) if isinstance(lines, TransitNetwork) else lines
        return net.operating_figures(day, parameters=parameters, layover_s=300.0, empty_km_per_h=30.0).total_km

    lines = form(line_of(*SHORT_TURNS))
    assert km(every(lines, 15)) == pytest.approx(2 * km(lines), rel=0.03)
