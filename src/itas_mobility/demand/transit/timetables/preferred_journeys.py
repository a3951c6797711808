"""The journeys that people prefer who wish to travel at any moment of a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.threads import in_threads
from itas_mobility.demand.transit.perceived_time import ADAPTATION_WEIGHT, check_weights
from itas_mobility.demand.transit.timetables.choice_sets import (
    EXTRA_S,
    as_sets,
    check_search,
    search_window,
    wanted_pairs,
)
from itas_mobility.demand.transit.timetables.choice_skims import check_choice
from itas_mobility.demand.transit.timetables.index import TimetableIndex, kept_index
from itas_mobility.demand.transit.timetables.range_log import FoundJourneys, JourneyReader, joined
from itas_mobility.kernels.adaptation import wished_moments
from itas_mobility.kernels.perceived_scan import changes, follow, scan_to


def preferred_journeys(
    timetable: Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    start_s: float,
    end_s: float,
    walk_weight: float,
    wait_weight: float,
    transfer_penalty_s: float,
    arrive_by: bool = False,
    adaptation_weight: float = ADAPTATION_WEIGHT,
    extra_s: float | tuple[float, float] = EXTRA_S,
    pairs: BoolArray | None = None,
    home_end: HomeEnd = "origin",
    max_journey_s: float = 7200.0,
    min_transfer_s: float = 0.0,
    days: Sequence[int] | None = None,
) -> JourneySets:
    """Find the journeys of least perceived time and weighted shift from the moment at which people wish to travel.

    The perceived time from every departure to a zone is found by one scan of the timetable (after Briem et al. 2017),
    which looks at all changes, later vehicles than the next one among them. Of the journeys from a zone those are kept
    that somebody prefers (`kernels.adaptation.wished_moments`). A service added therefore never makes anybody worse
    off. Transfers are limited by what they cost alone.

    Parameters
    ----------
    timetable, access, zones, start_s, end_s
        As in `choice_sets`.
    walk_weight, wait_weight, transfer_penalty_s
        As in `perceived_journey_s`.
    arrive_by : bool, default=False
        As in `choice_sets`.
    adaptation_weight : float, default=1.0
        As in `skim_choice_sets`.
    extra_s, pairs, home_end
        As in `choice_sets`.
    max_journey_s : float, default=7200.0
        Vehicles are looked at so long after the last departure (with `arrive_by`: before the first arrival); an
        assumption.
    min_transfer_s, days
        As in `choice_sets`.

    Returns
    -------
    JourneySets
        The preferred journeys; where several are equally good, one of them.

    Raises
    ------
    DemandError
        If an option is out of range, or zones or pairs do not fit the access legs.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    check_search("preferred_journeys", start_s, end_s, extra_s, max_journey_s, 0, min_transfer_s)
    check_weights("preferred_journeys", walk_weight, wait_weight, transfer_penalty_s)
    check_choice("preferred_journeys", start_s, end_s, adaptation_weight, ())
    wanted = wanted_pairs(pairs, access, zones)
    index = kept_index(timetable, access, days=days, is_mirrored=arrive_by)
    wishes = (-end_s, -start_s) if arrive_by else (start_s, end_s)
    low_s, high_s = search_window(start_s, end_s, extra_s, is_mirrored=arrive_by)
    origin, destination = access.at_ends(home_end)
    weights = _Weights(float(walk_weight), float(wait_weight), float(transfer_penalty_s), float(adaptation_weight))
    departures = _Departures(index, low_s, high_s, max_journey_s, min_transfer_s, weights)
    search = _Search(
        departures=departures,
        setting_out=_SettingOut(departures, destination if arrive_by else origin, weights),
        end=origin if arrive_by else destination,
        wanted=wanted.T if arrive_by else wanted,
        wishes=wishes,
        weights=weights,
    )
    return as_sets(zones, search.run(), is_mirrored=arrive_by)


@dataclass(frozen=True)
class _Weights:
    walk_weight: float
    wait_weight: float
    transfer_penalty_s: float
    adaptation_weight: float


class _Departures:
    """Departures in a stretch of time laid out for the scan, the last one first; they serve all zones."""

    def __init__(
        self,
        index: TimetableIndex,
        low_s: float,
        high_s: float,
        max_journey_s: float,
        min_transfer_s: float,
        weights: _Weights,
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

    def __init__(self, departures: _Departures, begin: AccessLegs, weights: _Weights) -> None:
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
    weights: _Weights

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
