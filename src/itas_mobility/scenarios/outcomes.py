"""What follows from the equilibrium: passengers of the lines, reachability of the shifts, charging, car kilometres."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.core.access import AccessMode, HomeEnd
from itas_mobility.core.charging import ChargingCurve
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios.equilibrium import Equilibrium, Inputs
from itas_mobility.scenarios.line_supply import (
    home_ends,
    service_timetable,
    transit_options,
    transit_weights,
    travel_options,
    working_day,
)
from itas_mobility.scenarios.reuse import StageStore
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE


def load_transit(
    region: Region, inputs: Inputs, shares: Sequence[FloatArray], slices: DaySlices, store: StageStore
) -> tuple[TransitLoads, ...] | tuple[TripLoads, ...]:
    """Load the commuters who chose public transport on the lines, in the slices in which they judged it.

    On the trips of a timetable where they decide, else by optimal strategies.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.
    shares : sequence of ndarray
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
    persons = [segment.workers * share[1] for segment, share in zip(inputs.segments, shares, strict=True)]
    if inputs.is_timed:
        return _loads_on_trips(region, inputs, persons, slices, store)
    home_out, home_back = home_ends(inputs.nets.access)
    trips: defaultdict[tuple[int, HomeEnd], FloatArray] = defaultdict(lambda: np.zeros((len(region.zones),) * 2))
    for segment, passengers in zip(inputs.segments, persons, strict=True):
        out, back = segment.main_slices
        trips[out, home_out] += passengers
        trips[back, home_back] += passengers.T
    loads = []
    for (k, home_end), on_the_way in sorted(trips.items()):
        label = f"transit {slices.name[k]}"
        matrix = ODMatrix(region.zones.zone_id, on_the_way, float(slices.duration_h[k]), label=label)
        options = {**transit_options(slices, k, region.parameters), "home_end": home_end}
        given = (region.transit, inputs.nets.access, matrix)
        loads.append(store.get("transit load", (*given, options), partial(demand.assign_transit, *given, **options)))
    return tuple(loads)


def _loads_on_trips(
    region: Region, inputs: Inputs, persons: Sequence[FloatArray], slices: DaySlices, store: StageStore
) -> tuple[TripLoads, ...]:
    """Loads of each segment on the trips of the working day, there and back."""
    timetable, weights = working_day(region, store), transit_weights(region.parameters)
    loads = []
    for segment, passengers in zip(inputs.segments, persons, strict=True):
        ways = travel_options(region, inputs.nets.access, segment, slices)
        for options, trips in zip(ways, (passengers, passengers.T), strict=True):
            search = (timetable, inputs.nets.access, region.zones)
            find = partial(demand.choice_sets, *search, **options)
            journeys = store.get("choice sets", (timetable, inputs.nets.access, region.zones.zone_id, options), find)
            hours = (options["end_s"] - options["start_s"]) / SECONDS_PER_HOUR
            given = (
                timetable,
                journeys,
                ODMatrix(region.zones.zone_id, trips, hours, label=f"transit {segment.label}"),
            )
            wishes = {name: options[name] for name in ("start_s", "arrive_by", "days")} | weights
            make = partial(demand.assign_timetable, *given, **wishes)
            loads.append(store.get("trip load", (*given, wishes), make))
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
    return demand.shift_reachability(
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


def charge_sites(
    region: Region, segments: Sequence[TourSegment], equilibrium: Equilibrium
) -> tuple[list[ChargingCurve], FloatArray, FloatArray]:
    """Charging at the sites, from the cars of their shift workers.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    equilibrium : Equilibrium
        Mode shares and loaded skims.

    Returns
    -------
    curves : list of ChargingCurve
        One per site.
    cars, electric_cars : ndarray of shape (n_sites,)
        Cars driven to the site on a working day, and the electric ones among them.
    """
    sites, parameters = region.sites, region.parameters
    occupancy = parameters.value("car_occupancy")
    cars = np.zeros(len(sites))
    electric = np.zeros(len(sites))
    curves = []
    for site in range(len(sites)):
        sessions = []
        for segment, share in zip(segments, equilibrium.shares, strict=True):
            by_home = _cars_of(segment, share, site, sites) / occupancy
            cars[site] += by_home.sum()
            if segment.label == demand.OFFICE or by_home.sum() == 0:
                continue
            count = emobility.electric_cars(by_home, float(sites.electric_share[site]))
            electric[site] += count.sum()
            plugged = emobility.electric_cars(count.astype(float), parameters.value("work_charging_share"))
            sessions.append(_sessions(segment, plugged, site, region, equilibrium))
        curves.append(_curve(site, sessions, region))
    return curves, cars, electric


def _cars_of(segment: TourSegment, share: FloatArray, site: int, sites: IndustrialSites) -> FloatArray:
    column = sites.zone[site]
    return np.asarray(segment.workers[:, column] * share[0][:, column])


def _sessions(
    segment: TourSegment, plugged: np.ndarray, site: int, region: Region, equilibrium: Equilibrium
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arrival, departure and need of each plugged-in car: what its ways took since it last charged at work."""
    parameters = region.parameters
    column = region.sites.zone[site]
    there, back = int(np.argmax(segment.out_share)), int(np.argmax(segment.back_share))
    need = emobility.traction_energy_kwh(
        equilibrium.skims[there]["length_m"][:, column],
        equilibrium.skims[there]["time_s"][:, column],
        parameters=parameters,
    ) + emobility.traction_energy_kwh(
        equilibrium.skims[back]["length_m"][column, :],
        equilibrium.skims[back]["time_s"][column, :],
        parameters=parameters,
    )
    need = np.minimum(need * parameters.value("work_charging_days"), parameters.value("battery_kwh"))
    homes = np.repeat(np.arange(plugged.size), plugged)
    n = homes.size
    lead, lag = (parameters.value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrival_lead", "leave_lag"))
    # Cars arrive evenly over the arrival window and leave evenly over the departure window; which car is when is
    # decided by a fixed stride, so that near and far homes mix.
    stride = _coprime_stride(n)
    place = (np.arange(n) * stride % max(n, 1) + 0.5) / max(n, 1)
    arrive = segment.start_s - 2.0 * lead * (1.0 - place)
    depart = segment.end_s + 2.0 * lag * place
    return arrive, depart, need[homes]


def _coprime_stride(n: int) -> int:
    stride = max(1, int(n * 0.6180339887))
    while np.gcd(stride, max(n, 1)) != 1:
        stride += 1
    return stride


def _curve(site: int, sessions: list[tuple[FloatArray, FloatArray, FloatArray]], region: Region) -> ChargingCurve:
    sites, parameters = region.sites, region.parameters
    arrive, depart, need = (
        np.concatenate([session[k] for session in sessions]) if sessions else np.zeros(0) for k in range(3)
    )
    order = np.argsort(arrive, kind="stable")
    return emobility.charge(
        arrive[order] % SECONDS_PER_DAY,
        arrive[order] % SECONDS_PER_DAY + (depart - arrive)[order],
        need[order],
        parameters.value("car_charging_power_kw"),
        points=int(sites.charging_points[site]),
        point_power_kw=float(sites.charging_point_kw[site]),
        efficiency=parameters.value("charging_efficiency"),
        grid_limit_kw=float(sites.grid_connection_kw[site]),
        release="departure",
    )


def commuter_car_km(
    segments: Sequence[TourSegment], equilibrium: Equilibrium, parameters: Parameters
) -> list[tuple[FloatArray, FloatArray]]:
    """Car kilometres and electric traction energy per car pair of each segment, there and back.

    Parameters
    ----------
    segments : sequence of TourSegment
        Commuters by hours of work.
    equilibrium : Equilibrium
        Mode shares and loaded skims.
    parameters : Parameters
        ``car_occupancy``.

    Returns
    -------
    list of (vehicle_km, kwh)
        Per segment: vehicle kilometres of all cars, and the energy they would take if all were electric, by home and
        work zone.
    """
    occupancy = parameters.value("car_occupancy")
    found = []
    for segment, share in zip(segments, equilibrium.shares, strict=True):
        cars = segment.workers * share[0] / occupancy
        km = np.zeros_like(cars)
        kwh = np.zeros_like(cars)
        for k, skims in enumerate(equilibrium.skims):
            for weight, flip in ((segment.out_share[k], False), (segment.back_share[k], True)):
                if weight > 0:
                    length = skims["length_m"].T if flip else skims["length_m"]
                    time = skims["time_s"].T if flip else skims["time_s"]
                    used = cars > 0
                    km[used] += weight * cars[used] * length[used] / METRES_PER_KILOMETRE
                    kwh[used] += (
                        weight
                        * cars[used]
                        * emobility.traction_energy_kwh(length[used], time[used], parameters=parameters)
                    )
        found.append((km, kwh))
    return found
