"""Choice sets between zones against a twin that tries every departure."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import SearchLimits, TravelWindow
from itas_mobility.demand.transit import choice_sets
from itas_mobility.errors import DemandError, NetworkError
from oracles.choice_sets import assert_rides_make_the_journeys, choice_sets_twin, told_by_pair
from oracles.random_timetables import cases, legs_of_zones, zone_legs
from oracles.transit_networks import access, timetable, zones
from oracles.transit_search import pieces_of, walks_of


@settings(max_examples=100)
@given(
    cases(),
    legs_of_zones,
    st.integers(0, 2),
    st.sampled_from([0.0, 2.0]),
    st.sampled_from([6.0, 100.0]),
    st.tuples(st.integers(-3, 30), st.integers(1, 30), st.integers(0, 10)),
)
@pytest.mark.parametrize("arrive_by", [False, True])
def test_choice_sets_equal_the_twins(arrive_by, case, legs, max_transfers, slack, longest, window):
    table, by_day, days, transfers = case
    ways, out, home = zone_legs(legs, transfers)
    start, end = float(window[0]), float(window[0] + window[1])
    found = choice_sets(
        table, ways, zones(3), window=TravelWindow(start, end, arrive_by, (window[2], window[2])), days=days,
        limits=SearchLimits(max_journey_s=longest, max_transfers=max_transfers, min_transfer_s=slack),
    )  # fmt: skip
    first = next(iter(by_day.values()))
    walks, change = walks_of(first, transfers), first.change_s
    expected = choice_sets_twin(
        pieces_of(by_day), walks, change, out, home, 3, (longest, max_transfers + 1, slack), start - window[2],
        end + window[2], arrive_by=arrive_by,
    )  # fmt: skip
    assert told_by_pair(found) == expected
    assert_rides_make_the_journeys(found, by_day, walks, change, out, home, slack)


def two_lines():
    """A to B to C by two lines with a change at B; zones at A, B, C."""
    table = timetable(
        "ABC",
        [
            ("r0", "1", "AB", [(f"1.{i}", [(600 * i, 600 * i), (600 * i + 300, 600 * i + 300)]) for i in range(8)]),
            ("r1", "2", "BC", [(f"2.{i}", [(900 * i, 900 * i), (900 * i + 400, 900 * i + 400)]) for i in range(6)]),
        ],
    )
    return table, access(3, 3, [(0, 0, 60.0), (1, 1, 30.0), (2, 2, 90.0)])


def test_only_wanted_pairs_are_searched():
    table, legs = two_lines()
    options = {"window": TravelWindow(600.0, 3600.0)}
    everything = told_by_pair(choice_sets(table, legs, zones(3), **options))
    assert set(everything) == {(0, 1), (0, 2), (1, 2)}
    pairs = np.zeros((3, 3), dtype=bool)
    pairs[0, 2] = pairs[1, 1] = True
    some = told_by_pair(choice_sets(table, legs, zones(3), pairs=pairs, **options))
    assert some == {(0, 2): everything[0, 2]}
    nothing = choice_sets(table, legs, zones(3), pairs=np.zeros((3, 3), dtype=bool), **options)
    assert (len(nothing), nothing.n_pairs) == (0, 0)


@pytest.mark.parametrize("arrive_by", [False, True])
def test_results_do_not_depend_on_threads(arrive_by):
    table, legs = two_lines()
    made = []
    for n in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(n)
        made.append(choice_sets(table, legs, zones(3), window=TravelWindow(0.0, 3600.0, arrive_by)))
    assert len(made[0]) > 10
    for name in ("depart_s", "walk_s", "wait_s", "ride_ptr", "ride_trip", "board", "alight"):
        np.testing.assert_array_equal(getattr(made[0], name), getattr(made[1], name))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"zones": 4}, DemandError, "3 zones, there are 4"),
        ({"pairs": np.full((2, 2), True)}, DemandError, "expected \\(3, 3\\)"),
        ({"access": access(3, 2, [])}, NetworkError, "2 stops"),
    ],
)
def test_options_that_make_no_sense_are_named(options, error, message):
    table, legs = two_lines()
    legs, n = options.pop("access", legs), options.pop("zones", 3)
    with pytest.raises(error, match=message):
        choice_sets(table, legs, zones(n), window=TravelWindow(0.0, 60.0), **options)
