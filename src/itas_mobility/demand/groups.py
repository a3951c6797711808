"""Groups of workers by what they have at hand: licence, car, pedelec."""

from typing import Final

import numpy as np

from itas_mobility.core.person_groups import PersonGroups
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.errors import DemandError

GROUP_PARAMETERS: Final = ("no_car_share", "apprentice_share", "apprentice_no_licence_share", "pedelec_share")
"""All parameters that decide the groups."""
APPRENTICES: Final = "apprentices without licence"
_DRIVERS: Final = "with car"
_WITHOUT_CAR: Final = "licence, no car"


def person_groups(n_zones: int, sites: IndustrialSites, *, parameters: Parameters) -> PersonGroups:
    """Groups of workers who choose from the same modes, by work zone.

    Parameters
    ----------
    n_zones : int
        Zones of the region.
    sites : IndustrialSites
        ``pedelec_share`` where a site says so.
    parameters : Parameters
        `GROUP_PARAMETERS`.

    Returns
    -------
    PersonGroups
        Apprentices who have no licence yet; of all others, those without a car at hand and those with one; each without
        and with a pedelec, which is taken to be spread evenly over them.

    Raises
    ------
    DemandError
        If a share does not lie in [0, 1], naming the parameter.
    """
    shares = {name: parameters.value(name) for name in GROUP_PARAMETERS}
    for name, share in shares.items():
        if not 0.0 <= share <= 1.0:
            raise DemandError(f"parameter {name}: {share:g} must lie between 0 and 1")
    pedelec = np.full(n_zones, shares["pedelec_share"])
    given = ~np.isnan(sites.pedelec_share)
    pedelec[sites.zone[given]] = sites.pedelec_share[given]
    without_licence = shares["apprentice_share"] * shares["apprentice_no_licence_share"]
    without_car = (1.0 - without_licence) * shares["no_car_share"]
    kinds = (
        (_DRIVERS, 1.0 - without_licence - without_car, True, True),
        (_WITHOUT_CAR, without_car, False, True),
        (APPRENTICES, without_licence, False, False),
    )
    rows = [
        (name if not has_pedelec else f"{name}, pedelec", share * part, has_car, has_licence, has_pedelec)
        for name, share, has_car, has_licence in kinds
        for has_pedelec, part in ((False, 1.0 - pedelec), (True, pedelec))
    ]
    names, shares_of, cars, licences, pedelecs = zip(*rows, strict=True)
    return PersonGroups(
        name=np.array(names),
        group_share=np.array(shares_of),
        has_car=np.array(cars),
        has_licence=np.array(licences),
        has_pedelec=np.array(pedelecs),
    )
