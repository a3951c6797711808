"""Results of traffic assignment."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray, LongArray, html_card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Bushes:
    """Which links the trips of each origin use, and how many of them: per origin an acyclic set of links.

    Links stand in the order in which trips pass them, those into the same node side by side; each node that the origin
    reaches has at least one, if only with volume 0. Volumes of all origins add up to the result's.

    Raises
    ------
    InputError
        With all faults found.
    """

    origin_id: LongArray
    """`RoadNetwork.node_id` of the origins; those without demand are left out."""
    ptr: LongArray
    """Links of origin *k* are rows ``ptr[k]`` to ``ptr[k + 1]`` (exclusive), shape (n_origins + 1,)."""
    link: IntArray
    """Row in the result, so that ``result.link_key[link]`` joins across scenarios."""
    volume_veh_per_h: FloatArray
    """Vehicles of this origin on the link."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Bushes")
        n = len(np.atleast_1d(self.origin_id))
        m = len(np.atleast_1d(self.link))
        columns.array("origin_id", np.int64, (n,))
        columns.unique("origin_id")
        columns.pointer("ptr", n, m)
        columns.array("link", np.int32, (m,), low=0)
        columns.array("volume_veh_per_h", np.float64, (m,), low=0)
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card("Bushes", {"origins": len(self.origin_id), "links": f"{len(self.link):,}"})


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
    time_s: FloatArray
    """Travel time at that volume."""
    cost_s: FloatArray
    """Generalised cost that route choice saw (time, toll and distance in seconds)."""
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
    seconds: float = field(default=0.0, compare=False)
    """Wall time of the solver; not part of the content."""
    bushes: Bushes | None = field(default=None, compare=False)
    """Links and volumes of each origin, if the algorithm keeps them; a warm start continues from them."""

    def __post_init__(self) -> None:
        columns = Columns(self, "AssignmentResult")
        m = len(np.atleast_1d(self.link_key))
        columns.array("link_key", np.int64, (m,))
        for name in ("volume_veh_per_h", "time_s", "cost_s"):
            columns.array(name, np.float64, (m,), low=0)
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
                "TSTT": f"{self.tstt_veh_s / 3600:,.1f} veh h per h",
                "unassigned": f"{self.unassigned_trips:,.1f} trips",
            },
        )
