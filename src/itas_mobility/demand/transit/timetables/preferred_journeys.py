"""The journeys that people prefer who wish to travel at any moment of a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.threads import in_threads
from itas_mobility.demand.transit.timetables.choice_sets import as_sets, search_window, wanted_pairs
from itas_mobility.demand.transit.timetables.index import TimetableIndex, kept_index
from itas_mobility.demand.transit.timetables.range_log import FoundJourneys, JourneyReader, joined
from itas_mobility.demand.transit.unused_options import changed, refuse_unused
from itas_mobility.kernels.perceived_scan import (
    Changes,
    Rows,
    Scanned,
    SettingOut,
    Slots,
    Weights,
    changes,
    follow,
    scan_to,
)
from itas_mobility.kernels.wished_moments import best_stretches


def preferred_journeys(
    timetable: Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    window: TravelWindow,
    weights: JourneyWeights = JourneyWeights(),
    pairs: BoolArray | None = None,
    home_end: HomeEnd = "origin",
    limits: SearchLimits = SearchLimits(),
    days: Sequence[int] | None = None,
) -> JourneySets:
    """Find the journeys of least perceived time and weighted shift from the moment at which people wish to travel.

    The perceived time from every departure to a zone is found by one scan of the timetable (after Briem et al. 2017),
    which looks at all changes, later vehicles than the next one among them. Of the journeys from a zone those are kept
    that somebody prefers (`kernels.wished_moments.best_stretches`). A service added therefore never makes anybody worse
    off. Transfers are limited by what they cost alone.

    Parameters
    ----------
    timetable, access, zones
        As in `choice_sets`.
    window : TravelWindow
        Moments at which people wish to travel, and how far off them they may find a better journey.
    weights : JourneyWeights, optional
        How travellers weigh the parts of a journey, and the shift from the moment wished for.
    pairs, home_end
        As in `choice_sets`.
    limits : SearchLimits, optional
        Vehicles are looked at so long as `max_journey_s` after the last departure (with `arrive_by`: before the first
        arrival). `max_transfers` is not looked at.
    days : sequence of int, optional
        As in `choice_sets`.

    Returns
    -------
    JourneySets
        The preferred journeys; where several are equally good, one of them.

    Raises
    ------
    DemandError
        If zones or pairs do not fit the access legs, or transfers are limited.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    limited = [name for name in changed(limits) if name == "max_transfers"]
    refuse_unused("preferred_journeys", limited, "for choice_sets: here transfers are limited by what they cost")
    wanted = wanted_pairs(pairs, access, zones)
    is_mirrored = window.arrive_by
    index = kept_index(timetable, access, days=days, is_mirrored=is_mirrored)
    origin, destination = access.at_ends(home_end)
    of_search = Weights(weights.walk_weight, weights.wait_weight, weights.transfer_penalty_s)
    departures = _Departures(index, *search_window(window), limits.max_journey_s, limits.min_transfer_s, of_search)
    search = _Search(
        departures=departures,
        setting_out=_SettingOut(departures, destination if is_mirrored else origin, weights.walk_weight),
        end=origin if is_mirrored else destination,
        wanted=wanted.T if is_mirrored else wanted,
        wishes=(-window.end_s, -window.start_s) if is_mirrored else (window.start_s, window.end_s),
        weights=of_search,
        adaptation_weight=weights.adaptation_weight,
    )
    return as_sets(zones, search.run(), is_mirrored=is_mirrored)


class _Departures:
    """Departures in a stretch of time laid out for the scan, the last one first; they serve all zones."""

    def __init__(
        self,
        index: TimetableIndex,
        low_s: float,
        high_s: float,
        max_journey_s: float,
        min_transfer_s: float,
        weights: Weights,
    ) -> None:
        self.index, self.low_s, self.high_s = index, low_s, high_s
        n_calls = np.diff(index.call_ptr)
        of_call = np.repeat(np.arange(len(n_calls), dtype=np.int32), n_calls)
        is_last = np.full(len(of_call), False)
        is_last[index.call_ptr[1:][n_calls > 0] - 1] = True
        arrives_s = np.append(index.arrival_s[1:], np.inf)
        used = ~is_last & (index.departure_s >= low_s) & (arrives_s <= high_s + max_journey_s)
        call = np.flatnonzero(used)
        call = call[np.lexsort((-call, -index.departure_s[call]))]
        trip, leaves_s, arrives_s = of_call[call], index.departure_s[call], arrives_s[call]
        route = np.searchsorted(index.trip_ptr, trip, side="right") - 1
        place = (index.stop_ptr[route] + call - index.call_ptr[trip]).astype(np.int32)
        ride_s, dwell_s = arrives_s - leaves_s, index.departure_s[call + 1] - arrives_s
        row = np.full(len(of_call), -1, dtype=np.int64)
        row[call] = np.arange(len(call))
        first = np.flatnonzero(np.diff(leaves_s, prepend=np.inf))
        is_tied = np.logical_or.reduceat(ride_s == 0, first) if len(first) else np.zeros(0, np.bool_)
        self.slots, self.slot_row = _slots(index, place, leaves_s)
        slot = np.full(len(place), -1, dtype=np.int64)
        slot[self.slot_row] = np.arange(len(self.slot_row))
        self.rows = Rows(
            group_ptr=np.append(first, len(call)),
            is_tied=is_tied,
            trip=trip,
            place=place,
            leaves=leaves_s,
            arrives=arrives_s,
            ride=ride_s,
            dwell=dwell_s,
            ahead=row[call + 1],
            stop=np.where(index.may_alight[place + 1], index.stop[place + 1], np.int32(-1)),
            slot=slot,
        )
        self.changes = Changes(
            *changes(self.rows.stop, arrives_s, self.slots, index.walks, float(min_transfer_s), weights)
        )


def _slots(index: TimetableIndex, place: IntArray, leaves_s: FloatArray) -> tuple[Slots, LongArray]:
    """Departures at which people may board, by stop and time, and the row of each."""
    boarded = np.flatnonzero(index.may_board[place])
    stop = index.stop[place[boarded]]
    order = np.lexsort((boarded, leaves_s[boarded], stop))
    row, stop = boarded[order], stop[order]
    is_last = np.diff(stop, append=-1) != 0
    slots = Slots(
        ptr=np.searchsorted(stop, np.arange(len(index.walk_ptr))).astype(np.int64),
        departure=leaves_s[row],
        is_last=is_last,
        is_even=~is_last & (np.diff(leaves_s[row], append=np.inf) == 0),
    )
    return slots, row


class _SettingOut:
    """All ways to set out from zones and board, by zone and moment."""

    def __init__(self, departures: _Departures, begin: AccessLegs, walk_weight: float) -> None:
        slot_ptr = departures.slots.ptr
        n_slots = slot_ptr[begin.stop + 1] - slot_ptr[begin.stop]
        leg = np.repeat(np.arange(len(begin)), n_slots)
        shift = slot_ptr[begin.stop] - np.append(0, np.cumsum(n_slots))[:-1]
        row = departures.slot_row[np.arange(len(leg)) + shift[leg]]
        moment_s = departures.rows.leaves[row] - begin.time_s[leg]
        inside = np.flatnonzero((moment_s >= departures.low_s) & (moment_s <= departures.high_s))
        order = inside[np.lexsort((row[inside], moment_s[inside], begin.zone[leg[inside]]))]
        self.ways = SettingOut(row=row[order], zone=begin.zone[leg[order]], moment=moment_s[order])
        self.zone_ptr = np.searchsorted(self.ways.zone, np.arange(begin.n_zones + 1)).astype(np.int64)
        self.cost_s = walk_weight * begin.time_s[leg[order]]


@dataclass(frozen=True, eq=False)
class _Search:
    """Scans to all zones at which journeys end; mirrored, these are the origins."""

    departures: _Departures
    setting_out: _SettingOut
    end: AccessLegs
    wanted: BoolArray
    """By zone at which the search begins, then zone at which it ends."""
    wishes: tuple[float, float]
    weights: Weights
    adaptation_weight: float

    def run(self) -> FoundJourneys:
        """All preferred journeys, by zone at which the search ends."""
        reader = JourneyReader(self.departures.index)
        first = np.searchsorted(self.end.zone, np.arange(self.end.n_zones + 1))
        is_end: BoolArray = np.any(self.wanted, axis=0)
        zones = [zone for zone in np.flatnonzero(is_end).tolist() if first[zone] < first[zone + 1]]
        found: list[FoundJourneys] = [reader.none()] * len(zones)

        def work(thread: int, n_threads: int) -> None:
            # each zone is scanned for on its own, so that nothing depends on who does it
            for i in range(thread, len(zones), n_threads):
                found[i] = self._to(zones[i], slice(first[zones[i]], first[zones[i] + 1]), reader)

        in_threads(work, len(zones))
        return joined([reader.none(), *found])

    def _to(self, zone: int, legs: slice, reader: JourneyReader) -> FoundJourneys:
        rows, out = self.departures.rows, self.setting_out
        way_s = np.full(len(self.departures.slots.ptr) - 1, np.inf)
        np.minimum.at(way_s, self.end.stop[legs], self.end.time_s[legs])
        scanned = self._scan(self.weights.walk * way_s)
        whole_s = np.where(self.wanted[out.ways.zone, zone], out.cost_s + scanned.cost[out.ways.row], np.inf)
        found, log = follow(self._preferred(whole_s), out.ways, rows, scanned, way_s)
        read = reader.read(zone, found, log)
        return replace(read, begin=read.target, target=read.begin)

    def _scan(self, egress_s: FloatArray) -> Scanned:
        """Perceived time from each departure to a place, and how to go on."""
        departures = self.departures
        n, n_slots = len(departures.rows.trip), len(departures.slot_row)
        scanned = Scanned(
            cost=np.empty(n),
            alight=np.empty(n, np.int64),
            then=np.empty(n, np.int64),
            best=np.empty(n_slots),
            best_row=np.empty(n_slots, np.int64),
        )
        scan_to(egress_s, departures.rows, departures.slots, departures.changes, self.weights.wait, scanned)
        return scanned

    def _preferred(self, whole_s: FloatArray) -> LongArray:
        """Ways to set out that somebody prefers, of perceived times to the place."""
        out, n = self.setting_out, len(whole_s)
        low, high = np.empty(n), np.empty(n)
        best_stretches(
            out.zone_ptr, out.ways.moment, whole_s, self.adaptation_weight, float(self.wishes[0]),
            float(self.wishes[1]), np.empty(n, np.int64), low, high,
        )  # fmt: skip
        return np.flatnonzero((low < high) & np.isfinite(whole_s))
