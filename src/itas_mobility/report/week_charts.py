"""A site's week of charging as charts: all runs on one scale, in whole steps and levels to keep the page small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from itas_mobility.core.columns import FloatArray
from itas_mobility.report import charging_texts, texts
from itas_mobility.report.charts import Axis, axis_over, framed
from itas_mobility.words import LANGUAGES

LEVELS: Final = 520
"""Levels of the vertical axis that are told apart: half a pixel of the chart."""
HEADROOM: Final = 3.0
"""A limit more than this many times above the highest power is named in words instead of flattening the curves."""

_SHOWN: Final = Markup(' data-shown=""')
_HIDDEN: Final = Markup(" hidden")
ALIKE: Final = 1e-6
"""Relative difference of powers that is none."""
ROUNDING: Final = 1e-9
QUARTERS: Final = 4
"""Parts of the horizontal axis of the duration curve."""


@dataclass(frozen=True, eq=False)
class SiteWeek:
    """What one run's table ``charging`` tells of one site, step by step from Monday 00:00."""

    step_h: float
    power_kw: FloatArray
    uncontrolled_kw: FloatArray
    free_kw: FloatArray
    """What is left for charging, beside the stationary battery; infinite where nothing limits it."""
    other_kw: FloatArray
    """Load of the buildings less photovoltaics."""
    storage_kw: FloatArray = field(default_factory=lambda: np.zeros(1))
    """Into the stationary battery, negative out of it; one number holds for all steps."""

    @property
    def drawn_kw(self) -> FloatArray:
        """What the whole site draws."""
        return self.power_kw + self.other_kw + self.storage_kw

    @property
    def uncontrolled_drawn_kw(self) -> FloatArray:
        """What the whole site would draw if nothing managed the charging; the stationary battery then stands idle."""
        return self.uncontrolled_kw + self.other_kw

    @property
    def allowed_kw(self) -> FloatArray:
        """What the whole site may draw: connection and limits."""
        return self.free_kw + self.other_kw + self.storage_kw

    @property
    def has_other(self) -> bool:
        """Whether more than charging hangs on the connection."""
        return bool(self.other_kw.any())

    @property
    def peak_kw(self) -> float:
        """Greatest power of charging."""
        return float(self.power_kw.max(initial=0.0))

    @property
    def peak_time_h(self) -> float:
        """Beginning of the first step with it; days that are alike but for rounding come by their order."""
        return float(np.argmax(self.power_kw >= self.peak_kw * (1.0 - ALIKE))) * self.step_h

    @property
    def uncontrolled_peak_kw(self) -> float:
        """Greatest power of charging if nothing managed it."""
        return float(self.uncontrolled_kw.max(initial=0.0))

    @property
    def is_managed(self) -> bool:
        """Whether the strategy changes anything."""
        return bool(np.abs(self.power_kw - self.uncontrolled_kw).max(initial=0.0) > ROUNDING * self.peak_kw)

    @property
    def greatest_share(self) -> float:
        """Greatest share of what the site may draw that it does draw; NaN where nothing limits it."""
        limited = np.isfinite(self.allowed_kw)
        if not limited.any():
            return float("nan")
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.drawn_kw[limited] / self.allowed_kw[limited]
        # nothing drawn where nothing may be is no excess
        return float(np.nan_to_num(share, nan=0.0, posinf=np.inf, neginf=0.0).max())

    @property
    def over_h(self) -> float:
        """Time in which charging draws more than is left for it."""
        excess = self.power_kw - np.maximum(self.free_kw, 0.0) > ROUNDING * np.maximum(1.0, np.abs(self.power_kw))
        return float(excess.sum()) * self.step_h

    @property
    def energy_kwh(self) -> float:
        """Energy of the week from the grid."""
        return float(self.power_kw.sum()) * self.step_h


@dataclass(frozen=True)
class WeekCharts:
    """Both charts of a site."""

    week: Markup
    duration: Markup
    hidden_limits: tuple[int, ...]
    """Runs whose limit lies above the scale, at some time at least."""


def week_charts(
    weeks: Mapping[int, SiteWeek], *, shown: int, colours: Sequence[int], titles: Sequence[Markup]
) -> WeekCharts:
    """Power over the week, and sorted falling over the share of the week, of all runs of a site.

    Of each run the chosen strategy's curve is drawn. What belongs to the shown run alone (unmanaged charging, limit,
    load of the buildings) bears the runs to which it belongs in ``data-of``, and is hidden for others.

    Parameters
    ----------
    weeks : mapping of int to SiteWeek
        By run.
    shown : int
        The run that is shown first.
    colours, titles : sequence of int and of Markup
        Of each run.

    Returns
    -------
    WeekCharts
        The charts, on one vertical scale.
    """
    highest = max(float(max(w.drawn_kw.max(), w.uncontrolled_drawn_kw.max())) for w in weeks.values())
    lowest = min(float(min(w.drawn_kw.min(), w.uncontrolled_drawn_kw.min(), w.other_kw.min())) for w in weeks.values())
    room = HEADROOM * max(highest, 1e-9)
    limits = {run: np.where(w.allowed_kw <= room, w.allowed_kw, np.inf) for run, w in weeks.items()}
    drawn = [float(limit[np.isfinite(limit)].max(initial=0.0)) for limit in limits.values()]
    axis = axis_over(lowest, max(highest, *drawn))
    marks: dict[str, list[Markup]] = {}
    for name, is_sorted in (("week", False), ("duration", True)):
        shared: dict[tuple[str, str], list[int]] = {}
        curves = []
        for run, week in weeks.items():
            own, others = _shapes(week, limits[run], axis, is_sorted=is_sorted)
            for shape in others:
                shared.setdefault(shape, []).append(run)
            curves.append(
                Markup('<path class="curve" data-c="{}" data-own="{}"{} d="{}"><title>{}</title></path>').format(
                    colours[run], run, _SHOWN if run == shown else Markup(), own, titles[run]
                )
            )
        extra = [
            Markup('<path class="{}" data-of="{}"{} d="{}"/>').format(
                kind, " ".join(map(str, runs)), Markup() if shown in runs else _HIDDEN, path
            )
            for (kind, path), runs in shared.items()
        ]
        width = max(len(week.power_kw) for week in weeks.values())
        box = Markup('<g transform="scale({:.6f} {:.6f})">').format(100.0 / width, 100.0 / LEVELS)
        marks[name] = [box, *extra, *curves, Markup("</g>")]
    has_other = any(week.has_other for week in weeks.values())
    label = texts.say("site_power_kw" if has_other else "power_kw")
    days = len(charging_texts.WEEKDAYS)
    return WeekCharts(
        week=framed(
            marks["week"],
            axis=axis,
            rules=[100.0 * day / days for day in range(days + 1)],
            names=[(100.0 * (day + 0.5) / days, texts.both(*pair)) for day, pair in enumerate(charging_texts.WEEKDAYS)],
            label=label,
        ),
        duration=framed(
            marks["duration"],
            axis=axis,
            rules=[100.0 * part / QUARTERS for part in range(QUARTERS + 1)],
            names=[(100.0 * part / QUARTERS, _per_cent(part / QUARTERS)) for part in range(QUARTERS + 1)],
            label=label,
            foot=texts.say("share_of_week"),
        ),
        hidden_limits=tuple(run for run, week in weeks.items() if not np.isfinite(limits[run]).all()),
    )


def _per_cent(share: float) -> Markup:
    return texts.both(
        *(f"{texts.number(100 * share, 0, language)}\N{NARROW NO-BREAK SPACE}%" for language in LANGUAGES)
    )


def _shapes(week: SiteWeek, limit: FloatArray, axis: Axis, *, is_sorted: bool) -> tuple[str, list[tuple[str, str]]]:
    """The run's own curve, and what is drawn with it: class and path."""
    own, uncontrolled = week.drawn_kw, week.uncontrolled_drawn_kw
    if is_sorted:
        own, uncontrolled = -np.sort(-own), -np.sort(-uncontrolled)
    others = []
    if week.has_other and not is_sorted:
        others.append(("building", area(levels(week.other_kw, axis), levels(np.zeros(1), axis)[0])))
    # sorted by power, a limit that changes would stand beside other hours than its own
    shown = limit[np.isfinite(limit)]
    if shown.size and not (is_sorted and np.ptp(shown) > ROUNDING * np.abs(shown).max()):
        others.append(("limit", stepped(limit, axis)))
    if week.is_managed:
        others.append(("unmanaged", stepped(uncontrolled, axis)))
    return stepped(own, axis), others


def levels(values: FloatArray, axis: Axis) -> NDArray[np.int64]:
    """Distance from the top of the chart in whole levels; finite values only."""
    return np.rint((axis.top - values) / (axis.top - axis.bottom) * LEVELS).astype(np.int64)


def stepped(values: FloatArray, axis: Axis) -> str:
    """A step curve as a path, one unit per step and level, changes only; values that are not finite are left out.

    Parameters
    ----------
    values : float64 ndarray of shape (n_steps,)
        What is drawn.
    axis : Axis
        The vertical axis.

    Returns
    -------
    str
        A path; empty where nothing is finite.
    """
    finite = np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]])))
    return "".join(
        f"M{begin} {whole[0]}{_run_of(whole)}"
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        for whole in [levels(values[begin:end], axis)]
    )


def area(whole: NDArray[np.int64], ground: int) -> str:
    """The area between a step curve of whole levels and a ground level, as a closed path."""
    return f"M0 {ground}V{whole[0]}{_run_of(whole)}V{ground}z"


def _run_of(whole: NDArray[np.int64]) -> str:
    """A step curve from its first level on, as moves to the right and up or down."""
    changes = np.flatnonzero(np.diff(whole)) + 1
    widths = np.diff(np.concatenate([[0], changes, [len(whole)]])).tolist()
    heights = [*(whole[changes] - whole[changes - 1]).tolist(), 0]
    return "".join(
        f"h{width}v{height}" if height else f"h{width}" for width, height in zip(widths, heights, strict=True)
    )
