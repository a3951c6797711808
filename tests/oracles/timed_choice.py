"""Choice among timed journeys the slow, obvious way: one logit for each of many wished moments."""

import numpy as np


def shares(moment, utility, wished, rate):
    """Logit over journeys at `moment` for one wished moment."""
    value = np.asarray(utility) - rate * np.abs(np.asarray(moment) - wished)
    weight = np.exp(value - value.max())
    return weight / weight.sum()


def persons(moment, utility, trips, start, end, rate, *, n_wishes=20_000):
    """Trips on each journey, wishes in the middle of equal steps of the period."""
    wished = start + (np.arange(n_wishes) + 0.5) * (end - start) / n_wishes
    return trips * np.mean([shares(moment, utility, w, rate) for w in wished], axis=0)


def call_loads(rides_of, persons_of, n_calls):
    """Volume, boardings and alightings by call from [(board call, alight call), ...] of each journey."""
    volume, boardings, alightings = (np.zeros(n_calls) for _ in range(3))
    for rides, n in zip(rides_of, persons_of, strict=True):
        for board, alight in rides:
            boardings[board] += n
            alightings[alight] += n
            volume[board:alight] += n
    return volume, boardings, alightings
