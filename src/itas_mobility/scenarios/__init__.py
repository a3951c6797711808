"""Scenarios as data: measures, runs, comparison."""

from itas_mobility.scenarios.batch import run_all
from itas_mobility.scenarios.believing.realism import realism
from itas_mobility.scenarios.believing.realism_rows import Realism, RealismRow
from itas_mobility.scenarios.comparing.comparison import Comparison, compare
from itas_mobility.scenarios.files import json_schema, load
from itas_mobility.scenarios.indicators import INDICATORS, Indicator
from itas_mobility.scenarios.measures import MEASURES, Measure
from itas_mobility.scenarios.parameters import default_parameters, read_parameters
from itas_mobility.scenarios.run_result import Run, RunProvenance, read_run, write_run
from itas_mobility.scenarios.running import BASELINE, outcome_of, run, run_digest, solver_noise
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.site_options import ChargingOptions, charging_options
from itas_mobility.scenarios.stages.store import StageStore

__all__ = [
    "BASELINE",
    "INDICATORS",
    "MEASURES",
    "ChargingOptions",
    "Comparison",
    "Indicator",
    "Measure",
    "Realism",
    "RealismRow",
    "Run",
    "RunProvenance",
    "RunSettings",
    "Scenario",
    "StageStore",
    "charging_options",
    "compare",
    "default_parameters",
    "json_schema",
    "load",
    "outcome_of",
    "read_parameters",
    "read_run",
    "realism",
    "run",
    "run_all",
    "run_digest",
    "solver_noise",
    "write_run",
]


def __dir__() -> list[str]:
    return sorted(__all__)
