"""Shares by the name of their mode: a noun that nobody changes, and that says what it does not know."""

import numpy as np
import pytest

from itas_mobility.core import ModeShares
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import InputError


def shares(modes=("car", "walk")):
    return ModeShares(modes, np.array([[[0.25, 0.0], [1.0, 0.5]], [[0.75, 0.0], [0.0, 0.5]]]))


def test_shares_are_asked_by_name():
    made = shares()
    assert made["walk"].tolist() == [[0.75, 0.0], [0.0, 0.5]]
    assert list(made) == ["car", "walk"]
    assert made.is_stranded.tolist() == [[False, True], [False, False]]
    assert "bus" not in made
    with pytest.raises(InputError, match="mode 'bus' is not among those chosen from: car, walk"):
        made["bus"]


def test_nobody_changes_them():
    names, given = ["car", "walk"], np.full((2, 1, 1), 0.5)
    made = ModeShares(names, given)
    names.append("bus")
    given[0] = 9.0
    assert made.modes == ("car", "walk")
    assert made["car"].item() == 0.5
    with pytest.raises(ValueError, match="read-only"):
        made["car"][0] = 1.0


def test_they_are_compared_by_identity_and_digested_by_content():
    one, other = shares(), shares()
    assert one != other
    assert len({one, other}) == 2
    assert content_digest(one) == content_digest(other) != content_digest(shares(("car", "bike")))


@pytest.mark.parametrize(
    ("modes", "values", "says"),
    [
        ("car", np.zeros((3, 1, 1)), "'car' is one name"),
        (("car", "car"), np.zeros((2, 1, 1)), "car stand"),
        (("car",), np.full((1, 1, 1), 1.1), "above 1"),
        (("car",), np.full((1, 1, 1), np.nan), "is NaN"),
        (("car",), np.zeros((2, 1, 1)), r"shape \(2, 1, 1\), expected \(1, 1, 1\)"),
    ],
)
def test_faults_are_named(modes, values, says):
    with pytest.raises(InputError, match=says):
        ModeShares(modes, values)
