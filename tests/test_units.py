"""Unit factors and times of day."""

from pathlib import Path

import pytest

from itas_mobility import units
from itas_mobility.errors import InputError
from itas_mobility.units import clock_s, clock_text


def test_clock_times_round_trip():
    for text in ("00:00:00", "05:30:00", "25:10:01", "100:00:59"):
        assert clock_text(clock_s(text)) == text
    assert clock_s("7:05") == 25500.0
    assert (clock_text(-600.0), clock_text(59.6), clock_text(-0.2)) == ("-00:10:00", "00:01:00", "00:00:00")
    for wrong in ("7", "07:60", "07:00:60", "-01:00", "", "07:00:00:00", "0７:00"):
        with pytest.raises(InputError, match="no time of day"):
            clock_s(wrong)


def test_clock_times_to_the_minute_and_as_a_clock_on_the_wall_shows_them():
    quarter_past_one = 25 * 3600.0 + 15 * 60.0
    assert clock_text(quarter_past_one, seconds=False) == "25:15"
    assert clock_text(quarter_past_one, wrapped=True) == "01:15:00"
    assert clock_text(quarter_past_one, seconds=False, wrapped=True) == "01:15"
    assert clock_text(-600.0, seconds=False) == "-00:10"
    assert clock_text(-600.0, wrapped=True) == "23:50:00"
    assert [clock_text(t, seconds=False) for t in (59.0, 86399.0)] == ["00:01", "24:00"]
    assert [clock_text(t, wrapped=True, seconds=False) for t in (0, 21600, 86399, 108000)] == [
        "00:00", "06:00", "00:00", "06:00",
    ]  # fmt: skip


def test_factors_are_those_of_the_international_system():
    mile_m, an_hour_at_1_km_per_h_m = units.METRES_PER_MILE, units.KM_PER_H_TO_M_PER_S * units.SECONDS_PER_HOUR
    assert mile_m == pytest.approx(5280 * 12 * 2.54 / 100)
    assert an_hour_at_1_km_per_h_m == pytest.approx(units.METRES_PER_KILOMETRE)
    assert units.SECONDS_PER_DAY == 24 * units.SECONDS_PER_HOUR == 24 * 60 * units.SECONDS_PER_MINUTE


def test_no_factor_or_unit_is_kept_that_nothing_uses():
    """What stands in `units` alone is a second home for what is written by hand elsewhere."""
    source = Path(units.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py") if path.name != "units.py")
    factors = [name for name, value in vars(units).items() if name.isupper() and isinstance(value, int | float)]
    assert len(factors) >= 7
    assert [name for name in factors if name not in text] == []
