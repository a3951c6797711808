"""Workers on the way against the sum pair by pair."""

from math import inf

import numpy as np
import pytest

from itas_mobility.kernels.lifts import workers_on_the_way


def on_the_way(time_to, time_between, workers, most):
    found = np.zeros_like(time_to)
    n_works, n_zones = time_to.shape
    for work in range(n_works):
        for home in range(n_zones):
            for other in range(n_zones):
                if np.isinf(time_to[work, home]) or np.isinf(time_to[work, other]):
                    continue
                between = 0.0 if other == home else time_between[home, other]
                detour = max(0.0, between + time_to[work, home] - time_to[work, other])
                if detour < most:
                    found[work, home] += workers[work, other] * (1.0 - detour / most)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_workers_on_the_way(seed):
    rng = np.random.default_rng(seed)
    n_works, n_zones = 3, 9
    place = rng.uniform(0.0, 30.0, (n_zones, 2))
    between = np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    between[rng.random((n_zones, n_zones)) < 0.1] = inf
    to = np.ascontiguousarray(between.T[:n_works])
    workers = rng.uniform(0.0, 50.0, (n_works, n_zones))
    found = np.empty_like(to)
    workers_on_the_way(to, between, workers, 8.0, found)
    np.testing.assert_allclose(found, on_the_way(to, between, workers, 8.0), rtol=1e-12)


def test_whoever_passes_counts_and_whoever_lives_nearer_does_not():
    """Three homes on a line: the nearer one does not drive back, the farther one comes by."""
    place = np.array([0.0, 5.0, 10.0, 20.0])
    between = np.abs(place[:, None] - place)
    found = np.empty((1, 4))
    workers_on_the_way(np.ascontiguousarray(between[:1]), between, np.array([[0.0, 7.0, 3.0, 2.0]]), 8.0, found)
    # at 10: own 3, all of 20 who pass; those at 5 would drive there and back
    np.testing.assert_allclose(found[0], [12.0, 12.0, 5.0, 2.0])
