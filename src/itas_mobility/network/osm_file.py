"""OpenStreetMap files as plain objects, read by pyosmium; every fault is one error that names its place."""

import bz2
import codecs
import functools
import gzip
import operator
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TypeAlias
from xml.parsers import expat

import numpy as np

from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError

Kind: TypeAlias = Literal["node", "way", "relation"]

SUFFIXES: Final = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")
_FORMATS: Final = {".osm": "osm", ".osm.gz": "osm.gz", ".osm.bz2": "osm.bz2", ".osm.pbf": "pbf"}
_CONTENTS: Final = {"osm": "XML", "osm.gz": "gzip", "osm.bz2": "bzip2", "pbf": "PBF"}
_PBF_HEADER: Final = b"OSMHeader"
_PEEK: Final = 64
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class RawRelation:
    """A relation: id, tags and members as (type letter n, w or r; id; role)."""

    relation_id: int
    tags: dict[str, str]
    members: list[tuple[str, int, str]]


@dataclass(slots=True)
class RawWays:
    """Ways of a file: ids, tags and node references (ragged: pointer and values)."""

    way_id: "array[int]" = field(default_factory=lambda: array("q"))
    ptr: "array[int]" = field(default_factory=lambda: array("q", [0]))
    ref: "array[int]" = field(default_factory=lambda: array("q"))
    tags: list[dict[str, str]] = field(default_factory=list)
    restrictions: list[RawRelation] = field(default_factory=list)
    """Relations of turn restrictions (``type`` begins with "restriction"), in the file's order."""
    is_whole: bool = True
    """Whether each row is a whole way (an id that stands twice is then a fault of the file)."""


@dataclass(slots=True)
class RawNodes:
    """Nodes of a file, sorted by id: places, and tags where asked for."""

    node_id: LongArray
    lon_deg: FloatArray
    lat_deg: FloatArray
    tags: dict[int, dict[str, str]]
    n_duplicates: int

    def rows(self, ids: LongArray) -> LongArray:
        """Rows of nodes by id, -1 where the file does not hold them."""
        if self.node_id.size == 0:
            return np.full(ids.shape, -1, np.int64)
        at = np.searchsorted(self.node_id, ids)
        at[at == self.node_id.size] = 0
        return np.where(self.node_id[at] == ids, at, -1)


def file_format(path: Path) -> str:
    """Format of an OpenStreetMap file, by its name and confirmed by its content.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    str
        Format as pyosmium calls it.

    Raises
    ------
    NetworkError
        If the file is missing or empty, has another ending, or holds something else than its name says.
    """
    suffix = next((s for s in sorted(SUFFIXES, key=len, reverse=True) if path.name.lower().endswith(s)), None)
    if suffix is None:
        if path.name.lower().endswith(".pbf"):
            suffix = ".osm.pbf"
        else:
            raise NetworkError(f"{path}: not an OpenStreetMap file name; use one ending with {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise NetworkError(f"{path}: is a folder; give a file ending with {', '.join(SUFFIXES)}")
    try:
        with path.open("rb") as file:
            start = file.read(_PEEK)
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except OSError as fault:
        raise NetworkError(f"{path}: cannot be opened ({fault.strerror})") from None
    if not start:
        raise NetworkError(f"{path}: byte 0: the file is empty; fetch it again")
    expected, found = _FORMATS[suffix], _content(start)
    if found is None and expected == "pbf":
        raise NetworkError(f"{path}: byte 0: no PBF header; the file is cut off or not OpenStreetMap data")
    if found != expected:
        held = _CONTENTS.get(found or "", "something unknown")
        raise NetworkError(
            f"{path}: byte 0: the name says {_CONTENTS[expected]} but the content is {held}; "
            "rename the file or fetch it again"
        )
    return expected


def _content(start: bytes) -> str | None:
    if start.startswith(b"\x1f\x8b"):
        return "osm.gz"
    if start.startswith(b"BZh"):
        return "osm.bz2"
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return "osm"
    # a PBF file starts with the big-endian length of a blob header whose first field is its type (OSM wiki, PBF format)
    if _PBF_HEADER in start[4:32]:
        return "pbf"
    return None


@contextmanager
def _faults_named(path: Path, format_name: str) -> Iterator[None]:
    """Turn what pyosmium raises into one error that names file and place."""
    from osmium import InvalidLocationError

    try:
        yield
    except NetworkError:
        raise
    except (RuntimeError, InvalidLocationError, ValueError, OverflowError, MemoryError, OSError) as fault:
        place = "" if format_name == "pbf" else _place_of_fault(path, format_name)
        reason = str(fault).strip() or type(fault).__name__
        raise NetworkError(f"{path}: {place or reason}; fetch the file again or repair it") from None


def _open_text(path: Path, format_name: str) -> BinaryIO:
    opener: Any = {"osm.gz": gzip.open, "osm.bz2": bz2.open}.get(format_name, open)
    stream: BinaryIO = opener(path, "rb")
    return stream


class _FoundError(Exception):
    """Carries the description of a fault out of the parser's callbacks."""


def _place_of_fault(path: Path, format_name: str) -> str:
    """Where and why an XML file cannot be used, '' where a second look finds nothing."""
    parser = expat.ParserCreate()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    is_root = True

    def on_doctype(*_: object) -> None:
        raise _FoundError(f"line {parser.CurrentLineNumber}: holds a DTD (document type, entities), which is refused")

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_root
        if is_root and name != "osm":
            raise _FoundError(f"line {parser.CurrentLineNumber}: the root element is <{name}>, not <osm>")
        is_root = False
        if name == "node":
            for key, most in (("lat", 90.0), ("lon", 180.0)):
                text = attributes.get(key, "")
                if not _is_coordinate(text, most) and attributes.get("visible") != "false":
                    raise _FoundError(
                        f"line {parser.CurrentLineNumber}: node {attributes.get('id', '?')}: "
                        f"{key}={text!r} is not a coordinate"
                    )

    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_start
    try:
        with _open_text(path, format_name) as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk)
                decoder.decode(chunk)
                offset += len(chunk)
            parser.Parse(b"", True)
    except _FoundError as found:
        return str(found)
    except expat.ExpatError as fault:
        line, byte = fault.lineno, max(parser.ErrorByteIndex, 0)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as bad:
            return f"line {line}, byte {offset + bad.start}: is not valid UTF-8 although declared so"
        return f"line {line}, byte {byte}: {expat.ErrorString(fault.code)}"
    except UnicodeDecodeError as bad:
        return f"byte {offset + bad.start}: is not valid UTF-8"
    except (OSError, EOFError) as fault:
        return f"byte {offset} of the unpacked content: {fault}"
    return ""


def _is_coordinate(text: str, most: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return abs(value) <= most


def _objects(path: Path, format_name: str, *kinds: Kind, keys: Sequence[str] = ()) -> Any:
    """Objects of a file; ways are thinned to those that carry one of some keys."""
    import osmium

    bits = {"node": osmium.osm.NODE, "way": osmium.osm.WAY, "relation": osmium.osm.RELATION}
    entities = functools.reduce(operator.or_, (bits[kind] for kind in kinds))
    processor = osmium.FileProcessor(osmium.io.File(str(path), format_name), entities)
    if keys:
        keyed = osmium.filter.KeyFilter(*keys)
        keyed.enable_for(osmium.osm.WAY)
        processor = processor.with_filter(keyed)
    return processor


def _relation(relation: Any) -> RawRelation:
    members = [(member.type, member.ref, member.role) for member in relation.members]
    return RawRelation(relation.id, {tag.k: tag.v for tag in relation.tags}, members)


def read_ways(path: Path, keys: Sequence[str], *, only: set[int] | None = None) -> RawWays:
    """First pass: ways that carry one of some keys, or have one of some ids, and all turn restrictions.

    Parameters
    ----------
    path : Path
        File.
    keys : sequence of str
        Tag keys, of which a way needs one; empty for all ways.
    only : set of int, optional
        Ids of the wanted ways.

    Returns
    -------
    RawWays
        Ways in the file's order.

    Raises
    ------
    NetworkError
        If the file cannot be used.
    """
    format_name = file_format(path)
    ways = RawWays()
    with _faults_named(path, format_name):
        for way in _objects(path, format_name, "way", "relation", keys=keys):
            if way.is_relation():
                if way.visible and way.tags.get("type", "").startswith("restriction"):
                    ways.restrictions.append(_relation(way))
                continue
            if (only is not None and way.id not in only) or not way.visible:
                continue
            ways.way_id.append(way.id)
            ways.tags.append({tag.k: tag.v for tag in way.tags})
            ways.ref.extend([node.ref for node in way.nodes])
            ways.ptr.append(len(ways.ref))
    return ways


def read_nodes(path: Path, wanted: set[int], *, tag_keys: frozenset[str] | None = None) -> RawNodes:
    """Second pass: the wanted nodes only, so that memory holds no others.

    Parameters
    ----------
    path : Path
        File.
    wanted : set of int
        Node ids.
    tag_keys : frozenset of str, optional
        Keep the tags of nodes that carry one of these keys.

    Returns
    -------
    RawNodes
        Nodes sorted by id; of an id that stands twice the first one.

    Raises
    ------
    NetworkError
        If the file cannot be used or a place is impossible.
    """
    format_name = file_format(path)
    ids, x, y = array("q"), array("d"), array("d")
    tags: dict[int, dict[str, str]] = {}
    with _faults_named(path, format_name):
        for node in _objects(path, format_name, "node"):
            node_id = node.id
            if node_id not in wanted or not node.visible:
                continue
            location = node.location
            if not location.valid():
                raise NetworkError(
                    f"{path}: node {node_id}: has no possible place (longitude -180 to 180, latitude -90 to 90); "
                    "repair or remove it"
                )
            ids.append(node_id)
            x.append(location.lon)
            y.append(location.lat)
            if tag_keys is not None and len(node.tags) and node_id not in tags:
                found = {tag.k: tag.v for tag in node.tags}
                if not tag_keys.isdisjoint(found):
                    tags[node_id] = found
    all_ids = np.frombuffer(ids, np.int64) if ids else np.zeros(0, np.int64)
    unique, first = np.unique(all_ids, return_index=True)
    lon, lat = (np.asarray(values, float)[first] for values in (x, y))
    return RawNodes(unique, lon, lat, tags, int(all_ids.size - unique.size))


def read_relations(path: Path, keep: Callable[[dict[str, str]], bool]) -> list[RawRelation]:
    """Relations whose tags a function accepts.

    Parameters
    ----------
    path : Path
        File.
    keep : callable
        Takes the tags, returns whether the relation is wanted.

    Returns
    -------
    list of RawRelation
        In the file's order.

    Raises
    ------
    NetworkError
        If the file cannot be used.
    """
    format_name = file_format(path)
    relations = []
    with _faults_named(path, format_name):
        for relation in _objects(path, format_name, "relation"):
            if relation.visible and keep({tag.k: tag.v for tag in relation.tags}):
                relations.append(_relation(relation))
    return relations
