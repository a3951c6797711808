"""What sums over rows of shift reachability rest on: each worker of a day counts once."""

from dataclasses import fields

import numpy as np
import pytest

from itas_mobility.core import ShiftReachability


def noun(rows, *, workers=None, **change):
    """Rows as (site, shift, weekday) with two zones: the first reaches it in 30 min, the second not at all."""
    n = len(rows)
    site, shift, weekday = zip(*rows, strict=True)
    time = np.tile([1800.0, np.inf], (n, 1))
    values = {
        "zone_id": ["a", "b"],
        "site_id": site,
        "shift": shift,
        "weekday": weekday,
        "start_s": np.full(n, 21600.0),
        "end_s": np.full(n, 50400.0),
        "workers": np.tile([3.0, 1.0], (n, 1)) if workers is None else workers,
        "failing_leg": np.tile(["none", "both"], (n, 1)),
    }
    for way in ("out", "back"):
        values |= {
            f"{way}_time_s": time,
            f"{way}_transfers": np.tile([0, -1], (n, 1)),
            f"{way}_wait_s": np.zeros((n, 2)),
            f"{way}_retiming_s": np.tile([0.0, np.inf], (n, 1)),
            f"{way}_cause": np.tile(["none", "ride"], (n, 1)),
        }
    values |= change
    return ShiftReachability(**{field.name: values[field.name] for field in fields(ShiftReachability)})


def test_rows_of_a_shift_share_its_days():
    found = noun(
        [
            ("w", "early", "Mo-Fr"),
            ("w", "early", "Sa"),
            ("w", "early", "So"),
            ("w", "late", "Mo-Fr"),
            ("v", "early", "Sa"),
        ]
    )
    assert found.day_share == pytest.approx([5 / 7, 1 / 7, 1 / 7, 1.0, 1.0])


def test_names_that_would_run_into_one_another_stay_apart():
    found = noun([("w", "1x", "Mo"), ("w1", "x", "Di")])
    assert found.day_share.tolist() == [1.0, 1.0]


def test_workers_by_home_zone():
    found = noun([("w", "early", "Mo-Fr"), ("w", "early", "Sa")], workers=[[3.0, 1.0], [3.0, 0.0]])
    table = found.by_zone()
    assert table[["weekday", "zone_id", "workers"]].to_numpy().tolist() == [
        ["Mo-Fr", "a", 3.0],
        ["Mo-Fr", "b", 1.0],
        ["Sa", "a", 3.0],
    ]
    assert table["is_reachable"].tolist() == [1.0, 0.0, 1.0]
    assert table["out_cause"].tolist() == ["none", "ride", "none"]
    assert table.loc[1, ["out_time_s", "back_retiming_s"]].tolist() == [np.inf, np.inf]
    assert table["out_time_s"][0] == 1800.0
