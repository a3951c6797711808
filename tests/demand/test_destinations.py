"""Workplaces react to the logsum of all modes, and homes keep their workers, workplaces their jobs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import demand
from itas_mobility.core import ODMatrix
from itas_mobility.errors import DemandError

TRIPS = np.array([[400.0, 100.0, 0.0], [50.0, 300.0, 20.0], [10.0, 5.0, 80.0]])


def commuters(trips=TRIPS):
    return ODMatrix([f"z{i}" for i in range(len(trips))], trips)


def respond(change, scale=0.5, trips=TRIPS):
    before = np.linspace(-3.0, -1.0, trips.size).reshape(trips.shape)
    return trips * demand.respond_destinations(commuters(trips), before, before + change, scale=scale)


def test_two_by_two_in_closed_form():
    """The margins leave one unknown in two by two zones; its odds ratio is that of the seed times exp(theta d)."""
    trips = np.array([[60.0, 40.0], [30.0, 70.0]])
    change = np.array([[0.8, 0.0], [0.0, 0.0]])
    found = respond(change, 0.6, trips)
    odds = trips[0, 0] * trips[1, 1] / (trips[0, 1] * trips[1, 0]) * np.exp(0.6 * 0.8)
    # x (y) with margins 100, 100 | 90, 110: x (10 + x) = odds (100 - x) (90 - x)
    roots = np.roots([1.0 - odds, 10.0 + 190.0 * odds, -9000.0 * odds])
    x = next(one for one in roots.real if 0.0 < one < 90.0)
    np.testing.assert_allclose(found, [[x, 100.0 - x], [90.0 - x, 10.0 + x]], rtol=1e-11)


@given(st.lists(st.floats(-3.0, 3.0), min_size=9, max_size=9), st.floats(0.05, 1.0))
def test_margins_are_kept(change, scale):
    found = respond(np.reshape(change, (3, 3)), scale)
    np.testing.assert_allclose(found.sum(axis=0), TRIPS.sum(axis=0), rtol=1e-11)
    np.testing.assert_allclose(found.sum(axis=1), TRIPS.sum(axis=1), rtol=1e-11)
    assert (found[TRIPS == 0] == 0).all()


@given(st.floats(-4.0, 4.0))
def test_what_all_gain_alike_moves_nobody(rise):
    np.testing.assert_allclose(respond(np.full((3, 3), rise)), TRIPS, rtol=1e-10)
    of_home = np.broadcast_to([[rise], [0.0], [-rise]], (3, 3))
    np.testing.assert_allclose(respond(of_home), TRIPS, rtol=1e-10)
    np.testing.assert_allclose(respond(of_home.T), TRIPS, rtol=1e-10)


@pytest.mark.parametrize("pair", [(0, 0), (0, 1), (1, 2), (2, 0)])
@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0])
def test_a_pair_that_gains_alone_gains_commuters(pair, scale):
    change = np.zeros((3, 3))
    change[pair] = 0.4
    found = respond(change, scale)
    assert found[pair] > TRIPS[pair] * (1.0 + 1e-4)
    more = np.zeros((3, 3))
    more[pair] = 0.8
    assert respond(more, scale)[pair] > found[pair]


def test_no_change_is_exactly_none():
    assert (demand.respond_destinations(commuters(), -TRIPS, -TRIPS, scale=1.0) == 1.0).all()


def test_pairs_without_a_mode_keep_their_commuters():
    before, after = np.full((3, 3), -2.0), np.full((3, 3), -2.0)
    before[0, 1], after[1, 0], after[2, 2] = -np.inf, -np.inf, -1.0
    after[1, 1] = -1.5
    found = TRIPS * demand.respond_destinations(commuters(), before, after, scale=0.7)
    assert found[0, 1] == TRIPS[0, 1]
    assert found[1, 0] == TRIPS[1, 0]
    np.testing.assert_allclose(found.sum(axis=1), TRIPS.sum(axis=1), rtol=1e-11)
    nowhere = demand.respond_destinations(commuters(), before, np.full((3, 3), -np.inf), scale=0.7)
    assert (nowhere == 1.0).all()


def test_steep_changes_do_not_overflow():
    change = np.where(np.eye(3) > 0, 2000.0, 1990.0)
    found = respond(change, 1.0)
    np.testing.assert_allclose(found.sum(axis=0), TRIPS.sum(axis=0), rtol=1e-11)


@pytest.mark.parametrize("scale", [0.0, -0.1, 1.1, float("nan")])
def test_the_scale_is_that_of_a_nest(scale):
    with pytest.raises(DemandError, match=r"must lie in \(0, 1\]"):
        respond(np.zeros((3, 3)), scale)


def test_faults_are_named():
    with pytest.raises(DemandError, match=r"logsum_after has shape \(2, 2\)"):
        demand.respond_destinations(commuters(), np.zeros((3, 3)), np.zeros((2, 2)), scale=0.5)
    with pytest.raises(DemandError, match="logsum_before must be numbers"):
        demand.respond_destinations(commuters(), np.full((3, 3), np.nan), np.zeros((3, 3)), scale=0.5)
