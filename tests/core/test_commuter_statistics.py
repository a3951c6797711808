"""Published commuter figures: what each can be, and the account of a district."""

import json

import numpy as np
import pytest

from itas_mobility.core import OTHERS, CommuterStatistics
from itas_mobility.errors import InputError


def statistics(rows, **options):
    home, work, employees = zip(*rows, strict=True)
    figures = [np.nan if one is None else one for one in employees]
    return CommuterStatistics(home, work, figures, 2023, "made", **options)


def test_the_account_of_the_shared_case(shared_data):
    case = json.loads((shared_data / "cases/demand/06_suppressed_pairs_are_unknown.json").read_text())
    rows = [(home, work, None if figure in ("*", None) else figure) for home, work, figure in case["input"]["rows"]]
    made = statistics(rows, total_district=["K"], in_commuters=[case["input"]["total"]])
    account = made.account("K", "in")
    expected = case["expected"]
    assert account.known == expected["known"]
    assert account.remainder == expected["remainder_for_D_E_others"]
    assert account.n_suppressed == 2
    assert account.others_range == tuple(expected["others_between"])
    bounds = dict(zip(made.home_district.tolist(), zip(made.low, made.high, strict=True), strict=True))
    assert bounds["A"] == tuple(expected["interval_A"])
    assert bounds["D"] == tuple(expected["bounds_D"])
    assert bounds["E"] == tuple(expected["bounds_E"])
    assert bounds[OTHERS] == (0, np.inf)


def test_without_a_total_nothing_is_left_over():
    account = statistics([("A", "K", 30), ("B", "K", None)]).account("K", "in")
    assert (account.known, account.n_suppressed) == (30, 1)
    assert np.isnan([account.total, account.remainder, *account.others_range]).all()


def test_a_pair_of_municipalities_is_part_of_that_of_their_districts():
    made = statistics(
        [
            ("14511", "14524", 100),
            ("14511", "14524330", 60),
            ("14521010", "14524", 20),
            ("14521", "14524330", 15),
            ("14524010", "14524330", 40),
            ("14524", "14524", 900),
        ]
    )
    assert made.account("14524", "in").known == 100 + 20 + 15
    assert made.account("14524330", "in").known == 60 + 15 + 40
    assert made.account("14511", "out").known == 100


def test_a_district_nobody_knows_of_is_named():
    with pytest.raises(InputError, match="nothing is known of commuters in of 'X'"):
        statistics([("A", "K", 30)]).account("X", "in")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"place_key": ["A", "A"], "place_district": ["x", "y"], "place_share": [0.5, 0.4]}, "shares of A sum to 0.9"),
        ({"place_key": ["A"], "place_share": [1.0]}, "place_district is missing"),
        ({"total_district": ["K", "K"], "in_commuters": [1, 2]}, "total of K stands more than once"),
        ({"total_district": ["K"], "in_commuters": [-1]}, "is below 0"),
        ({"rounding": -10}, "rounding"),
    ],
)
def test_faults_are_named(options, says):
    with pytest.raises(InputError, match=says):
        statistics([("A", "K", 30)], **options)
