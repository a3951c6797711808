"""The check of one file: feeds told by what an archive holds, and OSM files without lines."""

import zipfile

import pytest

from itas_mobility.errors import InputError
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
