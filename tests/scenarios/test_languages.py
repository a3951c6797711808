"""Scenarios speak German and English, and nothing else under either name."""

import pytest

from itas_mobility.errors import InputError
from itas_mobility.scenarios import MEASURES, Scenario
from itas_mobility.scenarios.measures import ChangeFare


@pytest.mark.parametrize("title", [{}, {"de": "Preise rauf"}, {"de": "Preise rauf", "en": "Dearer"}])
@pytest.mark.parametrize("language", ["fr", "DE", "", "deutsch"])
def test_a_title_in_another_language_is_refused_and_not_given_in_one_of_these(title, language):
    scenario = Scenario("teuer", title=title)
    with pytest.raises(InputError, match=f"language '{language}': must be one of de, en"):
        scenario.title_in(language)


def test_a_language_that_a_title_does_not_have_is_filled_from_the_other():
    assert Scenario("teuer", title={"en": "Dearer"}).title_in("de") == "Dearer"
    assert Scenario("teuer", title={"de": "Preise rauf"}).title_in("en") == "Preise rauf"
    assert Scenario("teuer", title={"de": " ", "en": ""}).title_in("en") == "teuer"


def test_a_measure_is_described_in_german_or_english_only():
    fare = ChangeFare(type="change_fare", by_percent=50)
    assert fare.describe() == fare.describe("de") != fare.describe("en")
    with pytest.raises(InputError, match="language 'fr': must be one of de, en"):
        fare.describe("fr")


def test_no_measure_goes_round_the_check_of_the_language():
    assert [name for name, kind in MEASURES.items() if "describe" in vars(kind)] == []
    assert len(MEASURES) > 20
