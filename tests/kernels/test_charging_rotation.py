"""Turns of cars that follow a plan: by hand, and the same as a plain loop says."""

import numpy as np

from itas_mobility.kernels import charging_rotation as kernels


def turns_of(n_cars, n_steps, planned, need, *, least=4.0, most=10.0, standby=0.0):
    """All cars are present in all steps of an hour."""
    pointer = np.arange(n_cars + 1) * n_steps
    step = np.tile(np.arange(n_steps), n_cars)
    powers = np.full(n_cars, least), np.full(n_cars, most)
    return kernels.Turns(
        pointer, step, np.ones(step.size), np.asarray(planned, float).ravel(), np.asarray(need, float), *powers, 1.0,
        standby,
    )  # fmt: skip


def rotate(turns, n_steps, wished, free, *, is_even=False):
    n = turns.step.size
    order = np.argsort(turns.step, kind="stable")
    edges = np.searchsorted(turns.step[order], np.arange(n_steps + 1))
    taken = kernels.Taken(np.ones(n), np.ones(n), np.ones(turns.need.size), np.ones(n_steps))
    kernels.rotate(turns, order, edges, np.full(n_steps, wished), np.full(n_steps, free), is_even, taken)
    return taken


def test_two_cars_take_turns_under_a_plan_that_is_below_their_least_power():
    """2.5 kW for each of two cars in four hours, least 4 kW: one at a time, who is owed most."""
    turns = turns_of(2, 4, np.full((2, 4), 2.5), [10.0, 10.0], least=4.0, most=5.0)
    taken = rotate(turns, 4, 5.0, 5.0)
    np.testing.assert_allclose(taken.power.reshape(2, 4), [[5, 0, 5, 0], [0, 5, 0, 5]])
    np.testing.assert_allclose(taken.load, 5.0)
    np.testing.assert_allclose(taken.got, 10.0)


def test_the_plan_itself_is_followed_where_it_is_not_below_the_least_power():
    planned = np.array([[5.0, 6.0, 0.0], [4.0, 0.0, 9.0]])
    taken = rotate(turns_of(2, 3, planned, planned.sum(axis=1)), 3, 20.0, 20.0, is_even=True)
    np.testing.assert_allclose(taken.power.reshape(2, 3), planned)


def test_who_must_charge_may_exceed_what_is_wished_but_not_what_is_free():
    planned = np.array([[0.0, 10.0], [0.0, 10.0], [0.0, 10.0]])
    turns = turns_of(3, 2, planned, [10.0, 10.0, 14.0])
    taken = rotate(turns, 2, 12.0, 24.0)
    # the third needs 4 kWh before the last hour; in the last all need full power, and 24 kW are free
    assert taken.power.reshape(3, 2)[2, 0] >= 4.0
    np.testing.assert_allclose(taken.got, [10.0, 10.0, 14.0])
    assert 12.0 < taken.load[1] <= 24.0
    tight = rotate(turns, 2, 12.0, 15.0)
    np.testing.assert_allclose(tight.load[1], 15.0)
    assert tight.got.sum() < 34.0


def test_a_car_stops_when_it_is_full_and_control_takes_its_share():
    turns = turns_of(1, 2, [[3.0, 2.0]], [5.0], standby=1.0)
    taken = rotate(turns, 2, 10.0, 10.0)
    np.testing.assert_allclose(taken.power, 4.0)  # 3 kWh and 1 kW for its control, then 2 kWh in two thirds of an hour
    np.testing.assert_allclose((taken.time[0], taken.time[1], taken.got[0]), (1.0, 2.0 / 3.0, 5.0))
    short = rotate(turns_of(1, 1, [[1.0]], [1.0], standby=1.0), 1, 10.0, 10.0)
    np.testing.assert_allclose((short.power[0], short.time[0]), (4.0, 1.0 / 3.0))
