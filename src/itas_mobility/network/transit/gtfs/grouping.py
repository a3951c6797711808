"""Trips grouped into routes: the same stops, the same boarding and alighting, and none overtakes another."""

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray


def patterns_of(call_ptr: LongArray, position: IntArray) -> IntArray:
    """Number trips by what they call at.

    Parameters
    ----------
    call_ptr : int64 array
        Calls of each trip.
    position : int array
        What stands for stop, boarding and alighting at a call.

    Returns
    -------
    IntArray
        Numbers in the order in which the patterns come up.
    """
    numbers: dict[bytes, int] = {}
    begin, end = call_ptr[:-1].tolist(), call_ptr[1:].tolist()
    found = [numbers.setdefault(position[a:b].tobytes(), len(numbers)) for a, b in zip(begin, end, strict=True)]
    return np.array(found, dtype=np.int32)


def chains(times: FloatArray) -> IntArray:
    """Split trips of the same stops into chains in which none overtakes another.

    Parameters
    ----------
    times : float array of shape (n_trips, n_times)
        Arrivals and departures, trips sorted by their first departure.

    Returns
    -------
    IntArray
        Chain of each trip: the first one whose last trip is nowhere later.
    """
    chain = np.zeros(len(times), dtype=np.int32)
    if bool((np.diff(times, axis=0) >= 0).all()):
        return chain
    last: list[FloatArray] = []
    for i, trip in enumerate(times):
        found = next((k for k, before in enumerate(last) if bool((before <= trip).all())), len(last))
        if found == len(last):
            last.append(trip)
        last[found] = trip
        chain[i] = found
    return chain
