"""What follows from the equilibrium: passengers of the lines, reachability of the shifts, charging, car kilometres."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.core.access import AccessMode, HomeEnd
from itas_mobility.core.charging import ChargingCurve
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios.stages.line_supply import (
    home_ends,
    journey_weights,
    service_timetable,
    slice_window,
    ways_of,
    working_day,
)
from itas_mobility.scenarios.stages.mode_equilibrium import Inputs
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from itas_mobility.words import Text


def load_transit(
    region: Region, inputs: Inputs, shares: Sequence[ModeShares], slices: DaySlices, store: StageStore
) -> tuple[TransitLoads, ...] | tuple[TripLoads, ...]:
    """Load the commuters who chose public transport on the lines, in the slices in which they judged it.

    On the trips of a timetable where they decide, else by optimal strategies.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.
    shares : sequence of ModeShares
        Mode shares per segment.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    tuple of TransitLoads or TripLoads
        One per slice in which somebody travels (of ways out and of ways back apart where vehicles are left at stops),
        or per segment and way.
    """
    persons = [segment.workers * share["transit"] for segment, share in zip(inputs.segments, shares, strict=True)]
    if inputs.is_timed:
        return _loads_on_trips(region, inputs, persons, slices, store)
    access, weights = inputs.nets.access, journey_weights(region.parameters)
    home_out, home_back = home_ends(access)
    trips: defaultdict[tuple[int, HomeEnd], FloatArray] = defaultdict(lambda: np.zeros((len(region.zones),) * 2))
    for segment, passengers in zip(inputs.segments, persons, strict=True):
        out, back = segment.main_slices
        trips[out, home_out] += passengers
        trips[back, home_back] += passengers.T
    loads = []
    for (k, home_end), on_the_way in sorted(trips.items()):
        label = f"transit {slices.name[k]}"
        matrix = ODMatrix(region.zones.zone_id, on_the_way, float(slices.duration_h[k]), label=label)
        given, window = (region.transit, access, matrix), slice_window(slices, k)
        make = partial(demand.transit.assign_transit, *given, window=window, weights=weights, home_end=home_end)
        loads.append(store.get("transit load", (*given, window, weights, home_end), make))
    return tuple(loads)


def _loads_on_trips(
    region: Region, inputs: Inputs, persons: Sequence[FloatArray], slices: DaySlices, store: StageStore
) -> tuple[TripLoads, ...]:
    """Loads of each segment on the trips of the working day, there and back."""
    timetable, access, zones = working_day(region, store), inputs.nets.access, region.zones
    weights = journey_weights(region.parameters)
    loads = []
    for segment, passengers in zip(inputs.segments, persons, strict=True):
        ways = ways_of(segment, region, access, slices)
        for way, trips in zip(ways, (passengers, passengers.T), strict=True):
            find = partial(
                demand.transit.choice_sets, timetable, access, zones, window=way.window, pairs=way.pairs,
                home_end=way.home_end, days=way.days,
            )  # fmt: skip
            journeys = store.get("choice sets", (timetable, access, zones.zone_id, way), find)
            hours = way.window.duration_s / SECONDS_PER_HOUR
            given = (timetable, journeys, ODMatrix(zones.zone_id, trips, hours, label=f"transit {segment.label}"))
            make = partial(demand.transit.assign_timetable, *given, window=way.window, days=way.days, weights=weights)
            loads.append(store.get("trip load", (*given, way.window, way.days, weights), make))
    return tuple(loads)


def reach_shifts(region: Region, inputs: Inputs, store: StageStore) -> ShiftReachability:
    """Who arrives before the shift by public transport, and gets home after it, without a car.

    The way to a stop by bicycle counts, that to park and ride does not: whoever makes it needs a car.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.
    store : StageStore
        Reused stages.

    Returns
    -------
    ShiftReachability
        By site, shift and home zone.
    """
    value = region.parameters.value
    return demand.transit.shift_reachability(
        service_timetable(region, store),
        inputs.nets.access.only([AccessMode.WALK, AccessMode.BIKE]),
        region.zones,
        region.sites,
        workers=demand.shift_workers(
            inputs.commuters, region.sites, inputs.nets.reference, parameters=region.parameters
        ),
        arrive_buffer_s=value("shift_arrive_buffer_min") * SECONDS_PER_MINUTE,
        leave_buffer_s=value("shift_leave_buffer_min") * SECONDS_PER_MINUTE,
        max_journey_s=value("shift_max_journey_min") * SECONDS_PER_MINUTE,
    )


ARRIVAL_STEP_S: Final = 300.0
"""Cars of a shift arrive and depart evenly over a window, taken in steps of about this length: a third of the quarter
of an hour in which power is metered."""

MOST_BEYOND: Final = 0.1
"""Share of the need for charging that may lie beyond the batteries without a warning (a column of the table of sites
tells it in any case): some commute from far off, as one in twenty does in the embedded region."""


@dataclass(frozen=True, eq=False)
class SiteCharging:
    """Cars and charging at one site on a working day, in expectation: nothing is rounded to whole cars."""

    curve: ChargingCurve
    cars: float
    electric_cars: float
    need_kwh: float
    """What the cars that plug in need in the battery."""
    beyond_battery_kwh: float
    """Of that, what their batteries cannot hold: ways too long for a charge at work alone. Part of what is unserved."""
    beyond_battery_cars: float

    @property
    def unserved_kwh(self) -> float:
        """What is not charged at the site before departure, in the battery."""
        return float(self.curve.unserved_kwh.sum()) + self.beyond_battery_kwh


def charge_sites(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> tuple[SiteCharging, ...]:
    """Charging at the sites, from the cars of their shift workers.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``energy_kwh`` along the used paths, per slice of the day.

    Returns
    -------
    tuple of SiteCharging
        One per site.
    """
    # the same for all sites
    energy_kwh = [demand.there_and_back(driven, "energy_kwh", segment) for segment in segments]
    return tuple(_charge_site(site, region, segments, shares, energy_kwh) for site in range(len(region.sites)))


def beyond_batteries(charging: Sequence[SiteCharging], battery_kwh: float) -> Text | None:
    """What a run leaves out of charging: need that no battery holds.

    Parameters
    ----------
    charging : sequence of SiteCharging
        Per site.
    battery_kwh : float
        What a battery holds.

    Returns
    -------
    Text or None
        A sentence; None where no more than `MOST_BEYOND` of the need is concerned.
    """
    need = sum(one.need_kwh for one in charging)
    beyond = sum(one.beyond_battery_kwh for one in charging)
    if beyond <= MOST_BEYOND * need:
        return None
    cars = Text.of_number(sum(one.beyond_battery_cars for one in charging), 1)
    lost, wanted = Text.of_number(beyond), Text.of_number(need)
    return Text(
        f"{cars.de} Elektro-Pkw brauchen zwischen zwei Ladungen bei der Arbeit mehr, als ihre Batterie fasst "
        f"({battery_kwh:g} kWh): {lost.de} von {wanted.de} kWh; das zählt als nicht gedeckt.",
        f"charging: {cars.en} electric cars need more between two charges at work than their battery holds "
        f"({battery_kwh:g} kWh): {lost.en} of {wanted.en} kWh; counted as unserved",
    )


def _charge_site(
    site: int,
    region: Region,
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    energy_kwh: Sequence[FloatArray],
) -> SiteCharging:
    sites, value = region.sites, region.parameters.value
    column, battery = sites.zone[site], value("battery_kwh")
    cars = electric = beyond = beyond_cars = 0.0
    groups = [np.zeros((4, 0))]
    for segment, share, of_pair in zip(segments, shares, energy_kwh, strict=True):
        by_home = segment.workers[:, column] * share["car"][:, column] / value("car_occupancy")
        cars += float(by_home.sum())
        if segment.label == demand.OFFICE or not by_home.any():
            continue
        count = emobility.electric_cars(by_home, float(sites.electric_share[site]))
        electric += float(count.sum())
        plugged = emobility.electric_cars(count, value("work_charging_share"))
        homes = np.flatnonzero(plugged > 0)
        need = of_pair[homes, column] * value("work_charging_days")
        beyond += float((plugged[homes] * np.maximum(need - battery, 0.0)).sum())
        beyond_cars += float(plugged[homes][need > battery].sum())
        groups.append(_groups(segment, plugged[homes], np.minimum(need, battery), region.parameters))
    arrive, depart, need, count = np.concatenate(groups, axis=1)
    curve = emobility.charge(
        arrive % SECONDS_PER_DAY,
        arrive % SECONDS_PER_DAY + (depart - arrive),
        need,
        value("car_charging_power_kw"),
        points=int(sites.charging_points[site]),
        point_power_kw=float(sites.charging_point_kw[site]),
        efficiency=value("charging_efficiency"),
        grid_limit_kw=float(sites.grid_connection_kw[site]),
        release="departure",
        cars=count,
    )
    return SiteCharging(curve, cars, electric, float((count * need).sum()) + beyond, beyond, beyond_cars)


def _groups(segment: TourSegment, cars: FloatArray, need: FloatArray, parameters: Parameters) -> FloatArray:
    """Arrival, departure, need and number of expected cars, shape (4, n): each home's cars at each pair of moments."""
    lead, lag = (parameters.value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrival_lead", "leave_lag"))
    arrive = _moments(segment.start_s - 2.0 * lead, segment.start_s)
    depart = _moments(segment.end_s, segment.end_s + 2.0 * lag)
    shape = (arrive.size, depart.size, cars.size)
    count = cars / (arrive.size * depart.size)
    columns = (arrive[:, None, None], depart[None, :, None], need, count)
    return np.stack([np.broadcast_to(column, shape).ravel() for column in columns])


def _moments(start_s: float, end_s: float) -> FloatArray:
    """Middles of equal steps of a window."""
    n = max(1, math.ceil((end_s - start_s) / ARRIVAL_STEP_S))
    # whole milliseconds: shifts of one hour arrive at one moment, whatever the last digit
    return np.round(start_s + (np.arange(n) + 0.5) * (end_s - start_s) / n, 3)


def commuter_car_km(
    segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims], occupancy: float
) -> list[tuple[FloatArray, FloatArray]]:
    """Car kilometres and electric traction energy per car pair of each segment, there and back.

    Parameters
    ----------
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``length_m`` and ``energy_kwh`` along the used paths, per slice of the day.
    occupancy : float
        Commuters per car.

    Returns
    -------
    list of (vehicle_km, kwh)
        Per segment: vehicle kilometres of all cars, and the energy they would take if all were electric, by home and
        work zone.
    """
    found = []
    for segment, share in zip(segments, shares, strict=True):
        cars = segment.workers * share["car"] / occupancy
        sums = []
        for name in ("length_m", "energy_kwh"):
            of_pair = demand.there_and_back(driven, name, segment)
            sums.append(np.multiply(cars, of_pair, out=np.zeros_like(cars), where=cars > 0))
        found.append((sums[0] / METRES_PER_KILOMETRE, sums[1]))
    return found
