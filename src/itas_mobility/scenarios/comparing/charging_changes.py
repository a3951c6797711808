"""What a scenario changes at the charging points, taken apart: fewer cars, more of them electric, other needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from itas_mobility.core.region import Region
from itas_mobility.scenarios.comparing.decomposition import chain_effects
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.scenarios.run_result import Run
from itas_mobility.words import Language, Text, number

if TYPE_CHECKING:
    import pandas as pd

CAUSES: Final[dict[str, Text]] = {
    "cars": Text("Zahl der Pkw", "number of cars"),
    "electric_cars": Text("Elektro-Anteil", "electric share"),
    "driven_kwh": Text("Energie je E-Pkw", "energy per electric car"),
    "need_kwh": Text("Anteil, der am Standort laden will", "share that wants to charge at the site"),
    "work_kwh": Text("davon gedeckt", "share of it served"),
    "energy_kwh": Text("Ladeverluste", "charging losses"),
    "peak_kw": Text("zeitliche Verteilung", "distribution over time"),
}
"""Links of the chain from cars to the charging peak: each is the one before it times a factor, which is a cause."""
_LEAST_SHARE: Final = 0.1
"""Causes are named if they make at least this share of all effects, whatever their signs."""
ALIKE: Final = 1e-6
"""Relative difference of peaks that is none: neither better nor worse."""
_LEAST_KWH: Final = 1.0
"""Differences of less energy a day are not told."""


@dataclass(frozen=True)
class ChargingChange:
    """How charging at a site changes between two runs, on a mean working day."""

    site_id: str
    before: dict[str, float]
    after: dict[str, float]
    """Quantities of `CAUSES` in both runs."""
    energy_kwh: dict[str, float]
    """What each cause contributes to the difference of the energy drawn at the site; they add up to it."""
    peak_kw: dict[str, float]
    """What each cause contributes to the difference of the charging peak; they add up to it."""


def charging_changes(base: Run, run: Run) -> list[ChargingChange]:
    """Take the differences of charging apart, by site.

    Parameters
    ----------
    base, run : Run
        The baseline and the run compared with it, both with the tables ``sites`` and ``where``.

    Returns
    -------
    list of ChargingChange
        Of the sites that both have, the largest difference of energy first.

    Notes
    -----
    A logarithmic mean Divisia index (see `chain_effects`) of a chain from cars to energy, and on to the peak.
    """
    sides = [_quantities(one) for one in (base, run)]
    found = []
    for site, before in sides[0].items():
        if site not in sides[1]:
            continue
        after = sides[1][site]
        energy_before, energy_after = (
            {name: value for name, value in side.items() if name != "peak_kw"} for side in (before, after)
        )
        found.append(
            ChargingChange(
                site, before, after, chain_effects(energy_before, energy_after), chain_effects(before, after)
            )
        )
    return sorted(found, key=lambda one: (-abs(one.after["energy_kwh"] - one.before["energy_kwh"]), one.site_id))


def _quantities(run: Run) -> dict[str, dict[str, float]]:
    sites = run.tables["sites"].set_index("site_id")
    where = run.tables["where"].set_index("site_id")
    found = {}
    for site in sites.index.astype(str):
        row, place = sites.loc[site], where.loc[site]
        charged = float(place["work_kwh"]) - float(place["fed_back_kwh"])
        values = {
            "cars": float(row["cars"]),
            "electric_cars": float(row["electric_cars"]),
            "driven_kwh": float(place["driven_kwh"]),
            "need_kwh": charged + float(place["unserved_kwh"]),
            "work_kwh": charged,
            "energy_kwh": float(row["energy_kwh"]),
            "peak_kw": float(row["charging_peak_kw"]),
        }
        found[site] = values
    return found


def changes_table(changes: list[ChargingChange]) -> "pd.DataFrame":
    """The causes of all differences as a table.

    Parameters
    ----------
    changes : list of ChargingChange
        By site.

    Returns
    -------
    DataFrame
        A row for each site and cause: ``site_id``, ``cause``, ``energy_kwh`` and ``peak_kw``.
    """
    import pandas as pd

    rows = [
        (one.site_id, cause, one.energy_kwh.get(cause, 0.0), one.peak_kw[cause]) for one in changes for cause in CAUSES
    ]
    return pd.DataFrame(rows, columns=["site_id", "cause", "energy_kwh", "peak_kw"])


def charging_sentence(change: ChargingChange, region: Region | None) -> Sentence:
    """Say in one sentence how energy and peak at a site change, and why.

    Parameters
    ----------
    change : ChargingChange
        The change.
    region : Region or None
        Gives the site its name; without it the id is told.

    Returns
    -------
    Sentence
        Better or worse by the peak.
    """
    site = change.site_id
    if region is not None and site in region.sites.site_id:
        site = str(region.sites.name[region.sites.row(site)])
    peaks = change.before["peak_kw"], change.after["peak_kw"]

    def text(language: Language) -> str:
        words = Text(
            "{}: Laden {} statt {} kWh am Tag, Spitze {} statt {} kW; der Unterschied der Energie kommt von {}",
            "{}: charging {} instead of {} kWh a day, peak {} instead of {} kW; the difference of energy comes from {}",
        )
        figures = [
            number(side[name], decimals, language)
            for name, decimals in (("energy_kwh", 0), ("peak_kw", 1))
            for side in (change.after, change.before)
        ]
        return words[language].format(site, *figures, _causes(change.energy_kwh, language))

    told = Text.written(text)
    alike = abs(peaks[1] - peaks[0]) <= ALIKE * max(abs(peaks[0]), abs(peaks[1]))
    direction = "" if alike else "better" if peaks[1] < peaks[0] else "worse"
    return {"text_de": told.de, "text_en": told.en, "indicator": "", "direction": direction}


def _causes(effects: dict[str, float], language: Language) -> str:
    """Causes with their share of the difference, strongest first."""
    size = sum(abs(value) for value in effects.values())
    ordered = sorted(effects.items(), key=lambda item: -abs(item[1]))
    told = [
        f"{CAUSES[name][language]} ({'+' if value > 0 else '−'}{number(abs(value), 0, language)} kWh)"
        for name, value in ordered
        if abs(value) >= _LEAST_SHARE * size
    ]
    return ", ".join(told)


def is_told(change: ChargingChange) -> bool:
    """Whether a change is large enough to be told.

    Parameters
    ----------
    change : ChargingChange
        The change.

    Returns
    -------
    bool
        For a kilowatt hour a day or more.
    """
    return abs(change.after["energy_kwh"] - change.before["energy_kwh"]) >= _LEAST_KWH
