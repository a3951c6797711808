"""Persons on the trips of a timetable (`TripLoads`)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import ByteArray, Columns, FloatArray, IntArray, LongArray, StrArray, html_card
from itas_mobility.core.transit import TransitMode, mode_names
from itas_mobility.errors import DemandError
from itas_mobility.units import clock_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TripLoads:
    """Persons on each trip; call *k* of trip *t* is row ``call_ptr[t] + k`` of the columns by call.

    Trips of several service days stand one day after the other.

    Raises
    ------
    DemandError
        With all faults found.
    """

    service_day: IntArray
    """Day of the trip, 0 being the one that seconds count from, shape (n_trips,)."""
    trip_id: StrArray
    """Unique within its day."""
    line: StrArray
    mode: ByteArray
    """`TransitMode`."""
    route_id: StrArray
    call_ptr: LongArray
    stop_id: StrArray
    stop_name: StrArray
    """Stop of each call, shape (n_calls,)."""
    departure_s: FloatArray
    """Seconds after the start of day 0; at the last call of a trip, when it is left."""
    volume: FloatArray
    """Persons on board from this call to the next one; 0 at the last."""
    boardings: FloatArray
    alightings: FloatArray
    journey_trips: FloatArray
    """Persons on each journey of the `JourneySets`, shape (n_journeys,)."""
    journey_perceived_s: FloatArray
    """Perceived time of each journey, crowding included; without the shift from the moment wished for."""
    assigned_trips: float
    unassigned_trips: float
    """Trips of pairs without a journey."""
    seats: FloatArray
    capacity_persons: FloatArray
    """Of the vehicle of each trip; nan where they are not known."""
    residual_share: float = 0.0
    """Share of the assigned trips that would still change to another journey because of the crowding; 0 without."""
    rounds: int = 1
    converged: bool = True

    def __post_init__(self) -> None:
        columns = Columns(self, "TripLoads", DemandError)
        n, n_calls, n_journeys = (len(np.atleast_1d(v)) for v in (self.trip_id, self.stop_id, self.journey_trips))
        columns.array("service_day", np.int32, (n,))
        for name in ("trip_id", "line", "route_id"):
            columns.array(name, str, (n,))
        columns.array("mode", np.uint8, (n,), high=max(TransitMode))
        columns.pointer("call_ptr", n, n_calls)
        for name in ("stop_id", "stop_name"):
            columns.array(name, str, (n_calls,))
        columns.array("departure_s", np.float64, (n_calls,))
        for name in ("volume", "boardings", "alightings"):
            columns.array(name, np.float64, (n_calls,), low=0)
        for name in ("journey_trips", "journey_perceived_s"):
            columns.array(name, np.float64, (n_journeys,), low=0)
        for name in ("seats", "capacity_persons"):
            columns.array(name, np.float64, (n,), low=0, allow_nan=True)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.trip_id)

    @property
    def trip(self) -> LongArray:
        """Trip of each call, shape (n_calls,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.call_ptr))

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per call.

        Columns: service_day, trip_id, line, mode, route_id, position, stop_id, stop_name, departure_s, volume,
        boardings, alightings, seats, capacity_persons.
        """
        import pandas as pd

        trip = self.trip
        return pd.DataFrame(
            {
                "service_day": self.service_day[trip],
                "trip_id": self.trip_id[trip],
                "line": self.line[trip],
                "mode": mode_names(self.mode[trip]),
                "route_id": self.route_id[trip],
                "position": np.arange(len(trip)) - self.call_ptr[trip],
                "stop_id": self.stop_id,
                "stop_name": self.stop_name,
                "departure_s": self.departure_s,
                "volume": self.volume,
                "boardings": self.boardings,
                "alightings": self.alightings,
                "seats": self.seats[trip],
                "capacity_persons": self.capacity_persons[trip],
            }
        )

    def boardings_by_line(self) -> "pd.DataFrame":
        """One row per line and mode, sorted by line: line, mode, boardings."""
        import pandas as pd

        by_trip = np.bincount(self.trip, self.boardings, minlength=len(self))
        table = pd.DataFrame({"line": self.line, "mode": mode_names(self.mode), "boardings": by_trip})
        return table.groupby(["line", "mode"], sort=True)["boardings"].sum().reset_index()

    def boardings_by_stop(self) -> "pd.DataFrame":
        """One row per stop at which a trip calls, sorted by id: stop_id, stop_name, boardings, alightings."""
        table = self.to_dataframe().groupby(["stop_id", "stop_name"], sort=True)[["boardings", "alightings"]]
        return table.sum().reset_index()

    def busiest(self, n: int = 10) -> "pd.DataFrame":
        """Fullest run of each trip, the most persons first.

        Parameters
        ----------
        n : int, default=10
            Trips to show.

        Returns
        -------
        DataFrame
            Columns: service_day, trip_id, line, mode, stop_id, stop_name, departs (HH:MM:SS of day 0, where the run
            begins), volume, seats, capacity_persons.

        Raises
        ------
        DemandError
            If `n` is negative.
        """
        if n < 0:
            raise DemandError(f"busiest: n={n} must not be negative")
        table = self.to_dataframe().sort_values("volume", ascending=False, kind="stable")
        fullest = table.drop_duplicates(["service_day", "trip_id"]).head(n)
        return _told(fullest)

    def overloaded(self) -> "pd.DataFrame":
        """All runs with more persons than the vehicle holds, in the order of trips and calls.

        Returns
        -------
        DataFrame
            Columns as in `busiest`, and over_persons: how many are too many.

        Raises
        ------
        DemandError
            If the capacities are not known.
        """
        if np.isnan(self.capacity_persons).any():
            raise DemandError("overloaded: capacities are not known; give crowding or trip_capacity_persons to assign")
        table = self.to_dataframe()
        over = _told(table[table["volume"] > table["capacity_persons"]])
        return over.assign(over_persons=over["volume"] - over["capacity_persons"])

    def _repr_html_(self) -> str:
        rows: dict[str, object] = {
            "trips of vehicles": len(self),
            "assigned": f"{self.assigned_trips:,.1f} trips",
            "unassigned": f"{self.unassigned_trips:,.1f} trips",
            "boardings": f"{self.boardings.sum():,.1f}",
            "largest volume": f"{self.volume.max(initial=0.0):,.1f} persons",
        }
        if not np.isnan(self.capacity_persons).any():
            rows["runs above capacity"] = int((self.volume > self.capacity_persons[self.trip]).sum())
            rows["would still change"] = f"{self.residual_share:.1e} of the trips after {self.rounds} rounds"
        return html_card("Loads on trips", rows)


def _told(runs: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of runs with the time of day of their departure."""
    told = runs.assign(departs=[clock_text(time_s) for time_s in runs["departure_s"]])
    return told[
        ["service_day", "trip_id", "line", "mode", "stop_id", "stop_name", "departs", "volume", "seats",
         "capacity_persons"]
    ].reset_index(drop=True)  # fmt: skip
