"""Days of shifts: they move across midnight with the hours, and a working day sees of a shift what falls on it."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import scenarios
from itas_mobility.core import ShiftPattern
from itas_mobility.core.weekdays import weekday_mask, weekday_text
from itas_mobility.scenarios.measures import StaggerShift


def with_shifts(*shifts):
    """The made region; shifts of the works as (name, start, end, share, days)."""
    region = made_region()
    name, start, end, share, days = (list(column) for column in zip(*shifts, strict=True))
    pattern = ShiftPattern(
        name, np.array(start) * HOUR, np.array(end) * HOUR, share, [weekday_mask(one) for one in days]
    )
    return replace(region, sites=replace(region.sites, shifts=(pattern, region.sites.shifts[1])))


def hours_and_days(region):
    pattern = region.sites.shifts[0]
    return [
        (start / HOUR, end / HOUR, weekday_text(int(days)))
        for start, end, days in zip(pattern.start_s, pattern.end_s, pattern.days, strict=True)
    ]


@pytest.mark.parametrize(
    ("start", "days", "by_min", "then"),
    [
        (22, "Mo-Fr", 180, (1, 9, "Di-Sa")),
        (1, "Di-Sa", -180, (22, 30, "Mo-Fr")),
        (22, "Mo-Fr", 120, (0, 8, "Di-Sa")),
        (22, "Mo-Fr", 119, (22 + 119 / 60, 30 + 119 / 60, "Mo-Fr")),
        (0, "Mo", -1, (24 - 1 / 60, 32 - 1 / 60, "So")),
        (6, "Mo-Fr", 30, (6.5, 14.5, "Mo-Fr")),
    ],
)
def test_days_move_with_a_shift_that_crosses_midnight(start, days, by_min, then):
    region = with_shifts(("n", start, start + 8, 1.0, days))
    (moved,) = hours_and_days(StaggerShift(type="stagger_shift", site="werk", by_min=by_min).apply(region))
    assert moved == (pytest.approx(then[0]), pytest.approx(then[1]), then[2])


def test_shifts_that_stay_keep_their_days():
    region = with_shifts(("frueh", 6, 14, 0.5, "Mo-Fr"), ("nacht", 22, 30, 0.5, "So-Do"))
    moved = StaggerShift(type="stagger_shift", site="werk", shift="nacht", by_min=150).apply(region)
    assert hours_and_days(moved) == [(6, 14, "Mo-Fr"), (0.5, 8.5, "Mo-Fr")]


def test_who_works_at_weekends_is_not_on_the_roads_of_a_working_day():
    all_week = with_shifts(("frueh", 6, 14, 1.0, "Mo-Fr"))
    half = with_shifts(("frueh", 6, 14, 0.5, "Mo-Fr"), ("ende", 6, 14, 0.5, "Sa,So"))
    whole, part = (scenarios.run(one).tables["sites"].set_index("site_id").loc["werk"] for one in (all_week, half))
    assert part["workers"] == pytest.approx(whole["workers"] / 2)
    assert part["cars"] == pytest.approx(whole["cars"] / 2, rel=0.02)
    assert whole["cars"] > 0
