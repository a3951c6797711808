"""What kernels that search timetables are told, from plain lists."""

import numpy as np

from itas_mobility.kernels.timetable_arrays import Legs, Origins, Sources


def sources(ways):
    """Sources from (stop, time)."""
    return Sources(np.array([s for s, _ in ways], dtype=np.int32), np.array([t for _, t in ways], dtype=float))


def origins(ways_of):
    """Origins from a list of (stop, time) of each."""
    every = sources([way for ways in ways_of for way in ways])
    return Origins(np.cumsum([0, *map(len, ways_of)]), every.stop, every.time)


def legs(n_stops, n_targets, ways):
    """Legs from (stop, target, time)."""
    ways = sorted(ways)
    stop = np.array([way[0] for way in ways], dtype=np.int64)
    return Legs(
        ptr=np.searchsorted(stop, np.arange(n_stops + 1)).astype(np.int64),
        target=np.array([way[1] for way in ways], dtype=np.int32),
        time=np.array([way[2] for way in ways], dtype=float),
        n_targets=n_targets,
    )
