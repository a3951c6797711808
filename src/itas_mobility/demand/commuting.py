"""From registered commuters to workers by home and work zone.

What the statistics say and what they do not: they count employees subject to social insurance by registered place of
residence and of work, rounded, without civil servants, the self-employed and pairs under ten. They bind the totals
between districts; inside a district the gravity model decides, with labour supply kept: when a site grows, the other
jobs of its district shrink in proportion.
"""

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.commuters import CommuterStatistics
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.demand.distribution import furness, gravity, pivot_to_statistics
from itas_mobility.errors import DemandError
from itas_mobility.units import SECONDS_PER_MINUTE


def commute(
    zones: Zones,
    sites: IndustrialSites,
    skims: Skims,
    *,
    statistics: CommuterStatistics | None,
    beta_per_min: float,
) -> ODMatrix:
    """Distribute employees over homes and workplaces: doubly constrained gravity, pivoted to commuter statistics.

    Parameters
    ----------
    zones : Zones
        Zones; sites are zones of their own.
    sites : IndustrialSites
        Their heads are the attraction of their zones.
    skims : Skims
        ``time_s`` between zones, the impedance.
    statistics : CommuterStatistics or None
        Employees by pair of districts, the district of the region's own zones included. Without statistics, workers
        and jobs of the internal zones are brought to the number of workers.
    beta_per_min : float
        Parameter of the exponential deterrence, per minute.

    Returns
    -------
    ODMatrix
        Registered employees by home zone (row) and work zone (column); not trips.

    Raises
    ------
    DemandError
        If heads exceed the jobs their district has, a district of the statistics has no zone, or the margins cannot
        be met.

    Notes
    -----
    Gravity model and balancing after Furness (1965); margins by pair of districts as third constraint of the same
    iterative proportional fitting.
    """
    internal = zones.kind != ZoneKind.EXTERNAL
    if statistics is None:
        workers = np.where(internal, zones.employed_residents, 0.0)
        jobs = _jobs_with_sites(zones, sites, float(workers.sum()), internal)
        seed = gravity(workers, jobs, skims["time_s"] / SECONDS_PER_MINUTE, deterrence="exponential", beta=beta_per_min)
        return ODMatrix(zones.zone_id, furness(seed, workers, jobs), label="registered employees")

    groups, group_of_zone = np.unique(zones.district, return_inverse=True)
    targets = _district_totals(statistics, groups)
    home = np.unique(group_of_zone[internal])
    if home.size != 1:
        raise DemandError(
            f"zones: the internal zones belong to districts {', '.join(groups[home])}; the statistics can bind one only"
        )
    own = int(home[0])
    workers = _split(zones.employed_residents, group_of_zone, targets.sum(axis=1), groups)
    jobs = _split(zones.jobs, group_of_zone, targets.sum(axis=0), groups)
    jobs[internal] = _jobs_with_sites(zones, sites, float(targets[:, own].sum()), internal)[internal]
    seed = gravity(workers, jobs, skims["time_s"] / SECONDS_PER_MINUTE, deterrence="exponential", beta=beta_per_min)
    matrix = pivot_to_statistics(seed, group_of_zone, group_of_zone, targets, workers, jobs)
    return ODMatrix(zones.zone_id, matrix, label="registered employees")


def _district_totals(statistics: CommuterStatistics, groups: np.ndarray) -> FloatArray:
    """Statistics as a square matrix over the districts of the zones; pairs that are not listed are zero."""
    row_of = {str(group): row for row, group in enumerate(groups)}
    totals = np.zeros((groups.size, groups.size))
    for home, work, employees in zip(
        statistics.home_district, statistics.work_district, statistics.employees, strict=True
    ):
        for district in (home, work):
            if str(district) not in row_of:
                raise DemandError(f"commuter statistics: district {district!s} has no zone")
        totals[row_of[str(home)], row_of[str(work)]] += employees
    return totals


def _split(weight: FloatArray, group_of_zone: np.ndarray, totals: FloatArray, groups: np.ndarray) -> FloatArray:
    """Spread the total of each district over its zones in proportion to `weight`."""
    weight_of_group = np.bincount(group_of_zone, weight, minlength=groups.size)
    empty = (weight_of_group == 0) & (totals > 0)
    if empty.any():
        raise DemandError(f"zones: district {groups[np.argmax(empty)]} has commuters but its zones have no weight")
    scale = np.divide(totals, weight_of_group, out=np.zeros(groups.size), where=weight_of_group > 0)
    return np.asarray(weight * scale[group_of_zone])


def _jobs_with_sites(zones: Zones, sites: IndustrialSites, total: float, internal: np.ndarray) -> FloatArray:
    """Jobs of the internal zones: heads at the sites, the rest spread over the other zones so that `total` is met."""
    heads = float(sites.head_count.sum())
    other = np.where(internal & (zones.kind != ZoneKind.SITE), zones.jobs, 0.0)
    rest = total - heads
    if rest < 0 or (rest > 0 and other.sum() == 0):
        raise DemandError(f"sites: {heads:,.0f} heads do not fit into the {total:,.0f} jobs of the region")
    jobs = other * (rest / other.sum()) if rest > 0 else np.zeros(len(zones))
    jobs[sites.zone] = sites.head_count
    return np.asarray(jobs)
