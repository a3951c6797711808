"""The command `assign` on published networks: an examiner that shares no code with us, and published volumes."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from itas_mobility.cli import main
from oracles.equilibrium import examine, read_case, read_volumes

GAP = 1e-10


class Network(NamedTuple):
    folder: str
    stem: str
    beckmann: float | None = None
    """Published objective, in the file's minutes."""
    flow_tolerance: float = 0.0
    """Difference to the published volumes relative to the largest: what their own gap allows."""
    toll_weight: float = 0.0
    distance_weight: float = 0.0


NETWORKS = (
    Network("Braess-Example", "Braess", 386.0),
    Network("SiouxFalls", "SiouxFalls", 4231335.2871, 1e-6),
    Network("Anaheim", "Anaheim", 1286032.1711, 1e-6),
    Network("Winnipeg", "Winnipeg", 827911.4946, 2e-6),
    Network("Chicago-Sketch", "ChicagoSketch", 17313018.7387, 1e-6, 0.02, 0.04),
    Network("Berlin-Center", "berlin-center"),
)


@pytest.mark.parametrize("net", NETWORKS, ids=lambda net: net.stem)
def test_objective_volumes_and_gap(net, shared_data, tmp_path, capsys):
    folder = shared_data / "tntp" / net.folder
    files = folder / f"{net.stem}_net.tntp", folder / f"{net.stem}_trips.tntp"
    out = tmp_path / "flows.csv"
    weights = ["--toll-weight", net.toll_weight, "--distance-weight", net.distance_weight]
    options = ["--network", files[0], "--trips", files[1], "--flows", out, "--gap", GAP, *weights, "--json"]
    with pytest.raises(SystemExit) as left:
        main(["assign", *map(str, options)])
    assert left.value.code == 0
    said = json.loads(capsys.readouterr().out)

    case = read_case(*files)
    ends, volume, cost = read_volumes(out)
    np.testing.assert_array_equal(ends, case.ends)
    found = examine(case, volume, toll_weight=net.toll_weight, distance_weight=net.distance_weight)
    total = sum(amount for row in case.demand.values() for amount in row.values())
    assert volume.min() >= 0
    assert found.imbalance <= 1e-12 * total
    np.testing.assert_allclose(cost, found.cost, rtol=1e-12, atol=1e-12)
    assert said["converged"] is True
    assert said["unassigned"] == 0
    assert said["tstt"] == pytest.approx(found.tstt, rel=1e-12)
    assert said["sptt"] == pytest.approx(found.sptt, rel=1e-12)
    assert said["beckmann"] == pytest.approx(found.beckmann, rel=1e-12)
    assert said["relative_gap"] == pytest.approx(found.relative_gap, abs=1e-13)
    assert -1e-13 <= found.relative_gap <= GAP + 1e-13

    if net.beckmann is not None:
        assert found.beckmann == pytest.approx(net.beckmann, rel=1e-9)
    if net.flow_tolerance:
        published = np.loadtxt(folder / f"{net.stem}_flow.tntp", skiprows=1)
        np.testing.assert_array_equal(published[:, :2], ends)
        unique = case.factor * case.free_time * case.power > 0
        largest = volume.max()
        np.testing.assert_allclose(volume[unique], published[unique, 2], rtol=0, atol=net.flow_tolerance * largest)


NET = """<FIRST THRU NODE> 4
<END OF METADATA>
1 4 100 1 2 1 1 0 0 1 ;
1 4 50 1 4 1 1 0 0 1 ;
4 2 1 1 3 0 0 0 0 1 ;
1 3 1 1 0 0 0 0 0 1 ;
3 2 1 1 0 0 0 0 0 1 ;
"""
"""Two links side by side and a third; the way by zone 3, which is free, may not be passed."""
TRIPS = "<END OF METADATA>\nOrigin 1\n1 : 9; 2 : 100;\n3 : 5;\n"


def test_the_examiner_itself(tmp_path):
    net, trips = tmp_path / "net.tntp", tmp_path / "trips.tntp"
    net.write_text(NET, encoding="utf-8")
    trips.write_text(TRIPS, encoding="utf-8")
    case = read_case(net, trips)
    found = examine(case, np.array([100.0, 0, 100, 5, 0]))
    assert found.cost.tolist() == [4, 4, 3, 0, 0]
    assert (found.tstt, found.sptt, found.imbalance) == (700, 700, 0)
    assert found.beckmann == 200 + 100 + 300
    worse = examine(case, np.array([80.0, 20, 100, 5, 0]))  # costs 3.6 and 5.6
    assert worse.tstt == pytest.approx(80 * 3.6 + 20 * 5.6 + 300)
    assert worse.sptt == pytest.approx(100 * 6.6)
    through_zone = examine(case, np.array([0.0, 0, 0, 105, 100]))
    assert through_zone.imbalance == 100
    assert (through_zone.tstt, through_zone.sptt) == (0, 500)
