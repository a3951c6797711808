"""Public transport: lines with headways (`TransitNetwork`) and the timetable of a service day (`Timetable`)."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from itas_mobility.core.columns import (
    LEFT_OUT,
    BoolArray,
    ByteArray,
    Columns,
    FloatArray,
    IntArray,
    LongArray,
    StrArray,
    html_card,
    left_out,
)
from itas_mobility.core.road import ReadReport
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import NetworkError


def _size(values: Any) -> int:
    return len(np.atleast_1d(values))


class TransitMode(IntEnum):
    """Vehicle of a line."""

    TRAIN = 0
    LIGHT_RAIL = 1
    TRAM = 2
    BUS = 3
    FERRY = 4
    SHUTTLE = 5
    """Company shuttle (Werkbus) or on-demand feeder."""
    TROLLEYBUS = 6
    SUBWAY = 7


def mode_names(mode: ByteArray) -> StrArray:
    """Names of modes as tables hold them: ``"bus"``, ``"tram"``.

    Parameters
    ----------
    mode : ndarray of uint8
        `TransitMode` codes.

    Returns
    -------
    ndarray of str
        Of the same shape.
    """
    return np.array([one.name.lower() for one in TransitMode])[mode]


@dataclass(frozen=True, eq=False)
class TransitNetwork:
    """Stops, and line patterns (one per direction or variant) with run times and headways by band of the day.

    Pattern *i* calls at ``stop[stop_ptr[i]:stop_ptr[i + 1]]``. Columns behind `offset_s` may be left out.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    stop_id: StrArray
    stop_name: StrArray
    stop_lon_deg: FloatArray
    stop_lat_deg: FloatArray
    pattern_id: StrArray
    """Unique id of the pattern (relation id or ``line:direction``)."""
    line: StrArray
    """Line the pattern belongs to, as printed on the vehicle (``"4"``, ``"RB30"``), unique together with the mode."""
    pattern_name: StrArray
    mode: ByteArray
    """`TransitMode`, shape (n_patterns,)."""
    stop_ptr: LongArray
    stop: IntArray
    run_time_s: FloatArray
    """Time from calling at this position to calling at the next one, dwell included; 0 at the last position."""
    distance_m: FloatArray
    """Length from this position to the next one; 0 at the last."""
    band_start_s: FloatArray
    band_end_s: FloatArray
    """Bands of the service day, seconds after midnight, sorted, not overlapping, shape (n_bands,)."""
    headway_s: FloatArray
    """Shape (n_patterns, n_bands); inf where the pattern does not run."""
    offset_s: FloatArray
    """Phase of the clock-face timetable: departures at offset + k * headway from the band's start."""
    may_board: BoolArray = field(default_factory=left_out)
    may_alight: BoolArray = field(default_factory=left_out)
    """Whether passengers get on, or off, at this position of the pattern; default everywhere."""
    stop_site: StrArray = field(default_factory=left_out)
    """Id of the site whose workers alone use the stop, and where nobody changes; '' for everybody (default)."""
    report: ReadReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        columns = Columns(self, "TransitNetwork", NetworkError)
        n_stops, n, b = (len(np.atleast_1d(v)) for v in (self.stop_id, self.pattern_id, self.band_start_s))
        calls = len(np.atleast_1d(self.stop))
        for name in ("stop_id", "stop_name"):
            columns.array(name, str, (n_stops,))
        columns.array("stop_lon_deg", np.float64, (n_stops,), low=-180, high=180)
        columns.array("stop_lat_deg", np.float64, (n_stops,), low=-90, high=90)
        for name in ("pattern_id", "line", "pattern_name"):
            columns.array(name, str, (n,))
        columns.array("mode", np.uint8, (n,), high=max(TransitMode))
        pointer = columns.pointer("stop_ptr", n, calls)
        columns.check(bool((np.diff(pointer) >= 2).all()), "stop_ptr: each pattern needs at least two stops")
        columns.array("stop", np.int32, (calls,), low=0, high=n_stops - 1)
        columns.array("run_time_s", np.float64, (calls,), low=0)
        columns.array("distance_m", np.float64, (calls,), low=0)
        start = columns.array("band_start_s", np.float64, (b,), low=0)
        end = columns.array("band_end_s", np.float64, (b,), low=0)
        columns.check(
            bool((end > start).all() and (start[1:] >= end[:-1]).all()), "bands: must be sorted, not overlapping"
        )
        headway = columns.array("headway_s", np.float64, (n, b), low=0, allow_inf=True)
        columns.check(bool((headway > 0).all()), "headway_s: must be positive (inf: no service)")
        columns.array("offset_s", np.float64, (n,), low=0)
        for name in ("may_board", "may_alight"):
            if getattr(self, name) is LEFT_OUT:
                object.__setattr__(self, name, np.full(calls, True))
            columns.array(name, np.bool_, (calls,))
        if self.stop_site is LEFT_OUT:
            object.__setattr__(self, "stop_site", np.full(n_stops, ""))
        columns.array("stop_site", str, (n_stops,))
        columns.unique("stop_id")
        columns.unique("pattern_id")
        columns.raise_faults()

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stop_id)

    @property
    def n_patterns(self) -> int:
        """Number of line patterns."""
        return len(self.pattern_id)

    def _repr_html_(self) -> str:
        return html_card(
            "Transit network",
            {
                "stops": self.n_stops,
                "patterns": self.n_patterns,
                **{
                    m.name.lower(): f"{np.unique(self.line[self.mode == m]).size} lines"
                    for m in TransitMode
                    if (self.mode == m).any()
                },
            },
        )


@dataclass(frozen=True, eq=False)
class Timetable:
    """All trips of one service day, grouped into routes of trips that call at the same stops and never overtake.

    Route *r* calls at ``stop[stop_ptr[r]:stop_ptr[r + 1]]``; its trips are rows ``trip_ptr[r]:trip_ptr[r + 1]``, sorted
    by time; call *k* of trip *t* lies at ``call_ptr[t] + k``. Columns behind `service_date` may be left out; what they
    then hold stands with each.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    stop_id: StrArray
    stop_name: StrArray
    stop_lon_deg: FloatArray
    stop_lat_deg: FloatArray
    route_id: StrArray
    line: StrArray
    mode: ByteArray
    stop_ptr: LongArray
    stop: IntArray
    trip_ptr: LongArray
    trip_id: StrArray
    call_ptr: LongArray
    arrival_s: FloatArray
    departure_s: FloatArray
    """Seconds after the service day's start (may exceed 86400)."""
    service_date: str = ""
    stop_station: StrArray = field(default_factory=left_out)
    """Id of the station that the stop is a platform of; '' for none (default)."""
    change_s: FloatArray = field(default_factory=left_out)
    """Least time between two vehicles at the same stop; default 0."""
    transfer_from: IntArray = field(default_factory=left_out)
    transfer_to: IntArray = field(default_factory=left_out)
    transfer_time_s: FloatArray = field(default_factory=left_out)
    """Ways between two different stops that the timetable states, sorted by from, then to; default none. They hold
    whatever a walk between the stops would take."""
    no_transfer_from: IntArray = field(default_factory=left_out)
    no_transfer_to: IntArray = field(default_factory=left_out)
    """Pairs of different stops between which nobody can change, sorted likewise; default none."""
    may_board: BoolArray = field(default_factory=left_out)
    may_alight: BoolArray = field(default_factory=left_out)
    """Whether passengers get on, or off, at this position of the route; default everywhere."""
    distance_m: FloatArray = field(default_factory=left_out)
    """Length from this position of the route to the next, 0 at the last; default nan: not known."""
    route_type: IntArray = field(default_factory=left_out)
    """Code of GTFS that the route was given, shape (n_routes,); default -1: none."""
    trip_block: StrArray = field(default_factory=left_out)
    """Trips of the same block are run by the same vehicle; '' where it is not known (default)."""
    trip_headway_s: FloatArray = field(default_factory=left_out)
    """Above 0: the trip stands for one of a service whose headway alone is promised; default 0: its times are."""
    stop_site: StrArray = field(default_factory=left_out)
    """Id of the site whose workers alone use the stop, and where nobody changes; '' for everybody (default)."""
    report: ReadReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        columns = Columns(self, "Timetable", NetworkError)
        n_stops, n, trips = (len(np.atleast_1d(v)) for v in (self.stop_id, self.route_id, self.trip_id))
        for name in ("stop_id", "stop_name"):
            columns.array(name, str, (n_stops,))
        columns.array("stop_lon_deg", np.float64, (n_stops,), low=-180, high=180)
        columns.array("stop_lat_deg", np.float64, (n_stops,), low=-90, high=90)
        for name in ("route_id", "line"):
            columns.array(name, str, (n,))
        columns.array("mode", np.uint8, (n,), high=max(TransitMode))
        calls = len(np.atleast_1d(self.stop))
        columns.pointer("stop_ptr", n, calls)
        columns.array("stop", np.int32, (calls,), low=0, high=n_stops - 1)
        columns.pointer("trip_ptr", n, trips)
        columns.array("trip_id", str, (trips,))
        times = len(np.atleast_1d(self.arrival_s))
        columns.pointer("call_ptr", trips, times)
        arrival = columns.array("arrival_s", np.float64, (times,), low=0)
        departure = columns.array("departure_s", np.float64, (times,), low=0)
        columns.check(bool((departure >= arrival).all()), "departure_s: a trip leaves before it arrives")
        self._check_optional(columns, n_stops, n, calls, trips)
        columns.unique("stop_id")
        columns.unique("trip_id")
        columns.raise_faults()

    def _check_optional(self, columns: Columns, n_stops: int, n_routes: int, n_positions: int, n_trips: int) -> None:
        """Fill the columns that were left out, and check the others."""
        sizes = {"transfer": _size(self.transfer_from), "no_transfer": _size(self.no_transfer_from)}
        for name, value, size in (
            ("stop_station", "", n_stops),
            ("change_s", 0.0, n_stops),
            ("transfer_from", 0, sizes["transfer"]),
            ("transfer_to", 0, sizes["transfer"]),
            ("transfer_time_s", 0.0, sizes["transfer"]),
            ("no_transfer_from", 0, sizes["no_transfer"]),
            ("no_transfer_to", 0, sizes["no_transfer"]),
            ("may_board", True, n_positions),
            ("may_alight", True, n_positions),
            ("distance_m", np.nan, n_positions),
            ("route_type", -1, n_routes),
            ("trip_block", "", n_trips),
            ("trip_headway_s", 0.0, n_trips),
            ("stop_site", "", n_stops),
        ):
            if getattr(self, name) is LEFT_OUT:
                object.__setattr__(self, name, np.full(size, value))
        columns.array("stop_station", str, (n_stops,))
        columns.array("change_s", np.float64, (n_stops,), low=0)
        for kind in ("transfer", "no_transfer"):
            first = columns.array(f"{kind}_from", np.int32, (sizes[kind],), low=0, high=n_stops - 1)
            last = columns.array(f"{kind}_to", np.int32, (sizes[kind],), low=0, high=n_stops - 1)
            key = first.astype(np.int64) * max(n_stops, 1) + last
            columns.check(bool((np.diff(key) > 0).all()), f"{kind}_from: pairs must be sorted, each once")
            columns.check(bool((first != last).all()), f"{kind}_to: a stop is joined to itself (see change_s)")
        columns.array("transfer_time_s", np.float64, (sizes["transfer"],), low=0)
        columns.array("may_board", np.bool_, (n_positions,))
        columns.array("may_alight", np.bool_, (n_positions,))
        columns.array("distance_m", np.float64, (n_positions,), low=0, allow_nan=True)
        columns.array("route_type", np.int32, (n_routes,), low=-1)
        columns.array("trip_block", str, (n_trips,))
        columns.array("trip_headway_s", np.float64, (n_trips,), low=0)
        columns.array("stop_site", str, (n_stops,))

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stop_id)

    @property
    def n_routes(self) -> int:
        """Number of routes."""
        return len(self.route_id)

    @property
    def n_trips(self) -> int:
        """Number of trips of the day."""
        return len(self.trip_id)

    def _repr_html_(self) -> str:
        return html_card(
            f"Timetable {self.service_date}".strip(),
            {"stops": self.n_stops, "routes": len(self.route_id), "trips": self.n_trips, "calls": len(self.arrival_s)},
        )


@dataclass(frozen=True, eq=False)
class ServiceDays:
    """Timetables of several service days of the same stops: a week, a day and its neighbours, days without school.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    label: StrArray
    """What each day is called, each once: a date, ``"Mo"``, ``"Sa"``."""
    timetables: tuple[Timetable, ...]

    def __post_init__(self) -> None:
        columns = Columns(self, "ServiceDays", NetworkError)
        columns.array("label", str, (len(self.timetables),))
        columns.check(len(self.timetables) > 0, "timetables: give at least one day")
        for label, timetable in zip(self.label.tolist(), self.timetables, strict=False):
            same = np.array_equal(timetable.stop_id, self.timetables[0].stop_id)
            columns.check(same, f"timetables: {label} has other stops than {self.label[0]}")
        columns.unique("label")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.timetables)

    @property
    def is_week(self) -> bool:
        """Whether these are the seven days of a week, labelled Mo to So."""
        return sorted(self.label.tolist()) == sorted(WEEKDAYS)

    def on(self, label: str) -> Timetable:
        """Timetable of one day.

        Parameters
        ----------
        label : str
            What the day is called.

        Returns
        -------
        Timetable
            Its trips.

        Raises
        ------
        NetworkError
            If there is no such day; the message names those there are.
        """
        hits = np.flatnonzero(self.label == label)
        if hits.size == 0:
            raise NetworkError(f"service day {label!r}: there is none, only {', '.join(self.label.tolist())}")
        return self.timetables[int(hits[0])]

    def _repr_html_(self) -> str:
        trips = {str(label): f"{one.n_trips} trips" for label, one in zip(self.label, self.timetables, strict=True)}
        return html_card("Service days", {"stops": self.timetables[0].n_stops, **trips})
