"""Textbook cases with expected volumes, times and totals."""

import json

import numpy as np
import pytest

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand import skim
from itas_mobility.demand.assignment import assign
from itas_mobility.errors import DataWarning
from oracles.road_networks import Link, in_given_order, linear, road_network

CASES = ("braess_with_bridge", "nguyen_dupuis_linear", "sheffi_3link", "two_link_8_1")


def load(shared_data, name):
    return json.loads((shared_data / f"kit/numbers/{name}.json").read_text(encoding="utf-8"))


def network(case, zones):
    """Network of a case, and the row of each of its nodes."""
    names = [*zones, *{end: None for link in case["links"] for end in (link["from"], link["to"]) if end not in zones}]
    row = {name: i for i, name in enumerate(names)}
    links = []
    for link in case["links"]:
        cost, ends = link["cost"], (row[link["from"]], row[link["to"]])
        if cost["kind"] == "linear":
            links.append(linear(*ends, cost["a"], cost["b"], tiny=1e-12))
        else:
            links.append(Link(*ends, cost["t0"], cost["cap"], cost["alpha"], cost["beta"]))
    return road_network(links, len(names), len(zones)), row


def read(shared_data, name):
    case = load(shared_data, name)
    zones = list(dict.fromkeys(end for pair in case["demand"] for end in (pair["o"], pair["d"])))
    roads, row = network(case, zones)
    trips = np.zeros((len(zones), len(zones)))
    for pair in case["demand"]:
        trips[row[pair["o"]], row[pair["d"]]] += pair["q"]
    return case, roads, ODMatrix(np.array(zones), trips), row


def by_id(case, values):
    return {link["id"]: value for link, value in zip(case["links"], values.tolist(), strict=True)}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("objective", ["ue", "so"])
def test_textbook_volumes_times_and_totals(shared_data, name, objective):
    case, roads, trips, row = read(shared_data, f"ue_{name}")
    found = assign(roads, trips, relative_gap=1e-12, objective=objective)
    wanted = case["expected"][objective]
    assert by_id(case, in_given_order(roads, found.volume_veh_per_h)) == pytest.approx(wanted["link_flows"], abs=1e-6)
    assert by_id(case, in_given_order(roads, found.cost_s)) == pytest.approx(wanted["link_times"], rel=1e-7)
    assert found.tstt_veh_s == pytest.approx(wanted["tstt"], rel=1e-9)
    if objective == "ue":
        assert found.beckmann_veh_s == pytest.approx(wanted["beckmann"], rel=1e-9)
        least = skim(roads, time_s=found.cost_s)["time_s"]
        for pair, cost in wanted["od_min_cost"].items():
            origin, destination = pair.split("->")
            assert least[row[origin], row[destination]] == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_price_of_anarchy(shared_data, name):
    case, roads, trips, _ = read(shared_data, f"ue_{name}")
    ue, so = (assign(roads, trips, relative_gap=1e-12, objective=objective) for objective in ("ue", "so"))
    assert ue.tstt_veh_s / so.tstt_veh_s == pytest.approx(case["expected"]["price_of_anarchy"], rel=1e-9)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("algorithm", ["bush", "bfw", "cfw"])
def test_every_algorithm_within_the_tolerance_of_the_case(shared_data, name, algorithm):
    case, roads, trips, _ = read(shared_data, f"ue_{name}")
    found = assign(roads, trips, relative_gap=1e-6, algorithm=algorithm)
    tolerance, wanted = case["tolerance"], case["expected"]["ue"]
    off = tolerance.get("link_flow_abs", tolerance.get("link_flow_abs_share_of_total_demand", 0) * trips.total)
    assert by_id(case, in_given_order(roads, found.volume_veh_per_h)) == pytest.approx(wanted["link_flows"], abs=off)
    assert found.tstt_veh_s == pytest.approx(wanted["tstt"], rel=tolerance["tstt_rel"])


@pytest.mark.parametrize("algorithm", ["bush", "bfw", "msa"])
def test_demand_between_islands_is_reported_and_conserved(shared_data, algorithm):
    case, roads, trips, _ = read(shared_data, "ue_disconnected_demand")
    wanted = case["expected"]
    with pytest.warns(DataWarning, match=r"no path for 1 pairs of zones with 123.5 trips: a -> d \(123.5\)"):
        found = assign(roads, trips, algorithm=algorithm)
    volume = in_given_order(roads, found.volume_veh_per_h)
    assert by_id(case, volume) == pytest.approx(wanted["link_flows"])
    assert found.unassigned_trips == wanted["unassigned_demand"]
    assert volume.sum() + found.unassigned_trips + wanted["intrazonal_demand"] == pytest.approx(trips.total)
    for number in (found.tstt_veh_s, found.sptt_veh_s, found.beckmann_veh_s, found.relative_gap, *found.cost_s):
        assert np.isfinite(number)


def test_lorries_that_are_banned_from_a_link(shared_data):
    case = load(shared_data, "mc_truck_ban")
    roads, _ = network(case, ["a", "b"])
    classes = []
    for one in case["classes"]:
        banned = np.array([one["name"] in link.get("banned_classes", []) for link in case["links"]])
        trips = ODMatrix(np.array(["a", "b"]), np.array([[0.0, one["demand"]], [0.0, 0.0]]))
        classes.append(UserClass(one["name"], trips, pce=one["pce"], banned=banned[roads.link_key]))
    found = assign(roads, classes, relative_gap=1e-12)
    wanted = case["expected"]
    for name, volume in zip(found.class_name, found.class_volume_veh_per_h, strict=True):
        assert by_id(case, in_given_order(roads, volume)) == pytest.approx(wanted["veh"][str(name)], abs=1e-6)
    pcu = np.array([one.pce for one in classes]) @ found.class_volume_veh_per_h
    assert by_id(case, in_given_order(roads, pcu)) == pytest.approx(wanted["pcu"])
    assert by_id(case, in_given_order(roads, found.time_s)) == pytest.approx(wanted["times"])
