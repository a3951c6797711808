"""Perceived skims of public transport, from headways or from timetables."""

from collections.abc import Mapping, Sequence
from typing import Any

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.fares import Fares
from itas_mobility.core.matrix import Skims
from itas_mobility.core.transit import ServiceDays, Timetable, TransitNetwork
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.fares import journey_fare_eur
from itas_mobility.demand.transit.headways.skims import skim_headways
from itas_mobility.demand.transit.timetables.choice_skims import skim_choice_sets
from itas_mobility.demand.transit.timetables.preferred_journeys import preferred_journeys
from itas_mobility.errors import DemandError


def skim_transit(
    transit: TransitNetwork | Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    start_s: float,
    end_s: float,
    walk_weight: float = 2.0,
    wait_weight: float = 2.0,
    transfer_penalty_s: float = 300.0,
    home_end: HomeEnd = "origin",
    wait_factor: float | None = None,
    max_wait_s: float | None = None,
    arrive_by: bool = False,
    adaptation_weight: float | None = None,
    percentiles: Sequence[float] = (),
    fares: Fares | None = None,
    extra_s: float | tuple[float, float] | None = None,
    max_journey_s: float | None = None,
    min_transfer_s: float | None = None,
    days: Sequence[int] | None = None,
) -> Skims:
    """Skim what public transport costs between all zones in perceived time, for choices of mode and destination.

    On headways, travellers come at random and follow the strategy of least expected perceived time (Spiess & Florian
    1989). On a timetable, they know it: they wish to leave (or arrive) at any moment of the window, all equally likely,
    and take the journey of least perceived time and weighted shift from that moment (`preferred_journeys`, summed up by
    `skim_choice_sets`), so that frequency, regular intervals and good connections all count. Every journey holds at
    least one ride; walking alone is another mode. Travel times without weights, minute by minute, are found by
    `skim_timetable`.

    Parameters
    ----------
    transit : TransitNetwork, Timetable or ServiceDays
        Patterns with headways by band of the day; or trips of one service day, or of several.
    access : AccessLegs
        Ways between zones and stops and walks between stops.
    zones : Zones
        Rows of the matrices.
    start_s, end_s : float
        Period, seconds after midnight. A pattern's headway is the period divided by its departures in it; in a
        timetable, people wish to travel in it.
    walk_weight, wait_weight : float, default=2.0
        Perceived per real second of walking and waiting, riding counting 1. Two is the convention that Wardman (2004,
        Transport Policy 11, 363-377) examines in a meta-analysis; an assumption for any given region. The way to a
        stop by bicycle or car counts as a walk does, which is an assumption too.
    transfer_penalty_s : float, default=300.0
        Perceived time of each transfer besides its walk and wait; an assumption.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    wait_factor : float, optional
        Headways only. Mean wait as a share of the headway (default 0.5: travellers come at random to a regular
        service).
    max_wait_s : float, optional
        Headways only. Longest mean wait at a stop for the lines that are attractive together (default 1800, an
        assumption): of rarer services people know the timetable, and shift their journey instead. inf: they stand
        there however long.
    arrive_by : bool, default=False
        Timetables only. Whether wishes are about arriving, rather than leaving.
    adaptation_weight : float, optional
        Perceived per real second between the wished moment and that of the journey (default 1, an assumption; see
        `skim_choice_sets`). On headways that shift is half of what a mean wait exceeds `max_wait_s`: the nearest
        departure, before or after, is half as far away as the next; there the weight must not be 0, nor above twice
        `wait_weight`.
    percentiles : sequence of float, optional
        Timetables only. Percentiles of the perceived time over the wished moments.
    fares : Fares, optional
        Timetables only. Tickets; the choice of journeys does not look at what they cost.
    extra_s, max_journey_s, min_transfer_s, days : optional
        Timetables only. As in `preferred_journeys`, with its defaults.

    Returns
    -------
    Skims
        Means: ``time_s`` (walk + wait + in-vehicle), ``perceived_s`` (weighted, with transfer penalties and the
        weighted shift), ``wait_s`` (at stops), ``walk_s`` (which holds ways to a stop by bicycle or car too),
        ``in_vehicle_s``, ``boardings`` and ``adaptation_s`` (shift from the wished moment to either side: on headways
        that of rare services; on a timetable it stands for the wait for the first vehicle, which ``wait_s`` then does
        not hold). On a timetable also ``perceived_p50_s`` and so on for the percentiles, and ``journeys`` (number of
        preferred journeys that leave, or arrive, in the period; 0 where there is none), and with `fares`
        ``fare_eur``, see `journey_fare_eur`. inf where there is no service, and on the diagonal: journeys inside a
        zone are not modelled as public transport.

    Raises
    ------
    DemandError
        If an option is out of range or for the other kind of supply, the arguments do not fit together, or no ticket
        covers some ride.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    period: dict[str, Any] = {"start_s": start_s, "end_s": end_s}
    weights: dict[str, Any] = {
        "walk_weight": walk_weight,
        "wait_weight": wait_weight,
        "transfer_penalty_s": transfer_penalty_s,
    }
    of_headways = _given({"wait_factor": wait_factor, "max_wait_s": max_wait_s})
    of_search = _given(
        {"extra_s": extra_s, "max_journey_s": max_journey_s, "min_transfer_s": min_transfer_s, "days": days}
    )
    of_both = _given({"adaptation_weight": adaptation_weight})
    of_wish = _given({"arrive_by": arrive_by or None})
    of_result = _given({"percentiles": tuple(percentiles) or None, "fares": fares})
    if isinstance(transit, TransitNetwork):
        _refuse(of_search | of_wish | of_result, "for timetables, and headways were given")
        return skim_headways(transit, access, zones, **period, **weights, **of_headways, **of_both, home_end=home_end)
    _refuse(of_headways, "for headways, and a timetable was given")
    journeys = preferred_journeys(
        transit, access, zones, **period, **weights, **of_wish, **of_both, **of_search, home_end=home_end
    )
    fare_eur = None if fares is None else journey_fare_eur(journeys, transit, fares, days=days)
    return skim_choice_sets(
        journeys, **period, **weights, **of_wish, **of_both, percentiles=percentiles, fare_eur=fare_eur
    )


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, Any], why: str) -> None:
    """Options that would do nothing are mistakes."""
    if options:
        raise DemandError(f"skim_transit: {', '.join(options)}: only {why}; leave it out")
