"""A binary heap of numbered things with lazy deletion, for searches over parts of a network."""

from itas_mobility.kernels._jit import kernel


@kernel
def push(key, item, size, new_key, new_item):
    """Add a thing; the arrays must be long enough.

    Parameters
    ----------
    key : float64[n]
    item : int64[n]
        The heap.
    size : int
        How many things it holds.
    new_key : float
    new_item : int
        What is added.

    Returns
    -------
    int
        The new size.
    """
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 1
        if key[parent] <= new_key:
            break
        key[hole] = key[parent]
        item[hole] = item[parent]
        hole = parent
    key[hole] = new_key
    item[hole] = new_item
    return size + 1


@kernel
def pop(key, item, size):
    """Take the thing of the least key away; the caller reads ``key[0]`` and ``item[0]`` before.

    Parameters
    ----------
    key : float64[n]
    item : int64[n]
        The heap.
    size : int
        How many things it holds, at least one.

    Returns
    -------
    int
        The new size.
    """
    size -= 1
    moved_key = key[size]
    moved_item = item[size]
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if key[child] >= moved_key:
            break
        key[hole] = key[child]
        item[hole] = item[child]
        hole = child
    key[hole] = moved_key
    item[hole] = moved_item
    return size
