from pathlib import Path

from osm_text import write_osm

from itas_mobility.network.osm_file import RawRelation, read_ways

STREET = {"highway": "residential"}


def test_turn_restrictions_come_with_the_ways(tmp_path):
    members = [("way", 2001, "from"), ("node", 1002, "via"), ("way", 2002, "to")]
    turn = {"type": "restriction", "restriction": "no_left_turn", "except": "bus"}
    relations = [
        (members, turn),
        (members, {"type": "restriction:hgv", "restriction:hgv": "no_u_turn"}),
        (members, {"type": "route", "route": "bus"}),
        (members, {"name": "no type"}),
    ]
    ways = read_ways(write_osm(tmp_path, ["abc"], [("ab", STREET), ("bc", STREET)], relations=relations), ("highway",))
    assert [r.relation_id for r in ways.restrictions] == [3001, 3002]
    short = [("w", 2001, "from"), ("n", 1002, "via"), ("w", 2002, "to")]
    assert ways.restrictions[0] == RawRelation(3001, turn, short)
    assert list(ways.way_id) == [2001, 2002]


def test_a_file_without_relations_has_no_restrictions(tmp_path):
    path: Path = write_osm(tmp_path, ["ab"], [("ab", STREET)])
    assert read_ways(path, ("highway",)).restrictions == []
