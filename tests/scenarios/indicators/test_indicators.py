"""The registry of indicators: names once, units that have words, texts in both languages."""

import dataclasses

import pytest

from itas_mobility import demand, words
from itas_mobility.errors import InputError
from itas_mobility.scenarios import INDICATORS
from itas_mobility.scenarios.indicators import by_name


def test_a_unit_without_words_is_refused_when_the_indicator_is_made():
    with pytest.raises(InputError, match="indicator car_share: unit 'furlong' has no words; known: "):
        dataclasses.replace(INDICATORS["car_share"], unit="furlong")


def test_a_name_stands_once():
    one = INDICATORS["car_share"]
    with pytest.raises(InputError, match="indicator car_share stands twice"):
        by_name([one, INDICATORS["commuters"], one])


def test_nobody_changes_the_registry():
    with pytest.raises(TypeError):
        INDICATORS["car_share"] = INDICATORS["commuters"]


def test_texts_stand_in_both_languages():
    for indicator in INDICATORS.values():
        for text in (indicator.title, indicator.explanation):
            assert text.de
            assert text.en


def test_modes_have_words_in_the_order_of_the_modes():
    assert list(words.MODES) == list(demand.MODES)
    for mode in words.MODES.values():
        for field in dataclasses.fields(mode):
            assert getattr(mode, field.name).de
            assert getattr(mode, field.name).en


def test_each_mode_has_an_indicator():
    for mode in demand.MODES:
        assert INDICATORS[f"{mode}_share"].title == words.MODES[mode].share_title
    assert INDICATORS["car_share"].better == "lower"
    assert INDICATORS["transit_share"].better == "higher"
