"""Junctions at which not every turn is open, or turns cost time: taken apart so that plain paths obey.

A junction stays one node wherever each link may follow each other one. Elsewhere it becomes several nodes: links that
may go on to the same places end at one node, links that may be reached from the same places begin at one node, and
movements without length (`RoadClass.TURN`) join them. Routing, skims and assignment then need no rule of their own,
each piece of road keeps one link with one capacity, and the network stays small.

A link stands more than once only where a path must remember more than the link it is on: along the via ways of a
restriction, and on roads for destination traffic through which one could drive from one open road to another (one
copy for arriving, one for departing). Copies carry the same ways, and their volumes are to be added.

U-turns. Without restrictions the quickest path never turns round. Motor vehicles must not turn round at a junction
with a restriction, nor at places within two minutes of driving from which that would beat the legal way; beyond, they
may, as drivers do at the next suitable place. Bicycles may turn round anywhere.
"""

import itertools
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import Access, Mode, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.node_parts import TURN_STRIDE
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import (
    MIN_FREE_TIME_S,
    Nodes,
    Shapes,
    Ways,
    assemble,
    frozen,
    mixed_key,
    tables_of,
)
from itas_mobility.network.nearest import bearing_deg
from itas_mobility.network.turn_rules import LinkPath, Restriction, forbidden_sequences, twins

REACH_S: Final = 120.0
"""Free-flow time from a restricted junction within which turning round is ruled out where it would pay (assumption:
two minutes, a kilometre in town)."""
STRAIGHT_BELOW_DEG: Final = 45.0
"""Changes of direction below this count as going straight on (assumption)."""
MAX_NODES_PER_JUNCTION: Final = 120
_TURNS_ROUND: Final = Mode.BIKE | Mode.PEDELEC | Mode.WALK

State: TypeAlias = tuple[LinkPath, bool]
"""Links a path has to remember, the last one being the one it is on; whether it may only arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JunctionDelays:
    """Time that junctions take on top of the links.

    Attributes
    ----------
    left_s, right_s, straight_s : float, default=0.0
        Delay of turns by direction at junctions of three or more arms, in seconds.
    signal_s : float, default=0.0
        Mean delay where traffic signals hold up a link, in seconds.
    """

    left_s: float = 0.0
    right_s: float = 0.0
    straight_s: float = 0.0
    signal_s: float = 0.0

    def __post_init__(self) -> None:
        values = (self.left_s, self.right_s, self.straight_s, self.signal_s)
        if not all(np.isfinite(value) and value >= 0.0 for value in values):
            raise NetworkError(f"{self}: delays must be finite and not negative")

    @property
    def have_turns(self) -> bool:
        """Whether any turn costs time."""
        return max(self.left_s, self.right_s, self.straight_s) > 0.0


def expand_junctions(
    roads: RoadNetwork,
    restrictions: Sequence[Restriction],
    *,
    delays: JunctionDelays | None = None,
    counts: dict[str, int] | None = None,
) -> RoadNetwork:
    """Take junctions apart so that paths obey turn restrictions and destination-only roads, and turns take time.

    Parameters
    ----------
    roads : RoadNetwork
        Network without zones, in which the nodes of `restricted_nodes` are nodes.
    restrictions : sequence of Restriction
        Restrictions that bind the network's mode.
    delays : JunctionDelays, optional
        Time of turns; none if left out.
    counts : dict, optional
        What was done is added here.

    Returns
    -------
    RoadNetwork
        Network with more nodes (ids ``node_id + k * TURN_STRIDE``, placed where the junction is) and movement links;
        the same network where nothing is to be taken apart.

    Raises
    ------
    NetworkError
        If zones are connected already.
    """
    if roads.n_zones:
        raise NetworkError("junctions cannot be taken apart once zones are connected; do it before connect()")
    counts = {} if counts is None else counts
    twin = twins(roads)
    sequences = forbidden_sequences(roads, restrictions, counts)
    may_turn_round = bool(roads.mode & _TURNS_ROUND)
    no_u_turn = np.zeros(roads.n_nodes, bool)
    way_through = destination_links(roads)
    if sequences and not may_turn_round:
        no_u_turn = _turning_points(roads, sequences, twin, way_through)
    plan = _Plan(roads, sequences, twin, no_u_turn, way_through, delays, may_turn_round=may_turn_round)
    if plan.is_empty:
        return roads
    graph = plan.graph()
    counts["junctions taken apart"] = plan.n_junctions
    counts["movements through junctions"] = int((graph.base < 0).sum())
    counts["links that stand more than once"] = int((graph.copy > 0).sum())
    del plan
    return _network(roads, graph)


def _turning_points(
    roads: RoadNetwork, sequences: Sequence[LinkPath], twin: LongArray, way_through: BoolArray
) -> BoolArray:
    from itas_mobility.kernels.turning import Bans, TwoWayRoads, turning_points

    after: dict[LinkPath, set[int]] = defaultdict(set)
    for path in sequences:
        after[path[:-1]].add(path[-1])
    # who has come a long way is bound by what binds those who came its last part, too
    for past in after:
        for k in range(1, len(past)):
            after[past] |= after.get(past[-k:], set())
    # an excursion from the via ways and back would make the path forget where it came from
    on_the_way = {pair for path in sequences for pair in itertools.pairwise(path[:-1])}
    rows = [(past[-1], sorted(ends)) for past, ends in sorted(after.items())]
    rows += [(link, [next_link]) for link, next_link in sorted(on_the_way)]
    begin = np.array([link for link, _ in rows], np.int64)
    banned_ptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(ends) for _, ends in rows], out=banned_ptr[1:])
    banned = np.array([end for _, ends in rows for end in ends], np.int64)
    is_point = np.zeros(roads.n_nodes, np.bool_)
    time = roads.free_time_s
    two_way = TwoWayRoads(roads.ptr, roads.head, twin, time=time, through_time=np.where(way_through, np.inf, time))
    turning_points(Bans(begin, banned_ptr, banned), two_way, REACH_S, is_point)
    is_point[roads.head[begin]] = True
    return is_point


def destination_links(roads: RoadNetwork) -> BoolArray:
    """Links on which through traffic has to be told from arriving and departing traffic.

    Parameters
    ----------
    roads : RoadNetwork
        Network; ``access`` says which links are for destination traffic.

    Returns
    -------
    bool ndarray of shape (n_links,)
        Links of areas with a destination-only road that touch the open network at two or more nodes. What can be
        reached over destination-only roads alone belongs to such an area, whatever its own links say.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    is_limited = roads.access == Access.DESTINATION
    if not is_limited.any() or is_limited.all():
        return np.zeros(roads.n_links, bool)
    n = roads.n_nodes

    def parts(links: BoolArray, connection: Literal["weak", "strong"]) -> NDArray[np.int32]:
        ends = (roads.tail[links], roads.head[links])
        graph = csr_array((np.ones(int(links.sum()), np.int8), ends), shape=(n, n))
        label: NDArray[np.int32] = connected_components(graph, directed=True, connection=connection)[1]
        return label

    label = parts(~is_limited, "strong")
    is_open = np.zeros(n, bool)
    is_open[roads.tail[~is_limited]] = True
    size = np.bincount(label, weights=is_open)
    is_main = label == label[np.flatnonzero(size[label] == size.max())[0]]
    is_local = is_limited | ~is_main[roads.tail] | ~is_main[roads.head]
    area = parts(is_local, "weak")
    area_of_link = area[roads.tail]
    is_door = np.zeros(n, bool)
    for ends in (roads.tail, roads.head):
        is_door[ends[is_local]] = True
    n_doors = np.bincount(area[is_door & is_main], minlength=n)
    has_limited = np.bincount(area_of_link[is_limited], minlength=n) > 0
    return np.asarray(is_local & has_limited[area_of_link] & (n_doors[area_of_link] > 1))


class _Plan:
    """Which junctions are taken apart, and how; states are numbered, a base link in its plain state by its row."""

    def __init__(
        self,
        roads: RoadNetwork,
        sequences: Sequence[LinkPath],
        twin: LongArray,
        no_u_turn: BoolArray,
        way_through: BoolArray,
        delays: JunctionDelays | None,
        *,
        may_turn_round: bool,
    ) -> None:
        self.roads, self.twin, self.no_u_turn = roads, twin, no_u_turn
        self.is_way_through = way_through
        self.delays = delays if delays is not None and delays.have_turns else None
        self.forbidden = set(sequences)
        self.remembered = {path[:k] for path in sequences for k in range(2, len(path))}
        self.longest = max((len(path) for path in sequences), default=1)
        in_order = np.argsort(roads.head, kind="stable")
        self._into = in_order
        self._into_ptr = np.searchsorted(roads.head[in_order], np.arange(roads.n_nodes + 1))
        affected = {int(roads.head[link]) for path in sequences for link in path[:-1]}
        affected.update(np.flatnonzero(no_u_turn).tolist())
        if self.is_way_through.any():
            is_door, plain = np.zeros(roads.n_nodes, bool), np.zeros(roads.n_nodes, bool)
            for ends in (roads.tail, roads.head):
                is_door[ends[self.is_way_through]] = True
                plain[ends[~self.is_way_through]] = True
            affected.update(np.flatnonzero(is_door & plain).tolist())
        if self.delays is not None:
            crossings = _crossings(roads)
            affected.update(crossings.tolist())
            if not may_turn_round:
                self.no_u_turn = no_u_turn.copy()
                self.no_u_turn[crossings] = True
            self._bearings = _bearings(roads)
        self.n_junctions = 0
        self.numbers: dict[State, int] = {}
        self.states: list[State] = []
        self.turns: dict[int, dict[int, dict[int, float]]] = {}
        """Node -> state that ends there -> state that may follow -> delay."""
        self._follow(affected)

    @property
    def is_empty(self) -> bool:
        """Whether every junction stays as it is."""
        return not self.turns

    def _state(self, number: int) -> State:
        m = self.roads.n_links
        return ((number,), False) if number < m else self.states[number - m]

    def _number(self, state: State) -> int:
        path, arrives = state
        if len(path) == 1 and not arrives:
            return path[0]
        if state not in self.numbers:
            self.numbers[state] = self.roads.n_links + len(self.states)
            self.states.append(state)
        return self.numbers[state]

    def _follow(self, affected: set[int]) -> None:
        """Find all states that paths can be in at the affected junctions, and what may follow each."""
        queue = []
        for node in sorted(affected):
            self.turns[node] = {}
            queue.extend(self._into[self._into_ptr[node] : self._into_ptr[node + 1]].tolist())
        place = 0
        while place < len(queue):
            number = queue[place]
            place += 1
            node = int(self.roads.head[self._state(number)[0][-1]])
            if number in self.turns[node]:
                continue
            known = len(self.states)
            self.turns[node][number] = self._onward(self._state(number), node)
            for new in range(known, len(self.states)):
                reached = int(self.roads.head[self.states[new][0][-1]])
                if reached not in self.turns:
                    self.turns[reached] = {}
                    queue.extend(self._into[self._into_ptr[reached] : self._into_ptr[reached + 1]].tolist())
                queue.append(self.roads.n_links + new)

    def _onward(self, state: State, node: int) -> dict[int, float]:
        """States that may follow one at a node, and the delay of each turn."""
        path, arrives = state
        link = path[-1]
        result = {}
        for exit_ in range(int(self.roads.ptr[node]), int(self.roads.ptr[node + 1])):
            if self.no_u_turn[node] and exit_ == self.twin[link]:
                continue
            longer = (*path, exit_)
            if any(longer[-k:] in self.forbidden for k in range(2, min(len(longer), self.longest) + 1)):
                continue
            if self.is_way_through[exit_]:
                # from an open road one can only arrive; who departs goes on departing
                then_arrives = arrives or not self.is_way_through[link]
            elif arrives:
                continue
            else:
                then_arrives = False
            kept = next((longer[-k:] for k in range(len(longer), 1, -1) if longer[-k:] in self.remembered), (exit_,))
            result[self._number((kept, then_arrives))] = self._delay_s(link, exit_)
        return result

    def _delay_s(self, link: int, exit_: int) -> float:
        if self.delays is None:
            return 0.0
        change = (self._bearings[0][exit_] - self._bearings[1][link] + 180.0) % 360.0 - 180.0
        if not np.isfinite(change) or abs(change) < STRAIGHT_BELOW_DEG:
            return self.delays.straight_s
        return self.delays.right_s if change > 0 else self.delays.left_s

    def graph(self) -> "_Graph":
        """Nodes and links with the junctions taken apart."""
        roads, m = self.roads, self.roads.n_links
        base = np.concatenate([np.arange(m), [state[0][-1] for state in self.states]]).astype(np.int64)
        tail, head = roads.tail[base].astype(np.int64), roads.head[base].astype(np.int64)
        new_base: list[int] = []
        ends, delays = array("q"), array("d")
        begins: dict[int, list[int]] = defaultdict(list)
        for number, state in enumerate(self.states):
            begins[int(roads.tail[state[0][-1]])].append(m + number)
        for node in sorted(self.turns):
            exits = [*range(int(roads.ptr[node]), int(roads.ptr[node + 1])), *begins.get(node, ())]
            # what a junction needed to know is given free, so that a large network has room
            parts = _parts(self.turns.pop(node), exits)
            if parts.n_nodes == 1:
                continue
            self.n_junctions += 1
            rows = [node, *range(roads.n_nodes + len(new_base), roads.n_nodes + len(new_base) + parts.n_nodes - 1)]
            new_base.extend([node] * (parts.n_nodes - 1))
            for number, part in parts.ends.items():
                head[number] = rows[part]
            for number, part in parts.begins.items():
                tail[number] = rows[part]
            for a, b, delay in parts.movements:
                ends.extend((rows[a], rows[b]))
                delays.append(delay)
        turn_ends = np.array(ends, np.int64).reshape(-1, 2)
        return _graph(roads, base, tail, head, np.array(new_base, np.int64), turn_ends, np.array(delays))


@dataclass(frozen=True, slots=True)
class _Graph:
    """Nodes and links of a network whose junctions are taken apart."""

    node: LongArray
    """Row of each node's junction in the whole network, shape (n_nodes,)."""
    node_id: LongArray
    base: LongArray
    """Row of each link in the whole network, -1 for movements, shape (n_links,)."""
    copy: LongArray
    """Number of each copy of a link, 0 for the first."""
    tail: LongArray
    head: LongArray
    delay_s: FloatArray
    """Of movements; 0 for links."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A junction in parts; part 0 keeps its node."""

    n_nodes: int
    ends: dict[int, int]
    begins: dict[int, int]
    movements: list[tuple[int, int, float]]


_Key: TypeAlias = tuple[tuple[int, float], ...]
"""What states may go on to, or what exits are reached from, each with the delay of the turn."""


def _parts(turns: dict[int, dict[int, float]], exits: Sequence[int]) -> _Parts:
    """Take one junction apart into as few nodes as its turns allow.

    States that end there with the same turns share a node, states that begin there and are reached by the same turns
    too. Who can only go to one node ends there at once; who comes from one node only begins there.
    """
    ins = _alike_onward(turns)
    outs = _alike_reached([turns[group[0]] for group in ins], exits)
    reached: list[dict[int, float]] = [{} for _ in ins]
    for o, (sources, _) in enumerate(outs):
        for i, delay in sources:
            reached[i][o] = delay
    label_of_in, label_of_out = _nodes_of_groups(outs, reached)
    n = 1 + max((*label_of_in, *label_of_out), default=-1)
    if n > MAX_NODES_PER_JUNCTION:
        raise NetworkError(f"a junction with {len(turns)} links in and {len(exits)} out needs {n} nodes; repair it")
    return _Parts(
        n,
        {number: label for label, group in zip(label_of_in, ins, strict=True) for number in group},
        {number: label for label, (_, group) in zip(label_of_out, outs, strict=True) for number in group},
        [
            (label_of_in[i], label_of_out[o], delay)
            for i, onward in enumerate(reached)
            for o, delay in onward.items()
            if label_of_in[i] != label_of_out[o]
        ],
    )


def _alike_onward(turns: dict[int, dict[int, float]]) -> list[list[int]]:
    """States that end at a junction, those with the same turns together."""
    groups: dict[_Key, list[int]] = defaultdict(list)
    for number in sorted(turns):
        groups[tuple(sorted(turns[number].items()))].append(number)
    return list(groups.values())


def _alike_reached(turns_of_in: list[dict[int, float]], exits: Sequence[int]) -> list[tuple[_Key, list[int]]]:
    """States that begin at a junction, those that the same groups reach together, and these groups."""
    groups: dict[_Key, list[int]] = defaultdict(list)
    for exit_ in exits:
        sources = tuple((i, turns[exit_]) for i, turns in enumerate(turns_of_in) if exit_ in turns)
        groups[sources].append(exit_)
    return list(groups.items())


def _nodes_of_groups(
    outs: list[tuple[_Key, list[int]]], reached: list[dict[int, float]]
) -> tuple[list[int], list[int]]:
    """Number of the node at which each group of states ends, and at which each begins."""
    label_of_in: dict[int, int] = {}
    label_of_out: dict[int, int] = {}
    n = 0
    # first the largest group, so that most links keep the junction's own node
    for o in sorted(range(len(outs)), key=lambda o: (-len(outs[o][1]), o)):
        sources = outs[o][0]
        alone = [i for i, delay in sources if len(reached[i]) == 1 and delay == 0.0]
        if not alone and len(sources) == 1 and sources[0][1] == 0.0:
            continue
        label_of_out[o] = n
        label_of_in.update(dict.fromkeys(alone, n))
        n += 1
    for i in range(len(reached)):
        if i not in label_of_in:
            label_of_in[i] = n
            n += 1
    for o, (sources, _) in enumerate(outs):
        if o not in label_of_out:
            label_of_out[o] = label_of_in[sources[0][0]]
    return [label_of_in[i] for i in range(len(reached))], [label_of_out[o] for o in range(len(outs))]


def _graph(
    roads: RoadNetwork,
    base: LongArray,
    tail: NDArray[Any],
    head: NDArray[Any],
    new_base: LongArray,
    turn_ends: LongArray,
    delay_s: FloatArray,
) -> _Graph:
    """Number the parts of junctions in the order of their ids, as all nodes of a file are."""
    part = np.zeros(len(new_base), np.int64)
    if len(new_base):
        start = np.flatnonzero(np.append(True, new_base[1:] != new_base[:-1]))
        part = np.arange(len(new_base)) - np.repeat(start, np.diff(np.append(start, len(new_base)))) + 1
    new_id = roads.node_id[new_base] + part * TURN_STRIDE
    order = np.argsort(new_id)
    row = np.append(np.arange(roads.n_nodes), roads.n_nodes + np.argsort(order))
    n_turns = len(turn_ends)
    copy = np.zeros(len(base) + n_turns, np.int64)
    copy[roads.n_links : len(base)] = np.arange(1, len(base) - roads.n_links + 1)
    return _Graph(
        node=np.concatenate([np.arange(roads.n_nodes), new_base[order]]),
        node_id=np.concatenate([roads.node_id, new_id[order]]),
        base=np.concatenate([base, np.full(n_turns, -1, np.int64)]),
        copy=copy,
        tail=row[np.concatenate([tail, turn_ends[:, 0]])],
        head=row[np.concatenate([head, turn_ends[:, 1]])],
        delay_s=np.concatenate([np.zeros(len(base)), delay_s]),
    )


def _network(roads: RoadNetwork, graph: _Graph) -> RoadNetwork:
    """The network of a graph; each column is made in its final order at once, which spares a copy."""
    is_turn = graph.base < 0
    ends = graph.node_id[graph.tail], graph.node_id[graph.head]
    key = roads.link_key[graph.base]
    key = np.where((graph.copy > 0) | is_turn, mixed_key(np.where(is_turn, 0, key), *ends, graph.copy), key)
    order = np.lexsort((key, graph.head, graph.tail))
    is_turn, base = is_turn[order], graph.base[order]
    rows = np.flatnonzero(is_turn)
    of_turns: dict[str, Any] = {
        "length_m": 0.0,
        "free_speed_km_per_h": 0.0,
        "free_time_s": np.maximum(graph.delay_s[order[rows]], MIN_FREE_TIME_S),
        "lanes": 1.0,
        "capacity_veh_per_h": np.inf,
        "vdf": int(VdfKind.BPR),
        "vdf_alpha": 0.0,
        "vdf_beta": 1.0,
        "toll_eur": 0.0,
        "road_class": int(RoadClass.TURN),
        "modes": int(roads.mode),
        "access": int(Access.OPEN),
        "name_code": len(roads.names),
    }
    links: dict[str, NDArray[Any]] = {
        "tail": graph.tail[order].astype(np.int32),
        "head": graph.head[order].astype(np.int32),
        "link_key": key[order],
    }
    del key, order, ends
    for name, value in of_turns.items():
        links[name] = getattr(roads, name)[base]
        links[name][rows] = value
    links = {name: frozen(values) for name, values in links.items()}
    # the course of a movement is its place, twice, so that each link has one
    is_drawn = roads.shape_lon_deg.size > 0
    shape_ptr, at = _ragged(roads.shape_ptr, base, 2 if is_drawn else 0)
    lon, lat = roads.shape_lon_deg[at], roads.shape_lat_deg[at]
    if is_drawn:
        place = graph.node[links["tail"][rows]]
        for point in (0, 1):
            lon[shape_ptr[rows] + point] = roads.node_lon_deg[place]
            lat[shape_ptr[rows] + point] = roads.node_lat_deg[place]
    way_ptr, at = _ragged(roads.way_ptr, base, 0)
    return assemble(
        nodes=Nodes(graph.node_id, roads.node_lon_deg[graph.node], roads.node_lat_deg[graph.node]),
        links=links,
        names=np.append(roads.names, ""),
        shapes=Shapes(shape_ptr, frozen(lon), frozen(lat)),
        ways=Ways(way_ptr, frozen(roads.way_id[at])),
        tables=tables_of(roads),
        mode=roads.mode,
        report=roads.report,
    )


def _ragged(ptr: LongArray, rows: LongArray, size_of_turns: int) -> tuple[LongArray, LongArray]:
    """Pointer and positions of ragged values, movements (rows of -1) having some values of their own."""
    is_turn = rows < 0
    size = np.where(is_turn, size_of_turns, np.diff(ptr)[rows])
    new_ptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(size, out=new_ptr[1:])
    at = np.arange(new_ptr[-1])
    at += np.repeat(np.where(is_turn, 0, ptr[rows]) - np.where(is_turn, 0, new_ptr[:-1]), size)
    at[np.repeat(is_turn, size)] = 0
    return new_ptr, at


def _crossings(roads: RoadNetwork) -> IntArray:
    """Nodes at which links from and to three or more neighbours meet."""
    ends = [np.column_stack(pair) for pair in ((roads.tail, roads.head), (roads.head, roads.tail))]
    pairs = np.unique(np.concatenate(ends), axis=0)
    return np.flatnonzero(np.bincount(pairs[:, 0], minlength=roads.n_nodes) > 2).astype(np.int32)


def _bearings(roads: RoadNetwork) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direction in which each link sets out and arrives; from node to node where it has no course."""
    size = np.diff(roads.shape_ptr)
    lon, lat = roads.node_lon_deg, roads.node_lat_deg
    whole = bearing_deg(lon[roads.tail], lat[roads.tail], lon[roads.head], lat[roads.head])
    first, last = whole.copy(), whole.copy()
    some = np.flatnonzero(size > 1)
    a, b = roads.shape_ptr[some], roads.shape_ptr[some + 1]
    x, y = roads.shape_lon_deg, roads.shape_lat_deg
    first[some] = bearing_deg(x[a], y[a], x[a + 1], y[a + 1])
    last[some] = bearing_deg(x[b - 2], y[b - 2], x[b - 1], y[b - 1])
    return first, last


def cut_off_nodes(roads: RoadNetwork, restrictions: Sequence[Restriction]) -> BoolArray:
    """Nodes of a strongly connected network that restrictions cut off: not reached, or without a way out.

    Parameters
    ----------
    roads : RoadNetwork
        Network whose junctions are whole.
    restrictions : sequence of Restriction
        Restrictions.

    Returns
    -------
    bool ndarray of shape (n_nodes,)
        Nodes that cannot be reached from the largest part, or from which it cannot be reached, even by turning round.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    sequences = forbidden_sequences(roads, restrictions, {})
    nobody, nowhere = np.zeros(roads.n_nodes, bool), np.zeros(roads.n_links, bool)
    plan = _Plan(roads, sequences, twins(roads), nobody, nowhere, None, may_turn_round=True)
    if plan.is_empty:
        return nobody
    found = plan.graph()
    n = len(found.node)
    graph = csr_array((np.ones(len(found.tail), np.int8), (found.tail, found.head)), shape=(n, n))
    _, label = connected_components(graph, directed=True, connection="strong")
    core = int(np.argmax(label == np.argmax(np.bincount(label))))
    ok = np.ones(roads.n_nodes, bool)
    for direction in (graph, csr_array(graph.T)):
        seen = np.zeros(roads.n_nodes, bool)
        seen[found.node[breadth_first_order(direction, core, return_predecessors=False)]] = True
        ok &= seen
    return ~ok
