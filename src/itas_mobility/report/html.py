"""The report as one HTML file that needs nothing from anywhere else."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from itas_mobility.atomic import write_text
from itas_mobility.core import Region, TransitMode
from itas_mobility.report import charts, maps, tables, texts
from itas_mobility.report.charged_places import (
    PLACES,
    SITE_COLUMNS,
    balance_rows,
    place_bars,
    place_words,
    places_told,
    site_place_rows,
)
from itas_mobility.report.charging_options import Options, column_heads, option_panels
from itas_mobility.report.inputs import all_runs, check, region_of
from itas_mobility.report.pages import CONTENT_SECURITY, PACKAGE, STYLE, environment, inline
from itas_mobility.report.site_weeks import site_panels
from itas_mobility.scenarios import INDICATORS, Comparison, Run
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.version import __version__
from itas_mobility.words import HORIZONS, MODES, Text

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE: Final = "template.html.jinja"
SCRIPTS: Final = (("itas_mobility.network.pictures", "canvas.js"), (PACKAGE, "map.js"), (PACKAGE, "page.js"))
MESSAGES_SHOWN: Final = 4
SHIFT_MESSAGES_SHOWN: Final = 1
"""Sentences on indicators and places, and on single shifts, among the key messages."""
SHIFT_CHANGES_SHOWN: Final = 6
"""Sentences on shifts that are open above the heat table; the others are folded."""
SHIFT_CHANGES_TOLD: Final = 40
TILES_SHOWN: Final = 6
BENEFIT_PLACES_SHOWN: Final = 8
"""Municipalities whose benefit is open; the others are folded."""
_SCRIPT_TEXTS: Final = ("legend_", "tip_", "stylised_short", "layer_")


def write(comparison: Comparison, path: str | Path, *, language: str = "de", charging: Options | None = None) -> Path:
    """Write the comparison of scenarios as one self-contained HTML file.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    path : str or Path
        File to write; its folder is made where it does not exist. An existing file is replaced only once the new one
        is complete.
    language : {"de", "en"}, default="de"
        Language shown first; both are in the file.
    charging : Options, optional
        What `scenarios.charging_options` returned: all strategies of each site, when its connection breaks and what
        would help are then shown, too.

    Returns
    -------
    Path
        The file. Equal comparisons give equal bytes.

    Raises
    ------
    InputError
        If the language is unknown, a run lacks a table or column, or the file cannot be written; nothing half-written
        stays.
    """
    return write_text(Path(path), render(comparison, language=language, charging=charging))


def render(comparison: Comparison, *, language: str = "de", charging: Options | None = None) -> str:
    """The text of the HTML file (see `write`).

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    language : {"de", "en"}, default="de"
        Language shown first.
    charging : Options, optional
        As `write`.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        As `write`.
    """
    check(comparison, language=language)
    page: str = environment(TEMPLATE).get_template(TEMPLATE).render(_context(comparison, language, charging))
    return page


def embed_json(data: object) -> "Markup":
    """Data as JSON that is safe inside a script element, whatever the texts in it are.

    Parameters
    ----------
    data : object
        Lists, dicts, texts, whole numbers.

    Returns
    -------
    Markup
        JSON in which no ``<``, ``>``, ``&`` or line separator stands as itself.
    """
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  escaped in the lines above; a JSON text outside strings has none of these signs


def _shown_first(runs: Sequence[Run]) -> int:
    """The run that the page shows first: the one after the baseline."""
    return min(1, len(runs) - 1)


def _letter(run: int) -> str:
    """A, B, ... for runs after the baseline, numbers when the alphabet is used up."""
    return "" if run == 0 else chr(ord("A") + run - 1) if run <= 26 else str(run)


def _sentences(told: list[Sentence]) -> list[tuple[str, "Markup"]]:
    """Direction and text in both languages of what a comparison explains."""
    return [(item["direction"], texts.both(item["text_de"], item["text_en"])) for item in told]


def _context(comparison: Comparison, language: str, options: Options | None) -> dict[str, Any]:
    """All that the template shows."""
    runs = all_runs(comparison)
    columns = tables.shift_columns(runs)
    heads = [_head(comparison, i, [name for name, _ in columns]) for i in range(len(runs))]
    shown_first = _shown_first(runs)
    return {
        "language": language,
        "content_security": CONTENT_SECURITY,
        "style": inline(STYLE),
        "scripts": [inline(name, package) for package, name in SCRIPTS],
        "data": embed_json(_script_data(comparison, heads, shown_first)),
        "region": region_of(comparison),
        "runs": heads,
        "shown_first": shown_first,
        "layers": _layers(has_shifts=bool(columns)),
        "version": __version__,
        **_figures(comparison, runs),
        "options": option_panels(options, runs),
        "option_heads": column_heads(),
        **_sources(region_of(comparison)),
        "shift_columns": columns,
        "SHIFT_CHANGES_SHOWN": SHIFT_CHANGES_SHOWN,
        "methods": [(texts.both(*question), texts.both(*answer)) for question, answer in texts.METHODS],
        "horizon_words": list(HORIZONS.values()),
        "BENEFIT_PLACES_SHOWN": BENEFIT_PLACES_SHOWN,
        "limits": [texts.both(*limit) for limit in texts.LIMITS],
    }


def _head(comparison: Comparison, index: int, shifts: Sequence[str]) -> dict[str, Any]:
    """What the page shows of one run; 0 is the baseline."""
    region, runs = region_of(comparison), all_runs(comparison)
    base, run = runs[0], runs[index]
    title = Text.written(run.scenario.title_in)
    lines, hidden_lines = tables.line_rows(run, base, index)
    shown: dict[str, Any] = {
        "index": index,
        "letter": _letter(index),
        "colour": charts.colour_index(index),
        "name": run.scenario.name,
        "de": title.de,
        "en": title.en,
        "title": texts.spoken(title),
        "digest": run.digest,
        "measures": [texts.spoken(Text.written(measure.describe)) for measure in run.scenario.measures],
        "notes": [texts.spoken(note) for note in run.notes],
        "shifts": tables.shift_rows(region, run, base if index else None, shifts),
        "sites": tables.site_rows(region, run, index),
        "charged_told": places_told(run),
        "charged_sites": site_place_rows(region, run),
        "lines": lines,
        "hidden_lines": hidden_lines,
        "horizons": tables.horizon_rows(INDICATORS, run, base) if index else [],
        "horizons_told": _sentences(comparison.explain_horizons(run)) if index else [],
        "benefit_told": tables.benefit_told(run),
        "benefit": tables.benefit_rows(region, run),
    }
    if not index:
        return shown | {"messages": [], "shift_changes": [], "tiles": []}
    changes = comparison.explain_shifts(run, most=SHIFT_CHANGES_TOLD)
    headlines = tables.headline_indicators(INDICATORS, runs)
    messages = [*comparison.explain(run, most=MESSAGES_SHOWN), *changes[:SHIFT_MESSAGES_SHOWN]]
    return shown | {
        "messages": _sentences(messages),
        "shift_changes": _sentences(changes),
        "tiles": tables.tiles(headlines[:3], run, base),
    }


def _figures(comparison: Comparison, runs: Sequence[Run]) -> dict[str, Any]:
    """Tables and charts of all runs side by side."""
    modes, mode_bars = tables.mode_rows(runs)
    headlines = tables.headline_indicators(INDICATORS, runs)
    return {
        "today": tables.tiles(headlines[:TILES_SHOWN], runs[0], None),
        "indicators": tables.indicator_rows(INDICATORS, runs),
        "bounds": tables.solver_bounds(runs),
        "modes": [texts.spoken(MODES[name].name) for name in modes],
        "mode_bars": mode_bars,
        "day_chart": tables.day_chart(runs),
        "charging": site_panels(region_of(comparison), runs, shown=_shown_first(runs)),
        "place_bars": place_bars(runs),
        "places": [texts.spoken(place_words(place)) for place in PLACES],
        "balance": balance_rows(runs),
        "site_place_columns": [texts.say(f"column_{name}") for name, _ in SITE_COLUMNS],
    }


def _sources(region: Region) -> dict[str, Any]:
    """Where data and parameters come from."""
    parameters = tables.parameter_rows((name, region.parameters[name]) for name in region.parameters)
    site_parameters = tables.parameter_rows(sorted(region.sites.provenance.items()))
    return {
        "attribution": " · ".join(dict.fromkeys(s.attribution for s in region.sources if s.attribution)),
        "parameters": parameters,
        "site_parameters": site_parameters,
        "assumptions": sum(row["grade"] == "assumption" for row in parameters),
        "site_assumptions": sum(row["grade"] == "assumption" for row in site_parameters),
    }


def _layers(*, has_shifts: bool) -> list[str]:
    """Layers of the map that every comparison has; those of shares stand in the map's data."""
    names = [name for name in texts.TEXTS if name.startswith("layer_")]
    return [name for name in names if has_shifts or not name.startswith("layer_shift")]


def _script_data(comparison: Comparison, heads: list[dict[str, Any]], shown_first: int) -> dict[str, Any]:
    words = {key: pair for key, pair in texts.TEXTS.items() if key.startswith(_SCRIPT_TEXTS)}
    return {
        "runs": [{"de": h["de"], "en": h["en"], "colour": h["colour"], "letter": h["letter"]} for h in heads],
        "shown": shown_first,
        "stylised": region_of(comparison).is_stylised,
        "texts": {language: {key: pair[i] for key, pair in words.items()} for i, language in enumerate(("de", "en"))},
        "classes": [list(pair) for pair in texts.ROAD_CLASSES],
        "modes": {mode.name: list(texts.TRANSIT_MODES[mode.name]) for mode in TransitMode},
        "map": maps.encode_map(region_of(comparison), all_runs(comparison)),
    }
