import json

import numpy as np
import pytest
import shapely

from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm, read_osm_modes
from itas_mobility.network.osm.clip import find_clip, is_inside
from network.osm_text import SOUTH, STEP_LAT, STEP_LON, WEST, osm_text, write_osm

STREET = {"highway": "residential"}
LINE = ["abcde"]
BOX = (WEST - 0.1 * STEP_LON, SOUTH - STEP_LAT, WEST + 2.5 * STEP_LON, SOUTH + STEP_LAT)
"""Holds a, b and c of the line."""
# the border p q r s runs around a, b and c
TOWN = ["p     q", " abcde ", "s     r"]
BORDER = {"boundary": "administrative", "admin_level": "8", "name": "Mosel", "type": "boundary"}
KEY = "de:amtlicher_gemeindeschluessel"


def ids(roads):
    return set(roads.node_id.tolist())


def line(tmp_path):
    return write_osm(tmp_path, LINE, [("abcde", STREET)])


def ring(*corners):
    return [(float(x), float(y)) for x, y in corners]


def poly_text(*rings):
    lines = ["area"]
    for name, points in rings:
        lines += [name, *(f"   {x:.7E}   {y:.7E}" for x, y in points), "END"]
    return "\n".join([*lines, "END", ""])


def corners(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north), (west, south))


def area_file(tmp_path, ways, members, tags=None, **more):
    drawing = ["p q z", "abcde", "s r  "]
    everything = [("abcde", STREET), *ways]
    return write_osm(tmp_path, drawing, everything, relations=[(members, {**BORDER, **(tags or {})})], **more)


CLOSED = ([("pq", {}), ("rq", {}), ("rs", {}), ("sp", {})], [("way", 2002 + i, "outer") for i in range(4)])


class TestShapes:
    def test_ways_end_at_the_last_node_inside(self, tmp_path):
        for clip in (
            BOX,
            list(BOX),
            np.array(BOX).tolist(),
            shapely.box(*BOX),
            shapely.MultiPolygon([shapely.box(*BOX)]),
        ):
            roads = read_osm(line(tmp_path), clip=clip, simplify=False)
            assert ids(roads) == {1001, 1002, 1003}
            assert roads.report.counts["nodes outside the clip"] == 2
            assert roads.length_m.max() < 101

    def test_a_way_that_leaves_and_comes_back_is_two(self, tmp_path):
        hole = shapely.box(WEST + 1.5 * STEP_LON, SOUTH - 1, WEST + 2.5 * STEP_LON, SOUTH + 1)
        clip = shapely.box(WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1).difference(hole)
        roads = read_osm(line(tmp_path), clip=clip, keep="all", simplify=False)
        assert ids(roads) == {1001, 1002, 1004, 1005}
        assert roads.n_links == 4

    def test_the_border_is_inside(self):
        inside = is_inside((0.0, 0.0, 1.0, 1.0), np.array([0.0, 1.0, 1.1]), np.array([0.0, 1.0, 0.5]))
        assert inside.tolist() == [True, True, False]
        same = is_inside(shapely.box(0, 0, 1, 1), np.array([0.0, 1.0, 1.1]), np.array([0.0, 1.0, 0.5]))
        assert same.tolist() == inside.tolist()

    @pytest.mark.parametrize(
        "clip",
        [
            (13.0, 50.0, 12.0, 51.0),
            (1.0, 2.0, 3.0),
            (1.0, 2.0, 3.0, float("nan")),
            ("a", "b", "c", "d"),
            shapely.Point(12, 50),
            shapely.Polygon(),
            shapely.box(400000, 5600000, 410000, 5610000),
            shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
            True,
            3.5,
            {"west": 1},
        ],
    )
    def test_what_is_no_area(self, tmp_path, clip):
        with pytest.raises(NetworkError, match="clip"):
            read_osm(line(tmp_path), clip=clip)

    def test_modes_are_clipped_alike(self, tmp_path):
        for roads in read_osm_modes(line(tmp_path), ("car", "walk"), clip=BOX, simplify=False).values():
            assert ids(roads) == {1001, 1002, 1003}


class TestFiles:
    def test_geojson_geopackage_shapefile_and_poly(self, tmp_path):
        import geopandas

        frame = geopandas.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(*BOX)], crs="EPSG:4326")
        frame.to_file(tmp_path / "area.geojson", driver="GeoJSON")
        frame.to_crs("EPSG:25833").to_file(tmp_path / "area.gpkg", driver="GPKG")
        frame.to_crs("EPSG:25833").to_file(tmp_path / "area.shp")
        (tmp_path / "area.poly").write_text(poly_text(("1", corners(*BOX))))
        path = line(tmp_path)
        for suffix in ("geojson", "gpkg", "shp", "poly"):
            area = tmp_path / f"area.{suffix}"
            assert ids(read_osm(path, clip=area, simplify=False)) == {1001, 1002, 1003}, suffix
            assert ids(read_osm(path, clip=str(area), simplify=False)) == {1001, 1002, 1003}, suffix

    def test_holes_and_several_parts_of_a_poly_file(self, tmp_path):
        path = tmp_path / "area.poly"
        path.write_text(
            poly_text(("1", corners(0, 0, 4, 4)), ("!2", corners(1, 1, 2, 2)), ("3", corners(10, 10, 11, 11)))
        )
        assert find_clip(path).area == pytest.approx(16 - 1 + 1)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "line 0"),
            ("area\n", "cut off"),
            ("area\n1\n 0 0\n 1 0\n", "cut off"),
            ("area\n1\n 0 zero\nEND\nEND\n", "line 3: '0 zero' is not two numbers"),
            ("area\n1\n 0 0 0\nEND\nEND\n", "line 3"),
            ("area\n1\n 0 0\n 1 0\nEND\nEND\n", "line 2: the ring that begins here has fewer than three points"),
            ("area\n1\n 0 0\n 1 1\n 1 0\n 0 1\nEND\nEND\n", "line 2: the ring that begins here crosses itself"),
            ("area\n1\n 500 0\n 501 0\n 501 1\nEND\nEND\n", "in degrees"),
        ],
    )
    def test_bad_poly_files(self, tmp_path, text, said):
        path = tmp_path / "area.poly"
        path.write_text(text)
        with pytest.raises(NetworkError, match=r"area\.poly.*") as caught:
            find_clip(path)
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        "content",
        [
            "no json",
            "{}",
            json.dumps({"type": "FeatureCollection", "features": []}),
            json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}),
        ],
    )
    def test_bad_geojson(self, tmp_path, content):
        path = tmp_path / "area.geojson"
        path.write_text(content)
        with pytest.raises(NetworkError, match=r"area\.geojson"):
            find_clip(path)

    def test_missing_and_unknown(self, tmp_path):
        with pytest.raises(NetworkError, match=r"none\.poly: no such polygon file"):
            find_clip(tmp_path / "none.poly")
        (tmp_path / "area.txt").touch()
        with pytest.raises(NetworkError, match="not a polygon file"):
            find_clip(tmp_path / "area.txt")


class TestAreasOfTheMap:
    @pytest.mark.parametrize("clip", ["Mosel", "14524330", 3001])
    def test_by_name_key_and_relation(self, tmp_path, clip):
        path = area_file(tmp_path, *CLOSED, {KEY: "14 5 24 330"})
        assert ids(read_osm(path, clip=clip, simplify=False)) == {1001, 1002, 1003}

    def test_regional_keys_of_a_district(self, tmp_path):
        path = area_file(tmp_path, *CLOSED, {"de:regionalschluessel": "145240000000"})
        assert find_clip("14524", map_file=path).area > 0

    def test_an_inner_border_is_a_hole(self, tmp_path):
        ways = [*CLOSED[0], ("bzcb", {})]
        members = [*CLOSED[1], ("way", 2006, "inner")]
        whole = find_clip("Mosel", map_file=area_file(tmp_path, *CLOSED))
        holed = find_clip("Mosel", map_file=area_file(tmp_path, ways, members, name="holed.osm"))
        assert holed.area < whole.area

    def test_a_border_of_one_closed_way(self, tmp_path):
        path = area_file(tmp_path, [("pqrsp", {})], [("way", 2002, "outer")])
        assert ids(read_osm(path, clip="Mosel", simplify=False)) == {1001, 1002, 1003}

    def test_incomplete_borders_are_refused_by_name(self, tmp_path):
        ways, members = CLOSED
        lost_way = area_file(tmp_path, ways, [*members, ("way", 77, "outer")])
        with pytest.raises(NetworkError, match=r"relation 3001 \(Mosel\).*does not hold way 77"):
            read_osm(lost_way, clip="Mosel")
        with pytest.raises(NetworkError, match=r"relation 3001 \(Mosel\).*not whole: it ends at node"):
            read_osm(area_file(tmp_path, ways[:3], members[:3]), clip="Mosel")
        text = osm_text(
            ["p q z", "abcde", "s r  "], [("abcde", STREET), *ways], relations=[(members, BORDER)]
        ).splitlines()
        (tmp_path / "node.osm").write_text("\n".join(x for x in text if 'node id="1016"' not in x))
        with pytest.raises(NetworkError, match=r"\(Mosel\).*does not hold node 1016"):
            read_osm(tmp_path / "node.osm", clip="Mosel")

    def test_unknown_and_ambiguous_names(self, tmp_path):
        path = area_file(tmp_path, *CLOSED)
        with pytest.raises(NetworkError, match="holds no administrative area 'Mülsen'; areas of the file: Mosel"):
            read_osm(path, clip="Mülsen")
        twice = write_osm(
            tmp_path,
            ["p q z", "abcde", "s r  "],
            [("abcde", STREET), *CLOSED[0]],
            relations=[(CLOSED[1], BORDER), (CLOSED[1], {**BORDER, "admin_level": "9"})],
        )
        with pytest.raises(NetworkError, match=r"relation 3001 \(level 8\), relation 3002 \(level 9\)"):
            read_osm(twice, clip="Mosel")
        assert find_clip(3002, map_file=twice).area > 0

    def test_names_are_no_paths(self, tmp_path):
        path = area_file(tmp_path, *CLOSED, {"name": "../../etc/passwd"})
        assert find_clip("../../etc/passwd", map_file=path).area > 0

    def test_areas_need_a_file(self):
        with pytest.raises(NetworkError, match="can be looked up in files only"):
            find_clip("Mosel")
