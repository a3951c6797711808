"""Rules about fares: prices, numbers of transfers, and fare zones that some stop lies in."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.csv_reading import Texts, keys_of
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.noting import of_file, of_rows

ZONE_COLUMNS: Final = ("origin_id", "destination_id", "contains_id")
MOST_TRANSFERS: Final = 2
"""Highest code of ``transfers``; blank means any number."""


def negative_price(feed: Feed) -> Iterator[Finding]:
    """A fare is below nothing."""
    table = feed.tables["fare_attributes.txt"]
    price = table.numbers("price")
    rows = np.flatnonzero(price < 0)
    yield from of_rows("error", table.file, table.line, rows, lambda row: f"price {price[row]:g} is negative", "price")


def odd_transfers(feed: Feed) -> Iterator[Finding]:
    """A fare allows a number of transfers for which the specification has no code."""
    table = feed.tables["fare_attributes.txt"]
    transfers = table.wholes("transfers")

    def say(row: int) -> str:
        return f"transfers {transfers[row]} is none of 0, 1, 2 and blank; it is taken as so many transfers"

    rows = np.flatnonzero(transfers > MOST_TRANSFERS)
    yield from of_rows("warning", table.file, table.line, rows, say, "transfers")


def unknown_fare_zone(feed: Feed) -> Iterator[Finding]:
    """A rule speaks of a fare zone that no stop lies in, and can never be met."""
    table = feed.tables["fare_rules.txt"]
    zones = keys_of(feed.tables["stops.txt"].texts("zone_id"))
    for column in ZONE_COLUMNS:
        zone = table.texts(column)

        def say(row: int, column: str = column, zone: Texts = zone) -> str:
            return f"{column} {zone[row]!r} is the zone_id of no stop; the rule can never be met"

        rows = np.flatnonzero((zones.rows(zone) < 0) & (zone.n_bytes > 0))
        yield from of_rows("warning", table.file, table.line, rows, say, column)


def stop_without_fare_zone(feed: Feed) -> Iterator[Finding]:
    """Rules speak of fare zones, and some stops lie in none."""
    table, stops = feed.tables["fare_rules.txt"], feed.tables["stops.txt"]
    if not any((table.texts(column).n_bytes > 0).any() for column in ZONE_COLUMNS):
        return
    count = int(np.count_nonzero(feed.is_stop & (stops.texts("zone_id").n_bytes == 0)))
    if count:
        what = f"{count:,} stops have no zone_id; fares by zones do not hold for rides that begin or end there"
        yield of_file("warning", "stops.txt", what, "zone_id")
