"""What a run says about commuters of whom statistics know no place."""

from dataclasses import replace

import numpy as np
from tiny_region import made_region

from itas_mobility.core import CommuterStatistics
from itas_mobility.scenarios.results.notes import unlisted_commuters


def statistics(total):
    return CommuterStatistics(
        ["14511", "14523", "14524"], ["14524", "14524", "14511"], [1000, np.nan, 500], 2023, "made",
        total_district=["14524"], in_commuters=[total], out_commuters=[500],
    )  # fmt: skip


def test_the_remainder_is_stated():
    region = replace(made_region(), commuters=statistics(1250))
    (note,) = unlisted_commuters(region)
    assert "von 1.250 veröffentlichten Einpendlern sind 1.000" in note.de
    assert "der Rest von 250 (1 geheim" in note.de
    assert "of 1,250 published in-commuters, 1,000 are known by place; the remainder of 250 (1 suppressed" in note.en


def test_nothing_is_said_where_nothing_is_left():
    assert unlisted_commuters(replace(made_region(), commuters=statistics(1005))) == []
    assert unlisted_commuters(made_region()) == []
