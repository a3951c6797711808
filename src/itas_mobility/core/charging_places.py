"""Who charges where: habits of drivers, groups of commuters' cars, and what they charge at home, at work, in public."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray, IntArray, html_card


@dataclass(frozen=True, slots=True)
class ChargingHabits:
    """How drivers of electric cars plug in, and what charging loses at each place.

    Raises
    ------
    InputError
        With all faults found.
    """

    work_charging_share: float
    """Share of all electric commuter cars that plug in at work on a day, at the usual share of points at home."""
    work_point_share: float
    """Share of commuters' cars that find a point at work, away from the sites; there, only they plug in."""
    home_point_share: float
    """Usual share of cars with a charging point at home."""
    work_odds_ratio: float
    """Odds of plugging in at work without a point at home, per odds with one."""
    home_plug_in_share: float
    """Share of cars with a point at home that plug in there on a day."""
    home_kw: float
    """Power of a point at home, at the grid side."""
    public_kw: float
    """Power of a public point."""
    efficiency: float
    """Energy into the battery per energy from the grid, but for `standby_kw`; in (0, 1]."""
    standby_kw: float
    """What a car's own control takes while it charges."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingHabits")
        for name in ("work_charging_share", "work_point_share", "home_point_share", "home_plug_in_share"):
            columns.number(name, high=1.0)
        columns.number("work_odds_ratio", is_positive=True)
        for name in ("home_kw", "public_kw"):
            columns.number(name, is_positive=True)
        columns.number("efficiency", is_positive=True, high=1.0)
        columns.number("standby_kw")
        if not columns.faults:
            columns.check(
                self.work_charging_share <= self.work_point_share,
                f"work_charging_share={self.work_charging_share:g} is above work_point_share="
                f"{self.work_point_share:g}: more would plug in at work than find a point there",
            )
            for name in ("home_kw", "public_kw"):
                columns.check(
                    getattr(self, name) > self.standby_kw,
                    f"{name}={getattr(self, name):g} is not above standby_kw={self.standby_kw:g}: no car would fill",
                )
        columns.raise_faults()

    def kept_share(self, power_kw: float) -> float:
        """Energy into the battery per energy from the grid at some power.

        Parameters
        ----------
        power_kw : float
            At the grid side, above `standby_kw`.

        Returns
        -------
        float
            ``efficiency * (1 - standby_kw / power_kw)``.
        """
        return self.efficiency * (1.0 - self.standby_kw / power_kw)


@dataclass(frozen=True, eq=False)
class CommuterGroups:
    """Electric cars of commuters that are alike; row *i* of each column is a group. In expectation, nothing is rounded.

    A day is: way to work, perhaps plugged in there, way home, perhaps plugged in there. Who plugs in fills up; in the
    long run what is driven is charged.

    Raises
    ------
    InputError
        With all faults found.
    """

    home_zone: IntArray
    has_home_point: BoolArray
    cars: FloatArray
    """Expected cars on a day on which they go to work."""
    driven_kwh: FloatArray
    """What each takes from its battery for the way to work and home."""
    at_work_share: FloatArray
    """Of them, those that plug in at work on a day."""
    at_home_share: FloatArray
    """Those that plug in at home."""
    work_need_kwh: FloatArray
    """What the battery of each lacks on arrival at work."""
    home_need_kwh: FloatArray
    """What it lacks on arrival at home."""
    on_the_way_kwh: FloatArray
    """What each charges in public on the way each day, as no battery holds enough for it."""
    room_kwh: FloatArray
    """What is left in the battery on arrival at work."""

    def __post_init__(self) -> None:
        columns = Columns(self, "CommuterGroups")
        n = len(np.atleast_1d(self.cars))
        columns.array("home_zone", np.int32, (n,), low=0)
        columns.array("has_home_point", np.bool_, (n,))
        for name in ("at_work_share", "at_home_share"):
            columns.array(name, np.float64, (n,), low=0, high=1)
        for name in ("cars", "driven_kwh", "work_need_kwh", "home_need_kwh", "on_the_way_kwh", "room_kwh"):
            columns.array(name, np.float64, (n,), low=0)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.cars)

    @property
    def is_stranded_uncharged(self) -> BoolArray:
        """Whether a car that finds no charge at work cannot get home."""
        return np.asarray(0.5 * self.driven_kwh > self.room_kwh * (1.0 + 1e-9))


@dataclass(frozen=True, eq=False)
class ChargedWhere:
    """What electric cars of commuters drive on a mean working day, and where they charge it, by home zone.

    All columns have shape (n_zones,). The account closes: `driven_kwh` is what is charged at home, at work and in
    public less what is fed back (in a week that repeats, batteries hold as much at its end as at its beginning).

    Raises
    ------
    InputError
        With all faults found, and where the account does not close.
    """

    electric_cars: FloatArray
    driven_kwh: FloatArray
    """From the batteries."""
    home_kwh: FloatArray
    """Into the batteries at home."""
    work_kwh: FloatArray
    """Into the batteries at work."""
    public_kwh: FloatArray
    """Into the batteries at public points."""
    on_the_way_kwh: FloatArray
    """Of that, what is charged on the way as no battery holds enough for it."""
    fed_back_kwh: FloatArray
    """Out of the batteries, into the grid at work."""
    home_grid_kwh: FloatArray
    """From the grid at home, losses included."""
    work_grid_kwh: FloatArray
    public_grid_kwh: FloatArray
    fed_back_grid_kwh: FloatArray
    """What of `fed_back_kwh` reaches the grid."""
    unserved_kwh: FloatArray
    """What wanted to charge at work and did not before departure; it is charged at home or in public."""
    unserved_home_cars: FloatArray
    """Cars that get no charge at work and charge at home instead. Of a group that gets a part of its need, so many
    count as if some had got all and the others nothing."""
    unserved_public_cars: FloatArray
    """Cars that get no charge at work, have no point at home, and charge in public."""
    stranded_cars: FloatArray
    """Cars that get no charge at work and cannot get home with what they have; they charge in public."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargedWhere")
        n = len(np.atleast_1d(self.driven_kwh))
        for field in fields(self):
            columns.array(field.name, np.float64, (n,), low=0)
        if not columns.faults:
            gap = np.abs(self.driven_kwh - (self.home_kwh + self.work_kwh + self.public_kwh - self.fed_back_kwh))
            bad = gap > 1e-9 * (self.driven_kwh + self.fed_back_kwh) + 1e-12
            if bad.any():
                i = int(np.argmax(bad))
                columns.faults.append(
                    f"zone {i}: {self.driven_kwh[i]:.10g} kWh are driven, but what is charged less what is fed back is "
                    f"{self.driven_kwh[i] - gap[i]:.10g} kWh or {self.driven_kwh[i] + gap[i]:.10g} kWh"
                )
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.driven_kwh)

    @property
    def grid_kwh(self) -> float:
        """What the grid gives for all, less what it gets back."""
        drawn = self.home_grid_kwh + self.work_grid_kwh + self.public_grid_kwh
        return float((drawn - self.fed_back_grid_kwh).sum())

    @property
    def losses_kwh(self) -> float:
        """What the grid gives and is not driven."""
        return self.grid_kwh - float(self.driven_kwh.sum())

    def total(self, name: str) -> float:
        """Sum of a column over all zones.

        Parameters
        ----------
        name : str
            Of the column.

        Returns
        -------
        float
            The sum.
        """
        return float(getattr(self, name).sum())

    def _repr_html_(self) -> str:
        rows = {
            "electric cars": f"{self.total('electric_cars'):,.0f}",
            **{
                name: f"{self.total(f'{name}_kwh'):,.0f} kWh"
                for name in ("driven", "home", "work", "public", "fed_back")
            },
            "losses": f"{self.losses_kwh:,.0f} kWh",
        }
        return html_card("Where commuters' cars charge", rows)


def all_together(parts: Sequence[ChargedWhere], n_zones: int) -> ChargedWhere:
    """Sum of several accounts over the same zones.

    Parameters
    ----------
    parts : sequence of ChargedWhere
        Accounts, perhaps none.
    n_zones : int
        Number of zones.

    Returns
    -------
    ChargedWhere
        Of all.
    """
    return ChargedWhere(
        **{
            field.name: np.sum([np.zeros(n_zones), *(getattr(part, field.name) for part in parts)], axis=0)
            for field in fields(ChargedWhere)
        }
    )
