"""Runs side by side: the table of indicators, and differences in words."""

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from itas_mobility.core.region import Region
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios.comparing.charging_changes import (
    changes_table,
    charging_changes,
    charging_sentence,
    is_told,
)
from itas_mobility.scenarios.comparing.input_differences import foreign_region, unlike_inputs
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.scenarios.comparing.sentences import (
    horizon_sentence,
    indicator_sentence,
    left_behind_sentences,
    place_sentences,
    reached_workers,
    seat_sentences,
    withheld_direction,
)
from itas_mobility.scenarios.comparing.shift_changes import shift_changes, shift_sentence
from itas_mobility.scenarios.indicators import INDICATORS
from itas_mobility.scenarios.indicators.benefit import BENEFIT
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.scenarios.run_result import Run

if TYPE_CHECKING:
    import pandas as pd


LONG_RUN: Final = " (long run)"
"""Ending of the columns in which workplaces have reacted."""
SAFETY: Final = 10.0
"""A second start is one draw of the noise; another may be several times as large."""
ROUNDING: Final = 1e-9
"""Share of an indicator below which a difference is rounding of sums."""
_TOLD_APART: Final = 0.1
"""Share of a change by which short and long run must differ to be told apart."""


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
        faults = unlike_inputs(self.base, self.runs)
        # the baseline's own region holds the baseline's measures
        if not faults and self.region is not None and self.region is not self.base.region:
            faults = foreign_region(self.base, self.region)
        if faults:
            raise InputError("compare: " + "; ".join(faults))

    @property
    def is_stylised(self) -> bool:
        """Whether parts of the region are made up; everything shown must then say so."""
        made = self.base.provenance
        return made.is_stylised if made is not None else self.region is not None and self.region.is_stylised

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per indicator; columns of scenarios (the baseline first), then of differences to the baseline.

        Both stand twice: with workplaces that stay under the scenario's name, and once they have reacted with
        ``(long run)`` behind it (nan where a run does not tell).
        """
        import pandas as pd

        names = [name for name in INDICATORS if name in self.base.indicators]
        table = pd.DataFrame(index=pd.Index(names, name="indicator"))
        table["unit"] = [INDICATORS[name].unit_text.de for name in names]
        for horizon in ("", LONG_RUN):
            for run in (self.base, *self.runs):
                told = run.long_run if horizon else run.indicators
                table[run.scenario.name + horizon] = [told.get(name, float("nan")) for name in names]
        for horizon in ("", LONG_RUN):
            before = table[self.base.scenario.name + horizon]
            for run in self.runs:
                change = table[run.scenario.name + horizon] - before
                table[f"{run.scenario.name} - {self.base.scenario.name}{horizon}"] = change
        return table

    def explain(self, run: Run, *, most: int = 6) -> list[Sentence]:
        """Say in words what a scenario changes most, and where.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=6
            How many sentences at the most, 1 or more.

        Returns
        -------
        list of Sentence
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
        left_behind = left_behind_sentences(self.base, run)
        told = [indicator_sentence(INDICATORS[name], *pair) for name, pair in self._strongest(run) if name != STRANDED]
        places = place_sentences(self.base, run, self.region, *self.cost_of_reach(run))
        hidden = withheld_direction(self.base, run)
        told, places = ([_without(hidden, one) for one in sentences] for sentences in (told, places))
        warned = (left_behind + seat_sentences(run, max(1, most // 2 - len(left_behind))))[:most]
        left = most - len(warned)
        n_told = min(len(told), max((left + 1) // 2, left - len(places)))
        return warned + told[:n_told] + places[: left - n_told]

    def explain_horizons(self, run: Run, *, most: int = 3) -> list[Sentence]:
        """Say in words what changes otherwise in the long run, when workplaces react, than in the short run.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=3
            How many sentences at the most, one per indicator.

        Returns
        -------
        list of Sentence
            As `explain`, without direction; indicators whose change differs most, by its size, first. Empty where no
            difference is above the noise of the solver and a tenth of the change, or a run does not tell the long run.
        """
        found = []
        for name, indicator in INDICATORS.items():
            sides = [one.get(name, math.nan) for r in (self.base, run) for one in (r.indicators, r.long_run)]
            if not indicator.better or any(map(math.isnan, sides)):
                continue
            base_short, base_long, short, long_run = sides
            changes = short - base_short, long_run - base_long
            apart, size = abs(changes[1] - changes[0]), max(map(abs, changes))
            if apart >= max(10.0**-indicator.decimals, _TOLD_APART * size) and apart > self.noise_of(run, name):
                found.append((-apart / size, name, changes))
        return [horizon_sentence(INDICATORS[name], *changes) for _, name, changes in sorted(found)[:most]]

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
        return cost[0] - cost[1], reached_workers(run) - reached_workers(self.base)

    def explain_shifts(self, run: Run, *, most: int = 12) -> list[Sentence]:
        """Say for each shift how many workers can do without a car now, from where, and which way was mended.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=12
            How many sentences at the most, one per shift and group of days.

        Returns
        -------
        list of Sentence
            As `explain`; whole tours before single ways, most workers first. Empty where no shift changes, or a run
            holds no reachability by zone.
        """
        if any("reachability" not in one.tables for one in (self.base, run)):
            return []
        return [shift_sentence(change, self.region) for change in shift_changes(self.base, run)[:most]]

    def explain_charging(self, run: Run, *, most: int = 4) -> list[Sentence]:
        """Say for each site how energy and peak of charging change, and why: cars, electric share, needs, points.

        Parameters
        ----------
        run : Run
            One of the runs.
        most : int, default=4
            How many sentences at the most, one per site.

        Returns
        -------
        list of Sentence
            As `explain`; the largest difference of energy first, those below a kilowatt hour a day not at all.
        """
        return [charging_sentence(one, self.region) for one in charging_changes(self.base, run) if is_told(one)][:most]

    def charging_causes(self, run: Run) -> "pd.DataFrame":
        """The differences of charging taken apart, without a rest.

        Parameters
        ----------
        run : Run
            One of the runs.

        Returns
        -------
        DataFrame
            A row for each site and cause (`charging_changes.CAUSES`): what it contributes to the difference of the
            energy drawn on a mean working day (``energy_kwh``) and of the charging peak (``peak_kw``).
        """
        return changes_table(charging_changes(self.base, run))

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
            # the benefit is 0 before any measure: as a share of itself it would always change most
            if (
                name == BENEFIT
                or not indicator.better
                or name not in self.base.indicators
                or name not in run.indicators
            ):
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


def _without(direction: str | None, sentence: Sentence) -> Sentence:
    """The sentence, without praise or blame where that is not to be told."""
    return {**sentence, "direction": ""} if sentence["direction"] == direction else sentence


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
