"""The load curve of charging at one place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

ROUNDING: Final = 1e-9
"""Relative excess of power over the grid limit that is rounding of the sum over sessions."""


@dataclass(frozen=True, eq=False)
class ChargingCurve:
    """Power drawn from the grid over a day that repeats, and what each session got of what it needed.

    Raises
    ------
    InputError
        With all faults found.
    """

    time_s: FloatArray
    """Start of each step after midnight, shape (n_steps,)."""
    power_kw: FloatArray
    """Mean power of each step at the grid side; utilities meter and bill such means of 15 minutes."""
    step_s: float
    delivered_kwh: FloatArray
    """Energy into the battery of each session, shape (n_sessions,)."""
    unserved_kwh: FloatArray
    """Energy that was needed and not delivered before departure."""
    waiting_s: FloatArray
    """Time from arrival until a point was taken; until departure where none was."""
    grid_limit_kw: float = np.inf

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingCurve")
        n = len(np.atleast_1d(self.power_kw))
        m = len(np.atleast_1d(self.delivered_kwh))
        columns.array("time_s", np.float64, (n,), low=0, high=SECONDS_PER_DAY)
        columns.array("power_kw", np.float64, (n,), low=0)
        for name in ("delivered_kwh", "unserved_kwh", "waiting_s"):
            columns.array(name, np.float64, (m,), low=0)
        columns.check(abs(n * self.step_s - SECONDS_PER_DAY) < 1e-6, f"step_s: {n} steps of {self.step_s} s are no day")
        columns.check(self.grid_limit_kw >= 0, f"grid_limit_kw: {self.grid_limit_kw} must not be negative")
        columns.raise_faults()

    @property
    def peak_kw(self) -> float:
        """Greatest power of any step; 0 without charging."""
        return float(self.power_kw.max(initial=0.0))

    @property
    def peak_time_s(self) -> float:
        """Start of the first step with the greatest power."""
        return float(self.time_s[int(np.argmax(self.power_kw))])

    @property
    def energy_kwh(self) -> float:
        """Energy drawn from the grid in a day."""
        return float(self.power_kw.sum()) * self.step_s / SECONDS_PER_HOUR

    @property
    def over_limit_h(self) -> float:
        """Time of day in which the power exceeds the grid limit."""
        return float((self._above_kw() > 0).sum()) * self.step_s / SECONDS_PER_HOUR

    @property
    def overload_kwh(self) -> float:
        """Energy above the grid limit in a day."""
        return float(self._above_kw().sum()) * self.step_s / SECONDS_PER_HOUR

    def _above_kw(self) -> FloatArray:
        over = self.power_kw > self.grid_limit_kw * (1.0 + ROUNDING)
        return np.where(over, self.power_kw - self.grid_limit_kw, 0.0)

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per step: time_s, power_kw."""
        import pandas as pd

        return pd.DataFrame({"time_s": self.time_s, "power_kw": self.power_kw})

    def _repr_html_(self) -> str:
        return html_card(
            "Charging",
            {
                "sessions": len(self.delivered_kwh),
                "peak": f"{self.peak_kw:,.1f} kW at {self.peak_time_s / SECONDS_PER_HOUR:05.2f} h",
                "grid limit": f"{self.grid_limit_kw:,.1f} kW",
                "over the limit": f"{self.over_limit_h:.2f} h, {self.overload_kwh:,.1f} kWh",
                "from the grid": f"{self.energy_kwh:,.1f} kWh",
                "unserved": f"{self.unserved_kwh.sum():,.1f} kWh",
                "waited": int((self.waiting_s > 0).sum()),
            },
        )
