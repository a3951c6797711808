"""Published ranges: the shipped ones as the note of sources says, the reader's faults."""

import math

import pytest

from itas_mobility.core import PublishedRange
from itas_mobility.demand.calibration import published_ranges, read_ranges
from itas_mobility.errors import InputError

GOOD = {
    "test": "fare", "horizon": "short", "low": -0.5, "high": -0.1, "use": "guide", "mark": "R1", "year": 1976,
    "source": "somebody",
}  # fmt: skip
BARS = {
    ("fuel_price", "long"): (-0.35, -0.15),
    ("fuel_price", "short"): (-0.15, -0.05),
    ("fare", "short"): (-0.5, -0.15),
    ("headway_longer", "short"): (-0.6, -0.3),
    ("headway_shorter", "short"): (-0.6, -0.3),
    ("headway_ratio", "short"): (0.8, 1.25),
    ("hourly_to_two_hourly", "short"): (-40.0, -15.0),
    ("in_vehicle_time", "short"): (-0.6, -0.4),
    ("car_time", "long"): (-2.0, 0.0),
    ("parking_largest_site", "short"): (-math.inf, 0.0),
    ("parking_all_sites", "short"): (-math.inf, 0.0),
    ("published_pairs", "short"): (0.0, 0.001),
    ("demand_supply_gap", "short"): (0.0, 1e-6),
    ("gap_under_congestion", "short"): (0.0, 1e-6),
}


def written(tmp_path, text):
    path = tmp_path / "ranges.toml"
    path.write_text(text, encoding="utf-8")
    return path


def table(**changes):
    rows = [f"{key} = {value!r}".replace("'", '"') for key, value in (GOOD | changes).items() if value is not None]
    return "[[range]]\n" + "\n".join(rows).replace("True", "true") + "\n"


def test_the_bars_are_those_agreed_on():
    assert {(one.test, one.horizon): (one.low, one.high) for one in published_ranges() if one.use == "bar"} == BARS


def test_what_was_not_read_says_so():
    """TAG and TRL could not be opened: whatever is theirs is remembered, quoted or derived."""
    theirs = [one for one in published_ranges() if "TAG" in one.source or "TRL report 593" in one.source]
    assert len(theirs) > 8
    assert {one.mark for one in theirs} <= {"M", "R2", "D"}
    assert [one for one in published_ranges() if one.mark == "R1"] != []


def test_a_sign_alone_excludes_nought():
    sign = next(one for one in published_ranges() if one.test == "parking_largest_site" and one.use == "bar")
    assert sign.holds(-0.01)
    assert not sign.holds(0.0)
    assert not sign.holds(math.nan)
    fare = PublishedRange(**GOOD)
    assert fare.holds(-0.5)
    assert fare.holds(-0.1)
    assert not fare.holds(-0.0999)


def test_a_file_of_ones_own_is_read(tmp_path):
    found = read_ranges(written(tmp_path, table() + table(use="bar", year=2001, low=-1, excludes_edges=True)))
    assert [(one.low, one.year, one.excludes_edges) for one in found] == [(-0.5, 1976, False), (-1.0, 2001, True)]


def test_all_faults_of_a_file_are_told_together(tmp_path):
    text = (
        table(lo=1)
        + table(source=None)
        + table(low="x")
        + table(year=2000.5)
        + table(low=1.0)
        + table(mark="R3", use="law")
        + table(mark="D")
        + table(use="bar")
        + table(use="bar")
        + "[other]\n"
    )
    with pytest.raises(InputError) as fault:
        read_ranges(written(tmp_path, text))
    for part in (
        "ranges.toml: 9 fault(s)",
        "other: is not known",
        "number 1 (fare) lo: key is not known; known: test, horizon",
        "number 2 (fare) source: is missing",
        "number 3 (fare) low: 'x' must be a number",
        "number 4 (fare) year: 2000.5 must be a int",
        "low 1 must not lie above high -0.1",
        "use 'law', must be one of bar, guide; mark 'R3', must be one of R1, R2, D, M",
        "note is missing",
        "fare, short: has two bars",
    ):
        assert part in str(fault.value)


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        read_ranges(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="not valid TOML"):
        read_ranges(written(tmp_path, "[[range"))
    path = tmp_path / "latin.toml"
    path.write_bytes("# Maß\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_ranges(path)
    with pytest.raises(InputError, match="must be a list of tables"):
        read_ranges(written(tmp_path, "[range]\nlow = 1\n"))
