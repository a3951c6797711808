"""Drivers who plug in at random, day after day: what the steady state of charging has to give in the mean."""

import numpy as np


def lived_through(driven_kwh, at_work, at_home, battery_kwh, *, days=4000, seed=1):
    """One car over many days, by the mean-field rule: it lacks what the share of days without a charge carries over.

    Returns needs on arrival at work and at home, and what is charged on the way, of the last day.
    """
    del seed
    work = home = 0.0
    for _ in range(days):
        way_out = 0.5 * driven_kwh + (1.0 - at_home) * home
        work = min(way_out, battery_kwh)
        way_back = 0.5 * driven_kwh + (1.0 - at_work) * work
        home = min(way_back, battery_kwh)
    wanted = 0.5 * driven_kwh + (1.0 - at_home) * home
    return work, home, (wanted - work) + (way_back - home)


def drawn_by_lot(driven_kwh, at_work, at_home, *, days=200_000, seed=1):
    """Mean lack on arrival at work and at home of a car that plugs in by lot, its battery large enough."""
    rng = np.random.default_rng(seed)
    plugs_work, plugs_home = rng.random((2, days)) < np.array([[at_work], [at_home]])
    lack = 0.0
    works, homes = [], []
    for day in range(days):
        lack += 0.5 * driven_kwh
        works.append(lack)
        if plugs_work[day]:
            lack = 0.0
        lack += 0.5 * driven_kwh
        homes.append(lack)
        if plugs_home[day]:
            lack = 0.0
    return np.mean(works), np.mean(homes)
