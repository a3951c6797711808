"""Stretches of time without cars between them: followed apart, equal ones once, with the same result."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from itas_mobility.emobility.charging import by_step, stretches, uncontrolled
from oracles.charging_cases import RULES, read_case, site_of

STRATEGIES = ("uncontrolled", *RULES)
COLUMNS = ("power_kw", "delivered_kwh", "unserved_kwh", "drawn_kwh", "waiting_h", "start_h", "stop_h")


@pytest.fixture
def followed(monkeypatch):
    """Number of cars of each stretch that is followed; `reuse` switches whether equal ones are followed once."""
    seen = []

    def spied(follow, cars, *args, reuse=True):
        def counted(mine, free_kw):
            seen.append(mine.need.size)
            return follow(mine, free_kw)

        return stretches.by_stretch(counted, cars, *args, reuse=reuse and spied.reuse)

    spied.reuse, spied.seen = True, seen
    for module in (by_step, uncontrolled):
        monkeypatch.setattr(module, "by_stretch", spied)
    return spied


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("points", [None, 60])
def test_five_equal_days_cost_one(shared_data, followed, strategy, points):
    sessions, given, _ = read_case(shared_data, "01_two_shift_workplace_week")
    site = site_of(given, points, limit_kw=300.0)
    once = charge(sessions, site, strategy=strategy)
    assert followed.seen == [200]
    followed.reuse = False
    each = charge(sessions, site, strategy=strategy)
    assert followed.seen == [200] * 6
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(once, name), getattr(each, name), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(once.power_kw[:96], once.power_kw[96:192], atol=1e-9)


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(seed=st.integers(0, 2**32 - 1), is_group=st.booleans())
@settings(max_examples=25)
def test_days_that_are_equal_or_nearly_so_give_what_each_gives_by_itself(strategy, seed, is_group):
    """Days of the same cars, some of which differ in one thing, on a clock that is shifted by parts of steps too."""
    rng = np.random.default_rng(seed)
    n, days = 5, 5
    arrive, stay = 6.0 + rng.uniform(0, 3, n), rng.uniform(0, 9, n)
    shift = 24.0 * np.arange(days) + rng.choice([0.0, 0.0, 0.25, 0.1], days)
    columns = [np.tile(column, (days, 1)) for column in (arrive, stay, rng.uniform(0, 40, n), np.full(n, 11.0))]
    for column in columns[1:3]:
        column[rng.integers(days), rng.integers(n)] *= 0.5
    columns.append(np.tile(rng.uniform(0.2, 2.0, n), (days, 1)))
    limit = np.tile(rng.choice([7.0, 20.0, np.inf], 96), days)
    limit[rng.integers(limit.size)] = 3.0

    def week(rows, limit_kw, **options):
        at, hours, need, power, cars = (column[rows].ravel() for column in columns)
        at = at + np.repeat(shift[rows], n)
        sessions = ChargingSessions(at, at + hours, need, power, cars=cars if is_group else None)
        return charge(sessions, ChargingSite(2, 11.0, 0.9, limit_kw), strategy=strategy, **options)

    all_days = week(np.arange(days), limit, horizon_h=24.0 * days)
    load = np.zeros(limit.size)
    for day in range(days):
        alone = week(np.array([day]), limit, horizon_h=24.0 * days)
        load += alone.power_kw
        for name in COLUMNS[1:]:
            np.testing.assert_allclose(
                getattr(all_days, name)[n * day : n * (day + 1)], getattr(alone, name), atol=1e-7, equal_nan=True
            )
    np.testing.assert_allclose(all_days.power_kw, load, atol=1e-7)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_stretches_end_with_a_step_and_not_within_it(followed, strategy):
    """One leaves at 8:05, the next comes at 8:10: they share what is free from 8:00 to 8:15."""
    sessions = ChargingSessions([7.0, 8 + 1 / 6], [8 + 1 / 12, 9.0], [50.0, 50.0], 11.0)
    site = ChargingSite(None, 11.0, 1.0, 4.0)
    week = charge(sessions, site, strategy=strategy)
    assert followed.seen == [2]
    if strategy != "uncontrolled":
        assert week.power_kw[32] == pytest.approx(4.0 if strategy != "balanced" else week.power_kw[32])
        assert week.peak_kw <= 4.0
    apart = ChargingSessions([7.0, 9.0], [8.0, 10.0], [50.0, 50.0], 11.0)
    charge(apart, site, strategy=strategy)
    assert followed.seen == [2, 1]
