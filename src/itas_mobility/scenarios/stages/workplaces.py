"""Who works where: the commuter statistics' region, and on it what a scenario changes of its jobs."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from itas_mobility import demand
from itas_mobility.core.job_changes import JobAccount
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites, joined_sites
from itas_mobility.core.zones import joined_zones
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.stages.store import StageStore

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Workplaces:
    """Registered employees by home and work zone, and how changes of jobs have led to them."""

    commuters: ODMatrix
    account: JobAccount


def with_new_sites(base: Region, region: Region) -> Region:
    """The region before measures, with the sites that they open as places at which nobody works yet.

    Zones and sites then have the same rows before and after, so that an equilibrium may start from that before.

    Parameters
    ----------
    base : Region
        The region before any measure.
    region : Region
        The same after measures; new zones and sites stand behind the known ones.

    Returns
    -------
    Region
        `base` itself where no site was opened.
    """
    n_zones, n_sites = len(base.zones), len(base.sites)
    n_new = len(region.sites) - n_sites
    if n_new == 0:
        return base
    heads = region.sites.head_count.copy()
    heads[n_sites:] = 0.0
    fares, offers = base.site_fare_eur, base.home_charging_share
    return replace(
        base,
        zones=joined_zones(base.zones, region.zones, start=n_zones),
        sites=joined_sites(base.sites, replace(region.sites, head_count=heads), start=n_sites),
        site_fare_eur=None if fares is None else np.append(fares, np.full(n_new, np.nan)),
        home_charging_share=None if offers is None else np.append(offers, np.full(n_new, np.nan)),
    )


def find_workplaces(base: Region, region: Region, skims: Skims, store: StageStore) -> Workplaces:
    """Distribute the workers of the region that the statistics describe, then apply the changes of jobs.

    Where a site lies after a measure makes no difference: whoever works there goes along. Neither do roads that a
    measure changes.

    Parameters
    ----------
    base : Region
        The region before any measure, with all sites (`with_new_sites`).
    region : Region
        The region after the measures.
    skims : Skims
        ``time_s`` between the zones of `base` on its roads.
    store : StageStore
        Reused stages.

    Returns
    -------
    Workplaces
        Commuters after the changes, and their account.

    Raises
    ------
    DemandError
        If the workers cannot be distributed, or there are not as many people as a change is to take.
    """
    distribution = region.parameters.subset(demand.COMMUTE_PARAMETERS)
    sites = demand.sites_before(base.sites, base.job_changes)
    _refuse_untold_changes(sites, region)
    known = store.get(
        "commute",
        (base.zones, sites, skims, region.commuters, distribution),
        lambda: demand.commute(base.zones, sites, skims, statistics=region.commuters, parameters=distribution),
    )

    def change_jobs() -> Workplaces:
        weights = demand.commute_weights(skims, base.zones, parameters=distribution)
        given = (known, base.zones, sites, region.job_changes)
        return Workplaces(demand.change_jobs(*given, weights=weights), demand.job_account(*given, weights=weights))

    return store.get(
        "jobs", (known, base.zones, sites.site_id, sites.zone, region.job_changes, skims, distribution), change_jobs
    )


def _refuse_untold_changes(before: IndustrialSites, region: Region) -> None:
    """Heads that differ from those before without a change that says what becomes of the workers."""
    told = demand.sites_before(region.sites, region.job_changes).head_count
    apart = np.abs(told - before.head_count) > _ROUNDING * np.maximum(told, before.head_count)
    if apart.any():
        named = ", ".join(before.site_id[apart].tolist())
        raise DemandError(
            f"head counts of {named} are not those of the region before and its job_changes: tell each change of heads "
            "as a JobChange in Region.job_changes"
        )
