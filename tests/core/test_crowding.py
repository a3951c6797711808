"""Weights of time in full vehicles: published points, never falling, refused where they contradict themselves."""

import numpy as np
import pytest

from itas_mobility.core import Crowding
from itas_mobility.demand.transit import crowding_from
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.parameters import default_parameters


def made(**changes):
    options = {
        "seats": np.full(8, 50.0), "capacity_persons": np.full(8, 125.0), "seated_factor": 0.709,
        "seated_growth": 0.3904, "standing_factor": 1.074, "standing_growth": 0.4102, "highest_load_factor": 2.0,
        "overload_weight": 10.0,
    }  # fmt: skip
    return Crowding(**(options | changes))


def weight(crowding, persons):
    return crowding.weight(np.atleast_1d(np.array(persons, float)), np.array(50.0), np.array(125.0))


def test_weights_are_those_of_the_published_multipliers():
    """Wardman & Whelan 2011, commuting: seated 1.05 at 100 %, 1.55 at 200 %; standing 2.44 at 200 %."""
    assert weight(made(), [0.0, 25.0])[0] == weight(made(), [0.0, 25.0])[1] == 1.0
    assert weight(made(), 50.0)[0] == pytest.approx(1.05, abs=0.005)
    assert weight(made(), 100.0)[0] == pytest.approx((1.55 + 2.44) / 2.0, abs=0.01)


def test_weights_never_fall_and_are_steep_above_the_capacity():
    persons = np.linspace(0.0, 300.0, 3001)
    felt = weight(made(), persons)
    assert (np.diff(felt) >= 0).all()
    assert (np.diff(felt[450:]) > 0).all()
    without = weight(made(overload_weight=0.0), persons)
    np.testing.assert_allclose(felt - without, 10.0 * np.maximum(persons / 125.0 - 1.0, 0.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seats": np.full(8, 0.0)}, "seats: must be positive"),
        ({"seats": np.full(7, 1.0)}, "seats: shape"),
        ({"capacity_persons": np.full(8, 49.0)}, "below the seats"),
        ({"standing_factor": 0.5}, "standing must not count less"),
        ({"overload_weight": -1.0}, "overload_weight"),
        ({"highest_load_factor": np.nan}, "highest_load_factor"),
    ],
)
def test_contradictions_are_refused(changes, message):
    with pytest.raises(DemandError, match=message):
        made(**changes)


def test_it_shows_vehicles_by_mode():
    assert "subway" in crowding_from(default_parameters())._repr_html_()
