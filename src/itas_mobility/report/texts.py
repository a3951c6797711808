"""The report's words in German and English, and numbers as each language writes them."""

from typing import TYPE_CHECKING, Final

from itas_mobility import words
from itas_mobility.report import charging_texts, realism_texts
from itas_mobility.units import clock_text
from itas_mobility.words import NO_VALUE, UNITS, Text

if TYPE_CHECKING:
    from markupsafe import Markup

TRANSIT_MODES: Final[dict[str, tuple[str, str]]] = {
    "TRAIN": ("Zug", "Train"),
    "LIGHT_RAIL": ("Stadtbahn", "Light rail"),
    "TRAM": ("Straßenbahn", "Tram"),
    "BUS": ("Bus", "Bus"),
    "FERRY": ("Fähre", "Ferry"),
    "SHUTTLE": ("Werkbus", "Shuttle"),
    "TROLLEYBUS": ("Oberleitungsbus", "Trolleybus"),
    "SUBWAY": ("U-Bahn", "Subway"),
}

ROAD_CLASSES: Final[tuple[tuple[str, str], ...]] = (
    ("Autobahn", "Motorway"),
    ("Autobahnrampe", "Motorway ramp"),
    ("Schnellstraße", "Trunk road"),
    ("Rampe", "Ramp"),
    ("Bundesstraße", "Primary road"),
    ("Rampe", "Ramp"),
    ("Staatsstraße", "Secondary road"),
    ("Rampe", "Ramp"),
    ("Kreisstraße", "Tertiary road"),
    ("Rampe", "Ramp"),
    ("Gemeindestraße", "Minor road"),
    ("Wohnstraße", "Residential street"),
    ("Spielstraße", "Living street"),
    ("Zufahrt", "Service road"),
    ("Wirtschaftsweg", "Track"),
)
"""By `RoadClass` up to TRACK; what lies above carries no cars."""

CONFIDENCES: Final[dict[str, tuple[str, str]]] = {
    "official": ("amtlich", "official"),
    "published": ("veröffentlicht", "published"),
    "derived": ("abgeleitet", "derived"),
    "assumption": ("Annahme", "assumption"),
}

FAILING: Final[dict[str, tuple[str, str]]] = {
    "": ("", ""),
    "none": ("", ""),
    "out": ("Engpass: Hinfahrt", "bottleneck: way there"),
    "back": ("Engpass: Rückfahrt", "bottleneck: way home"),
    "both": ("Engpass: hin und zurück", "bottleneck: both ways"),
    "no_stop": ("Engpass: keine Haltestelle in der Nähe", "bottleneck: no stop in reach"),
}
"""What fails first for those who cannot reach a shift; other words are shown as they stand."""

CAUSES: Final[dict[str, tuple[str, str]]] = {
    "": ("", ""),
    "none": ("", ""),
    "home": ("keine Haltestelle am Wohnort", "no stop near home"),
    "gate": ("keine Haltestelle am Tor", "no stop near the gate"),
    "time": ("Fahrzeiten passen nicht zur Schicht", "times do not fit the shift"),
    "ride": ("keine Verbindung in vertretbarer Zeit", "no connection in reasonable time"),
}
"""Why it fails for most of them; other words are shown as they stand."""

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "kicker": ("Regionales Mobilitätskonzept · Szenarienvergleich", "Regional mobility concept · scenario comparison"),
    "lead": (
        (
            "Wie kommen die Beschäftigten zur Arbeit, was ändern die Maßnahmen, und was bedeutet das für Straßen, "
            "Bus und Bahn, Stromanschlüsse und Klima?"
        ),
        (
            "How do people get to work, what do the measures change, and what does that mean for roads, "
            "public transport, grid connections and climate?"
        ),
    ),
    "banner_title": ("Stilisierte Region", "Stylised region"),
    "banner": (
        (
            "Teile der Netze sind aus belegten Eckdaten nachgebildet, nicht vermessen. Die Zahlen zeigen "
            "Größenordnungen und Richtungen; sie taugen nicht als Planungsgrundlage für einzelne Straßen oder Linien."
        ),
        (
            "Parts of the networks are modelled on documented facts, not surveyed. The figures show magnitudes and "
            "directions; they are no basis for planning single roads or lines."
        ),
    ),
    "disclaimer": (
        "Kein Produkt der Initiative ITAS, des Landkreises Zwickau oder von Volkswagen.",
        "Not a product of the ITAS initiative, the district of Zwickau or Volkswagen.",
    ),
    "nav_glance": ("Auf einen Blick", "At a glance"),
    "nav_map": ("Karte", "Map"),
    "nav_numbers": ("Kennzahlen", "Figures"),
    "nav_ways": ("Arbeitswege", "Ways to work"),
    "nav_charging": ("Laden", "Charging"),
    "nav_measures": ("Maßnahmen", "Measures"),
    "nav_methods": ("Methode", "Methods"),
    "nav_sources": ("Quellen", "Sources"),
    "nav_label": ("Abschnitte des Berichts", "Sections of the report"),
    "language_label": ("Sprache", "Language"),
    "scenario": ("Szenario", "Scenario"),
    "shown_scenario": ("Gezeigtes Szenario", "Scenario shown"),
    "baseline": ("Ausgangslage", "Baseline"),
    "glance_title": ("Das Wichtigste in Kürze", "Key messages"),
    "glance_lead": (
        "Was sich gegenüber der Ausgangslage am stärksten ändert.",
        "What changes most against the baseline.",
    ),
    "only_base": (
        "Dieser Bericht enthält nur die Ausgangslage; es gibt noch kein Szenario zum Vergleichen.",
        "This report holds the baseline only; there is no scenario to compare yet.",
    ),
    "no_change": (
        "Keine nennenswerte Änderung gegenüber der Ausgangslage.",
        "No notable change against the baseline.",
    ),
    "today": ("Die Ausgangslage in Zahlen", "The baseline in figures"),
    "map_title": ("Karte der Region", "Map of the region"),
    "map_lead": (
        (
            "Verkehr an einem Werktag; unter „Darstellung“ auch, von wo aus eine Schicht ohne Auto zu schaffen ist "
            "und wo Elektro-Pkw laden. Ziehen verschiebt, Plus und Minus vergrößern; zeigen Sie auf Straßen, Orte "
            "und Werke, um Zahlen zu sehen."
        ),
        (
            "Traffic on a working day; under “Show” also from where a shift can be reached without a car, and where "
            "electric cars charge. Drag to "
            "move, plus and minus to zoom; point at roads, places and sites to see figures."
        ),
    ),
    "map_aria": (
        (
            "Interaktive Karte: Pfeiltasten verschieben, Plus und Minus vergrößern, 0 setzt zurück. Die Werte der "
            "Werke stehen auch in der Tabelle der Standorte, die einer Schicht in der Tabelle unter der Karte."
        ),
        (
            "Interactive map: arrow keys move, plus and minus zoom, 0 resets. The sites' figures also stand in the "
            "table of sites, those of a shift in the table below the map."
        ),
    ),
    "layer": ("Darstellung", "Show"),
    "layer_volume": ("Autoverkehr und Auslastung", "Car traffic and saturation"),
    "layer_difference": ("Autoverkehr: Änderung zur Ausgangslage", "Car traffic: change against baseline"),
    "layer_shift": ("Eine Schicht: erreichbar ohne Auto?", "One shift: reachable without a car?"),
    "layer_shift_change": (
        "Eine Schicht: Änderung zur Ausgangslage",
        "One shift: change against baseline",
    ),
    "map_shift": ("Schicht", "Shift"),
    "shift_table": ("Diese Karte als Tabelle", "This map as a table"),
    "shift_table_place": ("Wohnort", "Home"),
    "shift_table_workers": ("Beschäftigte dieser Schicht", "Workers of this shift"),
    "shift_table_result": ("Ergebnis", "Result"),
    "shift_table_out": ("Hinweg (Tür bis Arbeitsplatz)", "Way there (door to workplace)"),
    "shift_table_back": ("Heimweg", "Way home"),
    "overlays": ("Einblenden", "Overlays"),
    "overlay_transit": ("Linien und Haltestellen", "Lines and stops"),
    "overlay_sites": ("Werke", "Sites"),
    "overlay_names": ("Ortsnamen", "Place names"),
    "zoom_in": ("Vergrößern", "Zoom in"),
    "zoom_out": ("Verkleinern", "Zoom out"),
    "reset": ("Ganze Region", "Whole region"),
    "wheel_hint": (
        "Zum Zoomen in die Karte klicken oder Strg gedrückt halten",
        "Click the map or hold Ctrl to zoom",
    ),
    "legend": ("Legende", "Legend"),
    "legend_saturation": ("Auslastung in der Spitzenstunde", "Saturation in the peak hour"),
    "legend_width": ("Breite: Kfz pro Werktag", "Width: vehicles per working day"),
    "legend_difference": ("Kfz pro Werktag gegenüber der Ausgangslage", "Vehicles per working day against baseline"),
    "legend_less": ("weniger", "less"),
    "legend_more": ("mehr", "more"),
    "legend_closed": ("entfällt im Szenario", "removed in the scenario"),
    "legend_no_data": ("keine Angabe", "no figure"),
    "legend_site": ("Werk (Fläche: Beschäftigte)", "Site (area: workers)"),
    "legend_base": (
        "Die Ausgangslage unterscheidet sich nicht von sich selbst: oben ein Szenario wählen.",
        "The baseline does not differ from itself: choose a scenario above.",
    ),
    "legend_hidden_links": (
        "Strecken, die erst das Szenario anlegt und die deshalb hier nicht gezeichnet sind",
        "links that only the scenario creates and that are therefore not drawn here",
    ),
    "legend_shift_0": ("hin und zurück möglich", "there and back possible"),
    "legend_shift_1": ("Fahrzeiten passen nicht zur Schicht", "times do not fit the shift"),
    "legend_shift_2": ("keine Verbindung in vertretbarer Zeit", "no connection in reasonable time"),
    "legend_shift_3": ("keine Haltestelle nahe der Wohnung", "no stop near home"),
    "legend_shift_4": ("letzter Weg: keine Haltestelle nahe dem Werkstor", "last way: no stop near the gate"),
    "legend_change_0": ("neu möglich", "newly possible"),
    "legend_change_1": ("nicht mehr möglich", "no longer possible"),
    "legend_change_2": ("weiterhin möglich", "still possible"),
    "legend_change_3": ("weiterhin nicht möglich", "still not possible"),
    "legend_no_workers": ("niemand in dieser Schicht", "nobody works this shift"),
    "legend_no_shift": (
        "Diese Schicht gibt es in diesem Szenario nicht.",
        "There is no such shift in this scenario.",
    ),
    "legend_workers": ("Beschäftigte", "workers"),
    "legend_from_outside": (
        "von außerhalb des Gebiets, davon hin und zurück möglich",
        "from outside the region, of these there and back",
    ),
    "tip_shift_workers": ("Beschäftigte dieser Schicht", "Workers of this shift"),
    "tip_out": ("hin", "there"),
    "tip_back": ("zurück", "back"),
    "tip_fails_out": ("Es scheitert am Hinweg; der Heimweg ginge.", "The way there fails; the way home would work."),
    "tip_fails_back": ("Der Hinweg geht; es scheitert am Heimweg.", "The way there works; the way home fails."),
    "tip_fails_out_back": ("Es scheitert schon am Hinweg, und am Heimweg.", "The way there fails, and the way home."),
    "tip_minutes": ("{} min", "{} min"),
    "tip_transfers_0": ("ohne Umstieg", "no change"),
    "tip_transfers_1": ("1 Umstieg", "1 change"),
    "tip_transfers": ("{} Umstiege", "{} changes"),
    "tip_wait": ("davon {} min Warten am Werk", "of these {} min waiting at the site"),
    "tip_at_site": ("wohnt am Werk", "lives at the site"),
    "tip_cause_1": ("keine Haltestelle nahe der Wohnung", "no stop near home"),
    "tip_cause_2": ("keine Haltestelle nahe dem Werkstor", "no stop near the gate"),
    "tip_cause_3": ("keine Verbindung in vertretbarer Zeit", "no connection in reasonable time"),
    "tip_cause_4": ("Fahrzeiten passen nicht", "times do not fit"),
    "tip_mend_out_later": (
        "ginge, wenn die Schicht {} min später begänne oder der Bus {} min früher führe",
        "would work if the shift began {} min later or the bus ran {} min earlier",
    ),
    "tip_mend_out_earlier": (
        "ginge, wenn die Schicht {} min früher begänne oder der Bus {} min später führe",
        "would work if the shift began {} min earlier or the bus ran {} min later",
    ),
    "tip_mend_back_later": (
        "ginge, wenn die Schicht {} min später endete oder der Bus {} min früher führe",
        "would work if the shift ended {} min later or the bus ran {} min earlier",
    ),
    "tip_mend_back_earlier": (
        "ginge, wenn die Schicht {} min früher endete oder der Bus {} min später führe",
        "would work if the shift ended {} min earlier or the bus ran {} min later",
    ),
    "tip_vehicles": ("Kfz/Werktag", "vehicles/working day"),
    "tip_directions": ("je Richtung", "per direction"),
    "tip_saturation": ("Auslastung", "Saturation"),
    "tip_change": ("Änderung", "Change"),
    "tip_removed": ("entfällt in diesem Szenario", "removed in this scenario"),
    "tip_workers": ("Beschäftigte", "Workers"),
    "tip_workers_home": ("Beschäftigte (Wohnort)", "Workers (home)"),
    "tip_reachable": ("mit Bus und Bahn erreichbar", "reachable by public transport"),
    "tip_cars": ("Autos am Werk", "Cars at the site"),
    "tip_electric": ("davon elektrisch", "of these electric"),
    "tip_peak": ("Ladespitze", "Charging peak"),
    "tip_stop": ("Haltestelle", "Stop"),
    "tip_baseline": ("Ausgangslage", "baseline"),
    "stylised_short": ("Stilisierte Darstellung", "Stylised drawing"),
    "numbers_title": ("Kennzahlen im Vergleich", "Figures compared"),
    "numbers_lead": (
        "Oben steht der Wert, darunter die Änderung zur Ausgangslage.",
        "The value stands above, its change against the baseline below.",
    ),
    "indicator": ("Kennzahl", "Indicator"),
    "better": ("Verbesserung", "improvement"),
    "worse": ("Verschlechterung", "deterioration"),
    "neutral": ("ohne Wertung", "no valuation"),
    "percentage_points": ("%-Pkt.", "pp"),
    "horizons_title": ("Kurzfristig und langfristig", "Short run and long run"),
    "horizons_alike": (
        "Keine Kennzahl ist langfristig in den gezeigten Stellen eine andere.",
        "No indicator differs in the long run in the digits shown.",
    ),
    "horizons_base": (
        "Im Bestand reagiert niemand: kurz- und langfristig sind gleich.",
        "Nobody reacts before any measure: short and long run are the same.",
    ),
    "benefit_title": ("Nutzen der Pendler nach Wohnort", "Benefit of commuters by home"),
    "benefit_lead": (
        (
            "Was die Maßnahmen an Zeit und Geld ersparen, in Euro am Tag gegenüber dem Bestand. Betriebskosten, "
            "Emissionen und Einnahmen sind nicht enthalten."
        ),
        (
            "What the measures save in time and money, in euros a day against the region before them. Operating "
            "costs, emissions and revenues are not in it."
        ),
    ),
    "benefit_told": (
        "Nutzen für {persons} Pendler: {gain} € am Tag (nach der Rule of Half {half} €, langfristig {long} €).",
        "Benefit of {persons} commuters: {gain} € a day (by rule of half {half} €, in the long run {long} €).",
    ),
    "benefit_left_out": (
        (
            "{persons} Pendler sind nicht bewertet, weil ihr Arbeitsplatz entfällt oder verlegt ist oder kein "
            "Verkehrsmittel fährt."
        ),
        "{persons} commuters are not in it, as their job is gone or moved or no mode goes.",
    ),
    "benefit_none": ("Für die Pendler ändert sich nichts.", "Nothing changes for commuters."),
    "benefit_place": ("Wohnort", "Home"),
    "benefit_persons": ("Pendler", "Commuters"),
    "benefit_unit": ("€/Tag", "€/day"),
    "benefit_each": ("€ je Person und Tag", "€ a person and day"),
    "benefit_outside": ("außerhalb der Region", "outside the region"),
    "benefit_more": ("weitere Wohnorte", "more homes"),
    "notes_title": ("Was diese Rechnung nicht enthält", "What this computation leaves out"),
    "bound_title": ("Wie genau ist gerechnet?", "How exact is the computation?"),
    "bound": (
        (
            "Die Verkehrsumlegung ist ein Näherungsverfahren. Die relative Lücke sagt, welcher Anteil der gesamten "
            "Fahrzeit noch auf Wegen liegt, die länger sind als der schnellste. Unterschiede zwischen Szenarien, die "
            "kleiner sind als die genannte Schranke, sind Rechenrauschen und keine Wirkung einer Maßnahme. Gemessen "
            "ist, um wie viel sich Kennzahlen der Ausgangslage verschieben, wenn das Gleichgewicht von einem anderen "
            "Anfang aus gesucht wird; Unterschiede bis zum Zehnfachen davon werden nicht als Wirkung erzählt."
        ),
        (
            "Traffic assignment is an approximation. The relative gap says which share of all travel time still lies "
            "on paths longer than the fastest one. Differences between scenarios smaller than the stated bound are "
            "computational noise and not the effect of a measure. What is measured is how far indicators of the "
            "baseline move when the equilibrium is looked for from another start; differences up to ten times that "
            "are not told as effects."
        ),
    ),
    "relative_gap": ("Relative Lücke", "Relative gap"),
    "bound_value": ("Schranke in Fahrzeugstunden pro Tag", "Bound in vehicle hours per day"),
    "bound_delay": ("Gemessen: Zeitverlust, Fz-h/Tag", "Measured: delay, veh-h/day"),
    "bound_co2": ("Gemessen: CO₂ mit Vorkette, t/Tag", "Measured: CO₂ well to wheel, t/day"),
    "ways_title": ("Wie die Beschäftigten zur Arbeit kommen", "How people get to work"),
    "modes_title": ("Verkehrsmittelwahl der Beschäftigten", "Means of transport of the workers"),
    "shifts_title": (
        "Schaffen es Beschäftigte ohne Auto zur Schicht, und wieder heim?",
        "Do workers without a car make it to their shift, and home again?",
    ),
    "shifts_lead": (
        (
            "Anteil der Beschäftigten, die mit Bus und Bahn vor Schichtbeginn am Tor sind und nach Schichtende nach "
            "Hause kommen. Klein darunter: nur hin, nur zurück; Tage und Zeiten; wie lange vorher man am Tor ist; "
            "woran es den meisten fehlt; wie viele mehr es schaffen, wenn Schicht oder Bus um höchstens 15 Minuten "
            "verschoben wird."
        ),
        (
            "Share of workers who are at the gate before the shift begins and get home after it ends by public "
            "transport. Small below: there, back; days and times; how early one is at the gate; what most of the "
            "others lack; how many more could go if the shift or the bus moved by 15 minutes at most."
        ),
    ),
    "shift_changes_title": (
        "Welche Schichten sich ändern, und welcher Weg es macht",
        "Which shifts change, and which way does it",
    ),
    "no_shift_changes": (
        "Keine Schicht ändert sich gegenüber der Ausgangslage.",
        "No shift changes against the baseline.",
    ),
    "more_shifts": ("weitere Schichten", "more shifts"),
    "there": ("hin", "there"),
    "back": ("zurück", "back"),
    "site": ("Werk", "Site"),
    "gate_wait": ("vorher am Tor", "early at the gate"),
    "mendable": ("mit 15 min Verschieben", "with 15 min retiming"),
    "no_shift": ("keine solche Schicht", "no such shift"),
    "sites_title": ("Standorte im Einzelnen", "Sites in detail"),
    "workers": ("Beschäftigte am Tag", "Workers per day"),
    "car": ("Auto", "Car"),
    "transit": ("Bus und Bahn", "Public transport"),
    "reachable": ("Hin und zurück erreichbar", "Reachable there and back"),
    "parking": ("Autos zugleich / Stellplätze", "Cars at once / parking spaces"),
    "electric_cars": ("E-Autos", "Electric cars"),
    "peak_grid": ("Ladespitze / Netzanschluss", "Charging peak / grid connection"),
    "unserved": ("Nicht geladen", "Not charged"),
    "lines_title": ("Fahrgäste nach Linien", "Passengers by line"),
    "lines_lead": (
        (
            "Einstiege pro Werktag auf den stärksten Linien; Strich: Ausgangslage. Darunter Fahrzeuge, Kilometer, "
            "Kosten."
        ),
        "Boardings per working day on the busiest lines; tick: baseline. Below: vehicles, kilometres, cost.",
    ),
    "one_vehicle": ("Fahrzeug", "vehicle"),
    "many_vehicles": ("Fahrzeuge", "vehicles"),
    "persons_on_seats": (
        "vollste Fahrt: {persons} Personen auf {seats} Sitzplätzen",
        "fullest trip: {persons} persons on {seats} seats",
    ),
    "lines_more": ("weitere Linien nicht gezeigt", "more lines not shown"),
    "day_title": ("Autofahrten über den Tag", "Car trips over the day"),
    "day_lead": (
        "Fahrten je Stunde im jeweiligen Zeitabschnitt.",
        "Trips per hour in each slice of the day.",
    ),
    "trips_per_h": ("Fahrten je Stunde", "Trips per hour"),
    "clock": ("Uhr", ""),
    "no_data": ("Dazu enthält dieser Vergleich keine Werte.", "This comparison holds no values for this."),
    "measures_title": ("Was in den Szenarien geschieht", "What happens in the scenarios"),
    "no_measures": ("Keine Maßnahmen.", "No measures."),
    "methods_title": ("Wie gerechnet wurde, und was das nicht kann", "How it was computed, and what that cannot do"),
    "limits_title": ("Grenzen", "Limits"),
    "sources_title": ("Quellen, Annahmen und Nachweise", "Sources, assumptions and evidence"),
    "sources_table": ("Datenquellen", "Data sources"),
    "source_name": ("Quelle", "Source"),
    "year": ("Stand", "Year"),
    "licence": ("Lizenz", "Licence"),
    "attribution": ("Namensnennung", "Attribution"),
    "used_for": ("Verwendet für", "Used for"),
    "parameters": ("Parameter und ihre Herkunft", "Parameters and where they come from"),
    "site_parameters": ("Angaben zu den Werken und ihre Herkunft", "Site data and where they come from"),
    "of_these_assumptions": ("davon Annahmen", "of these assumptions"),
    "parameter": ("Parameter", "Parameter"),
    "value": ("Wert", "Value"),
    "unit": ("Einheit", "Unit"),
    "range": ("Spanne", "Range"),
    "confidence": ("Güte", "Confidence"),
    "note": ("Anmerkung", "Note"),
    "digests": ("Prüfsummen der Läufe", "Digests of the runs"),
    "digests_lead": (
        "Gleiche Prüfsumme heißt: gleiche Eingaben, gleiche Ergebnisse bis auf das letzte Byte.",
        "An equal digest means: equal inputs, equal results to the last byte.",
    ),
    "version": ("Programmversion", "Library version"),
    "footer": ("Erstellt mit der offenen Bibliothek itas_mobility", "Made with the open library itas_mobility"),
    **charging_texts.TEXTS,
    **realism_texts.TEXTS,
}
"""Key -> (German, English)."""

METHODS: Final[tuple[tuple[tuple[str, str], tuple[str, str]], ...]] = (
    (
        ("Wer fährt wohin?", "Who travels where?"),
        (
            (
                "Aus Einwohnern, Beschäftigten und Arbeitsplätzen je Verkehrszelle entstehen Pendlerströme; sie "
                "werden an die Pendlerstatistik der Bundesagentur für Arbeit angepasst. Jedes Werk hat eigene "
                "Schichten, Tore und Beschäftigtenzahlen. Kurzfristig behalten alle ihren Arbeitsplatz; langfristig "
                "wechseln einige zu besser erreichbaren."
            ),
            (
                "Residents, employees and jobs per zone give commuter flows, which are fitted to the commuter "
                "statistics "
                "of the Federal Employment Agency. Each site has its own shifts, gates and head counts. In the short "
                "run all keep their workplace; in the long run some change to one that is easier to get to."
            ),
        ),
    ),
    (
        ("Womit?", "By which means?"),
        (
            (
                "Selbst fahren, mitfahren, Bus und Bahn, Werkbus, P+R, Fahrrad, Pedelec oder zu Fuß: Je schneller, "
                "bequemer und billiger ein Verkehrsmittel auf einem Weg ist, desto mehr wählen es (geschachteltes "
                "Logit-Modell). Fußwege, Warten, Umstiege, Kraftstoff, Fahrkarte und Parken zählen mit, ebenso, wer "
                "Führerschein, Auto oder Pedelec hat. Wer die eigene Schicht mit Bus und Bahn nicht erreicht, kann "
                "Bus und Bahn nicht wählen. Fehlen an einem Werk Stellplätze, so kommen einige anders."
            ),
            (
                "Driving, being driven, public transport, company shuttle, park and ride, bicycle, pedelec or walking: "
                "the faster, easier and cheaper a means is on a trip, the more people choose it (nested logit model). "
                "Walks, waiting, transfers, fuel, ticket and parking count, and so does who has a licence, a car or a "
                "pedelec. Who cannot reach a shift by public transport cannot choose it. Where more cars would come "
                "than a site has spaces, some come by other means."
            ),
        ),
    ),
    (
        ("Auf welcher Straße?", "On which road?"),
        (
            (
                "Alle wählen den für sie schnellsten Weg; volle Straßen werden langsamer. Gerechnet wird, bis "
                "niemand durch einen anderen Weg noch nennenswert Zeit gewinnt (Nutzergleichgewicht), je "
                "Zeitabschnitt des Tages."
            ),
            (
                "Everyone takes the path that is fastest for them; full roads slow down. The computation runs until "
                "nobody gains notable time by another path (user equilibrium), for each slice of the day."
            ),
        ),
    ),
    (
        ("Erreicht man die Schicht?", "Can the shift be reached?"),
        (
            (
                "Für jede Schicht wird geprüft, ob jemand ohne Auto vor Beginn am Tor ist und nach dem Ende wieder "
                "nach "
                "Hause kommt, mit den Takten der Linien und den Fußwegen bis zum Tor."
            ),
            (
                "For each shift it is checked whether a person without a car is at the gate before it begins and "
                "gets home after it ends, with the lines' headways and the walks up to the gate."
            ),
        ),
    ),
    (
        ("Was wird geladen?", "What is charged?"),
        (
            (
                "Aus Strecke und Geschwindigkeit folgt der Verbrauch der E-Autos. Geladen wird zu Hause, bei der "
                "Arbeit und öffentlich so, dass auf Dauer so viel geladen wie verbraucht wird; Fahrten in der "
                "Freizeit fehlen. Am Werk folgt aus den Schichten, wer wann steht: eine Woche in Schritten von 15 "
                "Minuten, mit erwarteten Anteilen von Autos statt ganzen Autos, an den Ladepunkten des Werks und "
                "nach seiner Strategie. Die Leistung wird mit dem Netzanschluss verglichen."
            ),
            (
                "Distance and speed give the electric cars' consumption. They charge at home, at work and in public "
                "so that in the long run as much is charged as is driven; leisure trips are absent. At a site the "
                "shifts tell who stands there when: a week in steps of 15 minutes, with expected shares of cars "
                "instead of whole cars, at the site's points and by its strategy. The power is compared with the grid "
                "connection."
            ),
        ),
    ),
    (
        ("Und das Klima?", "And the climate?"),
        (
            (
                "CO₂ wird zweimal angegeben: nur am Fahrzeug (tank-to-wheel) und mit Herstellung von Kraftstoff und "
                "Strom "
                "(well-to-wheel). Die Faktoren stehen mit Quelle in der Parametertabelle."
            ),
            (
                "CO₂ is given twice: at the vehicle only (tank-to-wheel), and with the making of fuel and "
                "electricity (well-to-wheel). The factors stand in the table of parameters with their sources."
            ),
        ),
    ),
)
"""Question and answer in both languages."""

LIMITS: Final[tuple[tuple[str, str], ...]] = (
    (
        (
            "Betrachtet werden Wege zur Arbeit an einem Werktag; Einkauf, Freizeit und Güterverkehr fehlen oder "
            "gehen nur pauschal ein."
        ),
        (
            "Trips to work on a working day are modelled; shopping, leisure and freight are absent or enter at a "
            "flat rate."
        ),
    ),
    (
        "Werte mit dem Zeichen „Annahme“ sind Setzungen mit einer Spanne, keine Messungen.",
        "Values marked “assumption” are set with a range, not measured.",
    ),
    (
        "Vergleiche zwischen Szenarien sind verlässlicher als die einzelnen Werte: gleiche Fehler heben sich auf.",
        "Comparisons between scenarios are more reliable than single values: equal errors cancel out.",
    ),
    (
        (
            "Pendlerstatistiken zählen gemeldete Beschäftigte, nicht Fahrten; Heimarbeit, Urlaub und Krankheit "
            "gehen als "
            "Anwesenheitsquote ein."
        ),
        (
            "Commuter statistics count registered employees, not trips; work from home, leave and illness enter as "
            "an attendance share."
        ),
    ),
)


def number(value: float, decimals: int, language: str, *, signed: bool = False) -> str:
    """A number as German (1.234,5) or English (1,234.5) readers write it.

    Parameters
    ----------
    value : float
        The number; NaN gives a dash.
    decimals : int
        Digits after the decimal sign. A number too small to show with them is written as a power of ten, a
        difference (`signed`) as plus-minus nought.
    language : {"de", "en"}
        Whose signs to use.
    signed : bool, default=False
        Whether positive numbers get a plus.

    Returns
    -------
    str
        The text; minus is U+2212.
    """
    return words.number(value, decimals, language, signed=signed, powers=True)


def is_percentage(unit: str) -> bool:
    """Whether differences of values of this unit are percentage points."""
    return unit == "%"


def clock(time_s: float) -> str:
    """Seconds after midnight as HH:MM, wrapped at midnight."""
    return clock_text(time_s, seconds=False, wrapped=True)


def spoken(text: Text) -> "Markup":
    """A text in both languages (see `both`)."""
    return both(text.de, text.en)


def both(german: object, english: object) -> "Markup":
    """German and English side by side as spans, escaped; the style sheet shows the one that is chosen.

    Parameters
    ----------
    german, english : object
        Texts (escaped unless they are `Markup`).

    Returns
    -------
    Markup
        One span if both are equal, else two.
    """
    from markupsafe import Markup

    if str(german) == str(english):
        return Markup("<span>{}</span>").format(german)
    return Markup('<span lang="de">{}</span><span lang="en">{}</span>').format(german, english)


def say(key: str) -> "Markup":
    """The text of this key in both languages."""
    return both(*TEXTS[key])


def filled(key: str, **values: Text) -> "Markup":
    """The text of this key in both languages, with values in their places."""
    pair = zip(TEXTS[key], words.LANGUAGES, strict=True)
    return both(*(text.format(**{name: value[language] for name, value in values.items()}) for text, language in pair))


def attributes(german: str, english: str, name: str = "text") -> "Markup":
    """Attributes ``data-<name>-de`` and ``-en``, from which the page script sets a text, label or tooltip."""
    from markupsafe import Markup

    return Markup('data-{}-de="{}" data-{}-en="{}"').format(name, german, name, english)


def plain(value: float, decimals: int) -> "Markup":
    """A number without unit and without powers of ten: what is too small to show is nought."""
    return spoken(Text.of_number(value, decimals))


def figure(value: float, unit: str, decimals: int, *, signed: bool = False, with_unit: bool = True) -> "Markup":
    """A value with its unit in both languages, as HTML."""
    texts = []
    for i, language in enumerate(("de", "en")):
        label = UNITS[unit][language]
        if is_percentage(unit) and signed:
            label = TEXTS["percentage_points"][i]
        text = number(value, decimals, language, signed=signed)
        # a narrow no-break space keeps number and unit on one line
        joined = f"{text}\N{NARROW NO-BREAK SPACE}{label}" if with_unit and label and text != NO_VALUE else text
        texts.append(joined)
    return both(*texts)
