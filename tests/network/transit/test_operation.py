"""Operating figures: kilometres, hours and cost by hand, and the fewest vehicles against a matching of trips."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from itas_mobility import network
from itas_mobility.core import LineContract, ServiceDays, Timetable, TransitMode
from itas_mobility.core.provenance import Parameter, Parameters
from itas_mobility.errors import DataWarning, InputError, NetworkError
from itas_mobility.network.transit.editing import leg_lengths_m

RATES = {"bus": (1.0, 50.0, 100.0), "tram": (3.0, 60.0, 500.0), "shuttle": (0.5, 40.0, 80.0)}
KINDS = ("km", "h", "vehicle_day")
PARAMETERS = Parameters(
    {
        name: Parameter(name, value, "EUR", "made", 2026, "derived", value, value)
        for mode, values in RATES.items()
        for kind, value in zip(KINDS, values, strict=True)
        for name in [f"{mode}_cost_eur_per_{kind}"]
    }
)


def timetable(trips, *, places=None, names=None, stations=None, distance_m=1000.0, blocks=None):
    """Timetable of trips (line, from stop, to stop, leaves s, arrives s[, mode]); each is a route of its own.

    Stops lie 5 km apart along a parallel, or at `places` (degrees east), and are called by their number, or `names`.
    """
    n_stops = 1 + max(max(trip[1:3]) for trip in trips)
    n = len(trips)
    return Timetable(
        stop_id=[f"s{k}" for k in range(n_stops)],
        stop_name=names or [f"stop {k}" for k in range(n_stops)],
        stop_lon_deg=places or [12.0 + 0.07 * k for k in range(n_stops)],
        stop_lat_deg=np.full(n_stops, 50.7),
        route_id=[f"r{k}" for k in range(n)],
        line=[trip[0] for trip in trips],
        mode=[trip[5] if len(trip) > 5 else TransitMode.BUS for trip in trips],
        stop_ptr=np.arange(n + 1) * 2,
        stop=np.array([stop for trip in trips for stop in trip[1:3]], np.int32),
        trip_ptr=np.arange(n + 1),
        trip_id=[f"t{k}" for k in range(n)],
        call_ptr=np.arange(n + 1) * 2,
        arrival_s=np.array([moment for trip in trips for moment in (trip[3], trip[4])], float),
        departure_s=np.array([moment for trip in trips for moment in (trip[3], trip[4])], float),
        distance_m=np.tile([distance_m, 0.0], n),
        **({} if stations is None else {"stop_station": stations}),
        **({} if blocks is None else {"trip_block": blocks}),
    )


def figures(given, **options):
    return network.transit.operating_figures(given, parameters=PARAMETERS, **options)


def least_by_matching(trips, layover_s, *, same):
    """Fewest vehicles by matching each trip with one that may follow it: trips less the largest number of pairs."""
    may_follow = [
        [one[2] == other[1] and other[3] >= one[4] + layover_s and same(one, other) for other in trips] for one in trips
    ]
    pairs = maximum_bipartite_matching(csr_array(np.array(may_follow, np.int8)), perm_type="column")
    return len(trips) - int((pairs >= 0).sum())


trip_lists = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 40),
        st.integers(1, 12),
    ).map(lambda t: (t[0], t[1], t[2], 300.0 * t[3], 300.0 * (t[3] + t[4]))),
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(trip_lists, st.sampled_from([0.0, 300.0, 700.0]), st.booleans())
def test_vehicles_are_those_of_the_best_matching(trips, layover_s, may_interline):
    found = figures(timetable(trips), layover_s=layover_s, may_interline=may_interline)
    by_line = {
        line: least_by_matching([t for t in trips if t[0] == line], layover_s, same=lambda *_: True)
        for line in sorted({t[0] for t in trips})
    }
    assert dict(zip(found.line.tolist(), found.vehicles.tolist(), strict=True)) == by_line
    pooled = least_by_matching(trips, layover_s, same=lambda one, other: may_interline or one[0] == other[0])
    assert found.total_vehicles == pooled
    assert found.vehicle_cost_eur.sum() == pytest.approx(100.0 * pooled)


@settings(max_examples=60, deadline=None)
@given(trip_lists, st.booleans())
def test_empty_runs_save_what_the_best_assignment_saves(trips, may_interline):
    """Twin by another method: the assignment of least cost, where following costs -1 and not following nothing."""
    given = timetable(trips)
    found = figures(given, may_interline=may_interline, empty_km_per_h=36.0, detour=1.5)
    metres = {
        (a, b): 1.5 * leg_lengths_m(given, np.array([a, b], np.int32), detour=1.0)[0]
        for a in range(given.n_stops)
        for b in range(given.n_stops)
    }
    may_follow = np.array(
        [
            [
                (may_interline or one[0] == other[0]) and one[4] + 300.0 + metres[one[2], other[1]] / 10.0 <= other[3]
                for other in trips
            ]
            for one in trips
        ]
    )
    rows, columns = linear_sum_assignment(-may_follow.astype(float))
    assert found.total_vehicles == len(trips) - int(may_follow[rows, columns].sum())
    without = figures(given, may_interline=may_interline)
    assert (found.vehicles <= without.vehicles).all()
    assert found.vehicle_km.tolist() == without.vehicle_km.tolist()


@settings(max_examples=60, deadline=None)
@given(trip_lists, st.data())
def test_blocks_are_run_by_one_vehicle(trips, data):
    """Blocks of trips that follow each other in time, at whatever terminus: matching of what is left of them."""
    order = sorted(range(len(trips)), key=lambda k: trips[k][3:5])
    blocks, free_at = [""] * len(trips), {}
    for k in order:
        block = data.draw(st.sampled_from(["", "A", "B"]))
        if block and free_at.get(block, 0.0) <= trips[k][3]:
            blocks[k], free_at[block] = block, trips[k][4]
    merged = [trip for trip, block in zip(trips, blocks, strict=True) if not block]
    for block in ("A", "B"):
        rows = [k for k in order if blocks[k] == block]
        if rows:
            merged.append(("", trips[rows[0]][1], trips[rows[-1]][2], trips[rows[0]][3], trips[rows[-1]][4]))
    found = figures(timetable(trips, blocks=blocks), layover_s=300.0, may_interline=True)
    assert found.total_vehicles == least_by_matching(merged, 300.0, same=lambda *_: True)


def test_a_line_by_hand():
    """There and back all hour, 20 minutes each way: two vehicles with 10 minutes to turn, four with more."""
    trips = [("1", k % 2, 1 - k % 2, 1800.0 * (k // 2), 1800.0 * (k // 2) + 1200.0) for k in range(8)]
    found = figures(timetable(trips, distance_m=5000.0), layover_s=600.0)
    assert found.trips.tolist() == [8]
    assert found.vehicle_km.tolist() == [40.0]
    assert found.vehicle_h[0] == pytest.approx(8 / 3)
    assert found.vehicles.tolist() == [2]
    assert found.cost_eur[0] == pytest.approx(40.0 + 50.0 * 8 / 3 + 200.0)
    assert figures(timetable(trips), layover_s=601.0).vehicles.tolist() == [4]
    table = found.to_dataframe()
    assert table["cost_eur"].tolist() == [found.total_cost_eur]
    assert table["mode"].tolist() == ["bus"]
    assert found.by_mode().to_dict("records") == [
        {
            "mode": "bus",
            "lines": 1,
            "trips": 8,
            "vehicle_km": 40.0,
            "vehicle_h": found.total_h,
            "vehicles": 2,
            "cost_eur": found.total_cost_eur,
        }
    ]


def test_vehicles_change_lines_of_their_mode_alone_and_only_if_they_may():
    trips = [
        ("1", 0, 1, 0.0, 600.0),
        ("2", 1, 0, 1200.0, 1800.0),
        ("4", 0, 1, 2400.0, 3000.0, TransitMode.TRAM),
    ]
    apart, shared = figures(timetable(trips)), figures(timetable(trips), may_interline=True)
    assert apart.vehicles.tolist() == shared.vehicles.tolist() == [1, 1, 1]
    assert apart.fleet_vehicles.tolist() == [1, 2]
    assert shared.fleet_vehicles.tolist() == [1, 1]
    assert shared.fleet_mode.tolist() == [TransitMode.TRAM, TransitMode.BUS]
    assert shared.vehicle_cost_eur.tolist() == [50.0, 50.0, 500.0], "lines share the vehicle that serves both"


def test_a_block_leads_one_vehicle_from_line_to_line():
    trips = [("1", 0, 1, 0.0, 600.0), ("2", 2, 0, 1200.0, 1800.0)]
    found = figures(timetable(trips, blocks=["A", "A"]))
    assert found.vehicles.tolist() == [1, 1]
    assert found.total_vehicles == 1


def test_trips_of_a_block_that_overlap_are_refused():
    trips = [("1", 0, 1, 0.0, 600.0), ("1", 1, 0, 599.0, 1800.0)]
    message = r"block A: trip t1 leaves at 00:09:59, before trip t0 has arrived at 00:10:00"
    with pytest.raises(NetworkError, match=message):
        figures(timetable(trips, blocks=["A", "A"]))


@pytest.mark.parametrize(
    ("places", "names", "stations", "vehicles"),
    [
        ([12.0, 12.1, 12.105, 12.2], None, None, 2),
        ([12.0, 12.1, 12.105, 12.2], ["a", "b", "b", "c"], None, 1),
        ([12.0, 12.1, 12.11, 12.2], ["a", "b", "b", "c"], None, 2),
        ([12.0, 12.1, 12.11, 12.2], None, ["", "S", "S", ""], 1),
        ([12.0, 12.1, 12.102, 12.2], None, None, 1),
    ],
    ids=["350 m", "350 m, one name", "700 m, one name", "700 m, one station", "140 m"],
)
def test_a_terminus_is_a_station_or_stops_nearby(places, names, stations, vehicles):
    trips = [("1", 0, 1, 0.0, 600.0), ("1", 2, 3, 1200.0, 1800.0)]
    assert figures(timetable(trips, places=places, names=names, stations=stations)).total_vehicles == vehicles


def test_lengths_that_are_not_known_are_told_and_estimated():
    trips = [("1", 0, 1, 0.0, 600.0), ("2", 0, 1, 0.0, 600.0)]
    given = timetable(trips, distance_m=np.nan)
    with pytest.warns(
        DataWarning, match=r"lengths of line\(s\) 1, 2 are not known: kilometres are beelines times 1\.3"
    ):
        found = figures(given)
    assert found.is_estimated.all()
    beeline = leg_lengths_m(given, given.stop[:2], detour=1.0)[0]
    np.testing.assert_allclose(found.vehicle_km, 1.3 * beeline / 1000.0)


def test_headways_stand_for_their_timetable_and_days_are_told_apart():
    from oracles.transit_networks import network as lines_of

    lines = lines_of(
        ["P", "Q"], [("there", "1", ["P", "Q"], [900.0], 600.0), ("back", "1", ["Q", "P"], [900.0], 600.0)]
    )
    trips = network.transit.timetable_from_headways(lines)
    one, other = figures(lines), figures(trips)
    assert one.to_dataframe().equals(other.to_dataframe())
    assert one.trips.tolist() == [288]
    assert one.vehicles.tolist() == [4], "30 minutes of driving and 10 of turning, every 10 minutes"
    hourly = {"headway_s": 3600.0, "start_s": 0.0, "end_s": 7200.0, "speed_km_per_h": 9.0}
    both = network.transit.add_line(trips, "2", mode=TransitMode.BUS, stops=["P", "Q"], **hourly)
    sunday = network.transit.remove_line(both, "1")
    by_day = figures(ServiceDays(np.array(["Mo", "So"]), (trips, sunday)))
    assert by_day["Mo"].to_dataframe().equals(one.to_dataframe())
    assert by_day["So"].line.tolist() == ["2"]


def test_a_price_of_an_hour_replaces_the_rates():
    trips = [("W", 0, 1, 0.0, 3600.0, TransitMode.SHUTTLE), ("W", 1, 0, 7200.0, 9000.0, TransitMode.SHUTTLE)]
    plain = figures(timetable(trips))
    assert plain.cost_eur.tolist() == [0.5 * 2 + 40.0 * 1.5 + 80.0]
    hired = figures(
        timetable(trips), contracts=[LineContract("W", ("W",), TransitMode.SHUTTLE, seats=50, cost_eur_per_h=90.0)]
    )
    assert hired.cost_eur.tolist() == [135.0]
    assert hired.vehicles.tolist() == [1]
    assert hired.vehicle_km.tolist() == [2.0]


def test_a_fleet_on_duty_is_one_row_and_its_trips_are_none():
    shuttle = TransitMode.SHUTTLE
    trips = [("R Nord", 0, 1, 0.0, 600.0, shuttle), ("R Süd", 0, 2, 0.0, 600.0, shuttle), ("1", 0, 1, 0.0, 3600.0)]
    contract = LineContract("R", ("R Nord", "R Süd"), shuttle, seats=8, cost_eur_per_h=45.0, fleet=3, duty_h=10.0)
    found = figures(timetable(trips), contracts=[contract])
    assert found.line.tolist() == ["1", "R"]
    assert found.trips.tolist() == [1, 0]
    assert found.vehicle_km.tolist() == [1.0, 0.0]
    assert found.vehicle_h.tolist() == [1.0, 30.0]
    assert found.vehicles.tolist() == [1, 3]
    assert found.cost_eur.tolist() == [151.0, 1350.0]
    assert found.total_vehicles == 4
    rates = LineContract("R", ("R Nord", "R Süd"), shuttle, fleet=3, duty_h=10.0)
    assert figures(timetable(trips), contracts=[rates]).cost_eur.tolist() == [151.0, 30 * 40.0 + 3 * 80.0]
    without = figures(timetable(trips[2:]), contracts=[contract])
    assert without.line.tolist() == ["1"], "a contract whose lines do not run costs nothing"


def test_hired_vehicles_stay_on_their_line():
    shuttle = TransitMode.SHUTTLE
    trips = [
        ("W", 0, 1, 0.0, 600.0, shuttle),
        ("X", 1, 0, 1200.0, 1800.0, shuttle),
        ("Y", 0, 1, 2400.0, 3000.0, shuttle),
    ]
    contract = LineContract("W", ("W",), shuttle, seats=50)
    assert figures(timetable(trips), may_interline=True).total_vehicles == 1
    assert figures(timetable(trips), may_interline=True, contracts=[contract]).total_vehicles == 2


def test_a_day_without_trips_costs_nothing():
    day = network.transit.remove_line(timetable([("1", 0, 1, 0.0, 600.0)]), "1")
    found = figures(day)
    assert len(found.line) == 0
    assert (found.total_km, found.total_h, found.total_vehicles, found.total_cost_eur) == (0.0, 0.0, 0, 0.0)
    assert found.by_mode().empty
    assert "0 EUR" in found._repr_html_()


def test_what_cannot_be_is_refused():
    one = timetable([("1", 0, 1, 0.0, 600.0)])
    with pytest.raises(NetworkError, match="layover_s=-1"):
        figures(one, layover_s=-1)
    with pytest.raises(NetworkError, match=r"detour=0\.9"):
        figures(one, detour=0.9)
    with pytest.raises(NetworkError, match="empty_km_per_h=0 must be positive"):
        figures(one, empty_km_per_h=0)
    contract = LineContract("W", ("1",), TransitMode.BUS)
    with pytest.raises(NetworkError, match="contracts 'W' and 'W' both name line '1'"):
        figures(one, contracts=[contract, contract])
    with pytest.raises(InputError, match="parameter 'ferry_cost_eur_per_km' is not known"):
        figures(timetable([("F", 0, 1, 0.0, 600.0, TransitMode.FERRY)]))
    with pytest.raises(NetworkError, match="names no line; fleet=2 and duty_h=0: give both or neither"):
        LineContract("W", (), TransitMode.BUS, fleet=2)
    with pytest.raises(NetworkError, match="seats=-1 must not be negative"):
        LineContract("W", ("1",), TransitMode.BUS, seats=-1)


def test_every_mode_has_rates_that_are_shipped():
    from itas_mobility.scenarios import default_parameters

    shipped = default_parameters()
    for mode in TransitMode:
        for kind in KINDS:
            assert shipped.value(f"{mode.name.lower()}_cost_eur_per_{kind}") > 0
