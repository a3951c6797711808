"""Commuter statistics on the zones of a region: what is known of each pair of districts, and one figure for each.

Published figures are rounded, suppressed or missing, and still have to add up to published totals. So each pair of
districts has bounds, and the figures used are those nearest to the published ones (least information) within all
bounds and totals.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, StrArray
from itas_mobility.core.commuters import (
    OTHERS,
    SUPPRESSED_LEAST,
    SUPPRESSED_MOST,
    CommuterStatistics,
    district_of,
)
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.demand.distribution import BlockBounds
from itas_mobility.demand.distribution.blocks import pivot_to_bounds
from itas_mobility.errors import DemandError

_SUPPRESSED_USUAL: Final = 0.5 * (SUPPRESSED_LEAST + SUPPRESSED_MOST)
"""A suppressed figure before anything else is known of it: the middle of what it can be."""
_RECONCILED: Final = 1e-7
"""Relative distance from published totals at which figures of districts agree: far below what they are rounded to."""
_MOST_ROUNDS: Final = 100_000
"""Figures that only just fit into their bounds are found slowly; districts are few, so that rounds cost little."""
_DIRECTIONS: Final[tuple[Literal["in", "out"], ...]] = ("in", "out")


@dataclass(frozen=True, eq=False)
class DistrictTotals:
    """Employees by pair of the districts of zones; row g of each array is district `key[g]`."""

    key: StrArray
    group: IntArray
    """District of each zone, shape (n_zones,)."""
    is_internal: BoolArray
    """Whether zones of the region lie in the district."""
    employees: FloatArray
    """Figures that add up, home in rows, shape (n, n)."""
    low: FloatArray
    high: FloatArray
    """What the published figures leave possible, shape (n, n)."""

    def block_names(self) -> tuple[str, ...]:
        """What each pair is called in messages."""
        return tuple(_pair_name(home, work) for home in self.key.tolist() for work in self.key.tolist())


def district_totals(statistics: CommuterStatistics, zones: Zones) -> DistrictTotals:
    """Bring published figures to the districts of zones, such that pairs and totals agree.

    Parameters
    ----------
    statistics : CommuterStatistics
        Published figures.
    zones : Zones
        Zones with districts.

    Returns
    -------
    DistrictTotals
        A pair of different districts that is not listed has nobody, but for its part of the account of all others.
        Inside a district of the region that is not listed with itself work its employed residents less its
        out-commuters.

    Raises
    ------
    DemandError
        With all that is missing or contradictory: places without a zone, listed figures above a published total.
    """
    key, row_of_zone = np.unique(zones.district, return_inverse=True)
    group = row_of_zone.astype(np.int32)
    is_internal = np.zeros(key.size, bool)
    is_internal[np.unique(group[zones.kind != ZoneKind.EXTERNAL])] = True
    places = _Places(statistics, zones, key)
    sums = _Sums(key.size)
    rows = np.flatnonzero(~statistics.is_part & ~(statistics.is_others & np.isnan(statistics.employees)))
    usual = np.where(np.isnan(statistics.employees), _SUPPRESSED_USUAL, statistics.employees)
    for row in rows:
        home, work = str(statistics.home_district[row]), str(statistics.work_district[row])
        ends = places.districts(home), places.districts(work)
        if district_of(home) == district_of(work) and (home, work) != (district_of(home), district_of(home)):
            continue  # part of what stays inside a district: see `finer_bounds`
        sums.add(*ends, (float(usual[row]), float(statistics.low[row]), float(statistics.high[row])))
    _refuse_totals_elsewhere(statistics, zones)
    _add_others(statistics, key, places, sums)
    places.raise_faults()
    listed = sums.is_listed
    low, high = np.where(listed, sums.low, 0.0), np.where(listed, sums.high, 0.0)
    totals = DistrictTotals(key, group, is_internal, sums.usual, low, high)
    employees = _reconciled(statistics, totals)
    inside = np.flatnonzero(is_internal & ~np.diagonal(listed))
    residents = np.bincount(group, zones.employed_residents, minlength=key.size)
    for g in inside:
        staying = residents[g] - employees[g].sum()
        if staying < 0:
            raise DemandError(
                f"commuter statistics: {employees[g].sum():,.0f} commute out of district {key[g]}, but its zones have "
                f"{residents[g]:,.0f} employed residents"
            )
        employees[g, g], high[g, g] = staying, np.inf
    return DistrictTotals(key, group, is_internal, employees, low, high)


def _refuse_totals_elsewhere(statistics: CommuterStatistics, zones: Zones) -> None:
    """Totals of places outside would count commuters between other places outside, which no pair here holds."""
    inside = zones.kind != ZoneKind.EXTERNAL
    known = {*zones.district[inside].tolist(), *zones.municipality[inside].tolist()}
    elsewhere = [key for key in statistics.total_district.tolist() if key not in known]
    if elsewhere:
        raise DemandError(
            f"commuter statistics: totals of {', '.join(elsewhere)} are known, but no zone of the region lies there; "
            "leave them out"
        )


def _reconciled(statistics: CommuterStatistics, totals: DistrictTotals) -> FloatArray:
    """Figures within all bounds, as near to the published ones as can be."""
    n = totals.key.size
    every = np.arange(n, dtype=np.int32)
    pairs = DistrictTotals(totals.key, every, totals.is_internal, totals.employees, totals.low, totals.high)
    bounds = BlockBounds(every, every, totals.low, totals.high, totals.block_names())
    free = np.full(n, np.nan)
    layers = (bounds, *total_bounds(statistics, pairs))
    return pivot_to_bounds(totals.employees, layers, free, free, tolerance=_RECONCILED, max_iterations=_MOST_ROUNDS)


def total_bounds(statistics: CommuterStatistics, totals: DistrictTotals) -> tuple[BlockBounds, ...]:
    """Published totals of districts as bounds: all that come in from elsewhere, all that go out.

    Parameters
    ----------
    statistics : CommuterStatistics
        Published totals; those of municipalities are left to `finer_bounds`.
    totals : DistrictTotals
        Districts of the zones.

    Returns
    -------
    tuple of BlockBounds
        One cut per district: itself and all others.
    """
    cuts = []
    for key, *figures in zip(statistics.total_district, statistics.in_commuters, statistics.out_commuters, strict=True):
        at = np.flatnonzero(totals.key == key)
        if at.size == 0:
            continue
        is_it = (totals.group == at[0]).astype(np.int32)
        cuts.append(_total_cut(str(key), is_it, (figures[0], figures[1]), statistics.rounding))
    return tuple(cuts)


def _total_cut(key: str, is_it: IntArray, figures: tuple[float, float], rounding: float) -> BlockBounds:
    """Bounds of those who come to a place from elsewhere, and of those who go elsewhere."""
    low, high = np.zeros((2, 2)), np.full((2, 2), np.inf)
    for (g, h), figure in (((0, 1), figures[0]), ((1, 0), figures[1])):
        if not np.isnan(figure):
            low[g, h], high[g, h] = max(figure - rounding / 2, 0.0), figure + rounding / 2
    names = ("", f"the total of in-commuters of {key}", f"the total of out-commuters of {key}", "")
    return BlockBounds(is_it, is_it, low, high, names)


def finer_bounds(statistics: CommuterStatistics, zones: Zones) -> tuple[BlockBounds, ...]:
    """Bounds of all that is known of municipalities: pairs of which one side is one, and totals.

    Parameters
    ----------
    statistics : CommuterStatistics
        Published figures.
    zones : Zones
        Zones with municipalities.

    Returns
    -------
    tuple of BlockBounds
        One cut for each kind of pair (municipality or district of home, of work) and one for each total; none where
        nothing is known of municipalities. Pairs that are not listed are free.
    """
    cuts = {kind: _Cut(*(_side(zones, one) for one in kind)) for kind in (("m", "m"), ("m", "d"), ("d", "m"))}
    district, _ = np.unique(zones.district, return_inverse=True)
    places = _Places(statistics, zones, district)
    for row in np.flatnonzero(~statistics.is_others):
        ends = str(statistics.home_district[row]), str(statistics.work_district[row])
        kind = tuple("m" if places.is_municipality(end) else "d" for end in ends)
        if kind == ("d", "d"):
            continue
        parts = [
            [end] if places.is_municipality(end) else [district[g] for g, _ in places.districts(end)] for end in ends
        ]
        cut = cuts[kind[0], kind[1]]
        if len(parts[0]) == len(parts[1]) == 1:
            is_whole = all(end == part[0] for end, part in zip(ends, parts, strict=True))
            high = float(statistics.high[row]) if is_whole else np.inf
            cut.add(str(parts[0][0]), str(parts[1][0]), float(statistics.low[row]), high)
    bounds = [cut.bounds() for cut in cuts.values() if cut.is_used]
    for key, into, out in zip(
        statistics.total_district, statistics.in_commuters, statistics.out_commuters, strict=True
    ):
        if places.is_municipality(str(key)):
            is_it = (zones.municipality == key).astype(np.int32)
            bounds.append(_total_cut(str(key), is_it, (float(into), float(out)), statistics.rounding))
    return tuple(bounds)


def _side(zones: Zones, kind: str) -> tuple[StrArray, IntArray]:
    key, group = np.unique(zones.municipality if kind == "m" else zones.district, return_inverse=True)
    return key, group.astype(np.int32)


class _Cut:
    """Bounds of one kind of pair, gathered."""

    def __init__(self, home: tuple[StrArray, IntArray], work: tuple[StrArray, IntArray]) -> None:
        (self.home, self.home_group), (self.work, self.work_group) = home, work
        self.low = np.zeros((self.home.size, self.work.size))
        self.high = np.full(self.low.shape, np.inf)
        self.is_used = False

    def add(self, home: str, work: str, low: float, high: float) -> None:
        """One more listed pair; several may share a group of districts, and others of it may not be listed."""
        at = int(np.flatnonzero(self.home == home)[0]), int(np.flatnonzero(self.work == work)[0])
        self.low[at] += low
        self.high[at] = high
        self.is_used = True

    def bounds(self) -> BlockBounds:
        """What was gathered."""
        names = tuple(_pair_name(home, work) for home in self.home.tolist() for work in self.work.tolist())
        return BlockBounds(self.home_group, self.work_group, self.low, self.high, names)


def _pair_name(home: str, work: str) -> str:
    return f"the pair {home} -> {work}"


class _Places:
    """Which districts of zones a key of the statistics stands for."""

    def __init__(self, statistics: CommuterStatistics, zones: Zones, key: StrArray) -> None:
        self._row = {str(district): row for row, district in enumerate(key)}
        self._municipalities = set(zones.municipality.tolist()) - set(key.tolist())
        self._given: dict[str, list[tuple[str, float]]] = {}
        for one, district, share in zip(
            statistics.place_key.tolist(), statistics.place_district.tolist(), statistics.place_share, strict=True
        ):
            self._given.setdefault(one, []).append((district, float(share)))
        self._unknown: set[str] = set()

    def is_municipality(self, key: str) -> bool:
        """Whether zones know a key as that of a municipality."""
        return key in self._municipalities

    def districts(self, key: str) -> list[tuple[int, float]]:
        """Rows of the districts, with shares; empty and remembered where there is none."""
        for one in (key, district_of(key)):
            if one in self._row:
                return [(self._row[one], 1.0)]
            if one in self._given:
                ends = [(self._row[end], share) for end, share in self._given[one] if end in self._row]
                self._unknown |= {end for end, _ in self._given[one] if end not in self._row}
                return ends
        self._unknown.add(key)
        return []

    def raise_faults(self) -> None:
        """Name all places without a zone at once."""
        faults = []
        if self._unknown - {OTHERS}:
            faults.append(f"district {', '.join(sorted(self._unknown - {OTHERS}))} has no zone")
        if OTHERS in self._unknown:
            faults.append(
                "published totals exceed the listed pairs, but the account of all others has no place; say by shares "
                f"of {OTHERS!r} which districts of external zones stand for it"
            )
        if faults:
            raise DemandError(f"commuter statistics: {'; '.join(faults)}")


class _Sums:
    """Figures of pairs of districts, added up."""

    def __init__(self, n: int) -> None:
        self.usual, self.low, self.high = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
        self.is_listed = np.zeros((n, n), bool)

    def add(
        self, home: list[tuple[int, float]], work: list[tuple[int, float]], figures: tuple[float, float, float]
    ) -> None:
        """One more pair: its usual figure, least and most."""
        for (g, part), (h, other) in ((one, two) for one in home for two in work):
            share = part * other
            self.usual[g, h] += share * figures[0]
            self.low[g, h] += share * figures[1]
            self.high[g, h] += share * figures[2]
            self.is_listed[g, h] = True


def _add_others(statistics: CommuterStatistics, key: StrArray, places: _Places, sums: _Sums) -> None:
    """What published totals hold beyond the listed pairs goes to the places of all others."""
    for district in statistics.total_district.tolist():
        if district not in key:
            continue  # a municipality, see `finer_bounds`
        for direction in _DIRECTIONS:
            figures = _others(statistics, district, direction)
            if figures[2] > 0.0 and figures[:2] != (0.0, 0.0):
                others, own = places.districts(OTHERS), places.districts(district)
                sums.add(*((others, own) if direction == "in" else (own, others)), figures)


def _others(
    statistics: CommuterStatistics, district: str, direction: Literal["in", "out"]
) -> tuple[float, float, float]:
    """Usual figure, least and most of the account of all others; nobody where no total is known."""
    account = statistics.account(district, direction)
    if np.isnan(account.total):
        return 0.0, 0.0, 0.0
    half = statistics.rounding / 2
    rows = statistics.pairs_of(district, direction)
    rows = rows[~(statistics.is_others[rows] & np.isnan(statistics.employees[rows]))]
    least = max(account.total - half - float(statistics.high[rows].sum()), 0.0)
    most = account.total + half - float(statistics.low[rows].sum())
    if most < 0:
        raise DemandError(
            f"commuter statistics: the listed {direction}-commuters of {district} are at least "
            f"{statistics.low[rows].sum():,.0f}, more than the published total of {account.total:,.0f}"
        )
    usual = account.remainder - _SUPPRESSED_USUAL * account.n_suppressed
    return min(max(usual, least), most), least, most
