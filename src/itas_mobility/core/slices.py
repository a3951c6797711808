"""Result of an assignment in time slices, with the queues that pass from one to the next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, StrArray, html_card
from itas_mobility.core.result import AssignmentResult
from itas_mobility.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class SlicedAssignment:
    """Volumes, times and queues of consecutive periods; row *s* is slice *s*, column *i* is link *i*.

    Per link and slice, vehicles are conserved: queue at the start + arrivals = served + queue at the end.

    Raises
    ------
    InputError
        With all faults found.
    """

    label: StrArray
    """Of the slices' OD matrices, shape (n_slices,)."""
    results: tuple[AssignmentResult, ...]
    """Volumes are those that arrive at a link in the slice; times include the mean wait of these."""
    duration_h: FloatArray
    """Shape (n_slices,)."""
    arrivals_veh: FloatArray
    """Vehicles that arrive at each link in the slice, preloaded ones included, shape (n_slices, n_links)."""
    queue_start_veh: FloatArray
    queue_end_veh: FloatArray
    """Vehicles that wait on each link, shape (n_slices, n_links); the end of one slice is the start of the next."""

    def __post_init__(self) -> None:
        columns = Columns(self, "SlicedAssignment")
        n = len(self.results)
        m = len(self.results[0].link_key) if n else 0
        columns.check(n > 0, "results: none")
        columns.check(
            all(np.array_equal(result.link_key, self.results[0].link_key) for result in self.results),
            "results: of different links",
        )
        columns.array("label", str, (n,))
        columns.array("duration_h", np.float64, (n,), low=0)
        for name in ("arrivals_veh", "queue_start_veh", "queue_end_veh"):
            columns.array(name, np.float64, (n, m), low=0)
        if not columns.faults:
            passed_on = np.array_equal(self.queue_start_veh[1:], self.queue_end_veh[:-1])
            columns.check(passed_on, "queue_start_veh: is not the queue at the end of the slice before")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.results)

    @property
    def served_veh(self) -> FloatArray:
        """Vehicles that leave each link in the slice, shape (n_slices, n_links)."""
        return self.queue_start_veh + self.arrivals_veh - self.queue_end_veh

    @property
    def left_veh(self) -> float:
        """Vehicles that still wait when the last slice ends."""
        return float(self.queue_end_veh[-1].sum())

    @property
    def converged(self) -> bool:
        """Whether every slice reached its gap."""
        return all(result.converged for result in self.results)

    @property
    def unassigned_trips(self) -> float:
        """Trips without a path, of all slices."""
        return sum(result.unassigned_trips for result in self.results)

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per slice and link.

        Columns: slice, label, link_key, volume_veh_per_h, time_s, cost_s, queue_start_veh, arrivals_veh, served_veh,
        queue_end_veh.
        """
        import pandas as pd

        n_links = len(self.results[0].link_key)
        tables = pd.concat([result.to_dataframe() for result in self.results], ignore_index=True)
        tables.insert(0, "slice", np.repeat(np.arange(len(self)), n_links))
        tables.insert(1, "label", np.repeat(self.label, n_links))
        for name in ("queue_start_veh", "arrivals_veh", "served_veh", "queue_end_veh"):
            tables[name] = getattr(self, name).ravel()
        return tables

    def totals(self) -> "pd.DataFrame":
        """One row per slice.

        Columns: slice, label, duration_h, tstt_veh_h (of the vehicles that set out in the slice, over all its hours),
        queue_start_veh, queue_end_veh (over all links), longest_queue_veh and its link_key (at the end of the slice),
        unassigned_trips, relative_gap, converged.
        """
        import pandas as pd

        longest = self.queue_end_veh.argmax(axis=1) if self.queue_end_veh.size else np.zeros(len(self), int)
        return pd.DataFrame(
            {
                "slice": np.arange(len(self)),
                "label": self.label,
                "duration_h": self.duration_h,
                "tstt_veh_h": [r.tstt_veh_s / SECONDS_PER_HOUR for r in self.results] * self.duration_h,
                "queue_start_veh": self.queue_start_veh.sum(axis=1),
                "queue_end_veh": self.queue_end_veh.sum(axis=1),
                "longest_queue_veh": self.queue_end_veh.max(axis=1, initial=0.0),
                "link_key": self.results[0].link_key[longest],
                "unassigned_trips": [r.unassigned_trips for r in self.results],
                "relative_gap": [r.relative_gap for r in self.results],
                "converged": [r.converged for r in self.results],
            }
        )

    def _repr_html_(self) -> str:
        return html_card(
            "Assignment in time slices",
            {
                "slices": len(self),
                "hours": f"{self.duration_h.sum():g}",
                "most vehicles waiting at the end of a slice": f"{self.queue_end_veh.sum(axis=1).max():,.1f}",
                "waiting in the end": f"{self.left_veh:,.1f}",
                "unassigned": f"{self.unassigned_trips:,.1f} trips",
                "converged": self.converged,
            },
        )
