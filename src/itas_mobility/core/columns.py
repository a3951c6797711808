"""Columns of nouns: conversion to read-only arrays, validation that reports all faults at once, content digests."""

import dataclasses
import hashlib
import mmap
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core.casting import InexactError, exactly
from itas_mobility.errors import InputError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int32]
LongArray: TypeAlias = NDArray[np.int64]
ByteArray: TypeAlias = NDArray[np.uint8]
BoolArray: TypeAlias = NDArray[np.bool_]
StrArray: TypeAlias = NDArray[np.str_]
GeometryArray: TypeAlias = NDArray[np.object_]

_SHOWN_FAULTS = 12
LEFT_OUT: Any = np.zeros(0)


def left_out() -> Any:
    """What stands for an optional column of a noun that was not given: `LEFT_OUT`, told by identity."""
    return LEFT_OUT


class Columns:
    """Checks and freezes the columns of one noun; faults are collected and raised together.

    Parameters
    ----------
    noun : object
        The frozen dataclass instance under construction.
    label : str
        How the noun is called in messages, e.g. ``"Zones"``.
    error : type
        The error to raise.
    """

    def __init__(self, noun: object, label: str, error: type[InputError] = InputError) -> None:
        self._noun = noun
        self._label = label
        self._error = error
        self.faults: list[str] = []

    def check(self, condition: bool | np.bool_, message: str) -> bool:
        """Record `message` as a fault unless `condition` holds; return the condition."""
        if not condition:
            self.faults.append(message)
        return bool(condition)

    def array(
        self,
        name: str,
        dtype: Any,
        shape: tuple[int, ...],
        *,
        low: float | None = None,
        high: float | None = None,
        allow_inf: bool = False,
        allow_nan: bool = False,
    ) -> NDArray[Any]:
        """Replace field `name` by a contiguous read-only array of `dtype` and `shape`, checking its values.

        A value that the type cannot hold as it is given is a fault (see `exactly`). Arrays that nobody can write to
        are kept, all others copied: a noun never changes.

        Parameters
        ----------
        name : str
            Field of the noun.
        dtype : numpy dtype
            Wanted type; ``str`` keeps whatever width the values need.
        shape : tuple of int
            Wanted shape.
        low, high : float, optional
            Inclusive bounds of the values.
        allow_inf, allow_nan : bool, default=False
            Whether infinite (unreachable) or missing values are legal.

        Returns
        -------
        ndarray
            The frozen array (empty of the wanted shape where it could not be made).
        """
        given = getattr(self._noun, name)
        if np.dtype(dtype).kind == "f" and (where := _first_truth(given)) is not None:
            self.faults.append(f"{name}{where} is true or false, not a number")
            given = np.zeros(np.shape(given))
        try:
            values = exactly(given, dtype)
        except InexactError as fault:
            self.faults.append(f"{name}{fault}")
            values = np.zeros(shape, dtype=dtype)
        if values.shape != shape:
            self.faults.append(f"{name}: shape {values.shape}, expected {shape}")
            values = np.zeros(shape, dtype=dtype)
        elif values.dtype.kind in "fiu":
            self._check_values(name, values, low, high, allow_inf=allow_inf, allow_nan=allow_nan)
        if not _is_fixed(values) or not values.flags.c_contiguous:
            values = np.array(values, order="C", copy=True)
            values.flags.writeable = False
        object.__setattr__(self._noun, name, values)
        return values

    def _check_values(
        self,
        name: str,
        values: NDArray[Any],
        low: float | None,
        high: float | None,
        *,
        allow_inf: bool,
        allow_nan: bool,
    ) -> None:
        if values.size == 0:
            return
        with np.errstate(invalid="ignore"):
            if values.dtype.kind == "f":
                if not allow_nan:
                    self._name_first(name, np.isnan(values), values, "is NaN")
                if not allow_inf:
                    self._name_first(name, np.isinf(values), values, "is infinite")
            if low is not None:
                self._name_first(name, values < low, values, f"is below {low:g}")
            if high is not None:
                self._name_first(name, values > high, values, f"is above {high:g}")

    def _name_first(self, name: str, bad: NDArray[np.bool_], values: NDArray[Any], what: str) -> None:
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            row = where[0] if len(where) == 1 else where
            more = int(bad.sum()) - 1
            tail = f" (and {more} more)" if more else ""
            self.faults.append(f"{name}[{row}] = {values[where]} {what}{tail}")

    def number(
        self, name: str, *, is_positive: bool = False, high: float | None = None, allow_inf: bool = False
    ) -> None:
        """Replace field `name` by a float, a fault where it is negative, NaN, infinite or no number at all.

        Parameters
        ----------
        name : str
            Field of the noun.
        is_positive : bool, default=False
            Whether 0 is a fault too.
        high : float, optional
            Inclusive bound of the value.
        allow_inf : bool, default=False
            Whether infinity is legal.
        """
        value = self._one_number(name)
        if value is None:
            return
        most = np.inf if high is None else high
        fits = (value > 0 if is_positive else value >= 0) and value <= most and (allow_inf or value < np.inf)
        wanted = ["positive" if is_positive else "not negative"]
        if high is not None:
            wanted.append(f"at most {high:g}")
        elif not allow_inf:
            wanted.append("finite")
        self.check(fits, f"{name}={value:g} must be {' and '.join(wanted)}")
        object.__setattr__(self._noun, name, value)

    def between(self, name: str, low: float, high: float) -> None:
        """Replace field `name` by a float, a fault where it lies outside inclusive bounds or is no number at all.

        Parameters
        ----------
        name : str
            Field of the noun.
        low, high : float
            Bounds; they may be negative.
        """
        value = self._one_number(name)
        if value is not None:
            self.check(low <= value <= high, f"{name}={value:g} must lie in {low:g} to {high:g}")
            object.__setattr__(self._noun, name, value)

    def finite(self, name: str) -> None:
        """Replace field `name` by a float of any sign, a fault where it is NaN, infinite or no number at all.

        Parameters
        ----------
        name : str
            Field of the noun.
        """
        value = self._one_number(name)
        if value is not None:
            self.check(np.isfinite(value), f"{name}={value:g} must be finite")
            object.__setattr__(self._noun, name, value)

    def _one_number(self, name: str) -> float | None:
        """The number of a field, None with a fault where it is none."""
        if _first_truth(getattr(self._noun, name)) is not None:
            self.faults.append(f"{name}: {getattr(self._noun, name)} is true or false, not a number")
            return None
        try:
            given = exactly(getattr(self._noun, name), np.float64)
        except InexactError as fault:
            self.faults.append(f"{name}{fault}")
            return None
        if not self.check(given.ndim == 0, f"{name}: shape {given.shape}, expected one number"):
            return None
        return float(given)

    def pointer(self, name: str, n: int, total: int) -> NDArray[Any]:
        """Freeze a pointer column of a ragged array: `n` + 1 rising int64 values from 0 to `total`."""
        values = self.array(name, np.int64, (n + 1,))
        rising = values.size > 0 and values[0] == 0 and values[-1] == total and bool((np.diff(values) >= 0).all())
        self.check(rising, f"{name}: must rise from 0 to {total}")
        return values

    def unique(self, name: str) -> None:
        """Record a fault where a column of ids holds one twice."""
        values = np.asarray(getattr(self._noun, name))
        ids, counts = np.unique(values, return_counts=True)
        if ids.size != values.size:
            self.faults.append(f"{name}: {ids[counts > 1][0]!s} stands more than once")

    def raise_faults(self) -> None:
        """Raise one error that lists all faults found, if any."""
        if not self.faults:
            return
        shown = self.faults[:_SHOWN_FAULTS]
        if len(self.faults) > len(shown):
            shown.append(f"... and {len(self.faults) - len(shown)} more")
        if len(shown) == 1:
            raise self._error(f"{self._label}: {shown[0]}")
        raise self._error(f"{self._label}: {len(self.faults)} faults\n" + "\n".join(f"  - {fault}" for fault in shown))


def _first_truth(given: Any) -> str | None:
    """Row of the first truth value among what is to be numbers, as text; None if there is none."""
    if isinstance(given, np.ndarray):
        return "[0]" if given.dtype.kind == "b" and given.size else None
    if isinstance(given, bool | np.bool_):
        return ""
    if isinstance(given, list | tuple):
        return next((f"[{i}]" for i, item in enumerate(given) if isinstance(item, bool | np.bool_)), None)
    return None


def _is_fixed(values: NDArray[Any]) -> bool:
    """Whether nobody can write to the array: neither through it nor through what it is a view of."""
    owner: Any = values
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return False
        if owner.base is None:
            return bool(owner.flags.owndata)
        owner = owner.base
    # a file mapped for reading, or bytes; a read-only view of a bytearray would still change with it
    source = owner.obj if isinstance(owner, memoryview) else owner
    return isinstance(source, bytes) or (isinstance(source, mmap.mmap) and memoryview(source).readonly)


def row_of(ids: StrArray, wanted: str, label: str) -> int:
    """Row of an outside id in a column of ids.

    Parameters
    ----------
    ids : StrArray
        Column of ids.
    wanted : str
        Id to find.
    label : str
        What the ids name, for the message.

    Returns
    -------
    int
        Row.

    Raises
    ------
    InputError
        If the column does not hold the id; the message suggests near ones.
    """
    hits = np.flatnonzero(ids == wanted)
    if hits.size == 0:
        near = get_close_matches(wanted, ids.tolist(), n=3, cutoff=0.4) or ids[:5].tolist()
        raise InputError(f"{label} {wanted!r} is not known; near or first known: {', '.join(map(str, near))}")
    return int(hits[0])


_KNOWN_DIGESTS: "WeakKeyDictionary[Any, bytes]" = WeakKeyDictionary()
"""Digests of nouns met before: a noun never changes, so neither does its digest."""


def content_digest(*parts: Any) -> str:
    """SHA-256 over the content of nouns, arrays, mappings and plain values.

    Parameters
    ----------
    *parts : object
        Dataclasses (fields with ``compare=False`` are left out), arrays, mappings, sequences, strings, numbers, None.

    Returns
    -------
    str
        64 hexadecimal digits, equal for equal content on every platform of the same byte order.

    Raises
    ------
    TypeError
        For objects of which the content is not known.
    """
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: Any, part: Any) -> None:
    if isinstance(part, np.ndarray):
        digest.update(f"array {part.dtype.kind} {part.shape}".encode())
        if part.dtype.kind == "O":
            for item in part.ravel():
                _feed(digest, item)
        elif part.dtype.kind == "U":
            digest.update("\x1f".join(part.ravel().tolist()).encode())
        else:
            digest.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, Enum):
        _feed(digest, part.name)
    elif isinstance(part, str | int | float | bool | np.number | None):
        digest.update(f"{type(part).__name__} {part!r}\x1e".encode())
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        digest.update(_noun_digest(part))
    elif isinstance(part, Mapping):
        digest.update(f"mapping {len(part)}".encode())
        for key in sorted(part):
            _feed(digest, key)
            _feed(digest, part[key])
    elif isinstance(part, list | tuple | set | frozenset):
        digest.update(f"sequence {len(part)}".encode())
        for item in sorted(part) if isinstance(part, set | frozenset) else part:
            _feed(digest, item)
    elif hasattr(part, "wkb"):
        digest.update(part.wkb)
    else:
        raise TypeError(f"content_digest: content of {type(part).__name__} is not known")


def _noun_digest(noun: Any) -> bytes:
    # nouns compare by identity (eq=False), so that they can be keys; others (small values) are fed anew each time
    is_noun = not type(noun).__dataclass_params__.eq
    if is_noun and noun in _KNOWN_DIGESTS:
        return _KNOWN_DIGESTS[noun]
    digest = hashlib.sha256(f"noun {type(noun).__name__}".encode())
    for field in dataclasses.fields(noun):
        if field.compare:
            digest.update(field.name.encode())
            _feed(digest, getattr(noun, field.name))
    if is_noun:
        _KNOWN_DIGESTS[noun] = digest.digest()
    return digest.digest()


def html_card(title: str, rows: Mapping[str, object]) -> str:
    """A small HTML table with which a noun shows itself in a notebook; all text is escaped."""
    from html import escape

    body = "".join(
        f"<tr><th style='text-align:left'>{escape(str(key))}</th><td>{escape(str(value))}</td></tr>"
        for key, value in rows.items()
    )
    return f"<table><caption style='text-align:left'><b>{escape(title)}</b></caption>{body}</table>"
