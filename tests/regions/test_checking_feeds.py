"""The check of one file: feeds told by what an archive holds, and OSM files without lines."""

import zipfile
from collections import Counter

import pytest

from itas_mobility import network
from itas_mobility.errors import InputError
from itas_mobility.network.transit.line_notes import MOST_LISTED
from itas_mobility.regions.checking import check_file

ROADS = """<osm version="0.6">
<node id="1" lat="50.70" lon="12.50"/><node id="2" lat="50.70" lon="12.51"/>
<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>"""


def test_a_file_of_roads_alone_is_sound(tmp_path):
    path = tmp_path / "roads.osm"
    path.write_text(ROADS, encoding="utf-8")
    outcome = check_file(path)
    assert (outcome["status"], outcome["summary"]["road_links"], outcome["summary"]["line_patterns"]) == ("ok", 2, 0)
    (finding,) = outcome["findings"]
    assert finding["severity"] == "warning"
    assert "no route relation" in finding["message"]


def test_an_archive_is_a_feed_by_what_it_holds(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("feed/trips.txt", "trip_id\n")
    outcome = check_file(path)
    assert outcome["status"] == "error"
    missing = {finding["file"] for finding in outcome["findings"] if "does not hold" in finding["message"]}
    assert missing == {"agency.txt", "stops.txt", "routes.txt", "stop_times.txt"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("zones.shp", "")
    with pytest.raises(InputError, match="add --kind"):
        check_file(path)
    assert check_file(path, kind="gtfs")["status"] == "error"


def test_what_is_no_archive_is_said_by_the_check_of_feeds(tmp_path):
    path = tmp_path / "feed.zip"
    path.write_bytes(b"not a zip")
    (finding,) = check_file(path)["findings"]
    assert (finding["severity"], finding["file"]) == ("error", str(path))


def test_what_is_odd_about_lines_is_told_by_relation_a_handful_of_each_kind(shared_data):
    outcome = check_file(shared_data / "region_badhersfeld" / "badhersfeld.osm.gz")
    assert outcome["status"] == "ok"
    findings = [finding for finding in outcome["findings"] if (finding["field"] or "").startswith("relation ")]
    of_kind = Counter(finding["message"].split("; ")[-1] for finding in findings)
    assert of_kind["it is passed over"] == of_kind["it is left out"] == 5
    more = [finding["message"] for finding in outcome["findings"] if " more " in finding["message"]]
    counts = network.read_osm_lines(shared_data / "region_badhersfeld" / "badhersfeld.osm.gz").report.counts
    assert f"{counts['patterns with less than two stops'] - 5} more patterns with less than two stops" in more[2]
    assert counts["members missing from the file"] > MOST_LISTED, "more than the report lists"
    assert f"{counts['members missing from the file'] - 5} more members missing from the file" in more[0]
