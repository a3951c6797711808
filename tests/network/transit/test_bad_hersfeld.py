"""Lines of Bad Hersfeld from OpenStreetMap beside the real timetable of 2021-04-08 in files of a traffic simulation."""

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from itas_mobility.core import TransitMode
from itas_mobility.network import read_osm_lines

pytestmark = pytest.mark.shared_data


def plain(name):
    """A stop's name without what the two sources write differently."""
    name = name.casefold().replace("ß", "ss").replace("strasse", "str").replace("str.", "str")
    return " ".join(re.findall(r"\w+", name))


def is_same(one, other):
    """The timetable puts the town before the name; the map does so for some stops."""
    one, other = plain(one), plain(other)
    return one.endswith(other) or other.endswith(one)


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "region_badhersfeld"


@pytest.fixture(scope="module")
def lines(folder):
    return read_osm_lines(folder / "badhersfeld.osm.gz")


@pytest.fixture(scope="module")
def courses(folder):
    """Courses of the timetable by line: stops and seconds since the first one."""
    stops = ET.parse(folder / "gtfs_publictransport.add.xml").getroot()
    vehicles = ET.parse(folder / "gtfs_publictransport.rou.xml").getroot()
    name = {stop.get("id"): stop.get("name") for stop in stops.iter("busStop")}
    line = {one.get("route"): one.get("line").split("_")[0] for one in vehicles.iter("vehicle")}
    found = defaultdict(list)
    for route in stops.iter("route"):
        if route.get("id") in line:
            calls = [(name[one.get("busStop")], float(one.get("until"))) for one in route.iter("stop")]
            found[line[route.get("id")]].append(calls)
    return found


def matched(names, course):
    """Positions of the same stops in a pattern and a course, in order."""
    pairs, after = [], 0
    for i, name in enumerate(names):
        j = next((j for j in range(after, len(course)) if is_same(course[j][0], name)), None)
        if j is not None:
            pairs.append((i, j))
            after = j + 1
    return pairs


def test_lines_stops_and_run_times_agree_with_the_timetable(lines, courses):
    in_town = sorted({str(line) for line in lines.line} & set(courses))
    assert in_town == ["300", "330", "340", "349", "360", "380", "470"]
    n_stops = n_matched = 0
    ratios = []
    for i in range(lines.n_patterns):
        part = slice(lines.stop_ptr[i], lines.stop_ptr[i + 1])
        names = lines.stop_name[lines.stop[part]].tolist()
        if lines.line[i] not in in_town:
            continue
        pairs, course = max(((matched(names, one), one) for one in courses[lines.line[i]]), key=lambda x: len(x[0]))
        n_stops += len(names)
        n_matched += len(pairs)
        (first, start), (last, end) = pairs[0], pairs[-1]
        if len(pairs) >= 4:
            ratios.append(lines.run_time_s[part][first:last].sum() / (course[end][1] - course[start][1]))
    assert n_matched >= 0.85 * n_stops
    assert len(ratios) >= 15
    # from limits, lengths and stops alone; a commercial speed of 25 km/h for all lies further off
    assert 0.95 <= np.median(ratios) <= 1.15
    assert np.mean(np.abs(np.log(ratios)) < np.log(1.25)) >= 0.75


def test_no_run_is_a_beeline(lines):
    assert lines.report.counts["gaps of the course repaired along other streets or tracks"] == 2
    assert lines.report.counts["runs measured by beeline"] == 0
    assert (lines.mode == TransitMode.TRAIN).sum() >= 2
