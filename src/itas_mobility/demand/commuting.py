"""From registered commuters to workers by home and work zone.

What the statistics say and what they do not: they count employees subject to social insurance by registered place of
residence and of work, rounded, without civil servants and the self-employed, and without a figure for pairs under ten.
They bind the totals between districts and, where given, municipalities; inside them the gravity model decides, with
labour supply kept: when a site grows, the other jobs of its district shrink in proportion.
"""

from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.commuters import CommuterStatistics
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.demand.distribution import BlockBounds, Deterrence, pivot_to_statistics
from itas_mobility.demand.distribution.blocks import pivot_to_bounds
from itas_mobility.demand.distribution.deterrence import checked_cost
from itas_mobility.demand.district_totals import DistrictTotals, district_totals, finer_bounds, total_bounds
from itas_mobility.demand.within_zones import INTRAZONAL_PARAMETERS, with_intrazonal
from itas_mobility.errors import DemandError
from itas_mobility.units import SECONDS_PER_MINUTE

COMMUTE_PARAMETERS: Final = ("commute_power", "commute_beta_per_min", "commute_offset_min", *INTRAZONAL_PARAMETERS)
"""All parameters that decide who works where."""
_FINER: Final = 1e-7
"""Relative distance from figures of municipalities: they are rounded, and what only just fits is found slowly."""
_LABEL: Final = "registered employees"


def commute_deterrence(parameters: Parameters) -> Deterrence:
    """How the wish to work at a place falls with the minutes of car travel to it.

    Parameters
    ----------
    parameters : Parameters
        ``commute_power``, ``commute_beta_per_min``, ``commute_offset_min``.

    Returns
    -------
    Deterrence
        ``t ** -commute_power * exp(-commute_beta_per_min * t)`` with t = minutes + ``commute_offset_min``.
    """
    return Deterrence(
        "tanner",
        parameters.value("commute_beta_per_min"),
        power=-parameters.value("commute_power"),
        offset=parameters.value("commute_offset_min"),
    )


def commute_weights(skims: Skims, zones: Zones, *, parameters: Parameters) -> FloatArray:
    """How much each workplace draws from each home by its distance, to be compared along a row.

    Parameters
    ----------
    skims : Skims
        ``time_s`` between zones; zeros on the diagonal are filled (`with_intrazonal`).
    zones : Zones
        Zones.
    parameters : Parameters
        `COMMUTE_PARAMETERS`.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        Deterrence by home and work zone, at most 1 in each row; 0 where there is no way.
    """
    return commute_deterrence(parameters).weights(_minutes(skims, zones, parameters), by_row=True)


def _minutes(skims: Skims, zones: Zones, parameters: Parameters) -> FloatArray:
    """Minutes of car travel between zones and inside them."""
    filled = with_intrazonal(skims, zones, parameters=parameters)
    return checked_cost(filled["time_s"] / SECONDS_PER_MINUTE, len(zones), len(zones), name="skims")


def commute(
    zones: Zones,
    sites: IndustrialSites,
    skims: Skims,
    *,
    statistics: CommuterStatistics | None,
    parameters: Parameters,
) -> ODMatrix:
    """Distribute employees over homes and workplaces: doubly constrained gravity, pivoted to commuter statistics.

    Parameters
    ----------
    zones : Zones
        Zones; sites are zones of their own.
    sites : IndustrialSites
        Their heads are the attraction of their zones.
    skims : Skims
        ``time_s`` between zones, the impedance; zeros on the diagonal are filled (`with_intrazonal`).
    statistics : CommuterStatistics or None
        Employees by pair of districts or municipalities, with published totals. Commuters inside a district of which
        the statistics say nothing are its employed residents less its out-commuters. Without statistics, workers and
        jobs of internal zones are met as `zones` has them, and external zones take part with theirs (see Notes).
    parameters : Parameters
        `COMMUTE_PARAMETERS`.

    Returns
    -------
    ODMatrix
        Registered employees by home zone (row) and work zone (column); not trips.

    Raises
    ------
    DemandError
        If heads exceed the jobs their district has, a place of the statistics has no zone, figures contradict each
        other (both are named), or the margins cannot be met.

    Notes
    -----
    Gravity model (Wilson 1967) and balancing after Furness (1965); published totals as further constraints of the same
    iterative proportional fitting, with bounds where figures are rounded or suppressed (`pivot_to_statistics`).

    Without statistics, each worker, inside or outside, first chooses among all workplaces of all zones in proportion
    to jobs and deterrence; pairs of two external zones are dropped, and the rest is balanced to the workers and jobs of
    the internal zones, external ones free. Jobs are scaled to the number of workers where no external zone has any.
    """
    if statistics is None:
        weight = commute_weights(skims, zones, parameters=parameters)
        return ODMatrix(zones.zone_id, _without_statistics(zones, sites, weight), label=_LABEL)
    totals = district_totals(statistics, zones)
    workers = _spread(zones.employed_residents, totals, totals.employees.sum(axis=1))
    jobs = _jobs(zones, sites, totals)
    weight = commute_deterrence(parameters).weights(_minutes(skims, zones, parameters))
    seed = weight * workers[:, None] * jobs
    blocks = BlockBounds(totals.group, totals.group, totals.employees, totals.employees, totals.block_names())
    matrix = pivot_to_bounds(seed, (blocks,), workers, jobs)
    finer = finer_bounds(statistics, zones)
    if finer:
        # municipalities may move what was spread by size alone; the districts keep within their published figures
        bounds = BlockBounds(totals.group, totals.group, totals.low, totals.high, totals.block_names())
        is_external = zones.kind == ZoneKind.EXTERNAL
        free = [np.where(is_external, np.nan, margin) for margin in (workers, jobs)]
        matrix = pivot_to_bounds(
            matrix, (bounds, *finer, *total_bounds(statistics, totals)), *free, tolerance=_FINER, max_iterations=20_000
        )
    return ODMatrix(zones.zone_id, matrix, label=_LABEL)


def _spread(weight: FloatArray, totals: DistrictTotals, wanted: FloatArray) -> FloatArray:
    """Spread the total of each district over its zones in proportion to `weight`."""
    group, n = totals.group, totals.key.size
    weight_of_group = np.bincount(group, weight, minlength=n)
    empty = (weight_of_group == 0) & (wanted > 0)
    if empty.any():
        names = ", ".join(totals.key[empty].tolist())
        raise DemandError(f"zones: the statistics have commuters of district {names}, but its zones have no weight")
    scale = np.divide(wanted, weight_of_group, out=np.zeros(n), where=weight_of_group > 0)
    return np.asarray(weight * scale[group])


def _jobs(zones: Zones, sites: IndustrialSites, totals: DistrictTotals) -> FloatArray:
    """Jobs of all zones, district by district: those of external ones by size, of internal ones with their sites."""
    wanted = totals.employees.sum(axis=0)
    jobs = _spread(zones.jobs, totals, np.where(totals.is_internal, 0.0, wanted))
    for district in np.flatnonzero(totals.is_internal):
        inside = totals.group == district
        where = f"of district {totals.key[district]}"
        jobs[inside] = _jobs_with_sites(zones, sites, float(wanted[district]), inside, where)[inside]
    return jobs


def _jobs_with_sites(zones: Zones, sites: IndustrialSites, total: float, inside: np.ndarray, where: str) -> FloatArray:
    """Jobs of some zones: heads at their sites, the rest spread over their other zones so that `total` is met."""
    own = inside[sites.zone]
    heads = float(sites.head_count[own].sum())
    other = np.where(inside & (zones.kind != ZoneKind.SITE), zones.jobs, 0.0)
    rest = total - heads
    if rest < 0 or (rest > 0 and other.sum() == 0):
        largest = sites.site_id[own][np.argsort(-sites.head_count[own], kind="stable")][:3]
        raise DemandError(
            f"sites: {heads:,.0f} heads do not {'fit into' if rest < 0 else 'fill'} the {total:,.0f} jobs {where} "
            f"(largest: {', '.join(largest.tolist())})"
        )
    jobs = other * (rest / other.sum()) if rest > 0 else np.zeros(len(zones))
    jobs[sites.zone[own]] = sites.head_count[own]
    return np.asarray(jobs)


def _without_statistics(zones: Zones, sites: IndustrialSites, weight: FloatArray) -> FloatArray:
    """Workers choose among all workplaces; then the margins of the internal zones are met."""
    external = zones.kind == ZoneKind.EXTERNAL
    workers = zones.employed_residents
    supply, places = float(workers[~external].sum()), float(zones.jobs[~external].sum())
    crosses = bool((workers[external] > 0).any() or (zones.jobs[external] > 0).any())
    jobs = _jobs_with_sites(zones, sites, places if crosses else supply, ~external, "of the region")
    jobs[external] = zones.jobs[external]
    if crosses and places < supply and not (jobs[external] > 0).any():
        raise DemandError(f"zones: {supply:,.0f} workers and {places:,.0f} jobs inside, and no external zone has jobs")
    if crosses and places > supply and not (workers[external] > 0).any():
        raise DemandError(f"zones: {places:,.0f} jobs and {supply:,.0f} workers inside, and no external zone has any")
    pull = weight * jobs
    chosen = pull.sum(axis=1)
    seed = pull * np.divide(workers, chosen, out=np.zeros(len(zones)), where=chosen > 0)[:, None]
    seed[np.ix_(external, external)] = 0.0
    free = [np.where(external, np.nan if crosses else 0.0, margin) for margin in (workers, jobs)]
    all_in_one = np.zeros(len(zones), np.int32)
    return pivot_to_statistics(seed, all_in_one, all_in_one, {}, *free)
