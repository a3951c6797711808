"""Commands that make a region of one's own data, fetch data for one, and check a file before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itas_mobility.cli.answers import NOT_DONE, JsonFlag, answer, refuse, say, warn

if TYPE_CHECKING:
    from itas_mobility.core.transit import ServiceDays


def build(
    out: Annotated[Path, typer.Option(help="Region folder to make.")],
    osm: Annotated[Path | None, typer.Option(help="OpenStreetMap file.")] = None,
    place: Annotated[str | None, typer.Option(help="Name of a place, fetched from Overpass.")] = None,
    gtfs: Annotated[
        list[Path] | None,
        typer.Option(help="GTFS feed (zip, repeatable); its lines replace those of OpenStreetMap."),
    ] = None,
    date: Annotated[
        list[str] | None, typer.Option(help="Service day of the feeds, YYYY-MM-DD (repeatable; runs judge the first).")
    ] = None,
    week: Annotated[
        str | None,
        typer.Option(help="First of seven service days that stand for Mo to So, YYYY-MM-DD; instead of --date."),
    ] = None,
    gtfs_source: Annotated[
        list[str] | None,
        typer.Option(help="Attribution of each feed, in the same order; by default the publisher it names."),
    ] = None,
    zones: Annotated[Path | None, typer.Option(help="Zones (GeoJSON); without it a grid is made.")] = None,
    sites: Annotated[Path | None, typer.Option(help="Industrial sites (TOML).")] = None,
    population: Annotated[float | None, typer.Option(help="Residents of the area, for zones made by a grid.")] = None,
    grid_m: Annotated[float, typer.Option(help="Edge of the grid's cells in metres.")] = 1000.0,
    as_json: JsonFlag = False,
) -> None:
    """Make a region folder from one's own data."""
    from itas_mobility import regions
    from itas_mobility.regions import placing

    if (osm is None) == (place is None):
        refuse("build: give either --osm FILE or --place NAME")
    region = regions.build_region(
        osm,
        out,
        place=place,
        zones=zones,
        sites=sites,
        population=population,
        grid_m=grid_m,
        gtfs=gtfs or (),
        dates=date or (),
        week=week,
        gtfs_sources=gtfs_source or (),
    )
    content: dict[str, Any] = {
        "status": "ok",
        "region": str(out),
        "zones": len(region.zones),
        "sites": len(region.sites),
        "road_links": region.roads.n_links,
        "line_patterns": region.transit.n_patterns,
    }
    summary, far = placing.snaps(region)
    content |= summary
    for one in far:
        warn(one)
    if region.timetable is not None:
        content |= _service_content(region.timetable)
    if as_json:
        answer(content)
    else:
        say(", ".join(f"{key}: {value}" for key, value in content.items()))


def _service_content(days: "ServiceDays") -> dict[str, Any]:
    """Trips of each service day, and what lies outside the region."""
    from itas_mobility.network.transit.clipping import DROPPED_TRIPS

    by_day = list(zip(days.label.tolist(), days.timetables, strict=True))
    return {
        "stops": days.timetables[0].n_stops,
        "trips": {label: one.n_trips for label, one in by_day},
        "trips_left_out": {label: one.report.counts[DROPPED_TRIPS] for label, one in by_day if one.report is not None},
    }


def fetch(
    region: Annotated[str, typer.Argument(help="Region to fetch: zwickau.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the files; the user's cache if left out.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Sources to fetch, by name (repeatable).")] = None,
    gtfs_url: Annotated[str | None, typer.Option(help="Address of a timetable feed (GTFS, zip).")] = None,
    osm_url: Annotated[str | None, typer.Option(help="Address of an OpenStreetMap extract (.osm.pbf).")] = None,
    overpass: Annotated[list[str] | None, typer.Option(help="Overpass servers, tried in order (repeatable).")] = None,
    nominatim: Annotated[str | None, typer.Option(help="Nominatim server.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch even what is there already.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Download OpenStreetMap data and timetable of a region, checksummed."""
    from itas_mobility import network, regions

    changes: dict[str, Any] = {"overpass": tuple(overpass)} if overpass else {}
    changes |= {"nominatim": nominatim} if nominatim else {}
    outcome = regions.fetch_region(
        region,
        out=out,
        sources=source,
        gtfs_url=gtfs_url,
        osm_url=osm_url,
        settings=network.online_settings(**changes),
        refresh=refresh,
    )
    if as_json:
        answer({"status": "ok", **outcome.to_dict()})
        return
    for file in outcome.files:
        state = "lag schon da / was there already" if file.is_reused else "geholt / fetched"
        say(f"{state}: {file.path} ({file.size_bytes / 1e6:,.1f} MB, {file.licence}, {file.attribution})")
    for source_name, title in outcome.others.items():
        say(f"nicht geholt / not fetched: {title}; --source {source_name}")
    say(f"weiter / next: {outcome.next_command}")


def check(
    file: Annotated[Path | None, typer.Argument(help="File or region folder to check.")] = None,
    kind: Annotated[str | None, typer.Option(help="osm, gtfs, od, zones, sites, scenario, tntp or region.")] = None,
    zones: Annotated[Path | None, typer.Option(help="Zones, to check sites or a matrix against.")] = None,
    matrix: Annotated[str | None, typer.Option(help="Which matrix of an OMX file.")] = None,
    mapping: Annotated[str | None, typer.Option(help="Mapping of a matrix in OMX that tells its zones.")] = None,
    decimal: Annotated[str | None, typer.Option(help="Decimal sign of a matrix in CSV: . or ,")] = None,
    thousands: Annotated[str | None, typer.Option(help="Thousands sign of a matrix in CSV: . , ' or a blank.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of scenario files.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Validate one input file."""
    from itas_mobility.regions import checking

    if schema:
        from itas_mobility import scenarios

        answer(scenarios.json_schema())
        return
    if file is None:
        refuse("check: give a FILE or --schema")
    outcome = checking.check_file(
        file, kind=kind, zones=zones, matrix=matrix, mapping=mapping, decimal=decimal, thousands=thousands
    )
    if as_json:
        answer(outcome)
    else:
        for finding in outcome["findings"]:
            say(f"{finding['severity']}: {finding['message']}")
        say(f"{file}: {outcome['status']} " + ", ".join(f"{k} {v}" for k, v in outcome["summary"].items()))
    if outcome["status"] == "error":
        raise typer.Exit(NOT_DONE)


COMMANDS = (build, fetch, check)
