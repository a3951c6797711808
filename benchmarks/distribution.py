"""Trip distribution: the gravity model fitted to a mean cost."""

import numpy as np

from benchmarks.cases import Run, case
from itas_mobility import demand

_MEAN_MIN = 12.0


def _zones(quick: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Productions, attractions and minutes between places on a plane."""
    n = 600 if quick else 3_000
    rng = np.random.default_rng(3)
    place = rng.uniform(0, 60, (n, 2))
    minutes = 1.2 * np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 2.0
    starts, ends = rng.lognormal(5, 1, n), rng.lognormal(5, 1, n)
    return starts, ends * starts.sum() / ends.sum(), minutes


@case("gravity, fitted to a mean, one model per step", repeats=1)
def gravity_model_per_step(quick: bool) -> Run:
    """The plain way: a whole gravity model at each of the steps that a bisection to 1e-4 of beta takes."""
    starts, ends, minutes = _zones(quick)

    def fit() -> float:
        low, high = 0.0, 1.0
        while high - low > 1e-4 * high:
            beta = 0.5 * (low + high)
            trips = demand.gravity(starts, ends, minutes, beta=beta)
            low, high = (beta, high) if (trips * minutes).sum() > _MEAN_MIN * starts.sum() else (low, beta)
        return high

    return fit


@case("gravity, fitted to a mean", reference="gravity, fitted to a mean, one model per step", repeats=3)
def gravity_fitted(quick: bool) -> Run:
    """Secant steps to 1e-8 of the mean that carry the balancing factors."""
    starts, ends, minutes = _zones(quick)
    return lambda: demand.calibrate_gravity(starts, ends, minutes, mean_cost=_MEAN_MIN)
