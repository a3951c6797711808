"""Where caches lie: below the user's cache directory, else in a temporary folder; what names them."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

COMPUTING_LIBRARIES: Final = ("numpy", "scipy", "numba", "pyproj", "shapely")
"""Libraries whose versions can change the digits of a result."""
_LEFT_OUT: Final = frozenset({"__pycache__", "regions/zwickau_data/scenarios"})
"""Folders that do not count as sources: bytecode, and the copies of scenario files that only an installed package has
(what is in them stands in a run's digest as its measures)."""
_CHUNK_BYTES: Final = 1 << 20


def user_cache_folder() -> Path:
    """Cache directory of the user by the platform's convention; ``ITAS_MOBILITY_CACHE`` overrides it."""
    if override := os.environ.get("ITAS_MOBILITY_CACHE"):
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / "itas_mobility"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "itas_mobility"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "itas_mobility"


def writable_cache_folder(*parts: str) -> Path:
    """A folder that can be written: in the user's cache directory, else below the temporary one.

    Parameters
    ----------
    *parts : str
        Names of the folders below the cache directory.

    Returns
    -------
    Path
        An existing folder. If nothing else can be written, a fresh temporary one.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    for root in (user_cache_folder(), Path(tempfile.gettempdir()) / f"itas_mobility-{user}"):
        folder = root.joinpath(*parts)
        if _is_writable(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="itas_mobility-"))


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def files_hash(paths: Iterable[Path], *also: str) -> str:
    """Hash over names and contents of files, and over some texts.

    Parameters
    ----------
    paths : iterable of Path
        Files; their order does not matter.
    *also : str
        Texts that count too, e.g. versions.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256("\x1f".join(also).encode())
    for path in sorted(paths):
        digest.update(path.name.encode())
        _feed(digest, path)
    return digest.hexdigest()[:16]


def _feed(digest: Any, path: Path | str) -> None:
    """Content of a file, in pieces: an extract of a country does not fit into memory."""
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123  a Path for each of 400 files takes as long as reading them
        while piece := stream.read(_CHUNK_BYTES):
            digest.update(piece)


def package_hash(root: Path) -> str:
    """Hash over all files of a package: sources and the data it reads, in all its folders.

    Parameters
    ----------
    root : Path
        Folder of the package. Bytecode and hidden files do not count.

    Returns
    -------
    str
        16 hexadecimal digits; another name, place or content of any file gives others.
    """
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(n for n in folders if n[0] != "." and not {n, prefix + n} & _LEFT_OUT)
        for name in sorted(names):
            if name[0] != ".":
                path = os.path.join(folder, name)  # noqa: PTH118  as above
                digest.update(f"{prefix}{name} {os.path.getsize(path)}\x1e".encode())  # noqa: PTH202
                _feed(digest, path)
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def library_versions() -> Mapping[str, str]:
    """What results of this process are computed by; taken once per process.

    Returns
    -------
    mapping
        ``sources`` (hash over this package's own files), ``python`` (its minor version: since 3.12 ``sum`` rounds
        otherwise), and the versions of the libraries that compute.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {"sources": package_hash(Path(__file__).parent), "python": python}
    return MappingProxyType(found | {name: version(name) for name in COMPUTING_LIBRARIES})
