"""Journeys in real timetables: Kuopio (a town's buses) and Porto Alegre (many to many), against connection scans."""

import csv
import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.cases import Run, case

if TYPE_CHECKING:
    from collections.abc import Callable

    from itas_mobility.core import AccessLegs, IndustrialSites, Timetable, Zones

SHARED = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
_DETOUR = 1.2
_WALK_M_PER_S = 1.25
_STOP_SEED = 1


def _plane(lon_deg: np.ndarray, lat_deg: np.ndarray, lat0_deg: float) -> np.ndarray:
    radius_m = 6_371_000.0
    return radius_m * np.radians(np.column_stack([lon_deg * np.cos(np.radians(lat0_deg)), lat_deg]))


def beeline_legs(
    timetable: "Timetable", lon_deg: np.ndarray, lat_deg: np.ndarray, *, zone_m: float, change_m: float = 300.0
) -> "AccessLegs":
    """Walks along beelines times a detour, in whole seconds."""
    from scipy.spatial import cKDTree

    from itas_mobility.core import AccessLegs

    lat0_deg = float(timetable.stop_lat_deg.mean())
    stops = _plane(timetable.stop_lon_deg, timetable.stop_lat_deg, lat0_deg)
    zones = _plane(lon_deg, lat_deg, lat0_deg)
    tree = cKDTree(stops)
    near = [sorted(found) for found in tree.query_ball_point(zones, zone_m / _DETOUR)] if len(zones) else []
    zone = np.repeat(np.arange(len(zones)), [len(found) for found in near])
    stop = np.array([one for found in near for one in found], dtype=np.int64)
    length_m = np.hypot(*(zones[zone] - stops[stop]).T) * _DETOUR
    pairs = tree.query_pairs(change_m / _DETOUR, output_type="ndarray")
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    change_s = np.hypot(*(stops[pairs[:, 0]] - stops[pairs[:, 1]]).T) * _DETOUR / _WALK_M_PER_S
    return AccessLegs(
        n_zones=len(zones),
        n_stops=timetable.n_stops,
        zone=zone.astype(np.int32),
        stop=stop.astype(np.int32),
        time_s=np.round(length_m / _WALK_M_PER_S),
        length_m=length_m,
        transfer_from=pairs[:, 0].astype(np.int32),
        transfer_to=pairs[:, 1].astype(np.int32),
        transfer_time_s=np.round(change_s),
    )


@lru_cache(maxsize=1)
def kuopio() -> "tuple[Timetable, AccessLegs]":
    """Tuesday's timetable of Kuopio: 1,355 stops, 1,131 trips, 40,123 calls; walks of 300 m between stops."""
    from itas_mobility import network

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the reader repairs is not the subject here
        table = network.read_gtfs(SHARED / "gtfs" / "kuopio_finland.zip", date="2017-01-10")
    return table, beeline_legs(table, np.zeros(0), np.zeros(0), zone_m=0.0)


def _searches(quick: bool) -> list[tuple[int, float]]:
    table, _ = kuopio()
    stops = np.random.default_rng(_STOP_SEED).choice(table.n_stops, 10 if quick else 100, replace=False)
    return [(int(stop), time_s) for stop in stops for time_s in (25_000.0, 36_000.0, 60_000.0)]


@case("transit: connection scan, Kuopio, all stops from one, 300 departures")
def scan_departures(quick: bool) -> Run:
    from itas_mobility.demand.transit.timetables.index import kept_index
    from itas_mobility.demand.transit.timetables.places import Place, ways_from
    from itas_mobility.kernels.connections import lay_out_connections, scan_connections
    from itas_mobility.kernels.timetable_arrays import Sources

    table, legs = kuopio()
    index = kept_index(table, legs, days=None, is_mirrored=False)
    connections = lay_out_connections(index.table)
    searches = _searches(quick)

    def go() -> None:
        for stop, time_s in searches:
            ways = ways_from(Place(np.array([stop], dtype=np.int32)), index)
            sources = Sources(ways.stop, time_s + ways.time_s)
            scan_connections(sources, 0.0, table.n_trips, connections, index.walks)

    return go


@case(
    "transit: earliest_arrivals, Kuopio, all stops from one, 300 departures",
    reference="transit: connection scan, Kuopio, all stops from one, 300 departures",
)
def departures(quick: bool) -> Run:
    from itas_mobility import demand

    table, legs = kuopio()
    searches = _searches(quick)

    def go() -> None:
        for stop, time_s in searches:
            demand.transit.earliest_arrivals(table, legs, from_stop=str(table.stop_id[stop]), depart_s=time_s)

    return go


@case("transit: connection scans, Kuopio, full day from one stop to all")
def scan_day(quick: bool) -> Run:  # noqa: ARG001  # the day has one length
    from itas_mobility.demand.transit.timetables.index import kept_index
    from itas_mobility.demand.transit.timetables.places import Place, ways_from
    from itas_mobility.kernels.connections import lay_out_connections, scan_connections
    from itas_mobility.kernels.raptor_range import departures_in_window
    from itas_mobility.kernels.timetable_arrays import Sources

    table, legs = kuopio()
    index = kept_index(table, legs, days=None, is_mirrored=False)
    connections = lay_out_connections(index.table)
    ways = ways_from(Place(np.array([busiest_stop()], dtype=np.int32)), index)
    departures = departures_in_window(Sources(ways.stop, ways.time_s), 0.0, 100_000.0, index.table)
    each = np.unique(departures.moment).tolist()

    def go() -> None:
        for moment in each:
            sources = Sources(ways.stop, moment + ways.time_s)
            scan_connections(sources, 0.0, table.n_trips, connections, index.walks)

    return go


def busiest_stop() -> int:
    """Stop of Kuopio at which most trips call."""
    table, _ = kuopio()
    trips = np.repeat(np.diff(table.trip_ptr), np.diff(table.stop_ptr))
    return int(np.bincount(table.stop, weights=trips).argmax())


@case(
    "transit: range query, Kuopio, full day from one stop to all",
    reference="transit: connection scans, Kuopio, full day from one stop to all",
)
def day(quick: bool) -> Run:  # noqa: ARG001  # the day has one length
    from itas_mobility.demand.transit.timetables.index import kept_index
    from itas_mobility.demand.transit.timetables.journeys import optimal_in_window
    from itas_mobility.demand.transit.timetables.places import Place

    table, legs = kuopio()
    index = kept_index(table, legs, days=None, is_mirrored=False)
    place = Place(np.array([busiest_stop()], dtype=np.int32))
    return lambda: optimal_in_window(index, place, None, (0.0, 100_000.0), max_rides=6, min_transfer_s=0.0)


@case("transit: journeys told, Kuopio, full day between two stops")
def day_between_two(quick: bool) -> Run:  # noqa: ARG001  # the day has one length
    from itas_mobility import demand

    table, legs = kuopio()
    ends = str(table.stop_id[busiest_stop()]), str(table.stop_id[0])
    return lambda: demand.transit.journeys(table, legs, from_stop=ends[0], to_stop=ends[1], window_s=(0.0, 100_000.0))


def hexagons(quick: bool) -> "Zones":
    """Hexagons of Porto Alegre (quick: every eighth)."""
    from itas_mobility.core import Zones

    with (SHARED / "region_poa" / "poa_hexgrid.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[:: 8 if quick else 1]
    n = len(rows)
    lon_deg, lat_deg = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat"))
    ids = np.array([row["id"] for row in rows])
    return Zones(
        zone_id=ids, name=ids, municipality=np.full(n, ""), district=np.full(n, ""), kind=np.zeros(n, dtype=np.uint8),
        lon_deg=lon_deg, lat_deg=lat_deg, residents=np.zeros(n), employed_residents=np.zeros(n), jobs=np.zeros(n),
        polygon=np.full(n, None),
    )  # fmt: skip


def _feed_of_tuesday(name: str) -> "Timetable":
    from itas_mobility import network

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return network.read_gtfs(SHARED / "region_poa" / f"poa_{name}.zip", date="2019-05-14")


def porto_alegre(quick: bool) -> "tuple[Timetable, AccessLegs, Zones]":
    """Buses of Porto Alegre on a Tuesday and its hexagons, walks of 1,000 m to stops."""
    table, zones = _feed_of_tuesday("eptc"), hexagons(quick)
    return table, beeline_legs(table, zones.lon_deg, zones.lat_deg, zone_m=1000.0), zones


@case("transit: skim_timetable, Porto Alegre, 1,227 x 1,227, one hour", repeats=2)
def many_to_many(quick: bool) -> Run:
    from itas_mobility import demand
    from itas_mobility.core import TravelWindow

    table, legs, zones = porto_alegre(quick)
    return lambda: demand.transit.skim_timetable(
        table, legs, zones, window=TravelWindow(*_HOUR_S), percentiles=(25.0, 50.0, 75.0)
    )


def no_sites() -> "IndustrialSites":
    """What `access_legs` takes where there are no sites."""
    from itas_mobility.core import IndustrialSites

    text, number = np.array([], dtype=str), np.zeros(0)
    return IndustrialSites(
        site_id=text, name=text, zone=np.zeros(0, np.int32), gate_ptr=np.zeros(1, np.int64), gate_name=text,
        gate_lon_deg=number, gate_lat_deg=number, gate_stop_name=text, stop_to_gate_m=number,
        gate_to_workplace_m=number, head_count=number, attendance_share=number, parking_spaces=number,
        grid_connection_kw=number, charging_points=np.zeros(0, np.int32), charging_point_kw=number, shifts=(),
    )  # fmt: skip


@lru_cache(maxsize=1)
def porto_alegre_on_streets(quick: bool) -> "tuple[Timetable, AccessLegs, Zones]":
    """Buses and trains of Porto Alegre, walks along streets: 1,000 m to stops, 300 m between them."""
    from itas_mobility import network

    table, zones = (
        network.transit.merge_timetables([_feed_of_tuesday(name) for name in ("eptc", "trensurb")]),
        hexagons(quick),
    )
    return table, _walks_on_streets(table, zones)(), zones


def _walks_on_streets(table: "Timetable", zones: "Zones") -> "Callable[[], AccessLegs]":
    from itas_mobility import network

    walk = network.read_osm(SHARED / "region_poa" / "poa_osm.pbf", mode="walk")
    return lambda: network.transit.access_legs(walk, zones, no_sites(), table, max_walk_m=1000.0, max_transfer_m=300.0)


@case("transit: access_legs, Porto Alegre, 1,227 hexagons and 4,010 stops on streets")
def walks_on_streets(quick: bool) -> Run:
    table, _, zones = porto_alegre_on_streets(quick)
    return _walks_on_streets(table, zones)


@case("transit: skim_timetable, Porto Alegre with trains, 1,227 x 1,227, one hour, walks on streets", repeats=3)
def many_to_many_on_streets(quick: bool) -> Run:
    from itas_mobility import demand
    from itas_mobility.core import TravelWindow

    table, legs, zones = porto_alegre_on_streets(quick)
    return lambda: demand.transit.skim_timetable(
        table, legs, zones, window=TravelWindow(*_HOUR_S), percentiles=(25.0, 50.0, 75.0)
    )


_HOUR_S = (50_400.0, 54_000.0)
_MAX_JOURNEY_S = 7200.0


def _some_origins(legs: "AccessLegs", quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Every fortieth hexagon: pointer of its legs and the legs; a scan of all of them takes minutes."""
    first = np.searchsorted(legs.zone, np.arange(legs.n_zones + 1))
    some = [np.arange(first[o], first[o + 1]) for o in range(0, legs.n_zones, 20 if quick else 40)]
    return np.cumsum([0, *map(len, some)]), np.concatenate(some)


def _falling_moments() -> np.ndarray:
    return np.arange(_HOUR_S[1] - 30.0, _HOUR_S[0], -60.0)


@case("transit: connection scans, Porto Alegre on streets, 31 hexagons to all at 60 moments, 1 thread", repeats=2)
def scan_many(quick: bool) -> Run:
    from itas_mobility.demand.transit.timetables.index import kept_index
    from itas_mobility.kernels.connections import Connections, lay_out_connections, scan_connections
    from itas_mobility.kernels.timetable_arrays import Sources

    table, legs, _ = porto_alegre_on_streets(quick)
    index = kept_index(table, legs, days=None, is_mirrored=False)
    connections = lay_out_connections(index.table)
    of_window = (connections.departure >= _HOUR_S[0]) & (connections.arrival <= _HOUR_S[1] + _MAX_JOURNEY_S)
    connections = Connections(*(column[of_window] for column in connections))
    pointer, leg = _some_origins(legs, quick)
    targets = np.flatnonzero(np.bincount(legs.zone, minlength=legs.n_zones))
    first_leg = np.searchsorted(legs.zone, targets)

    def go() -> np.ndarray:
        found = np.full((len(pointer) - 1, len(_falling_moments()), len(targets)), np.inf)
        for o in range(len(pointer) - 1):
            ways = leg[pointer[o] : pointer[o + 1]]
            for m, moment in enumerate(_falling_moments() if ways.size else ()):
                sources = Sources(legs.stop[ways], moment + legs.time_s[ways])
                ride = scan_connections(sources, 0.0, table.n_trips, connections, index.walks)
                found[o, m] = np.minimum.reduceat(ride[legs.stop] + legs.time_s, first_leg) - moment
        return found

    return go


@case(
    "transit: window search, Porto Alegre on streets, 31 hexagons to all at 60 moments, 1 thread",
    reference="transit: connection scans, Porto Alegre on streets, 31 hexagons to all at 60 moments, 1 thread",
)
def window_many(quick: bool) -> Run:
    import numba

    from itas_mobility.demand.transit.timetables.index import kept_index, legs_by_stop
    from itas_mobility.demand.transit.timetables.window_table import lay_out_window
    from itas_mobility.kernels.raptor_window import window_travel_times
    from itas_mobility.kernels.timetable_arrays import Limits, Origins

    timetable, legs, _ = porto_alegre_on_streets(quick)
    index = kept_index(timetable, legs, days=None, is_mirrored=False)
    pointer, leg = _some_origins(legs, quick)

    def go() -> None:
        before = numba.get_num_threads()
        numba.set_num_threads(1)
        table = lay_out_window(index, _HOUR_S[0], _HOUR_S[1] + _MAX_JOURNEY_S)
        window_travel_times(
            Origins(pointer, table.stop_row[legs.stop[leg]], legs.time_s[leg]), _falling_moments(),
            np.array([14, 29, 44]), Limits(_MAX_JOURNEY_S, 4, 0.0), table.table,
            legs_by_stop(legs, stop_row=table.stop_row), 64,
        )  # fmt: skip
        numba.set_num_threads(before)

    return go


_MORNING_S = (21_600.0, 28_800.0)


@lru_cache(maxsize=1)
def embedded() -> "tuple[Timetable, AccessLegs, Zones]":
    """Timetable of the embedded region, written out of its headways: 196 zones, 1,056 stops, 3,069 trips."""
    from itas_mobility import network, regions

    region = regions.zwickau()
    timetable = network.transit.timetable_from_headways(region.transit)
    return timetable, network.transit.access_legs(region.walk, region.zones, region.sites, region.transit), region.zones


@case("transit: skim_transit on headways, embedded region, two hours")
def skim_on_headways(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import demand, regions
    from itas_mobility.core import TravelWindow

    region, (_, legs, zones) = regions.zwickau(), embedded()
    return lambda: demand.skim_transit(region.transit, legs, zones, window=TravelWindow(*_MORNING_S))


@case(
    "transit: skim_transit on its timetable, all wished moments",
    reference="transit: skim_transit on headways, embedded region, two hours",
)
def skim_on_timetable(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import demand
    from itas_mobility.core import TravelWindow

    timetable, legs, zones = embedded()
    return lambda: demand.skim_transit(timetable, legs, zones, window=TravelWindow(*_MORNING_S))


@case("transit: choice_sets, embedded region, two hours")
def sets_to_choose_from(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import demand
    from itas_mobility.core import TravelWindow

    timetable, legs, zones = embedded()
    return lambda: demand.transit.choice_sets(timetable, legs, zones, window=TravelWindow(*_MORNING_S))


@case("transit: assign_timetable on them, 10,000 persons", reference="transit: choice_sets, embedded region, two hours")
def loads_on_trips(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import demand
    from itas_mobility.core import ODMatrix, TravelWindow

    timetable, legs, zones = embedded()
    journeys = demand.transit.choice_sets(timetable, legs, zones, window=TravelWindow(*_MORNING_S))
    trips = np.full((len(zones), len(zones)), 10_000.0 / len(zones) ** 2)
    matrix = ODMatrix(zones.zone_id, trips, 2.0)
    return lambda: demand.transit.assign_timetable(timetable, journeys, matrix, window=TravelWindow(*_MORNING_S))
