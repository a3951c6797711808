"""The routes' oracle on files one can draw."""

import pytest

from oracles.osm_graph import largest_part, osmnx_graph, read_file, shortest_paths, turn_restrictions
from oracles.turn_search import Restriction

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="test">
<node id="1" lat="50.70" lon="12.40"/><node id="2" lat="50.70" lon="12.41"><tag k="barrier" v="gate"/></node>
<node id="3" lat="50.70" lon="12.42"/><node id="4" lat="50.71" lon="12.41"/><node id="6" lat="50.71" lon="12.42"/>
<way id="11"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="12"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="oneway" v="-1"/></way>
<way id="13"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="14"><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="3"/><tag k="highway" v="tertiary"/></way>
<way id="15"><nd ref="7"/><nd ref="3"/><tag k="highway" v="residential"/></way>
{relations}
</osm>
"""
WAYS = {11, 12, 13, 14}


def relation(number, members, **tags):
    inner = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
    inner += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in {"type": "restriction", **tags}.items())
    return f'<relation id="{number}">{inner}</relation>'


def turn(from_way, via, to_way):
    return [("way", from_way, "from"), *via, ("way", to_way, "to")]


@pytest.fixture
def drawn(tmp_path):
    def draw(*relations):
        path = tmp_path / "drawn.osm"
        path.write_text(OSM.format(relations="\n".join(relations)), encoding="utf-8")
        return read_file(path), tmp_path

    return draw


def test_clipped_ways_are_read_and_gaps_named(drawn):
    file, folder = drawn()
    oracle = osmnx_graph(file, WAYS | {15}, folder)
    assert oracle.gaps == {(4, 6, 14), (6, 4, 14)}
    assert (4, 6, 14) in oracle.segments
    assert 7 not in oracle.graph, "a way of one node is no way"
    assert (3, 2, 12) in oracle.segments
    assert (2, 3, 12) not in oracle.segments
    assert file.node_tags == {2: {"barrier": "gate"}}


def test_lengths_lie_on_our_sphere(drawn):
    file, folder = drawn()
    oracle = osmnx_graph(file, WAYS, folder)
    # a hundredth of a degree of latitude on a sphere of 6371.0088 km
    assert oracle.segments[2, 4, 13] == pytest.approx(1111.9508, abs=1e-3)
    length_m, nodes = shortest_paths(oracle, 1, [3])[3]
    assert nodes == [1, 2, 4, 6, 3]
    assert length_m == pytest.approx(sum(oracle.segments[s] for s in [(1, 2, 11), (2, 4, 13), (4, 6, 14), (6, 3, 14)]))
    assert 3 not in shortest_paths(oracle, 1, [99])


def test_both_directions_for_walkers(drawn):
    file, folder = drawn()
    assert (2, 3, 12) in osmnx_graph(file, WAYS, folder, bidirectional=True).segments


def test_largest_part():
    assert largest_part([(1, 2), (2, 1), (2, 3), (3, 4), (4, 5), (5, 3)]) == {3, 4, 5}
    assert largest_part([(5, 6), (6, 5), (1, 2), (2, 1)]) == {1, 2}


def test_which_relations_bind(drawn):
    at_2 = [("node", 2, "via")]
    file, folder = drawn(
        relation(1, turn(11, at_2, 13), restriction="no_left_turn"),
        relation(2, turn(11, at_2, 13), restriction="no_left_turn", **{"except": "psv;motorcar"}),
        relation(3, turn(11, at_2, 13), **{"restriction:hgv": "no_left_turn"}),
        relation(4, turn(11, at_2, 13), **{"restriction:conditional": "no_left_turn @ (07:00-09:00)"}),
        relation(5, turn(11, at_2, 12), restriction="only_straight_on"),
        relation(6, turn(11, [("node", 4, "via")], 13), restriction="no_left_turn"),
        relation(7, turn(11, [("way", 13, "via")], 14), restriction="only_right_turn"),
        relation(8, turn(11, [("way", 99, "via")], 14), restriction="no_right_turn"),
        relation(9, turn(11, at_2, 13), restriction="no_left_turn", **{"except": "bicycle"}),
        relation(10, turn(11, at_2, 13), restriction="no_left_turn", type="restriction:bus"),
    )
    segments = osmnx_graph(file, WAYS, folder).segments
    found = turn_restrictions(file, segments, "car")
    by_node = [Restriction(11, 13, "no", via_node=2)]
    assert found == {1: by_node, 7: [Restriction(11, 14, "only", via_ways=(13,))], 9: by_node}
    assert set(turn_restrictions(file, segments, "bike")) == {1, 2, 7}
    assert turn_restrictions(file, segments, "walk") == {}
