"""The library's own fast format of networks and timetables: arrays in one uncompressed zip, never pickle.

Each member is a ``.npy`` array whose data begin at a multiple of 64 bytes in the file, so that arrays can be mapped
into memory as they lie (numpy's own writer pads inside a member only). Reading checks everything that could make a
later step go wrong, mapped or not: the member's CRC-32, its type and shape, and the noun's own checks. That reads the
file once: a million links (153 MB) take 0.2 s mapped and 0.3 s copied, so no flag to trust a file is needed.
"""

import dataclasses
import io
import json
import math
import mmap
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.atomic import write_file
from itas_mobility.core import Mode, ReadReport, RoadNetwork, Timetable, TransitNetwork
from itas_mobility.errors import NetworkError

_FORMAT: Final = "itas_mobility network 6"
"""2: names stand once (names, name_code), links say who may use them (access), data are aligned. 3: tables of
volume-delay functions stand beside the links. 5: stops say whose workers alone use them. 6: roads say how long trips
inside the zones are."""
_KINDS: Final[dict[str, type[RoadNetwork] | type[TransitNetwork] | type[Timetable]]] = {
    "RoadNetwork": RoadNetwork,
    "TransitNetwork": TransitNetwork,
    "Timetable": Timetable,
}
_PLAIN: Final[dict[str, dict[str, type]]] = {
    "RoadNetwork": {"n_zones": int, "first_through": int, "mode": int},
    "TransitNetwork": {},
    "Timetable": {"service_date": str},
}
"""What is no column, by kind, and what it is."""
_ALIGNMENT: Final = 64
"""Bytes; that of numpy's own array headers, and a cache line of usual processors."""
_PADDING_ID: Final = 0xD935
"""Kind of the zip extra field that holds the padding; the number the Android tools use for the same purpose."""
_LOCAL_HEADER: Final = 30
"""Bytes of a zip member's local header before name and extra field (APPNOTE 6.3.10, section 4.3.7)."""
_BIG: Final = 1 << 31
"""Members from here on get the zip64 fields, 20 bytes of extra field (APPNOTE 6.3.10, section 4.5.3)."""
_ZIP64_EXTRA: Final = 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Time of all members (the earliest a zip can hold), so that the same network gives the same bytes."""


def _column_names(kind: str) -> list[str]:
    return [field.name for field in dataclasses.fields(_KINDS[kind]) if field.name not in {*_PLAIN[kind], "report"}]


def write_network(network: RoadNetwork | TransitNetwork | Timetable, path: str | Path) -> None:
    """Write a network or timetable to a file, all or nothing; the same network gives the same bytes.

    Of the network's report the file's name and the counts are stored, not the pieces that were left out.

    Parameters
    ----------
    network : RoadNetwork, TransitNetwork or Timetable
        Network or timetable.
    path : str or Path
        File ending with .npz; an old one is replaced. (On Windows a file cannot be replaced while a network is mapped
        from it.)

    Raises
    ------
    NetworkError
        If the name has another ending or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() != ".npz" or not target.parent.is_dir():
        raise NetworkError(f"{target}: give a name ending with .npz in an existing folder")
    kind = type(network).__name__
    head: dict[str, Any] = {
        "format": _FORMAT,
        "kind": kind,
        "file": network.report.file if network.report else "",
        "counts": dict(network.report.counts) if network.report else None,
    }
    head |= {name: of_type(getattr(network, name)) for name, of_type in _PLAIN[kind].items()}
    columns = {"header": np.array(json.dumps(head))}
    columns |= {name: getattr(network, name) for name in _column_names(kind)}
    write_file(target, lambda draft: _save(draft, columns))


def _save(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    with path.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, values in columns.items():
            member = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            is_big = values.nbytes >= _BIG - (1 << 16)  # the array's own header comes on top
            start = file.tell() + _LOCAL_HEADER + len(member.filename) + 4 + (_ZIP64_EXTRA if is_big else 0)
            padding = -start % _ALIGNMENT
            member.extra = _PADDING_ID.to_bytes(2, "little") + padding.to_bytes(2, "little") + bytes(padding)
            with archive.open(member, "w", force_zip64=is_big) as stream:
                np.lib.format.write_array(stream, np.asarray(values, order="C"), allow_pickle=False)


def read_network(path: str | Path, *, memory_map: bool = False) -> RoadNetwork:
    """Read a road network that `write_network` wrote.

    Parameters
    ----------
    path : str or Path
        File.
    memory_map : bool, default=False
        Leave the arrays in the file and map them into memory, read-only: processes that read the same file share one
        copy, which the system may drop and fetch again. The file must then stay unchanged as long as the network is
        used; `write_network` on the same name makes a new file and does no harm.

    Returns
    -------
    RoadNetwork
        The same network.

    Raises
    ------
    NetworkError
        If the file is missing, broken, of another version or kind; the message names file and column.
    """
    network = _read(Path(path), "RoadNetwork", memory_map=memory_map)
    assert isinstance(network, RoadNetwork)
    return network


def read_transit_network(path: str | Path) -> TransitNetwork:
    """Read a transit network that `write_network` wrote.

    Parameters
    ----------
    path : str or Path
        File.

    Returns
    -------
    TransitNetwork
        The same network.

    Raises
    ------
    NetworkError
        If the file is missing, broken, of another version or kind; the message names file and column.
    """
    network = _read(Path(path), "TransitNetwork", memory_map=False)
    assert isinstance(network, TransitNetwork)
    return network


def read_timetable(path: str | Path) -> Timetable:
    """Read a timetable that `write_network` wrote.

    Parameters
    ----------
    path : str or Path
        File.

    Returns
    -------
    Timetable
        The same timetable.

    Raises
    ------
    NetworkError
        If the file is missing, broken, of another version or kind; the message names file and column.
    """
    timetable = _read(Path(path), "Timetable", memory_map=False)
    assert isinstance(timetable, Timetable)
    return timetable


def _read(source: Path, kind: str, *, memory_map: bool) -> RoadNetwork | TransitNetwork | Timetable:
    noun = _KINDS[kind]
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if len(members) != len(archive.infolist()):
                raise NetworkError(f"{source}: a column stands twice; write it again")
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NetworkError(f"{source}: no such file") from None
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, EOFError) as fault:
        raise NetworkError(f"{source}: cannot be read as a network ({fault}); write it again") from None
    stored = _Stored(source, members, content)
    head = stored.header(kind)
    columns: dict[str, Any] = {name: stored.array(name, copy=not memory_map) for name in _column_names(kind)}
    report = None if head["counts"] is None else ReadReport(head["file"], head["counts"])
    plain: dict[str, Any] = {name: head[name] for name in _PLAIN[kind]}
    if "mode" in plain:
        plain["mode"] = Mode(plain["mode"])
    try:
        network = noun(**columns, **plain, report=report)
    except NetworkError as fault:
        raise NetworkError(f"{source}: {fault}; write it again") from None
    for name, values in columns.items():
        if getattr(network, name) is not values and getattr(network, name).dtype != values.dtype:
            wanted = getattr(network, name).dtype
            raise NetworkError(f"{source}: column {name!r} holds {values.dtype}, expected {wanted}; write it again")
    return network


@dataclasses.dataclass
class _Stored:
    """An open file: its members by name, and all its bytes."""

    source: Path
    members: dict[str, zipfile.ZipInfo]
    content: mmap.mmap

    def fail(self, name: str, message: str) -> NetworkError:
        return NetworkError(f"{self.source}: column {name!r} {message}; write it again")

    def header(self, kind: str) -> dict[str, Any]:
        """What stands beside the columns, checked."""
        if "header.npy" not in self.members:
            raise NetworkError(f"{self.source}: holds no column 'header'; it is not a network written by write_network")
        text = str(self.array("header", copy=True))
        try:
            head = json.loads(text)
        except ValueError as fault:
            raise self.fail("header", f"cannot be read ({fault})") from None
        found = head.get("format") if isinstance(head, dict) else None
        if found != _FORMAT:
            raise NetworkError(f"{self.source}: format {found!r}, expected {_FORMAT!r}; write it again")
        assert isinstance(head, dict)
        if head.get("kind") != kind:
            raise NetworkError(f"{self.source}: holds a {head.get('kind')}, not a {kind}")
        counts = head.get("counts", "")
        fits = (
            all(type(head.get(key)) is of_type for key, of_type in _PLAIN[kind].items())
            and isinstance(head.get("file"), str)
            and (counts is None or isinstance(counts, dict))
        )
        if not fits:
            raise self.fail("header", "lacks what stands beside the columns, or holds it in another form")
        return head

    def array(self, name: str, *, copy: bool) -> NDArray[Any]:
        """One column, read-only; a view of the file's bytes or a copy."""
        member = self.members.get(f"{name}.npy")
        if member is None:
            raise NetworkError(f"{self.source}: holds no column {name!r}; write it again")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
            raise self.fail(name, "is compressed or encrypted, which write_network never does")
        start = self._start(name, member)
        span = memoryview(self.content)[start : start + member.file_size]
        if len(span) != member.file_size:
            raise self.fail(name, "is cut off")
        if zlib.crc32(span) != member.CRC:
            raise self.fail(name, "is damaged (its checksum differs)")
        shape, dtype, size = self._form(name, bytes(span[: 1 << 16]))
        if size + math.prod(shape) * dtype.itemsize != len(span):
            raise self.fail(name, f"has {len(span) - size} bytes, which is not {shape} of {dtype}")
        if math.prod(shape) == 0:
            values = np.zeros(shape, dtype)
        else:
            values = np.frombuffer(span, dtype, offset=size).reshape(shape)
            if copy:
                values = values.copy()
        values.flags.writeable = False
        return values

    def _start(self, name: str, member: zipfile.ZipInfo) -> int:
        """Where a member's bytes begin, from its local header, which must agree with the file's table of contents."""
        at = member.header_offset
        head = self.content[at : at + _LOCAL_HEADER]
        name_size, extra_size = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        at += _LOCAL_HEADER
        if head[:4] != b"PK\x03\x04" or self.content[at : at + name_size] != member.filename.encode():
            raise self.fail(name, "does not stand where the file's table of contents says")
        return at + name_size + extra_size

    def _form(self, name: str, begin: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
        """Shape, type, and size of the array header."""
        stream = io.BytesIO(begin)
        try:
            version = np.lib.format.read_magic(stream)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        except Exception as fault:  # noqa: BLE001  # numpy parses the header as a Python literal, which fails in many ways
            raise self.fail(name, f"is no array ({type(fault).__name__})") from None
        if version != (1, 0):
            raise self.fail(name, f"has array format {version}, expected (1, 0)")
        if dtype.hasobject:
            raise self.fail(name, "holds pickled objects, which are never read")
        if fortran and len(shape) > 1:
            raise self.fail(name, "lies in Fortran order")
        if any(n < 0 for n in shape):
            raise self.fail(name, f"has shape {shape}")
        return shape, dtype, stream.tell()
