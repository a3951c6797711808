"""Slow, obvious twin of the balancing kernel."""

import numpy as np


def balance(seed, rows, columns, row_group=None, column_group=None, blocks=None, rounds=2000):
    trips = np.array(seed, float)
    for _ in range(rounds):
        for i in range(trips.shape[0]):
            if trips[i].sum() > 0:
                trips[i] *= rows[i] / trips[i].sum()
        for j in range(trips.shape[1]):
            if trips[:, j].sum() > 0:
                trips[:, j] *= columns[j] / trips[:, j].sum()
        if blocks is not None:
            for (g, h), wanted in np.ndenumerate(blocks):
                inside = np.outer(row_group == g, column_group == h)
                if not np.isnan(wanted) and trips[inside].sum() > 0:
                    trips[inside] *= wanted / trips[inside].sum()
    return trips
