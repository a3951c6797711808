"""Nodes at which traffic waits: traffic signals, signals for people who cross, stop and give-way signs."""

from typing import Final

from itas_mobility.network.tags.words import Tags

KEYS: Final = frozenset({"highway", "crossing", "traffic_signals", "traffic_signals:direction"})

NOTED_NODES: Final = {
    "traffic_signals": "nodes with traffic signals",
    "pedestrian_signals": "nodes where signals let people cross",
    "stop": "nodes with a stop sign",
    "give_way": "nodes with a give-way sign",
    "elevator": "nodes with an elevator",
}
"""Kind -> how the read report counts it."""

_FOR_CROSSING: Final = frozenset({"pedestrian_crossing", "crossing", "pedestrian_crossing_signals"})


def parse_node_kind(tags: Tags) -> str:
    """What a node makes traffic wait for.

    Parameters
    ----------
    tags : mapping
        Tags of the node.

    Returns
    -------
    str
        A key of `NOTED_NODES`, or '' for other nodes. ``highway=crossing`` with ``crossing=traffic_signals`` is a
        signal for people on foot only (wiki Key:crossing); it is told apart from signals of a junction.
    """
    highway = tags.get("highway", "")
    if highway == "traffic_signals":
        return "pedestrian_signals" if tags.get("traffic_signals") in _FOR_CROSSING else "traffic_signals"
    if highway == "crossing" and tags.get("crossing") == "traffic_signals":
        return "pedestrian_signals"
    return highway if highway in NOTED_NODES else ""


def parse_signal_sides(tags: Tags) -> tuple[bool, bool] | None:
    """For which directions of its way a signal shows.

    Parameters
    ----------
    tags : mapping
        Tags of a node with traffic signals.

    Returns
    -------
    (bool, bool) or None
        With and against the way by ``traffic_signals:direction``; None where it is not told.
    """
    value = tags.get("traffic_signals:direction", "")
    if value == "forward":
        return True, False
    if value in {"backward", "reverse"}:
        return False, True
    return (True, True) if value == "both" else None
