"""Sets of weekdays as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core.weekdays import WORKDAYS, later_days, weekday_mask, weekday_text, workday_share
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


@pytest.mark.parametrize(
    ("days", "by", "later"),
    [("Mo-Fr", 1, "Di-Sa"), ("Di-Sa", -1, "Mo-Fr"), ("So", 1, "Mo"), ("Mo", -1, "So"), ("Mo-So", 3, "Mo-So")],
)
def test_days_move_on_through_the_week(days, by, later):
    assert weekday_text(later_days(weekday_mask(days), by)) == later


@given(st.integers(0, 127), st.integers(-20, 20))
def test_days_moved_there_and_back_are_the_same(mask, by):
    assert later_days(later_days(mask, by), -by) == mask


@pytest.mark.parametrize(
    ("days", "share"), [("Mo-Fr", 1.0), ("Di-Sa", 0.8), ("Sa,So", 0.0), ("Mo-So", 1.0), ("Fr", 0.2)]
)
def test_what_the_mean_working_day_sees_of_a_shift(days, share):
    assert workday_share(weekday_mask(days)) == pytest.approx(share)
