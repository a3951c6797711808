"""Fares out of a feed."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.core.fares import ANY_NUMBER, Fares
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.transit.gtfs.columns import FARE_FILES, FILES
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.reading import sound
from itas_mobility.network.transit.gtfs.tables import Table, Tables, read_tables

_READ: Final = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "calendar.txt", "calendar_dates.txt", *FARE_FILES)
_EUR: Final = "EUR"
_NOT_RUNNING: Final = "(does not run)"
"""Stands for a route of the feed that the timetable lacks, so that its rule is never met, rather than by anything."""
_NO_RATES: Final[Mapping[str, float]] = MappingProxyType({})


def read_fares(
    path: str | Path, timetable: Timetable | ServiceDays, *, eur_per_unit: Mapping[str, float] = _NO_RATES
) -> Fares:
    """Read the fares of a feed for a timetable that was read from it (GTFS Schedule reference, Fares V1).

    A fare of fare_attributes.txt is a ticket: ``transfers`` says how many changes it allows (blank: any number), and
    ``transfer_duration`` how long after the first boarding the last one may be. Rows of fare_rules.txt of the same
    fare, route, origin and destination are one rule; the zones of its ``contains_id`` must be touched, all of them and
    no others. A fare without rules is valid everywhere.

    Parameters
    ----------
    path : path
        Feed: zip archive of the General Transit Feed Specification.
    timetable : Timetable or ServiceDays
        Timetable read from the feed; its stops and routes are those that the fares speak of.
    eur_per_unit : mapping of str to float, optional
        Worth of one unit of each other currency in EUR, by ``currency_type``.

    Returns
    -------
    Fares
        Tickets and rules.

    Raises
    ------
    NetworkError
        If the feed holds no fares, they have errors (see `check_gtfs`), a price stands in a currency whose worth is not
        given, or no stop of the timetable is one of the feed.

    Warns
    -----
    DataWarning
        If something was repaired, or stops of the timetable are not in the feed; they lie in no fare zone.
    """
    feed = sound(Feed(read_tables(path, passed_over=[file for file in FILES if file not in _READ])))
    tables = feed.tables
    attributes, rules = tables["fare_attributes.txt"], tables["fare_rules.txt"]
    if not len(attributes):
        raise NetworkError(f"{tables.path}: fare_attributes.txt holds no fares; make Fares by hand, e.g. Fares.flat")
    timetables = timetable.timetables if isinstance(timetable, ServiceDays) else (timetable,)
    transfers, duration_s = attributes.wholes("transfers"), attributes.wholes("transfer_duration")
    ticket, route, origin, destination, contains = _rules(rules, _routes(tables, timetables))
    return Fares(
        ticket_id=attributes.texts("fare_id").strings(),
        price_eur=_prices(tables, attributes, eur_per_unit),
        stop_zone=_stop_zones(tables, timetables[0]),
        max_transfers=np.where(transfers < 0, ANY_NUMBER, transfers).astype(np.int32),
        valid_s=np.where(duration_s < 0, np.inf, duration_s),
        rule_ticket=np.array(ticket, dtype=np.int32),
        rule_route=np.array(route, dtype=str),
        rule_origin=np.array(origin, dtype=str),
        rule_destination=np.array(destination, dtype=str),
        contains_ptr=np.append(0, np.cumsum([len(zones) for zones in contains], dtype=np.int64)),
        contains=np.array([zone for zones in contains for zone in zones], dtype=str),
    )


def _prices(tables: Tables, attributes: Table, eur_per_unit: Mapping[str, float]) -> FloatArray:
    """Prices in EUR."""
    currency = attributes.texts("currency_type").strings()
    worth = np.ones(len(currency))
    for row, name in enumerate(currency.tolist()):
        if name == _EUR:
            continue
        if not 0 < eur_per_unit.get(name, 0.0) < np.inf:
            raise NetworkError(
                f"{tables.path}: {attributes.file}: line {attributes.line[row]}: currency_type {name!r}: fares are "
                f"counted in EUR; say what a unit is worth, e.g. eur_per_unit={{{name!r}: 0.9}}"
            )
        worth[row] = eur_per_unit[name]
    return attributes.numbers("price") * worth


def _stop_zones(tables: Tables, timetable: Timetable) -> StrArray:
    """Fare zone of each stop of the timetable."""
    stops = tables["stops.txt"]
    zone = dict(zip(stops.texts("stop_id").strings().tolist(), stops.texts("zone_id").strings().tolist(), strict=True))
    ids = timetable.stop_id.tolist()
    missing = [stop for stop in ids if stop not in zone]
    if ids and len(missing) == len(ids):
        raise NetworkError(f"{tables.path}: stops.txt holds no stop of the timetable, e.g. {ids[0]!r}; give its feed")
    if missing:
        warnings.warn(
            f"{tables.path}: {len(missing)} stops of the timetable are not in stops.txt and lie in no fare zone, "
            f"e.g. {missing[0]!r}",
            DataWarning,
            stacklevel=3,
        )
    return np.array([zone.get(stop, "") for stop in ids], dtype=str)


def _routes(tables: Tables, timetables: tuple[Timetable, ...]) -> dict[int, list[str]]:
    """Ids of the timetables' routes by row of routes.txt, told by their trips."""
    trips = tables["trips.txt"]
    route_of = dict(zip(trips.texts("trip_id").strings().tolist(), trips.wholes("route_id").tolist(), strict=True))
    found: dict[int, set[str]] = {}
    for timetable in timetables:
        for name, first, last in zip(
            timetable.route_id.tolist(), timetable.trip_ptr[:-1].tolist(), timetable.trip_ptr[1:].tolist(), strict=True
        ):
            trip = str(timetable.trip_id[first]) if first < last else ""
            # trips written out of headways are called <trip_id>#HH:MM:SS
            known = trip if trip in route_of else trip.rpartition("#")[0]
            if known in route_of:
                found.setdefault(route_of[known], set()).add(name)
    return {row: sorted(names) for row, names in found.items()}


def _rules(
    rules: Table, routes: Mapping[int, list[str]]
) -> tuple[list[int], list[str], list[str], list[str], list[list[str]]]:
    """Columns of the rules, by ticket: ticket, route, origin, destination, zones contained."""
    zones = [rules.texts(column).strings().tolist() for column in ("origin_id", "destination_id", "contains_id")]
    contains: dict[tuple[int, int, str, str], list[str]] = {}
    for ticket, route, origin, destination, zone in zip(
        rules.wholes("fare_id").tolist(), rules.wholes("route_id").tolist(), *zones, strict=True
    ):
        held = contains.setdefault((ticket, route, origin, destination), [])
        if zone and zone not in held:
            held.append(zone)
    written = [
        (ticket, name, origin, destination, held)
        for (ticket, route, origin, destination), held in sorted(contains.items())
        for name in _route_names(route, routes)
    ]
    return (
        [rule[0] for rule in written],
        [rule[1] for rule in written],
        [rule[2] for rule in written],
        [rule[3] for rule in written],
        [rule[4] for rule in written],
    )


def _route_names(route: int, routes: Mapping[int, list[str]]) -> list[str]:
    """Routes of the timetable that a rule holds for."""
    return [""] if route < 0 else routes.get(route, [_NOT_RUNNING])
