"""Seven service days as a week of named weekdays."""

import datetime as dt
from dataclasses import replace

import numpy as np

from itas_mobility.core import ServiceDays, Timetable
from itas_mobility.core.columns import content_digest
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import NetworkError


def week_of_days(days: ServiceDays) -> ServiceDays:
    """Seven dated service days as a week, labelled Mo to So; days on which the same trips run are one timetable.

    Who looks at weeks (`demand.transit.shift_reachability`) searches once for all days that are one timetable.

    Parameters
    ----------
    days : ServiceDays
        Seven days labelled by date, one of each weekday, in any order.

    Returns
    -------
    ServiceDays
        From Monday on. Days that are alike hold the timetable of the first of them, with its service date.

    Raises
    ------
    NetworkError
        If the days are not one of each weekday.
    """
    by_weekday: dict[int, Timetable] = {}
    for label, timetable in zip(days.label.tolist(), days.timetables, strict=True):
        try:
            by_weekday[dt.date.fromisoformat(label).weekday()] = timetable
        except ValueError:
            raise NetworkError(f"week_of_days: service day {label!r} is no date") from None
    if len(days) != len(WEEKDAYS) or len(by_weekday) != len(WEEKDAYS):
        raise NetworkError(f"week_of_days: {', '.join(days.label.tolist())} are not one of each weekday")
    known: dict[str, Timetable] = {}
    alike = []
    for day in range(len(WEEKDAYS)):
        timetable = by_weekday[day]
        alike.append(known.setdefault(content_digest(replace(timetable, service_date="")), timetable))
    return ServiceDays(np.array(WEEKDAYS), tuple(alike))
