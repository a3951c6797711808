"""Small charts as inline SVG with HTML labels: lines stretch with the page, text keeps its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from itas_mobility.report import texts
from itas_mobility.words import LANGUAGES, MODES, Text

COLOURS: Final = 9
"""Number of scenario colours in the style sheet (``--s0`` is the baseline); further scenarios begin anew at 1."""
MODE_COLOURS: Final = 8
"""Number of colours of modes in the style sheet (``--m0`` is the first mode's); further modes begin anew."""
_TICKS: Final = 4
_NOTHING: Final = 1e-9
"""What is smaller than this is drawn as nought."""
_GRID_HEADROOM: Final = 3.0
"""A limit more than this many times above the highest value is named in words instead of flattening the curves."""


@dataclass(frozen=True)
class Curve:
    """A step curve: `y[i]` holds from `x[i]` to `x[i + 1]` (the last up to `end`)."""

    colour: int
    x: Sequence[float]
    y: Sequence[float]
    end: float
    title: Markup
    """What a pointer over the curve shows (plain text)."""


def colour_index(run: int) -> int:
    """Colour of run number `run`: 0 for the baseline, then 1, 2, ... and again from 1 when they are used up."""
    return 0 if run == 0 else 1 + (run - 1) % (COLOURS - 1)


def nice_top(value: float) -> float:
    """The smallest of 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8 times a power of ten that is not below `value`.

    Each is divisible into four readable steps.
    """
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    # the first factor that reaches the value; 10 closes the list so that there always is one
    return next(f * power for f in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if f * power >= value * (1 - 1e-12))


@dataclass(frozen=True)
class Axis:
    """The vertical axis of a chart."""

    bottom: float
    top: float
    n_steps: int
    """Even steps between bottom and top."""

    @property
    def step(self) -> float:
        """Distance of two ticks."""
        return (self.top - self.bottom) / self.n_steps

    @property
    def ticks(self) -> list[float]:
        """Values of the ticks, from the bottom up."""
        return [self.bottom + i * self.step for i in range(self.n_steps + 1)]

    def place(self, value: float) -> float:
        """Distance from the top, in per cent of the height."""
        return 100.0 - 100.0 * (value - self.bottom) / (self.top - self.bottom)


def axis_over(lowest: float, highest: float) -> Axis:
    """An axis with readable steps that holds nought and both values.

    Parameters
    ----------
    lowest, highest : float
        What it has to hold; values above nought as `lowest` and below it as `highest` change nothing.

    Returns
    -------
    Axis
        From nought, in four steps, where nothing lies below; else in up to seven steps of 1, 2 or 5 times a power
        of ten.
    """
    highest = highest if highest > _NOTHING else 0.0
    if lowest > -_NOTHING:
        return Axis(0.0, nice_top(1.04 * highest), _TICKS)
    least = (highest - lowest) / 5.0
    power = 10.0 ** math.floor(math.log10(least))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= least * (1 - 1e-12))
    below, above = math.ceil(-lowest / step), math.ceil(highest / step)
    return Axis(-below * step, above * step, below + above)


def _axis_number(value: float, step: float) -> Markup:
    decimals = 0 if step >= 1 and step == int(step) else max(0, 1 - math.floor(math.log10(step)))
    return texts.both(*(texts.number(value, decimals, language) for language in ("de", "en")))


def plot(
    curves: Sequence[Curve],
    *,
    x_range: tuple[float, float],
    x_ticks: Sequence[tuple[float, str]],
    label: Markup,
    limits: Sequence[tuple[int, float]] = (),
) -> Markup:
    """Step curves over a common axis, the baseline drawn first.

    Parameters
    ----------
    curves : sequence of Curve
        What to draw.
    x_range : (float, float)
        Ends of the horizontal axis.
    x_ticks : sequence of (float, str)
        Where the horizontal axis is labelled, and how.
    label : Markup
        Title of the vertical axis.
    limits : sequence of (colour, value)
        Dashed horizontal lines; those far above all curves are left out and have to be named in words.

    Returns
    -------
    Markup
        A ``div``.
    """
    highest = max((max(c.y, default=0.0) for c in curves), default=0.0)
    shown = [(c, v) for c, v in limits if math.isfinite(v) and v <= _GRID_HEADROOM * max(highest, 1e-9)]
    axis = Axis(0.0, nice_top(1.04 * max([highest, *(v for _, v in shown)])), _TICKS)
    x0, x1 = x_range
    width = x1 - x0

    def px(x: float) -> str:
        return _short(100 * (x - x0) / width)

    def py(y: float) -> str:
        return _short(axis.place(y))

    marks = []
    for curve in curves:
        if not len(curve.x):
            continue
        steps = [f"M{px(curve.x[0])} {py(curve.y[0])}"]
        for i in range(1, len(curve.x)):
            if curve.y[i] != curve.y[i - 1]:
                steps.append(f"H{px(curve.x[i])}V{py(curve.y[i])}")
        steps.append(f"H{px(curve.end)}")
        marks.append(
            Markup('<path class="curve" data-c="{}" d="{}"><title>{}</title></path>').format(
                curve.colour, "".join(steps), curve.title
            )
        )
    for colour, value in shown:
        marks.append(
            Markup('<line class="limit" data-c="{1}" x1="0" x2="100" y1="{0}" y2="{0}"/>').format(py(value), colour)
        )
    places = [100 * (x - x0) / width for x, _ in x_ticks]
    names = [(place, Markup("{}").format(text)) for place, (_, text) in zip(places, x_ticks, strict=True)]
    return framed(marks, axis=axis, rules=places, names=names, label=label)


def framed(
    marks: Sequence[Markup],
    *,
    axis: Axis,
    rules: Sequence[float],
    names: Sequence[tuple[float, Markup]],
    label: Markup,
    foot: Markup | None = None,
) -> Markup:
    """A chart: marks within 0 to 100 both ways, on rules, beside the numbers of its axes.

    Parameters
    ----------
    marks : sequence of Markup
        Shapes; the origin is the upper left corner.
    axis : Axis
        The vertical axis.
    rules : sequence of float
        Where upright rules stand.
    names : sequence of (float, Markup)
        What the horizontal axis bears, and where.
    label : Markup
        Title of the vertical axis.
    foot : Markup, optional
        Title of the horizontal axis.

    Returns
    -------
    Markup
        A ``div``.
    """
    levels = [(_short(axis.place(value)), _axis_number(value, axis.step)) for value in axis.ticks]
    drawn = [Markup('<line class="rule" x1="0" x2="100" y1="{0}" y2="{0}"/>').format(y) for y, _ in levels]
    drawn += [Markup('<line class="rule upright" y1="0" y2="100" x1="{0}" x2="{0}"/>').format(_short(x)) for x in rules]
    y_labels = [Markup('<i style="top:{}%">{}</i>').format(y, text) for y, text in levels]
    x_labels = [Markup('<i style="left:{}%">{}</i>').format(_short(x), text) for x, text in names]
    return Markup(
        '<div class="plot"><div class="plot-label">{}</div><div class="plot-y">{}</div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
        '<div class="plot-x">{}</div>{}</div>'
    ).format(
        label,
        Markup().join(y_labels),
        Markup().join([*drawn, *marks]),
        Markup().join(x_labels),
        Markup('<div class="plot-foot">{}</div>').format(foot) if foot else Markup(),
    )


def _short(place: float) -> str:
    """A place in the chart to a hundredth, without idle zeros."""
    return f"{place:.2f}".rstrip("0").rstrip(".")


def is_limit_shown(highest: float, limit: float) -> bool:
    """Whether `plot` draws a limit above curves of this height."""
    return math.isfinite(limit) and limit <= _GRID_HEADROOM * max(highest, 1e-9)


def stack(parts: Sequence[tuple[str, float]]) -> Markup:
    """A horizontal bar of modes (see `stack_of`), each by its name in `words.MODES`."""
    return stack_of([(MODES[name].name, share) for name, share in parts])


def stack_of(parts: Sequence[tuple[Text, float]]) -> Markup:
    """A horizontal bar of shares.

    Parameters
    ----------
    parts : sequence of (Text, float)
        What each is called, and its share of 1, from left to right; colours go by position, as those of the legend do.

    Returns
    -------
    Markup
        An ``svg``; parts wide enough carry their percentage.
    """
    marks = []
    left = 0.0
    for position, (title, share) in enumerate(parts):
        if not share > 0:
            continue
        width, colour = 100 * share, position % MODE_COLOURS
        told = " / ".join(f"{title[language]}: {texts.number(width, 1, language)} %" for language in LANGUAGES)
        marks.append(
            Markup('<rect data-m="{}" x="{:.3f}%" width="{:.3f}%" height="100%"><title>{}</title></rect>').format(
                colour, left, width, told
            )
        )
        if width >= 5.0:
            for language in ("de", "en"):
                marks.append(
                    Markup('<text data-m="{}" class="{}" lang="{}" x="{:.3f}%" y="50%">{} %</text>').format(
                        colour,
                        "roomy" if width >= 14 else "tight",
                        language,
                        left + width / 2,
                        texts.number(width, 1 if width >= 9 else 0, language),
                    )
                )
        left += width
    return Markup('<svg class="stack" width="100%" height="30" aria-hidden="true">{}</svg>').format(
        Markup().join(marks)
    )


def bar(value: float, top: float, *, colour: int, tick: float | None = None) -> Markup:
    """A horizontal bar from 0, with a tick at another value.

    Parameters
    ----------
    value, top : float
        Length of the bar and value at full width.
    colour : int
        Scenario colour.
    tick : float, optional
        Where to draw the tick.

    Returns
    -------
    Markup
        An ``svg``.
    """
    scale = 100.0 / top if top > 0 else 0.0
    mark = Markup()
    if tick is not None and math.isfinite(tick):
        mark = Markup('<line class="tick" x1="{0:.2f}%" x2="{0:.2f}%" y1="0" y2="100%"/>').format(
            min(tick * scale, 100.0)
        )
    length = min(max(value, 0.0) * scale, 100.0) if math.isfinite(value) else 0.0
    return Markup(
        '<svg class="bar" width="100%" height="16" aria-hidden="true">'
        '<rect class="track" width="100%" height="10" y="3" rx="2"/>'
        '<rect class="fill" data-c="{}" width="{:.2f}%" height="10" y="3" rx="2"/>{}</svg>'
    ).format(colour, length, mark)
