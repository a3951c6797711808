"""On-demand shuttles: how many vehicles a stream of requests needs, and a simulated day of requests."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.on_demand import NOT_SERVED, OnDemandFleet, OnDemandRun
from itas_mobility.errors import DemandError
from itas_mobility.geo import EARTH_RADIUS_M
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, SECONDS_PER_HOUR

NEAREST: Final = math.sqrt(math.pi / 8.0)
"""Mean distance to the nearest of n random points of an area, along a square grid of streets, over sqrt(area / n): the
points within a distance r lie in a square of 2 r^2, so that none does with probability exp(-2 r^2 n / area)."""
_MOST_VEHICLES: Final = 10_000


def size_on_demand(
    requests_per_h: float,
    area_km2: float,
    *,
    cost_eur_per_h: float,
    vehicles: int | None = None,
    max_wait_s: float = 600.0,
    seats: int = 8,
    speed_km_per_h: float = 25.0,
    stop_time_s: float = 30.0,
) -> OnDemandFleet:
    """Find the fleet that serves requests between random places of an area within a mean waiting time.

    In the manner of Daganzo (1978, An approximate analytic model of many-to-many demand responsive transportation
    systems, Transportation Research 12): in a steady state each vehicle alternates between the nearest
    waiting passenger and the nearest destination of those on board. With N passengers waiting in the area and n on
    board of each of m vehicles, the two legs take x = k sqrt(A / N) / v and y = k sqrt(A / n) / v, and a vehicle has
    m / q seconds for both and two stops when q requests come in a second. Waiting is N / q and riding m n / q (Little);
    the load n, from one passenger to all seats, is the one at which their sum is least, y = m^(1/3) x. Where vehicles
    idle at times, a request waits for the nearest of them, k sqrt(A / m) / v, which is the least wait, and rides the
    two legs and stops without the idle time; no ride is shorter than one leg with one point and a stop.

    Parameters
    ----------
    requests_per_h : float
        Requests in an hour, evenly over area and time.
    area_km2 : float
        Area served.
    cost_eur_per_h : float
        Of a vehicle with driver, per hour in service (parameter ``on_demand_cost_eur_per_h``).
    vehicles : int, optional
        Size of the fleet; the smallest that keeps `max_wait_s` if left out.
    max_wait_s : float, default=600.0
        Longest mean wait of a fleet that is searched for.
    seats : int, default=8
        Passengers that a vehicle holds: a minibus driven with a car licence.
    speed_km_per_h : float, default=25.0
        Driving speed between stops (assumption: town streets).
    stop_time_s : float, default=30.0
        Time that boarding or alighting takes (assumption).

    Returns
    -------
    OnDemandFleet
        Vehicles, mean wait and ride, cost.

    Raises
    ------
    DemandError
        If an argument is out of range, a given fleet cannot keep up with the requests, or no fleet keeps the wait.
    """
    _check_positive(
        requests_per_h=requests_per_h, area_km2=area_km2, seats=seats, speed_km_per_h=speed_km_per_h,
        max_wait_s=max_wait_s,
    )  # fmt: skip
    rate = requests_per_h / SECONDS_PER_HOUR
    side_s = NEAREST * math.sqrt(area_km2) * METRES_PER_KILOMETRE / (speed_km_per_h * KM_PER_H_TO_M_PER_S)

    def fleet(m: int) -> OnDemandFleet | None:
        times = _wait_and_ride_s(m, rate, side_s, stop_time_s, seats)
        if times is None:
            return None
        cost = m * cost_eur_per_h
        return OnDemandFleet(m, seats, *times, cost_eur_per_h=cost, cost_eur=cost / requests_per_h)

    if vehicles is not None:
        _check_positive(vehicles=vehicles)
        found = fleet(vehicles)
        if found is None:
            raise DemandError(
                f"{vehicles} vehicle(s) cannot keep up with {requests_per_h:g} requests/h in {area_km2:g} km2: "
                "give more vehicles or seats"
            )
        return found
    for m in range(1, _MOST_VEHICLES + 1):
        found = fleet(m)
        if found is not None and found.wait_s <= max_wait_s:
            return found
    raise DemandError(f"no fleet of up to {_MOST_VEHICLES} vehicles keeps a mean wait of {max_wait_s:g} s")


def _wait_and_ride_s(m: int, rate: float, side_s: float, stop_time_s: float, seats: int) -> tuple[float, float] | None:
    """Mean wait and ride of m vehicles; None if they cannot keep up. `side_s`: a leg with one point in the area."""
    legs_s = m / rate - 2.0 * stop_time_s
    if legs_s <= 0:
        return None
    deliver_s = legs_s * m ** (1.0 / 3.0) / (1.0 + m ** (1.0 / 3.0))
    deliver_s = min(max(deliver_s, side_s / math.sqrt(seats)), side_s)
    collect_s = legs_s - deliver_s
    if collect_s <= 0:
        return None
    waiting = (side_s / collect_s) ** 2
    on_board = (side_s / deliver_s) ** 2
    wait_s = max(waiting / rate, side_s / math.sqrt(m))
    # a vehicle that idles at times has a shorter cycle than m / rate, and no ride is shorter than the way and the stop
    ride_s = on_board * min(m / rate, deliver_s + 2.0 * stop_time_s + min(collect_s, side_s))
    return wait_s, max(ride_s, side_s + stop_time_s)


@dataclass
class _Vehicle:
    """State of a vehicle: where it is or is going next, and the stops it will make after that."""

    x_m: float
    y_m: float
    free_s: float
    """When it can leave the place above."""
    plan: list[tuple[int, bool]] = field(default_factory=list)
    """Stops to come, in order: request, and whether it is picked up."""
    on_board: set[int] = field(default_factory=set)
    driven_m: float = 0.0


def simulate_on_demand(
    request_s: FloatArray,
    from_lon_deg: FloatArray,
    from_lat_deg: FloatArray,
    to_lon_deg: FloatArray,
    to_lat_deg: FloatArray,
    *,
    vehicles: int,
    depot_lon_deg: float,
    depot_lat_deg: float,
    seats: int = 8,
    max_wait_s: float = 1200.0,
    max_ride_factor: float = 2.0,
    speed_km_per_h: float = 25.0,
    stop_time_s: float = 30.0,
    detour: float = 1.3,
) -> OnDemandRun:
    """Serve requests one after the other, each where it costs all passengers the least time.

    Insertion heuristic (Jaw, Odoni, Psaraftis, Wilson 1986, A heuristic algorithm for the multi-vehicle advance request
    dial-a-ride problem with time windows, Transportation Research B 20(3), 243-257): when a request comes, its boarding
    and alighting are tried at all places of all vehicles' plans; the plan with the least sum of additional waiting and
    riding time of all passengers is taken, if it keeps seats, waits and rides of everybody. What is promised is kept,
    and a vehicle on its way to a stop goes there first. A request that fits nowhere is turned away.

    Parameters
    ----------
    request_s : array of float, shape (n,)
        Moments of the requests, rising.
    from_lon_deg, from_lat_deg, to_lon_deg, to_lat_deg : array of float, shape (n,)
        Places of boarding and alighting, WGS 84.
    vehicles : int
        Size of the fleet.
    depot_lon_deg, depot_lat_deg : float
        Where all vehicles begin; idle ones wait where they became idle.
    seats : int, default=8
        Passengers that a vehicle holds.
    max_wait_s : float, default=1200.0
        Longest time from request to boarding.
    max_ride_factor : float, default=2.0
        Longest ride over the direct one, both with a stop.
    speed_km_per_h : float, default=25.0
        Driving speed between stops (assumption: town streets).
    stop_time_s : float, default=30.0
        Time that boarding or alighting takes (assumption).
    detour : float, default=1.3
        Way driven over the beeline; the places are laid on a plane at the depot's latitude, which for an area of 50 km
        errs by less than one percent.

    Returns
    -------
    OnDemandRun
        What became of each request, and what the vehicles drove.

    Raises
    ------
    DemandError
        If an argument is out of range, the columns differ in length, or the requests are not in order of time.
    """
    _check_positive(
        vehicles=vehicles, seats=seats, max_wait_s=max_wait_s, max_ride_factor=max_ride_factor, detour=detour,
        speed_km_per_h=speed_km_per_h,
    )  # fmt: skip
    requested = np.asarray(request_s, float)
    places = [np.asarray(v, float) for v in (from_lon_deg, from_lat_deg, to_lon_deg, to_lat_deg)]
    from_lon, from_lat, to_lon, to_lat = places
    if any(v.shape != requested.shape for v in places) or requested.ndim != 1:
        raise DemandError("simulate_on_demand: requests and places must be columns of one length")
    if (np.diff(requested) < 0).any():
        raise DemandError("simulate_on_demand: request_s must rise: sort the requests by time")
    service = _Service(
        requested,
        _plane_m(from_lon, from_lat, depot_lon_deg, depot_lat_deg),
        _plane_m(to_lon, to_lat, depot_lon_deg, depot_lat_deg),
        seats=seats,
        max_wait_s=max_wait_s,
        max_ride_factor=max_ride_factor,
        m_per_s=speed_km_per_h * KM_PER_H_TO_M_PER_S,
        stop_time_s=stop_time_s,
        detour=detour,
    )
    fleet = [_Vehicle(0.0, 0.0, 0.0) for _ in range(vehicles)]
    vehicle_of = np.full(len(requested), NOT_SERVED)
    for request, now_s in enumerate(requested.tolist()):
        for vehicle in fleet:
            service.drive_until(vehicle, now_s)
        offers = [
            (offer, row) for row, vehicle in enumerate(fleet) if (offer := service.offer(vehicle, request, now_s))
        ]
        if offers:
            (_, plan), row = min(offers, key=lambda one: (one[0][0], one[1]))
            fleet[row].plan = plan
            vehicle_of[request] = row
    for vehicle in fleet:
        service.drive_until(vehicle, math.inf)
    return OnDemandRun(
        request_s=requested,
        vehicle=vehicle_of,
        pickup_s=service.pickup_s,
        delivery_s=service.delivery_s,
        driven_m=np.array([vehicle.driven_m for vehicle in fleet]),
    )


class _Service:
    """Rules of the service, and the moments at which requests were met."""

    def __init__(
        self,
        request_s: FloatArray,
        origin: list[tuple[float, float]],
        destination: list[tuple[float, float]],
        *,
        seats: int,
        max_wait_s: float,
        max_ride_factor: float,
        m_per_s: float,
        stop_time_s: float,
        detour: float,
    ) -> None:
        self._request_s = request_s.tolist()
        self._origin = origin
        self._destination = destination
        self._seats = seats
        self._max_wait_s = max_wait_s
        self._m_per_s = m_per_s
        self._stop_time_s = stop_time_s
        self._detour = detour
        self._max_ride_s = [
            max_ride_factor * (self._length_m(*way) / m_per_s + stop_time_s)
            for way in zip(origin, destination, strict=True)
        ]
        self.pickup_s = np.full(len(request_s), math.inf)
        self.delivery_s = np.full(len(request_s), math.inf)

    def drive_until(self, vehicle: _Vehicle, now_s: float) -> None:
        """Let a vehicle begin all legs of its plan that begin by a moment; a leg once begun is driven to its stop."""
        while vehicle.plan and vehicle.free_s <= now_s:
            request, is_pickup = vehicle.plan.pop(0)
            place = self._place(request, is_pickup)
            length_m = self._length_m((vehicle.x_m, vehicle.y_m), place)
            arrives_s = vehicle.free_s + length_m / self._m_per_s
            if is_pickup:
                self.pickup_s[request] = arrives_s
                vehicle.on_board.add(request)
            else:
                self.delivery_s[request] = arrives_s
                vehicle.on_board.remove(request)
            vehicle.driven_m += length_m
            vehicle.x_m, vehicle.y_m = place
            vehicle.free_s = arrives_s + self._stop_time_s
        if not vehicle.plan and math.isfinite(now_s):
            vehicle.free_s = max(vehicle.free_s, now_s)

    def offer(self, vehicle: _Vehicle, request: int, now_s: float) -> tuple[float, list[tuple[int, bool]]] | None:
        """The best plan of a vehicle that serves one more request, and the time it costs all passengers."""
        before = self._passenger_time_s(vehicle, vehicle.plan, now_s, math.inf)
        if before is None:
            return None
        best: tuple[float, list[tuple[int, bool]]] | None = None
        for at in range(len(vehicle.plan) + 1):
            boarding = [*vehicle.plan[:at], (request, True), *vehicle.plan[at:]]
            for off in range(at + 1, len(boarding) + 1):
                plan = [*boarding[:off], (request, False), *boarding[off:]]
                after = self._passenger_time_s(vehicle, plan, now_s, math.inf if best is None else before + best[0])
                if after is not None:
                    best = (after - before, plan)
        return best

    def _passenger_time_s(
        self, vehicle: _Vehicle, plan: list[tuple[int, bool]], now_s: float, limit_s: float
    ) -> float | None:
        """Sum of the times from request to alighting; None if the plan breaks a rule or is not below a limit."""
        at, clock_s, load = (vehicle.x_m, vehicle.y_m), max(vehicle.free_s, now_s), len(vehicle.on_board)
        boarded: dict[int, float] = {}
        total = 0.0
        for request, is_pickup in plan:
            place = self._place(request, is_pickup)
            clock_s += self._length_m(at, place) / self._m_per_s
            if is_pickup:
                load += 1
                boarded[request] = clock_s
                if load > self._seats or clock_s - self._request_s[request] > self._max_wait_s:
                    return None
            else:
                load -= 1
                ride_s = clock_s - boarded.get(request, float(self.pickup_s[request]))
                if ride_s > self._max_ride_s[request]:
                    return None
                total += clock_s - self._request_s[request]
                if total >= limit_s:
                    return None
            at, clock_s = place, clock_s + self._stop_time_s
        return total

    def _place(self, request: int, is_pickup: bool) -> tuple[float, float]:
        return self._origin[request] if is_pickup else self._destination[request]

    def _length_m(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        return math.hypot(one[0] - other[0], one[1] - other[1]) * self._detour


def _plane_m(lon_deg: FloatArray, lat_deg: FloatArray, lon_0_deg: float, lat_0_deg: float) -> list[tuple[float, float]]:
    """Places in metres east and north of a point."""
    per_degree_m = math.radians(1.0) * EARTH_RADIUS_M
    x_m = (lon_deg - lon_0_deg) * per_degree_m * math.cos(math.radians(lat_0_deg))
    return list(zip(x_m.tolist(), ((lat_deg - lat_0_deg) * per_degree_m).tolist(), strict=True))


def _check_positive(**values: float) -> None:
    faults = [f"{name}={value!r} must be positive" for name, value in values.items() if not 0 < value < math.inf]
    if faults:
        raise DemandError("; ".join(faults))
