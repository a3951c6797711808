"""The map's data: nothing moves by more than stated, and results stand at their own street."""

import dataclasses
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import report_fakes
import shapely

from itas_mobility.core import RoadClass, ZoneKind
from itas_mobility.network.forward_star import Nodes, Ways, assemble
from itas_mobility.network.pictures.plane import encoded_lines
from itas_mobility.network.turns import expand_junctions
from itas_mobility.report import maps
from itas_mobility.words import _MODES, MODES, Text
from oracles.turn_search import along


def decode(lines):
    points = np.cumsum(np.array(lines["d"]).reshape(-1, 2), axis=0)
    return np.split(points, np.cumsum(lines["n"])[:-1])


@pytest.fixture
def plane(comparison):
    return maps.region_plane(comparison.region)


def test_encoded_lines_come_back():
    lines = [np.array([[5, -3], [7, 2]]), np.array([[0, 0], [1, 1], [-4, 9]])]
    back = decode(encoded_lines(np.array([2, 3]), np.concatenate(lines)))
    assert all((a == b).all() for a, b in zip(lines, back, strict=True))
    assert encoded_lines(np.zeros(0, int), np.zeros((0, 2), int)) == {"n": [], "d": []}


def test_streets_lie_where_the_links_lie(comparison, plane):
    roads = comparison.region.roads
    data = maps.encode_roads(comparison.region, [comparison.base], plane)
    drawn = [shapely.LineString(line * maps.GRID_M) for line in decode(data["lines"])]
    true = [
        shapely.LineString(plane.metres(np.column_stack([roads.shape_lon_deg[a:b], roads.shape_lat_deg[a:b]])))
        for a, b in zip(roads.shape_ptr[:-1], roads.shape_ptr[1:], strict=True)
    ]
    tree = shapely.STRtree(drawn)
    distance = [
        shapely.hausdorff_distance(line, drawn[tree.nearest(line.interpolate(0.5, normalized=True))]) for line in true
    ]
    assert max(distance) <= maps.ROAD_TOLERANCE_M + maps.GRID_M


def test_both_directions_share_one_street(comparison):
    roads = comparison.region.roads
    forward, backward = maps.drawn_streets(roads)
    assert len(forward) == roads.n_links / 2
    assert (roads.tail[forward] == roads.head[backward]).all()
    assert (roads.head[forward] == roads.tail[backward]).all()
    one_way = report_fakes.grid_roads(4, two_way=False)
    forward, backward = maps.drawn_streets(one_way)
    assert len(forward) == one_way.n_links
    assert (backward == -1).all()


def test_volumes_are_those_of_the_street_in_each_run(comparison, plane):
    roads, runs = comparison.region.roads, [comparison.base, *comparison.runs]
    data = maps.encode_roads(comparison.region, runs, plane)
    forward, backward = maps.drawn_streets(roads)
    links = np.column_stack((forward, backward)).ravel()
    base = np.array(data["volume"][0])
    for run, column in zip(runs, data["volume"], strict=True):
        shown = np.array(column) + (0 if run is runs[0] else base)
        wanted = run.tables["links"].set_index("link_key")["volume_veh_per_day"].loc[roads.link_key[links]]
        assert np.abs(shown - wanted.to_numpy()).max() <= 0.5
    assert any(column != data["volume"][0] for column in data["volume"][1:])


def test_a_closed_link_is_missing_and_a_new_one_is_counted(comparison, plane):
    run = report_fakes.make_run(comparison.region, "closed", "zu", "closed", drop=1)
    gone = int(comparison.base.tables["links"]["link_key"].iloc[0])
    table = run.tables["links"].copy()
    table.loc[len(table) + 1] = {**table.iloc[0].to_dict(), "link_key": 999_999_999}
    run.tables["links"] = table
    data = maps.encode_roads(comparison.region, [comparison.base, run], plane)
    assert data["unknown"] == [0, 1]
    assert data["volume"][1].count(None) == 1
    roads = comparison.region.roads
    forward, backward = maps.drawn_streets(roads)
    links = np.column_stack((forward, backward)).ravel()
    assert roads.link_key[links[data["volume"][1].index(None)]] == gone


def test_zones_keep_their_place_and_values(comparison, plane):
    data = maps.encode_zones(comparison.region, [comparison.base], plane)
    zones = comparison.region.zones
    internal = np.flatnonzero(zones.kind == ZoneKind.INTERNAL)
    assert data["name"] == zones.name[internal].tolist()
    for index, ring in zip(data["owner"], decode(data["rings"]), strict=True):
        polygon = zones.polygon[internal[index]]
        true = shapely.Polygon(plane.metres(shapely.get_coordinates(polygon.exterior)))
        assert shapely.hausdorff_distance(true, shapely.Polygon(ring * maps.GRID_M)) <= maps.GRID_M
    wanted = comparison.base.tables["zones"].set_index("zone_id")["car_share"].loc[zones.zone_id[internal]]
    assert np.array(data["values"][0]["car_share"]) == pytest.approx(1000 * wanted.to_numpy(), abs=0.51)


def test_each_mode_that_all_tables_hold_is_a_layer(monkeypatch):
    walk, both = MODES["walk"], ["zone_id", "car_share", "walk_share", "reachable_share"]
    table, other = pd.DataFrame(columns=both), pd.DataFrame(columns=[*both, "scooter_share"])
    shown = [layer["column"] for layer in maps.zone_layers([table, table])]
    assert shown == ["reachable_share", "car_share", "walk_share"]
    assert maps.zone_layers([table])[2]["label"] == {"de": walk.share_on_map.de, "en": walk.share_on_map.en}
    monkeypatch.setitem(_MODES, "scooter", dataclasses.replace(walk, share_on_map=Text("Anteil Roller", "Scooter")))
    assert [layer["column"] for layer in maps.zone_layers([other, table])] == shown, "one run does not know it"
    assert maps.zone_layers([other, other])[3] == {
        "column": "scooter_share", "label": {"de": "Anteil Roller", "en": "Scooter"}, "unit": None,
    }  # fmt: skip


def test_each_function_of_the_scripts_has_one_home():
    """No two scripts that may stand in one page hold a function of the same name, nor do the two maps."""
    folder = Path(maps.__file__).parents[1]
    scripts = [folder / "network/pictures/canvas.js", folder / "network/pictures/viewer.js"]
    scripts += sorted((folder / "report").glob("*.js"))
    named = {path.name: functions_of(path.read_text(encoding="utf-8")) for path in scripts}
    assert {"decode", "zoom", "trace", "px", "nearest"} <= named["canvas.js"]
    assert {"paintMap", "shiftResult", "wayWords", "signed"} <= named["map.js"]
    assert {"paintNetwork", "bothWays"} <= named["viewer.js"]
    twice = {(a, b): named[a] & named[b] for a, b in itertools.combinations(named, 2) if named[a] & named[b]}
    assert twice == {}


def functions_of(script):
    """Names of functions: declared, or arrows with a name."""
    arrow = r"\b(?:const|let)\s+(\w+)\s*=\s*(?:\([^()]*\)|\w+)\s*=>"
    return {*re.findall(r"\bfunction\s+(\w+)", script), *re.findall(arrow, script)}


def test_the_way_back_of_a_line_is_not_drawn_twice(comparison, plane):
    data = maps.encode_transit(comparison.region, plane)
    assert [(line["line"], line["mode"]) for line in data["lines"]] == [("4", "TRAM"), ("101", "BUS")]
    assert len(data["name"]) == 12


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["Zwickau, Planitz", "Zwickau, Pölbitz"], "Zwickau"),
        (["Zwickau Nord", "Zwickau Süd"], "Zwickau"),
        (["Zwickau", "Zwickau-Mosel"], "Zwickau"),
        (["Werdau"], "Werdau"),
        (["Werdau – Leubnitz Nord", "Werdau – Leubnitz Süd"], "Werdau"),
        (["Planitz", "Pölbitz"], "Pölbitz"),
    ],
)
def test_a_town_of_several_zones_has_one_name(names, wanted):
    polygons, lon, lat, _ = report_fakes.square_zones(3)
    k = len(names)
    zones = (polygons[:k], lon[:k], lat[:k], names)
    region = report_fakes.make_region(zones=zones, municipality=["14524330"] * k, residents=[1.0 + i for i in range(k)])
    towns = maps.town_names(region)
    assert [(town[0], town[4]) for town in towns] == [(wanted, False), ("Fernstadt", True)]


def test_map_data_hold_whole_numbers_only(comparison):
    text = json.dumps(maps.encode_map(comparison.region, [comparison.base, *comparison.runs]), allow_nan=False)
    assert len(text) < 60_000


def test_a_piece_of_road_that_stands_twice_is_drawn_once():
    # 1-2-3 is open, 1-3 a short cut for residents only: one link to arrive, one to depart
    streets = [(1, 1, 2, False), (2, 2, 3, False), (3, 1, 3, True)]
    segments = [s for way, a, b, only in streets for s in along(way, [a, b], [100.0], is_destination_only=only)]
    m = len(segments)
    links = {
        "tail": np.array([s.tail - 1 for s in segments], np.int32),
        "head": np.array([s.head - 1 for s in segments], np.int32),
        "link_key": np.arange(m),
        "length_m": np.full(m, 100.0),
        "free_speed_km_per_h": np.full(m, 36.0),
        "free_time_s": np.full(m, 10.0),
        "lanes": np.ones(m),
        "capacity_veh_per_h": np.full(m, 600.0),
        "road_class": np.full(m, int(RoadClass.RESIDENTIAL), np.uint8),
        "modes": np.ones(m, np.uint8),
        "access": np.array([int(s.is_destination_only) for s in segments], np.uint8),
    }
    whole = assemble(
        nodes=Nodes(np.arange(1, 4), np.array([12.0, 12.1, 12.2]), np.array([50.0, 50.1, 50.0])),
        links=links, ways=Ways(np.arange(m + 1), np.array([s.way for s in segments])),
    )  # fmt: skip
    roads = expand_junctions(whole, [])
    assert (roads.road_class == RoadClass.RESIDENTIAL).sum() == m + 2
    assert len(maps.drawn_links(roads)) == m
