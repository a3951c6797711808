"""Loads of public transport from headways (optimal strategies), and the equilibrium of crowded vehicles."""

import warnings

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.vehicle_sizes import VehicleSizes
from itas_mobility.demand.progress import progress_line
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.demand.transit.headways.crowding import (
    Balanced,
    CrowdedGraph,
    StrategyLoader,
    balance,
)
from itas_mobility.demand.transit.headways.strategy_graph import line_graph, mean_headways
from itas_mobility.demand.transit.vehicle_sizes import vehicle_sizes
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.units import SECONDS_PER_HOUR


def assign_transit(
    transit: TransitNetwork,
    access: AccessLegs,
    trips: ODMatrix,
    *,
    window: TravelWindow,
    weights: JourneyWeights = JourneyWeights(),
    waits: HeadwayWaits = HeadwayWaits(),
    home_end: HomeEnd = "origin",
    period: TravelWindow | None = None,
    crowding: Crowding | None = None,
    vehicles: VehicleSizes | None = None,
    relative_gap: float = 1e-4,
    max_iterations: int = 200,
    progress: bool = False,
) -> TransitLoads:
    """Load trips on the lines by optimal strategies (Spiess & Florian 1989).

    At a stop, travellers split over the attractive lines in proportion to their frequencies; where they plan to board,
    to the inverse of the shift that each alone would cost.

    With crowding, time in a vehicle counts by the mean load of the pattern's vehicles in the period, and loads are an
    equilibrium of strategies: the convex programme of that paper's extension to costs that rise with volumes. Full
    vehicles are felt, but do not make anybody wait for the next one: frequencies stay what they are.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns with headways by band of the day.
    access : AccessLegs
        Ways between zones and stops and walks between stops.
    trips : ODMatrix
        Persons between zones in the whole period of the matrix; the loads are persons in that same period.
    window : TravelWindow
        When people wish to travel.
    weights, waits
        As in `skim_transit`; use the same for both.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    period : TravelWindow, optional
        As in `skim_transit`.
    crowding : Crowding, optional
        How crowded time is felt, see `crowding_from`; without it nobody minds.
    vehicles : VehicleSizes, optional
        Of each pattern; default: those of `crowding` by mode, else not known.
    relative_gap : float, default=1e-4
        With crowding: share of the perceived time by which all could still be better off at which to stop.
    max_iterations : int, default=200
        Largest number of loadings with crowding.
    progress : bool, default=False
        Show a progress line on stderr where crowding takes long.

    Returns
    -------
    TransitLoads
        Volume, boardings and alightings by call of each pattern. Trips within a zone count as unassigned.

    Raises
    ------
    DemandError
        If an option is out of range or the arguments do not fit together.
    InputError
        If `home_end` is neither of both.

    Warns
    -----
    ConvergenceWarning
        If `max_iterations` is hit before `relative_gap`; the loads are still those of all trips.
    """
    if access.n_zones != len(trips):
        raise DemandError(f"access legs were made for {access.n_zones} zones, the trips for {len(trips)}")
    check_limits(max_seconds=None, relative_gap=relative_gap)
    if max_iterations < 1:
        raise DemandError(f"max_iterations: {max_iterations} must be at least 1")
    graph = line_graph(transit, access, window=window, weights=weights, waits=waits, home_end=home_end, period=period)
    sizes = vehicle_sizes(transit.mode, crowding, vehicles, of="pattern")
    runs = trips.duration_h * SECONDS_PER_HOUR / mean_headways(transit, window=window if period is None else period)
    seats, capacity = runs * sizes[0], runs * sizes[1]
    loader = StrategyLoader(graph, trips)
    if crowding is None:
        found = Balanced(loader.load(graph.run))
    else:
        crowded = CrowdedGraph(crowding, transit, seats, capacity)
        with progress_line(progress, relative_gap) as report:
            found = balance(loader, crowded, relative_gap=relative_gap, max_iterations=max_iterations, report=report)
    if found.gap > relative_gap:
        warnings.warn(
            f"crowded lines: after {found.rounds} rounds all could still be better off by {found.gap:.1e} of the "
            f"perceived time (wanted: {relative_gap:.0e}); raise max_iterations, or make the crowding less steep",
            ConvergenceWarning,
            stacklevel=2,
        )
    return TransitLoads(
        pattern_id=transit.pattern_id,
        line=transit.line,
        mode=transit.mode,
        stop_ptr=transit.stop_ptr,
        stop_id=transit.stop_id[transit.stop],
        stop_name=transit.stop_name[transit.stop],
        volume=found.loaded.on_board,
        boardings=found.loaded.boarded,
        alightings=found.loaded.alighted,
        assigned_trips=trips.total - found.loaded.unassigned,
        unassigned_trips=found.loaded.unassigned,
        seats=seats,
        capacity_persons=capacity,
        relative_gap=found.gap,
        rounds=found.rounds,
        converged=found.gap <= relative_gap,
    )
