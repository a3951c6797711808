"""From tags to links: capacities at signals, times of ferries, who may only begin or end a trip, what is counted."""

import pytest

from itas_mobility.core import Access, Mode, RoadClass, VdfKind
from itas_mobility.network import LinkDefaults, read_osm, read_osm_modes
from itas_mobility.network.tags import SHORT_LINK_M
from network.osm_text import node_id, write_osm

MAIN = {"highway": "primary"}
SIGNAL = {"highway": "traffic_signals"}
FREE, HELD = 1500.0, 1000.0


def capacities(roads):
    """Capacity of each link by the letters of its ends."""
    letter = {node_id(chr(k)): chr(k) for k in range(ord("a"), ord("z") + 1)}
    return {
        letter[int(roads.node_id[tail])] + letter[int(roads.node_id[head])]: float(capacity)
        for tail, head, capacity in zip(roads.tail, roads.head, roads.capacity_veh_per_h, strict=True)
    }


CROSS = ["  a  ", "     ", "b c d", "     ", "  e  "]


def test_a_signal_takes_capacity_from_the_links_that_run_into_it(tmp_path):
    path = write_osm(tmp_path, CROSS, [("acb", MAIN), ("dce", MAIN)], node_tags={"c": SIGNAL})
    found = capacities(read_osm(path))
    assert found == {f"{x}c": HELD for x in "abde"} | {f"c{x}": FREE for x in "abde"}


def test_a_signal_of_one_direction_takes_capacity_there_only(tmp_path):
    signal = {**SIGNAL, "traffic_signals:direction": "forward"}
    path = write_osm(tmp_path, CROSS, [("acb", MAIN), ("dce", MAIN)], node_tags={"c": signal})
    found = capacities(read_osm(path))
    assert {pair for pair, capacity in found.items() if capacity == HELD} == {"ac", "dc"}


def test_a_signal_before_the_junction_holds_up_those_who_come_and_not_those_who_leave(tmp_path):
    # a stop line at s, 100 m before the junction c at the end of a long road
    drawing = ["a  sc", "    d"]
    ways = [("asc", MAIN), ("cd", MAIN)]
    path = write_osm(tmp_path, drawing, ways, node_tags={"s": {**SIGNAL}})
    found = read_osm(path, simplify=False)
    assert capacities(found)["as"] == HELD
    roads = read_osm(write_osm(tmp_path, [*drawing, "    e"], [*ways, ("de", MAIN)], node_tags={"s": SIGNAL}))
    found = capacities(roads)
    assert found["ac"] == HELD
    # 100 m are more than the width of a junction, so the signal also holds up the other direction
    assert SHORT_LINK_M < 100.0
    assert found["ca"] == HELD
    assert found["ce"] == found["ec"] == FREE


def close_to_junction(tmp_path, tags, *, oneway=False):
    """A road of 100 m with a signal 10 m from its end c."""
    path = tmp_path / "close.osm"
    degrees = 100.0 / 6371008.8 * 57.29577951308232
    inner = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    way = '<tag k="oneway" v="yes"/>' if oneway else ""
    path.write_text(
        '<osm version="0.6"><node id="1001" lat="50" lon="12"/>'
        f'<node id="1019" lat="{50 + 0.9 * degrees}" lon="12">{inner}</node>'
        f'<node id="1003" lat="{50 + degrees}" lon="12"/>'
        f'<way id="1"><nd ref="1001"/><nd ref="1019"/><nd ref="1003"/><tag k="highway" v="primary"/>{way}</way></osm>',
        encoding="utf-8",
    )
    return capacities(read_osm(path, keep="all"))


def test_the_signal_of_the_junction_a_link_leaves_does_not_hold_it_up(tmp_path):
    assert close_to_junction(tmp_path, SIGNAL) == {"ac": HELD, "ca": FREE}
    assert close_to_junction(tmp_path, SIGNAL, oneway=True) == {"ac": HELD}
    both = {**SIGNAL, "traffic_signals:direction": "both"}
    assert close_to_junction(tmp_path, both) == {"ac": HELD, "ca": HELD}
    backward = {**SIGNAL, "traffic_signals:direction": "backward"}
    assert close_to_junction(tmp_path, backward) == {"ac": FREE, "ca": HELD}


def test_a_short_link_between_two_signals_of_one_junction_is_not_throttled_twice(tmp_path):
    path = tmp_path / "wide.osm"
    degrees = 20.0 / 6371008.8 * 57.29577951308232
    nodes = "".join(
        f'<node id="{node}" lat="{50 + k * degrees}" lon="{lon}">{inner}</node>'
        for node, k, lon, inner in (
            (1001, 0, 12, ""),
            (1002, 10, 12, '<tag k="highway" v="traffic_signals"/>'),
            (1003, 11, 12, '<tag k="highway" v="traffic_signals"/>'),
            (1004, 21, 12, ""),
            (1005, 10, 12.01, ""),
            (1006, 11, 12.01, ""),
        )
    )
    ways = "".join(
        f'<way id="{number}">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}'
        '<tag k="highway" v="primary"/></way>'
        for number, refs in enumerate(((1001, 1002, 1003, 1004), (1002, 1005), (1003, 1006)), start=1)
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    found = capacities(read_osm(path))
    assert found["ab"] == found["dc"] == found["eb"] == HELD
    assert found["bc"] == found["cb"] == FREE


def test_signals_for_people_who_cross_take_nothing_and_are_counted(tmp_path):
    crossing = {"highway": "crossing", "crossing": "traffic_signals"}
    path = write_osm(
        tmp_path, CROSS, [("acb", MAIN), ("dce", MAIN)], node_tags={"c": crossing, "a": {"highway": "stop"}}
    )
    roads = read_osm(path)
    assert set(capacities(roads).values()) == {FREE}
    assert roads.report.counts["nodes where signals let people cross"] == 1
    assert roads.report.counts["nodes with a stop sign"] == 1
    assert "nodes with traffic signals" not in roads.report.counts


def test_signals_count_and_hold_up_no_bicycles(tmp_path):
    path = write_osm(tmp_path, CROSS, [("acb", MAIN), ("dce", MAIN)], node_tags={"c": SIGNAL})
    roads = read_osm_modes(path, ("car", "bike"))
    assert roads["car"].report.counts["nodes with traffic signals"] == 1
    assert roads["car"].report.counts["links held up by traffic signals"] == 4
    assert set(capacities(roads["bike"]).values()) == {float("inf")}


def test_users_override_capacity_green_and_volume_delay(tmp_path):
    own = LinkDefaults(1800, 50, 70, green_share=0.25, vdf_alpha=0.5, vdf=VdfKind.CONICAL)
    path = write_osm(tmp_path, CROSS, [("acb", MAIN), ("dce", MAIN)], node_tags={"c": SIGNAL})
    roads = read_osm(path, link_defaults={RoadClass.PRIMARY: own})
    assert set(capacities(roads).values()) == {1800.0, 500.0}
    assert set(roads.vdf.tolist()) == {int(VdfKind.CONICAL)}
    assert set(roads.vdf_alpha.tolist()) == {0.5}


def test_bus_lanes_carry_buses_and_no_cars(tmp_path):
    path = write_osm(tmp_path, ["ab"], [("ab", {**MAIN, "lanes": "4", "lanes:bus": "2"})])
    roads = read_osm_modes(path, ("car", "bus"))
    assert roads["car"].lanes.tolist() == [1.0, 1.0]
    assert roads["bus"].lanes.tolist() == [2.0, 2.0]


def test_destination_only_is_told_by_mode_and_direction(tmp_path):
    ways = [("ab", {**MAIN, "motor_vehicle:forward": "destination"}), ("bc", {**MAIN, "hgv": "delivery"})]
    roads = read_osm_modes(write_osm(tmp_path, ["abc"], ways), ("car", "hgv", "bike"))

    def only(mode):
        network = roads[mode]
        return {
            pair
            for pair, access in zip(capacities(network), network.access, strict=True)
            if access == Access.DESTINATION
        }

    assert only("car") == {"ab"}
    assert only("hgv") == {"ab", "bc", "cb"}
    assert only("bike") == set()


def test_a_ferrys_time_is_shared_out_by_length(tmp_path):
    ferry = {"route": "ferry", "duration": "00:10", "motor_vehicle": "yes"}
    # the second street meets the ferry after one of its three hundred metres
    ways = [("ab", MAIN), ("bcde", ferry), ("ef", MAIN), ("cg", {**MAIN})]
    path = write_osm(tmp_path, ["abcdef", "  g"], ways)
    for mode in ("car", "bike", "walk"):
        roads = read_osm(path, mode=mode)
        afloat = roads.road_class == RoadClass.FERRY
        assert sorted(roads.free_time_s[afloat]) == pytest.approx([200, 200, 400, 400], rel=1e-3)
        assert roads.free_speed_km_per_h[afloat] == pytest.approx(0.3 / (10 / 60), rel=1e-3)


def test_a_ferry_without_a_time_has_a_stated_speed_and_needs_a_tag_for_cars(tmp_path):
    path = write_osm(tmp_path, ["abcd"], [("ab", MAIN), ("bc", {"route": "ferry"}), ("cd", MAIN)])
    roads = read_osm_modes(path, ("car", "bike", "pedelec", "walk"), keep="all")
    assert RoadClass.FERRY not in roads["car"].road_class
    for mode in ("bike", "pedelec", "walk"):
        afloat = roads[mode].road_class == RoadClass.FERRY
        assert roads[mode].free_speed_km_per_h[afloat].tolist() == [10.0, 10.0]


def test_pedelecs_go_where_bicycles_go_and_faster(tmp_path):
    ways = [("ab", {"highway": "cycleway"}), ("bc", {**MAIN, "bicycle": "no"})]
    path = write_osm(tmp_path, ["abc"], ways)
    bike, pedelec = (read_osm(path, mode=mode) for mode in ("bike", "pedelec"))
    assert pedelec.mode is Mode.PEDELEC
    assert pedelec.link_key.tolist() == bike.link_key.tolist()
    assert (pedelec.free_time_s < bike.free_time_s).all()


def test_what_links_do_not_show_is_counted(tmp_path):
    ways = [
        ("ab", {**MAIN, "motor_vehicle:conditional": "no @ (22:00-06:00)", "toll": "yes"}),
        ("bc", {**MAIN, "access:conditional": "no @ winter"}),
        ("cd", {**MAIN, "maxspeed:conditional": "30 @ wet"}),
        ("de", {"highway": "construction", "toll": "yes"}),
    ]
    counts = read_osm(write_osm(tmp_path, ["abcde"], ways)).report.counts
    assert counts["ways with access that depends on time or condition"] == 2
    assert counts["ways with a speed limit that depends on time or condition"] == 1
    assert counts["ways with a toll"] == 1


def test_an_elevator_takes_time_and_not_length(tmp_path):
    ways = [("ab", {"highway": "footway"}), ("bc", {"highway": "elevator"}), ("cd", {"highway": "footway"})]
    roads = read_osm(write_osm(tmp_path, ["abcd"], ways), mode="walk", simplify=False)
    times = dict(zip(capacities(roads), roads.free_time_s.tolist(), strict=True))
    assert times["bc"] == times["cb"] == 40.0
    assert times["ab"] == pytest.approx(100 / 1.3417, rel=1e-3)
