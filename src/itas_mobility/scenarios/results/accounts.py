"""What must add up: in each account the parts make the total."""

from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.road import RoadClass
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.units import METRES_PER_KILOMETRE

if TYPE_CHECKING:
    import pandas as pd

WITHOUT_MODE: Final = "without a mode"


def account_rows(outcome: Outcome) -> "pd.DataFrame":
    """Accounts of a run, their totals first.

    Persons by mode and without one; car trips between zones, with a way and without; their kilometres by pair, on roads
    and connectors; energy that plugged-in cars need, charged and not served, and what the grid gives for it; operating
    cost by line.

    Parameters
    ----------
    outcome : Outcome
        All that the run found.

    Returns
    -------
    DataFrame
        ``account``, ``unit``, ``entry`` and ``value``.
    """
    import pandas as pd

    charging, lines = outcome.charging, outcome.lines
    in_battery = float(sum(one.curve.delivered_kwh.sum() for one in charging))
    from_grid = float(sum(one.curve.energy_kwh for one in charging))
    unserved = float(sum(one.unserved_kwh for one in charging))
    lost_share = 1.0 - outcome.region.parameters.value("charging_efficiency")
    cost = {
        f"{mode} {line}": float(eur)
        for mode, line, eur in zip(lines["mode"], lines["line"], lines["cost_eur"], strict=True)
        if np.isfinite(eur)
    }
    persons = {**outcome.total_by_mode, WITHOUT_MODE: float(outcome.stranded.sum())}
    accounts: dict[tuple[str, str], tuple[float, dict[str, float]]] = {
        ("commuters", "persons/day"): (outcome.commuters, persons),
        **_car_traffic(outcome),
        ("charging need at sites", "kWh/day"): (
            float(sum(one.need_kwh for one in charging)), {"charged": in_battery, "unserved": unserved},
        ),
        ("drawn from the grid at sites", "kWh/day"): (
            from_grid, {"in batteries": in_battery, "losses": lost_share * from_grid},
        ),
        ("public transport operation", "EUR/day"): (outcome.operation.total_cost_eur, cost),
    }  # fmt: skip
    rows = [
        (account, unit, entry, value)
        for (account, unit), (total, parts) in accounts.items()
        for entry, value in {"total": total, **parts}.items()
    ]
    return pd.DataFrame(rows, columns=["account", "unit", "entry", "value"])


def _car_traffic(outcome: Outcome) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """Trips between zones with a way and without, and their kilometres by pair and by link."""
    roads = outcome.inputs.nets.roads
    is_connector = roads.road_class == RoadClass.CONNECTOR
    trips = with_way = without_way = by_pair = on_roads = on_connectors = 0.0
    for matrix, one in zip(outcome.equilibrium.car, outcome.driven, strict=True):
        length_m = one.skims["length_m"].copy()
        np.fill_diagonal(length_m, 0.0)  # trips inside a zone are on no link
        has_path = np.isfinite(length_m)
        by_pair += float((matrix.trips[has_path] * length_m[has_path]).sum()) / METRES_PER_KILOMETRE
        inside = float(np.trace(matrix.trips))
        trips += matrix.total - inside
        with_way += float(matrix.trips[has_path].sum()) - inside
        without_way += one.result.unassigned_trips
        link_km = one.result.volume_veh_per_h * roads.length_m * (matrix.duration_h / METRES_PER_KILOMETRE)
        on_connectors += float(link_km[is_connector].sum())
        on_roads += float(link_km[~is_connector].sum())
    return {
        ("car trips between zones", "trips/day"): (trips, {"with a way": with_way, "without a way": without_way}),
        ("car traffic between zones", "veh km/day"): (by_pair, {"roads": on_roads, "connectors": on_connectors}),
    }
