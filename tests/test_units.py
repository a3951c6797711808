"""Unit factors and times of day."""

import pytest

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
