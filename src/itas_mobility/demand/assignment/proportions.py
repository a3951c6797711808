"""Proportionality: of all route flows that give the same link volumes, the one in which all travellers split alike.

In user equilibrium link volumes are unique where cost rises, but not which origin's trips are on which link: two
origins that meet at a pair of equally long segments may split in any way that adds up. The *condition of
proportionality* (Bar-Gera 2010; Bar-Gera, Boyce and Nie 2012) settles it: at each pair of alternative segments,
travellers split in the same proportions wherever they come from and go to, and whichever class they belong to, as long
as the segments cost each of them the same. Route flows of largest entropy meet it everywhere; see
`kernels.proportionality` for how they are found.

Classes count in passenger-car equivalents. Links of constant cost have no unique volume either: there the rule decides
the volume, too, as that which makes the entropy of all route flows largest (two such links side by side take half
each). Costs stay what they are.
"""

import warnings
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.result import AssignmentResult, Bushes
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.gap import relative_excess
from itas_mobility.demand.assignment.loaded_bushes import (
    AGREEMENT,
    LoadedBushes,
    Trips,
    class_cost,
    classes_of,
    load_bushes,
)
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.demand.hierarchy import hierarchy_of, weights
from itas_mobility.errors import ConvergenceWarning, DemandError, NetworkError
from itas_mobility.kernels import proportionality as kernels
from itas_mobility.kernels.bush import LinkLists
from itas_mobility.kernels.stars import both_stars

SETTLED_GAP = 1e-6
"""Relative gap above which it makes no sense to speak of paths of equal cost."""
GOOD_GAP = 1e-8
"""Relative gap above which costs are too rough to tell paths of equal cost from others: at 5e-9, links that Chicago
Sketch's trips use exceed the least cost by up to 1e-5 of a trip's cost, at 2e-11 by 1e-6, at 2e-13 by 1e-7."""
EQUAL_COST = 3e-6
"""Excess cost, relative to the mean cost of a trip, up to which a path counts as one of least cost. Paths that are
really dearer begin at 1e-5 on Chicago Sketch, whose file rounds times to 1/100 of a minute."""
ROOM = 8
"""A first guess leaves room for 1/8 more links than the bushes use."""
LEAST_STEP = 1e-9
"""Cost, relative to the mean of a trip, of links without cost in the order of a bush."""
LEAST_VOLUME = 1e-9
"""Volume, relative to the largest, above which a link is opened to origins that do not use it."""
TARGET = 1e-12
"""Error of volumes, relative to all demand, at which the search for weights ends."""
ALLOWED = 1e-9
"""Error of volumes, relative to all demand, above which a warning is given."""
MOST_HELD = 20_000
"""Links whose volume depends on how trips split, above which the table of their covariances (8 bytes for each pair of
links, here 3.2 GB) is not made."""
MAX_STEPS = 200
"""Newton steps; a dozen is usual."""
DAMPING = 0.25
"""Share of the volumes' error that is added to the diagonal: no weight then changes by more than e to the power of
4 in a step for the sake of its own link."""
SUFFICIENT = 1e-4
"""Share of the expected decrease of the dual that a step must bring (Armijo's rule)."""
ROUNDING = 1e-11
"""Decrease of the dual, relative to its value, that is lost in rounding; the error of volumes decides from there on."""
RIDGE = 1e-10
"""Share of a link's volume (the most that its variance can be) below which a variance is rounding. A link whose
variance falls so low when others are held is implied by them."""
DOUBLINGS = 6
"""How often a step that has proved right is doubled: e to the power of 60 is beyond all volumes."""
HALVINGS = 40
"""Halvings of a step after which nothing can be gained any more."""


def proportionate(
    roads: RoadNetwork, trips: Trips, result: AssignmentResult, *, cost_s: FloatArray | None = None
) -> AssignmentResult:
    """Distribute link volumes over origins, paths and classes by the condition of proportionality.

    Volumes of links whose cost rises stay what they are, and so do all costs. Use it before `select_links`, `turns` and
    `paths` where two scenarios are compared: without it their results depend on how the solver got there.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        With bushes, at a relative gap of 1e-8 or better. At 1e-10 what comes out hardly depends any more on how the
        solver got there (Chicago Sketch renumbered: 4e-9 of all trips on any origin's links; 4e-5 at 1e-8).
    cost_s : array of shape (n_links,) or (n_classes, n_links), optional
        Costs that were balanced. Default those of the result and of the classes; give marginal costs for a system
        optimum.

    Returns
    -------
    AssignmentResult
        With new bushes. Its volumes are the sum of these.

    Raises
    ------
    DemandError, NetworkError
        If the result has no bushes, belongs to other trips, is not in equilibrium at these costs, or if more than
        `MOST_HELD` links depend on how trips split.

    Warns
    -----
    ConvergenceWarning
        If the gap is above 1e-8, so that some paths of equal cost are not seen as such; or if volumes could be kept
        to 1e-9 of all demand only (says how far).
    """
    loaded = load_bushes(roads, trips, result)
    cost = _costs(roads, trips, result, cost_s)
    pce = np.array([user.pce for user in classes_of(trips)])[loaded.class_row]
    volume = _volumes(roads, loaded.ptr, loaded.link, loaded.flow, pce)
    demand = loaded.demand * np.repeat(pce, np.diff(loaded.pair_ptr))
    total = float(demand.sum())
    if np.abs(volume - result.volume_veh_per_h).max(initial=0.0) > AGREEMENT * max(total, 1.0):
        raise DemandError("bushes: their volumes, in car equivalents, do not add up to those of the result")
    if total == 0.0:
        return result
    is_constant = _constant(roads, volume)
    ways = _Ways(roads, result.bushes, loaded, demand, cost, volume, is_constant)
    _check_gap(ways.relative_gap)
    held = np.flatnonzero(ways.is_choice & ~is_constant & (volume > 0.0))
    if len(held) > MOST_HELD:
        raise NetworkError(
            f"proportionate: trips may split over {len(held)} links of rising cost, at most {MOST_HELD} are possible: "
            "read the result without it, or assign a part of the network"
        )
    log_weight, error = _weights(roads, ways, held, volume, total)
    if error > ALLOWED * total:
        warnings.warn(
            f"proportionate: volumes are kept to {error / total:.1e} of all demand only, at most {error:.2e} veh/h on "
            "a link: assign with a smaller relative_gap",
            ConvergenceWarning,
            stacklevel=2,
        )
    bushes = ways.bushes(log_weight, pce)
    return _with_bushes(roads, result, bushes, pce)


def _costs(roads: RoadNetwork, trips: Trips, result: AssignmentResult, given: FloatArray | None) -> FloatArray:
    """Cost of each link for each class."""
    own = class_cost(roads, trips, result)
    if given is None:
        return own
    cost = np.asarray(given, dtype=np.float64)
    if cost.shape not in (own.shape, own.shape[1:]):
        raise NetworkError(f"cost_s: shape {cost.shape}, expected {own.shape[1:]} or {own.shape}")
    if np.isnan(cost).any() or (cost < 0).any():
        raise NetworkError("cost_s: must be at least 0 and not missing")
    return np.ascontiguousarray(np.broadcast_to(cost, own.shape))


def _constant(roads: RoadNetwork, volume: FloatArray) -> BoolArray:
    """Links whose cost does not depend on their volume, whatever it is."""
    capacity = np.where(np.isfinite(roads.capacity_veh_per_h), roads.capacity_veh_per_h, 0.0)
    overloaded = 2.0 * np.maximum(volume, capacity) + 1.0
    return np.asarray(TravelCost(roads).slope(overloaded) == 0.0)


def _volumes(roads: RoadNetwork, ptr: LongArray, link: IntArray, flow: FloatArray, pce: FloatArray) -> FloatArray:
    """Volume of each link in car equivalents."""
    weights = flow * np.repeat(pce, np.diff(ptr))
    return np.bincount(link, weights=weights, minlength=roads.n_links).astype(np.float64, copy=False)


def _check_gap(gap: float) -> None:
    if gap > SETTLED_GAP:
        raise DemandError(
            f"proportionate: the trips take paths that are not of least cost (relative gap {gap:.1e} at these costs): "
            "assign with relative_gap=1e-10, and give cost_s if something else than the result's costs was balanced "
            "(marginal costs for a system optimum)"
        )
    if gap > GOOD_GAP:
        warnings.warn(
            f"proportionate: relative gap {gap:.1e} is above {GOOD_GAP:g}, so some paths of equal cost are not seen as "
            "such: assign with a smaller relative_gap",
            ConvergenceWarning,
            stacklevel=3,
        )


@dataclass(frozen=True)
class _Contracted:
    """Bushes on nodes of their own (see `kernels.contract`)."""

    ways: kernels.Ways
    demand: FloatArray


class _Ways:
    """Which ways are open to each origin and class."""

    def __init__(
        self,
        roads: RoadNetwork,
        bushes: Bushes | None,
        loaded: LoadedBushes,
        demand: FloatArray,
        cost: FloatArray,
        volume: FloatArray,
        is_constant: BoolArray,
    ) -> None:
        assert bushes is not None  # as load_bushes has checked
        self._roads, self._earlier, self._loaded, self._demand = roads, bushes, loaded, demand
        n = len(loaded.root)
        paid = cost[loaded.class_row[np.repeat(np.arange(n), np.diff(loaded.ptr))], loaded.link]
        mean_cost = float((loaded.flow * paid).sum() / loaded.demand.sum()) or 1.0  # any will do if nothing costs
        rules = kernels.Rules(
            may_join=is_constant | (volume > LEAST_VOLUME * volume.max()),
            tolerance=EQUAL_COST * mean_cost,
            least_step=LEAST_STEP * mean_cost,
        )
        sums = np.empty((n, 2))
        network = both_stars(roads.first_through, roads.ptr, roads.tail, roads.head)
        given = LinkLists(bushes.ptr, bushes.link, bushes.volume_veh_per_h)
        hierarchy = hierarchy_of(roads)
        self._ptr: LongArray = np.zeros(n + 1, dtype=np.int64)
        self._link: IntArray = np.empty(len(loaded.link) + len(loaded.link) // ROOM, dtype=np.int32)
        weighted = {int(row): weights(hierarchy, cost[row], with_paths=False) for row in np.unique(loaded.class_row)}
        edges = np.flatnonzero(np.diff(loaded.class_row, prepend=-1, append=-1))
        while True:
            for first, last in pairwise(edges.tolist()):  # bushes of one class side by side
                kernels.open_ways(
                    network, hierarchy, weighted[int(loaded.class_row[first])], first, last, given, loaded.root,
                    loaded.pair_ptr, loaded.destination, rules, sums, self._ptr, self._link,
                )  # fmt: skip
            if self._ptr[-1] <= len(self._link):
                break
            self._link = np.empty(self._ptr[-1], dtype=np.int32)
        total = sums.sum(axis=0)
        self.relative_gap = relative_excess(float(total[kernels.EXCESS]), float(total[kernels.TOTAL]))
        self.is_choice: BoolArray = np.zeros(roads.n_links, dtype=np.bool_)
        kernels.mark_choices(self._ptr, self._link, roads.tail, roads.head, loaded.root, self.is_choice)

    def contracted(self, kept: BoolArray) -> _Contracted:
        """Without nodes that have one way in, unless over a link that is kept."""
        loaded, n = self._loaded, len(self._loaded.root)
        n_places, n_nodes = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)

        def contract(ways: kernels.Ways, node_demand: FloatArray) -> None:
            kernels.contract(
                self._ptr, self._link, self._roads.tail, self._roads.head, loaded.root, loaded.pair_ptr,
                loaded.destination, self._demand, kept, n_places, n_nodes, tuple(ways), node_demand,
            )  # fmt: skip

        nothing, none = np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
        contract(kernels.Ways(nothing, nothing, none, none, none), np.empty(0))
        place_ptr = np.concatenate(([0], np.cumsum(n_places))).astype(np.int64)
        node_ptr = np.concatenate(([0], np.cumsum(n_nodes))).astype(np.int64)
        link, tail, head = (np.empty(place_ptr[-1], dtype=np.int32) for _ in range(3))
        found = _Contracted(kernels.Ways(place_ptr, node_ptr, link, tail, head), np.empty(node_ptr[-1]))
        contract(found.ways, found.demand)
        return found

    def bushes(self, log_weight: FloatArray, pce: FloatArray) -> Bushes:
        """Bushes that split by these weights, in vehicles of `pce` car equivalents (shape (n_bushes,))."""
        roads, earlier, loaded = self._roads, self._earlier, self._loaded
        whole = self.contracted(np.ones(roads.n_links, dtype=np.bool_))
        flows = _split(whole, log_weight)
        ways = whole.ways
        bush = np.repeat(np.arange(len(loaded.root)), np.diff(ways.place_ptr))
        flow = flows.share * flows.through[ways.node_ptr[bush] + ways.head] / pce[bush]
        size = len(ways.link) + len(earlier.link)
        ptr = np.zeros(len(loaded.root) + 1, dtype=np.int64)
        found = LinkLists(ptr, np.empty(size, dtype=np.int32), np.empty(size))
        before = LinkLists(earlier.ptr, earlier.link, earlier.volume_veh_per_h)
        carrying = LinkLists(ways.place_ptr, ways.link, flow)
        kernels.write_bushes(tuple(before), roads.head, loaded.root, tuple(carrying), tuple(found))
        n = found.ptr[-1]
        return replace(earlier, ptr=found.ptr, link=found.link[:n].copy(), volume_veh_per_h=found.flow[:n].copy())


@dataclass(frozen=True)
class _Flows:
    """What weights lead to."""

    share: FloatArray
    through: FloatArray
    volume: FloatArray
    value: float
    """See `kernels.split`."""


def _split(bushes: _Contracted, log_weight: FloatArray) -> _Flows:
    share, through, volume = np.empty(len(bushes.ways.link)), np.empty(len(bushes.demand)), np.empty(len(log_weight))
    value = kernels.split(tuple(bushes.ways), bushes.demand, log_weight, share, through, volume)
    return _Flows(share, through, volume, float(value))


def _weights(
    roads: RoadNetwork, ways: _Ways, held: LongArray, volume: FloatArray, total: float
) -> tuple[FloatArray, float]:
    """Logarithms of the weights that give the volumes of the links that are held, and the largest error that is left.

    They minimise the convex dual of largest entropy: demand x logarithm of its paths' weights, less volume x logarithm
    of the link's weight. Its gradient is the error of the volumes. The error itself, added to the diagonal, keeps
    Newton's steps short where volumes are far off, and vanishes with them.
    """
    into = np.bincount(roads.head, weights=volume, minlength=roads.n_nodes)
    log_weight = np.zeros(roads.n_links)
    log_weight[held] = np.log(volume[held] / into[roads.head[held]])  # right if all origins come in alike
    bushes = ways.contracted(_mask(held, roads.n_links))
    flows = _split(bushes, log_weight)
    unknown = _independent(bushes, flows, held, volume)
    while True:
        log_weight, flows = _newton(bushes, log_weight, flows, unknown, volume, total)
        error = np.abs(flows.volume - volume)[held]
        worst = held[error.argmax()] if held.size else -1
        if error.max(initial=0.0) <= TARGET * total or worst in unknown:
            return log_weight, float(error.max(initial=0.0))
        # where one way weighs next to nothing against another at first, what moves between them looked implied
        unknown = np.sort(np.append(unknown, worst))


def _newton(
    bushes: _Contracted, log_weight: FloatArray, flows: _Flows, unknown: LongArray, volume: FloatArray, total: float
) -> tuple[FloatArray, _Flows]:
    """Weights of the unknown links that give their volumes, and the flows they lead to."""
    number = _number(unknown, len(volume))
    wanted = volume[unknown]
    matrix = np.empty((len(unknown), len(unknown)))
    diagonal = np.diag_indices_from(matrix)
    for _ in range(MAX_STEPS):
        error = flows.volume[unknown] - wanted
        if np.abs(error).max(initial=0.0) <= TARGET * total:
            break
        kernels.curvature(tuple(bushes.ways), flows.share, flows.through, number, matrix)
        matrix[diagonal] += DAMPING * np.abs(error) + RIDGE * wanted
        step = -error
        kernels.solve(matrix, step)
        found = _search(bushes, log_weight, flows, unknown, wanted, step)
        if found is None:
            break
        log_weight, flows = found
    return log_weight, flows


def _independent(bushes: _Contracted, flows: _Flows, held: LongArray, volume: FloatArray) -> LongArray:
    """As many links as determine the volumes of all that are held; the weights of the others can stay what they are."""
    matrix = np.empty((len(held), len(held)))
    kernels.curvature(tuple(bushes.ways), flows.share, flows.through, _number(held, len(volume)), matrix)
    chosen = np.zeros(len(held), dtype=np.bool_)
    kernels.independent(matrix, RIDGE * volume[held], chosen)
    return held[chosen]


def _mask(links: LongArray, n_links: int) -> BoolArray:
    mask = np.zeros(n_links, dtype=np.bool_)
    mask[links] = True
    return mask


def _number(links: LongArray, n_links: int) -> IntArray:
    """Place of each link among these, -1 for others."""
    number = np.full(n_links, -1, dtype=np.int32)
    number[links] = np.arange(len(links))
    return number


def _search(
    bushes: _Contracted,
    log_weight: FloatArray,
    flows: _Flows,
    unknown: LongArray,
    wanted: FloatArray,
    step: FloatArray,
) -> tuple[FloatArray, _Flows] | None:
    """Weights after the step or a part of it that lowers the dual; None if none does."""
    error = flows.volume[unknown] - wanted
    decrease = float((error * step).sum())
    value = flows.value - float((wanted * log_weight[unknown]).sum())
    lost = abs(decrease) <= ROUNDING * max(abs(value), abs(flows.value))
    part = 1.0
    for _ in range(HALVINGS):
        tried = log_weight.copy()
        tried[unknown] += part * step
        then = _split(bushes, tried)
        now = then.value - float((wanted * tried[unknown]).sum())
        if now <= value + SUFFICIENT * part * decrease:
            return (tried, then) if part < 1.0 else _longer(bushes, tried, then, unknown, wanted, step)
        if lost and np.abs(then.volume[unknown] - wanted).sum() < np.abs(error).sum():
            return tried, then
        part *= 0.5
    return None


def _longer(
    bushes: _Contracted,
    log_weight: FloatArray,
    flows: _Flows,
    unknown: LongArray,
    wanted: FloatArray,
    step: FloatArray,
) -> tuple[FloatArray, _Flows]:
    """Go on in the same direction, twice as far each time, as long as volumes come nearer.

    Where a weight has to go to nought or beyond all bounds, Newton's steps are all alike and each only halves the
    error.
    """
    error = np.abs(flows.volume[unknown] - wanted).sum()
    further = step
    for _ in range(DOUBLINGS):
        tried = log_weight.copy()
        tried[unknown] += further
        then = _split(bushes, tried)
        now = np.abs(then.volume[unknown] - wanted).sum()
        if not now < error:
            break
        log_weight, flows, error, further = tried, then, now, 2.0 * further
    return log_weight, flows


def _with_bushes(roads: RoadNetwork, result: AssignmentResult, bushes: Bushes, pce: FloatArray) -> AssignmentResult:
    """The result with these bushes and their volumes; totals follow links of constant cost that have changed."""
    volume = _volumes(roads, bushes.ptr, bushes.link, bushes.volume_veh_per_h, pce)
    moved = volume - result.volume_veh_per_h
    shifted = float((moved * result.cost_s).sum())
    return replace(
        result,
        volume_veh_per_h=volume,
        tstt_veh_s=result.tstt_veh_s + shifted,
        beckmann_veh_s=result.beckmann_veh_s + shifted,
        bushes=bushes,
    )
