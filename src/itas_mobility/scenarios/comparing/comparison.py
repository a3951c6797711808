"""Runs side by side: the table of indicators, and differences in words."""

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.columns import content_digest
from itas_mobility.core.region import Region
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios.comparing.shift_changes import shift_changes, shift_sentence, shift_words
from itas_mobility.scenarios.indicators import INDICATORS, Indicator
from itas_mobility.scenarios.run_result import RUN_FILE, Run, RunProvenance

if TYPE_CHECKING:
    import pandas as pd


STRANDED: Final = "commuters_without_mode"
SAFETY: Final = 10.0
"""A second start is one draw of the noise; another may be several times as large."""
ROUNDING: Final = 1e-9
"""Share of an indicator below which a difference is rounding of sums."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A baseline and the runs compared with it.

    Raises
    ------
    InputError
        If the runs do not belong together: other regions, settings, or sources or versions of the library; if only of
        some is known what they were made from, or one was read from a folder that does not say; if the region is
        another one than theirs. Both sides and all that differs are named.
    """

    base: Run
    runs: tuple[Run, ...]
    region: Region | None = field(default=None, compare=False)
    """The region before any measure, for maps and names of sites."""

    def __post_init__(self) -> None:
        faults = _unlike(self.base, self.runs)
        # the baseline's own region holds the baseline's measures
        if not faults and self.region is not None and self.region is not self.base.region:
            faults = _foreign(self.base, self.region)
        if faults:
            raise InputError("compare: " + "; ".join(faults))

    @property
    def is_stylised(self) -> bool:
        """Whether parts of the region are made up; everything shown must then say so."""
        made = self.base.provenance
        return made.is_stylised if made is not None else self.region is not None and self.region.is_stylised

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per indicator, one column per scenario (the baseline first), then differences to the baseline."""
        import pandas as pd

        names = [name for name in INDICATORS if name in self.base.indicators]
        table = pd.DataFrame(index=pd.Index(names, name="indicator"))
        table["unit"] = [INDICATORS[name].unit for name in names]
        for run in (self.base, *self.runs):
            table[run.scenario.name] = [run.indicators.get(name, float("nan")) for name in names]
        for run in self.runs:
            table[f"{run.scenario.name} - {self.base.scenario.name}"] = (
                table[run.scenario.name] - table[self.base.scenario.name]
            )
        return table

    def explain(self, run: Run, *, most: int = 6) -> list[dict[str, str]]:
        """Say in words what a scenario changes most, and where.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=6
            How many sentences at the most, 1 or more.

        Returns
        -------
        list of dict
            ``text_de``, ``text_en``, ``indicator`` (empty for sentences on places), ``direction`` ("better",
            "worse" or ""). Warnings come first and are all told where `most` is 3 or more: commuters without a mode,
            car trips without a way, and full works buses, those without a sentence of their own together in one. Where
            more commuters or car trips are left out, nothing is called better, and where fewer commuters are, nothing
            but the warnings is called worse. Half of the other sentences at least are on indicators, strongest first;
            then places and what a gain costs. Differences below the runs' solver bound are not told, nor what has no
            value in one of the runs.

        Raises
        ------
        InputError
            If no sentence is asked for.
        """
        if most < 1:
            raise InputError(f"explain: most = {most}: ask for at least one sentence")
        stranded = [*_stranded_sentences(self.base, run), *_lost_trips_sentences(self.base, run)]
        told = [_indicator_sentence(INDICATORS[name], *pair) for name, pair in self._strongest(run) if name != STRANDED]
        places = [
            *_site_sentences(self.base, run, self.region),
            *_cost_sentences(*self.cost_of_reach(run)),
            *_line_sentences(self.base, run),
        ]
        hidden = withheld_direction(self.base, run)
        told, places = (
            [{**one, "direction": "" if one["direction"] == hidden else one["direction"]} for one in sentences]
            for sentences in (told, places)
        )
        warned = (stranded + _seat_sentences(run, max(1, most // 2 - len(stranded))))[:most]
        left = most - len(warned)
        n_told = min(len(told), max((left + 1) // 2, left - len(places)))
        return warned + told[:n_told] + places[: left - n_told]

    def cost_of_reach(self, run: Run) -> tuple[float, float]:
        """What a scenario costs more in operation, and how many shift workers more it brings to work and home.

        Parameters
        ----------
        run : Run
            One of the runs.

        Returns
        -------
        eur : float
            Operating cost of a day, less that of the baseline; nan where either is not known.
        workers : float
            Workers whose shift can be reached without a car both ways, less those of the baseline; where weekdays
            differ, their mean.
        """
        cost = [side.indicators.get("operating_cost_eur_per_day", float("nan")) for side in (run, self.base)]
        return cost[0] - cost[1], _reached_workers(run) - _reached_workers(self.base)

    def explain_shifts(self, run: Run, *, most: int = 12) -> list[dict[str, str]]:
        """Say for each shift how many workers can do without a car now, from where, and which way was mended.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=12
            How many sentences at the most, one per shift and group of days.

        Returns
        -------
        list of dict
            As `explain`; whole tours before single ways, most workers first. Empty where no shift changes, or a run
            holds no reachability by zone.
        """
        if any("reachability" not in one.tables for one in (self.base, run)):
            return []
        return [shift_sentence(change, self.region) for change in shift_changes(self.base, run)[:most]]

    def noise_of(self, run: Run, name: str) -> float:
        """Difference of an indicator up to which it is noise of the solver, in the unit of the indicator.

        Parameters
        ----------
        run : Run
            One of the runs.
        name : str
            Of the indicator.

        Returns
        -------
        float
            `SAFETY` times what a second start of the solver moved it by, where that was measured (`Run.noise`); else
            what the relative gap and the residual of the runs let expect.
        """
        size = max(abs(side.indicators[name]) for side in (self.base, run))
        measured = [side.noise[name] for side in (self.base, run) if name in side.noise]
        if measured:
            return max(SAFETY * max(measured), ROUNDING * size)
        exactness = [
            side.indicators.get(key, 0.0) for side in (self.base, run) for key in ("relative_gap", "feedback_residual")
        ]
        return max([SAFETY * value for value in exactness if not math.isnan(value)] + [ROUNDING]) * size

    def _strongest(self, run: Run) -> list[tuple[str, tuple[float, float]]]:
        """Indicators that changed by more than the noise of the solver, by relative change."""
        found = []
        for name, indicator in INDICATORS.items():
            if not indicator.better or name not in self.base.indicators or name not in run.indicators:
                continue
            before, after = self.base.indicators[name], run.indicators[name]
            if math.isnan(before) or math.isnan(after):
                continue  # a mean or share over nobody: there is nothing to compare
            size = abs(after - before) / max(abs(before), abs(after), 1e-12)
            visible = abs(after - before) >= 0.5 * 10.0**-indicator.decimals
            if abs(after - before) > self.noise_of(run, name) and visible:
                found.append((size, name, (before, after)))
        found.sort(key=lambda item: (-item[0], item[1]))
        return [(name, pair) for _, name, pair in found]

    def _repr_html_(self) -> str:
        head = f"Vergleich mit {self.base.scenario.name}"
        return f"<b>{head}</b>" + str(self.to_dataframe().to_html(float_format=lambda value: f"{value:,.4g}"))


def compare(base: Run, runs: Run | Iterable[Run], *, region: Region | None = None) -> Comparison:
    """Put runs beside a baseline.

    Parameters
    ----------
    base : Run
        The baseline.
    runs : Run or iterable of Run
        One or several runs of the same region, with the same settings, by the same library.
    region : Region, optional
        The region before any measure, for maps; by default that of the baseline's run, with its measures. None for runs
        that were read from disk.

    Returns
    -------
    Comparison
        The comparison.

    Raises
    ------
    InputError
        If two runs have the same name, or the runs or the region do not belong together (see `Comparison`).

    Warns
    -----
    DataWarning
        If of no run it is known what it was made from, so that this cannot be checked.
    """
    runs = (runs,) if isinstance(runs, Run) else tuple(runs)
    names = [run.scenario.name for run in (base, *runs)]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"compare: scenario {', '.join(sorted(twice))} stands more than once")
    comparison = Comparison(base, runs, region if region is not None else base.region)
    if runs and base.provenance is None:
        warnings.warn(
            f"compare: runs {', '.join(names)} were put together by hand: none says of which region, settings and "
            "library it is, and whether they belong together is not checked",
            DataWarning,
            stacklevel=2,
        )
    return comparison


def _unlike(base: Run, runs: tuple[Run, ...]) -> list[str]:
    """Why runs cannot stand beside each other, in words."""
    faults = [
        f"{run.folder / RUN_FILE} does not say of which region, settings and library it is; run the scenario again"
        for run in (base, *runs)
        if run.provenance is None and run.folder is not None
    ]
    if faults:
        return faults
    for run in runs:
        one, other = base.provenance, run.provenance
        if one is None and other is None:
            continue
        if one is None or other is None:
            known, unknown = (base, run) if other is None else (run, base)
            faults.append(
                f"run {unknown.scenario.name} does not say of which region, settings and library it is, "
                f"as {known.scenario.name} does; run the scenario again"
            )
        elif differences := _differences(one, other):
            faults.append(f"runs {base.scenario.name} and {run.scenario.name} differ in {', '.join(differences)}")
    return faults


def _differences(one: RunProvenance, other: RunProvenance) -> list[str]:
    """What two runs were made from or by that differs, in words."""
    found = []
    if one.region_digest != other.region_digest:
        found.append(f"region ({_region_words(one)}, {_region_words(other)})")
    if one.settings != other.settings:
        found.append(f"settings ({one.settings}, {other.settings})")
    for name in sorted({*one.library, *other.library}):
        before, after = one.library.get(name), other.library.get(name)
        if before != after:
            found.append(f"{'sources of the library' if name == 'sources' else name} ({before}, {after})")
    return found


def _region_words(made: RunProvenance) -> str:
    return f"{made.region_name!r} {made.region_digest[:12]}"


def _foreign(base: Run, region: Region) -> list[str]:
    """Why a region is not that of the runs, in words."""
    if base.provenance is None or base.provenance.is_region(region):
        return []
    theirs, given = _region_words(base.provenance), f"{region.name!r} {content_digest(region)[:12]}"
    advice = "give the one that they were run on, before any measure (on the command line: --region)"
    return [f"the runs are of region {theirs}, the region given is {given}; {advice}"]


def format_number(value: float, decimals: int, language: str) -> str:
    """A number as people of that language write it; a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    if language == "de":
        text = text.replace(",", "\x00").replace(".", ",").replace("\x00", ".")
    return text.replace("-", "−")


def _direction(indicator: Indicator, before: float, after: float) -> str:
    if not indicator.better or before == after or math.isnan(before) or math.isnan(after):
        return ""
    return "better" if (after > before) == (indicator.better == "higher") else "worse"


def _indicator_sentence(indicator: Indicator, before: float, after: float) -> dict[str, str]:
    def text(language: str) -> str:
        title = indicator.title_de if language == "de" else indicator.title_en
        unit = indicator.unit_in(language)
        old, new = (f"{format_number(v, indicator.decimals, language)} {unit}" for v in (before, after))
        change = format_number(abs(after - before), indicator.decimals, language)
        points = {"de": " Prozentpunkte", "en": " percentage points"}[language] if unit == "%" else ""
        sign = "+" if after > before else "−"
        return f"{title}: {new} {'statt' if language == 'de' else 'instead of'} {old} ({sign}{change}{points})"

    return {
        "text_de": text("de"),
        "text_en": text("en"),
        "indicator": indicator.name,
        "direction": _direction(indicator, before, after),
    }


def _site_sentences(base: Run, run: Run, region: Region | None) -> list[dict[str, str]]:
    """The site whose shift reachability changes most, of several the first by id.

    Sites without shift workers in either run have none.
    """
    if "sites" not in base.tables or "sites" not in run.tables:
        return []
    before = base.tables["sites"].set_index("site_id")["reachable_share"].astype(float)
    after = run.tables["sites"].set_index("site_id")["reachable_share"].astype(float)
    change = (after - before).dropna()
    if change.empty or change.abs().max() < 0.0005:
        return []
    # neither the order of the sites nor the last digit of a share decides between equal changes
    site = str(min(change.index, key=lambda one: (-round(abs(change[one]), 9), str(one))))
    name = site
    if region is not None and site in region.sites.site_id:
        name = str(region.sites.name[region.sites.row(site)])
    old, new = 100 * before[site], 100 * after[site]
    way_de, way_en = _moved_way(base, run, site)
    return [
        {
            "text_de": f"Am stärksten ändert sich die Erreichbarkeit ohne Auto an {name}: "
            f"{format_number(new, 1, 'de')} % statt {format_number(old, 1, 'de')} % der Schichtbeschäftigten{way_de}",
            "text_en": f"Reachability without a car changes most at {name}: "
            f"{format_number(new, 1, 'en')} % instead of {format_number(old, 1, 'en')} % of shift workers{way_en}",
            "indicator": "",
            "direction": "better" if new > old else "worse",
        }
    ]


def _moved_way(base: Run, run: Run, site: str) -> tuple[str, str]:
    """Shift of a site that changes most, and the way on which it does, as the end of a sentence in both languages."""
    if "shifts" not in base.tables or "shifts" not in run.tables:
        return "", ""
    ways = {"arrive_share": ("Hinweg", "way there"), "return_share": ("Heimweg", "way home")}
    before, after = (
        one.tables["shifts"].set_index(["site_id", "shift", "weekday"])[[*ways, "workers"]].astype(float)
        for one in (base, run)
    )
    rows = after.index[after.index.isin(before.index) & (after.index.get_level_values("site_id") == site)]
    old, new = (one.loc[rows, list(ways)].to_numpy() for one in (before, after))
    moved = np.abs(new - old) * after.loc[rows, ["workers"]].to_numpy()
    moved[np.isnan(moved)] = 0.0  # nobody works the shift in one of the runs
    if moved.max(initial=0.0) == 0.0:
        return "", ""
    row, way = divmod(int(np.round(moved, 6).argmax()), len(ways))
    (name_de, name_en), shift = list(ways.values())[way], rows[row][1]
    share, instead = (f"{100 * float(one[row, way]):.0f} %" for one in (new, old))
    return (
        f", vor allem der {name_de} ({shift_words(shift)[0]}: {share} statt {instead})",
        f", mostly the {name_en} ({shift_words(shift)[1]}: {share} instead of {instead})",
    )


def _line_sentences(base: Run, run: Run) -> list[dict[str, str]]:
    """The line whose boardings change most."""
    if "lines" not in base.tables or "lines" not in run.tables:
        return []
    before = base.tables["lines"].astype({"line": str}).set_index(["mode", "line"])["boardings"].astype(float)
    after = run.tables["lines"].astype({"line": str}).set_index(["mode", "line"])["boardings"].astype(float)
    change = {pair: after.get(pair, 0.0) - before.get(pair, 0.0) for pair in sorted({*before.index, *after.index})}
    change = {pair: amount for pair, amount in change.items() if not math.isnan(amount)}
    if not change:
        return []
    pair = max(change, key=lambda key: round(abs(change[key]), 6))  # of equal ones the first by name
    line, amount = pair[1], float(change[pair])
    if abs(amount) < 1.0:
        return []
    sign = "+" if amount > 0 else "−"
    size = abs(amount)
    return [
        {
            "text_de": f"Größte Änderung der Einsteiger: Linie {line} ({sign}{format_number(size, 0, 'de')} am Tag)",
            "text_en": f"Largest change of boardings: line {line} ({sign}{format_number(size, 0, 'en')} a day)",
            "indicator": "",
            "direction": "",
        }
    ]


def _reached_workers(run: Run) -> float:
    """Shift workers of a working day who can go both ways without a car."""
    if "shifts" not in run.tables:
        return float("nan")
    shifts = run.tables["shifts"].drop_duplicates(["site_id", "shift"])
    workers = float(shifts["workers"].astype(float).sum())
    # a share of nobody has no value, but nobody who is reached is a number
    return run.indicators.get("reachable_share", float("nan")) / 100.0 * workers if workers > 0.0 else 0.0


def _cost_sentences(eur: float, workers: float) -> list[dict[str, str]]:
    """What each worker who is reached in addition costs; nothing where there is no more cost or nobody more."""
    if not (eur >= 1.0 and workers >= 1.0):
        return []
    return [
        {
            "text_de": f"Der Betrieb kostet {format_number(eur, 0, 'de')} EUR am Tag mehr und macht "
            f"{format_number(workers, 0, 'de')} Beschäftigten mehr die Schicht ohne Auto erreichbar: "
            f"{format_number(eur / workers, 2, 'de')} EUR je Person und Tag",
            "text_en": f"Operation costs {format_number(eur, 0, 'en')} EUR a day more and makes the shifts of "
            f"{format_number(workers, 0, 'en')} more workers reachable without a car: "
            f"{format_number(eur / workers, 2, 'en')} EUR per worker and day",
            "indicator": "",
            "direction": "",
        }
    ]


def withheld_direction(base: Run, run: Run) -> str | None:
    """Which differences of two runs are not to be praised or blamed, as other people travel in them.

    Who does not travel saves kilometres, and who travels again drives some: no gain and no loss.

    Parameters
    ----------
    base, run : Run
        The baseline and a run.

    Returns
    -------
    "better", "worse" or None
        "better" where more commuters are left without a mode or more car trips without a way, "worse" where fewer
        commuters are, None where as many travel. That of the commuters without a mode itself stands.
    """
    told = [*_stranded_sentences(base, run), *_lost_trips_sentences(base, run)]
    if not told:
        return None
    return "better" if any(one["direction"] == "worse" for one in told) else "worse"


def _stranded_sentences(base: Run, run: Run) -> list[dict[str, str]]:
    """How many commuters more have no mode to get to work, or how many fewer."""
    before, after = (side.indicators.get(STRANDED, 0.0) for side in (base, run))
    if not abs(after - before) >= 0.5:
        return []
    persons = {language: format_number(abs(after - before), 0, language) for language in ("de", "en")}
    if after < before:
        return [
            {
                "text_de": f"{persons['de']} Pendler, die kein Verkehrsmittel zur Arbeit hatten, haben nun eines; sie "
                "kommen zu Fahrleistung, Reisezeit und CO₂ hinzu",
                "text_en": f"{persons['en']} commuters who had no mode that takes them to work have one now; they add "
                "to kilometres, times and CO₂",
                "indicator": STRANDED,
                "direction": "better",
            }
        ]
    return [
        {
            "text_de": f"{persons['de']} Pendler mehr haben kein Verkehrsmittel zur Arbeit; sie fehlen in "
            "Fahrleistung, Reisezeit und CO₂",
            "text_en": f"{persons['en']} more commuters have no mode that takes them to work; they are missing in "
            "kilometres, times and CO₂",
            "indicator": STRANDED,
            "direction": "worse",
        }
    ]


def _lost_trips_sentences(base: Run, run: Run) -> list[dict[str, str]]:
    """How many car trips more no road leads to, of commuters and of all others."""
    if any("unassigned_trips" not in side.tables.get("slices", ()) for side in (base, run)):
        return []
    before, after = (float(side.tables["slices"]["unassigned_trips"].astype(float).sum()) for side in (base, run))
    if not after - before >= 0.5:
        return []
    trips = {language: format_number(after - before, 0, language) for language in ("de", "en")}
    return [
        _warning(
            f"{trips['de']} Pkw-Fahrten am Tag mehr haben keinen Weg; sie fehlen in Fahrleistung und Fahrzeit",
            f"{trips['en']} more car trips a day have no way; they are missing in kilometres and hours",
        )
    ]


def _seat_sentences(run: Run, most: int) -> list[dict[str, str]]:
    """Works buses that hold fewer seats than their fullest trip has passengers, those that lack most seats first.

    Where there are more than `most`, the last sentence names all that have none of their own.
    """
    lines = run.tables.get("lines")
    if lines is None or not {"seats", "fullest_trip"} <= set(lines.columns):
        return []
    rows = zip(lines["line"].map(str), lines["seats"], lines["fullest_trip"], strict=True)
    small = sorted((row for row in rows if row[2] > row[1]), key=lambda row: (row[1] - row[2], row[0]))
    alone = len(small) if len(small) <= most else most - 1
    told = [_seat_sentence(*row) for row in small[:alone]]
    if small[alone:]:
        named = {
            language: ", ".join(
                f"{line} ({format_number(persons, 0, language)} {on} {seats:.0f})"
                for line, seats, persons in small[alone:]
            )
            for language, on in (("de", "auf"), ("en", "on"))
        }
        n = len(small) - alone
        more = {"de": "weitere ", "en": "more "} if alone else {"de": "", "en": ""}
        told.append(
            _warning(
                f"{n} {more['de']}Werkbusse haben in der vollsten Fahrt zu wenig Plätze "
                f"(Personen auf Plätzen): {named['de']}",
                f"{n} {more['en']}works buses lack seats on their fullest trip (persons on seats): {named['en']}",
            )
        )
    return told


def _seat_sentence(line: str, seats: float, persons: float) -> dict[str, str]:
    people = {language: format_number(persons, 0, language) for language in ("de", "en")}
    places = {"de": "Platz" if seats == 1 else "Plätzen", "en": "seat" if seats == 1 else "seats"}
    on_seats = {language: f"{seats:.0f} {places[language]}" for language in places}
    return _warning(
        f"Werkbus {line}: {people['de']} Personen auf {on_seats['de']} in der vollsten Fahrt",
        f"Works bus {line}: {people['en']} persons on {on_seats['en']} of its fullest trip",
    )


def _warning(text_de: str, text_en: str) -> dict[str, str]:
    return {"text_de": text_de, "text_en": text_en, "indicator": "", "direction": "worse"}
