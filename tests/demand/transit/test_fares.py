"""Fares of journeys by hand and against a twin that tries all tickets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import Fares, SearchLimits, ServiceDays, TravelWindow
from itas_mobility.demand.transit import choice_sets, journey_fare_eur, skim_transit
from itas_mobility.errors import DemandError
from oracles.fares import cheapest
from oracles.transit_networks import access, timetable, zones

STOPS = "ABCDE"
ZONES = ("1", "1", "2", "3", "")


def net():
    """Line 1 A-B-C and line 2 C-D-E, each every 20 minutes; a zone at each stop."""
    routes = []
    for r, (stops, offset) in enumerate((("ABC", 0), ("CDE", 700))):
        trips = [
            (f"{r}.{i}", [(1200 * i + offset + 300 * k, 1200 * i + offset + 300 * k) for k in range(3)])
            for i in range(4)
        ]
        routes.append((f"r{r}", f"{r + 1}", stops, trips))
    return timetable(STOPS, routes), access(5, 5, [(i, i, 0.0) for i in range(5)])


def sets(table, legs, **options):
    return choice_sets(table, legs, zones(5), **{"window": TravelWindow(0.0, 3600.0), **options})


def fare_between(fares, first, last):
    table, legs = net()
    found = sets(table, legs)
    fare = journey_fare_eur(found, table, fares)
    pair = [p for p in range(found.n_pairs) if (found.origin[p], found.destination[p]) == (first, last)]
    values = fare[found.journey_ptr[pair[0]] : found.journey_ptr[pair[0] + 1]]
    assert len(set(values.tolist())) == 1
    return float(values[0])


def test_a_flat_fare_is_paid_once():
    flat = Fares.flat(2.5)
    assert fare_between(flat, 0, 1) == fare_between(flat, 0, 4) == 2.5


def test_zones_touched_in_passing_count():
    fares = Fares.by_number_of_zones(ZONES, (2.0, 3.0))
    assert fare_between(fares, 0, 1) == 2.0
    assert fare_between(fares, 0, 2) == 3.0
    assert fare_between(fares, 0, 3) == 3.0  # three zones: the last price holds on
    # E has no zone; from C one passes D and touches zones 2 and 3
    assert fare_between(fares, 2, 4) == 3.0


def test_from_zone_to_zone_and_the_cap():
    price = np.array([[1.0, 2.0, 4.0], [2.0, 1.0, 2.5], [4.0, 2.5, 1.0]])
    stop_zone = ("1", "1", "2", "3", "3")
    fares = Fares.by_zone_pair(stop_zone, ("1", "2", "3"), price)
    assert fare_between(fares, 0, 2) == 2.0
    assert fare_between(fares, 0, 3) == 4.0  # one ticket is cheaper than 2.0 + 2.5
    dear = Fares(**{**vars(fares), "price_eur": fares.price_eur * 2, "cap_eur": 7.0})
    assert fare_between(dear, 0, 3) == 7.0
    price[2, 2] = np.nan
    gap = Fares.by_zone_pair(stop_zone, ("1", "2", "3"), price)
    told = "line 2 .* from stop D to E, fare zones 3, of a journey from zone z3 to z4 .and 3 more"
    with pytest.raises(DemandError, match=told):
        journey_fare_eur(sets(*net()), net()[0], gap)


def test_a_ticket_that_forbids_transfers_is_bought_twice():
    fares = Fares(ticket_id=["single"], price_eur=[1.5], max_transfers=[0])
    assert fare_between(fares, 0, 2) == 1.5
    assert fare_between(fares, 0, 4) == 3.0
    # the second vehicle is boarded 700 s after the first
    for valid_s, paid in ((699.0, 3.0), (700.0, 1.5)):
        timed = Fares(ticket_id=["timed"], price_eur=[1.5], max_transfers=[1], valid_s=[valid_s])
        assert fare_between(timed, 0, 4) == paid


def test_skims_hold_the_mean_fare_of_the_chosen_journeys():
    table, legs = net()
    fares = Fares.by_number_of_zones(ZONES, (2.0, 3.0, 4.0))
    found = skim_transit(table, legs, zones(5), window=TravelWindow(0.0, 3600.0), fares=fares)
    assert found["fare_eur"][0, 1] == pytest.approx(2.0)
    assert found["fare_eur"][0, 3] == pytest.approx(4.0)
    assert np.isinf(found["fare_eur"][3, 0])


zone = st.sampled_from(["", "1", "2", "3"])


@st.composite
def random_fares(draw):
    """Tickets with rules of all kinds over the routes and zones of `net`."""
    n = draw(st.integers(1, 4))
    rules = draw(
        st.lists(
            st.tuples(st.integers(0, n - 1), st.sampled_from(["", "", "r0", "r1"]), zone, zone,
                      st.sampled_from([-1, -1, 1, 2]), st.lists(st.sampled_from("123"), max_size=2, unique=True)),
            max_size=6,
        )
    )  # fmt: skip
    rules = sorted(rules)
    return Fares(
        ticket_id=[f"t{i}" for i in range(n)],
        price_eur=draw(st.lists(st.integers(1, 20), min_size=n, max_size=n)),
        stop_zone=ZONES,
        max_transfers=draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)),
        valid_s=draw(st.lists(st.sampled_from([0.0, 600.0, 1200.0, np.inf]), min_size=n, max_size=n)),
        rule_ticket=np.array([rule[0] for rule in rules], dtype=int),
        rule_route=np.array([rule[1] for rule in rules], dtype=str),
        rule_origin=np.array([rule[2] for rule in rules], dtype=str),
        rule_destination=np.array([rule[3] for rule in rules], dtype=str),
        rule_max_zones=np.array([rule[4] for rule in rules], dtype=int),
        contains_ptr=np.cumsum([0, *(len(rule[5]) for rule in rules)]),
        contains=np.array([name for rule in rules for name in rule[5]], dtype=str),
        cap_eur=draw(st.sampled_from([np.inf, 9.0])),
    )


@settings(max_examples=150)
@given(random_fares())
def test_fares_equal_the_twins(fares):
    table, legs = net()
    days = ServiceDays(np.array(["a", "b"]), (table, table))
    found = sets(
        days, legs, window=TravelWindow(0.0, 3600.0, extra_s=(86400.0, 86400.0)),
        limits=SearchLimits(max_journey_s=90000.0),
    )  # fmt: skip
    expected = []
    for j in range(len(found)):
        rides = []
        for k in range(found.ride_ptr[j], found.ride_ptr[j + 1]):
            route = int(found.ride_trip[k] >= table.trip_ptr[1])
            called = STOPS.index("AC"[route])
            names = [ZONES[called + p] for p in range(found.board[k], found.alight[k] + 1)]
            board_s = table.departure_s[table.call_ptr[found.ride_trip[k]] + found.board[k]]
            rides.append((f"r{route}", board_s + 86400.0 * found.ride_day[k], names))
        expected.append(cheapest(rides, fares))
    if np.isinf(expected).any():
        with pytest.raises(DemandError, match="no ticket covers"):
            journey_fare_eur(found, days, fares)
    else:
        np.testing.assert_array_equal(journey_fare_eur(found, days, fares), expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price_eur": [-1.0]}, "price_eur"),
        ({"rule_ticket": [1]}, "rule_ticket"),
        ({"rule_ticket": [0], "rule_origin": ["1"]}, "no stop has one"),
        ({"ticket_id": [], "price_eur": []}, "there is no ticket"),
        ({"cap_eur": float("nan")}, "cap_eur"),
        ({"max_transfers": [-2]}, "max_transfers"),
    ],
)
def test_fares_that_contradict_themselves_are_refused(changes, message):
    with pytest.raises(DemandError, match=message):
        Fares(**{"ticket_id": ["a"], "price_eur": [1.0], **changes})


def test_fares_for_other_stops_are_refused():
    table, legs = net()
    with pytest.raises(DemandError, match="3 stops, the timetable has 5"):
        journey_fare_eur(sets(table, legs), table, Fares.by_number_of_zones(("1", "1", "2"), (1.0, 2.0)))
    with pytest.raises(DemandError, match=r"expected \(1, 1\)"):
        Fares.by_zone_pair(ZONES, ("1",), np.ones((2, 2)))
