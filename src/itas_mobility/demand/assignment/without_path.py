"""Demand without a path: which it is, and how it is said."""

import warnings
from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import BoolArray
from itas_mobility.core.result import Unassigned
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment.loading import Pairs
from itas_mobility.errors import DataWarning, DemandError

NAMED_PAIRS = 5
"""How many pairs without a path a message names."""
NEXT_TO_NOTHING = 1e-9
"""Share of the demand up to which what has a path counts as none."""


def unassigned_demand(classes: Sequence[UserClass], pairs: Sequence[Pairs], lost: Sequence[BoolArray]) -> Unassigned:
    """Demand without a path, by class and pair.

    Parameters
    ----------
    classes : sequence of UserClass
        What was to be assigned.
    pairs : sequence of Pairs
        The same, by origin, per class.
    lost : sequence of array of bool
        Per class, which of its pairs have no path; an empty array stands for none.

    Returns
    -------
    Unassigned
        In trips of the matrices.
    """
    rows, origins, destinations, trips = [], [], [], []
    for row, (user, asked, mask) in enumerate(zip(classes, pairs, lost, strict=True)):
        which = np.flatnonzero(mask)
        origin = asked.origin[np.searchsorted(asked.ptr, which, side="right") - 1]
        rows.append(np.full(len(which), row, dtype=np.uint8))
        origins.append(origin)
        destinations.append(asked.destination[which])
        trips.append(user.trips.trips[origin, asked.destination[which]])
    return Unassigned(
        class_row=np.concatenate(rows),
        origin=np.concatenate(origins),
        destination=np.concatenate(destinations),
        trips=np.concatenate(trips),
    )


def report_unassigned(classes: Sequence[UserClass], unassigned: Unassigned, *, stacklevel: int = 4) -> None:
    """Warn of demand without a path, naming pairs.

    Parameters
    ----------
    classes : sequence of UserClass
        What was to be assigned.
    unassigned : Unassigned
        What could not be.
    stacklevel : int, default=4
        Of the warning: 4 names the caller of the verb that calls this.

    Raises
    ------
    DemandError
        If nothing has a path.

    Warns
    -----
    DataWarning
        If anything has none.
    """
    if not len(unassigned):
        return
    zone_id = classes[0].trips.zone_id
    named = "; ".join(
        f"{zone_id[unassigned.origin[i]]} -> {zone_id[unassigned.destination[i]]} "
        f"({f'{classes[unassigned.class_row[i]].name}: ' if len(classes) > 1 else ''}{unassigned.trips[i]:g})"
        for i in range(min(len(unassigned), NAMED_PAIRS))
    )
    more = f" and {len(unassigned) - NAMED_PAIRS} more" if len(unassigned) > NAMED_PAIRS else ""
    message = f"no path for {len(unassigned)} pairs of zones with {unassigned.total:g} trips: {named}{more}"
    asked = sum(user.trips.total - float(np.trace(user.trips.trips)) for user in classes)
    if unassigned.total >= asked * (1.0 - NEXT_TO_NOTHING):
        raise DemandError(f"{message}; nothing can be assigned: connect the zones to the network")
    warnings.warn(message, DataWarning, stacklevel=stacklevel)
