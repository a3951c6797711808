"""Forward and backward star of a network: the links out of each node, and those into it."""

from typing import NamedTuple

import numpy as np


class Stars(NamedTuple):
    """Links of a network from both ends."""

    first_through: int
    """Nodes below this are not passed through."""
    ptr: np.ndarray
    """int64[n_nodes + 1]: links out of node i are ``ptr[i]`` to ``ptr[i + 1]``."""
    tail: np.ndarray
    head: np.ndarray
    """int32[n_links]."""
    into_ptr: np.ndarray
    into_link: np.ndarray
    """int64[n_nodes + 1], int32[n_links]: links into node i are ``into_link[into_ptr[i]:into_ptr[i + 1]]``, rising."""


def both_stars(first_through, ptr, tail, head):
    """Both stars of a network whose links lie in forward-star order.

    Parameters
    ----------
    first_through : int
    ptr : int64[n_nodes + 1]
    tail, head : int32[n_links]

    Returns
    -------
    Stars
    """
    into_link = np.argsort(head, kind="stable").astype(np.int32)
    into_ptr = np.searchsorted(head[into_link], np.arange(ptr.size)).astype(np.int64)
    return Stars(first_through, ptr, tail, head, into_ptr, into_link)
