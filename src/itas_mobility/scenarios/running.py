"""Run a scenario: apply its measures, run the stages in order, gather indicators and tables."""

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from itas_mobility import demand
from itas_mobility.caching import library_versions
from itas_mobility.core.columns import BoolArray, FloatArray, content_digest
from itas_mobility.core.matrix import Skims
from itas_mobility.core.operation import OperatingFigures
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.tours import TourSegment
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.comparing.comparison import format_number
from itas_mobility.scenarios.results import tables
from itas_mobility.scenarios.run_result import Run, provenance_of
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages import consequences
from itas_mobility.scenarios.stages.charging_sites import SiteCharging, beyond_batteries, charge_sites
from itas_mobility.scenarios.stages.commuter_cars import CommuterEmissions, commuter_emissions
from itas_mobility.scenarios.stages.line_supply import TourSkims, operating_figures, unheard_jams
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, Inputs, balanced, prepare, second_start
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.scenarios.stages.used_paths import drive
from itas_mobility.units import KILOGRAMS_PER_TONNE, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

BASELINE = Scenario("baseline", {"de": "Bestand (Nullfall)", "en": "Baseline"})
"""The scenario without measures."""


Note: TypeAlias = dict[str, str]
"""What a result leaves out or assumes, in a sentence by language."""
WITHOUT_MODE: Final = "without a mode"


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
    store = store or StageStore()
    watch = _Watch()
    with watch.stage("measures"):
        applied, losses = _applied(scenario, region)
    with watch.stage("supply and demand"):
        before = prepare(region, region, demand.day_slices(), store)
        inputs = before if applied is region else prepare(region, applied, demand.day_slices(), store)
    with watch.stage("equilibrium"):
        equilibrium = balanced(before, inputs, settings, store)
    indicators, found, notes = _results(applied, inputs, equilibrium, store, watch)
    for note in notes:
        warnings.warn(note["en"], DataWarning, stacklevel=2)
    return Run(
        scenario, run_digest(region, scenario, settings), indicators, found, region=applied, seconds=watch.seconds,
        provenance=provenance_of(region, settings), notes=(*losses, *notes, *_rough_end(equilibrium)),
    )  # fmt: skip


def _applied(scenario: Scenario, region: Region) -> tuple[Region, list[Note]]:
    """The changed region, and what measures could not keep, such as lines on closed roads."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        applied = scenario.apply(region)
    for one in caught:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    told = [str(one.message) for one in caught if issubclass(one.category, DataWarning)]
    return applied, [{"de": text, "en": text} for text in told]


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
    store = store or StageStore()
    inputs = prepare(region, region, demand.day_slices(), store)
    one, other = (
        _results(region, inputs, equilibrium, store, _Watch())[0]
        for equilibrium in (balanced(inputs, inputs, settings, store), second_start(inputs, settings, store))
    )
    apart = {name: abs(other[name] - value) for name, value in one.items()}
    return {name: size for name, size in apart.items() if not math.isnan(size)}


def _results(
    region: Region, inputs: Inputs, equilibrium: Equilibrium, store: StageStore, watch: _Watch
) -> "tuple[dict[str, float], dict[str, pd.DataFrame], list[Note]]":
    """What follows from an equilibrium: indicators, tables, and what they leave out."""
    slices, segments, transit, roads = demand.day_slices(), inputs.segments, inputs.transit, inputs.nets.roads
    with watch.stage("used paths"):
        driven = drive(roads, equilibrium.car, equilibrium.results, region.parameters, store)
        paths = [one.skims for one in driven]
    with watch.stage("lines"):
        loads = consequences.load_transit(region, inputs, equilibrium.shares, slices, store)
        reach = consequences.reach_shifts(region, inputs, store)
        operation = operating_figures(region, store)
    with watch.stage("e-mobility"):
        charging = charge_sites(region, segments, equilibrium.shares, paths)
        cars = commuter_emissions(region, segments, equilibrium.shares, paths)
    with watch.stage("results"):
        results = [one.result for one in driven]
        found = {
            "links": tables.link_table(roads, results, slices),
            "slices": tables.slice_table(roads, results, equilibrium.car, segments, slices),
            "zones": tables.zone_table(
                region, segments, equilibrium.shares,
                tables.mean_car_time(segments, equilibrium.skims), transit, reach,
            ),
            "sites": tables.site_table(region, segments, equilibrium.shares, reach, charging),
            "shifts": reach.to_dataframe(),
            "reachability": reach.by_zone(),
            "charging": tables.charging_table(region, charging),
            "lines": tables.line_table(region, loads, operation),
        }  # fmt: skip
        found["accounts"] = tables.account_table(
            _by_mode(segments, equilibrium.shares), segments, roads, equilibrium.car, driven, charging,
            region.parameters.value("charging_efficiency"), operation, found["lines"],
        )  # fmt: skip
        indicators = _indicators(transit, segments, equilibrium, cars, reach, operation, charging, found)
    return indicators, found, _notes(region, inputs, equilibrium, charging)


def _notes(region: Region, inputs: Inputs, equilibrium: Equilibrium, charging: Sequence[SiteCharging]) -> list[Note]:
    """What a run leaves out: commuters without a mode, trips without a way, jams that slow no bus, uncharged need."""
    notes = (
        _without_a_mode(region, inputs.segments, equilibrium.shares),
        _trips_without_way(region, equilibrium),
        unheard_jams(region, inputs.nets.roads, equilibrium.results, demand.day_slices()),
        beyond_batteries(charging, region.parameters.value("battery_kwh")),
    )
    return [note for note in notes if note is not None]


def _without_a_mode(region: Region, segments: Sequence[TourSegment], shares: Sequence[FloatArray]) -> Note | None:
    """Commuters of a day whom nothing takes to work, and where most of them live."""
    persons = _stranded(segments, shares)
    if not persons.any():
        return None
    most = ", ".join(
        str(region.zones.name[row]) for row in np.argsort(-np.round(persons, 6), kind="stable")[:3] if persons[row] > 0
    )
    number = {language: format_number(float(persons.sum()), 0, language) for language in ("de", "en")}
    return {
        "de": f"{number['de']} Pendler haben kein Verkehrsmittel zur Arbeit (die meisten aus {most}); sie fehlen in "
        "Fahrleistung, Reisezeit und CO₂.",
        "en": f"{number['en']} commuters have no mode that takes them to work (most from {most}): they are counted as "
        "commuters without a mode, and missing in kilometres, times and emissions",
    }


def _rough_end(equilibrium: Equilibrium) -> list[Note]:
    """That the equilibrium was not reached; the solver has warned of it."""
    if equilibrium.feedback.converged:
        return []
    residual = f"{equilibrium.residual:.0e}"
    return [
        {
            "de": "Verkehrsmittelwahl und Umlegung sind nicht ausgeglichen: Ein weiterer Durchlauf würde noch "
            f"{residual} aller Pkw-Fahrten ändern.",
            "en": f"mode choice and assignment have not settled: one more round would still move {residual} of all "
            "car trips",
        }
    ]


def _trips_without_way(region: Region, equilibrium: Equilibrium) -> Note | None:
    """Car trips of a day that no road leads to, in one sentence for all slices."""
    lost = [result.unassigned for result in equilibrium.results if result.unassigned is not None]
    trips = sum(one.total for one in lost)
    if trips == 0.0:
        return None
    pairs = np.unique(np.concatenate([np.stack([one.origin, one.destination]) for one in lost], axis=1), axis=1)
    at_zone = np.zeros(len(region.zones))
    for one in lost:
        np.add.at(at_zone, one.origin, one.trips)
        np.add.at(at_zone, one.destination, one.trips)
    first = np.argsort(-np.round(at_zone, 6), kind="stable")[:3]
    most = ", ".join(str(region.zones.name[row]) for row in first if at_zone[row] > 0)
    number = {language: format_number(trips, 0, language) for language in ("de", "en")}
    return {
        "de": f"{number['de']} Pkw-Fahrten am Tag zwischen {pairs.shape[1]} Paaren von Verkehrszellen haben keinen Weg "
        f"auf der Straße (die meisten von und nach {most}); sie fehlen in Fahrleistung und Fahrzeit.",
        "en": f"{number['en']} car trips a day between {pairs.shape[1]} pairs of zones have no way on the roads (most "
        f"from and to {most}): they are missing in kilometres and hours",
    }


def _indicators(
    transit: Sequence[TourSkims],
    segments: Sequence[TourSegment],
    equilibrium: Equilibrium,
    cars: CommuterEmissions,
    reach: ShiftReachability,
    operation: OperatingFigures,
    charging: Sequence[SiteCharging],
    found: "dict[str, pd.DataFrame]",
) -> dict[str, float]:
    shares = equilibrium.shares
    by_mode = _by_mode(segments, shares)
    commuters = float(sum(s.workers.sum() for s in segments))
    workers = reach.workers * reach.day_share[:, None]
    per_slice, per_site = found["slices"], found["sites"]
    site_power = sum((one.curve.power_kw for one in charging), np.zeros(1))

    def of_shift_workers(can: BoolArray) -> float:
        return 100.0 * _share(float((workers * can).sum()), float(workers.sum()))

    return {
        "reachable_share": of_shift_workers(reach.is_out & reach.is_back),
        "arrive_share": of_shift_workers(reach.is_out),
        "return_share": of_shift_workers(reach.is_back),
        **{f"{mode}_share": 100.0 * _share(by_mode[mode], commuters) for mode in demand.MODES},
        "commuters": commuters,
        "commuters_without_mode": by_mode[WITHOUT_MODE],
        "veh_km_per_day": float(per_slice["veh_km"].sum()),
        "veh_h_per_day": float(per_slice["veh_h"].sum()),
        "delay_veh_h_per_day": float(per_slice["delay_veh_h"].sum()),
        "mean_car_time_min": _mean_car_time(segments, shares, equilibrium.skims),
        "mean_transit_time_min": _mean_transit_time(segments, shares, transit),
        "transit_boardings": float(found["lines"]["boardings"].sum()),
        "transit_vehicle_km_per_day": operation.total_km,
        "transit_vehicles": float(operation.total_vehicles),
        "operating_cost_eur_per_day": operation.total_cost_eur,
        "electric_cars": float(per_site["electric_cars"].sum()),
        "charging_energy_kwh": float(per_site["energy_kwh"].sum()),
        "charging_peak_kw": float(site_power.max()),
        "sites_over_grid_limit": float(sum(one.curve.over_limit_h > 0 for one in charging)),
        "unserved_kwh": float(per_site["unserved_kwh"].sum()),
        "commuter_car_km_per_day": cars.car_km,
        "co2_ttw_t_per_day": cars.emissions.total_tank_to_wheel_kg / KILOGRAMS_PER_TONNE,
        "co2_wtw_t_per_day": cars.emissions.total_well_to_wheel_kg / KILOGRAMS_PER_TONNE,
        "relative_gap": float(per_slice["relative_gap"].max()),
        "feedback_residual": equilibrium.residual,
    }


def _share(part: float, whole: float) -> float:
    """NaN where there is nobody."""
    return part / whole if whole > 0 else float("nan")


def _by_mode(segments: Sequence[TourSegment], shares: Sequence[FloatArray]) -> dict[str, float]:
    """Commuters by mode, and those without any."""
    persons = {
        mode: float(sum((s.workers * share[m]).sum() for s, share in zip(segments, shares, strict=True)))
        for m, mode in enumerate(demand.MODES)
    }
    return {**persons, WITHOUT_MODE: float(_stranded(segments, shares).sum())}


def _stranded(segments: Sequence[TourSegment], shares: Sequence[FloatArray]) -> FloatArray:
    """Commuters of pairs between which no mode goes, by home zone."""
    persons = np.zeros(len(segments[0].workers))
    for segment, share in zip(segments, shares, strict=True):
        persons = persons + (segment.workers * (share.sum(axis=0) == 0)).sum(axis=1)
    return persons


def _mean_car_time(segments: Sequence[TourSegment], shares: Sequence[FloatArray], skims: Sequence[Skims]) -> float:
    """Mean time of a way by car in minutes, there and back, weighted by drivers; NaN where nobody drives."""
    seconds = persons = 0.0
    for segment, share in zip(segments, shares, strict=True):
        drivers = segment.workers * share[0]
        of_pair = demand.there_and_back(skims, "time_s", segment)
        seconds += float(np.multiply(drivers, of_pair, out=np.zeros_like(drivers), where=drivers > 0).sum())
        persons += 2.0 * float(drivers.sum())
    return _share(seconds, persons) / SECONDS_PER_MINUTE


def _mean_transit_time(
    segments: Sequence[TourSegment], shares: Sequence[FloatArray], transit: Sequence[TourSkims]
) -> float:
    """Mean time of a way by public transport in minutes, there and back, weighted by passengers; NaN without any."""
    seconds = persons = 0.0
    for segment, share, (out, back) in zip(segments, shares, transit, strict=True):
        passengers = segment.workers * share[1]
        used = passengers > 0
        for time_s in (out["time_s"], back["time_s"].T):
            seconds += float((passengers[used] * time_s[used]).sum())
            persons += float(passengers[used].sum())
    return _share(seconds, persons) / SECONDS_PER_MINUTE
