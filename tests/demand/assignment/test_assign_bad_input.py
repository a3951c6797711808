"""What cannot be assigned is refused in one message that names link, pair or option; never a NaN, never a silence."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand.assignment import assign
from itas_mobility.demand.assignment.gap import relative_gap
from itas_mobility.errors import DataWarning, DemandError, InputError, NetworkError
from oracles.road_networks import Link, od, road_network

ALGORITHMS = ("bush", "bfw", "cfw", "fw", "msa")
BAD = [-1.0, float("nan"), float("inf")]


@pytest.fixture
def roads():
    return road_network(
        [Link(0, 1, 1.0, 100.0, 0.15, 4.0), Link(1, 0, 2.0, 90.0, 0.15, 4.0), Link(0, 1, 3.0, 100.0, 0.15, 4.0)], 2, 2
    )


def refused(error, action, *words):
    with pytest.raises(error) as found:
        action()
    message = str(found.value)
    assert len(message.splitlines()) == 1
    for word in words:
        assert word in message, message


@pytest.mark.parametrize("value", BAD)
def test_demand(value):
    refused(DemandError, lambda: od(3, {(0, 1): 5.0, (1, 2): value}), "trips[(1, 2)]", str(value))


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize(
    "column", ["length_m", "free_time_s", "capacity_veh_per_h", "vdf_alpha", "vdf_beta", "toll_eur"]
)
def test_columns_of_links(roads, column, value):
    values = getattr(roads, column).copy()
    values[1] = value
    if column == "capacity_veh_per_h" and value == np.inf:
        assert assign(replace(roads, capacity_veh_per_h=values), od(2, {(0, 1): 10.0})).converged
        return
    refused(NetworkError, lambda: replace(roads, **{column: values}), f"{column}[1]", str(value))


@pytest.mark.parametrize("column", ["length_m", "capacity_veh_per_h", "head"])
def test_shapes_of_columns(roads, column):
    refused(NetworkError, lambda: replace(roads, **{column: getattr(roads, column)[:2]}), column, "(2,)")


def test_ends_and_keys_of_links(roads):
    refused(NetworkError, lambda: replace(roads, head=np.array([1, 7, 0])), "head[1]")
    refused(NetworkError, lambda: replace(roads, link_key=np.array([1, 1, 0])), "link_key")


def test_matrix(roads):
    refused(DemandError, lambda: ODMatrix(np.array(["a", "b"]), np.zeros((2, 3))), "trips", "(2, 3)")
    refused(DemandError, lambda: ODMatrix(np.array(["a", "a"]), np.zeros((2, 2))), "zone_id")
    refused(DemandError, lambda: ODMatrix(np.array(["a", "b"]), np.zeros((2, 2)), duration_h=0), "duration_h")
    refused(DemandError, lambda: assign(roads, od(3, {(0, 1): 1.0})), "(3, 3)", "2 zones")
    refused(DemandError, lambda: assign(replace(roads, n_zones=0), od(2, {(0, 1): 1.0})), "(2, 2)", "0 zones")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("links", [[], [Link(1, 0)], [Link(0, 2), Link(2, 1)]], ids=["none", "back", "closed"])
def test_zones_that_are_cut_off(algorithm, links):
    roads = road_network(links, 3, 2, first_through=3)
    refused(
        DemandError, lambda: assign(roads, od(2, {(0, 1): 50.0}, duration_h=2.0), algorithm=algorithm),
        "no path for 1 pairs of zones with 50 trips: 0 -> 1 (50)", "connect the zones",
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pairs_without_path_are_named_and_the_others_assigned(algorithm):
    roads = road_network([Link(0, 1), Link(1, 2)], 9, 9)
    trips = od(9, {(0, 2): 4.0, **{(zone, 0): float(zone) for zone in range(1, 9)}}, duration_h=2.0)
    with pytest.warns(DataWarning) as said:
        found = assign(roads, trips, algorithm=algorithm)
    (warning,) = said
    assert str(warning.message).startswith("no path for 8 pairs of zones with 36 trips: 1 -> 0 (1); 2 -> 0 (2); 3 -> 0")
    assert str(warning.message).endswith("and 3 more")
    assert found.unassigned_trips == pytest.approx(36)
    assert found.volume_veh_per_h.tolist() == [2, 2]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("pairs", [{}, {(0, 0): 5.0}], ids=["none", "intrazonal"])
def test_no_demand_on_the_network(roads, algorithm, pairs):
    found = assign(roads, od(2, pairs), algorithm=algorithm, relative_gap=0)
    assert found.converged
    assert found.volume_veh_per_h.tolist() == [0, 0, 0]
    assert (found.relative_gap, found.tstt_veh_s, found.sptt_veh_s, found.beckmann_veh_s) == (0, 0, 0, 0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_link_without_capacity(roads, algorithm):
    closed = replace(roads, capacity_veh_per_h=np.array([100.0, 0.0, 100.0]))
    refused(
        NetworkError, lambda: assign(closed, od(2, {(1, 0): 1.0}), algorithm=algorithm),
        "link 1 (key 2, node 0 to 1) has capacity 0",
    )  # fmt: skip
    legal = replace(closed, vdf_alpha=np.array([0.15, 0.0, 0.15]))
    assert assign(legal, od(2, {(0, 1): 200.0}), algorithm=algorithm, relative_gap=1e-3).converged


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("capacity", "demand", "said"),
    [
        (1e-200, 50.0, "the cost of link 0 (key 0, node 0 to 1) is not a finite number at 50 veh/h (capacity 1e-200"),
        (100.0, 1e300, "the cost of link 0 (key 0, node 0 to 1) is not a finite number at 1e+300 veh/h"),
        (100.0, 1e70, "TSTT is inf veh s per h"),
    ],
)
def test_overflow(roads, algorithm, capacity, demand, said):
    tight = replace(roads, capacity_veh_per_h=np.full(3, capacity))
    refused(InputError, lambda: assign(tight, od(2, {(0, 1): demand}), algorithm=algorithm, max_iterations=20), said)


@pytest.mark.parametrize(("tstt", "sptt"), [(np.inf, 1.0), (np.inf, np.inf), (np.nan, 1.0), (1.0, np.nan)])
def test_gap_of_totals_that_are_no_numbers(tstt, sptt):
    refused(DemandError, lambda: relative_gap(tstt, sptt), "not finite")


@pytest.mark.parametrize("demand", [1e-300, 1e-9, 1e9])
def test_very_small_and_very_large_demand(roads, demand):
    found = assign(roads, od(2, {(0, 1): demand}), relative_gap=1e-9)
    assert found.converged
    assert found.volume_veh_per_h[:2].sum() == pytest.approx(demand, rel=1e-12)
    assert np.isfinite([found.tstt_veh_s, found.sptt_veh_s, found.beckmann_veh_s]).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"relative_gap": -1e-9}, "relative_gap: -1e-09"),
        ({"relative_gap": np.inf}, "relative_gap: inf"),
        ({"max_seconds": np.nan}, "max_seconds: nan"),
        ({"max_iterations": -1}, "max_iterations: -1"),
        ({"algorithm": None}, "algorithm: None is not one of"),
        ({"objective": "UE"}, "objective: 'UE' is not one of ue, so"),
        ({"threads": 0}, "threads: 0 must be between 1 and"),
        ({"threads": 100_000}, "threads: 100000 must be between 1 and"),
        ({"preload_veh_per_h": np.array([0.0, np.nan, 0.0])}, "preload_veh_per_h: nan on link 1 (key 2, node 0 to 1)"),
        ({"preload_veh_per_h": np.zeros((3, 1))}, "preload_veh_per_h: shape (3, 1), expected (3,)"),
        ({"toll_weight_s_per_eur": np.nan}, "toll_weight_s_per_eur: nan"),
        ({"distance_weight_s_per_m": -0.1}, "distance_weight_s_per_m: -0.1"),
    ],
)
def test_options(roads, options, said):
    refused(InputError, lambda: assign(roads, od(2, {(0, 1): 1.0}), **options), said)
