"""The layout for windows holds what runs in them, and nothing else."""

import numpy as np

from itas_mobility.demand.transit.timetables.index import index_timetable, legs_by_stop
from itas_mobility.demand.transit.timetables.window_table import lay_out_window
from oracles.transit_networks import access, timetable

STOPS = "ABCDE"
ROUTES = [
    ("r1", "1", ["D", "B", "A"], [(f"1.{i}", [(t, t), (t + 60, t + 90), (t + 200, t + 200)]) for i, t in
                                  enumerate((0, 600, 1200, 1800))]),
    ("r2", "2", ["A", "E"], [("2.0", [(5000, 5000), (5100, 5100)])]),
]  # fmt: skip


def laid_out(low_s, high_s, *, is_mirrored=False):
    legs = access(2, 5, [(0, 3, 10.0), (1, 0, 20.0), (1, 4, 30.0)], [(0, 2, 40.0), (2, 0, 50.0)])
    index = index_timetable(timetable(STOPS, ROUTES), legs, is_mirrored=is_mirrored)
    return lay_out_window(index, low_s, high_s), legs


def test_only_trips_of_the_window_are_there_arrivals_by_trip_and_departures_by_place():
    table, _ = laid_out(800.0, 1500.0)  # the trip from 600 still runs at 800
    assert table.time_ptr.tolist() == [0, 6, 6]
    assert table.arrival_s.tolist() == [600, 660, 800, 1200, 1260, 1400]
    assert table.departure_s.tolist() == [600, 1200, 690, 1290, 800, 1400]
    # the route without a trip cannot be boarded, nor can any at its end
    assert table.at_place.tolist() == [0, 1]
    assert table.latest_s.tolist() == [1200, 1290]
    assert table.place_at.tolist() == [0, 1, -1, -1, -1]


def test_stops_are_numbered_as_routes_call_and_all_that_names_them_follows():
    table, legs = laid_out(0.0, 9000.0)
    assert table.stop_row.tolist() == [2, 1, 4, 0, 3]  # D, B, A, E; C has no route
    assert table.stop.tolist() == [0, 1, 2, 2, 3]
    by_stop = legs_by_stop(legs, stop_row=table.stop_row)
    assert by_stop.ptr.tolist() == [0, 1, 1, 2, 3, 3]
    assert by_stop.target.tolist() == [0, 1, 1]
    assert by_stop.time.tolist() == [10, 20, 30]
    assert by_stop.n_targets == 2
    assert table.walk_ptr.tolist() == [0, 0, 0, 1, 1, 2]
    assert table.walk_to.tolist() == [4, 2]
    assert table.walk_time_s.tolist() == [40, 50]


def test_mirrored_times_are_cut_alike():
    table, _ = laid_out(-1500.0, -800.0, is_mirrored=True)
    assert np.diff(table.time_ptr).tolist() == [0, 6]
    assert table.arrival_s.tolist() == [-1400, -1290, -1200, -800, -690, -600]
