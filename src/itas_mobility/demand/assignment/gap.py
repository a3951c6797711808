"""How far volumes are from equilibrium: the one definition of each measure."""

import math

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DemandError
from itas_mobility.kernels.frank_wolfe import dot


def total_cost(volume_veh_per_h: FloatArray, cost_s: FloatArray) -> float:
    """TSTT: volume x cost summed over links, in veh s per h.

    Parameters
    ----------
    volume_veh_per_h, cost_s : array of shape (n_links,)
        Volumes and the costs at these volumes.

    Returns
    -------
    float
        The total.
    """
    return float(dot(np.ascontiguousarray(volume_veh_per_h), np.ascontiguousarray(cost_s)))


def relative_gap(tstt_veh_s: float, sptt_veh_s: float) -> float:
    """(TSTT - SPTT) / TSTT: the share of all cost that would be saved if each took a shortest path at these costs.

    Parameters
    ----------
    tstt_veh_s : float
        Volume x cost over links.
    sptt_veh_s : float
        Demand x cost of the shortest path over pairs, at the same costs.

    Returns
    -------
    float
        Between 0 and 1; rounding below zero counts as 0, and no cost at all as equilibrium.

    Raises
    ------
    DemandError
        If a total is too large to be a number.
    """
    return relative_excess(tstt_veh_s - sptt_veh_s, tstt_veh_s)


def relative_excess(excess_veh_s: float, tstt_veh_s: float) -> float:
    """`relative_gap` for solvers that add up TSTT - SPTT from small terms and so know it better than the difference.

    Parameters
    ----------
    excess_veh_s : float
        TSTT - SPTT.
    tstt_veh_s : float
        Volume x cost over links.

    Returns
    -------
    float
        As `relative_gap`.

    Raises
    ------
    DemandError
        If a total is too large to be a number; a gap made of it would mean nothing.
    """
    if not (math.isfinite(tstt_veh_s) and math.isfinite(excess_veh_s)):
        raise DemandError(
            f"TSTT is {tstt_veh_s:g} veh s per h, TSTT - SPTT {excess_veh_s:g}: not finite numbers; demand or "
            "costs are too large, or capacities too small"
        )
    if tstt_veh_s <= 0.0:
        return 0.0
    return max(0.0, excess_veh_s / tstt_veh_s)


def average_excess_cost(tstt_veh_s: float, sptt_veh_s: float, demand_veh_per_h: float) -> float:
    """(TSTT - SPTT) / demand: seconds by which a trip is on average dearer than its shortest path.

    Parameters
    ----------
    tstt_veh_s, sptt_veh_s : float
        As in `relative_gap`.
    demand_veh_per_h : float
        Demand that is on the network.

    Returns
    -------
    float
        Seconds per vehicle.
    """
    if demand_veh_per_h <= 0.0:
        return 0.0
    return max(0.0, (tstt_veh_s - sptt_veh_s) / demand_veh_per_h)
