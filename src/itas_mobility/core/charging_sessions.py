"""Cars that wish to charge at one place (`ChargingSessions`); how power falls as they fill (`ChargingTaper`)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray, IntArray, html_card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ChargingTaper:
    """Greatest charging power by state of charge, even between the given states.

    Raises
    ------
    InputError
        With all faults found.
    """

    state_share: FloatArray
    """States of charge, rising from 0 to 1, shape (n_states,)."""
    power_kw: FloatArray
    """Greatest power at the grid side at each of them; positive."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingTaper")
        n = len(np.atleast_1d(self.state_share))
        columns.array("state_share", np.float64, (n,), low=0, high=1)
        columns.array("power_kw", np.float64, (n,), low=0)
        if not columns.faults:
            state = self.state_share
            covered = n >= 2 and state[0] == 0 and state[-1] == 1
            columns.check(covered, "state_share: must reach from 0 to 1")
            for i in np.flatnonzero(np.diff(state) <= 0)[:1]:
                columns.faults.append(f"state_share[{i + 1}] = {state[i + 1]} must rise")
            for i in np.flatnonzero(self.power_kw <= 0)[:1]:
                columns.faults.append(f"power_kw[{i}] = {self.power_kw[i]} must be positive; no car fills at no power")
        columns.raise_faults()


@dataclass(frozen=True, eq=False)
class ChargingSessions:
    """When cars come and go, and what they need; row *i* of each column is session *i*.

    Times are hours after Monday 00:00: they do not wrap, and 30.0 is Tuesday at six.

    Raises
    ------
    InputError
        With all faults found; each names its session.
    """

    arrive_h: FloatArray
    """Hours after Monday 00:00, shape (n_sessions,)."""
    depart_h: FloatArray
    """Not before the arrival."""
    need_kwh: FloatArray
    """Energy wanted in the battery of each car."""
    power_kw: FloatArray
    """Greatest power of each car, at the grid side; one number holds for all sessions."""
    least_kw: FloatArray = 0.0  # type: ignore[assignment]
    """Least power at which each car charges, at the grid side (see `Plug`); one number holds for all. A car that is
    given less takes turns at it."""
    cars: FloatArray | None = None
    """Expected cars of each session, whole or not: sessions are then groups of cars that are alike. None is one car
    each."""
    battery_kwh: FloatArray | None = None
    """What each car's battery holds; one number holds for all. None where it does not matter."""
    arrival_state_share: FloatArray | None = None
    """State of charge on arrival; one number holds for all. Needs `battery_kwh`."""
    taper: ChargingTaper | None = None
    """How power falls as batteries fill; needs the state on arrival. None where the car takes its greatest power to
    the end, as at alternating-current points."""
    home_zone: IntArray | None = None
    """Row of the zone in which each session's cars are at home, where that is known."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingSessions")
        n = len(np.atleast_1d(self.arrive_h))
        for name in ("power_kw", "least_kw", "battery_kwh", "arrival_state_share"):
            value = getattr(self, name)
            if value is not None and np.ndim(value) == 0:
                object.__setattr__(self, name, np.full(n, value))
        for name in ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw"):
            columns.array(name, np.float64, (n,), low=0)
        for name, high in (("cars", None), ("battery_kwh", None), ("arrival_state_share", 1.0)):
            if getattr(self, name) is not None:
                columns.array(name, np.float64, (n,), low=0, high=high)
        if self.home_zone is not None:
            columns.array("home_zone", np.int32, (n,), low=0)
        if not columns.faults:
            self._check_rows(columns)
        columns.raise_faults()

    def _check_rows(self, columns: Columns) -> None:
        """Faults between columns, by session."""

        def refuse(bad: BoolArray, message: str) -> None:
            rows = np.flatnonzero(bad)
            if rows.size:
                i = int(rows[0])
                more = f" (and {rows.size - 1} more)" if rows.size > 1 else ""
                columns.faults.append(f"session {i}: {message.format(**_cells(self, i))}{more}")

        refuse(self.depart_h < self.arrive_h, "departs at {depart_h:g} h, before it arrives at {arrive_h:g} h")
        refuse(self.least_kw > self.power_kw, "least_kw {least_kw:g} is above its power_kw {power_kw:g}")
        if self.battery_kwh is None:
            columns.check(
                self.arrival_state_share is None, "arrival_state_share: says nothing without battery_kwh; give both"
            )
        elif self.arrival_state_share is None:
            refuse(self.need_kwh > self.battery_kwh, "need_kwh {need_kwh:g} is above its battery_kwh {battery_kwh:g}")
        else:
            room = self.battery_kwh * (1.0 - self.arrival_state_share)
            refuse(
                self.need_kwh > room * (1.0 + 1e-9),
                "need_kwh {need_kwh:g} finds no room in battery_kwh {battery_kwh:g} at state {arrival_state_share:g}",
            )
        if self.taper is not None:
            columns.check(self.arrival_state_share is not None, "taper: needs arrival_state_share")

    def __len__(self) -> int:
        return len(self.arrive_h)

    def __repr__(self) -> str:
        return f"ChargingSessions({len(self)} sessions, {self.n_cars:g} cars, {self.total_need_kwh:g} kWh)"

    @property
    def n_cars(self) -> float:
        """Expected cars of all sessions."""
        return float(len(self)) if self.cars is None else float(self.cars.sum())

    @property
    def each_cars(self) -> FloatArray:
        """Expected cars of each session, 1 where sessions are cars."""
        return np.ones(len(self)) if self.cars is None else self.cars

    @property
    def need_of_all_kwh(self) -> FloatArray:
        """Energy that all cars of each session want in their batteries."""
        return self.need_kwh if self.cars is None else np.asarray(self.cars * self.need_kwh)

    @property
    def total_need_kwh(self) -> float:
        """Energy that all cars of all sessions want in their batteries."""
        return float(self.need_of_all_kwh.sum())

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per session with the columns that are known."""
        import pandas as pd

        names = ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw")
        optional = ("battery_kwh", "arrival_state_share", "home_zone")
        table = {name: getattr(self, name) for name in names} | {"cars": self.each_cars}
        return pd.DataFrame(table | {name: getattr(self, name) for name in optional if getattr(self, name) is not None})

    def _repr_html_(self) -> str:
        return html_card(
            "Charging sessions",
            {
                "sessions": len(self),
                "cars": f"{self.n_cars:,.1f}",
                "wanted in their batteries": f"{self.total_need_kwh:,.1f} kWh",
            },
        )


def _cells(sessions: ChargingSessions, row: int) -> dict[str, float]:
    names = ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw", "battery_kwh", "arrival_state_share")
    return {name: float(getattr(sessions, name)[row]) for name in names if getattr(sessions, name) is not None}
