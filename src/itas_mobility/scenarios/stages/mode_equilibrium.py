"""The fixed point of mode choice and car traffic, in the long run of workplaces too, and all that goes into it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import BoolArray, FloatArray, content_digest
from itas_mobility.core.feedback import ElasticEquilibrium
from itas_mobility.core.job_changes import JobAccount
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.parking import ParkingBalance, SiteParking
from itas_mobility.core.person_groups import PersonGroups
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.zones import ZoneKind
from itas_mobility.errors import ConvergenceWarning, DataWarning
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages.line_skims import SegmentLines, skim_lines
from itas_mobility.scenarios.stages.line_supply import without_cars
from itas_mobility.scenarios.stages.road_supply import Networks, connect_networks
from itas_mobility.scenarios.stages.shift_reach import shift_reach
from itas_mobility.scenarios.stages.site_parking import ParkedChoice, park, parking_by_zone
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.scenarios.stages.workplaces import find_workplaces, with_new_sites

LONG_RUN_TOLERANCE: Final = 10.0
"""Residual of the long run per that of the short run: a round less, and how workplaces react is known far less exactly.
At the usual settings a thousandth of a car trip on a million."""
SAME_PRICE_EUR: Final = 1e-9
"""Shadow prices of parking this near to each other are the same."""
MOST_PRICES: Final = 50
"""Rounds in which workplaces and shadow prices of parking answer to each other."""


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
    groups: PersonGroups
    """Who has licence, car and pedelec, by work zone."""
    lifts: tuple[FloatArray, ...]
    """Chance of a lift by home and work zone, per segment."""
    is_timed: bool
    """Whether the trips of a timetable decide, rather than headways."""
    parking: SiteParking
    """At the sites."""
    parameters: Parameters
    """`demand.choice_parameters`, and only these, so that the result depends on nothing else."""
    jobs: JobAccount
    """Registered employees before and after each change of jobs."""
    outside: BoolArray
    """Zones outside the region, shape (n_zones,)."""

    @cached_property
    def digest(self) -> str:
        """Digest of what the equilibrium depends on."""
        nets = self.nets
        return content_digest(
            nets.roads, nets.free, nets.bike, nets.walk, self.segments, self.background, self.lines, self.groups,
            self.lifts, self.parking, self.parameters,
        )  # fmt: skip

    @cached_property
    def offers(self) -> tuple[demand.Offer, ...]:
        """What each segment chooses from on empty roads, at the work zones in which somebody of it works."""
        nets, n_slices = self.nets, len(self.background)
        parking_eur = parking_by_zone(self.parking, len(nets.free.zone_id))
        return tuple(
            demand.Offer(
                segment, (nets.free,) * n_slices, nets.free, lines, nets.bike, nets.walk, parking_eur, chance,
                works=np.flatnonzero(segment.workers.any(axis=0)).astype(np.int64),
            )
            for segment, lines, chance in zip(self.segments, self.lines, self.lifts, strict=True)
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Fixed point of mode choice and car assignment."""

    segments: tuple[TourSegment, ...]
    """Who travels."""
    choices: tuple[TourChoice, ...]
    """What each segment chooses."""
    feedback: ElasticEquilibrium
    """Car trips of commuters and others, their assignment and the times it leaves, per slice of the day."""
    parking: ParkingBalance
    """Shadow prices of the sites at these times, and cars that stand outside."""

    @property
    def shares(self) -> tuple[ModeShares, ...]:
        """Mode shares, per segment."""
        return tuple(one.shares for one in self.choices)

    @cached_property
    def mean_logsum(self) -> FloatArray:
        """Expected greatest utility of a way by home and work zone, mean over those who travel, shape (n, n).

        -inf where some of them have no mode, or nobody travels: nothing can be weighed against it.
        """
        return _mean_logsum(self.segments, self.choices)

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
    base = with_new_sites(base, region)
    nets = connect_networks(base, region, store)
    workplaces = find_workplaces(base, region, nets.workplaces, store)
    commuters = workplaces.commuters
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
    groups = demand.person_groups(len(region.zones), region.sites, parameters=choice)
    lifts = store.get(
        "lifts",
        (segments, nets.free, region.sites.zone, region.sites.lift_share, choice.subset(demand.LIFT_PARAMETERS)),
        lambda: tuple(demand.lift_chance(one, nets.free, region.sites, parameters=choice) for one in segments),
    )
    parking = demand.site_parking(region.sites, segments, parameters=region.parameters)
    return Inputs(
        nets=nets, commuters=commuters, segments=segments, background=background,
        lines=tuple(one.offer for one in ridden), ridden=ridden, reach=reach, groups=groups, lifts=lifts,
        is_timed=is_timed, parking=parking, parameters=choice, jobs=workplaces.account,
        outside=region.zones.is_kind(ZoneKind.EXTERNAL),
    )  # fmt: skip


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


def balanced_long(
    before: Inputs, inputs: Inputs, settings: RunSettings, store: StageStore, *, scale: float
) -> Equilibrium:
    """The equilibrium of a region after measures once workplaces have reacted, found from that in which they stay.

    Parameters
    ----------
    before, inputs : Inputs
        Supply and demand before and after the measures.
    settings : RunSettings
        How exactly to compute.
    store : StageStore
        Reused stages.
    scale : float
        ``destination_scale`` of the parameters (`demand.respond_destinations`).

    Returns
    -------
    Equilibrium
        That of `balanced` where no measure changes anything: who works where before the measures is data.
    """
    short = balanced(before, inputs, settings, store)
    if inputs.digest == before.digest:
        return short
    start = balanced(before, before, settings, store)
    # employees besides segments: as many may come of more employees who are present more seldom
    key = ("long run", inputs.digest, before.digest, settings, scale, inputs.outside, inputs.commuters)
    response = Response(inputs.commuters, start.mean_logsum, scale, inputs.outside)
    return store.get("equilibrium", key, lambda: balance(inputs, settings, start=short, response=response))


@dataclass(frozen=True, eq=False)
class Response:
    """How workplaces react in the long run."""

    commuters: ODMatrix
    """Registered employees by home and work zone before they react."""
    logsum_before: FloatArray
    """`Equilibrium.mean_logsum` before the measures."""
    scale: float
    outside: BoolArray
    """Zones outside the region."""

    def segments(self, segments: Sequence[TourSegment], choices: Sequence[TourChoice]) -> tuple[TourSegment, ...]:
        """Who travels once workplaces have reacted: of each pair all hours of work in equal parts."""
        ratio = demand.respond_destinations(
            self.commuters,
            self.logsum_before,
            _mean_logsum(segments, choices),
            scale=self.scale,
            outside=self.outside,
        )
        return tuple(replace(segment, workers=segment.workers * ratio) for segment in segments)


def _mean_logsum(segments: Sequence[TourSegment], choices: Sequence[TourChoice]) -> FloatArray:
    total = np.zeros_like(segments[0].workers)
    persons = np.zeros_like(total)
    for segment, choice in zip(segments, choices, strict=True):
        total += np.multiply(segment.workers, choice.logsum, out=np.zeros_like(total), where=segment.workers > 0)
        persons += segment.workers
    mean = np.divide(total, persons, out=np.full_like(total, -np.inf), where=persons > 0)
    mean.flags.writeable = False
    return mean


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
    response: Response | None = None,
) -> Equilibrium:
    """Find the fixed point of mode choice and car assignment, and of workplaces where they react.

    Parameters
    ----------
    inputs : Inputs
        Supply and demand.
    settings : RunSettings
        ``relative_gap``, ``feedback_tolerance``, ``max_iterations``.
    start : Equilibrium, optional
        An equilibrium of the same zones and slices; its car times and paths are the start. With `response` that of the
        same `inputs` without.
    first : sequence of ODMatrix, optional
        First guess of the car trips, per slice; default those that answer to the times of `start`, else of empty roads.
    response : Response, optional
        How workplaces react; without it they stay.

    Returns
    -------
    Equilibrium
        Its residual says what share of the car trips one more round would change.

    Warns
    -----
    ConvergenceWarning
        If the residual is above ``feedback_tolerance`` (of the long run: `LONG_RUN_TOLERANCE` times as much) after
        ``max_iterations``.
    """
    choose = _Chooser(inputs)

    def drive(skims: tuple[Skims, ...]) -> list[ODMatrix]:
        segments, parked = _answer(inputs, choose(skims), response)
        return _car_trips(segments, [one.shares for one in parked.choices], inputs.background)

    tolerance = settings.feedback_tolerance * (1.0 if response is None else LONG_RUN_TOLERANCE)
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
            tolerance=tolerance,
            relative_gap=settings.relative_gap,
            max_iterations=settings.max_iterations,
        )
    if not feedback.converged:
        warnings.warn(
            f"mode choice and assignment stopped after {feedback.rounds} rounds: one more would still move "
            f"{feedback.residual_share:.1e} of all car trips (wanted: {tolerance:.0e}); differences "
            "smaller than that are noise, raise max_iterations of the run's settings",
            ConvergenceWarning,
            stacklevel=2,
        )
    segments, parked = _answer(inputs, choose(feedback.skims), response)
    return Equilibrium(segments, parked.choices, feedback, parked.balance)


def offers(inputs: Inputs, skims: Sequence[Skims], shortage: ParkingBalance | None = None) -> list[demand.Offer]:
    """What the networks offer each segment at given car times, at all work zones.

    Parameters
    ----------
    inputs : Inputs
        Supply and demand.
    skims : sequence of Skims
        Car times, per slice of the day.
    shortage : ParkingBalance, optional
        Shadow prices of parking; none where spaces are not short.

    Returns
    -------
    list of Offer
        One per segment.
    """
    parking_eur = parking_by_zone(inputs.parking, len(inputs.commuters), shortage)
    return [replace(one, car=skims, parking_eur_per_day=parking_eur, works=None) for one in inputs.offers]


@dataclass(frozen=True, eq=False)
class _Chosen:
    """What segments are offered at some car times, and what they choose while spaces are not short."""

    offers: list[demand.Offer]
    choices: list[TourChoice]


class _Chooser:
    """Makes choices at car times; those of the last times are kept, for the end of a feedback asks for them again."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._skims: tuple[Skims, ...] = ()
        self._chosen = _Chosen([], [])

    def __call__(self, skims: tuple[Skims, ...]) -> _Chosen:
        is_known = len(skims) == len(self._skims) and all(
            one is other for one, other in zip(skims, self._skims, strict=True)
        )
        if not is_known:
            inputs = self._inputs
            offered = [offer.loaded(skims) for offer in inputs.offers]
            choices = [demand.choose_modes(offer, inputs.parameters, inputs.groups) for offer in offered]
            self._skims, self._chosen = skims, _Chosen(offered, choices)
        return self._chosen


def _answer(inputs: Inputs, chosen: _Chosen, response: Response | None) -> tuple[tuple[TourSegment, ...], ParkedChoice]:
    """Who travels, and what they choose once cars and spaces of the sites balance.

    In the long run, who works where answers to the price of parking, and that price to who works where: both are
    repeated until they agree.
    """
    given = inputs.parking, chosen.offers, chosen.choices, inputs.parameters, inputs.groups
    parked = park(*given)
    if response is None:
        return inputs.segments, parked
    segments = response.segments(inputs.segments, parked.choices)
    for _ in range(MOST_PRICES):
        price = parked.balance.price_eur_per_day
        parked = park(*given, segments=segments)
        if np.allclose(parked.balance.price_eur_per_day, price, rtol=0.0, atol=SAME_PRICE_EUR):
            return segments, parked
        segments = response.segments(inputs.segments, parked.choices)
    warnings.warn(
        f"workplaces and the shadow prices of parking do not agree after {MOST_PRICES} rounds: the long run is rough",
        ConvergenceWarning,
        stacklevel=2,
    )
    return segments, parked


def _car_trips(
    segments: Sequence[TourSegment], shares: Sequence[ModeShares], background: Sequence[ODMatrix]
) -> list[ODMatrix]:
    """Car trips per slice: ways to work as they are, ways home transposed, and everybody else."""
    cars = [demand.drivers(segment, share) for segment, share in zip(segments, shares, strict=True)]
    matrices = []
    for k, others in enumerate(background):
        trips = others.trips.copy()
        for segment, car in zip(segments, cars, strict=True):
            trips += segment.out_share[k] * car + segment.back_share[k] * car.T
        matrices.append(ODMatrix(others.zone_id, trips, others.duration_h, label=others.label))
    return matrices
