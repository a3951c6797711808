"""The stages of a run, each a function from nouns to nouns; `running` puts them in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from itas_mobility import demand, emobility, network
from itas_mobility.core.access import AccessLegs
from itas_mobility.core.charging import ChargingCurve
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult, ShiftReachability, TransitLoads
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.scenarios.reuse import StageStore
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_DAY, SECONDS_PER_MINUTE


@dataclass(frozen=True, eq=False)
class Networks:
    """The region's networks, connected to its zones."""

    roads: RoadNetwork
    free: Skims
    """Car times and lengths at free flow."""
    reference: Skims
    """The same on the networks before any measure, for the choice of workplaces."""
    bike: Skims
    walk: Skims
    access: AccessLegs


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Fixed point of mode choice and car assignment."""

    shares: tuple[FloatArray, ...]
    """Per segment, shape (4, n_zones, n_zones)."""
    car: tuple[ODMatrix, ...]
    """Car trips of commuters and others, per slice."""
    results: tuple[AssignmentResult, ...]
    skims: tuple[Skims, ...]
    """Loaded car skims, per slice."""
    residual: float
    rounds: int


def connect_networks(base: Region, region: Region, store: StageStore) -> Networks:
    """Connect zones to all networks and skim them at free flow.

    Parameters
    ----------
    base : Region
        The region before any measure: its roads decide the choice of workplaces, which a measure on roads does not
        change at once.
    region : Region
        The region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    Networks
        Connected networks and skims.
    """
    zones, sites, parameters = region.zones, region.sites, region.parameters

    def connected(roads: RoadNetwork) -> RoadNetwork:
        return store.get("connect", (roads, zones), partial(network.connect, roads, zones))

    def skimmed(roads: RoadNetwork) -> Skims:
        return store.get("skim", (roads,), partial(demand.skim, roads))

    def skimmed_by_length(roads: RoadNetwork) -> Skims:
        return store.get("skim by length", (roads,), partial(demand.skim, roads, time_s=roads.length_m))

    roads = connected(region.roads)
    access = store.get(
        "access",
        (region.walk, zones, sites, region.transit.stop_id, region.transit.stop_lon_deg, region.transit.stop_lat_deg),
        lambda: network.access_legs(
            region.walk, zones, sites, region.transit, walk_speed_km_per_h=parameters.value("walk_speed_km_per_h")
        ),
    )
    return Networks(
        roads=roads,
        free=skimmed(roads),
        reference=skimmed(connected(base.roads)),
        bike=skimmed_by_length(connected(region.bike)),
        walk=skimmed_by_length(connected(region.walk)),
        access=access,
    )


def skim_lines(
    region: Region, nets: Networks, segments: Sequence[TourSegment], slices: DaySlices, store: StageStore
) -> dict[int, Skims]:
    """Skim public transport in the slices in which some segment mainly travels.

    Parameters
    ----------
    region : Region
        Region after the measures.
    nets : Networks
        Connected networks.
    segments : sequence of TourSegment
        Commuters by hours of work.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    dict of int to Skims
        By slice of the day.
    """
    found = {}
    for k in sorted({k for segment in segments for k in segment.main_slices}):
        options = _transit_options(slices, k, region.parameters)
        make = partial(demand.skim_transit, region.transit, nets.access, region.zones, **options)
        found[k] = store.get("transit skim", (region.transit, nets.access, region.zones.zone_id, options), make)
    return found


def _transit_options(slices: DaySlices, k: int, parameters: Parameters) -> dict[str, float]:
    return {
        "start_s": float(slices.start_s[k]),
        "end_s": float(slices.end_s[k]),
        "wait_weight": parameters.value("weight_wait_pt"),
        "walk_weight": parameters.value("weight_walk_pt"),
        "transfer_penalty_s": parameters.value("transfer_penalty_min") * SECONDS_PER_MINUTE,
    }


def balance(
    nets: Networks,
    transit: Mapping[int, Skims],
    segments: Sequence[TourSegment],
    background: Sequence[ODMatrix],
    *,
    parameters: Parameters,
    settings: RunSettings,
) -> Equilibrium:
    """Repeat mode choice and assignment until the car trips no longer move.

    Parameters
    ----------
    nets : Networks
        Connected networks.
    transit : mapping of int to Skims
        Public transport by slice of the day.
    segments : sequence of TourSegment
        Commuters by hours of work.
    background : sequence of ODMatrix
        Other car trips per slice.
    parameters : Parameters
        `demand.CHOICE_PARAMETERS`, and only these, so that the result depends on nothing else.
    settings : RunSettings
        ``relative_gap``, ``feedback_tolerance``, ``max_feedback_rounds``.

    Returns
    -------
    Equilibrium
        Its residual says what share of the car trips one more round would change.
    """
    skims = [nets.free] * len(background)
    choose = partial(_choose, segments, nets=nets, transit=transit, parameters=parameters)
    shares = choose(skims)
    wanted = _car_trips(segments, shares, background, parameters)
    car, residual, rounds = wanted, np.inf, 0
    results: list[AssignmentResult] = []
    while residual > settings.feedback_tolerance and rounds < settings.max_feedback_rounds:
        car = wanted
        results = [
            demand.assign(
                nets.roads, matrix, relative_gap=settings.relative_gap, warm_start=results[k] if results else None
            )
            for k, matrix in enumerate(car)
        ]
        skims = [_loaded_skim(nets.roads, result) for result in results]
        shares = choose(skims)
        wanted = _car_trips(segments, shares, background, parameters)
        moved = sum(float(np.abs(new.trips - old.trips).sum()) for new, old in zip(wanted, car, strict=True))
        residual = moved / max(sum(matrix.total for matrix in wanted), 1e-12)
        rounds += 1
    return Equilibrium(tuple(shares), tuple(car), tuple(results), tuple(skims), residual, rounds)


def _loaded_skim(roads: RoadNetwork, result: AssignmentResult) -> Skims:
    return demand.skim(roads, time_s=result.time_s)


def _choose(
    segments: Sequence[TourSegment],
    skims: Sequence[Skims],
    *,
    nets: Networks,
    transit: Mapping[int, Skims],
    parameters: Parameters,
) -> list[FloatArray]:
    return [
        demand.tour_mode_shares(
            segment, car=skims, transit=transit, bike=nets.bike, walk=nets.walk, parameters=parameters
        )[0]
        for segment in segments
    ]


def _car_trips(
    segments: Sequence[TourSegment],
    shares: Sequence[FloatArray],
    background: Sequence[ODMatrix],
    parameters: Parameters,
) -> list[ODMatrix]:
    """Car trips per slice: ways to work as they are, ways home transposed, and everybody else."""
    occupancy = parameters.value("car_occupancy")
    cars = [segment.workers * share[0] / occupancy for segment, share in zip(segments, shares, strict=True)]
    matrices = []
    for k, others in enumerate(background):
        trips = others.trips.copy()
        for segment, car in zip(segments, cars, strict=True):
            trips += segment.out_share[k] * car + segment.back_share[k] * car.T
        matrices.append(ODMatrix(others.zone_id, trips, others.duration_h, label=others.label))
    return matrices


def load_transit(
    region: Region,
    nets: Networks,
    transit: Mapping[int, Skims],
    segments: Sequence[TourSegment],
    shares: Sequence[FloatArray],
    slices: DaySlices,
    store: StageStore,
) -> tuple[TransitLoads, ...]:
    """Load the commuters who chose public transport on the lines, in the slices in which they judged it.

    Parameters
    ----------
    region : Region
        Region after the measures.
    nets : Networks
        Connected networks.
    transit : mapping of int to Skims
        Public transport by slice of the day.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ndarray
        Mode shares per segment.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    tuple of TransitLoads
        One per slice in which somebody travels.
    """
    trips = {k: np.zeros((len(region.zones), len(region.zones))) for k in transit}
    for segment, share in zip(segments, shares, strict=True):
        out, back = segment.main_slices
        trips[out] += segment.workers * share[1]
        trips[back] += (segment.workers * share[1]).T
    loads = []
    for k, persons in trips.items():
        matrix = ODMatrix(region.zones.zone_id, persons, float(slices.duration_h[k]), label=f"transit {slices.name[k]}")
        options = _transit_options(slices, k, region.parameters)
        make = partial(demand.assign_transit, region.transit, nets.access, matrix, **options)
        loads.append(store.get("transit load", (region.transit, nets.access, matrix, options), make))
    return tuple(loads)


def reach_shifts(region: Region, nets: Networks, commuters: ODMatrix, store: StageStore) -> ShiftReachability:
    """Who arrives before the shift by public transport, and gets home after it."""
    timetable = store.get("timetable", (region.transit,), lambda: network.timetable_from_headways(region.transit))
    value = region.parameters.value
    return demand.shift_reachability(
        timetable,
        nets.access,
        region.zones,
        region.sites,
        workers=demand.shift_workers(commuters, region.sites, nets.reference, parameters=region.parameters),
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
            if segment.label == "office" or by_home.sum() == 0:
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
