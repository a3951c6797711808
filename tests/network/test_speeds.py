"""Another free-flow speed on some links: driving takes as long as it says, what else a link takes stays."""

import numpy as np
import pytest

from itas_mobility.errors import NetworkError
from itas_mobility.network import change_links, change_speed, grid
from itas_mobility.units import KM_PER_H_TO_M_PER_S

ROADS = grid(3, 3)
SOME = np.arange(ROADS.n_links) % 3 == 0


def test_links_are_driven_at_the_new_speed_and_others_stay():
    changed = change_speed(ROADS, SOME, speed_km_per_h=20.0)
    assert (changed.free_speed_km_per_h[SOME] == 20.0).all()
    np.testing.assert_allclose(changed.free_time_s[SOME], ROADS.length_m[SOME] / (20.0 * KM_PER_H_TO_M_PER_S))
    for column in ("free_speed_km_per_h", "free_time_s"):
        assert (getattr(changed, column)[~SOME] == getattr(ROADS, column)[~SOME]).all()
    assert (ROADS.free_speed_km_per_h != 20.0).all()


def test_what_a_link_takes_beside_driving_stays():
    held_up = change_links(ROADS, free_time_s=ROADS.free_time_s + 7.0)
    plain, later = (change_speed(one, SOME, speed_km_per_h=10.0).free_time_s for one in (ROADS, held_up))
    np.testing.assert_allclose(later - plain, 7.0)


@pytest.mark.parametrize(
    ("links", "speed", "says"),
    [
        (SOME[:-1], 30.0, "mask has shape"),
        (SOME, 0.0, "must be positive"),
        (SOME, -5.0, "must be positive"),
        (SOME, np.nan, "must be positive"),
    ],
)
def test_what_cannot_be_is_refused(links, speed, says):
    with pytest.raises(NetworkError, match=says):
        change_speed(ROADS, links, speed_km_per_h=speed)
