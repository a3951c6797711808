"""GraphML: types survive, the files of OSMnx are read, broken files are named."""

import pytest

from itas_mobility.errors import NetworkError
from itas_mobility.network import from_networkx, grid, read_graphml, read_osm, to_networkx, write_graphml
from network.made_networks import junction, same

NAMES = ("Löbauer Straße", "<b>&amp;</b>", '"', "two\nlines", "[1, 2]", " ")


def test_round_trip_with_types(tmp_path):
    import networkx as nx

    roads = junction(names=NAMES)
    path = tmp_path / "roads.graphml"
    write_graphml(roads, path)
    same(read_graphml(path), from_networkx(to_networkx(roads)))
    graph = nx.read_graphml(path)
    kinds = {name: type(value) for name, value in next(iter(graph.edges(data=True)))[2].items()}
    assert kinds["length"] is float
    assert kinds["lanes"] is float
    assert kinds["link_key"] is int
    assert kinds["oneway"] is bool
    assert kinds["geometry"] is str


@pytest.mark.shared_data
def test_a_real_town_survives(shared_data, tmp_path):
    roads = read_osm(shared_data / "osm" / "krems.osm.gz")
    write_graphml(roads, tmp_path / "krems.graphml")
    same(read_graphml(tmp_path / "krems.graphml"), roads)


def test_files_of_osmnx_are_read(tmp_path):
    import osmnx

    roads = from_networkx(to_networkx(junction()))
    osmnx.save_graphml(to_networkx(roads), tmp_path / "osmnx.graphml")
    same(read_graphml(tmp_path / "osmnx.graphml"), roads)
    osmnx.save_graphml(osmnx.load_graphml(tmp_path / "osmnx.graphml"), tmp_path / "again.graphml")
    same(read_graphml(tmp_path / "again.graphml"), roads)


def test_merged_edges_of_osmnx_keep_their_lists(tmp_path):
    import networkx as nx
    import osmnx

    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=12.0, y=50.0)
    graph.add_node(2, x=12.1, y=50.0)
    graph.add_edge(
        1, 2, osmid=[5, 6], highway=["tertiary", "residential"], maxspeed=["50", "30"], oneway=True, length=70.0
    )
    osmnx.save_graphml(graph, tmp_path / "merged.graphml")
    roads = read_graphml(tmp_path / "merged.graphml")
    same(roads, from_networkx(graph))
    assert roads.way_id.tolist() == [5, 6]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</graphml>", "", r"roads\.graphml, line \d+: is not well-formed XML"),
        ("<graphml", '<!DOCTYPE g [<!ENTITY a "b">]><graphml', "declares a document type"),
        ("LINESTRING", "LINE", "edge .* geometry cannot be read"),
        ("LINESTRING (", "MULTIPOINT (", "geometry is a MultiPoint, not a line"),
        (">EPSG:4326<", ">epsg:25833<", "the graph is projected"),
    ],
)
def test_broken_files_are_named(tmp_path, old, new, message):
    path = tmp_path / "roads.graphml"
    write_graphml(grid(2, 2), path)
    text = path.read_text(encoding="utf-8").replace(">epsg:4326<", ">EPSG:4326<")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(NetworkError, match=message) as caught:
        read_graphml(path)
    assert "roads.graphml" in str(caught.value)


def test_attributes_of_another_kind_are_named(tmp_path):
    import networkx as nx

    path = tmp_path / "roads.graphml"
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x="12", y="50")
    graph.add_node(2, x="12", y="51")
    graph.add_edge(1, 2, highway="primary", length="far")
    nx.write_graphml_xml(graph, path)
    with pytest.raises(NetworkError, match="attribute 'length' is 'far', not a number"):
        read_graphml(path)
    graph.edges[1, 2, 0].update(length="1", osmid="way/5")
    nx.write_graphml_xml(graph, path)
    with pytest.raises(NetworkError, match="edge 1 -> 2: osmid 'way/5' is no whole number"):
        read_graphml(path)


def test_what_xml_cannot_carry_is_refused(tmp_path):
    with pytest.raises(NetworkError, match="holds a character that XML cannot carry"):
        write_graphml(junction(names=("bell \x07",)), tmp_path / "roads.graphml")
    with pytest.raises(NetworkError, match=r"ending with \.graphml"):
        write_graphml(grid(2, 2), tmp_path / "roads.xml")
    with pytest.raises(NetworkError, match="no such file"):
        read_graphml(tmp_path / "none.graphml")
    assert list(tmp_path.iterdir()) == []
