"""The one decorator of all compiled loops: cached on disk in a folder named by a hash over all kernel sources.

Numba's own cache notices an edit of the decorated file only; an edit in a callee in another file, or in a decorator,
goes unseen and the old machine code runs. Naming the folder by all sources of this package makes any edit a new cache.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config as numba_config  # module attributes are set at run time

settings: Any = numba_config
F = TypeVar("F", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def source_hash() -> str:
    """Hash over the sources of all kernels and the numba version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _user_cache_root() -> Path:
    """Cache directory of the user, by the platform's convention (ITAS_MOBILITY_CACHE overrides)."""
    if override := os.environ.get("ITAS_MOBILITY_CACHE"):
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / "itas_mobility"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "itas_mobility"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "itas_mobility"


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@lru_cache(maxsize=1)
def cache_folder() -> str:
    """Folder of the compiled code: below the user's cache directory, else a temporary one."""
    folder = _user_cache_root() / "numba" / source_hash()
    if not _is_writable(folder):
        user = os.getuid() if hasattr(os, "getuid") else 0
        folder = Path(tempfile.gettempdir()) / f"itas_mobility-{user}" / source_hash()
        if not _is_writable(folder):
            folder = Path(tempfile.mkdtemp(prefix="itas_mobility-"))
    return str(folder)


def kernel(function: F | None = None, *, parallel: bool = False, inline: bool = False) -> Any:
    """Compile a loop with numba on first call and keep the machine code on disk.

    Parameters
    ----------
    function : callable, optional
        The function to compile (given when used without parentheses).
    parallel : bool, default=False
        Compile ``prange`` loops for several threads. Work must be cut into blocks whose number does not depend on
        the number of threads, so that results do not either.
    inline : bool, default=False
        Inline into the caller (for small functions inside hot loops).

    Returns
    -------
    callable
        The numba dispatcher.
    """

    def decorate(f: F) -> Any:
        saved = settings.CACHE_DIR
        settings.CACHE_DIR = cache_folder()
        try:
            return numba.njit(
                cache=True,
                nogil=True,
                error_model="numpy",
                parallel=parallel,
                inline="always" if inline else "never",
            )(f)
        finally:
            settings.CACHE_DIR = saved

    return decorate if function is None else decorate(function)
