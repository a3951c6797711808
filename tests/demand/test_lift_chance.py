"""Chance of a lift: who lives on the way and works the same hours."""

from dataclasses import replace

import numpy as np
import pytest
from commuting_offers import PARAMETERS, made_segment, made_sites, skims

from itas_mobility import demand
from itas_mobility.core import ModeShares
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.parameters import default_parameters

PLACE = np.array([0.0, 240.0, 480.0, 1500.0])
"""Of four zones on a line, seconds by car from the first."""
CAR = skims(time_s=np.abs(PLACE[:, None] - PLACE))


@pytest.fixture(scope="module")
def sites():
    return made_sites()


def chance(workers, sites, **values):
    parameters = PARAMETERS
    for name, value in values.items():
        parameters = parameters.with_value(name, value, source="made")
    segment = replace(made_segment(), workers=workers)
    return demand.lift_chance(segment, CAR, sites, parameters=parameters)


def to_first(*persons):
    workers = np.zeros((4, 4))
    workers[:, 0] = persons
    return workers


def test_by_hand(sites):
    found = chance(to_first(0.0, 10.0, 4.0, 2.0), sites, lift_share=0.2, lift_detour_min=8.0, lift_household_share=0.0)
    # at 480 s: own 4 and the 2 who pass; those at 240 s would drive 240 s there and 240 s back: detour 480 = limit
    assert found[2, 0] == pytest.approx(0.2 * (1.0 - np.exp(-0.2 * 6.0)))
    # at 240 s: all pass or live there
    assert found[1, 0] == pytest.approx(0.2 * (1.0 - np.exp(-0.2 * 16.0)))
    # nobody works elsewhere
    assert (found[:, 1:] == 0.0).all()


def test_a_household_takes_along_besides(sites):
    found = chance(to_first(0.0, 10.0, 4.0, 2.0), sites, lift_share=0.2, lift_household_share=0.05)
    alone = chance(to_first(0.0, 10.0, 4.0, 2.0), sites, lift_share=0.2, lift_household_share=0.0)
    np.testing.assert_allclose(found, 1.0 - 0.95 * (1.0 - alone))


def test_more_workers_and_more_who_are_willing_give_more(sites):
    few, many = (chance(to_first(0.0, n, n, n), sites) for n in (1.0, 20.0))
    assert (many[:, 0] > few[:, 0]).all()
    scheme = replace(sites, zone=[0, 1], lift_share=[0.4, np.nan])
    there = chance(to_first(0.0, 20.0, 20.0, 20.0), scheme)
    assert (there[:, 0] > many[:, 0]).all()
    np.testing.assert_array_equal(there[:, 1:], many[:, 1:])


def test_a_zone_in_two_changes_nothing(sites):
    """Homes that are split, with the same people in both halves: the same persons are on the way."""
    split = skims(time_s=np.abs(np.array([0.0, 480.0, 480.0, 1500.0])[:, None] - np.array([0.0, 480.0, 480.0, 1500.0])))
    segment = replace(made_segment(), workers=to_first(0.0, 3.0, 5.0, 2.0))
    halves = demand.lift_chance(segment, split, sites, parameters=PARAMETERS)
    whole = demand.lift_chance(
        replace(segment, workers=to_first(0.0, 8.0, 0.0, 2.0)), split, sites, parameters=PARAMETERS
    )
    np.testing.assert_allclose(halves[:, 0], whole[:, 0], rtol=1e-12)


def test_no_road_no_lift(sites):
    times = CAR["time_s"].copy()
    times[3, :3] = times[:3, 3] = np.inf
    segment = replace(made_segment(), workers=to_first(1.0, 10.0, 4.0, 2.0))
    found = demand.lift_chance(segment, skims(time_s=times), sites, parameters=PARAMETERS)
    assert (found[3, :3] == 0.0).all()
    assert np.isfinite(found).all()


def test_passengers_beyond_all_seats_are_counted():
    segment = replace(made_segment(), workers=to_first(0.0, 10.0, 4.0, 2.0))
    shares = np.zeros((2, 4, 4))
    shares[0], shares[1] = 0.1, 0.9
    found = demand.without_seat(segment, ModeShares(("car", "passenger"), shares), parameters=default_parameters())
    np.testing.assert_allclose(found, [16.0 * (0.9 - 3.0 * 0.1), 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lift_share", 1.5, "parameter lift_share: 1.5 must lie between 0 and 1"),
        ("lift_detour_min", 0.0, "parameter lift_detour_min: 0 must be positive"),
        ("lift_household_share", -0.1, "parameter lift_household_share: -0.1 must lie"),
    ],
)
def test_refusals(sites, name, value, words):
    with pytest.raises(DemandError, match=words):
        chance(to_first(0.0, 1.0, 1.0, 1.0), sites, **{name: value})
