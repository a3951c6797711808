"""GeoPackage (OGC 12-128): the network as layers that a geographic information system opens, and back.

Three layers: ``links`` (lines), ``nodes`` (points), and ``network`` (one row: what stands beside the columns). Lines
are drawn straight between the nodes where a link has no course of its own; the column ``has_course`` tells.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.atomic import write_file
from itas_mobility.core import Access, Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import NetworkError
from itas_mobility.network.exchange import codes_of, to_geodataframe
from itas_mobility.network.forward_star import Nodes, Shapes, Ways, assemble, refuse_tables

_CRS: Final = "epsg:4326"
_FORMAT: Final = "itas_mobility GeoPackage 1"
_NUMBERS: Final = (
    "length_m", "free_speed_km_per_h", "free_time_s", "lanes", "capacity_veh_per_h", "toll_eur", "vdf_alpha",
    "vdf_beta",
)  # fmt: skip
_WHOLE: Final = ("link_key", "from_node", "to_node", "modes")
_ENUMS: Final = (("road_class", RoadClass), ("access", Access), ("vdf", VdfKind))


def write_geopackage(roads: RoadNetwork, path: str | Path) -> None:
    """Write nodes and links as layers of a GeoPackage, all or nothing; `read_geopackage` gives the network again.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    path : str or Path
        File ending with .gpkg; an old one is replaced.

    Raises
    ------
    NetworkError
        If the name has another ending, the folder does not exist, a name holds a zero character, or a link has a
        tabulated volume-delay function, which a GeoPackage cannot hold (the message names the first).
    """
    import geopandas
    import pandas as pd
    import pyogrio
    import shapely

    target = Path(path)
    if target.suffix.lower() != ".gpkg" or not target.parent.is_dir():
        raise NetworkError(f"{target}: give a name ending with .gpkg in an existing folder")
    refuse_tables(roads, str(target))
    cut = next((name for name in roads.names.tolist() if "\0" in name), None)
    if cut is not None:
        raise NetworkError(f"{target}: the name {cut!r} holds a zero character, which the format cuts off")
    links = to_geodataframe(roads)
    links.insert(len(links.columns) - 1, "has_course", np.diff(roads.shape_ptr) > 1)
    nodes = geopandas.GeoDataFrame(
        {
            "node_id": roads.node_id,
            "base_id": base_node_id(roads.node_id),
            "is_centroid": np.arange(roads.n_nodes) < roads.n_zones,
            "inner_length_m": np.append(roads.zone_inner_length_m, np.full(roads.n_nodes - roads.n_zones, np.nan)),
        },
        geometry=shapely.points(roads.node_lon_deg, roads.node_lat_deg),
        crs=_CRS,
    )
    about = pd.DataFrame(
        {
            "format": [_FORMAT],
            "mode": [int(roads.mode)],
            "n_zones": [roads.n_zones],
            "first_through": [roads.first_through],
        }
    )

    def fill(draft: Path) -> None:
        draft.unlink()  # the format's driver makes its own file
        pyogrio.write_dataframe(links, draft, layer="links", driver="GPKG", geometry_type="LineString")
        pyogrio.write_dataframe(nodes, draft, layer="nodes", driver="GPKG", geometry_type="Point")
        pyogrio.write_dataframe(about, draft, layer="network", driver="GPKG")

    write_file(target, fill)


def read_geopackage(path: str | Path) -> RoadNetwork:
    """Read a network that `write_geopackage` wrote, with what was changed since (attributes, links added or deleted).

    Parameters
    ----------
    path : str or Path
        File with the layers ``links``, ``nodes`` and ``network``.

    Returns
    -------
    RoadNetwork
        The network; nodes in the file's order, links sorted.

    Raises
    ------
    NetworkError
        If the file is missing, is no such GeoPackage, or holds a value that cannot be used; the message names file,
        layer, row and column.
    """
    import shapely

    source = Path(path)
    if not source.is_file():
        raise NetworkError(f"{source}: no such file")
    about, nodes, links = (_layer(source, name) for name in ("network", "nodes", "links"))
    if len(about) != 1 or about.get("format", [None])[0] != _FORMAT:
        raise NetworkError(f"{source}, layer network: expected one row of format {_FORMAT!r}; write it again")
    head = {
        name: int(_column(source, "network", about, name, whole=True)[0])
        for name in ("mode", "n_zones", "first_through")
    }
    node_id = _column(source, "nodes", nodes, "node_id", whole=True)
    row_of = {node: row for row, node in enumerate(node_id.tolist())}
    columns: dict[str, NDArray[Any]] = {name: _column(source, "links", links, name, whole=True) for name in _WHOLE}
    columns |= {name: _column(source, "links", links, name) for name in _NUMBERS}
    for end, column in (("tail", "from_node"), ("head", "to_node")):
        ids = columns.pop(column).tolist()
        for row, node in enumerate(ids):
            if node not in row_of:
                raise NetworkError(
                    f"{source}, layer links, row {row + 1}, column {column}: node {node} is not in layer nodes"
                )
        columns[end] = np.array([row_of[node] for node in ids], np.int32)
    for column, kind in _ENUMS:
        texts = _texts(source, "links", links, column)
        columns[column], unknown = codes_of(kind, texts)
        if unknown >= 0:
            known = ", ".join(member.name.lower() for member in kind)
            raise NetworkError(
                f"{source}, layer links, row {unknown + 1}, column {column}: {texts[unknown]!r} is none of {known}"
            )
    columns["name"] = np.array(_texts(source, "links", links, "name"), str)
    way_ptr, way_id = _ways(source, _texts(source, "links", links, "way_ids"))
    drawn = np.asarray(links["has_course"], bool) if "has_course" in links else np.ones(len(links), bool)
    points, owner = shapely.get_coordinates(np.where(drawn, links.geometry.to_numpy(), None), return_index=True)
    shape_ptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(links)))]).astype(np.int64)
    # nodes without coordinates come back as empty points
    inner_m = None  # files of earlier versions do not hold it
    if "inner_length_m" in nodes:
        inner_m = _column(source, "nodes", nodes, "inner_length_m")[: head["n_zones"]]
    place = nodes.geometry.to_numpy()
    place = np.where(shapely.is_empty(place), None, place)
    try:
        return assemble(
            nodes=Nodes(node_id, shapely.get_x(place), shapely.get_y(place)),
            links=columns,
            shapes=Shapes(shape_ptr, points[:, 0], points[:, 1]),
            ways=Ways(way_ptr, way_id),
            n_zones=head["n_zones"],
            first_through=head["first_through"],
            mode=Mode(head["mode"]),
            zone_inner_length_m=inner_m,
            report=ReadReport(source.name, {"links": len(links), "nodes": len(nodes), "zones": head["n_zones"]}),
        )
    except NetworkError as fault:
        raise NetworkError(f"{source}: {fault}") from None


def _layer(source: Path, name: str) -> Any:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        table = pyogrio.read_dataframe(source, layer=name)
    except (DataLayerError, DataSourceError) as fault:
        raise NetworkError(
            f"{source}: layer {name!r} cannot be read ({fault}); write it with write_geopackage"
        ) from None
    if name != "network" and (getattr(table, "crs", None) is None or table.crs.to_epsg() != 4326):
        raise NetworkError(f"{source}, layer {name}: coordinates must be degrees (epsg:4326), found {table.crs}")
    return table


def _column(source: Path, layer: str, table: Any, name: str, *, whole: bool = False) -> NDArray[Any]:
    if name not in table:
        raise NetworkError(f"{source}, layer {layer}: holds no column {name!r}")
    values = table[name].to_numpy()
    if values.dtype.kind not in "iu" and (whole or values.dtype.kind != "f"):
        bad = next((row for row, value in enumerate(table[name].isna()) if value), 0)
        found = values[bad]
        kind = "whole number" if whole else "number"
        raise NetworkError(f"{source}, layer {layer}, row {bad + 1}, column {name}: {found!r} is not a {kind}")
    return np.asarray(values, np.int64 if whole else float)


def _texts(source: Path, layer: str, table: Any, name: str) -> list[str]:
    if name not in table:
        raise NetworkError(f"{source}, layer {layer}: holds no column {name!r}")
    return [value if isinstance(value, str) else "" for value in table[name].tolist()]


def _ways(source: Path, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    parts = [text.split(";") if text else [] for text in texts]
    for row, part in enumerate(parts):
        if not all(way.strip().removeprefix("-").isdecimal() for way in part):
            raise NetworkError(
                f"{source}, layer links, row {row + 1}, column way_ids: {texts[row]!r} are no whole numbers joined "
                "by ';'"
            )
    ptr = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return ptr, np.array([int(way) for part in parts for way in part], np.int64)
