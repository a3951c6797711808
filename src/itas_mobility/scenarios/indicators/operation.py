"""Passengers of the lines, and what running the lines takes."""

from typing import Final

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.words import Text

INDICATORS: Final = (
    Indicator(
        "transit_boardings", "boardings_per_day", Text("Einsteiger der Pendler", "Commuters' boardings"), "higher", 0,
        Text(
            "Einstiege der Pendler in Busse und Bahnen, Umstiege eingeschlossen.",
            "Boardings of commuters, transfers included.",
        ),
        lambda outcome: outcome.boardings,
    ),
    Indicator(
        "transit_vehicle_km_per_day", "veh_km_per_day",
        Text("Fahrplankilometer von Bus und Bahn", "Public transport vehicle kilometres"), "", 0,
        Text(
            "Alle Fahrten des Werktags vom ersten bis zum letzten Halt; Rufbusse und Wege zum Betriebshof nicht "
            "mitgezählt.",
            "All trips of the working day from first to last stop; on-demand shuttles and ways to the depot not "
            "counted.",
        ),
        lambda outcome: outcome.operation.total_km,
    ),
    Indicator(
        "transit_vehicles", "vehicles", Text("Fahrzeugbedarf von Bus und Bahn", "Public transport vehicles needed"), "",
        0,
        Text(
            "Kleinste Zahl, mit der alle Fahrten einer Linie gefahren werden können, Leerfahrten zwischen Endpunkten "
            "erlaubt, Linienwechsel nicht; mit Werkbussen und Rufbussen, ohne Reserve.",
            "Fewest with which all trips of a line can be run, empty runs between termini allowed, change of line not; "
            "with works buses and on-demand shuttles, without reserve.",
        ),
        lambda outcome: float(outcome.operation.total_vehicles),
    ),
    Indicator(
        "operating_cost_eur_per_day", "eur_per_day",
        Text("Betriebskosten von Bus und Bahn", "Public transport operating cost"), "lower", 0,
        Text(
            "Fahrzeugkilometer, Fahrzeugstunden und vorgehaltene Fahrzeuge mal Kostensatz je Verkehrsmittel, Werkbusse "
            "und Rufbusse eingeschlossen; ohne Fahrgeldeinnahmen.",
            "Vehicle kilometres, vehicle hours and vehicles kept ready times the mode's rates, works buses and "
            "on-demand shuttles included; fares not taken off.",
        ),
        lambda outcome: outcome.operation.total_cost_eur,
    ),
)  # fmt: skip
