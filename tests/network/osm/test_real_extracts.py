"""Real extracts: routes against OSMnx and networkx, and golden files of what the reader makes of them.

Both sides search the shortest way by length over the same ways. They differ where OSMnx does not know a rule; each
such place must be found in the file (a tag, a barrier, a relation, a gap), and with all these rules given to a slow
search over OSMnx's own segments the lengths must be equal.
"""

import json
import math
import sys
from collections import Counter
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest

from golden.osm_extracts import EXTRACTS, GOLDEN, MODES, networks_of, summary
from itas_mobility.core import Access, RoadClass
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.kernels.shortest_path import shortest_tree
from itas_mobility.network.forward_star import remove_links
from oracles.osm_graph import (
    largest_part,
    osmnx_graph,
    read_file,
    shortest_paths,
    turn_restrictions,
)
from oracles.turn_search import Segment, TurnSearch

pytestmark = pytest.mark.shared_data

REL = 1e-6
SEED = 20260301
ACCESS_KEYS = {
    "car": ("access", "vehicle", "motor_vehicle", "motorcar"),
    "bike": ("access", "vehicle", "bicycle"),
    "walk": ("access", "foot"),
}
PLAINLY_OPEN = {"yes", "permissive", "designated", "official", "public"}


class Extract:
    """One file, what our reader makes of it and what OSMnx makes of it."""

    def __init__(self, name, path, folder):
        self.name, self.path, self.folder = name, path, folder
        self.usual, self.whole = networks_of(path)
        self._sides = {}

    @cached_property
    def file(self):
        return read_file(self.path)

    @cached_property
    def car_routes(self):
        return compare_routes(self.sides("car"), self.usual["car"])

    def sides(self, mode):
        if mode not in self._sides:
            self._sides[mode] = Sides(self.file, self.usual[mode], self.whole[mode], mode, self.folder)
        return self._sides[mode]


class Sides:
    """Our network and the oracle's graph of one mode, and where they differ."""

    def __init__(self, file, usual, whole, mode, folder):
        self.file, self.usual, self.whole, self.mode = file, usual, whole, mode
        road = np.flatnonzero(whole.is_road)
        assert (np.diff(whole.way_ptr)[road] == 1).all(), "each piece of an unsimplified network is of one way"
        base = base_node_id(whole.node_id)
        columns = base[whole.tail[road]], base[whole.head[road]], whole.way_id[whole.way_ptr[road]]
        keys = list(zip(*(column.tolist() for column in columns), strict=True))
        self.our_length_m = dict(zip(keys, whole.length_m[road].tolist(), strict=True))
        is_for_destination = (whole.access[road] == Access.DESTINATION).tolist()
        self.destination_only = {key for key, flag in zip(keys, is_for_destination, strict=True) if flag}
        ways = set(columns[2].tolist())
        self.oracle = osmnx_graph(file, ways, folder, bidirectional=mode == "walk")
        self.closed_nodes = _closed_nodes(whole)

    def tags_that_say(self, segment, keys):
        """Tags of the segment's way under some keys, also those that bind its direction, whose value is not plain."""
        tail, head, way = segment
        refs, tags = self.file.refs[way], self.file.tags[way]
        side = "forward" if (tail, head) in pairwise(refs) else "backward"
        names = [name for key in keys for name in (key, f"{key}:{side}") if name in tags]
        return [f"{name}={tags[name]}" for name in names if tags[name] not in PLAINLY_OPEN]

    @cached_property
    def only_in_oracle(self):
        """Segments that OSMnx lets pass and we do not -> why, None where the file does not tell."""
        return {s: self._why_closed(s) for s in self.oracle.segments.keys() - self.our_length_m.keys()}

    def _why_closed(self, segment):
        tags = self.file.tags[segment[2]]
        if segment in self.oracle.gaps:
            return "gap where the extract was cut"
        # one-way rules that OSMnx does not read
        if tags.get("oneway") in {"reversible", "alternating"}:
            return f"oneway={tags['oneway']}"
        if "oneway" not in tags and self.mode != "walk":
            for key, value in (("highway", "motorway"), ("junction", "circular")):
                if tags.get(key) == value:
                    return f"one-way by {key}={value}"
        for key in ("oneway:bicycle",) if self.mode == "bike" else ():
            if tags.get(key, "no") != "no":
                return f"{key}={tags[key]}"
        found = self.tags_that_say(segment, ACCESS_KEYS[self.mode])
        return found[-1] if found else None

    @cached_property
    def only_in_ours(self):
        """Segments that we let pass and OSMnx does not -> why, None where the file does not tell."""
        return {s: self._why_open(s) for s in self.our_length_m.keys() - self.oracle.segments.keys()}

    def _why_open(self, segment):
        tags = self.file.tags[segment[2]]
        if tags.get("oneway") in {"no", "0", "false"} and tags.get("junction") == "roundabout":
            return "oneway=no in a roundabout"
        for key in sorted(tags) if self.mode == "bike" else ():
            is_oneway_key = key == "oneway:bicycle" or (key.startswith("cycleway") and key.endswith(":oneway"))
            if is_oneway_key and tags[key] in {"no", "-1"}:
                return f"{key}={tags[key]}"
            if key.startswith("cycleway") and tags[key].startswith("opposite"):
                return f"{key}={tags[key]}"
        return None

    @cached_property
    def restrictions(self):
        return turn_restrictions(self.file, self.our_length_m, self.mode)

    @cached_property
    def local(self):
        """Segments for destination traffic, and those that can be reached or left over such segments only."""
        if not self.destination_only:
            return set()
        open_to_all = self.our_length_m.keys() - self.destination_only
        main = largest_part((tail, head) for tail, head, _ in open_to_all)
        return self.destination_only | {s for s in open_to_all if not (s[0] in main and s[1] in main)}

    @cached_property
    def ruled_segments(self):
        """OSMnx's segments with its lengths, without those closed by tags, with those opened by tags."""
        lengths = {s: m for s, m in self.oracle.segments.items() if s not in self.only_in_oracle}
        lengths |= {s: self.our_length_m[s] for s in self.only_in_ours}
        return [Segment(*s, length_m, s in self.local) for s, length_m in lengths.items()]

    def _ruled(self, *, turns_round):
        rows = [row for rows in self.restrictions.values() for row in rows]
        return TurnSearch(self.ruled_segments, rows, closed_nodes=self.closed_nodes, turns_round=turns_round)

    @cached_property
    def ruled(self):
        """The search under all rules; one turns round nowhere."""
        return self._ruled(turns_round=False)

    @cached_property
    def ruled_turning(self):
        """The same where one may turn round anywhere."""
        return self._ruled(turns_round=True)

    @cached_property
    def row_of_segment(self):
        return {tuple(segment[:3]): row for row, segment in enumerate(self.ruled_segments)}

    @cached_property
    def relation_searches(self):
        open_to_all = [segment._replace(is_destination_only=False) for segment in self.ruled_segments]
        return {relation: TurnSearch(open_to_all, rows) for relation, rows in self.restrictions.items()}

    def causes_on(self, nodes):
        """Why a route of the oracle is none under our rules, each with its place."""
        graph = self.oracle.graph
        route = [(tail, head, graph[tail][head]["way"]) for tail, head in pairwise(nodes)]
        causes = {self.only_in_oracle[segment] or "unknown" for segment in route if segment in self.only_in_oracle}
        for node in self.closed_nodes.intersection(nodes[1:-1]):
            causes.add(self.why_node_closed(node) or "unknown")
        ways = {way for _, _, way in route}
        for relation, rows in self.restrictions.items():
            if any(row.from_way in ways for row in rows):
                at = [self.row_of_segment[s] for s in route if s in self.row_of_segment]
                if not self.relation_searches[relation].allows(at):
                    causes.add("turn restriction")
        flags = [segment in self.local for segment in route]
        if False in flags and True in flags[flags.index(False) : len(flags) - flags[::-1].index(False)]:
            causes.add("destination-only street")
        return sorted(causes)

    def why_node_closed(self, node):
        tags = self.file.node_tags.get(node, {})
        if tags.get("highway") == "elevator":
            # a lift ends the ways of a building; the road on which somebody put the lift of a stop goes on
            classes = {self.file.tags[way]["highway"] for tail, _, way in self.our_length_m if tail == node}
            return "highway=elevator" if classes <= {"footway", "steps", "pedestrian", "corridor", "path"} else None
        found = [f"{k}={tags[k]}" for k in ACCESS_KEYS[self.mode] if tags.get(k, "yes") not in PLAINLY_OPEN]
        return f"barrier={tags['barrier']}" if "barrier" in tags else found[-1] if found else None


def _closed_nodes(whole):
    """Nodes of the file that stand in several parts of which none can be reached from a part with another way in."""
    base = base_node_id(whole.node_id)
    ids, count = np.unique(base, return_counts=True)
    several = ids[count > 1]
    closed = set()
    is_turn = whole.road_class == RoadClass.TURN
    rows_of = {node: [] for node in several.tolist()}
    for row in np.flatnonzero(np.isin(base, several)).tolist():
        rows_of[int(base[row])].append(row)
    in_of = {}
    for link in np.flatnonzero(np.isin(base[whole.head], several)).tolist():
        in_of.setdefault(int(whole.head[link]), []).append(link)
    for node, rows in rows_of.items():
        can_pass, leads_on = False, False
        goes_in = {int(base[whole.tail[i]]) for row in rows for i in in_of.get(row, []) if not is_turn[i]}
        goes_out = set()
        for row in rows:
            came_from = {int(base[whole.tail[i]]) for i in in_of.get(row, []) if not is_turn[i]}
            reached, seen = [row], {row}
            while reached:
                at = reached.pop()
                for i in range(whole.ptr[at], whole.ptr[at + 1]):
                    head = int(whole.head[i])
                    if not is_turn[i]:
                        goes_out.add(int(base[head]))
                        can_pass |= bool(came_from - {int(base[head])})
                    elif head not in seen:
                        seen.add(head)
                        reached.append(head)
        leads_on = any(goes_out - {node_in} for node_in in goes_in)
        if leads_on and not can_pass:
            closed.add(node)
    return closed


@pytest.fixture(scope="module", params=EXTRACTS)
def extract(request, shared_data, tmp_path_factory):
    return Extract(request.param, shared_data / EXTRACTS[request.param], tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def town(shared_data, tmp_path_factory):
    return Extract("krems", shared_data / EXTRACTS["krems"], tmp_path_factory.mktemp("krems"))


def _our_lengths(roads, source, targets):
    """Shortest length from a node of the file to others; of parts of a node the best one counts."""
    base = base_node_id(roads.node_id)
    n = roads.n_nodes
    best = np.full(n, np.inf)
    dist = np.empty(n)
    work = [np.empty(n, np.int32) for _ in range(4)]
    for row in np.flatnonzero(base == source).tolist():
        shortest_tree(row, roads.first_through, roads.ptr, roads.head, roads.length_m, dist, *work)
        best = np.minimum(best, dist)
    return {target: float(best[base == target].min()) for target in targets}


def compare_routes(sides, roads, *, n_routes=200):
    """Count of routes that agree and of those explained by each cause; faults as texts.

    Faults are routes whose length no rule explains, and routes that agree with the oracle only because we break a rule.
    """
    # one search of networkx through a large graph takes a second: fewer starts, more ends
    n_sources = 20 if len(sides.oracle.graph) < 20_000 else 5
    n_targets = n_routes // n_sources
    nodes = np.array(sorted(set(base_node_id(roads.node_id).tolist()) & largest_part(sides.oracle.graph.edges)))
    rng = np.random.default_rng(SEED)
    counts, unexplained, ignored = Counter(), [], []
    for source in rng.choice(nodes, min(n_sources, len(nodes)), replace=False).tolist():
        others = nodes[nodes != source]
        targets = rng.choice(others, min(n_targets, len(others)), replace=False).tolist()
        free, ours = shortest_paths(sides.oracle, source, targets), _our_lengths(roads, source, targets)
        causes = {target: sides.causes_on(free[target][1]) for target in targets}
        differing = [t for t in targets if causes[t] or not _is_equal(ours[t], free[t][0])]
        counts["agree"] += len(targets) - len(differing)
        straight = sides.ruled.routes(source, differing) if differing else {}
        beyond = [t for t in differing if t not in straight or not _is_equal(ours[t], straight[t].length_m)]
        turning = sides.ruled_turning.routes(source, beyond) if beyond else {}
        for target in differing:
            wanted, got = free[target][0], ours[target]
            routes = [routes[target] for routes in (straight, turning) if target in routes]
            used = {tuple(segment[:3]) for route in routes for segment in route.segments}
            opened = {sides.only_in_ours[s] or "unknown" for s in used if s in sides.only_in_ours}
            why = " and ".join(sorted({*causes[target], *opened}))
            lengths = [route.length_m for route in routes]
            text = f"{source} -> {target}: ours {got:.3f} m, oracle {wanted:.3f} m, under the rules {lengths}; {why}"
            is_by_rules = any(_is_equal(got, length_m) for length_m in lengths)
            if is_by_rules and _is_equal(got, wanted):
                counts["agree"] += 1
            elif is_by_rules and why and "unknown" not in why:
                counts[why] += 1
            elif _is_equal(got, wanted):
                counts[f"agree, against {why}"] += 1
                ignored.append(text)
            elif target in turning and turning[target].length_m < got < _length_or_inf(straight, target):
                counts[f"{why} and where one may turn round"] += 1
            else:
                unexplained.append(text)
    return counts, unexplained, ignored


def _is_equal(a_m, b_m):
    return math.isclose(a_m, b_m, rel_tol=REL)


def _length_or_inf(routes, target):
    return routes[target].length_m if target in routes else math.inf


def _told(name, counts, unexplained):
    """All routes of a comparison; how many there are of each cause is shown by ``pytest -rP``."""
    n = sum(counts.values()) + len(unexplained)
    causes = ", ".join(f"{count} {cause}" for cause, count in counts.most_common())
    sys.stdout.write(f"{name}: {n} routes: {causes}, {len(unexplained)} not explained\n")
    return n


def test_both_hold_the_same_segments(extract):
    """Each segment, not only those on routes: same length, and a reason where only one side lets pass."""
    sides = extract.sides("car")
    differing = {**sides.only_in_oracle, **sides.only_in_ours}
    sys.stdout.write(f"{extract.name}: {len(sides.our_length_m)} segments, {Counter(differing.values())}\n")
    assert [segment for segment, why in differing.items() if why is None] == []
    assert [s for s in sides.destination_only if not sides.tags_that_say(s, ACCESS_KEYS["car"])] == []
    assert [node for node in sides.closed_nodes if sides.why_node_closed(node) is None] == []
    shared = sorted(sides.our_length_m.keys() & sides.oracle.segments.keys())
    assert len(shared) > 0.95 * len(sides.our_length_m)
    ours = np.array([sides.our_length_m[s] for s in shared])
    # a thousandth of a millimetre: haversines of points a few decimetres apart lose digits
    np.testing.assert_allclose(ours, [sides.oracle.segments[s] for s in shared], rtol=1e-9, atol=1e-6)


def test_car_routes_agree(extract):
    counts, unexplained, _ = extract.car_routes
    n = _told(extract.name, counts, unexplained)
    assert unexplained == []
    # the centre of Berlin is a handful of junctions between which 200 different routes do not exist
    assert n == 200 or (extract.name == "berlin" and n > 100)
    assert counts["agree"] >= 0.5 * n


def test_car_routes_break_no_rule(extract):
    """No route is as short as the oracle's where the oracle's runs over a barrier or against a restriction."""
    _, _, ignored = extract.car_routes
    assert ignored == []


@pytest.mark.parametrize("extract", ["krems", "badhersfeld"], indirect=True)
@pytest.mark.parametrize("mode", ["bike", "walk"])
def test_routes_on_foot_and_by_bicycle_agree(extract, mode):
    sides = extract.sides(mode)
    counts, unexplained, _ = compare_routes(sides, extract.usual[mode], n_routes=60)
    n = _told(f"{extract.name} {mode}", counts, unexplained)
    assert unexplained == []
    assert n == 60
    assert counts["agree"] >= 0.5 * n


def test_a_network_that_lacks_roads_is_found_out(town):
    roads = town.usual["car"]
    rng = np.random.default_rng(SEED)
    lacking = remove_links(roads, (rng.random(roads.n_links) < 0.02) & roads.is_road)
    _, unexplained, _ = compare_routes(town.sides("car"), lacking)
    assert len(unexplained) > 10


def _leaves(content, path=()):
    for name, value in content.items():
        yield from _leaves(value, (*path, name)) if isinstance(value, dict) else [((*path, name), value)]


def test_counts_and_kilometres_are_the_golden_ones(extract):
    """`make golden` writes them anew; the difference is reviewed like code."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert sorted(golden) == sorted(EXTRACTS)
    wanted = dict(_leaves(golden[extract.name]))
    found = dict(_leaves(summary(extract.path, extract.usual, extract.whole)))
    assert {path[0] for path in wanted} >= set(MODES)
    differing = [
        f"{': '.join(path)}: golden {wanted.get(path)}, found {found.get(path)}"
        for path in sorted(wanted.keys() | found.keys())
        if not _is_same(wanted.get(path), found.get(path))
    ]
    assert differing == []


def _is_same(wanted, found):
    """Counts exactly, kilometres and shares to the digits that the order of a sum may change."""
    if isinstance(wanted, float) and isinstance(found, float):
        return math.isclose(wanted, found, rel_tol=1e-9)
    return type(wanted) is type(found) and wanted == found
