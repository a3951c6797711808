"""Lines that get by closed roads: ways round worked out by hand, cuts, stops left out."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility import network
from itas_mobility.core import ServiceDays, TransitMode, TransitNetwork

COLUMNS, ROWS, SPACING_M = 9, 3, 500.0
NORTH, MIDDLE, SOUTH = 0, COLUMNS, 2 * COLUMNS
ROUND_M = 2 * SPACING_M
"""A street farther, along it, and back again."""
ROUND_S = ROUND_M / 10.0 / 0.8
"""By bus, which drives at four fifths of the limit."""


@pytest.fixture(scope="module")
def streets():
    """Streets on which cars drive 10 m/s at free flow."""
    made = network.grid(COLUMNS, ROWS, spacing_m=SPACING_M)
    return replace(made, free_time_s=made.length_m / 10.0, free_speed_km_per_h=np.full(made.n_links, 36.0))


def lines_at(streets, stops, patterns, *, mode=TransitMode.BUS, off_deg=0.0):
    """Stops (name: node, or node and fraction of the way to the next column) and patterns (id, [names])."""
    names = list(stops)
    node = np.array([stops[name] for name in names])
    row = {name: i for i, name in enumerate(names)}
    sizes = [len(called) for _, called in patterns]
    run_s = [t for n in sizes for t in [120.0] * (n - 1) + [0.0]]
    return TransitNetwork(
        stop_id=[f"s{i}" for i in range(len(names))],
        stop_name=names,
        stop_lon_deg=streets.node_lon_deg[node],
        stop_lat_deg=streets.node_lat_deg[node] + off_deg,
        pattern_id=[one for one, _ in patterns],
        line=["1"] * len(patterns),
        pattern_name=[one for one, _ in patterns],
        mode=[mode] * len(patterns),
        stop_ptr=np.cumsum([0, *sizes]),
        stop=[row[name] for _, called in patterns for name in called],
        run_time_s=run_s,
        distance_m=[4.0 * t for t in run_s],
        band_start_s=[5 * 3600.0],
        band_end_s=[20 * 3600.0],
        headway_s=[[1800.0]] * len(patterns),
        offset_s=[0.0] * len(patterns),
    )


STOPS = {"A": MIDDLE + 1, "B": MIDDLE + 3, "C": MIDDLE + 6, "D": MIDDLE + 8}


@pytest.fixture(scope="module")
def lines(streets):
    return lines_at(streets, STOPS, [("out", list("ABCD")), ("back", list("DCBA"))])


def closed(streets, *pairs):
    """Mask of the links between pairs of nodes, both ways."""
    ends = [{streets.tail[i], streets.head[i]} for i in range(streets.n_links)]
    return np.array([any(one == set(pair) for pair in pairs) for one in ends])


def test_a_bus_takes_the_quickest_way_round_and_more_time_than_a_car(streets, lines):
    found, lost = network.transit.divert_lines(lines, streets, closed(streets, (MIDDLE + 4, MIDDLE + 5)))
    more = np.array([[0.0, 1.0, 0.0, 0.0]] * 2).ravel()
    np.testing.assert_allclose(found.run_time_s - lines.run_time_s, ROUND_S * more, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(found.distance_m - lines.distance_m, ROUND_M * more, rtol=1e-3, atol=1e-9)
    assert lost == ()
    assert found.pattern_id.tolist() == lines.pattern_id.tolist()


def test_a_line_that_does_not_pass_stays_the_same_object(streets, lines):
    is_closed = closed(streets, (NORTH + 4, NORTH + 5), (SOUTH, SOUTH + 1))
    assert network.transit.divert_lines(lines, streets, is_closed) == (lines, ())


def test_one_of_two_equally_quick_ways_may_close(streets):
    """From one corner of a block to the other: around either side, but not around both."""
    corner = lines_at(streets, {"A": MIDDLE, "B": SOUTH + 1}, [("out", ["A", "B"])])
    west, east = (MIDDLE, SOUTH), (MIDDLE, MIDDLE + 1)
    # rows lie on parallels: the southern one is a little longer, by 4 cm in 500 m
    for pair in (west, east):
        found, _ = network.transit.divert_lines(corner, streets, closed(streets, pair))
        assert found.run_time_s[0] == pytest.approx(120.0, abs=0.01)
    found, _ = network.transit.divert_lines(corner, streets, closed(streets, west, east))
    assert found.run_time_s[0] == pytest.approx(120.0 + ROUND_S, rel=1e-3)


def all_rows(streets, column):
    return closed(streets, *((row + column, row + column + 1) for row in (NORTH, MIDDLE, SOUTH)))


def test_where_no_road_is_left_the_line_ends_before_and_begins_behind(streets, lines):
    found, lost = network.transit.divert_lines(lines, streets, all_rows(streets, 4))
    calls = [
        found.stop_name[found.stop[a:b]].tolist() for a, b in zip(found.stop_ptr, found.stop_ptr[1:], strict=False)
    ]
    assert calls == [["A", "B"], ["C", "D"], ["D", "C"], ["B", "A"]]
    assert found.pattern_id.tolist() == ["out", "out (2)", "back", "back (2)"]
    assert found.headway_s.tolist() == [[1800.0]] * 4
    assert found.run_time_s.tolist() == [120.0, 0.0] * 4
    assert lost == ("bus line 1 is cut between B and C",)


def test_a_part_of_one_stop_is_none(streets, lines):
    found, lost = network.transit.divert_lines(lines, streets, all_rows(streets, 7))
    calls = [
        found.stop_name[found.stop[a:b]].tolist() for a, b in zip(found.stop_ptr, found.stop_ptr[1:], strict=False)
    ]
    assert calls == [["A", "B", "C"], ["C", "B", "A"]]
    assert lost == ("bus line 1 is cut between C and D",)


def test_trips_leave_as_before_and_the_part_behind_a_cut_at_its_time(streets, lines):
    timetable = network.transit.timetable_from_headways(lines)
    days = ServiceDays(["Mo", "Tu"], (timetable, timetable))
    found, lost = network.transit.divert_lines(days, streets, all_rows(streets, 4))
    assert found.timetables[0] is found.timetables[1]
    day = found.timetables[0]
    assert lost == ("bus line 1 is cut between B and C",)
    assert day.n_trips == 2 * timetable.n_trips
    assert len(set(day.trip_id.tolist())) == day.n_trips

    def leaving(form, name):
        at = [
            form.call_ptr[t]
            for r in range(form.n_routes)
            if form.stop_name[form.stop[form.stop_ptr[r]]] == name
            for t in range(form.trip_ptr[r], form.trip_ptr[r + 1])
        ]
        return sorted(form.departure_s[at].tolist())

    assert leaving(day, "A") == leaving(timetable, "A")
    assert leaving(day, "C") == [one + 240.0 for one in leaving(timetable, "A")]
    round_about, _ = network.transit.divert_lines(timetable, streets, closed(streets, (MIDDLE + 4, MIDDLE + 5)))
    assert leaving(round_about, "A") == leaving(timetable, "A")
    assert round_about.arrival_s.max() == timetable.arrival_s.max() + np.round(ROUND_S)


def test_rails_and_yards_off_the_roads_go_on(streets):
    patterns = [("out", list("ABCD"))]
    for change in ({"mode": TransitMode.TRAM}, {"off_deg": 0.02}):
        others = lines_at(streets, STOPS, patterns, **change)
        assert network.transit.divert_lines(others, streets, all_rows(streets, 4)) == (others, ())


def test_a_bus_much_quicker_than_cars_has_a_way_of_its_own(streets, lines):
    quick = replace(lines, run_time_s=lines.run_time_s / 10.0)
    assert network.transit.divert_lines(quick, streets, all_rows(streets, 4)) == (quick, ())


def test_a_stop_with_no_open_road_near_is_passed_by(streets):
    """B lies at a junction all of whose streets close; the line goes round from A to C."""
    lines = lines_at(streets, STOPS, [("out", list("ABCD"))])
    around = [(STOPS["B"], STOPS["B"] + step) for step in (-1, 1, -COLUMNS, COLUMNS)]
    is_closed = closed(streets, *around)
    found, lost = network.transit.divert_lines(lines, streets, is_closed)
    assert found.stop_name[found.stop].tolist() == ["A", "C", "D"]
    assert found.run_time_s[0] == pytest.approx(240.0 + ROUND_S, rel=1e-3)
    assert found.distance_m[0] == pytest.approx(lines.distance_m[:2].sum() + ROUND_M, rel=1e-3)
    assert lost == ("bus line 1 does not serve B",)
