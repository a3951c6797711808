"""Seats and places of vehicles: given one by one, or by mode."""

import numpy as np

from itas_mobility.core.columns import ByteArray, FloatArray
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.vehicle_sizes import VehicleSizes
from itas_mobility.errors import DemandError


def vehicle_sizes(
    mode: ByteArray, crowding: Crowding | None, vehicles: VehicleSizes | None, *, of: str
) -> tuple[FloatArray, FloatArray]:
    """Seats and places of the vehicle of each trip or pattern.

    Parameters
    ----------
    mode : array of shape (n,)
        Of each trip or pattern.
    crowding : Crowding, optional
        Sizes by mode where none are given.
    vehicles : VehicleSizes, optional
        Sizes one by one.
    of : str
        ``"trip"`` or ``"pattern"``, for messages.

    Returns
    -------
    seats, capacity_persons : ndarray of shape (n,)
        nan where nobody says.

    Raises
    ------
    DemandError
        For another number of vehicles, or fewer places than seats.
    """
    if vehicles is not None and len(vehicles) != len(mode):
        raise DemandError(f"vehicles: sizes of {len(vehicles)} {of}s, expected {len(mode)}, one for each")
    seats, places = (_sizes(mode, crowding, vehicles, name) for name in ("seats", "capacity_persons"))
    fewer = np.flatnonzero(places < seats)
    if fewer.size:
        row = int(fewer[0])
        raise DemandError(
            f"vehicles: that of {of} {row} has {seats[row]:g} seats and {places[row]:g} places for all; give seats and "
            "capacity_persons that fit together"
        )
    return seats, places


def _sizes(mode: ByteArray, crowding: Crowding | None, vehicles: VehicleSizes | None, name: str) -> FloatArray:
    given: FloatArray | None = getattr(vehicles, name, None)
    if given is not None:
        return given
    if crowding is None:
        return np.full(len(mode), np.nan)
    by_mode: FloatArray = getattr(crowding, name)
    return by_mode[mode]
