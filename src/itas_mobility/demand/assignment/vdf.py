"""What a link costs at a volume: the cost functions that solvers balance, for user equilibrium and system optimum."""

from typing import Any, ClassVar

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.road import RoadNetwork, VdfKind
from itas_mobility.errors import NetworkError
from itas_mobility.kernels import volume_delay


class TravelCost:
    """Cost of the links as a driver meets it: travel time at the volume, plus toll and distance in seconds.

    Solvers see value, slope and integral only, so that any separable rising cost can take this one's place.

    Parameters
    ----------
    roads : RoadNetwork
        Links with their volume-delay functions.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as.
    preload_veh_per_h : array of shape (n_links,), optional
        Vehicles that are there all the same (buses) and slow the others down.

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
        preload_veh_per_h: FloatArray | None = None,
    ) -> None:
        for name, weight in (
            ("toll_weight_s_per_eur", toll_weight_s_per_eur),
            ("distance_weight_s_per_m", distance_weight_s_per_m),
        ):
            if not (np.isfinite(weight) and weight >= 0):
                raise NetworkError(f"{name}: {weight} must be finite and not negative")
        check_functions(roads)
        self._roads = roads
        self._links = (
            roads.vdf,
            roads.free_time_s,
            roads.capacity_veh_per_h,
            roads.vdf_alpha,
            roads.vdf_beta,
        )
        self.fixed_s: FloatArray = np.ascontiguousarray(
            toll_weight_s_per_eur * roads.toll_eur + distance_weight_s_per_m * roads.length_m
        )
        self._preload = np.zeros(roads.n_links)
        if preload_veh_per_h is not None:
            given = np.asarray(preload_veh_per_h, dtype=np.float64)
            if given.shape != (roads.n_links,):
                raise NetworkError(f"preload_veh_per_h: shape {given.shape}, expected {(roads.n_links,)}")
            bad = ~(np.isfinite(given) & (given >= 0))
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise NetworkError(f"preload_veh_per_h: {given[row]} on {describe_link(roads, row)}")
            self._preload = np.ascontiguousarray(given)

    @property
    def columns(self) -> tuple[Any, ...]:
        """What compiled loops need for the cost of a link: the parameters of `volume_delay.costs` before volume."""
        return (self._marginal, *self._links, self.fixed_s, self._preload)

    def value(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Cost of each link in seconds at `volume` (veh/h).

        Raises
        ------
        NetworkError
            If a cost overflows, naming the link.
        """
        out = np.empty_like(volume) if out is None else out
        volume_delay.costs(self._marginal, *self._links, self.fixed_s, self._preload, volume, out)
        if not np.isfinite(out).all():
            row = int(np.flatnonzero(~np.isfinite(out))[0])
            raise NetworkError(
                f"the cost of {describe_link(self._roads, row)} is not a finite number at {volume[row]:g} veh/h "
                f"(capacity {self._roads.capacity_veh_per_h[row]:g} veh/h, power {self._roads.vdf_beta[row]:g}): "
                "lower the power or raise the capacity"
            )
        return out

    def time(self, volume: FloatArray) -> FloatArray:
        """Travel time of each link in seconds at `volume` (veh/h), without toll and distance."""
        out = np.empty_like(volume)
        volume_delay.costs(False, *self._links, np.zeros_like(volume), self._preload, volume, out)
        return out

    def slope(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Derivative of `value` by the volume, in s per veh/h."""
        out = np.empty_like(volume) if out is None else out
        volume_delay.slopes(self._marginal, *self._links, self._preload, volume, out)
        return out

    def integral(self, volume: FloatArray) -> float:
        """Sum over links of the integral of `value` from zero to `volume`: what the equilibrium minimises."""
        out = np.empty_like(volume)
        volume_delay.integrals(self._marginal, *self._links, self.fixed_s, self._preload, volume, out)
        return float(out.sum())

    def directional(self, volume: FloatArray, direction: FloatArray, step: float) -> tuple[float, float]:
        """First and second derivative of the objective along `direction`, at `step` from `volume`."""
        first, second = volume_delay.directional(
            self._marginal, *self._links, self.fixed_s, self._preload, volume, direction, step
        )
        return float(first), float(second)


class MarginalCost(TravelCost):
    """Cost that one more vehicle causes to all (with preloaded ones): balanced, it gives the system optimum."""

    _marginal = True


def check_functions(roads: RoadNetwork) -> None:
    """Refuse links whose volume-delay function is not defined.

    Zero free-flow time, zero delay factor, power 0 and infinite capacity are legal (the time is then constant).

    Parameters
    ----------
    roads : RoadNetwork
        The network.

    Raises
    ------
    NetworkError
        Naming the first such link: zero capacity with a delay, or a conical function with alpha of 1 or less.
    """
    delays = np.where(
        roads.vdf == VdfKind.BPR,
        (roads.vdf_alpha > 0) & (roads.vdf_beta > 0) & (roads.free_time_s > 0),
        np.where(roads.vdf == VdfKind.CONICAL, roads.free_time_s > 0, True),
    )
    closed = delays & (roads.capacity_veh_per_h == 0)
    if closed.any():
        row = int(np.flatnonzero(closed)[0])
        raise NetworkError(
            f"{describe_link(roads, row)} has capacity 0 but a volume-delay function (and {int(closed.sum()) - 1} more "
            "such links): give it a capacity, or remove it to close it"
        )
    flat = (roads.vdf == VdfKind.CONICAL) & (roads.vdf_alpha <= 1)
    if flat.any():
        row = int(np.flatnonzero(flat)[0])
        raise NetworkError(
            f"{describe_link(roads, row)} has a conical function with alpha {roads.vdf_alpha[row]:g}; "
            "alpha must be above 1"
        )


def describe_link(roads: RoadNetwork, row: int) -> str:
    """Name a link in a message: row, key, end nodes and street."""
    name = f", {roads.name[row]}" if roads.name[row] else ""
    return (
        f"link {row} (key {roads.link_key[row]}, node {roads.node_id[roads.tail[row]]} to "
        f"{roads.node_id[roads.head[row]]}{name})"
    )
