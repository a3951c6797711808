"""Command that charges the sessions of one site."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itas_mobility.cli.answers import JsonFlag, answer, refuse, say

if TYPE_CHECKING:
    from itas_mobility.core.charging_case import ChargingCase
    from itas_mobility.core.charging_week import ChargingWeek


def charge(
    case_file: Annotated[Path, typer.Argument(metavar="CASE", help="Charging case (JSON).", show_default=False)],
    strategy: Annotated[
        str, typer.Option(help="uncontrolled, first_come, balanced, peak_minimal, ...; a wrong name lists all.")
    ],
    points: Annotated[str | None, typer.Option(help="Charging points, or none for one each; the case's own.")] = None,
    limit_kw: Annotated[
        str | None, typer.Option(help="What all points may draw together in kW, or none; the case's own.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="When a car frees its point: full, departure or fee; the case's own.")
    ] = None,
    step_h: Annotated[float | None, typer.Option(help="Length of a step in hours; the case's own.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Charge cars at the points of a site over a week, by one strategy.

    Exit code 0: the case is charged, whether or not all cars are served; 2: unusable input.
    """
    from itas_mobility import emobility

    overrides: dict[str, Any] = {}
    if points is not None:
        overrides["points"] = _number_or_none("--points", points)
    if limit_kw is not None:
        overrides["limit_kw"] = _number_or_none("--limit-kw", limit_kw)
    if release is not None:
        overrides["release"] = release
    if step_h is not None:
        overrides["step_h"] = step_h
    case = emobility.read_case(case_file, overrides=overrides)
    week = emobility.charge(case.sessions, case.site, strategy=strategy, step_h=case.step_h, horizon_h=case.horizon_h)
    content = emobility.case_answer(case, week)
    if as_json:
        answer(content)
    else:
        _show(case, week, content)


def _number_or_none(option: str, given: str) -> float | None:
    """The number of an option as a file would hold it, None for ``none``."""
    if given.strip().lower() == "none":
        return None
    try:
        return float(given)
    except ValueError:
        refuse(f"charge: {option} {given!r} is no number; write one, or none")


def _show(case: "ChargingCase", week: "ChargingWeek", content: dict[str, Any]) -> None:
    """Write the figures as a table to stdout, and what was taken for granted to stderr."""
    from rich.console import Console
    from rich.table import Table

    from itas_mobility.words import number

    rows = (
        ("Ladevorgänge", str(len(case.sessions)), ""),
        ("Höchste Ladeleistung", number(week.peak_kw, 1, "de"), "kW"),
        ("Höchste Leistung des Standorts", number(week.site_peak_kw, 1, "de"), "kW"),
        ("Zeit über der Grenze", number(week.over_limit_h, 2, "de"), "h"),
        ("Aus dem Netz geladen", number(week.energy_kwh, 1, "de"), "kWh"),
        ("In den Batterien", number(content["delivered_kwh"], 1, "de"), "kWh"),
        ("Nicht geladen", number(content["unserved_kwh"], 1, "de"), "kWh"),
        ("Nicht voll versorgt", str(content["sessions_unserved"]), "Ladevorgänge"),
        ("Genutzter Solarstrom", number(week.pv_used_kwh, 1, "de"), "kWh"),
        ("Kosten des Ladens", number(week.cost_eur, 2, "de"), "EUR"),
        ("CO2 des Ladens", number(week.co2_kg, 1, "de"), "kg"),
    )
    table = Table(title=f"{case.title or 'Laden'}: {week.strategy}", show_header=False)
    for column, side in (("Kenngröße", "left"), ("Wert", "right"), ("Einheit", "left")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]  # one of rich's words
    for row in rows:
        table.add_row(*row)
    Console(width=100).print(table)
    for line in content["assumptions"]:
        say(f"Annahme / assumption: {line}")


COMMANDS = (charge,)
