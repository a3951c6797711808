"""Commands on the roads and ways of a file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from itas_mobility.cli.answers import JsonFlag, answer, refuse
from itas_mobility.units import SECONDS_PER_MINUTE


def route(
    osm: Annotated[Path, typer.Argument(help="OpenStreetMap file.")],
    mode: Annotated[str, typer.Option(help="car, hgv, bike, pedelec, walk (foot), bus or tram.")] = "car",
    from_node: Annotated[int | None, typer.Option(help="OSM node id.")] = None,
    to_node: Annotated[int | None, typer.Option(help="OSM node id.")] = None,
    from_place: Annotated[str | None, typer.Option("--from", help="LAT,LON")] = None,
    to_place: Annotated[str | None, typer.Option("--to", help="LAT,LON")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find the quickest route between two nodes or places of a file.

    Places are moved to the nearest node; from_snap_m and to_snap_m say how far. Over 10 km they are refused.
    """
    from itas_mobility.network.routing import route_in_file

    begin, end = _place(from_node, from_place, "from"), _place(to_node, to_place, "to")
    found = route_in_file(osm, begin, end, mode=mode)
    if found is None:
        content: dict[str, Any] = {"status": "no_route"}
    else:
        content = {
            "status": "ok",
            "nodes": [int(node) for node in found.node_id],
            "length_m": found.length_m,
            "time_s": found.time_s,
        }
        # a place is moved to the nearest node; a node id is not
        content |= {"from_snap_m": found.from_snap_m} if from_place else {}
        content |= {"to_snap_m": found.to_snap_m} if to_place else {}
    if as_json:
        answer(content)
    elif found is None:
        print("no route")
    else:
        print(f"{found.length_m:,.0f} m, {found.time_s / SECONDS_PER_MINUTE:,.1f} min, {len(found.node_id)} nodes")


def _place(node: int | None, place: str | None, which: str) -> Any:
    if (node is None) == (place is None):
        refuse(f"route: give either --{which}-node ID or --{which} LAT,LON")
    if node is not None:
        return node
    assert place is not None
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        refuse(f"route: --{which} {place!r} is not LAT,LON")
    return (lon, lat)


COMMANDS = (route,)
