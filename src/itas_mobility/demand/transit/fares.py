"""What journeys cost: the cheapest tickets that cover all their rides."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.fares import ANY_NUMBER, Fares
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.demand.transit.timetables.index import timetables_by_day
from itas_mobility.errors import DemandError
from itas_mobility.units import SECONDS_PER_DAY

_ANYTHING = -1
"""Code of a part of a rule that everything meets."""
_UNKNOWN = -2
"""Code of a route that no rule speaks of."""


def journey_fare_eur(
    journeys: JourneySets, timetable: Timetable | ServiceDays, fares: Fares, *, days: Sequence[int] | None = None
) -> FloatArray:
    """Fare of each journey.

    The rides of a journey may be covered by one ticket or by several, each for some rides in a row; people buy what
    is cheapest. On a ticket, the fare zones touched are those of all stops at which its vehicles call between boarding
    and alighting; stops without a zone touch none.

    Parameters
    ----------
    journeys : JourneySets
        Journeys with their rides.
    timetable : Timetable or ServiceDays
        What they were found in.
    fares : Fares
        Tickets.
    days : sequence of int, optional
        Days on which the timetables run, as when the journeys were found.

    Returns
    -------
    ndarray of shape (n_journeys,)
        In EUR.

    Raises
    ------
    DemandError
        If the fares were made for other stops, or hold no ticket for some ride; the message names it.
    """
    by_day = timetables_by_day(timetable, days)
    n_stops = next(iter(by_day.values())).n_stops
    if fares.has_zones and len(fares.stop_zone) != n_stops:
        raise DemandError(f"fares were made for {len(fares.stop_zone)} stops, the timetable has {n_stops}")
    rides = _Rides(journeys, by_day, fares)
    tickets = _Tickets(fares, rides)
    example, alike = rides.journeys_alike(has_limits=bool(np.isfinite(fares.valid_s).any()))
    least = np.array([tickets.least_total(*rides.of_journey(j)) for j in example.tolist()])
    fare: FloatArray = np.minimum(least[alike], fares.cap_eur)
    uncovered = np.flatnonzero(np.isinf(fare))
    if uncovered.size:
        raise DemandError(rides.told(journeys, by_day, tickets, int(uncovered[0]), uncovered.size))
    return fare


class _Rides:
    """Rides of journeys as far as tickets look at them, in codes."""

    def __init__(self, journeys: JourneySets, by_day: dict[int, Timetable], fares: Fares) -> None:
        route, self.board_s = _routes(journeys, by_day)
        self.ride_ptr, self.n_rides = journeys.ride_ptr, journeys.boardings
        columns = (journeys.ride_day, route, journeys.board, journeys.alight)
        first, row = _alike(columns)
        distinct = np.column_stack([column[first] for column in columns])
        self.zones, self.routes = _Codes(), _Codes()
        for name in fares.rule_route.tolist():
            self.routes.of(name)
        seen: dict[tuple[int, int, int, frozenset[int]], int] = {}
        kind = np.array(
            [seen.setdefault(self._seen(ride, by_day, fares), len(seen)) for ride in distinct.tolist()], int
        )
        self.kind = kind[row]
        self.route, self.origin, self.destination = (np.array([ride[i] for ride in seen], int) for i in range(3))
        self.touched = [ride[3] for ride in seen]

    def journeys_alike(self, *, has_limits: bool) -> tuple[LongArray, LongArray]:
        """Journeys whose rides tickets see alike: the first one of each kind, and the kind of each."""
        columns: list[Any] = [self.n_rides]
        for k in range(int(self.n_rides.max(initial=0))):
            at = self.ride_ptr[:-1] + np.minimum(k, self.n_rides - 1)
            columns.append(self.kind[at])
            if has_limits:
                columns.append(self.board_s[at] - self.board_s[self.ride_ptr[:-1]])
        return _alike(columns)

    def of_journey(self, journey: int) -> tuple[tuple[int, ...], list[float]]:
        """Kinds of the rides of a journey, and when they are boarded."""
        rows = slice(self.ride_ptr[journey], self.ride_ptr[journey + 1])
        return tuple(self.kind[rows].tolist()), self.board_s[rows].tolist()

    def _seen(
        self, ride: list[int], by_day: dict[int, Timetable], fares: Fares
    ) -> tuple[int, int, int, frozenset[int]]:
        """What tickets see of a ride: route, fare zones of its ends, all those touched, if rules speak of them."""
        day, row, board, alight = ride
        table = by_day[day]
        route = self.routes.known(str(table.route_id[row]))
        if not fares.has_zones:
            return route, _ANYTHING, _ANYTHING, frozenset()
        stops = table.stop[table.stop_ptr[row] + board : table.stop_ptr[row] + alight + 1]
        zones = [self.zones.of(name) for name in fares.stop_zone[stops].tolist()]
        origin = zones[0] if (fares.rule_origin != "").any() else _ANYTHING
        destination = zones[-1] if (fares.rule_destination != "").any() else _ANYTHING
        return route, origin, destination, frozenset(zones) - {_ANYTHING}

    def told(
        self, journeys: JourneySets, by_day: dict[int, Timetable], tickets: "_Tickets", journey: int, count: int
    ) -> str:
        """What is wrong with a journey that no tickets cover."""
        pair = int(np.searchsorted(journeys.journey_ptr, journey, side="right")) - 1
        ends = journeys.zone_id[journeys.origin[pair]], journeys.zone_id[journeys.destination[pair]]
        rows = np.arange(journeys.ride_ptr[journey], journeys.ride_ptr[journey + 1])
        alone = [np.isinf(tickets.least_price((int(self.kind[row]),), 0.0)) for row in rows]
        row = int(rows[np.argmax(alone)])
        table = by_day[int(journeys.ride_day[row])]
        route = int(np.searchsorted(table.trip_ptr, journeys.ride_trip[row], side="right")) - 1
        stops = table.stop_id[table.stop[table.stop_ptr[route] + np.array([journeys.board[row], journeys.alight[row]])]]
        zones = ", ".join(sorted(self.zones.names[code] for code in self.touched[int(self.kind[row])]))
        return (
            f"fares: no ticket covers the ride on line {table.line[route]} (route {table.route_id[route]}) from stop "
            f"{stops[0]} to {stops[1]}, fare zones {zones or 'none'}, of a journey from zone {ends[0]} to {ends[1]}"
            f"{f' (and {count - 1} more journeys)' if count > 1 else ''}; add a ticket that does"
        )


class _Codes:
    """Names by code, the empty one being anything."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._code: dict[str, int] = {"": _ANYTHING}

    def of(self, name: str) -> int:
        """Code of a name, a new one for a new name."""
        if name not in self._code:
            self._code[name] = len(self.names)
            self.names.append(name)
        return self._code[name]

    def known(self, name: str) -> int:
        """Code of a name, `_UNKNOWN` for a new one."""
        return self._code.get(name, _UNKNOWN)


def _alike(columns: Sequence[Any]) -> tuple[LongArray, LongArray]:
    """Rows that are equal in all columns: the first one of each kind, and the kind of each row."""
    first, kind = np.zeros(1, np.int64), np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, code = np.unique(column, return_inverse=True)
        _, first, kind = np.unique(kind * max(len(values), 1) + code, return_index=True, return_inverse=True)
    return first, kind


def _routes(journeys: JourneySets, by_day: dict[int, Timetable]) -> tuple[LongArray, FloatArray]:
    """Route of each ride in the timetable of its day, and when it is boarded."""
    route, board_s = np.empty(len(journeys.ride_trip), dtype=np.int64), np.empty(len(journeys.ride_trip))
    for day, table in by_day.items():
        rows = np.flatnonzero(journeys.ride_day == day)
        trip = journeys.ride_trip[rows]
        route[rows] = np.searchsorted(table.trip_ptr, trip, side="right") - 1
        board_s[rows] = table.departure_s[table.call_ptr[trip] + journeys.board[rows]] + day * float(SECONDS_PER_DAY)
    return route, board_s


class _Tickets:
    """Tickets with their rules in the codes of the rides, and prices of rides in a row met before."""

    def __init__(self, fares: Fares, rides: _Rides) -> None:
        self.fares, self.rides = fares, rides
        self.rule_route, self.rule_origin, self.rule_destination = (
            np.array([codes.of(name) for name in names.tolist()], dtype=np.int64)
            for codes, names in (
                (rides.routes, fares.rule_route),
                (rides.zones, fares.rule_origin),
                (rides.zones, fares.rule_destination),
            )
        )
        contains = [rides.zones.of(name) for name in fares.contains.tolist()]
        ptr = fares.contains_ptr.tolist()
        self.contained = [frozenset(contains[i:j]) for i, j in pairwise(ptr)]
        self.has_rules = np.bincount(fares.rule_ticket, minlength=len(fares.ticket_id)) > 0
        self.limits_s = np.unique(fares.valid_s)
        self._known: dict[tuple[int, tuple[int, ...]], float] = {}

    def least_total(self, kinds: tuple[int, ...], board_s: list[float]) -> float:
        """Least price of tickets that together cover rides in a row; inf where none do."""
        least = [0.0]
        for end in range(1, len(kinds) + 1):
            parts = (
                least[begin] + self.least_price(kinds[begin:end], board_s[end - 1] - board_s[begin])
                for begin in range(end)
            )
            least.append(min(parts))
        return least[-1]

    def least_price(self, kinds: tuple[int, ...], passed_s: float) -> float:
        """Least price of one ticket for rides in a row, so long after the first boarding; inf where there is none."""
        within = int(np.searchsorted(self.limits_s, passed_s))  # the shortest time of validity that is enough
        if (within, kinds) not in self._known:
            self._known[within, kinds] = self._price(within, kinds)
        return self._known[within, kinds]

    def _price(self, within: int, kinds: tuple[int, ...]) -> float:
        fares = self.fares
        is_valid = (fares.max_transfers == ANY_NUMBER) | (fares.max_transfers >= len(kinds) - 1)
        is_valid &= fares.valid_s >= (self.limits_s[within] if within < len(self.limits_s) else np.inf)
        is_met = self._zones_met(kinds)
        for route in {int(self.rides.route[kind]) for kind in kinds}:
            by_rule = np.full(len(is_valid), False)
            by_rule[fares.rule_ticket[is_met & _is_open_or(self.rule_route, route)]] = True
            is_valid &= by_rule | ~self.has_rules
        return float(np.min(fares.price_eur[is_valid], initial=np.inf))

    def _zones_met(self, kinds: tuple[int, ...]) -> Any:
        """Which rules are met by the fare zones of some rides in a row."""
        rides, fares = self.rides, self.fares
        touched = frozenset[int]().union(*(rides.touched[kind] for kind in kinds))
        is_met = _is_open_or(self.rule_origin, int(rides.origin[kinds[0]]))
        is_met &= _is_open_or(self.rule_destination, int(rides.destination[kinds[-1]]))
        is_met &= (fares.rule_max_zones == ANY_NUMBER) | (fares.rule_max_zones >= len(touched))
        return is_met & np.array([not zones or zones == touched for zones in self.contained], dtype=np.bool_)


def _is_open_or(codes: LongArray | IntArray, wanted: int) -> Any:
    """Which codes are met by one, or by anything."""
    return (codes == _ANYTHING) | (codes == wanted)
