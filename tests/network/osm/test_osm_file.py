from pathlib import Path

import numpy as np
import pytest

from itas_mobility.network.osm import osm_file
from itas_mobility.network.osm.osm_file import RawRelation, RawWays, opened, read_nodes
from itas_mobility.network.tags import RELEVANT_KEYS
from network.osm_text import write_osm

STREET = {"highway": "residential"}


def read_ways(path, keys, *, only=None) -> RawWays:
    """Ways with one of some keys, or of some ids, and all turn restrictions."""
    with opened(path, "way", "relation", way_keys=keys) as text:
        return text.ways(only=None if only is None else np.fromiter(only, np.int64))


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


def test_tags_and_names_stand_once(tmp_path):
    ways = [
        ("ab", {"highway": "residential", "name": "A, B = C%", "surface_note": "x"}),
        ("bc", {"name": "A, B = C%", "note": "other", "highway": "residential"}),
        ("cd", {"highway": "residential", "ref": "K 9"}),
        ("de", {"highway": "primary", "name": "", "ref": "B 93"}),
        ("ef", {"highway": "primary", "name": "Straße 😀", "ref": "B 93"}),
        ("fg", {"highway": "primary"}),
    ]
    raw = read_ways(write_osm(tmp_path, ["abcdefg"], ways), ("highway",))
    assert raw.tag_sets == [{"highway": "residential"}, {"highway": "primary"}]
    assert raw.tag_row.tolist() == [0, 0, 0, 1, 1, 1]
    assert [raw.name(row) for row in range(6)] == ["A, B = C%", "A, B = C%", "K 9", "B 93", "Straße 😀", ""]
    assert len(raw.names) == len(set(raw.names))
    assert raw.ptr.tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert raw.ref[:4].tolist() == [1001, 1002, 1002, 1003]


def test_text_is_read_in_parts(tmp_path, monkeypatch):
    """Lines that are cut by the end of a part are put together again."""
    path = write_osm(tmp_path, ["abcdefg"], [("abcdefg", {**STREET, "name": "y" * 200}), ("gfa", STREET)])
    whole = read_ways(path, ("highway",))
    nodes = read_nodes(path, whole.ref, tag_keys=frozenset())
    for size in (1, 7, 64, 300):
        monkeypatch.setattr(osm_file, "_CHUNK", size)
        parts = read_ways(path, ("highway",))
        assert parts.ref.tolist() == whole.ref.tolist()
        assert [parts.name(row) for row in range(2)] == [whole.name(row) for row in range(2)]
        assert read_nodes(path, whole.ref).lon_deg.tolist() == nodes.lon_deg.tolist()


def test_nodes_are_those_of_pyosmium(tmp_path):
    import osmium

    rng = np.random.default_rng(3)
    places = [
        (i, float(x), float(y))
        for i, x, y in zip(range(1, 500), rng.uniform(-180, 180, 499), rng.uniform(-90, 90, 499), strict=True)
    ]
    places += [(600, -180.0, -90.0), (601, 180.0, 90.0), (602, -0.0000001, 0.0000001), (-5, 1e-7, -12.5)]
    path = tmp_path / "places.osm"
    lines = [f'<node id="{i}" lon="{x:.7f}" lat="{y:.7f}"/>' for i, x, y in places]
    path.write_text('<osm version="0.6">' + "".join(lines) + "</osm>")
    nodes = read_nodes(path, [i for i, _, _ in places])
    expected = {n.id: (n.location.lon, n.location.lat) for n in osmium.FileProcessor(str(path))}
    assert nodes.node_id.tolist() == sorted(expected)
    assert list(zip(nodes.lon_deg.tolist(), nodes.lat_deg.tolist(), strict=True)) == [
        expected[i] for i in sorted(expected)
    ]


def test_node_tags_are_kept_where_a_wanted_key_stands(tmp_path):
    tags = {"a": {"barrier": "gate", "note": "x"}, "b": {"note": "barrier=gate"}, "c": {"barrier": "bollard"}}
    path = write_osm(tmp_path, ["abc"], [("ab", STREET)], node_tags=tags)
    found = read_nodes(path, [1001, 1002], tag_keys=frozenset({"barrier"})).tags
    assert found == {1001: tags["a"]}


def test_only_some_ways(tmp_path):
    ways = read_ways(write_osm(tmp_path, ["abc"], [("ab", {}), ("bca", {}), ("ca", STREET)]), (), only={2002, 2003})
    assert ways.way_id.tolist() == [2002, 2003]
    assert ways.ref.tolist() == [1002, 1003, 1001, 1003, 1001]


@pytest.mark.shared_data
def test_a_real_extract_is_what_pyosmium_hands_over_one_by_one(shared_data):
    import osmium

    path = shared_data / "osm" / "krems.osm.gz"
    raw = read_ways(path, ("highway",))
    slow = {
        way.id: ([node.ref for node in way.nodes], {t.k: t.v for t in way.tags})
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    }
    assert set(raw.way_id.tolist()) == set(slow)
    for row, way_id in enumerate(raw.way_id.tolist()):
        refs, tags = slow[way_id]
        assert raw.ref[raw.ptr[row] : raw.ptr[row + 1]].tolist() == refs
        assert raw.tag_sets[raw.tag_row[row]] == {k: v for k, v in tags.items() if k in RELEVANT_KEYS}
        assert raw.name(row) == (tags.get("name") or tags.get("ref") or "")
