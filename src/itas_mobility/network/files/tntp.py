"""Networks and trip tables in the TNTP format of the Transportation Networks for Research collection.

The format: metadata lines ``<KEY> value`` up to ``<END OF METADATA>``, then one link per line (init node, term node,
capacity, length, free-flow time, B, power, speed, toll, type) ended by ``;``, or blocks ``Origin i`` of entries
``destination : trips;``. ``~`` begins a comment. Zones are the nodes 1 to NUMBER OF ZONES; nodes below FIRST THRU NODE
are not passed through. Units differ from file to file and are not in it.
"""

import hashlib
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.atomic import write_text
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.errors import DataWarning, DemandError, InputError, NetworkError
from itas_mobility.units import METRES_PER_KILOMETRE, METRES_PER_MILE, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

TimeUnit: TypeAlias = Literal["s", "min", "h"]
LengthUnit: TypeAlias = Literal["m", "km", "mi", "ft"]

SECONDS = {"s": 1.0, "min": SECONDS_PER_MINUTE, "h": SECONDS_PER_HOUR}
METRES = {"m": 1.0, "km": METRES_PER_KILOMETRE, "mi": METRES_PER_MILE, "ft": METRES_PER_MILE / 5280}
"""A mile has 5280 feet."""

LINK_FIELDS = ("init node", "term node", "capacity", "length", "free flow time", "B", "power", "speed", "toll", "type")
NEEDED_FIELDS = 7
TOTAL_TOLERANCE = 1e-3
"""Relative difference between TOTAL OD FLOW and the sum of trips above which it is worth a word."""
_METADATA = re.compile(r"<\s*([^>]*?)\s*>\s*(.*)")
_ORIGIN = re.compile(r"origin\s*:?\s*(\S+)\s*$", re.IGNORECASE)


@dataclass
class _Lines:
    """Lines of a file without comments, numbered, and its metadata."""

    path: Path
    metadata: dict[str, tuple[str, int]]
    body: list[tuple[int, str]]
    error: type[InputError]

    def fail(self, line: int, message: str) -> InputError:
        return self.error(f"{self.path}, line {line}: {message}")

    def count(self, key: str) -> int | None:
        """Whole number of a metadata line, None where there is no such line."""
        if key not in self.metadata:
            return None
        text, line = self.metadata[key]
        if not text:
            return None
        value = self.number(text.split()[0], line, f"<{key}>")
        if value != int(value):
            raise self.fail(line, f"<{key}> is {text!r}, not a whole number")
        return int(value)

    def number(self, text: str, line: int, field: str, *, allow_inf: bool = False) -> float:
        """Number that is not negative."""
        try:
            value = float(text)
        except ValueError:
            raise self.fail(line, f"{field} is {text!r}, not a number") from None
        if "_" in text or math.isnan(value) or (math.isinf(value) and not allow_inf):
            raise self.fail(line, f"{field} is {text!r}, not a finite number")
        if value < 0:
            raise self.fail(line, f"{field} is {text!r}; it must not be negative")
        return value

    def node(self, text: str, line: int, field: str) -> int:
        """Node number."""
        value = self.number(text, line, field)
        if value != int(value):
            raise self.fail(line, f"{field} is {text!r}, not a whole number")
        return int(value)


def read_tntp(net_path: str | Path, *, time_unit: TimeUnit = "min", length_unit: LengthUnit = "mi") -> RoadNetwork:
    """Read a TNTP network file.

    Nodes are the zones 1 to NUMBER OF ZONES, then all other numbers that links use, in rising order; `node_id` holds
    the file's numbers, so gaps between them do no harm. Where the file's zones are not numbered from 1, its lowest
    numbers are the zones, and a DataWarning says so. A file counts as one hour, so capacities are veh/h.

    The file's order of links (links are sorted by tail) is kept in `way_id`: link *i* stands in row ``way_id[i]`` of
    the file, counted from 1 over the rows of links, so ``numpy.argsort(roads.way_id)`` gives the file's order.
    `link_key` is made from the two node numbers (and the rank among parallel links), so that it outlives edits of other
    rows. Tolls are taken as they stand, as if in euro. The speed column, of which the unit differs, is not used:
    `free_speed_km_per_h` is length by time, 0 where one of them is 0. Links at nodes below FIRST THRU NODE are
    connectors.

    Parameters
    ----------
    net_path : path
        The ``*_net.tntp`` file.
    time_unit : {"min", "s", "h"}
        Unit of the free-flow times.
    length_unit : {"mi", "km", "m", "ft"}
        Unit of the lengths.

    Returns
    -------
    RoadNetwork
        With BPR functions; nodes have no coordinates.

    Raises
    ------
    NetworkError
        If the file cannot be read or used, naming file and line.

    Warns
    -----
    DataWarning
        For what had to be assumed: missing FIRST THRU NODE, counts that differ from the header, isolated zones.
    """
    _check_units(time_unit, length_unit)
    lines = _read_lines(net_path, NetworkError)
    number, values = _links(lines)
    n_links = len(number)
    zones, first_through = _zones(lines, number)
    others = np.setdiff1d(np.unique(number), zones)
    node_id = np.concatenate((zones, others))
    if np.any(node_id[first_through:] < _first_through_number(lines)):
        raise NetworkError(
            f"{lines.path}: nodes below FIRST THRU NODE stand among the others; the zones must come first"
        )
    by_number = np.argsort(node_id)
    ends = by_number[np.searchsorted(node_id, number, sorter=by_number)]
    order = np.argsort(ends[:, 0], kind="stable")
    tail, head = ends[order].T.astype(np.int32)
    capacity, length, free_time, factor, power, toll = values[order].T
    length_m = length * METRES[length_unit]
    free_time_s = free_time * SECONDS[time_unit]
    speed = np.divide(length_m, free_time_s, out=np.zeros(n_links), where=free_time_s > 0) * 3.6
    connector = (tail < first_through) | (head < first_through)
    n_nodes = len(node_id)
    ones = np.ones(n_links)
    return RoadNetwork(
        ptr=np.searchsorted(tail, np.arange(n_nodes + 1)).astype(np.int64),
        tail=tail,
        head=head,
        node_id=node_id,
        node_lon_deg=np.full(n_nodes, np.nan),
        node_lat_deg=np.full(n_nodes, np.nan),
        link_key=_link_keys(number)[order],
        length_m=length_m,
        free_speed_km_per_h=np.where(np.isfinite(speed), speed, 0.0),
        free_time_s=free_time_s,
        lanes=ones,
        capacity_veh_per_h=capacity,
        vdf=np.full(n_links, VdfKind.BPR),
        vdf_alpha=factor,
        vdf_beta=power,
        toll_eur=toll,
        road_class=np.where(connector, RoadClass.CONNECTOR, RoadClass.OTHER),
        modes=np.full(n_links, int(Mode.CAR)),
        access=np.zeros(n_links, np.uint8),
        name_code=np.zeros(n_links, np.int32),
        names=np.array([""]),
        shape_ptr=np.zeros(n_links + 1, dtype=np.int64),
        shape_lon_deg=np.zeros(0),
        shape_lat_deg=np.zeros(0),
        way_ptr=np.arange(n_links + 1),
        way_id=order + 1,
        n_zones=len(zones),
        first_through=first_through,
        mode=Mode.CAR,
        report=ReadReport(file=lines.path.name, counts={"links": n_links, "nodes": n_nodes, "zones": len(zones)}),
    )


def read_tntp_trips(path: str | Path, zone_ids: Sequence[str] | np.ndarray | None = None) -> ODMatrix:
    """Read a TNTP trip table; it counts as one hour.

    Parameters
    ----------
    path : path
        The ``*_trips.tntp`` file.
    zone_ids : sequence of str, optional
        Zones wanted, in this order (for a network: ``roads.node_id[:roads.n_zones].astype(str)``); default 1 to NUMBER
        OF ZONES.

    Returns
    -------
    ODMatrix
        With `duration_h` 1; pairs that the file leaves out have no trips.

    Raises
    ------
    DemandError
        If the file cannot be read or used, naming file and line: trips of an unknown zone, a pair that stands twice,
        trips that are negative or not a number.

    Warns
    -----
    DataWarning
        Where the file's number of zones or total differs from what it holds or from the zones wanted.
    """
    lines = _read_lines(path, DemandError)
    n_zones = lines.count("NUMBER OF ZONES")
    if zone_ids is None:
        if n_zones is None:
            raise DemandError(f"{lines.path}: <NUMBER OF ZONES> is missing; give zone_ids")
        wanted = [str(i) for i in range(1, n_zones + 1)]
    else:
        wanted = [str(zone) for zone in zone_ids]
        if n_zones is not None and n_zones != len(wanted):
            _say(
                f"{lines.path}: <NUMBER OF ZONES> is {n_zones}, the network has {len(wanted)}; "
                "zones without trips stay empty"
            )
    row = {zone: i for i, zone in enumerate(wanted)}
    trips = np.zeros((len(wanted), len(wanted)))
    seen = np.zeros_like(trips, dtype=bool)
    for line, origin, destination, amount in _entries(lines):
        if origin not in row or destination not in row:
            if amount == 0:
                continue
            stranger = origin if origin not in row else destination
            raise lines.fail(
                line,
                f"zone {stranger} is not one of the {len(wanted)} zones, but {amount:g} trips go "
                f"{origin} -> {destination}",
            )
        i, j = row[origin], row[destination]
        if seen[i, j]:
            raise lines.fail(line, f"pair {origin} -> {destination} stands twice")
        seen[i, j] = True
        trips[i, j] = amount
    if not seen.any():
        raise DemandError(f"{lines.path}: no trips found (blocks 'Origin i' with entries 'destination : trips;')")
    _check_total(lines, float(trips.sum()))
    return ODMatrix(zone_id=np.array(wanted), trips=trips, duration_h=1.0, label=lines.path.stem)


def write_tntp(
    roads: RoadNetwork,
    net_path: str | Path,
    *,
    time_unit: TimeUnit = "min",
    length_unit: LengthUnit = "km",
    infinite_capacity: float = math.inf,
) -> None:
    """Write a network as a TNTP file for other solvers, all or nothing.

    Nodes are numbered as solvers expect: row *i* of the network becomes node *i* + 1, so that zones come first. Links
    stand in the network's order, capacities in veh/h, speeds in km/h, tolls in euro, the class (`RoadClass`) as type.
    `read_tntp` with the same units gives tails, heads, lengths, times, capacities, BPR parameters and tolls again;
    coordinates, names, courses and ids are not part of the format.

    Parameters
    ----------
    roads : RoadNetwork
        Network with BPR functions only; connected to zones if trips are to be assigned.
    net_path : str or Path
        File, by custom ending with ``_net.tntp``; an old one is replaced.
    time_unit : {"min", "s", "h"}
        Unit of the free-flow times.
    length_unit : {"km", "m", "mi", "ft"}
        Unit of the lengths.
    infinite_capacity : float, default=inf
        What stands for an infinite capacity (veh/h); a large number for solvers that cannot read ``inf``.

    Raises
    ------
    NetworkError
        If a unit is not known, the folder does not exist, the network has no zones, or a link has another function than
        BPR (the message names the first).
    """
    _check_units(time_unit, length_unit)
    target = _target(net_path, NetworkError)
    if not roads.n_zones:
        raise NetworkError(f"{target}: the network has no zones, which a TNTP file needs; connect it first")
    others = np.flatnonzero(roads.vdf != VdfKind.BPR)
    if others.size:
        kind = VdfKind(int(roads.vdf[others[0]])).name
        raise NetworkError(
            f"{target}: link {roads.link_key[others[0]]} (and {others.size - 1} more) has the function {kind}; TNTP "
            "knows BPR only"
        )
    if not infinite_capacity > 0:
        raise NetworkError(f"infinite_capacity: {infinite_capacity} must be positive")
    capacity = np.where(np.isinf(roads.capacity_veh_per_h), infinite_capacity, roads.capacity_veh_per_h)
    columns = [
        (roads.tail + 1).tolist(),
        (roads.head + 1).tolist(),
        capacity.tolist(),
        (roads.length_m / METRES[length_unit]).tolist(),
        (roads.free_time_s / SECONDS[time_unit]).tolist(),
        roads.vdf_alpha.tolist(),
        roads.vdf_beta.tolist(),
        roads.free_speed_km_per_h.tolist(),
        roads.toll_eur.tolist(),
        roads.road_class.tolist(),
    ]
    head = [
        f"<NUMBER OF ZONES> {roads.n_zones}",
        f"<NUMBER OF NODES> {roads.n_nodes}",
        f"<FIRST THRU NODE> {roads.first_through + 1}",
        f"<NUMBER OF LINKS> {roads.n_links}",
        "<END OF METADATA>",
        "",
        f"~ length in {length_unit}, free flow time in {time_unit}, capacity in veh/h, speed in km/h, toll in euro",
        "~\t" + "\t".join(field.replace(" ", "_") for field in LINK_FIELDS) + "\t;",
    ]
    rows = ("\t" + "\t".join(map(_plain, row)) + "\t;" for row in zip(*columns, strict=True))
    write_text(target, "\n".join([*head, *rows, ""]))


def write_tntp_trips(trips: ODMatrix, path: str | Path) -> None:
    """Write a matrix as a TNTP trip table, all or nothing; a table counts as one hour, so trips per hour are written.

    Parameters
    ----------
    trips : ODMatrix
        Matrix; zone *i* becomes zone *i* + 1, as in `write_tntp`.
    path : str or Path
        File, by custom ending with ``_trips.tntp``; an old one is replaced.

    Raises
    ------
    DemandError
        If the folder does not exist.
    """
    target = _target(path, DemandError)
    per_hour = trips.trips / trips.duration_h
    lines = [f"<NUMBER OF ZONES> {len(trips)}", f"<TOTAL OD FLOW> {float(per_hour.sum())!r}", "<END OF METADATA>", ""]
    for origin, row in enumerate(per_hour):
        there = np.flatnonzero(row)
        lines.append(f"Origin {origin + 1}")
        lines += [
            f"\t{zone + 1} : {_plain(amount)};"
            for zone, amount in zip(there.tolist(), row[there].tolist(), strict=True)
        ]
    write_text(target, "\n".join([*lines, ""]))


def _plain(value: float) -> str:
    """All digits a number holds, without a trailing ``.0``."""
    return repr(value).removesuffix(".0")


def _target(given: str | Path, error: type[InputError]) -> Path:
    path = Path(given)
    if not path.parent.is_dir():
        raise error(f"{path}: the folder does not exist")
    return path


def _check_units(time_unit: str, length_unit: str) -> None:
    for name, unit, known in (("time_unit", time_unit, SECONDS), ("length_unit", length_unit, METRES)):
        if unit not in known:
            raise NetworkError(f"{name}: {unit!r} is not one of {', '.join(known)}")


def _say(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=4)


def _read_lines(given: str | Path, error: type[InputError]) -> _Lines:
    path = Path(given)
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror})") from fault
    if b"\0" in raw:
        raise error(f"{path}: is not a text file")
    # numbers are ASCII; comments may be in any encoding
    text = raw.decode("utf-8-sig", errors="replace")
    lines = _Lines(path, {}, [], error)
    for number, line in enumerate(text.splitlines(), start=1):
        tag = _METADATA.match(line.strip())
        if tag is not None:
            key = " ".join(tag[1].upper().split())
            if key not in lines.metadata:
                lines.metadata[key] = (tag[2].split("~")[0].strip() if key != "ORIGINAL HEADER" else "", number)
            continue
        content = line.split("~")[0].strip()
        if content:
            lines.body.append((number, content))
    if not lines.body:
        raise error(f"{path}: holds no data; a TNTP file has metadata lines and rows below")
    return lines


def _links(lines: _Lines) -> tuple[np.ndarray, np.ndarray]:
    """Node numbers, shape (n, 2), and capacity, length, time, B, power, toll, shape (n, 6), in the file's order."""
    ends: list[tuple[int, int]] = []
    values: list[list[float]] = []
    for line, content in lines.body:
        fields = content.rstrip("; \t").replace(",", " ").split()
        if not fields:
            continue
        if not ends and fields[0].lower().startswith(("init", "from", "tail")):  # a header without comment sign
            continue
        if len(fields) < NEEDED_FIELDS:
            raise lines.fail(
                line,
                f"{len(fields)} fields, a link has at least {NEEDED_FIELDS} ({', '.join(LINK_FIELDS[:NEEDED_FIELDS])})",
            )
        ends.append((lines.node(fields[0], line, "init node"), lines.node(fields[1], line, "term node")))
        numbers = [
            lines.number(fields[i], line, f"{LINK_FIELDS[i]} of link {fields[0]} -> {fields[1]}", allow_inf=i == 2)
            for i in range(2, 7)
        ]
        toll = fields[8] if len(fields) > 8 else "0"
        values.append([*numbers, lines.number(toll, line, f"toll of link {fields[0]} -> {fields[1]}")])
    if not ends:
        raise lines.error(f"{lines.path}: holds no links")
    said = lines.count("NUMBER OF LINKS")
    if said is not None and said != len(ends):
        _say(
            f"{lines.path}: <NUMBER OF LINKS> is {said}, the file holds {len(ends)}; took those (is the file cut off?)"
        )
    return np.array(ends, dtype=np.int64), np.array(values)


def _first_through_number(lines: _Lines) -> int:
    return lines.count("FIRST THRU NODE") or 1


def _zones(lines: _Lines, number: np.ndarray) -> tuple[np.ndarray, int]:
    """Numbers of the zones, and how many of the first nodes are not passed through."""
    n_zones = lines.count("NUMBER OF ZONES")
    if not n_zones:
        raise lines.error(f"{lines.path}: <NUMBER OF ZONES> is missing or 0; without it zones are not known")
    present = np.unique(number)
    n_nodes = lines.count("NUMBER OF NODES")
    usual = np.arange(1, n_zones + 1)
    missing = np.setdiff1d(usual, present)
    zones = usual
    first = lines.count("FIRST THRU NODE")
    if missing.size:
        below = int((present < first).sum()) if first is not None else -1
        # the file's numbers have gaps if its counts fit the numbers that are there
        if len(present) >= n_zones and (below == n_zones or n_nodes == len(present) or missing.size > n_zones / 2):
            zones = present[:n_zones]
            _say(
                f"{lines.path}: node numbers have gaps; took the {n_zones} lowest ({zones[0]} to {zones[-1]}) as zones"
            )
        else:
            named = ", ".join(str(zone) for zone in missing[:5])
            more = f" and {missing.size - 5} more" if missing.size > 5 else ""
            _say(f"{lines.path}: zones {named}{more} have no link; they are kept, cut off")
    if first is None:
        _say(f"{lines.path}: <FIRST THRU NODE> is missing; assumed that all nodes may be passed through")
        return zones, 0
    found = np.union1d(zones, present)
    if n_nodes is not None and n_nodes < len(found):  # more is harmless: numbers that no link uses
        _say(f"{lines.path}: <NUMBER OF NODES> is {n_nodes}, links and zones use {len(found)}; took those")
    return zones, int((found < first).sum())


def _link_keys(number: np.ndarray) -> np.ndarray:
    """63-bit keys from tail, head and rank among parallel links."""
    rank: dict[tuple[int, int], int] = {}
    keys = np.empty(len(number), dtype=np.int64)
    for row, (tail, head) in enumerate(number.tolist()):
        nth = rank.get((tail, head), 0)
        rank[tail, head] = nth + 1
        digest = hashlib.blake2b(f"{tail} {head} {nth}".encode(), digest_size=8).digest()
        keys[row] = int.from_bytes(digest, "big") >> 1
    return keys


def _entries(lines: _Lines) -> Iterator[tuple[int, str, str, float]]:
    """Line, origin, destination and trips of each entry."""
    origin: str | None = None
    for line, content in lines.body:
        block = _ORIGIN.match(content.rstrip("; \t"))
        if block is not None:
            origin = str(lines.node(block[1], line, "origin"))
            continue
        for entry in content.split(";"):
            if not entry.strip():
                continue
            destination, colon, amount = entry.partition(":")
            if not colon or not destination.strip() or not amount.strip():
                raise lines.fail(line, f"{entry.strip()!r} is not 'destination : trips;'")
            if origin is None:
                raise lines.fail(line, f"entry {entry.strip()!r} stands before the first 'Origin' line")
            to = str(lines.node(destination.strip(), line, "destination"))
            yield line, origin, to, lines.number(amount.strip(), line, f"trips {origin} -> {to}")


def _check_total(lines: _Lines, total: float) -> None:
    if "TOTAL OD FLOW" not in lines.metadata or not lines.metadata["TOTAL OD FLOW"][0]:
        return
    text, line = lines.metadata["TOTAL OD FLOW"]
    said = lines.number(text.split()[0], line, "<TOTAL OD FLOW>")
    if abs(said - total) > TOTAL_TOLERANCE * max(said, total):
        _say(f"{lines.path}: <TOTAL OD FLOW> is {said:g}, the trips add up to {total:g}; took the trips")
