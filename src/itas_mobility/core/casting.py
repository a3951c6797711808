"""Casts that lose nothing: columns hold what was given, or the column is refused."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.errors import InputError

_NUMBERS: Final = "biuf"
"""Kinds of numpy types that are numbers; complex numbers and dates are none that a column could hold."""


class InexactError(ValueError):
    """A cast would change a value; the message begins with the row, or with a colon where it is about all of them."""


def exactly(given: Any, dtype: Any) -> NDArray[Any]:
    """An array of another type, made without changing a value.

    numpy's own casts wrap whole numbers that do not fit, cut fractions off, read text as numbers and write missing
    entries as text. Here 3.0 becomes the whole number 3, and nothing else that is not the same number afterwards is
    taken; whole numbers become text, nothing else does.

    Parameters
    ----------
    given : array-like
        Values. Arrays of the wanted type are returned as they are, not copied.
    dtype : numpy dtype
        Wanted type; ``str`` keeps whatever width the values need, ``object`` takes everything.

    Returns
    -------
    ndarray
        The same values in the wanted type.

    Raises
    ------
    InexactError
        With the row, the value given and what it would have become.
    """
    wanted = np.dtype(dtype)
    if np.ma.is_masked(given):
        raise InexactError(": holds masked values; fill them or leave the rows out")
    try:
        if wanted.kind == "O":
            return np.asarray(given, dtype=wanted)
        if wanted.kind == "U":
            return _text(given)
        values = np.asarray(given)
        if values.dtype.kind in "US" and not isinstance(given, np.ndarray):
            values = np.asarray(given, dtype=object)  # so that the text among numbers is named
        return values if values.dtype == wanted else _numbers(values, wanted)
    except InexactError:
        raise
    except (TypeError, ValueError, OverflowError) as fault:
        raise InexactError(f": cannot be read as {wanted.name} ({fault})") from None


def exact_option(name: str, given: Any, dtype: Any, error: type[InputError]) -> NDArray[Any]:
    """The values of a verb's option in the wanted type, one value as an array of one.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    given : array-like
        What was given.
    dtype : numpy dtype
        Wanted type.
    error : type
        The error to raise.

    Returns
    -------
    ndarray
        At least one-dimensional.

    Raises
    ------
    InputError
        Of the type `error`, if a value would change.
    """
    try:
        return np.atleast_1d(exactly(given, dtype))
    except InexactError as fault:
        raise error(f"{name}{fault}") from None


def _text(given: Any) -> NDArray[Any]:
    if isinstance(given, np.ndarray) and given.dtype.kind in "UST":
        return given if given.dtype.kind == "U" else np.asarray(given, dtype=str)
    if isinstance(given, np.ndarray) and given.dtype.kind in "iu":
        return given.astype(str)
    # item by item: numpy would write None and NaN as text
    items = np.asarray(given, dtype=object)
    _refuse_strangers(items, (str, int, np.integer), "text")
    return items.astype(str)


def _refuse_strangers(items: NDArray[Any], known: tuple[type, ...], what: str) -> None:
    """Refuse the first object that is of none of the known types."""
    met = {type(item) for item in items.ravel().tolist()}
    strange = tuple(kind for kind in met if not issubclass(kind, known) or (what == "text" and kind is bool))
    for place, item in np.ndenumerate(items) if strange else ():
        if type(item) in strange:
            raise InexactError(f"{_row(place)} = {item!r} is no {what}")


def _numbers(values: NDArray[Any], wanted: np.dtype[Any]) -> NDArray[Any]:
    if values.size == 0:
        return np.zeros(values.shape, wanted)
    if values.dtype.kind == "O":
        return _numbers_of_objects(values, wanted)
    if values.dtype.kind not in _NUMBERS:
        place = (0,) * values.ndim
        raise InexactError(f"{_row(place)} = {values[place].item()!r} is no number, expected {wanted.name}")
    with np.errstate(invalid="ignore", over="ignore"):
        cast = values.astype(wanted)
        if np.can_cast(values.dtype, wanted) and not _may_round(values.dtype, wanted):
            return cast
        same = _same(values, cast)
    if not same.all():
        _refuse_first(values, cast, ~same)
    return cast


def _numbers_of_objects(values: NDArray[Any], wanted: np.dtype[Any]) -> NDArray[Any]:
    _refuse_strangers(values, (int, float, np.number, np.bool_), "number")
    with np.errstate(invalid="ignore", over="ignore"):
        cast = values.astype(wanted)
    same = np.array([a == b or (a != a and b != b) for a, b in zip(values.flat, cast.ravel().tolist(), strict=True)])
    if not same.all():
        _refuse_first(values, cast, ~same.reshape(values.shape))
    return cast


def _may_round(source: np.dtype[Any], wanted: np.dtype[Any]) -> bool:
    """Whether numpy calls a cast safe that rounds all the same: whole numbers of 64 bits into floats."""
    return source.kind in "iu" and wanted.kind == "f" and 8 * source.itemsize > np.finfo(wanted).nmant


def _same(values: NDArray[Any], cast: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the cast values are the given ones."""
    if values.dtype.kind in "iu" and cast.dtype.kind == "f":
        # numpy compares both as floats, so go back; numbers past the end of the type cannot be taken back
        limits = np.iinfo(values.dtype)
        inside = (cast >= float(limits.min)) & (cast < float(limits.max) + 1.0)
        return np.asarray(inside & (np.where(inside, cast, 0.0).astype(values.dtype) == values))
    same = values == cast
    if values.dtype.kind == "f" and cast.dtype.kind in "iu":
        # past the end some processors give the largest whole number, which as a float is the one after it
        limits = np.iinfo(cast.dtype)
        same &= (values >= float(limits.min)) & (values < float(limits.max) + 1.0)
    if values.dtype.kind == "f" and cast.dtype.kind == "f":
        same |= np.isnan(values) & np.isnan(cast)
    return np.asarray(same)


def _refuse_first(values: NDArray[Any], cast: NDArray[Any], bad: NDArray[np.bool_]) -> None:
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    more = int(bad.sum()) - 1
    tail = f" (and {more} more)" if more else ""
    given, made = values[place], cast[place].item()
    shown = given.item() if hasattr(given, "item") else given
    if cast.dtype.kind in "iu" and not np.isfinite(given):
        raise InexactError(f"{_row(place)} = {shown!r} is no whole number{tail}")
    raise InexactError(f"{_row(place)} = {shown!r} would become {made!r} as {cast.dtype.name}{tail}")


def _row(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""
