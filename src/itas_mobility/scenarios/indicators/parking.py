"""Parking at the sites."""

from typing import Final

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.words import Text

PARKING_FEES: Final = "parking_eur_per_day"

INDICATORS: Final = (
    Indicator(
        "outside_cars", "cars",
        Text("Autos ohne Stellplatz an den Standorten", "Cars without a space at the sites"), "lower", 0,
        Text(
            "Autos, die im vollsten Augenblick des Tages in Nebenstraßen stehen, weil der Standort keinen Platz mehr "
            "hat oder Parken dort mehr kostet als der Weg; Summe der Standorte.",
            "Cars that stand in side streets at the fullest moment of the day, as the site has no space left or "
            "parking there costs more than the walk; sum over sites.",
        ),
        lambda outcome: float(outcome.parking["outside_cars"].sum()),
    ),
    Indicator(
        PARKING_FEES, "eur_per_day",
        Text("Parkgebühren an den Standorten", "Parking fees at the sites"), "", 0,
        Text(
            "Was Pendler an einem mittleren Werktag für Stellplätze der Standorte zahlen und diese einnehmen.",
            "What commuters pay for spaces of the sites on a mean working day, and these receive.",
        ),
        lambda outcome: float(outcome.parking["paid_eur_per_day"].sum()),
    ),
)  # fmt: skip
