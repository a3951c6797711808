"""Indicators of a run: one registry of names, units, titles and which way is better."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Indicator:
    """What an indicator measures and how it is shown."""

    name: str
    unit: str
    title_de: str
    title_en: str
    better: Literal["higher", "lower", ""]
    decimals: int
    explanation_de: str
    explanation_en: str

    def unit_in(self, language: str) -> str:
        """The unit as people of that language write it."""
        return self.unit if language == "de" else _UNITS_EN.get(self.unit, self.unit)


_UNITS_EN: Final = {
    "Personen/Tag": "persons/day",
    "Fz-km/Tag": "veh km/day",
    "Fz-h/Tag": "veh h/day",
    "Einsteiger/Tag": "boardings/day",
    "Fahrzeuge": "vehicles",
    "EUR/Tag": "EUR/day",
    "Pkw": "cars",
    "kWh/Tag": "kWh/day",
    "Standorte": "sites",
    "t/Tag": "t/day",
}


def _registry(*items: Indicator) -> dict[str, Indicator]:
    return {item.name: item for item in items}


INDICATORS: Final = _registry(
    Indicator(
        "reachable_share", "%", "Schichten ohne Auto erreichbar", "Shifts reachable without a car", "higher", 1,
        "Anteil der Schichtbeschäftigten, die mit Bus und Bahn vor Schichtbeginn ankommen und danach nach Hause kommen.",
        "Share of shift workers who arrive by public transport before the shift and get home after it.",
    ),
    Indicator(
        "arrive_share", "%", "Hinweg zur Schicht möglich", "Way to the shift possible", "higher", 1,
        "Anteil der Schichtbeschäftigten, die mit Bus und Bahn rechtzeitig am Arbeitsplatz sind.",
        "Share of shift workers who reach the workplace in time by public transport.",
    ),
    Indicator(
        "return_share", "%", "Heimweg nach der Schicht möglich", "Way home after the shift possible", "higher", 1,
        "Anteil der Schichtbeschäftigten, die nach der Schicht mit Bus und Bahn nach Hause kommen.",
        "Share of shift workers who get home by public transport after the shift.",
    ),
    Indicator(
        "car_share", "%", "Pkw-Anteil der Pendler", "Car share of commuters", "lower", 2,
        "Anteil der Arbeitswege mit dem Pkw.", "Share of commutes by car.",
    ),
    Indicator(
        "transit_share", "%", "ÖPNV-Anteil der Pendler", "Public transport share", "higher", 2,
        "Anteil der Arbeitswege mit Bus und Bahn.", "Share of commutes by public transport.",
    ),
    Indicator(
        "bike_share", "%", "Rad-Anteil der Pendler", "Bicycle share", "higher", 2,
        "Anteil der Arbeitswege mit dem Fahrrad.", "Share of commutes by bicycle.",
    ),
    Indicator(
        "walk_share", "%", "Fuß-Anteil der Pendler", "Walking share", "higher", 2,
        "Anteil der Arbeitswege zu Fuß.", "Share of commutes on foot.",
    ),
    Indicator(
        "commuters", "Personen/Tag", "Pendler am Werktag", "Commuters on a working day", "", 0,
        "Beschäftigte, die an einem mittleren Werktag (Mo-Fr) zur Arbeit unterwegs sind.",
        "Employees who travel to work on a mean working day (Monday to Friday).",
    ),
    Indicator(
        "commuters_without_mode", "Personen/Tag", "Pendler ohne Verkehrsmittel", "Commuters without a mode", "lower", 0,
        "Pendler, für deren Arbeitsweg es weder Straße noch Linie noch einen zumutbaren Rad- oder Fußweg gibt; sie fehlen "
        "in Fahrleistung, Reisezeit und CO₂.",
        "Commuters whose way to work no road, no line and no reasonable way by bicycle or on foot leads to; missing in "
        "kilometres, times and CO₂.",
    ),
    Indicator(
        "commuter_car_km_per_day", "Fz-km/Tag", "Pkw-Fahrleistung der Pendler", "Commuters' car kilometres", "lower", 0,
        "Hin- und Rückweg aller Pendler mit Pkw, im Mittel über alle genutzten Wege.",
        "There and back of all commuters by car, mean over all paths they use.",
    ),
    Indicator(
        "veh_km_per_day", "Fz-km/Tag", "Kfz-Fahrleistung im Netz", "Vehicle kilometres on the network", "lower", 0,
        "Alle umgelegten Fahrten von Zelle zu Zelle, Hintergrundverkehr und Anbindungen eingeschlossen.",
        "All assigned trips from zone to zone, background and connectors included.",
    ),
    Indicator(
        "veh_h_per_day", "Fz-h/Tag", "Kfz-Fahrzeit im Netz", "Vehicle hours on the network", "lower", 0,
        "Summe der Fahrzeiten aller umgelegten Fahrten.", "Travel time of all assigned trips.",
    ),
    Indicator(
        "delay_veh_h_per_day", "Fz-h/Tag", "Zeitverlust durch Auslastung", "Delay from congestion", "lower", 1,
        "Fahrzeit über der Fahrzeit im leeren Netz.", "Travel time above that in the empty network.",
    ),
    Indicator(
        "mean_car_time_min", "min", "Mittlere Pkw-Fahrzeit je Weg", "Mean car time per way", "lower", 2,
        "Von Tür zu Parkplatz, Mittel von Hin- und Rückweg.", "Door to parking, mean of there and back.",
    ),
    Indicator(
        "mean_transit_time_min", "min", "Mittlere ÖPNV-Reisezeit je Weg", "Mean public transport time", "lower", 2,
        "Von Tür zu Arbeitsplatz mit Warten und Umsteigen, Mittel der Fahrgäste.",
        "Door to workplace with waiting and transfers, mean of passengers.",
    ),
    Indicator(
        "transit_boardings", "Einsteiger/Tag", "Einsteiger der Pendler", "Commuters' boardings", "higher", 0,
        "Einstiege der Pendler in Busse und Bahnen, Umstiege eingeschlossen.",
        "Boardings of commuters, transfers included.",
    ),
    Indicator(
        "transit_vehicle_km_per_day", "Fz-km/Tag", "Fahrplankilometer von Bus und Bahn", "Public transport vehicle kilometres",
        "", 0,
        "Alle Fahrten des Werktags vom ersten bis zum letzten Halt; Rufbusse und Wege zum Betriebshof nicht mitgezählt.",
        "All trips of the working day from first to last stop; on-demand shuttles and ways to the depot not counted.",
    ),
    Indicator(
        "transit_vehicles", "Fahrzeuge", "Fahrzeugbedarf von Bus und Bahn", "Public transport vehicles needed", "", 0,
        "Kleinste Zahl, mit der alle Fahrten einer Linie gefahren werden können, Leerfahrten zwischen Endpunkten erlaubt, "
        "Linienwechsel nicht; mit Werkbussen und Rufbussen, ohne Reserve.",
        "Fewest with which all trips of a line can be run, empty runs between termini allowed, change of line not; with "
        "works buses and on-demand shuttles, without reserve.",
    ),
    Indicator(
        "operating_cost_eur_per_day", "EUR/Tag", "Betriebskosten von Bus und Bahn", "Public transport operating cost",
        "lower", 0,
        "Fahrzeugkilometer, Fahrzeugstunden und vorgehaltene Fahrzeuge mal Kostensatz je Verkehrsmittel, Werkbusse und "
        "Rufbusse eingeschlossen; ohne Fahrgeldeinnahmen.",
        "Vehicle kilometres, vehicle hours and vehicles kept ready times the mode's rates, works buses and on-demand "
        "shuttles included; fares not taken off.",
    ),
    Indicator(
        "electric_cars", "Pkw", "Elektro-Pkw an den Standorten", "Electric cars at the sites", "", 0,
        "Erwartete batterieelektrische Pkw, mit denen an einem mittleren Werktag (Mo-Fr) zu den Standorten gefahren wird.",
        "Expected battery-electric cars driven to the sites on a mean working day (Monday to Friday).",
    ),
    Indicator(
        "charging_energy_kwh", "kWh/Tag", "Ladeenergie an den Standorten", "Charging energy at the sites", "", 0,
        "Bezug aus dem Netz für das Laden während der Schicht.", "Drawn from the grid for charging during the shift.",
    ),
    Indicator(
        "charging_peak_kw", "kW", "Höchste Ladeleistung (alle Standorte)", "Peak charging power (all sites)", "lower", 0,
        "Höchster Viertelstundenwert der Summe aller Standorte.", "Highest quarter-hour value of the sum over sites.",
    ),
    Indicator(
        "sites_over_grid_limit", "Standorte", "Standorte über dem Netzanschluss", "Sites above the grid connection",
        "lower", 0,
        "Standorte, an denen ungesteuertes Laden den freien Netzanschluss übersteigt.",
        "Sites where uncontrolled charging exceeds the free grid connection.",
    ),
    Indicator(
        "unserved_kwh", "kWh/Tag", "Nicht gedeckter Ladebedarf", "Unserved charging need", "lower", 0,
        "Energie, die am Standort laden wollte und bis zum Schichtende keinen Platz, keine Zeit oder in der Batterie "
        "keinen Raum fand.",
        "Energy that wanted to charge at the site and found no point, no time or no room in the battery before the "
        "shift's end.",
    ),
    Indicator(
        "co2_ttw_t_per_day", "t/Tag", "CO₂ der Pendler-Pkw, am Auspuff", "CO₂ of commuters' cars, tank to wheel", "lower", 1,
        "Nur was beim Fahren entsteht.", "Only what arises from driving.",
    ),
    Indicator(
        "co2_wtw_t_per_day", "t/Tag", "CO₂ der Pendler-Pkw, mit Vorkette", "CO₂ of commuters' cars, well to wheel",
        "lower", 1,
        "Mit Herstellung von Kraftstoff und Strom.", "With the making of fuel and electricity.",
    ),
    Indicator(
        "relative_gap", "1", "Größte relative Lücke der Umlegung", "Largest relative gap of the assignment", "", 9,
        "Abstand vom Gleichgewicht; Unterschiede unter dieser Größe sind Rechenungenauigkeit.",
        "Distance from equilibrium; differences below this size are solver noise.",
    ),
    Indicator(
        "feedback_residual", "1", "Restfehler der Rückkopplung", "Residual of the feedback", "", 9,
        "Anteil der Pkw-Fahrten, der sich in einem weiteren Durchlauf noch ändern würde.",
        "Share of car trips that one more round would still change.",
    ),
)  # fmt: skip
"""All indicators by name, in the order in which they are shown."""
