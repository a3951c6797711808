"""What a site draws from and feeds into: grid connection, building, photovoltaics, battery, prices (`SiteSupply`)."""

from dataclasses import dataclass, field

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.errors import InputError


def no_power() -> FloatArray:
    """A series that is 0 at every step."""
    return np.zeros(1)


@dataclass(frozen=True, eq=False)
class StationaryBattery:
    """A battery that stands at a site.

    Raises
    ------
    InputError
        With all faults found.
    """

    energy_kwh: float
    """What it holds."""
    power_kw: float
    """Greatest power, in and out, at the grid side."""
    efficiency: float = 0.95
    """Share of energy that is kept on the way in, and again on the way out, in (0, 1]; 0.95 both ways is about the 90 %
    per cycle of lithium systems (an assumption)."""
    start_state_share: float = 0.5
    """State of charge at the beginning; it is the same again at the end."""

    def __post_init__(self) -> None:
        columns = Columns(self, "StationaryBattery")
        columns.number("energy_kwh")
        columns.number("power_kw")
        columns.number("efficiency", is_positive=True, high=1.0)
        columns.number("start_state_share", high=1.0)
        columns.raise_faults()


@dataclass(frozen=True, eq=False)
class SiteSupply:
    """Grid connection of a site and what else hangs on it; a series has a value for each step, or one for all.

    Raises
    ------
    InputError
        With all faults found.
    """

    connection_kw: float = np.inf
    """What the site may draw from the grid, as contracted: building and charging together."""
    transformer_kva: float = np.inf
    """Rating of the site's own transformer."""
    power_factor: float = 1.0
    """Active power per apparent power of the transformer, in (0, 1]."""
    base_load_kw: FloatArray = field(default_factory=no_power)
    """Load of the building."""
    pv_kw: FloatArray = field(default_factory=no_power)
    """Output of photovoltaics on the site."""
    price_eur_per_kwh: FloatArray = field(default_factory=no_power)
    """Of energy drawn from the grid; may be negative."""
    feed_in_eur_per_kwh: float = 0.0
    """Paid for energy fed into the grid."""
    demand_charge_eur_per_kw: float = 0.0
    """For the highest power drawn in a step of the horizon."""
    mix_g_per_kwh: FloatArray = field(default_factory=no_power)
    """Carbon dioxide of energy drawn from the grid."""
    mix_kind: str = "average"
    """Whether `mix_g_per_kwh` is that of all power stations ("average") or of those that react ("marginal")."""
    battery: StationaryBattery | None = None

    def __post_init__(self) -> None:
        columns = Columns(self, "SiteSupply")
        for name in ("connection_kw", "transformer_kva"):
            columns.number(name, allow_inf=True)
        columns.number("power_factor", is_positive=True, high=1.0)
        columns.number("demand_charge_eur_per_kw")
        columns.finite("feed_in_eur_per_kwh")
        lowest = {"base_load_kw": 0.0, "pv_kw": 0.0, "price_eur_per_kwh": None, "mix_g_per_kwh": 0.0}
        for name, low in lowest.items():
            object.__setattr__(self, name, np.atleast_1d(getattr(self, name)))
            columns.array(name, np.float64, (getattr(self, name).size,), low=low)
        columns.check(self.mix_kind in ("average", "marginal"), f"mix_kind {self.mix_kind!r}: average or marginal")
        columns.raise_faults()

    @property
    def grid_kw(self) -> float:
        """What contract and transformer let the site draw."""
        return min(self.connection_kw, self.transformer_kva * self.power_factor)

    @property
    def has_prices(self) -> bool:
        """Whether energy or power cost anything."""
        return bool(self.price_eur_per_kwh.any()) or self.demand_charge_eur_per_kw > 0

    def series(self, name: str, n_steps: int) -> FloatArray:
        """A series with a value for each step.

        Parameters
        ----------
        name : str
            Field, e.g. ``"pv_kw"``.
        n_steps : int
            Steps of the horizon.

        Returns
        -------
        ndarray of shape (n_steps,)
            Read-only.

        Raises
        ------
        InputError
            If it has another number of values.
        """
        values: FloatArray = getattr(self, name)
        if values.size not in (1, n_steps):
            raise InputError(
                f"{name}: {values.size} values for {n_steps} steps; give one for each step, or one for all"
            )
        return np.broadcast_to(values, (n_steps,))

    def free_kw(self, n_steps: int) -> FloatArray:
        """What the connection leaves for charging in each step; infinite without a limit.

        Parameters
        ----------
        n_steps : int
            Steps of the horizon.

        Returns
        -------
        ndarray of shape (n_steps,)
            Connection less building, and photovoltaics besides.

        Raises
        ------
        InputError
            If the building alone draws more than the connection has and no battery helps; the first step is named.
        """
        free = self.grid_kw - self.series("base_load_kw", n_steps) + self.series("pv_kw", n_steps)
        if self.battery is None and (free < 0).any():
            i = int(np.argmax(free < 0))
            name = "connection_kw" if self.connection_kw <= self.grid_kw else "transformer_kva"
            raise InputError(
                f"{name}: {self.grid_kw:g} kW is below the building's own load at step {i} "
                f"(base_load_kw {self.series('base_load_kw', n_steps)[i]:g} kW) and at {int((free < 0).sum())} step(s) "
                "in all; give a larger connection, or a battery"
            )
        return np.asarray(free)

    def _repr_html_(self) -> str:
        return html_card(
            "Supply of a site",
            {
                "grid": f"{self.grid_kw:,.1f} kW",
                "building": f"up to {self.base_load_kw.max():,.1f} kW",
                "photovoltaics": f"up to {self.pv_kw.max():,.1f} kW",
                "battery": "none" if self.battery is None else f"{self.battery.energy_kwh:g} kWh",
                "price": f"{self.price_eur_per_kwh.min():g} to {self.price_eur_per_kwh.max():g} EUR/kWh",
                "mix": f"{self.mix_g_per_kwh.min():g} to {self.mix_g_per_kwh.max():g} g/kWh, {self.mix_kind}",
            },
        )
