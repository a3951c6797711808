"""Optional columns of a timetable, and service days."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import ServiceDays
from itas_mobility.errors import NetworkError
from oracles.transit_networks import timetable


def small():
    return timetable(["a", "b", "c"], [("r1", "1", ["a", "b", "c"], [("x", [(0, 0), (60, 70), (120, 120)])])])


def test_columns_that_are_left_out_say_what_is_usual():
    given = small()
    assert given.stop_station.tolist() == [""] * 3
    assert given.change_s.tolist() == [0.0] * 3
    assert given.transfer_from.size == given.no_transfer_to.size == 0
    assert given.may_board.all()
    assert given.may_alight.all()
    assert given.may_board.shape == given.stop.shape
    assert np.isnan(given.distance_m).all()
    assert given.route_type.tolist() == [-1]
    assert given.trip_headway_s.tolist() == [0.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"transfer_from": [1, 0], "transfer_to": [0, 1], "transfer_time_s": [5, 5]}, "transfer_from: pairs must be"),
        ({"transfer_from": [0, 0], "transfer_to": [1, 1], "transfer_time_s": [5, 5]}, "transfer_from: pairs must be"),
        ({"transfer_from": [1], "transfer_to": [1], "transfer_time_s": [5]}, "joined to itself"),
        ({"no_transfer_from": [1], "no_transfer_to": [3]}, "no_transfer_to"),
        ({"transfer_from": [1], "transfer_to": [0], "transfer_time_s": [-5]}, "transfer_time_s"),
        ({"may_board": [True]}, "may_board: shape"),
        ({"change_s": [0, np.nan, 0]}, "change_s"),
        ({"trip_headway_s": [-1]}, "trip_headway_s"),
    ],
)
def test_faults_of_optional_columns_are_named(columns, message):
    with pytest.raises(NetworkError, match=message):
        replace(small(), **{name: np.array(values) for name, values in columns.items()})


def test_service_days_are_found_by_their_label():
    weekday, sunday = small(), replace(small(), service_date="2026-11-29")
    days = ServiceDays(label=np.array(["Mo", "So"]), timetables=(weekday, sunday))
    assert days.on("So") is sunday
    assert len(days) == 2
    assert "So" in days._repr_html_()
    with pytest.raises(NetworkError, match="'Sa': there is none, only Mo, So"):
        days.on("Sa")


def test_service_days_share_their_stops():
    other = replace(small(), stop_id=np.array(["a", "b", "d"]))
    with pytest.raises(NetworkError, match="So has other stops than Mo"):
        ServiceDays(label=np.array(["Mo", "So"]), timetables=(small(), other))
    with pytest.raises(NetworkError, match="at least one day"):
        ServiceDays(label=np.zeros(0, str), timetables=())


def test_whose_stop_it_is_goes_along_with_the_stop(tmp_path):
    """A stop for the workers of one site stays theirs in timetables, headways, files and feeds put together."""
    from itas_mobility import network
    from oracles.transit_networks import network as lines_of

    lines = network.transit.build_stop(
        lines_of(["P", "Q"], [("one", "1", ["P", "Q"], [600.0], 1800.0)]),
        "Tor",
        lon_deg=12.0,
        lat_deg=50.0,
        site="werk",
    )
    assert lines.stop_site.tolist() == ["", "", "werk"]
    day = network.transit.timetable_from_headways(lines)
    network.write_network(lines, tmp_path / "lines.npz")
    for form in (
        day,
        network.transit.headways_from_timetable(day),
        network.transit.merge_timetables([day]),
        network.read_transit_network(tmp_path / "lines.npz"),
    ):
        assert form.stop_site.tolist() == ["", "", "werk"]
