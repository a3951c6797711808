"""Sets of weekdays as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core.weekdays import WORKDAYS, weekday_mask, weekday_text
from itas_mobility.errors import InputError


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mo-Fr", {0, 1, 2, 3, 4}),
        ("Sa, So", {5, 6}),
        ("Fr-Mo", {4, 5, 6, 0}),
        ("Di", {1}),
        ("Tu,Th", {1, 3}),
        ("mo-SU", set(range(7))),
    ],
)
def test_days_are_read(text, days):
    assert weekday_mask(text) == sum(1 << day for day in days)


@pytest.mark.parametrize("text", ["", "Mo-", "Montag", "Mo;Di", "Mo,,Di"])
def test_unknown_days_are_refused(text):
    with pytest.raises(InputError, match=r"days .* is not one of Mo, Di"):
        weekday_mask(text)


@given(st.integers(1, 127))
def test_text_says_the_same_set(mask):
    assert weekday_mask(weekday_text(mask)) == mask


def test_usual_texts():
    assert weekday_text(WORKDAYS) == "Mo-Fr"
    assert weekday_text(0b1100000) == "Sa,So"
    assert weekday_text(0) == ""
