"""Choice sets: all journeys between zones that somebody may choose in a window of a timetable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.threads import in_threads
from itas_mobility.demand.transit.timetables.index import TimetableIndex, kept_index, legs_by_stop
from itas_mobility.demand.transit.timetables.range_log import FoundJourneys, JourneyReader, joined
from itas_mobility.errors import DemandError
from itas_mobility.kernels.raptor_range import departures_in_window, search_range
from itas_mobility.kernels.timetable_arrays import Found, Legs, Limits, Sources


def choice_sets(
    timetable: Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    window: TravelWindow,
    pairs: BoolArray | None = None,
    home_end: HomeEnd = "origin",
    limits: SearchLimits = SearchLimits(),
    days: Sequence[int] | None = None,
) -> JourneySets:
    """Find all journeys between zones worth choosing from in a window.

    A journey is worth it if no other one of the window leaves as late, arrives as early and has as few transfers
    (range RAPTOR: Delling, Pajor, Werneck 2012). People leave so late that they just catch the first vehicle. Every
    journey holds at least one ride; walking alone is another mode. Of journeys that are equal in all three, one is
    kept. How long people walk and wait plays no part here; the journeys of least perceived time are found by
    `preferred_journeys`.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Trips of the service day, or of several.
    access : AccessLegs
        Ways between zones and stops, and walks between stops.
    zones : Zones
        Zones; gates are those of their sites.
    window : TravelWindow
        When people mean to leave their door, or to be there. Journeys that leave (with `arrive_by`: arrive) up to
        `extra_s` before or after it are found too.
    pairs : bool ndarray of shape (n_zones, n_zones), optional
        Pairs of origin and destination that are looked at (default: all). A zone and itself never are.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    limits : SearchLimits, optional
        Which journeys are looked for.
    days : sequence of int, optional
        Days on which the timetables run, see `index_timetable`.

    Returns
    -------
    JourneySets
        Journeys by pair, with their parts and rides; the same bytes whatever the threads.

    Raises
    ------
    DemandError
        If zones or pairs do not fit the access legs.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    wanted = wanted_pairs(pairs, access, zones)
    is_mirrored = window.arrive_by
    origin, destination = access.at_ends(home_end)
    search = _Search(
        index=kept_index(timetable, access, days=days, is_mirrored=is_mirrored),
        wanted=wanted.T if is_mirrored else wanted,
        window=search_window(window),
        limits=Limits(limits.max_journey_s, limits.max_transfers + 1, limits.min_transfer_s),
        begin=destination if is_mirrored else origin,
        end=origin if is_mirrored else destination,
    )
    return as_sets(zones, search.run(), is_mirrored=is_mirrored)


def search_window(window: TravelWindow) -> tuple[float, float]:
    """First and last moment that a search is to look at, those beside the window among them.

    Parameters
    ----------
    window : TravelWindow
        As in `choice_sets`.

    Returns
    -------
    tuple of float
        Negative times where the search goes backwards, from arrivals.
    """
    before_s, after_s = window.extra_s
    low_s, high_s = window.start_s - before_s, window.end_s + after_s
    return (-high_s, -low_s) if window.arrive_by else (low_s, high_s)


def wanted_pairs(pairs: BoolArray | None, access: AccessLegs, zones: Zones) -> BoolArray:
    """Pairs that are looked at, without the diagonal.

    Parameters
    ----------
    pairs, access, zones
        As in `choice_sets`.

    Returns
    -------
    bool ndarray of shape (n_zones, n_zones)
        By origin, then destination.

    Raises
    ------
    DemandError
        If they do not fit together.
    """
    n = len(zones)
    if access.n_zones != n:
        raise DemandError(f"access legs were made for {access.n_zones} zones, there are {n}")
    wanted = np.full((n, n), True) if pairs is None else np.array(pairs, dtype=np.bool_)
    if wanted.shape != (n, n):
        raise DemandError(f"pairs has shape {wanted.shape}, expected {(n, n)}: a row for each origin")
    np.fill_diagonal(wanted, False)
    return wanted


@dataclass(frozen=True, eq=False)
class _Search:
    """Range searches from all zones at which journeys begin; mirrored, these are the destinations."""

    index: TimetableIndex
    wanted: BoolArray
    """By zone at which the search begins, then zone at which it ends."""
    window: tuple[float, float]
    limits: Limits
    begin: AccessLegs
    end: AccessLegs

    def run(self) -> FoundJourneys:
        """All journeys of the window, by zone at which the search begins."""
        is_end: BoolArray = np.any(self.wanted, axis=0)
        targets = legs_by_stop(self.end.where(is_end[self.end.zone]))
        first = np.searchsorted(self.begin.zone, np.arange(self.begin.n_zones + 1))
        reader = JourneyReader(self.index)
        zones = [zone for zone in np.flatnonzero(self.wanted.any(axis=1)).tolist() if first[zone] < first[zone + 1]]
        found: list[FoundJourneys] = [reader.none()] * len(zones)

        def work(thread: int, n_threads: int) -> None:
            # each zone is searched on its own, so that nothing depends on who does it
            for i in range(thread, len(zones), n_threads):
                found[i] = self._from(zones[i], slice(first[zones[i]], first[zones[i] + 1]), targets, reader)

        in_threads(work, len(zones))
        return joined([reader.none(), *found])

    def _from(self, zone: int, legs: slice, targets: Legs, reader: JourneyReader) -> FoundJourneys:
        table = self.index.table
        sources = Sources(self.begin.stop[legs], self.begin.time_s[legs])
        departures = departures_in_window(sources, float(self.window[0]), float(self.window[1]), table)
        found, log = search_range(departures, self.limits, table, targets)
        is_wanted = self.wanted[zone, found.target]
        return reader.read(zone, Found(*(column[is_wanted] for column in found)), log)


def as_sets(zones: Zones, found: FoundJourneys, *, is_mirrored: bool) -> JourneySets:
    """Journeys in the order of travel, by pair and departure.

    Parameters
    ----------
    zones : Zones
        Zones.
    found : FoundJourneys
        Journeys as they were found.
    is_mirrored : bool
        Whether the search was.

    Returns
    -------
    JourneySets
        The noun.
    """
    if is_mirrored:
        found = found.mirrored()
    found = found.rows(np.lexsort((found.n_rides, found.arrive_s, found.depart_s, found.target, found.begin)))
    key = found.begin.astype(np.int64) * len(zones) + found.target
    pair, first = np.unique(key, return_index=True)
    return JourneySets(
        zone_id=zones.zone_id,
        origin=(pair // len(zones)).astype(np.int32),
        destination=(pair % len(zones)).astype(np.int32),
        journey_ptr=np.append(first, len(key)),
        depart_s=found.depart_s,
        arrive_s=found.arrive_s,
        walk_s=found.walk_s,
        wait_s=found.wait_s,
        in_vehicle_s=found.in_vehicle_s,
        ride_ptr=found.ride_ptr,
        ride_day=found.ride_day,
        ride_trip=found.ride_trip,
        board=found.board,
        alight=found.alight,
    )
