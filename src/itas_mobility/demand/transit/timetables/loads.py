"""Loads on the trips of a timetable: a logit over journeys by wished moment, with crowding as a fixed point.

Who wishes to travel at moment w takes journey j of the pair with the probability of a logit over

    perceived time of j + adaptation_weight * |moment of j - w|,

and the wishes of a matrix are uniform over its period. The mean over all wishes is worked out exactly (see
`kernels.timed_choice`): no moments are picked, so there is no step to choose and no error of one.

With crowding, a second in a vehicle counts the more, the fuller it is (`core.Crowding`). As no weight falls with the
persons on board, the loads solve a strictly convex programme (Fisk 1980, "Some developments in equilibrium traffic
assignment", Transportation Research B 14, with wishes and journeys in place of roads' paths) and are unique. Seats and
places are anybody's: who is on board already has no right of way over those who get on.
"""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np

from itas_mobility.core.crowding import Crowding
from itas_mobility.core.journey_choice import JourneyChoice
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.core.vehicle_sizes import VehicleSizes
from itas_mobility.demand.progress import progress_line
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.demand.threads import use_threads
from itas_mobility.demand.transit.perceived_time import perceived_journey_s
from itas_mobility.demand.transit.timetables.crowding import Chosen, CrowdedTime, TimedChoice, TimedDemand, balance
from itas_mobility.demand.transit.timetables.rides import Rides, kept_trips
from itas_mobility.demand.transit.vehicle_sizes import vehicle_sizes
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_ROUNDING: Final = 1e-9
"""By so much, of itself, may the length of a window differ from what its matrix says."""


def assign_timetable(
    timetable: Timetable | ServiceDays,
    journeys: JourneySets,
    trips: ODMatrix | Sequence[ODMatrix],
    *,
    window: TravelWindow | Sequence[TravelWindow],
    days: Sequence[int] | None = None,
    weights: JourneyWeights = JourneyWeights(),
    choice: JourneyChoice = JourneyChoice(),
    crowding: Crowding | None = None,
    vehicles: VehicleSizes | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 300,
    threads: int | None = None,
    progress: bool = False,
) -> TripLoads:
    """Load persons on the trips of a timetable: each chooses by logit among the journeys of the pair of zones.

    All journeys of a pair are open to all its travellers, whatever the period; an early or late one costs the shift.
    Let the window of the journeys therefore reach beyond the periods. In the limit of a large scale everybody takes the
    best journey for the moment wished for.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        That the journeys were found in.
    journeys : JourneySets
        What to choose from.
    trips : ODMatrix or sequence of ODMatrix
        Persons between the zones of the journeys, in periods of `duration_h` each.
    window : TravelWindow or sequence of TravelWindow
        Period of each matrix, as long as the matrix says; wished moments are uniform over it. What lies beside is for
        the journeys to hold, and `extra_s` plays no part.
    days : sequence of int, optional
        Days on which the timetables run, as the journeys were found: see `index_timetable`.
    weights : JourneyWeights, optional
        As in `skim_transit`; waiting is that between rides.
    choice : JourneyChoice, optional
        How sharply people choose.
    crowding : Crowding, optional
        How crowded time is felt, see `crowding_from`; without it nobody minds.
    vehicles : VehicleSizes, optional
        Of each trip, day by day in the order of the timetable (rows of the result); default: those of `crowding` by
        mode, else not known.
    tolerance : float, default=1e-6
        Share of the trips that may still want to change because of the crowding.
    max_iterations : int, default=300
        Largest number of rounds of loading and choosing with crowding.
    threads : int, optional
        Threads to use. It changes the time only.
    progress : bool, default=False
        Show a progress line on stderr where crowding takes long.

    Returns
    -------
    TripLoads
        Volumes, boardings and alightings by call of each trip, of all periods together.

    Raises
    ------
    DemandError
        If an option is out of range, the zones differ, or the journeys do not fit the timetable.

    Warns
    -----
    ConvergenceWarning
        If `max_iterations` is hit before `tolerance`; the loads are still those of all trips.
    """
    if max_iterations < 1:
        raise DemandError(f"assign_timetable: max_iterations={max_iterations} must be at least 1")
    check_limits(max_seconds=None, tolerance=tolerance)
    windows = (window,) if isinstance(window, TravelWindow) else tuple(window)
    demand = _demand(journeys, (trips,) if isinstance(trips, ODMatrix) else tuple(trips), windows)
    runs = kept_trips(timetable, days)
    seats, capacity = vehicle_sizes(runs.mode, crowding, vehicles, of="trip")
    rides = Rides(journeys, runs)
    bonus = np.zeros(len(journeys))
    if choice.path_size_weight > 0:
        bonus = choice.path_size_weight * np.log(rides.path_sizes(journeys.journey_ptr))
    by_wish = TimedChoice(
        journeys,
        demand,
        arrive_by=windows[0].arrive_by,
        scale_per_s=choice.scale_per_min / SECONDS_PER_MINUTE,
        adaptation_weight=weights.adaptation_weight,
        bonus=bonus,
    )
    empty_s = perceived_journey_s(journeys, weights=weights)
    with use_threads(threads, len(journeys) * demand.trips.shape[1]):
        if crowding is None:
            chosen = Chosen(by_wish.persons(empty_s), empty_s)
        else:
            crowded = CrowdedTime(crowding, rides, empty_s, seats, capacity)
            with progress_line(progress, tolerance) as report:
                chosen = balance(by_wish, crowded, tolerance=tolerance, max_iterations=max_iterations, report=report)
    if chosen.residual > tolerance:
        warnings.warn(
            f"loads on trips: after {chosen.rounds} rounds {chosen.residual:.1e} of the trips would still change "
            f"because of crowding (wanted: {tolerance:.0e}); raise max_iterations, or make the choice less steep "
            "(scale_per_min, overload_weight of the crowding)",
            ConvergenceWarning,
            stacklevel=2,
        )
    volume, boardings, alightings = rides.loads(chosen.persons)
    return TripLoads(
        service_day=runs.day,
        trip_id=runs.trip_id,
        line=runs.line,
        mode=runs.mode,
        route_id=runs.route_id,
        call_ptr=runs.call_ptr,
        stop_id=runs.stop_id,
        stop_name=runs.stop_name,
        departure_s=runs.departure_s,
        volume=volume,
        boardings=boardings,
        alightings=alightings,
        journey_trips=chosen.persons,
        journey_perceived_s=chosen.cost_s,
        assigned_trips=float(demand.trips.sum()),
        unassigned_trips=demand.unassigned,
        seats=seats,
        capacity_persons=capacity,
        residual_share=chosen.residual,
        rounds=chosen.rounds,
        converged=chosen.residual <= tolerance,
    )


def _demand(journeys: JourneySets, matrices: tuple[ODMatrix, ...], windows: tuple[TravelWindow, ...]) -> TimedDemand:
    """Trips of the pairs that journeys join."""
    if not matrices or len(windows) != len(matrices):
        raise DemandError(
            f"window: {len(windows)} windows of {len(matrices)} matrices; give one for each, at least one"
        )
    if len({window.arrive_by for window in windows}) > 1:
        raise DemandError("window: some are of arrivals, some of departures; load them one after the other")
    for row, (matrix, window) in enumerate(zip(matrices, windows, strict=True)):
        called = f"trips: matrix {row} ({matrix.label or 'without label'})"
        if not np.array_equal(matrix.zone_id, journeys.zone_id):
            raise DemandError(
                f"{called} has other zones than the journeys: {len(matrix)} and {len(journeys.zone_id)}, in the same "
                "order they must be"
            )
        if not np.isclose(window.duration_s, matrix.duration_h * SECONDS_PER_HOUR, rtol=_ROUNDING, atol=0.0):
            raise DemandError(
                f"{called} is of {matrix.duration_h:g} h, its window lasts {window.duration_s / SECONDS_PER_HOUR:g} h"
            )
    by_pair = np.column_stack([matrix.trips[journeys.origin, journeys.destination] for matrix in matrices])
    has_journey = np.zeros((len(journeys.zone_id),) * 2, dtype=np.bool_)
    has_journey[journeys.origin, journeys.destination] = True
    unassigned = sum(float(matrix.trips[~has_journey].sum()) for matrix in matrices)
    starts = np.array([window.start_s for window in windows], dtype=np.float64)
    ends = starts + [matrix.duration_h * SECONDS_PER_HOUR for matrix in matrices]
    return TimedDemand(np.ascontiguousarray(by_pair), starts, ends, unassigned)
