"""Many scenarios: with progress, resumed where results are already there."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from itas_mobility.core.region import Region
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios.run_result import RUN_FILE, Run, read_content, run_of, write_run
from itas_mobility.scenarios.running import run, run_digest, solver_noise
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages.store import StageStore


def run_all(
    region: Region,
    scenarios: Sequence[Scenario],
    *,
    out: str | Path | None = None,
    settings: RunSettings | None = None,
    progress: bool = True,
) -> tuple[Run, ...]:
    """Run several scenarios one after the other, reusing what they have in common.

    Of several, the noise of the solver is measured once, on the baseline (`solver_noise`), and given to all runs.

    Parameters
    ----------
    region : Region
        The region before any measure.
    scenarios : sequence of Scenario
        Scenarios with different names.
    out : path, optional
        Folder of results, one folder per scenario. A run already there with the same digest is read, not repeated; one
        of which a file is missing or not as it was written is run again, and a `DataWarning` names the file.
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what measures could not keep is told by the run
        for scenario in scenarios:  # a measure that finds nothing to change is told before anything long begins
            scenario.apply(region)
    store = StageStore()
    noise: dict[str, float] | None = None
    runs = []
    bar = tqdm(scenarios, desc="Szenarien", unit="Szenario", disable=not progress)
    for scenario in bar:
        bar.set_postfix_str(scenario.name)
        folder = Path(out) / scenario.name if out is not None else None
        done = _finished(folder, run_digest(region, scenario, settings)) if folder else None
        # titles and parents change no figure and are not in the digest, but reports show them
        result = replace(done, scenario=scenario) if done else run(region, scenario, settings=settings, store=store)
        if len(scenarios) > 1:
            noise = noise or dict(result.noise) or solver_noise(region, settings=settings, store=store)
            result = replace(result, noise=result.noise or noise)
        if folder is not None and (done is None or done.to_mapping() != result.to_mapping()):
            write_run(result, folder)
        runs.append(result)
    return tuple(runs)


def _finished(folder: Path, digest: str) -> Run | None:
    """The run in the folder if it is whole and has this digest."""
    if not (folder / RUN_FILE).is_file():
        return None
    try:
        content = read_content(folder)
        return run_of(content, folder) if content.get("digest") == digest else None
    except InputError as fault:
        warnings.warn(f"{fault}; the scenario is run again", DataWarning, stacklevel=3)
        return None
