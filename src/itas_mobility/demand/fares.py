"""What journeys cost: the cheapest tickets that cover all their rides."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.fares import ANY_NUMBER, Fares
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.demand.timetable_index import timetables_by_day
from itas_mobility.errors import DemandError
from itas_mobility.units import SECONDS_PER_DAY

_ANYTHING = -1
"""Code of a part of a rule that everything meets."""


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
    first, n_rides = journeys.ride_ptr[:-1], journeys.boardings
    most = int(n_rides.max(initial=0))
    # least[j, k]: the first k rides of journey j
    least = np.full((len(journeys), most + 1), np.inf)
    least[:, 0] = 0.0
    for end in range(1, most + 1):
        for begin in range(end):
            rows = np.flatnonzero(n_rides >= end)
            price = tickets.least_prices(first[rows] + begin, end - begin)
            least[rows, end] = np.minimum(least[rows, end], least[rows, begin] + price)
    fare: FloatArray = np.minimum(least[np.arange(len(journeys)), n_rides], fares.cap_eur)
    uncovered = np.flatnonzero(np.isinf(fare))
    if uncovered.size:
        raise DemandError(rides.told(journeys, by_day, tickets, int(uncovered[0]), uncovered.size))
    return fare


class _Rides:
    """Rides of journeys as far as tickets look at them, in codes."""

    def __init__(self, journeys: JourneySets, by_day: dict[int, Timetable], fares: Fares) -> None:
        route, self.board_s = _routes(journeys, by_day)
        columns = np.column_stack([journeys.ride_day, route, journeys.board, journeys.alight])
        distinct, self.ride = np.unique(columns, axis=0, return_inverse=True)
        self.ride = self.ride.ravel()
        self.zones, self.routes = _Codes(), _Codes()
        has_zones = fares.has_zones
        self.route, self.origin, self.destination = (np.empty(len(distinct), dtype=np.int64) for _ in range(3))
        self.touched: list[frozenset[int]] = []
        for i, (day, row, board, alight) in enumerate(distinct.tolist()):
            table = by_day[day]
            stops = table.stop[table.stop_ptr[row] + board : table.stop_ptr[row] + alight + 1]
            zones = [self.zones.of(name) for name in fares.stop_zone[stops].tolist()] if has_zones else [_ANYTHING]
            self.route[i] = self.routes.of(str(table.route_id[row]))
            self.origin[i], self.destination[i] = zones[0], zones[-1]
            self.touched.append(frozenset(zones) - {_ANYTHING})

    def told(
        self, journeys: JourneySets, by_day: dict[int, Timetable], tickets: "_Tickets", journey: int, count: int
    ) -> str:
        """What is wrong with a journey that no tickets cover."""
        pair = int(np.searchsorted(journeys.journey_ptr, journey, side="right")) - 1
        ends = journeys.zone_id[journeys.origin[pair]], journeys.zone_id[journeys.destination[pair]]
        rows = np.arange(journeys.ride_ptr[journey], journeys.ride_ptr[journey + 1])
        alone = np.isinf(tickets.least_prices(rows, 1))
        row = int(rows[np.argmax(alone)])
        table = by_day[int(journeys.ride_day[row])]
        route = int(np.searchsorted(table.trip_ptr, journeys.ride_trip[row], side="right")) - 1
        stops = table.stop_id[table.stop[table.stop_ptr[route] + np.array([journeys.board[row], journeys.alight[row]])]]
        zones = ", ".join(sorted(self.zones.names[code] for code in self.touched[int(self.ride[row])]))
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

    def least_prices(self, first: LongArray, length: int) -> FloatArray:
        """Least price of one ticket for so many rides from each of some rows on; inf where there is none."""
        kinds = self.rides.ride[first[:, None] + np.arange(length)]
        passed_s = self.rides.board_s[first + length - 1] - self.rides.board_s[first]
        within = np.searchsorted(self.limits_s, passed_s)  # the shortest time of validity that is enough
        cases, row = np.unique(np.column_stack([within, kinds]), axis=0, return_inverse=True)
        prices = np.array([self._least_price(case[0], case[1:]) for case in cases.tolist()])
        return prices[row.ravel()] if len(prices) else np.zeros(0)

    def _least_price(self, within: int, kinds: list[int]) -> float:
        fares = self.fares
        is_valid = (fares.max_transfers == ANY_NUMBER) | (fares.max_transfers >= len(kinds) - 1)
        is_valid &= fares.valid_s >= (self.limits_s[within] if within < len(self.limits_s) else np.inf)
        is_met = self._zones_met(kinds)
        for kind in kinds:
            by_rule = np.full(len(is_valid), False)
            route = self.rides.route[kind]
            by_rule[fares.rule_ticket[is_met & np.isin(self.rule_route, [_ANYTHING, route])]] = True
            is_valid &= by_rule | ~self.has_rules
        return float(np.min(fares.price_eur[is_valid], initial=np.inf))

    def _zones_met(self, kinds: list[int]) -> Any:
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
