"""Where the networks and timetables of a region folder are kept once they are read."""

from collections.abc import Iterable
from pathlib import Path

from itas_mobility.caching import files_hash, library_versions, writable_cache_folder


def cache_folder(kind: str, files: Iterable[Path], *also: str) -> Path:
    """Folder of what was read of files, named by their content and by what reads them: all sources of the library.

    Parameters
    ----------
    kind : str
        What is kept.
    files : iterable of Path
        Files that were read.
    *also : str
        What else the result depends on.

    Returns
    -------
    Path
        An existing folder, empty at first.
    """
    return writable_cache_folder(kind, files_hash(files, *library_versions().values(), *also))
