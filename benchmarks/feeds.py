"""Reading of timetables: a feed of a million stop times, beside pandas reading that one file as text and numbers."""

import io
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

from benchmarks.cases import Run, case
from itas_mobility import network

DAY = "2026-11-24"
CALLS = 50
"""Calls per trip."""


def _clock(moment_s: int) -> str:
    return f"{moment_s // 3600:02d}:{moment_s // 60 % 60:02d}:{moment_s % 60:02d}"


@lru_cache(maxsize=2)
def made_feed(n_trips: int) -> Path:
    """A feed of trips of 50 calls each, all of them on working days; 100 trips make a route."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "made.zip"
    n_routes = max(n_trips // 100, 1)
    n_stops = n_routes + CALLS
    stops = "".join(
        f"de:14524:{i}:1,Halt {i},{50.5 + i % 97 / 400:.6f},{12.3 + i / 2000:.6f}\n" for i in range(n_stops)
    )
    trips = "".join(f"route{t % n_routes},S{t % n_routes % 2},trip-{t}-of-the-line\n" for t in range(n_trips))
    calls = io.StringIO()
    calls.write("trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n")
    for t in range(n_trips):
        start_s = 14_400 + t // n_routes * 600
        calls.writelines(
            f"trip-{t}-of-the-line,{_clock(start_s + 90 * k)},{_clock(start_s + 90 * k + 20)},"
            f"de:14524:{t % n_routes + k}:1,{k},0,0\n"
            for k in range(CALLS)
        )
    days = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "agency.txt", "agency_name,agency_url,agency_timezone\nMade,https://example.org,Europe/Berlin\n"
        )
        archive.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\n" + stops)
        routes = "".join(f"route{r},{r},3\n" for r in range(n_routes))
        archive.writestr("routes.txt", "route_id,route_short_name,route_type\n" + routes)
        archive.writestr("trips.txt", "route_id,service_id,trip_id\n" + trips)
        archive.writestr("stop_times.txt", calls.getvalue())
        week = "".join(f"S{i},1,1,1,1,1,{i},{i},20260101,20261231\n" for i in range(2))
        archive.writestr("calendar.txt", f"service_id,{days},start_date,end_date\n" + week)
    return path


def _n_trips(quick: bool) -> int:
    return 2_000 if quick else 20_000


@case("feed of 1 M stop times, one day", reference="feed of 1 M stop times, pandas reads stop_times.txt", repeats=3)
def read_day(quick: bool) -> Run:
    path = made_feed(_n_trips(quick))
    return lambda: network.read_gtfs(path, date=DAY)


@case("feed of 1 M stop times, check", reference="feed of 1 M stop times, pandas reads stop_times.txt", repeats=3)
def check_feed(quick: bool) -> Run:
    path = made_feed(_n_trips(quick))
    return lambda: network.transit.check_gtfs(path)


@case("feed of 1 M stop times, pandas reads stop_times.txt", repeats=3)
def pandas_reads(quick: bool) -> Run:
    import pandas as pd

    path = made_feed(_n_trips(quick))

    def run() -> object:
        with zipfile.ZipFile(path) as archive, archive.open("stop_times.txt") as stream:
            return pd.read_csv(stream)

    return run
