"""The zip archive of a feed: its files by name, refused before memory goes where no feed looks like that."""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.unpacking import MAX_RATIO, UNSUSPICIOUS_BYTES

CHUNK_BYTES: Final = 8 << 20
"""Files are read in pieces of this size."""
_ENCRYPTED: Final = 1
"""Bit of the flags of a member (APPNOTE.TXT, section 4.4.4)."""


@dataclass(frozen=True)
class Archive:
    """Text files of a feed by name; they may lie in one folder of the archive."""

    path: Path
    members: Mapping[str, zipfile.ZipInfo]

    def __contains__(self, file: str) -> bool:
        return file in self.members

    def chunks(self, file: str) -> Iterator[bytes]:
        """Content of a file in pieces.

        Parameters
        ----------
        file : str
            Name, as ``"stops.txt"``.

        Yields
        ------
        bytes
            At most `CHUNK_BYTES` each.

        Raises
        ------
        NetworkError
            If the file is damaged or packed in a way that is not known.
        """
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.members[file]) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as fault:
            raise NetworkError(f"{self.path}: {file} cannot be unpacked ({fault}); fetch the feed again") from None


def open_archive(path: str | Path) -> Archive:
    """Look into the archive of a feed.

    Parameters
    ----------
    path : path
        Zip archive.

    Returns
    -------
    Archive
        Its text files. Files that computers leave behind (``__MACOSX``, names that begin with a point) do not count.

    Raises
    ------
    NetworkError
        If there is no such file, or it is empty, not a zip archive, encrypted, holds names that climb out of it or
        files of the same name, or unpacks to more than `MAX_RATIO` times its size and `UNSUSPICIOUS_BYTES`.
    """
    path = Path(path)
    _check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as fault:
        raise NetworkError(f"{path}: cannot be read as a zip archive ({fault}); fetch the feed again") from None
    members: dict[str, zipfile.ZipInfo] = {}
    for member in listed:
        _check_name(path, member.filename)
        place = PurePosixPath(member.filename)
        if member.is_dir() or "__MACOSX" in place.parts or place.name.startswith(".") or len(place.parts) > 2:
            continue
        if place.name in members:
            raise NetworkError(
                f"{path}: holds {members[place.name].filename} and {member.filename}: two files of the same name; "
                "keep one"
            )
        members[place.name] = member
    _check_sizes(path, members)
    encrypted = sorted(name for name, member in members.items() if member.flag_bits & _ENCRYPTED)
    if encrypted:
        raise NetworkError(f"{path}: {encrypted[0]} is encrypted; unpack the feed with its password and pack it anew")
    return Archive(path, members)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except (OSError, ValueError) as fault:
        raise NetworkError(f"{path}: cannot be opened ({getattr(fault, 'strerror', None) or fault})") from None
    if not stat.S_ISREG(status.st_mode):
        raise NetworkError(f"{path}: is not a plain file; pack the feed's text files as a zip archive")
    if status.st_size == 0:
        raise NetworkError(f"{path}: the file is empty; fetch the feed again")


def _check_name(path: Path, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        raise NetworkError(f"{path}: holds the name {name!r}, which climbs out of the archive; do not trust this feed")


def _check_sizes(path: Path, members: Mapping[str, zipfile.ZipInfo]) -> None:
    """Refuse bombs by what the directory says; what is unpacked never exceeds that (`zipfile` stops there)."""
    for name, member in members.items():
        if member.file_size > max(UNSUSPICIOUS_BYTES, MAX_RATIO * member.compress_size):
            raise _bomb(path, name, member.file_size)
    # members that share their packed bytes each look harmless
    total = sum(member.file_size for member in members.values())
    if total > max(UNSUSPICIOUS_BYTES, MAX_RATIO * path.stat().st_size):
        largest = max(members, key=lambda name: members[name].file_size)
        raise _bomb(path, largest, total)


def _bomb(path: Path, name: str, size: int) -> NetworkError:
    return NetworkError(
        f"{path}: {name}: uncompressed size/ratio over limit: {size:,} bytes, more than {MAX_RATIO} times what is "
        "packed, which no feed has; unpack it yourself and look into it"
    )
