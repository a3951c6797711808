"""A difference taken apart into the factors of a chain of quantities, without a rest."""

import math
from collections.abc import Mapping

from itas_mobility.errors import InputError


def chain_effects(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What each link of a chain contributes to the difference of its last quantity.

    A chain is a row of quantities each of which is the one before it times a factor: cars, electric cars (times their
    share), energy (times energy per car). The effect of a link is how far its factor moves the last quantity.

    Parameters
    ----------
    before, after : mapping of str to float
        The quantities in the order of the chain, the same names; none negative. Where one is 0, all later ones are.

    Returns
    -------
    dict of str to float
        Effect by name, in the unit of the last quantity; they add up to its difference exactly (up to rounding).

    Raises
    ------
    InputError
        For other names, a negative or missing quantity, or something that comes from nothing.

    Notes
    -----
    Logarithmic mean Divisia index, additive form (Ang 2005): the effect of a factor is the logarithmic mean of the last
    quantities times the logarithm of the factor's ratio. Where the last quantity is 0 on one side, all of the
    difference goes to the first link that is 0 there, which is the limit of the index.
    """
    names = list(before)
    if not names or list(after) != names:
        raise InputError(f"chain_effects: before has {names}, after has {list(after)}; give the same chain")
    for side, values in (("before", before), ("after", after)):
        _check(side, values)
    last, now = before[names[-1]], after[names[-1]]
    effects = dict.fromkeys(names, 0.0)
    if last == 0.0 or now == 0.0:
        if last != now:
            empty = before if last == 0.0 else after
            effects[next(name for name in names if empty[name] == 0.0)] = now - last
        return effects
    mean = last if now == last else (now - last) / _growth(last, now)
    previous = 0.0
    for name in names:
        grown = _growth(before[name], after[name])
        effects[name] = mean * (grown - previous)
        previous = grown
    return effects


def _growth(before: float, after: float) -> float:
    """Logarithm of a ratio, to all digits where it is nearly 1."""
    return math.log1p((after - before) / before) if 0.5 < after / before < 2.0 else math.log(after / before)


def _check(side: str, values: Mapping[str, float]) -> None:
    gone = ""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise InputError(f"chain_effects: {side}[{name!r}] = {value} must be finite and not negative")
        if gone and value > 0:
            raise InputError(f"chain_effects: {side}[{name!r}] = {value} comes from nothing: {gone!r} is 0")
        if value == 0 and not gone:
            gone = name
