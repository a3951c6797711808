"""Volumes of the links of a TNTP network in a table: one row per link, in the order of the network's file."""

from pathlib import Path

import numpy as np

from itas_mobility.atomic import write_text
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.network.files.tntp import SECONDS, TimeUnit

HEADER = ("from", "to", "volume", "cost")


def write_link_volumes(
    roads: RoadNetwork,
    volume_veh_per_h: FloatArray,
    cost_s: FloatArray,
    path: str | Path,
    *,
    time_unit: TimeUnit = "min",
) -> None:
    """Write a CSV file ``from,to,volume,cost`` with all digits, all or nothing.

    Rows stand in the order of the network's file (`way_id`, see `read_tntp`), with its node numbers.

    Parameters
    ----------
    roads : RoadNetwork
        Network from `read_tntp`.
    volume_veh_per_h, cost_s : array of shape (n_links,)
        Volumes and generalised costs of an assignment.
    path : str or Path
        File; an old one is replaced.
    time_unit : {"min", "s", "h"}
        Unit of the costs in the file.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    order = np.argsort(roads.way_id, kind="stable")
    columns = (
        roads.node_id[roads.tail[order]].tolist(),
        roads.node_id[roads.head[order]].tolist(),
        volume_veh_per_h[order].tolist(),
        (cost_s[order] / SECONDS[time_unit]).tolist(),
    )
    rows = [f"{tail},{head},{volume!r},{cost!r}" for tail, head, volume, cost in zip(*columns, strict=True)]
    write_text(Path(path), "\n".join([",".join(HEADER), *rows, ""]))


def read_link_volumes(roads: RoadNetwork, path: str | Path) -> FloatArray:
    """Read the volumes of a table ``from,to,volume,cost``: one of `write_link_volumes`, or a ``*_flow.tntp`` file.

    Fields are separated by commas, blanks or tabs; costs are not used. Links may stand in any order; among parallel
    ones it is that of the network's file.

    Parameters
    ----------
    roads : RoadNetwork
        Network from `read_tntp`.
    path : str or Path
        The table.

    Returns
    -------
    array of shape (n_links,)
        Volumes (veh/h) in the order of the network's links.

    Raises
    ------
    NetworkError
        If the file cannot be read, or does not hold just the network's links with volumes that are finite and not
        negative, naming file and line.
    """
    path = Path(path)
    line, ends, volume = _read_rows(path)
    order = np.argsort(roads.way_id, kind="stable")
    wanted = np.stack([roads.node_id[roads.tail[order]], roads.node_id[roads.head[order]]], axis=1)
    by_ends, by_wanted = np.lexsort(ends.T[::-1]), np.lexsort(wanted.T[::-1])
    there, here = ends[by_ends], wanted[by_wanted]
    shorter = min(len(there), len(here))
    differ = np.flatnonzero((there[:shorter] != here[:shorter]).any(axis=1))
    if differ.size or len(there) != len(here):
        at = int(differ[0]) if differ.size else shorter
        if at < len(there) and (at == len(here) or there[at].tolist() < here[at].tolist()):
            tail, head = there[at]
            raise NetworkError(
                f"{path}, line {line[by_ends[at]]}: link {tail} -> {head} is not in the network, or not as often"
            )
        raise NetworkError(f"{path}: link {here[at, 0]} -> {here[at, 1]} of the network is missing")
    values = np.empty(roads.n_links)
    values[order[by_wanted]] = volume[by_ends]
    return values


def _read_rows(path: Path) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Line, from and to, and volume of each row."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as fault:
        raise NetworkError(f"{path}: cannot be read ({fault.strerror})") from fault
    lines: list[int] = []
    ends: list[tuple[int, int]] = []
    volumes: list[float] = []
    for number, content in enumerate(text.splitlines(), start=1):
        fields = content.replace(",", " ").replace(";", " ").split()
        if not fields or (not lines and fields[0].lower() == HEADER[0]):
            continue
        try:
            tail, head, volume = int(fields[0]), int(fields[1]), float(fields[2])
        except (ValueError, IndexError):
            raise NetworkError(f"{path}, line {number}: {content.strip()!r} is not '{','.join(HEADER)}'") from None
        if not (np.isfinite(volume) and volume >= 0):
            raise NetworkError(f"{path}, line {number}: volume {fields[2]} must be finite and not negative")
        lines.append(number)
        ends.append((tail, head))
        volumes.append(volume)
    return lines, np.array(ends, dtype=np.int64).reshape(-1, 2), np.array(volumes, dtype=np.float64)
