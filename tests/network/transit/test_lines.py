from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from itas_mobility import regions
from itas_mobility.core import TransitMode
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm_lines
from itas_mobility.network.transit import timetable_from_headways, timetables_from_headways
from itas_mobility.network.transit.headways import (
    DEFAULT_BANDS,
    DEFAULT_HEADWAYS_MIN,
    SATURDAY_HEADWAYS_MIN,
    SUNDAY_HEADWAYS_MIN,
    bands_for,
    headways_s,
    parse_hours,
    parse_interval_s,
    parse_service,
)
from itas_mobility.network.transit.run_times import (
    ACCELERATION_M_PER_S2,
    COMMERCIAL_SPEED_KM_PER_H,
    DWELL_S,
    FASTEST_KM_PER_H,
    SHARE_OF_LIMIT,
)
from network.osm_text import node_id, write_osm

INF = float("inf")
STREET = {"highway": "residential"}
STOP = {"public_transport": "stop_position"}


def stops(letters, role="stop"):
    return [("node", node_id(letter), role) for letter in letters]


def bus(**more):
    return {"type": "route", "route": "bus", "ref": "10", **more}


def names(lines, pattern):
    part = slice(lines.stop_ptr[pattern], lines.stop_ptr[pattern + 1])
    return "".join(chr(int(s[1:]) - 1001 + ord("a")) for s in lines.stop_id[lines.stop[part]])


def test_run_times_follow_the_ways_and_the_speed_of_the_mode(tmp_path):
    # the course goes round the corner: 400 m instead of a beeline of 283 m
    path = write_osm(
        tmp_path,
        ["a b", "   ", "  c"],
        [("abc", STREET)],
        relations=[([*stops("ac"), ("way", 2001, "")], bus(**{"public_transport:version": "2"}))],
    )
    lines = read_osm_lines(path)
    assert lines.n_patterns == 1
    assert lines.distance_m[0] == pytest.approx(400, rel=1e-3)
    assert lines.run_time_s[0] == pytest.approx(400 / (COMMERCIAL_SPEED_KM_PER_H[TransitMode.BUS] / 3.6), rel=1e-3)
    assert lines.run_time_s[1] == 0.0
    assert read_osm_lines(path, speeds_km_per_h={TransitMode.BUS: 12.5}).run_time_s[0] == pytest.approx(
        2 * lines.run_time_s[0]
    )


def test_duration_is_spread_by_length(tmp_path):
    relation = ([*stops("abd"), ("way", 2001, "")], bus(duration="00:08", **{"public_transport:version": "2"}))
    path = write_osm(tmp_path, ["ab  d"], [("abd", STREET)], relations=[relation])
    lines = read_osm_lines(path)
    assert lines.run_time_s == pytest.approx([120.0, 360.0, 0.0], rel=1e-3)


def test_one_relation_of_the_old_scheme_gives_both_directions(tmp_path):
    members = [*stops("a"), *stops("b", "forward:stop"), *stops("c", "backward:stop"), *stops("d")]
    path = write_osm(tmp_path, ["abcd"], [("abcd", STREET)], relations=[([*members, ("way", 2001, "")], bus())])
    lines = read_osm_lines(path)
    assert [names(lines, i) for i in range(2)] == ["abd", "dca"]
    assert lines.pattern_id.tolist() == ["3001", "3001:reverse"]
    assert lines.report.counts["patterns made as the reverse of one relation"] == 1


@pytest.mark.parametrize(
    "tags",
    [{"public_transport:version": "2"}, {"roundtrip": "yes"}, {"oneway": "yes"}],
)
def test_no_reverse_where_it_is_tagged_otherwise(tmp_path, tags):
    path = write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=[(stops("ab"), bus(**tags))])
    assert read_osm_lines(path).n_patterns == 1


def test_no_reverse_where_a_second_relation_is_the_other_direction(tmp_path):
    path = write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=[(stops("ab"), bus()), (stops("ba"), bus())])
    lines = read_osm_lines(path)
    assert [names(lines, i) for i in range(2)] == ["ab", "ba"]


def test_members_without_role_count_when_their_tags_say_stop(tmp_path):
    tags = {letter: {"highway": "bus_stop", "name": letter.upper()} for letter in "ac"}
    relation = ([*stops("abc", ""), ("way", 2001, "forward")], bus(oneway="yes"))
    lines = read_osm_lines(write_osm(tmp_path, ["abc"], [("abc", STREET)], node_tags=tags, relations=[relation]))
    assert names(lines, 0) == "ac"
    assert lines.stop_name.tolist() == ["A", "C"]


PLATFORMS = ["a b c", "d e f"]
NAMES = {
    **{s: {**STOP, "name": n} for s, n in zip("abc", ("One", "Two", "Three"), strict=True)},
    **{s: {"public_transport": "platform", "name": n} for s, n in zip("def", ("One", "Two", "Three"), strict=True)},
}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("a+d+b+e+c+f", "abc"),  # stop and platform in turn
        ("a+b+c+d+e+f", "abc"),  # all stops, then all platforms
        ("a+d+e+c+f", "aec"),  # the stop position of the second is not mapped
        ("a+c+d+e+f", "aec"),  # the same, platforms after
        ("d+e+f", "def"),  # platforms only
        ("a+d+b+e+f", "abf"),
        ("d+b+e+f", "dbf"),
    ],
)
def test_stop_and_platform_are_one_call(tmp_path, order, expected):
    members = [("node", node_id(x), "stop" if x in "abc" else "platform") for x in order.split("+")]
    relation = (members, bus(**{"public_transport:version": "2"}))
    lines = read_osm_lines(write_osm(tmp_path, PLATFORMS, [("abc", STREET)], node_tags=NAMES, relations=[relation]))
    assert names(lines, 0) == expected


def test_platform_ways_stand_at_their_middle(tmp_path):
    relation = ([*stops("a"), ("way", 2002, "platform")], bus(**{"public_transport:version": "2"}))
    platform = {"public_transport": "platform", "name": "Long"}
    path = write_osm(tmp_path, ["a   bc"], [("ab", STREET), ("bc", platform)], relations=[relation])
    lines = read_osm_lines(path)
    row = lines.stop_name.tolist().index("Long")
    assert lines.stop_id[row] == "w2002"
    assert lines.distance_m[0] == pytest.approx(450 * 1.2, rel=0.25)


def test_patterns_with_one_stop_are_dropped_and_counted(tmp_path):
    relations = [(stops("a"), bus(oneway="yes")), (stops("ab"), bus(ref="11", oneway="yes"))]
    lines = read_osm_lines(write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=relations))
    assert lines.line.tolist() == ["11"]
    assert lines.report.counts["patterns with less than two stops"] == 1


def test_a_file_without_lines_is_refused(tmp_path):
    with pytest.raises(NetworkError, match=r"town\.osm: holds no route relation"):
        read_osm_lines(write_osm(tmp_path, ["ab"], [("ab", STREET)]))


def test_headways_from_tags_reach_the_network(tmp_path):
    tags = bus(interval="15", opening_hours="Mo-Fr 05:00-20:00; Sa 06:00-12:00", oneway="yes")
    lines = read_osm_lines(write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=[(stops("ab"), tags)]))
    starts, ends = lines.band_start_s / 3600, lines.band_end_s / 3600
    for start, end, headway in zip(starts, ends, lines.headway_s[0], strict=True):
        assert headway == (900.0 if start >= 5 and end <= 20 else INF)
    assert 0 <= lines.offset_s[0] < 900
    assert lines.offset_s[0] % 60 == 0


def test_variants_without_interval_share_the_headway_of_the_table(tmp_path):
    variants = [(stops("abc"), bus(oneway="yes")) for _ in range(4)]
    path = write_osm(tmp_path, ["abc"], [("abc", STREET)], relations=variants)
    table = {TransitMode.BUS: [30] * len(DEFAULT_BANDS)}
    assert (read_osm_lines(path, headways=table).headway_s == 3600.0).all()
    with pytest.raises(NetworkError, match="positive minutes"):
        read_osm_lines(path, headways={TransitMode.BUS: [30]})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("10", 10), ("10-15", 12.5), ("00:20", 20), ("01:00:00", 60), ("00:07:30", 7.5), ("7.5", 7.5),
        ("weekly", None), ("0", None), ("", None), ("10-", None), ("-10", None), ("10;20", None),
    ],
)  # fmt: skip
def test_intervals(text, minutes):
    assert parse_interval_s(text) == (None if minutes is None else minutes * 60)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mo-Fr 04:30-23:30", [(4.5, 23.5)]),
        ("Sa 06:00-20:00; Mo-Fr 05:00-22:00", [(5, 22)]),
        ("Mo-Su 05:00-01:00", [(5, 25)]),
        ("Mo-Fr 05:00-09:00,14:00-18:00", [(5, 9), (14, 18)]),
        ("05:00-21:00", [(5, 21)]),
        ("24/7", [(0, 24)]),
        ("Mo,We,Fr 05:00-09:00", []),
        ("Fr-Tu 05:00-09:00", [(5, 9)]),
        ("PH 05:00-09:00", []),
        ("by arrangement", None),
    ],
)
def test_service_hours_of_a_working_day(text, hours):
    expected = None if hours is None else tuple((a * 3600.0, b * 3600.0) for a, b in hours)
    assert parse_hours(text) == expected


def test_conditional_intervals_win_inside_their_hours():
    service = parse_service(
        {
            "interval": "10",
            "opening_hours": "Mo-Fr 04:30-23:30",
            "interval:conditional": "30 @ (19:00-23:30); 60 @ (Mo-Fr 04:30-05:30); 5 @ (Sa 10:00-12:00)",
        }
    )
    bands = bands_for([service])
    headway = dict(
        zip(
            [(a / 3600, b / 3600) for a, b in bands],
            headways_s(service, TransitMode.BUS, bands, {TransitMode.BUS: [1.0] * 8}) / 60,
            strict=True,
        )
    )
    assert headway[4.0, 4.5] == INF
    assert headway[4.5, 5.5] == pytest.approx(60)
    assert headway[6.0, 9.0] == pytest.approx(10)
    assert headway[19.0, 21.0] == pytest.approx(30)
    assert headway[23.5, 24.0] == INF
    assert service.not_understood == ()
    assert parse_service({"interval:conditional": "10 @ rush hour"}).not_understood == ("interval:conditional",)
    assert parse_service({"interval": "now and then"}).not_understood == ("interval",)


def test_too_many_changes_move_to_half_hours_but_keep_the_number_of_departures():
    services = [
        parse_service({"interval": "20", "opening_hours": f"Mo-Fr 0{4 + k % 5}:{7 + k:02d}-2{k % 4}:{11 + k:02d}"})
        for k in range(20)
    ]
    bands = bands_for(services)
    edges = np.array([start for start, _ in bands])
    assert (edges % 1800 == 0).all()
    table = {TransitMode.BUS: [60.0] * 8}
    for service in services:
        headway = headways_s(service, TransitMode.BUS, bands, table)
        departures = sum((b - a) / h for (a, b), h in zip(bands, headway, strict=True))
        ((start, end),) = service.spans
        assert departures == pytest.approx((end - start) / 1200.0)


@pytest.mark.shared_data
def test_lines_of_a_real_town(shared_data):
    lines = read_osm_lines(shared_data / "region_badhersfeld" / "badhersfeld.osm.gz")
    counts = lines.report.counts
    assert counts["route relations"] == 57
    assert lines.n_patterns + counts["patterns with less than two stops"] == 57
    assert (lines.mode == TransitMode.TRAIN).sum() >= 2
    assert counts["runs measured by beeline"] == 0
    run = lines.run_time_s[lines.run_time_s > 0]
    assert (run >= 30.0).all()
    moving = lines.distance_m > 0
    speed = lines.distance_m[moving] / lines.run_time_s[moving] * 3.6
    is_train = np.repeat(lines.mode == TransitMode.TRAIN, np.diff(lines.stop_ptr))[moving]
    assert 20 <= np.median(speed[~is_train]) <= 40
    assert speed[~is_train].max() <= 80 * SHARE_OF_LIMIT[TransitMode.BUS]


# ---- route masters, roles, gaps, speed limits, days

V2 = {"public_transport:version": "2"}


def master(*routes, **tags):
    return ([("relation", route, "") for route in routes], {"type": "route_master", "route_master": "bus", **tags})


def test_routes_take_from_their_master_what_they_do_not_say(tmp_path):
    bare = {"type": "route", "route": "bus", **V2}
    relations = [
        (stops("ab"), bare),
        (stops("ba"), {**bare, "ref": "10A", "interval": "40"}),
        (stops("ab"), {**bare, "ref": "11"}),
        master(3001, 3002, ref="10", name="Town line", interval="20", opening_hours="Mo-Fr 06:00-09:00"),
    ]
    lines = read_osm_lines(write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=relations))
    assert lines.line.tolist() == ["10", "10A", "11"]
    assert lines.pattern_name[0] == "Town line"
    band = np.flatnonzero(lines.band_start_s == 6 * 3600.0)[0]
    assert lines.headway_s[:2, band].tolist() == [1200.0, 2400.0]
    assert np.isinf(lines.headway_s[:2, band + 1]).all()
    assert np.isfinite(lines.headway_s[2, band + 1])
    assert (lines.report.counts["route masters"], lines.report.counts["routes of a route master"]) == (1, 2)


def test_variants_of_a_master_share_its_headway(tmp_path):
    bare = {"type": "route", "route": "bus", "opening_hours": "Mo-Fr 06:00-09:00", **V2}
    routes = [(stops(letters), bare) for letters in ("abc", "cba", "ab", "ba")]
    lines = read_osm_lines(
        write_osm(
            tmp_path, ["abc"], [("abc", STREET)], relations=[*routes, master(3001, 3002, 3003, 3004, interval="15")]
        )
    )
    assert np.nanmin(np.where(np.isfinite(lines.headway_s), lines.headway_s, np.nan), axis=1).tolist() == [1800.0] * 4


def test_lines_of_one_name_in_two_towns_do_not_share_a_headway(tmp_path):
    relations = [(stops("ab"), bus(oneway="yes", network=town)) for town in ("East", "East", "West", "West")]
    table = {TransitMode.BUS: [30] * len(DEFAULT_BANDS)}
    path = write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=relations)
    assert (read_osm_lines(path, headways=table).headway_s == 1800.0).all()


@pytest.mark.parametrize(
    ("route", "mode"),
    [("trolleybus", TransitMode.TROLLEYBUS), ("subway", TransitMode.SUBWAY), ("light_rail", TransitMode.LIGHT_RAIL)],
)
def test_vehicles_have_modes_of_their_own(tmp_path, route, mode):
    relation = (stops("ab"), {"type": "route", "route": route, "ref": "1", **V2})
    lines = read_osm_lines(write_osm(tmp_path, ["ab"], [], relations=[relation]))
    assert lines.mode.tolist() == [mode]
    assert np.isfinite(lines.headway_s).any()


def test_who_may_board_and_alight(tmp_path):
    members = [
        *stops("a", "stop_entry_only"), *stops("b", "stop"), *stops("c", "stop_exit_only"), *stops("d", "stop"),
    ]  # fmt: skip
    path = write_osm(tmp_path, ["abcd"], [("abcd", STREET)], relations=[(members, bus())])
    lines = read_osm_lines(path)
    assert [names(lines, i) for i in range(2)] == ["abcd", "dcba"]
    assert lines.may_alight.tolist() == [False, True, True, True, True, False, True, True]
    assert lines.may_board.tolist() == [True, True, False, True, True, True, True, False]
    table = timetable_from_headways(lines)
    np.testing.assert_array_equal(table.may_board, lines.may_board)
    np.testing.assert_array_equal(table.may_alight, lines.may_alight)


def test_a_stop_keeps_what_its_platform_says(tmp_path):
    members = [*stops("a"), *stops("d", "platform_entry_only"), *stops("b"), *stops("e", "platform")]
    path = write_osm(tmp_path, PLATFORMS, [("abc", STREET)], node_tags=NAMES, relations=[(members, bus(**V2))])
    lines = read_osm_lines(path)
    assert names(lines, 0) == "ab"
    assert lines.may_alight.tolist() == [False, True]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["stop:2", "stop:10", "stop:1"], "cab"),  # every stop is numbered
        (["stop:2", "stop", "stop:1"], "abc"),  # one is not: the members' order holds
        (["forward:stop:3", "forward_stop:1", "stop_2"], "bca"),
    ],
)
def test_numbered_roles_give_the_order(tmp_path, roles, expected):
    members = [m for letter, role in zip("abc", roles, strict=True) for m in stops(letter, role)]
    path = write_osm(tmp_path, ["abc"], [("abc", STREET)], relations=[(members, bus(oneway="yes"))])
    assert names(read_osm_lines(path), 0) == expected


def test_doubled_members_are_taken_once_and_counted(tmp_path):
    members = [*stops("aabbb"), ("way", 2001, ""), ("way", 2001, ""), ("way", 2002, "")]
    path = write_osm(tmp_path, ["ab c"], [("ab", STREET), ("bc", STREET)], relations=[(members, bus(**V2))])
    lines = read_osm_lines(path)
    assert names(lines, 0) == "ab"
    counts = lines.report.counts
    assert (counts["stops that stand twice in succession"], counts["ways that stand twice in succession"]) == (3, 1)
    assert lines.distance_m[0] == pytest.approx(100.0, rel=1e-3)
    relation = lines.report.findings[0].field
    assert lines.pattern_id.tolist() == [relation.removeprefix("relation ")]
    assert [finding.severity for finding in lines.report.findings] == ["repair"] * 4
    told = [finding.message.removeprefix(f"{path}: {relation}: ") for finding in lines.report.findings]
    assert told == [
        "way 2001 stands twice in succession; it counts once",
        *(f"stop {stop} stands twice in succession; it counts once" for stop in (lines.stop_id[[0, 1, 1]])),
    ]


GAP = "gaps of the course repaired along other streets or tracks"


@pytest.mark.parametrize(
    ("middle", "repaired", "length"),
    [
        (STREET, 1, 700.0),  # round three sides of a block of 100 m
        ({"highway": "footway"}, 0, 500.0 * 1.2),  # no bus goes there
    ],
)
def test_gaps_are_repaired_along_streets_a_bus_can_use(tmp_path, middle, repaired, length):
    ways = [("ab", STREET), ("bcde", middle), ("ef", STREET)]
    members = [*stops("af"), ("way", 2001, ""), ("way", 2003, "")]
    path = write_osm(tmp_path, ["ab  ef", " c  d"], ways, relations=[(members, bus(**V2))])
    lines = read_osm_lines(path)
    assert lines.report.counts[GAP] == repaired
    assert lines.report.counts["runs measured by beeline"] == 1 - repaired
    assert lines.distance_m[0] == pytest.approx(length, rel=1e-3)


def test_a_tram_is_not_led_along_streets(tmp_path):
    relation = (stops("ac"), {"type": "route", "route": "tram", "ref": "4", **V2})
    for tags, repaired in ((STREET, 0), ({"railway": "tram"}, 1)):
        path = write_osm(tmp_path, ["a b", "", "  c"], [("abc", tags)], relations=[relation])
        assert read_osm_lines(path).report.counts[GAP] == repaired


@pytest.mark.shared_data
def test_the_kit_s_route_with_gaps(shared_data):
    lines = read_osm_lines(shared_data / "kit" / "osm" / "34_bus_route_gaps.osm")
    assert lines.line.tolist() == ["10", "10"]
    assert lines.report.counts["members missing from the file"] == 3
    assert lines.report.counts[GAP] == 2
    assert lines.distance_m[0] == pytest.approx(400.0, rel=1e-3)
    listed = Counter((finding.severity, finding.rule) for finding in lines.report.findings)
    assert listed == {("warning", "members missing from the file"): 3, ("repair", GAP): 2}
    assert all(finding.message.split(": ")[1] == finding.field for finding in lines.report.findings)
    gap = next(finding.message for finding in lines.report.findings if finding.rule == GAP)
    assert "m along other streets or tracks are taken" in gap


def test_speed_limits_and_stops_make_the_run_time(tmp_path):
    members = [*stops("ac"), ("way", 2001, ""), ("way", 2002, "")]
    ways = [("ab", {**STREET, "maxspeed": "30"}), ("bc", {**STREET, "maxspeed": "100"})]
    lines = read_osm_lines(write_osm(tmp_path, ["ab   c"], ways, relations=[(members, bus(**V2))]))
    # 400 m at 80 km/h, the law's limit for buses
    running = (100 / (30 / 3.6) + 400 / (80 / 3.6)) / SHARE_OF_LIMIT[TransitMode.BUS]
    expected = running + DWELL_S[TransitMode.BUS] + 500 / running / ACCELERATION_M_PER_S2[TransitMode.BUS]
    assert lines.run_time_s[0] == pytest.approx(expected, rel=1e-3)
    half = write_osm(tmp_path, ["ab   c"], [ways[0], ("bc", STREET)], relations=[(members, bus(**V2))], name="half.osm")
    # of the part without a limit the commercial speed knows the stops already
    share = SHARE_OF_LIMIT[TransitMode.BUS]
    stop = DWELL_S[TransitMode.BUS] + 30 / 3.6 * share / ACCELERATION_M_PER_S2[TransitMode.BUS]
    mixed = 12 / share + 400 / (25 / 3.6) + stop / 5
    assert read_osm_lines(half).run_time_s[0] == pytest.approx(mixed, rel=1e-3)
    # a speed that is given holds in spite of limits
    given = read_osm_lines(half, speeds_km_per_h={TransitMode.BUS: 18.0})
    assert given.run_time_s[0] == pytest.approx(100.0, rel=1e-3)


def test_run_times_from_a_table(tmp_path):
    relations = [(stops("abd"), bus(duration="00:30", **V2)), (stops("dba"), bus(**V2))]
    path = write_osm(tmp_path, ["ab  d"], [("abd", STREET)], relations=relations)
    lines = read_osm_lines(path, run_times_min={"10": 6.0, "3002": 9.0})
    assert lines.run_time_s == pytest.approx([90, 270, 0, 405, 135, 0], rel=1e-3)
    with pytest.raises(NetworkError, match=r"run_times_min: .*town\.osm has no line or pattern '77'"):
        read_osm_lines(path, run_times_min={"77": 6.0})
    with pytest.raises(NetworkError, match=r"run_times_min\['10'\]: 0 must be positive"):
        read_osm_lines(path, run_times_min={"10": 0})


@pytest.mark.parametrize(
    ("text", "day", "hours"),
    [
        ("Mo-Fr 05:00-22:00; Sa 06:00-20:00; Su,PH 08:00-18:00", "Sa", [(6, 20)]),
        ("Mo-Fr 05:00-22:00; Sa 06:00-20:00; Su,PH 08:00-18:00", "Su", [(8, 18)]),
        ("Mo-Fr 05:00-22:00; Sa 06:00-20:00; Su,PH 08:00-18:00", "PH", [(8, 18)]),
        ("Mo-Fr 05:00-22:00; Su 08:00-18:00", "PH", [(8, 18)]),  # as on Sundays
        ("Mo-Su 05:00-22:00; PH off", "PH", []),
        ("Mo-Su 05:00-22:00; PH off", "Su", [(5, 22)]),
        ("Mo-Fr 05:00-22:00", "Sa", []),
        ("05:00-22:00; Sa 07:00-12:00", "Sa", [(7, 12)]),  # the later rule replaces the first
        ("05:00-22:00; Sa 07:00-12:00", "We", [(5, 22)]),
        ("Mo-Fr 05:00-09:00,14:00-18:00, Sa 08:00-12:00", "Sa", [(8, 12)]),
        ("Mo-Fr 05:00-09:00,14:00-18:00, Sa 08:00-12:00", "Mo", [(5, 9), (14, 18)]),
        ("Sa-Su,PH 22:00-02:00", "Su", [(22, 26)]),
        ("Mo-Fr 06:00-18:00; SH 08:00-12:00", "Tu", [(6, 18)]),
    ],
)
def test_service_hours_by_day(text, day, hours):
    assert parse_hours(text, day) == tuple((a * 3600.0, b * 3600.0) for a, b in hours)


def test_headways_and_timetables_by_day(tmp_path):
    tags = bus(
        interval="20", opening_hours="Mo-Fr 05:00-20:00; Sa 08:00-14:00",
        **{"interval:conditional": "60 @ (Sa); 10 @ (Mo-Fr 06:00-09:00)", **V2},
    )  # fmt: skip
    relations = [
        (stops("ab"), tags),
        (stops("ba"), bus(ref="N", interval="30", **V2)),
        (stops("ba"), bus(ref="T", **V2)),
    ]
    path = write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=relations)
    days = {day: read_osm_lines(path, day=day) for day in ("Tu", "Sa", "Su")}
    tables = timetables_from_headways(days)
    trips = {day: np.diff(tables.on(day).trip_ptr).tolist() for day in days}
    assert trips["Tu"][0] == 3 + 18 + 33
    assert trips["Sa"][0] == 6
    assert trips["Su"][0] == 0
    assert tables.on("Sa").service_date == "Sa"
    # a headway without hours is that of working days, on others no denser than the table; so is the table alone
    assert trips["Tu"][1] > trips["Sa"][1] > trips["Su"][1] > 0
    for day in ("Sa", "Su"):
        np.testing.assert_array_equal(days[day].headway_s[1], days[day].headway_s[2])
    with pytest.raises(NetworkError, match="day='Saturday': give one of Mo, Tu"):
        read_osm_lines(path, day="Saturday")


def test_conditions_without_a_day_hold_within_the_service_hours_only(tmp_path):
    tags = bus(interval="60", opening_hours="Mo-Fr 05:00-20:00", **{"interval:conditional": "10 @ (06:00-22:00)", **V2})
    path = write_osm(tmp_path, ["ab"], [("ab", STREET)], relations=[(stops("ab"), tags)])
    lines = read_osm_lines(path)
    for start, end, headway in zip(lines.band_start_s, lines.band_end_s, lines.headway_s[0], strict=True):
        assert headway == (INF if end <= 5 * 3600 or start >= 20 * 3600 else 3600 if end <= 6 * 3600 else 600)
    assert np.isinf(read_osm_lines(path, day="Sa").headway_s).all()


@pytest.mark.parametrize("day", ["Sa", "Su", "PH"])
def test_the_embedded_lines_run_on_working_days_only(day):
    path = Path(regions.__file__).parent / "zwickau_data" / "network.osm.gz"
    assert np.isinf(read_osm_lines(path, day=day).headway_s).all()


def test_every_mode_has_its_constants():
    tables = (
        COMMERCIAL_SPEED_KM_PER_H, SHARE_OF_LIMIT, DWELL_S, ACCELERATION_M_PER_S2, FASTEST_KM_PER_H,
        DEFAULT_HEADWAYS_MIN, SATURDAY_HEADWAYS_MIN, SUNDAY_HEADWAYS_MIN,
    )  # fmt: skip
    for table in tables:
        assert set(table) == set(TransitMode)
    assert all(len(row) == len(DEFAULT_BANDS) for table in tables[5:] for row in table.values())
