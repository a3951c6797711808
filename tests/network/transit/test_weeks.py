"""Seven dated service days as a week."""

import dataclasses

import numpy as np
import pytest

from itas_mobility.core import ServiceDays
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit import week_of_days
from oracles.transit_networks import timetable


def day(date, *starts):
    trips = [(f"t{start}", [(start, start), (start + 60.0, start + 60.0)]) for start in starts]
    return dataclasses.replace(timetable("PQ", [("r", "1", "PQ", trips)]), service_date=date)


def test_days_that_run_alike_are_one_timetable_from_monday_on():
    # begins on a Wednesday; Friday runs once more, the week-end not at all
    dates = [f"2026-11-{25 + k}" for k in range(6)] + ["2026-12-01"]
    starts = [(100.0,), (100.0,), (100.0, 200.0), (), (), (100.0,), (100.0,)]
    given = tuple(day(date, *times) for date, times in zip(dates, starts, strict=True))
    week = week_of_days(ServiceDays(np.array(dates), given))
    assert tuple(week.label.tolist()) == WEEKDAYS
    assert [one.n_trips for one in week.timetables] == [1, 1, 1, 1, 2, 0, 0]
    assert [one.service_date for one in week.timetables] == ["2026-11-30"] * 4 + ["2026-11-27"] + ["2026-11-28"] * 2
    same = {(a, b) for a in range(7) for b in range(7) if week.timetables[a] is week.timetables[b]}
    assert same == {(a, b) for part in ((0, 1, 2, 3), (4,), (5, 6)) for a in part for b in part}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([f"2026-11-{23 + k}" for k in range(6)], "not one of each weekday"),
        ([f"2026-11-{20 + k}" for k in range(6)] + ["2026-11-27"], "not one of each weekday"),
        (["Mo", *(f"2026-11-{23 + k}" for k in range(1, 7))], "'Mo' is no date"),
    ],
)
def test_other_days_are_no_week(labels, message):
    with pytest.raises(NetworkError, match=message):
        week_of_days(ServiceDays(np.array(labels), tuple(day("") for _ in labels)))
