"""Volume-delay functions by road class, tables through every step of making a network, and formats without tables."""

import dataclasses

import numpy as np
import pytest

from itas_mobility.core import Akcelik, Bpr, Conical, DelayTable, RoadClass, VdfKind
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import NetworkError
from itas_mobility.network import (
    change_volume_delay,
    grid,
    read_network,
    simplify,
    to_geodataframe,
    to_networkx,
    write_geopackage,
    write_gmns,
    write_graphml,
    write_network,
    write_tntp,
)
from itas_mobility.network.forward_star import keep_links
from network.made_networks import junction

TABLE = DelayTable(ratio=[0, 0.6, 1.0], factor=[1, 1, 1.8])
OTHER = DelayTable(ratio=[0, 2], factor=[1, 5])


def classed():
    """A grid with three classes of roads."""
    roads = grid(4, 4)
    classes = np.array([RoadClass.MOTORWAY, RoadClass.PRIMARY, RoadClass.RESIDENTIAL])
    return dataclasses.replace(roads, road_class=np.resize(classes, roads.n_links))


def with_tables():
    return change_volume_delay(classed(), {RoadClass.MOTORWAY: TABLE, RoadClass.PRIMARY: OTHER})


def test_functions_by_class():
    roads = classed()
    functions = {RoadClass.MOTORWAY: Conical(7), RoadClass.PRIMARY: Akcelik(0.4, period_h=0.5), RoadClass.FERRY: TABLE}
    found = change_volume_delay(roads, functions)
    motorway, primary = roads.road_class == RoadClass.MOTORWAY, roads.road_class == RoadClass.PRIMARY
    rest = ~motorway & ~primary
    assert set(found.vdf[motorway]) == {VdfKind.CONICAL}
    assert set(found.vdf_alpha[motorway]) == {7.0}
    assert set(found.vdf[primary]) == {VdfKind.AKCELIK}
    assert set(zip(found.vdf_alpha[primary], found.vdf_beta[primary], strict=True)) == {(0.4, 0.5)}
    for name in ("vdf", "vdf_alpha", "vdf_beta"):
        np.testing.assert_array_equal(getattr(found, name)[rest], getattr(roads, name)[rest])
    bpr = change_volume_delay(found, {RoadClass.MOTORWAY: Bpr(0.5, power=6)})
    assert set(zip(bpr.vdf[motorway], bpr.vdf_alpha[motorway], bpr.vdf_beta[motorway], strict=True)) == {(0, 0.5, 6.0)}


def points_of(roads, row):
    table = int(roads.vdf_alpha[row])
    points = slice(roads.vdf_table_ptr[table], roads.vdf_table_ptr[table + 1])
    return roads.vdf_table_ratio[points].tolist(), roads.vdf_table_factor[points].tolist()


def assert_has_its_tables(roads):
    """Each link of these classes has the table its class was given."""
    for road_class, table in ((RoadClass.MOTORWAY, TABLE), (RoadClass.PRIMARY, OTHER)):
        rows = np.flatnonzero(roads.road_class == road_class)
        assert rows.size
        for row in rows:
            assert roads.vdf[row] == VdfKind.TABLE
            assert points_of(roads, row) == (table.ratio.tolist(), table.factor.tolist())


def test_tables_stay_with_their_links():
    roads = with_tables()
    assert_has_its_tables(roads)
    assert_has_its_tables(keep_links(roads, np.arange(roads.n_links) % 5 != 0))
    assert_has_its_tables(simplify(roads))
    one_more = change_volume_delay(roads, {RoadClass.RESIDENTIAL: DelayTable(ratio=[0], factor=[2])})
    assert_has_its_tables(one_more)
    assert points_of(one_more, int(np.flatnonzero(roads.road_class == RoadClass.RESIDENTIAL)[0])) == ([0.0], [2.0])


def test_tables_stay_when_turns_and_zones_come():
    from itas_mobility.core import Zones
    from itas_mobility.network import connect

    roads = with_tables()
    ends = np.array([0, -1])
    zones = Zones(
        *[["a", "b"]] * 4, [0, 0], roads.node_lon_deg[ends], roads.node_lat_deg[ends], *[[1.0, 1.0]] * 3, [None, None]
    )
    assert_has_its_tables(connect(roads, zones))


@pytest.mark.parametrize("memory_map", [False, True])
def test_tables_are_stored(tmp_path, memory_map):
    roads = with_tables()
    write_network(roads, tmp_path / "roads.npz")
    found = read_network(tmp_path / "roads.npz", memory_map=memory_map)
    assert content_digest(found) == content_digest(roads)
    assert_has_its_tables(found)


WRITERS = {
    "gmns": (write_gmns, "folder"),
    "geopackage": (write_geopackage, "roads.gpkg"),
    "graphml": (write_graphml, "roads.graphml"),
    "networkx": (lambda roads, path: to_networkx(roads), ""),
}


@pytest.mark.parametrize("form", WRITERS)
def test_forms_that_cannot_hold_tables_refuse_them(tmp_path, form):
    write, name = WRITERS[form]
    roads = with_tables()
    key = roads.link_key[np.flatnonzero(roads.vdf == VdfKind.TABLE)[0]]
    with pytest.raises(NetworkError, match=rf"link {key} \(and \d+ more\) has a tabulated .*write_network"):
        write(roads, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_tntp_refuses_tables(tmp_path):
    roads = change_volume_delay(junction(), {RoadClass(int(junction().road_class[-1])): TABLE})
    with pytest.raises(NetworkError, match="has the function"):
        write_tntp(roads, tmp_path / "net.tntp")


def test_tables_are_named_in_views():
    assert set(to_geodataframe(with_tables())["vdf"]) == {"table", "bpr"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bpr(-0.1), "Bpr: alpha -0.1 must be finite and not negative"),
        (lambda: Bpr(0.15, power=np.nan), "Bpr: power nan must"),
        (lambda: Bpr(np.inf), "Bpr: alpha inf must"),
        (lambda: Conical(1.0), "Conical: alpha 1 must be above 1"),
        (lambda: Conical(np.nan), "Conical: alpha nan must"),
        (lambda: Akcelik(-1), "Akcelik: delay_parameter -1 must"),
        (lambda: Akcelik(0.4, period_h=np.inf), "Akcelik: period_h inf must"),
        (lambda: DelayTable(ratio=[], factor=[]), "has no points"),
        (lambda: DelayTable(ratio=[0.1, 1], factor=[1, 2]), r"first ratio is 0\.1, not 0"),
        (lambda: DelayTable(ratio=[0, 1, 1], factor=[1, 2, 3]), "ratio 1 follows 1; ratios must rise"),
        (lambda: DelayTable(ratio=[0, 1], factor=[2, 1]), "factor falls from 2 to 1 at ratio 1"),
        (lambda: DelayTable(ratio=[0, 1], factor=[1, np.nan]), r"factor\[1\] = nan is NaN"),
        (lambda: DelayTable(ratio=[0, 1], factor=[-1, 1]), r"factor\[0\] = -1\.0 is below 0"),
        (lambda: DelayTable(ratio=[0, 1], factor=[1]), "factor: shape"),
        (lambda: DelayTable(ratio=[0, 1e-300], factor=[1, 1e300]), "too large for a float"),
    ],
)
def test_bad_functions_are_refused_by_name(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_bad_uses_are_refused_by_name():
    roads = classed()
    with pytest.raises(NetworkError, match="no link is of class FERRY"):
        change_volume_delay(roads, {RoadClass.FERRY: Bpr()})
    with pytest.raises(NetworkError, match="none given"):
        change_volume_delay(roads, {})
    with pytest.raises(NetworkError, match="MOTORWAY has 4; give a Bpr"):
        change_volume_delay(roads, {RoadClass.MOTORWAY: 4})
    with pytest.raises(NetworkError, match="7 is no RoadClass"):
        change_volume_delay(roads, {7: Bpr()})
    closed = dataclasses.replace(roads, capacity_veh_per_h=np.zeros(roads.n_links))
    with pytest.raises(NetworkError, match=r"link 0 \(key .*capacity 0 but a volume-delay function"):
        change_volume_delay(closed, {RoadClass.MOTORWAY: TABLE})
    every = {road_class: Bpr(0) for road_class in RoadClass}
    assert (change_volume_delay(closed, every).vdf_alpha == 0).all()


def test_networks_name_tables_that_are_not_there_or_bad():
    roads = with_tables()
    with pytest.raises(NetworkError, match=r"vdf_alpha: \[7\.\] is no row of the 2 tables"):
        dataclasses.replace(roads, vdf_alpha=np.full(roads.n_links, 7.0))
    with pytest.raises(NetworkError, match=r"table 1 of volume-delay functions: its factor falls from 1 to 0\.5"):
        dataclasses.replace(roads, vdf_table_factor=[1, 1, 1.8, 1, 0.5])
    with pytest.raises(NetworkError, match="vdf_table_ptr: must rise from 0 to 5"):
        dataclasses.replace(roads, vdf_table_ptr=[0, 3, 4])
