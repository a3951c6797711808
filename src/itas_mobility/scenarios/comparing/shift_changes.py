"""What a scenario changes for each shift: who can do without a car now, from where, and which way was mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.core.region import Region
from itas_mobility.core.weekdays import WEEKDAYS, days_of, weekday_mask, weekday_text
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.scenarios.run_result import Run
from itas_mobility.units import clock_text
from itas_mobility.words import LANGUAGES, Text

if TYPE_CHECKING:
    import pandas as pd

LEAST_WORKERS: Final = 2.0
"""Changes for fewer workers are not told: model results are fractions of people."""
LEAST_SHARE: Final = 0.1
"""A way, or those who lose, are told if they stand for at least this share of the workers whom a change concerns."""
TOWNS_TOLD: Final = 3

SHIFT_WORDS: Final[dict[str, Text]] = {
    "frueh": Text("Frühschicht", "early shift"),
    "spaet": Text("Spätschicht", "late shift"),
    "nacht": Text("Nachtschicht", "night shift"),
    "normal": Text("Tagschicht", "day shift"),
    "tag": Text("Tagschicht", "day shift"),
}
"""Names of shifts as data files write them -> what they are called; others are told as they stand."""

WAYS: Final[dict[str, tuple[str, str]]] = {"out": ("Hinweg", "way there"), "back": ("Heimweg", "way home")}
_LACKED: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("out", "home"): ("keine Haltestelle nahe der Wohnung", "no stop near home"),
    ("back", "home"): ("keine Haltestelle nahe der Wohnung", "no stop near home"),
    ("out", "gate"): ("keine Haltestelle nahe dem Werkstor", "no stop near the gate"),
    ("back", "gate"): ("keine Haltestelle nahe dem Werkstor", "no stop near the gate"),
    ("out", "time"): ("keine passende Ankunft vor Schichtbeginn", "no fitting arrival before it begins"),
    ("back", "time"): ("keine passende Abfahrt nach Schichtende", "no fitting departure after it ends"),
    ("out", "ride"): ("keine Verbindung in vertretbarer Zeit", "no connection in reasonable time"),
    ("back", "ride"): ("keine Verbindung in vertretbarer Zeit", "no connection in reasonable time"),
}
"""What was or is missing on a way, by the cause that `ShiftReachability` names."""


@dataclass(frozen=True)
class ShiftChange:
    """How reachability of one shift changes between two runs, in workers of a day."""

    site_id: str
    shift: str
    weekday: str
    start_s: float
    end_s: float
    """Site, shift, days, and its times in the run that is compared."""
    before_share: float
    after_share: float
    """Share of the shift's workers who can go both ways."""
    gained: float
    lost: float
    """Workers who can go both ways now and could not before, and the other way round."""
    kind: str
    """What happens to most: "gained", "lost", or "one_way" where one way became possible while the other one fails."""
    workers: float
    """Workers whom the change of this kind concerns."""
    zones: dict[str, float]
    """Their home zones, most workers first."""
    ways: dict[str, tuple[str, float]]
    """Ways on which it happens -> what was missing before (or is, for "lost") for most, and the share concerned."""


def shift_words(name: str) -> Text:
    """What a shift is called in German and English.

    Parameters
    ----------
    name : str
        Its name in the data.

    Returns
    -------
    Text
        A name that is not known is told as it stands, after the word for shift.
    """
    return SHIFT_WORDS.get(name, Text(f"Schicht {name}", f"shift {name}"))


def shared_days(tables: "Sequence[pd.DataFrame]") -> list[tuple[str, str, str]]:
    """Sites and shifts with groups of weekdays that no table parts.

    A measure may set a day apart that ran like the others before; comparing rows by the text of their days would then
    lose them all.

    Parameters
    ----------
    tables : sequence of DataFrame
        Tables with the columns site_id, shift and weekday, such as ``reachability`` of several runs.

    Returns
    -------
    list of (site_id, shift, weekday)
        In the order in which sites and shifts appear, then by day.
    """
    masks: dict[tuple[str, str], list[list[int]]] = {}
    for k, table in enumerate(tables):
        for row in table[["site_id", "shift", "weekday"]].drop_duplicates().itertuples():
            of_shift = masks.setdefault((str(row.site_id), str(row.shift)), [[] for _ in tables])
            of_shift[k].append(weekday_mask(str(row.weekday)))
    found = []
    for (site, shift), of_tables in masks.items():
        groups: dict[tuple[int, ...], int] = {}
        for day in range(len(WEEKDAYS)):
            key = tuple(next((mask for mask in given if mask >> day & 1), 0) for given in of_tables)
            if any(key):
                groups[key] = groups.get(key, 0) | 1 << day
        found += [(site, shift, weekday_text(mask)) for mask in groups.values()]
    return found


def rows_by_shift(table: "pd.DataFrame") -> "dict[tuple[str, str], list[tuple[int, pd.DataFrame]]]":
    """Parts of a table by site and shift, each with the days (as a set) that it stands for.

    Parameters
    ----------
    table : DataFrame
        With the columns site_id, shift and weekday.

    Returns
    -------
    dict
        (site_id, shift) -> days and rows.
    """
    found: dict[tuple[str, str], list[tuple[int, pd.DataFrame]]] = {}
    for (site, shift, weekday), rows in table.groupby(["site_id", "shift", "weekday"], sort=False):
        found.setdefault((str(site), str(shift)), []).append((weekday_mask(str(weekday)), rows))
    return found


def on_days(parts: "Sequence[tuple[int, pd.DataFrame]]", weekday: str) -> "pd.DataFrame | None":
    """The part that stands for some days of `shared_days`; None where the shift is not worked on them."""
    mask = weekday_mask(weekday)
    return next((rows for days, rows in parts if days & mask), None)


def shift_changes(base: Run, run: Run) -> list[ShiftChange]:
    """Find the shifts whose reachability without a car a scenario changes.

    Parameters
    ----------
    base, run : Run
        The baseline and the run compared with it, both with the table ``reachability``.

    Returns
    -------
    list of ShiftChange
        Those that concern at least `LEAST_WORKERS`; whole tours before single ways, then by workers times days.
    """
    tables = [one.tables["reachability"] for one in (base, run)]
    before, after = (rows_by_shift(table) for table in tables)
    found = []
    for site, shift, weekday in shared_days(tables):
        old, new = (on_days(parts.get((site, shift), []), weekday) for parts in (before, after))
        if old is not None and new is not None:
            change = _change(site, shift, weekday, old, new)
            if change.workers >= LEAST_WORKERS:
                found.append(change)
    return sorted(found, key=lambda change: (change.kind == "one_way", -change.workers * len(days_of(change.weekday))))


def _change(site: str, shift: str, weekday: str, old: "pd.DataFrame", new: "pd.DataFrame") -> ShiftChange:
    columns = ["zone_id", "workers", "out_cause", "back_cause"]
    joined = old[columns].merge(new[columns], on="zone_id", suffixes=("_old", "_new"))
    workers = joined["workers_new"].to_numpy(float)
    failed, fails = (
        {way: (joined[f"{way}_cause_{side}"] != "none").to_numpy(bool) for way in WAYS} for side in ("old", "new")
    )
    could = ~failed["out"] & ~failed["back"]
    can = ~fails["out"] & ~fails["back"]
    mended = {way: failed[way] & ~fails[way] for way in WAYS}
    concerned = {
        "gained": can & ~could,
        "lost": could & ~can,
        "one_way": ~can & ~could & (mended["out"] | mended["back"]),
    }
    sums = {kind: float(workers[rows].sum()) for kind, rows in concerned.items()}
    kind = max(sums, key=lambda one: (sums[one] >= LEAST_WORKERS, one != "one_way", sums[one]))
    rows = concerned[kind]
    moved, side = (fails, "new") if kind == "lost" else (mended, "old")
    zones = zip(joined["zone_id"][rows].astype(str), workers[rows].tolist(), strict=True)
    return ShiftChange(
        site_id=site,
        shift=shift,
        weekday=weekday,
        start_s=float(new["start_s"].iloc[0]),
        end_s=float(new["end_s"].iloc[0]),
        before_share=_share(old),
        after_share=_share(new),
        gained=sums["gained"],
        lost=sums["lost"],
        kind=kind,
        workers=sums[kind],
        zones=dict(sorted(zones, key=lambda item: (-item[1], item[0]))),
        ways={
            way: _main_cause(joined[f"{way}_cause_{side}"].to_numpy(str), np.where(rows & moved[way], workers, 0.0))
            for way in WAYS
            if (rows & moved[way]).any()
        },
    )


def _share(rows: "pd.DataFrame") -> float:
    return float(np.average(rows["is_reachable"].to_numpy(float), weights=rows["workers"].to_numpy(float)))


def _main_cause(cause: StrArray, workers: FloatArray) -> tuple[str, float]:
    """The cause that stands for most workers, and how many workers there are."""
    known, code = np.unique(cause, return_inverse=True)
    return str(known[np.bincount(code, workers).argmax()]), float(workers.sum())


def shift_sentence(change: ShiftChange, region: Region | None) -> Sentence:
    """Say in one sentence what a scenario changes for a shift: for how many, from where, and on which way.

    Parameters
    ----------
    change : ShiftChange
        The change.
    region : Region or None
        Gives sites and towns their names; without it ids are told.

    Returns
    -------
    Sentence
        Better or worse, on no indicator.
    """
    return {
        "text_de": _sentence(change, region, _GERMAN),
        "text_en": _sentence(change, region, _ENGLISH),
        "indicator": "",
        "direction": "worse" if change.kind == "lost" else "better",
    }


@dataclass(frozen=True)
class _Words:
    """Parts of the sentence in one language; ``{}`` stands for what is told."""

    index: int
    gained: str
    lost: str
    one_way: str
    others_lose: str
    others_gain: str
    mended: tuple[str, str]
    """One way, both ways."""
    broken: tuple[str, str]
    instead: str
    so_far: str
    now: str
    mainly_from: str
    from_: str
    and_: str


_GERMAN: Final = _Words(
    index=0,
    gained="{} Beschäftigte mehr schaffen es ohne Auto hin und zurück ({}), {}; {}",
    lost="{} Beschäftigte weniger schaffen es ohne Auto hin und zurück ({}), {}; {}",
    one_way="für {} Beschäftigte {} geht nun {}, aber {} fehlt noch",
    others_lose=" (für {} andere geht es nicht mehr)",
    others_gain=" (für {} andere geht es neu)",
    mended=("behoben ist {}", "behoben sind {}"),
    broken=("nun scheitert {}", "nun scheitern {}"),
    instead="{} statt {}",
    so_far="der {} (bisher {})",
    now="der {} ({})",
    mainly_from="vor allem aus {}",
    from_="aus {}",
    and_="{} und {}",
)
_ENGLISH: Final = _Words(
    index=1,
    gained="{} workers more go there and back without a car ({}), {}; this mends {}",
    lost="{} workers fewer go there and back without a car ({}), {}; what fails now is {}",
    one_way="for {} workers {} {} works now, but {} still fails",
    others_lose=" (for {} others it no longer works)",
    others_gain=" (for {} others it works now)",
    mended=("{}", "{}"),
    broken=("{}", "{}"),
    instead="{} instead of {}",
    so_far="the {} (so far {})",
    now="the {} ({})",
    mainly_from="mainly from {}",
    from_="from {}",
    and_="{} and {}",
)


def _sentence(change: ShiftChange, region: Region | None, words: _Words) -> str:
    site = change.site_id
    if region is not None and site in region.sites.site_id:
        site = str(region.sites.name[region.sites.row(site)])
    hours = "–".join(clock_text(at_s, seconds=False, wrapped=True) for at_s in (change.start_s, change.end_s))
    head = f"{site}, {shift_words(change.shift)[LANGUAGES[words.index]]} ({change.weekday} {hours}): "
    count = str(round(change.workers))
    places = _places(change, region, words)
    if change.kind == "one_way":
        way = max(change.ways, key=lambda one: change.ways[one][1])
        other = "back" if way == "out" else "out"
        article = ("der", "the")[words.index]
        return head + words.one_way.format(
            count, places, _way(change, way, words), f"{article} {WAYS[other][words.index]}"
        )
    shares = words.instead.format(*(f"{100 * share:.0f} %" for share in (change.after_share, change.before_share)))
    told = words.gained if change.kind == "gained" else words.lost
    return head + told.format(count, shares, places, _ways(change, words)) + _others(change, words)


def _ways(change: ShiftChange, words: _Words) -> str:
    """The ways that make the change, without those that do so for few."""
    least = LEAST_SHARE * change.workers
    told = [_way(change, way, words) for way, (_, workers) in change.ways.items() if workers >= least]
    verb = words.mended if change.kind == "gained" else words.broken
    return verb[len(told) > 1].format(_listed(told, words))


def _way(change: ShiftChange, way: str, words: _Words) -> str:
    lacked = _LACKED[way, change.ways[way][0]][words.index]
    return (words.now if change.kind == "lost" else words.so_far).format(WAYS[way][words.index], lacked)


def _others(change: ShiftChange, words: _Words) -> str:
    """Those to whom the opposite happens, where they are not few."""
    others, told = (change.lost, words.others_lose) if change.kind == "gained" else (change.gained, words.others_gain)
    return told.format(round(others)) if others >= max(LEAST_WORKERS, LEAST_SHARE * change.workers) else ""


def _places(change: ShiftChange, region: Region | None, words: _Words) -> str:
    """The towns in which most of the workers concerned live; zones of one town bear its name before a dash."""
    names = {} if region is None else dict(zip(region.zones.zone_id.tolist(), region.zones.name.tolist(), strict=True))
    towns: dict[str, float] = {}
    for zone, workers in change.zones.items():
        town = names.get(zone, zone).split(" – ")[0]
        towns[town] = towns.get(town, 0.0) + workers
    most = sorted(towns, key=lambda town: (-towns[town], town))[:TOWNS_TOLD]
    return (words.mainly_from if len(towns) > len(most) else words.from_).format(_listed(most, words))


def _listed(names: Sequence[str], words: _Words) -> str:
    return names[0] if len(names) == 1 else words.and_.format(", ".join(names[:-1]), names[-1])
