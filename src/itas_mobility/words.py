"""What people read: texts in two languages, numbers as each language writes them, names of units and of modes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from itas_mobility.errors import InputError

Language: TypeAlias = Literal["de", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("de", "en")

MINUS: Final = "\N{MINUS SIGN}"
NO_VALUE: Final = "\N{EN DASH}"
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_GERMAN: Final = str.maketrans(",.", ".,")
_LARGE: Final = 1e12
_SMALL: Final = 1e-4
"""Above and below these, digits say less than a power of ten."""


def as_language(given: str) -> Language:
    """Take the name of a language, checked.

    Parameters
    ----------
    given : str
        ``"de"`` or ``"en"``.

    Returns
    -------
    Language
        The same.

    Raises
    ------
    InputError
        If the library has no words in it.
    """
    for language in LANGUAGES:
        if given == language:
            return language
    raise InputError(f"language {given!r}: must be one of {', '.join(LANGUAGES)}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    de: str
    en: str

    def __getitem__(self, language: str) -> str:
        """The text in one language, by its name."""
        return self.de if as_language(language) == "de" else self.en

    def to_mapping(self) -> dict[str, str]:
        """The text by language, as JSON holds it."""
        return {"de": self.de, "en": self.en}

    @staticmethod
    def written(write: Callable[[Language], str]) -> "Text":
        """What a function writes in each language."""
        return Text(write("de"), write("en"))

    @staticmethod
    def of_number(value: float, decimals: int = 0) -> "Text":
        """A number as each language writes it (see `number`)."""
        return Text.written(lambda language: number(value, decimals, language))


def number(value: float, decimals: int, language: str, *, signed: bool = False, powers: bool = False) -> str:
    """A number as German (1.234,5) or English (1,234.5) readers write it.

    Parameters
    ----------
    value : float
        The number; NaN gives a dash.
    decimals : int
        Digits after the decimal sign.
    language : {"de", "en"}
        Whose signs to use.
    signed : bool, default=False
        Whether positive numbers get a plus, and what rounds to nothing plus-minus nought.
    powers : bool, default=False
        Write as a power of ten what is too large to read in digits, and what is too small to show with them (but of
        differences (`signed`) only what is not rounded to nothing).

    Returns
    -------
    str
        The text; minus is U+2212.

    Raises
    ------
    InputError
        If the language is unknown.
    """
    is_german = as_language(language) == "de"
    if math.isnan(value):
        return NO_VALUE
    sign = MINUS if value < 0 else ("+" if signed and value > 0 else "")
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    tail = ""
    rounds_to_zero = size < 0.5 * 10.0**-decimals
    if powers and (size >= _LARGE or (size > 0 and not (signed if rounds_to_zero else size >= _SMALL))):
        text, exponent = f"{size:.1e}".split("e")
        tail = f" · 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        text = f"{size:,.{decimals}f}"
        if float(text.replace(",", "")) == 0.0:
            sign = "±" if signed else ""
    return f"{sign}{text.translate(_GERMAN) if is_german else text}{tail}"


UNITS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "": Text("", ""),
        "1": Text("", ""),
        "%": Text("%", "%"),
        "boardings_per_day": Text("Einsteiger/Tag", "boardings/day"),
        "cars": Text("Pkw", "cars"),
        "eur": Text("€", "€"),
        "eur_per_day": Text("€/Tag", "€/day"),
        "h": Text("h", "h"),
        "kw": Text("kW", "kW"),
        "kwh": Text("kWh", "kWh"),
        "kwh_per_day": Text("kWh/Tag", "kWh/day"),
        "kg": Text("kg", "kg"),
        "min": Text("min", "min"),
        "persons_per_day": Text("Personen/Tag", "persons/day"),
        "sites": Text("Standorte", "sites"),
        "t_per_day": Text("t/Tag", "t/day"),
        "veh_h": Text("Fz-h", "veh-h"),
        "veh_h_per_day": Text("Fz-h/Tag", "veh-h/day"),
        "veh_km": Text("Fz-km", "veh-km"),
        "veh_km_per_day": Text("Fz-km/Tag", "veh-km/day"),
        "vehicles": Text("Fahrzeuge", "vehicles"),
    }
)
"""Unit as the code writes it -> as people write it."""


@dataclass(frozen=True, slots=True)
class ModeWords:
    """What a mode of travel is called."""

    name: Text
    share_title: Text
    """Of the indicator that tells its share."""
    share_explanation: Text
    share_on_map: Text


_MODES: Final[dict[str, ModeWords]] = {
    "car": ModeWords(
        Text("Auto", "Car"),
        Text("Pkw-Anteil der Pendler", "Car share of commuters"),
        Text("Anteil der Arbeitswege am Steuer eines Pkw.", "Share of commutes at the wheel of a car."),
        Text("Anteil Auto am Arbeitsweg", "Share of car on the way to work"),
    ),
    "passenger": ModeWords(
        Text("Mitfahren", "Car passenger"),
        Text("Mitfahrer-Anteil der Pendler", "Car passenger share"),
        Text("Anteil der Arbeitswege im Auto anderer.", "Share of commutes in somebody else's car."),
        Text("Anteil Mitfahren", "Share of car passengers"),
    ),
    "transit": ModeWords(
        Text("Bus und Bahn", "Public transport"),
        Text("ÖPNV-Anteil der Pendler", "Public transport share"),
        Text("Anteil der Arbeitswege mit Bus und Bahn.", "Share of commutes by public transport."),
        Text("Anteil Bus und Bahn", "Share of public transport"),
    ),
    "shuttle": ModeWords(
        Text("Werkbus", "Company shuttle"),
        Text("Werkbus-Anteil der Pendler", "Shuttle share"),
        Text("Anteil der Arbeitswege mit Werkbus oder Rufbus.", "Share of commutes by company or on-demand shuttle."),
        Text("Anteil Werkbus", "Share of shuttles"),
    ),
    "park_ride": ModeWords(
        Text("P+R", "Park and ride"),
        Text("P+R-Anteil der Pendler", "Park and ride share"),
        Text(
            "Anteil der Arbeitswege mit dem Auto zur Haltestelle und weiter mit Bus oder Bahn.",
            "Share of commutes by car to a stop and on by public transport.",
        ),
        Text("Anteil P+R", "Share of park and ride"),
    ),
    "bike": ModeWords(
        Text("Fahrrad", "Bicycle"),
        Text("Rad-Anteil der Pendler", "Bicycle share"),
        Text("Anteil der Arbeitswege mit dem Fahrrad.", "Share of commutes by bicycle."),
        Text("Anteil Fahrrad", "Share of bicycle"),
    ),
    "pedelec": ModeWords(
        Text("Pedelec", "Pedelec"),
        Text("Pedelec-Anteil der Pendler", "Pedelec share"),
        Text("Anteil der Arbeitswege mit dem Pedelec.", "Share of commutes by pedelec."),
        Text("Anteil Pedelec", "Share of pedelec"),
    ),
    "walk": ModeWords(
        Text("zu Fuß", "Walking"),
        Text("Fuß-Anteil der Pendler", "Walking share"),
        Text("Anteil der Arbeitswege zu Fuß.", "Share of commutes on foot."),
        Text("Anteil zu Fuß", "Share of walking"),
    ),
}
MODES: Final[Mapping[str, ModeWords]] = MappingProxyType(_MODES)
"""Words of each mode that commuters choose among, by its name in `core.ModeShares`; one more mode is one more entry."""

WORKERS_WHO_GO: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "jobs_lost": Text("die Arbeitsplätze fallen weg", "the jobs are lost"),
        "jobs_move_within_region": Text(
            "andere Betriebe der Region übernehmen die Beschäftigten",
            "other employers of the region take the workers over",
        ),
        "workers_commute_elsewhere": Text(
            "wer in der Region wohnt, pendelt hinaus, wer einpendelte, bleibt fort",
            "who lives in the region commutes out of it, who came from outside stays away",
        ),
    }
)
WORKERS_WHO_COME: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "jobs_lost": Text("die Beschäftigung ist neu", "the employment is new"),
        "jobs_move_within_region": Text(
            "die Beschäftigten kommen von anderen Betrieben der Region",
            "the workers come from other employers of the region",
        ),
        "workers_commute_elsewhere": Text(
            "bisherige Auspendler arbeiten nun in der Region, andere pendeln ein",
            "residents who commuted out now work in the region, others commute in",
        ),
        "come_along": Text("die Beschäftigten gehen mit", "the workers go along"),
    }
)
"""What becomes of the workers of jobs that vanish or appear, by its name in `core.job_changes`."""


@dataclass(frozen=True, slots=True)
class HorizonWords:
    """What a horizon of a run is called, and what it means."""

    name: Text
    explanation: Text


HORIZONS: Final[Mapping[str, HorizonWords]] = MappingProxyType(
    {
        "short": HorizonWords(
            Text("kurzfristig", "short run"),
            Text(
                "Verkehrsmittel und Wege richten sich nach den Maßnahmen, Wohn- und Arbeitsorte bleiben.",
                "modes and routes follow the measures, homes and workplaces stay.",
            ),
        ),
        "long": HorizonWords(
            Text("langfristig", "long run"),
            Text(
                "Nach Jahren haben Beschäftigte auch Arbeitsplätze gewechselt, hin zu besser erreichbaren, auch über "
                "die Grenze der Region; Wohnorte und die Zahl der Arbeitsplätze je Ort der Region bleiben.",
                "after years, workers have also changed workplaces, towards those easier to get to, across the border "
                "of the region too; homes and the number of jobs at each place of the region stay.",
            ),
        ),
    }
)
"""Words of the two horizons of every run."""

STRATEGIES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "uncontrolled": Text("Ungesteuert", "Unmanaged"),
        "first_come": Text("Der Reihe nach", "First come, first served"),
        "earliest_departure": Text("Frühe Abfahrt zuerst", "Earliest departure first"),
        "least_laxity": Text("Wenig Spielraum zuerst", "Least slack first"),
        "equal_share": Text("Gleiche Teile", "Equal shares"),
        "balanced": Text("Gleichmäßig je Auto", "Balanced per car"),
        "peak_minimal": Text("Kleinste Spitze", "Smallest peak"),
        "cost_minimal": Text("Kleinste Kosten", "Least cost"),
        "photovoltaic": Text("Sonnenstrom zuerst", "Solar first"),
        "emission": Text("Sauberste Stunden", "Cleanest hours"),
        "bidirectional": Text("Mit Rückspeisung", "Feeding back"),
    }
)
"""Names of strategies of charging; one without a name here goes by its own."""
