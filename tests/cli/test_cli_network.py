"""`itas-mobility route`: nodes and places of a file."""

import pytest
from own_process import answer, call


def test_route_in_a_file(tmp_path):
    osm = tmp_path / "town.osm"
    osm.write_text(
        """<osm version="0.6">
        <node id="1" lat="50.7" lon="12.5"/><node id="2" lat="50.7" lon="12.51"/><node id="3" lat="50.7" lon="12.52"/>
        <way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
        <tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
        </osm>""",
        encoding="utf-8",
    )
    there = answer("route", osm, "--mode", "car", "--from-node", 1, "--to-node", 3)
    assert there["status"] == "ok"
    assert there["nodes"] == [1, 2, 3]
    assert there["length_m"] == pytest.approx(1408.6, abs=1)
    assert answer("route", osm, "--mode", "car", "--from-node", 3, "--to-node", 1) == {"status": "no_route"}
    on_foot = answer("route", osm, "--mode", "foot", "--from", "50.7,12.52", "--to", "50.7,12.5")
    assert on_foot["nodes"] == [3, 2, 1]
    assert (on_foot["from_snap_m"], on_foot["to_snap_m"]) == (0.0, 0.0)
    moved = answer("route", osm, "--from-node", 1, "--to", "50.701,12.52")
    assert "from_snap_m" not in moved
    assert moved["to_snap_m"] == pytest.approx(111.2, abs=0.1)
    elsewhere = call("route", osm, "--from", "52.52,13.4", "--to", "48.14,11.58", "--json")
    assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
    assert "town.osm: the place from" in elsewhere.stderr
    assert "the place to" in elsewhere.stderr
