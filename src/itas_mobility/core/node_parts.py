"""Ids of nodes that are parts of one node of a file: cut at a barrier, or taken apart for turns."""

from typing import Final

import numpy as np

from itas_mobility.core.columns import LongArray

COPY_STRIDE: Final = 1 << 48
"""A node that is cut in parts (a barrier) has parts with the ids node_id + k * COPY_STRIDE, k = 0, 1, ...; ids of
OpenStreetMap nodes lie far below half of it (1.3e10 in 2025)."""
TURN_STRIDE: Final = 1 << 56
"""A junction that is taken apart for its turns has further nodes with the ids node_id + k * TURN_STRIDE, k < 128."""


def base_node_id(node_id: LongArray) -> LongArray:
    """Ids of the nodes a file knows, also for parts of nodes that are cut at a barrier or taken apart for turns.

    Parameters
    ----------
    node_id : int64 ndarray
        Ids of a network's nodes.

    Returns
    -------
    int64 ndarray
        Ids without the part's number.
    """
    half = COPY_STRIDE // 2
    return np.mod(np.asarray(node_id, np.int64) + half, COPY_STRIDE) - half


def junction_id(node_id: LongArray) -> LongArray:
    """Ids of places one can drive through: parts that turns made belong together, those that a barrier cuts do not.

    Parameters
    ----------
    node_id : int64 ndarray
        Ids of a network's nodes.

    Returns
    -------
    int64 ndarray
        Ids without the number of the part that turns made.
    """
    half = TURN_STRIDE // 2
    return np.mod(np.asarray(node_id, np.int64) + half, TURN_STRIDE) - half
