import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.kernels.connections import lay_out_connections, scan_connections
from itas_mobility.kernels.raptor import search_rounds
from itas_mobility.kernels.timetable_arrays import Legs, Sources
from oracles.transit_networks import access, timetable

STOPS = "ABCDEFG"


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 3.0]))
def test_the_scan_agrees_with_the_rounds(seed, slack):
    rng = np.random.default_rng(seed)
    routes = []
    for r in range(rng.integers(1, 6)):
        called = rng.choice(list(STOPS), size=rng.integers(2, 6))
        run = np.cumsum(rng.integers(1, 6, size=len(called)))
        starts = np.sort(rng.integers(0, 40, size=rng.integers(0, 6)))
        trips = [(f"{r}.{i}", [(int(s + t), int(s + t)) for t in run]) for i, s in enumerate(starts)]
        routes.append((f"r{r}", f"{r}", called.tolist(), trips))
    walks = {(int(a), int(b)): float(rng.integers(0, 9)) for a, b in rng.integers(0, 7, size=(6, 2)) if a != b}
    legs = access(1, 7, [], [(*pair, time) for pair, time in walks.items()])
    table = timetable(STOPS, routes)
    object.__setattr__(table, "may_board", rng.random(len(table.stop)) < 0.8)
    object.__setattr__(table, "may_alight", rng.random(len(table.stop)) < 0.8)
    object.__setattr__(table, "change_s", rng.choice([0.0, 4.0], size=7))
    index = index_timetable(table, legs)
    sources = Sources(rng.integers(0, 7, size=2).astype(np.int32), rng.integers(0, 20, size=2).astype(float))
    none = Legs(np.zeros(8, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0), 0)
    # no journey that is of use has more rides than there are trips
    ride, *_ = search_rounds(sources, np.inf, max(table.n_trips, 1), slack, index.table, none)
    scanned = scan_connections(sources, slack, table.n_trips, lay_out_connections(index.table), index.walks)
    np.testing.assert_array_equal(scanned, ride[-1])
