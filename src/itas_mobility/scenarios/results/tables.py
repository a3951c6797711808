"""The tables of a run, each as a schema with what fills it."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility import demand
from itas_mobility.core.charging_places import ChargedWhere
from itas_mobility.core.columns import FloatArray
from itas_mobility.network.forward_star import original_links
from itas_mobility.scenarios.results.accounts import account_rows
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.scenarios.results.schema import Column, Table, numbers, texts, unshown
from itas_mobility.scenarios.stages.charging_sites import SiteCharging

if TYPE_CHECKING:
    import pandas as pd

MODE_SHARES: Final = numbers(*(f"{mode}_share" for mode in demand.MODES))
"""A column for each mode that commuters choose among."""


def _link_rows(outcome: Outcome) -> "pd.DataFrame":
    """Volumes by piece of road: copies of a link added up, connectors and movements through junctions left out."""
    import pandas as pd

    roads, slices, results = outcome.inputs.nets.roads, outcome.slices, [one.result for one in outcome.driven]
    original = original_links(roads)
    hourly = np.array(
        [np.bincount(original, weights=result.volume_veh_per_h, minlength=roads.n_links) for result in results]
    )
    times = np.array([result.time_s for result in results])
    peak = hourly.argmax(axis=0)
    rows = np.arange(roads.n_links)
    saturation = np.divide(
        hourly[peak, rows],
        roads.capacity_veh_per_h,
        out=np.zeros(roads.n_links),
        where=np.isfinite(roads.capacity_veh_per_h) & (roads.capacity_veh_per_h > 0),
    )
    table: pd.DataFrame = pd.DataFrame(
        {
            "link_key": roads.link_key,
            "volume_veh_per_day": (hourly * slices.duration_h[:, None]).sum(axis=0),
            "volume_peak_veh_per_h": hourly[peak, rows],
            "saturation_share": saturation,
            "time_peak_s": times[peak, rows],
            "free_time_s": roads.free_time_s,
        }
    )
    is_first = roads.is_road & (original == rows)
    kept: pd.DataFrame = table.loc[is_first].sort_values("link_key").reset_index(drop=True)
    return kept


def _slice_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Trips, kilometres, hours, speed, delay, arrivals at the sites and gap of each slice of the day."""
    slices, traffic, results = outcome.slices, outcome.traffic, [one.result for one in outcome.driven]
    site_workers = [
        (segment.out_share, float(segment.workers.sum()))
        for segment in outcome.equilibrium.segments
        if demand.works_shifts(segment)
    ]
    return {
        "slice": slices.name,
        "start_s": slices.start_s,
        "end_s": slices.end_s,
        "car_trips": [car.total for car in outcome.equilibrium.car],
        "veh_km": [one.veh_km for one in traffic],
        "veh_h": [one.veh_h for one in traffic],
        "delay_veh_h": [one.delay_veh_h for one in traffic],
        "mean_speed_km_per_h": [one.veh_km / one.veh_h if one.veh_h > 0 else np.nan for one in traffic],
        "site_arrivals": [sum(share[k] * persons for share, persons in site_workers) for k in range(len(slices))],
        "relative_gap": [result.relative_gap for result in results],
        "unassigned_trips": [result.unassigned_trips for result in results],
    }


def _zone_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Commuters, mode shares, mean times and reachability of shift workers of each home zone."""
    reach, by_mode = outcome.reach, outcome.persons_by_mode
    workers = sum(segment.workers for segment in outcome.equilibrium.segments)
    total = np.asarray(workers).sum(axis=1)
    shift_workers = reach.workers * reach.day_share[:, None]
    both = (reach.is_out & reach.is_back) * shift_workers
    return {
        "zone_id": outcome.region.zones.zone_id,
        "workers": total,
        **{f"{mode}_share": _ratio(persons.sum(axis=1), total) for mode, persons in by_mode.items()},
        "reachable_share": _ratio(both.sum(axis=0), shift_workers.sum(axis=0)),
        "car_time_s": _weighted(outcome.mean_car_time_s, outcome.drivers),
        "transit_time_s": _transit_time(outcome),
    }


def _transit_time(outcome: Outcome) -> FloatArray:
    """Time of the way to work by home zone, mean over the riders; NaN where there are none."""
    found = outcome.equilibrium
    seconds = persons = np.zeros(len(outcome.region.zones))
    for segment, share, lines in zip(found.segments, found.shares, outcome.inputs.lines, strict=True):
        riders = demand.riders(segment, share)
        seconds = seconds + (riders * np.where(riders > 0, lines.out["time_s"], 0.0)).sum(axis=1)
        persons = persons + riders.sum(axis=1)
    return _ratio(seconds, persons)


def _site_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Workers present, mode shares, reachability, cars and charging against the grid connection of each site.

    Shares of nobody are NaN.
    """
    sites, reach, charging = outcome.region.sites, outcome.reach, outcome.charging
    columns = sites.zone
    workers = np.asarray(sum(segment.workers for segment in outcome.equilibrium.segments))[:, columns].sum(axis=0)
    row_site = np.array([sites.row(str(site_id)) for site_id in reach.site_id], np.int64)
    shift_workers = reach.workers * reach.day_share[:, None]
    both = ((reach.is_out & reach.is_back) * shift_workers).sum(axis=1)
    return {
        "site_id": sites.site_id,
        "workers": workers,
        **{
            f"{mode}_share": _ratio(persons[:, columns].sum(axis=0), workers)
            for mode, persons in outcome.persons_by_mode.items()
        },
        "reachable_share": _ratio(
            np.asarray(np.bincount(row_site, both, minlength=len(sites)), float),
            np.asarray(np.bincount(row_site, shift_workers.sum(axis=1), minlength=len(sites)), float),
        ),
        "cars": [one.cars for one in charging],
        "electric_cars": [one.electric_cars for one in charging],
        "energy_kwh": [one.energy_kwh for one in charging],
        "charging_strategy": [one.week.strategy for one in charging],
        "charging_peak_kw": [one.week.peak_kw for one in charging],
        "uncontrolled_peak_kw": [one.uncontrolled.peak_kw for one in charging],
        "grid_connection_kw": sites.grid_connection_kw,
        "unserved_kwh": [one.unserved_kwh for one in charging],
        "simultaneity_share": [one.simultaneity_share for one in charging],
        "waiting_h": [one.waiting_h for one in charging],
        "blocked_h": [one.blocked_h for one in charging],
        "cost_eur_per_week": [one.week.cost_eur for one in charging],
        "co2_kg_per_week": [one.week.co2_kg for one in charging],
        "beyond_battery_kwh": [one.beyond_battery_kwh for one in charging],
        "parking_spaces": sites.parking_spaces,
    }


def _charging_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Charging over the week by site and quarter of an hour: by its strategy and uncontrolled, beside what is free."""
    charging = outcome.charging
    steps = [one.week.n_steps for one in charging]

    def column(values: Callable[[SiteCharging], FloatArray]) -> FloatArray:
        return np.concatenate([np.zeros(0), *(values(one) for one in charging)])

    return {
        "site_id": np.repeat(outcome.region.sites.site_id, steps),
        "time_h": column(lambda one: one.week.time_h),
        "power_kw": column(lambda one: one.week.power_kw),
        "uncontrolled_kw": column(lambda one: one.uncontrolled.power_kw),
        "free_kw": column(lambda one: np.where(np.isfinite(one.week.free_kw), one.week.free_kw, np.nan)),
        "base_load_kw": column(lambda one: one.week.supply.series("base_load_kw", one.week.n_steps)),
        "pv_kw": column(lambda one: one.week.supply.series("pv_kw", one.week.n_steps)),
        "storage_kw": column(lambda one: np.broadcast_to(one.week.storage_kw, (one.week.n_steps,))),
    }


HORIZONS: Final = "horizons"
"""Name of the table of indicators, workplaces staying and reacting."""
ELSEWHERE: Final = "elsewhere"
"""Stands for the id of a site where commuters do not work in the shifts of one."""


def _where_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Where commuters' electric cars charge on a mean working day, by site; the others in the last row."""
    charging = outcome.charging
    parts = [*(one.where for one in charging), charging.elsewhere]
    return {
        "site_id": [*outcome.region.sites.site_id.tolist(), ELSEWHERE],
        **{name: [part.total(name) for part in parts] for name in _WHERE},
    }


def _where_zone_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Where commuters' electric cars charge on a mean working day, by home zone."""
    everywhere = outcome.charging.everywhere
    return {"zone_id": outcome.region.zones.zone_id, **{name: getattr(everywhere, name) for name in _WHERE}}


def _benefit_rows(outcome: Outcome) -> dict[str, ArrayLike]:
    """Who gains what from the measures by home zone and hours of work, workplaces staying and reacting."""
    found = outcome.benefit
    n_segments, n_zones = found.persons.shape
    return {
        "zone_id": np.tile(found.zone_id, n_segments),
        "segment": np.repeat(found.segment, n_zones),
        "persons": found.persons.ravel(),
        "persons_left_out": found.persons_left_out.ravel(),
        "persons_new": found.persons_new.ravel(),
        "benefit_eur_per_day": found.logsum_eur_per_day.ravel(),
        "rule_of_half_eur_per_day": found.rule_of_half_eur_per_day.ravel(),
        "benefit_long_eur_per_day": outcome.in_the_long_run.benefit.logsum_eur_per_day.ravel(),
    }


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """NaN where there is nobody."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0))


def _weighted(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Mean of each row by weight, over finite values; NaN where there is no weight."""
    finite = np.isfinite(value)
    w = np.where(finite, weight, 0.0)
    return _ratio((np.where(finite, value, 0.0) * w).sum(axis=1), w.sum(axis=1))


def _way(way: str) -> tuple[Column, ...]:
    """Columns of a way to a shift or back from it."""
    return (
        *numbers(*(f"{way}_{name}" for name in ("time_s", "transfers", "wait_s", "retiming_s"))),
        *texts(f"{way}_cause"),
    )


_WHERE: Final = tuple(field.name for field in fields(ChargedWhere))
_SHIFT: Final = (*texts("site_id", "shift", "weekday"), *numbers("start_s", "end_s"))

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (
            Table(
                "links",
                (
                    Column("link_key", "key"), *numbers("volume_veh_per_day"),
                    *unshown(*numbers("volume_peak_veh_per_h")),
                    *numbers("saturation_share"), *unshown(*numbers("time_peak_s", "free_time_s")),
                ),
                _link_rows,
            ),
            Table(
                "slices",
                (
                    *texts("slice"), *numbers("start_s", "end_s", "car_trips"),
                    *unshown(*numbers("veh_km", "veh_h", "delay_veh_h")), *numbers("mean_speed_km_per_h"),
                    *unshown(*numbers("site_arrivals", "relative_gap", "unassigned_trips")),
                ),
                _slice_rows,
            ),
            Table(
                "zones",
                (
                    *texts("zone_id"), *numbers("workers"), *MODE_SHARES, *numbers("reachable_share"),
                    *unshown(*numbers("car_time_s", "transit_time_s")),
                ),
                _zone_rows,
            ),
            Table(
                "sites",
                (
                    *texts("site_id"), *numbers("workers"), *MODE_SHARES,
                    *numbers("reachable_share", "cars", "electric_cars"),
                    *unshown(*numbers("energy_kwh"), *texts("charging_strategy")),
                    *numbers("charging_peak_kw"), *unshown(*numbers("uncontrolled_peak_kw")),
                    *numbers("grid_connection_kw", "unserved_kwh"),
                    *unshown(
                        *numbers("simultaneity_share", "waiting_h", "blocked_h", "cost_eur_per_week", "co2_kg_per_week")
                    ),
                    *unshown(*numbers("beyond_battery_kwh")), *numbers("parking_spaces"),
                ),
                _site_rows,
            ),
            Table(
                "shifts",
                (
                    *_SHIFT, *numbers("workers", "arrive_share", "return_share", "both_share"),
                    *unshown(*numbers("mean_out_time_s", "mean_back_time_s")), *numbers("mean_out_wait_s"),
                    *unshown(*numbers("mean_back_wait_s")), *texts("first_failing", "first_cause"),
                    *numbers("mendable_share"),
                ),
                lambda outcome: outcome.reach.to_dataframe(),
            ),
            Table(
                "reachability",
                (
                    *_SHIFT, *texts("zone_id"), *numbers("workers", "is_reachable"), *unshown(*texts("failing_leg")),
                    *_way("out"), *_way("back"),
                ),
                lambda outcome: outcome.reach.by_zone(),
            ),
            Table(
                "charging",
                (
                    *texts("site_id"), *numbers("time_h", "power_kw"),
                    *unshown(*numbers("uncontrolled_kw", "free_kw", "base_load_kw", "pv_kw", "storage_kw")),
                ),
                _charging_rows,
            ),
            Table("where", unshown(*texts("site_id"), *numbers(*_WHERE)), _where_rows),
            Table("where_zones", unshown(*texts("zone_id"), *numbers(*_WHERE)), _where_zone_rows),
            Table(
                "lines",
                (
                    *texts("line", "mode"), *numbers("boardings"), *unshown(*numbers("trips")), *numbers("vehicle_km"),
                    *unshown(*numbers("vehicle_h")), *numbers("vehicles", "cost_eur", "seats", "fullest_trip"),
                ),
                lambda outcome: outcome.lines,
            ),
            Table(
                "benefit",
                unshown(
                    *texts("zone_id", "segment"), *numbers("persons", "persons_left_out", "persons_new"),
                    *numbers("benefit_eur_per_day", "rule_of_half_eur_per_day", "benefit_long_eur_per_day"),
                ),
                _benefit_rows,
            ),
            Table(HORIZONS, unshown(*texts("indicator", "unit"), *numbers("short", "long")), None),
            Table(
                "parking",
                (
                    *texts("site_id"), *numbers("parking_spaces"), *unshown(*numbers("cars")),
                    *numbers("standing_cars"), *unshown(*numbers("fullest_s", "parking_price_eur_per_day")),
                    *numbers("shadow_price_eur_per_day", "outside_cars"), *unshown(*numbers("paid_eur_per_day")),
                ),
                lambda outcome: outcome.parking,
            ),
            Table("accounts", unshown(*texts("account", "unit", "entry"), *numbers("value")), account_rows),
        )
    }
)  # fmt: skip
"""All tables by name: what a run makes, writes and reads, and what a report asks for."""
