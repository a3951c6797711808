"""Differences between runs in words: of indicators, sites, lines, seats, and of those who cannot travel."""

import math

import numpy as np

from itas_mobility.core.region import Region
from itas_mobility.scenarios.comparing.parking_changes import parking_sentence
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.scenarios.comparing.shift_changes import shift_words
from itas_mobility.scenarios.indicators import Indicator
from itas_mobility.scenarios.indicators.benefit import BENEFIT, RULE_OF_HALF
from itas_mobility.scenarios.indicators.parking import PARKING_FEES
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.scenarios.run_result import Run
from itas_mobility.words import UNITS, Language, Text, number

_TOLD_SHARE = 0.01
"""Change of a site's car share that is told: a percentage point."""


def _sentence(text: Text, *, indicator: str = "", direction: str = "") -> Sentence:
    return {"text_de": text.de, "text_en": text.en, "indicator": indicator, "direction": direction}


def _warning(text: Text) -> Sentence:
    return _sentence(text, direction="worse")


def indicator_sentence(indicator: Indicator, before: float, after: float) -> Sentence:
    """What an indicator is instead of what it was.

    Parameters
    ----------
    indicator : Indicator
        Says how it is shown, and which way is better.
    before, after : float
        Its values.

    Returns
    -------
    Sentence
        With the difference, of shares in percentage points.
    """
    instead = Text("statt", "instead of")
    points = Text(" Prozentpunkte", " percentage points") if indicator.unit == "%" else Text("", "")
    sign = "+" if after > before else "−"

    def text(language: Language) -> str:
        old, new, change = (
            number(value, indicator.decimals, language) for value in (before, after, abs(after - before))
        )
        unit = indicator.unit_text[language]
        return (
            f"{indicator.title[language]}: {new} {unit} {instead[language]} {old} {unit} "
            f"({sign}{change}{points[language]})"
        )

    return _sentence(Text.written(text), indicator=indicator.name, direction=_direction(indicator, before, after))


def horizon_sentence(indicator: Indicator, short: float, long_run: float) -> Sentence:
    """How the change of an indicator in the long run differs from that in the short run.

    Parameters
    ----------
    indicator : Indicator
        Says how it is shown.
    short, long_run : float
        Its changes, workplaces staying and reacting.

    Returns
    -------
    Sentence
        Without direction.
    """
    points = Text(" Prozentpunkte", " percentage points")
    words = Text(
        "{title}: langfristig {after}{unit}, kurzfristig {before}{unit}",
        "{title}: {after}{unit} in the long run, {before}{unit} in the short run",
    )

    def text(language: Language) -> str:
        unit = points[language] if indicator.unit == "%" else f" {indicator.unit_text[language]}"
        before, after = (number(one, indicator.decimals, language, signed=True) for one in (short, long_run))
        return words[language].format(title=indicator.title[language], before=before, after=after, unit=unit)

    return _sentence(Text.written(text), indicator=indicator.name)


def benefit_sentence(base: Run, run: Run) -> Sentence | None:
    """What commuters gain more by a run than by its baseline, and how far both rules agree.

    Parameters
    ----------
    base, run : Run
        The baseline and a run.

    Returns
    -------
    Sentence or None
        None where it is less than a euro a day, or not known.
    """
    by_logsum, by_half, fees = (
        run.indicators.get(name, math.nan) - base.indicators.get(name, math.nan)
        for name in (BENEFIT, RULE_OF_HALF, PARKING_FEES)
    )
    if not abs(by_logsum) >= 1.0:
        return None
    words = Text(
        "Nutzen der Pendler an Zeit und Geld: {gain} {unit} (nach der Rule of Half {half})",
        "Benefit of commuters in time and money: {gain} {unit} (by rule of half {half})",
    )
    paid = Text("; Parkgebühren an die Standorte: {fees} {unit}", "; parking fees to the sites: {fees} {unit}")

    def text(language: Language) -> str:
        gain, half, received = (number(one, 0, language, signed=True) for one in (by_logsum, by_half, fees))
        told = words[language] + (paid[language] if abs(fees) >= 1.0 else "")
        return told.format(gain=gain, half=half, fees=received, unit=UNITS["eur_per_day"][language])

    return _sentence(Text.written(text), indicator=BENEFIT, direction="better" if by_logsum > 0 else "worse")


def _direction(indicator: Indicator, before: float, after: float) -> str:
    if not indicator.better or before == after or math.isnan(before) or math.isnan(after):
        return ""
    return "better" if (after > before) == (indicator.better == "higher") else "worse"


def place_sentences(base: Run, run: Run, region: Region | None, cost_eur: float, workers: float) -> list[Sentence]:
    """Where differences lie, and what they cost.

    Parameters
    ----------
    base, run : Run
        The baseline and a run.
    region : Region or None
        Gives sites their names.
    cost_eur, workers : float
        What the run costs more a day, and how many shift workers more it brings to work and home.

    Returns
    -------
    list of Sentence
        On the site whose shift reachability changes most, on what commuters gain, on the cost of each worker more, on
        the line whose boardings change most, on the sites whose car share and whose want of parking spaces do; each
        only where there is something to tell.
    """
    told = (
        _site_sentence(base, run, region),
        benefit_sentence(base, run),
        _cost_sentence(cost_eur, workers),
        _line_sentence(base, run),
        _driving_sentence(base, run, region),
        parking_sentence(base, run, region),
    )
    return [one for one in told if one is not None]


def _driving_sentence(base: Run, run: Run, region: Region | None) -> Sentence | None:
    """The site whose car share changes most, if by a point or more; of several the first by id."""
    if any("car_share" not in one.tables.get("sites", ()) for one in (base, run)):
        return None
    before, after = (one.tables["sites"].set_index("site_id")["car_share"].astype(float) for one in (base, run))
    change = (after - before).dropna()
    if change.empty or change.abs().max() < _TOLD_SHARE:
        return None
    # neither the order of the sites nor the last digit of a share decides between equal changes
    site = str(min(change.index, key=lambda one: (-round(abs(change[one]), 9), str(one))))
    name, old, new = _name_of(site, region), *(Text.of_number(100 * one[site], 1) for one in (before, after))
    text = Text(
        f"Am stärksten ändert sich der Autoanteil an {name}: {new.de} % statt {old.de} % fahren selbst mit dem Auto",
        f"The car share changes most at {name}: {new.en} % instead of {old.en} % drive",
    )
    return _sentence(text, direction="better" if after[site] < before[site] else "worse")


def _name_of(site: str, region: Region | None) -> str:
    """Name of a site; its id where the region is not known or has no such site."""
    if region is None or site not in region.sites.site_id:
        return site
    return str(region.sites.name[region.sites.row(site)])


def _site_sentence(base: Run, run: Run, region: Region | None) -> Sentence | None:
    """The site whose shift reachability changes most, of several the first by id.

    Sites without shift workers in either run have none.
    """
    if "sites" not in base.tables or "sites" not in run.tables:
        return None
    before, after = (one.tables["sites"].set_index("site_id")["reachable_share"].astype(float) for one in (base, run))
    change = (after - before).dropna()
    if change.empty or change.abs().max() < 0.0005:
        return None
    # neither the order of the sites nor the last digit of a share decides between equal changes
    site = str(min(change.index, key=lambda one: (-round(abs(change[one]), 9), str(one))))
    name, old, new = _name_of(site, region), *(Text.of_number(100 * one[site], 1) for one in (before, after))
    way = _moved_way(base, run, site)
    text = Text(
        f"Am stärksten ändert sich die Erreichbarkeit ohne Auto an {name}: "
        f"{new.de} % statt {old.de} % der Schichtbeschäftigten{way.de}",
        f"Reachability without a car changes most at {name}: {new.en} % instead of {old.en} % of shift workers{way.en}",
    )
    return _sentence(text, direction="better" if after[site] > before[site] else "worse")


def _moved_way(base: Run, run: Run, site: str) -> Text:
    """Shift of a site that changes most, and the way on which it does, as the end of a sentence in both languages."""
    if "shifts" not in base.tables or "shifts" not in run.tables:
        return Text("", "")
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
        return Text("", "")
    row, way = divmod(int(np.round(moved, 6).argmax()), len(ways))
    (name_de, name_en), shift = list(ways.values())[way], shift_words(rows[row][1])
    share, instead = (f"{100 * float(one[row, way]):.0f} %" for one in (new, old))
    if share == instead:
        return Text("", "")
    return Text(
        f", vor allem der {name_de} ({shift.de}: {share} statt {instead})",
        f", mostly the {name_en} ({shift.en}: {share} instead of {instead})",
    )


def _line_sentence(base: Run, run: Run) -> Sentence | None:
    """The line whose boardings change most."""
    if "lines" not in base.tables or "lines" not in run.tables:
        return None
    before = base.tables["lines"].astype({"line": str}).set_index(["mode", "line"])["boardings"].astype(float)
    after = run.tables["lines"].astype({"line": str}).set_index(["mode", "line"])["boardings"].astype(float)
    change = {pair: after.get(pair, 0.0) - before.get(pair, 0.0) for pair in sorted({*before.index, *after.index})}
    change = {pair: amount for pair, amount in change.items() if not math.isnan(amount)}
    if not change:
        return None
    pair = max(change, key=lambda key: round(abs(change[key]), 6))  # of equal ones the first by name
    line, amount = pair[1], float(change[pair])
    if abs(amount) < 1.0:
        return None
    sign, size = "+" if amount > 0 else "−", Text.of_number(abs(amount))
    return _sentence(
        Text(
            f"Größte Änderung der Einsteiger: Linie {line} ({sign}{size.de} am Tag)",
            f"Largest change of boardings: line {line} ({sign}{size.en} a day)",
        )
    )


def reached_workers(run: Run) -> float:
    """Shift workers of a working day who can go both ways without a car; NaN where the run does not tell."""
    if "shifts" not in run.tables:
        return float("nan")
    shifts = run.tables["shifts"].drop_duplicates(["site_id", "shift"])
    workers = float(shifts["workers"].astype(float).sum())
    # a share of nobody has no value, but nobody who is reached is a number
    return run.indicators.get("reachable_share", float("nan")) / 100.0 * workers if workers > 0.0 else 0.0


def _cost_sentence(eur: float, workers: float) -> Sentence | None:
    """What each worker who is reached in addition costs; nothing where there is no more cost or nobody more."""
    if not (eur >= 1.0 and workers >= 1.0):
        return None
    unit = UNITS["eur"]
    cost, more, each = Text.of_number(eur), Text.of_number(workers), Text.of_number(eur / workers, 2)
    return _sentence(
        Text(
            f"Der Betrieb kostet {cost.de} {unit.de} am Tag mehr und macht {more.de} Beschäftigten mehr die Schicht "
            f"ohne Auto erreichbar: {each.de} {unit.de} je Person und Tag",
            f"Operation costs {cost.en} {unit.en} a day more and makes the shifts of {more.en} more workers reachable "
            f"without a car: {each.en} {unit.en} per worker and day",
        )
    )


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
    told = left_behind_sentences(base, run)
    if not told:
        return None
    return "better" if any(one["direction"] == "worse" for one in told) else "worse"


def left_behind_sentences(base: Run, run: Run) -> list[Sentence]:
    """Who cannot travel in one of two runs: commuters without a mode, car trips without a way.

    Parameters
    ----------
    base, run : Run
        The baseline and a run.

    Returns
    -------
    list of Sentence
        On commuters where their number changes, on car trips where there are more.
    """
    told = (_stranded_sentence(base, run), _lost_trips_sentence(base, run))
    return [one for one in told if one is not None]


def _stranded_sentence(base: Run, run: Run) -> Sentence | None:
    """How many commuters more have no mode to get to work, or how many fewer."""
    before, after = (side.indicators.get(STRANDED, 0.0) for side in (base, run))
    if not abs(after - before) >= 0.5:
        return None
    persons = Text.of_number(abs(after - before))
    if after < before:
        text = Text(
            f"{persons.de} Pendler, die kein Verkehrsmittel zur Arbeit hatten, haben nun eines; sie "
            "kommen zu Fahrleistung, Reisezeit und CO₂ hinzu",
            f"{persons.en} commuters who had no mode that takes them to work have one now; they add "
            "to kilometres, times and CO₂",
        )
        return _sentence(text, indicator=STRANDED, direction="better")
    text = Text(
        f"{persons.de} Pendler mehr haben kein Verkehrsmittel zur Arbeit; sie fehlen in "
        "Fahrleistung, Reisezeit und CO₂",
        f"{persons.en} more commuters have no mode that takes them to work; they are missing in "
        "kilometres, times and CO₂",
    )
    return _sentence(text, indicator=STRANDED, direction="worse")


def _lost_trips_sentence(base: Run, run: Run) -> Sentence | None:
    """How many car trips more no road leads to, of commuters and of all others."""
    if any("unassigned_trips" not in side.tables.get("slices", ()) for side in (base, run)):
        return None
    before, after = (float(side.tables["slices"]["unassigned_trips"].astype(float).sum()) for side in (base, run))
    if not after - before >= 0.5:
        return None
    trips = Text.of_number(after - before)
    return _warning(
        Text(
            f"{trips.de} Pkw-Fahrten am Tag mehr haben keinen Weg; sie fehlen in Fahrleistung und Fahrzeit",
            f"{trips.en} more car trips a day have no way; they are missing in kilometres and hours",
        )
    )


def seat_sentences(run: Run, most: int) -> list[Sentence]:
    """Works buses that hold fewer seats than their fullest trip has passengers, those that lack most seats first.

    Parameters
    ----------
    run : Run
        A run.
    most : int
        How many sentences at the most; where there are more buses, the last one names all that have none of their own.

    Returns
    -------
    list of Sentence
        Empty where all have a seat, or the run does not tell.
    """
    lines = run.tables.get("lines")
    if lines is None or not {"seats", "fullest_trip"} <= set(lines.columns):
        return []
    rows = zip(lines["line"].map(str), lines["seats"], lines["fullest_trip"], strict=True)
    small = sorted((row for row in rows if row[2] > row[1]), key=lambda row: (row[1] - row[2], row[0]))
    alone = len(small) if len(small) <= most else most - 1
    told = [_seat_sentence(*row) for row in small[:alone]]
    if small[alone:]:
        on, n = Text("auf", "on"), len(small) - alone
        named = Text.written(
            lambda language: ", ".join(
                f"{line} ({number(persons, 0, language)} {on[language]} {seats:.0f})"
                for line, seats, persons in small[alone:]
            )
        )
        more = Text("weitere ", "more ") if alone else Text("", "")
        told.append(
            _warning(
                Text(
                    f"{n} {more.de}Werkbusse haben in der vollsten Fahrt zu wenig Plätze "
                    f"(Personen auf Plätzen): {named.de}",
                    f"{n} {more.en}works buses lack seats on their fullest trip (persons on seats): {named.en}",
                )
            )
        )
    return told


def _seat_sentence(line: str, seats: float, persons: float) -> Sentence:
    people = Text.of_number(persons)
    places = Text("Platz", "seat") if seats == 1 else Text("Plätzen", "seats")
    return _warning(
        Text(
            f"Werkbus {line}: {people.de} Personen auf {seats:.0f} {places.de} in der vollsten Fahrt",
            f"Works bus {line}: {people.en} persons on {seats:.0f} {places.en} of its fullest trip",
        )
    )
