"""Seats and places of vehicles: given one by one, or by mode."""

import numpy as np

from itas_mobility.core.columns import ByteArray, FloatArray
from itas_mobility.core.crowding import Crowding
from itas_mobility.errors import DemandError


def vehicle_sizes(
    mode: ByteArray,
    crowding: Crowding | None,
    *,
    of: str,
    seats: FloatArray | None,
    capacity_persons: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Seats and places of the vehicle of each trip or pattern.

    Parameters
    ----------
    mode : array of shape (n,)
        Of each trip or pattern.
    crowding : Crowding, optional
        Sizes by mode where none are given.
    of : str
        ``"trip"`` or ``"pattern"``, for messages.
    seats, capacity_persons : array of shape (n,), optional
        Sizes one by one.

    Returns
    -------
    seats, capacity_persons : ndarray of shape (n,)
        nan where nobody says.

    Raises
    ------
    DemandError
        For a wrong shape, a size that is not positive and finite, or fewer places than seats.
    """
    seats_by_mode = None if crowding is None else crowding.seats
    capacity_by_mode = None if crowding is None else crowding.capacity_persons
    found = _sizes(f"{of}_seats", seats, seats_by_mode, mode)
    places = _sizes(f"{of}_capacity_persons", capacity_persons, capacity_by_mode, mode)
    fewer = np.flatnonzero(places < found)
    if fewer.size:
        row = int(fewer[0])
        raise DemandError(
            f"{of}_capacity_persons: vehicle of {of} {row} has {found[row]:g} seats and {places[row]:g} places for "
            f"all; give {of}_seats and {of}_capacity_persons that fit together"
        )
    return found, places


def _sizes(name: str, given: FloatArray | None, by_mode: FloatArray | None, mode: ByteArray) -> FloatArray:
    if given is None:
        return np.full(len(mode), np.nan) if by_mode is None else by_mode[mode]
    sizes = np.asarray(given, dtype=np.float64)
    if sizes.shape != mode.shape:
        raise DemandError(f"{name}: shape {sizes.shape}, expected {mode.shape}, one value for each")
    bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
    if bad.size:
        raise DemandError(f"{name}[{bad[0]}]: {sizes[bad[0]]} must be positive and finite")
    return sizes
