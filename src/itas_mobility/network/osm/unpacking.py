"""OpenStreetMap files before they are read: format by content, packing undone within bounds, faults named by place.

A file may lie about what it is, unpack to far more than any real one, or be cut off. All this is found before memory
goes: packed XML is unpacked by a stream that stops at a bound, and the blobs of a PBF file state their size in front.
"""

import bz2
import codecs
import gzip
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.parsers import expat

from itas_mobility.errors import NetworkError

SUFFIXES: Final = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")
_FORMATS: Final = {".osm": "osm", ".osm.gz": "osm.gz", ".osm.bz2": "osm.bz2", ".osm.pbf": "pbf"}
_CONTENTS: Final = {"osm": "XML", "osm.gz": "gzip", "osm.bz2": "bzip2", "pbf": "PBF"}
_PBF_HEADER: Final = b"OSMHeader"
_PEEK: Final = 64
_CHUNK: Final = 1 << 20

MAX_RATIO: Final = 60
"""What unpacks to more than this many times its size is refused as a bomb. OpenStreetMap XML packs 7 to 20 times with
gzip and up to 30 times with bzip2 (measured on extracts), PBF 1 to 4 times; a bomb 1,000 times and more."""
UNSUSPICIOUS_BYTES: Final = 64 << 20
"""Assumption: what unpacks to no more than this (two seconds of reading) is read whatever its ratio."""
MAX_BLOB_HEADER_BYTES: Final = 64 << 10
"""OpenStreetMap wiki, PBF format: a blob's header must be shorter."""
MAX_BLOB_BYTES: Final = 32 << 20
"""OpenStreetMap wiki, PBF format: an unpacked blob must be shorter."""
MAX_TAG_BYTES: Final = 1 << 20
"""Assumption: no map has as many bytes in a row without a "<"; values of OpenStreetMap are at most 255 characters long
(wiki, API v0.6), and parsers of XML take time that grows with the square of an endless one."""
_HEAD_BYTES: Final = 64 << 10
_TAIL_BYTES: Final = 4 << 10
"""Where the root element (after comments) and the remark of an interrupted Overpass answer are looked for."""


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
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise NetworkError(f"{path}: is a folder; give a file ending with {', '.join(SUFFIXES)}")
        # opening a pipe or a device would wait or never end
        if not stat.S_ISREG(kind):
            raise NetworkError(f"{path}: is a pipe or device; copy its content to a plain file first")
        with path.open("rb") as file:
            start = file.read(_PEEK)
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except (OSError, ValueError) as fault:
        raise NetworkError(f"{path}: cannot be opened ({getattr(fault, 'strerror', None) or fault})") from None
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


def unpacked(path: Path, folder: Path) -> tuple[Path, str]:
    """The file itself where it can be read as it is, else its content unpacked into a folder; both checked for bombs.

    Parameters
    ----------
    path : Path
        File.
    folder : Path
        Where packed XML is unpacked.

    Returns
    -------
    path : Path
        Plain XML or PBF.
    format_name : str
        "osm" or "pbf".

    Raises
    ------
    NetworkError
        If the file cannot be unpacked, unpacks to more than `MAX_RATIO` times its size, is not OpenStreetMap data or
        is cut off.
    """
    format_name = file_format(path)
    if format_name == "pbf":
        _check_blobs(path)
        return path, format_name
    plain = path
    if format_name != "osm":
        plain = folder / "plain.osm"
        _unpack(path, format_name, plain)
    _check_ends(path, plain)
    _check_tags(path, plain)
    return plain, "osm"


def _unpack(path: Path, format_name: str, plain: Path) -> None:
    opener: Any = {"osm.gz": gzip.open, "osm.bz2": bz2.open}[format_name]
    most = max(UNSUSPICIOUS_BYTES, MAX_RATIO * path.stat().st_size)
    offset = 0
    stream: BinaryIO
    with plain.open("wb") as target, opener(path, "rb") as stream:
        while True:
            try:
                chunk = stream.read(_CHUNK)
            except (OSError, EOFError, zlib.error) as fault:
                raise NetworkError(
                    f"{path}: byte {offset} of the unpacked content: {fault}; fetch the file again"
                ) from None
            if not chunk:
                return
            offset += len(chunk)
            if offset > most:
                raise NetworkError(
                    f"{path}: byte {offset} of the unpacked content: it unpacks to more than {MAX_RATIO} times its "
                    "size, which no map does; unpack it yourself if you trust it"
                )
            try:
                target.write(chunk)
            except OSError as fault:
                raise NetworkError(
                    f"{path}: cannot be unpacked into {plain.parent} ({fault.strerror}); free some space there"
                ) from None


def _check_ends(path: Path, plain: Path) -> None:
    """Refuse XML that is no map by its root element, and an answer of Overpass that says it is not complete."""
    with plain.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(plain.stat().st_size - _TAIL_BYTES, 0))
        tail = file.read()
    finder = _Faults()
    try:
        finder.parser.Parse(head)
    except _FoundError as found:
        if finder.is_root:
            raise NetworkError(f"{path}: {found}; give OpenStreetMap data") from None
    except expat.ExpatError:
        pass  # named with its place when the file is read
    # in XML a "<" never stands inside of a value
    if b"<remark>" in tail:
        remark = tail.partition(b"<remark>")[2].partition(b"</remark>")[0].decode("utf-8", "replace").strip()
        raise NetworkError(f"{path}: the server broke off its answer: {remark[:200]!r}; ask it again")


def _check_tags(path: Path, plain: Path) -> None:
    """Refuse XML with an endless value; of a sound file only the first bytes of each block are looked at."""
    with plain.open("rb") as file:
        for at in range(0, plain.stat().st_size - MAX_TAG_BYTES, MAX_TAG_BYTES):
            file.seek(at)
            start = file.read(_TAIL_BYTES)
            if b"<" not in start and b"<" not in file.read(MAX_TAG_BYTES - len(start)):
                raise NetworkError(
                    f"{path}: byte {at}: {MAX_TAG_BYTES} bytes follow without a tag, which no map has; fetch it again"
                )


@dataclass(frozen=True, slots=True)
class _Blob:
    """Where a blob of a PBF file stands and how large it says it is."""

    at: int
    is_packed: bool
    data_at: int
    data_bytes: int
    unpacked_bytes: int


def _varint(file: BinaryIO) -> int:
    """A whole number of the protocol buffer encoding; -1 where the file ends or it is too long."""
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            return -1
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return -1


def _blobs(path: Path) -> Iterator[_Blob]:
    """The blobs of a PBF file: OpenStreetMap wiki, PBF format; fields of other kinds do not stand in its messages."""
    size = path.stat().st_size

    def cut_off(at: int) -> NetworkError:
        return NetworkError(f"{path}: byte {at}: the blob that begins here is cut off or damaged; fetch the file again")

    with path.open("rb", buffering=256) as file:
        at = 0
        while at < size:
            header_bytes = int.from_bytes(file.read(4), "big")
            end = at + 4 + header_bytes
            if not 0 < header_bytes <= MAX_BLOB_HEADER_BYTES or end > size:
                raise cut_off(at)
            data_size = -1
            while file.tell() < end:
                key = _varint(file)
                if key & 7 == 0:
                    value = _varint(file)
                    if key >> 3 == 3:
                        data_size = value
                elif key & 7 == 2 and key > 0:
                    file.seek(max(_varint(file), 0), 1)
                else:
                    raise cut_off(at)
            begin, end = end, end + data_size
            if file.tell() != begin or data_size < 0 or end > size:
                raise cut_off(at)
            raw_bytes, data_at, data_bytes, is_packed = -1, -1, 0, True
            while file.tell() < end:
                key = _varint(file)
                if key & 7 == 0:
                    value = _varint(file)
                    raw_bytes = value if key >> 3 == 2 else raw_bytes
                elif key & 7 == 2 and key > 0:
                    data_bytes = max(_varint(file), 0)
                    data_at, is_packed = file.tell(), key >> 3 != 1
                    file.seek(data_bytes, 1)
                else:
                    raise cut_off(at)
            if file.tell() != end or data_at < 0:
                raise cut_off(at)
            yield _Blob(at, is_packed, data_at, data_bytes, raw_bytes if is_packed else data_bytes)
            at = end


def _check_blobs(path: Path) -> None:
    most = max(UNSUSPICIOUS_BYTES, MAX_RATIO * path.stat().st_size)
    total = 0
    for blob in _blobs(path):
        if not 0 <= blob.unpacked_bytes <= MAX_BLOB_BYTES:
            raise NetworkError(
                f"{path}: byte {blob.at}: the blob that begins here says it unpacks to {blob.unpacked_bytes} bytes; "
                f"{MAX_BLOB_BYTES} are allowed"
            )
        total += blob.unpacked_bytes
        # one blob that is small and unpacks to much holds millions of equal objects
        if total > most or blob.unpacked_bytes > max(_CHUNK, MAX_RATIO * blob.data_bytes):
            raise NetworkError(
                f"{path}: byte {blob.at}: it unpacks to more than {MAX_RATIO} times its size, which no map does"
            )


@contextmanager
def faults_named(path: Path, plain: Path, format_name: str) -> Iterator[None]:
    """Turn what pyosmium raises into one error that names file and place.

    Parameters
    ----------
    path : Path
        File as the caller knows it.
    plain : Path
        The file that is read, see `unpacked`.
    format_name : str
        "osm" or "pbf".

    Raises
    ------
    NetworkError
        Where the block raises something that a bad file causes.
    """
    from osmium import InvalidLocationError

    try:
        yield
    except NetworkError:
        raise
    except (RuntimeError, InvalidLocationError, ValueError, OverflowError, MemoryError, OSError) as fault:
        place = _place_in_blobs(path) if format_name == "pbf" else place_of_fault(plain)
        reason = str(fault).strip() or type(fault).__name__
        raise NetworkError(f"{path}: {place or reason}; fetch the file again or repair it") from None


def _place_in_blobs(path: Path) -> str:
    """Which blob of a PBF file cannot be unpacked, '' where all can."""
    with path.open("rb") as file:
        for blob in _blobs(path):
            if not blob.is_packed:
                continue
            file.seek(blob.data_at)
            unpacker = zlib.decompressobj()
            try:
                content = unpacker.decompress(file.read(blob.data_bytes), MAX_BLOB_BYTES)
            except zlib.error as fault:
                return f"byte {blob.at}: the blob that begins here cannot be unpacked ({fault})"
            if len(content) != blob.unpacked_bytes or not unpacker.eof:
                return f"byte {blob.at}: the blob that begins here is not as long as it says"
    return ""


class _FoundError(Exception):
    """Carries the description of a fault out of the parser's callbacks."""


class _Faults:
    """Looks for what makes XML no map: a document type, another root, impossible ids and coordinates."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.is_root = True
        self.parser.StartDoctypeDeclHandler = self._on_doctype
        self.parser.StartElementHandler = self._on_start

    def _found(self, what: str) -> _FoundError:
        return _FoundError(f"line {self.parser.CurrentLineNumber}: {what}")

    def _on_doctype(self, *_: object) -> None:
        raise self._found("holds a DTD (document type, entities), which is refused")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if self.is_root and name != "osm":
            raise self._found(f"the root element is <{name[:100]}>, not <osm>")
        self.is_root = False
        if name in ("node", "way", "relation") and not _is_id(attributes.get("id", "")):
            raise self._found(f"<{name}>: id={attributes.get('id', '')[:100]!r} is not an id")
        if name == "nd" and not _is_id(attributes.get("ref", "")):
            raise self._found(f"<nd>: ref={attributes.get('ref', '')[:100]!r} is not an id")
        if name == "node" and attributes.get("visible") != "false":
            for key, most in (("lat", 90.0), ("lon", 180.0)):
                text = attributes.get(key, "")
                if not _is_coordinate(text, most):
                    raise self._found(f"node {attributes['id']}: {key}={text[:100]!r} is not a coordinate")


def place_of_fault(plain: Path) -> str:
    """Where and why an XML file cannot be used.

    Parameters
    ----------
    plain : Path
        XML file, not packed.

    Returns
    -------
    str
        Line or byte and what is wrong there; '' where a second look finds nothing.
    """
    finder = _Faults()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    chunk = b""
    try:
        with plain.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                finder.parser.Parse(chunk)
                decoder.decode(chunk)
                offset += len(chunk)
            finder.parser.Parse(b"", True)
    except _FoundError as found:
        return str(found)
    except expat.ExpatError as fault:
        line, byte = fault.lineno, max(finder.parser.ErrorByteIndex, 0)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as bad:
            return f"line {line}, byte {offset + bad.start}: is not valid UTF-8 although declared so"
        return f"line {line}, byte {byte}: {expat.ErrorString(fault.code)}"
    except UnicodeDecodeError as bad:
        return f"byte {offset + bad.start}: is not valid UTF-8"
    return ""


def _is_id(text: str) -> bool:
    try:
        return -(2**63) < int(text) < 2**63 - 1
    except ValueError:
        return False


def _is_coordinate(text: str, most: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return abs(value) <= most
