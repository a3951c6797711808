"""The one decorator of all compiled loops: cached on disk in a folder named by a hash over all kernel sources.

Numba's own cache notices an edit of the decorated file only; an edit in a callee in another file, or in a decorator,
goes unseen and the old machine code runs. Naming the folder by all sources of this package makes any edit a new cache.

**Bundles of arrays** are NamedTuples, whose names cost nothing inside compiled code. At a call from Python, though,
numba spells out the names of all their fields, one by one, to tell their type: half a microsecond per bundle and 0.05
per array, three times what a plain tuple takes. So where Python calls often, it hands over ``tuple(bundle)``, and the
kernel begins by giving the names back: ``bundle = Bundle(*bundle)``.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config as numba_config  # module attributes are set at run time

from itas_mobility.caching import files_hash, writable_cache_folder

settings: Any = numba_config
F = TypeVar("F", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def source_hash() -> str:
    """Hash over the sources of all kernels and the numba version."""
    return files_hash(Path(__file__).parent.glob("*.py"), numba.__version__)


@lru_cache(maxsize=1)
def cache_folder() -> str:
    """Folder of the compiled code: below the user's cache directory, else a temporary one."""
    return str(writable_cache_folder("numba", source_hash()))


def kernel(
    function: F | None = None,
    *,
    parallel: bool = False,
    inline: bool = False,
    internal: bool = False,
    allocates: bool = False,
) -> Any:
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
    internal : bool, default=False
        Only other kernels call it, as is taken for granted of names with a leading underscore. The code by which Python
        could call it is left out; with tuples of arrays, that takes as long to compile as the loop itself.
    allocates : bool, default=False
        It makes arrays, or gets them from a kernel it calls. In all others arrays belong to the caller, which holds
        them until the call is over, so that nobody needs to count references to them; of all the code to be compiled,
        that was a sixth. Numba refuses arrays made without it; and what is returned must not be an argument.

    Returns
    -------
    callable
        The numba dispatcher.
    """

    def decorate(f: F) -> Any:
        saved = settings.CACHE_DIR
        settings.CACHE_DIR = cache_folder()
        try:
            options: Any = {
                "inline": "always" if inline else "never",
                "no_cpython_wrapper": internal or f.__name__.startswith("_"),
                "no_cfunc_wrapper": True,  # no kernel is handed to C
                "_nrt": allocates or parallel,  # "numba runtime": counts references; said to all, else callees inherit
            }
            return numba.njit(cache=True, nogil=True, error_model="numpy", parallel=parallel, **options)(f)
        finally:
            settings.CACHE_DIR = saved

    return decorate if function is None else decorate(function)
