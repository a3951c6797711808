"""Columns hold what was given: a cast that would change a value is refused, and what is kept nobody else can change."""

import mmap
from dataclasses import replace

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.core import Skims, casting
from itas_mobility.core.casting import InexactError, exact_option, exactly
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.network import grid

REFUSED = {
    "wraps to one byte": (np.array([0, 257]), np.uint8, r"^\[1\] = 257 would become 1 as uint8$"),
    "negative into one byte": ([-1], np.uint8, "-1 would become 255"),
    "wraps to 32 bits": (np.array([2**32 + 5, 1, 2**33]), np.int32, r"4294967301 would become 5 as int32 \(and 1 more"),
    "unsigned past int64": (np.array([2**63], np.uint64), np.int64, "9223372036854775808 would become"),
    "past every whole number": ([2**70], np.int64, "cannot be read as int64"),
    "fraction": (np.array([[1.0, 2.7]]), np.int64, r"^\[0, 1\] = 2.7 would become 2 as int64$"),
    "missing": ([1.0, np.nan], np.int64, r"^\[1\] = nan is no whole number$"),
    "infinite": (np.array([np.inf]), np.int32, "inf is no whole number"),
    "two is no truth": (np.array([1, 2]), np.bool_, "2 would become True as bool"),
    "rounds to a float": (np.array([2**53, 2**53 + 1]), np.float64, r"^\[1\] = 9007199254740993 would become"),
    "rounds up past the type": (np.array([2**63 - 1]), np.float64, "would become 9.22"),
    "text": (np.array(["1"]), np.float64, "'1' is no number"),
    "text among numbers": ([1, "2"], np.float64, r"^\[1\] = '2' is no number$"),
    "text for a code": (["1"], np.uint8, "'1' is no number"),
    "nothing": ([1.0, None], np.float64, r"^\[1\] = None is no number$"),
    "object that is too large": (np.array([1, 300], object), np.uint8, "300"),
    "dates": (np.array(["2026-01-01"], "M8[D]"), np.int64, "is no number"),
    "complex": (np.array([1 + 0j]), np.float64, "is no number"),
    "masked": (np.ma.array([1.0, 2.0], mask=[False, True]), np.float64, "masked"),
    "uneven rows": ([[1.0], [2.0, 3.0]], np.float64, "cannot be read as float64"),
    "nothing as text": (["a", None], str, r"^\[1\] = None is no text$"),
    "missing as text": (["a", np.nan], str, "nan is no text"),
    "number as text": (np.array([1.0]), str, "1.0 is no text"),
    "truth as text": ([True], str, "True is no text"),
}
if np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant:
    REFUSED["long double"] = (np.array([np.longdouble(1) / 3]), np.float64, "would become 0.333")


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_cast_would_change_is_refused(case):
    given, dtype, message = REFUSED[case]
    with pytest.raises(InexactError, match=message):
        exactly(given, dtype)


@pytest.mark.parametrize(
    ("given", "dtype", "expected"),
    [
        (np.array([3.0, -4.0]), np.int32, [3, -4]),
        (np.array([3, 255]), np.uint8, [3, 255]),
        (np.array([-(2**63)]), np.float64, [-(2.0**63)]),
        (np.array([2**53 + 2]), np.float64, [2.0**53 + 2]),
        (np.array([2**64 - 2**11], np.uint64), np.float64, [2.0**64 - 2**11]),
        (np.array([True, False]), np.uint8, [1, 0]),
        ([0.0, 1.0], np.bool_, [False, True]),
        (np.float32([0.1]), np.float64, [np.float32(0.1)]),
        (np.array([1, 2.5], object), np.float64, [1.0, 2.5]),
        (np.array([7], ">i4"), np.int32, [7]),
        ([], np.int32, []),
        ([12, 7], str, ["12", "7"]),
        (np.array(["a", "b"], object), str, ["a", "b"]),
        (np.array([b"a"]), str, ["a"]),
    ],
)
def test_what_a_cast_leaves_as_it_is_is_taken(given, dtype, expected):
    found = exactly(given, dtype)
    assert found.dtype.kind == np.dtype(dtype).kind
    assert found.dtype.isnative
    assert found.tolist() == expected


def test_missing_and_infinite_numbers_stay_what_they_are():
    np.testing.assert_array_equal(exactly(np.float32([np.nan, np.inf]), np.float64), [np.nan, np.inf])
    np.testing.assert_array_equal(exactly(np.array([np.nan], object), np.float64), [np.nan])


def test_a_column_of_the_wanted_type_is_not_looked_at():
    given = np.arange(3.0)
    assert exactly(given, np.float64) is given


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "vdf",
            lambda values: np.where(np.arange(len(values)) == 2, 257, 0),
            r"vdf\[2\] = 257 would become 1 as uint8",
        ),
        (
            "road_class",
            lambda values: values.astype(np.int64) + 256,
            r"road_class\[0\] = \d+ would become",
        ),
        ("head", lambda values: values.astype(np.int64) + 2**32, r"head\[0\] = 42949672\d\d would become \d as int32"),
        ("node_id", lambda values: values + 0.7, r"node_id\[0\] = \d+.7 would become"),
        ("modes", lambda values: values.astype(float) * np.nan, r"modes\[0\] = nan is no whole number"),
        ("length_m", lambda values: values.astype(str), r"length_m\[0\] = '\d+.*' is no number"),
        ("names", lambda values: np.array([None], object), r"names\[0\] = None is no text"),
    ],
)
def test_nouns_refuse_it_and_name_noun_column_and_row(name, change, message):
    roads = grid(3, 2, spacing_m=100.0)
    with pytest.raises(NetworkError, match="RoadNetwork: (?s:.)*" + message):
        replace(roads, **{name: change(getattr(roads, name))})


def test_skims_and_options_of_verbs_refuse_it_too():
    with pytest.raises(DemandError, match=r"time_s\[0, 1\] = 9007199254740993 would become"):
        Skims(["a", "b"], {"time_s": np.array([[0, 2**53 + 1], [1, 0]])})
    with pytest.raises(NetworkError, match=r"keys = 1.5 would become 1"):
        exact_option("keys", 1.5, np.int64, NetworkError)
    assert exact_option("keys", 4.0, np.int64, NetworkError).tolist() == [4]
    with pytest.raises(DemandError, match=r"available\[1\] = 2 would become True"):
        demand.logit([[0.0], [1.0]], available=[1, 2])


def test_a_view_of_what_can_change_is_copied():
    roads = grid(3, 2, spacing_m=100.0)
    base = np.array(roads.length_m)
    view = base[:]
    view.flags.writeable = False
    was = float(base[0])
    made = replace(roads, length_m=view)
    of_bytes = bytearray(base.tobytes())
    seen = np.frombuffer(memoryview(of_bytes).toreadonly())
    also_made = replace(roads, length_m=seen)
    base[0] = 1e6
    of_bytes[:8] = np.float64(1e6).tobytes()
    assert made.length_m[0] == also_made.length_m[0] == was


def test_whole_numbers_past_the_end_are_refused_on_processors_that_take_the_largest_instead():
    """As ARM casts them; as floats, 2**63 and 2**63 - 1 are alike."""
    past = np.array([2.0**63, 2.0**62, -(2.0**63)])
    cast = np.array([2**63 - 1, 2**62, -(2**63)])
    assert casting._same(past, cast).tolist() == [False, True, True]


def test_what_nobody_can_change_is_kept(tmp_path):
    roads = grid(3, 2, spacing_m=100.0)
    assert replace(roads, n_zones=0).length_m is roads.length_m
    own = np.array(roads.length_m)
    own.flags.writeable = False
    assert replace(roads, length_m=own).length_m is own
    own.tofile(tmp_path / "column")
    for mode, is_kept in (("r", True), ("c", False)):
        mapped = np.memmap(tmp_path / "column", np.float64, mode=mode)
        mapped.flags.writeable = False
        assert np.shares_memory(replace(roads, length_m=mapped).length_m, mapped) is is_kept
    with (tmp_path / "column").open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    seen = np.frombuffer(content)
    assert replace(roads, length_m=seen).length_m is seen
