"""Journeys that travellers between zones choose from, in columns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray, LongArray, StrArray, html_card
from itas_mobility.errors import DemandError

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING_S = 1e-6
"""Sums of seconds of the day may differ by so much."""


@dataclass(frozen=True, eq=False)
class JourneySets:
    """All journeys worth choosing from in a window, by pair of zones, with the rides they are made of.

    The journeys of pair *p* are rows ``journey_ptr[p]:journey_ptr[p + 1]``, sorted by departure; the rides of journey
    *j* are rows ``ride_ptr[j]:ride_ptr[j + 1]``, in order of travel. Every journey holds at least one ride. Pairs
    without a journey are missing.

    Raises
    ------
    DemandError
        With all faults found.
    """

    zone_id: StrArray
    origin: IntArray
    destination: IntArray
    """Rows of the zones, shape (n_pairs,); sorted by origin, then destination, each pair once."""
    journey_ptr: LongArray
    depart_s: FloatArray
    """When to leave the door at the latest, seconds of the service day, shape (n_journeys,)."""
    arrive_s: FloatArray
    """When the door of the destination is reached."""
    walk_s: FloatArray
    """Time on the legs to, between and from the stops."""
    wait_s: FloatArray
    """Time at stops between rides; before the first ride nobody waits."""
    in_vehicle_s: FloatArray
    """Time in vehicles; with `walk_s` and `wait_s` the whole time."""
    ride_ptr: LongArray
    ride_day: IntArray
    """Service day of the trip, 0 being the one that seconds count from, shape (n_rides,)."""
    ride_trip: IntArray
    """Row of the trip in the timetable of its day."""
    board: IntArray
    alight: IntArray
    """Positions of the trip's route at which people get on and off."""

    def __post_init__(self) -> None:
        columns = Columns(self, "JourneySets", DemandError)
        n_zones, n_pairs, n, n_rides = (
            len(np.atleast_1d(v)) for v in (self.zone_id, self.origin, self.depart_s, self.ride_trip)
        )
        columns.array("zone_id", str, (n_zones,))
        origin = columns.array("origin", np.int32, (n_pairs,), low=0, high=n_zones - 1)
        destination = columns.array("destination", np.int32, (n_pairs,), low=0, high=n_zones - 1)
        key = origin.astype(np.int64) * max(n_zones, 1) + destination
        columns.check(bool((np.diff(key) > 0).all()), "origin: pairs must be sorted, each once")
        journey_ptr = columns.pointer("journey_ptr", n_pairs, n)
        columns.check(bool((np.diff(journey_ptr) > 0).all()), "journey_ptr: a pair has no journey")
        depart_s = columns.array("depart_s", np.float64, (n,))
        arrive_s = columns.array("arrive_s", np.float64, (n,))
        parts = [columns.array(name, np.float64, (n,), low=0) for name in ("walk_s", "wait_s", "in_vehicle_s")]
        off_s = np.abs(arrive_s - depart_s - np.sum(parts, axis=0))
        columns.check(
            bool((off_s <= _ROUNDING_S).all()), "arrive_s: walking, waiting and riding are not the whole time"
        )
        ride_ptr = columns.pointer("ride_ptr", n, n_rides)
        columns.check(bool((np.diff(ride_ptr) > 0).all()), "ride_ptr: a journey has no ride")
        columns.array("ride_day", np.int32, (n_rides,))
        columns.array("ride_trip", np.int32, (n_rides,), low=0)
        board = columns.array("board", np.int32, (n_rides,), low=0)
        alight = columns.array("alight", np.int32, (n_rides,), low=0)
        columns.check(bool((alight > board).all()), "alight: a ride ends before it begins")
        columns.unique("zone_id")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.depart_s)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of zones that some journey joins."""
        return len(self.origin)

    @property
    def pair(self) -> LongArray:
        """Pair of each journey, shape (n_journeys,)."""
        return np.repeat(np.arange(self.n_pairs), np.diff(self.journey_ptr))

    @property
    def boardings(self) -> LongArray:
        """Vehicles boarded on each journey, shape (n_journeys,)."""
        return np.diff(self.ride_ptr)

    def to_dataframe(self) -> "pd.DataFrame":
        """Journeys as a table, one row each."""
        import pandas as pd

        times = ("depart_s", "arrive_s", "walk_s", "wait_s", "in_vehicle_s")
        pair = self.pair
        ends = {"from_zone": self.zone_id[self.origin[pair]], "to_zone": self.zone_id[self.destination[pair]]}
        return pd.DataFrame({**ends, **{name: getattr(self, name) for name in times}, "boardings": self.boardings})

    def _repr_html_(self) -> str:
        per_pair = len(self) / max(self.n_pairs, 1)
        return html_card("Journeys to choose from", {"pairs": self.n_pairs, "journeys": len(self), "mean": per_pair})
