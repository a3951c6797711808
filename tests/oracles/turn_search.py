"""Shortest routes under turn restrictions, slow and obvious: Dijkstra over what was travelled last.

Roads are single directed segments between neighbouring nodes, not links of a network: nothing is merged, expanded or
cut. Of the journey so far only three things matter for what may come next: the last segment (no turning round), how
far along each restriction one is, and whether one has left the destination-only streets of the start.

Rules
-----
* Nowhere may one go from a segment (u, v) straight back over a segment (v, u), be it the same way or another.
* A restriction is a chain of ways ``from, via...`` and a way ``to``. One has come along the chain when one travelled at
  least one segment on each of its ways, one way after the other and nothing between. Then, at the via node (or at any
  node which the last via way and `to` both have), a ``"no"`` forbids to go on along `to`, an ``"only"`` forbids to go
  on along anything else. Leaving the via ways before that is free.
  Ways are taken as given: where `from` goes on behind the via node and is `to` as well, going straight on is meant.
* Destination-only streets serve the start and the end: destination-only segments, then open ones, then
  destination-only ones; never open, destination-only, open.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias


class Segment(NamedTuple):
    tail: int
    head: int
    way: int
    length_m: float
    is_destination_only: bool = False


class Restriction(NamedTuple):
    """Either `via_node` or `via_ways` is given."""

    from_way: int
    to_way: int
    kind: Literal["no", "only"]
    via_node: int | None = None
    via_ways: tuple[int, ...] = ()


State: TypeAlias = tuple[int, frozenset[tuple[int, int]], int]
"""Last segment; how far along which restrictions, as (restriction, place in its chain); phase 0 before, 1 on, 2 behind
the open streets."""


class FoundRoute(NamedTuple):
    length_m: float
    nodes: list[int]
    segments: list[Segment]


def along(
    way: int,
    nodes: Sequence[int],
    lengths_m: Sequence[float],
    *,
    is_oneway: bool = False,
    is_destination_only: bool = False,
) -> list[Segment]:
    """The segments of one way, in both directions unless it is one-way."""
    segments = []
    for tail, head, length_m in zip(nodes[:-1], nodes[1:], lengths_m, strict=True):
        segments.append(Segment(tail, head, way, length_m, is_destination_only))
        if not is_oneway:
            segments.append(Segment(head, tail, way, length_m, is_destination_only))
    return segments


def binding_nodes(restriction: Restriction, segments: Iterable[Segment]) -> set[int]:
    """The nodes at which the restriction tells those who have come along its chain how to go on."""
    if (restriction.via_node is None) == (not restriction.via_ways):
        raise ValueError(f"{restriction}: give either a via node or via ways")
    if restriction.via_node is not None:
        return {restriction.via_node}
    nodes: dict[int, set[int]] = {restriction.via_ways[-1]: set(), restriction.to_way: set()}
    for segment in segments:
        if segment.way in nodes:
            nodes[segment.way].update((segment.tail, segment.head))
    return nodes[restriction.via_ways[-1]] & nodes[restriction.to_way]


def least_length(
    segments: Sequence[Segment],
    restrictions: Sequence[Restriction],
    source: int,
    target: int,
) -> FoundRoute | None:
    """The shortest allowed route between two nodes, or None.

    Parameters
    ----------
    segments : sequence of Segment
        What may be travelled at all; lengths must not be negative.
    restrictions : sequence of Restriction
        Relations with several ``from`` or ``to`` ways are given as several restrictions.
    source, target : int
        Nodes.

    Returns
    -------
    FoundRoute or None
        None where there is no allowed route; no segments where source and target are the same node.
    """
    return TurnSearch(segments, restrictions).routes(source, [target]).get(target)


class TurnSearch:
    """The rules above over one set of streets, for many searches.

    Parameters
    ----------
    segments, restrictions : sequence
        As in `least_length`.
    closed_nodes : set of int, optional
        Nodes that are reached and left, but not passed (barriers).
    turns_round : bool, default=False
        Whether one may turn round at any node after all.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        restrictions: Sequence[Restriction],
        *,
        closed_nodes: Iterable[int] = (),
        turns_round: bool = False,
    ) -> None:
        self.segments = segments
        self.restrictions = restrictions
        self.closed_nodes = frozenset(closed_nodes)
        self.turns_round = turns_round
        self.leaving: dict[int, list[int]] = {}
        for i, segment in enumerate(segments):
            self.leaving.setdefault(segment.tail, []).append(i)
        self.chains = [(r.from_way, *r.via_ways) for r in restrictions]
        self.binding = [binding_nodes(r, segments) for r in restrictions]
        self.starting: dict[int, set[tuple[int, int]]] = {}
        for r, chain in enumerate(self.chains):
            self.starting.setdefault(chain[0], set()).add((r, 0))

    def next_state(self, state: State | None, i: int) -> State | None:
        """The state after segment `i`, None where it must not follow."""
        new = self.segments[i]
        phase = 0
        progress = set(self.starting.get(new.way, ()))
        if state is not None:
            last, before, phase = self.segments[state[0]], state[1], state[2]
            if new.tail in self.closed_nodes:
                return None
            if (new.tail, new.head) == (last.head, last.tail) and not self.turns_round:
                return None
            for r, place in before:
                is_last = place == len(self.chains[r]) - 1
                goes_to = new.way == self.restrictions[r].to_way
                if is_last and new.tail in self.binding[r] and goes_to == (self.restrictions[r].kind == "no"):
                    return None
                if not is_last and new.way == self.chains[r][place + 1]:
                    progress.add((r, place + 1))
                if new.way == self.chains[r][place]:
                    progress.add((r, place))
        if new.is_destination_only:
            phase = 2 if phase else 0
        elif phase == 2:
            return None
        else:
            phase = 1
        return i, frozenset(progress), phase

    def allows(self, rows: Sequence[int]) -> bool:
        """Whether the segments of these rows may be travelled one after the other."""
        state = None
        for i in rows:
            state = self.next_state(state, i)
            if state is None:
                return False
        return True

    def routes(self, source: int, targets: Iterable[int]) -> dict[int, FoundRoute]:
        """The shortest allowed routes from one node, by target; targets without one are not in the result."""
        wanted = set(targets)
        found = {source: FoundRoute(0.0, [source], [])} if source in wanted else {}
        came_from: dict[State, State | None] = {}
        heap: list[tuple[float, int, State, State | None]] = []
        pushed = 0

        def push(length_m: float, old: State | None, node: int) -> None:
            nonlocal pushed
            for i in self.leaving.get(node, ()):
                new = self.next_state(old, i)
                if new is not None and new not in came_from:
                    pushed += 1
                    heapq.heappush(heap, (length_m + self.segments[i].length_m, pushed, new, old))

        push(0.0, None, source)
        while heap and len(found) < len(wanted):
            length_m, _, state, old = heapq.heappop(heap)
            if state in came_from:
                continue
            came_from[state] = old
            node = self.segments[state[0]].head
            if node in wanted and node not in found:
                used = []
                step: State | None = state
                while step is not None:
                    used.append(self.segments[step[0]])
                    step = came_from[step]
                used.reverse()
                found[node] = FoundRoute(length_m, [source, *(segment.head for segment in used)], used)
            push(length_m, state, node)
        return found
