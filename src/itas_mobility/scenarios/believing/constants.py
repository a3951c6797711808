"""Constants of the modes with which a region's commuters choose the shares that are known of them."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from itas_mobility import demand
from itas_mobility.core.region import Region
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, balance, prepare
from itas_mobility.scenarios.stages.store import StageStore


def fit_constants(
    region: Region,
    target_shares: Mapping[str, float],
    *,
    settings: RunSettings | None = None,
    store: StageStore | None = None,
    tolerance: float = 1e-4,
    max_rounds: int = 60,
) -> dict[str, float]:
    """Find the constants with which the modes have wanted shares of all commuters, in equilibrium.

    Parameters
    ----------
    region : Region
        With the parameters to start from.
    target_shares : mapping of str to float
        Wanted share of each mode that is fitted, positive; modes left out keep their constant. All commuters who do
        not choose one of them are among the others.
    settings : RunSettings, optional
        How exactly equilibria are computed.
    store : StageStore, optional
        Reused stages.
    tolerance : float, default=1e-4
        Largest distance of a share from its target.
    max_rounds : int, default=60
        Limit of equilibria.

    Returns
    -------
    dict of str to float
        Name of the constant (``asc_...``) and its value; the first mode's stays as it is.

    Raises
    ------
    ScenarioError
        For a mode that is not known, a target that is no share, or targets that are not reached.

    Notes
    -----
    Each round moves every constant by ln(target / share) over the scale of choice (Train 2009, section 2.8), here with
    the feedback of the roads inside the round.
    """
    settings, store = settings or RunSettings(), StageStore() if store is None else store
    constants = {mode: _constant_of(mode) for mode in target_shares}
    if bad := [mode for mode, share in target_shares.items() if not 0.0 < share < 1.0]:
        raise ScenarioError(f"target_shares: {bad[0]}: {target_shares[bad[0]]} must lie between 0 and 1")
    reference = next(iter(constants.values()))
    scale = region.parameters.value("choice_scale")
    start = None
    for _ in range(max_rounds):
        inputs = prepare(region, region, demand.day_slices(), store)
        start = balance(inputs, settings, start=start)
        reached = _shares(start, target_shares)
        misses = {mode: target_shares[mode] - share for mode, share in reached.items()}
        if max(abs(miss) for miss in misses.values()) <= tolerance:
            return {name: region.parameters.value(name) for name in constants.values()}
        if nobody := [mode for mode, share in reached.items() if share == 0.0]:
            raise ScenarioError(f"target_shares: {nobody[0]}: nobody can choose it, so no share can be met")
        steps = {constants[mode]: np.log(target_shares[mode] / share) / scale for mode, share in reached.items()}
        parameters = region.parameters
        for name, step in steps.items():
            parameters = parameters.with_value(
                name, parameters.value(name) + step - steps[reference], source="fit to known shares"
            )
        region = replace(region, parameters=parameters)
    worst = max(misses, key=lambda mode: abs(misses[mode]))
    raise ScenarioError(
        f"target_shares: {worst}: share {reached[worst]:.4f} after {max_rounds} rounds, not {target_shares[worst]:g}"
    )


def _shares(found: Equilibrium, modes: Collection[str]) -> dict[str, float]:
    """Shares of some modes among all commuters."""
    persons = sum(float(segment.workers.sum()) for segment in found.segments)
    pairs = list(zip(found.segments, found.shares, strict=True))
    return {mode: sum(float((one.workers * shares[mode]).sum()) for one, shares in pairs) / persons for mode in modes}


def _constant_of(mode: str) -> str:
    """Parameter that is the constant of a mode."""
    if mode not in demand.MODES:
        raise ScenarioError(f"target_shares: {mode!r} is no mode; modes are {', '.join(demand.MODES)}")
    return next(name for name in demand.MODES[mode].parameters if name.startswith("asc_"))
