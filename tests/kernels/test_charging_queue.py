"""The fluid queue at charging points against its slow twin, part by part."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.emobility.queue import in_line, rows_of
from itas_mobility.kernels.charging import DEPARTURE, FEE, FULL, Cars, Points, Taper, hours_to_full
from itas_mobility.kernels.charging_queue import take_points
from oracles.charging import groups_at_points

MINUTE = 1.0 / 60.0


def by_moment(parts, n):
    """Cars of each group that start at each moment at each power, slivers left out."""
    found = {}
    for group, power, when, many in parts:
        found[group, power, round(when, 6)] = found.get((group, power, round(when, 6)), 0.0) + many
    return {key: many for key, many in found.items() if many > 1e-9}


@given(st.integers(0, 2**32 - 1), st.sampled_from([FULL, DEPARTURE, FEE]), st.booleans())
@settings(max_examples=60)
def test_points_are_shared_as_the_twin_says(seed, release, is_limited):
    rng = np.random.default_rng(seed)
    n, n_points = int(rng.integers(0, 8)), int(rng.integers(0, 4))
    arrive = rng.choice([1.0, 1.0, 2.25, 3.5], n)
    depart = arrive + rng.choice([0.0, 1.5, 2.75, 7.0], n)
    number = rng.choice([0.0, 0.3, 1.0, 1.7], n)
    need, car_power = rng.uniform(0.5, 20.0, n), rng.choice([3.7, 11.0], n)
    kinds = [11.0] if not is_limited else sorted(set(rng.choice([4.0, 11.0], n_points).tolist()), reverse=True)
    amounts = [int(rng.integers(1, 3)) for _ in kinds]
    fee_after = 0.4 if release == FEE else 0.0
    points = Points(np.array(kinds), np.array(amounts, np.int64), is_limited, release, fee_after, 0.9, 0.1)
    columns = (arrive, depart, need, car_power, np.zeros(n), np.zeros(n), np.full(n, np.inf), number)
    cars = Cars(*columns, np.zeros(n, np.int64))
    rows, line = in_line(cars, points, one_by_one=False, raster_h=MINUTE)
    mine = rows_of(cars, rows)
    full_after = np.empty((rows.size, len(kinds)))
    hours_to_full(mine, points, Taper(np.zeros(0), np.zeros(0)), full_after)
    group, kind, begin, many = take_points(line, mine, full_after, points)
    fill = [
        {kw: need[g] / (0.9 * (min(car_power[g], kw) - 0.1)) for kw in kinds} for g in range(n)
    ]  # fmt: skip
    amount = dict(zip(kinds, amounts, strict=True)) if is_limited else None
    wanted = groups_at_points(
        arrive.tolist(), depart.tolist(), number.tolist(), fill, amount, holds=release == DEPARTURE, fee_h=fee_after
    )
    found = [
        (int(rows[g]), kinds[k] if is_limited else None, t, m)
        for g, k, t, m in zip(group, kind, begin, many, strict=True)
    ]
    one, other = by_moment(found, n), by_moment(wanted, n)
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert abs(value - other[key]) < 1e-9
