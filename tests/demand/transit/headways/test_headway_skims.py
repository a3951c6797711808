import json
from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import AccessMode, HeadwayWaits, JourneyWeights, TransitMode, TravelWindow
from itas_mobility.demand.transit import assign_transit, skim_transit
from itas_mobility.errors import DemandError
from itas_mobility.network.transit import timetable_from_headways
from oracles.transit_networks import access, network, od, zones

PERIOD = TravelWindow(6 * 3600.0, 8 * 3600.0)
PLAIN = {
    "weights": JourneyWeights(1.0, 1.0, 0.0), "window": PERIOD, "waits": HeadwayWaits(plans_ahead=False),
}  # fmt: skip
"""Nobody plans ahead: the model of the paper."""


@pytest.fixture(scope="module")
def paper(shared_data):
    """The example of Spiess & Florian (1989): the kit's case, its network and one zone at each stop."""
    case = json.loads((shared_data / "kit" / "numbers" / "transit_spiess_florian.json").read_text())
    patterns = []
    for given in case["lines"]:
        segments = given["segments"]
        stops = [segments[0][0], *(s[1] for s in segments)]
        patterns.append(
            (given["line"], given["line"], stops, [60.0 * s[2] for s in segments], 60.0 * given["headway_min"])
        )
    names = ["A", "X", "Y", "B"]
    return case["expected"], network(names, patterns), access(4, 4, [(i, i, 0.0) for i in range(4)]), names


def test_the_paper_gives_27_75_minutes(paper):
    expected, transit, legs, names = paper
    skims = skim_transit(transit, legs, zones(4), **PLAIN)
    to_b = skims["time_s"][:, 3] / 60
    for stop in ("A", "X", "Y"):
        assert to_b[names.index(stop)] == pytest.approx(expected["node_time_min"][stop], abs=1e-6)
    assert to_b[0] == pytest.approx(27.75, abs=1e-9)
    assert skims["wait_s"][0, 3] / 60 == pytest.approx(expected["total_wait_min"], abs=1e-9)
    assert skims["in_vehicle_s"][0, 3] / 60 == pytest.approx(expected["in_vehicle_min"], abs=1e-9)
    assert skims["boardings"][0, 3] == pytest.approx(1 + expected["transfers"], abs=1e-9)
    np.testing.assert_allclose(skims["perceived_s"], skims["time_s"], rtol=1e-12)


def test_the_paper_volumes_and_boardings(paper):
    expected, transit, legs, _ = paper
    loads = assign_transit(transit, legs, od(4, {(0, 3): 1.0}), **PLAIN).to_dataframe()
    follower = loads.groupby("line")["stop_id"].shift(-1)
    volume = {f"{r.line} {r.stop_id}-{f}": r.volume for r, f in zip(loads.itertuples(), follower, strict=True)}
    for segment, value in expected["segment_volumes"].items():
        assert volume[segment] == pytest.approx(value, abs=1e-9), segment
    boardings = {f"{r.line}@{r.stop_id}": r.boardings for r in loads.itertuples()}
    for place, value in expected["boardings"].items():
        assert boardings[place] == pytest.approx(value, abs=1e-9), place
    assert sum(boardings.values()) == pytest.approx(1.5, abs=1e-9)


def line_pair(headway_s=600.0, rival_s=600.0):
    """Two zones, a fast line and a slower rival between the same stops; 120 s walk at either end."""
    patterns = [("fast", "1", ["P", "Q"], [900.0], headway_s), ("slow", "2", ["P", "Q"], [1000.0], rival_s)]
    return network(["P", "Q"], patterns), access(2, 2, [(0, 0, 120.0), (1, 1, 120.0)])


def test_one_line_by_hand():
    transit, legs = line_pair(headway_s=600.0, rival_s=np.inf)
    skims = skim_transit(
        transit, legs, zones(2), window=PERIOD, weights=JourneyWeights(1.5, 2.0, 240.0), waits=PLAIN["waits"]
    )
    assert {name: m[0, 1] for name, m in skims.items()} == pytest.approx(
        {
            "walk_s": 240.0, "wait_s": 300.0, "in_vehicle_s": 900.0, "time_s": 1440.0, "boardings": 1.0,
            "adaptation_s": 0.0, "perceived_s": 1.5 * 240 + 2 * 300 + 900,
        }
    )  # fmt: skip
    assert all(np.isinf(m[1, 0]) and np.isinf(m[0, 0]) for m in skims.values())


def test_combined_wait_and_share_of_two_lines():
    transit, legs = line_pair(headway_s=600.0, rival_s=1200.0)
    skims = skim_transit(transit, legs, zones(2), **PLAIN)
    assert skims["wait_s"][0, 1] == pytest.approx(0.5 / (1 / 600 + 1 / 1200))
    loads = assign_transit(transit, legs, od(2, {(0, 1): 30.0}), **PLAIN)
    assert loads.boardings_by_line().set_index("line")["boardings"].to_dict() == pytest.approx({"1": 20.0, "2": 10.0})


def test_the_factor_scales_waits():
    transit, legs = line_pair(headway_s=7200.0, rival_s=np.inf)
    waits = HeadwayWaits(wait_factor=0.25, plans_ahead=False)
    assert skim_transit(transit, legs, zones(2), **{**PLAIN, "waits": waits})["wait_s"][0, 1] == 1800.0


def test_pairs_that_are_not_wanted_are_left_out_and_the_others_stay():
    transit = network(["P", "Q", "R"], [("a", "1", ["P", "Q", "R"], [300.0, 300.0], 600.0)])
    legs = access(3, 3, [(k, k, 60.0) for k in range(3)])
    everything = skim_transit(transit, legs, zones(3), **PLAIN)
    wanted = np.zeros((3, 3), dtype=bool)
    wanted[0, 2] = True
    for name, some in skim_transit(transit, legs, zones(3), pairs=wanted, **PLAIN).items():
        assert some[0, 2] == everything[name][0, 2]
        assert np.isinf(some[~wanted]).all()


def test_boardings_of_shuttles_are_counted_where_there_are_any():
    """The works bus is taken alone, or after the bus."""
    patterns = [("a", "1", ["P", "Q"], [300.0], 600.0), ("w", "W", ["Q", "R"], [300.0], 600.0)]
    transit, legs = network(["P", "Q", "R"], patterns), access(3, 3, [(k, k, 60.0) for k in range(3)])
    assert "shuttle_boardings" not in skim_transit(transit, legs, zones(3), **PLAIN)
    with_shuttle = replace(transit, mode=[TransitMode.BUS, TransitMode.SHUTTLE])
    found = skim_transit(with_shuttle, legs, zones(3), **PLAIN)["shuttle_boardings"]
    assert found[[0, 0, 1], [1, 2, 2]].tolist() == pytest.approx([0.0, 1.0, 1.0])
    trips = timetable_from_headways(with_shuttle)
    on_trips = skim_transit(trips, legs, zones(3), window=PERIOD)["shuttle_boardings"]
    assert on_trips[[0, 0, 1], [1, 2, 2]].tolist() == pytest.approx([0.0, 1.0, 1.0])
    assert "shuttle_boardings" not in skim_transit(timetable_from_headways(transit), legs, zones(3), window=PERIOD)


def test_the_drive_to_a_stop_is_told_apart():
    transit = network(["P", "Q"], [("a", "1", ["P", "Q"], [300.0], 600.0)])
    legs = access(2, 2, [(0, 0, 90.0), (1, 1, 60.0)])
    driven = replace(legs, mode=[AccessMode.CAR, AccessMode.WALK], is_home_only=[True, False])
    found = skim_transit(transit, driven, zones(2), **PLAIN)
    assert (found["car_access_s"][0, 1], found["walk_s"][0, 1]) == (90.0, 150.0)
    assert "car_access_s" not in skim_transit(transit, legs, zones(2), **PLAIN)


def test_a_walk_through_a_stop_is_no_journey():
    # both zones touch stop P; nothing leads from P to Q's zone but a ride and back
    transit = network(["P", "Q"], [("go", "1", ["P", "Q"], [300.0], 600.0)])
    legs = access(2, 2, [(0, 0, 60.0), (1, 0, 60.0)], [(0, 1, 30.0)])
    assert np.isinf(skim_transit(transit, legs, zones(2), **PLAIN)["time_s"]).all()


def test_the_transfer_penalty_counts_transfers_not_boardings():
    transit = network(["P", "Q", "R"], [("a", "1", ["P", "Q"], [300.0], 600.0), ("b", "2", ["Q", "R"], [300.0], 600.0)])
    legs = access(3, 3, [(0, 0, 0.0), (1, 1, 0.0), (2, 2, 0.0)])
    skims = skim_transit(
        transit, legs, zones(3), window=PERIOD, weights=JourneyWeights(1.0, 1.0, 200.0), waits=PLAIN["waits"]
    )
    assert skims["perceived_s"][0, 1] - skims["time_s"][0, 1] == pytest.approx(0.0)
    assert skims["perceived_s"][0, 2] - skims["time_s"][0, 2] == pytest.approx(200.0)
    assert skims["boardings"][0, 2] == pytest.approx(2.0)


def test_headways_are_averaged_over_the_period():
    bands = [(5 * 3600.0, 7 * 3600.0), (7 * 3600.0, 20 * 3600.0)]
    transit = network(["P", "Q"], [("a", "1", ["P", "Q"], [300.0], [600.0, 1200.0])], bands=bands)
    legs = access(2, 2, [(0, 0, 0.0), (1, 1, 0.0)])
    # 6 departures in the first hour and 3 in the second: 9 in 7200 s
    assert skim_transit(transit, legs, zones(2), **PLAIN)["wait_s"][0, 1] == pytest.approx(400.0)
    night = {**PLAIN, "window": TravelWindow(21 * 3600.0, 22 * 3600.0)}
    assert np.isinf(skim_transit(transit, legs, zones(2), **night)["time_s"]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": TravelWindow(-60.0, 3600.0)}, "period -60 .. 3600"),
    ],
)
def test_options_out_of_range_are_refused(change, message):
    transit, legs = line_pair()
    with pytest.raises(DemandError, match=message):
        skim_transit(transit, legs, zones(2), **{**PLAIN, **change})
    with pytest.raises(DemandError, match=message):
        assign_transit(transit, legs, od(2, {(0, 1): 1.0}), **{**PLAIN, **change})


def test_nouns_that_do_not_fit_are_refused():
    transit, legs = line_pair()
    with pytest.raises(DemandError, match="3"):
        skim_transit(transit, legs, zones(3), **PLAIN)
    with pytest.raises(DemandError, match="stops"):
        skim_transit(transit, access(2, 3, [(0, 0, 1.0)]), zones(2), **PLAIN)


def test_nobody_boards_or_alights_where_the_line_forbids_it():
    """P - Q - R: who may not get off at Q must ride to R, who may not get on at Q has no way."""
    lines = network(["P", "Q", "R"], [("one", "1", ["P", "Q", "R"], [300.0, 300.0], 600.0)])
    legs = access(3, 3, [(k, k, 60.0) for k in range(3)])
    everywhere = skim_transit(lines, legs, zones(3), **PLAIN)["time_s"]
    assert np.isfinite(everywhere[0, 1:]).all()
    assert np.isfinite(everywhere[1, 2])
    through = replace(lines, may_board=[True, False, True], may_alight=[True, False, True])
    found = skim_transit(through, legs, zones(3), **PLAIN)["time_s"]
    assert found[0, 2] == everywhere[0, 2]
    assert np.isinf(found[0, 1])
    assert np.isinf(found[1, 2])
    loads = assign_transit(through, legs, od(3, {(0, 1): 5.0, (1, 2): 5.0, (0, 2): 5.0}), **PLAIN)
    assert loads.assigned_trips == pytest.approx(5.0)
    assert loads.boardings.tolist() == pytest.approx([5.0, 0.0, 0.0])
    assert loads.alightings.tolist() == pytest.approx([0.0, 0.0, 5.0])
