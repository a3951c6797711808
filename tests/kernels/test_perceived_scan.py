"""The scan for least perceived times against trying all rides and all ways to go on, and the rides it leads along."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
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
from oracles.preferred_journeys import perceived_from_rides
from oracles.random_timetables import dense, timetables
from oracles.transit_networks import access
from oracles.transit_search import pieces_of, walks_of

WEIGHTS = Weights(2.0, 1.5, 4.0)


def laid_out(index):
    """Rows and slots of all departures, and the row of each slot, by plain loops."""
    departures = []
    for route in range(len(index.stop_ptr) - 1):
        for trip in range(index.trip_ptr[route], index.trip_ptr[route + 1]):
            for position in range(index.stop_ptr[route + 1] - index.stop_ptr[route] - 1):
                departures.append((index.call_ptr[trip] + position, trip, index.stop_ptr[route] + position))
    departures.sort(key=lambda one: (-index.departure_s[one[0]], -one[0]))
    call, trip, place = np.array(departures, dtype=np.int64).reshape(-1, 3).T
    row_of = {one: row for row, one in enumerate(call.tolist())}
    leaves, arrives = index.departure_s[call], index.arrival_s[call + 1]
    stop = index.stop[place]
    boarded = [row for row in range(len(call)) if index.may_board[place[row]]]
    boarded.sort(key=lambda row: (stop[row], leaves[row], row))
    slot = np.full(len(call), -1, dtype=np.int64)
    slot[boarded] = np.arange(len(boarded))
    follows = [*pairwise(boarded)]
    group = np.array([row for row in range(len(call)) if row == 0 or leaves[row] != leaves[row - 1]], dtype=np.int64)
    ends = [*group[1:], len(call)]
    rows = Rows(
        group_ptr=np.append(group, len(call)),
        is_tied=np.array(
            [(arrives[a:b] == leaves[a:b]).any() for a, b in zip(group, ends, strict=True)] if len(group) else [],
            dtype=bool,
        ),
        trip=trip.astype(np.int32),
        place=place.astype(np.int32),
        leaves=leaves,
        arrives=arrives,
        ride=arrives - leaves,
        dwell=index.departure_s[call + 1] - arrives,
        ahead=np.array([row_of.get(one + 1, -1) for one in call.tolist()], dtype=np.int64),
        stop=np.where(index.may_alight[place + 1], index.stop[place + 1], np.int32(-1)),
        slot=slot,
    )
    slots = Slots(
        ptr=np.searchsorted(stop[boarded], np.arange(len(index.at_ptr))).astype(np.int64),
        departure=leaves[boarded],
        is_last=np.array([*(stop[a] != stop[b] for a, b in follows), True][: len(boarded)], dtype=bool),
        is_even=np.array(
            [*((stop[a], leaves[a]) == (stop[b], leaves[b]) for a, b in follows), False][: len(boarded)], dtype=bool
        ),
    )
    return rows, slots, np.array(boarded, dtype=np.int64)


def scanned_to(index, rows, slots, way, slack):
    """What the kernel finds to a place that is reached from stops in so much time each."""
    ways_on = Changes(*changes(rows.stop, rows.arrives, slots, index.walks, slack, WEIGHTS))
    n, n_slots = len(rows.trip), len(slots.departure)
    scanned = Scanned(
        cost=np.empty(n), alight=np.empty(n, np.int64), then=np.empty(n, np.int64), best=np.empty(n_slots),
        best_row=np.empty(n_slots, np.int64),
    )  # fmt: skip
    scan_to(WEIGHTS.walk * way, rows, slots, ways_on, WEIGHTS.wait, scanned)
    return scanned


ways = st.dictionaries(st.integers(0, 5), st.integers(0, 5).map(float), max_size=3)


@settings(max_examples=25, deadline=None)
@given(timetables() | dense, ways, st.sampled_from([0.0, 2.0]))
def test_costs_are_those_of_all_rides_and_rides_make_them(table, ends, slack):
    index = index_timetable(table, access(1, 6, []))
    rows, slots, slot_row = laid_out(index)
    way = np.full(6, np.inf)
    way[list(ends)] = list(ends.values())
    scanned = scanned_to(index, rows, slots, way, slack)
    pieces, walks = pieces_of({0: table}), walks_of(table, [])
    value = perceived_from_rides(pieces, walks, table.change_s, ends, slack, WEIGHTS)
    for stop in range(6):
        here = slot_row[slots.ptr[stop] : slots.ptr[stop + 1]]
        for moment in np.unique(rows.leaves[here]):
            least = scanned.cost[here[rows.leaves[here] == moment]].min()
            twin = [cost for (start, at, *_), cost in zip(pieces, value, strict=True) if (start, at) == (stop, moment)]
            assert least == pytest.approx(min(twin, default=np.inf))
    reached = slot_row[np.isfinite(scanned.cost[slot_row])]
    out = SettingOut(row=reached, zone=np.zeros(len(reached), np.int32), moment=rows.leaves[reached])
    found, log = follow(np.arange(len(reached)), out, rows, scanned, way)
    for journey, cost in enumerate(scanned.cost[reached]):
        spent, row, later = 0.0, found.row[journey], None
        for _ in range(found.n_rides[journey]):
            trip, board, alight = log.trip[row], log.board[row], log.alight[row]
            route = np.searchsorted(index.stop_ptr, board, side="right") - 1
            call = index.call_ptr[trip] - index.stop_ptr[route]
            start, end = index.stop[board], index.stop[alight]
            leave, arrive = index.departure_s[call + board], index.arrival_s[call + alight]
            assert index.may_board[board]
            assert index.may_alight[alight]
            spent += arrive - leave
            if later is None:
                assert found.arrival[journey] == arrive + way[end]
                spent += WEIGHTS.walk * way[end]
            else:
                walk = 0.0 if later[0] == end else walks[end, later[0]]
                assert later[1] >= arrive + (max(slack, table.change_s[end]) if later[0] == end else walk + slack)
                spent += WEIGHTS.penalty + WEIGHTS.walk * walk + WEIGHTS.wait * (later[1] - arrive - walk)
            later, row = (start, leave), log.before[row]
        assert row == -1
        assert spent == pytest.approx(cost)
