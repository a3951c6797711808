"""Commands that run scenarios, compare runs, and test whether the model may be believed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itas_mobility.cli.answers import JsonFlag, answer, refuse, say
from itas_mobility.cli.named_region import EMBEDDED, region_named

if TYPE_CHECKING:
    from itas_mobility.scenarios import Comparison, Run, Scenario


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results/zwickau"),
    as_json: JsonFlag = False,
) -> None:
    """Run the embedded Zwickau region: baseline and shipped scenarios, table and report."""
    from itas_mobility import regions, report, scenarios

    region = region_named(EMBEDDED)
    shipped = sorted(map(scenarios.load, regions.shipped_scenarios()), key=lambda s: (len(s.measures), s.name))
    base, *runs = scenarios.run_all(region, [scenarios.BASELINE, *shipped], out=out)
    comparison = scenarios.compare(base, runs, region=region)
    path = report.write(comparison, out / "report.html", language="de")
    if as_json:
        answer(_run_answer([base, *runs]) | {"report": str(path)})
    else:
        _show(comparison)
        say(f"Bericht: {path}")


def run(
    scenario: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
    region: Annotated[str, typer.Option(help="Embedded region or region folder.")] = "zwickau",
    out: Annotated[Path | None, typer.Option(help="Folder of the results; finished runs are resumed.")] = None,
    report_file: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")] = None,
    charging_of: Annotated[
        str | None,
        typer.Option(
            "--charging",
            help="Name of a scenario for which the report also tells all charging strategies, the year in which "
            "connections break, and the points needed.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run scenarios at the same time.")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Address of a distributed scheduler.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run scenario files beside the baseline: the file without measures, else the region as it is."""
    from itas_mobility import scenarios

    if workers > 1 or scheduler is not None:
        refuse("run: several workers and a scheduler are not done yet; run without --workers and --scheduler")
    loaded = [scenarios.load(path) for path in scenario]
    base = _without_measures(loaded)
    if base is None and scenarios.BASELINE.name in {one.name for one in loaded}:
        refuse(
            f"run: scenario {scenarios.BASELINE.name!r} has measures, so the others cannot be compared with it; "
            "rename it (its file and key 'name'), or give a scenario without measures, too"
        )
    base = base or scenarios.BASELINE
    names = [base.name, *(one.name for one in loaded)]
    if charging_of is not None and (charging_of not in names or report_file is None):
        refuse(
            "run: --charging needs --report FILE"
            if report_file is None
            else f"run: --charging {charging_of!r} is none of the scenarios ({', '.join(dict.fromkeys(names))})"
        )
    where = region_named(region)
    runs = scenarios.run_all(where, [base, *(one for one in loaded if one is not base)], out=out)
    first, *others = runs
    comparison = scenarios.compare(first, others, region=where)
    if report_file is not None:
        from itas_mobility import report

        chosen = next((one for one in [base, *loaded] if one.name == charging_of), None)
        options = None if chosen is None else scenarios.charging_options(scenarios.outcome_of(where, chosen))
        report.write(comparison, report_file, charging=options)
        say(f"Bericht: {report_file}")
    if as_json:
        answer(_run_answer(runs))
    else:
        _show(comparison)


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
        comparison = replace(comparison, region=region_named(region or _region_of(first)))
    if report_file:
        report.write(comparison, report_file)
        say(f"Bericht: {report_file}")
    told = {
        r.scenario.name: comparison.explain(r) + comparison.explain_horizons(r) + comparison.explain_shifts(r)
        for r in runs
    }
    if as_json:
        answer(_run_answer([first, *runs]) | {"explanation": told})
        return
    _show(comparison)
    for name, sentences in told.items():
        print(f"\n{name}")
        for sentence in sentences:
            print(f"  - {sentence['text_de']}")


def realism(
    region: Annotated[str, typer.Option(help="Embedded region or region folder.")] = EMBEDDED,
    step: Annotated[float, typer.Option(help="Share by which prices, headways and times are changed.")] = 0.1,
    out: Annotated[Path | None, typer.Option(help="Write an HTML page.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Change prices, headways and times a little and hold the answers against published ranges."""
    from itas_mobility import scenarios

    found = scenarios.realism(region_named(region), step=step)
    if out is not None:
        from itas_mobility import report

        say(f"Bericht: {report.write_realism(found, out)}")
    if as_json:
        answer({"status": "ok"} | found.to_mapping() | ({} if out is None else {"report": str(out)}))
        return
    from itas_mobility.cli.realism_table import show_realism

    show_realism(found)


def _show(comparison: "Comparison") -> None:
    """The table on the screen; what it needs loads with the first one."""
    from itas_mobility.cli.comparison_table import show_comparison

    show_comparison(comparison)


def _run_answer(runs: "Sequence[Run]") -> dict[str, Any]:
    """The runs, the first of which is what the others are compared with; an indicator without a value is null."""
    return {
        "status": "ok",
        "base": runs[0].scenario.name,
        "runs": [
            {
                "name": run.scenario.name,
                "digest": run.digest,
                "indicators": _plain(run.indicators),
                "indicators_long": _plain(run.long_run),
            }
            for run in runs
        ],
    }


def _plain(indicators: "Mapping[str, float]") -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in indicators.items()}


def _without_measures(given: "Sequence[Scenario]") -> "Scenario | None":
    """The scenario that the others are compared with: the one without measures; of several, the one called baseline."""
    from itas_mobility.scenarios import BASELINE

    empty = [one for one in given if not one.measures]
    return next((one for one in empty if one.name == BASELINE.name), empty[0] if empty else None)


def _base_run(runs: "Sequence[Run]", name: str | None) -> "Run":
    """The run of that name; without a name the one without measures."""
    if len({run.scenario.name for run in runs}) < len(runs):
        return runs[0]  # refused by name when they are compared
    by_name = {run.scenario.name: run for run in runs}
    if name is None and len(runs) > 1:
        empty = _without_measures([run.scenario for run in runs])
        if empty is None:
            refuse(
                f"compare: each of the runs has measures ({', '.join(by_name)}); say which one the others are compared "
                "with: --base NAME"
            )
        name = empty.name
    name = name or runs[0].scenario.name
    if name not in by_name:
        refuse(f"compare: --base {name!r} is none of the runs ({', '.join(by_name)})")
    return by_name[name]


def _region_of(run: "Run") -> str:
    """Name of the embedded region that a run was made from."""
    if run.provenance is None:
        refuse(f"compare: {run.scenario.name} does not say of which region it is; run the scenario again")
    if run.provenance.region_name != EMBEDDED:
        refuse(f"compare: the runs are of region {run.provenance.region_name!r}; give its folder: --region FOLDER")
    return EMBEDDED


COMMANDS = (demo, run, compare, realism)
