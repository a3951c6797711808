"""Operating figures of a service day: kilometres, hours, the vehicles that a timetable needs, and what they cost."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, overload

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.core.operation import LineContract, OperatingFigures
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.geo import haversine_m
from itas_mobility.network.nearest import tree_of
from itas_mobility.network.transit.editing import DETOUR
from itas_mobility.network.transit.timetable import timetable_from_headways
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, SECONDS_PER_HOUR, clock_text

LAYOVER_S: Final = 300.0
"""Least time between two trips of a vehicle: turning, a delay made good (assumption; 3 to 10 minutes are usual)."""
NAMED_TERMINUS_M: Final = 500.0
"""Stops of one name this near to each other are one terminus (assumption: bays of a station and its forecourt)."""
NEAR_TERMINUS_M: Final = 200.0
"""Stops this near to each other are one terminus whatever their names (assumption: both sides of a road, a turn around
the block). In the feed of Kuopio three of four trips end within 120 m of a first stop of their line."""
_RATES: Final = ("km", "h", "vehicle_day")
COST_PARAMETERS: Final = tuple(f"{mode.name.lower()}_cost_eur_per_{what}" for mode in TransitMode for what in _RATES)
"""All parameters that decide what running lines costs."""
_LINES_NAMED: Final = 8
"""Lines that a warning names at the most."""


@overload
def operating_figures(
    lines: TransitNetwork | Timetable,
    *,
    parameters: Parameters,
    layover_s: float = ...,
    may_interline: bool = ...,
    empty_km_per_h: float | None = ...,
    contracts: Sequence[LineContract] = ...,
    detour: float = ...,
) -> OperatingFigures: ...


@overload
def operating_figures(
    lines: ServiceDays,
    *,
    parameters: Parameters,
    layover_s: float = ...,
    may_interline: bool = ...,
    empty_km_per_h: float | None = ...,
    contracts: Sequence[LineContract] = ...,
    detour: float = ...,
) -> dict[str, OperatingFigures]: ...


def operating_figures(
    lines: TransitNetwork | Timetable | ServiceDays,
    *,
    parameters: Parameters,
    layover_s: float = LAYOVER_S,
    may_interline: bool = False,
    empty_km_per_h: float | None = None,
    contracts: Sequence[LineContract] = (),
    detour: float = DETOUR,
) -> OperatingFigures | dict[str, OperatingFigures]:
    """Find what running the lines for a service day takes: trips, kilometres, hours, vehicles, cost.

    Vehicles follow from chaining trips: one that has ended may be followed by one that leaves the same terminus
    `layover_s` later or after that, without empty runs between termini. The fewest vehicles are then the sum, over
    termini, of the largest surplus of departures over arrivals up to any moment (deficit function: Gertsbakh, Gurevich
    1977, Constructing an optimal fleet for a transportation schedule, Transportation Science 11(1), 20-36); first in,
    first out at each terminus gives such a fleet. Lines whose trips begin elsewhere than others end need far more of
    them than are on the road at once: with `empty_km_per_h` vehicles also drive empty between termini, and the fewest
    are the trips less the most that can follow another: a matching of trips, found as a flow (exact).

    Trips of one block (`Timetable.trip_block`) are run by one vehicle from the first to the last. A terminus is a
    station, stops of one name within 500 m, or any stops within 200 m.

    Cost adds up kilometres, hours in service and vehicles kept ready on the day, each times the rate of the mode, in
    the manner of Frank, Friedrich and Schlaich (2008, Betriebskosten von Busverkehren schnell und genau ermitteln, Der
    Nahverkehr, no. 11), who estimate cost from kilometres and hours in service. Ways to and from the depot are not
    counted.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Lines; headways stand for the trips of `timetable_from_headways`.
    parameters : Parameters
        For each mode that runs ``<mode>_cost_eur_per_km``, ``<mode>_cost_eur_per_h`` and
        ``<mode>_cost_eur_per_vehicle_day``, as in ``bus_cost_eur_per_km``.
    layover_s : float, default=300.0
        Least time between two trips of a vehicle.
    may_interline : bool, default=False
        Whether vehicles change between the lines of a mode; else only trips of one line follow each other, but for what
        blocks say.
    empty_km_per_h : float, optional
        Speed of empty runs between termini, along `detour` times the beeline; without it there are none. Their
        kilometres and hours are not counted.
    contracts : sequence of LineContract, optional
        Lines hired by the hour, and fleets on demand. One whose lines do not run on the day costs nothing.
    detour : float, default=1.3
        Length over the beeline between two stops where the length is not known, and of empty runs.

    Returns
    -------
    OperatingFigures
        Sorted by line, then mode; for ServiceDays one for each label. A fleet that stands by is one row, by the
        contract's name.

    Raises
    ------
    NetworkError
        If `layover_s` is negative, `empty_km_per_h` not positive, `detour` below 1, two contracts name a line, or two
        trips of a block overlap.
    InputError
        If a rate is not among the parameters.

    Warns
    -----
    DataWarning
        If lengths of lines are not known; the message names the lines.
    """
    if isinstance(lines, ServiceDays):
        return {
            label: operating_figures(
                day,
                parameters=parameters,
                layover_s=layover_s,
                may_interline=may_interline,
                empty_km_per_h=empty_km_per_h,
                contracts=contracts,
                detour=detour,
            )
            for label, day in zip(lines.label.tolist(), lines.timetables, strict=True)
        }
    if not (0 <= layover_s < np.inf and 1 <= detour < np.inf):
        raise NetworkError(f"layover_s={layover_s!r} must not be negative, and detour={detour!r} at least 1")
    if empty_km_per_h is not None and not 0 < empty_km_per_h < np.inf:
        raise NetworkError(f"empty_km_per_h={empty_km_per_h!r} must be positive")
    timetable = timetable_from_headways(lines) if isinstance(lines, TransitNetwork) else lines
    contract_of = _contract_of(contracts)
    runs = _lines_that_run(timetable)
    on_duty = _each_once(contract_of[key] for key in runs if key in contract_of and contract_of[key].fleet)
    trips = _trips_of(timetable, [key for key in runs if key not in contract_of or not contract_of[key].fleet], detour)
    per_beeline_s = None if empty_km_per_h is None else detour / (empty_km_per_h * KM_PER_H_TO_M_PER_S)
    alone = _least_vehicles(trips, np.arange(len(trips.key)), layover_s, per_beeline_s, by_line=True)
    pool = _pools(trips, contract_of, may_interline=may_interline)
    together = _least_vehicles(trips, pool, layover_s, per_beeline_s, by_line=False)
    with np.errstate(invalid="ignore"):  # pools that no line is in
        share = (together / np.bincount(pool, alone, minlength=len(pool)))[pool] * alone
    rows = _rows_of_lines(trips, alone, share, contract_of, parameters)
    rows += [_row_on_duty(contract, parameters) for contract in on_duty]
    return _figures(rows, _fleets(trips, together, on_duty))


_Key: TypeAlias = tuple[str, int]
"""A line: what is printed on the vehicle, and its mode."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the figures."""

    line: str
    mode: int
    trips: int
    vehicle_km: float
    vehicle_h: float
    vehicles: int
    km_cost_eur: float
    hour_cost_eur: float
    vehicle_cost_eur: float
    is_estimated: bool


@dataclass(frozen=True, eq=False)
class _Trips:
    """Trips of at least two calls; row *i* of each column behind `key` is trip *i*."""

    key: list[_Key]
    """The lines, in order."""
    line: LongArray
    trip_id: StrArray
    block: StrArray
    leaves_s: FloatArray
    arrives_s: FloatArray
    start: LongArray
    end: LongArray
    """Number of the terminus."""
    start_stop: IntArray
    end_stop: IntArray
    lon_deg: FloatArray
    lat_deg: FloatArray
    """Of all stops."""
    length_m: FloatArray
    is_estimated: BoolArray


def _figures(rows: list[_Row], fleet: IntArray) -> OperatingFigures:
    """The noun, from rows in any order and vehicles by mode."""
    rows = sorted(rows, key=lambda row: (row.line, row.mode))
    columns = {name: np.array([getattr(row, name) for row in rows]) for name in _Row.__slots__}
    mode = np.flatnonzero(fleet).astype(np.uint8)
    return OperatingFigures(**columns, fleet_mode=mode, fleet_vehicles=fleet[mode])


def _fleets(trips: _Trips, together: LongArray, on_duty: list[LineContract]) -> IntArray:
    """Vehicles by mode, those that stand by included."""
    mode = np.array([mode for _, mode in trips.key], np.int64)
    fleet = np.bincount(mode, together, minlength=len(TransitMode)).astype(np.int32)
    for contract in on_duty:
        fleet[contract.mode] += contract.fleet
    return fleet


def _contract_of(contracts: Sequence[LineContract]) -> dict[_Key, LineContract]:
    """Contract of each line that has one."""
    found: dict[_Key, LineContract] = {}
    for contract in contracts:
        for line in contract.lines:
            key = (line, int(contract.mode))
            if key in found:
                raise NetworkError(f"contracts {found[key].name!r} and {contract.name!r} both name line {line!r}")
            found[key] = contract
    return found


def _each_once(contracts: Iterable[LineContract]) -> list[LineContract]:
    return list(dict.fromkeys(contracts))


def _route_of_trip(timetable: Timetable) -> LongArray:
    return np.repeat(np.arange(timetable.n_routes), np.diff(timetable.trip_ptr))


def _keys_of_routes(timetable: Timetable) -> list[_Key]:
    return list(zip(timetable.line.tolist(), timetable.mode.tolist(), strict=True))


def _lines_that_run(timetable: Timetable) -> list[_Key]:
    """Lines with a trip of at least two calls, sorted."""
    keys = _keys_of_routes(timetable)
    moves = np.diff(timetable.call_ptr) >= 2
    return sorted({keys[route] for route in np.unique(_route_of_trip(timetable)[moves]).tolist()})


def _trips_of(timetable: Timetable, lines: list[_Key], detour: float) -> _Trips:
    """Trips of some lines."""
    number = {key: k for k, key in enumerate(lines)}
    line_of_route = np.array([number.get(key, -1) for key in _keys_of_routes(timetable)], np.int64)
    route = _route_of_trip(timetable)
    trip = np.flatnonzero((np.diff(timetable.call_ptr) >= 2) & (line_of_route[route] >= 0))
    route = route[trip]
    start, end = timetable.stop[timetable.stop_ptr[route]], timetable.stop[timetable.stop_ptr[route + 1] - 1]
    terminus = _termini(timetable, np.unique(np.concatenate([start, end])))
    length_m, is_estimated = _lengths_m(timetable, detour)
    guessed = sorted({lines[k][0] for k in line_of_route[route[is_estimated[route]]].tolist()})
    if guessed:
        more = f" and {len(guessed) - _LINES_NAMED} more" if len(guessed) > _LINES_NAMED else ""
        warnings.warn(
            f"lengths of line(s) {', '.join(guessed[:_LINES_NAMED])}{more} are not known: kilometres are beelines "
            f"times {detour:g}",
            DataWarning,
            stacklevel=3,
        )
    return _Trips(
        key=lines,
        line=line_of_route[route],
        trip_id=timetable.trip_id[trip],
        block=timetable.trip_block[trip],
        leaves_s=timetable.departure_s[timetable.call_ptr[trip]],
        arrives_s=timetable.arrival_s[timetable.call_ptr[trip + 1] - 1],
        start=terminus[start],
        end=terminus[end],
        start_stop=start,
        end_stop=end,
        lon_deg=timetable.stop_lon_deg,
        lat_deg=timetable.stop_lat_deg,
        length_m=length_m[route],
        is_estimated=is_estimated[route],
    )


def _termini(timetable: Timetable, used: IntArray) -> LongArray:
    """Number of the terminus each of the used stops belongs to: its station, or stops nearby."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    name, station = timetable.stop_name[used], timetable.stop_station[used]
    lon, lat = timetable.stop_lon_deg[used], timetable.stop_lat_deg[used]
    pairs = tree_of(lon, lat).query_pairs(NAMED_TERMINUS_M, output_type="ndarray")
    one, other = near = np.asarray(pairs, np.int64).reshape(-1, 2).T
    is_one_name = (name[one] == name[other]) & (name[one] != "")
    is_near = haversine_m(lon[one], lat[one], lon[other], lat[other]) <= NEAR_TERMINUS_M
    in_order = np.argsort(station, kind="stable")
    one, other = in_order[:-1], in_order[1:]
    is_one_station = (station[one] == station[other]) & (station[one] != "")
    one = np.concatenate([near[0, is_one_name | is_near], one[is_one_station]])
    other = np.concatenate([near[1, is_one_name | is_near], other[is_one_station]])
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(used), len(used)))
    found = np.full(timetable.n_stops, -1, np.int64)
    found[used] = connected_components(graph, directed=False)[1]
    return found


def _lengths_m(timetable: Timetable, detour: float) -> tuple[FloatArray, BoolArray]:
    """Length of each route, and whether part of it is a beeline times a detour."""
    n_positions = np.diff(timetable.stop_ptr)
    route = np.repeat(np.arange(timetable.n_routes), n_positions)
    is_leg = np.append(route[1:] == route[:-1], False)[: len(route)]
    is_guess = is_leg & np.isnan(timetable.distance_m)
    follower = np.minimum(np.arange(len(route)) + 1, len(route) - 1)
    lon, lat = timetable.stop_lon_deg[timetable.stop], timetable.stop_lat_deg[timetable.stop]
    guess_m = haversine_m(lon, lat, lon[follower], lat[follower]) * detour
    leg_m = np.where(is_guess, guess_m, np.where(is_leg, timetable.distance_m, 0.0))
    whole_m = np.bincount(route, leg_m, minlength=timetable.n_routes).astype(np.float64)
    return whole_m, np.bincount(route, is_guess, minlength=timetable.n_routes) > 0


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What one vehicle runs in one go, by its first and last trip (rows of the trips)."""

    first: LongArray
    last: LongArray


def _pieces(trips: _Trips, *, by_line: bool) -> _Pieces:
    """Trips by themselves, and blocks from their first trip to their last; by line, only those of one line."""
    n = len(trips.line)
    _, block = np.unique(trips.block, return_inverse=True)
    piece = block * len(trips.key) + trips.line if by_line else block
    piece = np.where(trips.block == "", np.arange(n) + (n + 1) * (len(trips.key) + 1), piece)
    order = np.lexsort((trips.arrives_s, trips.leaves_s, piece))
    begins = np.append(True, np.diff(piece[order]) != 0)[:n]
    ends = np.append(begins[1:], True)[:n]
    early = np.flatnonzero(~begins[1:] & (trips.leaves_s[order][1:] < trips.arrives_s[order][:-1]))
    if early.size:
        one, other = order[early[0]], order[early[0] + 1]
        raise NetworkError(
            f"block {trips.block[one]}: trip {trips.trip_id[other]} leaves at "
            f"{clock_text(trips.leaves_s[other])}, before trip {trips.trip_id[one]} has arrived at "
            f"{clock_text(trips.arrives_s[one])}; one vehicle cannot run both: mend or empty trip_block"
        )
    return _Pieces(order[begins], order[ends])


def _pools(trips: _Trips, contract_of: dict[_Key, LineContract], *, may_interline: bool) -> LongArray:
    """Lines that share vehicles have one number: that of the first of them. Hired vehicles stay on their lines."""
    pool = np.arange(len(trips.key))
    if may_interline:
        first: dict[int, int] = {}
        for line, key in enumerate(trips.key):
            if key not in contract_of:
                pool[line] = first.setdefault(key[1], line)
    return pool


def _least_vehicles(
    trips: _Trips, pool: LongArray, layover_s: float, per_beeline_s: float | None, *, by_line: bool
) -> LongArray:
    """Fewest vehicles of each pool, shape (n_lines,); `per_beeline_s`: time of an empty run per metre, None: none."""
    pieces = _pieces(trips, by_line=by_line)
    leaves_s = trips.leaves_s[pieces.first]
    # a trip that takes no time must not be its own forerunner
    ready_s = np.maximum(trips.arrives_s[pieces.last] + layover_s, np.nextafter(leaves_s, np.inf))
    if per_beeline_s is None:
        return _largest_surpluses(trips, pieces, pool, leaves_s, ready_s)
    return _unmatched(trips, pieces, pool, leaves_s, ready_s, per_beeline_s)


def _largest_surpluses(
    trips: _Trips, pieces: _Pieces, pool: LongArray, leaves_s: FloatArray, ready_s: FloatArray
) -> LongArray:
    """By pool, the largest surpluses of departures over arrivals, added up over termini."""
    n_termini = max(int(max(trips.start.max(initial=0), trips.end.max(initial=0))) + 1, 1)
    leaves_at = pool[trips.line[pieces.first]] * n_termini + trips.start[pieces.first]
    ready_at = pool[trips.line[pieces.last]] * n_termini + trips.end[pieces.last]
    at = np.concatenate([leaves_at, ready_at])
    step = np.repeat([1, -1], len(leaves_s))
    # who becomes ready at the moment of a departure can make it
    order = np.lexsort((step, np.concatenate([leaves_s, ready_s]), at))
    at, step = at[order], step[order]
    surplus = np.cumsum(step)
    begins = np.flatnonzero(np.append(True, np.diff(at) != 0)[: len(at)])
    if begins.size == 0:
        return np.zeros(len(pool), np.int64)
    largest = np.maximum.reduceat(surplus, begins) - (surplus - step)[begins]
    needed = np.maximum(largest, 0)
    return np.bincount(at[begins] // n_termini, needed, minlength=len(pool)).astype(np.int64)


def _unmatched(
    trips: _Trips,
    pieces: _Pieces,
    pool: LongArray,
    leaves_s: FloatArray,
    ready_s: FloatArray,
    per_beeline_s: float,
) -> LongArray:
    """By pool, the departures that no vehicle which has become ready can make, whatever the empty run."""
    leaves_in, ready_in = pool[trips.line[pieces.first]], pool[trips.line[pieces.last]]
    needed = np.bincount(leaves_in, minlength=len(pool)).astype(np.int64)
    by_stop = np.lexsort((leaves_s, trips.start_stop[pieces.first]))
    for number in np.unique(leaves_in):
        before, after = np.flatnonzero(ready_in == number), by_stop[leaves_in[by_stop] == number]
        needed[number] -= _most_matched(
            trips, pieces.last[before], ready_s[before], pieces.first[after], leaves_s[after], per_beeline_s
        )
    return needed


def _most_matched(
    trips: _Trips, one: LongArray, ready_s: FloatArray, other: LongArray, leaves_s: FloatArray, per_beeline_s: float
) -> int:
    """Most pairs of a trip that has ended and one that may follow it; the latter sorted by first stop, then time.

    A vehicle that reaches a stop in time for a departure is also in time for all later ones there. So the matching is
    a flow: from each vehicle to the first departure it can make at each stop, from departure to departure at a stop,
    and from each departure, once, to the end. That has one link per vehicle and stop in place of one per pair.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    n, m = len(one), len(other)
    stop = trips.start_stop[other]
    begins = np.flatnonzero(np.append(True, np.diff(stop) != 0)[:m])
    vehicle, departure = [], []
    for begin, end in zip(begins, np.append(begins[1:], m), strict=True):
        gap_m = haversine_m(
            trips.lon_deg[trips.end_stop[one]],
            trips.lat_deg[trips.end_stop[one]],
            trips.lon_deg[stop[begin]],
            trips.lat_deg[stop[begin]],
        )
        run_s = np.where(trips.end[one] == trips.start[other[begin]], 0.0, gap_m * per_beeline_s)
        first = begin + np.searchsorted(leaves_s[begin:end], ready_s + run_s)
        makes_it = np.flatnonzero(first < end)
        vehicle.append(makes_it)
        departure.append(first[makes_it])
    waits = np.flatnonzero(stop[1:] == stop[:-1])
    source, sink = n + m, n + m + 1
    tail = np.concatenate([np.full(n, source), *vehicle, n + waits, n + np.arange(m)])
    head = np.concatenate([np.arange(n), n + np.concatenate(departure), n + waits + 1, np.full(m, sink)])
    capacity = np.ones(len(tail), np.int32)
    capacity[len(tail) - m - len(waits) : len(tail) - m] = n
    graph = csr_array((capacity, (tail, head)), shape=(n + m + 2, n + m + 2))
    return int(maximum_flow(graph, source, sink).flow_value)


def _rates(parameters: Parameters, mode: int) -> tuple[float, float, float]:
    """Cost of a kilometre, of an hour in service, and of a vehicle on a day."""
    name = TransitMode(mode).name.lower()
    per_km, per_h, per_day = (parameters.value(f"{name}_cost_eur_per_{what}") for what in _RATES)
    return per_km, per_h, per_day


def _rows_of_lines(
    trips: _Trips,
    alone: LongArray,
    share: FloatArray,
    contract_of: dict[_Key, LineContract],
    parameters: Parameters,
) -> list[_Row]:
    n = len(trips.key)
    count = np.bincount(trips.line, minlength=n)
    km = np.bincount(trips.line, trips.length_m, minlength=n) / METRES_PER_KILOMETRE
    hours = np.bincount(trips.line, trips.arrives_s - trips.leaves_s, minlength=n) / SECONDS_PER_HOUR
    guessed = np.bincount(trips.line, trips.is_estimated, minlength=n) > 0
    rows = []
    for line, (name, mode) in enumerate(trips.key):
        contract = contract_of.get((name, mode))
        price = None if contract is None else contract.cost_eur_per_h
        per_km, per_h, per_day = _rates(parameters, mode) if price is None else (0.0, price, 0.0)
        rows.append(
            _Row(
                line=name,
                mode=mode,
                trips=int(count[line]),
                vehicle_km=float(km[line]),
                vehicle_h=float(hours[line]),
                vehicles=int(alone[line]),
                km_cost_eur=float(km[line]) * per_km,
                hour_cost_eur=float(hours[line]) * per_h,
                vehicle_cost_eur=float(share[line]) * per_day,
                is_estimated=bool(guessed[line]),
            )
        )
    return rows


def _row_on_duty(contract: LineContract, parameters: Parameters) -> _Row:
    """A fleet that stands by: its hours of duty; the ways it makes are not known."""
    hours = contract.fleet * contract.duty_h
    price = contract.cost_eur_per_h
    _, per_h, per_day = _rates(parameters, contract.mode) if price is None else (0.0, price, 0.0)
    return _Row(
        line=contract.name,
        mode=int(contract.mode),
        trips=0,
        vehicle_km=0.0,
        vehicle_h=hours,
        vehicles=contract.fleet,
        km_cost_eur=0.0,
        hour_cost_eur=hours * per_h,
        vehicle_cost_eur=contract.fleet * per_day,
        is_estimated=False,
    )
