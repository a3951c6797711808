"""Texts, languages and numbers as people read them."""

import math

import pytest

from itas_mobility.errors import InputError
from itas_mobility.words import UNITS, Text, as_language, number


@pytest.mark.parametrize(
    ("value", "decimals", "german", "english"),
    [
        (1234567.891, 1, "1.234.567,9", "1,234,567.9"),
        (-0.5, 2, "−0,50", "−0.50"),
        (-0.0001, 0, "0", "0"),
        (0.3, 0, "0", "0"),
        (math.nan, 2, "–", "–"),
        (math.inf, 0, "∞", "∞"),
        (-math.inf, 0, "−∞", "−∞"),
    ],
)
def test_numbers_are_written_as_each_language_writes_them(value, decimals, german, english):
    assert number(value, decimals, "de") == german
    assert number(value, decimals, "en") == english
    assert Text.of_number(value, decimals) == Text(german, english)


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "text"),
    [
        (3.2e-9, 1, False, "3,2 · 10⁻⁹"),
        (3.2e-9, 1, True, "±0,0"),
        (-2.5e13, 0, False, "−2,5 · 10¹³"),
        (12.5, 1, True, "+12,5"),
        (0.0, 1, False, "0,0"),
    ],
)
def test_powers_of_ten_stand_for_what_digits_cannot_show(value, decimals, signed, text):
    assert number(value, decimals, "de", signed=signed, powers=True) == text


def test_a_language_without_words_is_refused_once_for_all():
    for ask in (as_language, lambda given: number(1.0, 0, given), lambda given: Text("a", "b")[given]):
        with pytest.raises(InputError, match="language 'fr': must be one of de, en"):
            ask("fr")


def test_units_have_words_in_both_languages_or_in_none():
    for text in UNITS.values():
        assert bool(text.de) == bool(text.en)
    assert UNITS["veh_km_per_day"] == Text("Fz-km/Tag", "veh-km/day")
