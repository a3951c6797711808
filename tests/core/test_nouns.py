"""Nouns: frozen, read-only, validated with all faults at once; digests of content."""

import dataclasses

import numpy as np
import pytest

from itas_mobility.core import (
    CommuterStatistics,
    DaySlices,
    ODMatrix,
    Parameter,
    Parameters,
    ShiftPattern,
    Skims,
    TourSegment,
    ZoneKind,
    Zones,
)
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import DemandError, InputError
from itas_mobility.network import grid


def zones(**changes):
    columns = {
        "zone_id": ["a", "b"],
        "name": ["A", "B"],
        "municipality": ["1", "1"],
        "district": ["1", "1"],
        "kind": [0, 0],
        "lon_deg": [12.0, 12.1],
        "lat_deg": [50.0, 50.1],
        "residents": [10.0, 20.0],
        "employed_residents": [4.0, 8.0],
        "jobs": [5.0, 7.0],
        "polygon": np.array([None, None], object),
    }
    return Zones(**(columns | changes))


def test_columns_are_read_only_and_the_given_arrays_stay_writable():
    given = np.array([10.0, 20.0])
    made = zones(residents=given)
    assert not made.residents.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        made.residents[0] = 1
    given[0] = 99
    assert made.residents[0] == 10
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.residents = given


def test_all_faults_are_told_at_once():
    with pytest.raises(InputError) as fault:
        zones(zone_id=["a", "a"], lat_deg=[50.0, 95.0], jobs=[1.0], residents=[-1.0, np.nan])
    text = str(fault.value)
    assert "zone_id: a stands more than once" in text
    assert "lat_deg[1] = 95.0 is above 90" in text
    assert "jobs: shape (1,), expected (2,)" in text
    assert "residents[1] = nan is NaN" in text
    assert "residents[0] = -1.0 is below 0" in text


def test_unknown_zone_is_named():
    assert zones().row("b") == 1
    with pytest.raises(InputError, match="'c' is not known"):
        zones().row("c")


def test_zone_kinds():
    made = zones(kind=[ZoneKind.SITE, ZoneKind.EXTERNAL])
    assert made.is_kind(ZoneKind.SITE).tolist() == [True, False]


@pytest.mark.parametrize(
    ("start", "end", "share", "says"),
    [
        ([6 * 3600], [5 * 3600], [1.0], "must end after it starts"),
        ([6 * 3600], [14 * 3600], [0.9], "must be 1"),
        ([90000], [99000], [1.0], "above 86399"),
        ([0], [90000], [1.0], "shorter than a day"),
    ],
)
def test_impossible_shifts_are_refused(start, end, share, says):
    with pytest.raises(InputError, match=says):
        ShiftPattern(["early"], start, end, share)


@pytest.mark.parametrize(
    ("trips", "duration", "says"),
    [
        ([[0, 1], [np.nan, 0]], 1.0, "is NaN"),
        ([[0, 1], [-2, 0]], 1.0, "below 0"),
        ([[0, 1], [np.inf, 0]], 1.0, "infinite"),
        ([[0, 1, 2], [1, 0, 3]], 1.0, r"shape \(2, 3\)"),
        ([[0, 1], [1, 0]], 0.0, "must be positive"),
    ],
)
def test_impossible_matrices_are_refused(trips, duration, says):
    with pytest.raises(DemandError, match=says):
        ODMatrix(["a", "b"], trips, duration)


def test_skims_are_a_mapping_of_read_only_matrices():
    skims = Skims(["a", "b"], {"time_s": [[0, np.inf], [3, 0]]})
    assert list(skims) == ["time_s"]
    assert not skims["time_s"].flags.writeable
    with pytest.raises(DemandError, match="'length_m' is not known; known: time_s"):
        skims["length_m"]
    with pytest.raises(DemandError, match="NaN"):
        Skims(["a"], {"time_s": [[np.nan]]})


def test_slices_and_segments():
    with pytest.raises(DemandError, match="not overlap"):
        DaySlices(["a", "b"], [0, 3600], [7200, 9000])
    with pytest.raises(DemandError, match="must be 1"):
        TourSegment("x", 0, 3600, np.zeros((2, 2)), [0.5, 0.4], [1, 0])
    segment = TourSegment("x", 0, 3600, np.zeros((2, 2)), [0.4, 0.6], [1, 0])
    assert segment.out_share.tolist() == [0.4, 0.6]


def test_a_pair_of_districts_stands_once():
    with pytest.raises(InputError, match="1 -> 2 stands more than once"):
        CommuterStatistics(["1", "1"], ["2", "2"], [3, 4], 2023, "x")


def parameter(**changes):
    values = {
        "name": "x", "value": 2.0, "unit": "1", "source": "s", "year": 2026, "confidence": "assumption", "low": 1.0,
        "high": 3.0,
    }  # fmt: skip
    return Parameter(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": 5.0}, "outside its range"),
        ({"confidence": "sure"}, "must be one of"),
        ({"low": 2.0, "high": 2.0}, "needs a range"),
        ({"source": ""}, "source is missing"),
    ],
)
def test_a_number_without_source_or_range_is_no_parameter(changes, says):
    with pytest.raises(InputError, match=says):
        parameter(**changes)


def test_parameters_change_by_copy():
    before = Parameters({"x": parameter()})
    after = before.with_value("x", 7.0, source="scenario")
    assert (before.value("x"), after.value("x"), after["x"].high) == (2.0, 7.0, 7.0)
    assert after["x"].source == "scenario"
    with pytest.raises(InputError, match="'y' is not known; known: x"):
        before.value("y")
    assert list(before.subset(["x"])) == ["x"]


def test_digests_follow_content_not_identity():
    assert content_digest(zones()) == content_digest(zones())
    assert content_digest(zones()) != content_digest(zones(jobs=[5.0, 8.0]))
    assert content_digest(grid(3, 3)) == content_digest(grid(3, 3))
    assert content_digest({"a": 1, "b": [1.5, None]}) == content_digest({"b": [1.5, None], "a": 1})
    assert content_digest(np.zeros(2)) != content_digest(np.zeros(2, np.int64))
    with pytest.raises(TypeError, match="content of object is not known"):
        content_digest(object())


def test_nouns_show_themselves_with_escaped_text():
    shown = ODMatrix(["a"], [[1.0]], label="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
