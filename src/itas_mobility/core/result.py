"""Results of assignment."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import (
    LEFT_OUT,
    ByteArray,
    Columns,
    FloatArray,
    IntArray,
    LongArray,
    StrArray,
    html_card,
    left_out,
)
from itas_mobility.core.transit import TransitMode, mode_names
from itas_mobility.errors import InputError
from itas_mobility.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Bushes:
    """Which links the trips of each origin use, and how many of them: per origin an acyclic set of links.

    Links stand in the order in which trips pass them, those into the same node side by side. Volumes of all origins and
    classes, each vehicle counted as its class's car equivalents, add up to the result's.

    Raises
    ------
    InputError
        With all faults found.
    """

    origin_id: LongArray
    """`RoadNetwork.node_id` of the origin of each bush; origins without demand are left out."""
    class_row: ByteArray
    """User class of each bush: its row in `AssignmentResult.class_name`; an origin has at most one bush per class."""
    ptr: LongArray
    """Links of bush *k* are rows ``ptr[k]`` to ``ptr[k + 1]`` (exclusive), shape (n_bushes + 1,)."""
    link: IntArray
    """Row in the result, so that ``result.link_key[link]`` joins across scenarios."""
    volume_veh_per_h: FloatArray
    """Vehicles (not car equivalents) of this origin and class on the link."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Bushes")
        n = len(np.atleast_1d(self.origin_id))
        m = len(np.atleast_1d(self.link))
        columns.array("origin_id", np.int64, (n,))
        columns.array("class_row", np.uint8, (n,))
        bushes = np.column_stack([self.origin_id, self.class_row])
        columns.check(len(np.unique(bushes, axis=0)) == n, "origin_id: an origin stands twice for the same class")
        columns.pointer("ptr", n, m)
        columns.array("link", np.int32, (m,), low=0)
        columns.array("volume_veh_per_h", np.float64, (m,), low=0)
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card("Bushes", {"bushes": len(self.origin_id), "links": f"{len(self.link):,}"})


@dataclass(frozen=True, eq=False)
class Unassigned:
    """Demand without a path, by pair of zones and user class.

    Raises
    ------
    InputError
        With all faults found.
    """

    class_row: ByteArray
    """Row in `AssignmentResult.class_name`, shape (n_pairs,)."""
    origin: IntArray
    destination: IntArray
    """Zones (rows of the OD matrix), shape (n_pairs,)."""
    trips: FloatArray
    """Vehicles in the period of the OD matrix, shape (n_pairs,)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Unassigned")
        n = len(np.atleast_1d(self.origin))
        columns.array("class_row", np.uint8, (n,))
        columns.array("origin", np.int32, (n,), low=0)
        columns.array("destination", np.int32, (n,), low=0)
        columns.array("trips", np.float64, (n,), low=0)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.origin)

    @property
    def total(self) -> float:
        """Vehicles of all pairs."""
        return float(self.trips.sum())


@dataclass(frozen=True, eq=False)
class AssignmentResult:
    """Volumes and times of an assignment; row *i* is link *i* of the network, `link_key` joins across scenarios.

    Raises
    ------
    InputError
        With all faults found.
    """

    link_key: LongArray
    volume_veh_per_h: FloatArray
    """Of all classes, in passenger-car units: each vehicle counts as its class's `pce` (1 for a matrix of trips)."""
    time_s: FloatArray
    """Travel time at that volume."""
    cost_s: FloatArray
    """Generalised cost that route choice saw (time, toll and distance in seconds); of user classes, who each have their
    own (`class_cost_s`), the part they share: the travel time."""
    relative_gap: float
    """(TSTT - SPTT) / TSTT over the cost that was balanced."""
    tstt_veh_s: float
    sptt_veh_s: float
    beckmann_veh_s: float
    iterations: int
    converged: bool
    unassigned_trips: float
    """Trips of pairs without a path."""
    algorithm: str
    gap_history: tuple[float, ...] = ()
    demand_digest: str = ""
    """Content digest of the demand per hour; a warm start takes over volumes only of the same demand."""
    elapsed_s: float = field(default=0.0, compare=False)
    """Wall time of the solver; not part of the content."""
    bushes: Bushes | None = field(default=None, compare=False)
    """Links and volumes of each origin, if the algorithm keeps them; a warm start continues from them."""
    class_name: StrArray = field(default_factory=lambda: np.array(["all"]))
    """User classes, in the order of all that is given by class."""
    class_volume_veh_per_h: FloatArray | None = None
    """Vehicles of each class, shape (n_classes, n_links)."""
    class_cost_s: FloatArray | None = None
    """Generalised cost of each class, inf where it may not drive; shape (n_classes, n_links)."""
    unassigned: Unassigned | None = None
    """Which demand has no path."""

    def __post_init__(self) -> None:
        columns = Columns(self, "AssignmentResult")
        m = len(np.atleast_1d(self.link_key))
        columns.array("link_key", np.int64, (m,))
        for name in ("volume_veh_per_h", "time_s", "cost_s"):
            columns.array(name, np.float64, (m,), low=0)
        classes = len(np.atleast_1d(self.class_name))
        columns.array("class_name", str, (classes,))
        if self.class_volume_veh_per_h is not None:
            columns.array("class_volume_veh_per_h", np.float64, (classes, m), low=0)
        if self.class_cost_s is not None:
            columns.array("class_cost_s", np.float64, (classes, m), low=0, allow_inf=True)
        if self.bushes is not None:
            known = self.bushes.link.max(initial=-1) < m
            columns.check(known, f"bushes: link {self.bushes.link.max(initial=-1)} of {m} links")
        columns.raise_faults()

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per link: link_key, volume_veh_per_h, time_s, cost_s."""
        import pandas as pd

        return pd.DataFrame(
            {
                "link_key": self.link_key,
                "volume_veh_per_h": self.volume_veh_per_h,
                "time_s": self.time_s,
                "cost_s": self.cost_s,
            }
        )

    def _repr_html_(self) -> str:
        return html_card(
            "Assignment",
            {
                "algorithm": self.algorithm,
                "relative gap": f"{self.relative_gap:.2e}",
                "converged": self.converged,
                "iterations": self.iterations,
                "TSTT": f"{self.tstt_veh_s / SECONDS_PER_HOUR:,.1f} veh h per h",
                "unassigned": f"{self.unassigned_trips:,.1f} trips",
            },
        )


@dataclass(frozen=True, eq=False)
class TransitLoads:
    """Persons on the lines; call *k* of pattern *i* is row ``stop_ptr[i] + k`` of the columns by call.

    Raises
    ------
    InputError
        With all faults found.
    """

    pattern_id: StrArray
    line: StrArray
    mode: ByteArray
    """`TransitMode`, shape (n_patterns,)."""
    stop_ptr: LongArray
    stop_id: StrArray
    stop_name: StrArray
    """Stop of each call, shape (n_calls,)."""
    volume: FloatArray
    """Persons on board from this call to the next one; 0 at the last."""
    boardings: FloatArray
    alightings: FloatArray
    assigned_trips: float
    unassigned_trips: float
    """Trips of pairs without a service, and trips within a zone."""
    seats: FloatArray = field(default_factory=left_out)
    capacity_persons: FloatArray = field(default_factory=left_out)
    """Of all vehicles of the pattern in the period, shape (n_patterns,); nan where they are not known (default)."""
    relative_gap: float = 0.0
    """Of perceived time: by how much all could be better off at the crowding there is, as a share; 0 without."""
    rounds: int = 1
    converged: bool = True

    def __post_init__(self) -> None:
        columns = Columns(self, "TransitLoads")
        n, calls = len(np.atleast_1d(self.pattern_id)), len(np.atleast_1d(self.stop_id))
        for name in ("pattern_id", "line"):
            columns.array(name, str, (n,))
        columns.array("mode", np.uint8, (n,), high=max(TransitMode))
        columns.pointer("stop_ptr", n, calls)
        for name in ("stop_id", "stop_name"):
            columns.array(name, str, (calls,))
        for name in ("volume", "boardings", "alightings"):
            columns.array(name, np.float64, (calls,), low=0)
        for name in ("seats", "capacity_persons"):
            if getattr(self, name) is LEFT_OUT:
                object.__setattr__(self, name, np.full(n, np.nan))
            columns.array(name, np.float64, (n,), low=0, allow_nan=True)
        columns.raise_faults()

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per call: pattern_id, line, mode, position, stop_id, stop_name, volume, boardings, alightings."""
        import pandas as pd

        pattern = np.repeat(np.arange(len(self.pattern_id)), np.diff(self.stop_ptr))
        return pd.DataFrame(
            {
                "pattern_id": self.pattern_id[pattern],
                "line": self.line[pattern],
                "mode": mode_names(self.mode[pattern]),
                "position": np.arange(len(self.stop_id)) - self.stop_ptr[pattern],
                "stop_id": self.stop_id,
                "stop_name": self.stop_name,
                "volume": self.volume,
                "boardings": self.boardings,
                "alightings": self.alightings,
            }
        )

    def boardings_by_line(self) -> "pd.DataFrame":
        """One row per line and mode, sorted by line: line, mode, boardings."""
        return self.to_dataframe().groupby(["line", "mode"], sort=True)["boardings"].sum().reset_index()

    def boardings_by_stop(self) -> "pd.DataFrame":
        """One row per stop at which a pattern calls, sorted by id: stop_id, stop_name, boardings, alightings."""
        table = self.to_dataframe().groupby(["stop_id", "stop_name"], sort=True)[["boardings", "alightings"]]
        return table.sum().reset_index()

    def overloaded(self) -> "pd.DataFrame":
        """All runs with more persons than the vehicles of the period hold, in the order of patterns and calls.

        Returns
        -------
        DataFrame
            Columns as in `to_dataframe`, capacity_persons, and over_persons: how many are too many.

        Raises
        ------
        InputError
            If the capacities are not known.
        """
        if np.isnan(self.capacity_persons).any():
            raise InputError(
                "overloaded: capacities are not known; give crowding or pattern_capacity_persons to assign"
            )
        capacity = np.repeat(self.capacity_persons, np.diff(self.stop_ptr))
        table = self.to_dataframe().assign(capacity_persons=capacity, over_persons=self.volume - capacity)
        return table[table["over_persons"] > 0].reset_index(drop=True)

    def _repr_html_(self) -> str:
        return html_card(
            "Transit loads",
            {
                "assigned": f"{self.assigned_trips:,.1f} trips",
                "unassigned": f"{self.unassigned_trips:,.1f} trips",
                "boardings": f"{self.boardings.sum():,.1f}",
                "largest volume": f"{self.volume.max(initial=0.0):,.1f} persons",
            },
        )
