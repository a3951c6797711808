"""Parking: who stands at a site at the same time, and the price at which cars and spaces balance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility import demand
from itas_mobility.core import IndustrialSites, ShiftPattern, SiteParking, TourSegment
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.parameters import default_parameters

HOUR = 3600.0


def logit_cars(persons, difference, per_euro):
    """Cars of persons who choose between the car and one other mode, by price of parking."""

    def standing(price):
        return persons / (1.0 + np.exp(-(difference - per_euro * price)))

    return standing


def test_one_site_with_a_logit_has_its_price_in_closed_form():
    persons, difference, per_euro, spaces = 1000.0, 1.5, 0.3, 600.0
    found = demand.clear_parking(logit_cars(persons, difference, per_euro), [spaces], 50.0)
    # spaces = persons / (1 + exp(-(difference - per_euro * price)))
    price = (difference - math.log(spaces / (persons - spaces))) / per_euro
    assert found.price_eur_per_day[0] == pytest.approx(price, rel=1e-14)
    assert found.standing_cars[0] == pytest.approx(spaces, rel=1e-14)
    assert found.outside_cars[0] == 0.0


def test_a_price_does_not_rise_above_what_standing_outside_costs():
    cars = logit_cars(1000.0, 1.5, 0.3)
    price = (1.5 - math.log(600.0 / 400.0)) / 0.3
    found = demand.clear_parking(cars, [600.0], 0.5 * price)
    assert found.price_eur_per_day[0] == 0.5 * price
    assert found.standing_cars[0] == cars(np.array([0.5 * price]))[0] > 600.0
    assert found.outside_cars[0] == found.standing_cars[0] - 600.0


def test_without_shortage_there_is_no_price():
    cars = logit_cars(np.array([1000.0] * 4), 1.5, 0.3)
    most = cars(np.zeros(4))[0]
    found = demand.clear_parking(cars, [np.inf, most, np.nextafter(most, 0.0), 0.0], 5.0)
    assert found.price_eur_per_day[:2].tolist() == [0.0, 0.0]
    assert 0.0 <= found.price_eur_per_day[2] < 1e-12
    assert found.price_eur_per_day[3] == 5.0
    assert found.outside_cars.tolist() == [0.0, 0.0, 0.0, found.standing_cars[3]]


def test_sides_without_a_cost_leave_all_that_is_too_much_outside():
    found = demand.clear_parking(logit_cars(1000.0, 1.5, 0.3), [600.0], 0.0)
    assert found.price_eur_per_day[0] == 0.0
    assert found.outside_cars[0] == found.standing_cars[0] - 600.0 > 0.0


SITES = st.lists(
    st.tuples(
        st.floats(0.0, 1e5), st.floats(-8.0, 8.0), st.floats(1e-3, 5.0), st.floats(0.0, 1e5), st.floats(0.0, 50.0)
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(SITES)
def test_one_of_three_holds_at_each_site(sites):
    persons, difference, per_euro, spaces, outside = np.array(sites).T
    calls = []

    def standing(price):
        calls.append(price)
        return logit_cars(persons, difference, per_euro)(price)

    found = demand.clear_parking(standing, spaces, outside)
    price, cars = found.price_eur_per_day, found.standing_cars
    assert len(calls) < 120
    assert all(((one >= 0) & (one <= outside)).all() for one in calls)
    np.testing.assert_array_equal(cars, standing(price))
    is_free = (price == 0.0) & (cars <= spaces)
    is_full = (price == outside) & (cars >= spaces) & (found.outside_cars == cars - spaces)
    # a step of a float of the price moves so many cars
    step = 2.0 * np.spacing(outside) * per_euro * cars + 4.0 * np.spacing(cars)
    is_between = (np.abs(cars - spaces) <= step) & (found.outside_cars <= step)
    assert (is_free | is_full | is_between).all()


@settings(max_examples=100, deadline=None)
@given(SITES, st.floats(0.0, 1e3))
def test_more_spaces_never_raise_the_price(sites, more):
    persons, difference, per_euro, spaces, outside = np.array(sites).T
    cars = logit_cars(persons, difference, per_euro)
    few, many = (demand.clear_parking(cars, room, outside) for room in (spaces, spaces + more))
    assert (many.price_eur_per_day <= few.price_eur_per_day + 4.0 * np.spacing(outside)).all()
    assert (many.outside_cars <= few.outside_cars + 1e-9).all()


def test_noise_in_the_cars_moves_the_price_as_little():
    cars = logit_cars(1000.0, 1.5, 0.3)
    one = demand.clear_parking(cars, [600.0], 50.0).price_eur_per_day[0]
    other = demand.clear_parking(lambda price: cars(price) * (1.0 + 1e-12), [600.0], 50.0).price_eur_per_day[0]
    # d price / d ln cars = 1 / (per_euro * (1 - share))
    assert other - one == pytest.approx(1e-12 / (0.3 * 0.4), rel=1e-2)


def test_numbers_that_fall_in_steps_end_at_the_step():
    """Not asked for, but it must end: the price at which the cars pass the spaces."""
    found = demand.clear_parking(lambda price: np.where(price < 2.0, 900.0, 500.0), [600.0], 50.0)
    assert found.price_eur_per_day[0] == pytest.approx(2.0, abs=1e-14)


@pytest.mark.parametrize(
    ("standing", "spaces", "outside", "says"),
    [
        (lambda price: 100.0 + price, [50.0], 5.0, "become more"),
        (lambda price: np.nan * price, [50.0], 5.0, "finite"),
        (lambda price: 100.0 - price, [-1.0], 5.0, "negative"),
        (lambda price: 100.0 - price, [np.nan], 5.0, "NaN"),
        (lambda price: 100.0 - price, [50.0], np.inf, "costs be finite"),
    ],
)
def test_what_cannot_be_cleared_is_refused(standing, spaces, outside, says):
    with pytest.raises(DemandError, match=says):
        demand.clear_parking(standing, spaces, outside)


def works(spaces, **more):
    """Sites that lie in the zones 2, 3, ..."""
    n = len(spaces)
    one = np.ones(n)
    return IndustrialSites(
        site_id=[f"w{k}" for k in range(n)], name=["Works"] * n, zone=np.arange(2, 2 + n), gate_ptr=np.arange(n + 1),
        gate_name=["Tor"] * n, gate_lon_deg=12.5 * one, gate_lat_deg=50.7 * one, gate_stop_name=[""] * n,
        stop_to_gate_m=0.0 * one, gate_to_workplace_m=0.0 * one, head_count=600.0 * one, attendance_share=0.9 * one,
        parking_spaces=spaces, grid_connection_kw=100.0 * one, charging_points=[1] * n, charging_point_kw=11.0 * one,
        shifts=(ShiftPattern(["s"], [6 * HOUR], [14 * HOUR], [1.0]),) * n, **more,
    )  # fmt: skip


def segment(start_h, end_h, n_zones=4):
    workers = np.zeros((n_zones, n_zones))
    workers[0, 2:] = 1.0
    return TourSegment(f"{start_h}-{end_h}", start_h * HOUR, end_h * HOUR, workers, [1.0], [1.0])


def parked(*hours, lead_min=15.0, lag_min=10.0, sites=None):
    """Parking of two sites where people work at some hours."""
    parameters = default_parameters()
    for name, value in {"shift_arrival_lead_min": lead_min, "shift_leave_lag_min": lag_min}.items():
        parameters = parameters.with_value(name, value, source="made")
    sites = works([300.0, 100.0]) if sites is None else sites
    return demand.site_parking(sites, [segment(*one) for one in hours], parameters=parameters)


def most(parking, *cars):
    return demand.most_standing(parking, np.array(cars, float)[:, None])[0]


def test_shifts_that_follow_each_other_stand_together_at_the_change():
    parking = parked((6, 14), (14, 22), (22, 30))
    assert most(parking, 100, 80, 60) == 180.0
    assert most(parking, 10, 80, 60) == 140.0
    assert most(parking, 100, 0, 60) == 160.0  # the night shift of yesterday, at six
    assert demand.fullest_moment(parking, np.array([[100.0], [80.0], [60.0]])).tolist() == [14 * HOUR]
    assert demand.fullest_moment(parking, np.array([[100.0], [0.0], [60.0]])).tolist() == [6 * HOUR]
    assert np.isnan(demand.fullest_moment(parking, np.zeros((3, 1)))).all()


def test_shifts_apart_do_not_stand_together_but_while_they_come_and_leave():
    apart = parked((6, 14), (15, 22))
    assert most(apart, 100, 80) == 100.0
    # evenly from 13:50 the late shift comes, from 14:00 to 14:20 the early one leaves: at 14:00 a third has come
    parking = parked((6, 14), (14 + 20 / 60, 22))
    assert most(parking, 100, 120) == pytest.approx(140.0)
    assert demand.fullest_moment(parking, np.array([[100.0], [120.0]])) == pytest.approx(14 * HOUR)
    one_moment = parked((6, 14), (14, 22), lead_min=0.0, lag_min=0.0)
    assert most(one_moment, 100, 80) == 180.0


def test_presence_agrees_with_cars_counted_by_the_minute():
    """A slow twin: single cars, each with its own minutes of coming and leaving."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        hours = [
            (start, start + stay) for start, stay in zip(rng.uniform(0, 23, 3), rng.uniform(1, 20, 3), strict=True)
        ]
        lead, lag = rng.uniform(0, 40, 2)
        parking = parked(*hours, lead_min=lead, lag_min=lag)
        n_cars = rng.uniform(1, 100, 3)
        time_s = np.arange(0.0, 86400.0, 20.0)
        count = np.zeros(len(time_s))
        each = (np.arange(400) + 0.5) / 400
        for (start, end), n in zip(hours, n_cars, strict=True):
            come = start * HOUR - 2.0 * lead * 60.0 * each
            gone = end * HOUR + 2.0 * lag * 60.0 * each
            for day in (-1, 0, 1, 2):
                at = time_s[:, None] + day * 86400.0
                count += n * ((at >= come) & (at <= gone)).mean(axis=1)
        assert most(parking, *n_cars) == pytest.approx(count.max(), rel=2e-2)


def test_standing_outside_costs_the_walk_there_and_back():
    parameters = default_parameters()
    for name, value in {"parking_overflow_walk_min": 6.0, "time_walk_per_h": -15.0, "utility_per_eur": 0.5}.items():
        parameters = parameters.with_value(name, value, source="made")
    assert demand.outside_cost(parameters) == pytest.approx(2 * 0.1 * 15.0 / 0.5)
    with pytest.raises(DemandError, match="utility_per_eur = 0"):
        demand.outside_cost(parameters.with_value("utility_per_eur", 0.0, source="made"))


def test_a_price_above_the_walk_sends_cars_to_the_side_streets():
    parking = parked((6, 14), sites=works([300.0, 100.0], parking_price_eur_per_day=[2.0, 1e3]))
    assert parking.borne_eur_per_day.tolist() == [2.0, parking.outside_eur_per_day]
    assert parking.wanted_spaces.tolist() == [300.0, 0.0]


def test_faults_of_parking_are_told_together():
    with pytest.raises(DemandError, match=r"(?s)parking_spaces.*outside_eur_per_day = inf"):
        SiteParking([0], [-1.0], [0.0], np.inf, [0.0], [[1.0]])
