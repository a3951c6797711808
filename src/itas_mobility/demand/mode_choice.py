"""Mode choice: multinomial, nested and incremental logit, each over many cells at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.errors import DemandError
from itas_mobility.kernels import choice


def logit(utilities: ArrayLike, *, available: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Shares of the modes by multinomial logit, and the logsum.

    Parameters
    ----------
    utilities : array-like of shape (n_modes, ...)
        Utility of each mode, e.g. (n_modes, n_zones, n_zones); -inf is an unavailable mode.
    available : array-like of bool, optional
        Broadcast against `utilities`; False takes a mode away.

    Returns
    -------
    shares : ndarray of shape (n_modes, ...)
        Probabilities; they sum to 1, or are all 0 where no mode is available.
    logsum : ndarray of shape (...)
        Expected greatest utility; -inf where no mode is available.

    Raises
    ------
    DemandError
        For a utility that is NaN or +inf.

    Notes
    -----
    McFadden (1974). Utilities are taken relative to the best one, so that none overflows.
    """
    cells = _checked(utilities, available, "utilities")
    flat = cells.reshape(cells.shape[0], -1)
    shares, logsum = np.empty_like(flat), np.empty(flat.shape[1])
    choice.logit_shares(flat, shares, logsum)
    return shares.reshape(cells.shape), logsum.reshape(cells.shape[1:])


def nested_logit(
    utilities: ArrayLike,
    *,
    nests: Mapping[str, Sequence[int]],
    theta: Mapping[str, float],
    available: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Shares of the modes by two-level nested logit, and the logsum at the root.

    Parameters
    ----------
    utilities : array-like of shape (n_modes, ...)
        Utility of each mode; -inf is an unavailable mode.
    nests : mapping of str to sequence of int
        Name of each nest and the rows of its modes; each mode stands in exactly one.
    theta : mapping of str to float
        Scale of each nest in (0, 1]; 1 is the multinomial logit, towards 0 the modes become perfect substitutes.
    available : array-like of bool, optional
        Broadcast against `utilities`; False takes a mode away.

    Returns
    -------
    shares : ndarray of shape (n_modes, ...)
        Probabilities; all 0 where no mode is available.
    logsum : ndarray of shape (...)
        ``ln(sum over nests of exp(theta * ln(sum of exp(utility / theta))))``; -inf where no mode is available.

    Raises
    ------
    DemandError
        For a scale outside (0, 1], a nest without scale or modes, or a mode in no or in several nests (named).

    Notes
    -----
    Williams (1977), Daly and Zachary (1978).
    """
    cells = _checked(utilities, available, "utilities")
    nest_of, scales = _nests(nests, theta, cells.shape[0])
    flat = cells.reshape(cells.shape[0], -1)
    shares, logsum = np.empty_like(flat), np.empty(flat.shape[1])
    choice.nested_logit_shares(flat, nest_of, scales, shares, logsum)
    return shares.reshape(cells.shape), logsum.reshape(cells.shape[1:])


def incremental_logit(base_shares: ArrayLike, utility_change: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Shares after a change of utilities, pivoted on known shares.

    Parameters
    ----------
    base_shares : array-like of shape (n_modes, ...)
        Shares before the change; each cell sums to 1 (or to 0 where no mode was available).
    utility_change : array-like
        Change of utility, broadcast against `base_shares`; -inf takes a mode away.

    Returns
    -------
    shares : ndarray of shape (n_modes, ...)
        Shares after the change; a mode of share 0 keeps 0; all 0 where nothing is left.
    logsum_change : ndarray of shape (...)
        Change of the logsum, in units of utility; -inf where nothing is left.

    Raises
    ------
    DemandError
        For shares that are negative or do not sum to 1 or 0, or a change that is NaN or +inf.

    Notes
    -----
    Kumar (1980); Ortúzar and Willumsen, Modelling Transport, on pivot-point models.
    """
    base, change = _pivot(base_shares, utility_change)
    flat = base.reshape(base.shape[0], -1)
    shares, logsum_change = np.empty_like(flat), np.empty(flat.shape[1])
    choice.pivot_shares(flat, change.reshape(flat.shape), shares, logsum_change)
    return shares.reshape(base.shape), logsum_change.reshape(base.shape[1:])


def incremental_nested_logit(
    base_shares: ArrayLike,
    utility_change: ArrayLike,
    *,
    nests: Mapping[str, Sequence[int]],
    theta: Mapping[str, float],
) -> tuple[FloatArray, FloatArray]:
    """Shares after a change of utilities by two-level nested logit, pivoted on known shares.

    Parameters
    ----------
    base_shares : array-like of shape (n_modes, ...)
        Shares before the change; each cell sums to 1 (or to 0 where no mode was available).
    utility_change : array-like
        Change of utility, broadcast against `base_shares`; -inf takes a mode away.
    nests : mapping of str to sequence of int
        Name of each nest and the rows of its modes; each mode stands in exactly one.
    theta : mapping of str to float
        Scale of each nest in (0, 1].

    Returns
    -------
    shares : ndarray of shape (n_modes, ...)
        Shares after the change; a mode of share 0 keeps 0; all 0 where nothing is left.
    logsum_change : ndarray of shape (...)
        Change of the logsum, in units of utility; -inf where nothing is left.

    Raises
    ------
    DemandError
        For shares that are negative or do not sum to 1 or 0, a change that is NaN or +inf, or nests as `nested_logit`
        refuses them.

    Notes
    -----
    With P(k) the share of a nest and P(m|k) that of a mode inside it, a nest gains by ``g(k) = (sum over m of P(m|k) *
    exp(change(m) / theta(k))) ** theta(k)``: its share after is in proportion to ``P(k) * g(k)``, that of a mode inside
    it to ``P(m|k) * exp(change(m) / theta(k))``; the logsum changes by ``ln(sum over k of P(k) * g(k))``. All shares of
    a cell must be those of the same persons: a mean over groups that choose from different modes is no nested logit.
    """
    base, change = _pivot(base_shares, utility_change)
    nest_of, scales = _nests(nests, theta, base.shape[0])
    flat = base.reshape(base.shape[0], -1)
    shares, logsum_change = np.empty_like(flat), np.empty(flat.shape[1])
    choice.pivot_nested_shares(flat, change.reshape(flat.shape), nest_of, scales, shares, logsum_change)
    return shares.reshape(base.shape), logsum_change.reshape(base.shape[1:])


def calibrate_constants(
    utilities: ArrayLike,
    trips: ArrayLike,
    target_shares: ArrayLike,
    *,
    nests: Mapping[str, Sequence[int]] | None = None,
    theta: Mapping[str, float] | None = None,
    reference: int = 0,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
) -> FloatArray:
    """Find constants of the modes with which the logit gives wanted shares of all trips.

    Parameters
    ----------
    utilities : array-like of shape (n_modes, ...)
        Utility of each mode; -inf is an unavailable mode.
    trips : array-like of shape (...)
        Trips of each cell; those of cells without any mode do not count.
    target_shares : array-like of shape (n_modes,)
        Wanted shares, positive, summing to 1.
    nests, theta : mapping, optional
        As for `nested_logit`; left out, the logit is multinomial.
    reference : int, default=0
        Mode whose constant stays 0.
    tolerance : float, default=1e-8
        Largest distance of a share from its target.
    max_iterations : int, default=1000
        Limit of rounds.

    Returns
    -------
    ndarray of shape (n_modes,)
        Constants to add to the utilities.

    Raises
    ------
    DemandError
        If a target is not a share, trips are unusable, nests are malformed, or the shares cannot be met, naming the
        mode.

    Notes
    -----
    Each round adds ln(target / share) to every constant (Train 2009, section 2.8). With nests, that of the nest's share
    to all of its modes, and theta times that of the share inside the nest to each: where all cells are alike, one round
    finds them.
    """
    cells = _checked(utilities, None, "utilities")
    flat = cells.reshape(cells.shape[0], -1)
    weight = np.ascontiguousarray(trips, dtype=np.float64)
    if weight.shape != cells.shape[1:]:
        raise DemandError(f"trips: shape {weight.shape}, expected {cells.shape[1:]}")
    if not bool((np.isfinite(weight) & (weight >= 0)).all()):
        raise DemandError("trips: must be finite and not negative")
    target = np.asarray(target_shares, dtype=np.float64)
    if target.shape != (flat.shape[0],) or not bool((target > 0).all()) or abs(target.sum() - 1.0) > 1e-9:
        raise DemandError(f"target_shares: {target.tolist()} must be {flat.shape[0]} positive shares that sum to 1")
    weight = np.where(np.isfinite(flat).any(axis=0), weight.ravel(), 0.0)
    if not weight.sum() > 0:
        raise DemandError("trips: there are none between cells that a mode serves")
    if (nests is None) != (theta is None):
        raise DemandError("nests and theta: give both, or none for the multinomial logit")
    each_alone = {str(mode): [mode] for mode in range(flat.shape[0])}
    nest_of, scales = _nests(nests or each_alone, theta or dict.fromkeys(each_alone, 1.0), flat.shape[0])
    target_of_nest = np.bincount(nest_of, target)[nest_of]
    constants = np.zeros(flat.shape[0])
    shares, logsum = np.empty_like(flat), np.empty(flat.shape[1])
    reached = np.zeros_like(target)
    for _ in range(max_iterations):
        choice.nested_logit_shares(flat + constants[:, None], nest_of, scales, shares, logsum)
        reached = (shares * weight).sum(axis=1) / weight.sum()
        if np.abs(reached - target).max() <= tolerance:
            return constants
        if (reached == 0).any():
            raise DemandError(f"mode {int(np.argmin(reached))} is not available for any trip, so no share can be met")
        reached_of_nest = np.bincount(nest_of, reached)[nest_of]
        inside = (target / target_of_nest) / (reached / reached_of_nest)
        constants += np.log(target_of_nest / reached_of_nest) + scales[nest_of] * np.log(inside)
        constants -= constants[reference]
    worst = int(np.argmax(np.abs(reached - target)))
    raise DemandError(
        f"mode {worst}: share {reached[worst]:.6g} after {max_iterations} rounds, wanted {target[worst]:.6g};"
        " the mode may not be available for enough trips"
    )


def _nests(nests: Mapping[str, Sequence[int]], theta: Mapping[str, float], n_modes: int) -> tuple[IntArray, FloatArray]:
    """Nest of each mode and scale of each nest."""
    nest_of = np.full(n_modes, -1, dtype=np.int32)
    if unknown := sorted(set(theta) - set(nests)):
        raise DemandError(f"theta: nest {unknown[0]!r} has no modes; nests are: {', '.join(nests)}")
    for k, (name, modes) in enumerate(nests.items()):
        if name not in theta:
            raise DemandError(f"nest {name!r}: theta is missing")
        if not 0.0 < theta[name] <= 1.0:
            raise DemandError(f"nest {name!r}: theta = {theta[name]} must lie in (0, 1]")
        if len(modes) == 0:
            raise DemandError(f"nest {name!r}: has no modes")
        for mode in modes:
            if not 0 <= mode < n_modes:
                raise DemandError(f"nest {name!r}: mode {mode} is not a row of the utilities (0 to {n_modes - 1})")
            if nest_of[mode] >= 0:
                raise DemandError(f"nest {name!r}: mode {mode} stands in a nest already")
            nest_of[mode] = k
    if (nest_of < 0).any():
        raise DemandError(f"mode {int(np.argmin(nest_of))} stands in no nest")
    return nest_of, np.array([theta[name] for name in nests], dtype=np.float64)


def _pivot(base_shares: ArrayLike, utility_change: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Shares and change of utility, of one shape."""
    base = np.ascontiguousarray(base_shares, dtype=np.float64)
    if base.ndim == 0 or base.shape[0] == 0:
        raise DemandError("base_shares: no modes")
    if not bool((np.isfinite(base) & (base >= 0)).all()):
        where = tuple(int(i) for i in np.argwhere(~(np.isfinite(base) & (base >= 0)))[0])
        raise DemandError(f"base_shares[{', '.join(map(str, where))}] = {base[where]} must not be negative or NaN")
    total = base.sum(axis=0)
    # 1e-6: shares written to a file with six digits still count as shares
    wrong = ~((np.abs(total - 1.0) < 1e-6) | (total == 0.0))
    if wrong.any():
        cell = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DemandError(f"base_shares: sum to {total[wrong][0]:g} in cell {cell}, must be 1 (or 0 without any mode)")
    try:
        wide = np.broadcast_to(np.asarray(utility_change, dtype=np.float64), base.shape)
    except ValueError:
        raise DemandError(f"utility_change: shape {np.shape(utility_change)} does not fit {base.shape}") from None
    return base, _checked(wide, None, "utility_change")


def _checked(utilities: ArrayLike, available: ArrayLike | None, name: str) -> FloatArray:
    cells = np.ascontiguousarray(utilities, dtype=np.float64)
    if cells.ndim == 0 or cells.shape[0] == 0:
        raise DemandError(f"{name}: no modes")
    if available is not None:
        given = exact_option("available", available, np.bool_, DemandError)
        try:
            open_ = np.broadcast_to(given, cells.shape)
        except ValueError:
            raise DemandError(f"available: shape {np.shape(available)} does not fit {cells.shape}") from None
        cells = np.where(open_, cells, -np.inf)
    bad = np.isnan(cells) | (cells == np.inf)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DemandError(f"{name}[{', '.join(map(str, where))}] = {cells[where]} must be a number or -inf")
    return cells
