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
from itas_mobility.kernels.adaptation import wished_moments
from itas_mobility.kernels.perceived_scan import changes, follow, scan_to


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
    that somebody prefers (`kernels.adaptation.wished_moments`). A service added therefore never makes anybody worse
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
    departures = _Departures(index, *search_window(window), limits.max_journey_s, limits.min_transfer_s, weights)
    search = _Search(
        departures=departures,
        setting_out=_SettingOut(departures, destination if is_mirrored else origin, weights),
        end=origin if is_mirrored else destination,
        wanted=wanted.T if is_mirrored else wanted,
        wishes=(-window.end_s, -window.start_s) if is_mirrored else (window.start_s, window.end_s),
        weights=weights,
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
        weights: JourneyWeights,
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
        self.trip = of_call[call]
        route = np.searchsorted(index.trip_ptr, self.trip, side="right") - 1
        self.place = (index.stop_ptr[route] + call - index.call_ptr[self.trip]).astype(np.int32)
        self.leaves_s, self.arrives_s = index.departure_s[call], arrives_s[call]
        self.ride_s, self.dwell_s = self.arrives_s - self.leaves_s, index.departure_s[call + 1] - self.arrives_s
        row = np.full(len(of_call), -1, dtype=np.int64)
        row[call] = np.arange(len(call))
        self.row_ahead = row[call + 1]
        self.off_stop = np.where(index.may_alight[self.place + 1], index.stop[self.place + 1], np.int32(-1))
        first = np.flatnonzero(np.diff(self.leaves_s, prepend=np.inf))
        self.group_ptr = np.append(first, len(call))
        self.is_tied = np.logical_or.reduceat(self.ride_s == 0, first) if len(first) else np.zeros(0, np.bool_)
        self._lay_out_slots()
        self.change_ptr, self.change_slot, self.change_cost = changes(
            self.off_stop, self.arrives_s, self.slot_ptr, self.leaves_s[self.slot_row], index.walk_ptr, index.walk_to,
            index.walk_time_s, index.change_s, float(min_transfer_s), weights.walk_weight, weights.wait_weight,
            weights.transfer_penalty_s,
        )  # fmt: skip

    def _lay_out_slots(self) -> None:
        """Departures at which people may board, by stop and time."""
        index = self.index
        boarded = np.flatnonzero(index.may_board[self.place])
        stop = index.stop[self.place[boarded]]
        order = np.lexsort((boarded, self.leaves_s[boarded], stop))
        self.slot_row = boarded[order]
        n_stops = len(index.walk_ptr) - 1
        self.slot_ptr = np.searchsorted(stop[order], np.arange(n_stops + 1)).astype(np.int64)
        self.is_last_slot = np.diff(stop[order], append=-1) != 0
        self.is_even_slot = ~self.is_last_slot & (np.diff(self.leaves_s[self.slot_row], append=np.inf) == 0)
        self.slot = np.full(len(self.place), -1, dtype=np.int64)
        self.slot[self.slot_row] = np.arange(len(self.slot_row))


class _SettingOut:
    """All ways to set out from zones and board, by zone and moment."""

    def __init__(self, departures: _Departures, begin: AccessLegs, weights: JourneyWeights) -> None:
        slot_ptr = departures.slot_ptr
        n_slots = slot_ptr[begin.stop + 1] - slot_ptr[begin.stop]
        leg = np.repeat(np.arange(len(begin)), n_slots)
        shift = slot_ptr[begin.stop] - np.append(0, np.cumsum(n_slots))[:-1]
        row = departures.slot_row[np.arange(len(leg)) + shift[leg]]
        moment_s = departures.leaves_s[row] - begin.time_s[leg]
        inside = np.flatnonzero((moment_s >= departures.low_s) & (moment_s <= departures.high_s))
        order = inside[np.lexsort((row[inside], moment_s[inside], begin.zone[leg[inside]]))]
        self.zone: IntArray = begin.zone[leg[order]]
        self.zone_ptr = np.searchsorted(self.zone, np.arange(begin.n_zones + 1)).astype(np.int64)
        self.row = row[order]
        self.moment_s = moment_s[order]
        self.cost_s = weights.walk_weight * begin.time_s[leg[order]]


@dataclass(frozen=True, eq=False)
class _Search:
    """Scans to all zones at which journeys end; mirrored, these are the origins."""

    departures: _Departures
    setting_out: _SettingOut
    end: AccessLegs
    wanted: BoolArray
    """By zone at which the search begins, then zone at which it ends."""
    wishes: tuple[float, float]
    weights: JourneyWeights

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
        departures, out = self.departures, self.setting_out
        way_s = np.full(len(departures.slot_ptr) - 1, np.inf)
        np.minimum.at(way_s, self.end.stop[legs], self.end.time_s[legs])
        cost_s, alight, then, best_row = self._scan(self.weights.walk_weight * way_s)
        chosen = self._preferred(np.where(self.wanted[out.zone, zone], out.cost_s + cost_s[out.row], np.inf))
        found, time_s, log = follow(
            chosen, out.row, out.zone, out.moment_s, alight, then, best_row, departures.trip, departures.place,
            departures.arrives_s, departures.off_stop, way_s,
        )  # fmt: skip
        read = reader.read(zone, found, time_s, log)
        return replace(read, begin=read.target, target=read.begin)

    def _scan(self, egress_s: FloatArray) -> tuple[FloatArray, LongArray, LongArray, LongArray]:
        """Perceived time from each departure to a place, and how to go on."""
        rows = self.departures
        n, n_slots = len(rows.trip), len(rows.slot_row)
        cost_s, alight, then = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
        best, best_row = np.empty(n_slots), np.empty(n_slots, np.int64)
        scan_to(
            egress_s, rows.group_ptr, rows.is_tied, rows.row_ahead, rows.ride_s, rows.dwell_s, rows.off_stop, rows.slot,
            rows.leaves_s, rows.is_last_slot, rows.is_even_slot, rows.change_ptr, rows.change_slot, rows.change_cost,
            self.weights.wait_weight, cost_s, alight, then, best, best_row,
        )  # fmt: skip
        return cost_s, alight, then, best_row

    def _preferred(self, whole_s: FloatArray) -> LongArray:
        """Ways to set out that somebody prefers, of perceived times to the place."""
        out, n = self.setting_out, len(whole_s)
        low, high = np.empty(n), np.empty(n)
        wished_moments(
            out.zone_ptr, out.moment_s, whole_s, self.weights.adaptation_weight, float(self.wishes[0]),
            float(self.wishes[1]), np.empty(n, np.int64), low, high,
        )  # fmt: skip
        return np.flatnonzero((low < high) & np.isfinite(whole_s))
