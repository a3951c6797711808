"""Residents, employed residents and jobs of the zones for 30 June 2023, commuters and facts."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from itas_mobility.regions.zwickau_data._zones import KREIS, Municipality, Zone

RESIDENTS_2023 = 310_000
EMPLOYED_2016 = 126_541
OUT_2016 = 34_257
INTERNAL = EMPLOYED_2016 - OUT_2016
STATISTICS_DATE = "2023-06-30"
OTHERS = "others"
# Weight of a municipality's residents as a measure of its jobs in services: central places have more jobs per resident.
CENTRAL_PLACE = {
    "14524330": 1.5,
    **dict.fromkeys(("14524030", "14524080", "14524120", "14524180", "14524190", "14524300"), 1.2),
}


@dataclass(frozen=True)
class Pair:
    """Commuters from one Kreis to another; one of both is the Kreis of the region."""

    home: str
    work: str
    home_name: str
    work_name: str
    employees: int


def read_pairs(source: Path) -> list[Pair]:
    """All rows of the commuter statistics, sorted by key."""
    with (source / "pendler_kreis_14524_2023-06.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Pair(r["wohnort_ags5"], r["arbeitsort_ags5"], r["wohnort"], r["arbeitsort"], int(r["svb_auspendler"]))
            for r in csv.DictReader(file)
        ]
    return sorted(rows, key=lambda p: (p.home, p.work))


def write_commuters(path: Path, pairs: list[Pair]) -> None:
    """The commuter table under the names of the package."""
    rows = [[p.home, p.work, p.home_name, p.work_name, p.employees] for p in pairs]
    _write_csv(path, ["home_kreis", "work_kreis", "home_name", "work_name", "employees"], rows)


@dataclass(frozen=True)
class PublishedTotals:
    """All who come into the Kreis and go out of it, those of unlisted pairs included."""

    into: int
    out: int


def read_totals(source: Path) -> PublishedTotals:
    """The published totals of the date of the statistics."""
    with (source / "facts_zwickau.csv").open(encoding="utf-8", newline="") as file:
        facts = {r["key"]: r["value"] for r in csv.DictReader(file) if r["as_of"] == STATISTICS_DATE}
    return PublishedTotals(int(facts["in_commuters_lk_zwickau"]), int(facts["out_commuters_lk_zwickau"]))


def shares_of_others(
    pairs: list[Pair], shares: list[tuple[str, str, str, float]], far: set[str]
) -> list[tuple[str, str, str, float]]:
    """Where the commuters of no listed pair are: in the far external zones, as the listed far commuters are."""
    listed = dict.fromkeys(sorted(far), 0.0)
    for kreis, _, zone, share in shares:
        if zone in far:
            listed[zone] += share * sum(p.employees for p in pairs if kreis in (p.home, p.work))
    total = sum(listed.values())
    rows = {z: round(n / total, 6) for z, n in listed.items()}
    last = max(rows)
    rows[last] = round(1.0 - sum(s for z, s in rows.items() if z != last), 6)
    return [(OTHERS, "Übrige, Ausland, keine Zuordnung", z, s) for z, s in rows.items()]


def kreis_shares(
    pairs: list[Pair], near: dict[tuple[str, str], float], prefixes: dict[str, str]
) -> list[tuple[str, str, str, float]]:
    """For each Kreis of the statistics its external zones with shares that sum to 1."""
    names = {p.home: p.home_name for p in pairs if p.home != KREIS} | {
        p.work: p.work_name for p in pairs if p.work != KREIS
    }
    table = []
    for kreis in sorted(names):
        own = {z: round(s, 6) for (k, z), s in sorted(near.items()) if k == kreis}
        if own:
            last = max(own)
            own[last] = round(1.0 - sum(s for z, s in own.items() if z != last), 6)
        else:
            fitting = [p for p in prefixes if kreis.startswith(p)]
            if not fitting:
                raise ValueError(f"no external zone for Kreis {kreis} ({names[kreis]})")
            own = {prefixes[max(fitting, key=len)]: 1.0}
        table += [(kreis, names[kreis], z, s) for z, s in sorted(own.items())]
    return table


def write_shares(path: Path, table: list[tuple[str, str, str, float]]) -> None:
    """Kreis to external zone."""
    _write_csv(path, ["kreis", "kreis_name", "zone_id", "share"], [[k, n, z, f"{s:g}"] for k, n, z, s in table])


def zone_numbers(
    zones: list[Zone],
    municipalities: list[Municipality],
    settlement_ha: dict[str, float],
    pairs: list[Pair],
    totals: PublishedTotals,
    shares: list[tuple[str, str, str, float]],
    site_heads: dict[str, int],
) -> dict[str, dict[str, int]]:
    """Residents, employed residents and jobs by the base-year rule of SOURCES.md, as whole numbers that add up."""
    inner = [z for z in zones if z.kind == "internal"]
    outer = [z for z in zones if z.kind == "external"]
    population = {m.ags: float(m.residents_2018) for m in municipalities}
    people = np.array([population[z.ags] * z.weight for z in inner])
    incoming = {p.home: p.employees for p in pairs if p.work == KREIS}
    outgoing = {p.work: p.employees for p in pairs if p.home == KREIS}
    # what the published totals hold beyond the listed pairs
    incoming[OTHERS] = totals.into - sum(incoming.values())
    outgoing[OTHERS] = totals.out - sum(outgoing.values())
    total_in, total_out = totals.into, totals.out
    residents = apportion(RESIDENTS_2023, people)
    employed = apportion(INTERNAL + total_out, people)
    at_sites = np.array([site_heads.get(z.zone_id, 0) for z in inner])
    other = apportion(INTERNAL + total_in - int(at_sites.sum()), _pull_of_other_jobs(inner, population, settlement_ha))
    jobs = other + at_sites
    numbers = {
        z.zone_id: {"residents": int(residents[k]), "employed_residents": int(employed[k]), "jobs": int(jobs[k])}
        for k, z in enumerate(inner)
    }
    coming = apportion(total_in, _by_zone(outer, incoming, shares))
    going = apportion(total_out, _by_zone(outer, outgoing, shares))
    for k, z in enumerate(outer):
        numbers[z.zone_id] = {
            "residents": round(z.weight),
            "employed_residents": int(coming[k]),
            "jobs": int(going[k]),
        }
    return numbers


def _pull_of_other_jobs(
    inner: list[Zone], population: dict[str, float], settlement_ha: dict[str, float]
) -> NDArray[np.float64]:
    """Weight of each zone for jobs off the sites: half by services of its municipality, half by land for trade."""
    own = sorted({z.ags for z in inner})
    central = np.array([population[a] * CENTRAL_PLACE.get(a, 1.0) for a in own])
    trade = np.array([settlement_ha[a] for a in own])
    of_town = dict(zip(own, 0.5 * central / central.sum() + 0.5 * trade / trade.sum(), strict=True))
    return np.array([of_town[z.ags] * z.weight for z in inner])


def _by_zone(
    outer: list[Zone], commuters: dict[str, int], shares: list[tuple[str, str, str, float]]
) -> NDArray[np.float64]:
    """Commuters of the Kreise in each external zone."""
    return np.array([sum(commuters.get(k, 0) * s for k, _, zone, s in shares if zone == z.zone_id) for z in outer])


def apportion(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to the weights that sum to `total` (largest remainders)."""
    exact = total * weights / weights.sum()
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    rest = total - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:rest]] += 1
    return whole


def read_settlement(source: Path) -> dict[str, float]:
    """Settlement area for industry, trade and services in hectares, by municipality."""
    with (source / "localzero_2018_zwickau_region.csv").open(encoding="utf-8", newline="") as file:
        return {r["ags"]: float(r["area_settlement_ghd"] or 0.0) for r in csv.DictReader(file)}


def write_facts(path: Path, source: Path) -> None:
    """Facts for validation; offices and publishers are named, files they came through are not."""
    with (source / "facts_zwickau.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            [r["key"], r["value"], r["unit"], r["as_of"], publisher(r["source"]), r["confidence"]]
            for r in csv.DictReader(file)
        ]
    _write_csv(path, ["key", "value", "unit", "as_of", "source", "confidence"], sorted(rows))


def publisher(source: str) -> str:
    """Name the office or publisher instead of the file a fact came through."""
    for word, office in (
        ("Destatis", "Destatis (dl-de/by-2-0)"),
        ("same as above", "Destatis (dl-de/by-2-0)"),
        ("localzero", "Destatis (dl-de/by-2-0)"),
        ("VG250", "BKG VG250 2017 (GeoBasis-DE / BKG 2017)"),
        ("BA ", "Bundesagentur für Arbeit"),
        ("hafas", "DB InfraGO, stop register"),
        ("BNetzA", "Bundesnetzagentur, Ladesäulenregister"),
    ):
        if source.startswith("Freie Presse"):
            return source
        if word in source:
            return office
    return source


def _write_csv(path: Path, header: list[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
