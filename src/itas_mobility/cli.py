"""The command line: one subcommand per job, messages on stderr, machine-readable output with ``--json``."""

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypedDict

import typer

from itas_mobility.units import METRES_PER_MILE, SECONDS_PER_MINUTE, clock_s, clock_text

if TYPE_CHECKING:
    from itas_mobility.core.journey import Journey
    from itas_mobility.core.region import Region
    from itas_mobility.core.transit import ServiceDays
    from itas_mobility.scenarios import Comparison, Run, Scenario

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Regional mobility concepts: networks, commuters, scenarios, e-mobility.",
)
DONE, NOT_DONE, UNUSABLE = 0, 1, 2
_LAT_LON = re.compile(r" *[+-]?[0-9]+([.][0-9]*)? *, *[+-]?[0-9]+([.][0-9]*)? *")
"""A place in degrees; longitude beyond 180 or latitude beyond 90 is refused as lying nowhere near."""
EMBEDDED = "zwickau"
"""Name of the embedded region."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
TollWeight = Annotated[float, typer.Option(help="Cost per unit of toll, in the file's time unit.")]
DistanceWeight = Annotated[float, typer.Option(help="Cost per unit of length, in the file's time unit.")]


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments; those of the process if left out.
    """
    from itas_mobility.errors import ItasError

    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]  # called by position
            code = app([a for a in arguments if a != "--debug"], standalone_mode=False)
        sys.exit(code if isinstance(code, int) else DONE)
    except ItasError as fault:
        if debug:
            raise
        _fail(str(fault))
    except (OSError, MemoryError) as fault:
        if debug:
            raise
        _fail(f"{type(fault).__name__}: {fault}")
    except KeyboardInterrupt:
        _say("abgebrochen / interrupted")
        sys.exit(130)
    except Exception as fault:
        # click's own usage errors show themselves; anything else is a fault of ours and keeps its traceback
        show = getattr(fault, "show", None)
        if show is None:
            raise
        show()
        sys.exit(getattr(fault, "exit_code", UNUSABLE))


def _fail(message: str) -> NoReturn:
    _say(f"itas-mobility: {message}")
    sys.exit(UNUSABLE)


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _show_warning(message: Warning | str, *_: Any) -> None:
    """One line on stderr; where in the code a warning comes from is of no use on the command line."""
    _say(f"itas-mobility: {message}")


def _answer(content: Any) -> None:
    """Write JSON to stdout, the same bytes for the same content."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _region(name: str) -> "Region":
    from itas_mobility import regions

    if name == EMBEDDED and not Path(name).is_dir():
        _say("Region zwickau wird gelesen (stilisiert) / reading the embedded region (stylised)")
        return regions.zwickau()
    return regions.read_region(name)


def _show_table(comparison: "Comparison") -> None:
    """The comparison as a table on the screen, in German."""
    from rich.console import Console
    from rich.table import Table

    from itas_mobility.scenarios import INDICATORS
    from itas_mobility.scenarios.comparing.sentences import withheld_direction
    from itas_mobility.scenarios.indicators.travel import STRANDED
    from itas_mobility.words import number

    runs = (comparison.base, *comparison.runs)
    title = f"Szenarien im Vergleich mit {comparison.base.scenario.name}"
    table = Table(title=title + (" (stilisierte Region)" if comparison.is_stylised else ""))
    table.add_column("Kenngröße")
    table.add_column("Einheit")
    for run in runs:
        table.add_column(run.scenario.name, justify="right")
    for name, indicator in INDICATORS.items():
        if name not in comparison.base.indicators or indicator.unit == "1":
            continue
        base = comparison.base.indicators[name]
        cells = [number(base, indicator.decimals, "de")]
        for run in comparison.runs:
            value = run.indicators[name]
            better = {"higher": value > base, "lower": value < base}.get(indicator.better)
            shown = number(value, indicator.decimals, "de")
            hidden = withheld_direction(comparison.base, run) if name != STRANDED else None
            is_told = better is not None and hidden != ("better" if better else "worse")
            cells.append(f"[{'green' if better else 'red'}]{shown}[/]" if shown != cells[0] and is_told else shown)
        table.add_row(indicator.title.de, indicator.unit_text.de, *cells)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results/zwickau"),
    as_json: JsonFlag = False,
) -> None:
    """Run the embedded Zwickau region: baseline and shipped scenarios, table and report."""
    from itas_mobility import regions, report, scenarios

    region = _region("zwickau")
    shipped = sorted(map(scenarios.load, regions.shipped_scenarios()), key=lambda s: (len(s.measures), s.name))
    base, *runs = scenarios.run_all(region, [scenarios.BASELINE, *shipped], out=out)
    comparison = scenarios.compare(base, runs, region=region)
    path = report.write(comparison, out / "report.html", language="de")
    if as_json:
        _answer(_run_answer([base, *runs]) | {"report": str(path)})
    else:
        _show_table(comparison)
        _say(f"Bericht: {path}")


def _run_answer(runs: "Sequence[Run]") -> dict[str, Any]:
    """The runs, the first of which is what the others are compared with; an indicator without a value is null."""
    return {
        "status": "ok",
        "base": runs[0].scenario.name,
        "runs": [
            {
                "name": run.scenario.name,
                "digest": run.digest,
                "indicators": {name: None if math.isnan(value) else value for name, value in run.indicators.items()},
            }
            for run in runs
        ],
    }


def _without_measures(given: "Sequence[Scenario]") -> "Scenario | None":
    """The scenario that the others are compared with: the one without measures; of several, the one called baseline."""
    from itas_mobility.scenarios import BASELINE

    empty = [one for one in given if not one.measures]
    return next((one for one in empty if one.name == BASELINE.name), empty[0] if empty else None)


@app.command()
def run(
    scenario: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
    region: Annotated[str, typer.Option(help="Embedded region or region folder.")] = "zwickau",
    out: Annotated[Path | None, typer.Option(help="Folder of the results; finished runs are resumed.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run scenarios at the same time.")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Address of a distributed scheduler.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run scenario files beside the baseline: the file without measures, else the region as it is."""
    from itas_mobility import scenarios

    if workers > 1 or scheduler is not None:
        _fail("run: several workers and a scheduler are not done yet; run without --workers and --scheduler")
    loaded = [scenarios.load(path) for path in scenario]
    base = _without_measures(loaded)
    if base is None and scenarios.BASELINE.name in {one.name for one in loaded}:
        _fail(
            f"run: scenario {scenarios.BASELINE.name!r} has measures, so the others cannot be compared with it; rename it "
            "(its file and key 'name'), or give a scenario without measures, too"
        )
    base = base or scenarios.BASELINE
    where = _region(region)
    runs = scenarios.run_all(where, [base, *(one for one in loaded if one is not base)], out=out)
    if as_json:
        _answer(_run_answer(runs))
    else:
        first, *others = runs
        _show_table(scenarios.compare(first, others, region=where))


@app.command()
def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Folders of finished runs; the others are compared with the one without measures."),
    ],
    base: Annotated[str | None, typer.Option(help="Name of the run that the others are compared with.")] = None,
    region: Annotated[
        str | None, typer.Option(help="Region of the runs, for map and names: an embedded region or a region folder.")
    ] = None,
    report_file: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Compare finished runs: table, explanation, report."""
    from itas_mobility import report, scenarios

    given = [scenarios.read_run(folder) for folder in folders]
    first = _base_run(given, base)
    runs = [run for run in given if run is not first]
    comparison = scenarios.compare(first, runs)
    if region is not None or report_file is not None:
        comparison = replace(comparison, region=_region(region or _region_of(first)))
    if report_file:
        report.write(comparison, report_file)
        _say(f"Bericht: {report_file}")
    told = {r.scenario.name: comparison.explain(r) + comparison.explain_shifts(r) for r in runs}
    if as_json:
        _answer(_run_answer([first, *runs]) | {"explanation": told})
        return
    _show_table(comparison)
    for name, sentences in told.items():
        print(f"\n{name}")
        for sentence in sentences:
            print(f"  - {sentence['text_de']}")


def _base_run(runs: "Sequence[Run]", name: str | None) -> "Run":
    """The run of that name; without a name the one without measures."""
    if len({run.scenario.name for run in runs}) < len(runs):
        return runs[0]  # refused by name when they are compared
    by_name = {run.scenario.name: run for run in runs}
    if name is None and len(runs) > 1:
        empty = _without_measures([run.scenario for run in runs])
        if empty is None:
            _fail(
                f"compare: each of the runs has measures ({', '.join(by_name)}); say which one the others are compared "
                "with: --base NAME"
            )
        name = empty.name
    name = name or runs[0].scenario.name
    if name not in by_name:
        _fail(f"compare: --base {name!r} is none of the runs ({', '.join(by_name)})")
    return by_name[name]


def _region_of(run: "Run") -> str:
    """Name of the embedded region that a run was made from."""
    if run.provenance is None:
        _fail(f"compare: {run.scenario.name} does not say of which region it is; run the scenario again")
    if run.provenance.region_name != EMBEDDED:
        _fail(f"compare: the runs are of region {run.provenance.region_name!r}; give its folder: --region FOLDER")
    return EMBEDDED


@app.command()
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
        _fail("build: give either --osm FILE or --place NAME")
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
        _say(f"itas-mobility: {one}")
    if region.timetable is not None:
        content |= _service_content(region.timetable)
    if as_json:
        _answer(content)
    else:
        _say(", ".join(f"{key}: {value}" for key, value in content.items()))


def _service_content(days: "ServiceDays") -> dict[str, Any]:
    """Trips of each service day, and what lies outside the region."""
    from itas_mobility.network.transit.clipping import DROPPED_TRIPS

    by_day = list(zip(days.label.tolist(), days.timetables, strict=True))
    return {
        "stops": days.timetables[0].n_stops,
        "trips": {label: one.n_trips for label, one in by_day},
        "trips_left_out": {label: one.report.counts[DROPPED_TRIPS] for label, one in by_day if one.report is not None},
    }


@app.command()
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
        _answer({"status": "ok", **outcome.to_dict()})
        return
    for file in outcome.files:
        state = "lag schon da / was there already" if file.is_reused else "geholt / fetched"
        _say(f"{state}: {file.path} ({file.size_bytes / 1e6:,.1f} MB, {file.licence}, {file.attribution})")
    for source_name, title in outcome.others.items():
        _say(f"nicht geholt / not fetched: {title}; --source {source_name}")
    _say(f"weiter / next: {outcome.next_command}")


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="File or region folder to check.")] = None,
    kind: Annotated[str | None, typer.Option(help="osm, gtfs, od, zones, sites, scenario, tntp or region.")] = None,
    zones: Annotated[Path | None, typer.Option(help="Zones, to check sites or a matrix against.")] = None,
    mapping: Annotated[str | None, typer.Option(help="Mapping of a matrix in OMX that tells its zones.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of scenario files.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Validate one input file."""
    from itas_mobility.regions import checking

    if schema:
        from itas_mobility import scenarios

        _answer(scenarios.json_schema())
        return
    if file is None:
        _fail("check: give a FILE or --schema")
    outcome = checking.check_file(file, kind=kind, zones=zones, mapping=mapping)
    if as_json:
        _answer(outcome)
    else:
        for finding in outcome["findings"]:
            _say(f"{finding['severity']}: {finding['message']}")
        _say(f"{file}: {outcome['status']} " + ", ".join(f"{k} {v}" for k, v in outcome["summary"].items()))
    if outcome["status"] == "error":
        raise typer.Exit(NOT_DONE)


def _place(node: int | None, place: str | None, which: str) -> Any:
    if (node is None) == (place is None):
        _fail(f"route: give either --{which}-node ID or --{which} LAT,LON")
    if node is not None:
        return node
    assert place is not None
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        _fail(f"route: --{which} {place!r} is not LAT,LON")
    return (lon, lat)


@app.command()
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
        _answer(content)
    elif found is None:
        print("no route")
    else:
        print(f"{found.length_m:,.0f} m, {found.time_s / 60:,.1f} min, {len(found.node_id)} nodes")


@app.command()
def journey(
    gtfs: Annotated[Path, typer.Argument(help="GTFS feed (zip).")],
    date: Annotated[str, typer.Option(help="Service day, YYYY-MM-DD.")],
    from_stop: Annotated[
        list[str] | None,
        typer.Option("--from", help="Stop or station id, or LAT,LON: the nearest stop (repeatable: any of them)."),
    ] = None,
    to_stop: Annotated[
        list[str] | None,
        typer.Option("--to", help="Stop or station id, or LAT,LON: the nearest stop; all stops if left out."),
    ] = None,
    depart: Annotated[str | None, typer.Option(help="Leave at this time or later, HH:MM:SS.")] = None,
    arrive: Annotated[str | None, typer.Option(help="Arrive at this time or earlier, HH:MM:SS.")] = None,
    window: Annotated[
        tuple[str, str] | None, typer.Option(help="All optimal journeys that leave between two times.")
    ] = None,
    max_transfers: Annotated[int, typer.Option(help="Most changes of vehicle.")] = 5,
    walk_m: Annotated[
        float | None,
        typer.Option(
            help="Longest walk between two stops, in metres: beeline times 1.2, as no streets are known here. Without "
            "it, only the ways that the feed states."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find journeys in a timetable: trips of the service day, and those of the day before that run past midnight.

    A place is moved to the nearest stop; from_snap_m and to_snap_m say how far. Over 10 km it is refused.
    """
    from itas_mobility import demand, network

    timetable, days = _timetable_of(gtfs, date)
    if walk_m is not None:
        timetable = network.transit.add_walk_transfers(timetable, None, max_m=walk_m)
    ends, faults = _moved_to_stops(timetable, {"--from": from_stop, "--to": to_stop})
    if faults:
        _fail(f"{gtfs}: {'; '.join(faults)}")
    (from_stop, from_snap_m), (to_stop, to_snap_m) = ends
    found = demand.transit.journeys(
        timetable,
        from_stop=from_stop,
        to_stop=to_stop,
        depart_s=None if depart is None else clock_s(depart, label="--depart"),
        arrive_s=None if arrive is None else clock_s(arrive, label="--arrive"),
        window_s=None
        if window is None
        else (clock_s(window[0], label="--window"), clock_s(window[1], label="--window")),
        max_transfers=max_transfers,
        days=days,
    )
    told = [
        _journey_content(one)
        | ({"from_snap_m": from_snap_m[one.from_stop]} if one.from_stop in from_snap_m else {})
        | ({"to_snap_m": to_snap_m[one.to_stop]} if one.to_stop in to_snap_m else {})
        for one in found
        if one.depart_s >= 0  # not one that begins on the day before
    ]
    is_list = window is not None or not from_stop or not to_stop
    if not told:
        content: dict[str, Any] = {"status": "no_route"} | ({"journeys": []} if is_list else {})
    elif is_list:
        content = {"status": "ok", "journeys": told}
    else:
        content = {"status": "ok"} | told[-1]  # the first to arrive, or the last to leave
    if as_json:
        _answer(content)
    else:
        places = timetable.timetables[0]
        names = dict(zip(places.stop_id.tolist(), places.stop_name.tolist(), strict=True))
        for one in told if is_list else told[-1:]:
            _print_journey(one, names)
        if not told:
            print("no journey")


def _moved_to_stops(
    days: "ServiceDays", given: dict[str, list[str] | None]
) -> tuple[list[tuple[list[str] | None, dict[str, float]]], list[str]]:
    """By option ids of stops, those nearest to a place among them, and how far these lie from it; places elsewhere."""
    from itas_mobility.errors import NetworkError
    from itas_mobility.network.places import nearest_stops

    first = days.timetables[0]
    known = {*first.stop_id.tolist(), *first.stop_station.tolist()}
    ends: list[tuple[list[str] | None, dict[str, float]]] = []
    faults: list[str] = []
    for option, texts in given.items():
        stops: list[str] = []
        snap_m: dict[str, float] = {}
        for text in texts or ():
            if text in known or not _LAT_LON.fullmatch(text):
                stops.append(text)
                continue
            lat, lon = map(float, text.split(","))
            try:
                near = nearest_stops(days, lon, lat, what=f"the place {option}")
            except NetworkError as fault:
                faults.append(str(fault))
            else:
                stops += near
                snap_m |= near
        ends.append((None if texts is None else stops, snap_m))
    return ends, faults


def _timetable_of(gtfs: Path, date: str) -> "tuple[ServiceDays, tuple[int, ...]]":
    """Timetables that matter on a day, and the days on which they run."""
    from datetime import date as calendar_date
    from datetime import timedelta

    from itas_mobility import network

    one = timedelta(days=1)
    before = {
        (calendar_date.fromisoformat(day) + one).isoformat(): day for day in network.transit.dates_with_service(gtfs)
    }
    if date in before:
        return network.read_gtfs_days(gtfs, dates=[before[date], date]), (-1, 0)
    return network.read_gtfs_days(gtfs, dates=[date]), (0,)


def _journey_content(journey: "Journey") -> dict[str, Any]:
    return {
        "from": journey.from_stop,
        "to": journey.to_stop,
        "depart": clock_text(journey.depart_s),
        "arrive": clock_text(journey.arrive_s),
        "transfers": journey.transfers,
        "legs": [
            {
                "mode": leg.mode,
                "line": leg.line or None,
                "trip_id": leg.trip_id or None,
                "from": leg.from_stop,
                "to": leg.to_stop,
                "depart": clock_text(leg.depart_s),
                "arrive": clock_text(leg.arrive_s),
            }
            for leg in journey.legs
        ],
    }


def _print_journey(told: dict[str, Any], names: dict[str, str]) -> None:
    """One line for the journey and one for each leg, in columns."""

    def ends(part: dict[str, Any]) -> str:
        shown = (stop if names[stop] == stop else f"{names[stop]} [{stop}]" for stop in (part["from"], part["to"]))
        return f"{part['depart']}  {part['arrive']}  {' -> '.join(shown)}"

    print(f"{ends(told)}, {told['transfers']} transfer{'' if told['transfers'] == 1 else 's'}")
    for leg in told["legs"]:
        ride = leg["mode"] if leg["line"] is None else f"{leg['mode']} {leg['line']} (trip {leg['trip_id']})"
        print(f"  {ends(leg)}, {ride}")


@app.command()
def assign(
    network_file: Annotated[Path, typer.Option("--network", help="Network (TNTP).")],
    trips: Annotated[Path, typer.Option(help="Trips (TNTP).")],
    flows: Annotated[Path, typer.Option(help="CSV to write: from,to,volume,cost in the network file's order.")],
    algorithm: Annotated[
        str, typer.Option(help="bush (quickest, exact), bfw, cfw, fw (Frank-Wolfe, little memory) or msa.")
    ] = "bush",
    objective: Annotated[str, typer.Option(help="ue (user equilibrium) or so (system optimum).")] = "ue",
    gap: Annotated[float, typer.Option(help="Relative gap to reach, (TSTT - SPTT) / TSTT.")] = 1e-4,
    max_iterations: Annotated[int, typer.Option(help="Most iterations.")] = 1000,
    max_seconds: Annotated[float | None, typer.Option(help="Wall time after which no step is begun.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; they change the time, not the result.")] = None,
    toll_weight: TollWeight = 0.0,
    distance_weight: DistanceWeight = 0.0,
    as_json: JsonFlag = False,
) -> None:
    """Assign a trip table to a network in TNTP format.

    Times are in the file's time unit. Exit code 0: the gap is reached; 1: a limit came first (the CSV is written all
    the same); 2: unusable input.
    """
    from itas_mobility import demand, network

    _check_target("assign: --flows", flows, (network_file, trips))
    roads = network.read_tntp(network_file)
    matrix = network.read_tntp_trips(trips, roads.node_id[: roads.n_zones].astype(str))
    result = demand.assign(
        roads,
        matrix,
        relative_gap=gap,
        algorithm=algorithm,  # type: ignore[arg-type]  # checked by the verb, which names the known ones
        objective=objective,  # type: ignore[arg-type]
        max_iterations=max_iterations,
        max_seconds=max_seconds,
        threads=threads,
        progress=sys.stderr.isatty(),
        **_weights(toll_weight, distance_weight),
    )
    network.write_link_volumes(roads, result.volume_veh_per_h, result.cost_s, flows)
    content = {
        "relative_gap": result.relative_gap,
        "tstt": result.tstt_veh_s / SECONDS_PER_MINUTE,
        "sptt": result.sptt_veh_s / SECONDS_PER_MINUTE,
        "beckmann": result.beckmann_veh_s / SECONDS_PER_MINUTE,
        "seconds": result.elapsed_s,
        "iterations": result.iterations,
        "converged": result.converged,
        "unassigned": result.unassigned_trips,
    }
    if as_json:
        _answer(content)
    else:
        print(", ".join(f"{key} {value}" for key, value in content.items()))
    if not result.converged:
        raise typer.Exit(NOT_DONE)


class _Weights(TypedDict):
    toll_weight_s_per_eur: float
    distance_weight_s_per_m: float


def _weights(toll_weight: float, distance_weight: float) -> _Weights:
    """Weights in the units of a TNTP file (taken as minutes and miles) as options of the verbs."""
    return {
        "toll_weight_s_per_eur": toll_weight * SECONDS_PER_MINUTE,
        "distance_weight_s_per_m": distance_weight * SECONDS_PER_MINUTE / METRES_PER_MILE,
    }


def _check_target(option: str, target: Path, sources: tuple[Path, ...]) -> None:
    """Refuse a file that could not be written, or would take the place of an input, before the work is done."""
    if target.is_dir():
        _fail(f"{option} {target}: is a folder; name a file")
    if any(target.resolve() == source.resolve() for source in sources):
        _fail(f"{option} {target}: is an input of the same command; name another file")
    above = next(folder for folder in target.absolute().parents if folder.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        _fail(f"{option} {target}: {above} is not a folder that can be written to; choose another")


@app.command()
def skim(
    network_file: Annotated[Path, typer.Option("--network", help="Network (TNTP).")],
    out: Annotated[Path, typer.Option(help="OMX or CSV file to write.")],
    flows: Annotated[
        Path | None, typer.Option(help="Volumes of an assign (CSV), for loaded times; without it free-flow times.")
    ] = None,
    toll_weight: TollWeight = 0.0,
    distance_weight: DistanceWeight = 0.0,
    as_json: JsonFlag = False,
) -> None:
    """Write zone x zone times (s) and lengths (m) of the best paths of a network in TNTP format.

    With a weight for toll or distance, the best path is the one of least generalised cost, which is written too.
    """
    import numpy as np

    from itas_mobility import demand, network
    from itas_mobility.demand.assignment.vdf import TravelCost

    _check_target("skim: --out", out, (network_file,) if flows is None else (network_file, flows))
    roads = network.read_tntp(network_file)
    volume = np.zeros(roads.n_links) if flows is None else network.read_link_volumes(roads, flows)
    travel = TravelCost(roads, **_weights(toll_weight, distance_weight))
    weighted = bool(toll_weight or distance_weight)
    skims = demand.skim(roads, time_s=travel.time(volume), cost_s=travel.value(volume) if weighted else None)
    demand.write_matrix(skims, out)
    content = {"status": "ok", "zones": len(skims.zone_id), "matrices": list(skims), "file": str(out)}
    if as_json:
        _answer(content)
    else:
        _say(f"{out}: {', '.join(skims)} of {len(skims.zone_id)} zones")


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Small cases only.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to a file.")] = None,
) -> None:
    """Run the benchmark suite (from a checkout)."""
    import subprocess

    root = Path(__file__).parents[2]
    if not (root / "benchmarks" / "run.py").is_file():
        _fail("bench: the benchmark suite lies in the checkout, not in the installed package; clone the project")
    command = [sys.executable, "-m", "benchmarks.run"] + (["--quick"] if quick else [])
    command += ["--json", str(json_file.resolve())] if json_file else []
    raise typer.Exit(subprocess.run(command, cwd=root, check=False).returncode)  # noqa: S603 - own interpreter
