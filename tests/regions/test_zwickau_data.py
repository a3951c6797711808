"""The built data files of the embedded region, read with general tools only."""

import csv
import gzip
import heapq
import itertools
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from shapely.geometry import Point, shape

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "itas_mobility" / "regions" / "zwickau_data"
RAW = Path(os.environ.get("ITAS_SHARED_DATA", ROOT.parent / "shared" / "data")) / "zwickau"
INTERNAL = 126_541 - 34_257
BUILT = (
    "network.osm.gz",
    "zones.geojson",
    "sites.toml",
    "commuters.csv",
    "kreis_to_external.csv",
    "facts.csv",
    "distances.csv",
)


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def zones():
    return json.loads((DATA / "zones.geojson").read_text(encoding="utf-8"))["features"]


@cache
def sites():
    with (DATA / "sites.toml").open("rb") as file:
        return tomllib.load(file)["site"]


@cache
def osm():
    nodes, ways, relations = {}, {}, []
    for entry in osmium.FileProcessor(DATA / "network.osm.gz"):
        tags = dict(entry.tags)
        if entry.is_node():
            nodes[entry.id] = (entry.location.lon, entry.location.lat, tags)
        elif entry.is_way():
            ways[entry.id] = ([n.ref for n in entry.nodes], tags)
        else:
            relations.append(([(m.type, m.ref, m.role) for m in entry.members], tags))
    return nodes, ways, relations


def metres(a, b):
    lat = math.radians((a[1] + b[1]) / 2)
    return 6_371_000 * math.hypot(math.radians(b[0] - a[0]) * math.cos(lat), math.radians(b[1] - a[1]))


@cache
def car_graph():
    nodes, ways, _ = osm()
    out = defaultdict(list)
    for refs, tags in ways.values():
        if "highway" not in tags:
            continue
        for tail, head in itertools.pairwise(refs):
            length = metres(nodes[tail], nodes[head])
            seconds = length / float(tags["maxspeed"]) * 3.6
            out[tail].append((head, length, seconds))
            if tags.get("oneway") != "yes":
                out[head].append((tail, length, seconds))
    return out


def reached(out, start):
    seen, stack = {start}, [start]
    while stack:
        for head, *_ in out[stack.pop()]:
            if head not in seen:
                seen.add(head)
                stack.append(head)
    return seen


def drive_km(start, end):
    out = car_graph()
    heap, done = [(0.0, 0.0, start)], set()
    while heap:
        seconds, length, node = heapq.heappop(heap)
        if node == end:
            return length / 1000
        if node in done:
            continue
        done.add(node)
        for head, more, s in out[node]:
            if head not in done:
                heapq.heappush(heap, (seconds + s, length + more, head))
    raise AssertionError("no way")


def snap(lon, lat):
    nodes, ways, _ = osm()
    streets = {n for refs, t in ways.values() if t.get("highway", "motorway")[:8] != "motorway" for n in refs}
    return min(streets, key=lambda n: (metres(nodes[n], (lon, lat)), n))


def test_zone_identity():
    properties = [f["properties"] for f in zones()]
    assert len({p["zone_id"] for p in properties}) == len({p["name"] for p in properties}) == len(properties)
    inner = [p for p in properties if p["kind"] == "internal"]
    assert 140 <= len(inner) <= 160
    assert 20 <= len(properties) - len(inner) <= 25
    assert len({p["ags"] for p in inner}) == 33
    assert all(p["zone_id"].startswith(p["ags"]) for p in inner)
    assert 35 <= sum(p["ags"] == "14524330" for p in inner) <= 40


def test_zone_polygons_cover_the_kreis_without_overlap():
    shapes = [shape(f["geometry"]) for f in zones() if f["properties"]["kind"] == "internal"]
    assert all(s.is_valid and s.area > 0 for s in shapes)
    whole = shapely.union_all(shapes)
    assert sum(s.area for s in shapes) == pytest.approx(whole.area, rel=1e-6)
    km2 = whole.area * 111.195**2 * math.cos(math.radians(50.75))
    assert km2 == pytest.approx(949.5, rel=0.01)
    holes = [r for part in shapely.get_parts(whole) for r in part.interiors]
    assert not [r for r in holes if shapely.Polygon(r).area > 1e-6]


def test_zone_centroids_lie_near_real_stops_and_a_road():
    nodes, ways, _ = osm()
    stops = np.array([n[:2] for n in nodes.values() if "public_transport" in n[2]])
    streets = np.array([nodes[i][:2] for refs, t in ways.values() if "highway" in t for i in refs])
    for feature in zones():
        p = feature["properties"]
        here = np.array([p["lon"], p["lat"]])
        assert shape(feature["geometry"]).contains(Point(here)), p["name"]
        for points, limit in ((stops, 700), (streets, 1500)):
            if p["kind"] == "external" and (points is stops):
                continue
            gap = np.hypot((points[:, 0] - here[0]) * 70_400, (points[:, 1] - here[1]) * 111_195).min()
            assert gap < limit, (p["name"], gap)


def test_totals_are_consistent():
    pairs = rows("commuters.csv")
    published = {r["key"]: int(r["value"]) for r in rows("facts.csv") if r["as_of"] == "2023-06-30"}
    into, out = published["in_commuters_lk_zwickau"], published["out_commuters_lk_zwickau"]
    with (DATA / "region.toml").open("rb") as file:
        about = tomllib.load(file)
    assert (about["in_commuters"]["value"], about["out_commuters"]["value"]) == (into, out)
    # the listed pairs are fewer: the rest is the account of all others
    assert sum(int(r["employees"]) for r in pairs if r["work_kreis"] == "14524") == into - 2730
    assert sum(int(r["employees"]) for r in pairs if r["home_kreis"] == "14524") == out - 40
    properties = [f["properties"] for f in zones()]

    def total(kind, key):
        return sum(p[key] for p in properties if p["kind"] == kind)

    assert total("internal", "residents") == 310_000
    assert total("internal", "employed_residents") == INTERNAL + out
    assert total("internal", "jobs") == INTERNAL + into
    assert total("external", "employed_residents") == into
    assert total("external", "jobs") == out
    assert all(
        p["residents"] > 0 and p["employed_residents"] > 0 and p["jobs"] > 0
        for p in properties
        if p["kind"] == "internal"
    )


def test_every_kreis_has_external_zones():
    share = defaultdict(float)
    external = {f["properties"]["zone_id"] for f in zones() if f["properties"]["kind"] == "external"}
    for row in rows("kreis_to_external.csv"):
        assert row["zone_id"] in external
        share[row["kreis"]] += float(row["share"])
    assert all(s == pytest.approx(1.0, abs=1e-9) for s in share.values())
    assert share.pop("others")
    codes = {r[k] for r in rows("commuters.csv") for k in ("home_kreis", "work_kreis")} - {"14524"}
    assert codes == set(share)
    assert {r["zone_id"] for r in rows("kreis_to_external.csv")} == external


def test_sites():
    assert len(sites()) >= 16
    assert sites()[0]["id"] == "vw_mosel"
    assert sum(s["head_count"]["value"] for s in sites()) < 29_700
    assert sum(s["head_count"]["high"] for s in sites()) < 29_700
    zone_of = [(shape(f["geometry"]), f["properties"]) for f in zones() if f["properties"]["kind"] == "internal"]
    heads = defaultdict(float)
    for site in sites():
        assert sum(s["share"] for s in site["shifts"]) == pytest.approx(1.0)
        assert all(re.fullmatch(r"\d\d:\d\d", s[k]) for s in site["shifts"] for k in ("start", "end"))
        for gate in site["gates"]:
            zone = next(p for s, p in zone_of if s.contains(Point(gate["lon"], gate["lat"])))
            assert zone["ags"] == site["municipality_ags"], site["id"]
        first = site["gates"][0]
        heads[next(p["zone_id"] for s, p in zone_of if s.contains(Point(first["lon"], first["lat"])))] += site[
            "head_count"
        ]["value"]
    jobs = {p["zone_id"]: p["jobs"] for _, p in zone_of}
    assert all(jobs[z] >= h for z, h in heads.items())


def test_every_quantity_has_provenance():
    allowed = {"official", "published", "derived", "assumption"}
    keys = {
        "gate_to_workplace_m": "m", "head_count": "persons", "attendance_share": "1", "parking_spaces": "1",
        "grid_connection_kw": "kW", "charging_points": "1", "charging_point_kw": "kW",
    }  # fmt: skip
    for site in sites():
        for key, unit in keys.items():
            q = site[key]
            assert q["unit"] == unit
            assert q["source"]
            assert q["year"] >= 2016
            assert q["confidence"] in allowed
            assert q["low"] <= q["value"] <= q["high"]
            assert q["low"] < q["high"]
        assert site["shift_source"]["confidence"] in allowed
        assert all(g["source"] and g["confidence"] in allowed and g["stop_to_gate_m"] >= 50 for g in site["gates"])
        if site["id"] != "vw_mosel":
            assert site["head_count"]["confidence"] == "assumption"


def test_gates_are_beside_a_served_stop():
    nodes, _, relations = osm()
    served = {ref for members, _ in relations for kind, ref, role in members if kind == "n" and role == "stop"}
    for site in sites():
        for gate in site["gates"]:
            near = min(served, key=lambda n: (metres(nodes[n], (gate["lon"], gate["lat"])), n))
            assert 40 < metres(nodes[near], (gate["lon"], gate["lat"])) < 400, (site["id"], gate["name"])
            names = nodes[near][2]["name"] + ";" + nodes[near][2].get("alt_name", "")
            assert gate["nearest_stop"] in names.split(";"), (site["id"], gate["nearest_stop"], names)


def test_ways_are_tagged_and_complete():
    nodes, ways, _ = osm()
    assert all(t.get("source") for _, t in ways.values())
    assert all(i in nodes for refs, _ in ways.values() for i in refs)
    assert all(i < 0 for i in [*nodes, *ways])
    assert all("maxspeed" in t for _, t in ways.values() if "highway" in t)
    wanted = {"A 4", "A 72", "B 93", "B 94", "B 169", "B 173", "B 175", "B 180"}
    assert wanted <= {t.get("ref") for _, t in ways.values() if "highway" in t}


def test_roads_are_one_strongly_connected_component():
    out = car_graph()
    back = defaultdict(list)
    for tail, links in out.items():
        for head, *_ in links:
            back[head].append((tail,))
    start = min(out)
    everything = set(out) | set(back)
    assert reached(out, start) == everything
    assert reached(back, start) == everything


def test_streets_have_a_detour():
    nodes, ways, _ = osm()
    ratio = []
    for refs, tags in ways.values():
        if tags.get("highway") in ("residential", "unclassified", "tertiary"):
            drawn = sum(metres(nodes[a], nodes[b]) for a, b in itertools.pairwise(refs))
            beeline = metres(nodes[refs[0]], nodes[refs[-1]])
            if beeline > 100:
                ratio.append(drawn / beeline)
    assert np.median(ratio) == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize("row", rows("distances.csv"), ids=lambda r: f"{r['from']}-{r['to']}")
def test_driving_distances(row):
    start = snap(float(row["from_lon"]), float(row["from_lat"]))
    end = snap(float(row["to_lon"]), float(row["to_lat"]))
    assert drive_km(start, end) == pytest.approx(float(row["true_km"]), rel=0.20)


def test_route_relations():
    nodes, ways, relations = osm()
    lines = {(t["route"], t["ref"]) for _, t in relations}
    assert 50 <= len(lines) <= 80
    assert len(relations) == 2 * len(lines)
    assert {("tram", "3"), ("tram", "4")} <= lines
    for members, tags in relations:
        assert tags["type"] == "route"
        assert tags["route"] in ("train", "tram", "bus")
        assert tags["public_transport:version"] == "2"
        chain = [ways[ref][0] for kind, ref, _ in members if kind == "w"]
        halts = [ref for kind, ref, role in members if kind == "n" and role == "stop"]
        assert len(halts) >= 2
        assert len(halts) == len(set(halts))
        on_ways = {n for refs in chain for n in refs}
        assert set(halts) <= on_ways, tags["name"]
        # the ways join end to end, and the line passes its stops in order
        ends = {chain[0][0], chain[0][-1]}
        for refs in chain[1:]:
            assert ends & {refs[0], refs[-1]}, tags["name"]
            ends = {refs[0], refs[-1]}
        kind = {"train": "train", "tram": "tram", "bus": "bus"}[tags["route"]]
        for n in halts:
            assert nodes[n][2]["public_transport"] == "stop_position"
            assert nodes[n][2][kind] == "yes"
            assert nodes[n][2]["name"]
            assert nodes[n][2]["ref:source_id"]
        highway = {ways[ref][1].get("highway") for kind_, ref, _ in members if kind_ == "w"}
        rail = {ways[ref][1].get("railway") for kind_, ref, _ in members if kind_ == "w"}
        assert (highway == {None}) == (tags["route"] != "bus")
        assert rail == {{"train": "rail", "tram": "tram", "bus": None}[tags["route"]]}


def test_headways_parse_and_lie_within_service_hours():
    _, _, relations = osm()
    ends = defaultdict(int)
    for _, tags in relations:
        hours = re.fullmatch(r"Mo-Fr (\d\d:\d\d)-(\d\d:\d\d)", tags["opening_hours"])
        assert hours
        assert 5 <= int(tags["interval"]) <= 120
        for part in filter(None, tags.get("interval:conditional", "").split("; ")):
            rule = re.fullmatch(r"(\d+) @ \((\d\d:\d\d)-(\d\d:\d\d)\)", part)
            assert rule
            assert hours[1] <= rule[2] < rule[3] <= hours[2]
        ends[tags["route"] == "bus" and hours[2] <= "21:00"] += 1
    # many buses stop before a late shift ends: this is what the tool must show
    assert ends[True] > ends[False] / 2


def test_every_municipality_and_both_works_gates_are_served():
    nodes, _, relations = osm()
    served = {ref for members, _ in relations for kind, ref, role in members if kind == "n" and role == "stop"}
    names = {nodes[n][2]["name"] for n in served}
    assert {"Mosel VW-Werk Tor Süd, Zwickau", "Mosel VW-Werk Tor West, Zwickau"} <= names
    outline = defaultdict(list)
    for f in zones():
        if f["properties"]["kind"] == "internal":
            outline[f["properties"]["ags"]].append(shape(f["geometry"]))
    points = shapely.points([nodes[n][:2] for n in sorted(served, reverse=True)])
    for ags, parts in outline.items():
        assert shapely.contains(shapely.union_all(parts), points).any(), ags


def test_folder_is_small():
    assert sum(p.stat().st_size for p in DATA.iterdir() if p.is_file()) < 4_000_000


@pytest.mark.skipif(not RAW.is_dir(), reason=f"raw data of the region not found ({RAW.name} of the test data)")
def test_rebuild_gives_the_same_bytes(tmp_path):
    command = [sys.executable, str(DATA / "build.py"), "--source", str(RAW), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in BUILT:
        new, old = (tmp_path / name).read_bytes(), (DATA / name).read_bytes()
        if name.endswith(".gz"):  # the packed bytes depend on the build of zlib, the content does not
            new, old = gzip.decompress(new), gzip.decompress(old)
        assert new == old, name
