"""Which trips run on which day: calendars of weekdays, and single dates."""

from datetime import date
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, IntArray, LongArray
from itas_mobility.errors import InputError
from itas_mobility.network.transit.gtfs.columns import WEEKDAYS
from itas_mobility.network.transit.gtfs.csv_reading import joined, keys_of
from itas_mobility.network.transit.gtfs.tables import Tables

ADDED, REMOVED = 1, 2
"""Codes of ``exception_type`` in calendar_dates.txt."""
DAYS_PER_WEEK: Final = 7
MAX_DAYS: Final = 36_525
"""Assumption: no calendar spans more than a century; the days of longer ones are not counted."""


def parse_date(text: str) -> int:
    """Day of a date.

    Parameters
    ----------
    text : str
        Date as ``"2026-11-24"``.

    Returns
    -------
    int
        Day, 1 being 0001-01-01.

    Raises
    ------
    InputError
        If there is no such day.
    """
    try:
        return date.fromisoformat(text).toordinal()
    except (TypeError, ValueError):
        raise InputError(f"date {text!r} is none; write it as 2026-11-24") from None


class Calendar:
    """Services of a feed: days of the week between two dates, and single days added or removed.

    Parameters
    ----------
    tables : Tables
        The feed.
    """

    def __init__(self, tables: Tables) -> None:
        week, single = tables["calendar.txt"], tables["calendar_dates.txt"]
        self.keys = keys_of(joined([week.texts("service_id"), single.texts("service_id")]))
        """Services; those that stand more than once have several rows, of which the first counts."""
        self._service = self.keys.first[: len(week)]
        self._start, self._end = week.wholes("start_date"), week.wholes("end_date")
        self._runs = np.column_stack([week.wholes(name) == 1 for name in WEEKDAYS])
        self._single_service = self.keys.first[len(week) :]
        self._day, self._kind = single.wholes("date"), single.wholes("exception_type")
        self.trip_service: IntArray = self.keys.rows(tables["trips.txt"].texts("service_id"))
        """Service of each trip, -1 where it is not known."""

    def services_on(self, day: int) -> BoolArray:
        """Which services run on a day; one place more than there are services, which never runs."""
        runs = np.zeros(len(self.keys.texts) + 1, dtype=bool)
        of_week = self._runs[:, (day - 1) % DAYS_PER_WEEK] & (self._start <= day) & (day <= self._end)
        runs[self._service[of_week]] = True
        of_day = self._day == day
        runs[self._single_service[of_day & (self._kind == ADDED)]] = True
        runs[self._single_service[of_day & (self._kind == REMOVED)]] = False
        return runs

    def trips_on(self, day: int) -> BoolArray:
        """Which trips run on a day."""
        # trips of unknown services (-1) look up the last place
        found: BoolArray = self.services_on(day)[self.trip_service]
        return found

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last day that the calendar speaks of; None if it speaks of none."""
        days = (
            self._start[self._start > 0],
            self._end[self._end > 0],
            self._day[(self._kind == ADDED) & (self._day > 0)],
        )
        known = np.concatenate(days)
        return (int(known.min()), int(known.max())) if known.size else None

    def trips_by_day(self) -> tuple[int, LongArray]:
        """First day of the calendar, and how many trips run on each day from then on, of `MAX_DAYS` at most."""
        if self.span is None:
            return 1, np.zeros(0, dtype=np.int64)
        first, last = self.span
        trips = np.bincount(self.trip_service + 1, minlength=len(self.keys.texts) + 1)[1:]
        days = range(first, min(last, first + MAX_DAYS) + 1)
        return first, np.array([trips[self.services_on(day)[:-1]].sum() for day in days], dtype=np.int64)
