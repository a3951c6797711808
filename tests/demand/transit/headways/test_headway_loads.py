import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import JourneyWeights, TravelWindow
from itas_mobility.demand.transit import assign_transit, skim_transit
from itas_mobility.errors import DemandError
from oracles.transit_networks import access, network, od, zones

OPTIONS = {"window": TravelWindow(6 * 3600.0, 8 * 3600.0), "weights": JourneyWeights(transfer_penalty_s=120.0)}
STOPS = "PQRSTU"


@st.composite
def cases(draw):
    """Random lines over six stops, four zones, trips between them."""
    patterns = []
    for i in range(draw(st.integers(1, 5))):
        called = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
        run = draw(st.lists(st.integers(60, 900).map(float), min_size=len(called) - 1, max_size=len(called) - 1))
        patterns.append((f"p{i}", f"{i % 3}", called, run, draw(st.sampled_from([300.0, 600.0, 1200.0, np.inf]))))
    leg = st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 600).map(float))
    legs = draw(st.lists(leg, min_size=2, max_size=10, unique_by=lambda x: x[:2]))
    change = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 300).map(float)).filter(
        lambda x: x[0] != x[1]
    )
    transfers = draw(st.lists(change, max_size=5, unique_by=lambda x: x[:2]))
    trips = draw(st.lists(st.integers(0, 50), min_size=16, max_size=16))
    pairs = {divmod(i, 4): float(t) for i, t in enumerate(trips)}
    return network(STOPS, patterns), access(4, 6, legs, transfers), od(4, pairs)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_persons_are_conserved_on_every_pattern(case):
    transit, legs, trips = case
    loads = assign_transit(transit, legs, trips, **OPTIONS)
    skims = skim_transit(transit, legs, zones(4), **OPTIONS)
    for i in range(transit.n_patterns):
        calls = slice(transit.stop_ptr[i], transit.stop_ptr[i + 1])
        on_board = np.cumsum(loads.boardings[calls] - loads.alightings[calls])
        np.testing.assert_allclose(loads.volume[calls], on_board, atol=1e-9)
        assert loads.volume[calls][-1] == 0
        assert loads.alightings[calls][0] == 0
    served = np.isfinite(skims["boardings"])
    assert loads.unassigned_trips == pytest.approx(trips.trips[~served].sum())
    assert loads.assigned_trips + loads.unassigned_trips == pytest.approx(trips.total)
    assert loads.boardings.sum() == pytest.approx((trips.trips[served] * skims["boardings"][served]).sum())
    assert loads.volume @ transit.run_time_s == pytest.approx(
        (trips.trips[served] * skims["in_vehicle_s"][served]).sum()
    )
    assert (skims["boardings"][served] >= 1 - 1e-12).all()
    assert loads.boardings_by_line()["boardings"].sum() == pytest.approx(loads.boardings.sum())


def town(fast_s=1200.0):
    """Line 1 and its rival 2 along P-Q-R, feeder 3 from S to P."""
    patterns = [
        ("1:0", "1", ["P", "Q", "R"], [300.0, 300.0], fast_s),
        ("2:0", "2", ["P", "R"], [650.0], 900.0),
        ("3:0", "3", ["S", "P"], [200.0], 600.0),
    ]
    legs = [(0, 0, 60.0), (1, 2, 60.0), (2, 3, 60.0)]
    return network("PQRS", patterns), access(3, 4, legs), od(3, {(0, 1): 100.0, (2, 1): 40.0})


def boardings(transit, legs, trips):
    return assign_transit(transit, legs, trips, **OPTIONS).boardings_by_line().set_index("line")["boardings"]


def test_halving_a_headway_raises_the_lines_boardings_and_removing_it_lowers_them():
    base = boardings(*town())
    halved = boardings(*town(600.0))
    removed = boardings(*town(np.inf))
    assert halved["1"] > base["1"] > removed["1"] == 0
    assert halved["2"] < base["2"] < removed["2"]
    assert base["3"] == halved["3"] == removed["3"] == pytest.approx(40.0)


def test_times_fall_with_a_halved_headway():
    transit, legs, _ = town()
    better, _, _ = town(600.0)
    base, halved = (skim_transit(t, legs, zones(3), **OPTIONS) for t in (transit, better))
    assert halved["perceived_s"][0, 1] < base["perceived_s"][0, 1]


def test_loads_are_read_only_and_tell_stops():
    loads = assign_transit(*town(), **OPTIONS)
    with pytest.raises(ValueError, match="read-only"):
        loads.volume[0] = 1
    table = loads.to_dataframe()
    assert list(table.columns) == [
        "pattern_id", "line", "mode", "position", "stop_id", "stop_name", "volume", "boardings", "alightings",
    ]  # fmt: skip
    assert table.query("line == '1'")["stop_id"].tolist() == ["P", "Q", "R"]
    assert table.query("line == '1'")["position"].tolist() == [0, 1, 2]
    assert "assigned" in loads._repr_html_()


def test_trips_of_other_zones_are_refused():
    transit, legs, _ = town()
    with pytest.raises(DemandError, match="zones"):
        assign_transit(transit, legs, od(2, {(0, 1): 1.0}), **OPTIONS)
