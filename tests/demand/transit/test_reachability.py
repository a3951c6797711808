from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import AccessMode, ServiceDays
from itas_mobility.core.weekdays import WEEKDAYS, weekday_mask
from itas_mobility.demand.transit.reachability import shift_reachability
from itas_mobility.demand.transit.timetables import index
from itas_mobility.errors import DemandError
from itas_mobility.network.transit.timetable import timetable_from_headways
from oracles.transit_networks import access, network, sites, timetable, zones
from oracles.transit_search import earliest_rides, latest_rides

H = 3600.0
DAY = 24 * H
SHIFTS = [("early", 6 * H, 14 * H, 0.5), ("late", 14 * H, 22 * H, 0.3), ("night", 22 * H, 30 * H, 0.2)]


def works(headway_s=1800.0, *, first_h=4.0, last_h=20.0, feeder_s=3600.0):
    """Site s0 at Gate, reached from Town by line 1 in 20 min and from Village by line 2 with a change at Town.

    Zone 1 lies at Town (5 min walk), zone 2 at Village, zone 3 has no stop. The works are 4 min from the stop Gate.
    """
    patterns = [
        ("1:0", "1", ["Town", "Gate"], [1200.0], headway_s),
        ("1:1", "1", ["Gate", "Town"], [1200.0], headway_s, 600.0),
        ("2:0", "2", ["Village", "Town"], [900.0], feeder_s, 900.0),
        ("2:1", "2", ["Town", "Village"], [900.0], feeder_s, 2700.0),
    ]
    transit = network(["Town", "Gate", "Village"], patterns, bands=((first_h * H, last_h * H),))
    legs = access(4, 3, [(0, 1, 240.0), (1, 0, 300.0), (2, 2, 60.0)])
    return timetable_from_headways(transit), legs, zones(4), sites({0: SHIFTS})


WORKERS = np.array([[0.0, 60.0, 30.0, 10.0]])


def test_times_by_hand():
    result = shift_reachability(*works(), workers=WORKERS)
    assert result.shift.tolist() == ["early", "late", "night"]
    # early: at the workplace by 5:50, off the bus by 5:46, so the bus of 5:00; at the stop Town by walking since 4:55
    assert result.out_time_s[0, 1] == 55 * 60
    # late: due 13:50, bus 13:00
    assert result.out_time_s[1, 1] == 55 * 60
    # back early: leaves 14:10, at the stop 14:14, bus 14:40, Town 15:00, home 15:05
    assert result.back_time_s[0, 1] == 55 * 60
    # the last bus leaves Gate at 19:40; nobody gets home at 22:10, and the first one after the night is at 6:14 -> 6:40
    assert np.isinf(result.back_time_s[1, 1])
    assert result.back_time_s[2, 1] == 55 * 60
    # zone 2 late: the bus of 13:00 needs the feeder of 12:15, so home is left at 12:14: six minutes more than 90
    assert np.isinf(result.out_time_s[1, 2])
    # nobody travels to the zone of the works from itself
    assert result.out_time_s[:, 0].tolist() == result.back_time_s[:, 0].tolist() == [0.0, 0.0, 0.0]


def test_the_limit_on_the_journey_counts_the_wait_at_the_works():
    tight = shift_reachability(*works(), workers=WORKERS, max_journey_s=55 * 60.0)
    assert tight.is_out[0, 1]
    assert not shift_reachability(*works(), workers=WORKERS, max_journey_s=55 * 60.0 - 1).is_out[0, 1]
    assert not tight.is_out[0, 2]
    wide = shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H)
    assert wide.out_time_s[1, 2] == (13 * 60 + 50 - (12 * 60 + 14)) * 60
    assert wide.out_transfers[1].tolist() == [0, 0, 1, -1]
    direct = shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H, max_transfers=0)
    assert not direct.is_out[1, 2]
    assert direct.is_out[1, 1]


def test_a_change_needs_its_time():
    # at Town the feeder comes at 12:30 and the bus that is in time for 13:50 leaves at 13:00
    quick = shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H, min_transfer_s=0.0)
    slow = shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H, min_transfer_s=60.0)
    asked = [
        shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H, min_transfer_s=t).out_time_s[1, 2]
        for t in (1800.0, 1801.0)
    ]
    assert quick.out_time_s[1, 2] == slow.out_time_s[1, 2] == asked[0]
    assert asked[1] > asked[0]


def test_failing_legs_and_the_table():
    result = shift_reachability(*works(), workers=WORKERS, max_journey_s=2 * H)
    assert result.failing_leg[1].tolist() == ["none", "back", "back", "no_stop"]
    table = result.to_dataframe().set_index("shift")
    assert table.loc["late", ["arrive_share", "return_share", "both_share"]].tolist() == [0.9, 0.0, 0.0]
    assert table.loc["late", "first_failing"] == "back"
    assert table.loc["late", "workers"] == pytest.approx(30.0)
    assert table.loc["early", "workers"] == pytest.approx(50.0)
    out = result.out_time_s[0, 1:3]
    assert table.loc["early", "mean_out_time_s"] == pytest.approx((60 * out[0] + 30 * out[1]) / 90)
    assert np.isnan(table.loc["late", "mean_back_time_s"])
    assert table["site_id"].unique().tolist() == ["s0"]
    assert "late" in result._repr_html_()


def test_workers_by_row_and_without_any():
    by_row = np.vstack([WORKERS, WORKERS * 0, WORKERS])
    result = shift_reachability(*works(), workers=by_row)
    assert result.workers.tolist() == by_row.tolist()
    assert np.isnan(result.both_share[1])
    assert np.isfinite(result.both_share[[0, 2]]).all()
    with pytest.raises(DemandError, match="workers"):
        shift_reachability(*works(), workers=np.zeros((2, 4)))


def shares(**change):
    result = shift_reachability(*works(**change), workers=WORKERS, max_journey_s=2 * H)
    return result, result.to_dataframe()[["arrive_share", "return_share", "both_share"]].to_numpy()


@pytest.mark.parametrize("headway_s", [1800.0, 3600.0, 7200.0])
def test_halving_a_headway_never_worsens_anything(headway_s):
    base, base_shares = shares(headway_s=headway_s)
    better, better_shares = shares(headway_s=headway_s / 2)
    assert (better.out_time_s <= base.out_time_s).all()
    assert (better.back_time_s <= base.back_time_s).all()
    assert (better_shares >= base_shares).all()
    assert (better.out_time_s < base.out_time_s).any() or (better.back_time_s < base.back_time_s).any()


def test_removing_a_line_and_running_later():
    _, base_shares = shares()
    assert base_shares[0, 2] > 0
    _, without = shares(headway_s=np.inf)
    assert without.sum() == 0
    _, without_feeder = shares(feeder_s=np.inf)
    assert (without_feeder <= base_shares).all()
    assert without_feeder.sum() < base_shares.sum()
    _, later = shares(last_h=23.0)
    assert later[1, 1] > base_shares[1, 1] == 0


@st.composite
def cases(draw):
    """Random day timetables with night trips beyond 24 h, legs and one site with a day and a night shift."""
    routes = []
    for r in range(draw(st.integers(1, 4))):
        called = draw(st.lists(st.sampled_from("ABCD"), min_size=2, max_size=4))
        gaps = draw(st.lists(st.integers(5, 40), min_size=len(called), max_size=len(called)))
        at = 60.0 * np.cumsum(gaps)
        starts = sorted(draw(st.lists(st.integers(0, 26 * 4).map(lambda q: q * 900.0), min_size=1, max_size=8)))
        trips = [(f"{r}.{i}", [(t + a, t + a) for t in at]) for i, a in enumerate(starts)]
        routes.append((f"r{r}", f"{r}", called, trips))
    leg = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 900).map(float))
    legs = draw(st.lists(leg, min_size=1, max_size=8, unique_by=lambda x: x[:2]))
    change = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 600).map(float)).filter(
        lambda x: x[0] != x[1]
    )
    transfers = draw(st.lists(change, max_size=4, unique_by=lambda x: x[:2]))
    start = draw(st.integers(0, 95)) * 900.0
    length = draw(st.integers(1, 95)) * 900.0
    return timetable("ABCD", routes), legs, transfers, start, start + length


def on_days(table, days):
    """The same trips on several days, each trip a route of its own."""
    routes = []
    for route in range(len(table.route_id)):
        called = ["ABCD"[s] for s in table.stop[table.stop_ptr[route] : table.stop_ptr[route + 1]]]
        for trip in range(table.trip_ptr[route], table.trip_ptr[route + 1]):
            calls = slice(table.call_ptr[trip], table.call_ptr[trip + 1])
            for day in days:
                at = (table.arrival_s[calls] + (day + 1) * DAY).tolist()
                routes.append((f"{trip}.{day}", "x", called, [(f"{trip}.{day}", [(t, t) for t in at])]))
    return timetable("ABCD", routes)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_times_equal_the_twins_on_days_side_by_side(case):
    table, legs, transfers, start, end = case
    limit, slack, buffer = 3 * H, 120.0, 600.0
    result = shift_reachability(
        table, access(4, 4, legs, transfers), zones(4), sites({0: [("x", start, end, 1.0)]}), workers=np.ones((1, 4)),
        max_journey_s=limit, max_transfers=2,
    )  # fmt: skip
    # the twin's clock starts one day early, so that nothing is negative
    days = on_days(table, (-1, 0, 1, 2))
    due, free = start - buffer + DAY, end + buffer + DAY
    at_site = [(stop, walk) for zone, stop, walk in legs if zone == 0]
    latest = latest_rides(days, transfers, [(s, due - w) for s, w in at_site], 3, slack)[-1]
    earliest = earliest_rides(days, transfers, [(s, free + w) for s, w in at_site], 3, slack)[-1]
    for home in range(1, 4):
        here = [(stop, walk) for zone, stop, walk in legs if zone == home]
        out = min((due - (latest[s] - w) for s, w in here), default=np.inf)
        back = min((earliest[s] + w - free for s, w in here), default=np.inf)
        assert result.out_time_s[0, home] == (out if out <= limit else np.inf)
        assert result.back_time_s[0, home] == (back if back <= limit else np.inf)
        has_stop = bool(here) and bool(at_site)
        failing = {(True, True): "none", (False, True): "out", (True, False): "back", (False, False): "both"}
        expected = failing[out <= limit, back <= limit] if has_stop else "no_stop"
        assert result.failing_leg[0, home] == expected


@settings(max_examples=25, deadline=None)
@given(cases())
def test_waits_and_retimings_equal_searches_at_other_moments(case):
    table, legs, transfers, start, end = case
    limit, slack, buffer, most = 2 * H, 120.0, 600.0, 20
    result = shift_reachability(
        table, access(4, 4, legs, transfers), zones(4), sites({0: [("x", start, end, 1.0)]}), workers=np.ones((1, 4)),
        max_journey_s=limit, max_transfers=2, max_retiming_s=most * 60.0,
    )  # fmt: skip
    days = on_days(table, (-1, 0, 1, 2))
    at_site = [(stop, walk) for zone, stop, walk in legs if zone == 0]

    def times(way, home, by_s):
        """Moment at the site, and how long the way takes from there, both in seconds."""
        if way == "out":
            due = start - buffer + DAY + by_s
            best = latest_rides(days, transfers, [(s, due - w) for s, w in at_site], 3, slack)[-1]
            return min((due - (best[s] - w) for zone, s, w in legs if zone == home), default=np.inf)
        free = end + buffer + DAY + by_s
        best = earliest_rides(days, transfers, [(s, free + w) for s, w in at_site], 3, slack)[-1]
        return min((best[s] + w - free for zone, s, w in legs if zone == home), default=np.inf)

    for way, later in (("out", -60.0), ("back", 60.0)):
        retiming, wait, cause = (getattr(result, f"{way}_{name}") for name in ("retiming_s", "wait_s", "cause"))
        for home in range(1, 4):
            found, waited = retiming[0, home], wait[0, home]
            nearer = range(1, min(int(abs(found) / 60), most + 1) if np.isfinite(found) else most + 1)
            assert not any(times(way, home, sign * m * 60.0) <= limit for m in nearer for sign in (1, -1))
            if not np.isfinite(found):
                assert cause[0, home] in ("home", "gate", "ride")
                assert times(way, home, 0.0) > limit
                continue
            assert times(way, home, found) <= limit
            assert cause[0, home] == ("none" if found == 0 else "time")
            if found == 0:
                whole = times(way, home, 0.0)
                assert waited <= whole
                by = later * waited / 60.0
                assert times(way, home, by) == pytest.approx(whole - waited)
                assert times(way, home, by + later) > whole - waited - 60.0 or waited + 60.0 > limit


def test_causes_by_hand():
    result = shift_reachability(*works(), workers=WORKERS)
    # early: the bus of 5:00 is off at 5:20, at the workplace 5:24, due 5:50
    assert result.out_wait_s[0, 1] == 26 * 60
    # back from late: the last bus leaves at 19:40, so at 22:10 nothing runs, an hour around it neither
    assert result.back_cause[1].tolist() == ["none", "ride", "ride", "home"]
    assert np.isinf(result.back_retiming_s[1, 1])
    # out to late from the village takes 96 min from 12:14; due six minutes earlier it is 90
    assert result.out_retiming_s[1, 2] == -6 * 60
    assert result.out_cause[1].tolist() == ["none", "none", "time", "home"]
    assert result.mendable_share()[1] == 0.0
    longer = shift_reachability(*works(last_h=21.5), workers=WORKERS)
    # the last bus back leaves Gate at 21:10, one is at the stop four minutes after the gate: 64 minutes are too many
    assert np.isinf(longer.back_retiming_s[1, 1])
    more = shift_reachability(*works(last_h=21.5), workers=WORKERS, max_retiming_s=2 * H)
    assert more.back_retiming_s[1, 1] == -64 * 60.0
    table = result.to_dataframe().set_index("shift")
    assert table.loc["late", "first_cause"] == "ride"
    assert table.loc["early", "mean_out_wait_s"] > 0
    assert table["weekday"].tolist() == ["Mo-Fr"] * 3


def test_a_vehicle_is_kept_at_home_and_not_at_the_works():
    table, legs, zone, places = works()
    by_bike = replace(
        legs, mode=np.where(legs.zone == 2, AccessMode.BIKE, AccessMode.WALK), is_home_only=legs.zone == 2
    )
    walked = shift_reachability(table, legs, zone, places, workers=WORKERS, max_journey_s=2 * H)
    ridden = shift_reachability(table, by_bike, zone, places, workers=WORKERS, max_journey_s=2 * H)
    assert (ridden.out_time_s == walked.out_time_s).all()
    at_works = replace(legs, is_home_only=legs.zone == 0)
    none = shift_reachability(table, at_works, zone, places, workers=WORKERS, max_journey_s=2 * H)
    assert np.isinf(none.out_time_s[:, 1:]).all()
    assert (none.out_cause[:, 1:] == "gate").all()
    assert (none.failing_leg[:, 1:] == "no_stop").all()


def by_vehicle_or_on_foot(*ways):
    """Zone 1 lies 5 min on foot from P and 3 min by bicycle from Q, zone 2 near Q by bicycle alone; the works at G."""
    names = {"P-G": ["P", "G"], "G-P": ["G", "P"], "Q-G": ["Q", "G"], "G-Q": ["G", "Q"]}
    lines = network("PQG", [(way, way, names[way], [1200.0], 1800.0) for way in ways])
    legs = replace(
        access(3, 3, [(0, 2, 240.0), (1, 0, 300.0), (1, 1, 180.0), (2, 1, 60.0)]),
        mode=[AccessMode.WALK, AccessMode.WALK, AccessMode.BIKE, AccessMode.BIKE],
        is_home_only=[False, False, True, True],
    )
    workers = np.array([[0.0, 50.0, 50.0]])
    early = sites({0: [("early", 6 * H, 14 * H, 1.0)]})
    return timetable_from_headways(lines), legs, zones(3), early, workers


def both_ways(*ways):
    *given, workers = by_vehicle_or_on_foot(*ways)
    found = shift_reachability(*given, workers=workers)
    return found, (found.is_out & found.is_back)[0].tolist()


def test_a_vehicle_left_in_the_morning_stands_there_for_the_way_home():
    """There from P on foot, and home to Q, where the bicycle would have to stand: not possible."""
    found, is_possible = both_ways("P-G", "G-Q")
    assert is_possible == [True, False, False]
    assert found.is_out[0].tolist() == [True, True, False]
    assert found.back_cause[0].tolist() == ["none", "ride", "none"]
    assert both_ways("P-G", "G-Q", "Q-G")[1] == [True, True, True]
    assert both_ways("P-G", "G-Q", "G-P")[1] == [True, True, False]


def test_people_walk_or_ride_whichever_is_quicker_both_ways():
    """Two minutes less on each way to the stop; with another vehicle for each way nobody gets anywhere."""
    found, _ = both_ways("P-G", "G-P", "Q-G", "G-Q")
    walked, _ = both_ways("P-G", "G-P")
    assert (found.out_time_s[0, 1], found.back_time_s[0, 1]) == (
        walked.out_time_s[0, 1] - 120.0,
        walked.back_time_s[0, 1] - 120.0,
    )
    table, legs, zone, places, workers = by_vehicle_or_on_foot("P-G", "G-Q")
    cars = replace(legs, mode=[AccessMode.WALK, AccessMode.CAR, *legs.mode[2:]], is_home_only=[False, True, True, True])
    mixed = shift_reachability(table, cars, zone, places, workers=workers)
    assert not (mixed.is_out & mixed.is_back)[0, 1]


def test_a_week_is_looked_at_day_by_day():
    table, legs, zone, _ = works()
    nothing = replace(
        table, trip_ptr=np.zeros_like(table.trip_ptr), trip_id=np.zeros(0, str), call_ptr=np.zeros(1), arrival_s=[],
        departure_s=[], trip_block=np.zeros(0, str), trip_headway_s=[],
    )  # fmt: skip
    week = ServiceDays(np.array(WEEKDAYS), (table,) * 5 + (nothing,) * 2)
    shifts = sites({0: [("early", 6 * H, 14 * H, 0.6), ("night", 22 * H, 30 * H, 0.4)]})
    every = replace(shifts, shifts=(replace(shifts.shifts[0], days=[weekday_mask("Mo-So"), weekday_mask("Mo-Fr")]),))
    result = shift_reachability(week, legs, zone, every, workers=WORKERS, max_journey_s=2 * H)
    # what runs on the days around a day counts: Friday night ends on a Saturday, Monday comes after a Sunday
    assert list(zip(result.shift, result.weekday, strict=True)) == [
        ("early", "Mo"), ("early", "Di,Mi"), ("early", "Do"), ("early", "Fr"), ("early", "Sa"), ("early", "So"),
        ("night", "Mo"), ("night", "Di,Mi"), ("night", "Do"), ("night", "Fr"),
    ]  # fmt: skip
    alone = shift_reachability(table, legs, zone, every, workers=WORKERS, max_journey_s=2 * H)
    early, night = result.shift == "early", result.shift == "night"
    works_day = np.isin(result.weekday, ["Sa", "So"], invert=True)
    assert (result.out_time_s[early & works_day] == alone.out_time_s[0]).all()
    assert np.isinf(result.out_time_s[early & ~works_day][:, 1:]).all()
    assert (result.back_time_s[night & (result.weekday != "Fr")] == alone.back_time_s[1]).all()
    assert np.isinf(result.back_time_s[night & (result.weekday == "Fr")][:, 1:]).all()
    with pytest.raises(DemandError, match="need a week"):
        shift_reachability(ServiceDays(np.array(["Mo", "Di"]), (table, table)), legs, zone, every, workers=WORKERS)


def test_a_week_is_laid_out_once(monkeypatch):
    table, legs, zone, site = works()
    week = ServiceDays(np.array(WEEKDAYS), (table,) * 7)
    first = shift_reachability(week, legs, zone, site, workers=WORKERS)
    monkeypatch.setattr(index, "index_timetable", None)  # whoever lays it out again fails
    again = shift_reachability(week, legs, zone, site, workers=WORKERS)
    np.testing.assert_array_equal(first.out_time_s, again.out_time_s)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arrive_buffer_s": -1.0}, "arrive_buffer_s"),
        ({"max_transfers": -1}, "max_transfers"),
        ({"max_journey_s": np.inf}, "max_journey_s"),
        ({"min_transfer_s": np.nan}, "min_transfer_s"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(DemandError, match=message):
        shift_reachability(*works(), workers=WORKERS, **options)


def test_nouns_that_do_not_fit_are_refused():
    table, legs, _, places = works()
    with pytest.raises(DemandError, match="zones"):
        shift_reachability(table, legs, zones(5), places, workers=WORKERS)
    with pytest.raises(DemandError, match=r"sites\.zone"):
        shift_reachability(table, legs, zones(4), sites({9: SHIFTS}), workers=WORKERS)
