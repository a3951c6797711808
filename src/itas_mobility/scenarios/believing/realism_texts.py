"""Words of the realism tests."""

from types import MappingProxyType
from typing import Final

from itas_mobility.words import Text, number

NO_UNIT: Final = Text("", "")
PER_CENT: Final = Text("%", "%")
EMPLOYEES: Final = Text("Beschäftigte", "employees")

TITLES: Final = MappingProxyType(
    {
        "fuel_price": Text("Kraftstoffpreis → Auto-Kilometer", "Fuel price → car kilometres"),
        "fare": Text("Fahrpreis → Fahrgäste", "Fare → riders"),
        "headway_longer": Text("Längerer Takt → Fahrgäste", "Longer headway → riders"),
        "headway_shorter": Text("Kürzerer Takt → Fahrgäste", "Shorter headway → riders"),
        "headway_ratio": Text("Längerer gegen kürzeren Takt", "Longer against shorter headway"),
        "hourly_to_two_hourly": Text("Stunden- auf Zweistundentakt → Einsteiger", "Hourly to two-hourly → boardings"),
        "in_vehicle_time": Text("Fahrzeit in Bus und Bahn → Fahrgäste", "Time in the vehicle → riders"),
        "car_time": Text("Fahrzeit im Auto → Autofahrten", "Time by car → car trips"),
        "parking_largest_site": Text("Parkpreis am größten Standort → Autoanteil", "Parking, largest site → car share"),
        "parking_all_sites": Text("Parkpreis an allen Standorten → Autoanteil", "Parking, all sites → car share"),
        "published_pairs": Text("Pendler je Kreispaar", "Commuters by pair of districts"),
        "demand_supply_gap": Text("Nachfrage und Verkehrsnetz im Gleichgewicht", "Demand and supply in balance"),
        "gap_under_congestion": Text("Dasselbe bei Stau", "The same under congestion"),
    }
)  # fmt: skip

CHANGES: Final = MappingProxyType(
    {
        "fuel_price": Text(
            "Kraftstoff wird {step} % teurer: Auto-Kilometer der Pendler",
            "Fuel becomes {step} % dearer: commuters' car kilometres",
        ),
        "fare": Text(
            "Fahrkarten werden {step} % teurer: Pendler in Bus und Bahn",
            "Tickets become {step} % dearer: commuters on public transport",
        ),
        "headway_longer": Text(
            "Alle Linien fahren in {step} % längeren Abständen: Pendler in Bus und Bahn",
            "All lines run at {step} % longer intervals: commuters on public transport",
        ),
        "headway_shorter": Text(
            "Alle Linien fahren in {step} % kürzeren Abständen: Pendler in Bus und Bahn",
            "All lines run at {step} % shorter intervals: commuters on public transport",
        ),
        "headway_ratio": Text(
            "Wirken längere und kürzere Takte gleich stark? Verhältnis der beiden Elastizitäten",
            "Do longer and shorter headways act alike? Ratio of the two elasticities",
        ),
        "hourly_to_two_hourly": Text(
            "Linien im Stundentakt fahren alle zwei Stunden: ihre Einsteiger",
            "Lines that run hourly run every two hours: their boardings",
        ),
        "in_vehicle_time": Text(
            "Busse und Bahnen brauchen {step} % länger: Pendler in Bus und Bahn",
            "Buses and trains take {step} % longer: commuters on public transport",
        ),
        "car_time": Text(
            "Autofahrten dauern auf leeren Straßen {step} % länger: Autofahrten der Pendler",
            "Driving on empty roads takes {step} % longer: commuters' car trips",
        ),
        "parking_largest_site": Text(
            "Parken kostet am größten Standort 3 statt 0 € am Tag: Autoanteil der Beschäftigten dort",
            "Parking at the largest site costs 3 instead of 0 € a day: car share of its workers",
        ),
        "parking_all_sites": Text(
            "Parken kostet an allen Standorten 3 statt 0 € am Tag: Autoanteil der Beschäftigten dort",
            "Parking at all sites costs 3 instead of 0 € a day: car share of their workers",
        ),
        "published_pairs": Text(
            "Größter Abstand des Modells von der Pendlerstatistik, über deren Rundung hinaus",
            "Largest distance of the model from the commuter statistics, beyond their rounding",
        ),
        "demand_supply_gap": Text(
            "Anteil der Autofahrten, den eine weitere Runde noch änderte (größter aller Läufe)",
            "Share of car trips that one more round would change (largest of all runs)",
        ),
        "gap_under_congestion": Text(
            "Alle Straßen haben die halbe Kapazität: Anteil der Autofahrten, den eine weitere Runde noch änderte",
            "All roads have half their capacity: share of car trips that one more round would change",
        ),
    }
)
"""What is changed, and what is looked at; ``{step}`` is by how many per cent."""

WRONG_SIGN: Final = Text(
    "Falsches Vorzeichen: Was teurer, seltener oder langsamer wird, gewinnt. So darf ein Modell nicht antworten; "
    "zuerst die Vorzeichen der Parameter prüfen.",
    "Wrong sign: what becomes dearer, rarer or slower gains. No model may answer like that; check the signs of the "
    "parameters first.",
)
REACH_STAYS: Final = Text(
    "Welche Schicht mit Bus und Bahn erreichbar ist, bleibt hier wie heute: Das hängt an Minuten eines Fahrplans, den "
    "für den anderen Takt niemand geplant hat. In einem Szenario zählt es mit.",
    "Which shifts can be reached by public transport stays as it is here: that hangs on minutes of a timetable that "
    "nobody has planned for the other headway. In a scenario it counts.",
)
NOT_FOR_TIMETABLES: Final = Text(
    "Nicht berechnet: Die Region hat einen Fahrplan aus einzelnen Fahrten. Ein anderer Takt und andere Fahrzeiten "
    "wären ein neuer Fahrplan mit anderen Anschlüssen, keine kleine Änderung.",
    "Not computed: the region has a timetable of single trips. Another headway and other run times would be another "
    "timetable with other connections, no small change.",
)
NOBODY: Final = Text(
    "Kein Wert: Vor der Änderung ist niemand da, der antworten könnte.",
    "No value: there is nobody before the change who could answer.",
)
NO_HOURLY_LINE: Final = Text(
    "Nicht berechnet: Keine Linie fährt durchgehend im Stundentakt.", "Not computed: no line runs hourly all day."
)
NO_SITES: Final = Text("Nicht berechnet: Die Region hat keine Standorte.", "Not computed: the region has no sites.")
NO_STATISTICS: Final = Text(
    "Nicht berechnet: Die Region hat keine Pendlerstatistik.", "Not computed: the region has no commuter statistics."
)

_RIDERS: Final = Text(
    "Wie stark Fahrgäste antworten, bestimmen die Skala der Wahl und der Anteil, den Bus und Bahn schon haben.",
    "How strongly riders answer is decided by the scale of the choice and the share that public transport has already.",
)
_WAITING: Final = Text(
    "Zu prüfen sind die Gewichte von Warten und Takt sowie Grenzen, ab denen Warten nicht mehr zählt.",
    "Check the weights of waiting and headway, and limits beyond which waiting no longer counts.",
)
_SOLVER: Final = Text(
    "Die Läufe brauchen mehr Runden (max_iterations) oder eine Region ohne überlastete Anbindungen.",
    "The runs need more rounds (max_iterations), or a region without overloaded connectors.",
)
_SYMMETRY: Final = Text(
    "Das Modell hat einen Knick beim heutigen Angebot: Verbesserungen und Verschlechterungen wirken verschieden stark.",
    "The model has a kink at today's service: better and worse service act with different strength.",
)
_PAIRS: Final = Text(
    "Nicht alle veröffentlichten Paare sind getroffen; zu prüfen ist, welche Kreise keine Verkehrszelle haben.",
    "Not all published pairs are met; check which districts have no zone.",
)
_ANY_SIGN: Final = Text(
    "Der Parkpreis senkt den Autoanteil nicht: Er geht nicht in die Wahl des Verkehrsmittels ein, oder niemand dort "
    "hat eine andere Möglichkeit.",
    "The price of parking does not lower the car share: it does not enter the choice of mode, or nobody there has "
    "another way.",
)


def _led(lead: Text, rest: Text) -> Text:
    return Text(f"{lead.de} {rest.de}", f"{lead.en} {rest.en}")


_WEAK: Final = Text("Schwächer als veröffentlicht.", "Weaker than published.")
_STRONG: Final = Text("Stärker als veröffentlicht.", "Stronger than published.")
_FUEL: Final = Text(
    "Maßgebend sind der Nutzen eines Euros, der Anteil des Kraftstoffs an den Kosten und, langfristig, wie stark "
    "Arbeitsplätze näher rücken.",
    "What decides is the utility of a euro, the share of fuel in the costs and, in the long run, how far workplaces "
    "move nearer.",
)
_CAR_TIME: Final = Text(
    "Maßgebend sind der Nutzen der Zeit im Auto und wie viele eine andere Möglichkeit haben.",
    "What decides is the utility of time by car and how many have another way.",
)

WEAKER: Final = MappingProxyType(
    {
        "fuel_price": _led(_WEAK, _FUEL),
        "fare": _led(_WEAK, _RIDERS),
        "headway_longer": _led(_WEAK, _WAITING),
        "headway_shorter": _led(_WEAK, _WAITING),
        "headway_ratio": _SYMMETRY,
        "hourly_to_two_hourly": _led(_WEAK, _WAITING),
        "in_vehicle_time": _led(_WEAK, _RIDERS),
        "car_time": _led(_WEAK, _CAR_TIME),
        "parking_largest_site": _ANY_SIGN,
        "parking_all_sites": _ANY_SIGN,
        "published_pairs": _PAIRS,
        "demand_supply_gap": _SOLVER,
        "gap_under_congestion": _SOLVER,
    }
)
"""Why a value may lie above the bar: all answers are falls, so that is too weak an answer."""
STRONGER: Final = MappingProxyType(
    WEAKER
    | {
        "fuel_price": _led(_STRONG, _FUEL),
        "fare": _led(_STRONG, _RIDERS),
        "headway_longer": _led(_STRONG, _WAITING),
        "headway_shorter": _led(_STRONG, _WAITING),
        "hourly_to_two_hourly": _led(_STRONG, _WAITING),
        "in_vehicle_time": _led(_STRONG, _RIDERS),
        "car_time": _led(_STRONG, _CAR_TIME),
    }
)
"""Why it may lie below."""


def step_text(text: Text, step: float) -> Text:
    """A change with the step in its place.

    Parameters
    ----------
    text : Text
        One of `CHANGES`.
    step : float
        Share by which something is changed; its sign is in the words.

    Returns
    -------
    Text
        In both languages.
    """
    decimals = 0 if abs(100.0 * step - round(100.0 * step)) < 1e-9 else 1
    return Text.written(lambda language: text[language].format(step=number(100.0 * abs(step), decimals, language)))


def hourly_lines(count: int) -> Text:
    """How many lines a test is about.

    Parameters
    ----------
    count : int
        Lines.

    Returns
    -------
    Text
        In both languages.
    """
    if count == 1:
        return Text("Eine Linie fährt durchgehend stündlich.", "One line runs hourly all day.")
    return Text(
        f"{count} Linien fahren durchgehend stündlich; alle zugleich werden ausgedünnt.",
        f"{count} lines run hourly all day; all of them are thinned out at once.",
    )


def share_moved(site: str | None, before: float, after: float) -> Text:
    """What a price of parking does to the car share.

    Parameters
    ----------
    site : str or None
        Name of the site; None for all of them together.
    before, after : float
        Car shares.

    Returns
    -------
    Text
        In both languages.
    """

    def write(language: str) -> str:
        where = site or ("Alle Standorte" if language == "de" else "All sites")
        shares = [f"{number(100.0 * share, 1, language)} %" for share in (before, after)]
        horizon = "kurzfristig" if language == "de" else "in the short run"
        return f"{where}: {shares[0]} → {shares[1]} {horizon}."

    return Text.written(write)


def worst_figure(count: int, name: str, miss: float) -> Text:
    """Which of the published figures lies farthest outside of its bounds, if any does.

    Parameters
    ----------
    count : int
        Published figures.
    name : str
        Of the pair or total, as `BlockBounds` names it.
    miss : float
        By how many employees.

    Returns
    -------
    Text
        In both languages.
    """
    if miss <= _MET:
        return Text(
            f"{count} veröffentlichte Zahlen, alle im Rahmen ihrer Rundung getroffen.",
            f"{count} published figures, all met within their rounding.",
        )
    german = name
    for english, word in _KINDS_OF_FIGURES.items():
        german = german.replace(english, word)
    return Text(
        f"{count} veröffentlichte Zahlen; am weitesten ab liegt {german}.",
        f"{count} published figures; farthest off is {name}.",
    )


_MET: Final = 1e-3
"""Employees; rounding of sums."""
_KINDS_OF_FIGURES: Final = MappingProxyType(
    {
        "the pair ": "das Paar ",
        " -> ": " → ",
        "the total of in-commuters of ": "die Gesamtzahl der Einpendler von ",
        "the total of out-commuters of ": "die Gesamtzahl der Auspendler von ",
    }
)
