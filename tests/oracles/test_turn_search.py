"""The oracle of turn restrictions against all walks of tiny graphs, and rule by rule on streets one can draw."""

import random
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.turn_search import Restriction, Segment, TurnSearch, along, binding_nodes, least_length

MAX_SEGMENTS = 8


def _has_come_along(walk, restriction):
    """Whether the walk ends with the chain of the restriction, read backwards from its last segment."""
    runs = [way for way, _ in groupby(segment.way for segment in walk)]
    chain = [restriction.from_way, *restriction.via_ways]
    return runs[-len(chain) :] == chain


def _is_allowed(walk, segments, restrictions):
    """Each rule read off the whole walk."""
    for t in range(len(walk) - 1):
        here, there = walk[t], walk[t + 1]
        if (here.tail, here.head) == (there.head, there.tail):
            return False
        for restriction in restrictions:
            if here.head in binding_nodes(restriction, segments) and _has_come_along(walk[: t + 1], restriction):
                goes_to = there.way == restriction.to_way
                if goes_to if restriction.kind == "no" else not goes_to:
                    return False
    kinds = [segment.is_destination_only for segment in walk]
    return False not in kinds or True not in kinds[kinds.index(False) : len(kinds) - kinds[::-1].index(False)]


def _least_by_all_walks(segments, restrictions, source):
    """Least length to each node over all allowed walks of up to `MAX_SEGMENTS` segments."""
    best = {source: 0}

    def go(walk, node, length_m):
        if walk and not _is_allowed(walk, segments, restrictions):
            return
        best[node] = min(length_m, best.get(node, length_m))
        if len(walk) < MAX_SEGMENTS:
            for segment in segments:
                if segment.tail == node:
                    go([*walk, segment], segment.head, length_m + segment.length_m)

    go([], source, 0)
    return best


def _case(rng):
    """Streets in a ring with chords, so that there are ways round, and restrictions that lie along walks and bind."""
    n_nodes = rng.randint(3, 6)
    ring = [*range(n_nodes), 0]
    cuts = sorted({0, n_nodes, *rng.sample(range(1, n_nodes), rng.randint(1, 3 if n_nodes > 3 else 2))})
    chains = [ring[a : b + 1] for a, b in pairwise(cuts)]
    chains += [rng.sample(range(n_nodes), rng.randint(2, 3)) for _ in range(rng.randint(0, 2))]
    segments = []
    for way, nodes in enumerate(chains):
        lengths = [rng.randint(1, 9) for _ in nodes[1:]]
        segments += along(
            way, nodes, lengths, is_oneway=rng.random() < 0.3, is_destination_only=rng.random() < 0.15
        )  # fmt: skip
    restrictions = []
    for _ in range(rng.randint(1, 4)):
        walk = [rng.choice(segments)]
        for _ in range(rng.randint(1, 6)):
            onward = [s for s in segments if s.tail == walk[-1].head and s.head != walk[-1].tail]
            if onward:
                walk.append(rng.choice(onward))
        runs = [way for way, _ in groupby(segment.way for segment in walk)]
        kind = rng.choice(["no", "no", "only"])
        if len(runs) > 2 and rng.random() < 0.7:
            restrictions.append(Restriction(runs[0], runs[-1], kind, via_ways=tuple(runs[1:-1])))
        elif len(walk) > 1:
            restrictions.append(Restriction(walk[0].way, walk[1].way, kind, via_node=walk[0].head))
    return segments, restrictions, n_nodes


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_agrees_with_all_walks(seed):
    segments, restrictions, n_nodes = _case(random.Random(seed))
    for source in range(n_nodes):
        best = _least_by_all_walks(segments, restrictions, source)
        for target in range(n_nodes):
            found = least_length(segments, restrictions, source, target)
            if found is None:
                assert target not in best
                continue
            assert found.nodes == [source, *(segment.head for segment in found.segments)]
            assert found.nodes[-1] == target
            assert sum(segment.length_m for segment in found.segments) == found.length_m
            assert not found.segments or _is_allowed(found.segments, segments, restrictions)
            if len(found.segments) <= MAX_SEGMENTS:
                assert best[target] == found.length_m
            else:
                assert found.length_m <= best.get(target, found.length_m)


# A crossing at 0: west 1, north 2, east 3, south 4; a block to the north-east (2, 5, 3) lets one drive round.
WEST, NORTH, EAST, SOUTH, BLOCK = range(10, 15)
CROSSING = [
    *along(WEST, [1, 0], [1]), *along(NORTH, [0, 2], [1]), *along(EAST, [0, 3], [1]), *along(SOUTH, [0, 4], [1]),
    *along(BLOCK, [2, 5, 3], [1, 1]),
]  # fmt: skip


def _nodes(segments, restrictions, source, target):
    found = least_length(segments, restrictions, source, target)
    return None if found is None else found.nodes


def test_without_restrictions_the_shortest():
    assert least_length(CROSSING, [], 1, 2)[:2] == (2, [1, 0, 2])
    assert _nodes(CROSSING, [], 1, 1) == [1]
    assert _nodes(CROSSING, [], 1, 99) is None


def test_no_turn_sends_round_the_block():
    no_left = Restriction(WEST, NORTH, "no", via_node=0)
    assert _nodes(CROSSING, [no_left], 1, 2) == [1, 0, 3, 5, 2]
    assert _nodes(CROSSING, [no_left], 2, 1) == [2, 0, 1]


def test_only_turn_closes_the_other_exits():
    only_left = Restriction(WEST, NORTH, "only", via_node=0)
    assert _nodes(CROSSING, [only_left], 1, 3) == [1, 0, 2, 5, 3]
    # round the block and over the crossing again, this time from the east
    assert _nodes(CROSSING, [only_left], 1, 4) == [1, 0, 2, 5, 3, 0, 4]


def test_nobody_turns_round_not_even_at_a_dead_end():
    no_left = Restriction(WEST, NORTH, "no", via_node=0)
    without_block = [segment for segment in CROSSING if segment.way != BLOCK]
    assert _nodes(without_block, [no_left], 1, 2) is None
    turning_loop = along(15, [3, 6, 7, 3], [1, 1, 1])
    assert least_length(without_block + turning_loop, [no_left], 1, 2).length_m == 1 + 1 + 3 + 1 + 1


# A dual carriageway crossed by a link: 1 -> 2 -> 3 eastward, 4 -> 5 -> 6 westward, link 2 - 7 - 5, street 7 - 8.
EASTWARD, EASTWARD_ON, LINK, WESTWARD_ON, SIDE = range(20, 25)
DUAL = [
    *along(EASTWARD, [1, 2], [1], is_oneway=True), *along(EASTWARD_ON, [2, 3], [1], is_oneway=True),
    *along(LINK, [2, 7, 5], [1, 1]), *along(WESTWARD_ON, [5, 6], [1], is_oneway=True), *along(SIDE, [7, 8], [1]),
    *along(26, [9, 2], [1], is_oneway=True),
]  # fmt: skip


def test_no_u_turn_over_a_via_way():
    no_u_turn = Restriction(EASTWARD, WESTWARD_ON, "no", via_ways=(LINK,))
    assert _nodes(DUAL, [], 1, 6) == [1, 2, 7, 5, 6]
    assert _nodes(DUAL, [no_u_turn], 1, 6) is None
    assert _nodes(DUAL, [no_u_turn], 9, 6) == [9, 2, 7, 5, 6], "binds only those who come along `from`"
    assert _nodes(DUAL, [no_u_turn], 2, 6) == [2, 7, 5, 6], "binds only those who come along `from`"
    assert _nodes(DUAL, [no_u_turn], 1, 8) == [1, 2, 7, 8]


def test_only_over_a_via_way_may_be_left_midway_but_not_at_its_end():
    only = Restriction(EASTWARD, WESTWARD_ON, "only", via_ways=(LINK,))
    more = [*DUAL, *along(25, [5, 10], [1])]
    assert _nodes(more, [only], 1, 8) == [1, 2, 7, 8]
    assert _nodes(more, [only], 1, 3) == [1, 2, 3]
    assert _nodes(more, [only], 1, 10) is None
    assert _nodes(more, [only], 9, 10) == [9, 2, 7, 5, 10]


def test_two_via_ways_must_both_be_travelled():
    ways = [*along(1, [1, 2], [1]), *along(2, [2, 3], [1]), *along(3, [3, 4], [1]), *along(4, [4, 5], [1])]
    ways += along(5, [2, 3], [5])
    no = Restriction(1, 4, "no", via_ways=(2, 3))
    assert least_length(ways, [no], 1, 5).length_m == 1 + 5 + 1 + 1
    assert least_length(ways, [], 1, 5).length_m == 4


def test_destination_only_streets_are_no_short_cut():
    # open 1 - 2 - 3 - 4 the long way, a destination-only street 1 - 5 - 4
    ways = [*along(1, [0, 1, 2, 3, 4, 9], [1, 5, 5, 5, 1]), *along(2, [1, 5, 4], [1, 1], is_destination_only=True)]
    assert _nodes(ways, [], 0, 9) == [0, 1, 2, 3, 4, 9]
    assert _nodes(ways, [], 0, 5) == [0, 1, 5]
    assert _nodes(ways, [], 5, 9) == [5, 4, 9]
    assert _nodes(ways, [], 1, 4) == [1, 5, 4], "a trip that begins and ends on it may use all of it"
    ways += along(3, [7, 0], [1], is_destination_only=True)
    assert _nodes(ways, [], 7, 5) == [7, 0, 1, 5]
    assert _nodes(ways, [], 7, 9) == [7, 0, 1, 2, 3, 4, 9]


def test_restrictions_need_a_via():
    with pytest.raises(ValueError, match="either a via node or via ways"):
        least_length([Segment(0, 1, 1, 1.0)], [Restriction(1, 2, "no")], 0, 1)


def test_closed_nodes_are_reached_and_left_but_not_passed():
    search = TurnSearch(CROSSING, [], closed_nodes={0})
    assert search.routes(1, [0, 2, 3]).keys() == {0}
    assert search.routes(0, [1, 2]).keys() == {1, 2}
    assert search.routes(2, [3])[3].nodes == [2, 5, 3]


def test_turning_round_where_it_is_allowed():
    no_left = Restriction(WEST, NORTH, "no", via_node=0)
    found = TurnSearch(CROSSING, [no_left], turns_round=True).routes(1, [1, 2])
    assert found[2].length_m == 4, "out along another arm and back"
    assert found[2].nodes in ([1, 0, 3, 0, 2], [1, 0, 4, 0, 2])
    assert found[1].nodes == [1]


def test_allowed_walks_are_told_from_others():
    no_left = Restriction(WEST, NORTH, "no", via_node=0)
    search = TurnSearch(CROSSING, [no_left])
    rows = {tuple(segment[:2]): row for row, segment in enumerate(CROSSING)}
    assert search.allows([rows[1, 0], rows[0, 3]])
    assert not search.allows([rows[1, 0], rows[0, 2]])
