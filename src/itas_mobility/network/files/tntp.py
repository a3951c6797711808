"""Networks and trip tables in the TNTP format of the Transportation Networks for Research collection.

The format: metadata lines ``<KEY> value`` up to ``<END OF METADATA>``, then one link per line (init node, term node,
capacity, length, free-flow time, B, power, speed, toll, type) ended by ``;``, or blocks ``Origin i`` of entries
``destination : trips;``. ``~`` begins a comment. Zones are the nodes 1 to NUMBER OF ZONES; nodes below FIRST THRU NODE
are not passed through. Units differ from file to file and are not in it.

Files in the wild keep to that loosely, so line ends, encoding, case, blanks, semicolons left out, metadata anywhere and
several links in a line do no harm. What had to be assumed beyond that is said in a DataWarning; what cannot be read is
refused with file and line.
"""

import codecs
import hashlib
import math
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.atomic import write_text
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.errors import DataWarning, DemandError, InputError, NetworkError
from itas_mobility.units import (
    M_PER_S_TO_KM_PER_H,
    METRES_PER_KILOMETRE,
    METRES_PER_MILE,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
)

TimeUnit: TypeAlias = Literal["s", "min", "h"]
LengthUnit: TypeAlias = Literal["m", "km", "mi", "ft"]
_Row: TypeAlias = tuple[int, list[str]]
"""Line and fields of a link."""

SECONDS = {"s": 1.0, "min": SECONDS_PER_MINUTE, "h": SECONDS_PER_HOUR}
METRES = {"m": 1.0, "km": METRES_PER_KILOMETRE, "mi": METRES_PER_MILE, "ft": METRES_PER_MILE / 5280}
"""A mile has 5280 feet."""

LINK_FIELDS = ("init node", "term node", "capacity", "length", "free flow time", "B", "power", "speed", "toll", "type")
NEEDED_FIELDS = 7
TOLL = LINK_FIELDS.index("toll")
HEADER_NAMES = {
    "init_node": 0, "from": 0, "tail": 0, "term_node": 1, "to": 1, "head": 1, "capacity": 2, "length": 3,
    "free_flow_time": 4, "fft": 4, "fftt": 4, "b": 5, "power": 6, "speed": 7, "speed_limit": 7, "toll": 8, "type": 9,
    "link_type": 9,
}  # fmt: skip
"""Words for the columns in the line above the links, as they are met in files; they decide if the order is unusual."""
TOTAL_TOLERANCE = 1e-3
"""Relative difference between TOTAL OD FLOW and the sum of trips above which it is worth a word."""
SHOWN = 60
"""Characters of a line that a message shows."""
NAMED_ZONES = 5
"""How many zones a message names."""
_METADATA = re.compile(r"<\s*([^<>]*?)\s*>([^<]*)")
_ORIGIN = re.compile(r"origin(?![a-z])\s*:?\s*([^\s:;]*)[\s;]*(.*)", re.IGNORECASE)


@dataclass
class _Lines:
    """Lines of a file without comments, numbered, and its metadata."""

    path: Path
    error: type[InputError]
    metadata: dict[str, tuple[str, int]] = field(default_factory=dict)
    body: list[tuple[int, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    """Comment lines above the body."""

    def fail(self, line: int, message: str) -> InputError:
        return self.error(f"{self.path}, line {line}: {message}")

    def count(self, key: str) -> int | None:
        """Whole number of a metadata line, None where there is no such line."""
        if key not in self.metadata:
            return None
        text, line = self.metadata[key]
        return self.whole(text.split()[0], line, f"<{key}>") if text else None

    def number(self, text: str, line: int, name: str, *, allow_inf: bool = False) -> float:
        """Number that is not negative."""
        try:
            value = float(text)
        except ValueError:
            raise self.fail(line, f"{name} is {text!r}, not a number") from None
        if "_" in text or math.isnan(value) or (math.isinf(value) and not allow_inf):
            raise self.fail(line, f"{name} is {text!r}, not a finite number")
        if value < 0:
            raise self.fail(line, f"{name} is {text!r}; it must not be negative")
        return value

    def whole(self, text: str, line: int, name: str) -> int:
        """Whole number that is not negative; 7.0 is one too."""
        value = self.number(text, line, name)
        if value != int(value) or value >= 2**53:  # beyond, a float no longer tells neighbours apart
            raise self.fail(line, f"{name} is {text!r}, not a whole number")
        return int(value)

    def numbers(
        self, texts: Sequence[str], place: Callable[[int], tuple[int, str]], *, allow_inf: bool = False
    ) -> FloatArray:
        """`number` of many texts at once; `place` gives line and name of text *i* for the message."""
        try:
            values = np.array(list(map(float, texts)), dtype=np.float64)
            good = (values >= 0) & (np.isfinite(values) | allow_inf)
            if good.all() and not any("_" in text for text in texts):
                return values
        except ValueError:
            pass
        return np.array([self.number(text, *place(i), allow_inf=allow_inf) for i, text in enumerate(texts)])

    def wholes(self, texts: Sequence[str], place: Callable[[int], tuple[int, str]]) -> LongArray:
        """`whole` of many texts at once."""
        values = self.numbers(texts, place)
        bad = np.flatnonzero((values != np.floor(values)) | (values >= 2**53))
        if bad.size:
            self.whole(texts[bad[0]], *place(int(bad[0])))
        return values.astype(np.int64)


def read_tntp(net_path: str | Path, *, time_unit: TimeUnit = "min", length_unit: LengthUnit = "mi") -> RoadNetwork:
    """Read a TNTP network file.

    Nodes are the zones 1 to NUMBER OF ZONES, then all other numbers that links use, in rising order; `node_id` holds
    the file's numbers, so gaps between them do no harm. Where the file's zones are not numbered from 1, its lowest
    numbers are the zones; where NUMBER OF ZONES is missing, all numbers below FIRST THRU NODE; a DataWarning says so.
    Columns stand in the usual order unless the line above the links names them otherwise. A file counts as one hour, so
    capacities are veh/h.

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
        For what had to be assumed: missing FIRST THRU NODE or NUMBER OF ZONES, counts that differ from the header,
        metadata that contradict each other, an unusual order of columns, isolated zones.
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
    speed = np.divide(length_m, free_time_s, out=np.zeros(n_links), where=free_time_s > 0) * M_PER_S_TO_KM_PER_H
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
        OF ZONES, or the numbers that occur where they are just as many or NUMBER OF ZONES is missing.

    Returns
    -------
    ODMatrix
        With `duration_h` 1; pairs that the file leaves out have no trips. Zones of the file that are not wanted do no
        harm as long as they have no trips.

    Raises
    ------
    DemandError
        If the file cannot be read or used, naming file and line: trips of an unknown zone, a pair that stands twice,
        trips that are negative or not a number.

    Warns
    -----
    DataWarning
        Where the file's number of zones or total differs from what it holds or from the zones wanted, or it holds no
        trips.
    """
    lines = _read_lines(path, DemandError)
    entries = _entries(lines)
    wanted = _trip_zones(lines, entries) if zone_ids is None else [str(zone) for zone in zone_ids]
    said = lines.count("NUMBER OF ZONES")
    if said is not None and said != len(wanted):
        _say(
            f"{lines.path}: <NUMBER OF ZONES> is {said}, the network has {len(wanted)}; zones without trips stay empty"
        )
    trips = _matrix(lines, entries, wanted)
    if not entries.amount.size:
        _say(f"{lines.path}: holds no trips")
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
    lines = _Lines(path, error)
    for number, line in enumerate(_decode(raw, path, error).splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("<"):
            _add_metadata(lines, number, bare)
        elif bare.startswith("~"):
            if not lines.body:
                lines.comments.append(bare)
        else:
            content = bare.partition("~")[0].rstrip()
            if content:
                lines.body.append((number, content))
    if not lines.body:
        raise error(f"{path}: holds no data; a TNTP file has metadata lines and rows below")
    return lines


def _decode(raw: bytes, path: Path, error: type[InputError]) -> str:
    """Text of a file; what is needed of it is ASCII, comments may be in any encoding."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw:
        raise error(f"{path}: is not a text file")
    return raw.decode("utf-8-sig", errors="replace")


def _add_metadata(lines: _Lines, number: int, line: str) -> None:
    """Metadata of a line, usually one; keys count whatever their case and with blanks or underscores."""
    if line.upper().startswith("<ORIGINAL HEADER"):  # free text, which may hold any sign
        return
    found = list(_METADATA.finditer(line.partition("~")[0]))
    if not found:
        raise lines.fail(number, f"{line[:SHOWN]!r} is not '<KEY> value'")
    for tag in found:
        key = " ".join(tag[1].upper().replace("_", " ").split()).replace("THROUGH", "THRU")
        text = tag[2].strip(" \t:=;")
        known, line_before = lines.metadata.setdefault(key, (text, number))
        if known != text and text:
            _say(f"{lines.path}: <{key}> is {known!r} in line {line_before}, {text!r} in line {number}; took {known!r}")


def _links(lines: _Lines) -> tuple[LongArray, FloatArray]:
    """Node numbers, shape (n, 2), and capacity, length, time, B, power, toll, shape (n, 6), in the file's order."""
    header, rows = _link_rows(lines)
    position = _positions(lines, header)
    needed = max(position[:NEEDED_FIELDS]) + 1
    for line, fields in rows:
        if len(fields) < needed:
            raise lines.fail(line, f"{len(fields)} fields, a link has at least {needed}: {_named_fields(position)}")
    ends = np.stack([_end(lines, rows, position[end], LINK_FIELDS[end]) for end in (0, 1)], axis=1)
    names = (*LINK_FIELDS[2:NEEDED_FIELDS], "toll")
    columns = [_attribute(lines, rows, ends, position[LINK_FIELDS.index(name)], name) for name in names]
    said = lines.count("NUMBER OF LINKS")
    if said is not None and said != len(rows):
        _say(
            f"{lines.path}: <NUMBER OF LINKS> is {said}, the file holds {len(rows)}; took those (is the file cut off?)"
        )
    return ends, np.stack(columns, axis=1)


def _end(lines: _Lines, rows: list[_Row], at: int, name: str) -> LongArray:
    return lines.wholes([fields[at] for _, fields in rows], lambda i: (rows[i][0], name))


def _attribute(lines: _Lines, rows: list[_Row], ends: LongArray, at: int, name: str) -> FloatArray:
    """A column that may be missing, then it is 0."""
    texts = [fields[at] if 0 <= at < len(fields) else "0" for _, fields in rows]

    def place(i: int) -> tuple[int, str]:
        return rows[i][0], f"{name} of link {ends[i, 0]} -> {ends[i, 1]}"

    return lines.numbers(texts, place, allow_inf=name == "capacity")


def _link_rows(lines: _Lines) -> tuple[list[str] | None, list[_Row]]:
    """Words of a header without comment sign, and line and fields of each link."""
    header: list[str] | None = None
    rows: list[_Row] = []
    for line, content in lines.body:
        if not rows and content[0].isalpha():
            if _ORIGIN.match(content):
                raise lines.fail(line, f"{content[:SHOWN]!r} belongs to a trip table; a network has rows of links")
            words = _header_words(content)
            if header is None and words[0] in HEADER_NAMES:
                header = words
                continue
        for piece in content.split(";"):
            fields = piece.split()
            if "," in piece and all(len(part.split()) == 1 for part in piece.split(",")):
                fields = [part.strip() for part in piece.split(",")]
            if fields:
                rows.append((line, fields))
    if not rows:
        raise lines.error(f"{lines.path}: holds no links")
    return header, rows


def _header_words(line: str) -> list[str]:
    return line.replace(",", " ").strip("~; \t").lower().split() or [""]


def _positions(lines: _Lines, header: list[str] | None) -> list[int]:
    """Place of each of `LINK_FIELDS` in a row, -1 for none: as the header says if it names all that is needed."""
    usual = list(range(len(LINK_FIELDS)))
    for words in [header] if header is not None else [_header_words(line) for line in reversed(lines.comments)]:
        named = [HEADER_NAMES.get(word, -1) for word in words]
        if any(named.count(column) != 1 for column in usual[:NEEDED_FIELDS]):
            continue
        position = [named.index(column) if column in named else -1 for column in usual]
        needed = [*position[:NEEDED_FIELDS], position[TOLL]]
        if needed != [*usual[:NEEDED_FIELDS], TOLL]:
            toll = f"toll {position[TOLL] + 1}" if position[TOLL] >= 0 else "no toll"
            _say(f"{lines.path}: the header names an unusual order of columns; took {_named_fields(position)}, {toll}")
        return position
    return usual


def _named_fields(position: list[int]) -> str:
    return ", ".join(f"{LINK_FIELDS[column]} {position[column] + 1}" for column in range(NEEDED_FIELDS))


def _first_through_number(lines: _Lines) -> int:
    return lines.count("FIRST THRU NODE") or 1


def _zones(lines: _Lines, number: LongArray) -> tuple[LongArray, int]:
    """Numbers of the zones, and how many of the first nodes are not passed through."""
    present = np.unique(number)
    n_nodes = lines.count("NUMBER OF NODES")
    first = lines.count("FIRST THRU NODE")
    n_zones = _number_of_zones(lines, present)
    missing = n_zones - int(((present >= 1) & (present <= n_zones)).sum())
    # the file's numbers have gaps if its counts fit the numbers that are there
    counts_fit = missing > n_zones / 2 or (
        int((present < first).sum()) == n_zones if first is not None and first > 1 else n_nodes == len(present)
    )
    if missing and len(present) >= n_zones and counts_fit:
        zones = present[:n_zones]
        _say(f"{lines.path}: node numbers have gaps; took the {n_zones} lowest ({zones[0]} to {zones[-1]}) as zones")
    elif missing > len(present):
        raise lines.fail(
            lines.metadata["NUMBER OF ZONES"][1],
            f"<NUMBER OF ZONES> is {n_zones}, but the links use {len(present)} nodes only",
        )
    else:
        zones = np.arange(1, n_zones + 1)
        if missing:
            cut_off = np.setdiff1d(zones, present)
            named = ", ".join(map(str, cut_off[:NAMED_ZONES].tolist()))
            more = f" and {missing - NAMED_ZONES} more" if missing > NAMED_ZONES else ""
            _say(f"{lines.path}: zones {named}{more} have no link; they are kept, cut off")
    if first is None:
        _say(f"{lines.path}: <FIRST THRU NODE> is missing; assumed that all nodes may be passed through")
        return zones, 0
    found = np.union1d(zones, present)
    if first > 1 and not (found < first).any():
        _say(f"{lines.path}: no node is below <FIRST THRU NODE> {first}; all nodes may be passed through")
    if n_nodes is not None and n_nodes < len(found):  # more is harmless: numbers that no link uses
        _say(f"{lines.path}: <NUMBER OF NODES> is {n_nodes}, links and zones use {len(found)}; took those")
    return zones, int((found < first).sum())


def _number_of_zones(lines: _Lines, present: LongArray) -> int:
    n_zones = lines.count("NUMBER OF ZONES")
    if n_zones:
        return n_zones
    below = int((present < _first_through_number(lines)).sum())
    if n_zones == 0 or not below:
        raise lines.error(f"{lines.path}: <NUMBER OF ZONES> is missing or 0; without it zones are not known")
    _say(
        f"{lines.path}: <NUMBER OF ZONES> is missing; took the {below} nodes below <FIRST THRU NODE> "
        f"{_first_through_number(lines)} as zones"
    )
    return below


def _link_keys(number: LongArray) -> LongArray:
    """63-bit keys from tail, head and rank among parallel links."""
    rank: dict[tuple[int, int], int] = {}
    keys = np.empty(len(number), dtype=np.int64)
    for row, (tail, head) in enumerate(number.tolist()):
        nth = rank.get((tail, head), 0)
        rank[tail, head] = nth + 1
        digest = hashlib.blake2b(f"{tail} {head} {nth}".encode(), digest_size=8).digest()
        keys[row] = int.from_bytes(digest, "big") >> 1
    return keys


@dataclass
class _Entries:
    """Entries of a trip table in the file's order."""

    origin: LongArray
    destination: LongArray
    amount: FloatArray
    line: LongArray

    def pair(self, i: int) -> str:
        return f"{self.origin[i]} -> {self.destination[i]}"


def _entries(lines: _Lines) -> _Entries:
    """What a trip table holds. An entry may be spread over lines, and its semicolon may be left out."""
    words: list[str] = []
    origins: list[int] = []
    first_word: list[int] = []
    """Where the words of each origin begin."""
    words_before: list[int] = []
    for number, content in lines.body:
        words_before.append(len(words))
        block = _ORIGIN.match(content)
        if block is not None:
            origins.append(lines.whole(block[1], number, "origin"))
            first_word.append(len(words))
        elif not origins:
            raise lines.fail(number, f"entry {content[:SHOWN]!r} stands before the first 'Origin' line")
        words += (content if block is None else block[2]).replace(";", " ").replace(":", " : ").split()
    _check_entries(lines, words, [*first_word, len(words)], words_before)
    # a word's line is that of the last line that began at it or before
    row = np.searchsorted(words_before, np.arange(0, len(words), 3), side="right") - 1
    line = np.array([number for number, _ in lines.body])[row]
    origin = np.repeat(np.array(origins), np.diff([*first_word, len(words)]) // 3)
    destination = lines.wholes(words[0::3], lambda i: (int(line[i]), "destination"))
    amount = lines.numbers(words[2::3], lambda i: (int(line[i]), f"trips {origin[i]} -> {destination[i]}"))
    return _Entries(origin, destination, amount, line)


def _check_entries(lines: _Lines, words: list[str], block: list[int], words_before: list[int]) -> None:
    """Refuse words that are not ``destination : trips`` over and over within each block."""
    if words[1::3].count(":") == words.count(":") == len(words) / 3 and not any(start % 3 for start in block):
        return
    for start, end in pairwise(block):
        for i in range(start, end, 3):
            entry = words[i : min(i + 3, end)]
            if len(entry) == 3 and [word == ":" for word in entry] == [False, True, False]:
                continue
            at = int(np.searchsorted(words_before, i, side="right")) - 1
            line, content = lines.body[at]
            faulty = [part.strip() for part in content.split(";") if part.split()[:1] == entry[:1]]
            raise lines.fail(line, f"{(faulty or [content])[0][:SHOWN]!r} is not 'destination : trips;'")


def _trip_zones(lines: _Lines, entries: _Entries) -> list[str]:
    """Zones of a trip table on its own."""
    n_zones = lines.count("NUMBER OF ZONES")
    met = np.union1d(entries.origin, entries.destination)
    usual = n_zones is not None and bool(((met >= 1) & (met <= n_zones)).all())
    if n_zones is not None and (usual or len(met) != n_zones):
        return [str(zone) for zone in range(1, n_zones + 1)]
    if not met.size:
        raise lines.error(f"{lines.path}: <NUMBER OF ZONES> is missing and there are no trips; give zone_ids")
    reason = "is missing" if n_zones is None else f"is {n_zones}, but numbers have gaps"
    _say(f"{lines.path}: <NUMBER OF ZONES> {reason}; took the {len(met)} zones that occur ({met[0]} to {met[-1]})")
    return [str(zone) for zone in met]


def _matrix(lines: _Lines, entries: _Entries, wanted: list[str]) -> FloatArray:
    """Trips by zone; refuses trips of unknown zones and pairs that stand twice."""
    row = {zone: i for i, zone in enumerate(wanted)}
    origin, destination = _rows(entries.origin, row), _rows(entries.destination, row)
    unknown = (origin < 0) | (destination < 0)
    strangers = np.flatnonzero(unknown & (entries.amount > 0))
    if strangers.size:
        i = int(strangers[0])
        stranger = entries.origin[i] if origin[i] < 0 else entries.destination[i]
        span = f" ({wanted[0]} to {wanted[-1]})" if wanted else ""
        raise lines.fail(
            int(entries.line[i]),
            f"zone {stranger} is not one of the {len(wanted)} zones{span}, but {entries.amount[i]:g} trips go "
            f"{entries.pair(i)}",
        )
    known = np.flatnonzero(~unknown)
    cell = origin[known] * len(wanted) + destination[known]
    first = np.unique(cell, return_index=True)[1]
    if len(first) < len(cell):
        i = int(known[np.setdiff1d(np.arange(len(cell)), first)[0]])
        raise lines.fail(int(entries.line[i]), f"pair {entries.pair(i)} stands twice")
    trips = np.zeros((len(wanted), len(wanted)))
    trips.flat[cell] = entries.amount[known]
    return trips


def _rows(number: LongArray, row: dict[str, int]) -> LongArray:
    """Row of each zone number, -1 for unknown ones."""
    met, place = np.unique(number, return_inverse=True)
    return np.array([row.get(str(zone), -1) for zone in met.tolist()], dtype=np.int64)[place]


def _check_total(lines: _Lines, total: float) -> None:
    if "TOTAL OD FLOW" not in lines.metadata or not lines.metadata["TOTAL OD FLOW"][0]:
        return
    text, line = lines.metadata["TOTAL OD FLOW"]
    said = lines.number(text.split()[0], line, "<TOTAL OD FLOW>")
    if abs(said - total) > TOTAL_TOLERANCE * max(said, total):
        _say(f"{lines.path}: <TOTAL OD FLOW> is {said:g}, the trips add up to {total:g}; took the trips")
