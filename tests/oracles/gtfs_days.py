"""Trips of a service day of a feed, read row by row with the csv module: slow and plain."""

import csv
import datetime as dt
import io
import zipfile


def rows_of(archive, file):
    """Rows of a file as dicts; none if the feed does not hold it."""
    if file not in archive.namelist():
        return []
    text = archive.read(file).decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    return [{name.strip(): (value or "").strip() for name, value in row.items() if name} for row in reader]


def seconds(text):
    """Seconds of a time, None where it is blank."""
    return sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=True)) if text else None


def trips_on(path, date):
    """Trip id -> (route id, calls as [stop id, arrival, departure, may board, may alight]) of the trips of a day.

    Frequencies are passed over, and blank times are None.
    """
    day = dt.date.fromisoformat(date)
    written, weekday = date.replace("-", ""), day.strftime("%A").lower()
    with zipfile.ZipFile(path) as archive:
        services = {
            row["service_id"]
            for row in rows_of(archive, "calendar.txt")
            if row[weekday] == "1" and row["start_date"] <= written <= row["end_date"]
        }
        for row in rows_of(archive, "calendar_dates.txt"):
            if row["date"] == written:
                (services.add if row["exception_type"] == "1" else services.discard)(row["service_id"])
        trips = {
            row["trip_id"]: (row["route_id"], [])
            for row in rows_of(archive, "trips.txt")
            if row["service_id"] in services
        }
        rows = [row for row in rows_of(archive, "stop_times.txt") if row["trip_id"] in trips]
    for row in sorted(rows, key=lambda row: int(row["stop_sequence"])):
        flags = (row.get("pickup_type") != "1", row.get("drop_off_type") != "1")
        call = (row["stop_id"], seconds(row["arrival_time"]), seconds(row["departure_time"]), *flags)
        trips[row["trip_id"]][1].append(call)
    return trips
