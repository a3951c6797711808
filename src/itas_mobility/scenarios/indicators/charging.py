"""Electric cars at the sites, their energy and what it asks of grid connections."""

from typing import Final

import numpy as np

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.words import Text


def _peak_kw(outcome: Outcome) -> float:
    power_kw = sum((one.curve.power_kw for one in outcome.charging), np.zeros(1))
    return float(power_kw.max())


INDICATORS: Final = (
    Indicator(
        "electric_cars", "cars", Text("Elektro-Pkw an den Standorten", "Electric cars at the sites"), "", 0,
        Text(
            "Erwartete batterieelektrische Pkw, mit denen an einem mittleren Werktag (Mo-Fr) zu den Standorten "
            "gefahren wird.",
            "Expected battery-electric cars driven to the sites on a mean working day (Monday to Friday).",
        ),
        lambda outcome: float(np.array([one.electric_cars for one in outcome.charging]).sum()),
    ),
    Indicator(
        "charging_energy_kwh", "kwh_per_day",
        Text("Ladeenergie an den Standorten", "Charging energy at the sites"), "", 0,
        Text(
            "Bezug aus dem Netz für das Laden während der Schicht.",
            "Drawn from the grid for charging during the shift.",
        ),
        lambda outcome: float(np.array([one.curve.energy_kwh for one in outcome.charging]).sum()),
    ),
    Indicator(
        "charging_peak_kw", "kw", Text("Höchste Ladeleistung (alle Standorte)", "Peak charging power (all sites)"),
        "lower", 0,
        Text(
            "Höchster Viertelstundenwert der Summe aller Standorte.",
            "Highest quarter-hour value of the sum over sites.",
        ),
        _peak_kw,
    ),
    Indicator(
        "sites_over_grid_limit", "sites", Text("Standorte über dem Netzanschluss", "Sites above the grid connection"),
        "lower", 0,
        Text(
            "Standorte, an denen das Laden den freien Netzanschluss übersteigt.",
            "Sites where charging exceeds the free grid connection.",
        ),
        lambda outcome: float(sum(one.curve.over_limit_h > 0 for one in outcome.charging)),
    ),
    Indicator(
        "unserved_kwh", "kwh_per_day", Text("Nicht gedeckter Ladebedarf", "Unserved charging need"), "lower", 0,
        Text(
            "Energie, die am Standort laden wollte und bis zum Schichtende keinen Platz, keine Zeit oder in der "
            "Batterie keinen Raum fand.",
            "Energy that wanted to charge at the site and found no point, no time or no room in the battery before the "
            "shift's end.",
        ),
        lambda outcome: float(np.array([one.unserved_kwh for one in outcome.charging]).sum()),
    ),
)  # fmt: skip
