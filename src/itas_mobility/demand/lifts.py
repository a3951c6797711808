"""Who may be taken along: workers of the same hours and work who live on the way."""

from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import TourSegment
from itas_mobility.errors import DemandError
from itas_mobility.kernels.lifts import workers_on_the_way
from itas_mobility.units import SECONDS_PER_MINUTE

LIFT_PARAMETERS: Final = ("lift_share", "lift_detour_min", "lift_household_share")
"""All parameters that decide the chance of a lift."""


def lift_chance(segment: TourSegment, car: Skims, sites: IndustrialSites, *, parameters: Parameters) -> FloatArray:
    """Chance that a worker finds somebody who takes him or her along, by home and work zone.

    Parameters
    ----------
    segment : TourSegment
        Workers with the same hours: nobody else comes into question.
    car : Skims
        ``time_s`` on empty roads, so that the chance does not change while traffic settles.
    sites : IndustrialSites
        ``lift_share`` where a site says so.
    parameters : Parameters
        `LIFT_PARAMETERS`.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        In [0, 1]; 0 where no road leads.

    Raises
    ------
    DemandError
        If a parameter is out of its bounds, naming it.

    Notes
    -----
    Of all workers the share q would give or take a lift (``lift_share``). Those who live in the same zone, or so that
    picking up costs less than ``lift_detour_min``, are N in number, each counted by 1 - detour / limit, where detour is
    t(i, h) + t(h, w) - t(i, w) for who lives in i, the passenger in h, both working in w. If workers are spread by
    chance, one of them who would do it is there with probability 1 - exp(-q * N), so that a worker finds a lift
    with q * (1 - exp(-q * N)). Besides, household and acquaintances take some along who do not work there
    (``lift_household_share``). Splitting a zone leaves N as it is, up to the way inside it.
    """
    most_min, household = parameters.value("lift_detour_min"), parameters.value("lift_household_share")
    if not most_min > 0:
        raise DemandError(f"parameter lift_detour_min: {most_min:g} must be positive")
    n_zones = len(segment.workers)
    willing = np.full(n_zones, parameters.value("lift_share"))
    given = ~np.isnan(sites.lift_share)
    willing[sites.zone[given]] = sites.lift_share[given]
    for name, share in (("lift_share", willing), ("lift_household_share", household)):
        if not bool(((np.asarray(share) >= 0.0) & (np.asarray(share) <= 1.0)).all()):
            raise DemandError(f"parameter {name}: {np.max(share):g} must lie between 0 and 1")
    time_s = 0.5 * (car["time_s"] + car["time_s"].T)
    works = np.flatnonzero(segment.workers.any(axis=0))
    on_the_way = np.zeros((len(works), n_zones))
    workers_on_the_way(
        np.ascontiguousarray(time_s[:, works].T),
        np.ascontiguousarray(time_s.T),
        np.ascontiguousarray(segment.workers[:, works].T),
        most_min * SECONDS_PER_MINUTE,
        on_the_way,
    )
    by_colleagues = np.zeros((n_zones, n_zones))
    q = willing[works][:, None]
    by_colleagues[:, works] = (-q * np.expm1(-q * on_the_way)).T
    chance = 1.0 - (1.0 - household) * (1.0 - by_colleagues)
    return np.where(np.isfinite(time_s), chance, 0.0)


def without_seat(segment: TourSegment, shares: ModeShares, *, parameters: Parameters) -> FloatArray:
    """Passengers beyond the free seats of all who drive to the same work at the same hours.

    The chance of a lift goes by who lives on the way, not by who drives: where nobody has another mode, more may want
    to be taken along than cars go there.

    Parameters
    ----------
    segment : TourSegment
        Workers with the same hours.
    shares : ModeShares
        Theirs.
    parameters : Parameters
        ``lift_seats``.

    Returns
    -------
    ndarray of shape (n_zones,)
        Persons by work zone.
    """
    driving, taken = ((segment.workers * shares[mode]).sum(axis=0) for mode in ("car", "passenger"))
    return np.asarray(np.maximum(taken - parameters.value("lift_seats") * driving, 0.0))
