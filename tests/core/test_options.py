"""Nouns that carry options: checked once, all faults in one error, equal content is one key of the stage store."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from itas_mobility.core import (
    HeadwayWaits,
    JourneyChoice,
    JourneyWeights,
    SearchLimits,
    TravelWindow,
    TravelWish,
    VehicleSizes,
)
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import DemandError

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "options", "messages"),
    [
        (JourneyWeights, {"walk_weight": 0.0}, ["JourneyWeights: walk_weight=0 must be positive and finite"]),
        (
            JourneyWeights,
            {"wait_weight": NAN, "transfer_penalty_s": -1.0, "adaptation_weight": INF},
            ["3 faults", "wait_weight=nan", "transfer_penalty_s=-1 must be not negative", "adaptation_weight=inf"],
        ),
        (JourneyWeights, {"walk_weight": "2"}, ["JourneyWeights: walk_weight = '2' is no number"]),
        (JourneyWeights, {"walk_weight": [2.0]}, ["JourneyWeights: walk_weight: shape (1,), expected one number"]),
        (SearchLimits, {"max_journey_s": INF, "min_transfer_s": -1.0}, ["2 faults", "max_journey_s", "min_transfer_s"]),
        (SearchLimits, {"max_journey_s": 0.0}, ["max_journey_s=0 must be positive"]),
        (SearchLimits, {"max_transfers": -1}, ["max_transfers=-1 must be a whole number"]),
        (SearchLimits, {"max_transfers": 1.5}, ["max_transfers=1.5"]),
        (SearchLimits, {"max_transfers": INF}, ["max_transfers=inf"]),
        (HeadwayWaits, {"wait_factor": -1.0}, ["wait_factor"]),
        (JourneyChoice, {"scale_per_min": 0.0}, ["scale_per_min=0 must be positive"]),
        (JourneyChoice, {"path_size_weight": INF}, ["path_size_weight=inf"]),
        (TravelWindow, {"start_s": 60.0, "end_s": 0.0}, ["TravelWindow 60 .. 0: must be finite and end after it begi"]),
        (TravelWindow, {"start_s": 10.0, "end_s": 10.0}, ["end after it begins"]),
        (TravelWindow, {"start_s": NAN, "end_s": 0.0, "extra_s": (-1.0, 0.0)}, ["2 faults", "finite", "extra_s"]),
        (
            TravelWish,
            {"travel_share": 0.0, "slice_row": -1, "mean_s": 0.0, "window": TravelWindow(0.0, 1.0)},
            ["2 faults", "travel_share=0 must be above 0", "slice_row=-1"],
        ),
        (TravelWindow, {"start_s": 0.0, "end_s": 9.0, "extra_s": (1.0,)}, ["extra_s=(1.0,) must be two times"]),
        (VehicleSizes, {}, ["give seats, or capacity_persons"]),
        (VehicleSizes, {"capacity_persons": [1.0, 0.0, 1.0]}, ["capacity_persons[1]: 0.0 must be positive"]),
        (VehicleSizes, {"capacity_persons": [1.0, NAN]}, ["capacity_persons[1]"]),
        (
            VehicleSizes,
            {"seats": [1.0, 2.0], "capacity_persons": [1.0]},
            ["capacity_persons: shape (1,), expected (2,"],
        ),
    ],
)
def test_options_out_of_range_are_refused(make, options, messages):
    with pytest.raises(DemandError) as refusal:
        make(**options)
    for message in messages:
        assert message in str(refusal.value)


NOUNS = [
    JourneyWeights(),
    SearchLimits(),
    HeadwayWaits(),
    JourneyChoice(),
    TravelWindow(0.0, 60.0),
    VehicleSizes([9.0], [9.0]),
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_nouns_of_options_never_change(noun):
    with pytest.raises(FrozenInstanceError):
        setattr(noun, fields(noun)[0].name, 1.0)
    assert len(content_digest(noun)) == 64
    assert len(repr(noun)) < 150


def test_equal_content_is_one_key_and_other_content_another():
    whole = content_digest(JourneyWeights(2, 2, 300, np.float64(1.0)), SearchLimits(7200, 3.0))
    assert whole == content_digest(JourneyWeights(), SearchLimits())
    assert content_digest(JourneyWeights()) != content_digest(JourneyWeights(adaptation_weight=0.5))
    assert content_digest(TravelWindow(0.0, 60.0, extra_s=[5, 5])) == content_digest(
        TravelWindow(0.0, 60.0, extra_s=(5.0, 5.0))
    )
    assert content_digest(TravelWindow(0.0, 60.0)) != content_digest(TravelWindow(0.0, 60.0, arrive_by=True))


def test_sizes_of_vehicles_are_read_only_and_one_column_may_be_left_out():
    places = VehicleSizes(capacity_persons=np.array([20.0, 30.0]))
    assert (len(places), places.seats) == (2, None)
    with pytest.raises(ValueError, match="read-only"):
        places.capacity_persons[0] = 1.0


def test_the_length_of_a_window():
    assert TravelWindow(3600.0, 5400.0).duration_s == 1800.0
