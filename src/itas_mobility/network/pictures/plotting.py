"""Pictures of networks with matplotlib: what is there, and what a reader left out and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core import LeftOut, ReadReport, RoadNetwork
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import ragged_rows
from itas_mobility.network.pictures.drawing import (
    ATTRIBUTION,
    GROUPS,
    courses,
    drawable,
    group_of_class,
    left_out_of,
    length_text,
    piece_lengths_km,
    places_text,
    reason_styles,
    streets,
)
from itas_mobility.network.pictures.plane import METRES_PER_DEGREE
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.words import Language, Text, as_language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMN_NAMES: Final = {
    "length_m": Text("Länge [m]", "length [m]"),
    "free_speed_km_per_h": Text("freie Geschwindigkeit [km/h]", "free speed [km/h]"),
    "free_time_s": Text("Fahrzeit ohne Verkehr [s]", "free-flow time [s]"),
    "lanes": Text("Fahrstreifen je Richtung", "lanes per direction"),
    "capacity_veh_per_h": Text("Kapazität [Kfz/h]", "capacity [veh/h]"),
    "toll_eur": Text("Maut [€]", "toll [€]"),
}
"""Columns that colours can show, with their names in German and English."""
_WIDTHS: Final = np.array([group.width_px for group in GROUPS])
_GROUND: Final = "#c9d0d4"
"""Colour of roads that are only the background."""
_BAR_SHARE: Final = 0.25
"""The scale bar takes at most this share of the picture's width."""


def plot(
    roads: RoadNetwork,
    ax: "Axes | None" = None,
    *,
    color_by: str | ArrayLike = "road_class",
    label: str | None = None,
    cmap: str = "viridis",
    title: str | None = None,
    language: Language = "de",
    legend: bool = True,
) -> "Axes":
    """Draw a network: main roads wide and on top, true to scale at its middle, with scale bar and attribution.

    Parameters
    ----------
    roads : RoadNetwork
        Network whose nodes have places.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    color_by : str or array-like of shape (n_links,), default="road_class"
        ``"road_class"``, a column (length_m, free_speed_km_per_h, free_time_s, lanes, capacity_veh_per_h, toll_eur), or
        one number per link (volumes, say); links without a finite number are grey.
    label : str, optional
        What the numbers are, with their unit, beside the colour scale.
    cmap : str, default="viridis"
        Colour map of matplotlib for numbers.
    title : str, optional
        Above the picture.
    language : {"de", "en"}, default="de"
        Of legend, scale and attribution.
    legend : bool, default=True
        Whether to draw legend or colour scale.

    Returns
    -------
    matplotlib Axes
        With the picture.

    Raises
    ------
    InputError
        If the language is unknown.
    NetworkError
        If there is nothing to draw, the column is not known or the array has another shape.
    """
    language = as_language(language)
    links = drawable(roads)
    if not links.size:
        raise NetworkError("the network has no link that can be drawn (nodes without coordinates)")
    group = group_of_class()[roads.road_class]
    axes = ax if ax is not None else _new_axes(courses(roads, links)[1])
    if isinstance(color_by, str) and color_by == "road_class":
        shown, _ = streets(roads, links)
        shown = shown[np.argsort(-group[shown], kind="stable")]
        km = np.bincount(group[shown], roads.length_m[shown], len(GROUPS)) / METRES_PER_KILOMETRE
        colours = np.array([row.colour for row in GROUPS])[group[shown]]
        _add_lines(axes, *courses(roads, shown), colors=colours, linewidths=_WIDTHS[group[shown]])
        if legend:
            _add_legend(axes, km, language)
    else:
        values, name = _values(roads, color_by, language)
        finite = np.isfinite(values[links])
        rest, shown = links[~finite], links[finite]
        if rest.size:
            _add_lines(axes, *courses(roads, rest), colors=_GROUND, linewidths=0.6)
        shown = shown[np.argsort(values[shown], kind="stable")]
        if shown.size:
            drawn = _add_lines(axes, *courses(roads, shown), cmap=cmap, linewidths=_WIDTHS[group[shown]])
            drawn.set_array(values[shown])
            if legend:
                axes.figure.colorbar(drawn, ax=axes, shrink=0.6, label=label or name)
    _finish(axes, title, language)
    return axes


def plot_left_out(
    report: ReadReport | LeftOut,
    ax: "Axes | None" = None,
    *,
    roads: RoadNetwork | None = None,
    title: str | None = None,
    language: Language = "de",
) -> "Axes":
    """Draw what a reader left out: one colour per reason, with kilometres; closed places (barriers) as points.

    Parameters
    ----------
    report : ReadReport or LeftOut
        ``roads.report`` of a network that was read with its left-out pieces, or the pieces.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    roads : RoadNetwork, optional
        Network to draw in grey below.
    title : str, optional
        Above the picture.
    language : {"de", "en"}, default="de"
        Of legend, scale and attribution.

    Returns
    -------
    matplotlib Axes
        With the picture.

    Raises
    ------
    InputError
        If the language is unknown.
    NetworkError
        If the report holds no pieces.
    """
    language = as_language(language)
    pieces = left_out_of(report)
    points = np.column_stack([pieces.shape_lon_deg, pieces.shape_lat_deg])
    ground = drawable(roads) if roads is not None else np.zeros(0, np.int64)
    below = courses(roads, streets(roads, ground)[0]) if roads is not None and ground.size else None
    axes = ax if ax is not None else _new_axes(points if below is None else np.concatenate([points, below[1]]))
    if below is not None:
        _add_lines(axes, *below, colors=_GROUND, linewidths=0.6)
    size = np.diff(pieces.shape_ptr)
    km = piece_lengths_km(pieces)
    handles = []
    for style in reason_styles(pieces, language):
        mine = pieces.reason_code == style.code
        lines, dots = np.flatnonzero(mine & (size > 1)), np.flatnonzero(mine & (size == 1))
        parts, drawn = [], None
        if dots.size:
            place = points[pieces.shape_ptr[dots]]
            parts = [places_text(len(dots), language)]
            drawn = axes.scatter(
                place[:, 0], place[:, 1], s=22, color=style.colour, edgecolors="white", linewidths=0.6, zorder=3
            )
        if lines.size:
            ptr, at = ragged_rows(pieces.shape_ptr, lines)
            parts = [length_text(float(km[lines].sum()), language), *parts]
            drawn = _add_lines(axes, ptr, points[at], colors=style.colour, linewidths=style.width_px)
        if parts:
            handles.append((drawn, f"{style.name}: {', '.join(parts)}"))
    heading = Text("Nicht im Netz", "Not in the network")[language]
    if handles:
        _place_legend(axes, *zip(*handles, strict=True), title=heading)
    else:
        nothing = Text("Nichts weggelassen", "Nothing was left out")[language]
        axes.text(0.5, 0.5, nothing, ha="center", transform=axes.transAxes)
    _finish(axes, title, language)
    return axes


def _new_axes(lon_lat_deg: FloatArray) -> "Axes":
    """Axes of a new figure with the proportions of what is drawn, within reason."""
    import matplotlib.pyplot as plt

    finite = lon_lat_deg[np.isfinite(lon_lat_deg).all(axis=1)]
    width, height = np.ptp(finite, axis=0) if len(finite) else (1.0, 1.0)
    kx = float(np.cos(np.radians(finite[:, 1].mean()))) if len(finite) else 1.0
    share = float(np.clip(height / max(width * kx, 1e-12), 0.4, 1.4))
    # an inch and a half for title and legend
    return plt.subplots(figsize=(9.0, 9.0 * share + 1.5), layout="constrained")[1]


def _values(roads: RoadNetwork, color_by: str | ArrayLike, language: Language) -> tuple[FloatArray, str]:
    if isinstance(color_by, str):
        if color_by not in _COLUMN_NAMES:
            known = ", ".join(("road_class", *_COLUMN_NAMES))
            raise NetworkError(f"color_by: {color_by!r} is no column to colour by; use one of {known}, or an array")
        name = _COLUMN_NAMES[color_by][language]
        return np.asarray(getattr(roads, color_by), float), name
    values = np.asarray(color_by, float)
    if values.shape != (roads.n_links,):
        raise NetworkError(f"color_by has shape {values.shape}, the network {roads.n_links} links")
    return values, ""


def _add_lines(axes: "Axes", ptr: LongArray, points: FloatArray, **style: Any) -> Any:
    from matplotlib.collections import LineCollection

    lines = LineCollection(np.split(points, ptr[1:-1]), capstyle="round", **style)
    axes.add_collection(lines)
    axes.update_datalim(points)
    return lines


def _add_legend(axes: "Axes", km: FloatArray, language: Language) -> None:
    from matplotlib.lines import Line2D

    there = [(group, length) for group, length in zip(GROUPS, km.tolist(), strict=True) if length > 0]
    handles = [Line2D([], [], color=group.colour, linewidth=max(group.width_px, 1.2)) for group, _ in there]
    texts = [f"{group.name[language]}: {length_text(length, language)}" for group, length in there]
    _place_legend(axes, handles, texts)


def _place_legend(axes: "Axes", handles: Sequence[Any], texts: Sequence[str], *, title: str | None = None) -> None:
    """Below the picture, where it hides no road."""
    columns = 2 if len(texts) > 1 else 1
    axes.legend(
        handles, texts, title=title, loc="upper left", bbox_to_anchor=(0.0, -0.01), ncols=columns, fontsize=9,
        frameon=False, alignment="left",
    )  # fmt: skip


def _finish(axes: "Axes", title: str | None, language: Language) -> None:
    """Scale, attribution and frame, once the extent is known."""
    axes.autoscale_view()
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    kx = float(np.cos(np.radians((south + north) / 2.0)))
    axes.set_aspect(1.0 / kx)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(_GROUND)
    if title:
        axes.set_title(title)
    width_m = (east - west) * METRES_PER_DEGREE * kx
    bar_m = _round_length(width_m * _BAR_SHARE)
    start = 0.03
    end = start + bar_m / width_m
    axes.plot(
        [start, end], [0.035, 0.035], transform=axes.transAxes, color="#17232e", linewidth=2.5, solid_capstyle="butt"
    )
    text = length_text(bar_m / METRES_PER_KILOMETRE, language, digits=0)
    axes.text((start + end) / 2, 0.043, text, transform=axes.transAxes, ha="center", va="bottom", fontsize=8)
    axes.text(
        0.995,
        0.005,
        ATTRIBUTION[language],
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=7,
        color="#55636f",
    )


def _round_length(most_m: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(most_m))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most_m * (1 + 1e-12)))
