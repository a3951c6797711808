"""What charging at one place draws over a week, and what each session got (`ChargingWeek`)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.core.site_supply import SiteSupply, no_power

if TYPE_CHECKING:
    import pandas as pd

ROUNDING: Final = 1e-9
"""Relative excess of power over a limit that is rounding of the sum over sessions; absolute below 1 kW."""


@dataclass(frozen=True, eq=False)
class ChargingWeek:
    """Power drawn for charging in each step of a horizon that begins on Monday 00:00, and what each session got.

    Raises
    ------
    InputError
        With all faults found.
    """

    strategy: str
    step_h: float
    power_kw: FloatArray
    """Mean power of each step at the grid side, shape (n_steps,); utilities meter and bill such means of 15 minutes.
    What cars feed back is taken off, so that it may be negative."""
    free_kw: FloatArray
    """What connection and load management leave for charging, beside the stationary battery at what it does; infinite
    without a limit."""
    delivered_kwh: FloatArray
    """Energy into the batteries of each session, of all its cars, shape (n_sessions,)."""
    unserved_kwh: FloatArray
    """Energy that was needed and not delivered before departure."""
    drawn_kwh: FloatArray
    """Energy from the grid for each session."""
    fed_back_kwh: FloatArray
    """Energy that each session's cars gave to the grid."""
    charging_h: FloatArray
    """Time in which each session's cars charge, summed over its cars."""
    waiting_h: FloatArray
    """From arrival until a point was taken, until departure where none was; mean of the session's cars."""
    start_h: FloatArray
    """When each session begins to charge; NaN where it does not."""
    stop_h: FloatArray
    """When it charges for the last time."""
    supply: SiteSupply = field(default_factory=SiteSupply)
    """What else hangs on the connection."""
    storage_kw: FloatArray = field(default_factory=no_power)
    """Power into the stationary battery, negative out of it; shape (n_steps,), or one number."""
    assumptions: tuple[str, ...] = ()
    """What the strategy took for granted, in words."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingWeek")
        n = len(np.atleast_1d(self.power_kw))
        m = len(np.atleast_1d(self.delivered_kwh))
        columns.number("step_h", is_positive=True)
        columns.array("power_kw", np.float64, (n,))
        columns.array("free_kw", np.float64, (n,), allow_inf=True)
        for name in ("delivered_kwh", "unserved_kwh", "drawn_kwh", "fed_back_kwh", "charging_h", "waiting_h"):
            columns.array(name, np.float64, (m,), low=0)
        for name in ("start_h", "stop_h"):
            columns.array(name, np.float64, (m,), low=0, allow_nan=True)
        columns.array("storage_kw", np.float64, (np.size(self.storage_kw),))
        columns.check(np.size(self.storage_kw) in (1, n), f"storage_kw: {np.size(self.storage_kw)} values, not {n}")
        columns.raise_faults()

    @property
    def n_steps(self) -> int:
        """Steps of the horizon."""
        return len(self.power_kw)

    @property
    def horizon_h(self) -> float:
        """Length of the horizon."""
        return self.n_steps * self.step_h

    @property
    def time_h(self) -> FloatArray:
        """Start of each step, hours after Monday 00:00."""
        return np.asarray(np.arange(self.n_steps) * self.step_h, np.float64)

    @property
    def peak_kw(self) -> float:
        """Greatest power of any step; 0 without charging."""
        return float(self.power_kw.max(initial=0.0))

    @property
    def peak_time_h(self) -> float:
        """Start of the first step with the greatest power."""
        return float(np.argmax(self.power_kw)) * self.step_h

    @property
    def energy_kwh(self) -> float:
        """Energy drawn from the grid for charging, less what cars feed back."""
        return float(self.power_kw.sum()) * self.step_h

    @property
    def losses_kwh(self) -> float:
        """Energy that neither came into batteries nor back to the grid."""
        return self.energy_kwh - float(self.delivered_kwh.sum())

    @property
    def over_limit_h(self) -> float:
        """Time in which the power exceeds what is free for charging."""
        return float((self._above_kw() > 0).sum()) * self.step_h

    @property
    def overload_kwh(self) -> float:
        """Energy above what is free for charging."""
        return float(self._above_kw().sum()) * self.step_h

    def _above_kw(self) -> FloatArray:
        over = self.power_kw - self.free_kw > ROUNDING * np.maximum(1.0, np.abs(self.power_kw))
        return np.where(over, self.power_kw - np.where(over, self.free_kw, 0.0), 0.0)

    @property
    def site_kw(self) -> FloatArray:
        """Power of the whole site in each step: building, charging, battery, less photovoltaics; negative feeds in."""
        return np.asarray(self.power_kw + self.storage_kw + self._without_charging_kw())

    def _without_charging_kw(self) -> FloatArray:
        return self.supply.series("base_load_kw", self.n_steps) - self.supply.series("pv_kw", self.n_steps)

    @property
    def site_peak_kw(self) -> float:
        """Greatest power that the whole site draws."""
        return float(self.site_kw.max(initial=0.0))

    @property
    def import_kwh(self) -> float:
        """Energy that the whole site draws from the grid."""
        return float(np.maximum(self.site_kw, 0.0).sum()) * self.step_h

    @property
    def pv_used_kwh(self) -> float:
        """Energy of photovoltaics that is used on the site."""
        fed_in = float(np.maximum(-self.site_kw, 0.0).sum()) * self.step_h
        return float(self.supply.series("pv_kw", self.n_steps).sum()) * self.step_h - fed_in

    @property
    def cost_eur(self) -> float:
        """What charging (and the stationary battery) adds to the site's bill: energy, demand charge, less feed-in."""
        return self._bill_eur(self.site_kw) - self._bill_eur(self._without_charging_kw())

    def _bill_eur(self, site_kw: FloatArray) -> float:
        drawn = np.maximum(site_kw, 0.0)
        price = self.supply.series("price_eur_per_kwh", self.n_steps)
        energy = float((price * drawn).sum()) * self.step_h
        fed_in = float(np.maximum(-site_kw, 0.0).sum()) * self.step_h
        peak = float(drawn.max(initial=0.0))
        return energy - fed_in * self.supply.feed_in_eur_per_kwh + peak * self.supply.demand_charge_eur_per_kw

    @property
    def co2_kg(self) -> float:
        """Carbon dioxide of what charging (and the stationary battery) adds to the energy drawn from the grid."""
        added = np.maximum(self.site_kw, 0.0) - np.maximum(self._without_charging_kw(), 0.0)
        mix = self.supply.series("mix_g_per_kwh", self.n_steps)
        return float((mix * added).sum()) * self.step_h / 1000.0

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per step: time_h, power_kw, free_kw, site_kw."""
        import pandas as pd

        return pd.DataFrame(
            {"time_h": self.time_h, "power_kw": self.power_kw, "free_kw": self.free_kw, "site_kw": self.site_kw}
        )

    def _repr_html_(self) -> str:
        day, hour = divmod(self.peak_time_h, 24.0)
        names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        return html_card(
            f"Charging, {self.strategy}",
            {
                "sessions": len(self.delivered_kwh),
                "peak": f"{self.peak_kw:,.1f} kW at {names[int(day) % 7]} {hour:05.2f} h",
                "over the limit": f"{self.over_limit_h:.2f} h, {self.overload_kwh:,.1f} kWh",
                "from the grid": f"{self.energy_kwh:,.1f} kWh",
                "unserved": f"{self.unserved_kwh.sum():,.1f} kWh",
                "waited": int((self.waiting_h > 0).sum()),
            },
        )
