"""Perceived time of journeys by hand."""

import numpy as np

from itas_mobility.core import JourneySets, JourneyWeights
from itas_mobility.demand.transit import perceived_journey_s


def two_journeys():
    """One ride of 300 s with 200 s on foot; two rides of 240 s with 100 s on foot and 60 s of waiting."""
    return JourneySets(
        zone_id=["a", "b"],
        origin=[0],
        destination=[1],
        journey_ptr=[0, 2],
        depart_s=[0.0, 600.0],
        arrive_s=[500.0, 1000.0],
        walk_s=[200.0, 100.0],
        wait_s=[0.0, 60.0],
        in_vehicle_s=[300.0, 240.0],
        ride_ptr=[0, 1, 3],
        ride_day=[0, 0, 0],
        ride_trip=[0, 1, 2],
        board=[0, 0, 1],
        alight=[1, 1, 2],
    )


def test_parts_are_weighted_and_transfers_bear_the_penalty():
    perceived_s = perceived_journey_s(two_journeys(), weights=JourneyWeights(2.0, 1.5, 300.0))
    np.testing.assert_allclose(perceived_s, [300 + 2 * 200, 240 + 2 * 100 + 1.5 * 60 + 300])
    plain_s = perceived_journey_s(two_journeys(), weights=JourneyWeights(1.0, 1.0, 0.0))
    np.testing.assert_allclose(plain_s, two_journeys().arrive_s - two_journeys().depart_s)
