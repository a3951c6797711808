"""The library's own fast format of road and transit networks: arrays in one uncompressed zip, never pickle."""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.core import Mode, ReadReport, RoadNetwork, TransitNetwork
from itas_mobility.errors import NetworkError

_FORMAT: Final = "itas_mobility network 1"
_KINDS: Final[dict[str, type[RoadNetwork] | type[TransitNetwork]]] = {
    "RoadNetwork": RoadNetwork,
    "TransitNetwork": TransitNetwork,
}


def _column_names(kind: type[RoadNetwork] | type[TransitNetwork]) -> list[str]:
    plain = {"n_zones", "first_through", "mode", "report"} if kind is RoadNetwork else {"report"}
    return [field.name for field in dataclasses.fields(kind) if field.name not in plain]


def write_network(network: RoadNetwork | TransitNetwork, path: str | Path) -> None:
    """Write a network to a file, all or nothing.

    Parameters
    ----------
    network : RoadNetwork or TransitNetwork
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
    head: dict[str, Any] = {
        "format": _FORMAT,
        "kind": type(network).__name__,
        "file": network.report.file if network.report else "",
        "counts": dict(network.report.counts) if network.report else None,
    }
    if isinstance(network, RoadNetwork):
        head |= {"n_zones": network.n_zones, "first_through": network.first_through, "mode": int(network.mode)}
    columns = {name: getattr(network, name) for name in _column_names(type(network))}
    write_file(target, lambda draft: _save(draft, head, columns))


def _save(path: Path, head: dict[str, Any], columns: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, header=np.array(json.dumps(head)), **columns)


def read_network(path: str | Path) -> RoadNetwork:
    """Read a road network that `write_network` wrote.

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
    network = _read(Path(path), "RoadNetwork")
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
        If the file is missing, broken, or of another kind; the message names file and column.
    """
    network = _read(Path(path), "TransitNetwork")
    assert isinstance(network, TransitNetwork)
    return network


def _read(source: Path, kind: str) -> RoadNetwork | TransitNetwork:
    try:
        with np.load(source, allow_pickle=False) as stored:
            head: dict[str, Any] = json.loads(str(stored["header"]))
            columns = {name: stored[name] for name in _column_names(_KINDS[kind]) if name in stored.files}
    except FileNotFoundError:
        raise NetworkError(f"{source}: no such file") from None
    except KeyError as fault:
        raise NetworkError(f"{source}: holds no column {fault}; it is not a network written by write_network") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as fault:
        raise NetworkError(f"{source}: cannot be read as a network ({fault}); write it again") from None
    if head.get("format") != _FORMAT:
        raise NetworkError(f"{source}: format {head.get('format')!r}, expected {_FORMAT!r}; write it again")
    if head["kind"] != kind:
        raise NetworkError(f"{source}: holds a {head['kind']}, not a {kind}")
    missing = [name for name in _column_names(_KINDS[kind]) if name not in columns]
    if missing:
        raise NetworkError(f"{source}: holds no column {missing[0]!r}; write it again")
    report = None if head["counts"] is None else ReadReport(head["file"], head["counts"])
    if kind == "TransitNetwork":
        return TransitNetwork(**columns, report=report)
    return RoadNetwork(
        **columns,
        n_zones=head["n_zones"],
        first_through=head["first_through"],
        mode=Mode(head["mode"]),
        report=report,
    )
