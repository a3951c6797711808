"""The library's own fast format of road networks: arrays in one uncompressed zip, never pickle."""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.core import Mode, ReadReport, RoadNetwork
from itas_mobility.errors import NetworkError

_FORMAT: Final = "itas_mobility road network 1"
_PLAIN: Final = ("n_zones", "first_through", "mode", "report")


def write_network(roads: RoadNetwork, path: str | Path) -> None:
    """Write a network to a file, all or nothing.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    path : str or Path
        File ending with .npz; an old one is replaced.

    Raises
    ------
    NetworkError
        If the name has another ending or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() != ".npz" or not target.parent.is_dir():
        raise NetworkError(f"{target}: give a name ending with .npz in an existing folder")
    head = {
        "format": _FORMAT,
        "n_zones": roads.n_zones,
        "first_through": roads.first_through,
        "mode": int(roads.mode),
        "file": roads.report.file if roads.report else "",
        "counts": dict(roads.report.counts) if roads.report else None,
    }
    columns = {f.name: getattr(roads, f.name) for f in dataclasses.fields(roads) if f.name not in _PLAIN}
    write_file(target, lambda draft: _save(draft, head, columns))


def _save(path: Path, head: dict[str, Any], columns: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.array(json.dumps(head)), **columns)


def read_network(path: str | Path) -> RoadNetwork:
    """Read a network that `write_network` wrote.

    Parameters
    ----------
    path : str or Path
        File.

    Returns
    -------
    RoadNetwork
        The same network.

    Raises
    ------
    NetworkError
        If the file is missing, broken, or of another kind; the message names file and column.
    """
    source = Path(path)
    wanted = [f.name for f in dataclasses.fields(RoadNetwork) if f.name not in _PLAIN]
    try:
        with np.load(source, allow_pickle=False) as stored:
            head: dict[str, Any] = json.loads(str(stored["header"]))
            columns = {name: stored[name] for name in wanted}
    except FileNotFoundError:
        raise NetworkError(f"{source}: no such file") from None
    except KeyError as fault:
        raise NetworkError(f"{source}: holds no column {fault}; it is not a network written by write_network") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as fault:
        raise NetworkError(f"{source}: cannot be read as a network ({fault}); write it again") from None
    if head.get("format") != _FORMAT:
        raise NetworkError(f"{source}: format {head.get('format')!r}, expected {_FORMAT!r}; write it again")
    report = None if head["counts"] is None else ReadReport(head["file"], head["counts"])
    return RoadNetwork(
        **columns,
        n_zones=head["n_zones"],
        first_through=head["first_through"],
        mode=Mode(head["mode"]),
        report=report,
    )
