"""Many scenarios: with progress, resumed where results are already there."""

from collections.abc import Sequence
from pathlib import Path

from itas_mobility.core.region import Region
from itas_mobility.errors import InputError
from itas_mobility.scenarios.reuse import StageStore
from itas_mobility.scenarios.run_result import Run, read_run, write_run
from itas_mobility.scenarios.running import run, run_digest
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings


def run_all(
    region: Region,
    scenarios: Sequence[Scenario],
    *,
    out: str | Path | None = None,
    settings: RunSettings | None = None,
    progress: bool = True,
) -> tuple[Run, ...]:
    """Run several scenarios one after the other, reusing what they have in common.

    Parameters
    ----------
    region : Region
        The region before any measure.
    scenarios : sequence of Scenario
        Scenarios with different names.
    out : path, optional
        Folder of results, one folder per scenario. A run already there with the same digest is read, not repeated.
    settings : RunSettings, optional
        How exactly to compute.
    progress : bool, default=True
        Show a progress bar on stderr.

    Returns
    -------
    tuple of Run
        In the order given.

    Raises
    ------
    InputError
        If two scenarios have the same name.
    ScenarioError
        If a measure of any scenario finds nothing to change; nothing has been run then.
    """
    from tqdm.auto import tqdm

    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"scenarios: {', '.join(twice)} stands more than once")
    settings = settings or RunSettings()
    for scenario in scenarios:  # a measure that finds nothing to change is told before anything long begins
        scenario.apply(region)
    store = StageStore()
    runs = []
    bar = tqdm(scenarios, desc="Szenarien", unit="Szenario", disable=not progress)
    for scenario in bar:
        bar.set_postfix_str(scenario.name)
        folder = Path(out) / scenario.name if out is not None else None
        done = _finished(folder, run_digest(region, scenario, settings)) if folder else None
        result = done or run(region, scenario, settings=settings, store=store)
        if folder is not None and done is None:
            write_run(result, folder)
        runs.append(result)
    return tuple(runs)


def _finished(folder: Path, digest: str) -> Run | None:
    """The run in the folder if it is whole and has this digest."""
    if not (folder / "run.json").is_file():
        return None
    found = read_run(folder)
    return found if found.digest == digest else None
