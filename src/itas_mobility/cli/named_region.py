"""The region that a command is about: the embedded one by its name, or a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from itas_mobility.cli.answers import say

if TYPE_CHECKING:
    from itas_mobility.core.region import Region

EMBEDDED: Final = "zwickau"
"""Name of the embedded region."""


def region_named(name: str) -> "Region":
    """The embedded region of that name, else the region of a folder; a folder of the same name comes first."""
    from itas_mobility import regions

    if name == EMBEDDED and not Path(name).is_dir():
        say("Region zwickau wird gelesen (stilisiert) / reading the embedded region (stylised)")
        return regions.zwickau()
    return regions.read_region(name)
