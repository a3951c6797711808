"""Regional mobility concepts: networks from OpenStreetMap, commuter demand, assignment, e-mobility, scenarios.

The rooms are imported on first use, so that ``import itas_mobility`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from itas_mobility.version import __version__

if TYPE_CHECKING:
    from itas_mobility import core, demand, emobility, network, regions, report, scenarios

_ROOMS = ("core", "demand", "emobility", "network", "regions", "report", "scenarios")
__all__ = ["__version__", "core", "demand", "emobility", "network", "regions", "report", "scenarios"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"itas_mobility.{name}")
    raise AttributeError(f"module 'itas_mobility' has no attribute {name!r}; rooms are: {', '.join(_ROOMS)}")


def __dir__() -> list[str]:
    return sorted(__all__)
