"""GraphML (Brandes et al. 2002) through networkx: the graph of `to_networkx` as a file with typed attributes.

GraphML knows numbers, texts and truth values. Lists of ways are therefore written as text (``[1, 2]``) and courses as
well-known text, as OSMnx does. OSMnx itself writes and expects all values as texts; a file for ``osmnx.load_graphml``
is made with ``osmnx.save_graphml(to_networkx(roads), path)``. `read_graphml` reads both.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from itas_mobility.atomic import write_file
from itas_mobility.core import RoadNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.network.exchange import from_networkx, to_networkx

if TYPE_CHECKING:
    import networkx as nx

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 (section 2.2) cannot hold, and the carriage return, which readers turn into a line feed."""
_DECLARATION: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def write_graphml(roads: RoadNetwork, path: str | Path) -> None:
    """Write the roads as a GraphML file, all or nothing; centroids and connectors stay out, as in `to_networkx`.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    path : str or Path
        File ending with .graphml; an old one is replaced.

    Raises
    ------
    NetworkError
        If the name has another ending, the folder does not exist, or a name holds a character that XML cannot carry.
    """
    import networkx as nx

    target = Path(path)
    if target.suffix.lower() != ".graphml" or not target.parent.is_dir():
        raise NetworkError(f"{target}: give a name ending with .graphml in an existing folder")
    graph = to_networkx(roads)
    for tail, head, data in graph.edges(data=True):
        if _FORBIDDEN.search(data["name"]):
            raise NetworkError(
                f"{target}: the name {data['name']!r} of link {data['link_key']} ({tail} -> {head}) holds a character "
                "that XML cannot carry; change it with change_links"
            )
        data["geometry"] = _line_text(data["geometry"])
        data["osmid"] = str(data["osmid"])
    write_file(target, lambda draft: nx.write_graphml_xml(graph, draft, named_key_ids=True))


def _line_text(line: Any) -> str:
    """Well-known text with all digits that a double holds."""
    if line.is_empty:
        return "LINESTRING EMPTY"
    return "LINESTRING (" + ", ".join(f"{x!r} {y!r}" for x, y in line.coords) + ")"


def read_graphml(path: str | Path, *, mode: str = "car") -> RoadNetwork:
    """Read a GraphML file that `write_graphml` or OSMnx wrote.

    Parameters
    ----------
    path : str or Path
        File.
    mode : str, default="car"
        Mode of the network; edges closed to it are left out.

    Returns
    -------
    RoadNetwork
        As `from_networkx` makes it.

    Raises
    ------
    NetworkError
        If the file is missing, is no GraphML, or lacks what a road needs; the message names file and edge.
    """
    source = Path(path)
    graph = _graph(source)
    for _, data in graph.nodes(data=True):
        _typed(data)
    try:
        for tail, head, data in graph.edges(data=True):
            _typed(data)
            _parse_edge(tail, head, data)
        return from_networkx(graph, mode=mode)
    except NetworkError as fault:
        raise NetworkError(f"{source}: {fault}") from None


def _graph(source: Path) -> "nx.MultiDiGraph[Any]":
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    if not source.is_file():
        raise NetworkError(f"{source}: no such file")
    # entities can blow a small file up without bound, and no GraphML writer needs them
    with source.open("rb") as file:
        if _DECLARATION.search(file.read(1 << 16)):
            raise NetworkError(f"{source}: declares a document type, which is refused; write the file without")
    try:
        graph: Any = nx.read_graphml(source, node_type=_node_id, force_multigraph=True)  # type: ignore[call-overload]
    except ParseError as fault:
        raise NetworkError(f"{source}, line {fault.position[0]}: is not well-formed XML ({fault})") from None
    except (nx.NetworkXError, ValueError, KeyError, IndexError, AttributeError) as fault:
        raise NetworkError(f"{source}: is no GraphML that can be read ({fault!r})") from None
    return graph  # type: ignore[no-any-return]


def _node_id(text: str) -> int | str:
    return int(text) if text.removeprefix("-").isdecimal() else text


_TYPES: Final[dict[str, type]] = {
    "x": float, "y": float, "length": float, "speed_kph": float, "travel_time": float,
}  # fmt: skip
"""OSMnx writes all attributes as texts; these are the numbers that `from_networkx` uses."""


def _typed(data: dict[str, Any]) -> None:
    for name, kind in _TYPES.items():
        if isinstance(data.get(name), str):
            try:
                data[name] = kind(data[name])
            except ValueError:
                raise NetworkError(f"attribute {name!r} is {data[name]!r}, not a number") from None
    for name in ("oneway", "reversed"):
        if data.get(name) in ("True", "False"):
            data[name] = data[name] == "True"


def _parse_edge(tail: Any, head: Any, data: dict[str, Any]) -> None:
    import shapely

    if "geometry" in data:
        try:
            data["geometry"] = shapely.from_wkt(data["geometry"])
        except (shapely.errors.ShapelyError, TypeError) as fault:
            raise NetworkError(f"edge {tail!r} -> {head!r}: geometry cannot be read ({fault})") from None
        if data["geometry"].geom_type != "LineString":
            raise NetworkError(f"edge {tail!r} -> {head!r}: geometry is a {data['geometry'].geom_type}, not a line")
    for name, value in data.items():
        # OSMnx keeps several values of merged edges as a list, written like ['a', 'b']
        if name != "name" and isinstance(value, str) and value.startswith("[") and value.endswith("]"):
            data[name] = _listed(value)
    if isinstance(data.get("osmid"), str):
        if not data["osmid"].removeprefix("-").isdecimal():
            raise NetworkError(f"edge {tail!r} -> {head!r}: osmid {data['osmid']!r} is no whole number")
        data["osmid"] = int(data["osmid"])


def _listed(text: str) -> list[Any] | str:
    import ast

    try:
        values = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return values if isinstance(values, list) else text
