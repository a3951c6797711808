"""OpenStreetMap files as columns, read by pyosmium; every fault is one error that names its place.

pyosmium filters a file in compiled code and writes what passes as lines of text (OPL) into a temporary file; the ways
are read from it first, then of the nodes only those that kept ways use. Objects handed to Python one by one take ten
times as long, and pyosmium's own sets of ids take more than a gigabyte for the scattered node ids of any real file.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.node_parts import COPY_STRIDE
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import distinct
from itas_mobility.network.osm.unpacking import faults_named, place_of_fault, unpacked
from itas_mobility.network.tags import RELEVANT_KEYS

Kind: TypeAlias = Literal["node", "way", "relation"]

NAME_KEYS: Final = ("name", "ref")
"""Tags that name a way, the first that stands."""
_CHUNK: Final = 4 << 20
_E7: Final = 1e7
"""Places are whole multiples of 1e-7 degrees (OpenStreetMap wiki, Precision of coordinates)."""
_ESCAPED: Final = re.compile(r"%([0-9a-fA-F]{1,6})%")


@dataclass(frozen=True, slots=True)
class RawRelation:
    """A relation: id, tags and members as (type letter n, w or r; id; role)."""

    relation_id: int
    tags: dict[str, str]
    members: list[tuple[str, int, str]]


def _no_longs() -> LongArray:
    return np.zeros(0, np.int64)


def _no_ints() -> IntArray:
    return np.zeros(0, np.int32)


@dataclass(slots=True)
class RawWays:
    """Ways of a file: ids, node references (ragged: pointer and values), and for each way a row of tags and of names.

    Tags and names stand once each; tags are only those that decide an attribute.
    """

    way_id: LongArray = field(default_factory=_no_longs)
    ptr: LongArray = field(default_factory=lambda: np.zeros(1, np.int64))
    ref: LongArray = field(default_factory=_no_longs)
    tag_row: IntArray = field(default_factory=_no_ints)
    """Row in `tag_sets`, shape (n_ways,)."""
    tag_sets: list[dict[str, str]] = field(default_factory=list)
    """Sets of relevant tags, each once."""
    name_row: IntArray = field(default_factory=_no_ints)
    """Row in `names`, shape (n_ways,)."""
    names: list[str] = field(default_factory=lambda: [""])
    """Names or references, each once; the first is ''."""
    restrictions: list[RawRelation] = field(default_factory=list)
    """Relations of turn restrictions (``type`` begins with "restriction"), in the file's order."""

    def name(self, row: int) -> str:
        """Name of a way, '' if it has none."""
        return self.names[int(self.name_row[row])]


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


class _SharedTags:
    """Tags and names of ways, each set and each name once."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.keys = keys
        self.tag_sets: list[dict[str, str]] = []
        self.names: list[str] = []
        self._tag_rows: dict[tuple[tuple[str, str], ...], int] = {}
        self._name_rows: dict[str, int] = {}
        self._known: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.name_row("")

    def tag_row(self, tags: Mapping[str, str]) -> int:
        """Row of the relevant ones of some tags."""
        items = tuple(sorted((key, value) for key, value in tags.items() if key in self.keys))
        row = self._tag_rows.setdefault(items, len(self.tag_sets))
        if row == len(self.tag_sets):
            self.tag_sets.append(dict(items))
        return row

    def name_row(self, name: str) -> int:
        """Row of a name."""
        row = self._name_rows.setdefault(name, len(self.names))
        if row == len(self.names):
            self.names.append(name)
        return row

    def rows_of_text(self, text: bytes, tags: "_Hashed", names: "_Hashed") -> tuple[IntArray, IntArray]:
        """Rows of the tags and of the names of ways; only what was not met before is decoded."""
        known_tags, known_names = self._known
        tag_row = tags.rows(known_tags, lambda a, b: self.tag_row(_tags_of(text[a:b])))
        name_row = names.rows(known_names, lambda a, b: self.name_row(_decoded(text[a:b].decode())))
        return tag_row, name_row


@dataclass(frozen=True, slots=True)
class _Hashed:
    """Parts of a text: hash, and where each begins and ends. Equal hashes (64 bits) are taken for equal content."""

    content: LongArray
    place: LongArray

    def rows(self, known: dict[int, int], row_of: Callable[[int, int], int]) -> IntArray:
        """Row of each part, asked for once per content."""
        hashes, first, inverse = np.unique(self.content, return_index=True, return_inverse=True)
        rows = np.empty(len(hashes), np.int32)
        # in the order of the text, so that rows do not depend on hashes
        for at in np.argsort(first):
            key = int(hashes[at])
            if key not in known:
                begin, end = self.place[first[at]].tolist()
                known[key] = row_of(begin, end)
            rows[at] = known[key]
        return rows[inverse]


def _decoded(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "%" in text else text


def _hashes(keys: Iterable[str]) -> LongArray:
    """Hashes of tag keys as `opl.parse_ways` makes them; the keys hold no character that OPL escapes."""
    from itas_mobility.kernels import opl

    texts = [np.frombuffer(key.encode(), np.uint8) for key in keys]
    return np.array([opl.hashed(text, 0, len(text)) for text in texts], np.int64)


def _tags_of(text: bytes) -> dict[str, str]:
    """Tags as they stand in OPL; of a key that stands twice the last value."""
    parts = (part.partition("=") for part in text.decode().split(",") if part)
    return {_decoded(key): _decoded(value) for key, _, value in parts}


class OsmText:
    """The objects of a file that passed pyosmium's filters, one line of text each; made by `opened`."""

    def __init__(self, path: Path, text_path: Path, xml_path: Path | None) -> None:
        self.path = path
        self._text_path = text_path
        self._xml_path = xml_path

    def _chunks(self, letter: bytes) -> Iterator[bytes]:
        """Whole lines of the text, where some begin with a letter."""
        begin = b"\n" + letter
        with self._text_path.open("rb") as file:
            rest: list[bytes] = []
            while block := file.read(_CHUNK):
                cut = block.rfind(b"\n") + 1
                if not cut:
                    rest.append(block)
                    continue
                text = b"".join([*rest, block[:cut]])
                rest = [block[cut:]]
                if text.startswith(letter) or begin in text:
                    yield text

    def ways(
        self,
        *,
        only: LongArray | None = None,
        keys: frozenset[str] = RELEVANT_KEYS,
        name_keys: Sequence[str] = NAME_KEYS,
    ) -> RawWays:
        """Ways with their references, tags and names, and all turn restrictions.

        Parameters
        ----------
        only : int64 ndarray, optional
            Ids of the wanted ways.
        keys : frozenset of str, optional
            Tags to keep; without, those that decide an attribute.
        name_keys : sequence of str, default=("name", "ref")
            Tags that name a way; the first that stands is its name.

        Returns
        -------
        RawWays
            In the file's order.

        Raises
        ------
        NetworkError
            If a way has or refers to an impossible id.
        """
        from itas_mobility.kernels import opl

        shared = _SharedTags(keys)
        key_hash, name_hash = np.sort(_hashes(keys)), _hashes(name_keys)
        ids: list[LongArray] = [_no_longs()]
        sizes: list[LongArray] = [np.zeros(1, np.int64)]
        refs: list[LongArray] = [_no_longs()]
        rows: list[tuple[IntArray, IntArray]] = [(_no_ints(), _no_ints())]
        for text in self._chunks(b"w"):
            columns = np.frombuffer(text, np.uint8)
            _, n_most, n_refs = opl.count(columns)
            way_id, tags, names = (np.empty(n_most, np.int64) for _ in range(3))
            tag_place, name_place = (np.empty((n_most, 2), np.int64) for _ in range(2))
            ptr, ref = np.empty(n_most + 1, np.int64), np.empty(n_refs, np.int64)
            n = opl.parse_ways(columns, key_hash, name_hash, way_id, tag_place, tags, name_place, names, ptr, ref)
            way_id, size, ref = way_id[:n], np.diff(ptr[: n + 1]), ref[: ptr[n]]
            kept = np.arange(n)
            if only is not None:
                is_kept = np.isin(way_id, only)
                kept, ref = np.flatnonzero(is_kept), ref[np.repeat(is_kept, size)]
            ids.append(way_id[kept])
            sizes.append(size[kept])
            refs.append(ref.copy())
            rows.append(
                shared.rows_of_text(text, _Hashed(tags[kept], tag_place[kept]), _Hashed(names[kept], name_place[kept]))
            )
        tag_row, name_row = (np.concatenate(column) for column in zip(*rows, strict=True))
        ways = RawWays(
            np.concatenate(ids),
            np.cumsum(np.concatenate(sizes)),
            np.concatenate(refs),
            tag_row,
            shared.tag_sets,
            name_row,
            shared.names,
            self.relations(lambda found: found.get("type", "").startswith("restriction"), word=b"=restriction"),
        )
        self._check_ids(ways.ref, "a way refers to node")
        if (ways.way_id == 0).any() or (ways.ref == 0).any():
            self._check_zero()
        return ways

    def nodes(self, wanted: LongArray, *, tag_keys: frozenset[str] | None = None) -> RawNodes:
        """The wanted nodes only, so that memory holds no others.

        Parameters
        ----------
        wanted : int64 ndarray
            Node ids, in any order, also several times.
        tag_keys : frozenset of str, optional
            Keep the tags of nodes that carry one of these keys.

        Returns
        -------
        RawNodes
            Nodes sorted by id; of an id that stands twice the first one.

        Raises
        ------
        NetworkError
            If a node has an impossible id or place.
        """
        from itas_mobility.kernels import opl

        wanted = distinct(wanted)
        lon, lat = np.empty(len(wanted)), np.empty(len(wanted))
        is_found = np.zeros(len(wanted), bool)
        n_duplicates = 0
        tags: dict[int, dict[str, str]] = {}
        keys = {key.encode() for key in tag_keys or ()}
        for text in self._chunks(b"n") if wanted.size else ():
            columns = np.frombuffer(text, np.uint8)
            n_most, _, _ = opl.count(columns)
            node_id, x, y, begin, end = (np.empty(n_most, np.int64) for _ in range(5))
            n = opl.parse_nodes(columns, node_id, x, y, begin, end)
            if ((node_id[:n] == 0) | (x[:n] == 0) | (y[:n] == 0)).any():
                self._check_zero()
            at = np.searchsorted(wanted, node_id[:n])
            at[at == wanted.size] = 0
            kept = np.flatnonzero(wanted[at] == node_id[:n])
            impossible = kept[(np.abs(x[kept]) > 180 * _E7) | (np.abs(y[kept]) > 90 * _E7)]
            if impossible.size:
                raise NetworkError(
                    f"{self.path}: node {node_id[impossible[0]]}: has no possible place (longitude -180 to 180, "
                    "latitude -90 to 90); repair or remove it"
                )
            met, first = np.unique(at[kept], return_index=True)
            is_new = ~is_found[met]
            n_duplicates += len(kept) - int(is_new.sum())
            slot, source = met[is_new], kept[first[is_new]]
            is_found[slot] = True
            lon[slot], lat[slot] = x[source] / _E7, y[source] / _E7
            if not keys:
                continue
            tagged = source[end[source] > begin[source]]
            for node, a, b in zip(*(column[tagged].tolist() for column in (node_id, begin, end)), strict=True):
                found = text[a:b]
                if not keys.isdisjoint([part.partition(b"=")[0] for part in found.split(b",")]):
                    tags[node] = _tags_of(found)
        if not is_found.all():
            wanted, lon, lat = wanted[is_found], lon[is_found], lat[is_found]
        self._check_ids(wanted, "node")
        return RawNodes(wanted, lon, lat, tags, n_duplicates)

    def node_ids(self, word: bytes) -> LongArray:
        """Nodes whose line of text holds a word, for tags that few nodes have.

        Parameters
        ----------
        word : bytes
            E.g. ``b"park_ride="``.

        Returns
        -------
        int64 ndarray
            Ids in the file's order.
        """
        lines = (line for text in self._chunks(b"n") if word in text for line in text.split(b"\n"))
        return np.array(
            [int(line[1 : line.index(b" ")]) for line in lines if line[:1] == b"n" and word in line], np.int64
        )

    def relations(self, keep: Callable[[dict[str, str]], bool], *, word: bytes = b"") -> list[RawRelation]:
        """Relations whose tags a function accepts.

        Parameters
        ----------
        keep : callable
            Takes the tags, returns whether the relation is wanted.
        word : bytes, default=b""
            Relations whose line does not hold it are passed over at once.

        Returns
        -------
        list of RawRelation
            In the file's order.
        """
        relations = []
        for text in self._chunks(b"r"):
            for line in text.split(b"\n"):
                if not line.startswith(b"r") or word not in line:
                    continue
                # r1 v0 dV Tkey=value Mw2@role,n3@role
                head, _, state, tag_text, member_text = line.split(b" ")[:5]
                if state == b"dD":
                    continue
                tags = _tags_of(tag_text[1:])
                if keep(tags):
                    members = [part.partition("@") for part in member_text[1:].decode().split(",") if part]
                    relations.append(
                        RawRelation(
                            int(head[1:]), tags, [(ref[0], int(ref[1:]), _decoded(role)) for ref, _, role in members]
                        )
                    )
        return relations

    def _check_ids(self, ids: LongArray, what: str) -> None:
        """Parts of nodes that are cut get ids beyond those of the file."""
        beyond = np.flatnonzero((ids >= COPY_STRIDE // 2) | (ids < -(COPY_STRIDE // 2)))
        if beyond.size:
            raise NetworkError(
                f"{self.path}: {what} {ids[beyond[0]]}: ids reach from {-(COPY_STRIDE // 2)} to {COPY_STRIDE // 2 - 1}"
            )

    def _check_zero(self) -> None:
        """Ids and places of 0 are legal where they stand, but pyosmium reads them also for missing or absurd ones."""
        xml_path, self._xml_path = self._xml_path, None  # looked at once
        place = "" if xml_path is None else place_of_fault(xml_path)
        if place:
            raise NetworkError(f"{self.path}: {place}; fetch the file again or repair it")


@contextmanager
def opened(path: Path, *kinds: Kind, way_keys: Sequence[str] = ()) -> Iterator[OsmText]:
    """Read a file once; what passes the filters can then be taken from it as columns.

    Parameters
    ----------
    path : Path
        File.
    *kinds : {"node", "way", "relation"}
        What to read; without, everything.
    way_keys : sequence of str, optional
        Tag keys, of which a way needs one; empty for all ways.

    Yields
    ------
    OsmText
        Usable inside of the ``with`` block; its temporary file vanishes after it.

    Raises
    ------
    NetworkError
        If the file cannot be used.
    """
    import osmium

    bits = {"node": osmium.osm.NODE, "way": osmium.osm.WAY, "relation": osmium.osm.RELATION}
    entities = osmium.osm.NOTHING
    for kind in kinds or ("node", "way", "relation"):
        entities |= bits[kind]
    with tempfile.TemporaryDirectory(prefix="itas_mobility_") as name:
        plain, format_name = unpacked(path, Path(name))
        text_path = Path(name) / "objects.opl"
        # of the metadata only "version", because deleted objects are told apart by what comes with it
        text_file = osmium.io.File(str(text_path), "opl,add_metadata=version")
        filters: list[Any] = []
        if way_keys:
            filters.append(osmium.filter.KeyFilter(*way_keys))
            filters[0].enable_for(osmium.osm.WAY)
        with (
            faults_named(path, plain, format_name),
            osmium.SimpleWriter(text_file) as writer,
            osmium.io.Reader(osmium.io.File(str(plain), format_name), entities) as reader,
        ):
            osmium.apply(reader, *filters, writer)
        yield OsmText(path, text_path, plain if format_name == "osm" else None)


def read_nodes(path: Path, wanted: Iterable[int], *, tag_keys: frozenset[str] | None = None) -> RawNodes:
    """The wanted nodes only, so that memory holds no others.

    Parameters
    ----------
    path : Path
        File.
    wanted : iterable of int
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
    with opened(path, "node") as text:
        return text.nodes(np.fromiter(wanted, np.int64), tag_keys=tag_keys)
