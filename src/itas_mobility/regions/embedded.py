"""The embedded regions."""

from functools import lru_cache
from pathlib import Path

from itas_mobility.core.region import Region
from itas_mobility.regions.reading import read_region


@lru_cache(maxsize=1)
def zwickau() -> Region:
    """The embedded region: Landkreis Zwickau, stylised.

    Real municipalities, stops, plants and statistics; a road graph and a timetable made from facts. Everything made
    from it must say that it is stylised.

    Returns
    -------
    Region
        Ready to run; read once per process.

    Examples
    --------
    >>> from itas_mobility import regions
    >>> regions.zwickau().is_stylised
    True
    """
    return read_region(Path(__file__).parent / "zwickau_data")


def shipped_scenarios() -> tuple[Path, ...]:
    """Files of the scenarios for the embedded region, in the order in which the demo shows them.

    Returns
    -------
    tuple of Path
        TOML files.
    """
    installed = Path(__file__).parent / "zwickau_data" / "scenarios"
    checkout = Path(__file__).parents[3] / "scenarios"
    return tuple(sorted((installed if installed.is_dir() else checkout).glob("*.toml")))
