"""Emissions of car traffic."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from itas_mobility.core.columns import html_card
from itas_mobility.errors import InputError


@dataclass(frozen=True, eq=False)
class Emissions:
    """Carbon dioxide of car traffic in the period to which the kilometres belong.

    Raises
    ------
    InputError
        If a mass is negative or not finite; the message names it.
    """

    tank_to_wheel_kg: Mapping[str, float]
    """By fuel: what leaves the exhaust."""
    upstream_kg: Mapping[str, float]
    """By fuel: making of the fuel, or of the electricity."""

    def __post_init__(self) -> None:
        for name in ("tank_to_wheel_kg", "upstream_kg"):
            masses = {str(fuel): float(mass) for fuel, mass in getattr(self, name).items()}
            for fuel, mass in masses.items():
                if not (np.isfinite(mass) and mass >= 0):
                    raise InputError(f"Emissions: {name}[{fuel!r}] = {mass} must be finite and not negative")
            object.__setattr__(self, name, MappingProxyType(masses))

    @property
    def total_tank_to_wheel_kg(self) -> float:
        """All fuels, exhaust only."""
        return float(sum(self.tank_to_wheel_kg.values()))

    @property
    def total_well_to_wheel_kg(self) -> float:
        """All fuels, exhaust and upstream."""
        return self.total_tank_to_wheel_kg + float(sum(self.upstream_kg.values()))

    def _repr_html_(self) -> str:
        return html_card(
            "CO2 of cars",
            {
                "tank to wheel": f"{self.total_tank_to_wheel_kg:,.1f} kg",
                "well to wheel": f"{self.total_well_to_wheel_kg:,.1f} kg",
            },
        )
