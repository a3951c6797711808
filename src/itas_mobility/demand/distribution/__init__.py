"""Trip distribution: balancing to margins, the gravity model, its fit, and the pivot to statistics."""

from itas_mobility.demand.distribution.blocks import BlockBounds, pivot_to_statistics
from itas_mobility.demand.distribution.calibration import GravityFit, calibrate_gravity, fit_gravity
from itas_mobility.demand.distribution.deterrence import Deterrence
from itas_mobility.demand.distribution.gravity_model import gravity
from itas_mobility.demand.distribution.margins import furness

__all__ = [
    "BlockBounds",
    "Deterrence",
    "GravityFit",
    "calibrate_gravity",
    "fit_gravity",
    "furness",
    "gravity",
    "pivot_to_statistics",
]
