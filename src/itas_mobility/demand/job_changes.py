"""Workers by home and work zone after sites have opened, grown, shrunk or closed: an account that closes.

The commuter statistics describe the region as it is. What a scenario changes of its jobs is applied to the matrix that
they give, change by change, in one of three ways (`core.job_changes.Workers`):

jobs_lost
    The site's column falls. Jobs that appear are new employment, and the column rises. Nothing else moves.
jobs_move_within_region
    Every home keeps its workers. The other jobs of the district take over, or give way, in proportion.
workers_commute_elsewhere
    Residents of the region take jobs outside, those who came from outside leave the matrix; for jobs that appear,
    residents come back from their jobs outside, and others come in.

In each, workers who go are a cross-section of those who work there, and workers who come have the homes of those who
work there. A site at which nobody works yet gets its homes by the gravity model (`homes_of_a_new_site`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.job_changes import COME_ALONG, JobAccount, JobChange
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.demand.distribution import furness
from itas_mobility.errors import DemandError

_ROUNDING: Final = 1e-9
"""Share of a head count that is put down to rounding: balancing meets totals that closely."""
_NAMED: Final = 3
"""How many zones a message names."""


def sites_before(sites: IndustrialSites, changes: Sequence[JobChange]) -> IndustrialSites:
    """Sites with the head counts that they had before some changes.

    Parameters
    ----------
    sites : IndustrialSites
        Sites after the changes.
    changes : sequence of JobChange
        What has changed.

    Returns
    -------
    IndustrialSites
        The same object where nothing has changed.
    """
    if not changes:
        return sites
    heads = sites.head_count.copy()
    for one in changes:
        for site_id in one.site_ids:
            heads[sites.row(site_id)] -= one.heads_at(site_id)
    # a sum of changes may miss nought by its last digit
    heads[np.abs(heads) <= _ROUNDING * max(abs(one.heads) for one in changes)] = 0.0
    return replace(sites, head_count=heads)


def change_jobs(
    commuters: ODMatrix,
    zones: Zones,
    sites: IndustrialSites,
    changes: Sequence[JobChange],
    *,
    weights: FloatArray | None = None,
) -> ODMatrix:
    """Apply changes of jobs at sites to the workers by home and work zone, one after the other (`in_order`).

    Parameters
    ----------
    commuters : ODMatrix
        Registered employees before the changes, by home zone (row) and work zone (column).
    zones : Zones
        Zones; their kinds and districts say who is a resident, who an in-commuter.
    sites : IndustrialSites
        Sites; their zones are what counts here, not their heads.
    changes : sequence of JobChange
        Changes, in their order.
    weights : ndarray of shape (n, n), optional
        Deterrence of the gravity model between zones, up to a factor; needed only for sites at which nobody works
        before a change.

    Returns
    -------
    ODMatrix
        Registered employees after the changes.

    Raises
    ------
    DemandError
        If more jobs vanish than there are, or there are not as many people as a change is to take; the message names
        site and figures.
    """
    matrix = commuters.trips
    for _, after in _steps(commuters, zones, sites, changes, weights):
        matrix = after
    return commuters if matrix is commuters.trips else replace(commuters, trips=matrix)


def job_account(
    commuters: ODMatrix,
    zones: Zones,
    sites: IndustrialSites,
    changes: Sequence[JobChange],
    *,
    weights: FloatArray | None = None,
) -> JobAccount:
    """Registered employees, in-commuters and out-commuters before and after each change of jobs.

    Parameters
    ----------
    commuters, zones, sites, changes, weights
        As `change_jobs`.

    Returns
    -------
    JobAccount
        Changes as they were applied (`in_order`); the last entry is what `change_jobs` gives.

    Raises
    ------
    DemandError
        As `change_jobs`.
    """
    steps = list(_steps(commuters, zones, sites, changes, weights))
    matrices = [commuters.trips, *(after for _, after in steps)]
    inside = zones.kind != ZoneKind.EXTERNAL
    return JobAccount(
        tuple(change for change, _ in steps),
        employees=np.array([one[inside].sum() + one[np.ix_(~inside, inside)].sum() for one in matrices]),
        in_commuters=np.array([one[np.ix_(~inside, inside)].sum() for one in matrices]),
        out_commuters=np.array([one[np.ix_(inside, ~inside)].sum() for one in matrices]),
    )


def homes_of_a_new_site(matrix: FloatArray, zones: Zones, weights: FloatArray, column: int) -> FloatArray:
    """Shares of the homes of a site at which nobody works yet, by the gravity model of the workplaces around it.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Workers by home and work zone.
    zones : Zones
        Zones.
    weights : ndarray of shape (n, n)
        Deterrence between zones.
    column : int
        Zone of the site.

    Returns
    -------
    ndarray of shape (n,)
        Shares that sum to 1.

    Raises
    ------
    DemandError
        If the region has no other jobs to learn from, or no home reaches the site.

    Notes
    -----
    In a doubly constrained gravity model ``T_ij = r_i q_j f_ij`` (Wilson 1967), ``r_i`` tells how many workers a home
    has to give and ``f_ij`` what separates it from the workplace. Balancing ``f`` to the margins of the region's
    present jobs gives ``r_i``, whatever else has shaped the matrix; the homes of the site are ``r_i f_is``. All other
    columns stay as they are.
    """
    others = _other_jobs(matrix, zones, column)
    if others.size == 0:
        others = np.flatnonzero((zones.kind != ZoneKind.EXTERNAL) & (matrix.sum(axis=0) > 0))
    if others.size == 0:
        raise DemandError("the region has no jobs from which to learn where workers of a new site live")
    known, seed = matrix[:, others], weights[:, others]
    fitted = furness(seed, known.sum(axis=1), known.sum(axis=0))
    first = int(known.sum(axis=1).argmax())
    by_job = np.divide(fitted[first], seed[first], out=np.zeros(others.size), where=seed[first] > 0)
    access = seed @ by_job
    of_home = np.divide(fitted.sum(axis=1), access, out=np.zeros(len(zones)), where=access > 0)
    homes = of_home * weights[:, column]
    total = float(homes.sum())
    if not total > 0:
        raise DemandError("nobody who works in the region gets to the new site: it is not connected to the roads")
    return np.asarray(homes / total)


def in_order(changes: Sequence[JobChange]) -> list[JobChange]:
    """Changes of jobs in one order, whatever the order in which different sites are told.

    Changes that share a site keep their order. Of the others, jobs that vanish come before those that appear (whoever
    loses a job may take a new one), then it goes by id.

    Parameters
    ----------
    changes : sequence of JobChange
        As they are told.

    Returns
    -------
    list of JobChange
        The same for every order that lets the changes of each site follow each other alike.
    """
    waiting, ordered = list(changes), []
    while waiting:
        free = [
            one
            for k, one in enumerate(waiting)
            if not any(set(one.site_ids) & set(earlier.site_ids) for earlier in waiting[:k])
        ]
        first = min(free, key=lambda one: (one.heads > 0, one.site_ids))
        waiting.remove(first)
        ordered.append(first)
    return ordered


class _Market:
    """Who works where, and who is meant by what becomes of workers."""

    def __init__(self, commuters: ODMatrix, zones: Zones, sites: IndustrialSites, weights: FloatArray | None) -> None:
        self.first = commuters.trips
        self.zones = zones
        self.sites = sites
        self.weights = weights
        self.is_outside = np.asarray(zones.kind == ZoneKind.EXTERNAL)

    def column(self, site_id: str) -> int:
        """Zone of a site."""
        return int(self.sites.zone[self.sites.row(site_id)])

    def homes(self, matrix: FloatArray, column: int) -> FloatArray:
        """Shares of the homes of a site's workers: now, else before all changes, else by the gravity model."""
        for known in (matrix[:, column], self.first[:, column]):
            total = float(known.sum())
            if total > 0:
                return np.asarray(known / total)
        if self.weights is None:
            raise DemandError("nobody works there: where its workers live needs the weights of the gravity model")
        return homes_of_a_new_site(self.first, self.zones, self.weights, column)


def _steps(
    commuters: ODMatrix, zones: Zones, sites: IndustrialSites, changes: Sequence[JobChange], weights: FloatArray | None
) -> Iterator[tuple[JobChange, FloatArray]]:
    """The matrix after each change."""
    market = _Market(commuters, zones, sites, weights)
    matrix = commuters.trips
    for change in in_order(changes):
        try:
            matrix = _HOW[change.workers](market, matrix.copy(), change)
        except DemandError as fault:
            what = f"site {change.site_id}, {change.heads:+,.0f} heads, {change.workers}"
            raise DemandError(f"{what}: {fault}") from fault
        yield change, matrix


def _heads_left(matrix: FloatArray, column: int, heads: float) -> float:
    """What is left of a site's workers when some go, nought up to rounding."""
    present = float(matrix[:, column].sum())
    left = present - heads
    if left < -_ROUNDING * max(present, heads):
        raise DemandError(f"only {present:,.0f} people work there")
    return 0.0 if left <= _ROUNDING * present else left


def _lose(market: _Market, matrix: FloatArray, change: JobChange) -> FloatArray:
    column = market.column(change.site_id)
    if change.heads < 0:
        present = float(matrix[:, column].sum())
        left = _heads_left(matrix, column, -change.heads)
        matrix[:, column] *= left / present if left > 0 else 0.0
    else:
        matrix[:, column] += change.heads * market.homes(matrix, column)
    return matrix


def _come_along(market: _Market, matrix: FloatArray, change: JobChange) -> FloatArray:
    old, new = market.column(change.from_site_id), market.column(change.site_id)
    present = float(matrix[:, old].sum())
    left = _heads_left(matrix, old, change.heads)
    going = matrix[:, old] * (1.0 - left / present)
    matrix[:, new] += going
    matrix[:, old] = matrix[:, old] - going if left > 0 else 0.0
    return matrix


def _move_within(market: _Market, matrix: FloatArray, change: JobChange) -> FloatArray:
    """Homes keep their totals: balance the district's jobs anew, the site's and the others'."""
    column = market.column(change.site_id)
    others = _other_jobs(matrix, market.zones, column)
    jobs = float(matrix[:, others].sum())
    if change.heads < 0:
        left = _heads_left(matrix, column, -change.heads)
        if jobs == 0:
            raise DemandError("the region has no other jobs to take them over")
        stuck = np.flatnonzero((matrix[:, column] > 0) & (matrix[:, others].sum(axis=1) == 0))
        if left == 0 and stuck.size:
            raise DemandError(f"from {_names(market.zones, stuck)} nobody has another job in the region")
    else:
        if change.heads > jobs * (1.0 + _ROUNDING):
            raise DemandError(f"only {jobs:,.0f} people have other jobs in the region")
        left = float(matrix[:, column].sum()) + change.heads
    homes = market.homes(matrix, column) if left > 0 else np.zeros(len(matrix))
    return _rebalanced(matrix, np.arange(len(matrix)), column, others, wanted=left, homes=homes)


def _rebalanced(
    matrix: FloatArray, rows: np.ndarray, column: int, others: np.ndarray, *, wanted: float, homes: FloatArray
) -> FloatArray:
    """Give a site as many workers as wanted from some homes; their other jobs, of those named, give or take.

    Totals of the homes stay, those of the other jobs change in proportion, odds ratios are kept (Furness 1965). Where
    none of these homes has anybody at the site yet, `homes` stands for them.
    """
    columns = np.append(others, column)
    seed = matrix[np.ix_(rows, columns)]
    workers, jobs = seed.sum(axis=1), seed[:, :-1].sum(axis=0)
    if not seed[:, -1].any():
        seed[:, -1] = homes[rows]
    left = max(float(workers.sum()) - wanted, 0.0)
    matrix[np.ix_(rows, columns)] = furness(seed, workers, np.append(jobs * (left / float(jobs.sum())), wanted))
    return matrix


def _commute_elsewhere(market: _Market, matrix: FloatArray, change: JobChange) -> FloatArray:
    column = market.column(change.site_id)
    inside, outside = np.flatnonzero(~market.is_outside), np.flatnonzero(market.is_outside)
    leaving = matrix[np.ix_(inside, outside)]
    if not leaving.any():
        raise DemandError("nobody commutes out of the region, so that where to is not known")
    if change.heads < 0:
        present = float(matrix[:, column].sum())
        left = _heads_left(matrix, column, -change.heads)
        going = matrix[inside, column] * (1.0 - left / present)
        matrix[:, column] *= left / present if left > 0 else 0.0
        # a home from which nobody commutes out yet sends its people where all others go
        has_way = leaving.sum(axis=1) > 0
        pattern = np.where(has_way[:, None], leaving, leaving.sum(axis=0))
        matrix[np.ix_(inside, outside)] += going[:, None] * pattern / pattern.sum(axis=1, keepdims=True)
        return matrix
    homes = market.homes(matrix, column)
    residents = change.heads * float(homes[inside].sum())
    if residents > leaving.sum() * (1.0 + _ROUNDING):
        raise DemandError(
            f"{residents:,.0f} of them live in the region, and only {leaving.sum():,.0f} residents commute out of it"
        )
    matrix[outside, column] += change.heads * homes[outside]
    wanted = float(matrix[inside, column].sum()) + residents
    return _rebalanced(matrix, inside, column, outside, wanted=wanted, homes=homes)


_HOW: Final[dict[str, Callable[[_Market, FloatArray, JobChange], FloatArray]]] = {
    "jobs_lost": _lose,
    "jobs_move_within_region": _move_within,
    "workers_commute_elsewhere": _commute_elsewhere,
    COME_ALONG: _come_along,
}


def _other_jobs(matrix: FloatArray, zones: Zones, column: int) -> np.ndarray:
    """Zones with jobs that are at no site: those of the site's district, where it has none those of the region.

    Heads of other sites are told, and stay.
    """
    has_jobs = (zones.kind == ZoneKind.INTERNAL) & (matrix.sum(axis=0) > 0)
    same = has_jobs & (zones.district == zones.district[column])
    return np.flatnonzero(same if same.any() else has_jobs)


def _names(zones: Zones, rows: np.ndarray) -> str:
    named = ", ".join(str(zones.name[row]) for row in rows[:_NAMED])
    return named + (f" and {rows.size - _NAMED} others" if rows.size > _NAMED else "")
