from math import isnan

import pytest

from itas_mobility.network import tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10%", 0.1), ("-5 %", -0.05), ("+3%", 0.03), ("4.5%", 0.045), ("4,5%", 0.045), ("8", 0.08), ("0%", 0.0)],
)
def test_slopes(text, expected):
    assert tags.parse_incline({"incline": text}) == pytest.approx(expected)


def test_slopes_in_degrees():
    assert tags.parse_incline({"incline": "5°"}) == pytest.approx(0.08749, abs=1e-5)
    assert tags.parse_incline({"incline": "-10°"}) == pytest.approx(-0.17633, abs=1e-5)


@pytest.mark.parametrize("text", ["up", "down", "steep", "", "90%", "89°", "10%-12%", "ten"])
def test_slopes_without_a_number_or_beyond_belief_are_not_known(text):
    assert isnan(tags.parse_incline({"incline": text}))


def test_steps_have_no_slope_of_their_own():
    assert isnan(tags.parse_incline({"highway": "steps", "incline": "10%"}))


def test_ways_off_the_ground():
    assert tags.is_off_ground({"bridge": "yes"})
    assert tags.is_off_ground({"bridge": "viaduct"})
    assert tags.is_off_ground({"tunnel": "yes"})
    assert not tags.is_off_ground({"tunnel": "building_passage"})
    assert not tags.is_off_ground({"bridge": "no"})
    assert not tags.is_off_ground({})
