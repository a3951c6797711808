"""Reading OpenStreetMap files: against OSMnx on the same file, and at the size of a part of a country.

The cases time a synthetic town. ``python -m benchmarks.reading [--quick]`` also measures memory, each step in a fresh
process: OSMnx and this library on one file, 1.5 million nodes, and each step of a network of a million links.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.cases import Run, case

SHARED = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
EXTRACT = SHARED / "osm" / "testfeldnds_main_roads.osm.gz"
_CLASSES = ("residential", "residential", "residential", "unclassified", "tertiary", "secondary", "primary")
_SPEEDS = ("30", "50", "DE:urban", None, "70", "100")


def write_town(path: Path, side: int, *, least_bends: int = 2, seed: int = 1) -> Path:
    """Write a street grid as an OpenStreetMap file: `side` x `side` junctions, bent streets, ways of one to two blocks.

    Ids are scattered like those of real extracts (up to 1.2e10), streets have names, one way in ten is a one-way
    street, one in eight is cut at a bend, and one junction in fifty has a turn restriction. 335 junctions along an
    edge with six bends a block make 1.57 million nodes and 168,000 ways, 510 with two make a million links. Real towns
    have 0.2 (Bad Hersfeld) to 0.8 (Porto Alegre) links per node; here it is 0.27 and 0.64.

    Parameters
    ----------
    path : Path
        File to write; its ending says the format.
    side : int
        Junctions along an edge.
    least_bends : int
        Nodes inside of a block; every other block has one more.
    seed : int
        Of the random numbers.
    """
    import osmium
    from osmium.osm.mutable import Node, Relation, Way

    rng = np.random.default_rng(seed)
    number = np.arange(side * side).reshape(side, side)
    lines = [*number, *number.T]
    pairs = np.concatenate([np.column_stack([line[:-1], line[1:]]) for line in lines])
    n_bends = least_bends + np.arange(len(pairs)) % 2
    at = np.stack([number % side, number // side], axis=-1).reshape(-1, 2).astype(float)
    place = np.concatenate([at + rng.uniform(-0.15, 0.15, at.shape), np.empty((n_bends.sum(), 2))])
    bend_ptr = side * side + np.concatenate([[0], np.cumsum(n_bends)])
    for rank in range(least_bends + 1):
        rows = np.flatnonzero(n_bends > rank)
        share = ((rank + 1) / (n_bends[rows] + 1))[:, None]
        a, b = place[pairs[rows, 0]], place[pairs[rows, 1]]
        place[bend_ptr[rows] + rank] = a + share * (b - a) + rng.uniform(-0.05, 0.05, (len(rows), 2))
    step = 12_000_000_000 // len(place)
    node_id = 1000 + np.arange(len(place), dtype=np.int64) * step
    lon, lat = 9.0 + place[:, 0] * 0.0028, 50.0 + place[:, 1] * 0.0018  # blocks of 200 m
    ways_at: dict[int, list[int]] = {}
    with osmium.SimpleWriter(str(path)) as writer:
        for row, (i, x, y) in enumerate(zip(node_id.tolist(), lon.tolist(), lat.tolist(), strict=True)):
            tags = {"highway": "traffic_signals"} if row % 40 == 0 else None
            writer.add_node(Node(id=i, version=1, location=(x, y), tags=tags))
        way_id = 100
        for street in range(len(lines)):
            name, kind = f"Straße {street} am Gewerbegebiet", _CLASSES[int(rng.integers(len(_CLASSES)))]
            starts = np.flatnonzero(np.arange(side - 1) % 3 != 1).tolist()  # one block, two blocks, one, two, ...
            for first, end in zip(starts, [*starts[1:], side - 1], strict=True):
                blocks = street * (side - 1) + np.arange(first, end)
                refs = [int(pairs[blocks[0], 0])]
                for block in blocks.tolist():
                    refs += [*range(bend_ptr[block], bend_ptr[block + 1]), int(pairs[block, 1])]
                tags = {"highway": kind, "name": name, "surface": "asphalt", "lit": "yes"}
                if speed := _SPEEDS[int(rng.integers(len(_SPEEDS)))]:
                    tags["maxspeed"] = speed
                if rng.random() < 0.1:
                    tags["oneway"] = "yes"
                # one way in eight is cut at a bend, as where a bridge or a bus route begins
                cut = 2 if way_id % 8 == 0 else len(refs)
                writer.add_way(Way(id=way_id, version=1, nodes=node_id[refs[:cut]].tolist(), tags=tags))
                if cut < len(refs):
                    rest = Way(id=way_id + 1_000_000, version=1, nodes=node_id[refs[cut - 1 :]].tolist(), tags=tags)
                    writer.add_way(rest)
                for junction in (refs[0], refs[-1]):
                    ways_at.setdefault(junction, []).append(way_id)
                way_id += 1
        for number_of, (node, found) in enumerate(sorted(ways_at.items())):
            if number_of % 50 == 0 and len(found) > 1:
                members = [("w", found[0], "from"), ("n", int(node_id[node]), "via"), ("w", found[1], "to")]
                turn = {"type": "restriction", "restriction": "no_left_turn"}
                writer.add_relation(Relation(id=number_of + 1, version=1, members=members, tags=turn))
    return path


def write_whole(source: Path, target: Path) -> Path:
    """Copy the highways of an extract whose nodes it all holds, and these nodes, as OSMnx needs it."""
    import osmium

    known = {node.id for node in osmium.FileProcessor(source, osmium.osm.NODE)}
    used: set[int] = set()
    with osmium.SimpleWriter(str(target)) as writer:
        ways = osmium.FileProcessor(source, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
        whole = [way.id for way in ways if known.issuperset(node.ref for node in way.nodes)]
        chosen = osmium.filter.IdFilter(whole)
        for way in osmium.FileProcessor(source, osmium.osm.WAY).with_filter(chosen):
            used.update(node.ref for node in way.nodes)
        for node in osmium.FileProcessor(source, osmium.osm.NODE):
            if node.id in used:
                writer.add_node(node)
        for way in osmium.FileProcessor(source, osmium.osm.WAY).with_filter(chosen):
            writer.add_way(way)
    return target


def _osmnx(path: Path) -> Run:
    import osmnx

    return lambda: osmnx.simplify_graph(osmnx.graph_from_xml(path, simplify=False, retain_all=True))


def _town(quick: bool) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    folder = tempfile.TemporaryDirectory(prefix="reading-")
    return folder, write_town(Path(folder.name) / "town.osm", 20 if quick else 60)


@case("osmnx graph_from_xml + simplify_graph, synthetic town", warm_up=False, repeats=1)
def osmnx_town(quick: bool) -> Run:
    folder, path = _town(quick)
    read = _osmnx(path)
    return lambda: (read(), folder)


@case("read_osm, synthetic town", reference="osmnx graph_from_xml + simplify_graph, synthetic town")
def read_town(quick: bool) -> Run:
    from itas_mobility import network

    folder, path = _town(quick)
    return lambda: (network.read_osm(path), folder)


_STEP = """
import json, resource, sys, time
from pathlib import Path
{setup}
began = time.perf_counter()
result = {run}
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({{"seconds": seconds, "peak_mb": peak / 1e6, "result": str({show})}}))
"""


def step(run: str, *, setup: str = "", show: str = "''") -> dict[str, object]:
    """Run a piece of code in a fresh process: its seconds (imports and `setup` not counted) and its peak memory.

    ``ru_maxrss`` counts kilobytes on Linux.
    """
    code = _STEP.format(run=run, setup=setup, show=show)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _print(name: str, found: dict[str, object]) -> None:
    print(f"{name:56s} {found['seconds']:9.2f} s {found['peak_mb']:8.0f} MB  {found['result']}", flush=True)


_WARM = """
from itas_mobility import network
from benchmarks.reading import write_town
import tempfile
with tempfile.TemporaryDirectory() as folder:
    network.read_osm(write_town(Path(folder) / "small.osm.pbf", 5))  # compiles
"""
_SIZE = 'f"{result.n_nodes} nodes, {result.n_links} links"'


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small synthetic files")
    parser.add_argument("--only", choices=("osmnx", "large"), help="one half")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        folder = Path(name)
        if given.only != "large":
            files = [write_town(folder / "town.osm", 20 if given.quick else 60)]
            if EXTRACT.exists() and not given.quick:
                files.append(write_whole(EXTRACT, folder / "hannover_braunschweig_wolfsburg.osm"))
            for path in files:
                ours = step(f"network.read_osm({str(path)!r})", setup=_WARM, show=_SIZE)
                _print(f"read_osm, {path.name}", ours)
                theirs = step(
                    f"osmnx.simplify_graph(osmnx.graph_from_xml({str(path)!r}, simplify=False, retain_all=True))",
                    setup="import osmnx",
                    show='f"{len(result)} nodes, {result.number_of_edges()} links"',
                )
                _print(f"osmnx, {path.name}", theirs)
                print(
                    f"  {float(str(theirs['seconds'])) / float(str(ours['seconds'])):.1f} times as fast, "
                    f"{float(str(ours['peak_mb'])) / float(str(theirs['peak_mb'])):.2f} of the memory"
                )
        if given.only != "osmnx":
            path = write_town(folder / "nodes.osm.pbf", 60 if given.quick else 335, least_bends=6)
            size = f"{path.stat().st_size / 1e6:.0f} MB of PBF"
            _print(
                f"read_osm, 1.57 million nodes, {size}",
                step(f"network.read_osm({str(path)!r})", setup=_WARM, show=_SIZE),
            )
            path = write_town(folder / "links.osm.pbf", 60 if given.quick else 515)
            _print("read_osm, a million links", step(f"network.read_osm({str(path)!r})", setup=_WARM, show=_SIZE))
            stored = folder / "large.npz"
            read = f"{_WARM}\nroads = network.read_osm({str(path)!r})"
            _print("write_network", step(f"network.write_network(roads, {str(stored)!r})", setup=read))
            load = f"network.read_network({str(stored)!r})"
            _print("read_network", step(load, setup="from itas_mobility import network", show=_SIZE))
            mapped = f"network.read_network({str(stored)!r}, memory_map=True)"
            _print("read_network, mapped", step(mapped, setup="from itas_mobility import network", show=_SIZE))
            ends = "int(roads.node_id[0]), int(base_node_id(roads.node_id).max())"
            route = f"network.shortest_route(roads, {ends})"
            setup = (
                "from itas_mobility import network\nfrom itas_mobility.core.node_parts import base_node_id\n"
                f"roads = {load}"
            )
            _print("shortest_route, corner to corner, first", step(route, setup=setup, show="result.length_m"))
            _print(
                "shortest_route, corner to corner, again",
                step(route, setup=f"{setup}\n{route}", show="result.length_m"),
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
