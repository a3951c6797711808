"""Realism tests as one HTML file: each answer of the model on the range that others have measured."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from itas_mobility.atomic import write_text
from itas_mobility.core import PublishedRange
from itas_mobility.core.published_range import HORIZONS
from itas_mobility.report import texts
from itas_mobility.report.pages import CONTENT_SECURITY, STYLE, environment, inline
from itas_mobility.report.realism_texts import GROUPS, MARKS, METHODS
from itas_mobility.scenarios import Realism, RealismRow
from itas_mobility.scenarios.believing.realism_rows import range_text
from itas_mobility.version import __version__
from itas_mobility.words import Text, as_language

TEMPLATE: Final = "realism.html.jinja"
OWN_STYLE: Final = "realism.css"
SCRIPT: Final = "page.js"
_WITHOUT_CHART: Final = 1e-3
"""A bar narrower than this is one of exactness: an even scale would show nothing."""
_MARGIN: Final = 0.08
"""What a scale has on both sides of all that it shows."""
_MOST_TICKS: Final = 5
"""Steps between ticks; more would collide on a telephone."""

_READ: Final = ("R1", "R2")
"""Marks of sources that were read, by us or by whoever quotes them."""

_HEIGHT: Final = 70
_FIRST_LANE: Final = 42
_LANE: Final = 7
_LANES: Final = 4
"""Places of guides below the bands, in pixels."""


def write_realism(realism: Realism, path: str | Path, *, language: str = "de") -> Path:
    """Write realism tests as one self-contained HTML file.

    Parameters
    ----------
    realism : Realism
        What `scenarios.realism` returned.
    path : str or Path
        File to write; its folder is made where it does not exist. An existing file is replaced only once the new one
        is complete.
    language : {"de", "en"}, default="de"
        Language shown first; both are in the file.

    Returns
    -------
    Path
        The file. Equal tests give equal bytes.

    Raises
    ------
    InputError
        If the language is unknown, or the file cannot be written; nothing half-written stays.
    """
    return write_text(Path(path), render_realism(realism, language=language))


def render_realism(realism: Realism, *, language: str = "de") -> str:
    """The text of the HTML file (see `write_realism`).

    Parameters
    ----------
    realism : Realism
        What `scenarios.realism` returned.
    language : {"de", "en"}, default="de"
        Language shown first.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        If the language is unknown.
    """
    as_language(language)
    by_name = {row.name: row for row in realism.rows}
    grouped = {name for _, names in GROUPS.values() for name in names}
    parts = [(key, title, [name for name in names if name in by_name]) for key, (title, names) in GROUPS.items()]
    parts.append(("others", Text("Weitere", "Others"), [name for name in by_name if name not in grouped]))
    context = {
        "language": language,
        "content_security": CONTENT_SECURITY,
        "style": inline(STYLE),
        "own_style": inline(OWN_STYLE),
        "script": inline(SCRIPT),
        "title": realism.region_title,
        "is_stylised": realism.is_stylised,
        "summary": _summary(realism),
        "tiles": _tiles(realism),
        "groups": [
            {"id": key, "title": texts.spoken(title), "rows": [_shown(by_name[name]) for name in names]}
            for key, title, names in parts
            if names
        ],
        "methods": [texts.spoken(one) for one in METHODS],
        "marks": [{"code": code, "text": texts.spoken(text)} for code, text in MARKS.items()],
        "ranges": [_source(row, one) for row in realism.rows for one in row.ranges],
        "version": __version__,
    }
    page: str = environment(TEMPLATE).get_template(TEMPLATE).render(context)
    return page


def _summary(realism: Realism) -> Markup:
    marks = [bar.mark for row in realism.rows for bar in row.bars]
    counts = {
        "met": realism.n_met,
        "all": len(realism),
        "bars": len(marks),
        "read": sum(mark in _READ for mark in marks),
        "set": marks.count("D"),
        "remembered": marks.count("M"),
    }
    return texts.filled("realism_summary", **{name: Text.of_number(count) for name, count in counts.items()})


def _tiles(realism: Realism) -> list[dict[str, Any]]:
    counts = {"met": realism.n_met, "missed": len(realism.missed)}
    counts["open"] = len(realism) - sum(counts.values())
    kinds = {"met": "better", "missed": "worse", "open": "neutral"}
    return [
        {"title": texts.say(f"realism_{name}"), "value": count, "kind": kinds[name] if count else "neutral"}
        for name, count in counts.items()
    ]


def _shown(row: RealismRow) -> dict[str, Any]:
    """What the page shows of one test."""
    return {
        "title": texts.spoken(row.title),
        "change": texts.spoken(row.change),
        "verdict": {True: "met", False: "missed", None: "open"}[row.within],
        "answers": [_answer(row, horizon) for horizon in HORIZONS],
        "chart": _chart(row),
        "published": _published(row),
        "remark": None if row.remark is None else texts.spoken(row.remark),
        "reason": None if row.reason is None else texts.spoken(row.reason),
    }


def _answer(row: RealismRow, horizon: str) -> dict[str, Any]:
    value, effect = row.value(horizon), row.effect(horizon)
    space = "\N{NARROW NO-BREAK SPACE}"

    def write(language: str) -> str:
        text = texts.number(value, row.decimals, language)
        unit = row.unit[language]
        return f"{text}{space}{unit}" if unit and not math.isnan(value) else text

    said = None
    if not math.isnan(effect):
        said = texts.spoken(
            Text.written(lambda language: f"({texts.number(effect, 1, language, signed=True)}{space}%)")
        )
    return {"horizon": horizon, "value": texts.spoken(Text.written(write)), "effect": said}


def _published(row: RealismRow) -> Markup:
    """The bars in words, with mark and source."""
    told = []
    for bar in row.bars:
        horizon = texts.say(f"realism_{bar.horizon}") if len(row.bars) > 1 or bar.horizon == "long" else Markup()
        told.append(
            Markup('{} {} <b>{}</b>: {} <b class="mark {}">{}</b>').format(
                texts.say("realism_expected"), horizon, _range(row, bar), _named(bar), bar.mark, bar.mark
            )
        )
    return Markup("<br>").join(told)


def _named(given: PublishedRange) -> Markup:
    return texts.both(given.source_de or given.source, given.source)


def _range(row: RealismRow, given: PublishedRange) -> Markup:
    text = range_text(given)
    space = "\N{NARROW NO-BREAK SPACE}"
    return texts.spoken(
        Text.written(lambda language: text[language] + (space + row.unit[language] if row.unit[language] else ""))
    )


def _source(row: RealismRow, given: PublishedRange) -> dict[str, Any]:
    return {
        "title": texts.spoken(row.title),
        "horizon": given.horizon,
        "range": _range(row, given),
        "use": given.use,
        "mark": given.mark,
        "source": _named(given),
        "year": given.year,
        "note": given.note,
    }


def _chart(row: RealismRow) -> Markup:
    """Bands of the bars, lines of the guides and a dot for each value, on a scale of the test's own.

    Nothing where there is no value, or where the bar is one of exactness.
    """
    values = {horizon: row.value(horizon) for horizon in HORIZONS if math.isfinite(row.value(horizon))}
    ends = [end for one in row.ranges for end in (one.low, one.high) if math.isfinite(end)]
    if not values or all(0 <= bar.high - bar.low < _WITHOUT_CHART for bar in row.bars):
        return Markup()
    low, high = _scale([*values.values(), *ends, *([0.0] if not math.isnan(row.factor) else [])])

    def place(value: float) -> float:
        return 100.0 * (min(max(value, low), high) - low) / (high - low)

    ticks = _ticks(low, high)
    marks = [
        Markup('<line class="{1}" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="{2}"/>').format(
            place(tick), "zero" if tick == 0 else "tick-line", _HEIGHT
        )
        for tick, _ in ticks
    ]
    marks += [_band(bar, place) for bar in row.bars]
    marks += [_line(guide, number, place) for number, guide in enumerate(row.guides)]
    marks += [
        Markup('<circle class="dot{}" cx="{:.2f}%" cy="20" r="{}"/>').format(
            " long" if horizon == "long" else "", place(value), "6.5" if horizon == "long" else "7"
        )
        for horizon, value in values.items()
    ]
    names = [Markup('<i style="left:{:.2f}%">{}</i>').format(place(tick), texts.plain(tick, d)) for tick, d in ticks]
    return Markup('<div class="strip-chart"><svg aria-hidden="true">{}</svg><div class="ticks">{}</div></div>').format(
        Markup().join(marks), Markup().join(names)
    )


def _band(bar: PublishedRange, place: Callable[[float], float]) -> Markup:
    left, right = place(bar.low), place(bar.high)
    return Markup(
        '<rect class="band{}" x="{:.2f}%" width="{:.2f}%" y="4" height="32" rx="3"><title>{}</title></rect>'
    ).format(" long" if bar.horizon == "long" else "", left, right - left, _title(bar))


def _line(guide: PublishedRange, number: int, place: Callable[[float], float]) -> Markup:
    """A guide below the bands: a line, or a mark where it is a single figure."""
    left, right = place(guide.low), place(guide.high)
    is_single = guide.low == guide.high
    return Markup(
        '<rect class="guide" x="{:.2f}%" width="{}" y="{}" height="{}" rx="1.5"><title>{}</title></rect>'
    ).format(
        left,
        "4" if is_single else f"{right - left:.2f}%",
        _FIRST_LANE + _LANE * (number % _LANES) - (2 if is_single else 0),
        8 if is_single else 4,
        _title(guide),
    )


def _title(given: PublishedRange) -> str:
    """What a pointer shows: plain text, as that of a shape cannot be switched by the style sheet."""
    text = range_text(given)
    return f"{text.de} / {text.en}: {given.source} ({given.mark})"


def _scale(shown: Sequence[float]) -> tuple[float, float]:
    """Ends of a scale that holds all of these with a margin."""
    low, high = min(shown), max(shown)
    margin = _MARGIN * ((high - low) or abs(high) or 1.0)
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[tuple[float, int]]:
    """Readable values on a scale, with the decimals they need."""
    least = (high - low) / _MOST_TICKS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-12))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(k * step, decimals) for k in range(first, last + 1)]
