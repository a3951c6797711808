"""What a grid operator leaves to charging points while it dims them (section 14a EnWG)."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import FloatArray
from itas_mobility.emobility.sourced import sourced_figures
from itas_mobility.errors import InputError

Control: TypeAlias = Literal["direct", "energy_management"]
"""Whether the operator dims each point by itself, or all of them together through an energy management system."""
Voltage: TypeAlias = Literal["low", "medium", "high"]
"""At which a site is connected."""

_FILE: Final = "grid.toml"
_MOST_LISTED: Final = 9
"""Points from which the simultaneity does not fall any more."""
_NEAR: Final = 1e-9
"""Share of a step by which a window may touch it, and is rounding."""


def dimmed_power_kw(
    points: int, *, point_power_kw: float, control: Control = "direct", voltage: Voltage = "low"
) -> float:
    """Power that all charging points of a site may draw together while the grid operator dims them.

    Only sites in the low-voltage grid are dimmed, and only points of more than 4.2 kW. Dimmed directly, each point
    keeps 4.2 kW; n points behind an energy management system keep ``4.2 + (n - 1) * f(n) * 4.2`` kW together, with
    f falling evenly from 0.80 (n = 2) to 0.45 (n = 9 and more). That can be less per point than cars need to charge
    at all (1.93 kW per point for 60): they then take turns.

    Parameters
    ----------
    points : int
        Charging points of the site.
    point_power_kw : float
        Greatest power of each.
    control : {"direct", "energy_management"}, default="direct"
        How they are dimmed.
    voltage : {"low", "medium", "high"}, default="low"
        At which the site is connected.

    Returns
    -------
    float
        What is left; the power of all points where nothing is dimmed.

    Raises
    ------
    InputError
        For a number of points or a power that is none, or an unknown control or voltage.

    Notes
    -----
    Bundesnetzagentur, decision BK6-22-300 (27 November 2023), annex 1, number 4.5.2; figures with their sources in
    ``grid.toml`` of this room. Other devices of the site (heat pumps, cooling, storage) are not counted. What the site
    gets from its own photovoltaics is not dimmed, and comes on top.
    """
    whole = isinstance(points, int | np.integer) and not isinstance(points, bool)
    if not whole or points < 0:
        raise InputError(f"points: {points!r} must be a whole number, not negative")
    power = _number("point_power_kw", point_power_kw)
    _known("control", control, get_args(Control))
    _known("voltage", voltage, get_args(Voltage))
    figures = sourced_figures(_FILE)
    least = figures.value("dimmed_point_kw")
    installed = int(points) * power
    if voltage != "low" or power <= least or points == 0:
        return installed
    if control == "direct":
        return int(points) * least
    simultaneity = figures.value(f"simultaneity_{min(int(points), _MOST_LISTED)}") if points > 1 else 1.0
    return least + (int(points) - 1) * simultaneity * least


def dimmed_limit(
    limit_kw: ArrayLike,
    windows_h: Sequence[tuple[float, float]],
    *,
    dimmed_kw: float,
    n_steps: int,
    step_h: float = 0.25,
) -> FloatArray:
    """The limit of a site that is dimmed in some windows of time, by step.

    Parameters
    ----------
    limit_kw : array-like
        What its load management lets all points draw, one number or one for each step; infinite where there is none.
    windows_h : sequence of (float, float)
        Begin and end of each window, hours after Monday 00:00.
    dimmed_kw : float
        What is left while the site is dimmed (see `dimmed_power_kw`).
    n_steps : int
        Steps of the horizon.
    step_h : float, default=0.25
        Length of a step.

    Returns
    -------
    ndarray of shape (n_steps,)
        For `ChargingSite.limit_kw`. A step that a window touches is dimmed as a whole: charging draws evenly within a
        step, so that a mean would exceed what is left within the window.

    Raises
    ------
    InputError
        For a window that ends before it begins or lies beyond the horizon, a negative or missing number, or a limit
        with another number of steps.
    """
    step, left = _number("step_h", step_h), _number("dimmed_kw", dimmed_kw)
    if not (isinstance(n_steps, int | np.integer) and n_steps > 0 and step > 0):
        raise InputError(f"n_steps: {n_steps!r} steps of {step_h!r} h are no horizon; both must be positive")
    limit = exact_option("limit_kw", limit_kw, np.float64, InputError)
    if limit.shape not in ((1,), (n_steps,)):
        raise InputError(f"limit_kw: shape {limit.shape} for {n_steps} steps; give one for each step, or one for all")
    if np.isnan(limit).any() or (limit < 0).any():
        i = int(np.argmax(np.isnan(limit) | (limit < 0)))
        raise InputError(f"limit_kw[{i}] = {limit[i]} must not be negative or missing")
    is_dimmed = np.zeros(n_steps, bool)
    horizon = n_steps * step
    for i, (begin, end) in enumerate(windows_h):
        if not 0 <= begin < end <= horizon * (1.0 + _NEAR):
            raise InputError(
                f"windows_h[{i}]: {begin!r} to {end!r} h must begin before it ends, within the horizon of {horizon:g} h"
            )
        is_dimmed[int(np.floor(begin / step + _NEAR)) : int(np.ceil(end / step - _NEAR))] = True
    return np.where(is_dimmed, np.minimum(limit, left), np.broadcast_to(limit, (n_steps,)))


def _number(name: str, given: float) -> float:
    value = exact_option(name, given, np.float64, InputError)
    if value.size != 1 or not (np.isfinite(value[0]) and value[0] >= 0):
        raise InputError(f"{name}: {given!r} must be a finite number, not negative")
    return float(value[0])


def _known(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise InputError(f"{name}: {given!r} is not known; known: {', '.join(known)}")
