"""What a link costs at a volume: the cost functions that solvers balance, for user equilibrium and system optimum."""

from typing import Any, ClassVar

import numpy as np

from itas_mobility.core.columns import BoolArray, ByteArray, FloatArray
from itas_mobility.core.link_checks import check_functions, describe_link, has_delay
from itas_mobility.core.road import RoadNetwork, VdfKind
from itas_mobility.core.volume_delay import table_columns
from itas_mobility.errors import NetworkError
from itas_mobility.kernels import volume_delay
from itas_mobility.kernels.volume_delay import CostFunctions


class TravelCost:
    """Cost of the links as a driver meets it: travel time at the volume, plus toll and distance in seconds.

    Solvers see value, slope and integral only, so that any separable rising cost can take this one's place.

    Parameters
    ----------
    roads : RoadNetwork
        Links with their volume-delay functions.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as.
    extra_cost_s : array of shape (n_links,), optional
        What else a link costs, whatever its volume.
    preload_veh_per_h : array of shape (n_links,), optional
        Vehicles that are there all the same (buses) and slow the others down.
    queue_veh : array of shape (n_links,), optional
        Vehicles that wait at the end of each link when the period begins. If given, links have a capacity that is not
        exceeded: their function counts up to it, and the wait in the queue of the period on top (see
        `kernels.volume_delay`). Links whose time does not depend on the volume have no queue.
    duration_h : float, default=1
        Length of the period in which such a queue grows or shrinks.

    Raises
    ------
    NetworkError
        For a link whose volume-delay function is not defined, naming it.
    """

    _marginal: ClassVar[bool] = False

    def __init__(
        self,
        roads: RoadNetwork,
        *,
        toll_weight_s_per_eur: float = 0.0,
        distance_weight_s_per_m: float = 0.0,
        extra_cost_s: FloatArray | None = None,
        preload_veh_per_h: FloatArray | None = None,
        queue_veh: FloatArray | None = None,
        duration_h: float = 1.0,
    ) -> None:
        for name, weight in (
            ("toll_weight_s_per_eur", toll_weight_s_per_eur),
            ("distance_weight_s_per_m", distance_weight_s_per_m),
        ):
            if not (np.isfinite(weight) and weight >= 0):
                raise NetworkError(f"{name}: {weight} must be finite and not negative")
        check_functions(roads)
        self._roads = roads
        self.fixed_s: FloatArray = fixed_cost(roads, toll_weight_s_per_eur, distance_weight_s_per_m, extra_cost_s)
        preload = _of_links(roads, "preload_veh_per_h", preload_veh_per_h)
        functions = _Functions(roads)
        if queue_veh is not None:
            queue = _of_links(roads, "queue_veh", queue_veh)
            _check_queues(roads, queue, duration_h)
            functions.put_queues(has_delay(roads), queue, duration_h)
        self.functions = CostFunctions(
            marginal=self._marginal,
            kind=functions.kind,
            free_time=roads.free_time_s,
            capacity=roads.capacity_veh_per_h,
            alpha=functions.alpha,
            beta=functions.beta,
            fixed=self.fixed_s,
            preload=preload,
            table=functions.table,
        )
        """What compiled loops need for the cost of a link."""

    def value(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Cost of each link in seconds at `volume` (veh/h).

        Raises
        ------
        NetworkError
            If a cost overflows, naming the link.
        """
        out = np.empty_like(volume) if out is None else out
        volume_delay.costs(tuple(self.functions), volume, out)
        if not np.isfinite(out).all():
            roads, row = self._roads, int(np.flatnonzero(~np.isfinite(out))[0])
            kind = VdfKind(roads.vdf[row])
            what = f"power {roads.vdf_beta[row]:g}" if kind == VdfKind.BPR else f"{kind.name.lower()} function"
            raise NetworkError(
                f"the cost of {describe_link(roads, row)} is not a finite number at {volume[row]:g} veh/h (capacity "
                f"{roads.capacity_veh_per_h[row]:g} veh/h, {what}): lower the power or raise the capacity"
            )
        return out

    def time(self, volume: FloatArray) -> FloatArray:
        """Travel time of each link in seconds at `volume` (veh/h), without toll and distance."""
        out = np.empty_like(volume)
        functions = self.functions._replace(marginal=False, fixed=np.zeros_like(volume))
        volume_delay.costs(tuple(functions), volume, out)
        return out

    def slope(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Derivative of `value` by the volume, in s per veh/h."""
        out = np.empty_like(volume) if out is None else out
        volume_delay.slopes(tuple(self.functions), volume, out)
        return out

    def integral(self, volume: FloatArray) -> float:
        """Sum over links of the integral of `value` from zero to `volume`: what the equilibrium minimises."""
        out = np.empty_like(volume)
        volume_delay.integrals(tuple(self.functions), volume, out)
        return float(out.sum())

    def directional(self, volume: FloatArray, direction: FloatArray, step: float) -> tuple[float, float]:
        """First and second derivative of the objective along `direction`, at `step` from `volume`."""
        first, second = volume_delay.directional(tuple(self.functions), volume, direction, step)
        return float(first), float(second)


class MarginalCost(TravelCost):
    """Cost that one more vehicle causes to all (with preloaded ones): balanced, it gives the system optimum.

    Parameters
    ----------
    roads : RoadNetwork
        Links with their volume-delay functions.
    **options
        As `TravelCost` takes them, without a queue.

    Raises
    ------
    NetworkError
        As `TravelCost`; for a table that is not convex (where its slope falls, so does the marginal cost); for a queue
        (what a vehicle costs those who come in later periods is not seen here).
    """

    _marginal = True

    def __init__(self, roads: RoadNetwork, **options: Any) -> None:
        if options.get("queue_veh") is not None:
            raise NetworkError("queue_veh: marginal costs of a period with queues leave out what later periods bear")
        super().__init__(roads, **options)
        _check_convex_tables(roads)


class _Functions:
    """Volume-delay functions of all links as compiled loops take them (see `kernels.volume_delay`)."""

    def __init__(self, roads: RoadNetwork) -> None:
        self.kind: ByteArray = roads.vdf
        self.alpha: FloatArray = roads.vdf_alpha
        self.beta: FloatArray = roads.vdf_beta
        self.table: FloatArray = np.zeros((0, 4))
        if (roads.vdf == VdfKind.TABLE).any():
            self._put_tables(roads)

    def _put_tables(self, roads: RoadNetwork) -> None:
        """Let links with a table name its first row and number of points."""
        ptr = roads.vdf_table_ptr
        self.table = np.concatenate([_columns_of(roads, i) for i in range(len(ptr) - 1)])
        tabulated = roads.vdf == VdfKind.TABLE
        row = np.where(tabulated, roads.vdf_alpha, 0.0).astype(np.int64)
        self.alpha = np.where(tabulated, ptr[row], roads.vdf_alpha)
        self.beta = np.where(tabulated, np.diff(ptr)[row], roads.vdf_beta)

    def put_queues(self, wanted: BoolArray, queue_veh: FloatArray, duration_h: float) -> None:
        """Put a queue behind the functions of some links."""
        rows = np.flatnonzero(wanted)
        records = np.zeros((2 * rows.size, 4))
        records[::2] = np.column_stack(
            [self.kind[rows], self.alpha[rows], self.beta[rows], np.full(rows.size, duration_h)]
        )
        records[1::2, 0] = queue_veh[rows]
        first = len(self.table) + 2 * np.arange(rows.size)
        self.table = np.concatenate([self.table, records])
        self.kind, self.alpha, self.beta = self.kind.copy(), self.alpha.copy(), self.beta.copy()
        self.kind[rows], self.alpha[rows], self.beta[rows] = volume_delay.QUEUE, first, 2.0


def _columns_of(roads: RoadNetwork, table: int) -> FloatArray:
    """One of the network's tables as compiled loops take it."""
    points = slice(roads.vdf_table_ptr[table], roads.vdf_table_ptr[table + 1])
    return table_columns(roads.vdf_table_ratio[points], roads.vdf_table_factor[points])


def _check_convex_tables(roads: RoadNetwork) -> None:
    for row in np.flatnonzero(roads.vdf == VdfKind.TABLE):
        slope = _columns_of(roads, int(roads.vdf_alpha[row]))[:, 2]
        if (np.diff(slope) < 0).any():
            raise NetworkError(
                f"{describe_link(roads, int(row))} has a table whose slope falls, so that marginal costs would fall "
                "with the volume: a system optimum needs a convex table"
            )


def _check_queues(roads: RoadNetwork, queue_veh: FloatArray, duration_h: float) -> None:
    if not (np.isfinite(duration_h) and duration_h > 0):
        raise NetworkError(f"duration_h: {duration_h} must be positive and finite")
    lost = (queue_veh > 0) & ~has_delay(roads)
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        raise NetworkError(
            f"queue_veh: {queue_veh[row]:g} vehicles wait on {describe_link(roads, row)}, whose time does not "
            "depend on the volume, so that nobody waits there"
        )


def fixed_cost(
    roads: RoadNetwork,
    toll_weight_s_per_eur: float,
    distance_weight_s_per_m: float,
    extra_cost_s: FloatArray | None,
) -> FloatArray:
    """What links cost beside their travel time, in seconds of shape (n_links,); see `TravelCost`."""
    fixed: FloatArray = np.ascontiguousarray(
        toll_weight_s_per_eur * roads.toll_eur + distance_weight_s_per_m * roads.length_m
    )
    return fixed if extra_cost_s is None else fixed + _of_links(roads, "extra_cost_s", extra_cost_s)


def _of_links(roads: RoadNetwork, name: str, values: FloatArray | None) -> FloatArray:
    """A column of numbers that are finite and not negative, one per link; zeros if there is none."""
    if values is None:
        return np.zeros(roads.n_links)
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (roads.n_links,):
        raise NetworkError(f"{name}: shape {given.shape}, expected {(roads.n_links,)}")
    bad = ~(np.isfinite(given) & (given >= 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise NetworkError(f"{name}: {given[row]} on {describe_link(roads, row)}")
    return np.ascontiguousarray(given)
