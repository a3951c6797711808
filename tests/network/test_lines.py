import numpy as np
import pytest
from osm_text import node_id, write_osm

from itas_mobility.core import TransitMode
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm_lines
from itas_mobility.network.transit.headways import (
    DEFAULT_BANDS,
    bands_for,
    headways_s,
    parse_hours,
    parse_interval_s,
    parse_service,
)
from itas_mobility.network.transit.lines import COMMERCIAL_SPEED_KM_PER_H

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
        ("Mo,We,Fr 05:00-09:00", None),
        ("Fr-Tu 05:00-09:00", [(5, 9)]),
        ("PH 05:00-09:00", None),
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
    run = lines.run_time_s[lines.run_time_s > 0]
    assert (run >= 30.0).all()
    for i in range(lines.n_patterns):
        part = slice(lines.stop_ptr[i], lines.stop_ptr[i + 1] - 1)
        speed = lines.distance_m[part].sum() / lines.run_time_s[part].sum() * 3.6
        assert speed <= COMMERCIAL_SPEED_KM_PER_H[TransitMode(int(lines.mode[i]))] + 1e-6
