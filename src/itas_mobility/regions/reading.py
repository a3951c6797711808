"""Reading a region folder: zones, sites, statistics, OpenStreetMap file, sources.

A region folder holds ``region.toml`` and the files it names; the embedded regions have the same form as one's own.
"""

import difflib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from itas_mobility import emobility, network
from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.core.commuters import CommuterStatistics
from itas_mobility.core.provenance import Parameter, Parameters, Source
from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.site_supply import SiteSupply, StationaryBattery
from itas_mobility.core.sites import IndustrialSites, ShiftPattern
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.weekdays import weekday_mask
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.emobility.weekly import week_series
from itas_mobility.errors import InputError
from itas_mobility.regions.office_files import figure, key_fault, lost_zero, raise_faults, table_rows
from itas_mobility.regions.placing import refuse_places_elsewhere
from itas_mobility.regions.reuse import cache_folder
from itas_mobility.regions.timetables import lines_of, read_timetable
from itas_mobility.scenarios.measures.emobility import REGION_SHARE
from itas_mobility.scenarios.parameters import default_parameters, read_parameters
from itas_mobility.units import SECONDS_PER_DAY, clock_s

_MODES = ("car", "bike", "walk")
_SITE_QUANTITIES = (
    "gate_to_workplace_m",
    "head_count",
    "attendance_share",
    "parking_spaces",
    "grid_connection_kw",
    "charging_points",
    "charging_point_kw",
)
_SUPPLY_SERIES = ("base_load_kw", "pv_kw", "price_eur_per_kwh", "mix_g_per_kwh")
SUPPLY_KEYS = (
    *_SUPPLY_SERIES, "transformer_kva", "power_factor", "feed_in_eur_per_kwh", "demand_charge_eur_per_kw", "mix_kind",
    "battery",
)  # fmt: skip
"""Keys of a site that say what hangs on its connection (see `SiteSupply`); ``battery`` is a table."""
_CHARGING_USUAL: dict[str, Any] = {
    "work_charging_share": np.nan, "release": "departure", "fee_after_h": 0.0, "voltage_level": "low",
    "charging_limit_kw": np.inf,
}  # fmt: skip
"""Keys of a site that say how cars charge there, with what holds where they are left out."""
_COMMUTING_USUAL: dict[str, float] = {
    "parking_price_eur_per_day": 0.0, "pedelec_share": np.nan, "lift_share": np.nan,
}  # fmt: skip
"""Keys of a site that say what it offers those who come, with what holds where they are left out."""
_SITE_KEYS = (
    "id", "name", "municipality_ags", "gates", *_SITE_QUANTITIES, "shifts", "shift_source", "charging_strategy",
    *SUPPLY_KEYS, *_COMMUTING_USUAL, *_CHARGING_USUAL,
)  # fmt: skip
_AGS_DIGITS = 8
USUAL_DAYS = "Mo-Fr"
"""Days of a shift that names none."""
USUAL_STRATEGY = "uncontrolled"
"""Strategy by which cars charge at a site that names none."""


def read_region(folder: str | Path) -> Region:
    """Read a region folder.

    Parameters
    ----------
    folder : path
        Folder with ``region.toml``, which names the other files.

    Returns
    -------
    Region
        Ready to run.

    Raises
    ------
    InputError
        With file and field of what is missing or wrong, and if zones or gates do not lie where the roads are.
    """
    folder = Path(folder)
    about = read_about(folder)
    parameters = default_parameters()
    if "parameters" in about:
        parameters = Parameters({**parameters, **read_parameters(folder / about["parameters"])})
    zones = read_zones(folder / _entry(about, "zones", folder))
    zones, sites = read_sites(folder / about["sites"], zones, parameters) if "sites" in about else no_sites(zones)
    commuters = _read_commuters(folder, about, zones) if "commuters" in about else None
    osm = folder / _entry(about, "osm", folder)
    kept = _cache_of(osm)
    networks = _read_networks(osm, kept)
    refuse_places_elsewhere(
        zones, sites, networks["car"], zones_file=folder / about["zones"],
        sites_file=folder / about["sites"] if "sites" in about else None, osm=osm,
    )  # fmt: skip
    days = read_timetable(about, folder, zones)
    return Region(
        name=_entry(about, "name", folder),
        title=_entry(about, "title", folder),
        zones=zones,
        sites=sites,
        roads=networks["car"],
        bike=networks["bike"],
        walk=networks["walk"],
        transit=_read_lines(osm, kept) if days is None else lines_of(days),
        commuters=commuters,
        parameters=parameters,
        sources=tuple(Source(**source) for source in about.get("source", [])),
        is_stylised=bool(about.get("is_stylised", False)),
        timetable=days,
    )


def read_about(folder: Path) -> dict[str, Any]:
    """Read ``region.toml``, which names the other files of a region folder.

    Parameters
    ----------
    folder : Path
        Region folder.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    InputError
        If there is no such file, or it is no TOML.
    """
    return _toml(folder / "region.toml")


def _cache_of(osm: Path) -> Path:
    if not osm.is_file():
        raise InputError(f"{osm}: no such file")
    return cache_folder("networks", [osm])


def _read_networks(osm: Path, kept: Path) -> dict[str, RoadNetwork]:
    """Roads of three modes of a file, from its cache folder where they are there."""
    cached = {mode: kept / f"{mode}.npz" for mode in _MODES}
    if all(path.is_file() for path in cached.values()):
        return {mode: network.read_network(path) for mode, path in cached.items()}
    networks = network.read_osm_modes(osm, _MODES)
    for mode, path in cached.items():
        network.write_network(networks[mode], path)
    return networks


def _read_lines(osm: Path, kept: Path) -> TransitNetwork:
    """Lines of a file, from its cache folder where they are there."""
    cached = kept / "lines.npz"
    if cached.is_file():
        return network.read_transit_network(cached)
    lines = network.read_osm_lines(osm)
    network.write_network(lines, cached)
    return lines


def no_sites(zones: Zones) -> tuple[Zones, IndustrialSites]:
    """Sites of a region that has none."""
    none: list[float] = []
    return zones, IndustrialSites(
        site_id=np.array(none, str), name=np.array(none, str), zone=np.array(none, np.int32),
        gate_ptr=np.zeros(1, np.int64), gate_name=np.array(none, str), gate_lon_deg=np.array(none),
        gate_lat_deg=np.array(none), gate_stop_name=np.array(none, str), stop_to_gate_m=np.array(none),
        gate_to_workplace_m=np.array(none), head_count=np.array(none), attendance_share=np.array(none),
        parking_spaces=np.array(none), grid_connection_kw=np.array(none), charging_points=np.array(none, np.int32),
        charging_point_kw=np.array(none), shifts=(),
    )  # fmt: skip


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; a region folder needs region.toml and the files it names") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: not valid TOML: {fault}") from fault


def _entry(table: dict[str, Any], key: str, where: Path) -> Any:
    if key not in table:
        raise InputError(f"{where}: key {key!r} is missing")
    return table[key]


def read_zones(path: Path) -> Zones:
    """Read zones from a GeoJSON file in the form of the embedded region.

    Parameters
    ----------
    path : Path
        GeoJSON with the properties zone_id, name, ags, kind, residents, employed_residents, jobs, lon, lat.

    Returns
    -------
    Zones
        Without sites.

    Raises
    ------
    InputError
        With file, feature and property of what is missing or wrong.
    """
    from shapely.geometry import shape

    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (json.JSONDecodeError, KeyError, TypeError) as fault:
        raise InputError(f"{path}: is no GeoJSON feature collection ({fault})") from fault
    kinds = {"internal": ZoneKind.INTERNAL, "external": ZoneKind.EXTERNAL}

    def column(key: str, make: Callable[[Any], Any]) -> list[Any]:
        values = []
        for number, feature in enumerate(features, start=1):
            properties = feature.get("properties") or {}
            if key not in properties:
                raise InputError(f"{path}: feature {number}: property {key!r} is missing")
            try:
                values.append(make(properties[key]))
            except (TypeError, ValueError, KeyError) as fault:
                raise InputError(
                    f"{path}: feature {number}: property {key!r} = {properties[key]!r}: {fault}"
                ) from fault
        return values

    polygons = np.empty(len(features), object)
    polygons[:] = [shape(f["geometry"]) if f.get("geometry") else None for f in features]
    kind = column("kind", kinds.__getitem__)
    municipality = column("ags", _ags)
    return Zones(
        zone_id=np.array(column("zone_id", str)),
        name=np.array(column("name", str)),
        municipality=np.array(municipality),
        district=np.array([ags[:5] for ags in municipality]),
        kind=np.array(kind, np.uint8),
        lon_deg=np.array(column("lon", float)),
        lat_deg=np.array(column("lat", float)),
        residents=np.array(column("residents", float)),
        employed_residents=np.array(column("employed_residents", float)),
        jobs=np.array(column("jobs", float)),
        polygon=polygons,
    )


def _ags(given: Any) -> str:
    """Key of a municipality; seven digits are one too few."""
    key = str(given)
    fault = lost_zero(key) if len(key) == _AGS_DIGITS - 1 else None
    if fault is not None:
        raise ValueError(fault)
    return key


def read_sites(path: str | Path, zones: Zones, parameters: Parameters) -> tuple[Zones, IndustrialSites]:
    """Read ``sites.toml`` and give each site a zone of its own.

    Parameters
    ----------
    path : path
        TOML file with a table ``[[site]]`` per site. A shift has name, start, end, share, and days such as ``"Mo-Fr"``
        (default) or ``"Sa,So"``. ``charging_strategy`` may name one of `emobility.STRATEGIES`; without it, cars charge
        uncontrolled. What else may be known of a site's electricity: `SUPPLY_KEYS`, `IndustrialSites.release`,
        ``fee_after_h``, ``work_charging_share``, ``voltage_level``, and ``charging_limit_kw``; series have 1, 24, 96,
        168 or 672 values (see `emobility.week_series`). With ``base_load_kw``, ``grid_connection_kw`` is the whole
        connection. ``parking_price_eur_per_day``, ``pedelec_share`` and ``lift_share`` are numbers, or tables with a
        source like the other quantities.
    zones : Zones
        Zones without sites.
    parameters : Parameters
        ``ev_share`` for the cars of the sites' commuters.

    Returns
    -------
    zones : Zones
        The zones with one more per site; the site's heads are taken off the jobs of its municipality.
    sites : IndustrialSites
        The sites.

    Raises
    ------
    InputError
        With site and key of what is missing or wrong.
    """
    path = Path(path)
    entries = _toml(path).get("site", [])
    if not entries:
        raise InputError(f"{path}: holds no [[site]]")
    provenance: dict[str, Parameter] = {}
    columns: dict[str, list[float]] = {name: [] for name in _SITE_QUANTITIES}
    gates: list[dict[str, Any]] = []
    gate_count, shifts, strategies, supplies = [], [], [], []
    charging: dict[str, list[Any]] = {name: [] for name in _CHARGING_USUAL}
    offered: dict[str, list[float]] = {name: [] for name in _COMMUTING_USUAL}
    for number, entry in enumerate(entries, start=1):
        site_id = _entry(entry, "id", Path(f"{path}: site {number}"))
        where = Path(f"{path}: site {site_id}")
        _refuse_unknown_keys(entry, where)
        for name in _SITE_QUANTITIES:
            quantity = _quantity(f"{site_id}.{name}", _entry(entry, name, where), where)
            provenance[quantity.name] = quantity
            columns[name].append(quantity.value)
        gates += _entry(entry, "gates", where)
        gate_count.append(len(entry["gates"]))
        shifts.append(_pattern(_entry(entry, "shifts", where), where))
        strategies.append(_strategy(entry, where))
        supplies.append(_supply(entry, where))
        for name, usual in _CHARGING_USUAL.items():
            charging[name].append(_plain_value(entry, name, usual, where))
        for name, usual in _COMMUTING_USUAL.items():
            if isinstance(entry.get(name), dict):
                provenance[f"{site_id}.{name}"] = _quantity(f"{site_id}.{name}", entry[name], where)
            offered[name].append(_offer_to_commuters(entry, name, usual, where))
    first_gate = np.cumsum([0, *gate_count])
    zones = _zones_with_sites(zones, entries, gates, first_gate, np.array(columns["head_count"]))
    sites = IndustrialSites(
        site_id=np.array([entry["id"] for entry in entries]),
        name=np.array([_entry(entry, "name", path) for entry in entries]),
        zone=np.arange(len(zones) - len(entries), len(zones), dtype=np.int32),
        gate_ptr=first_gate.astype(np.int64),
        gate_name=np.array([gate["name"] for gate in gates]),
        gate_lon_deg=np.array([gate["lon"] for gate in gates], float),
        gate_lat_deg=np.array([gate["lat"] for gate in gates], float),
        gate_stop_name=np.array([gate.get("nearest_stop", "") for gate in gates]),
        stop_to_gate_m=np.array([gate.get("stop_to_gate_m", 0.0) for gate in gates], float),
        shifts=tuple(shifts),
        electric_share=np.full(len(entries), parameters.value(REGION_SHARE)),
        charging_strategy=np.array(strategies),
        work_charging_share=np.array(charging["work_charging_share"], float),
        release=np.array(charging["release"]),
        fee_after_h=np.array(charging["fee_after_h"], float),
        charging_limit_kw=tuple(charging["charging_limit_kw"]),
        voltage_level=np.array(charging["voltage_level"]),
        supply=tuple(supplies),
        provenance=provenance,
        **{name: np.array(values, float) for name, values in offered.items()},
        charging_points=np.array(columns.pop("charging_points"), np.int32),
        **{name: np.array(values) for name, values in columns.items()},
    )
    return zones, sites


def _refuse_unknown_keys(entry: dict[str, Any], where: Path) -> None:
    """A key that is not read would be a figure that silently does not count."""
    unknown = [key for key in entry if key not in _SITE_KEYS]
    if not unknown:
        return
    near = {key: difflib.get_close_matches(key, _SITE_KEYS, n=1) for key in unknown}
    told = [f"{key!r}" + (f" (did you mean {near[key][0]!r}?)" if near[key] else "") for key in unknown]
    known = "" if all(near.values()) else f"; known: {', '.join(_SITE_KEYS)}"
    raise InputError(f"{where}: key {', '.join(told)} is not known{known}")


def _supply(entry: dict[str, Any], where: Path) -> SiteSupply:
    """What hangs on a site's connection."""
    values: dict[str, Any] = {}
    try:
        for name in SUPPLY_KEYS:
            if name == "battery" and name in entry:
                values[name] = StationaryBattery(**entry[name])
            elif name in entry:
                values[name] = week_series(entry[name], name) if name in _SUPPLY_SERIES else entry[name]
        return SiteSupply(**values)
    except (InputError, TypeError, ValueError) as fault:
        raise InputError(f"{where}: {fault}") from fault


def _plain_value(entry: dict[str, Any], name: str, usual: Any, where: Path) -> Any:
    """A text or number of a site, as far as it says so."""
    value = entry.get(name, usual)
    try:
        if name == "charging_limit_kw":
            return week_series(value, name) if name in entry else np.full(1, usual)
    except InputError as fault:
        raise InputError(f"{where}: {fault}") from fault
    kind = str if isinstance(usual, str) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise InputError(f"{where}: {name} = {value!r} must be a {'text' if kind is str else 'number'}")
    return value


def _offer_to_commuters(entry: dict[str, Any], name: str, usual: float, where: Path) -> float:
    """A price or share of a site for those who come: a number, or a table with its source."""
    if name not in entry:
        return usual
    given = entry[name]
    value = float(given["value"] if isinstance(given, dict) else _plain_value(entry, name, usual, where))
    highest = 1.0 if name.endswith("_share") else float(np.finfo(float).max)
    if not 0.0 <= value <= highest:
        bounds = "lie in [0, 1]" if highest == 1.0 else "be finite and not negative"
        raise InputError(f"{where}: {name} = {value:g} must {bounds}")
    return value


def _quantity(name: str, table: Any, where: Path) -> Parameter:
    try:
        value = float(table["value"])
        return Parameter(
            name=name,
            value=value,
            unit=str(table["unit"]),
            source=str(table["source"]),
            year=int(table["year"]),
            confidence=str(table["confidence"]),
            low=float(table.get("low", value)),
            high=float(table.get("high", value)),
            note=str(table.get("note", "")),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise InputError(f"{where}: {name}: needs value, unit, source, year and confidence ({fault})") from fault


def _pattern(shifts: list[dict[str, Any]], where: Path) -> ShiftPattern:
    start, end, names, shares, days = [], [], [], [], []
    for number, shift in enumerate(shifts, start=1):
        place = Path(f"{where}: shift {number}")
        names.append(str(_entry(shift, "name", place)))
        shares.append(float(_entry(shift, "share", place)))
        start.append(_clock(shift, "start", place))
        end.append(_clock(shift, "end", place))
        try:
            days.append(weekday_mask(str(shift.get("days", USUAL_DAYS))))
        except InputError as fault:
            raise InputError(f"{place}: {fault}") from fault
    begins_s, ends_s = np.array(start), np.array(end)
    return ShiftPattern(
        np.array(names),
        begins_s,
        np.where(ends_s <= begins_s, ends_s + SECONDS_PER_DAY, ends_s),
        np.array(shares),
        np.array(days, np.uint8),
    )


def _strategy(entry: dict[str, Any], where: Path) -> str:
    """Name of the strategy by which cars charge at a site."""
    name = entry.get("charging_strategy", USUAL_STRATEGY)
    if not isinstance(name, str) or name not in emobility.STRATEGIES:
        known = ", ".join(emobility.STRATEGIES)
        raise InputError(f"{where}: charging_strategy {name!r} is not known; known: {known}")
    return name


def _clock(shift: dict[str, Any], key: str, where: Path) -> float:
    """Time of day of a shift, in seconds."""
    return clock_s(str(_entry(shift, key, where)), label=f"{where}: {key}")


def _zones_with_sites(
    zones: Zones, entries: list[dict[str, Any]], gates: list[dict[str, Any]], first_gate: np.ndarray, heads: np.ndarray
) -> Zones:
    """Append a zone per site; its heads are taken off the jobs of the zone it lies in, then of its municipality."""
    from shapely.geometry import Point

    jobs = zones.jobs.copy()
    internal = zones.kind == ZoneKind.INTERNAL
    municipality = np.array([str(entry["municipality_ags"]) for entry in entries])
    for site, ags in enumerate(municipality):
        gate = gates[first_gate[site]]
        place = Point(gate["lon"], gate["lat"])
        around = np.array([p is not None and bool(p.contains(place)) for p in zones.polygon]) & internal
        left = float(heads[site])
        for mask in (around, internal & (zones.municipality == ags)):
            total = float(jobs[mask].sum())
            taken = min(left, total)
            if taken > 0:
                jobs[mask] *= 1.0 - taken / total
                left -= taken
    n = len(entries)
    none = np.empty(n, object)
    return Zones(
        zone_id=np.concatenate([zones.zone_id, [f"site-{entry['id']}" for entry in entries]]),
        name=np.concatenate([zones.name, [entry["name"] for entry in entries]]),
        municipality=np.concatenate([zones.municipality, municipality]),
        district=np.concatenate([zones.district, [ags[:5] for ags in municipality]]),
        kind=np.concatenate([zones.kind, np.full(n, ZoneKind.SITE, np.uint8)]),
        lon_deg=np.concatenate([zones.lon_deg, [gates[k]["lon"] for k in first_gate[:-1]]]),
        lat_deg=np.concatenate([zones.lat_deg, [gates[k]["lat"] for k in first_gate[:-1]]]),
        residents=np.concatenate([zones.residents, np.zeros(n)]),
        employed_residents=np.concatenate([zones.employed_residents, np.zeros(n)]),
        jobs=np.concatenate([jobs, heads]),
        polygon=np.concatenate([zones.polygon, none]),
    )


def _read_districts(path: Path, zones: Zones) -> tuple[StrArray, StrArray, FloatArray]:
    """Where each Kreis is at home: its key, the district of the external zone that stands for it, the share there."""
    district_of_zone = dict(zip(zones.zone_id.tolist(), zones.district.tolist(), strict=True))
    shares: dict[tuple[str, str], float] = {}
    faults: list[str] = []
    for line, row in table_rows(path, ("kreis", "zone_id", "share")):
        zone = row["zone_id"]
        if zone not in district_of_zone:
            faults.append(f"line {line}: zone_id: district {row['kreis']!r} names the unknown zone {zone!r}")
            continue
        try:
            share = float(row["share"])
        except ValueError:
            faults.append(f"line {line}: share: {row['share']!r} is no number")
            continue
        if not 0 <= share <= 1:
            faults.append(f"line {line}: share: {share:g} must lie in 0 to 1")
        pair = (row["kreis"], str(district_of_zone[zone]))
        shares[pair] = shares.get(pair, 0.0) + share
    raise_faults(path, faults)
    pairs = sorted(shares)
    return (
        np.array([kreis for kreis, _ in pairs], dtype=str),
        np.array([district for _, district in pairs], dtype=str),
        np.array([shares[pair] for pair in pairs], float),
    )


def _read_commuters(folder: Path, about: dict[str, Any], zones: Zones) -> CommuterStatistics:
    """Statistics as published, with the flow inside the region's own districts added where it is known."""
    path = folder / about["commuters"]
    file = folder / "region.toml"
    own = _own_districts(_entry(about, "own_district", folder), file)
    places = (
        _read_districts(folder / about["districts"], zones)
        if "districts" in about
        else (np.zeros(0, str), np.zeros(0, str), np.zeros(0))
    )
    known = frozenset([*own, *zones.district.tolist(), *zones.municipality.tolist(), *places[0].tolist()])
    where = f"{about['zones']} nor in {about.get('districts', 'a table of districts')}"
    figures: dict[tuple[str, str], tuple[float, int]] = {}
    faults: list[str] = []
    for line, row in table_rows(path, ("home_kreis", "work_kreis", "employees")):
        pair = (row["home_kreis"], row["work_kreis"])
        for column, key in zip(("home_kreis", "work_kreis"), pair, strict=True):
            fault = key_fault(key, known, where)
            if fault is not None:
                faults.append(f"line {line}: {column}: {fault}")
        if pair in figures:
            faults.append(f"line {line}: pair {pair[0]} -> {pair[1]} stands in line {figures[pair][1]} already")
        try:
            figures[pair] = (figure(row["employees"]), line)
        except ValueError as fault:
            faults.append(f"line {line}: employees: {fault}")
    for key, inside in _by_district(about, "internal_employees", own, file).items():
        if (key, key) in figures:
            faults.append(
                f"line {figures[key, key][1]}: pair {key} -> {key} stands as internal_employees in {file} too"
            )
        figures[key, key] = (inside.value, 0)
    raise_faults(path, faults)
    into, out = (_by_district(about, f"{name}_commuters", own, file) for name in ("in", "out"))
    with_total = sorted(into.keys() | out.keys())
    pairs = sorted(figures)
    return CommuterStatistics(
        np.array([home for home, _ in pairs]),
        np.array([work for _, work in pairs]),
        np.array([figures[pair][0] for pair in pairs]),
        year=int(_entry(about, "statistics_year", folder)),
        source=str(_entry(about, "statistics_source", folder)),
        rounding=float(about.get("statistics_rounding", 10.0)),
        total_district=np.array(with_total, dtype=str),
        in_commuters=np.array([into[key].value if key in into else np.nan for key in with_total], float),
        out_commuters=np.array([out[key].value if key in out else np.nan for key in with_total], float),
        place_key=places[0],
        place_district=places[1],
        place_share=places[2],
    )


def _own_districts(given: Any, file: Path) -> tuple[str, ...]:
    """Keys of the region's own districts: one, or a list of them."""
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise InputError(f"{file}: own_district = {given!r} must be a key such as '14524', or a list of keys")
    return tuple(keys)


def _by_district(about: dict[str, Any], name: str, own: tuple[str, ...], file: Path) -> dict[str, Parameter]:
    """A quantity of each own district: one table for the only district, or a table of tables by key."""
    given = about.get(name, {})
    if not isinstance(given, dict):
        raise InputError(f"{file}: {name}: must be a table")
    tables = {own[0]: given} if "value" in given else given
    if "value" in given and len(own) > 1:
        raise InputError(f"{file}: {name}: say of which district, as in [{name}.{own[0]}]")
    return {key: _quantity(f"{name}.{key}", table, file) for key, table in tables.items()}
