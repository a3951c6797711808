"""Whether a way lies in a built-up area, as far as its own tags tell."""

from typing import Final

from itas_mobility.network.tags.speed import URBAN_LIMIT_KM_PER_H, parse_limit
from itas_mobility.network.tags.words import Tags

_ZONE_KEYS: Final = ("zone:traffic", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "maxspeed")
KEYS: Final = frozenset({*_ZONE_KEYS, "highway", "sidewalk"})


def is_built_up(tags: Tags) -> bool:
    """Whether a way lies in a built-up area, as far as its own tags tell.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        By zone tags; else by a limit up to 50 km/h, a sidewalk, or a class that stands in settlements only.
    """
    for key in _ZONE_KEYS:
        zone = tags.get(key, "").lower().rpartition(":")[2]
        if zone in {"urban", "living_street"} or (key != "maxspeed" and zone.startswith("zone")):
            return True
        if zone in {"rural", "motorway", "trunk"}:
            return False
    limit = parse_limit(tags.get("maxspeed", ""))
    if limit > 0.0:
        # StVO section 3: 50 is the limit inside; lower limits outside are rare and local
        return limit <= URBAN_LIMIT_KM_PER_H
    if tags.get("sidewalk") in {"both", "left", "right", "yes", "separate"}:
        return True
    return tags.get("highway") in {"residential", "living_street", "pedestrian"}
