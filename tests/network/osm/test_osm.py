import bz2
import gzip

import numpy as np
import pytest

from itas_mobility.core import RoadClass
from itas_mobility.errors import NetworkError
from itas_mobility.network import LINK_DEFAULTS, LinkDefaults, read_osm, read_osm_modes
from network.osm_text import SOUTH, STEP_LAT, STEP_LON, WEST, osm_text, write_osm

STREET = {"highway": "residential"}
SQUARE = ["a b", "   ", "d c"]


def ids(roads):
    return set(roads.node_id.tolist())


def pairs(roads):
    return sorted(zip(roads.node_id[roads.tail].tolist(), roads.node_id[roads.head].tolist(), strict=True))


def test_length_time_geometry_and_ways_of_a_bent_street(tmp_path):
    path = write_osm(
        tmp_path, ["abc", "  d"], [("abc", {**STREET, "maxspeed": "50"}), ("cd", {**STREET, "maxspeed": "50"})]
    )
    roads = read_osm(path)
    assert pairs(roads) == [(1001, 1004), (1004, 1001)]
    assert roads.length_m == pytest.approx([300.0, 300.0], rel=1e-3)
    assert roads.free_time_s == pytest.approx(roads.length_m / (45 / 3.6))
    first = roads.way_id[roads.way_ptr[0] : roads.way_ptr[1]]
    assert first.tolist() == [2001, 2002]
    assert roads.way_id[roads.way_ptr[1] : roads.way_ptr[2]].tolist() == [2002, 2001]
    lon = roads.shape_lon_deg[: roads.shape_ptr[1]]
    assert lon == pytest.approx([WEST, WEST + STEP_LON, WEST + 2 * STEP_LON, WEST + 2 * STEP_LON], abs=1e-6)
    assert roads.shape_lon_deg[roads.shape_ptr[1] :] == pytest.approx(lon[::-1])


def test_simplification_stops_where_an_attribute_changes(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("ab", {**STREET, "maxspeed": "50"}), ("bc", {**STREET, "maxspeed": "30"})])
    assert ids(read_osm(path)) == {1001, 1002, 1003}


def test_unsimplified_has_every_node_of_a_way(tmp_path):
    path = write_osm(tmp_path, ["abcd"], [("abcd", STREET)])
    assert read_osm(path, simplify=False).n_nodes == 4
    assert read_osm(path).n_nodes == 2


def test_every_compression_gives_the_same_network(tmp_path):
    import osmium

    text = osm_text(SQUARE, [("abcda", STREET), ("ac", STREET)]).encode()
    plain = tmp_path / "town.osm"
    plain.write_bytes(text)
    (tmp_path / "town.osm.gz").write_bytes(gzip.compress(text))
    (tmp_path / "town.osm.bz2").write_bytes(bz2.compress(text))
    with osmium.SimpleWriter(str(tmp_path / "town.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    reference = read_osm(plain)
    assert reference.n_links == 6
    for suffix in (".osm.gz", ".osm.bz2", ".osm.pbf"):
        other = read_osm(tmp_path / f"town{suffix}")
        assert other.link_key.tolist() == reference.link_key.tolist()
        assert other.length_m.tolist() == reference.length_m.tolist()


def test_file_order_does_not_matter_and_keys_outlive_changes_elsewhere(tmp_path):
    drawing = ["abc", "def"]
    ways = [("abc", STREET), ("def", STREET), ("ad", STREET), ("cf", STREET), ("be", STREET)]
    roads = read_osm(write_osm(tmp_path, drawing, ways))
    lines = osm_text(drawing, ways).splitlines()
    turned = tmp_path / "turned.osm"
    turned.write_text("\n".join([*lines[:2], *lines[2:-1][::-1], lines[-1]]), encoding="utf-8")
    other = read_osm(turned)
    assert other.link_key.tolist() == roads.link_key.tolist()
    assert other.shape_lat_deg.tolist() == roads.shape_lat_deg.tolist()
    # a new street at the end leaves all keys that do not touch it
    longer = read_osm(write_osm(tmp_path, ["abc ", "defg"], [*ways, ("fg", STREET)], name="longer.osm"))
    assert len(set(longer.link_key) & set(roads.link_key)) >= roads.n_links - 4
    assert len(set(roads.link_key)) == roads.n_links


def test_ways_break_at_missing_nodes_instead_of_bridging_them(tmp_path):
    text = osm_text(["abcde"], [("abcde", STREET)])
    path = tmp_path / "cut.osm"
    path.write_text("\n".join(line for line in text.splitlines() if 'node id="1003"' not in line), encoding="utf-8")
    roads = read_osm(path, keep="all")
    assert pairs(roads) == [(1001, 1002), (1002, 1001), (1004, 1005), (1005, 1004)]
    assert roads.report.counts["node references missing from the file"] == 1
    assert roads.length_m.max() < 101


def test_largest_part_and_what_was_dropped(tmp_path):
    path = write_osm(tmp_path, ["abc e", "    f"], [("abc", STREET), ("ef", STREET)])
    roads = read_osm(path)
    assert ids(roads) == {1001, 1003}
    counts = roads.report.counts
    assert counts["strongly connected parts"] == 2
    assert counts["nodes outside the largest part"] == 2
    assert counts["metres of links outside the largest part"] == 200
    assert ids(read_osm(path, keep="all")) == {1001, 1003, 1005, 1006}


def test_a_way_into_a_dead_end_that_nobody_may_leave_is_dropped(tmp_path):
    path = write_osm(tmp_path, SQUARE, [("abcda", STREET), ("ac", {**STREET, "oneway": "yes"})])
    assert (1001, 1003) in pairs(read_osm(path))
    trap = write_osm(tmp_path, ["abc"], [("ab", STREET), ("bc", {**STREET, "oneway": "yes"})], name="trap.osm")
    assert ids(read_osm(trap)) == {1001, 1002}


def test_repeated_references_loops_and_coincident_nodes(tmp_path):
    drawing = ["ab c", "  de"]
    path = write_osm(tmp_path, drawing, [("aab", STREET), ("bdeb", STREET), ("bc", STREET)])
    roads = read_osm(path)
    assert roads.report.counts["repeated node references"] == 1
    assert not (roads.tail == roads.head).any()
    whole = sum(read_osm(path, simplify=False).length_m)
    assert roads.length_m.sum() == pytest.approx(whole)
    text = osm_text(["ab"], [("abc", STREET)]).replace(
        "<way", f'<node id="1003" version="1" lat="{SOUTH:.7f}" lon="{WEST + STEP_LON:.7f}"/>\n<way', 1
    )
    same = tmp_path / "same.osm"
    same.write_text(text, encoding="utf-8")
    roads = read_osm(same, simplify=False)
    assert roads.report.counts["links of no length"] == 2
    assert np.isfinite(roads.free_speed_km_per_h).all()
    assert (roads.free_time_s > 0).all()


def test_ring_road_keeps_nodes_and_length(tmp_path):
    path = write_osm(tmp_path, SQUARE, [("abcda", {**STREET, "junction": "roundabout"})])
    roads = read_osm(path)
    assert roads.length_m.sum() == pytest.approx(800, rel=1e-3)
    assert not (roads.tail == roads.head).any()


def test_parallel_ways_keep_their_own_links_and_keys(tmp_path):
    path = write_osm(tmp_path, ["ab", "cd"], [("ab", STREET), ("acdb", STREET)])
    roads = read_osm(path, keep="all")
    assert roads.n_links == len(set(roads.link_key.tolist()))
    assert roads.length_m.sum() == pytest.approx(2 * 400, rel=1e-3)


def test_barrier_cuts_the_road_for_cars_only(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("abc", STREET)], node_tags={"b": {"barrier": "bollard"}})
    car = read_osm(path, keep="all")
    assert car.n_nodes == 4
    assert car.report.counts["barriers that close the road"] == 1
    assert read_osm(path, mode="bike").n_nodes == 2
    assert ids(read_osm(path)) == {1001, 1002}  # of two equal parts the one with the lowest node


def test_clip_by_box_and_by_polygon(tmp_path):
    import shapely

    path = write_osm(tmp_path, ["abcde"], [("abcde", STREET)])
    box = (WEST - 0.1 * STEP_LON, SOUTH - STEP_LAT, WEST + 2.5 * STEP_LON, SOUTH + STEP_LAT)
    for clip in (box, shapely.box(*box)):
        roads = read_osm(path, clip=clip, simplify=False)
        assert ids(roads) == {1001, 1002, 1003}
        assert roads.report.counts["nodes outside the clip"] == 2
    with pytest.raises(NetworkError, match="must be"):
        read_osm(path, clip=(13.0, 50.0, 12.0, 51.0))
    with pytest.raises(NetworkError, match="inside the clip"):
        read_osm(path, clip=(0.0, 0.0, 1.0, 1.0))


def test_link_defaults_override_single_classes(tmp_path):
    path = write_osm(tmp_path, ["ab"], [("ab", {"highway": "secondary"})])
    usual = read_osm(path)
    assert usual.capacity_veh_per_h.tolist() == [LINK_DEFAULTS[RoadClass.SECONDARY].capacity_per_lane_veh_per_h] * 2
    given = read_osm(path, link_defaults={RoadClass.SECONDARY: LinkDefaults(1234, 40, 70, 1.0, 0.5, 6.0)})
    assert given.capacity_veh_per_h.tolist() == [1234.0] * 2
    assert given.free_speed_km_per_h.tolist() == [70.0] * 2
    assert given.vdf_beta.tolist() == [6.0] * 2
    with pytest.raises(NetworkError, match="link_defaults"):
        read_osm(path, link_defaults={"secondary": 3})


def test_capacity_goes_with_lanes(tmp_path):
    one_way = {"highway": "primary", "lanes": "3", "oneway": "yes"}
    roads = read_osm(write_osm(tmp_path, ["ab"], [("ab", one_way), ("ba", one_way)]))
    assert roads.capacity_veh_per_h == pytest.approx([4500.0, 4500.0])


def test_walking_networks_have_no_capacity_limit(tmp_path):
    roads = read_osm(write_osm(tmp_path, ["ab"], [("ab", {"highway": "footway"})]), mode="foot")
    assert np.isinf(roads.capacity_veh_per_h).all()
    assert (roads.vdf_alpha == 0).all()


def test_duplicates_in_the_file_are_counted_once(tmp_path):
    lines = osm_text(["ab"], [("ab", STREET)]).splitlines()
    path = tmp_path / "twice.osm"
    path.write_text("\n".join([*lines[:2], lines[2], *lines[2:-1], lines[-2], lines[-1]]), encoding="utf-8")
    roads = read_osm(path)
    assert roads.n_links == 2
    assert roads.report.counts["nodes that stand twice in the file"] == 1
    assert roads.report.counts["ways that stand twice in the file"] == 1


def test_bad_arguments_and_files(tmp_path):
    path = write_osm(tmp_path, ["ab"], [("ab", {"highway": "footway"})])
    with pytest.raises(NetworkError, match=r"town\.osm: holds no way that is open for mode 'car'"):
        read_osm(path)
    with pytest.raises(NetworkError, match="either a file or place"):
        read_osm()
    with pytest.raises(NetworkError, match="either a file or place"):
        read_osm(path, place="Zwickau")
    with pytest.raises(NetworkError, match="keep='most'"):
        read_osm(path, keep="most")
    with pytest.raises(NetworkError, match="no such file"):
        read_osm(tmp_path / "none.osm")
    with pytest.raises(NetworkError, match="not an OpenStreetMap file name"):
        read_osm(tmp_path / "roads.txt")
    (tmp_path / "empty.osm").touch()
    with pytest.raises(NetworkError, match=r"empty\.osm: byte 0: the file is empty"):
        read_osm(tmp_path / "empty.osm")
    (tmp_path / "folder.osm").mkdir()
    with pytest.raises(NetworkError, match="is a folder"):
        read_osm(tmp_path / "folder.osm")


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ('lat="95.0"', "node 1001"),
        ('lat="abc"', "node 1001"),
        ('lat=""', "node 1001"),
    ],
)
def test_impossible_coordinates_name_the_node(tmp_path, broken, place):
    text = osm_text(["ab"], [("ab", STREET)]).replace(f'lat="{SOUTH:.7f}"', broken, 1)
    path = tmp_path / "bad.osm"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NetworkError, match=place):
        read_osm(path)


def test_truncated_gzip_names_the_byte(tmp_path):
    packed = gzip.compress(osm_text(SQUARE, [("abcda", STREET)]).encode())
    path = tmp_path / "cut.osm.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(NetworkError, match=r"cut\.osm\.gz: byte"):
        read_osm(path)


def test_names_are_kept_as_they_are(tmp_path):
    hostile = '<script>alert("x")</script>'
    roads = read_osm(write_osm(tmp_path, ["ab"], [("ab", {**STREET, "name": hostile})]))
    assert set(roads.name) == {hostile}
    assert "<script>" not in roads._repr_html_() + roads.report._repr_html_()


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "least_links"),
    [
        ("osm/bautzen.osm", 20),
        ("osm/berlin-siegessaeule.osm.gz", 10),
        ("osm/krems.osm.gz", 300),
        ("osm/liechtenstein.osm.pbf", 2000),
        ("osm/testfeldnds_main_roads.osm.gz", 10000),
        ("region_badhersfeld/badhersfeld.osm.gz", 4500),
    ],
)
def test_real_extracts(shared_data, file, least_links):
    roads = read_osm(shared_data / file)
    assert roads.n_links >= least_links
    assert roads.report.counts["links"] == roads.n_links
    assert (roads.free_time_s > 0).all()
    assert not (roads.tail == roads.head).any()
    # courses begin and end at the nodes, and no link is shorter than its beeline
    first, last = roads.shape_ptr[:-1], roads.shape_ptr[1:] - 1
    assert np.array_equal(roads.shape_lon_deg[first], roads.node_lon_deg[roads.tail])
    assert np.array_equal(roads.shape_lat_deg[last], roads.node_lat_deg[roads.head])


@pytest.mark.shared_data
def test_simplification_keeps_lengths_of_a_real_town(shared_data):
    path = shared_data / "region_badhersfeld" / "badhersfeld.osm.gz"
    fine, coarse = read_osm(path, simplify=False), read_osm(path)
    assert coarse.n_links < fine.n_links / 3
    assert coarse.length_m.sum() == pytest.approx(fine.length_m.sum(), rel=1e-12)
    assert coarse.free_time_s.sum() == pytest.approx(fine.free_time_s.sum(), rel=1e-6)
    assert set(coarse.way_id) == set(fine.way_id)


def test_several_modes_at_once_are_the_single_ones(tmp_path):
    ways = [("abcda", STREET), ("ac", {"highway": "footway"}), ("bd", {"highway": "cycleway"})]
    path = write_osm(tmp_path, SQUARE, ways, node_tags={"b": {"barrier": "bollard"}})
    for mode, roads in read_osm_modes(path, ("car", "bike", "foot")).items():
        single = read_osm(path, mode=mode)
        for column in ("link_key", "node_id", "length_m", "free_time_s", "shape_lon_deg", "way_id", "modes"):
            assert getattr(roads, column).tolist() == getattr(single, column).tolist()
        assert dict(roads.report.counts) == {
            **single.report.counts,
            "ways with a road or rail class": roads.report.counts["ways with a road or rail class"],
        }
    with pytest.raises(NetworkError, match="mode 'plane' is not known"):
        read_osm_modes(path, ("car", "plane"))
