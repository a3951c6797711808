"""GMNS, the General Modeling Network Specification (Zephyr Foundation), version 0.96: a folder of CSV tables.

Written are ``config``, ``node``, ``link``, ``use_definition``, and, where the network has them, ``zone`` and
``movement``. GMNS has no place for some of what a network holds; columns of our own carry it, which other programs
skip: in ``link.csv`` ``free_time_s``, ``capacity_veh_per_h`` (of all lanes), ``vdf``, ``vdf_alpha``, ``vdf_beta``,
``access`` and ``way_ids``, in ``node.csv`` ``inner_length_m`` of zones. Units are stated in ``config.csv``: lengths in
metres, speeds in km/h, tolls in euro.

A junction whose turns are restricted or cost time stands in ``link.csv`` as it does in the network: its parts are nodes
(``parent_node_id`` names the junction) and its movements are links of the type ``turn``. A program that reads nodes and
links only thus obeys the restrictions; ``movement.csv`` says the same in the words of GMNS.
"""

import math
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from itas_mobility import geo
from itas_mobility.atomic import write_text
from itas_mobility.core import Access, Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.exchange import codes_of, names_of, way_texts
from itas_mobility.network.files.csv_tables import number_text, plain_text, read_table, safe_text, table_text
from itas_mobility.network.forward_star import (
    MIN_FREE_TIME_S,
    Nodes,
    Shapes,
    Ways,
    assemble,
    mixed_key,
    refuse_tables,
    text_key,
)
from itas_mobility.network.tags import LINK_DEFAULTS, ROAD_CLASSES, LinkDefaults, mode_bit
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, METRES_PER_MILE

_TABLES: Final = ("config.csv", "node.csv", "link.csv", "use_definition.csv", "zone.csv", "movement.csv")
_VERSION: Final = "0.96"
_WRITER: Final = "itas_mobility"
_USES: Final[Mapping[str, Mode]] = {mode.name.lower(): mode for mode in Mode if mode.name}
_NO_USE: Final = "none"
_FOREIGN_USES: Final[Mapping[str, Mode]] = {
    **_USES,
    "all": Mode.CAR | Mode.HGV | Mode.BUS | Mode.BIKE | Mode.PEDELEC | Mode.WALK,
    "auto": Mode.CAR, "automobile": Mode.CAR, "passenger": Mode.CAR, "sov": Mode.CAR, "hov": Mode.CAR,
    "hov2": Mode.CAR, "hov3": Mode.CAR, "truck": Mode.HGV, "freight": Mode.HGV, "transit": Mode.BUS,
    "bicycle": Mode.BIKE | Mode.PEDELEC, "cycle": Mode.BIKE | Mode.PEDELEC, "ped": Mode.WALK,
    "pedestrian": Mode.WALK, "foot": Mode.WALK, "rail": Mode.TRAIN, "lrt": Mode.TRAM,
}  # fmt: skip
"""Names of uses found in the specification's examples and in files of its tools; others are counted and left out."""
_ASSUMED_USE: Final = Mode.CAR | Mode.HGV | Mode.BUS | Mode.BIKE | Mode.PEDELEC | Mode.WALK
"""Of links that do not say who may use them (assumption)."""
_FACILITIES: Final[Mapping[str, RoadClass]] = {
    **ROAD_CLASSES,
    **{road_class.name.lower(): road_class for road_class in RoadClass},
    "freeway": RoadClass.MOTORWAY, "interstate": RoadClass.MOTORWAY, "expressway": RoadClass.TRUNK,
    "highway": RoadClass.TRUNK, "ramp": RoadClass.MOTORWAY_LINK, "principal arterial": RoadClass.PRIMARY,
    "major arterial": RoadClass.PRIMARY, "arterial": RoadClass.PRIMARY, "minor arterial": RoadClass.SECONDARY,
    "collector": RoadClass.TERTIARY, "major collector": RoadClass.TERTIARY, "minor collector": RoadClass.UNCLASSIFIED,
    "local": RoadClass.RESIDENTIAL, "centroid connector": RoadClass.CONNECTOR,
    "centroid_connector": RoadClass.CONNECTOR, "cycletrack": RoadClass.CYCLEWAY, "bike path": RoadClass.CYCLEWAY,
    "sidewalk": RoadClass.FOOTWAY, "crosswalk": RoadClass.FOOTWAY, "walkway": RoadClass.FOOTWAY,
}  # fmt: skip
"""American functional classes beside our own and OpenStreetMap's; the correspondence is an assumption."""
_METRES: Final[Mapping[str, float]] = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), METRES_PER_KILOMETRE),
    **dict.fromkeys(("mi", "mile", "miles"), METRES_PER_MILE),
    **dict.fromkeys(("ft", "foot", "feet"), METRES_PER_MILE / 5280),
}
_KM_PER_H: Final[Mapping[str, float]] = {
    **dict.fromkeys(("km/h", "kmh", "kph", "kmph", "kilometers per hour", "kilometres per hour"), 1.0),
    **dict.fromkeys(("mph", "mi/h", "miles per hour"), METRES_PER_MILE / METRES_PER_KILOMETRE),
    **dict.fromkeys(("m/s", "mps", "meters per second", "metres per second"), 1.0 / KM_PER_H_TO_M_PER_S),
}
_DEGREES: Final = ("4326", "epsg:4326", "wgs84", "wgs 84", "ogc:crs84", "crs84")
_CAPACITY_TOLERANCE: Final = 1e-9
"""Relative difference between lanes times capacity of a lane and the link's capacity that rounding explains."""
_THRU_DEG: Final = 45.0
"""Movements that turn less count as straight on (assumption; the half of a right angle)."""

_Config: TypeAlias = dict[str, tuple[str, str]]


def write_gmns(roads: RoadNetwork, folder: str | Path) -> None:
    """Write a network as a folder of GMNS tables, all or nothing; `read_gmns` gives the same network again.

    Texts that a spreadsheet would run as a formula (names beginning with ``=``, ``+``, ``-``, ``@``) get an apostrophe
    in front, which `read_gmns` takes off again. Infinite capacities stand as ``INF``, missing coordinates as empty
    cells.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    folder : str or Path
        Folder to make. One that exists must hold nothing but tables this function wrote; they are replaced.

    Raises
    ------
    NetworkError
        If the folder above does not exist, the folder holds other files, or a link has a tabulated volume-delay
        function, which GMNS tables cannot hold (the message names the first).
    """
    target = Path(folder)
    if not target.parent.is_dir() or (target.exists() and not target.is_dir()):
        raise NetworkError(f"{target}: give a folder in an existing one")
    others = sorted(entry.name for entry in target.iterdir() if entry.name not in _TABLES) if target.is_dir() else []
    if others:
        raise NetworkError(f"{target}: holds {others[0]!r}, which is no table of a GMNS network; choose another folder")
    refuse_tables(roads, str(target))
    tables = {
        "config.csv": _config_text(roads, target.name),
        "node.csv": _node_text(roads),
        "link.csv": _link_text(roads),
        "use_definition.csv": _use_text(),
    }
    if roads.n_zones:
        tables["zone.csv"] = table_text(("zone_id",), ((row + 1,) for row in range(roads.n_zones)))
    if (roads.road_class == RoadClass.TURN).any():
        tables["movement.csv"] = _movement_text(roads)
    try:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as held:
            draft = Path(held) / "new"
            draft.mkdir()
            for name, text in tables.items():
                write_text(draft / name, text)
            if target.is_dir():
                target.rename(Path(held) / "old")
            draft.rename(target)
    except OSError as fault:
        raise NetworkError(f"{target}: cannot be written ({fault.strerror})") from fault


def _config_text(roads: RoadNetwork, name: str) -> str:
    cells = {
        "dataset_name": safe_text(name),
        "short_length": "m",
        "long_length": "m",
        "speed": "km/h",
        "crs": "EPSG:4326",
        "geometry_field_format": "WKT",
        "currency": "EUR",
        "version_number": _VERSION,
        "id_type": "integer",
        "written_by": _WRITER,
        "mode": int(roads.mode),
        "first_through": roads.first_through,
    }
    return table_text(tuple(cells), [tuple(cells.values())])


def _node_text(roads: RoadNetwork) -> str:
    ids, base = roads.node_id.tolist(), base_node_id(roads.node_id).tolist()
    known = set(ids)
    rows = (
        (
            node,
            number_text(x),
            number_text(y),
            "centroid" if row < roads.n_zones else "",
            row + 1 if row < roads.n_zones else "",
            parent if parent != node and parent in known else "",
            number_text(float(roads.zone_inner_length_m[row])) if row < roads.n_zones else "",
        )
        for row, (node, x, y, parent) in enumerate(
            zip(ids, roads.node_lon_deg.tolist(), roads.node_lat_deg.tolist(), base, strict=True)
        )
    )
    names = ("node_id", "x_coord", "y_coord", "node_type", "zone_id", "parent_node_id", "inner_length_m")
    return table_text(names, rows)


def _link_text(roads: RoadNetwork) -> str:
    ids = roads.node_id
    lanes, capacity = roads.lanes, roads.capacity_veh_per_h
    per_lane = np.divide(capacity, lanes, out=np.full(roads.n_links, np.nan), where=lanes > 0)
    columns: dict[str, Sequence[Any]] = {
        "link_id": roads.link_key.tolist(),
        "name": [safe_text(name) for name in roads.name.tolist()],
        "from_node_id": ids[roads.tail].tolist(),
        "to_node_id": ids[roads.head].tolist(),
        "directed": ["true"] * roads.n_links,
        "geometry": _course_texts(roads),
        "dir_flag": np.where(np.diff(roads.shape_ptr) > 0, 1, 0).tolist(),
        "length": _numbers(roads.length_m),
        "facility_type": names_of(RoadClass, roads.road_class).tolist(),
        "capacity": _numbers(per_lane),
        "free_speed": _numbers(roads.free_speed_km_per_h),
        "lanes": _numbers(lanes),
        "allowed_uses": [_uses_of(modes) for modes in roads.modes.tolist()],
        "toll": _numbers(roads.toll_eur),
        "free_time_s": _numbers(roads.free_time_s),
        "capacity_veh_per_h": _numbers(capacity),
        "vdf": names_of(VdfKind, roads.vdf).tolist(),
        "vdf_alpha": _numbers(roads.vdf_alpha),
        "vdf_beta": _numbers(roads.vdf_beta),
        "access": names_of(Access, roads.access).tolist(),
        "way_ids": way_texts(roads),
    }
    return table_text(tuple(columns), zip(*columns.values(), strict=True))


def _numbers(values: FloatArray) -> list[str]:
    return [number_text(value) for value in values.tolist()]


def _course_texts(roads: RoadNetwork) -> list[str]:
    """Courses as well-known text with all digits; '' where a link has none."""
    points = [f"{x!r} {y!r}" for x, y in zip(roads.shape_lon_deg.tolist(), roads.shape_lat_deg.tolist(), strict=True)]
    texts = []
    for start, end in pairwise(roads.shape_ptr.tolist()):
        kind = "LINESTRING" if end - start > 1 else "POINT"
        texts.append(f"{kind} ({', '.join(points[start:end])})" if end > start else "")
    return texts


def _uses_of(modes: int) -> str:
    return ",".join(name for name, mode in _USES.items() if modes & mode) or _NO_USE


def _use_text() -> str:
    note = "the network says nothing of occupancy or of passenger car equivalents; both stand as 1"
    rows = [(name, 1, 1, note) for name in _USES]
    return table_text(("use", "persons_per_vehicle", "pce", "description"), [*rows, (_NO_USE, 0, 0, "closed to all")])


def _movement_text(roads: RoadNetwork) -> str:
    """Each pair of an arriving and a leaving link that a movement joins."""
    is_turn = roads.road_class == RoadClass.TURN
    arriving: dict[int, list[int]] = defaultdict(list)
    leaving: dict[int, list[int]] = defaultdict(list)
    for link in np.flatnonzero(~is_turn).tolist():
        arriving[int(roads.head[link])].append(link)
        leaving[int(roads.tail[link])].append(link)
    node = roads.node_id
    base = base_node_id(node)
    modes = roads.modes.tolist()
    ways_in, ways_out, turns = [], [], []
    for turn in np.flatnonzero(is_turn).tolist():
        for way_in in arriving[int(roads.tail[turn])]:
            for way_out in leaving[int(roads.head[turn])]:
                if modes[way_in] & modes[turn] & modes[way_out]:
                    ways_in.append(way_in)
                    ways_out.append(way_out)
                    turns.append(turn)
    kinds = _movement_kinds(roads, np.array(ways_in, np.int64), np.array(ways_out, np.int64))
    known = set(node.tolist())
    rows = []
    for number, (way_in, way_out, turn, kind) in enumerate(zip(ways_in, ways_out, turns, kinds, strict=True)):
        junction = int(base[roads.tail[turn]])
        rows.append(
            (
                number + 1,
                junction if junction in known else int(node[roads.tail[turn]]),
                int(roads.link_key[way_in]),
                int(roads.link_key[way_out]),
                kind,
                number_text(float(roads.free_time_s[turn])),
                _uses_of(modes[way_in] & modes[turn] & modes[way_out]),
                int(roads.link_key[turn]),
            )
        )
    names = ("mvmt_id", "node_id", "ib_link_id", "ob_link_id", "type", "penalty", "allowed_uses", "turn_link_id")
    return table_text(names, rows)


def _movement_kinds(roads: RoadNetwork, ways_in: LongArray, ways_out: LongArray) -> list[str]:
    """left, right, thru or uturn, by the directions in which links arrive and leave; thru where they are not known."""
    base = base_node_id(roads.node_id)
    first, second = _end_bearing(roads, ways_in, at_head=True), _end_bearing(roads, ways_out, at_head=False)
    turned = (second - first + 180.0) % 360.0 - 180.0
    back = base[roads.tail[ways_in]] == base[roads.head[ways_out]]
    kinds = np.select([back, turned > _THRU_DEG, turned < -_THRU_DEG], ["uturn", "right", "left"], "thru")
    return [str(kind) for kind in kinds]


def _end_bearing(roads: RoadNetwork, links: LongArray, *, at_head: bool) -> FloatArray:
    """Direction of travel at one end of links, degrees from north, NaN without coordinates."""
    lon, lat = [], []
    for link in links.tolist():
        start, end = int(roads.shape_ptr[link]), int(roads.shape_ptr[link + 1])
        if end - start > 1:
            part = slice(end - 2, end) if at_head else slice(start, start + 2)
            lon.append(roads.shape_lon_deg[part])
            lat.append(roads.shape_lat_deg[part])
        else:
            nodes = [roads.tail[link], roads.head[link]]
            lon.append(roads.node_lon_deg[nodes])
            lat.append(roads.node_lat_deg[nodes])
    if not lon:
        return np.zeros(0)
    x, y = np.array(lon), np.array(lat)
    return np.asarray(np.degrees(np.arctan2(np.diff(x)[:, 0] * np.cos(np.radians(y[:, 0])), np.diff(y)[:, 0])))


def read_gmns(
    folder: str | Path,
    *,
    mode: str | None = None,
    length_unit: str | None = None,
    speed_unit: str | None = None,
    link_defaults: Mapping[RoadClass, LinkDefaults] | None = None,
) -> RoadNetwork:
    """Read a network from a folder of GMNS tables.

    Read are ``node.csv``, ``link.csv``, and where they are, ``config.csv`` and ``geometry.csv``. What `write_gmns`
    wrote gives the same network. In other files undirected links become two, nodes of the type ``centroid`` become
    zones, and what links do not say is assumed by class (`link_defaults`, speeds outside built-up areas) and counted in
    the report. Movements of other files are not applied, which a warning says. Own columns count before what follows
    from others: ``free_time_s`` stands, whatever length and speed.

    Parameters
    ----------
    folder : str or Path
        Folder with the tables.
    mode : str, optional
        Links closed to it are left out. Default: all links of a network that `write_gmns` wrote, else those for cars.
    length_unit, speed_unit : str, optional
        Units of ``length`` (e.g. ``"mile"``) and ``free_speed`` (e.g. ``"mph"``), needed where ``config.csv`` does not
        state them; they go before it.
    link_defaults : mapping of RoadClass to LinkDefaults, optional
        As in `read_osm`.

    Returns
    -------
    RoadNetwork
        Nodes in the file's order, centroids first.

    Raises
    ------
    NetworkError
        If a table is missing or cannot be used; the message names file, line and column.

    Warns
    -----
    DataWarning
        If the folder holds movements that are not applied.
    """
    source = Path(folder)
    if not source.is_dir():
        raise NetworkError(f"{source}: no such folder; a GMNS network is a folder with node.csv and link.csv")
    config = _config(source)
    is_own = config.get("written_by", ("", ""))[0] == _WRITER
    bit = None if mode is None else mode_bit(mode)
    if bit is None and not is_own:
        bit = Mode.CAR
    counts: Counter[str] = Counter()
    reader = _Reader(
        source, config, is_own=is_own, bit=bit, counts=counts, defaults={**LINK_DEFAULTS, **(link_defaults or {})}
    )
    reader.length_m = _unit(source, config, "long_length", length_unit, "length_unit", _METRES)
    reader.speed_km_per_h = _unit(source, config, "speed", speed_unit, "speed_unit", _KM_PER_H)
    reader.epsg = _epsg(source, config)
    return reader.network()


def _config(source: Path) -> _Config:
    """Entries of ``config.csv``, empty where there is no such table."""
    path = source / "config.csv"
    if not path.is_file():
        return {}
    table = read_table(path)
    if len(table) != 1:
        raise NetworkError(f"{path}: holds {len(table)} rows, expected one")
    where = f"{path}, line {table.lines[0]}, column "
    return {name: (cells[0].strip(), where + name) for name, cells in table.columns.items() if cells[0].strip()}


def _unit(
    source: Path, config: _Config, column: str, given: str | None, option: str, known: Mapping[str, float]
) -> float | None:
    """Factor of a unit, None where neither the file nor the caller states it."""
    text, where = (given, option) if given is not None else config.get(column, (None, ""))
    if text is None:
        return None
    if text.lower() not in known:
        raise NetworkError(f"{source}: {where}: unit {text!r} is not known; use one of {', '.join(known)}")
    return known[text.lower()]


def _epsg(source: Path, config: _Config) -> int | None:
    """Code of a projected coordinate system, None for degrees."""
    text, where = config.get("crs", ("4326", ""))
    if text.lower() in _DEGREES:
        return None
    code = text.lower().removeprefix("epsg:")
    if not code.isdecimal():
        raise NetworkError(f"{source}: {where}: {text!r} is not known; give an EPSG code, e.g. EPSG:4326")
    return int(code)


class _Reader:
    """The tables of one folder on their way to a network."""

    length_m: float | None
    speed_km_per_h: float | None
    epsg: int | None

    def __init__(
        self,
        source: Path,
        config: _Config,
        *,
        is_own: bool,
        bit: Mode | None,
        counts: Counter[str],
        defaults: Mapping[RoadClass, LinkDefaults],
    ) -> None:
        self.source, self.config, self.is_own, self.bit = source, config, is_own, bit
        self.counts, self.defaults = counts, defaults
        self.nodes = read_table(source / "node.csv")
        self.links = read_table(source / "link.csv")
        self.nodes.need("node_id", "x_coord", "y_coord")
        self.links.need("link_id", "from_node_id", "to_node_id", "directed")

    def network(self) -> RoadNetwork:
        """Put the tables together."""
        node_id, lon, lat, inner_m, row_of = self._nodes()
        n_zones = len(inner_m)
        ends = [self._ends(name, row_of) for name in ("from_node_id", "to_node_id")]
        columns = self._columns(ends, n_zones)
        shapes = self._shapes()
        columns["length_m"] = self._lengths(shapes, ends, lon, lat)
        self._times(columns)
        twice = self._undirected()
        ways = self._ways()
        keys = self._keys()
        keep = np.ones(len(self.links), bool)
        if self.bit is not None:
            keep = (columns["modes"] & int(self.bit)) != 0
            self.counts["links closed to the mode"] += int((~keep).sum())
        rows = np.flatnonzero(keep)
        back = rows[twice[rows]]
        self.counts["undirected links (each becomes two)"] += len(back)
        order = np.concatenate([rows, back])
        links = {name: np.asarray(values)[order] for name, values in columns.items()}
        links["tail"] = np.concatenate([ends[0][rows], ends[1][back]])
        links["head"] = np.concatenate([ends[1][rows], ends[0][back]])
        links["link_key"] = np.concatenate([keys[rows], mixed_key(keys[back], np.ones(len(back), np.int64))])
        drawn = [shapes[row] for row in rows.tolist()] + [shapes[row][::-1] for row in back.tolist()]
        points = np.concatenate(drawn) if drawn else np.zeros((0, 2))
        way_parts = [ways[row] for row in order.tolist()]
        self._movements()
        mode = Mode(self._own_whole("mode")) if self.is_own and self.bit is None else Mode(self.bit or Mode.CAR)
        counts = {
            "links": len(order),
            "nodes": len(node_id),
            "zones": n_zones,
            **{k: v for k, v in self.counts.items() if v},
        }
        try:
            return assemble(
                nodes=Nodes(node_id, lon, lat),
                links=links,
                shapes=Shapes(
                    np.concatenate([[0], np.cumsum([len(part) for part in drawn])]).astype(np.int64),
                    points[:, 0],
                    points[:, 1],
                ),
                ways=Ways(
                    np.concatenate([[0], np.cumsum([len(part) for part in way_parts])]).astype(np.int64),
                    np.array([way for part in way_parts for way in part], np.int64),
                ),
                n_zones=n_zones,
                first_through=self._own_whole("first_through") if self.is_own else n_zones,
                mode=mode,
                zone_inner_length_m=inner_m,
                report=ReadReport(self.source.name, counts),
            )
        except NetworkError as fault:
            raise NetworkError(f"{self.source}: {fault}") from None

    def _own_whole(self, name: str) -> int:
        text, where = self.config.get(name, ("", f"config.csv, column {name}"))
        if not text.isdecimal():
            raise NetworkError(f"{self.source}: {where}: {text!r} is not a whole number")
        return int(text)

    def _nodes(self) -> tuple[LongArray, FloatArray, FloatArray, FloatArray, dict[str, int]]:
        """Ids, places, lengths inside the zones (which come first), and the row of each id as it stands in the file."""
        table = self.nodes
        cells = table.texts("node_id")
        is_centroid = np.array([text.strip().lower() == "centroid" for text in table.texts("node_type")], bool)
        order = np.argsort(~is_centroid, kind="stable")
        row_of: dict[str, int] = {}
        for position, row in enumerate(order.tolist()):
            if not cells[row].strip():
                raise table.fail(row, "node_id", "is empty")
            if cells[row] in row_of:
                raise table.fail(row, "node_id", f"{cells[row][:40]!r} stands twice")
            row_of[cells[row]] = position
        whole = table.wholes("node_id")
        if whole is None:
            self.counts["node ids that are no whole numbers (nodes are numbered from 1)"] += len(cells)
            whole = list(range(1, len(cells) + 1))
        x, y = table.numbers("x_coord")[order], table.numbers("y_coord")[order]
        if self.epsg is not None:
            x, y = geo.to_degrees(x, y, epsg=self.epsg)
        elif "crs" not in self.config:
            self.counts["coordinate systems assumed (degrees, EPSG:4326)"] += 1
        inner_m = table.numbers("inner_length_m", low=0)[order[: int(is_centroid.sum())]]
        return np.array(whole, np.int64)[order], x, y, inner_m, row_of

    def _ends(self, name: str, row_of: Mapping[str, int]) -> np.ndarray:
        rows = np.empty(len(self.links), np.int32)
        for row, cell in enumerate(self.links.texts(name)):
            if cell not in row_of:
                raise self.links.fail(row, name, f"node {cell[:40]!r} is not in {self.nodes.path.name}")
            rows[row] = row_of[cell]
        return rows

    def _keys(self) -> LongArray:
        cells = self.links.texts("link_id")
        first: dict[str, int] = {}
        for row, cell in enumerate(cells):
            if not cell.strip():
                raise self.links.fail(row, "link_id", "is empty")
            if cell in first:
                line = self.links.lines[first[cell]]
                raise self.links.fail(row, "link_id", f"{cell[:40]!r} stands in line {line} already")
            first[cell] = row
        whole = self.links.wholes("link_id")
        if whole is None:
            self.counts["link ids that are no whole numbers (keys are made from them)"] += len(cells)
            whole = [text_key(cell) for cell in cells]
        return np.array(whole, np.int64)

    def _undirected(self) -> np.ndarray:
        known = {"true": False, "1": False, "yes": False, "false": True, "0": True, "no": True}
        result = np.zeros(len(self.links), bool)
        for row, cell in enumerate(self.links.texts("directed")):
            if cell.strip().lower() not in known:
                raise self.links.fail(row, "directed", f"{cell[:40]!r} is neither true nor false")
            result[row] = known[cell.strip().lower()]
        return result

    def _enum(self, name: str, kind: Any, default: int) -> np.ndarray:
        if name not in self.links:
            return np.full(len(self.links), default, np.uint8)
        cells = self.links.texts(name)
        codes, unknown = codes_of(kind, cells)
        if unknown < 0 and kind is VdfKind and (codes == VdfKind.TABLE).any():
            unknown = int(np.flatnonzero(codes == VdfKind.TABLE)[0])  # the tables themselves would have no place
        if unknown >= 0:
            known = ", ".join(member.name.lower() for member in kind if member is not VdfKind.TABLE)
            raise self.links.fail(unknown, name, f"{cells[unknown][:40]!r} is none of {known}")
        return codes

    def _columns(self, ends: Sequence[np.ndarray], n_zones: int) -> dict[str, np.ndarray]:
        """Columns that need neither units nor courses."""
        table, m = self.links, len(self.links)
        road_class = self._classes(ends, n_zones)
        default = [self.defaults.get(RoadClass(code), self.defaults[RoadClass.OTHER]) for code in road_class.tolist()]
        lanes = self._filled("lanes", table.numbers("lanes", low=0), [d.lanes for d in default])
        names = table.texts("name")
        own = {
            name: table.numbers(name, low=0) if name in table else np.array([getattr(d, name) for d in default], float)
            for name in ("vdf_alpha", "vdf_beta")
        }
        return {
            "lanes": lanes,
            "capacity_veh_per_h": self._capacities(lanes, [d.capacity_per_lane_veh_per_h for d in default]),
            "free_speed_km_per_h": self._speeds([d.speed_rural_km_per_h for d in default]),
            "road_class": road_class,
            "modes": self._modes(),
            "toll_eur": np.nan_to_num(table.numbers("toll", low=0)),
            "vdf": self._enum("vdf", VdfKind, VdfKind.BPR),
            "access": self._enum("access", Access, Access.OPEN),
            "name": np.array([plain_text(name) for name in names] if self.is_own else names, str).reshape(m),
            **own,
        }

    def _filled(self, name: str, values: FloatArray, default: Sequence[float]) -> FloatArray:
        missing = np.isnan(values)
        self.counts[f"links without {name} (assumed by class)"] += int(missing.sum())
        return np.where(missing, np.array(default, float), values)

    def _classes(self, ends: Sequence[np.ndarray], n_zones: int) -> np.ndarray:
        codes = np.empty(len(self.links), np.uint8)
        for row, cell in enumerate(self.links.texts("facility_type")):
            found = _FACILITIES.get(cell.strip().lower())
            if found is None:
                if self.is_own:
                    raise self.links.fail(row, "facility_type", f"{cell[:40]!r} is no class of a road")
                self.counts["links of unknown facility_type (class: other)"] += 1
                touches = ends[0][row] < n_zones or ends[1][row] < n_zones
                found = RoadClass.CONNECTOR if touches else RoadClass.OTHER
            codes[row] = found
        return codes

    def _modes(self) -> np.ndarray:
        result = np.zeros(len(self.links), np.uint8)
        known: dict[str, int] = {}
        for row, cell in enumerate(self.links.texts("allowed_uses")):
            if cell not in known:
                known[cell] = self._modes_of(row, cell)
            result[row] = known[cell]
        self.counts["links without allowed_uses (open to all road users)"] += sum(self.links.is_missing("allowed_uses"))
        return result

    def _modes_of(self, row: int, cell: str) -> int:
        uses = [use.strip().lower() for use in cell.replace(";", ",").split(",") if use.strip()]
        if not uses:
            return int(_ASSUMED_USE)
        bits = 0
        for use in uses:
            if use in _FOREIGN_USES:
                bits |= int(_FOREIGN_USES[use])
            elif use != _NO_USE:
                if self.is_own:
                    raise self.links.fail(row, "allowed_uses", f"{use[:40]!r} is none of {', '.join(_USES)}")
                self.counts[f"allowed use {use[:40]!r} is not known"] += 1
        return bits

    def _capacities(self, lanes: FloatArray, default: Sequence[float]) -> FloatArray:
        """Capacity of the link: the own column, else that of a lane times lanes."""
        per_lane = self.links.numbers("capacity", low=0, allow_inf=True)
        given = ~np.isnan(per_lane)
        if "capacity_veh_per_h" not in self.links:
            per_lane = self._filled("capacity", per_lane, default)
            return np.asarray(np.where(lanes > 0, per_lane * np.where(lanes > 0, lanes, 1.0), 0.0))
        whole = self.links.numbers("capacity_veh_per_h", low=0, allow_inf=True)
        known = given & (lanes > 0)
        expected = np.where(known, np.where(given, per_lane, 0.0) * np.where(lanes > 0, lanes, 1.0), whole)
        for row in np.flatnonzero(np.isnan(whole)).tolist():
            raise self.links.fail(row, "capacity_veh_per_h", "is empty; fill it, or delete the column")
        differs = ~np.isclose(expected, whole, rtol=_CAPACITY_TOLERANCE, atol=float(np.finfo(float).tiny))
        for row in np.flatnonzero(differs).tolist():
            raise self.links.fail(
                row,
                "capacity_veh_per_h",
                f"{whole[row]:g} differs from lanes x capacity = {expected[row]:g}; change both, or delete this column",
            )
        return whole

    def _speeds(self, default: Sequence[float]) -> FloatArray:
        speed = self.links.numbers("free_speed", low=0)
        if self.speed_km_per_h is None:
            if not np.isnan(speed).all():
                raise NetworkError(
                    f"{self.source}: config.csv does not state the unit of free_speed (column speed); give "
                    'speed_unit=, e.g. "mph"'
                )
            return self._filled("free_speed", speed, default)
        return self._filled("free_speed", speed * self.speed_km_per_h, default)

    def _lengths(
        self, shapes: Sequence[np.ndarray], ends: Sequence[np.ndarray], lon: FloatArray, lat: FloatArray
    ) -> FloatArray:
        length = self.links.numbers("length", low=0)
        missing = np.isnan(length)
        if self.length_m is not None:
            length = length * self.length_m
        elif not missing.all():
            raise NetworkError(
                f"{self.source}: config.csv does not state the unit of length (column long_length); give length_unit=, "
                'e.g. "mile"'
            )
        for row in np.flatnonzero(missing).tolist():
            course = shapes[row]
            if len(course) < 2:
                nodes = [int(end[row]) for end in ends]
                course = np.column_stack([lon[nodes], lat[nodes]])
            length[row] = geo.haversine_m(course[:-1, 0], course[:-1, 1], course[1:, 0], course[1:, 1]).sum()
            if math.isnan(length[row]):
                raise self.links.fail(row, "length", "is missing, and so are the coordinates it would follow from")
        self.counts["links without length (measured along their course)"] += int(missing.sum())
        return length

    def _times(self, columns: dict[str, np.ndarray]) -> None:
        """Free times: the own column, else length by speed."""
        length, speed = columns["length_m"], columns["free_speed_km_per_h"]
        time = self.links.numbers("free_time_s", low=0)
        missing = np.isnan(time)
        still = missing & (speed <= 0)
        for row in np.flatnonzero(still).tolist():
            raise self.links.fail(row, "free_speed", "is 0, so the link's time is not known; give free_time_s")
        made = length / np.where(speed > 0, speed, 1.0) / KM_PER_H_TO_M_PER_S
        columns["free_time_s"] = np.where(missing, np.maximum(made, MIN_FREE_TIME_S), time)

    def _shapes(self) -> list[np.ndarray]:
        """Course of each link from its tail to its head, in degrees."""
        import shapely

        texts, tables = list(self.links.texts("geometry")), [self.links] * len(self.links)
        rows = list(range(len(texts)))
        columns = ["geometry"] * len(texts)
        if (self.source / "geometry.csv").is_file() and "geometry_id" in self.links:
            shared = read_table(self.source / "geometry.csv")
            shared.need("geometry_id", "geometry")
            row_of = {cell: row for row, cell in enumerate(shared.texts("geometry_id"))}
            for row, key in enumerate(self.links.texts("geometry_id")):
                if texts[row].strip() or not key.strip():
                    continue
                if key not in row_of:
                    raise self.links.fail(row, "geometry_id", f"{key[:40]!r} is not in {shared.path.name}")
                texts[row], tables[row], rows[row] = shared.texts("geometry")[row_of[key]], shared, row_of[key]
        lines = shapely.from_wkt([text.strip() or None for text in texts], on_invalid="ignore")
        flags = self.links.numbers("dir_flag")
        result = []
        for row, line in enumerate(lines):
            if line is None:
                if texts[row].strip():
                    raise tables[row].fail(rows[row], columns[row], f"{texts[row][:40]!r} is not well-known text")
                result.append(np.zeros((0, 2)))
                continue
            if line.geom_type not in ("LineString", "Point"):
                raise tables[row].fail(rows[row], columns[row], f"is a {line.geom_type}; a course is one LINESTRING")
            points = shapely.get_coordinates(line)
            if self.epsg is not None:
                points = np.column_stack(geo.to_degrees(points[:, 0], points[:, 1], epsg=self.epsg))
            result.append(points[::-1] if flags[row] == -1 else points)
        return result

    def _ways(self) -> list[list[int]]:
        result = []
        for row, cell in enumerate(self.links.texts("way_ids")):
            parts = [part.strip() for part in cell.split(";") if part.strip()]
            if not all(part.removeprefix("-").isdecimal() for part in parts):
                raise self.links.fail(row, "way_ids", f"{cell[:40]!r} are no whole numbers joined by ';'")
            result.append([int(part) for part in parts])
        return result

    def _movements(self) -> None:
        """Say what of the folder is not used."""
        path = self.source / "movement.csv"
        if not path.is_file():
            return
        table = read_table(path)
        if "turn_link_id" in table or not len(table):
            return  # the same movements stand among the links
        self.counts["movements that are not applied"] += len(table)
        warnings.warn(
            f"{path}: {len(table)} movements are not applied; turns are not restricted", DataWarning, stacklevel=4
        )
