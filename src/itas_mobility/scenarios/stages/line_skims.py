"""What the lines offer commuters: skims of each segment's way to work and home, over all service that it can use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from itas_mobility import demand
from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import BoolArray, ByteArray, Columns, FloatArray
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import Skims
from itas_mobility.core.region import Region
from itas_mobility.core.tours import DaySlices, TourSegment, TravelWish
from itas_mobility.core.transit import Timetable
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.stages.line_supply import (
    Way,
    home_ends,
    journey_weights,
    site_fares,
    slice_window,
    without_cars,
    working_day,
    written_out,
)
from itas_mobility.scenarios.stages.shift_reach import reached_pairs, shift_reach
from itas_mobility.scenarios.stages.store import StageStore


@dataclass(frozen=True, eq=False)
class Ridden:
    """In which slices of the day a segment uses lines, one way."""

    ways: tuple[Way, ...]
    share: FloatArray
    """Share of the segment by wish; sums to 1."""
    way: ByteArray
    """Row of the way that is used, by wish, origin and destination."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Ridden", DemandError)
        share = columns.array("share", np.float64, (len(self.share),), low=0)
        n = len(self.ways[0].pairs)
        columns.array("way", np.uint8, (len(share), n, n), high=len(self.ways) - 1)
        columns.raise_faults()

    def by_way(self, travellers: FloatArray) -> list[tuple[Way, FloatArray]]:
        """Divide travellers among the ways that are used.

        Parameters
        ----------
        travellers : ndarray of shape (n_zones, n_zones)
            In the direction of travel.

        Returns
        -------
        list of (Way, ndarray)
            Those on each way; ways that nobody uses are left out, as long as one remains.
        """
        found = []
        for row, way in enumerate(self.ways):
            on_way = np.zeros_like(travellers)
            for share, used in zip(self.share, self.way, strict=True):
                np.add(on_way, share * travellers, out=on_way, where=used == row)
            if on_way.any():
                found.append((way, on_way))
        return found or [(self.ways[0], np.zeros_like(travellers))]


@dataclass(frozen=True, eq=False)
class SegmentLines:
    """What lines offer a segment, and the slices in which it uses them on its ways out and back."""

    offer: LineOffer
    out: Ridden
    back: Ridden
    park_ride: "SegmentLines | None" = None
    """The same with the car to the stop; None where no stop has a car park."""


def skim_lines(
    region: Region,
    access: AccessLegs,
    segments: Sequence[TourSegment],
    slices: DaySlices,
    store: StageStore,
    *,
    is_timed: bool,
) -> tuple[SegmentLines, ...]:
    """Skim public transport on the ways to work and home.

    Every part of a segment wishes to travel in some slice of the day (`demand.travel_wishes`). On headways it may use
    the lines of another slice, if that is better: who works in shifts of an earlier one to work and of a later one
    home, all others of any; the way in time from the mean wish to the nearest edge of that slice weighs as the shift
    from a wish does. Skims are means over the parts. As all parts of a segment can fall back on the same slices, a pair
    has a journey for all of them or for none; and a service more, in whatever slice, never makes anybody worse off.

    Where the trips of a timetable decide, they are searched for the moments wished for, and all others than shift
    workers may use those of another slice likewise. Where a measure writes a timetable out of headways to move single
    trips, what the move changes between timetables is put on top of the skims by headways: the difference to the region
    before holds the move and no change of method.

    Who keeps the hours of a shift cannot choose lines that do not get them there in time and home
    (`LineOffer.can_reach`, from `shift_reachability`). The ways to stops are on foot and by bicycle; those by car lead
    to the offer of park and ride alone, of pairs where the car makes both ways better.

    Parameters
    ----------
    region : Region
        Region after the measures.
    access : AccessLegs
        Ways between zones and stops.
    segments : sequence of TourSegment
        Commuters by hours of work.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.
    is_timed : bool
        Whether the region has a timetable of its own before any measure.

    Returns
    -------
    tuple of SegmentLines
        Per segment.
    """
    given = (region, segments, slices, store, is_timed)
    found = _skimmed_with(without_cars(access), *given)
    if not region.car_stop_id:
        return found
    with_car = _skimmed_with(access, *given)
    return tuple(_with_park_ride(one, parked) for one, parked in zip(found, with_car, strict=True))


def _skimmed_with(
    access: AccessLegs,
    region: Region,
    segments: Sequence[TourSegment],
    slices: DaySlices,
    store: StageStore,
    is_timed: bool,
) -> tuple[SegmentLines, ...]:
    """The offer to each segment with some legs to stops."""
    reach = shift_reach(region, access, store)
    find = _Finder(region, access, slices, store)
    fare_eur = None if region.site_fare_eur is None else site_fares(region)
    found = []
    for segment in segments:
        if is_timed:
            out, back = find.by_trips(working_day(region, store), segment)
        else:
            out, back = find.by_headways(segment)
            if region.timetable is not None:
                before, after = (
                    find.by_trips(timetable, segment)
                    for timetable in (written_out(region, store), working_day(region, store))
                )
                out, back = (
                    (_moved(by_headways, was, now), ridden)
                    for (by_headways, ridden), (was, _), (now, _) in zip((out, back), before, after, strict=True)
                )
        skims = [one if fare_eur is None else _at_fares(one, fare_eur) for one in (out[0], back[0])]
        offer = LineOffer(skims[0], skims[1], can_reach=reached_pairs(reach, segment, region.sites))
        found.append(SegmentLines(offer, out[1], back[1]))
    return tuple(found)


def _with_park_ride(lines: SegmentLines, with_car: SegmentLines) -> SegmentLines:
    """The offer with that of park and ride beside it: of pairs where the car makes both ways better."""
    own, cars = lines.offer, with_car.offer
    is_better = (cars.out["perceived_s"] < own.out["perceived_s"]) & (
        cars.back["perceived_s"] < own.back["perceived_s"]
    ).T
    parked = LineOffer(_where(is_better, cars.out), _where(is_better.T, cars.back), can_reach=cars.can_reach)
    offer = LineOffer(own.out, own.back, can_reach=own.can_reach, park_ride=parked)
    return SegmentLines(offer, lines.out, lines.back, SegmentLines(parked, with_car.out, with_car.back))


def _where(is_kept: BoolArray, skims: Skims) -> Skims:
    return Skims(skims.zone_id, {name: np.where(is_kept, value, np.inf) for name, value in skims.items()})


def _at_fares(skims: Skims, fare_eur: FloatArray) -> Skims:
    return Skims(skims.zone_id, {**skims, "fare_eur": fare_eur})


class _Finder:
    """Skims of segments with given legs to stops, kept in the store."""

    def __init__(self, region: Region, access: AccessLegs, slices: DaySlices, store: StageStore) -> None:
        self._region, self._access, self._slices, self._store = region, access, slices, store
        self._weights = journey_weights(region.parameters)
        lines = region.transit
        self._course = (
            lines.stop_id, lines.pattern_id, lines.mode, lines.stop_ptr, lines.stop, lines.run_time_s,
            lines.may_board, lines.may_alight,
        )  # fmt: skip

    def by_trips(self, timetable: Timetable, segment: TourSegment) -> list[tuple[Skims, Ridden]]:
        """On the trips of a timetable, to work and home."""
        travels, found = segment.workers > 0, []
        access, zones, weights = self._access, self._region.zones, self._weights

        def skimmed(way: Way) -> Skims:
            def make() -> Skims:
                journeys = demand.transit.preferred_journeys(
                    timetable, access, zones, window=way.window, weights=weights, pairs=way.pairs,
                    home_end=way.home_end, days=way.days,
                )  # fmt: skip
                shuttles = demand.transit.shuttle_boardings(journeys, timetable, days=way.days)
                return demand.transit.skim_choice_sets(
                    journeys, window=way.window, weights=weights, shuttle_boardings=shuttles
                )

            key = (timetable, access, zones.zone_id, way.window, way.pairs, way.home_end, way.days, weights)
            return self._store.get("timetable skim", key, make)

        wishes = demand.travel_wishes(segment, self._slices, parameters=self._region.parameters)
        for of_way, home_end, pairs in zip(wishes, home_ends(access), (travels, travels.T), strict=True):
            # wishes for the same moments look at the same journeys
            alike = of_way[:1] if demand.works_shifts(segment) else of_way
            ways = [Way(wish.window, pairs, home_end, wish.slice_row) for wish in alike]
            gap_s = self._gaps_s(of_way, [way.slice_row for way in ways])
            found.append(_combined(of_way, ways, [skimmed(way) for way in ways],
                                   gap_s if len(ways) > 1 else 0.0 * gap_s, weights.adaptation_weight))  # fmt: skip
        return found

    def by_headways(self, segment: TourSegment) -> list[tuple[Skims, Ridden]]:
        """On headways, to work and home."""
        is_office, rows = not demand.works_shifts(segment), range(len(self._slices))
        wishes = demand.travel_wishes(segment, self._slices, parameters=self._region.parameters)
        at_works = np.zeros((len(self._region.zones),) * 2, dtype=np.bool_)
        at_works[:, :] = is_office
        at_works[:, self._region.sites.zone] = True
        found = []
        for is_out, of_way, home_end in zip((True, False), wishes, home_ends(self._access), strict=True):
            wished = [wish.slice_row for wish in of_way]
            if is_office:
                usable = list(rows)
            else:
                usable = [k for k in rows if (k <= max(wished) if is_out else k >= min(wished))]
            pairs = at_works if is_out else at_works.T
            window = of_way[0].window
            usable = self._not_worse(of_way, usable)
            ways = [Way(slice_window(self._slices, k) if is_office else window, pairs, home_end, k) for k in usable]
            gap_s = self._gaps_s(of_way, usable)
            skims = [self._in_slice(way) for way in ways]
            found.append(_combined(of_way, ways, skims, gap_s, self._weights.adaptation_weight))
        return found

    def _not_worse(self, wishes: Sequence[TravelWish], slice_rows: Sequence[int]) -> list[int]:
        """Slices without those that nobody uses: another is nearer to the wish, and no line runs more seldom in it."""
        gap_s, kept = self._gaps_s(wishes, slice_rows), set()
        headway_s = [
            demand.transit.mean_headways(self._region.transit, window=slice_window(self._slices, k)) for k in slice_rows
        ]
        for gaps_s in gap_s:
            useful: list[int] = []
            for i in np.argsort(gaps_s, kind="stable").tolist():
                if not any((headway_s[j] <= headway_s[i]).all() for j in useful):
                    useful.append(i)
            kept.update(useful)
        return [slice_rows[i] for i in sorted(kept)]

    def _in_slice(self, way: Way) -> Skims:
        """Skims in the headways of a slice."""
        lines, zones, weights = self._region.transit, self._region.zones, self._weights
        period = slice_window(self._slices, way.slice_row)
        headway_s = demand.transit.mean_headways(lines, window=period)
        delay_s = demand.transit.mean_schedule_delay_s(headway_s, window=way.window)
        make = partial(
            demand.skim_transit, lines, self._access, zones, window=way.window, weights=weights,
            home_end=way.home_end, period=period, pairs=way.pairs,
        )  # fmt: skip
        key = (self._course, headway_s, delay_s, self._access, zones.zone_id, way.pairs, weights, way.home_end)
        return self._store.get("transit skim", key, make)

    def _gaps_s(self, wishes: Sequence[TravelWish], slice_rows: Sequence[int]) -> FloatArray:
        """Way in time from the mean of each wish to the nearest edge of each slice; 0 inside it."""
        mean_s = np.array([[wish.mean_s] for wish in wishes])
        start_s, end_s = self._slices.start_s[list(slice_rows)], self._slices.end_s[list(slice_rows)]
        return np.asarray(np.maximum(np.maximum(start_s - mean_s, mean_s - end_s), 0.0))


def _combined(
    wishes: Sequence[TravelWish],
    ways: Sequence[Way],
    skims: Sequence[Skims],
    gap_s: FloatArray,
    adaptation_weight: float,
) -> tuple[Skims, Ridden]:
    """Means over wishes of the best way of each, and which that is."""
    first = skims[0]
    shape = first["perceived_s"].shape
    used = np.zeros((len(wishes), *shape), dtype=np.uint8)
    means = {name: np.zeros(shape) for name in first}
    for i, wish in enumerate(wishes):
        nearest = np.argsort(gap_s[i], kind="stable").tolist()
        used[i] = nearest[0]
        least_s = skims[nearest[0]]["perceived_s"] + adaptation_weight * gap_s[i, nearest[0]]
        for row in nearest[1:]:
            cost_s = skims[row]["perceived_s"] + adaptation_weight * gap_s[i, row]
            is_better = cost_s < least_s
            used[i][is_better] = row
            least_s = np.where(is_better, cost_s, least_s)
        for row in nearest:
            is_used = used[i] == row
            if not is_used.any():
                continue
            shift_s = {"perceived_s": adaptation_weight * gap_s[i, row], "adaptation_s": gap_s[i, row]}
            for name, value in skims[row].items():
                np.add(
                    means[name], wish.travel_share * (value + shift_s.get(name, 0.0)), out=means[name], where=is_used
                )
    share = np.array([wish.travel_share for wish in wishes])
    return Skims(first.zone_id, means), Ridden(tuple(ways), share, used)


def _moved(skims: Skims, before: Skims, after: Skims) -> Skims:
    """Skims with the difference of two others on top: a new journey takes its time, a lost one takes for ever."""
    matrices = {}
    for name, value in skims.items():
        was, now = before[name], after[name]
        step = np.subtract(now, was, out=np.zeros_like(value), where=np.isfinite(was) & np.isfinite(now))
        is_new = np.isinf(was) & np.isfinite(now) & np.isinf(value)
        is_lost = np.isfinite(was) & np.isinf(now)
        # a strategy may be quicker than the journeys that a move saves time on
        matrices[name] = np.where(is_lost, np.inf, np.where(is_new, now, np.maximum(value + step, 0.0)))
    return Skims(skims.zone_id, matrices)
