"""What must add up: in each account the parts make the total."""

from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility.core.job_changes import JobAccount
from itas_mobility.core.road import RoadClass
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.scenarios.results.parking_figures import paid_by_home
from itas_mobility.units import METRES_PER_KILOMETRE

if TYPE_CHECKING:
    import pandas as pd

WITHOUT_MODE: Final = "without a mode"


def account_rows(outcome: Outcome) -> "pd.DataFrame":
    """Accounts of a run, their totals first.

    Persons by mode and without one; registered employees before the changes of jobs and what each site adds; persons
    before the measures whose gain is reckoned, and who are left out; what they gain, by hours of work; car trips
    between zones, with a way and without; their kilometres by pair, on roads and connectors; energy that plugged-in
    cars need at the sites, charged and not served; what the commuters' electric cars drive and where it is charged (in
    a week that repeats, nothing stays in the batteries), and what the grid gives for it; cars that stand at the sites,
    on their spaces and outside; what commuters pay for parking, and which site receives it; operating cost by line.

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

    lines = outcome.lines
    cost = {
        f"{mode} {line}": float(eur)
        for mode, line, eur in zip(lines["mode"], lines["line"], lines["cost_eur"], strict=True)
        if np.isfinite(eur)
    }
    persons = {**outcome.total_by_mode, WITHOUT_MODE: float(outcome.stranded.sum())}
    accounts: dict[tuple[str, str], tuple[float, dict[str, float]]] = {
        ("commuters", "persons/day"): (outcome.commuters, persons),
        **_registered(outcome.inputs.jobs),
        **_car_traffic(outcome),
        **_charging(outcome),
        **_parking(outcome),
        ("public transport operation", "EUR/day"): (outcome.operation.total_cost_eur, cost),
    }  # fmt: skip
    benefit = outcome.benefit
    by_hours = zip(benefit.segment.tolist(), benefit.logsum_eur_per_day.sum(axis=1).tolist(), strict=True)
    accounts |= {
        ("commuters before the measures", "persons/day"): (
            float(sum(segment.workers.sum() for segment in outcome.baseline.segments)),
            {"gain reckoned": float(benefit.persons.sum()), "left out": float(benefit.persons_left_out.sum())},
        ),
        ("benefit of commuters", "EUR/day"): (float(benefit.logsum_eur_per_day.sum()), dict(by_hours)),
    }
    rows = [
        (account, unit, entry, value)
        for (account, unit), (total, parts) in accounts.items()
        for entry, value in {"total": total, **parts}.items()
    ]
    return pd.DataFrame(rows, columns=["account", "unit", "entry", "value"])


def _registered(jobs: JobAccount) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """Registered employees, those who commute into the region and out of it: before all changes of jobs, and each."""
    accounts = {}
    for name, values in (
        ("registered employees", jobs.employees),
        ("registered in-commuters", jobs.in_commuters),
        ("registered out-commuters", jobs.out_commuters),
    ):
        parts = {"before": float(values[0])}
        for change, moved in zip(jobs.changes, np.diff(values).tolist(), strict=True):
            entry = f"{change.site_id}: {change.workers}"
            parts[entry] = parts.get(entry, 0.0) + moved
        accounts[name, "persons"] = (float(values[-1]), parts)
    return accounts


def _charging(outcome: Outcome) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """Need at the sites; what is driven and where it is charged, battery side; what the grid gives for it."""
    charging = outcome.charging
    sites, elsewhere, both = charging.at_sites, charging.elsewhere, charging.everywhere
    charged = sites.total("work_kwh") - sites.total("fed_back_kwh")
    cars = outcome.commuter_cars
    kwh = "kWh/day"
    return {
        ("charging need at sites", kwh): (
            float(sum(one.need_kwh for one in charging)),
            {"charged": charged, "unserved": sites.total("unserved_kwh")},
        ),
        ("drawn from the grid at sites", kwh): (
            float(sum(one.energy_kwh for one in charging)),
            {
                "in batteries": charged,
                "losses": sites.total("work_grid_kwh") - sites.total("fed_back_grid_kwh") - charged,
            },
        ),
        ("electric driving of commuters", kwh): (
            both.total("driven_kwh"),
            {
                "charged at home": both.total("home_kwh"),
                "charged at sites": sites.total("work_kwh"),
                "charged at other works": elsewhere.total("work_kwh"),
                "charged in public": both.total("public_kwh"),
                "fed back": -both.total("fed_back_kwh"),
            },
        ),
        ("electricity of commuters' cars from the grid", kwh): (
            cars.grid_kwh,
            {
                "driven by electric cars": both.total("driven_kwh"),
                "driven by plug-in hybrids": cars.hybrid_kwh,
                "losses of plug-in hybrids": cars.hybrid_grid_kwh - cars.hybrid_kwh,
                "losses at home": both.total("home_grid_kwh") - both.total("home_kwh"),
                "losses at work": both.total("work_grid_kwh") - both.total("work_kwh"),
                "losses in public": both.total("public_grid_kwh") - both.total("public_kwh"),
                "losses of feeding back": both.total("fed_back_kwh") - both.total("fed_back_grid_kwh"),
            },
        ),
    }


def _parking(outcome: Outcome) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """Cars at the fullest moment of each site; money of commuters and of sites. The shadow price is time, not money."""
    table = outcome.parking
    outside = float(table["outside_cars"].sum())
    on_spaces = float(np.minimum(table["standing_cars"], outcome.inputs.parking.wanted_spaces).sum())
    received = zip(table["site_id"].tolist(), table["paid_eur_per_day"].tolist(), strict=True)
    return {
        ("cars standing at sites", "cars"): (
            float(table["standing_cars"].sum()), {"on their spaces": on_spaces, "outside": outside},
        ),
        ("parking money of commuters", "EUR/day"): (
            float(paid_by_home(outcome.inputs, outcome.equilibrium).sum()),
            {f"received by {site}": eur for site, eur in received},
        ),
    }  # fmt: skip


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
