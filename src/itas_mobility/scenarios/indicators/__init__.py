"""Indicators of a run, a file for each family."""

from typing import Final

from itas_mobility.scenarios.indicators import access, charging, emissions, exactness, operation, travel
from itas_mobility.scenarios.indicators.indicator import Indicator

_FAMILIES: Final = (access, travel, operation, charging, emissions, exactness)

INDICATORS: Final[dict[str, Indicator]] = {one.name: one for family in _FAMILIES for one in family.INDICATORS}
"""All indicators by name, in the order in which they are told; one more is one more entry of its family."""

__all__ = ["INDICATORS", "Indicator"]
