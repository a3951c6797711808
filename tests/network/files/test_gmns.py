"""GMNS: the same network comes back; tables of others are read with what had to be assumed; faults name their place."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings

from itas_mobility.core import Mode, RoadClass
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network import grid, read_gmns, read_osm, shortest_route, write_gmns
from network.made_networks import HOSTILE, junction, networks, same


def test_all_that_is_special_survives(tmp_path):
    roads = junction(names=HOSTILE)
    write_gmns(roads, tmp_path / "net")
    again = read_gmns(tmp_path / "net")
    same(again, roads)
    assert dict(again.report.counts) == {"links": 8, "nodes": 7, "zones": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["net"]


@settings(max_examples=60)
@given(roads=networks())
def test_any_network_survives(tmp_path_factory, roads):
    folder = tmp_path_factory.mktemp("any") / "net"
    write_gmns(roads, folder)
    same(read_gmns(folder), roads)


@pytest.mark.shared_data
@pytest.mark.parametrize("mode", ["car", "bike"])
def test_a_real_town_survives(shared_data, tmp_path, mode):
    roads = read_osm(shared_data / "osm" / "krems.osm.gz", mode=mode)
    write_gmns(roads, tmp_path / "net")
    same(read_gmns(tmp_path / "net"), roads)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_other_programs_see(tmp_path):
    write_gmns(junction(), tmp_path / "net")
    config = rows_of(tmp_path / "net" / "config.csv")
    assert len(config) == 1
    assert (config[0]["long_length"], config[0]["speed"], config[0]["crs"]) == ("m", "km/h", "EPSG:4326")
    links = {row["link_id"]: row for row in rows_of(tmp_path / "net" / "link.csv")}
    assert float(links["13"]["capacity"]) * 2 == pytest.approx(1900 / 3)  # of one of two lanes
    assert links["11"]["capacity"] == "INF"
    assert links["15"]["facility_type"] == "turn"
    assert links["16"]["allowed_uses"] == "car,bus"
    nodes = {row["node_id"]: row for row in rows_of(tmp_path / "net" / "node.csv")}
    assert nodes[str(1 + 2**48)]["parent_node_id"] == "1"
    assert [row["node_type"] for row in nodes.values()].count("centroid") == 1
    assert rows_of(tmp_path / "net" / "zone.csv") == [{"zone_id": "1"}]
    uses = {use for row in links.values() for use in row["allowed_uses"].split(",")}
    assert uses <= {row["use"] for row in rows_of(tmp_path / "net" / "use_definition.csv")}
    # from the west-going link 13 back to the north-east: a sharp right turn, 3.5 s; the cycleway is for no car
    assert rows_of(tmp_path / "net" / "movement.csv") == [
        {
            "mvmt_id": "1", "node_id": "1", "ib_link_id": "13", "ob_link_id": "14", "type": "right", "penalty": "3.5",
            "allowed_uses": "car", "turn_link_id": "15",
        }
    ]  # fmt: skip


def test_no_cell_is_a_formula(tmp_path):
    write_gmns(junction(names=HOSTILE), tmp_path / "net")
    numbers = {"from_node_id", "to_node_id", "link_id", "node_id", "x_coord", "y_coord", "ib_link_id", "ob_link_id"}
    seen = 0
    for path in (tmp_path / "net").iterdir():
        for row in rows_of(path):
            for name, cell in row.items():
                if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
                    assert name in numbers
                    float(cell)
                seen += 1
    assert seen > 100


def test_an_old_folder_is_replaced_and_a_strange_one_is_not(tmp_path):
    write_gmns(junction(), tmp_path / "net")
    write_gmns(grid(2, 2), tmp_path / "net")
    same(read_gmns(tmp_path / "net"), grid(2, 2))
    assert sorted(entry.name for entry in (tmp_path / "net").iterdir()) == [
        "config.csv", "link.csv", "node.csv", "use_definition.csv",
    ]  # fmt: skip
    (tmp_path / "net" / "letter.txt").write_text("dear")
    with pytest.raises(NetworkError, match=r"holds 'letter\.txt', which is no table"):
        write_gmns(grid(2, 2), tmp_path / "net")
    assert (tmp_path / "net" / "letter.txt").read_text() == "dear"
    with pytest.raises(NetworkError, match="give a folder in an existing one"):
        write_gmns(grid(2, 2), tmp_path / "none" / "net")


def test_failed_writing_keeps_the_old_folder(monkeypatch, tmp_path):
    write_gmns(grid(2, 2), tmp_path / "net")

    def broken(*args):
        raise NetworkError("disk full")

    monkeypatch.setattr("itas_mobility.network.files.gmns.write_text", broken)
    with pytest.raises(NetworkError, match="disk full"):
        write_gmns(grid(3, 3), tmp_path / "net")
    same(read_gmns(tmp_path / "net"), grid(2, 2))
    assert [entry.name for entry in tmp_path.iterdir()] == ["net"]


FOREIGN = {
    "config.csv": "dataset_name,long_length,speed,crs\nTown,mile,mph,4326\n",
    "node.csv": "node_id,x_coord,y_coord,node_type,zone_id\n7,12.0,50.0,,\n3,12.01,50.0,,\n9,12.01,50.01,Centroid,1\n",
    "link.csv": (
        "link_id,name,from_node_id,to_node_id,directed,geometry,dir_flag,length,facility_type,capacity,free_speed,lanes,"
        "allowed_uses,toll\n"
        '1,Main,7,3,TRUE,"LINESTRING (12 50, 12.005 50.001, 12.01 50)",1,0.5,Freeway,1000,25,2,"AUTO, BIKE",1.5\n'
        '2,Main,3,7,1,"LINESTRING (12 50, 12.005 50.001, 12.01 50)",-1,0.5,arterial,1000,25,2,AUTO,\n'
        "3,'quoted,7,3,FALSE,,0,,mystery,,,,,\n"
        "4,,9,3,false,,,0.1,,900,30,1,all,\n"
        "5,Walk,7,3,true,,,0.1,sidewalk,,3,1,WALK,\n"
    ),
}


def save(folder, tables):
    for name, text in tables.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_tables_of_others(tmp_path):
    roads = read_gmns(save(tmp_path, FOREIGN))
    assert roads.node_id.tolist() == [9, 7, 3]  # the centroid first
    assert (roads.n_zones, roads.first_through, roads.mode) == (1, 1, Mode.CAR)
    links = {
        (int(roads.node_id[a]), int(roads.node_id[b]), str(name)): row
        for row, (a, b, name) in enumerate(zip(roads.tail, roads.head, roads.name, strict=True))
    }
    assert set(links) == {(7, 3, "Main"), (3, 7, "Main"), (7, 3, "'quoted"), (3, 7, "'quoted"), (9, 3, ""), (3, 9, "")}
    there, back = links[7, 3, "Main"], links[3, 7, "Main"]
    assert roads.length_m[there] == 0.5 * 1609.344
    assert roads.free_speed_km_per_h[there] == pytest.approx(25 * 1.609344)
    assert roads.free_time_s[there] == pytest.approx(0.5 / 25 * 3600)
    assert roads.capacity_veh_per_h[there] == 2000.0
    assert roads.road_class[[there, back]].tolist() == [RoadClass.MOTORWAY, RoadClass.PRIMARY]
    assert roads.modes[there] == Mode.CAR | Mode.BIKE
    assert roads.toll_eur[[there, back]].tolist() == [1.5, 0.0]
    courses = [roads.shape_lon_deg[roads.shape_ptr[row] : roads.shape_ptr[row + 1]].tolist() for row in (there, back)]
    assert courses == [[12, 12.005, 12.01], [12.01, 12.005, 12]]
    bare = [links[7, 3, "'quoted"], links[3, 7, "'quoted"]]
    assert roads.length_m[bare] == pytest.approx([714.7] * 2, rel=1e-3)
    assert roads.road_class[bare].tolist() == [RoadClass.OTHER] * 2
    assert roads.road_class[[links[9, 3, ""], links[3, 9, ""]]].tolist() == [RoadClass.CONNECTOR] * 2
    assert np.unique(roads.link_key).size == 6
    assert dict(roads.report.counts) == {
        "links": 6,
        "nodes": 3,
        "zones": 1,
        "links of unknown facility_type (class: other)": 2,
        "links without lanes (assumed by class)": 1,
        "links without capacity (assumed by class)": 2,
        "links without free_speed (assumed by class)": 1,
        "links without allowed_uses (open to all road users)": 1,
        "links without length (measured along their course)": 1,
        "links closed to the mode": 1,
        "undirected links (each becomes two)": 2,
    }
    assert shortest_route(roads, 7, 3).length_m == pytest.approx(714.7, rel=1e-3)
    assert read_gmns(tmp_path, mode="walk").n_links == 5


def test_units_of_the_caller_and_ids_of_any_kind(tmp_path):
    nodes = "\ufeffnode_id,x_coord,y_coord\r\nA,12.0,50.0\r\nB,12.01,50.0\r\n"
    links = "link_id,from_node_id,to_node_id,directed,length,free_speed\r\nx,A,B,true,2,50\r\n\r\ny,B,A,true,2,50\r\n"
    save(tmp_path, {"node.csv": nodes, "link.csv": links})
    with pytest.raises(NetworkError, match=r"does not state the unit of free_speed .*; give speed_unit="):
        read_gmns(tmp_path)
    with pytest.raises(NetworkError, match=r"does not state the unit of length .*; give length_unit="):
        read_gmns(tmp_path, speed_unit="km/h")
    roads = read_gmns(tmp_path, length_unit="km", speed_unit="km/h")
    assert roads.length_m.tolist() == [2000.0, 2000.0]
    assert roads.node_id.tolist() == [1, 2]
    assert roads.report.counts["node ids that are no whole numbers (nodes are numbered from 1)"] == 2
    assert roads.report.counts["coordinate systems assumed (degrees, EPSG:4326)"] == 1
    # keys follow from ids, not from rows
    head, first, _, second = links.splitlines(keepends=True)
    (tmp_path / "link.csv").write_text(head + second + first)
    again = read_gmns(tmp_path, length_unit="km", speed_unit="km/h")
    assert again.link_key.tolist() == roads.link_key.tolist()


def test_projected_coordinates_and_shared_geometry(tmp_path):
    tables = {
        "config.csv": "long_length,speed,crs\nm,km/h,EPSG:25833\n",
        "node.csv": "node_id,x_coord,y_coord\n1,320000,5620000\n2,321000,5620000\n",
        "link.csv": "link_id,from_node_id,to_node_id,directed,geometry_id,free_speed\n5,1,2,true,g,50\n",
        "geometry.csv": 'geometry_id,geometry\ng,"LINESTRING (320000 5620000, 320500 5620100, 321000 5620000)"\n',
    }
    roads = read_gmns(save(tmp_path, tables))
    assert roads.shape_ptr.tolist() == [0, 3]
    assert roads.length_m[0] == pytest.approx(2 * np.hypot(500, 100), rel=5e-3)  # the sphere against the ellipsoid
    assert 12 < roads.node_lon_deg[0] < 13


def test_movements_of_others_are_not_applied_and_that_is_said(tmp_path):
    save(tmp_path, FOREIGN)
    (tmp_path / "movement.csv").write_text("mvmt_id,node_id,ib_link_id,ob_link_id,type\n1,3,1,2,uturn\n")
    with pytest.warns(DataWarning, match="1 movements are not applied"):
        roads = read_gmns(tmp_path)
    assert roads.report.counts["movements that are not applied"] == 1


def foreign(name, old, new):
    text = FOREIGN[name]
    assert old in text
    return {**FOREIGN, name: text.replace(old, new, 1)}


FAULTS = [
    (foreign("node.csv", "7,12.0", "7,east"), "node.csv, line 2, column x_coord: 'east' is not a number"),
    (foreign("node.csv", "7,12.0", "7,1_2"), "node.csv, line 2, column x_coord: '1_2' is not a finite number"),
    (foreign("node.csv", "3,12.01", "7,12.01"), "node.csv, line 3, column node_id: '7' stands twice"),
    (foreign("node.csv", "3,12.01", ",12.01"), "node.csv, line 3, column node_id: is empty"),
    (foreign("node.csv", "x_coord", "x"), "node.csv, line 1: column x_coord is missing"),
    (foreign("node.csv", "zone_id", "node_id"), "node.csv, line 1: column 'node_id' stands twice"),
    (foreign("node.csv", "12.0,50.0,,", "12.0,50.0"), "node.csv, line 2: 3 cells, the first line names 5 columns"),
    ({**FOREIGN, "node.csv": ""}, "node.csv: is empty"),
    ({**FOREIGN, "node.csv": b"node_id,x\xff"}, "node.csv: is not UTF-8 text \\(byte 9\\)"),
    (
        foreign("link.csv", "1,Main,7,3", "1,Main,7,4"),
        "link.csv, line 2, column to_node_id: node '4' is not in node.csv",
    ),
    (foreign("link.csv", "2,Main", "1,Main"), "link.csv, line 3, column link_id: '1' stands in line 2 already"),
    (foreign("link.csv", "TRUE", "maybe"), "link.csv, line 2, column directed: 'maybe' is neither true nor false"),
    (
        foreign("link.csv", "LINESTRING (12 50", "LINE (12 50"),
        "link.csv, line 2, column geometry: .* is not well-known",
    ),
    (
        foreign("link.csv", "LINESTRING (12 50", "MULTIPOINT (12 50"),
        "column geometry: is a MultiPoint; a course is one",
    ),
    (foreign("link.csv", "0.5,Freeway", "-1,Freeway"), "link.csv, line 2, column length: '-1' is below 0"),
    (foreign("link.csv", "1000,25", "1000,0"), "link.csv, line 2, column free_speed: is 0, so the link's time"),
    (foreign("link.csv", "1.5\n", "1.5"), "link.csv, line 2: 27 cells"),
    (foreign("link.csv", '"AUTO, BIKE"', '"AUTO, BIKE'), "link.csv, line 3: .* expected after"),
    (foreign("config.csv", "mile,", "furlong,"), "config.csv, line 2, column long_length: unit 'furlong' is not known"),
    (foreign("config.csv", "4326", "local"), "config.csv, line 2, column crs: 'local' is not known"),
    (foreign("config.csv", "4326\n", "4326\nTown,mile,mph,4326\n"), "config.csv: holds 2 rows, expected one"),
    ({k: v for k, v in FOREIGN.items() if k != "link.csv"}, "link.csv: cannot be read"),
    (foreign("node.csv", "7,12.0,50.0", "7,112.0,150.0"), r"node_lat_deg\[1\] = 150.0 is above 90"),
]


@pytest.mark.parametrize(("tables", "message"), FAULTS, ids=range(len(FAULTS)))
def test_faults_name_file_line_and_column(tmp_path, tables, message):
    with pytest.raises(NetworkError, match=message) as caught:
        read_gmns(save(tmp_path, tables))
    assert str(tmp_path) in str(caught.value)


OWN_FAULTS = [
    ("link.csv", "primary", "autobahn", "column facility_type: 'autobahn' is no class of a road"),
    ("link.csv", ",bpr,", ",cubic,", "column vdf: 'cubic' is none of bpr, conical, akcelik"),
    ("link.csv", "car,hgv", "tank,hgv", "column allowed_uses: 'tank' is none of"),
    ("link.csv", "100;101", "100;x", "column way_ids: '100;x' are no whole numbers"),
    ("link.csv", "316.6666666666667,50,2", "316.6666666666667,50,3", "633.333 differs from lanes x capacity = 950"),
    ("config.csv", ",1,1\n", ",1,x\n", "column first_through: 'x' is not a whole number"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), OWN_FAULTS)
def test_faults_in_own_tables(tmp_path, name, old, new, message):
    write_gmns(junction(), tmp_path / "net")
    path = tmp_path / "net" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NetworkError, match=message) as caught:
        read_gmns(tmp_path / "net")
    assert f"{name}, line 2" in str(caught.value) or "line" in str(caught.value)


def test_long_courses_pass_and_the_csv_module_is_left_as_it_was(tmp_path):
    before = csv.field_size_limit()
    points = ", ".join(f"{12 + i / 1e5!r} 50.0" for i in range(10_000))
    save(tmp_path, foreign("link.csv", "LINESTRING (12 50, 12.005 50.001, 12.01 50)", f"LINESTRING ({points})"))
    assert read_gmns(tmp_path).shape_ptr.max() > 10_000
    assert csv.field_size_limit() == before


def test_no_folder(tmp_path):
    with pytest.raises(NetworkError, match="no such folder"):
        read_gmns(tmp_path / "none")
