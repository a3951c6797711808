"""Public transport: lines with headways (`TransitNetwork`) and the timetable of one service day (`Timetable`)."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from itas_mobility.core.columns import ByteArray, Columns, FloatArray, IntArray, LongArray, StrArray, html_card
from itas_mobility.core.road import ReadReport
from itas_mobility.errors import NetworkError


class TransitMode(IntEnum):
    """Vehicle of a line."""

    TRAIN = 0
    LIGHT_RAIL = 1
    TRAM = 2
    BUS = 3
    FERRY = 4
    SHUTTLE = 5
    """Company shuttle (Werkbus) or on-demand feeder."""


@dataclass(frozen=True, eq=False)
class TransitNetwork:
    """Stops, and line patterns (one per direction or variant) with run times and headways by band of the day.

    Pattern *i* calls at ``stop[stop_ptr[i]:stop_ptr[i + 1]]``.

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
    by time; call *k* of trip *t* lies at ``call_ptr[t] + k``.

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
        columns.unique("stop_id")
        columns.unique("trip_id")
        columns.raise_faults()

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stop_id)

    @property
    def n_trips(self) -> int:
        """Number of trips of the day."""
        return len(self.trip_id)

    def _repr_html_(self) -> str:
        return html_card(
            f"Timetable {self.service_date}".strip(),
            {"stops": self.n_stops, "routes": len(self.route_id), "trips": self.n_trips, "calls": len(self.arrival_s)},
        )
