"""GeoPackages: the same network comes back, also after a change made in a geographic information system."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import Access
from itas_mobility.errors import NetworkError
from itas_mobility.network import grid, read_geopackage, read_osm, write_geopackage
from network.made_networks import HOSTILE, junction, networks, same


def test_all_that_is_special_survives(tmp_path):
    roads = junction(names=HOSTILE)
    write_geopackage(roads, tmp_path / "roads.gpkg")
    same(read_geopackage(tmp_path / "roads.gpkg"), roads)
    assert [entry.name for entry in tmp_path.iterdir()] == ["roads.gpkg"]


@settings(max_examples=8)
@given(roads=networks(text=st.sampled_from(HOSTILE)))
def test_any_network_survives(tmp_path_factory, roads):
    path = tmp_path_factory.mktemp("any") / "roads.gpkg"
    write_geopackage(roads, path)
    same(read_geopackage(path), roads)


@pytest.mark.shared_data
def test_a_real_town_survives(shared_data, tmp_path):
    roads = read_osm(shared_data / "osm" / "krems.osm.gz")
    write_geopackage(roads, tmp_path / "krems.gpkg")
    same(read_geopackage(tmp_path / "krems.gpkg"), roads)


def test_other_programs_see_lines_and_points(tmp_path):
    import geopandas

    roads = junction()
    write_geopackage(roads, tmp_path / "roads.gpkg")
    links = geopandas.read_file(tmp_path / "roads.gpkg", layer="links")
    assert links["link_key"].tolist() == roads.link_key.tolist()
    assert links["has_course"].tolist() == (np.diff(roads.shape_ptr) > 1).tolist()
    assert set(links.geom_type) == {"LineString"}
    nodes = geopandas.read_file(tmp_path / "roads.gpkg", layer="nodes")
    assert nodes["node_id"].tolist() == roads.node_id.tolist()
    assert nodes["is_centroid"].sum() == 1


def edit(path, layer, change):
    import pyogrio

    tables = {name: pyogrio.read_dataframe(path, layer=name) for name in ("links", "nodes", "network")}
    tables[layer] = change(tables[layer])
    path.unlink()
    for name, table in tables.items():
        if table is not None:
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG")


def test_changes_are_read(tmp_path):
    path = tmp_path / "roads.gpkg"
    write_geopackage(grid(3, 2), path)
    edit(path, "links", lambda links: links.drop(index=0).assign(access="destination", free_speed_km_per_h=20.0))
    roads = read_geopackage(path)
    assert roads.n_links == grid(3, 2).n_links - 1
    assert set(roads.free_speed_km_per_h.tolist()) == {20.0}
    assert set(roads.access.tolist()) == {Access.DESTINATION}


@pytest.mark.parametrize(
    ("layer", "change", "message"),
    [
        (
            "links",
            lambda t: t.assign(road_class="autobahn"),
            "row 1, column road_class: 'autobahn' is none of motorway,",
        ),
        ("links", lambda t: t.drop(columns="lanes"), "layer links: holds no column 'lanes'"),
        ("links", lambda t: t.assign(lanes="two"), "row 1, column lanes: 'two' is not a number"),
        ("links", lambda t: t.assign(to_node=99), "row 1, column to_node: node 99 is not in layer nodes"),
        ("links", lambda t: t.assign(way_ids="1;x"), "row 1, column way_ids: '1;x' are no whole numbers"),
        ("links", lambda t: t.assign(length_m=-1.0), r"length_m\[0\] = -1.0 is below 0"),
        ("links", lambda t: t.assign(link_key=7), "link_key: 7 stands more than once"),
        ("links", lambda t: t.to_crs(25833), "layer links: coordinates must be degrees"),
        ("links", lambda t: None, "layer 'links' cannot be read"),
        ("nodes", lambda t: t.assign(node_id=1.5), "row 1, column node_id: .*1.5.* is not a whole number"),
        ("network", lambda t: t.assign(format="old"), "expected one row of format"),
        ("network", lambda t: t.assign(n_zones=100), "n_zones: 100 of 6 nodes"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, layer, change, message):
    path = tmp_path / "roads.gpkg"
    write_geopackage(grid(3, 2), path)
    edit(path, layer, change)
    with pytest.raises(NetworkError, match=message) as caught:
        read_geopackage(path)
    assert "roads.gpkg" in str(caught.value)


def test_files_of_others(tmp_path):
    with pytest.raises(NetworkError, match="no such file"):
        read_geopackage(tmp_path / "none.gpkg")
    (tmp_path / "text.gpkg").write_text("nothing")
    with pytest.raises(NetworkError, match="cannot be read"):
        read_geopackage(tmp_path / "text.gpkg")
    with pytest.raises(NetworkError, match="holds a zero character"):
        write_geopackage(junction(names=("a\0b",)), tmp_path / "town.gpkg")
    with pytest.raises(NetworkError, match=r"ending with \.gpkg"):
        write_geopackage(grid(2, 2), tmp_path / "town.shp")


def test_places_without_coordinates_survive(tmp_path):
    roads = dataclasses.replace(grid(2, 1), node_lon_deg=[np.nan, 12.0], node_lat_deg=[np.nan, 50.0])
    write_geopackage(roads, tmp_path / "roads.gpkg")
    assert np.isnan(read_geopackage(tmp_path / "roads.gpkg").node_lon_deg).tolist() == [True, False]
