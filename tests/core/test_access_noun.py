import numpy as np
import pytest

from itas_mobility.core import AccessLegs, AccessMode
from itas_mobility.errors import InputError, NetworkError

BASE = {
    "n_zones": 2,
    "n_stops": 3,
    "zone": [0, 0, 1],
    "stop": [0, 1, 2],
    "time_s": [60.0, 300.0, 90.0],
    "length_m": [80.0, 2000.0, 120.0],
    "transfer_from": [0],
    "transfer_to": [1],
    "transfer_time_s": [30.0],
}


def test_legs_are_walks_unless_it_is_said():
    legs = AccessLegs(**BASE)
    assert legs.mode.tolist() == [AccessMode.WALK] * 3
    assert not legs.is_home_only.any()


def test_vehicles_stay_at_home_s_end_and_can_be_left_out():
    legs = AccessLegs(**BASE, mode=[0, 2, 1])
    assert legs.is_home_only.tolist() == [False, True, True]
    walks = legs.walking()
    assert (walks.zone.tolist(), walks.stop.tolist(), walks.transfer_from.tolist()) == ([0], [0], [0])
    assert legs.only([AccessMode.CAR, AccessMode.BIKE]).time_s.tolist() == [300.0, 90.0]
    assert "legs (car)" in legs._repr_html_()
    shared = AccessLegs(**BASE, mode=[0, 2, 1], is_home_only=[False, True, False])
    assert shared.is_home_only.tolist() == [False, True, False]


def test_faults_are_told_together():
    with pytest.raises(NetworkError, match=r"(?s)mode.*is_home_only") as fault:
        AccessLegs(**BASE, mode=[0, 7, 0], is_home_only=[True])
    assert "AccessLegs" in str(fault.value)
    assert np.all(AccessLegs(**BASE).mode == 0)


def test_each_end_has_the_legs_that_can_be_used_there():
    legs = AccessLegs(**BASE, mode=[0, 2, 1])
    origin, destination = legs.at_ends("origin")
    assert origin is legs
    assert destination.stop.tolist() == [0]
    away, home = legs.at_ends("destination")
    assert (away.stop.tolist(), home) == ([0], legs)
    walks = AccessLegs(**BASE)
    assert all(end is walks for end in walks.at_ends("origin"))
    with pytest.raises(InputError, match="home_end='both'"):
        legs.at_ends("both")
