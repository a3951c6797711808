"""Realism tests: how the model answers to price, service and time, beside what others have measured."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np

from itas_mobility import demand
from itas_mobility.core.commuters import CommuterStatistics
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.published_range import HORIZONS
from itas_mobility.core.region import Region
from itas_mobility.core.transit import mode_names
from itas_mobility.core.zones import Zones
from itas_mobility.demand.district_totals import district_totals, finer_bounds, total_bounds
from itas_mobility.errors import InputError
from itas_mobility.scenarios.believing import perturbing
from itas_mobility.scenarios.believing.realism_rows import Realism, RealismRow
from itas_mobility.scenarios.believing.realism_texts import (
    CHANGES,
    EMPLOYEES,
    NO_HOURLY_LINE,
    NO_SITES,
    NO_STATISTICS,
    NO_UNIT,
    NOBODY,
    NOT_FOR_TIMETABLES,
    PER_CENT,
    REACH_STAYS,
    STRONGER,
    TITLES,
    WEAKER,
    WRONG_SIGN,
    hourly_lines,
    share_moved,
    step_text,
    worst_figure,
)
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages import consequences
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, Inputs, balanced, balanced_long, prepare
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.words import Text

EXACT_ENOUGH: Final = RunSettings(relative_gap=1e-11, feedback_tolerance=1e-8)
"""Elasticities then hold to about 1e-6 (found by the settings of runs), for a fifth less work."""
MOST_STEP: Final = 0.5
PARKING_EUR_PER_DAY: Final = 3.0
"""Daily price that parking is given, from nought."""
SQUEEZED: Final = 0.5
"""What capacities are multiplied by to see whether demand and supply still find each other."""


@dataclass(frozen=True, eq=False)
class _World:
    """A region, and how its commuters travel."""

    region: Region
    inputs: Inputs
    short: Equilibrium
    long: Equilibrium

    def at(self, horizon: str) -> Equilibrium:
        return self.short if horizon == "short" else self.long


_Quantity: TypeAlias = Callable[[_World, Equilibrium], float]


@dataclass(eq=False)
class _Trials:
    """The region as it is, and what becomes of it under changes; each starts from the equilibrium as it is."""

    region: Region
    settings: RunSettings
    store: StageStore
    worlds: list[_World] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = prepare(self.region, self.region, demand.day_slices(), self.store)

    def of_inputs(self, inputs: Inputs, region: Region | None = None) -> _World:
        short = balanced(self.before, inputs, self.settings, self.store)
        scale = self.region.parameters.value("destination_scale")
        long = balanced_long(self.before, inputs, self.settings, self.store, scale=scale)
        world = _World(region or self.region, inputs, short, long)
        self.worlds.append(world)
        return world

    def of_headways(self, factor: float) -> _World:
        """Other headways; whether a shift can be reached stays, as that hangs on minutes that nobody has planned."""
        region = perturbing.longer_headways(self.region, factor)
        inputs = prepare(self.region, region, demand.day_slices(), self.store)
        return self.of_inputs(perturbing.with_reach_of(inputs, self.before), region)

    def of_region(self, region: Region) -> _World:
        return self.of_inputs(prepare(self.region, region, demand.day_slices(), self.store), region)


def realism(
    region: Region,
    *,
    settings: RunSettings | None = None,
    store: StageStore | None = None,
    step: float = 0.10,
    progress: bool = True,
) -> Realism:
    """Change prices, service and times a little and hold the answers against published ranges.

    Parameters
    ----------
    region : Region
        Stays as it is.
    settings : RunSettings, optional
        How exactly to compute; default `EXACT_ENOUGH`.
    store : StageStore, optional
        Stages computed by earlier runs in this process.
    step : float, default=0.10
        By how much of themselves prices, headways and times are changed, in (0, 0.5].
    progress : bool, default=True
        Show a progress bar on stderr.

    Returns
    -------
    Realism
        A row for each test, with value, range, source and, where a bar is missed, the reason.

    Raises
    ------
    InputError
        For a step out of its bounds.

    Warns
    -----
    ConvergenceWarning
        As `run`.

    Notes
    -----
    Elasticities are ``ln(after / before) / ln(1 + step)`` of whole equilibria of choice and traffic
    (`demand.calibration.elasticity`). Commuters' car kilometres are those of the quickest paths of empty roads: what
    jams make drivers go round is left out. What lines carry is not fed back, and other traffic stays as it is.

    Examples
    --------
    >>> from itas_mobility import regions, scenarios
    >>> scenarios.realism(regions.zwickau())  # doctest: +SKIP
    """
    from tqdm.auto import tqdm

    if not (math.isfinite(step) and 0 < step <= MOST_STEP):
        raise InputError(f"step = {step}: must lie above 0 and not above {MOST_STEP:g}; 0.1 is ten per cent")
    trials = _Trials(region, settings or EXACT_ENOUGH, StageStore() if store is None else store)
    base = trials.of_inputs(trials.before)
    rows: dict[str, RealismRow] = {}
    bar = tqdm(_TESTS.items(), desc="Realitätstests", unit="Test", disable=not progress)
    for name, test in bar:
        bar.set_postfix_str(TITLES[name].de)
        rows[name] = _judged(test(trials, base, step, rows))
    return Realism(region.title, region.is_stylised, step, tuple(rows.values()))


_Test: TypeAlias = Callable[[_Trials, _World, float, dict[str, RealismRow]], RealismRow]


def _row(
    name: str,
    values: dict[str, float] | Text,
    *,
    change: Text | None = None,
    unit: Text = NO_UNIT,
    decimals: int = 3,
    factor: float = math.nan,
    remark: Text | None = None,
) -> RealismRow:
    """A row with its published ranges; a text instead of values says why there are none."""
    known = values if isinstance(values, dict) else {}
    ranges = tuple(one for one in demand.calibration.published_ranges() if one.test == name)
    return RealismRow(
        name, TITLES[name], change or CHANGES[name], unit, decimals,
        known.get("short", math.nan), known.get("long", math.nan), ranges, factor, remark,
        values if isinstance(values, Text) else None,
    )  # fmt: skip


def _judged(row: RealismRow) -> RealismRow:
    """A row with the reasons why bars are missed or values not known."""
    if row.reason is not None:
        return row
    told = []
    for bar in row.bars:
        value = row.value(bar.horizon)
        if math.isnan(value):
            told.append(NOBODY)
        elif value > 0 >= bar.high:
            told.append(WRONG_SIGN)
        elif not bar.holds(value):
            told.append((STRONGER if value <= bar.low else WEAKER)[row.name])
    if not told:
        return row
    told = list(dict.fromkeys(told))
    return replace(row, reason=Text(" ".join(one.de for one in told), " ".join(one.en for one in told)))


def _over_horizons(measure: Callable[[str], float]) -> dict[str, float]:
    return {horizon: measure(horizon) for horizon in HORIZONS}


def _elasticities(quantity: _Quantity, before: _World, after: _World, factor: float) -> dict[str, float]:
    def of(horizon: str) -> float:
        old, new = before.at(horizon), after.at(horizon)
        return float(demand.calibration.elasticity(quantity(before, old), quantity(after, new), factor))

    return _over_horizons(of)


def _responds(name: str, quantity: _Quantity, change: Callable[[Region, float], Region], sign: float = 1.0) -> _Test:
    """A test of an elasticity to a change of the region."""

    def test(trials: _Trials, base: _World, step: float, _: dict[str, RealismRow]) -> RealismRow:
        factor = 1.0 + sign * step
        told = step_text(CHANGES[name], sign * step)
        is_headway = change is perturbing.longer_headways
        if change in _OF_HEADWAYS and trials.before.is_timed:
            return _row(name, NOT_FOR_TIMETABLES, change=told)
        after = trials.of_headways(factor) if is_headway else trials.of_region(change(trials.region, factor))
        values = _elasticities(quantity, base, after, factor)
        remark = REACH_STAYS if is_headway else None
        return _row(name, values, change=told, factor=factor, remark=remark)

    return test


_OF_HEADWAYS: Final = (perturbing.longer_headways, perturbing.slower_lines)
"""Changes of lines that a timetable does not heed."""


def _car_time(trials: _Trials, base: _World, step: float, _: dict[str, RealismRow]) -> RealismRow:
    factor = 1.0 + step
    after = trials.of_inputs(perturbing.slower_roads(trials.before, factor))
    values = _elasticities(_car_trips, base, after, factor)
    return _row("car_time", values, change=step_text(CHANGES["car_time"], step), factor=factor)


def _headway_ratio(_: _Trials, __: _World, ___: float, rows: dict[str, RealismRow]) -> RealismRow:
    longer, shorter = rows["headway_longer"], rows["headway_shorter"]
    if longer.reason is NOT_FOR_TIMETABLES:
        return _row("headway_ratio", NOT_FOR_TIMETABLES)

    def ratio(horizon: str) -> float:
        below = shorter.value(horizon)
        return longer.value(horizon) / below if below else math.nan

    return _row("headway_ratio", _over_horizons(ratio))


def _hourly(trials: _Trials, base: _World, _: float, __: dict[str, RealismRow]) -> RealismRow:
    name = "hourly_to_two_hourly"
    if trials.before.is_timed:
        return _row(name, NOT_FOR_TIMETABLES, unit=PER_CENT, decimals=1)
    lines = trials.region.transit
    patterns = perturbing.hourly_patterns(lines)
    if not patterns.any():
        return _row(name, NO_HOURLY_LINE, unit=PER_CENT, decimals=1)
    after = trials.of_region(perturbing.halved_service(trials.region, patterns))
    affected = set(zip(lines.line[patterns].tolist(), mode_names(lines.mode[patterns]).tolist(), strict=True))

    def change(horizon: str) -> float:
        old, new = base.at(horizon), after.at(horizon)
        before, then = (_boardings(trials, *one, affected) for one in ((base, old), (after, new)))
        return 100.0 * (then / before - 1.0) if before > 0 else math.nan

    remark = hourly_lines(len(affected))
    return _row(name, _over_horizons(change), unit=PER_CENT, decimals=1, remark=remark)


def _boardings(trials: _Trials, world: _World, found: Equilibrium, affected: set[tuple[str, str]]) -> float:
    """Boardings of some lines on a working day."""
    loads = consequences.load_transit(
        world.region, world.inputs, found.segments, found.shares, demand.day_slices(), trials.store
    )
    total = 0.0
    for load in loads:
        table = load.boardings_by_line()
        rows = zip(table["line"].astype(str), table["mode"].astype(str), table["boardings"], strict=True)
        total += sum(float(boardings) for line, mode, boardings in rows if (line, mode) in affected)
    return total


def _priced(name: str, rows_of: Callable[[Region], Sequence[int]]) -> _Test:
    """A test of the car share at sites by the daily price of parking."""

    def test(trials: _Trials, _: _World, __: float, ___: dict[str, RealismRow]) -> RealismRow:
        rows = rows_of(trials.region)
        if not len(rows):
            return _row(name, NO_SITES)
        free, priced = (
            trials.of_region(perturbing.priced_parking(trials.region, rows, price))
            for price in (0.0, PARKING_EUR_PER_DAY)
        )
        zones = trials.region.sites.zone[list(rows)]

        def change(horizon: str) -> float:
            old, new = free.at(horizon), priced.at(horizon)
            shares = [_car_share(one, zones) for one in (old, new)]
            if any(math.isnan(share) for share in shares):
                return math.nan
            return float(
                demand.calibration.midpoint_elasticity(*shares, price_before=0.0, price_after=PARKING_EUR_PER_DAY)
            )

        where = trials.region.sites.name[rows[0]] if len(rows) == 1 else None
        remark = share_moved(where, _car_share(free.short, zones), _car_share(priced.short, zones))
        return _row(name, _over_horizons(change), remark=remark)

    return test


def _largest_site(region: Region) -> list[int]:
    return [int(np.argmax(region.sites.head_count))] if len(region.sites) else []


def _published_pairs(trials: _Trials, base: _World, _: float, __: dict[str, RealismRow]) -> RealismRow:
    statistics = trials.region.commuters
    if statistics is None or not len(statistics):
        return _row("published_pairs", NO_STATISTICS, unit=EMPLOYEES, decimals=1)
    misses = published_misses(base.inputs.commuters, trials.region.zones, statistics)
    worst = max(misses, key=lambda name: misses[name])
    remark = worst_figure(len(misses), worst, misses[worst])
    return _row("published_pairs", {"short": misses[worst]}, unit=EMPLOYEES, decimals=1, remark=remark)


def published_misses(commuters: ODMatrix, zones: Zones, statistics: CommuterStatistics) -> dict[str, float]:
    """How far commuters lie outside of what is published of each pair of places, and of their totals.

    Parameters
    ----------
    commuters : ODMatrix
        Registered employees by home and work zone.
    zones : Zones
        Zones, with the keys of their Kreis and municipality.
    statistics : CommuterStatistics
        Published figures.

    Returns
    -------
    dict of str to float
        Employees by name of the pair or total: 0 where a figure is met within its rounding, or within what is
        suppressed.
    """
    totals = district_totals(statistics, zones)
    pairs = demand.BlockBounds(totals.group, totals.group, totals.low, totals.high, totals.block_names())
    found = {}
    for cut in (pairs, *finer_bounds(statistics, zones), *total_bounds(statistics, totals)):
        sums = cut.sums(commuters.trips)
        outside = np.maximum(np.maximum(cut.low - sums, sums - cut.high), 0.0)
        for home, work in np.argwhere((cut.low > 0.0) | np.isfinite(cut.high)).tolist():
            found[cut.name(home, work)] = float(outside[home, work])
    return found


def _gap(trials: _Trials, _: _World, __: float, ___: dict[str, RealismRow]) -> RealismRow:
    return _row("demand_supply_gap", _largest_residual(trials.worlds), decimals=1)


def _gap_under_congestion(trials: _Trials, _: _World, __: float, ___: dict[str, RealismRow]) -> RealismRow:
    world = trials.of_inputs(perturbing.narrower_roads(trials.before, SQUEEZED))
    return _row("gap_under_congestion", _largest_residual([world]), decimals=1)


def _largest_residual(worlds: Sequence[_World]) -> dict[str, float]:
    def of(horizon: str) -> float:
        residuals = [world.at(horizon).residual for world in worlds]
        return max(residuals, default=math.nan)

    return _over_horizons(of)


def _by_segment(found: Equilibrium) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Workers, drivers and passengers of public transport by home and work zone, segment by segment."""
    for segment, shares in zip(found.segments, found.shares, strict=True):
        yield segment.workers, demand.drivers(segment, shares), demand.riders(segment, shares, by="all")


def _car_km(world: _World, found: Equilibrium) -> float:
    """Kilometres of those who drive, there and back."""
    length_m = world.inputs.nets.free["length_m"]
    both_ways_m = length_m + length_m.T
    total_m = 0.0
    for _, drivers, _ in _by_segment(found):
        total_m += float(np.multiply(drivers, both_ways_m, out=np.zeros_like(drivers), where=drivers > 0).sum())
    return total_m / METRES_PER_KILOMETRE


def _car_trips(_: _World, found: Equilibrium) -> float:
    return float(sum(drivers.sum() for _, drivers, _ in _by_segment(found)))


def _transit_commuters(_: _World, found: Equilibrium) -> float:
    return float(sum(passengers.sum() for _, _, passengers in _by_segment(found)))


def _car_share(found: Equilibrium, zones: np.ndarray) -> float:
    """Share of those who work in some zones that drives; NaN of nobody."""
    workers = drivers = 0.0
    for of_pair, driving, _ in _by_segment(found):
        workers += float(of_pair[:, zones].sum())
        drivers += float(driving[:, zones].sum())
    return drivers / workers if workers > 0 else math.nan


_TESTS: Final[dict[str, _Test]] = {
    "fuel_price": _responds("fuel_price", _car_km, perturbing.dearer_fuel),
    "fare": _responds("fare", _transit_commuters, perturbing.dearer_fares),
    "headway_longer": _responds("headway_longer", _transit_commuters, perturbing.longer_headways),
    "headway_shorter": _responds("headway_shorter", _transit_commuters, perturbing.longer_headways, -1.0),
    "headway_ratio": _headway_ratio,
    "hourly_to_two_hourly": _hourly,
    "in_vehicle_time": _responds("in_vehicle_time", _transit_commuters, perturbing.slower_lines),
    "car_time": _car_time,
    "parking_largest_site": _priced("parking_largest_site", _largest_site),
    "parking_all_sites": _priced("parking_all_sites", lambda region: range(len(region.sites))),
    "published_pairs": _published_pairs,
    "demand_supply_gap": _gap,
    "gap_under_congestion": _gap_under_congestion,
}
"""The tests by name, in the order in which they are told; words of each stand in `realism_texts`."""
