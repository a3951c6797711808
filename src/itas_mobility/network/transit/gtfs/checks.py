"""All rules in order, and the check of a feed by them."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core.findings import Finding, Findings
from itas_mobility.network.transit.gtfs import (
    fare_rules,
    file_rules,
    place_rules,
    reference_rules,
    time_rules,
    value_rules,
)
from itas_mobility.network.transit.gtfs.columns import FARE_FILES
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.tables import read_tables

Rule: TypeAlias = Callable[[Feed], Iterator[Finding]]

FILE_RULES: Final[tuple[Rule, ...]] = (
    file_rules.missing_file,
    file_rules.missing_column,
    file_rules.repeated_column,
    file_rules.unclosed_quote,
    file_rules.invalid_character,
    file_rules.stray_quote,
    file_rules.many_fields,
    file_rules.few_fields,
    file_rules.new_line_in_value,
    file_rules.unknown_column,
    file_rules.nested_folder,
    file_rules.no_rows,
)
"""Rules about files; where one of them finds an error, those about what the files say would only repeat it."""
CONTENT_RULES: Final[tuple[Rule, ...]] = (
    value_rules.invalid_time,
    value_rules.invalid_date,
    value_rules.invalid_whole_number,
    value_rules.invalid_number,
    value_rules.missing_value,
    value_rules.long_id,
    value_rules.long_text,
    value_rules.unknown_day_code,
    value_rules.unknown_code,
    value_rules.unknown_route_type,
    reference_rules.duplicate_id,
    reference_rules.unknown_reference,
    reference_rules.unknown_service,
    reference_rules.missing_shape,
    reference_rules.dangling_parent,
    reference_rules.dangling_transfer,
    reference_rules.unused_transfer,
    reference_rules.unused_pathway,
    reference_rules.unused_stop,
    reference_rules.unused_route,
    reference_rules.short_trip,
    reference_rules.call_at_station,
    place_rules.number_out_of_range,
    place_rules.stop_without_place,
    place_rules.far_stop,
    time_rules.repeated_sequence,
    time_rules.departure_before_arrival,
    time_rules.arrival_before_departure,
    time_rules.missing_end_time,
    time_rules.blank_time,
    time_rules.long_trip,
    time_rules.fast_run,
    time_rules.headway,
    time_rules.calendar_span,
    time_rules.time_zones,
    fare_rules.negative_price,
    fare_rules.odd_transfers,
    fare_rules.unknown_fare_zone,
    fare_rules.stop_without_fare_zone,
)
"""Rules about what the files say."""
UNREAD_FILES: Final = ("shapes.txt", "pathways.txt", *FARE_FILES)
"""Files that a reader of timetables does not look into."""
CHECK_ONLY: Final[frozenset[Rule]] = frozenset(
    {
        reference_rules.missing_shape,
        reference_rules.unused_pathway,
        reference_rules.unused_stop,
        reference_rules.unused_route,
        time_rules.long_trip,
        time_rules.fast_run,
    }
)
"""Rules that find no errors, and look into files or at sums that a reader of timetables has no use for."""


def check_gtfs(path: str | Path) -> Findings:
    """Check a feed by all rules.

    Parameters
    ----------
    path : path
        Feed: zip archive of the General Transit Feed Specification.

    Returns
    -------
    Findings
        Errors, warnings and repairs with file and line; nothing stops at the first fault. The summary counts what the
        feed holds.

    Raises
    ------
    NetworkError
        If the archive cannot be used at all.
    """
    feed = Feed(read_tables(path))
    return Findings(str(path), tuple(findings_of(feed, FILE_RULES + CONTENT_RULES)), _summary(feed))


def findings_of(feed: Feed, rules: Iterable[Rule]) -> Iterator[Finding]:
    """What rules find in a feed.

    Parameters
    ----------
    feed : Feed
        The feed.
    rules : iterable of callable
        Rules in order, those about files first.

    Yields
    ------
    Finding
        With the name of its rule. Where files are at fault, rules about what they say are left out.
    """
    has_errors = False
    for rule in rules:
        if has_errors and rule in CONTENT_RULES:
            return
        for finding in rule(feed):
            has_errors |= finding.severity == "error" and rule in FILE_RULES
            yield replace(finding, rule=rule.__name__)


def _summary(feed: Feed) -> dict[str, int | str]:
    tables = feed.tables
    counts: dict[str, int | str] = {
        "stops": int(np.count_nonzero(feed.is_stop)),
        "routes": len(tables["routes.txt"]),
        "trips": len(tables["trips.txt"]),
        "calls": len(tables["stop_times.txt"]),
        "services": len(np.unique(feed.calendar.keys.first)),
        "transfers": len(tables["transfers.txt"]),
        "pathways": len(tables["pathways.txt"]),
    }
    if feed.calendar.span is not None:
        first, last = (dt.date.fromordinal(day).isoformat() for day in feed.calendar.span)
        counts |= {"first_day": first, "last_day": last}
    return counts
