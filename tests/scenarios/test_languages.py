"""Scenarios speak German and English, and nothing else under either name."""

import pytest

from itas_mobility.errors import InputError
from itas_mobility.scenarios import Scenario


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
