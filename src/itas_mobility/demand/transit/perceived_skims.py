"""Perceived skims of public transport, from headways or from timetables."""

from collections.abc import Sequence

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray
from itas_mobility.core.fares import Fares
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import Skims
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable, TransitNetwork
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.fares import journey_fare_eur
from itas_mobility.demand.transit.headways.skims import skim_headways
from itas_mobility.demand.transit.timetables.choice_skims import skim_choice_sets
from itas_mobility.demand.transit.timetables.preferred_journeys import preferred_journeys
from itas_mobility.demand.transit.timetables.shuttles import shuttle_boardings
from itas_mobility.demand.transit.unused_options import changed, refuse_unused


def skim_transit(
    transit: TransitNetwork | Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    window: TravelWindow,
    weights: JourneyWeights = JourneyWeights(),
    limits: SearchLimits = SearchLimits(),
    waits: HeadwayWaits = HeadwayWaits(),
    home_end: HomeEnd = "origin",
    period: TravelWindow | None = None,
    pairs: BoolArray | None = None,
    percentiles: Sequence[float] = (),
    fares: Fares | None = None,
    days: Sequence[int] | None = None,
) -> Skims:
    """Skim what public transport costs between all zones in perceived time, for choices of mode and destination.

    Travellers wish to leave (or arrive) at any moment of the window, all equally likely, and know the timetable. Where
    it is given, they take the journey of least perceived time and weighted shift from that moment
    (`preferred_journeys`, summed up by `skim_choice_sets`), so that frequency, regular intervals and good connections
    all count. Where headways alone are given, they follow the strategy of least expected perceived time (Spiess &
    Florian 1989), plan one boarding by the timetable that they know and the headways stand for, and shift their journey
    for it as far as a regular service of unknown phase makes them (`mean_schedule_delay_s` of
    `demand.transit.headways`); at all others they wait as if they came at random. Every journey holds at least one
    ride; walking alone is another mode. Travel times without weights, minute by minute, are found by `skim_timetable`.

    Parameters
    ----------
    transit : TransitNetwork, Timetable or ServiceDays
        Patterns with headways by band of the day; or trips of one service day, or of several.
    access : AccessLegs
        Ways between zones and stops and walks between stops.
    zones : Zones
        Rows of the matrices.
    window : TravelWindow
        When people wish to travel. On headways, of `extra_s` it matters which of both is 0: nobody then travels on that
        side of the window.
    weights : JourneyWeights, optional
        How travellers weigh the parts of a journey. On headways `adaptation_weight` must not be 0.
    limits : SearchLimits, optional
        Timetables only. As in `preferred_journeys`.
    waits : HeadwayWaits, optional
        Headways only. How long travellers stand at a stop, and whether they plan ahead.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    period : TravelWindow, optional
        Headways only. Its `start_s` and `end_s` are the period whose headways hold, a pattern's headway being the
        period divided by its departures in it; default: the window.
    pairs : bool array of shape (n_zones, n_zones), optional
        Origins and destinations between which skims are wanted; default all. Others are inf.
    percentiles : sequence of float, optional
        Timetables only. Percentiles of the perceived time over the wished moments.
    fares : Fares, optional
        Timetables only. Tickets; the choice of journeys does not look at what they cost.
    days : sequence of int, optional
        Timetables only. Days on which the timetables run, see `index_timetable`.

    Returns
    -------
    Skims
        Means: ``time_s`` (walk + wait + in-vehicle), ``perceived_s`` (weighted, with transfer penalties and the
        weighted shift), ``wait_s`` (at stops), ``walk_s`` (which holds ways to a stop by bicycle or car too),
        ``in_vehicle_s``, ``boardings`` and ``adaptation_s`` (shift from the wished moment to either side: it stands for
        the wait for the first vehicle, on headways for that at the planned boarding, which ``wait_s`` then does not
        hold). Where the supply has company shuttles also ``shuttle_boardings``; on headways ``car_access_s`` where legs
        are driven, the part of ``walk_s`` in a car. On a timetable also ``perceived_p50_s`` and so on for the
        percentiles, and ``journeys`` (number of preferred journeys that leave, or arrive, in the period; 0 where there
        is none), and with `fares` ``fare_eur``, see `journey_fare_eur`. inf where there is no service, and on the
        diagonal: journeys inside a zone are not modelled as public transport.

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
    if isinstance(transit, TransitNetwork):
        of_result = {"percentiles": len(percentiles) > 0, "fares": fares is not None, "days": days is not None}
        given = [name for name, is_given in of_result.items() if is_given]
        refuse_unused("skim_transit", [*changed(limits), *given], "for timetables, and headways were given")
        return skim_headways(
            transit, access, zones, window=window, weights=weights, waits=waits, home_end=home_end, period=period,
            pairs=pairs,
        )  # fmt: skip
    of_headways = [*changed(waits), *(["period"] if period is not None else [])]
    refuse_unused("skim_transit", of_headways, "for headways, and a timetable was given")
    journeys = preferred_journeys(
        transit, access, zones, window=window, weights=weights, pairs=pairs, limits=limits, home_end=home_end,
        days=days,
    )  # fmt: skip
    fare_eur = None if fares is None else journey_fare_eur(journeys, transit, fares, days=days)
    return skim_choice_sets(
        journeys, window=window, weights=weights, percentiles=percentiles, fare_eur=fare_eur,
        shuttle_boardings=shuttle_boardings(journeys, transit, days=days),
    )  # fmt: skip
