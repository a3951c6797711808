"""What realism tests change: pure functions that give a region, or what decides its equilibrium, changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import BoolArray
from itas_mobility.core.region import Region
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.scenarios.stages.mode_equilibrium import Inputs
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_FUEL_COST: Final = "car_fuel_cost_eur_per_km"
_SOURCE: Final = "realism test"


def dearer_fuel(region: Region, factor: float) -> Region:
    """Multiply what fuel costs per kilometre.

    Parameters
    ----------
    region : Region
        Stays as it is.
    factor : float
        1.1 for 10 per cent more.

    Returns
    -------
    Region
        With another price.
    """
    return _with_parameter(region, _FUEL_COST, factor)


def dearer_fares(region: Region, factor: float) -> Region:
    """Multiply all fares of public transport, those of job tickets included.

    Parameters
    ----------
    region : Region
        Stays as it is.
    factor : float
        1.1 for 10 per cent more.

    Returns
    -------
    Region
        With other fares.
    """
    tickets = region.site_fare_eur
    dearer = _with_parameter(region, "pt_fare_eur", factor)
    return dearer if tickets is None else replace(dearer, site_fare_eur=tickets * factor)


def longer_headways(region: Region, factor: float) -> Region:
    """Multiply the headways of all lines in all bands of the day.

    Parameters
    ----------
    region : Region
        Stays as it is.
    factor : float
        1.1 for 10 per cent longer; where nothing runs, nothing does.

    Returns
    -------
    Region
        With other headways.
    """
    return replace(region, transit=replace(region.transit, headway_s=region.transit.headway_s * factor))


def slower_lines(region: Region, factor: float) -> Region:
    """Multiply the run times of all lines, dwell included.

    Parameters
    ----------
    region : Region
        Stays as it is.
    factor : float
        1.1 for 10 per cent longer.

    Returns
    -------
    Region
        With other run times.
    """
    return replace(region, transit=replace(region.transit, run_time_s=region.transit.run_time_s * factor))


def hourly_patterns(lines: TransitNetwork) -> BoolArray:
    """Patterns of lines that run hourly, to the minute, whenever they run.

    Parameters
    ----------
    lines : TransitNetwork
        Lines with headways.

    Returns
    -------
    bool ndarray of shape (n_patterns,)
        A line counts with all its patterns or with none.
    """
    runs = np.isfinite(lines.headway_s)
    is_hourly = np.abs(np.where(runs, lines.headway_s, SECONDS_PER_HOUR) - SECONDS_PER_HOUR) < SECONDS_PER_MINUTE
    of_pattern = (is_hourly.all(axis=1) & runs.any(axis=1)) | ~runs.any(axis=1)
    _, line = np.unique(np.char.add(lines.line, np.char.mod("|%d", lines.mode)), return_inverse=True)
    n_lines = int(line.max(initial=-1)) + 1
    of_line = (np.bincount(line, ~of_pattern, n_lines) == 0) & (np.bincount(line, runs.any(axis=1), n_lines) > 0)
    return np.asarray(of_line[line])


def halved_service(region: Region, patterns: BoolArray) -> Region:
    """Let patterns run half as often.

    Parameters
    ----------
    region : Region
        Stays as it is.
    patterns : bool ndarray of shape (n_patterns,)
        Which of them.

    Returns
    -------
    Region
        With their headways doubled.
    """
    headway_s = np.where(patterns[:, None], 2.0 * region.transit.headway_s, region.transit.headway_s)
    return replace(region, transit=replace(region.transit, headway_s=headway_s))


def priced_parking(region: Region, rows: Sequence[int], eur_per_day: float) -> Region:
    """Set the daily price of parking at sites.

    Parameters
    ----------
    region : Region
        Stays as it is.
    rows : sequence of int
        Sites.
    eur_per_day : float
        Price.

    Returns
    -------
    Region
        The same object where the price is what it was.
    """
    price = region.sites.parking_price_eur_per_day.copy()
    price[list(rows)] = eur_per_day
    if np.array_equal(price, region.sites.parking_price_eur_per_day):
        return region
    return replace(region, sites=replace(region.sites, parking_price_eur_per_day=price))


def slower_roads(inputs: Inputs, factor: float) -> Inputs:
    """Multiply the time by car on all links, connectors included; capacities stay.

    Parameters
    ----------
    inputs : Inputs
        Stay as they are.
    factor : float
        1.1 for 10 per cent longer.

    Returns
    -------
    Inputs
        With other roads and free-flow skims. The reference, on which workplaces were chosen, stays.

    Notes
    -----
    A region's roads are not yet connected to its zones; slower links there would leave the ways inside zones as they
    were, and a tenth more would be 8 per cent more for some pairs.
    """
    roads = inputs.nets.roads
    slower = replace(
        roads, free_time_s=roads.free_time_s * factor, free_speed_km_per_h=roads.free_speed_km_per_h / factor
    )
    return replace(inputs, nets=replace(inputs.nets, roads=slower, free=demand.skim(slower)))


def narrower_roads(inputs: Inputs, factor: float) -> Inputs:
    """Multiply the capacities of all links.

    Parameters
    ----------
    inputs : Inputs
        Stay as they are.
    factor : float
        0.5 for half.

    Returns
    -------
    Inputs
        With other roads.
    """
    roads = inputs.nets.roads
    narrower = replace(roads, capacity_veh_per_h=roads.capacity_veh_per_h * factor)
    return replace(inputs, nets=replace(inputs.nets, roads=narrower))


def _with_parameter(region: Region, name: str, factor: float) -> Region:
    value = region.parameters.value(name) * factor
    return replace(region, parameters=region.parameters.with_value(name, value, source=_SOURCE))


def with_reach_of(inputs: Inputs, other: Inputs) -> Inputs:
    """Supply and demand in which the same shifts can be reached by public transport as in another.

    Parameters
    ----------
    inputs : Inputs
        Supply and demand.
    other : Inputs
        Of the same segments.

    Returns
    -------
    Inputs
        With the pairs that can be reached of `other`.
    """
    lines = tuple(
        replace(mine, can_reach=theirs.can_reach) for mine, theirs in zip(inputs.lines, other.lines, strict=True)
    )
    return replace(inputs, lines=lines, reach=other.reach)
