"""Travel times of a window between zones, against one search per moment and zone."""

import numba
import numpy as np
import pytest

from itas_mobility.core import SearchLimits, TravelWindow
from itas_mobility.demand.transit import journeys, skim_timetable
from itas_mobility.errors import DemandError
from oracles.transit_networks import access, timetable, zones

STOPS = "ABCDEFGH"


def random_case(seed):
    rng = np.random.default_rng(seed)
    routes = []
    for r in range(7):
        called = rng.choice(list(STOPS), size=4, replace=False)
        run = np.cumsum(rng.integers(60, 400, size=4))
        starts = np.sort(rng.choice(np.arange(0, 7200, 30), size=rng.integers(1, 9), replace=False))
        trips = [(f"{r}.{i}", [(int(s + t), int(s + t)) for t in run]) for i, s in enumerate(starts)]
        routes.append((f"r{r}", f"{r}", list(called), trips))
    walks = [(int(a), int(b), float(rng.integers(30, 200))) for a, b in rng.integers(0, 8, size=(6, 2)) if a != b]
    legs = [(z, int(s), float(rng.integers(20, 300))) for z in range(6) for s in rng.choice(8, 2, replace=False)]
    legs = [leg for leg in legs if leg[0] != 5]  # the last zone has no stop
    return timetable(STOPS, routes), access(6, 8, legs, sorted({w[:2]: w for w in walks}.values()))


@pytest.mark.parametrize("arrive_by", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_statistics_are_those_of_one_search_per_moment(seed, arrive_by):
    table, legs = random_case(seed)
    options = {"max_transfers": 2, "min_transfer_s": 30.0}
    window = TravelWindow(1800.0, 3600.0, arrive_by)
    limits = SearchLimits(max_journey_s=3000.0, **options)
    found = skim_timetable(table, legs, zones(6), window=window, percentiles=(10, 50, 90), limits=limits)
    moments = np.arange(1830.0, 3600.0, 60.0)
    assert len(moments) == 30
    n_reached = 0
    for first in range(6):
        for last in range(6):
            if first == last:
                assert found["time_s"][first, last] == found["time_p90_s"][first, last] == 0.0
                assert found["reached_share"][first, last] == 1.0
                continue
            times, transfers = [], []
            for moment in moments:
                when = {"arrive_s": moment} if arrive_by else {"depart_s": moment}
                told = journeys(table, legs, from_zone=first, to_zone=last, **when, **options)
                time = (moment - told[-1].depart_s if arrive_by else told[-1].arrive_s - moment) if told else np.inf
                times.append(time if time <= 3000.0 else np.inf)
                transfers += [told[-1].transfers] if time <= 3000.0 else []
            here = (first, last)
            n_reached += np.isfinite(times).sum()
            assert found["reached_share"][here] == np.isfinite(times).mean()
            assert found["least_time_s"][here] == min(times)
            np.testing.assert_allclose(found["time_s"][here], np.mean(times), rtol=1e-12)
            for share in (10, 50, 90):
                expected = sorted(times)[int(np.ceil(share / 100 * len(times))) - 1]
                assert found[f"time_p{share}_s"][here] == expected
            np.testing.assert_allclose(found["transfers"][here], np.mean(transfers) if transfers else np.inf)
    assert n_reached > 50


def test_results_do_not_depend_on_threads():
    table, legs = random_case(1)
    results = []
    for n in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(n)
        results.append(skim_timetable(table, legs, zones(6), window=TravelWindow(0.0, 3600.0)))
    assert list(results[0]) == ["time_s", "least_time_s", "time_p50_s", "transfers", "reached_share"]
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": TravelWindow(0.0, 60.0, extra_s=(0.0, 0.0))}, "extra_s: only for verbs that know wishes"),
        ({"percentiles": (101.0,)}, "percentiles"),
        ({"percentiles": (50.0, 50.0)}, "each once"),
        ({"step_s": 0.0}, "step_s"),
        ({"zones": 5}, "6 zones, there are 5"),
    ],
)
def test_options_that_make_no_sense_are_named(options, message):
    table, legs = random_case(0)
    n = options.pop("zones", 6)
    with pytest.raises(DemandError, match=message):
        skim_timetable(table, legs, zones(n), **{"window": TravelWindow(0.0, 60.0), **options})
