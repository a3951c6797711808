"""On-demand shuttles: the sizing by hand, and a simulation that keeps its promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import OnDemandRun
from itas_mobility.demand.transit import simulate_on_demand, size_on_demand
from itas_mobility.demand.transit.on_demand import NEAREST
from itas_mobility.errors import DemandError
from itas_mobility.geo import haversine_m

LON, LAT = 12.5, 50.7
METRE_LON = 0.01 / float(haversine_m(LON, LAT, LON + 0.01, LAT))
METRE_LAT = 0.01 / float(haversine_m(LON, LAT, LON, LAT + 0.01))


def at(x_m):
    """Longitudes of places along one parallel."""
    return LON + np.asarray(x_m, float) * METRE_LON


def along(request_s, from_m, to_m, **options):
    """Requests between places on one line, driven at 10 m/s without detour; stops take 20 s."""
    rules = {"vehicles": 1, "depot_lon_deg": LON, "depot_lat_deg": LAT, "speed_km_per_h": 36.0, "stop_time_s": 20.0}
    rules |= {"detour": 1.0, **options}
    same = np.full(len(request_s), LAT)
    return simulate_on_demand(np.asarray(request_s, float), at(from_m), same, at(to_m), same, **rules)


def random_day(seed, n=30, vehicles=3, **options):
    """Requests of an hour between random places of a square of 3 km."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 3000, (2, 2, n))
    rules = {"max_wait_s": 1e6, "max_ride_factor": 50.0, **options}
    return simulate_on_demand(
        np.sort(rng.uniform(0, 3600, n)), LON + x[0] * METRE_LON, LAT + y[0] * METRE_LAT, LON + x[1] * METRE_LON,
        LAT + y[1] * METRE_LAT, vehicles=vehicles, depot_lon_deg=LON, depot_lat_deg=LAT, **rules,
    )  # fmt: skip


def test_the_nearest_of_random_points_is_as_near_as_the_constant_says():
    """Mean over random points of a square whose edges are joined, along the axes."""
    rng = np.random.default_rng(1)
    n = 50
    gap = np.abs(rng.uniform(0, 1, (4000, n, 2)) - 0.5)
    assert gap.sum(axis=2).min(axis=1).mean() == pytest.approx(NEAREST / math.sqrt(n), rel=0.03)


def test_a_busy_vehicle_by_hand():
    """One vehicle, 4 km2 at 36 km/h: a leg with one point takes k * 2000 m / 10 m/s; 12 requests an hour, 30 s a stop.

    A vehicle has 300 s for two stops and both legs, so 240 s for the legs; with one vehicle both are of 120 s.
    """
    side_s = NEAREST * 2000 / 10
    load = (side_s / 120) ** 2
    assert load > 1
    fleet = size_on_demand(12, 4.0, vehicles=1, speed_km_per_h=36, stop_time_s=30, cost_eur_per_h=40)
    assert fleet.wait_s == pytest.approx(max(load * 300, side_s))
    assert fleet.ride_s == pytest.approx(load * 300)
    assert (fleet.cost_eur_per_h, fleet.cost_eur) == (40, pytest.approx(40 / 12))


def test_an_idle_fleet_waits_for_its_nearest_vehicle_and_rides_straight():
    side_s = NEAREST * 2000 / 10
    fleet = size_on_demand(0.5, 4.0, vehicles=4, speed_km_per_h=36, stop_time_s=30, cost_eur_per_h=40)
    assert fleet.wait_s == pytest.approx(side_s / 2)
    assert fleet.ride_s == pytest.approx(2 * side_s + 60)


def test_seats_bind_the_load():
    wide = size_on_demand(40, 16.0, vehicles=2, seats=50, speed_km_per_h=30, cost_eur_per_h=40)
    tight = size_on_demand(40, 16.0, vehicles=2, seats=8, speed_km_per_h=30, cost_eur_per_h=40)
    assert wide.ride_s > 8 * 2 * 3600 / 40, "without the limit more than 8 would be on board"
    assert tight.ride_s == pytest.approx(8 * 2 * 3600 / 40)
    assert tight.wait_s > wide.wait_s


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 300), st.floats(0.5, 100), st.integers(1, 20))
def test_a_larger_fleet_never_waits_longer(requests_per_h, area_km2, seats):
    fleet = size_on_demand(requests_per_h, area_km2, seats=seats, max_wait_s=1800, cost_eur_per_h=40)
    assert fleet.wait_s <= 1800
    larger = size_on_demand(requests_per_h, area_km2, seats=seats, vehicles=fleet.vehicles + 1, cost_eur_per_h=40)
    assert larger.wait_s <= fleet.wait_s * (1 + 1e-12)
    if fleet.vehicles > 1:
        try:
            smaller = size_on_demand(
                requests_per_h, area_km2, seats=seats, vehicles=fleet.vehicles - 1, cost_eur_per_h=40
            )
        except DemandError:
            return
        assert smaller.wait_s > 1800


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"requests_per_h": 0}, "requests_per_h=0 must be positive"),
        ({"area_km2": math.inf}, "area_km2=inf must be positive"),
        ({"requests_per_h": 500, "vehicles": 2}, "2 vehicle.s. cannot keep up with 500 requests/h in 4 km2"),
        ({"area_km2": 400, "max_wait_s": 1e-3}, "no fleet of up to 10000 vehicles keeps a mean wait"),
    ],
)
def test_fleets_that_cannot_be_are_refused(fields, says):
    wanted = {"requests_per_h": 10, "area_km2": 4, "cost_eur_per_h": 40, **fields}
    with pytest.raises(DemandError, match=says):
        size_on_demand(wanted.pop("requests_per_h"), wanted.pop("area_km2"), **wanted)


def test_one_request_by_hand():
    """1000 m to the passenger at 10 m/s, 20 s to board, 2000 m ride."""
    run = along([100], [1000], [3000])
    assert run.wait_s == pytest.approx([100.0], rel=1e-6)
    assert run.ride_s == pytest.approx([220.0], rel=1e-6)
    assert run.driven_m == pytest.approx([3000.0], rel=1e-6)


def test_a_second_request_on_the_way_is_taken_along():
    """The vehicle goes to 1000 m first, as promised; the one at 2000 m boards on the way to 3000 m."""
    run = along([0, 1], [1000, 2000], [3000, 3100], max_ride_factor=3.0)
    assert run.pickup_s == pytest.approx([100.0, 220.0], rel=1e-6)
    assert run.delivery_s == pytest.approx([340.0, 370.0], rel=1e-6)
    assert run.driven_m == pytest.approx([3100.0], rel=1e-6)


def test_one_seat_is_one_passenger_at_a_time():
    run = along([0, 1], [1000, 2000], [3000, 3000], seats=1, max_wait_s=2000)
    assert run.delivery_s[0] == pytest.approx(320.0, rel=1e-6)
    assert run.pickup_s[1] == pytest.approx(320.0 + 20 + 100, rel=1e-6)


def test_the_nearer_vehicle_goes():
    """The second vehicle stands at the depot when the first has left it."""
    run = along([0, 300], [5000, 100], [6000, 200], vehicles=2)
    assert run.vehicle.tolist() == [0, 1]
    assert run.wait_s[1] == pytest.approx(10.0, rel=1e-6)


def test_a_request_that_cannot_be_met_in_time_is_turned_away():
    run = along([0, 0], [5000, 100], [6000, 200], max_wait_s=60)
    assert run.is_served.tolist() == [False, True]
    assert np.isinf(run.wait_s[0])
    assert np.isnan(run.ride_s[0])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4))
def test_promises_are_kept_and_nobody_is_lost(seed, vehicles, seats):
    run = random_day(seed, n=25, vehicles=vehicles, seats=seats, max_wait_s=900, max_ride_factor=2.0)
    served = run.is_served
    assert served.sum() + (~served).sum() == len(run.request_s) == 25
    assert np.isfinite(run.delivery_s[served]).all()
    assert np.isinf(run.pickup_s[~served]).all()
    assert (run.wait_s[served] >= 0).all()
    assert (run.wait_s[served] <= 900 + 1e-6).all()
    for vehicle in range(vehicles):
        own = np.flatnonzero(run.vehicle == vehicle)
        events = sorted([(run.delivery_s[k], -1) for k in own] + [(run.pickup_s[k], 1) for k in own])
        load = np.cumsum([step for _, step in events]) if events else np.zeros(1)
        assert load.max() <= seats
        assert load[-1] == 0
        times = np.array([time for time, _ in events])
        assert (np.diff(times) >= 30.0 - 1e-6).all(), "a stop takes its time before the next"


def test_the_same_requests_give_the_same_run():
    one, other = random_day(3), random_day(3)
    assert np.array_equal(one.pickup_s, other.pickup_s)
    assert np.array_equal(one.vehicle, other.vehicle)


def test_more_vehicles_wait_less_in_the_mean_over_days():
    """Nobody is turned away here, so that the fleets serve the same passengers."""
    waits = []
    for vehicles in (2, 3, 4, 6):
        days = [random_day(seed, vehicles=vehicles) for seed in range(12)]
        assert all(day.is_served.all() for day in days)
        waits.append(np.mean([day.wait_s.mean() for day in days]))
    assert (np.diff(waits) < 0).all(), waits


def test_the_simulation_and_the_formula_are_of_one_size():
    """Random places of 9 km2, an hour of requests: within a factor of two, as rough as the formula is."""
    days = [random_day(seed, n=40, vehicles=4, detour=4 / math.pi) for seed in range(12)]
    fleet = size_on_demand(40, 9.0, vehicles=4, cost_eur_per_h=40)
    simulated = np.mean([(day.wait_s + day.ride_s).mean() for day in days])
    assert 0.5 < simulated / (fleet.wait_s + fleet.ride_s) < 2.0


def test_requests_must_come_in_order():
    with pytest.raises(DemandError, match="sort the requests by time"):
        along([10, 5], [0, 0], [1, 1])
    with pytest.raises(DemandError, match="columns of one length"):
        along([10, 20], [0], [1])


def test_a_run_that_contradicts_itself_is_refused():
    with pytest.raises(DemandError, match="met before it is made"):
        OnDemandRun([100.0], [0], [50.0], [200.0], [0.0])
