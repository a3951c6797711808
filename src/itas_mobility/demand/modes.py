"""Mode choice of commuters, for the way there and back together; each mode is one function of utility."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.person_groups import PersonGroups
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import TourSegment
from itas_mobility.demand.cycling import slope_utility
from itas_mobility.demand.groups import GROUP_PARAMETERS
from itas_mobility.demand.lifts import LIFT_PARAMETERS
from itas_mobility.errors import DemandError
from itas_mobility.kernels import choice
from itas_mobility.units import METRES_PER_KILOMETRE, MINUTES_PER_HOUR, SECONDS_PER_HOUR

Cell = TypeVar("Cell", bound=np.generic)
_MONEY: Final = (
    "utility_per_eur", "value_of_time_distance_power", "value_of_time_reference_km", "value_of_time_shift_km",
)  # fmt: skip
"""Parameters of what a euro weighs, which rises with distance."""


@dataclass(frozen=True, eq=False)
class Offer:
    """What the networks offer a segment of commuters for its ways to work and home.

    All that utilities are made of is asked of its methods, which cut out the work zones that are wanted.
    """

    segment: TourSegment
    car: Sequence[Skims]
    """``time_s`` of the loaded network, per slice of the day."""
    free: Skims
    """``length_m`` along the quickest paths of the empty network, for the cost of driving. In equilibrium the paths of
    a pair take the same time but differ in length, and which of them a skim meets is chance at the last digit; a cost
    that follows it would keep the feedback from settling."""
    lines: LineOffer
    """Public transport when the segment travels; ``pt_fare_eur`` of the parameters where it has no ``fare_eur``."""
    bike: Skims
    walk: Skims
    """``length_m``."""
    parking_eur_per_day: FloatArray | float = 0.0
    """What a car pays at each work zone, by price or for want of space, shape (n_zones,)."""
    lift_chance: FloatArray | float = 1.0
    """Chance of a lift by home and work zone (`lift_chance`)."""
    works: LongArray | None = None
    """Rows of the work zones to look at; None for all."""
    _kept: dict[tuple[object, ...], FloatArray] = field(default_factory=dict, init=False, repr=False)

    def loaded(self, car: Sequence[Skims]) -> "Offer":
        """The same at other car times; what does not depend on them is not computed again.

        Parameters
        ----------
        car : sequence of Skims, one per slice of the day
            ``time_s``.

        Returns
        -------
        Offer
            That shares what it has found with this one.
        """
        other = replace(self, car=car)
        object.__setattr__(other, "_kept", self._kept)
        return other

    def at(self, matrix: NDArray[Cell]) -> NDArray[Cell]:
        """Columns of the work zones that are looked at.

        Parameters
        ----------
        matrix : ndarray of shape (n_zones, n_zones) or (n_zones,)
            By home and work zone, or by work zone.

        Returns
        -------
        ndarray
            Its last axis cut.
        """
        return matrix if self.works is None else np.ascontiguousarray(matrix[..., self.works])

    def mean_of_ways(self, out: Skims, back: Skims, name: str) -> FloatArray:
        """Mean of there and back of one skim.

        Parameters
        ----------
        out, back : Skims
            Of the way to work and of the way home, each in the direction of travel.
        name : str
            Of a matrix in both.

        Returns
        -------
        ndarray of shape (n_zones, n_works)
            By home and work zone.
        """
        return 0.5 * (self.at(out[name]) + self.at(back[name].T))

    def way_km(self, skims: Skims) -> FloatArray:
        """Length of a way, mean of there and back.

        Parameters
        ----------
        skims : Skims
            ``length_m``.

        Returns
        -------
        ndarray of shape (n_zones, n_works)
            By home and work zone.
        """
        return self.mean_of_ways(skims, skims, "length_m") / METRES_PER_KILOMETRE

    @cached_property
    def car_time_h(self) -> FloatArray:
        """Time of a way on the loaded roads, mean of there and back, shape (n_zones, n_works)."""
        total = np.zeros((len(self.segment.workers), self.n_works))
        for skim, out, back in zip(self.car, self.segment.out_share, self.segment.back_share, strict=True):
            if out > 0:
                total += out * self.at(skim["time_s"])
            if back > 0:
                total += back * self.at(skim["time_s"].T)
        return total * (0.5 / SECONDS_PER_HOUR)

    @property
    def road_km(self) -> FloatArray:
        """Length of a way by road, mean of there and back, shape (n_zones, n_works)."""
        return self.keep(("road_km",), lambda: self.way_km(self.free))

    @property
    def n_works(self) -> int:
        """Number of work zones that are looked at."""
        return len(self.segment.workers) if self.works is None else len(self.works)

    def keep(self, key: tuple[object, ...], find: Callable[[], FloatArray]) -> FloatArray:
        """What does not depend on car times: found once.

        Parameters
        ----------
        key : tuple
            Names it, with all it depends on beside the offer.
        find : callable
            Makes it.

        Returns
        -------
        ndarray
            As found before, or now.
        """
        if key not in self._kept:
            self._kept[key] = find()
        return self._kept[key]


Utility: TypeAlias = Callable[[Offer, Parameters], FloatArray]
"""Utility of a way by home and work zone before `choice_scale`, mean of there and back; -inf where there is no way."""
Weight: TypeAlias = Callable[[Offer, Parameters], FloatArray | float]
"""A factor in [0, 1] by home and work zone, or one for all."""
PriceResponse: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Takes a price of parking by work zone, gives shares of the modes and logsum."""


@dataclass(frozen=True, slots=True)
class TravelMode:
    """A mode that commuters choose."""

    utility: Utility
    parameters: tuple[str, ...]
    """All that its utility and weight depend on."""
    nest: str = ""
    """One of `NESTS`; a mode without a nest stands alone."""
    weight: Weight | None = None
    """Of its odds against the others of its nest; it ends in 0 without a jump."""
    chance: Weight | None = None
    """Share of persons to whom it is open beside what they need; the others choose without it, unless they have no
    other mode. One mode at the most has it."""
    needs_car: bool = False
    """Whether it is closed to those who have no car at hand."""
    needs_licence: bool = False
    needs_pedelec: bool = False
    drives: bool = False
    """Whether its travellers put cars on the road all the way: `drivers`."""
    rides: Literal["", "lines", "park_ride"] = ""
    """Which way to the lines its travellers take, if they board any: `riders`."""
    by_car_time: bool = False
    """Whether its utility depends on times on the loaded roads."""
    better: Literal["higher", "lower", ""] = "higher"
    """Which way its share is wanted to go."""


NESTS: Final[Mapping[str, str]] = MappingProxyType(
    {"private": "nest_private_theta", "public": "nest_public_theta", "active": "nest_active_theta"}
)
"""Nests of modes that are alike, and the parameter with the scale of each: at 1 they are no more so than any others."""

_KNOWN: dict[str, TravelMode] = {}
MODES: Final[Mapping[str, TravelMode]] = MappingProxyType(_KNOWN)
"""The modes by name, in the order in which shares are told; words of each stand in `words.MODES`."""

_OF_ALL_MODES = ("choice_scale", *NESTS.values(), *_MONEY, *GROUP_PARAMETERS, *LIFT_PARAMETERS)


def choice_parameters() -> tuple[str, ...]:
    """Names of all parameters that decide mode shares and car trips."""
    names = [name for mode in MODES.values() for name in mode.parameters]
    return tuple(dict.fromkeys([*_OF_ALL_MODES, *names]))


def mode_nests() -> dict[str, list[int]]:
    """Rows of the modes of each nest, as `nested_logit` takes them; modes without a nest are nests of their own."""
    found: dict[str, list[int]] = {}
    for row, (name, mode) in enumerate(MODES.items()):
        found.setdefault(mode.nest or name, []).append(row)
    return found


def nest_scales(parameters: Parameters) -> dict[str, float]:
    """Scale of each of `mode_nests`.

    Parameters
    ----------
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    dict of str to float
        In (0, 1]; 1 for a mode that stands alone.

    Raises
    ------
    DemandError
        If a scale is out of its bounds, naming the parameter.
    """
    found = {}
    for nest in mode_nests():
        found[nest] = parameters.value(NESTS[nest]) if nest in NESTS else 1.0
        if not 0.0 < found[nest] <= 1.0:
            raise DemandError(f"parameter {NESTS[nest]}: {found[nest]:g} must lie in (0, 1]")
    return found


def mode_utilities(offer: Offer, parameters: Parameters) -> FloatArray:
    """Utility of a way by every mode, as the choice takes it.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    ndarray of shape (n_modes, n_zones, n_works)
        In the order of `MODES`, by home and work zone, mean of there and back; -inf where there is no way.

    Notes
    -----
    ``choice_scale`` times the utility of the mode, plus theta of its nest times the logarithm of its weight: the odds
    against the other modes of the nest are then multiplied by the weight.
    """
    scale, thetas = parameters.value("choice_scale"), nest_scales(parameters)
    found = np.empty((len(MODES), len(offer.segment.workers), offer.n_works))

    def of_mode(name: str, mode: TravelMode) -> FloatArray:
        utility = scale * mode.utility(offer, parameters)
        if mode.weight is not None:
            with np.errstate(divide="ignore"):
                utility = utility + thetas[mode.nest or name] * np.log(mode.weight(offer, parameters))
        return utility

    for row, (name, mode) in enumerate(MODES.items()):
        if mode.by_car_time:
            found[row] = of_mode(name, mode)
        else:
            values = (parameters.value(one) for one in (*_MONEY, *mode.parameters))
            key = (name, scale, thetas[mode.nest or name], *values)
            found[row] = offer.keep(key, lambda name=name, mode=mode: of_mode(name, mode))  # type: ignore[misc]
    return found


def utility_of_a_euro(offer: Offer, parameters: Parameters) -> FloatArray:
    """What a euro spent on a way takes off its utility, as the choice takes it.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    ndarray of shape (n_zones, n_works)
        Positive, by home and work zone: differences of utility divided by it are euros a way.

    Notes
    -----
    The value of an hour rises with the length of the way, as the federal plan 2030 has it, since a euro weighs less on
    a long one: ``utility_per_eur * ((d + s) / (r + s)) ** -power``, d by road, r the length at which
    ``utility_per_eur`` holds, s a shift without which a fare would weigh without bounds on short ways. Without a
    road, as at r.
    """
    return np.asarray(parameters.value("choice_scale") * _euro(offer, parameters))


def _euro(offer: Offer, parameters: Parameters) -> FloatArray:
    """The same before `choice_scale`."""
    at_reference, power, reference_km, shift_km = (parameters.value(name) for name in _MONEY)

    def find() -> FloatArray:
        km = np.where(np.isfinite(offer.road_km), offer.road_km, reference_km)
        return np.asarray(at_reference * ((km + shift_km) / (reference_km + shift_km)) ** -power)

    return offer.keep(("euro", at_reference, power, reference_km, shift_km), find)


def drivers(segment: TourSegment, shares: ModeShares) -> FloatArray:
    """Persons of a segment who drive a car to work: as many cars, whoever is taken along.

    Parameters
    ----------
    segment : TourSegment
        Commuters with equal hours of work.
    shares : ModeShares
        Theirs.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone.
    """
    return segment.workers * _share(shares, [name for name in shares if MODES[name].drives])


Riding: TypeAlias = Literal["lines", "park_ride", "all"]


def riders(segment: TourSegment, shares: ModeShares, *, by: Riding = "lines") -> FloatArray:
    """Persons of a segment whose mode boards lines.

    Parameters
    ----------
    segment : TourSegment
        Commuters with equal hours of work.
    shares : ModeShares
        Theirs.
    by : {"lines", "park_ride", "all"}, default="lines"
        How they get to the stop: on foot or by bicycle, or by car; or all of them.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone.
    """
    modes = [name for name in shares if MODES[name].rides and by in (MODES[name].rides, "all")]
    return segment.workers * _share(shares, modes)


def _share(shares: ModeShares, modes: Sequence[str]) -> FloatArray:
    """Share of several modes together."""
    total = np.zeros(shares.stacked_share.shape[1:])
    for mode in modes:
        total = total + shares[mode]
    return total


def choose_modes(offer: Offer, parameters: Parameters, groups: PersonGroups) -> TourChoice:
    """Shares of the modes by home and work zone, by nested logit over the whole tour, mean over groups of persons.

    Parameters
    ----------
    offer : Offer
        What the networks offer. Where it looks at some work zones only, the shares of all others are 0.
    parameters : Parameters
        `choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.

    Returns
    -------
    TourChoice
        Shares of all `MODES`; they sum to 1 wherever everybody has a mode, and to less by those who have none. The
        logsum is the mean over those who have one. Public transport is available only where there is a journey there
        *and* back.

    Raises
    ------
    DemandError
        If groups and offer are of different zones, or a scale of a nest is out of its bounds.

    Notes
    -----
    A lift is found by chance; who finds none chooses from all other modes, and who has no other is driven by somebody
    all the same, as long as a road leads there.
    """
    n = len(offer.segment.workers)
    shares, logsum = np.zeros((len(MODES), n, n)), np.full((n, n), -np.inf)
    columns = np.arange(n) if offer.works is None else offer.works
    _check_zones(offer, groups)
    _OpenSets(offer, parameters, groups).choose(mode_utilities(offer, parameters), columns, shares, logsum)
    shares.flags.writeable = False
    return TourChoice(ModeShares(tuple(MODES), shares), logsum)


def choose_at(offer: Offer, parameters: Parameters, groups: PersonGroups) -> tuple[FloatArray, FloatArray]:
    """The same as arrays at the work zones that the offer looks at.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.

    Returns
    -------
    shares : ndarray of shape (n_modes, n_zones, n_works)
        In the order of `MODES`.
    logsum : ndarray of shape (n_zones, n_works)
        Mean over those who have a mode; -inf where nobody has one.

    Raises
    ------
    DemandError
        As `choose_modes`.
    """
    _check_zones(offer, groups)
    return _OpenSets(offer, parameters, groups).at_works(mode_utilities(offer, parameters))


def _check_zones(offer: Offer, groups: PersonGroups) -> None:
    n = len(offer.segment.workers)
    if groups.group_share.shape[1] != n:
        raise DemandError(f"groups: of {groups.group_share.shape[1]} zones, the offer has {n}")


def choose_at_prices(offer: Offer, parameters: Parameters, groups: PersonGroups) -> PriceResponse:
    """The same by a price of parking that comes to that of the offer; what does not depend on it is found once.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.

    Returns
    -------
    callable
        Takes a price in EUR per day at each work zone that the offer looks at, shape (n_works,); gives shares and
        logsum as `choose_at` does of an offer with that price on top. Whoever drives all the way pays half of it a way.

    Raises
    ------
    DemandError
        As `choose_modes`.
    """
    _check_zones(offer, groups)
    utilities, sets = mode_utilities(offer, parameters), _OpenSets(offer, parameters, groups)
    way_eur = 0.5 * utility_of_a_euro(offer, parameters)
    pays = [row for row, mode in enumerate(MODES.values()) if mode.drives]

    def respond(price_eur_per_day: FloatArray) -> tuple[FloatArray, FloatArray]:
        priced = utilities.copy()
        priced[pays] -= price_eur_per_day * way_eur
        return sets.at_works(priced)

    return respond


class _OpenSets:
    """Sets of modes that are open to groups of persons, as the kernel takes them."""

    def __init__(
        self,
        offer: Offer,
        parameters: Parameters,
        groups: PersonGroups | None,
        *,
        open_to: BoolArray | None = None,
    ) -> None:
        """Those of groups, by their shares at each work zone; or one set for everybody."""
        nests, thetas = mode_nests(), nest_scales(parameters)
        nest_of = np.empty(len(MODES), np.int32)
        for k, rows in enumerate(nests.values()):
            nest_of[rows] = k
        if groups is None:
            assert open_to is not None  # one of both says what is open
            sets, weight = open_to[None], np.ones((1, offer.n_works))
        else:
            sets, of_group = np.unique(_open_to(groups), axis=0, return_inverse=True)
            weight = np.zeros((len(sets), offer.n_works))
            np.add.at(weight, of_group.ravel(), offer.at(groups.group_share))
        by_chance = np.array([mode.chance is not None for mode in MODES.values()])
        # what a set leaves open of a nest is a part; sets that leave the same share it
        parts: dict[tuple[int, bytes], int] = {}
        part_of, part_without = (np.empty((len(sets), len(nests)), np.int32) for _ in range(2))
        for found, left_open in ((part_of, sets), (part_without, sets & ~by_chance)):
            for row, one in enumerate(left_open):
                for k in range(len(nests)):
                    found[row, k] = parts.setdefault((k, (one & (nest_of == k)).tobytes()), len(parts))
        chance = np.ones((len(offer.segment.workers), offer.n_works))
        for mode in MODES.values():
            if mode.chance is not None:
                chance[:] = mode.chance(offer, parameters)
        self._given = (
            nest_of, np.array([thetas[name] for name in nests]),
            np.array([np.frombuffer(modes, np.bool_) for _, modes in parts]),
            np.array([k for k, _ in parts], np.int32), part_of, part_without, weight, chance,
        )  # fmt: skip

    def choose(self, utilities: FloatArray, columns: LongArray, shares: FloatArray, logsum: FloatArray) -> None:
        """Mean shares and logsum at some utilities, into the given columns."""
        choice.mean_nested_shares(utilities, *self._given, columns, shares, logsum)

    def at_works(self, utilities: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same at the work zones that the offer looks at."""
        shares, logsum = np.empty_like(utilities), np.empty(utilities.shape[1:])
        self.choose(utilities, np.arange(utilities.shape[2]), shares, logsum)
        return shares, logsum


def group_shares(offer: Offer, parameters: Parameters, groups: PersonGroups) -> dict[str, FloatArray]:
    """Shares of the modes by group of persons: apprentices without a licence, say, apart from all others.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.

    Returns
    -------
    dict of str to ndarray of shape (n_modes, n_zones, n_works)
        By name of the group, modes in the order of `MODES`; all 0 where it has none. Groups that choose from the same
        modes share an array.

    Raises
    ------
    DemandError
        As `choose_modes`.
    """
    _check_zones(offer, groups)
    utilities = mode_utilities(offer, parameters)
    of_set: dict[bytes, FloatArray] = {}
    found = {}
    for name, modes in zip(groups.name.tolist(), _open_to(groups), strict=True):
        key = modes.tobytes()
        if key not in of_set:
            of_set[key] = _OpenSets(offer, parameters, None, open_to=modes).at_works(utilities)[0]
        found[name] = of_set[key]
    return found


def persons_by_group(offer: Offer, parameters: Parameters, groups: PersonGroups) -> FloatArray:
    """Persons of a segment by group and mode.

    Parameters
    ----------
    offer : Offer
        What the networks offer, of the segment.
    parameters : Parameters
        `choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.

    Returns
    -------
    ndarray of shape (n_groups, n_modes + 1)
        Persons a day, groups in their order, modes in that of `MODES`; last those without a mode.

    Raises
    ------
    DemandError
        As `choose_modes`.
    """
    workers, part = offer.at(offer.segment.workers), offer.at(groups.group_share)
    found = np.empty((len(groups), len(MODES) + 1))
    for row, shares in enumerate(group_shares(offer, parameters, groups).values()):
        persons = workers * part[row]
        found[row, :-1] = (shares * persons).sum(axis=(1, 2))
        found[row, -1] = persons[shares.sum(axis=0) == 0.0].sum()
    return found


def _open_to(groups: PersonGroups) -> BoolArray:
    """Which modes are open to which group, shape (n_groups, n_modes)."""
    return np.array(
        [
            (groups.has_car | (not mode.needs_car))
            & (groups.has_licence | (not mode.needs_licence))
            & (groups.has_pedelec | (not mode.needs_pedelec))
            for mode in MODES.values()
        ]
    ).T


def _mode(
    name: str,
    *parameters: str,
    nest: str = "",
    weight: Weight | None = None,
    chance: Weight | None = None,
    needs_car: bool = False,
    needs_licence: bool = False,
    needs_pedelec: bool = False,
    drives: bool = False,
    rides: Literal["", "lines", "park_ride"] = "",
    by_car_time: bool = False,
    better: Literal["higher", "lower", ""] = "higher",
) -> Callable[[Utility], Utility]:
    """Enter a function of utility among the modes."""
    if nest and nest not in NESTS:
        raise DemandError(f"mode {name}: nest {nest!r} is not known; known: {', '.join(NESTS)}")
    if chance is not None and (others := [other for other, mode in _KNOWN.items() if mode.chance is not None]):
        raise DemandError(f"mode {name}: {others[0]} is left to chance already, which one mode can be")

    def enter(utility: Utility) -> Utility:
        _KNOWN[name] = TravelMode(
            utility, parameters, nest, weight, chance, needs_car, needs_licence, needs_pedelec, drives, rides,
            by_car_time, better,
        )  # fmt: skip
        return utility

    return enter


_CAR_COST = ("car_fuel_cost_eur_per_km", "car_other_cost_eur_per_km")


@_mode(
    "car", "asc_car", "time_car_per_h", "car_access_egress_min", *_CAR_COST,
    nest="private", needs_car=True, needs_licence=True, drives=True, by_car_time=True, better="lower",
)  # fmt: skip
def _car(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    hours = offer.car_time_h + value("car_access_egress_min") / MINUTES_PER_HOUR
    cost_eur = sum(value(name) for name in _CAR_COST) * offer.road_km
    parking_eur = 0.5 * offer.at(np.broadcast_to(offer.parking_eur_per_day, len(offer.segment.workers)))
    return np.asarray(
        value("asc_car") + value("time_car_per_h") * hours - _euro(offer, parameters) * (cost_eur + parking_eur)
    )


def _lift(offer: Offer, _: Parameters) -> FloatArray | float:
    """Who finds somebody to go with."""
    chance = offer.lift_chance
    return offer.at(chance) if isinstance(chance, np.ndarray) else chance


@_mode(
    "passenger", "asc_passenger", "time_car_per_h", "car_access_egress_min", "lift_pickup_min", "lift_fuel_share",
    _CAR_COST[0], nest="private", chance=_lift, by_car_time=True,
)  # fmt: skip
def _passenger(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    minutes = value("car_access_egress_min") + value("lift_pickup_min")
    hours = offer.car_time_h + minutes / MINUTES_PER_HOUR
    cost_eur = value("lift_fuel_share") * value(_CAR_COST[0]) * offer.road_km
    return np.asarray(value("asc_passenger") + value("time_car_per_h") * hours - _euro(offer, parameters) * cost_eur)


def _by_lines(offer: Offer, lines: LineOffer, parameters: Parameters, extra_eur: FloatArray | float) -> FloatArray:
    """Utility of a journey by public transport without its constant."""
    value = parameters.value
    hours = offer.mean_of_ways(lines.out, lines.back, "perceived_s") / SECONDS_PER_HOUR
    if lines.can_reach is not None:
        hours = np.where(offer.at(lines.can_reach), hours, np.inf)
    cost_eur = _fare(offer, lines, value("pt_fare_eur")) + extra_eur
    return np.asarray(value("time_pt_per_h") * hours - _euro(offer, parameters) * cost_eur)


def _by_shuttle(offer: Offer) -> FloatArray | float:
    """Of those who take lines, the share who ride a shuttle of their works."""
    lines = offer.lines
    if not all("shuttle_boardings" in skims for skims in (lines.out, lines.back)):
        return 0.0
    return np.minimum(offer.mean_of_ways(lines.out, lines.back, "shuttle_boardings"), 1.0)


@_mode(
    "transit", "asc_pt", "time_pt_per_h", "pt_fare_eur",
    nest="public", weight=lambda offer, _: 1.0 - _by_shuttle(offer), rides="lines",
)  # fmt: skip
def _transit(offer: Offer, parameters: Parameters) -> FloatArray:
    return parameters.value("asc_pt") + _by_lines(offer, offer.lines, parameters, 0.0)


@_mode(
    "shuttle", "asc_pt", "time_pt_per_h", "pt_fare_eur",
    nest="public", weight=lambda offer, _: _by_shuttle(offer), rides="lines",
)  # fmt: skip
def _shuttle(offer: Offer, parameters: Parameters) -> FloatArray:
    # the same journeys: by their weights the two share what public transport gets, and change nothing else
    return parameters.value("asc_pt") + _by_lines(offer, offer.lines, parameters, 0.0)


def _gain_by_car(offer: Offer, _: Parameters) -> FloatArray | float:
    """By which share of the journey the drive to a stop shortens it: who gains nothing, does not drive there."""
    lines, by_car = offer.lines, offer.lines.park_ride
    if by_car is None:
        return 0.0
    walking, driving = (offer.mean_of_ways(one.out, one.back, "perceived_s") for one in (lines, by_car))
    if lines.can_reach is not None:
        walking = np.where(offer.at(lines.can_reach), walking, np.inf)
    driving = np.where(np.isfinite(driving), driving, walking)
    with np.errstate(invalid="ignore"):
        gain = np.where(
            np.isfinite(walking), 1.0 - driving / np.maximum(walking, 1.0), np.where(driving < np.inf, 1.0, 0.0)
        )
    return np.maximum(gain, 0.0)


@_mode(
    "park_ride", "asc_park_ride", "time_pt_per_h", "pt_fare_eur", *_CAR_COST,
    nest="public", weight=_gain_by_car, needs_car=True, needs_licence=True, rides="park_ride",
)  # fmt: skip
def _park_ride(offer: Offer, parameters: Parameters) -> FloatArray:
    lines = offer.lines.park_ride
    if lines is None:
        return np.full((len(offer.segment.workers), offer.n_works), -np.inf)
    drive_eur: FloatArray | float = 0.0
    if all("car_access_s" in skims for skims in (lines.out, lines.back)):
        # at the mean speed of the whole way by road
        drive_s = offer.mean_of_ways(lines.out, lines.back, "car_access_s")
        speed_km_per_s = offer.road_km / offer.mean_of_ways(offer.free, offer.free, "time_s")
        drive_km = np.where(np.isfinite(drive_s * speed_km_per_s), drive_s * speed_km_per_s, 0.0)
        drive_eur = sum(parameters.value(name) for name in _CAR_COST) * drive_km
    return parameters.value("asc_park_ride") + _by_lines(offer, lines, parameters, drive_eur)


def _fare(offer: Offer, lines: LineOffer, flat_eur: float) -> FloatArray | float:
    """Fare of a way, mean of there and back."""
    there, home = (skims.matrices.get("fare_eur") for skims in (lines.out, lines.back))
    return 0.5 * ((flat_eur if there is None else offer.at(there)) + (flat_eur if home is None else offer.at(home.T)))


def _cycled(offer: Offer, parameters: Parameters, name: str, curve: str) -> FloatArray:
    """Utility of riding a bicycle or pedelec without its constant."""
    value = parameters.value
    km = offer.way_km(offer.bike)
    # slopes are logarithms of odds, which the scale does not stretch
    slopes = slope_utility(km, value("hilliness_percent"), scenario=curve) / value("choice_scale")
    return value("time_bike_per_h") * km / value(f"{name}_speed_km_per_h") + slopes


def _so_far(offer: Offer, skims: Skims, most_km: float) -> FloatArray:
    """Who would go so far: fewer by the square of the distance, nobody beyond the longest."""
    return np.maximum(1.0 - (offer.way_km(skims) / most_km) ** 2, 0.0)


@_mode(
    "bike", "asc_bike", "time_bike_per_h", "bike_speed_km_per_h", "bike_max_km", "hilliness_percent", nest="active",
    weight=lambda offer, parameters: _so_far(offer, offer.bike, parameters.value("bike_max_km")),
)  # fmt: skip
def _bike(offer: Offer, parameters: Parameters) -> FloatArray:
    return parameters.value("asc_bike") + _cycled(offer, parameters, "bike", "government_target_2020")


@_mode(
    "pedelec", "asc_pedelec", "time_bike_per_h", "pedelec_speed_km_per_h", "pedelec_max_km", "hilliness_percent",
    nest="active", needs_pedelec=True,
    weight=lambda offer, parameters: _so_far(offer, offer.bike, parameters.value("pedelec_max_km")),
)  # fmt: skip
def _pedelec(offer: Offer, parameters: Parameters) -> FloatArray:
    return parameters.value("asc_pedelec") + _cycled(offer, parameters, "pedelec", "ebike")


@_mode(
    "walk", "asc_walk", "time_walk_per_h", "walk_speed_km_per_h", "walk_max_km", nest="active",
    weight=lambda offer, parameters: _so_far(offer, offer.walk, parameters.value("walk_max_km")),
)  # fmt: skip
def _walk(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    km = offer.way_km(offer.walk)
    return np.asarray(value("asc_walk") + value("time_walk_per_h") * km / value("walk_speed_km_per_h"))


def there_and_back(skims: Sequence[Skims], name: str, segment: TourSegment) -> FloatArray:
    """What one skim is for a segment's way to work and its way home together, as means over the slices of the day.

    Parameters
    ----------
    skims : sequence of Skims, one per slice of the day
        In the direction of travel.
    name : str
        Of a matrix in them.
    segment : TourSegment
        Says in which slices its ways fall.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone. Slices in which nobody of the segment travels are not looked at.
    """
    total = np.zeros_like(skims[0][name])
    for skim, out, back in zip(skims, segment.out_share, segment.back_share, strict=True):
        if out > 0:
            total = total + out * skim[name]
        if back > 0:
            total = total + back * skim[name].T
    return total
