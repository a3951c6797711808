"""Groups of persons by what they have at hand."""

import numpy as np
import pytest

from itas_mobility.core import PersonGroups
from itas_mobility.errors import DemandError


def test_shares_of_a_zone_sum_to_one():
    assert len(PersonGroups(["a", "b"], [[0.3, 1.0], [0.7, 0.0]], [True, False], [True, True], [False, False])) == 2


def test_all_faults_are_told_together():
    with pytest.raises(DemandError) as fault:
        PersonGroups(["a", "a"], [[0.3, 1.0], [0.6, 0.0]], np.array([True]), [True, True], [False, False])
    for words in ("group_share[:, 0]: sums to 0.900000, must be 1", "has_car", "name"):
        assert words in str(fault.value)
