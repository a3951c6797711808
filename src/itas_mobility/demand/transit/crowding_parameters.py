"""Crowding out of the parameters of `demand`."""

from typing import Final

import numpy as np

from itas_mobility.core.crowding import Crowding
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.transit import TransitMode

_MODES: Final = tuple(mode.name.lower() for mode in TransitMode)
_CURVE: Final = (
    "seated_factor", "seated_growth", "standing_factor", "standing_growth", "highest_load_factor", "overload_weight",
)  # fmt: skip
CROWDING_PARAMETERS: Final = (
    *(f"seats_{mode}" for mode in _MODES),
    *(f"capacity_{mode}" for mode in _MODES),
    *(f"crowding_{name}" for name in _CURVE),
)
"""All parameters that decide how time in vehicles is felt."""


def crowding_from(parameters: Parameters) -> Crowding:
    """Sizes of vehicles and the weights of crowded time as the parameters say.

    Parameters
    ----------
    parameters : Parameters
        `CROWDING_PARAMETERS`, with sources in ``demand/parameters.toml``.

    Returns
    -------
    Crowding
        For `assign_timetable` and `assign_transit`.

    Raises
    ------
    InputError
        If a parameter is missing, or they contradict each other.
    """
    return Crowding(
        seats=np.array([parameters.value(f"seats_{mode}") for mode in _MODES]),
        capacity_persons=np.array([parameters.value(f"capacity_{mode}") for mode in _MODES]),
        **{name: parameters.value(f"crowding_{name}") for name in _CURVE},
    )
