"""Zones, gates and roads that do not lie together are refused before a region is made, and moves are told."""

import json
from pathlib import Path

import pytest

from itas_mobility import regions
from itas_mobility.errors import InputError
from itas_mobility.regions import reuse
from itas_mobility.regions.checking import check_file
from itas_mobility.regions.placing import snaps

SITE = (Path(__file__).parent / "badhersfeld_sites.toml").read_text(encoding="utf-8")
GATE = (12.511, 50.703)
QUIET = pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    def folder(*parts):
        (tmp_path / "cache").joinpath(*parts).mkdir(parents=True, exist_ok=True)
        return (tmp_path / "cache").joinpath(*parts)

    monkeypatch.setattr(reuse, "writable_cache_folder", folder)


def zone(name, lon, lat, kind="internal"):
    properties = {
        "zone_id": name, "name": name, "ags": "00000000", "kind": kind, "lon": lon, "lat": lat, "residents": 100,
        "employed_residents": 40, "jobs": 30,
    }  # fmt: skip
    return {"type": "Feature", "properties": properties, "geometry": None}


@pytest.fixture
def build(tmp_path):
    """Build a region of a street of 2 km with a bus; zones and the gate where they are asked for."""

    def run(zones=(("a", 12.5, 50.7), ("b", 12.52, 50.7)), gate=GATE):
        ways = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3))
        nodes = "".join(f'<node id="{n}" lat="50.7" lon="{12.49 + n / 100:.2f}"/>' for n in (1, 2, 3))
        members = "".join(f'<member type="node" ref="{n}" role="stop"/>' for n in (1, 2, 3))
        tags = '<tag k="type" v="route"/><tag k="route" v="bus"/><tag k="ref" v="1"/><tag k="interval" v="30"/>'
        (tmp_path / "town.osm").write_text(
            f'<osm version="0.6">{nodes}<way id="9">{ways}<tag k="highway" v="residential"/></way>'
            f'<relation id="7">{members}<member type="way" ref="9" role=""/>{tags}</relation></osm>',
            encoding="utf-8",
        )
        content = {"type": "FeatureCollection", "features": [zone(*one) for one in zones]}
        (tmp_path / "zones.json").write_text(json.dumps(content), encoding="utf-8")
        place = f"lon = {gate[0]}, lat = {gate[1]}"
        (tmp_path / "sites.toml").write_text(SITE.replace("lon = 9.7205, lat = 50.8745", place), encoding="utf-8")
        paths = {"zones": tmp_path / "zones.json", "sites": tmp_path / "sites.toml"}
        return regions.build_region(tmp_path / "town.osm", tmp_path / "region", **paths)

    return run


@QUIET
def test_how_far_places_are_moved_is_told(build, tmp_path):
    """To the ends of the street, as a node between is none of the network; the stop there lies on the street."""
    region = build([("a", 12.5, 50.7), ("b", 12.52, 50.7), ("c", 12.51, 50.73), ("town", 13.7, 51.0, "external")])
    summary, far = snaps(region)
    assert summary == {
        "largest_zone_snap_m": pytest.approx(3409.3, abs=1), "largest_gate_snap_m": pytest.approx(716.3, abs=1),
        "stops_off_network": 0,
    }  # fmt: skip
    assert far == ["zone c lies 3,409 m from the nearest road"]
    outcome = check_file(tmp_path / "region")
    assert outcome["status"] == "ok"
    assert summary.items() <= outcome["summary"].items()
    assert far[0] in {finding["message"] for finding in outcome["findings"] if finding["severity"] == "warning"}


@QUIET
def test_what_lies_elsewhere_is_refused_with_all_files_at_fault(build, tmp_path):
    zones = [("a", 12.5, 50.7), ("b", 12.52, 50.7), ("c", 13.4, 52.52), ("far", 50.0, 13.0, "external")]
    with pytest.raises(InputError) as fault:
        build(zones, gate=GATE[::-1])
    first, *told = str(fault.value).splitlines()
    # the files that were given, and not their copies in a folder that is removed
    assert first == f"{tmp_path / 'town.osm'}: the roads lie elsewhere than what is to be joined to them"
    assert [word in line for word, line in zip(("zone c", "gate Einfahrt", "zone far"), told, strict=True)] == [
        True
    ] * 3
    assert f"{tmp_path / 'zones.json'}: zone c (longitude 13.4, latitude 52.52) lies 21" in told[0]
    assert "of town.osm (longitude 12.50 to 12.52, latitude 50.70 to 50.70)" in told[0]
    assert f"{tmp_path / 'sites.toml'}: site werk: gate Einfahrt" in told[1]
    assert told[1].endswith("longitude and latitude look swapped")
    assert "1,000 km are possible; longitude and latitude look swapped" in told[2]
    assert not (tmp_path / "region").exists()


@QUIET
def test_a_region_whose_gate_was_moved_away_is_an_error_of_check(build, tmp_path):
    build()
    sites = tmp_path / "region" / "sites.toml"
    sites.write_text(sites.read_text(encoding="utf-8").replace("lat = 50.703", "lat = 52.36"), encoding="utf-8")
    outcome = check_file(tmp_path / "region")
    assert outcome["status"] == "error"
    (message,) = [finding["message"] for finding in outcome["findings"] if finding["severity"] == "error"]
    assert "gate Einfahrt" in message
    assert "lies 185 km from the roads" in message


@QUIET
def test_sites_are_checked_against_zones(build, tmp_path):
    build()
    files = {"kind": "sites", "zones": tmp_path / "zones.json"}
    assert check_file(tmp_path / "sites.toml", **files)["status"] == "ok"
    text = (tmp_path / "sites.toml").read_text(encoding="utf-8")
    (tmp_path / "sites.toml").write_text(text.replace("lat = 50.703", "lat = 52.36"), encoding="utf-8")
    outcome = check_file(tmp_path / "sites.toml", **files)
    assert outcome["status"] == "error"
    assert "lies 185 km from the zones" in outcome["findings"][0]["message"]
