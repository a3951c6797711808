"""Figures of rules and price lists that ship with this room, each with unit, source, year and confidence."""

import tomllib
from functools import cache
from importlib.resources import files

from itas_mobility.core.provenance import Parameter, Parameters


@cache
def sourced_figures(file: str) -> Parameters:
    """The figures of a file of this room.

    They are rules, not properties of a region: no scenario changes them, so they are not among its parameters.

    Parameters
    ----------
    file : str
        Name of a TOML file beside this module, with a table for each figure.

    Returns
    -------

    Parameters
    ----------
        By name.
    """
    tables = tomllib.loads((files("itas_mobility.emobility") / file).read_text(encoding="utf-8"))
    return Parameters({name: Parameter(name=name, **table) for name, table in tables.items()})
