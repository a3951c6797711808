"""Run a scenario: apply its measures, run the stages in order, gather indicators and tables."""

import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.caching import library_versions
from itas_mobility.core.columns import content_digest
from itas_mobility.core.region import Region
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.indicators import INDICATORS
from itas_mobility.scenarios.results.notes import conditions_of, notes_of, remarks_of, rough_end
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.scenarios.results.tables import HORIZONS, TABLES
from itas_mobility.scenarios.run_result import Run, provenance_of
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages import consequences
from itas_mobility.scenarios.stages.charging_sites import RegionCharging, charge_sites, check_strategies
from itas_mobility.scenarios.stages.commuter_cars import CommuterEmissions, commuter_emissions
from itas_mobility.scenarios.stages.line_supply import operating_figures
from itas_mobility.scenarios.stages.mode_equilibrium import (
    Equilibrium,
    Inputs,
    balanced,
    balanced_long,
    prepare,
    second_start,
)
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.scenarios.stages.used_paths import Driven, drive
from itas_mobility.scenarios.stages.workplaces import with_new_sites
from itas_mobility.words import Text

if TYPE_CHECKING:
    import pandas as pd

BASELINE = Scenario("baseline", {"de": "Bestand (Nullfall)", "en": "Baseline"})
"""The scenario without measures."""


class _Watch:
    """Wall time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def run_digest(region: Region, scenario: Scenario, settings: RunSettings) -> str:
    """SHA-256 over all that determines a run: region, resolved measures, settings, library (sources and versions)."""
    measures = [measure.model_dump_json() for measure in scenario.measures]
    return content_digest(library_versions(), region, scenario.name, measures, settings)


def run(
    region: Region,
    scenario: Scenario = BASELINE,
    *,
    settings: RunSettings | None = None,
    store: StageStore | None = None,
) -> Run:
    """Run one scenario.

    Parameters
    ----------
    region : Region
        The region before any measure; it stays as it is.
    scenario : Scenario, default=BASELINE
        What to change.
    settings : RunSettings, optional
        How exactly to compute.
    store : StageStore, optional
        Stages computed by earlier runs in this process; pass the same store to several runs to reuse what a scenario
        leaves untouched. Results do not depend on it.

    Returns
    -------
    Run
        Indicators and tables.

    Raises
    ------
    ScenarioError
        If a measure finds nothing to change.
    InputError
        If cars are to charge at a site by a strategy that does not exist.

    Warns
    -----
    DataWarning
        If commuters have no mode to get to work; if jams slow cars but, as run times are data, no buses; if what cars
        need to charge is beyond their batteries.

    Examples
    --------
    >>> from itas_mobility import regions, scenarios
    >>> region = regions.zwickau()
    >>> base = scenarios.run(region)  # doctest: +SKIP
    """
    settings = settings or RunSettings()
    store = StageStore() if store is None else store
    watch = _Watch()
    with watch.stage("measures"):
        applied, losses = _applied(scenario, region)
        check_strategies(applied.sites)
    with watch.stage("supply and demand"):
        start = with_new_sites(region, applied)
        before = prepare(start, start, demand.day_slices(), store)
        inputs = before if applied is region else prepare(start, applied, demand.day_slices(), store)
    with watch.stage("equilibrium"):
        equilibrium = balanced(before, inputs, settings, store)
        baseline = balanced(before, before, settings, store)
    outcome = _followed(applied, inputs, equilibrium, store, watch, before=(before, baseline))
    if equilibrium is not baseline:
        outcome = _with_long_run(outcome, settings, store, watch)
    with watch.stage("results"):
        tables = {name: table.made_of(outcome) for name, table in TABLES.items() if table.rows is not None}
        indicators = _read_off(outcome)
        long_run = indicators if outcome.long_run is None else _read_off(outcome.long_run)
        tables[HORIZONS] = _horizons(indicators, long_run)
        notes = notes_of(outcome)
    for note in notes:
        warnings.warn(note.en, DataWarning, stacklevel=2)
    return Run(
        scenario, run_digest(region, scenario, settings), indicators, tables, region=applied, seconds=watch.seconds,
        long_run=long_run, provenance=provenance_of(region, settings),
        notes=(*losses, *notes, *conditions_of(outcome), *remarks_of(outcome), *rough_end(outcome)),
    )  # fmt: skip


def outcome_of(
    region: Region,
    scenario: Scenario = BASELINE,
    *,
    settings: RunSettings | None = None,
    store: StageStore | None = None,
) -> Outcome:
    """All that a run of a scenario finds, before indicators and tables are read off it.

    Parameters
    ----------
    region : Region
        The region before any measure.
    scenario : Scenario, default=BASELINE
        What to change.
    settings : RunSettings, optional
        How exactly to compute.
    store : StageStore, optional
        Stages computed by earlier runs in this process: after a run of the scenario, little is left to compute.

    Returns
    -------
    Outcome
        What tables, indicators and `charging_options` look at.

    Raises
    ------
    ScenarioError, InputError
        As `run`.
    """
    settings = settings or RunSettings()
    store = StageStore() if store is None else store
    applied, _ = _applied(scenario, region)
    check_strategies(applied.sites)
    start = with_new_sites(region, applied)
    before = prepare(start, start, demand.day_slices(), store)
    inputs = before if applied is region else prepare(start, applied, demand.day_slices(), store)
    equilibrium, baseline = (balanced(before, one, settings, store) for one in (inputs, before))
    return _followed(applied, inputs, equilibrium, store, _Watch(), before=(before, baseline))


def _applied(scenario: Scenario, region: Region) -> tuple[Region, list[Text]]:
    """The changed region, and what measures could not keep, such as lines on closed roads."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        applied = scenario.apply(region)
    for one in caught:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    told = [str(one.message) for one in caught if issubclass(one.category, DataWarning)]
    return applied, [Text(text, text) for text in told]


def solver_noise(
    region: Region, *, settings: RunSettings | None = None, store: StageStore | None = None
) -> dict[str, float]:
    """How far the indicators of the baseline move when its equilibrium is found from a second start.

    Differences between scenarios of that size are noise and not the effect of a measure, whatever the relative gap
    promises: a delay is a small difference of large times.

    Parameters
    ----------
    region : Region
        The region before any measure.
    settings : RunSettings, optional
        How exactly to compute.
    store : StageStore, optional
        Stages computed by earlier runs in this process.

    Returns
    -------
    dict of str to float
        Absolute difference by indicator, in its unit; those that have no value are left out.
    """
    settings = settings or RunSettings()
    store = StageStore() if store is None else store
    inputs = prepare(region, region, demand.day_slices(), store)
    baseline = balanced(inputs, inputs, settings, store)
    one, other = (
        _read_off(_followed(region, inputs, equilibrium, store, _Watch(), before=(inputs, baseline)))
        for equilibrium in (baseline, second_start(inputs, settings, store))
    )
    apart = {name: abs(other[name] - value) for name, value in one.items()}
    return {name: size for name, size in apart.items() if not math.isnan(size)}


def _followed(
    region: Region,
    inputs: Inputs,
    equilibrium: Equilibrium,
    store: StageStore,
    watch: _Watch,
    *,
    before: tuple[Inputs, Equilibrium],
) -> Outcome:
    """All that follows from an equilibrium in which workplaces stay."""
    driven = _driven(region, inputs, equilibrium, store, watch)
    with watch.stage("lines"):
        slices = demand.day_slices()
        loads = consequences.load_transit(region, inputs, equilibrium.segments, equilibrium.shares, slices, store)
        reach = consequences.reach_shifts(region, inputs)
        operation = operating_figures(region, store)
    with watch.stage("e-mobility"):
        charging, cars = _charged(region, equilibrium, driven)
    return Outcome(
        region, slices, inputs, equilibrium, driven, loads, reach, operation, charging, cars,
        before=before[0], baseline=before[1], short=equilibrium,
    )  # fmt: skip


def _with_long_run(outcome: Outcome, settings: RunSettings, store: StageStore, watch: _Watch) -> Outcome:
    """An outcome with what follows once workplaces have reacted; what does not hang on who works where is kept."""
    region, inputs, short = outcome.region, outcome.inputs, outcome.equilibrium
    with watch.stage("long run"):
        scale = region.parameters.value("destination_scale")
        found = balanced_long(outcome.before, inputs, settings, store, scale=scale)
        persons, before = (np.asarray(sum(one.workers for one in them.segments)) for them in (found, short))
        ratio = np.divide(persons, before, out=np.ones_like(before), where=before > 0)
        commuters = replace(inputs.commuters, trips=inputs.commuters.trips * ratio)
        moved = replace(inputs, commuters=commuters, segments=found.segments)
        driven = _driven(region, moved, found, store, _Watch())
        charging, cars = _charged(region, found, driven)
        rows = region.sites.zone[[region.sites.row(str(site_id)) for site_id in outcome.reach.site_id]]
        long_run = replace(
            outcome,
            inputs=moved,
            equilibrium=found,
            driven=driven,
            reach=replace(outcome.reach, workers=outcome.reach.workers * ratio.T[rows]),
            charging=charging,
            commuter_cars=cars,
        )
    return replace(outcome, long_run=long_run)


def _driven(
    region: Region, inputs: Inputs, equilibrium: Equilibrium, store: StageStore, watch: _Watch
) -> tuple[Driven, ...]:
    with watch.stage("used paths"):
        traction = emobility.traction_from(region.parameters)
        combustion = emobility.combustion_from(region.parameters)
        return drive(inputs.nets.roads, equilibrium.car, equilibrium.results, traction, combustion, store)


def _charged(
    region: Region, equilibrium: Equilibrium, driven: Sequence[Driven]
) -> tuple[RegionCharging, CommuterEmissions]:
    segments, shares, paths = equilibrium.segments, equilibrium.shares, [one.skims for one in driven]
    charging = charge_sites(region, segments, shares, paths)
    return charging, commuter_emissions(region, segments, shares, paths, charging.everywhere)


def _read_off(outcome: Outcome) -> dict[str, float]:
    return {name: indicator.value(outcome) for name, indicator in INDICATORS.items()}


def _horizons(short: Mapping[str, float], long_run: Mapping[str, float]) -> "pd.DataFrame":
    """The table of indicators, workplaces staying and reacting."""
    import pandas as pd

    units = [INDICATORS[name].unit for name in short]
    return pd.DataFrame(
        {"indicator": list(short), "unit": units, "short": [*short.values()], "long": [*long_run.values()]}
    )
