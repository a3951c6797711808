"""Regions whose lines come from feeds: Porto Alegre's buses and trains end to end, and what is refused."""

import csv
import datetime as dt
import json
import math
import tomllib
import zipfile
from collections import defaultdict

import numpy as np
import pytest

from itas_mobility import cli, regions, scenarios
from itas_mobility.core import TransitMode
from itas_mobility.core.columns import content_digest
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.network.transit.clipping import DROPPED_TRIPS
from itas_mobility.regions import reuse
from itas_mobility.regions.checking import check_file
from oracles.gtfs_days import trips_on

CELL_DEG = 0.011
SAMPLE = 0.02
"""Share of residents and jobs that is taken, so that streets stay free and a run is quick."""
WEEK = "2019-04-22"
FEEDS = ("poa_eptc.zip", "poa_trensurb.zip")


def porto_alegre_zones(folder):
    """GeoJSON of square cells that hold residents and jobs of the hexagons in them."""
    cells = defaultdict(lambda: np.zeros(5))
    with (folder / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lon, lat = float(row["lon"]), float(row["lat"])
            cell = cells[math.floor(lon / CELL_DEG), math.floor(lat / CELL_DEG)]
            cell += [float(row["population"] or 0), float(row["jobs"] or 0), lon, lat, 1.0]
    features = []
    for (column, line), (residents, jobs, lon, lat, n) in sorted(cells.items()):
        if residents + jobs == 0:
            continue
        west, south = column * CELL_DEG, line * CELL_DEG
        east, north = west + CELL_DEG, south + CELL_DEG
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        properties = {
            "zone_id": f"p{len(features):03d}", "name": "", "ags": "00000000", "kind": "internal", "lon": lon / n,
            "lat": lat / n, "residents": SAMPLE * residents, "employed_residents": 0.41 * SAMPLE * residents,
            "jobs": SAMPLE * jobs,
        }  # fmt: skip
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


def porto_alegre_site():
    """A made-up works beside a street, with a shift while the feed's buses run (it holds 11 to 16 o'clock alone)."""

    def stated(value):
        return (
            f'{{ value = {value}, low = 0.0, high = {2 * value}, unit = "1", year = 2026, source = "made up for a '
            'test", confidence = "assumption" }'
        )

    quantities = {
        "gate_to_workplace_m": 100.0, "head_count": 900.0, "attendance_share": 0.5, "parking_spaces": 400.0,
        "grid_connection_kw": 300.0, "charging_points": 10.0, "charging_point_kw": 11.0,
    }  # fmt: skip
    return "\n".join(
        [
            "[[site]]", 'id = "works"', 'name = "Works"', 'municipality_ags = "00000000"',
            'gates = [{ name = "gate", lon = -51.17, lat = -30.01 }]',
            *(f"{name} = {stated(value)}" for name, value in quantities.items()),
            'shifts = [{ name = "midday", start = "13:30", end = "15:00", share = 1.0, days = "Mo-So" }]',
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "region_poa"


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    """Nothing that an earlier process read."""
    root = tmp_path_factory.mktemp("cache")

    def folder(*parts):
        root.joinpath(*parts).mkdir(parents=True, exist_ok=True)
        return root.joinpath(*parts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reuse, "writable_cache_folder", folder)
        yield


@pytest.fixture(scope="module")
def porto_alegre(folder, tmp_path_factory):
    work = tmp_path_factory.mktemp("poa")
    (work / "zones.geojson").write_text(porto_alegre_zones(folder), encoding="utf-8")
    (work / "sites.toml").write_text(porto_alegre_site(), encoding="utf-8")
    with pytest.warns(DataWarning, match=r"poa_eptc\.zip: no trip runs on 2019-04-2[78]"):
        return work / "region", regions.build_region(
            folder / "poa_osm.pbf",
            work / "region",
            zones=work / "zones.geojson",
            sites=work / "sites.toml",
            gtfs=[folder / name for name in FEEDS],
            week=WEEK,
            gtfs_sources=["EPTC, 2019", "Trensurb"],
        )


def test_each_weekday_has_the_trips_that_both_feeds_hold(porto_alegre, folder):
    _, region = porto_alegre
    assert tuple(region.timetable.label.tolist()) == WEEKDAYS
    for k in (0, 5, 6):
        timetable = region.timetable.timetables[k]
        date = (dt.date.fromisoformat(WEEK) + dt.timedelta(days=k)).isoformat()
        n = sum(len(trips_on(folder / name, date)) for name in FEEDS)
        assert timetable.n_trips + timetable.report.counts[DROPPED_TRIPS] == n, date
        assert 0 < timetable.report.counts[DROPPED_TRIPS] < 20, "a few trains run outside the hexagons alone"
    days = region.timetable.timetables
    assert all(one is days[0] for one in days[:5]), "working days are alike in both calendars"
    assert {TransitMode(code).name for code in days[0].mode} == {"BUS", "TRAIN"}


def test_lines_have_the_headways_of_the_first_working_day(porto_alegre):
    _, region = porto_alegre
    monday = region.timetable.on("Mo")
    lines = region.transit
    assert lines.stop_id.tolist() == monday.stop_id.tolist()
    hours = (lines.band_end_s - lines.band_start_s)[None, :]
    assert (hours / lines.headway_s).sum() == pytest.approx(
        monday.n_trips - lines.report.counts["departures outside the bands"]
    )


def test_the_folder_names_feeds_days_and_sources(porto_alegre):
    out, region = porto_alegre
    about = tomllib.loads((out / "region.toml").read_text(encoding="utf-8"))
    assert (about["gtfs"], about["week"], "date" in about) == (list(FEEDS), WEEK, False)
    assert [source.attribution for source in region.sources] == [
        "© OpenStreetMap-Mitwirkende", "EPTC, 2019", "Trensurb",
    ]  # fmt: skip
    assert region.sources[1].used_for == "lines and timetable of 2019-04-22 to 2019-04-28"


def test_what_was_read_is_kept(porto_alegre):
    out, region = porto_alegre
    again = regions.read_region(out)  # the feed that has no trips on the week-end is not read: no warning
    assert content_digest(again.timetable) == content_digest(region.timetable)
    same = [one is again.timetable.timetables[0] for one in again.timetable.timetables]
    assert same == [True] * 5 + [False] * 2
    assert again.timetable.timetables[0].report == region.timetable.timetables[0].report
    assert content_digest(again.transit) == content_digest(region.transit)


@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_one_day_of_one_feed_and_the_names_it_gives_itself(folder, tmp_path):
    (tmp_path / "zones.geojson").write_text(porto_alegre_zones(folder), encoding="utf-8")
    region = regions.build_region(
        folder / "poa_osm.pbf", tmp_path / "day", zones=tmp_path / "zones.geojson",
        gtfs=[folder / "poa_eptc.zip"], dates=["2019-04-19", "2019-04-18"],
    )  # fmt: skip
    assert region.timetable.label.tolist() == ["2019-04-19", "2019-04-18"]
    assert [one.n_trips for one in region.timetable.timetables] == [1053, 2374]
    assert region.sources[1].attribution == "Empresa Publica de Transportes e Circulação"
    again = regions.read_region(tmp_path / "day")
    assert again.timetable.label.tolist() == region.timetable.label.tolist()
    assert again.transit.headway_s.tolist() == region.transit.headway_s.tolist()


@pytest.mark.filterwarnings(
    "ignore::itas_mobility.errors.DataWarning", "ignore::itas_mobility.errors.ConvergenceWarning"
)
def test_reachability_follows_the_days(porto_alegre):
    _, region = porto_alegre
    result = scenarios.run(region)
    assert len(region.zones) == 106
    assert result.indicators["transit_boardings"] > 0
    shifts = result.tables["shifts"].set_index("weekday")
    # a night's way home may last until two days later, so Monday, Thursday and Friday differ from their neighbours
    assert shifts.index.tolist() == ["Mo", "Di,Mi", "Do", "Fr", "Sa", "So"]
    both = shifts["both_share"]
    assert both["Mo"] == both["Di,Mi"] == both["Do"] == both["Fr"] > 0.2
    assert both["Sa"] < both["Mo"] / 2, "no bus runs"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"by date or by week, not both; poa_eptc\.zip has trips on 66 days from 2019-04-15 to 2019-07-15"),
        ({"dates": ["2019-04-23"], "week": WEEK}, "by date or by week, not both"),
        ({"dates": ["2019-04-20"]}, r"no trip runs on 2019-04-20; poa_eptc\.zip has trips on 66 days from 2019-04-15"),
        ({"dates": ["2026-11-24"]}, "no trip runs on 2026-11-24"),
        ({"dates": ["24.11.2026"]}, "'24.11.2026' is none; write it as 2026-11-24"),
        ({"dates": ["2019-04-23", "2019-04-23"]}, "2019-04-23 stands twice"),
        ({"week": "2026-11-23"}, r"no trip of poa_eptc\.zip runs on 2026-11-23, .*; it has trips on 66 days"),
        ({"dates": ["2019-04-23"], "gtfs_sources": ["a", "b"]}, "2 sources for 1 feeds"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_read_are_refused_with_those_that_can(folder, tmp_path, options, message):
    given = {"gtfs": [folder / "poa_eptc.zip"], "population": 1000, **options}
    with pytest.raises(InputError, match=message):
        regions.build_region(folder / "poa_osm.pbf", tmp_path / "out", **given)
    assert list(tmp_path.iterdir()) == []


def test_days_without_a_feed_and_feeds_of_one_name_are_refused(folder, tmp_path):
    with pytest.raises(InputError, match="need a feed"):
        regions.build_region(folder / "poa_osm.pbf", tmp_path / "out", population=1000, dates=["2019-04-23"])
    twin = tmp_path / "twin" / "poa_eptc.zip"
    with pytest.raises(InputError, match="share a name"):
        regions.build_region(
            folder / "poa_osm.pbf", tmp_path / "out", population=1000, gtfs=[folder / "poa_eptc.zip", twin],
            dates=["2019-04-23"],
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_feed_of_another_place_is_refused(shared_data, tmp_path):
    with pytest.raises(InputError, match=r"none of the \d+ trips calls near the \d+ zones"):
        regions.build_region(
            shared_data / "region_poa" / "poa_osm.pbf", tmp_path / "out", population=1000,
            gtfs=[shared_data / "gtfs" / "otp_vvs_bus_751_only.zip"], dates=["2020-02-04"],
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


ROADS = """<osm version="0.6">
<node id="1" lat="50.700" lon="12.400"/><node id="2" lat="50.710" lon="12.410"/><node id="3" lat="50.720" lon="12.420"/>
<node id="4" lat="50.710" lon="12.430"/>
<way id="8"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="9"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
</osm>"""
FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nX,Test,https://example.org,Europe/Berlin\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nP,Platz,50.70,12.40\nR,Rathaus,50.72,12.42\n",
    "routes.txt": "route_id,route_short_name,route_type\nL,4,0\n",
    "trips.txt": "route_id,service_id,trip_id\nL,W,t1\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,05:00:00,05:00:00,P,1\nt1,05:10:00,05:10:00,R,2\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,1,1,1,1,1,0,0,20260101,20261231\n"
    ),
}


@pytest.fixture
def village(tmp_path):
    """Roads without route relations, and a feed of one tram on working days."""
    (tmp_path / "roads.osm").write_text(ROADS, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        for name, content in FEED.items():
            archive.writestr(name, content)
    return tmp_path


def test_roads_alone_are_enough_where_a_feed_is_given(village):
    region = regions.build_region(
        village / "roads.osm", village / "out", population=500, gtfs=[village / "feed.zip"],
        dates=["2026-11-24"],
    )  # fmt: skip
    assert region.transit.line.tolist() == ["4"]
    assert region.timetable.timetables[0].trip_id.tolist() == ["t1"]


def test_days_of_a_region_folder_are_checked_at_each_reading(village):
    regions.build_region(
        village / "roads.osm", village / "out", population=500, gtfs=[village / "feed.zip"], dates=["2026-11-24"]
    )
    about = village / "out" / "region.toml"
    text = about.read_text(encoding="utf-8")
    about.write_text(text.replace('date = ["2026-11-24"]', "date = 2026-11-25"), encoding="utf-8")
    assert regions.read_region(village / "out").timetable.label.tolist() == ["2026-11-25"], "a date of TOML will do"
    about.write_text(text.replace("2026-11-24", "2026-11-28", 1), encoding="utf-8")
    with pytest.raises(
        InputError,
        match=r"region\.toml: no trip runs on 2026-11-28; feed\.zip has trips on 261 days .* nearest is 2026-11-27",
    ):
        regions.read_region(village / "out")
    about.write_text(text.replace("gtfs = [", "feeds = ["), encoding="utf-8")
    with pytest.raises(InputError, match="need the key 'gtfs'"):
        regions.read_region(village / "out")


@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_a_region_folder_is_checked_with_its_feeds(village):
    out = village / "out"
    regions.build_region(village / "roads.osm", out, population=500, gtfs=[village / "feed.zip"], week="2026-11-23")
    outcome = check_file(out)
    assert outcome["status"] == "ok"
    assert outcome["summary"]["trips"] == "Mo 1, Di 1, Mi 1, Do 1, Fr 1, Sa 0, So 0"
    assert [finding["message"].split(": ")[-1] for finding in outcome["findings"]] == [
        "no trip runs on Sa", "no trip runs on So",
    ]  # fmt: skip
    assert check_file(out / "region.toml") == outcome
    with zipfile.ZipFile(out / "feed.zip", "w") as archive:
        for name, content in FEED.items():
            archive.writestr(name, content.replace("05:10:00", "04:10:00"))
    outcome = check_file(out)
    assert outcome["status"] == "error"
    assert any(finding["file"] == "stop_times.txt" and finding["line"] == 3 for finding in outcome["findings"])
    (out / "feed.zip").unlink()
    assert "feed.zip: no such file" in check_file(out)["findings"][0]["message"]
    with pytest.raises(InputError, match=r"region\.toml: no such file"):
        check_file(village)


def test_the_command_tells_trips_by_day_and_what_is_left_out(village, capsys):
    far = FEED["stops.txt"] + "X,Xanten,51.66,6.45\nY,Ypern,50.85,2.88\n"
    trips = FEED["trips.txt"] + "L,W,t2\n"
    times = FEED["stop_times.txt"] + "t2,05:00:00,05:00:00,X,1\nt2,09:10:00,09:10:00,Y,2\n"
    with zipfile.ZipFile(village / "feed.zip", "w") as archive:
        for name, content in (FEED | {"stops.txt": far, "trips.txt": trips, "stop_times.txt": times}).items():
            archive.writestr(name, content)
    command = ["build", "--osm", str(village / "roads.osm"), "--gtfs", str(village / "feed.zip"), "--population", "500"]
    with pytest.raises(SystemExit) as left:
        cli.main([*command, "--date", "2026-11-24", "--date", "2026-11-25", "--out", str(village / "out"), "--json"])
    outcome = json.loads(capsys.readouterr().out)
    assert (left.value.code, outcome["line_patterns"], outcome["stops"]) == (0, 1, 2)
    assert outcome["trips"] == {"2026-11-24": 1, "2026-11-25": 1}
    assert outcome["trips_left_out"] == {"2026-11-24": 1, "2026-11-25": 1}
