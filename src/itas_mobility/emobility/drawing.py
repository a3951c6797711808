"""Whole cars drawn from groups of expected cars."""

from dataclasses import replace

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.errors import InputError


def draw_cars(sessions: ChargingSessions, seed: int) -> ChargingSessions:
    """Cars one by one, as they may come on a day of which the groups are the expectation.

    How many cars of a group come is drawn from a Poisson distribution, independently of all other groups: the limit of
    many cars each of which comes with a small probability (Le Cam 1960), in which it makes no difference how cars are
    grouped. When they come and go, and with what need, the groups say.

    Parameters
    ----------
    sessions : ChargingSessions
        Groups of expected cars; without `cars`, each row expects one.
    seed : int
        Of the draw; the same seed gives the same cars, whatever the order of the rows.

    Returns
    -------
    ChargingSessions
        One row per car, in order of arrival; those who arrive together in an order that is drawn.

    Raises
    ------
    InputError
        For a seed that is no whole number from 0 on.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed: {seed!r} must be a whole number, 0 or greater")
    names = ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw", "battery_kwh", "arrival_state_share")
    columns = {name: getattr(sessions, name) for name in (*names, "home_zone") if getattr(sessions, name) is not None}
    by_content = np.lexsort((sessions.each_cars, *reversed(columns.values())))
    rng = np.random.default_rng(seed)
    rows = np.repeat(by_content, rng.poisson(sessions.each_cars[by_content]))
    rows = rows[np.lexsort((rng.random(rows.size), sessions.arrive_h[rows]))]
    drawn = {name: column[rows] for name, column in columns.items()}
    return replace(sessions, **drawn, cars=None)
