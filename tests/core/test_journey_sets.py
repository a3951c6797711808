"""Journeys to choose from: sorted pairs, rides in order, parts that make up the whole time."""

import pytest

from itas_mobility.core import JourneySets
from itas_mobility.errors import DemandError


def sets(**changes):
    columns = {
        "zone_id": ["a", "b"],
        "origin": [0, 1],
        "destination": [1, 0],
        "journey_ptr": [0, 2, 3],
        "depart_s": [0.0, 600.0, 0.0],
        "arrive_s": [500.0, 1000.0, 700.0],
        "walk_s": [200.0, 100.0, 200.0],
        "wait_s": [0.0, 60.0, 0.0],
        "in_vehicle_s": [300.0, 240.0, 500.0],
        "ride_ptr": [0, 1, 3, 4],
        "ride_day": [0, 0, 0, 0],
        "ride_trip": [0, 1, 2, 3],
        "board": [0, 0, 1, 0],
        "alight": [1, 1, 2, 1],
    }
    return JourneySets(**(columns | changes))


def test_journeys_know_their_pair_and_their_boardings():
    made = sets()
    assert made.pair.tolist() == [0, 0, 1]
    assert made.boardings.tolist() == [1, 2, 1]
    assert made.to_dataframe()["to_zone"].tolist() == ["b", "b", "a"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrive_s": [501.0, 1000.0, 700.0]}, "not the whole time"),
        ({"origin": [1, 0]}, "pairs must be sorted"),
        ({"alight": [1, 1, 1, 1]}, "a ride ends before it begins"),
        ({"journey_ptr": [0, 3, 3]}, "a pair has no journey"),
        ({"ride_ptr": [0, 1, 1, 4]}, "a journey has no ride"),
    ],
)
def test_contradictions_are_refused(changes, message):
    with pytest.raises(DemandError, match=message):
        sets(**changes)
