"""Results of traffic assignment."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, LongArray, html_card

if TYPE_CHECKING:
    import pandas as pd


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

    def __post_init__(self) -> None:
        columns = Columns(self, "AssignmentResult")
        m = len(np.atleast_1d(self.link_key))
        columns.array("link_key", np.int64, (m,))
        for name in ("volume_veh_per_h", "time_s", "cost_s"):
            columns.array(name, np.float64, (m,), low=0)
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
