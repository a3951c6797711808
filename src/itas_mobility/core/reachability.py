"""Shift reachability: who gets to work and home again without a car, and what stops the others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray, IntArray, StrArray, html_card
from itas_mobility.core.weekdays import days_of

if TYPE_CHECKING:
    import pandas as pd

FAILING_LEGS = ("none", "out", "back", "both", "no_stop")
"""Text codes of `ShiftReachability.failing_leg`."""
FAILING_CAUSES = ("none", "home", "gate", "time", "ride")
"""Text codes of `out_cause` and `back_cause`: the leg at home (no stop in reach of it), the leg at the gate (likewise),
the time (a retiming mends it), the ride (no journey at any time that was looked at)."""
MENDABLE_S = 900.0
"""Retiming that a works council and a bus company may well talk about: a quarter of an hour (an assumption)."""


@dataclass(frozen=True, eq=False)
class ShiftReachability:
    """Who can reach work and get home by public transport: a row per site, shift and weekdays, a column per home zone.

    Raises
    ------
    InputError
        With all faults found.
    """

    zone_id: StrArray
    """Home zones, shape (n_zones,)."""
    site_id: StrArray
    shift: StrArray
    start_s: FloatArray
    end_s: FloatArray
    """Site and shift of each row, shape (n_rows,)."""
    workers: FloatArray
    """Workers of the shift by home zone, shape (n_rows, n_zones)."""
    out_time_s: FloatArray
    """From the latest departure at home that is in time to the required arrival, shape (n_rows, n_zones); inf: none."""
    back_time_s: FloatArray
    """From the earliest possible departure at the workplace to the arrival at home; inf where there is none."""
    out_transfers: IntArray
    back_transfers: IntArray
    """Fewest transfers with which these times are met; -1 where there is no journey."""
    failing_leg: StrArray
    """Shape (n_rows, n_zones): "none", "out", "back", "both", or "no_stop" where zone or site has no stop in reach."""
    weekday: StrArray
    """Days that the row stands for (see `core.weekdays`), shape (n_rows,)."""
    out_wait_s: FloatArray
    back_wait_s: FloatArray
    """Part of these times that is spent at the site, between the gate and the change of shift and the other way round,
    in whole minutes; 0 where there is no journey."""
    out_retiming_s: FloatArray
    back_retiming_s: FloatArray
    """By how much start or end of the shift would have to move to make the way possible: above 0 later, 0 where it is
    possible, inf where no retiming that was looked at mends it. Vehicles that run earlier by as much do the same."""
    out_cause: StrArray
    back_cause: StrArray
    """What fails, shape (n_rows, n_zones): one of `FAILING_CAUSES`."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ShiftReachability")
        n, zones = len(np.atleast_1d(self.site_id)), len(np.atleast_1d(self.zone_id))
        columns.array("zone_id", str, (zones,))
        for name in ("site_id", "shift"):
            columns.array(name, str, (n,))
        for name in ("start_s", "end_s"):
            columns.array(name, np.float64, (n,), low=0)
        columns.array("workers", np.float64, (n, zones), low=0)
        for name in ("out_time_s", "back_time_s"):
            columns.array(name, np.float64, (n, zones), low=0, allow_inf=True)
        for name in ("out_transfers", "back_transfers"):
            columns.array(name, np.int32, (n, zones), low=-1)
        legs = columns.array("failing_leg", str, (n, zones))
        columns.check(bool(np.isin(legs, FAILING_LEGS).all()), f"failing_leg: must be one of {', '.join(FAILING_LEGS)}")
        columns.array("weekday", str, (n,))
        for way in ("out", "back"):
            columns.array(f"{way}_wait_s", np.float64, (n, zones), low=0)
            columns.array(f"{way}_retiming_s", np.float64, (n, zones), allow_inf=True)
            causes = columns.array(f"{way}_cause", str, (n, zones))
            columns.check(
                bool(np.isin(causes, FAILING_CAUSES).all()), f"{way}_cause: must be one of {', '.join(FAILING_CAUSES)}"
            )
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.site_id)

    @property
    def day_share(self) -> FloatArray:
        """Part of the days of its shift for which each row stands, shape (n_rows,); 1 where a shift has one row.

        Sums over rows weigh them by this part, else whoever works the same shift on Monday and on Saturday counts as
        two workers wherever the Saturday has a row of its own.
        """
        days = np.array([len(days_of(str(text))) for text in self.weekday], dtype=np.float64)
        codes = [np.unique(names, return_inverse=True)[1] for names in (self.site_id, self.shift)]
        _, shift = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
        return np.asarray(days / np.bincount(shift, days)[shift], dtype=np.float64)

    @property
    def is_out(self) -> BoolArray:
        """Whether a journey reaches the workplace in time, shape (n_rows, n_zones)."""
        return np.isfinite(self.out_time_s)

    @property
    def is_back(self) -> BoolArray:
        """Whether a journey leads home after the shift, shape (n_rows, n_zones)."""
        return np.isfinite(self.back_time_s)

    @property
    def arrive_share(self) -> FloatArray:
        """Share of each row's workers who arrive in time, shape (n_rows,); NaN for a row without workers."""
        return self._mean_of_workers(self.is_out)

    @property
    def return_share(self) -> FloatArray:
        """Share of each row's workers who get home, shape (n_rows,); NaN for a row without workers."""
        return self._mean_of_workers(self.is_back)

    @property
    def both_share(self) -> FloatArray:
        """Share of each row's workers who arrive in time and get home, shape (n_rows,); NaN without workers."""
        return self._mean_of_workers(self.is_out & self.is_back)

    def _mean_of_workers(self, value: FloatArray | BoolArray, among: BoolArray | None = None) -> FloatArray:
        weight = self.workers if among is None else self.workers * among
        finite = value if among is None else np.where(among, value, 0.0)
        total = weight.sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray((weight * finite).sum(axis=1) / total, dtype=np.float64)

    def mendable_share(self, within_s: float = MENDABLE_S) -> FloatArray:
        """Share of workers who cannot go both ways, but could if start and end moved by at most so much.

        Parameters
        ----------
        within_s : float, default=900.0
            Largest retiming of start and of end, in seconds.

        Returns
        -------
        array of shape (n_rows,)
            NaN for a row without workers.
        """
        can = (np.abs(self.out_retiming_s) <= within_s) & (np.abs(self.back_retiming_s) <= within_s)
        return self._mean_of_workers(can & ~(self.is_out & self.is_back))

    def _most_stopped(self, codes: tuple[str, ...], *values: StrArray) -> StrArray:
        """The code that stops the most workers of each row; the first of `codes` where nobody is stopped."""
        stopped = np.stack([sum((self.workers * (v == code)).sum(axis=1) for v in values) for code in codes[1:]])
        worst = np.asarray(codes[1:])[stopped.argmax(axis=0)]
        return np.where(stopped.max(axis=0) > 0, worst, codes[0])

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per site, shift and weekdays.

        Columns: site_id, shift, weekday, start_s, end_s, workers, arrive_share, return_share, both_share,
        mean_out_time_s, mean_back_time_s, mean_out_wait_s and mean_back_wait_s (over the workers who have such a
        journey; NaN where nobody has), first_failing (the leg that stops the most workers), first_cause (what makes it
        fail for most of those who are stopped), mendable_share (see `mendable_share`).
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "site_id": self.site_id,
                "shift": self.shift,
                "weekday": self.weekday,
                "start_s": self.start_s,
                "end_s": self.end_s,
                "workers": self.workers.sum(axis=1),
                "arrive_share": self.arrive_share,
                "return_share": self.return_share,
                "both_share": self.both_share,
                "mean_out_time_s": self._mean_of_workers(self.out_time_s, self.is_out),
                "mean_back_time_s": self._mean_of_workers(self.back_time_s, self.is_back),
                "mean_out_wait_s": self._mean_of_workers(self.out_wait_s, self.is_out),
                "mean_back_wait_s": self._mean_of_workers(self.back_wait_s, self.is_back),
                "first_failing": self._most_stopped(FAILING_LEGS, self.failing_leg),
                "first_cause": self._most_stopped(FAILING_CAUSES, self.out_cause, self.back_cause),
                "mendable_share": self.mendable_share(),
            }
        )

    def by_zone(self) -> "pd.DataFrame":
        """One row per site, shift, weekdays and home zone of workers.

        Columns: site_id, shift, weekday, start_s, end_s, zone_id, workers, is_reachable (out and back), failing_leg,
        and for each way (out, back) time_s, transfers, wait_s, retiming_s and cause. Times are in seconds, inf where
        there is no journey or no retiming mends it; see the fields of that name.
        """
        import pandas as pd

        row, zone = np.nonzero(self.workers > 0)
        ways = {
            f"{way}_{name}": getattr(self, f"{way}_{name}")[row, zone]
            for way in ("out", "back")
            for name in ("time_s", "transfers", "wait_s", "retiming_s", "cause")
        }
        return pd.DataFrame(
            {
                **{name: getattr(self, name)[row] for name in ("site_id", "shift", "weekday", "start_s", "end_s")},
                "zone_id": self.zone_id[zone],
                "workers": self.workers[row, zone],
                "is_reachable": (self.is_out & self.is_back)[row, zone].astype(np.float64),
                "failing_leg": self.failing_leg[row, zone],
                **ways,
            }
        )

    def _repr_html_(self) -> str:
        table = self.to_dataframe()
        rows = {
            f"{r.site_id} {r.shift}": f"arrive {r.arrive_share:.0%}, return {r.return_share:.0%}, "
            f"both {r.both_share:.0%} of {r.workers:,.0f}"
            for r in table.itertuples()
        }
        return html_card("Shift reachability by public transport", rows)
