"""Numbers and words as people write them."""

import math

import pytest

from itas_mobility.report import texts


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "german", "english"),
    [
        (1234.5, 1, False, "1.234,5", "1,234.5"),
        (-1234567.0, 0, False, "−1.234.567", "−1,234,567"),
        (0.25, 1, True, "+0,2", "+0.2"),
        (-0.04, 1, True, "±0,0", "±0.0"),
        (3.2e-9, 2, False, "3,2 · 10⁻⁹", "3.2 · 10⁻⁹"),
        (2.5e15, 0, False, "2,5 · 10¹⁵", "2.5 · 10¹⁵"),
        (0.0, 2, False, "0,00", "0.00"),
        (4.4e-9, 9, False, "4,4 · 10⁻⁹", "4.4 · 10⁻⁹"),
        (-4.4e-9, 9, True, "−4,4 · 10⁻⁹", "−4.4 · 10⁻⁹"),
        (math.nan, 1, False, "–", "–"),
        (math.inf, 1, False, "∞", "∞"),
    ],
)
def test_numbers(value, decimals, signed, german, english):
    assert texts.number(value, decimals, "de", signed=signed) == german
    assert texts.number(value, decimals, "en", signed=signed) == english


def test_differences_of_percentages_are_points():
    assert "12,50\u202f%" in texts.figure(12.5, "%", 2)
    assert "+12,50\u202f%-Pkt." in texts.figure(12.5, "%", 2, signed=True)


def test_clock_wraps_at_midnight():
    assert [texts.clock(t) for t in (0, 21600, 86399, 108000)] == ["00:00", "06:00", "00:00", "06:00"]


def test_both_escapes_and_does_not_repeat_equal_texts():
    assert texts.both("<b>", "x") == '<span lang="de">&lt;b&gt;</span><span lang="en">x</span>'
    assert texts.both("A & B", "A & B") == "<span>A &amp; B</span>"


def test_every_text_stands_in_both_languages():
    for key, pair in texts.TEXTS.items():
        assert len(pair) == 2, key
        assert pair[0], key
        assert pair[1] or key == "clock", key
