"""Lines of OPL, the one-line-per-object text of OpenStreetMap data (osmcode.org/opl-file-format), as columns.

A line is ``n1 v0 dV Tkey=value,key=value x12.3 y50.1`` (node: id, version, visible or deleted, tags, place) or
``w1 v0 dV T Nn1,n2`` (way: node references). Commas, spaces and line ends inside of values are written as %code%.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel

NOWHERE = 2**31 - 1
"""Place (in 1e-7 degrees) of a node that has none."""
_NEWLINE, _SPACE, _COMMA, _MINUS, _POINT, _EQUALS = 10, 32, 44, 45, 46, 61
_ZERO, _NINE = 48, 57
_DELETED, _NODE, _WAY = 68, 110, 119
_DIGITS = 7


@kernel
def _line_end(text, at):
    while at < len(text) and text[at] != _NEWLINE:
        at += 1
    return at


@kernel
def _field_end(text, at):
    while at < len(text) and text[at] != _SPACE and text[at] != _NEWLINE:
        at += 1
    return at


@kernel
def _whole(text, at):
    """A whole number and the position after it."""
    sign = np.int64(1)
    if at < len(text) and text[at] == _MINUS:
        sign = np.int64(-1)
        at += 1
    value = np.int64(0)
    while at < len(text) and _ZERO <= text[at] <= _NINE:
        value = value * 10 + (text[at] - _ZERO)
        at += 1
    return sign * value, at


@kernel
def _degrees_e7(text, at):
    """A number of degrees with up to seven decimals, in 1e-7 degrees, and the position after it."""
    if at >= len(text) or text[at] == _SPACE or text[at] == _NEWLINE:
        return np.int64(NOWHERE), at
    is_negative = text[at] == _MINUS
    value, at = _whole(text, at)
    value = abs(value)
    decimals = 0
    if at < len(text) and text[at] == _POINT:
        at += 1
        while at < len(text) and _ZERO <= text[at] <= _NINE:
            if decimals < _DIGITS:
                value = value * 10 + (text[at] - _ZERO)
                decimals += 1
            at += 1
    while decimals < _DIGITS:
        value *= 10
        decimals += 1
    return (-value if is_negative else value), at


@kernel
def count(text):
    """How many nodes, ways and node references a text holds at most.

    Parameters
    ----------
    text : uint8[n]
        Whole lines.

    Returns
    -------
    n_nodes, n_ways, n_references : int
        Upper bounds.
    """
    n_nodes, n_ways, n_references = 0, 0, 0
    at = 0
    while at < len(text):
        kind = text[at]
        if kind == _NODE:
            n_nodes += 1
            at = _line_end(text, at) + 1
        elif kind == _WAY:
            n_ways += 1
            n_references += 1
            while at < len(text) and text[at] != _NEWLINE:
                n_references += text[at] == _COMMA
                at += 1
            at += 1
        else:
            at = _line_end(text, at) + 1
    return n_nodes, n_ways, n_references


@kernel
def parse_nodes(text, node_id, lon_e7, lat_e7, tag_begin, tag_end):
    """Nodes of a text; deleted ones are left out.

    Parameters
    ----------
    text : uint8[n]
        Whole lines.
    node_id : int64[n_nodes]
        Out: ids.
    lon_e7, lat_e7 : int64[n_nodes]
        Out: places in 1e-7 degrees, `NOWHERE` where a node has none.
    tag_begin, tag_end : int64[n_nodes]
        Out: where the tags of each node stand in the text.

    Returns
    -------
    int
        How many nodes were written.
    """
    n = 0
    at = 0
    while at < len(text):
        if text[at] != _NODE:
            at = _line_end(text, at) + 1
            continue
        node_id[n], at = _whole(text, at + 1)
        at = _field_end(text, at + 1) + 1  # version
        is_deleted = text[at + 1] == _DELETED
        at += 3
        tag_begin[n] = at + 1
        at = _field_end(text, at)
        tag_end[n] = at
        lon_e7[n], at = _degrees_e7(text, at + 2)
        lat_e7[n], at = _degrees_e7(text, at + 2)
        if not is_deleted:
            n += 1
        at = _line_end(text, at) + 1
    return n


@kernel
def hashed(text, begin, end):
    """Hash of some bytes: FNV-1a (Fowler, Noll, Vo), mixed by the last step of splitmix64 (Steele, Lea, Flood 2014).

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, end : int
        Which of them.

    Returns
    -------
    int64
        The hash; sums of such hashes tell sets of texts apart.
    """
    value = np.uint64(0xCBF29CE484222325)
    for at in range(begin, end):
        value = (value ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64(value ^ (value >> np.uint64(31)))


@kernel
def _scan_tags(text, at, key_hash, name_hash, name_place):
    """Sum of the hashes of the tags with wanted keys; the value of the first name key that stands goes to a place."""
    total = np.int64(0)
    rank = len(name_hash)
    name_place[0] = at
    name_place[1] = at
    while text[at] != _SPACE:
        begin, value = at, -1
        while text[at] != _COMMA and text[at] != _SPACE:
            if text[at] == _EQUALS and value < 0:
                value = at
            at += 1
        if value >= 0:
            key = hashed(text, begin, value)
            slot = np.searchsorted(key_hash, key)
            if slot < len(key_hash) and key_hash[slot] == key:
                total += hashed(text, begin, at)
            for i in range(rank):
                if name_hash[i] == key and value + 1 < at:
                    rank = i
                    name_place[0] = value + 1
                    name_place[1] = at
                    break
        if text[at] == _COMMA:
            at += 1
    return total, at


@kernel
def parse_ways(text, key_hash, name_hash, way_id, tag_place, tags, name_place, name, ptr, ref):
    """Ways of a text; deleted ones are left out.

    Parameters
    ----------
    text : uint8[n]
        Whole lines.
    key_hash : int64[n_keys]
        Hashes of the wanted keys, sorted.
    name_hash : int64[n_name_keys]
        Hashes of the keys that name a way, the most wanted first.
    way_id : int64[n_ways]
        Out: ids.
    tag_place, name_place : int64[n_ways, 2]
        Out: where the tags and the name of each way begin and end in the text.
    tags, name : int64[n_ways]
        Out: hash of the wanted tags in any order, and hash of the name.
    ptr : int64[n_ways + 1]
        Out: pointer into `ref`.
    ref : int64[n_references]
        Out: ids of the nodes.

    Returns
    -------
    int
        How many ways were written.
    """
    n, m = 0, 0
    ptr[0] = 0
    at = 0
    while at < len(text):
        if text[at] != _WAY:
            at = _line_end(text, at) + 1
            continue
        way_id[n], at = _whole(text, at + 1)
        at = _field_end(text, at + 1) + 1  # version
        is_deleted = text[at + 1] == _DELETED
        at += 4
        tag_place[n, 0] = at
        tags[n], at = _scan_tags(text, at, key_hash, name_hash, name_place[n])
        tag_place[n, 1] = at
        name[n] = hashed(text, name_place[n, 0], name_place[n, 1])
        at += 2
        first = m
        while at < len(text) and text[at] == _NODE:
            ref[m], at = _whole(text, at + 1)
            m += 1
            if at < len(text) and text[at] == _COMMA:
                at += 1
        if is_deleted:
            m = first
        else:
            n += 1
            ptr[n] = m
        at = _line_end(text, at) + 1
    return n
