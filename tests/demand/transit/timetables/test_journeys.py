import csv
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.journeys import journeys
from itas_mobility.errors import DemandError, NetworkError
from oracles.transit_networks import access, timetable
from oracles.transit_search import earliest_rides, latest_rides


def s(clock):
    hours, minutes, *rest = (int(part) for part in clock.split(":"))
    return hours * 3600.0 + minutes * 60 + (rest[0] if rest else 0)


@pytest.fixture(scope="module")
def toy(shared_data):
    """The kit's toy feed, read without any care for the rules of the format, and its transfers."""
    with zipfile.ZipFile(shared_data / "kit" / "gtfs" / "good_toy_raptor.zip") as feed:
        rows = {n: list(csv.DictReader(io.TextIOWrapper(feed.open(n), "utf-8-sig"))) for n in feed.namelist()}
    stops = [r["stop_id"] for r in rows["stops.txt"]]
    by_trip = {}
    for r in sorted(rows["stop_times.txt"], key=lambda r: int(r["stop_sequence"])):
        by_trip.setdefault(r["trip_id"], []).append((r["stop_id"], s(r["arrival_time"]), s(r["departure_time"])))
    groups = {}
    for trip, calls in by_trip.items():
        line = next(r["route_id"] for r in rows["trips.txt"] if r["trip_id"] == trip)
        groups.setdefault((line, *(c[0] for c in calls)), []).append((trip, [c[1:] for c in calls]))
    routes = [
        (f"{k[0]}.{i}", k[0], list(k[1:]), sorted(v, key=lambda t: t[1])) for i, (k, v) in enumerate(groups.items())
    ]
    walks = [
        (stops.index(r["from_stop_id"]), stops.index(r["to_stop_id"]), float(r["min_transfer_time"]))
        for r in rows["transfers.txt"]
        if r["transfer_type"] == "2"
    ]
    return timetable(stops, routes), access(1, len(stops), [], walks)


def test_the_kits_earliest_arrivals(toy):
    table, legs = toy
    found = {j.to_stop: j.arrive_s for j in journeys(table, legs, from_stop="s2", depart_s=s("07:00"))}
    assert found == {
        "s2": s("07:00"), "s3a": s("07:11"), "s3b": s("07:11:10"), "s4": s("07:37"), "s8a": s("07:24:10"),
        "s8b": s("07:24"),
    }  # fmt: skip
    (direct,) = journeys(table, legs, from_stop="s2", to_stop="s3a", depart_s=s("07:00"))
    assert direct.transfers == 0
    options = journeys(table, legs, from_stop="s2", to_stop="s4", depart_s=s("07:00"))
    assert [(j.transfers, j.arrive_s) for j in options] == [(0, s("07:40")), (1, s("07:37"))]


def test_legs_of_a_journey_with_walks(toy):
    table, legs = toy
    *_, best = journeys(table, legs, from_stop="s2", to_stop="s8a", depart_s=s("07:00"))
    assert [(leg.line, leg.from_stop, leg.to_stop, leg.depart_s, leg.arrive_s) for leg in best.legs] == [
        ("lineA", "s2", "s3a", s("07:05"), s("07:11")),
        ("", "s3a", "s3b", s("07:11"), s("07:11:10")),
        ("lineD", "s3b", "s8b", s("07:18"), s("07:24")),
        ("", "s8b", "s8a", s("07:24"), s("07:24:10")),
    ]
    assert (best.depart_s, best.arrive_s, best.transfers) == (s("07:05"), s("07:24:10"), 1)


def test_latest_departures_for_an_arrival(toy):
    table, legs = toy
    for stop, depart, arrive in [
        ("s1a", "07:16:50", "07:37"), ("s1b", "07:17:00", "07:37"), ("s2", "07:10", "07:37"), ("s3a", "07:29", "07:37"),
        ("s3b", "07:28:50", "07:37"), ("s5", "07:15", "07:37"), ("s6", "07:21", "07:37"),
    ]:  # fmt: skip
        *_, best = journeys(table, legs, from_stop=stop, to_stop="s4", arrive_s=s("07:37"))
        assert (stop, best.depart_s, best.arrive_s) == (stop, s(depart), s(arrive))
        assert best.legs[0].from_stop == stop
        assert best.legs[-1].to_stop == "s4"
    *_, best = journeys(table, legs, from_stop="s8b", to_stop="s4", arrive_s=s("07:41"))
    assert (best.depart_s, best.arrive_s) == (s("07:31:50"), s("07:41"))


def test_no_service_leaves_the_walk():
    table = timetable("PQR", [("r", "1", "PR", [])])
    legs = access(1, 3, [], [(0, 1, 10.0)])
    found = journeys(table, legs, from_stop="P", depart_s=100.0)
    assert [(j.to_stop, j.arrive_s, j.transfers) for j in found] == [("P", 100.0, 0), ("Q", 110.0, 0)]
    assert journeys(table, legs, from_stop="P", to_stop="R", depart_s=100.0) == ()


@st.composite
def cases(draw):
    routes = []
    for r in range(draw(st.integers(1, 4))):
        called = draw(st.lists(st.sampled_from("ABCDE"), min_size=2, max_size=4))
        gaps = draw(st.lists(st.integers(1, 9), min_size=len(called), max_size=len(called)))
        at = np.cumsum(gaps)
        starts = sorted(draw(st.lists(st.integers(0, 30), max_size=4)))
        routes.append(
            (f"r{r}", f"{r}", called, [(f"{r}.{i}", [(t + a, t + a) for t in at]) for i, a in enumerate(starts)])
        )
    change = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 5).map(float)).filter(
        lambda x: x[0] != x[1]
    )
    return timetable("ABCDE", routes), draw(st.lists(change, max_size=4, unique_by=lambda x: x[:2]))


def check_legs(journey, table, walks, slack):
    """Legs hang together in place and time, and every ride is in the timetable."""
    place, time, was_ride = journey.from_stop, journey.depart_s, False
    for leg in journey.legs:
        assert leg.from_stop == place
        if leg.is_walk:
            pair = ("ABCDE".index(leg.from_stop), "ABCDE".index(leg.to_stop))
            assert leg.depart_s == time
            assert leg.arrive_s - leg.depart_s == walks[pair]
        else:
            assert leg.depart_s >= time + (slack if was_ride else 0.0)
            trip = table.trip_id.tolist().index(leg.trip_id)
            calls = slice(table.call_ptr[trip], table.call_ptr[trip + 1])
            assert leg.depart_s in table.departure_s[calls]
            assert leg.arrive_s in table.arrival_s[calls]
            was_ride = True
        place, time = leg.to_stop, leg.arrive_s
    assert (place, time) == (journey.to_stop, journey.arrive_s)


@settings(max_examples=120, deadline=None)
@given(cases(), st.sampled_from([0.0, 2.0]), st.booleans())
def test_journeys_are_the_twins_and_their_legs_hang_together(case, slack, is_backward):
    table, transfers = case
    walks = {t[:2]: t[2] for t in transfers}
    legs = access(1, 5, [], transfers)
    moment = 30.0 if is_backward else 5.0
    for first in range(5):
        for last in range(5):
            ends = {"from_stop": "ABCDE"[first], "to_stop": "ABCDE"[last], "min_transfer_s": slack, "max_transfers": 2}
            if is_backward:
                found = journeys(table, legs, **ends, arrive_s=moment)
                targets = [(last, moment), *((a, moment - w) for (a, b), w in walks.items() if b == last)]
                ride = latest_rides(table, transfers, targets, 3, slack)[-1]
                leave = [ride[first], *(ride[b] - w for (a, b), w in walks.items() if a == first)]
                leave += [moment if first == last else moment - walks.get((first, last), np.inf)]
                assert max((j.depart_s for j in found), default=-np.inf) == max(leave)
                assert all(j.arrive_s <= moment for j in found)
            else:
                found = journeys(table, legs, **ends, depart_s=moment)
                starts = [(first, moment), *((b, moment + w) for (a, b), w in walks.items() if a == first)]
                ride = earliest_rides(table, transfers, starts, 3, slack)[-1]
                arrive = [ride[last], *(ride[a] + w for (a, b), w in walks.items() if b == last)]
                arrive += [moment if first == last else moment + walks.get((first, last), np.inf)]
                assert min((j.arrive_s for j in found), default=np.inf) == min(arrive)
                assert all(j.depart_s >= moment for j in found)
            for journey in found:
                check_legs(journey, table, walks, slack)
            assert [j.transfers for j in found] == sorted({j.transfers for j in found})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"from_stop": "A"}, DemandError, "either"),
        ({"from_stop": "A", "depart_s": 1.0, "arrive_s": 2.0}, DemandError, "either"),
        ({"from_stop": "A", "arrive_s": 2.0}, DemandError, "to_stop"),
        ({"from_stop": "A", "depart_s": 1.0, "max_transfers": -1}, DemandError, "max_transfers"),
        ({"from_stop": "Z", "depart_s": 1.0}, NetworkError, "'Z'"),
    ],
)
def test_queries_that_make_no_sense_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        journeys(timetable("AB", [("r", "1", "AB", [])]), **options)
