"""Cars that wish to charge at one place (`ChargingSessions`)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray, html_card
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ChargingSessions:
    """When cars come and go on a day that repeats, and what they need; row *i* of each column is session *i*.

    Raises
    ------
    InputError
        With all faults found; each names its session.
    """

    arrive_s: FloatArray
    """Seconds after midnight, shape (n_sessions,). Those of another day are put on the first, with their departure."""
    depart_s: FloatArray
    """At most a day after the arrival; one before it is the same clock time of the next day."""
    need_kwh: FloatArray
    """Energy wanted in the battery of each car."""
    power_kw: FloatArray
    """Greatest power of each car, at the grid side; one number holds for all sessions."""
    cars: FloatArray | None = None
    """Expected cars of each session, whole or not: sessions are then groups of cars that are alike. None is one car
    each."""
    home_zone: IntArray | None = None
    """Row of the zone in which each session's cars are at home, where that is known."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingSessions")
        n = len(np.atleast_1d(self.arrive_s))
        if np.ndim(self.power_kw) == 0:
            object.__setattr__(self, "power_kw", np.full(n, self.power_kw))
        for name in ("arrive_s", "depart_s"):
            columns.array(name, np.float64, (n,))
        for name in ("need_kwh", "power_kw"):
            columns.array(name, np.float64, (n,), low=0)
        if self.cars is not None:
            columns.array("cars", np.float64, (n,), low=0)
        if self.home_zone is not None:
            columns.array("home_zone", np.int32, (n,), low=0)
        if not columns.faults:
            self._put_on_one_day(columns)
        columns.raise_faults()

    def _put_on_one_day(self, columns: Columns) -> None:
        """Arrivals inside the first day, departures after them."""
        before = np.floor(self.arrive_s / SECONDS_PER_DAY) * SECONDS_PER_DAY
        arrive, depart = self.arrive_s - before, self.depart_s - before
        depart = np.where(depart < arrive, depart + SECONDS_PER_DAY, depart)
        stay = depart - arrive
        for i in np.flatnonzero((stay < 0) | (stay > SECONDS_PER_DAY)):
            columns.faults.append(f"session {i}: stays {stay[i] / SECONDS_PER_HOUR:.2f} h, must be within a day")
        for name, values in (("arrive_s", arrive), ("depart_s", depart)):
            object.__setattr__(self, name, values)
            columns.array(name, np.float64, (len(self),))

    def __len__(self) -> int:
        return len(self.arrive_s)

    def __repr__(self) -> str:
        return f"ChargingSessions({len(self)} sessions, {self.n_cars:g} cars, {self.total_need_kwh:g} kWh)"

    @property
    def n_cars(self) -> float:
        """Expected cars of all sessions."""
        return float(len(self)) if self.cars is None else float(self.cars.sum())

    @property
    def total_need_kwh(self) -> float:
        """Energy that all cars want in their batteries."""
        return float((self.need_kwh if self.cars is None else self.cars * self.need_kwh).sum())

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per session: arrive_s, depart_s, need_kwh, power_kw, cars, and home_zone where it is known."""
        import pandas as pd

        table = {
            "arrive_s": self.arrive_s,
            "depart_s": self.depart_s,
            "need_kwh": self.need_kwh,
            "power_kw": self.power_kw,
            "cars": np.ones(len(self)) if self.cars is None else self.cars,
        }
        return pd.DataFrame(table if self.home_zone is None else table | {"home_zone": self.home_zone})

    def _repr_html_(self) -> str:
        return html_card(
            "Charging sessions",
            {
                "sessions": len(self),
                "cars": f"{self.n_cars:,.1f}",
                "wanted in their batteries": f"{self.total_need_kwh:,.1f} kWh",
            },
        )
