"""Walking legs between zones, stops and gates, made by `network` and used by `demand`."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray, html_card
from itas_mobility.errors import NetworkError


@dataclass(frozen=True, eq=False)
class AccessLegs:
    """Walks between zones and stops (usable in both directions) and transfers between stops.

    For a site's zone the walk leads from the stop through the gate to the workplace.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    n_zones: int
    n_stops: int
    zone: IntArray
    stop: IntArray
    time_s: FloatArray
    length_m: FloatArray
    """Walk of leg *i* between zone ``zone[i]`` and stop ``stop[i]``; sorted by zone, then stop."""
    transfer_from: IntArray
    transfer_to: IntArray
    transfer_time_s: FloatArray
    """Walks between two different stops; sorted by from, then to."""

    def __post_init__(self) -> None:
        columns = Columns(self, "AccessLegs", NetworkError)
        n = len(np.atleast_1d(self.zone))
        columns.array("zone", np.int32, (n,), low=0, high=self.n_zones - 1)
        columns.array("stop", np.int32, (n,), low=0, high=self.n_stops - 1)
        columns.array("time_s", np.float64, (n,), low=0)
        columns.array("length_m", np.float64, (n,), low=0)
        k = len(np.atleast_1d(self.transfer_from))
        columns.array("transfer_from", np.int32, (k,), low=0, high=self.n_stops - 1)
        columns.array("transfer_to", np.int32, (k,), low=0, high=self.n_stops - 1)
        columns.array("transfer_time_s", np.float64, (k,), low=0)
        columns.check(bool((np.diff(self.zone) >= 0).all()), "zone: legs must be sorted by zone")
        columns.check(bool((np.diff(self.transfer_from) >= 0).all()), "transfer_from: transfers must be sorted")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.zone)

    def _repr_html_(self) -> str:
        return html_card(
            "Access legs",
            {
                "legs": len(self),
                "zones with a stop": f"{np.unique(self.zone).size} of {self.n_zones}",
                "transfers": len(self.transfer_from),
            },
        )
