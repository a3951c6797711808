"""What searches in timetables are told and what they note: arrays that belong together, by name."""

from typing import NamedTuple

import numpy as np


class Walks(NamedTuple):
    """Ways on foot between stops, and the time that a change takes without one."""

    ptr: np.ndarray
    """int64[n_stops + 1]: walks from stop s are rows ``ptr[s]:ptr[s + 1]``."""
    to: np.ndarray
    time: np.ndarray
    """int32[n_walks], float64[n_walks]."""
    change: np.ndarray
    """float64[n_stops]: least time between two vehicles at the same stop; the greater of it and the slack counts."""


class Table(NamedTuple):
    """Timetable by routes, on which no trip overtakes another. A place is a stop of a route at its position."""

    stop_ptr: np.ndarray
    stop: np.ndarray
    """int64[n_routes + 1], int32[n_places]: stops of each route."""
    may_board: np.ndarray
    may_alight: np.ndarray
    """bool[n_places]: whether passengers get on or off there."""
    trip_ptr: np.ndarray
    """int64[n_routes + 1]: trips of each route, sorted by time."""
    call_ptr: np.ndarray
    arrival: np.ndarray
    departure: np.ndarray
    """int64[n_trips + 1], float64[n_calls]: times of trip t at position p are in row ``call_ptr[t] + p``."""
    at_ptr: np.ndarray
    at_route: np.ndarray
    at_position: np.ndarray
    """int64[n_stops + 1], int32[n_boardings]: routes that can be boarded at each stop, and where in the route."""
    walk_ptr: np.ndarray
    walk_to: np.ndarray
    walk_time: np.ndarray
    change: np.ndarray
    """As in `Walks`; flat, because no tuple within a tuple may go into a parallel loop."""


class Legs(NamedTuple):
    """Ways from each stop to targets."""

    ptr: np.ndarray
    target: np.ndarray
    time: np.ndarray
    """int64[n_stops + 1], int32[n_legs], float64[n_legs]."""
    n_targets: int


class Sources(NamedTuple):
    """Stops at which a search begins, int32[n_sources], and the times there, float64[n_sources]."""

    stop: np.ndarray
    time: np.ndarray


class Origins(NamedTuple):
    """Ways from several origins to stops: those of origin o are rows ``ptr[o]:ptr[o + 1]``."""

    ptr: np.ndarray
    stop: np.ndarray
    time: np.ndarray
    """int64[n_origins + 1], int32[n_ways], float64[n_ways]."""


class Limits(NamedTuple):
    """How far a search goes."""

    max_journey: float
    """Longest time from setting out to arriving."""
    max_rides: int
    """Most rides (transfers + 1)."""
    slack: float
    """Least time between alighting and boarding, walk not counted."""


class Log(NamedTuple):
    """Rides that a search noted; all int32[n_logged]."""

    trip: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    """Places of boarding and alighting."""
    before: np.ndarray
    """Row of the ride before on the same journey; -1 where there is none."""


class Found(NamedTuple):
    """Journeys that a search found."""

    target: np.ndarray
    n_rides: np.ndarray
    row: np.ndarray
    """int32[n_journeys]: target, number of rides, and row of the log of the last one."""
    moment: np.ndarray
    arrival: np.ndarray
    """float64[n_journeys]: when to set out, and arrival at the target."""
