"""Lanes by direction: ``lanes`` and its parts, with bus lanes taken out of what cars may use."""

from typing import Final

from itas_mobility.network.tags.words import SIDES, Tags, whole_number

_BUS_COUNTS: Final = ("lanes:bus", "lanes:psv")
_BUS_LISTS: Final = ("bus:lanes", "psv:lanes")
_GENERAL_LISTS: Final = ("motor_vehicle:lanes", "vehicle:lanes", "access:lanes")
_BUSWAYS: Final = ("busway", "busway:both")

KEYS: Final = frozenset(
    {
        "oneway", "highway", "junction", "lanes", "lanes:both_ways", "busway", "busway:both", "busway:left",
        "busway:right",
        *(f"lanes:{side}" for side in SIDES),
        *(key + end for key in (*_BUS_COUNTS, *_BUS_LISTS, *_GENERAL_LISTS) for end in ("", ":forward", ":backward")),
    }
)  # fmt: skip

MOST_LANES: Final = 16
"""More lanes per way are taken for mistyped; the widest motorways of Germany have ten (A 5 at Frankfurt)."""


def bus_lane_positions(text: str, general: str = "") -> int:
    """Lanes in a list of lanes that belong to buses.

    Parameters
    ----------
    text : str
        Value of ``bus:lanes`` or ``psv:lanes``, lanes parted by ``|``.
    general : str, optional
        Value of ``vehicle:lanes`` or the like; a lane closed there and open to buses is theirs too.

    Returns
    -------
    int
        Number of lanes.
    """
    if "|" not in text and text != "designated":
        return 0
    closed = general.split("|")
    return sum(
        value == "designated" or (value == "yes" and position < len(closed) and closed[position] == "no")
        for position, value in enumerate(text.split("|"))
    )


def _one_way(tags: Tags) -> tuple[bool, bool]:
    """Which directions general traffic has; the rules of `direction` for cars without their special keys."""
    value = tags.get("oneway", "")
    if value in {"-1", "reverse"}:
        return False, True
    implied = tags.get("highway") == "motorway" or tags.get("junction") in {"roundabout", "circular"}
    if value in {"yes", "true", "1"} or (implied and value not in {"no", "false", "0"}):
        return True, False
    return True, True


def _count(tags: Tags, key: str) -> int:
    number = whole_number(tags.get(key, ""))
    return number if number <= MOST_LANES else 0


def _bus_lanes(tags: Tags, is_with: bool, is_against: bool) -> list[float]:
    """Bus lanes with and against a way, by what says it best: sides, the road as a whole, busways."""
    taken = _bus_lanes_by_side(tags, is_with, is_against)
    if is_with and is_against and not any(taken):
        both = max(_count(tags, key) for key in _BUS_COUNTS)
        # on which side they lie is not told
        taken = [both / 2.0, both / 2.0]
    return taken if any(taken) else _busways(tags, is_with, is_against)


def _bus_lanes_by_side(tags: Tags, is_with: bool, is_against: bool) -> list[float]:
    """Bus lanes by keys that name a side."""
    taken = [0.0, 0.0]
    for side, name in enumerate(SIDES):
        ends = [f":{name}"]
        if (side == 0 and is_with and not is_against) or (side == 1 and is_against and not is_with):
            ends.append("")  # of a one-way road the key without a side says it too
        for end in ends:
            counts = [_count(tags, key + end) for key in _BUS_COUNTS]
            general = next((tags[key + end] for key in _GENERAL_LISTS if key + end in tags), "")
            counts += [bus_lane_positions(tags.get(key + end, ""), general) for key in _BUS_LISTS]
            taken[side] = max(taken[side], *counts)
    return taken


def _busways(tags: Tags, is_with: bool, is_against: bool) -> list[float]:
    """Bus lanes by ``busway``, which names the sides of the road."""
    both_sides = "lane" in (tags.get("busway"), tags.get("busway:both"))
    right, left = (both_sides or tags.get(f"busway:{side}") == "lane" for side in ("right", "left"))
    # traffic keeps to the right: the lane on the left of a two-way road belongs to the other direction
    with_way, against = (right, left) if is_with and is_against else (right or left, right or left)
    return [float(with_way and is_with), float(against and is_against)]


def parse_lane_counts(tags: Tags) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lanes for general traffic and for buses, with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    general, bus : (float, float)
        Lanes with and against the way; general lanes are 0 where not known. A two-way road with one lane has half a
        lane per direction; the middle lane of ``lanes:both_ways`` (turning left from either side) counts for neither.
        Values that are not whole positive numbers are ignored, turn lanes play no part.
    """
    total = _count(tags, "lanes")
    middle = _count(tags, "lanes:both_ways")
    forward, backward = (_count(tags, f"lanes:{side}") for side in SIDES)
    is_with, is_against = _one_way(tags)
    bus = _bus_lanes(tags, is_with, is_against)
    if not (is_with and is_against):
        # what runs against a one-way road are bus lanes
        if is_with:
            general = [float(forward or max(total - max(backward, bus[1]), min(total, 1))), 0.0]
        else:
            general = [0.0, float(backward or max(total - max(forward, bus[0]), min(total, 1)))]
    elif forward and not backward:
        general = [float(forward), float(max(total - forward - middle, 0))]
    elif backward and not forward:
        general = [float(max(total - backward - middle, 0)), float(backward)]
    elif forward and backward:
        general = [float(forward), float(backward)]
    else:
        share = max(total - middle, min(total, 1)) / 2.0
        general = [share, share]
    # a direction keeps at least half a lane, or its access tags would have closed it
    left = [max(n - taken, min(n, 0.5)) for n, taken in zip(general, bus, strict=True)]
    return (left[0], left[1]), (bus[0], bus[1])


def parse_lanes(tags: Tags) -> tuple[float, float]:
    """Lanes for general traffic with and against a way; bus lanes are taken out.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        As the first result of `parse_lane_counts`.
    """
    return parse_lane_counts(tags)[0]
