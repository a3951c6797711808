"""Places and their roads, against a local server that plays Nominatim and Overpass."""

import json

import numpy as np
import osmium
import pytest
import shapely

from fake_server import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Reply,
    as_json,
    environment,
    found_place,
    overpass_answer,
    running_server,
    square_at,
    village,
)
from itas_mobility import geo, network
from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.online.fetching import FetchError, online_settings
from itas_mobility.network.osm.online.geocoding import find_place
from itas_mobility.network.osm.online.overpass import fetch_place, file_stem, tiles

INTERPRETER = "/api/interpreter"


@pytest.fixture
def server():
    with running_server() as running:
        running.answers["/search"] = as_json([found_place()])
        running.answers[INTERPRETER] = as_json(overpass_answer())
        yield running


@pytest.fixture(autouse=True)
def _alone(server, tmp_path, monkeypatch):
    for name, value in environment(server, tmp_path / "cache").items():
        monkeypatch.setenv(name, value)


def objects(path):
    return [(o.type_str(), o.id) for o in osmium.FileProcessor(str(path))]


# --- names ---------------------------------------------------------------------------------------------------------


def test_a_place_is_asked_once_and_politely(server):
    place = find_place("  Dorf ,  Sachsen ")
    assert (place.name, place.osm_id) == ("Dorf, Sachsen, Deutschland", "R4711")
    assert place.area.bounds == pytest.approx((WEST, SOUTH, EAST, NORTH))
    asked = server.asked[0]
    assert asked.path == "/search"
    assert asked.query["q"] == "Dorf , Sachsen"
    assert (asked.query["format"], asked.query["polygon_geojson"]) == ("json", "1")
    assert asked.headers["User-Agent"].startswith("itas_mobility/")
    find_place("Dorf , Sachsen")
    assert len(server.asked) == 1, "the answer is kept"


def test_a_place_by_its_id(server):
    server.answers["/lookup"] = as_json([found_place(number=62717)])
    assert find_place("r62717").osm_id == "R62717"
    assert server.asked[0].query["osm_ids"] == "R62717"


def test_a_name_that_nothing_has_is_answered_with_what_is_near(server):
    def search(asked):
        return as_json([found_place("Zwickau")] if asked.query["q"] == "Sachsen" else [])

    server.answers["/search"] = search
    pauses = []
    with pytest.raises(NetworkError, match=r"'Landkreis Zwikau, Sachsen': .*not found; .*did you mean: 'Zwickau, S"):
        find_place("Landkreis Zwikau, Sachsen", settings=online_settings(nominatim_pause_s=1.0), sleep=pauses.append)
    assert [asked.query["q"] for asked in server.asked] == [
        "Landkreis Zwikau, Sachsen", "Zwikau, Sachsen", "Zwikau", "Sachsen",
    ]  # fmt: skip
    assert pauses == [1.0, 1.0, 1.0], "one request a second"
    server.answers["/search"] = as_json([])
    with pytest.raises(NetworkError, match=r"'Nirgends': .*not found; check the spelling"):
        find_place("Nirgends")


def test_a_name_that_stands_for_several_places_is_a_question(server):
    many = [
        found_place("Neustadt", 1, importance=0.45, display_name="Neustadt, Sachsen"),
        found_place("Neustadt", 2, square_at(9, 48), importance=0.44, display_name="Neustadt, Bayern"),
        found_place("Neustadt", 3, square_at(8, 50), importance=0.2, display_name="Neustadt, Hessen"),
        found_place("Neustadt an der Aisch", 4, square_at(10, 49), importance=0.46),
    ]
    server.answers["/search"] = as_json(many)
    with pytest.raises(NetworkError, match=r"ambiguous: Neustadt, Sachsen \(R1\); Neustadt, Bayern \(R2\); add more"):
        find_place("neustadt")
    many[0]["importance"] = 0.6
    server.answers["/search"] = as_json(many)
    assert find_place("neustadt", refresh=True).osm_id == "R1", "a clear lead is an answer"


def test_a_town_and_its_core_of_one_name_are_one_place(server):
    core = found_place("Dorf", 2, square_at(WEST + 0.005, SOUTH + 0.005, 0.005), importance=0.45)
    server.answers["/search"] = as_json([found_place("Dorf", 1), core])
    assert find_place("Dorf").osm_id == "R1"


def test_an_administrative_unit_is_meant_before_a_pond(server):
    pond = found_place("Dorf", 2, square_at(9, 48), importance=0.9, **{"class": "natural"})
    server.answers["/search"] = as_json([pond, found_place("Dorf", 1)])
    assert find_place("Dorf").osm_id == "R1"


def test_a_place_without_outline_is_refused(server):
    point = {"type": "Point", "coordinates": [12.4, 50.7]}
    server.answers["/search"] = as_json([found_place(geometry=point)])
    with pytest.raises(NetworkError, match=r"no outline: Dorf, Sachsen, Deutschland \(R4711\)"):
        find_place("Dorf")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (as_json({"error": "Bandwidth limit"}), "answered an error: 'Bandwidth limit'"),
        (as_json({"places": []}), "no list of places"),
        (as_json([{"osm_id": 1}]), r"a place without display_name, osm_type \(number 1\)"),
        (Reply(b"<html>sign in</html>"), "web page"),
        (as_json([found_place(geometry={"type": "Polygon", "coordinates": [[["a", 1]]]})]), "outline of R4711 is dam"),
        (as_json([found_place(geometry=square_at(179.995, 10))]), "outside the world"),
    ],
)
def test_a_geocoder_that_answers_something_else_is_refused(server, reply, said):
    server.answers["/search"] = reply
    with pytest.raises(FetchError, match=said):
        find_place("Dorf")


def test_an_empty_name_is_refused(server):
    with pytest.raises(NetworkError, match="give the name of a place"):
        find_place("  ")
    assert server.asked == []


# --- roads ---------------------------------------------------------------------------------------------------------


def test_the_answer_becomes_a_sorted_file_with_all_tags_and_relations(server):
    fetched = fetch_place("Dorf")
    found = list(osmium.FileProcessor(str(fetched.path)))
    assert objects(fetched.path) == [
        *(("n", i) for i in (1, 2, 3, 4, 5, 6, 11, 15)), ("w", 100), ("w", 101), ("w", 102), ("r", 200), ("r", 201),
    ]  # fmt: skip
    assert fetched.path.name.startswith("dorf-")
    about = json.loads(fetched.file.manifest_path.read_text(encoding="utf-8"))
    assert about["osm_id"] == "R4711"
    assert about["state_of_data"] == ["2026-11-24T06:00:00Z"]
    assert (about["licence"], about["attribution"]) == ("ODbL 1.0", "© OpenStreetMap contributors")
    kept = {}
    for one in osmium.FileProcessor(str(fetched.path)):
        kept[one.type_str(), one.id] = {tag.k: tag.v for tag in one.tags}
        if one.is_relation() and one.id == 200:
            assert [(m.type, m.ref, m.role) for m in one.members] == [
                ("w", 100, "from"), ("n", 2, "via"), ("w", 102, "to"),
            ]  # fmt: skip
        if one.is_way() and one.id == 101:
            assert [node.ref for node in one.nodes] == [2, 3, 6]
    wanted = {(e["type"][0], e["id"]): e.get("tags", {}) for e in village()}
    assert kept == wanted
    assert len(found) == len(wanted)


def test_overpass_is_asked_for_ways_restrictions_and_lines(server):
    fetch_place("Dorf", settings=online_settings(timeout_s=61, overpass_memory_bytes=1000))
    query = server.asked[-1].form["data"]
    assert query.startswith("[out:json][timeout:61][maxsize:1000];\n")
    for part in ("way[highway]", "way[railway]", "way[route]", '"^restriction"', '"type"="route"', "node(w.ways)"):
        assert part in query
    assert query.endswith("out body;")
    for opening, closing in ("()", "[]", '""'):
        assert query.count(opening) == query.count(closing)
    assert query.count('"') % 2 == 0


def test_a_place_is_read_like_a_file_inside_its_outline(server):
    roads = network.read_osm(place="Dorf")
    fetched = fetch_place("Dorf")
    same = network.read_osm(fetched.path, clip=shapely.box(WEST, SOUTH, EAST, NORTH))
    assert sorted(roads.node_id) == sorted(same.node_id)
    assert 6 not in roads.node_id, "the end of a street outside the place"
    np.testing.assert_array_equal(roads.length_m, same.length_m)
    assert server.times(INTERPRETER) == 1
    assert 6 in network.read_osm(fetched.path).node_id
    part = network.read_osm(place="Dorf", clip=(WEST, SOUTH, 12.412, NORTH))
    assert 3 not in part.node_id
    with pytest.raises(NetworkError, match="does not meet the place"):
        network.read_osm(place="Dorf", clip=(0.0, 0.0, 1.0, 1.0))
    lines = network.read_osm_lines(fetched.path)
    assert lines.n_patterns == 1


def test_what_was_fetched_stays_without_a_network(server):
    first = fetch_place("Dorf")
    server.answers.clear()
    again = fetch_place("Dorf")
    assert again.file == first.file
    assert again.file.is_reused
    content = first.path.read_bytes()
    first.path.unlink()
    assert fetch_place("Dorf").path.read_bytes() == content, "made again from the kept answer, the same bytes"
    with pytest.raises(FetchError, match="404"):
        fetch_place("Dorf", refresh=True)
    assert first.path.read_bytes() == content, "a refresh that fails leaves the old file"


def test_a_damaged_file_in_the_cache_is_made_anew(server, capsys):
    first = fetch_place("Dorf")
    content = first.path.read_bytes()
    first.path.write_bytes(content[:-5])
    assert fetch_place("Dorf").path.read_bytes() == content
    assert "checksum does not match" in capsys.readouterr().err


def test_the_next_mirror_is_taken_with_a_remark_a_page_or_a_cut(server, monkeypatch, tmp_path):
    remark = 'runtime error: Query timed out in "query" at line 2 after 180 seconds.'
    server.answers |= {
        "/one/interpreter": as_json(overpass_answer(remark=remark)),
        "/two/interpreter": Reply(b"<html><body>Error: too many</body></html>"),
        "/three/interpreter": Reply(json.dumps(overpass_answer()).encode()[:-40]),
    }
    monkeypatch.setenv("ITAS_MOBILITY_OVERPASS", ", ".join(server.url(f"/{n}") for n in ("one", "two", "three", "api")))
    fetched = fetch_place("Dorf")
    assert fetched.file.address == server.url(INTERPRETER)
    assert [asked.path.split("/")[1] for asked in server.asked] == ["search", "one", "two", "three", "api"]


@pytest.mark.parametrize(
    "remark",
    [
        "runtime error: Query run out of memory using about 2048 MB of RAM.",
        'runtime error: Query timed out in "recurse" at line 6 after 25 seconds.',
    ],
)
def test_a_remark_is_refused_and_never_kept(server, tmp_path, remark):
    server.answers[INTERPRETER] = as_json(overpass_answer(remark=remark))
    with pytest.raises(FetchError, match="ITAS_MOBILITY_TILE_KM2") as caught:
        fetch_place("Dorf")
    assert remark.replace("'", "") in str(caught.value).replace("'", "")
    assert server.url(INTERPRETER) in str(caught.value)
    assert len(list((tmp_path / "cache" / "online" / "answers").iterdir())) == 2, "the place alone is kept"
    assert list((tmp_path / "cache" / "online" / "places").iterdir()) == []


NODE = {"type": "node", "id": 1, "lat": 50.7, "lon": 12.4}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "no object"),
        ({"elements": None}, "no list of elements"),
        ({"elements": [7]}, r"number 1\): is not an object"),
        ({"elements": [NODE, {"type": "area", "id": 2}]}, r"number 2\): type 'area' and id 2"),
        ({"elements": [{**NODE, "lat": 95.0}]}, r"node 1: lat=95\.0"),
        ({"elements": [{"type": "node", "id": 1}]}, "node 1: lat=''"),
        ({"elements": [{**NODE, "tags": {"name": 5}}]}, "node 1: tags"),
        ({"elements": [{**NODE, "tags": {"name": "a\0b"}}]}, "node 1: tags"),
        ({"elements": [{"type": "way", "id": 3, "nodes": ["a"]}]}, "way 3: no nodes"),
        ({"elements": [{"type": "relation", "id": 4, "members": [{"type": "way"}]}]}, "relation 4: damaged members"),
        ({"elements": [{"type": "way", "id": 3, "nodes": [1], "tags": {"name": "\ud800"}}]}, "way 3: cannot be w"),
        ({"elements": [{"type": "way", "id": 3, "nodes": [1], "tags": {"name": "x" * 5000}}]}, "way 3: cannot be wri"),
        ({"elements": [{"type": "way", "id": 10**30, "nodes": [1]}]}, "way 1000000.*: cannot be written"),
    ],
)  # fmt: skip
def test_damaged_data_are_refused_by_element(server, tmp_path, content, said):
    server.answers[INTERPRETER] = as_json(content)
    with pytest.raises(FetchError, match=said):
        fetch_place("Dorf")
    assert list((tmp_path / "cache" / "online" / "places").iterdir()) == []


def test_a_place_without_ways_is_told_and_not_kept(server):
    server.answers[INTERPRETER] = as_json(overpass_answer([NODE]))
    with pytest.raises(NetworkError, match=r"knows no road, railway or ferry there"):
        fetch_place("Dorf")
    server.answers[INTERPRETER] = as_json(overpass_answer([]))
    with pytest.raises(NetworkError, match=r"knows no road"):
        fetch_place("Dorf", refresh=True)
    server.answers[INTERPRETER] = as_json(overpass_answer())
    assert len(objects(fetch_place("Dorf").path)) == 13, "an empty answer does not stick"


def as_elements(path):
    """A file as Overpass would answer it."""
    for one in osmium.FileProcessor(str(path)):
        about = {"id": one.id, "tags": {tag.k: tag.v for tag in one.tags}}
        if one.is_node():
            yield about | {"type": "node", "lon": one.location.lon, "lat": one.location.lat}
        elif one.is_way():
            yield about | {"type": "way", "nodes": [node.ref for node in one.nodes]}
        else:
            kinds = {"n": "node", "w": "way", "r": "relation"}
            members = [{"type": kinds[m.type], "ref": m.ref, "role": m.role} for m in one.members]
            yield about | {"type": "relation", "members": members}


@pytest.mark.shared_data
def test_a_real_town_comes_through_whole(server, shared_data):
    file = shared_data / "region_badhersfeld" / "badhersfeld.osm.gz"
    everything = list(as_elements(file))
    world = found_place("Bad Hersfeld", geometry=square_at(9.0, 50.4, 1.5))
    server.answers["/search"] = as_json([world])
    server.answers[INTERPRETER] = as_json(overpass_answer(everything), is_packed=True)
    fetched = fetch_place("Bad Hersfeld", settings=online_settings(tile_km2=1e6))
    for mode in ("car", "walk"):
        there, here = network.read_osm(fetched.path, mode=mode), network.read_osm(file, mode=mode)
        for name in ("node_id", "link_key", "length_m", "free_time_s", "modes"):
            np.testing.assert_array_equal(getattr(there, name), getattr(here, name), err_msg=f"{mode} {name}")
    there, here = network.read_osm_lines(fetched.path), network.read_osm_lines(file)
    assert list(there.stop_id) == list(here.stop_id)
    assert there.n_patterns == here.n_patterns == 33


# --- tiles ---------------------------------------------------------------------------------------------------------


def km2(shape):
    metric = shapely.transform(shape, lambda xy: np.column_stack(geo.to_metric(xy[:, 0], xy[:, 1], epsg=25833)))
    return metric.area / 1e6


@pytest.mark.parametrize("tile_km2", [1e6, 60.0, 7.0])
def test_tiles_cover_the_place_and_are_small(tile_km2):
    coast = [
        (12.2 + 0.2 * np.cos(a) * (1 + 0.3 * np.sin(9 * a)), 50.7 + 0.1 * np.sin(a)) for a in np.arange(0, 6.28, 0.01)
    ]
    island = shapely.box(12.6, 50.7, 12.61, 50.71)
    hole = shapely.box(12.19, 50.69, 12.21, 50.71)
    area = shapely.union(shapely.make_valid(shapely.Polygon(coast)).difference(hole), island)
    parts = tiles(area, tile_km2=tile_km2)
    assert shapely.union_all([p for part in parts for p in part]).buffer(1e-9).covers(area)
    assert (len(parts) == 1) == (tile_km2 > km2(area))
    for part in parts:
        sent = shapely.union_all(part)
        assert all(not polygon.interiors for polygon in part)
        assert km2(sent.intersection(area)) <= tile_km2 * 1.3 + 0.5
    corners = sum(len(p.exterior.coords) for part in parts for p in part)
    assert corners < 4 * shapely.get_num_coordinates(area)


def test_tiles_become_one_file_without_duplicates(server, monkeypatch):
    whole = fetch_place("Dorf")
    middle = (SOUTH + NORTH) / 2
    halves = [
        [e for e in village() if e["id"] not in (101, 3, 6)],
        [e for e in village() if e["id"] not in (100, 102, 1, 4)],
    ]

    def by_tile(asked):
        outline = asked.form["data"].partition('poly:"')[2].partition('"')[0].split()
        latitudes = np.array(outline[0::2], float)
        return as_json(overpass_answer(halves[int(latitudes.mean() > middle)]))

    server.answers[INTERPRETER] = by_tile
    monkeypatch.setenv("ITAS_MOBILITY_TILE_KM2", "2")
    tiled = fetch_place("Dorf")
    assert server.times(INTERPRETER) > 2
    assert tiled.path != whole.path
    assert tiled.path.read_bytes() == whole.path.read_bytes()


def test_a_fetch_that_broke_off_goes_on_with_the_missing_tiles(server, monkeypatch):
    monkeypatch.setenv("ITAS_MOBILITY_TILE_KM2", "2")
    server.answers[INTERPRETER] = [as_json(overpass_answer()), Reply(b"down", status=500)]
    with pytest.raises(FetchError, match=r"\(2/2\): .*500"):
        fetch_place("Dorf")
    server.answers[INTERPRETER] = as_json(overpass_answer())
    fetch_place("Dorf")
    assert server.times(INTERPRETER) == 3


def test_a_country_is_too_much_for_requests():
    with pytest.raises(NetworkError, match="take an extract"):
        tiles(shapely.box(6, 47, 15, 55), tile_km2=100)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Landkreis Zwickau, Sachsen", "landkreis-zwickau"),
        ("Zwönitz", "zwoenitz"),
        ("../../etc/passwd", "etc-passwd"),
        ("東京", "place"),
        ("x" * 300, "x" * 60),
    ],
)
def test_names_of_files_are_plain(name, stem):
    assert file_stem(name) == stem
