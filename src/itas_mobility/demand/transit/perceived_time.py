"""How long journeys feel: their parts weighted."""

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.journey_weights import JourneyWeights


def perceived_journey_s(journeys: JourneySets, *, weights: JourneyWeights = JourneyWeights()) -> FloatArray:
    """Perceived time of journeys: riding counts as it is, walking and waiting by their weights, transfers extra.

    Parameters
    ----------
    journeys : JourneySets
        Journeys with their parts.
    weights : JourneyWeights, optional
        How travellers weigh them.

    Returns
    -------
    ndarray of shape (n_journeys,)
        From door to door; adaptation, the shift from the moment wished for, is not part of it.
    """
    transfers = journeys.boardings - 1
    weighted: FloatArray = (
        journeys.in_vehicle_s
        + weights.walk_weight * journeys.walk_s
        + weights.wait_weight * journeys.wait_s
        + weights.transfer_penalty_s * transfers
    )
    return weighted
