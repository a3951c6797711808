"""Small feeds made in tests: a sound one, files of it replaced."""

import dataclasses
import zipfile

import numpy as np

SOUND = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nX,Test,https://example.org,Europe/Berlin\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "P,Platz,50.70,12.40,0,\nQ,Quelle,50.71,12.41,,\nR,Rathaus,50.72,12.42,0,\n"
    ),
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nL,4,Linie vier,0\n",
    "trips.txt": "route_id,service_id,trip_id,block_id\nL,W,t1,b1\nL,W,t2,b1\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,05:00:00,05:00:00,P,1\nt1,05:10:00,05:11:00,Q,2\nt1,05:20:00,05:20:00,R,3\n"
        "t2,25:00:00,25:00:00,P,1\nt2,25:10:00,25:11:00,Q,2\nt2,25:20:00,25:20:00,R,3\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,1,1,1,1,1,0,0,20260101,20261231\n"
    ),
}
"""A tram line of two trips on working days of 2026."""
DAY = "2026-11-24"
"""A Tuesday."""


def feed(folder, name="feed.zip", **replaced):
    """Write the sound feed with files replaced (``stops="..."``), added, or left out (None); give its path."""
    files = SOUND | {f"{file}.txt": content for file, content in replaced.items()}
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            if content is not None:
                archive.writestr(file, content.encode() if isinstance(content, str) else content)
    return path


def differing(left, right):
    """Names of the columns in which two timetables differ."""
    return [
        column.name
        for column in dataclasses.fields(left)
        if column.compare and not _is_same(getattr(left, column.name), getattr(right, column.name))
    ]


def _is_same(left, right):
    left, right = np.asarray(left), np.asarray(right)
    return np.array_equal(left, right, equal_nan=left.dtype.kind == right.dtype.kind == "f")
