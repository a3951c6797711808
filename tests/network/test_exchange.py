import pytest

from itas_mobility.core import Mode, RoadClass
from itas_mobility.errors import NetworkError
from itas_mobility.network import connect, from_networkx, grid, read_osm, shortest_route, to_geodataframe, to_networkx
from network.made_networks import junction, same
from network.osm_text import write_osm
from network.test_connectors import at, zones_at


@pytest.fixture
def town(tmp_path):
    ways = [
        ("abcd", {"highway": "primary", "name": "Main", "maxspeed": "50"}),
        ("ad", {"highway": "secondary", "oneway": "yes", "lanes": "2"}),
        ("cd", {"highway": "residential"}),
        ("be", {"highway": "tertiary"}),
        ("ec", {"highway": "tertiary", "lanes": "3", "lanes:forward": "2"}),
    ]
    return read_osm(write_osm(tmp_path, ["abc", " ed"], ways))


def test_round_trip_through_networkx(town):
    graph = to_networkx(town)
    assert graph.number_of_nodes() == town.n_nodes
    assert graph.number_of_edges() == town.n_links
    same(from_networkx(graph), town)


def test_osmnx_and_networkx_accept_the_graph(town):
    import networkx as nx
    import osmnx

    graph = to_networkx(town)
    nodes, edges = osmnx.graph_to_gdfs(graph)
    assert len(edges) == town.n_links
    assert edges["length"].sum() == pytest.approx(town.length_m.sum())
    assert str(nodes.crs).lower() == "epsg:4326"
    again = osmnx.graph_from_gdfs(nodes, edges)
    same(from_networkx(again), town)
    assert osmnx.project_graph(graph).number_of_edges() == town.n_links
    source, target = int(town.node_id[0]), int(town.node_id[-1])
    route = osmnx.routing.shortest_path(graph, source, target, weight="travel_time")
    assert route == nx.shortest_path(graph, source, target, weight="travel_time")
    assert osmnx.basic_stats(graph)["edge_length_total"] == pytest.approx(town.length_m.sum())


def test_graph_leaves_centroids_out():
    base = grid(3, 3, spacing_m=100.0)
    graph = to_networkx(connect(base, zones_at([at(0.5, 0.5)])))
    assert graph.number_of_nodes() == base.n_nodes
    assert graph.number_of_edges() == base.n_links


def test_graph_of_osmnx_gets_speeds_from_its_tags():
    import networkx as nx

    graph = nx.MultiDiGraph(crs="epsg:4326")
    for number, x in enumerate((12.0, 12.001, 12.002)):
        graph.add_node(number + 1, x=x, y=50.0)
    graph.add_edge(1, 2, osmid=5, highway="secondary", maxspeed="80", lanes="2", oneway=True, length=70.0)
    merged = {"osmid": [6, 7], "highway": ["tertiary", "residential"], "maxspeed": ["50", "30"], "lanes": ["2", "4"]}
    graph.add_edge(2, 3, **merged, oneway=False, reversed=False, length=70.0, name=["A", "B"])
    graph.add_edge(3, 2, **merged, oneway=False, reversed=True, length=70.0)
    graph.add_edge(2, 1, osmid=8, highway="footway", length=70.0)
    roads = from_networkx(graph)
    assert roads.n_links == 3
    assert roads.free_speed_km_per_h == pytest.approx([80.0, 27.0, 27.0])
    assert roads.lanes.tolist() == [1.0, 1.0, 1.0]
    assert roads.road_class.tolist() == [RoadClass.SECONDARY, RoadClass.TERTIARY, RoadClass.TERTIARY]
    assert roads.way_id.tolist() == [5, 6, 7, 6, 7]
    assert roads.name.tolist() == ["", "A", ""]
    assert from_networkx(graph, mode="walk").mode is Mode.WALK
    assert from_networkx(graph, mode="walk").n_links == 4


def test_graphs_that_cannot_be_used_are_named():
    import networkx as nx

    with pytest.raises(NetworkError, match="undirected"):
        from_networkx(nx.MultiGraph())
    graph = nx.MultiDiGraph(crs="epsg:25833")
    with pytest.raises(NetworkError, match="projected"):
        from_networkx(graph)
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=12.0)
    with pytest.raises(NetworkError, match="node 1 has no x and y"):
        from_networkx(graph)
    graph.nodes[1]["y"] = 50.0
    with pytest.raises(NetworkError, match="no edge that is open"):
        from_networkx(graph)
    graph.add_node(2, x=12.1, y=50.0)
    graph.add_edge(1, 2, highway="primary")
    with pytest.raises(NetworkError, match="edge 1 -> 2 has no length"):
        from_networkx(graph)


def test_table_of_links(town):
    table = to_geodataframe(town)
    assert table["length_m"].tolist() == town.length_m.tolist()
    assert table.geometry.iloc[0].coords[0] == (town.node_lon_deg[town.tail[0]], town.node_lat_deg[town.tail[0]])
    assert table["way_ids"].tolist()[0] == str(town.way_id[0])
    assert set(table["road_class"]) == {"primary", "secondary", "tertiary", "residential"}
    assert set(table["access"]) == {"open"}
    assert set(table["vdf"]) == {"bpr"}


def without_zones(roads):
    """The junction as `to_networkx` gives it: no centroids, nodes by id."""
    return from_networkx(to_networkx(roads))


def test_movements_through_junctions_survive_and_routes_obey_them():
    import networkx as nx
    import osmnx

    roads = junction()
    graph = to_networkx(roads)
    assert graph.number_of_nodes() == roads.n_nodes - 1
    assert graph.number_of_edges() == roads.n_links - 2
    turn = graph.edges[1, 1 + 2**48, 0]
    assert (turn["highway"], turn["length"], turn["travel_time"]) == ("turn", 0.0, 3.5)
    assert {data["base_id"] for _, data in graph.nodes(data=True)} == {1, 2, 3, 4}
    # 3 -> 4 ends before the barrier, so nothing leads back to 2
    assert nx.shortest_path(graph, 2, 4, weight="travel_time") == [2, 1, 1 + 2**48, 3, 4]
    with pytest.raises(nx.NetworkXNoPath):
        nx.shortest_path(graph, 4, 2)
    back = without_zones(roads)
    same(without_zones(back), back)
    assert set(back.link_key.tolist()) == {
        13,
        14,
        15,
        16,
        2**62,
    }  # connectors stay out, and the cycleway is not for cars
    by_key = dict(zip(roads.link_key.tolist(), range(roads.n_links), strict=True))
    rows = [by_key[key] for key in back.link_key.tolist()]
    for column in ("length_m", "free_time_s", "free_speed_km_per_h", "road_class", "access", "modes", "vdf", "lanes"):
        assert getattr(back, column).tolist() == getattr(roads, column)[rows].tolist(), column
    assert osmnx.graph_to_gdfs(graph)[1]["travel_time"].sum() == pytest.approx(
        roads.free_time_s[roads.road_class != RoadClass.CONNECTOR].sum()
    )


def test_functions_of_osmnx_work_with_movements(tmp_path):
    import matplotlib as mpl
    import osmnx

    mpl.use("Agg")
    graph = to_networkx(junction())
    route = osmnx.routing.shortest_path(graph, 2, 3, weight="travel_time")
    assert route == [2, 1, 1 + 2**48, 3]
    picture = tmp_path / "graph.png"
    osmnx.plot_graph_route(graph, route, show=False, close=True, save=True, filepath=picture)
    assert picture.stat().st_size > 1000
    timed = osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph, fallback=50))
    assert osmnx.routing.shortest_path(timed, 2, 3, weight="travel_time") == route


def test_graphs_of_others_keep_through_traffic_off_destination_roads():
    import networkx as nx

    graph = nx.MultiDiGraph(crs="epsg:4326")
    places = {1: (0.0, 0.0), 2: (0.001, 0.0), 3: (0.001, 0.001), 4: (-0.001, 0.0), 5: (0.002, 0.001)}
    for node, (x, y) in places.items():
        graph.add_node(node, x=x, y=y)
    streets = [
        (1, 2, 100.0, {}),
        (2, 3, 100.0, {}),
        (1, 3, 140.0, {"vehicle": "destination"}),
        (4, 1, 100.0, {}),
        (3, 5, 100.0, {}),
    ]
    for u, v, length, tags in streets:
        for a, b in ((u, v), (v, u)):
            graph.add_edge(a, b, osmid=u * 10 + v, highway="residential", length=length, **tags)
    roads = from_networkx(graph)
    assert shortest_route(roads, 4, 5).length_m == 400.0
    assert shortest_route(roads, 1, 3).length_m == 140.0
    again = from_networkx(to_networkx(roads))
    assert (again.n_nodes, again.n_links) == (roads.n_nodes, roads.n_links)
