"""Tables of a run, from the nouns its stages made."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.operation import LineContract, OperatingFigures
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult, TransitLoads
from itas_mobility.core.road import RoadClass, RoadNetwork
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.demand import there_and_back
from itas_mobility.network.forward_star import original_links
from itas_mobility.scenarios.stages.consequences import SiteCharging
from itas_mobility.scenarios.stages.used_paths import Driven
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

MODE_COLUMNS = ("car_share", "transit_share", "bike_share", "walk_share")


def link_table(roads: RoadNetwork, results: Sequence[AssignmentResult], slices: DaySlices) -> "pd.DataFrame":
    """Volumes by piece of road: copies of a link added up, connectors and movements through junctions left out."""
    import pandas as pd

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


def slice_table(
    roads: RoadNetwork,
    results: Sequence[AssignmentResult],
    car: Sequence[ODMatrix],
    segments: Sequence[TourSegment],
    slices: DaySlices,
) -> "pd.DataFrame":
    """One row per slice of the day: trips, kilometres, hours, speed, delay, arrivals at the sites, gap.

    Kilometres and hours are those of the trips from zone to zone: connectors stand for the streets inside zones, and
    what movements through junctions cost is time on the road.
    """
    import pandas as pd

    site_workers = [(s.out_share, float(s.workers.sum())) for s in segments if s.label != "office"]
    rows = []
    for k, result in enumerate(results):
        vehicles = result.volume_veh_per_h * slices.duration_h[k]
        veh_km = float((vehicles * roads.length_m).sum()) / METRES_PER_KILOMETRE
        veh_h = float((vehicles * result.time_s).sum()) / SECONDS_PER_HOUR
        delay = float((vehicles * (result.time_s - roads.free_time_s)).sum()) / SECONDS_PER_HOUR
        rows.append(
            {
                "slice": str(slices.name[k]),
                "start_s": float(slices.start_s[k]),
                "end_s": float(slices.end_s[k]),
                "car_trips": car[k].total,
                "veh_km": veh_km,
                "veh_h": veh_h,
                "delay_veh_h": delay,
                "mean_speed_km_per_h": veh_km / veh_h if veh_h > 0 else float("nan"),
                "site_arrivals": sum(share[k] * persons for share, persons in site_workers),
                "relative_gap": result.relative_gap,
                "unassigned_trips": result.unassigned_trips,
            }
        )
    return pd.DataFrame(rows)


def zone_table(
    region: Region,
    segments: Sequence[TourSegment],
    shares: Sequence[FloatArray],
    car: FloatArray,
    transit: Sequence[tuple[Skims, Skims]],
    reach: ShiftReachability,
) -> "pd.DataFrame":
    """One row per home zone: commuters, mode shares, mean times, reachability of its shift workers."""
    import pandas as pd

    workers = sum(segment.workers for segment in segments)
    by_mode = np.array(sum(segment.workers * share for segment, share in zip(segments, shares, strict=True)))
    total = np.asarray(workers).sum(axis=1)
    shift_workers = reach.workers * reach.day_share[:, None]
    both = (reach.is_out & reach.is_back) * shift_workers
    return pd.DataFrame(
        {
            "zone_id": region.zones.zone_id,
            "workers": total,
            **{name: _ratio(by_mode[m].sum(axis=1), total) for m, name in enumerate(MODE_COLUMNS)},
            "reachable_share": _ratio(both.sum(axis=0), shift_workers.sum(axis=0)),
            "car_time_s": _weighted(car, by_mode[0]),
            "transit_time_s": _transit_time(segments, shares, transit),
        }
    )


def _transit_time(
    segments: Sequence[TourSegment], shares: Sequence[FloatArray], transit: Sequence[tuple[Skims, Skims]]
) -> FloatArray:
    """Time of the way to work by home zone, mean over the passengers; NaN where there are none."""
    seconds = persons = np.zeros(len(segments[0].workers))
    for segment, share, (out, _) in zip(segments, shares, transit, strict=True):
        passengers = segment.workers * share[1]
        seconds = seconds + (passengers * np.where(passengers > 0, out["time_s"], 0.0)).sum(axis=1)
        persons = persons + passengers.sum(axis=1)
    return _ratio(seconds, persons)


def site_table(
    region: Region,
    segments: Sequence[TourSegment],
    shares: Sequence[FloatArray],
    reach: ShiftReachability,
    charging: Sequence[SiteCharging],
) -> "pd.DataFrame":
    """One row per site: workers present, mode shares, reachability, cars, charging against the grid connection.

    Shares of nobody are NaN.
    """
    import pandas as pd

    sites = region.sites
    columns = sites.zone
    by_mode = np.array(sum(segment.workers * share for segment, share in zip(segments, shares, strict=True)))
    workers = np.asarray(sum(segment.workers for segment in segments))[:, columns].sum(axis=0)
    row_site = np.array([sites.row(str(site_id)) for site_id in reach.site_id], np.int64)
    shift_workers = reach.workers * reach.day_share[:, None]
    both = ((reach.is_out & reach.is_back) * shift_workers).sum(axis=1)
    return pd.DataFrame(
        {
            "site_id": sites.site_id,
            "workers": workers,
            **{name: _ratio(by_mode[m][:, columns].sum(axis=0), workers) for m, name in enumerate(MODE_COLUMNS)},
            "reachable_share": _ratio(
                np.asarray(np.bincount(row_site, both, minlength=len(sites)), float),
                np.asarray(np.bincount(row_site, shift_workers.sum(axis=1), minlength=len(sites)), float),
            ),
            "cars": [one.cars for one in charging],
            "electric_cars": [one.electric_cars for one in charging],
            "energy_kwh": [one.curve.energy_kwh for one in charging],
            "charging_peak_kw": [one.curve.peak_kw for one in charging],
            "grid_connection_kw": sites.grid_connection_kw,
            "unserved_kwh": [one.unserved_kwh for one in charging],
            "beyond_battery_kwh": [one.beyond_battery_kwh for one in charging],
            "parking_spaces": sites.parking_spaces,
        }
    )


def account_table(
    by_mode: Mapping[str, float],
    segments: Sequence[TourSegment],
    roads: RoadNetwork,
    car: Sequence[ODMatrix],
    driven: Sequence[Driven],
    charging: Sequence[SiteCharging],
    efficiency: float,
    operation: OperatingFigures,
    lines: "pd.DataFrame",
) -> "pd.DataFrame":
    """What must add up: in each account the parts make the total.

    Persons by mode and without one; car trips between zones, with a way and without; their kilometres by pair, on roads
    and connectors; energy that plugged-in cars need, charged and not served, and what the grid gives for it; operating
    cost by line.
    """
    import pandas as pd

    trips = with_way = without_way = by_pair = on_roads = on_connectors = 0.0
    is_connector = roads.road_class == RoadClass.CONNECTOR
    for matrix, one in zip(car, driven, strict=True):
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
    in_battery = float(sum(one.curve.delivered_kwh.sum() for one in charging))
    from_grid = float(sum(one.curve.energy_kwh for one in charging))
    unserved = float(sum(one.unserved_kwh for one in charging))
    cost = {
        f"{mode} {line}": float(eur)
        for mode, line, eur in zip(lines["mode"], lines["line"], lines["cost_eur"], strict=True)
        if np.isfinite(eur)
    }
    accounts: dict[tuple[str, str], tuple[float, dict[str, float]]] = {
        ("commuters", "persons/day"): (float(sum(one.workers.sum() for one in segments)), dict(by_mode)),
        ("car trips between zones", "trips/day"): (trips, {"with a way": with_way, "without a way": without_way}),
        ("car traffic between zones", "veh km/day"): (by_pair, {"roads": on_roads, "connectors": on_connectors}),
        ("charging need at sites", "kWh/day"): (
            float(sum(one.need_kwh for one in charging)), {"charged": in_battery, "unserved": unserved},
        ),
        ("drawn from the grid at sites", "kWh/day"): (
            from_grid, {"in batteries": in_battery, "losses": (1.0 - efficiency) * from_grid},
        ),
        ("public transport operation", "EUR/day"): (operation.total_cost_eur, cost),
    }  # fmt: skip
    rows = [
        (account, unit, entry, value)
        for (account, unit), (total, parts) in accounts.items()
        for entry, value in {"total": total, **parts}.items()
    ]
    return pd.DataFrame(rows, columns=["account", "unit", "entry", "value"])


def charging_table(region: Region, charging: Sequence[SiteCharging]) -> "pd.DataFrame":
    """Charging power by site and quarter of an hour."""
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame({"site_id": str(site_id), "time_s": one.curve.time_s, "power_kw": one.curve.power_kw})
            for site_id, one in zip(region.sites.site_id, charging, strict=True)
        ]
        or [pd.DataFrame({"site_id": [], "time_s": [], "power_kw": []})],
        ignore_index=True,
    )


def line_table(
    region: Region, loads: Sequence[TransitLoads] | Sequence[TripLoads], operation: OperatingFigures
) -> "pd.DataFrame":
    """One row per line of a mode: boardings of the day, what running it takes, and seats against the fullest trip.

    A fleet on demand is a row of its own where it serves several lines. What is not known of a line is NaN.
    """
    import pandas as pd

    boardings = pd.concat([load.boardings_by_line() for load in loads], ignore_index=True)
    boardings = boardings.groupby(["line", "mode"], sort=True)["boardings"].sum().reset_index()
    figures = operation.to_dataframe()[["line", "mode", "trips", "vehicle_km", "vehicle_h", "vehicles", "cost_eur"]]
    table: pd.DataFrame = boardings.merge(figures, on=["line", "mode"], how="outer").sort_values(["line", "mode"])
    table = table.astype(dict.fromkeys(table.columns.drop(["line", "mode"]), float))
    table["boardings"] = table["boardings"].fillna(0.0)
    seats = {
        (line, contract.mode.name.lower()): (
            float(contract.seats),
            _fullest_trip(region.transit, loads, line, contract),
        )
        for contract in region.contracts
        if contract.seats and not contract.fleet
        for line in contract.lines
    }
    unknown = (np.nan, np.nan)
    both = np.array([seats.get(key, unknown) for key in zip(table["line"], table["mode"], strict=True)], float)
    table["seats"], table["fullest_trip"] = both.reshape(-1, 2).T
    return table.reset_index(drop=True)


def _fullest_trip(
    transit: TransitNetwork, loads: Sequence[TransitLoads] | Sequence[TripLoads], line: str, contract: LineContract
) -> float:
    """Most persons on board a vehicle of a line: of single trips, or mean over a pattern's departures of the day."""
    on_trips = [load for load in loads if isinstance(load, TripLoads)]
    if on_trips:
        first = on_trips[0]
        is_line = ((first.line == line) & (first.mode == contract.mode))[first.trip]
        return float(np.sum([load.volume for load in on_trips], axis=0)[is_line].max(initial=0.0))
    by_pattern = [load for load in loads if isinstance(load, TransitLoads)]
    with np.errstate(divide="ignore"):
        departures = ((transit.band_end_s - transit.band_start_s) / transit.headway_s).sum(axis=1)
    volume = np.sum([load.volume for load in by_pattern], axis=0)
    rows = np.flatnonzero((transit.line == line) & (transit.mode == contract.mode) & (departures > 0))
    on_board = [volume[transit.stop_ptr[row] : transit.stop_ptr[row + 1]].max() / departures[row] for row in rows]
    return float(max(on_board, default=0.0))


def mean_car_time(segments: Sequence[TourSegment], skims: Sequence[Skims]) -> FloatArray:
    """Car time of a way by home and work zone, mean over segments, there and back; NaN without commuters."""
    total = np.zeros_like(skims[0]["time_s"])
    weight = 0.0
    for segment in segments:
        persons = float(segment.workers.sum())
        if persons > 0:
            total += 0.5 * persons * there_and_back(skims, "time_s", segment)
            weight += persons
    return total / weight if weight > 0 else np.full_like(total, np.nan)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """NaN where there is nobody."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0))


def _weighted(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Mean of each row by weight, over finite values; NaN where there is no weight."""
    finite = np.isfinite(value)
    w = np.where(finite, weight, 0.0)
    return _ratio((np.where(finite, value, 0.0) * w).sum(axis=1), w.sum(axis=1))
