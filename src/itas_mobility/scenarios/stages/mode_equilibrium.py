"""The fixed point of mode choice and car traffic, and all that goes into it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from itas_mobility import demand
from itas_mobility.core.columns import content_digest
from itas_mobility.core.feedback import ElasticEquilibrium
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.errors import ConvergenceWarning, DataWarning
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages.line_skims import SegmentLines, skim_lines
from itas_mobility.scenarios.stages.line_supply import without_cars
from itas_mobility.scenarios.stages.road_supply import Networks, connect_networks
from itas_mobility.scenarios.stages.shift_reach import shift_reach
from itas_mobility.scenarios.stages.store import StageStore


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that decides the equilibrium of a region; `digest` names its content."""

    nets: Networks
    commuters: ODMatrix
    """Registered employees by home and work zone."""
    segments: tuple[TourSegment, ...]
    background: tuple[ODMatrix, ...]
    """Other car trips, per slice of the day."""
    lines: tuple[LineOffer, ...]
    """Public transport to work and home, per segment."""
    ridden: tuple[SegmentLines, ...]
    """The same with the slices in which it is used."""
    reach: ShiftReachability
    """Who can keep the hours of a shift without a car; its workers are 0 (`shift_reach.of_workers`)."""
    is_timed: bool
    """Whether the trips of a timetable decide, rather than headways."""
    parameters: Parameters
    """`demand.choice_parameters`, and only these, so that the result depends on nothing else."""

    @cached_property
    def digest(self) -> str:
        """Digest of what the equilibrium depends on."""
        nets = self.nets
        return content_digest(
            nets.roads, nets.free, nets.bike, nets.walk, self.segments, self.background, self.lines, self.parameters
        )


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Fixed point of mode choice and car assignment."""

    segments: tuple[TourSegment, ...]
    """Who travels."""
    choices: tuple[TourChoice, ...]
    """What each segment chooses."""
    feedback: ElasticEquilibrium
    """Car trips of commuters and others, their assignment and the times it leaves, per slice of the day."""

    @property
    def shares(self) -> tuple[ModeShares, ...]:
        """Mode shares, per segment."""
        return tuple(one.shares for one in self.choices)

    @property
    def residual(self) -> float:
        """Share of all car trips that one more round would change."""
        return self.feedback.residual_share

    @property
    def skims(self) -> tuple[Skims, ...]:
        """Loaded car skims, per slice."""
        return self.feedback.skims

    @property
    def results(self) -> tuple[AssignmentResult, ...]:
        """Assignments, per slice."""
        return self.feedback.results

    @property
    def car(self) -> tuple[ODMatrix, ...]:
        """Car trips, per slice."""
        return self.feedback.trips


def prepare(base: Region, region: Region, slices: DaySlices, store: StageStore) -> Inputs:
    """Gather what decides the equilibrium of a region after measures.

    Parameters
    ----------
    base : Region
        The region before any measure; its networks decide who works where.
    region : Region
        The region after the measures.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    Inputs
        Supply and demand.
    """
    nets = connect_networks(base, region, store)
    beta = region.parameters.value("commute_beta_per_min")
    commuters = store.get(
        "commute",
        (region.zones, region.sites, nets.reference, region.commuters, beta),
        lambda: demand.commute(
            region.zones, region.sites, nets.reference, statistics=region.commuters, beta_per_min=beta
        ),
    )
    segments = demand.tour_segments(
        commuters, region.zones, region.sites, nets.reference, slices, parameters=region.parameters
    )
    others = region.parameters.subset(demand.BACKGROUND_PARAMETERS)
    background = store.get(
        "background",
        (region.zones, nets.reference, others),
        lambda: demand.background_car_trips(region.zones, nets.reference, slices, parameters=others),
    )
    is_timed = base.timetable is not None and not base.headways_decide
    ridden = skim_lines(region, nets.access, segments, slices, store, is_timed=is_timed)
    reach = shift_reach(region, without_cars(nets.access), store)
    choice = region.parameters.subset(demand.choice_parameters())
    lines = tuple(one.offer for one in ridden)
    return Inputs(nets, commuters, segments, background, lines, ridden, reach, is_timed, choice)


def balanced(before: Inputs, inputs: Inputs, settings: RunSettings, store: StageStore) -> Equilibrium:
    """The equilibrium of a region after measures, found from that of the region before them.

    Parameters
    ----------
    before, inputs : Inputs
        Supply and demand before and after the measures.
    settings : RunSettings
        How exactly to compute.
    store : StageStore
        Reused stages.

    Returns
    -------
    Equilibrium
        That before the measures where nothing it depends on has changed. Every scenario starts from it, in whatever
        order scenarios are run, so that a rerun gives the same bytes.
    """
    start = store.get("equilibrium", (before.digest, settings), lambda: balance(before, settings))
    if inputs.digest == before.digest:
        return start
    key = (inputs.digest, before.digest, settings)
    return store.get("equilibrium", key, lambda: balance(inputs, settings, start=start))


def second_start(inputs: Inputs, settings: RunSettings, store: StageStore) -> Equilibrium:
    """The equilibrium found from another start: roads on which no commuters drive.

    Parameters
    ----------
    inputs : Inputs
        Supply and demand.
    settings : RunSettings
        How exactly to compute.
    store : StageStore
        Reused stages.

    Returns
    -------
    Equilibrium
        Differs from that of `balanced` by what the solver leaves open.
    """
    key = ("second start", inputs.digest, settings)
    return store.get("equilibrium", key, lambda: balance(inputs, settings, first=inputs.background))


def balance(
    inputs: Inputs,
    settings: RunSettings,
    *,
    start: Equilibrium | None = None,
    first: Sequence[ODMatrix] | None = None,
) -> Equilibrium:
    """Find the fixed point of mode choice and car assignment.

    Parameters
    ----------
    inputs : Inputs
        Supply and demand.
    settings : RunSettings
        ``relative_gap``, ``feedback_tolerance``, ``max_iterations``.
    start : Equilibrium, optional
        An equilibrium of the same zones and slices; its car times and paths are the start.
    first : sequence of ODMatrix, optional
        First guess of the car trips, per slice; default those that answer to the times of `start`, else of empty roads.

    Returns
    -------
    Equilibrium
        Its residual says what share of the car trips one more round would change.

    Warns
    -----
    ConvergenceWarning
        If the residual is above ``feedback_tolerance`` after ``max_iterations``.
    """

    def drive(skims: tuple[Skims, ...]) -> list[ODMatrix]:
        shares = [one.shares for one in _choose(inputs, skims)]
        return _car_trips(inputs.segments, shares, inputs.background, inputs.parameters)

    with warnings.catch_warnings():
        # said below, by the name of the setting that helps
        warnings.filterwarnings("ignore", "demand and assignment stopped", ConvergenceWarning)
        warnings.filterwarnings("ignore", "no path for", DataWarning)  # a run tells it once, for the day
        feedback = demand.equilibrate(
            inputs.nets.roads,
            drive,
            trips=first,
            n_periods=len(inputs.background),
            warm_start=None if start is None else start.feedback,
            tolerance=settings.feedback_tolerance,
            relative_gap=settings.relative_gap,
            max_iterations=settings.max_iterations,
        )
    if not feedback.converged:
        warnings.warn(
            f"mode choice and assignment stopped after {feedback.rounds} rounds: one more would still move "
            f"{feedback.residual_share:.1e} of all car trips (wanted: {settings.feedback_tolerance:.0e}); differences "
            "smaller than that are noise, raise max_iterations of the run's settings",
            ConvergenceWarning,
            stacklevel=2,
        )
    return Equilibrium(inputs.segments, tuple(_choose(inputs, feedback.skims)), feedback)


def _choose(inputs: Inputs, skims: Sequence[Skims]) -> list[TourChoice]:
    nets = inputs.nets
    return [
        demand.tour_mode_shares(
            segment,
            car=skims,
            free=nets.free,
            lines=lines,
            bike=nets.bike,
            walk=nets.walk,
            parameters=inputs.parameters,
        )
        for segment, lines in zip(inputs.segments, inputs.lines, strict=True)
    ]


def _car_trips(
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    background: Sequence[ODMatrix],
    parameters: Parameters,
) -> list[ODMatrix]:
    """Car trips per slice: ways to work as they are, ways home transposed, and everybody else."""
    occupancy = parameters.value("car_occupancy")
    cars = [demand.drivers(segment, share) / occupancy for segment, share in zip(segments, shares, strict=True)]
    matrices = []
    for k, others in enumerate(background):
        trips = others.trips.copy()
        for segment, car in zip(segments, cars, strict=True):
            trips += segment.out_share[k] * car + segment.back_share[k] * car.T
        matrices.append(ODMatrix(others.zone_id, trips, others.duration_h, label=others.label))
    return matrices
