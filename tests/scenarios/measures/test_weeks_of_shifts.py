"""Indicators and tables of a week: whoever works the same shift on several days is one worker."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import network, scenarios
from itas_mobility.core import ServiceDays
from itas_mobility.core.weekdays import WEEKDAYS, weekday_mask

SHARES = ("reachable_share", "arrive_share", "return_share")


def on_all_days(region):
    """The region with shifts that are worked on all days of the week."""
    every = weekday_mask("Mo-So")
    shifts = tuple(replace(pattern, days=np.full(len(pattern), every, np.uint8)) for pattern in region.sites.shifts)
    return replace(region, sites=replace(region.sites, shifts=shifts))


@pytest.fixture(scope="module")
def bare():
    return on_all_days(made_region())


@pytest.fixture(scope="module")
def alone(bare):
    return scenarios.run(bare)


def week(region, *days):
    return replace(region, timetable=ServiceDays(np.array(WEEKDAYS), days))


@pytest.fixture(scope="module")
def timetables(bare):
    """A working day, its twin (equal, but another object), and a day on which nothing runs."""
    working = network.transit.timetable_from_headways(bare.transit)
    nothing = network.transit.timetable_from_headways(replace(bare.transit, headway_s=np.full((3, 2), np.inf)))
    return working, replace(working), nothing


def test_days_that_are_told_apart_but_alike_change_nothing(bare, alone, timetables):
    working, twin, _ = timetables
    run = scenarios.run(week(bare, *[working] * 5, twin, twin))
    assert len(run.tables["shifts"]) > len(alone.tables["shifts"])
    for name in SHARES:
        assert run.indicators[name] == pytest.approx(alone.indicators[name], rel=1e-12)
    for table in ("sites", "zones"):
        for name in ("workers", "reachable_share"):
            assert run.tables[table][name].to_numpy() == pytest.approx(
                alone.tables[table][name].to_numpy(), nan_ok=True
            )


def test_a_day_without_service_weighs_a_seventh(bare, alone, timetables):
    """Shifts begin by day: only that of the Sunday is lost, six of seven stay."""
    working, _, nothing = timetables
    run = scenarios.run(week(bare, *[working] * 6, nothing))
    for name in SHARES:
        assert 0 < run.indicators[name] == pytest.approx(6 / 7 * alone.indicators[name])
    for table in ("sites", "zones"):
        share, before = (one.tables[table]["reachable_share"].to_numpy() for one in (run, alone))
        # who lives at the works is there on any day
        home = before < 1
        assert share[home] == pytest.approx(6 / 7 * before[home], nan_ok=True)
    assert run.tables["sites"]["workers"].tolist() == alone.tables["sites"]["workers"].tolist()


def test_a_scenario_that_parts_the_week_is_explained_by_day(bare, alone, timetables):
    working, _, nothing = timetables
    run = replace(
        scenarios.run(week(bare, *[working] * 6, nothing)),
        scenario=replace(scenarios.BASELINE, name="no sundays"),
        provenance=alone.provenance,  # as if a measure had taken the Sunday's trips out of the same region
    )
    told = [sentence["text_de"] for sentence in scenarios.compare(alone, run).explain_shifts(run)]
    assert told
    assert all("(So " in text and "weniger" in text for text in told)
    back = [sentence["text_de"] for sentence in scenarios.compare(run, alone).explain_shifts(alone)]
    assert len(back) == len(told)
    assert all("(So " in text and "mehr" in text for text in back)
