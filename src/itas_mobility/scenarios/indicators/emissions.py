"""Kilometres and greenhouse gases of the commuters' cars."""

from typing import Final

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.units import KILOGRAMS_PER_TONNE
from itas_mobility.words import Text

INDICATORS: Final = (
    Indicator(
        "commuter_car_km_per_day", "veh_km_per_day", Text("Pkw-Fahrleistung der Pendler", "Commuters' car kilometres"),
        "lower", 0,
        Text(
            "Hin- und Rückweg aller Pendler mit Pkw, im Mittel über alle genutzten Wege.",
            "There and back of all commuters by car, mean over all paths they use.",
        ),
        lambda outcome: outcome.commuter_cars.car_km,
    ),
    Indicator(
        "co2_ttw_t_per_day", "t_per_day",
        Text("CO₂ der Pendler-Pkw, am Auspuff", "CO₂ of commuters' cars, tank to wheel"), "lower", 1,
        Text("Nur was beim Fahren entsteht.", "Only what arises from driving."),
        lambda outcome: outcome.commuter_cars.emissions.total_tank_to_wheel_kg / KILOGRAMS_PER_TONNE,
    ),
    Indicator(
        "co2_wtw_t_per_day", "t_per_day",
        Text("CO₂ der Pendler-Pkw, mit Vorkette", "CO₂ of commuters' cars, well to wheel"), "lower", 1,
        Text("Mit Herstellung von Kraftstoff und Strom.", "With the making of fuel and electricity."),
        lambda outcome: outcome.commuter_cars.emissions.total_well_to_wheel_kg / KILOGRAMS_PER_TONNE,
    ),
)  # fmt: skip
