"""Where caches lie: below the user's cache directory, else in a temporary folder; what names them."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path


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
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
