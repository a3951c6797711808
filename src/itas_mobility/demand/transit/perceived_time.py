"""How long journeys feel: their parts weighted."""

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.errors import DemandError

ADAPTATION_WEIGHT = 1.0
"""Assumption: an hour earlier or later than wished for weighs as much as one in a vehicle, as in the example of the
PTV Visum manual. For the way to work, Small (1982, American Economic Review 72, 467-479) finds 0.61 for being early and
2.4 for being late."""


def perceived_journey_s(
    journeys: JourneySets, *, walk_weight: float, wait_weight: float, transfer_penalty_s: float
) -> FloatArray:
    """Perceived time of journeys: riding counts as it is, walking and waiting by their weights, transfers extra.

    Parameters
    ----------
    journeys : JourneySets
        Journeys with their parts.
    walk_weight, wait_weight : float
        Perceived per real second of walking and of waiting between rides, see `skim_transit`.
    transfer_penalty_s : float
        Perceived time of each transfer besides its walk and wait.

    Returns
    -------
    ndarray of shape (n_journeys,)
        From door to door; adaptation, the shift from the moment wished for, is not part of it.

    Raises
    ------
    DemandError
        If a weight is not positive and finite, or the penalty negative or infinite.
    """
    check_weights("perceived_journey_s", walk_weight, wait_weight, transfer_penalty_s)
    transfers = journeys.boardings - 1
    weighted: FloatArray = (
        journeys.in_vehicle_s
        + walk_weight * journeys.walk_s
        + wait_weight * journeys.wait_s
        + transfer_penalty_s * transfers
    )
    return weighted


def check_weights(verb: str, walk_weight: float, wait_weight: float, transfer_penalty_s: float) -> None:
    """Refuse weights that are out of range.

    Parameters
    ----------
    verb : str
        Function that was called, for the message.
    walk_weight, wait_weight, transfer_penalty_s : float
        As in `perceived_journey_s`.

    Raises
    ------
    DemandError
        If one is.
    """
    for name, weight in (("walk_weight", walk_weight), ("wait_weight", wait_weight)):
        if not 0 < weight < np.inf:
            raise DemandError(f"{verb}: {name}={weight:g} must be positive and finite")
    if not 0 <= transfer_penalty_s < np.inf:
        raise DemandError(f"{verb}: transfer_penalty_s={transfer_penalty_s:g} must be finite and not negative")
