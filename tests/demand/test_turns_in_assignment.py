"""Turn restrictions hold in skims and assignment: both follow plain paths of the network."""

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.core import ODMatrix, RoadClass, ZoneKind, Zones
from itas_mobility.network import connect
from itas_mobility.network.forward_star import Nodes, Ways, assemble
from itas_mobility.network.turn_rules import Restriction
from itas_mobility.network.turns import expand_junctions
from oracles.turn_search import along

# node 1 in the south, 2 the junction, 3 west, 4 north, 5 north-west; from 1 the left turn to 3 is forbidden at 2
PLACES = {1: (0.0, -2.0), 2: (0.0, 0.0), 3: (-2.0, 0.0), 4: (0.0, 2.0), 5: (-2.0, 2.0)}
STEP_DEG = 1e-3
STREETS = [(1, 2), (2, 3), (2, 4), (4, 5), (5, 3)]


@pytest.fixture
def roads():
    segments = [s for way, ends in enumerate(STREETS, 1) for s in along(way, ends, [200.0])]
    m = len(segments)
    links = {
        "tail": np.array([s.tail - 1 for s in segments], np.int32),
        "head": np.array([s.head - 1 for s in segments], np.int32),
        "link_key": np.arange(m),
        "length_m": np.full(m, 200.0),
        "free_speed_km_per_h": np.full(m, 36.0),
        "free_time_s": np.full(m, 20.0),
        "lanes": np.ones(m),
        "capacity_veh_per_h": np.full(m, 600.0),
        "road_class": np.full(m, int(RoadClass.RESIDENTIAL), np.uint8),
        "modes": np.ones(m, np.uint8),
    }
    lon, lat = (np.array(column) * STEP_DEG + 50.0 for column in zip(*PLACES.values(), strict=True))
    base = assemble(
        nodes=Nodes(np.array(list(PLACES)), lon, lat), links=links,
        ways=Ways(np.arange(m + 1), np.array([s.way for s in segments])),
    )  # fmt: skip
    expanded = expand_junctions(base, [Restriction(1, "no_left_turn", (1,), 2, (), (2,))])
    names = np.array(["south", "west", "middle"])
    at = [0, 2, 1]
    zones = Zones(
        names, names, names, names, np.full(3, int(ZoneKind.INTERNAL), np.uint8), lon[at], lat[at], *np.ones((3, 3)),
        np.full(3, None, object),
    )  # fmt: skip
    return connect(expanded, zones, n_connectors=1)


def test_skims_and_volumes_go_round_the_block(roads):
    skims = demand.skim(roads)
    length = skims["length_m"]
    assert length[1, 0] == pytest.approx(400.0)
    assert length[0, 1] == pytest.approx(800.0)
    # trips that begin at the junction itself may leave it in any direction, and end there from any
    assert length[2, 1] == pytest.approx(200.0)
    assert length[0, 2] == pytest.approx(200.0)
    trips = np.zeros((3, 3))
    trips[0, 1] = 100.0
    result = demand.assign(roads, ODMatrix(zone_id=np.array(["south", "west", "middle"]), trips=trips))
    assert result.unassigned_trips == 0.0
    used = (result.volume_veh_per_h > 50.0) & roads.is_road
    assert roads.length_m[used].sum() == pytest.approx(800.0)
    assert set(roads.way_id[np.repeat(used, np.diff(roads.way_ptr))]) == {1, 3, 4, 5}
