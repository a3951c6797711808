"""Where the networks and timetables of a region folder are kept once they are read."""

from collections.abc import Iterable
from pathlib import Path

from itas_mobility import version
from itas_mobility.caching import files_hash, writable_cache_folder


def cache_folder(kind: str, files: Iterable[Path], *also: str) -> Path:
    """Folder of what was read of files, named by their content and the readers' sources.

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
    package = Path(version.__file__).parent
    sources = [*package.glob("network/**/*.py"), *package.glob("core/*.py"), package / "geo.py"]
    sources += [package / "regions" / "timetables.py"]
    return writable_cache_folder(kind, files_hash(files, files_hash(sources), *also))
