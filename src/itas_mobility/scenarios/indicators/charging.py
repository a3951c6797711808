"""Electric cars at the sites, their energy and what it asks of grid connections."""

from typing import Final

import numpy as np

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.words import Text


def _peak_kw(outcome: Outcome) -> float:
    power_kw = sum((one.week.power_kw for one in outcome.charging), np.zeros(1))
    return float(power_kw.max())


def _places(outcome: Outcome, name: str) -> float:
    return outcome.charging.everywhere.total(name)


INDICATORS: Final = (
    Indicator(
        "electric_cars", "cars", Text("Elektro-Pkw an den Standorten", "Electric cars at the sites"), "", 0,
        Text(
            "Erwartete batterieelektrische Pkw, mit denen an einem mittleren Werktag (Mo-Fr) zu den Standorten "
            "gefahren wird.",
            "Expected battery-electric cars driven to the sites on a mean working day (Monday to Friday).",
        ),
        lambda outcome: outcome.charging.at_sites.total("electric_cars"),
    ),
    Indicator(
        "charging_energy_kwh", "kwh_per_day",
        Text("Ladeenergie an den Standorten", "Charging energy at the sites"), "", 0,
        Text(
            "Bezug aus dem Netz für das Laden während der Schicht, Mittel der Werktage Montag bis Freitag.",
            "Drawn from the grid for charging during the shift, mean of the working days Monday to Friday.",
        ),
        lambda outcome: float(np.array([one.energy_kwh for one in outcome.charging]).sum()),
    ),
    Indicator(
        "charging_peak_kw", "kw", Text("Höchste Ladeleistung (alle Standorte)", "Peak charging power (all sites)"),
        "lower", 0,
        Text(
            "Höchster Viertelstundenwert der Woche, Summe aller Standorte.",
            "Highest quarter-hour value of the week, sum over sites.",
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
        lambda outcome: float(sum(one.week.over_limit_h > 0 for one in outcome.charging)),
    ),
    Indicator(
        "unserved_kwh", "kwh_per_day", Text("Nicht gedeckter Ladebedarf", "Unserved charging need"), "lower", 0,
        Text(
            "Energie, die am Standort laden wollte und bis zum Schichtende keinen Platz, keine Zeit oder keine "
            "Leistung fand; sie wird zu Hause oder öffentlich geladen. Mittel der Werktage.",
            "Energy that wanted to charge at the site and found no point, no time or no power before the shift's end; "
            "it is charged at home or in public. Mean of the working days.",
        ),
        lambda outcome: outcome.charging.at_sites.total("unserved_kwh"),
    ),
    Indicator(
        "charged_home_kwh", "kwh_per_day",
        Text("Zu Hause geladen (alle Pendler)", "Charged at home (all commuters)"), "", 0,
        Text(
            "Was Elektro-Pkw aller Pendler für den Arbeitsweg zu Hause laden, in der Batterie.",
            "What electric cars of all commuters charge at home for the way to work, in the battery.",
        ),
        lambda outcome: _places(outcome, "home_kwh"),
    ),
    Indicator(
        "charged_work_kwh", "kwh_per_day",
        Text("Bei der Arbeit geladen (alle Pendler)", "Charged at work (all commuters)"), "", 0,
        Text(
            "Was Elektro-Pkw aller Pendler bei der Arbeit laden, in der Batterie; nicht nur an den Standorten.",
            "What electric cars of all commuters charge at work, in the battery; not at the sites alone.",
        ),
        lambda outcome: _places(outcome, "work_kwh"),
    ),
    Indicator(
        "charged_public_kwh", "kwh_per_day",
        Text("Öffentlich geladen (alle Pendler)", "Charged in public (all commuters)"), "", 0,
        Text(
            "Was Elektro-Pkw aller Pendler für den Arbeitsweg öffentlich laden, in der Batterie.",
            "What electric cars of all commuters charge in public for the way to work, in the battery.",
        ),
        lambda outcome: _places(outcome, "public_kwh"),
    ),
    Indicator(
        "stranded_cars", "cars", Text("Liegengebliebene Elektro-Pkw", "Stranded electric cars"), "lower", 1,
        Text(
            "Elektro-Pkw am Tag, die am Standort keine Ladung finden und mit dem Rest in der Batterie nicht nach Hause "
            "kommen.",
            "Electric cars a day that find no charge at the site and cannot get home with what is left in the battery.",
        ),
        lambda outcome: _places(outcome, "stranded_cars"),
    ),
)  # fmt: skip
