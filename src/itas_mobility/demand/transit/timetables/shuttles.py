"""How often the journeys of a timetable board a company shuttle."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode
from itas_mobility.demand.transit.timetables.index import timetables_by_day


def shuttle_boardings(
    journeys: JourneySets, timetable: Timetable | ServiceDays, *, days: Sequence[int] | None = None
) -> FloatArray | None:
    """Rides on lines of the mode `SHUTTLE`, by journey.

    Parameters
    ----------
    journeys : JourneySets
        Journeys found in the timetable.
    timetable : Timetable or ServiceDays
        The timetable.
    days : sequence of int, optional
        As the journeys were found.

    Returns
    -------
    ndarray of shape (n_journeys,) or None
        None where the timetable has no shuttle.
    """
    by_day = timetables_by_day(timetable, days)
    if not any((one.mode == TransitMode.SHUTTLE).any() for one in by_day.values()):
        return None
    is_shuttle = np.zeros(len(journeys.ride_trip), dtype=np.float64)
    for day, one in by_day.items():
        on_day = journeys.ride_day == day
        route = np.searchsorted(one.trip_ptr, journeys.ride_trip[on_day], side="right") - 1
        is_shuttle[on_day] = one.mode[route] == TransitMode.SHUTTLE
    journey = np.repeat(np.arange(len(journeys)), np.diff(journeys.ride_ptr))
    return np.asarray(np.bincount(journey, is_shuttle, len(journeys)), dtype=np.float64)
