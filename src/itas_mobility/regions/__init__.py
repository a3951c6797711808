"""Embedded regions, and regions of one's own."""

from itas_mobility.regions.building import build_region
from itas_mobility.regions.downloading import fetch_region
from itas_mobility.regions.embedded import shipped_scenarios, zwickau
from itas_mobility.regions.reading import read_region, read_sites

__all__ = ["build_region", "fetch_region", "read_region", "read_sites", "shipped_scenarios", "zwickau"]


def __dir__() -> list[str]:
    return sorted(__all__)
