"""Differences taken apart: nothing is left over, and a single change gets all of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.errors import InputError
from itas_mobility.scenarios.comparing.decomposition import chain_effects

positive = st.floats(1e-6, 1e6)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=5))
def test_effects_add_up(pairs):
    before, after = ({f"q{i}": pair[k] for i, pair in enumerate(pairs)} for k in (0, 1))
    effects = chain_effects(before, after)
    difference = pairs[-1][1] - pairs[-1][0]
    assert sum(effects.values()) == pytest.approx(difference, rel=1e-9, abs=1e-9 * max(pairs[-1]))


def test_a_single_factor_that_changes_gets_all():
    before = {"cars": 100.0, "electric": 10.0, "energy": 200.0}
    assert chain_effects(before, {"cars": 80.0, "electric": 8.0, "energy": 160.0}) == pytest.approx(
        {"cars": -40.0, "electric": 0.0, "energy": 0.0}
    )
    assert chain_effects(before, {"cars": 100.0, "electric": 30.0, "energy": 600.0}) == pytest.approx(
        {"cars": 0.0, "electric": 400.0, "energy": 0.0}
    )
    assert chain_effects(before, before) == {"cars": 0.0, "electric": 0.0, "energy": 0.0}


def test_order_in_time_only_turns_the_sign():
    before, after = {"a": 3.0, "b": 5.0}, {"a": 4.0, "b": 1.0}
    there, back = chain_effects(before, after), chain_effects(after, before)
    assert {name: -value for name, value in back.items()} == pytest.approx(there)


def test_what_vanishes_is_the_doing_of_the_first_link_that_does():
    before = {"cars": 100.0, "electric": 10.0, "energy": 200.0}
    gone = {"cars": 90.0, "electric": 0.0, "energy": 0.0}
    assert chain_effects(before, gone) == {"cars": 0.0, "electric": -200.0, "energy": 0.0}
    assert chain_effects(gone, before) == {"cars": 0.0, "electric": 200.0, "energy": 0.0}
    # near the limit the index says the same
    near = chain_effects(before, {"cars": 90.0, "electric": 1e-12, "energy": 2e-11})
    assert near["electric"] == pytest.approx(-200.0, rel=0.02)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"b": 1.0}, "give the same chain"),
        ({"a": -1.0, "b": 1.0}, r"after\['a'\] = -1.0 must be finite and not negative"),
        ({"a": 1.0, "b": math.nan}, r"after\['b'\] = nan"),
        ({"a": 0.0, "b": 1.0}, r"after\['b'\] = 1.0 comes from nothing: 'a' is 0"),
    ],
)
def test_refusals(after, words):
    with pytest.raises(InputError, match=words):
        chain_effects({"a": 1.0, "b": 1.0}, after)
