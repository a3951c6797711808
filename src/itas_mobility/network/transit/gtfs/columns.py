"""Files and columns of a feed: what is read of them, and which names the specification knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """How the values of a column are read."""

    ID = auto()
    TEXT = auto()
    TIME = auto()
    DATE = auto()
    WHOLE = auto()
    NUMBER = auto()


@dataclass(frozen=True)
class FileColumns:
    """Columns of one file."""

    read: Mapping[str, Kind]
    required: tuple[str, ...]
    """Columns that must be there."""
    filled: tuple[str, ...]
    """Columns that must not be blank in any row."""
    others: str
    """Further columns of the specification, which are not read."""

    @property
    def known(self) -> frozenset[str]:
        """All columns of the specification."""
        return frozenset(self.read) | frozenset(self.others.split())


REQUIRED_FILES: Final = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
"""Files without which there is no timetable; beside them one of `CALENDAR_FILES`."""
FARE_FILES: Final = ("fare_attributes.txt", "fare_rules.txt")
CALENDAR_FILES: Final = ("calendar.txt", "calendar_dates.txt")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

FILES: Final[Mapping[str, FileColumns]] = {
    "agency.txt": FileColumns(
        {"agency_timezone": Kind.TEXT},
        ("agency_name", "agency_url", "agency_timezone"),
        (),
        "agency_id agency_name agency_url agency_lang agency_phone agency_fare_url agency_email cemv_support",
    ),
    "stops.txt": FileColumns(
        {
            "stop_id": Kind.ID,
            "stop_name": Kind.TEXT,
            "stop_lat": Kind.NUMBER,
            "stop_lon": Kind.NUMBER,
            "location_type": Kind.WHOLE,
            "parent_station": Kind.ID,
            "zone_id": Kind.TEXT,
        },
        ("stop_id", "stop_lat", "stop_lon"),
        ("stop_id",),
        "stop_code tts_stop_name stop_desc stop_url stop_timezone wheelchair_boarding level_id platform_code "
        "stop_access",
    ),
    "routes.txt": FileColumns(
        {"route_id": Kind.ID, "route_short_name": Kind.TEXT, "route_long_name": Kind.TEXT, "route_type": Kind.WHOLE},
        ("route_id", "route_type"),
        ("route_id", "route_type"),
        "agency_id route_desc route_url route_color route_text_color route_sort_order continuous_pickup "
        "continuous_drop_off network_id cemv_support",
    ),
    "fare_attributes.txt": FileColumns(
        {
            "fare_id": Kind.ID,
            "price": Kind.NUMBER,
            "currency_type": Kind.TEXT,
            "transfers": Kind.WHOLE,
            "transfer_duration": Kind.WHOLE,
        },
        ("fare_id", "price", "currency_type"),
        ("fare_id", "price", "currency_type"),
        "payment_method agency_id",
    ),
    "fare_rules.txt": FileColumns(
        {
            "fare_id": Kind.ID,
            "route_id": Kind.ID,
            "origin_id": Kind.TEXT,
            "destination_id": Kind.TEXT,
            "contains_id": Kind.TEXT,
        },
        ("fare_id",),
        ("fare_id",),
        "",
    ),
    "calendar.txt": FileColumns(
        {
            "service_id": Kind.ID,
            **dict.fromkeys(WEEKDAYS, Kind.WHOLE),
            "start_date": Kind.DATE,
            "end_date": Kind.DATE,
        },
        ("service_id", *WEEKDAYS, "start_date", "end_date"),
        ("service_id", *WEEKDAYS, "start_date", "end_date"),
        "",
    ),
    "calendar_dates.txt": FileColumns(
        {"service_id": Kind.ID, "date": Kind.DATE, "exception_type": Kind.WHOLE},
        ("service_id", "date", "exception_type"),
        ("service_id", "date", "exception_type"),
        "",
    ),
    "trips.txt": FileColumns(
        {
            "route_id": Kind.ID,
            "service_id": Kind.ID,
            "trip_id": Kind.ID,
            "block_id": Kind.TEXT,
            "shape_id": Kind.ID,
        },
        ("route_id", "service_id", "trip_id"),
        ("route_id", "service_id", "trip_id"),
        "trip_headsign trip_short_name direction_id wheelchair_accessible bikes_allowed cars_allowed",
    ),
    "frequencies.txt": FileColumns(
        {
            "trip_id": Kind.ID,
            "start_time": Kind.TIME,
            "end_time": Kind.TIME,
            "headway_secs": Kind.WHOLE,
            "exact_times": Kind.WHOLE,
        },
        ("trip_id", "start_time", "end_time", "headway_secs"),
        ("trip_id", "start_time", "end_time", "headway_secs"),
        "",
    ),
    "transfers.txt": FileColumns(
        {
            "from_stop_id": Kind.ID,
            "to_stop_id": Kind.ID,
            "from_route_id": Kind.ID,
            "to_route_id": Kind.ID,
            "from_trip_id": Kind.ID,
            "to_trip_id": Kind.ID,
            "transfer_type": Kind.WHOLE,
            "min_transfer_time": Kind.WHOLE,
        },
        (),
        (),
        "",
    ),
    "pathways.txt": FileColumns(
        {"pathway_id": Kind.ID},
        (),
        (),
        "from_stop_id to_stop_id pathway_mode is_bidirectional length traversal_time stair_count max_slope min_width "
        "signposted_as reversed_signposted_as",
    ),
    "shapes.txt": FileColumns(
        {"shape_id": Kind.ID},
        (),
        (),
        "shape_pt_lat shape_pt_lon shape_pt_sequence shape_dist_traveled",
    ),
    "stop_times.txt": FileColumns(
        {
            "trip_id": Kind.ID,
            "stop_id": Kind.ID,
            "arrival_time": Kind.TIME,
            "departure_time": Kind.TIME,
            "stop_sequence": Kind.WHOLE,
            "pickup_type": Kind.WHOLE,
            "drop_off_type": Kind.WHOLE,
            "shape_dist_traveled": Kind.NUMBER,
        },
        ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
        ("trip_id", "stop_id", "stop_sequence"),
        "location_group_id location_id stop_headsign start_pickup_drop_off_window end_pickup_drop_off_window "
        "continuous_pickup continuous_drop_off timepoint pickup_booking_rule_id drop_off_booking_rule_id",
    ),
}
"""Columns by file (GTFS Schedule reference, revision of 2024-11); a file is read after those that it refers to."""

REFERENCES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("stop_times.txt", "trip_id"): ("trips.txt", "trip_id"),
    ("stop_times.txt", "stop_id"): ("stops.txt", "stop_id"),
    ("frequencies.txt", "trip_id"): ("trips.txt", "trip_id"),
    ("trips.txt", "route_id"): ("routes.txt", "route_id"),
    ("fare_rules.txt", "fare_id"): ("fare_attributes.txt", "fare_id"),
    ("fare_rules.txt", "route_id"): ("routes.txt", "route_id"),
}
"""Columns that are read as rows of the ids that another column holds."""

UNIQUE: Final = (
    ("stops.txt", "stop_id"),
    ("routes.txt", "route_id"),
    ("trips.txt", "trip_id"),
    ("calendar.txt", "service_id"),
    ("fare_attributes.txt", "fare_id"),
)
"""Columns of ids that each stand once."""
