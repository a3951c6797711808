"""Indicators of a run, a file for each family."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.errors import InputError
from itas_mobility.scenarios.indicators import (
    access,
    benefit,
    charging,
    emissions,
    exactness,
    operation,
    parking,
    travel,
)
from itas_mobility.scenarios.indicators.indicator import Indicator

_FAMILIES: Final = (access, travel, benefit, operation, parking, charging, emissions, exactness)


def by_name(indicators: Iterable[Indicator]) -> Mapping[str, Indicator]:
    """Indicators by name, in their order.

    Parameters
    ----------
    indicators : iterable of Indicator
        With different names.

    Returns
    -------
    mapping of str to Indicator
        Read-only.

    Raises
    ------
    InputError
        If two bear one name.
    """
    known: dict[str, Indicator] = {}
    for one in indicators:
        if one.name in known:
            raise InputError(f"indicator {one.name} stands twice")
        known[one.name] = one
    return MappingProxyType(known)


INDICATORS: Final = by_name(one for family in _FAMILIES for one in family.INDICATORS)
"""All indicators by name, in the order in which they are told; one more is one more entry of its family."""

__all__ = ["INDICATORS", "Indicator"]
