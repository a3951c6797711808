"""Charging at a site: one verb, and one file of this folder for each strategy.

A file that registers a strategy (see `strategy.register`) is all that a new one takes: every file here is imported.
"""

from importlib import import_module
from pkgutil import iter_modules

from itas_mobility.emobility.charging.scheduling import charge
from itas_mobility.emobility.charging.strategy import STRATEGIES, Schedule, Strategy, register

__all__ = ["STRATEGIES", "Schedule", "Strategy", "charge", "register"]

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")
