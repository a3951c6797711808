import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.columns import content_digest
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit import headways_from_timetable, timetable_from_headways
from itas_mobility.network.transit.headways import DEFAULT_BANDS
from oracles.transit_networks import network, timetable

HOUR = 3600.0
BANDS = ((6 * HOUR, 8 * HOUR), (8 * HOUR, 12 * HOUR))


def trip(name, start, *runs, dwell=0.0):
    calls, at = [], start
    for run in (0.0, *runs):
        calls.append((at + run, at + run + dwell))
        at = calls[-1][1]
    return name, calls


def test_headways_and_run_times_by_hand():
    early = [trip(f"t{k}", 6 * HOUR + k * 1800, 100.0, 200.0, dwell=10.0) for k in range(4)]
    late = [trip("slow", 9 * HOUR, 100.0, 250.0, dwell=10.0), trip("night", 23 * HOUR, 100.0, 200.0, dwell=10.0)]
    table = timetable("PQR", [("r", "1", "PQR", [*early, *late])])
    lines = headways_from_timetable(table, bands=BANDS)
    assert lines.headway_s.tolist() == [[1800.0, 4 * HOUR]]
    # departure to departure; to the arrival at the end; the mean of six trips
    assert lines.run_time_s == pytest.approx([110.0, 200.0 + 50 / 6, 0.0])
    assert lines.offset_s.tolist() == [10.0]  # trips dwell at their first stop too
    assert lines.pattern_name.tolist() == ["P - R"]
    assert lines.report.counts["departures outside the bands"] == 1


def test_routes_that_only_overtake_are_one_pattern():
    express = ("b", "1", "PQ", [trip("fast", 7 * HOUR + 60, 60.0)])
    slow = ("a", "1", "PQ", [trip("slow", 7 * HOUR, 300.0)])
    other = ("c", "2", "PQ", [trip("x", 7 * HOUR, 300.0)])
    lines = headways_from_timetable(timetable("PQ", [slow, express, other]), bands=BANDS)
    assert lines.pattern_id.tolist() == ["a", "c"]
    assert lines.headway_s[:, 0].tolist() == [HOUR, 2 * HOUR]
    assert lines.run_time_s[0] == 180.0


def test_who_may_board_tells_patterns_apart():
    routes = [(name, "1", "PQ", [trip(name, 7 * HOUR, 60.0)]) for name in "ab"]
    table = dataclasses.replace(timetable("PQ", routes), may_board=np.array([True, True, False, True]))
    lines = headways_from_timetable(table, bands=BANDS)
    assert lines.n_patterns == 2
    assert lines.may_board.tolist() == [True, True, False, True]


def test_lengths_come_from_the_timetable_or_from_beelines():
    table = timetable("PQR", [("r", "1", "PQR", [trip("t", 7 * HOUR, 60.0, 60.0)])])
    table = dataclasses.replace(
        table, stop_lon_deg=np.array([12.0, 12.1, 12.2]), distance_m=np.array([5000.0, np.nan, 0.0])
    )
    lines = headways_from_timetable(table, bands=BANDS)
    assert lines.distance_m == pytest.approx([5000.0, 0.1 * np.pi / 180 * 6371008.8 * 1.2, 0.0], rel=1e-3)


def test_what_has_no_place_is_counted_and_nothing_at_all_is_refused():
    routes = [
        ("r", "1", "PQ", [trip("t", 7 * HOUR, 60.0)]),
        ("none", "1", "QP", []),
        ("single", "2", "P", [trip("s", 7 * HOUR)]),
    ]
    lines = headways_from_timetable(timetable("PQ", routes), bands=BANDS)
    assert lines.pattern_id.tolist() == ["r"]
    assert lines.report.counts["routes without trips"] == 1
    assert lines.report.counts["routes with a single stop"] == 1
    with pytest.raises(NetworkError, match="none of the 2 trips departs within the bands"):
        headways_from_timetable(timetable("PQ", routes), bands=((0.0, HOUR),))
    with pytest.raises(NetworkError, match="not overlapping"):
        headways_from_timetable(timetable("PQ", routes), bands=((6 * HOUR, 8 * HOUR), (7 * HOUR, 9 * HOUR)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0]), min_size=8, max_size=8),
    st.integers(0, 4).map(lambda k: k * 60.0),
)
def test_clock_face_timetables_give_their_headways_back(headways, offset):
    # every headway divides every band, so that counting departures loses nothing
    before = network("PQR", [("a", "1", "PQR", [61.0, 62.0], headways, offset)], bands=DEFAULT_BANDS)
    table = timetable_from_headways(before)
    after = headways_from_timetable(table)
    np.testing.assert_allclose(after.headway_s, before.headway_s)
    np.testing.assert_allclose(after.run_time_s, before.run_time_s)
    np.testing.assert_array_equal(after.distance_m, before.distance_m)
    again = timetable_from_headways(after)
    assert content_digest(again.departure_s) == content_digest(table.departure_s)
