"""Whether runs belong together: what they were made from and by, and where that differs."""

from itas_mobility.core.columns import content_digest
from itas_mobility.core.region import Region
from itas_mobility.scenarios.run_result import RUN_FILE, Run, RunProvenance


def unlike_inputs(base: Run, runs: tuple[Run, ...]) -> list[str]:
    """Why runs cannot stand beside each other.

    Parameters
    ----------
    base : Run
        The baseline.
    runs : tuple of Run
        The others.

    Returns
    -------
    list of str
        In words; empty where they belong together.
    """
    faults = [
        f"{run.folder / RUN_FILE} does not say of which region, settings and library it is; run the scenario again"
        for run in (base, *runs)
        if run.provenance is None and run.folder is not None
    ]
    if faults:
        return faults
    for run in runs:
        one, other = base.provenance, run.provenance
        if one is None and other is None:
            continue
        if one is None or other is None:
            known, unknown = (base, run) if other is None else (run, base)
            faults.append(
                f"run {unknown.scenario.name} does not say of which region, settings and library it is, "
                f"as {known.scenario.name} does; run the scenario again"
            )
        elif differences := _differences(one, other):
            faults.append(f"runs {base.scenario.name} and {run.scenario.name} differ in {', '.join(differences)}")
    return faults


def _differences(one: RunProvenance, other: RunProvenance) -> list[str]:
    """What two runs were made from or by that differs, in words."""
    found = []
    if one.region_digest != other.region_digest:
        found.append(f"region ({_region_words(one)}, {_region_words(other)})")
    if one.settings != other.settings:
        found.append(f"settings ({one.settings}, {other.settings})")
    for name in sorted({*one.library, *other.library}):
        before, after = one.library.get(name), other.library.get(name)
        if before != after:
            found.append(f"{'sources of the library' if name == 'sources' else name} ({before}, {after})")
    return found


def _region_words(made: RunProvenance) -> str:
    return f"{made.region_name!r} {made.region_digest[:12]}"


def foreign_region(base: Run, region: Region) -> list[str]:
    """Why a region is not that of a run.

    Parameters
    ----------
    base : Run
        The run.
    region : Region
        The region before any measure.

    Returns
    -------
    list of str
        In words; empty where it is, or where the run does not say.
    """
    if base.provenance is None or base.provenance.is_region(region):
        return []
    theirs, given = _region_words(base.provenance), f"{region.name!r} {content_digest(region)[:12]}"
    advice = "give the one that they were run on, before any measure (on the command line: --region)"
    return [f"the runs are of region {theirs}, the region given is {given}; {advice}"]
