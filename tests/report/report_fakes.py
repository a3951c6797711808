"""A made-up region and comparison in the shapes that the report reads; nothing here is a result of the library."""

import hashlib
import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from itas_mobility.core import (
    IndustrialSites,
    Parameter,
    Parameters,
    Region,
    RoadClass,
    RoadNetwork,
    ShiftPattern,
    Source,
    TransitMode,
    TransitNetwork,
    ZoneKind,
    Zones,
)
from itas_mobility.scenarios import Scenario
from itas_mobility.scenarios.results.tables import TABLES

LON, LAT = 12.30, 50.66
STEP = 0.012


def german(markup):
    """What a German reader sees of a piece of the page."""
    text = re.sub(r'<span lang="en">.*?</span>', "", str(markup))
    return re.sub(r"<[^>]*>", "", text).replace("\N{NARROW NO-BREAK SPACE}", " ")


@dataclass(frozen=True)
class FakeMeasure:
    de: str
    en: str

    def describe(self, language):
        return self.de if language == "de" else self.en


@dataclass(frozen=True)
class FakeScenario:
    name: str
    title: dict
    measures: tuple

    title_in = Scenario.title_in


@dataclass(frozen=True)
class FakeRun:
    scenario: FakeScenario
    digest: str
    indicators: dict
    tables: dict
    notes: tuple = ()
    noise: dict = field(default_factory=dict)
    long_run: dict = field(default_factory=dict)


@dataclass(frozen=True)
class FakeComparison:
    base: FakeRun
    runs: tuple
    region: Region
    messages: dict = field(default_factory=dict)
    shift_messages: dict = field(default_factory=dict)

    def explain(self, run, *, most=6):
        return self.messages.get(run.scenario.name, [])[:most]

    def explain_horizons(self, run, *, most=3):
        return []

    def explain_shifts(self, run, *, most=12):
        return self.shift_messages.get(run.scenario.name, [])[:most]


def grid_roads(n, *, two_way=True):
    """An n x n grid: every fifth row and column a main road, each street bent in the middle."""
    node = np.arange(n * n)
    x, y = node % n, node // n
    pairs = [(i, i + 1) for i in node if x[i] < n - 1] + [(i, i + n) for i in node if y[i] < n - 1]
    arcs = sorted([(a, b) for a, b in pairs] + ([(b, a) for a, b in pairs] if two_way else []))
    tail, head = (np.array(column) for column in zip(*arcs, strict=True))
    lon, lat = LON + STEP * x * 20 / n, LAT + 0.65 * STEP * y * 20 / n
    m = len(tail)
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    vertical = high - low > 1
    main = np.where(vertical, x[low] % 5 == 2, y[low] % 5 == 2)
    bend = 0.1 * STEP * 20 / n * np.sin(low * 1.7)
    shape_lon = np.column_stack((lon[tail], (lon[tail] + lon[head]) / 2 + bend * vertical, lon[head])).ravel()
    shape_lat = np.column_stack((lat[tail], (lat[tail] + lat[head]) / 2 + bend * ~vertical, lat[head])).ravel()
    road_class = np.where(main, int(RoadClass.PRIMARY), int(RoadClass.RESIDENTIAL))
    return RoadNetwork(
        ptr=np.searchsorted(tail, np.arange(n * n + 1)),
        tail=tail,
        head=head,
        node_id=node + 1,
        node_lon_deg=lon,
        node_lat_deg=lat,
        link_key=np.arange(m) * 10 + 7,
        length_m=np.full(m, 800.0),
        free_speed_km_per_h=np.full(m, 50.0),
        free_time_s=np.full(m, 58.0),
        lanes=np.ones(m),
        capacity_veh_per_h=np.where(main, 1600.0, 700.0),
        vdf=np.zeros(m),
        vdf_alpha=np.full(m, 0.15),
        vdf_beta=np.full(m, 4.0),
        toll_eur=np.zeros(m),
        road_class=road_class,
        modes=np.ones(m),
        access=np.zeros(m),
        name_code=np.where(main, 0, 1),
        names=np.array(["B 93", "Schulstraße"]),
        shape_ptr=3 * np.arange(m + 1),
        shape_lon_deg=shape_lon,
        shape_lat_deg=shape_lat,
        way_ptr=np.zeros(m + 1),
        way_id=np.zeros(0),
    )


def square_zones(k, *, names=None):
    """k x k squares over the grid, plus one external point and a zone for each site."""
    width = STEP * 20 / k
    polygons, lon, lat = [], [], []
    for j in range(k):
        for i in range(k):
            west, south = LON + i * width, LAT + 0.65 * j * width
            polygons.append(shapely.box(west, south, west + width, south + 0.65 * width))
            lon.append(west + width / 2)
            lat.append(south + 0.325 * width)
    titles = list(names or [f"Ort {i + 1}" for i in range(k * k)])
    return polygons, lon, lat, titles


def make_region(
    *,
    n=8,
    zones=None,
    title="Landkreis Beispiel",
    sites=("Werk Nord", "Werk Süd"),
    stop_names=None,
    stylised=True,
    residents=None,
    municipality=None,
    site_places=None,
):
    polygons, lon, lat, titles = zones or square_zones(3)
    k, s = len(polygons), len(sites)
    places = site_places or [(LON + 0.09 + 0.05 * i, LAT + 0.05 + 0.03 * i) for i in range(s)]
    all_polygons = np.empty(k + s + 1, dtype=object)
    all_polygons[:k] = polygons
    made = Zones(
        zone_id=[f"z{i}" for i in range(k)] + [f"s{i}" for i in range(s)] + ["x0"],
        name=[*titles, *sites, "Fernstadt"],
        municipality=[*(municipality or [f"{14524000 + i}" for i in range(k)]), *["14524300"] * s, "14511"],
        district=["14524"] * (k + s) + ["14511"],
        kind=[ZoneKind.INTERNAL] * k + [ZoneKind.SITE] * s + [ZoneKind.EXTERNAL],
        lon_deg=[*lon, *(p[0] for p in places), LON + 0.6],
        lat_deg=[*lat, *(p[1] for p in places), LAT + 0.1],
        residents=[*(residents or [9000.0 + 700 * i for i in range(k)]), *[0.0] * s, 240000.0],
        employed_residents=[3000.0] * k + [0.0] * s + [90000.0],
        jobs=[2000.0] * k + [4000.0] * s + [90000.0],
        polygon=all_polygons,
    )
    shifts = ShiftPattern(["Früh", "Spät", "Nacht"], [21600, 50400, 79200], [50400, 79200, 108000], [0.4, 0.35, 0.25])
    office = ShiftPattern(["Tag"], [28800], [59400], [1.0])
    site = IndustrialSites(
        site_id=[f"site{i}" for i in range(s)],
        name=list(sites),
        zone=np.arange(k, k + s),
        gate_ptr=np.arange(s + 1),
        gate_name=["Tor 1"] * s,
        gate_lon_deg=[p[0] for p in places],
        gate_lat_deg=[p[1] for p in places],
        gate_stop_name=["Tor"] * s,
        stop_to_gate_m=[120.0] * s,
        gate_to_workplace_m=[200.0] * s,
        head_count=[8000.0 / (i + 1) for i in range(s)],
        attendance_share=[0.85] * s,
        parking_spaces=[3000.0 / (i + 1) for i in range(s)],
        grid_connection_kw=[900.0 / (i + 1) for i in range(s)],
        charging_points=[100] * s,
        charging_point_kw=[11.0] * s,
        shifts=tuple(shifts if i % 3 != 1 else office for i in range(s)),
        provenance={
            f"site{i}.head_count": Parameter(
                f"site{i}.head_count",
                8000 / (i + 1),
                "Personen",
                "Schätzung aus Fläche",
                2024,
                "assumption",
                1000 / (i + 1),
                9200,
            )
            for i in range(s)
        },
    )
    roads = grid_roads(n)
    stops = stop_names or [f"Haltestelle {i}" for i in range(12)]
    c = len(stops)
    half = c // 2
    transit = TransitNetwork(
        stop_id=[f"h{i}" for i in range(c)],
        stop_name=stops,
        stop_lon_deg=[LON + STEP * (1 + 18 * (i % half) / half) for i in range(c)],
        stop_lat_deg=[LAT + 0.65 * STEP * ((6 if i < half else 13) + 2 * np.sin(i * 0.8)) for i in range(c)],
        pattern_id=["t4:0", "t4:1", "b101:0"],
        line=["4", "4", "101"],
        pattern_name=["hin", "her", "rund"],
        mode=[TransitMode.TRAM, TransitMode.TRAM, TransitMode.BUS],
        stop_ptr=[0, half, 2 * half, half + c],
        stop=[*range(half), *range(half - 1, -1, -1), *range(half, c)],
        run_time_s=np.full(half + c, 60.0),
        distance_m=np.full(half + c, 500.0),
        band_start_s=[18000.0],
        band_end_s=[82800.0],
        headway_s=[[600.0], [600.0], [1800.0]],
        offset_s=[0.0, 0.0, 0.0],
    )
    parameters = Parameters(
        {
            "value_of_time": Parameter(
                "value_of_time", 12.5, "EUR/h", "Bundesverkehrswegeplan 2030", 2016, "official", 12.5, 12.5
            ),
            "ev_share": Parameter(
                "ev_share", 0.05, "share", "Annahme der Werkstatt", 2024, "assumption", 0.02, 0.12, "Anteil am Bestand"
            ),
        }
    )
    sources = (
        Source("OpenStreetMap", "2024", "ODbL 1.0", "© OpenStreetMap-Mitwirkende (ODbL)", "Straßen und Linien"),
        Source("Haltestellen", "2023", "CC BY 4.0", "DB InfraGO (CC BY 4.0)", "Haltestellen"),
        Source("VG250", "2017", "dl-de/by-2-0", "GeoBasis-DE / BKG 2017", "Gemeindegrenzen"),
    )
    return Region(
        name="beispiel",
        title=title,
        zones=made,
        sites=site,
        roads=roads,
        bike=roads,
        walk=roads,
        transit=transit,
        commuters=None,
        parameters=parameters,
        sources=sources,
        is_stylised=stylised,
    )


def reachability(region, *, push=0.0):
    """A row per site, shift and home zone; a higher `push` lets more zones reach their shift in time."""
    sites, zones = region.sites, region.zones
    homes = np.flatnonzero(zones.kind != ZoneKind.SITE)
    rows = []
    for i in range(len(sites)):
        pattern = sites.shifts[i]
        for j in range(len(pattern)):
            for k, zone in enumerate(homes.tolist()):
                wave = 0.5 + 0.5 * np.sin(1.3 * k + i + 2 * j)
                out = ("none", 20.0 + k) if wave < 0.45 + 4 * push else (("time", "ride", "home")[k % 3], np.inf)
                back = ("none", 25.0 + k) if (k + j) % 4 else ("time", np.inf)
                row = [sites.site_id[i], pattern.name[j], "Mo-Fr", pattern.start_s[j], pattern.end_s[j]]
                row += [zones.zone_id[zone], 3.26 + k, float(out[0] == back[0] == "none")]
                for cause, minutes in (out, back):
                    is_possible = cause == "none"
                    retiming = 0.0 if is_possible else 60.0 * (k - 4) if cause == "time" else np.inf
                    row += [60.0 * minutes, k % 2 if is_possible else -1, 180.0 * is_possible, retiming, cause]
                rows.append(row)
    names = [
        f"{way}_{name}" for way in ("out", "back") for name in ("time_s", "transfers", "wait_s", "retiming_s", "cause")
    ]
    first = ["site_id", "shift", "weekday", "start_s", "end_s", "zone_id", "workers", "is_reachable"]
    return pd.DataFrame(rows, columns=[*first, *names])


STEPS = 7 * 96


def week_rows(sites, row, peak_kw, *, managed):
    """A week at a site: a wave of charging after each start of a shift, Monday to Friday; managed, it is cut at 60 %.

    The second site has buildings and photovoltaics on its connection.
    """
    hour = np.arange(STEPS) / 4.0
    wave = np.zeros(STEPS)
    for day in range(5):
        for start_s in sites.shifts[row].start_s:
            since = hour - (24.0 * day + start_s / 3600.0)
            wave = np.maximum(wave, np.where((since >= -0.5) & (since < 4), np.exp(-np.maximum(since, 0) / 1.5), 0))
    uncontrolled = peak_kw * wave
    power = np.minimum(uncontrolled, 0.6 * peak_kw) if managed else uncontrolled
    has_other = row % 2
    daylight = np.maximum(np.sin((hour % 24 - 6) / 12 * np.pi), 0) * has_other
    base = (60 + 120 * daylight) * has_other
    pv = 90 * daylight
    return pd.DataFrame(
        {
            "site_id": sites.site_id[row], "time_h": hour, "power_kw": power, "uncontrolled_kw": uncontrolled,
            "free_kw": sites.grid_connection_kw[row] * 0.9 - base + pv, "base_load_kw": base, "pv_kw": pv,
            "storage_kw": 0.0,
        }
    )  # fmt: skip


def charged(key, ids, driven_kwh, *, unserved=0.1):
    """Where cars charge: a share at home, half of the rest at work and in public; what is unserved goes elsewhere."""
    driven = np.asarray(driven_kwh, float)
    share = 0.6 + 0.2 * np.sin(np.arange(len(driven)))
    home, work, back = share * driven, 0.5 * (1 - share) * driven, 0.01 * driven
    public = driven - home - work + back
    return pd.DataFrame(
        {
            key: ids, "electric_cars": driven / 8.0, "driven_kwh": driven, "home_kwh": home, "work_kwh": work,
            "public_kwh": public, "on_the_way_kwh": 0.1 * public, "fed_back_kwh": back, "home_grid_kwh": home / 0.92,
            "work_grid_kwh": work / 0.92, "public_grid_kwh": public / 0.93, "fed_back_grid_kwh": 0.94 * back,
            "unserved_kwh": unserved * work, "unserved_home_cars": unserved * work / 10,
            "unserved_public_cars": unserved * work / 20, "stranded_cars": unserved * work / 50,
        }
    )  # fmt: skip


FILLING = {"text": "", "key": 0, "number": 0.0}


def whole(tables):
    """Tables of a run with all that their schemas ask for: what is not given is empty or zero."""
    made = {}
    for name, schema in TABLES.items():
        given = tables.get(name, pd.DataFrame({column.name: [] for column in schema.columns}))
        rest = {column.name: FILLING[column.kind] for column in schema.columns if column.name not in given}
        made[name] = schema.typed(given.assign(**rest))
    assert set(tables) <= set(made)
    return made


def make_run(region, name, de, en, *, push=0.0, electric=0.05, measures=(), seed=1, drop=0):
    """A run whose figures move with `push` (shift from car to transit) and `electric`."""
    rng = np.random.default_rng(seed)
    roads, sites, zones = region.roads, region.sites, region.zones
    main = roads.road_class <= RoadClass.PRIMARY_LINK
    shape = np.random.default_rng(7).uniform(0.25, 1.0, roads.n_links)
    middle = np.hypot(
        roads.node_lon_deg[roads.tail] - LON - 10 * STEP, 1.5 * (roads.node_lat_deg[roads.tail] - LAT - 6.5 * STEP)
    )
    volume = np.where(main, 13000, 900) * shape * np.exp(-9 * middle) * (1 - push)
    # a local change on top: the measure moves traffic near one corner
    volume *= 1 + 4 * push * np.exp(
        -((roads.node_lon_deg[roads.tail] - LON - 5 * STEP) ** 2) / STEP**2 / 4
    ) * rng.uniform(0.5, 1.0, roads.n_links)
    links = pd.DataFrame(
        {
            "link_key": roads.link_key,
            "volume_veh_per_day": volume,
            "volume_peak_veh_per_h": 0.11 * volume,
            "saturation_share": 0.13 * volume / roads.capacity_veh_per_h * 1.0,
            "time_peak_s": 70.0,
            "free_time_s": 58.0,
        }
    ).iloc[drop:]
    shares = lambda base: np.clip(base, 0, 1)  # noqa: E731
    car = 0.78 - push
    zone_rows = pd.DataFrame({"zone_id": zones.zone_id, "workers": np.where(zones.kind == ZoneKind.SITE, 0, 2000.0)})
    wave = 0.12 * np.sin(np.arange(len(zones)))
    far = np.hypot(zones.lon_deg - LON - 10 * STEP, zones.lat_deg - LAT - 6 * STEP)
    zone_rows["car_share"] = shares(car + wave / 2)
    zone_rows["transit_share"] = shares(0.11 + push - wave / 3)
    zone_rows["bike_share"] = 0.06
    zone_rows["walk_share"] = 0.05
    zone_rows["reachable_share"] = shares(0.85 - 4 * far + wave + 2 * push)
    zone_rows.loc[zones.kind == ZoneKind.SITE, "reachable_share"] = np.nan
    workers = sites.head_count * sites.attendance_share
    cars = workers * car * 0.9
    frame = pd.DataFrame(
        {
            "site_id": sites.site_id,
            "workers": workers,
            "car_share": car,
            "transit_share": 0.11 + push,
            "bike_share": 0.06,
            "walk_share": 0.05,
            "reachable_share": shares(0.2 + 0.5 * np.abs(np.sin(np.arange(len(sites)))) + push),
            "cars": cars,
            "electric_cars": cars * electric,
            "energy_kwh": cars * electric * 4,
            "charging_peak_kw": np.minimum(cars * electric * 3, sites.charging_points * 11.0),
            "grid_connection_kw": sites.grid_connection_kw,
            "unserved_kwh": 0.0,
            "parking_spaces": sites.parking_spaces,
        }
    )
    parking = pd.DataFrame(
        {
            "site_id": sites.site_id,
            "parking_spaces": sites.parking_spaces,
            "standing_cars": cars,
            "shadow_price_eur_per_day": np.where(cars > sites.parking_spaces, 5.3, 0.0),
            "outside_cars": np.maximum(cars - sites.parking_spaces, 0.0),
        }
    )
    shifts, charging = [], []
    for i in range(len(sites)):
        pattern = sites.shifts[i]
        for j in range(len(pattern)):
            arrive = float(np.clip(0.35 + 0.3 * np.sin(i + 2 * j) + 2 * push, 0, 1))
            back = float(np.clip(0.55 + 0.3 * np.cos(i + j) + push, 0, 1))
            shifts.append(
                (
                    sites.site_id[i],
                    pattern.name[j],
                    pattern.start_s[j],
                    pattern.end_s[j],
                    workers[i] * pattern.head_share[j],
                    arrive,
                    back,
                    min(arrive, back),
                    "out" if arrive < back else "back",
                )
            )
        charging.append(week_rows(sites, i, frame["charging_peak_kw"][i], managed=push > 0))
    slices = pd.DataFrame(
        {
            "slice": ["Nacht", "Früh", "Tag", "Nachmittag", "Abend"],
            "start_s": [0, 18000, 32400, 50400, 68400.0],
            "end_s": [18000, 32400, 50400, 68400, 86400.0],
            "car_trips": np.array([9000, 62000, 48000, 69000, 22000.0]) * (1 - push),
            "veh_km": 1.0,
            "veh_h": 1.0,
            "mean_speed_km_per_h": 44.0,
            "relative_gap": 1e-9,
        }
    )
    lines = pd.DataFrame(
        {
            "line": ["4", "101", "RB30"],
            "mode": ["tram", "bus", "train"],
            "boardings": np.array([5200, 800, 3100.0]) * (1 + 4 * push),
            "vehicle_km": [1812.0, 930.0, np.nan],
            "vehicles": [7.0, 1.0, np.nan],
            "cost_eur": [13400.0, 2890.0, np.nan],
            "seats": [np.nan, 50.0, np.nan],
            "fullest_trip": [np.nan, 63.0, np.nan],
        }
    )
    indicators = {
        "car_share": 100 * car,
        "transit_share": 100 * (0.11 + push),
        "bike_share": 6.0,
        "walk_share": 5.0,
        "veh_km_per_day": 1234567.8 * (1 - push),
        "veh_h_per_day": 31000.0 * (1 - push),
        "reachable_share": 42 + 150 * push,
        "charging_peak_kw": float(frame["charging_peak_kw"].max()),
        "co2_wtw_t_per_day": 221.4 * (1 - push - 0.4 * electric),
        "relative_gap": 3.2e-9,
    }
    return FakeRun(
        scenario=FakeScenario(name=name, title={"de": de, "en": en}, measures=tuple(measures)),
        digest=hashlib.sha256(f"{name} {push} {electric}".encode()).hexdigest(),
        indicators=indicators,
        tables=whole(
            {
                "links": links,
                "zones": zone_rows,
                "sites": frame,
                "parking": parking,
                "slices": slices,
                "lines": lines,
                "reachability": reachability(region, push=push),
                "shifts": pd.DataFrame(
                    shifts,
                    columns=[
                        "site_id",
                        "shift",
                        "start_s",
                        "end_s",
                        "workers",
                        "arrive_share",
                        "return_share",
                        "both_share",
                        "first_failing",
                    ],
                ).assign(weekday="Mo-Fr", first_cause="time", mean_out_wait_s=720.0, mendable_share=0.04),
                "where_zones": charged(
                    "zone_id", zones.zone_id, np.where(zones.kind == ZoneKind.SITE, 0.0, electric * 9000.0)
                ),
                "where": charged("site_id", [*sites.site_id, "elsewhere"], [*(cars * electric * 8), 2500.0 * electric]),
                "charging": pd.concat(charging, ignore_index=True),
            }
        ),
    )


def make_comparison(region=None, *, scenarios=None):
    region = region or make_region()
    base = make_run(region, "base", "Heute", "Today")
    wanted = scenarios or [("tram", "Straßenbahn bis zum Werk", "Tram to the works", 0.04, 0.05)]
    runs, messages, shifts = [], {}, {}
    for seed, (name, de, en, push, electric) in enumerate(wanted, 2):
        measures = (
            FakeMeasure(
                f"Linie 4 fährt alle {10 - seed} Minuten bis Mosel", f"Line 4 runs every {10 - seed} minutes to Mosel"
            ),
            FakeMeasure("100 Ladepunkte am Werk", "100 charging points at the works"),
        )
        runs.append(make_run(region, name, de, en, push=push, electric=electric, measures=measures, seed=seed))
        points, share = f"{100 * push:.0f}", f"{100 * (0.11 + push):.0f} %"
        messages[name] = [
            {
                "text_de": f"Bus und Bahn gewinnen {points} Prozentpunkte und erreichen {share}.",
                "text_en": f"Public transport gains {points} points and reaches {share}.",
                "direction": "",
            },
            {
                "text_de": "Am stärksten gewinnt die Frühschicht am Werk Nord: 240 mehr erreichen sie ohne Auto.",
                "text_en": "The early shift at Werk Nord gains most: 240 more workers reach it without a car.",
                "direction": "",
            },
            {
                "text_de": "Die Ladespitze am Werk Nord bleibt unter dem Netzanschluss.",
                "text_en": "The charging peak at Werk Nord stays below the grid connection.",
                "direction": "",
            },
        ]
        shifts[name] = [
            {"text_de": f"Schicht {i}: {i} mehr", "text_en": f"Shift {i}: {i} more", "direction": "better"}
            for i in range(1, 10)
        ]
    return FakeComparison(base, tuple(runs), region, messages, shifts)


@dataclass(frozen=True)
class FakeOptions:
    strategies: pd.DataFrame
    limits: pd.DataFrame


def make_options(run, site="site0"):
    """Options of one site of a run, whose peak is its chosen strategy's; balanced and cheap charging lie above."""
    table = run.tables["sites"].set_index("site_id")
    chosen_kw = float(table.loc[site, "charging_peak_kw"])
    peaks = {
        "uncontrolled": 300.0, "first_come": chosen_kw, "balanced": 311.6, "peak_minimal": 158.1, "cost_minimal": 900.0,
        "bidirectional": np.nan,
    }  # fmt: skip
    strategies = pd.DataFrame(
        {
            "site_id": site,
            "strategy": list(peaks),
            "is_chosen": [name == "first_come" for name in peaks],
            "peak_kw": list(peaks.values()),
            "over_limit_h": [3.25, 0.0, 4.0, 0.0, 6.0, np.nan],
            "unserved_kwh": [0.0, 12.4, 0.0, 0.0, 0.0, np.nan],
            "unserved_share": [0.0, 0.031, 0.0, 0.0, 0.0, np.nan],
            "cost_eur": [910.0, 905.0, 920.0, 899.0, 700.5, np.nan],
            "co2_kg": np.nan,
            "refused": ["", "", "", "", "", "no prices"],
        }
    )
    limits = pd.DataFrame(
        [
            {
                "site_id": site, "electric_share": 0.05, "peak_limit_share": 0.12, "served_limit_share": 0.55,
                "peak_limit_year_low": 2029.0, "peak_limit_year_mid": 2031.9, "peak_limit_year_high": 2036.0,
                "served_limit_year_low": np.nan, "served_limit_year_mid": np.nan, "served_limit_year_high": 2041.0,
                "points": 40.0, "points_needed": 62.0, "kwh_per_kw": 12.34, "eur_per_kw": 0.0, "kwh_per_point": 3.21,
                "kw_per_min": 1.5,
            }
        ]
    )  # fmt: skip
    return FakeOptions(strategies, limits)
