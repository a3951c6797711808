import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.errors import NetworkError
from itas_mobility.network.transit.timetable import timetable_from_headways
from oracles.transit_networks import network

BANDS = ((5 * 3600.0, 7 * 3600.0), (7 * 3600.0, 19 * 3600.0), (19 * 3600.0, 26 * 3600.0))


def departures(table, route=0):
    trips = np.arange(table.trip_ptr[route], table.trip_ptr[route + 1])
    return table.departure_s[table.call_ptr[trips]]


def test_clock_face_departures_by_hand():
    pattern = ("4:0", "4", ["P", "Q", "R"], [120.4, 60.4], [1800.0, np.inf, 3600.0], 300.0)
    table = timetable_from_headways(network("PQR", [pattern], bands=BANDS), service_date="2026-11-24")
    expected = [f"{h:02d}:{m:02d}" for h, m in [(5, 5), (5, 35), (6, 5), (6, 35)]] + [f"{h}:05" for h in range(19, 26)]
    assert [t.removeprefix("4:0 ").removesuffix(":00") for t in table.trip_id] == expected
    assert (departures(table)[0], departures(table)[-1]) == (5 * 3600 + 300, 25 * 3600 + 300)
    # whole seconds, rounded from the start and not call by call
    np.testing.assert_array_equal(table.arrival_s[:3] - table.arrival_s[0], [0, 120, 181])
    assert table.service_date == "2026-11-24"


def test_a_pattern_without_service_makes_a_route_without_trips():
    patterns = [("a", "1", ["P", "Q"], [60.0], np.inf), ("b", "2", ["Q", "P"], [60.0], 3600.0)]
    table = timetable_from_headways(network("PQ", patterns))
    assert table.trip_ptr.tolist() == [0, 0, 24]
    assert table.route_id.tolist() == ["a", "b"]


def test_an_empty_network_makes_an_empty_timetable():
    assert timetable_from_headways(network("PQ", [])).n_trips == 0


seconds = st.integers(60, 7200).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(seconds, min_size=3, max_size=3), st.integers(0, 7200).map(float), st.integers(0, 2))
def test_halving_a_headway_keeps_all_departures(headways, offset, band):
    def made(values):
        transit = network("PQR", [("a", "1", "PQR", [61.0, 62.0], values, offset)], bands=BANDS)
        return departures(timetable_from_headways(transit))

    halved = list(headways)
    halved[band] /= 2
    before, after = made(headways), made(halved)
    assert set(before) <= set(after)
    assert len(after) > len(before)


@settings(max_examples=60, deadline=None)
@given(st.floats(30, 7200), st.floats(0, 7200))
def test_departures_lie_in_their_band_on_the_clock_face(headway, offset):
    transit = network("PQ", [("a", "1", "PQ", [100.0], headway, offset)], bands=((18000.0, 36000.0),))
    found = departures(timetable_from_headways(transit))
    assert (found == np.round(found)).all()
    assert (found >= 18000).all()
    assert (found <= 36000).all()
    distance = (found - offset) / headway
    assert np.abs(distance - np.round(distance)).max(initial=0.0) <= 0.51 / headway
    assert abs(len(found) - 18000 / headway) <= 1


def test_two_trips_in_one_second_are_refused():
    with pytest.raises(NetworkError, match="trip_id"):
        timetable_from_headways(network("PQ", [("a", "1", "PQ", [60.0], 0.4)], bands=((0.0, 10.0),)))
