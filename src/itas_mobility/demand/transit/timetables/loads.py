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

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.demand.progress import progress_line
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.demand.threads import use_threads
from itas_mobility.demand.transit.perceived_time import perceived_journey_s
from itas_mobility.demand.transit.timetables.crowding import Chosen, CrowdedTime, TimedChoice, TimedDemand, balance
from itas_mobility.demand.transit.timetables.rides import Rides, kept_trips
from itas_mobility.demand.transit.vehicle_sizes import vehicle_sizes
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE


def assign_timetable(
    timetable: Timetable | ServiceDays,
    journeys: JourneySets,
    trips: ODMatrix | Sequence[ODMatrix],
    *,
    start_s: float | Sequence[float],
    arrive_by: bool = False,
    days: Sequence[int] | None = None,
    walk_weight: float = 2.0,
    wait_weight: float = 2.0,
    transfer_penalty_s: float = 300.0,
    adaptation_weight: float = 1.0,
    scale_per_min: float = 0.2,
    path_size_weight: float = 0.0,
    crowding: Crowding | None = None,
    trip_seats: FloatArray | None = None,
    trip_capacity_persons: FloatArray | None = None,
    tolerance: float = 1e-6,
    max_rounds: int = 300,
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
    start_s : float or sequence of float
        Start of the period of each matrix, seconds of the service day; wished moments are uniform over the period.
    arrive_by : bool, default=False
        Whether the moments wished for are those of arrival (of a shift) rather than of departure.
    days : sequence of int, optional
        Days on which the timetables run, as the journeys were found: see `index_timetable`.
    walk_weight, wait_weight, transfer_penalty_s : float
        As in `skim_transit`; waiting is that between rides.
    adaptation_weight : float, default=1.0
        Perceived per second between the moment wished for and that of the journey; an assumption.
    scale_per_min : float, default=0.2
        Scale of the logit: how much a perceived minute counts; an assumption.
    path_size_weight : float, default=0.0
        Weight of the logarithm of the path size (Ben-Akiva and Bierlaire 1999, "Discrete choice methods and their
        applications to short term travel decisions") in the utility, by time in vehicles: 1 takes journeys that share
        their runs with others for as many fewer of their own; 0, the default, is the plain logit.
    crowding : Crowding, optional
        How crowded time is felt, see `crowding_from`; without it nobody minds.
    trip_seats, trip_capacity_persons : array of shape (n_trips,), optional
        Seats and places of the vehicle of each trip, day by day in the order of the timetable (rows of the result);
        default: those of `crowding` by mode, else not known.
    tolerance : float, default=1e-6
        Share of the trips that may still want to change because of the crowding.
    max_rounds : int, default=300
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
        If `max_rounds` is hit before `tolerance`; the loads are still those of all trips.
    """
    _check_options(adaptation_weight, scale_per_min, path_size_weight, max_rounds)
    check_limits(max_seconds=None, tolerance=tolerance)
    demand = _demand(journeys, (trips,) if isinstance(trips, ODMatrix) else tuple(trips), start_s)
    runs = kept_trips(timetable, days)
    seats, capacity = vehicle_sizes(
        runs.mode, crowding, of="trip", seats=trip_seats, capacity_persons=trip_capacity_persons
    )
    rides = Rides(journeys, runs)
    bonus = np.zeros(len(journeys))
    if path_size_weight > 0:
        bonus = path_size_weight * np.log(rides.path_sizes(journeys.journey_ptr))
    choice = TimedChoice(
        journeys,
        demand,
        arrive_by=arrive_by,
        scale_per_s=scale_per_min / SECONDS_PER_MINUTE,
        adaptation_weight=adaptation_weight,
        bonus=bonus,
    )
    empty_s = perceived_journey_s(
        journeys, walk_weight=walk_weight, wait_weight=wait_weight, transfer_penalty_s=transfer_penalty_s
    )
    with use_threads(threads, len(journeys) * demand.trips.shape[1]):
        if crowding is None:
            chosen = Chosen(choice.persons(empty_s), empty_s)
        else:
            crowded = CrowdedTime(crowding, rides, empty_s, seats, capacity)
            with progress_line(progress, tolerance) as report:
                chosen = balance(choice, crowded, tolerance=tolerance, max_rounds=max_rounds, report=report)
    if chosen.residual > tolerance:
        warnings.warn(
            f"loads on trips: after {chosen.rounds} rounds {chosen.residual:.1e} of the trips would still change "
            f"because of crowding (wanted: {tolerance:.0e}); raise max_rounds, or make the choice less steep "
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


def _check_options(adaptation_weight: float, scale_per_min: float, path_size_weight: float, max_rounds: int) -> None:
    faults = []
    if not 0 < scale_per_min < np.inf:
        faults.append(f"scale_per_min={scale_per_min:g} must be positive and finite")
    for name, value in (("adaptation_weight", adaptation_weight), ("path_size_weight", path_size_weight)):
        if not 0 <= value < np.inf:
            faults.append(f"{name}={value:g} must be finite and not negative")
    if max_rounds < 1:
        faults.append(f"max_rounds={max_rounds} must be at least 1")
    if faults:
        raise DemandError("assign_timetable: " + "; ".join(faults))


def _demand(journeys: JourneySets, matrices: tuple[ODMatrix, ...], start_s: float | Sequence[float]) -> TimedDemand:
    """Trips of the pairs that journeys join."""
    starts = np.atleast_1d(np.asarray(start_s, dtype=np.float64))
    if not matrices or starts.shape != (len(matrices),):
        raise DemandError(f"start_s: {starts.size} starts of {len(matrices)} matrices; give one for each, at least one")
    if not np.isfinite(starts).all():
        raise DemandError("start_s: must be finite")
    for row, matrix in enumerate(matrices):
        if not np.array_equal(matrix.zone_id, journeys.zone_id):
            raise DemandError(
                f"trips: matrix {row} ({matrix.label or 'without label'}) has other zones than the journeys: "
                f"{len(matrix)} and {len(journeys.zone_id)}, in the same order they must be"
            )
    by_pair = np.column_stack([matrix.trips[journeys.origin, journeys.destination] for matrix in matrices])
    has_journey = np.zeros((len(journeys.zone_id),) * 2, dtype=np.bool_)
    has_journey[journeys.origin, journeys.destination] = True
    unassigned = sum(float(matrix.trips[~has_journey].sum()) for matrix in matrices)
    ends = starts + [matrix.duration_h * SECONDS_PER_HOUR for matrix in matrices]
    return TimedDemand(np.ascontiguousarray(by_pair), starts, ends, unassigned)
