"""What a site pays for electricity: the tariff (`Tariff`), and the bill of a year (`Bill`)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card

HOURS_PER_YEAR: Final = 8760.0
"""Of a year without a leap day, by which operators reckon."""


@dataclass(frozen=True, slots=True)
class NetworkFee:
    """What the use of the grid costs.

    Raises
    ------
    InputError
        With all faults found.
    """

    yearly_eur_per_kw: float
    """A year, for the greatest power of the year."""
    energy_eur_per_kwh: float
    """For energy drawn."""

    def __post_init__(self) -> None:
        columns = Columns(self, "NetworkFee")
        columns.number("yearly_eur_per_kw")
        columns.number("energy_eur_per_kwh")
        columns.raise_faults()


@dataclass(frozen=True, eq=False)
class Tariff:
    """Price of energy and fees of the grid, which depend on the hours of use.

    Hours of use are the energy drawn in a year per greatest power of the year.

    Raises
    ------
    InputError
        With all faults found.
    """

    name: str
    source: str
    """Where the fees come from, with year and confidence."""
    energy_eur_per_kwh: FloatArray
    """All but the network fee; one number, or one for each step of a horizon. May be negative."""
    short_use: NetworkFee
    """Below `long_use_from_h`."""
    long_use: NetworkFee
    """At `long_use_from_h` and above."""
    long_use_from_h: float
    """Hours of use a year from which the other fee holds."""
    feed_in_eur_per_kwh: float = 0.0
    """Paid for energy fed into the grid."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Tariff")
        object.__setattr__(self, "energy_eur_per_kwh", np.atleast_1d(self.energy_eur_per_kwh))
        columns.array("energy_eur_per_kwh", np.float64, (self.energy_eur_per_kwh.size,))
        for name in ("short_use", "long_use"):
            columns.check(isinstance(getattr(self, name), NetworkFee), f"{name}: must be a NetworkFee")
        columns.number("long_use_from_h")
        columns.finite("feed_in_eur_per_kwh")
        columns.check(bool(self.source), "source: is missing")
        columns.raise_faults()

    def fee(self, *, is_long_use: bool) -> NetworkFee:
        """The network fee of many or of few hours of use."""
        return self.long_use if is_long_use else self.short_use

    def _repr_html_(self) -> str:
        energy = self.energy_eur_per_kwh
        cards = {"energy": f"{energy.min():g} to {energy.max():g} EUR/kWh"}
        for label, fee in (("below", self.short_use), ("from", self.long_use)):
            cards[f"{label} {self.long_use_from_h:g} h"] = (
                f"{fee.yearly_eur_per_kw:g} EUR/kW a year and {fee.energy_eur_per_kwh:g} EUR/kWh"
            )
        return html_card(self.name, cards | {"source": self.source})


@dataclass(frozen=True, slots=True)
class Bill:
    """What a site pays in a year."""

    import_kwh: float
    """Energy drawn."""
    peak_kw: float
    """Greatest power drawn."""
    is_long_use: bool
    """Whether the fee of many hours of use holds."""
    energy_eur: float
    """For energy, all but the network fee."""
    network_energy_eur: float
    """Network fee for energy."""
    network_power_eur: float
    """Network fee for power."""
    feed_in_eur: float
    """Received for energy fed in."""

    @property
    def use_h(self) -> float:
        """Hours of use: energy per greatest power; NaN where nothing is drawn."""
        return self.import_kwh / self.peak_kw if self.peak_kw > 0 else float("nan")

    @property
    def total_eur(self) -> float:
        """All that is paid, less what is received."""
        return self.energy_eur + self.network_energy_eur + self.network_power_eur - self.feed_in_eur

    def _repr_html_(self) -> str:
        return html_card(
            "Electricity of a year",
            {
                "drawn": f"{self.import_kwh:,.0f} kWh, up to {self.peak_kw:,.1f} kW, {self.use_h:,.0f} hours of use",
                "energy": f"{self.energy_eur:,.0f} EUR",
                "network, for energy": f"{self.network_energy_eur:,.0f} EUR",
                "network, for power": f"{self.network_power_eur:,.0f} EUR",
                "received for feeding in": f"{self.feed_in_eur:,.0f} EUR",
                "in all": f"{self.total_eur:,.0f} EUR",
            },
        )
