"""Walks of a real town: Porto Alegre's 1,227 hexagons and the 4,010 stops of its two feeds."""

import csv
import io
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from itas_mobility import geo
from itas_mobility.core import ZoneKind
from itas_mobility.network import read_osm
from itas_mobility.network.attaching import Links
from itas_mobility.network.transit import access_legs
from network.test_connectors import zones_at
from network.transit.test_access_legs import sites_at, transit_at

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "region_poa"


@pytest.fixture(scope="module")
def walk(folder):
    return read_osm(folder / "poa_osm.pbf", mode="walk")


@pytest.fixture(scope="module")
def hexagons(folder):
    with (folder / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        places = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)]
    # the last place is that of a site
    return zones_at([*places, places[600]], [ZoneKind.INTERNAL] * len(places) + [ZoneKind.SITE])


@pytest.fixture(scope="module")
def stops(folder):
    places = []
    for feed in ("poa_eptc.zip", "poa_trensurb.zip"):
        with zipfile.ZipFile(folder / feed) as archive, archive.open("stops.txt") as raw:
            rows = csv.DictReader(io.TextIOWrapper(raw, "utf-8-sig"), skipinitialspace=True)
            places += [(float(row["stop_lon"]), float(row["stop_lat"])) for row in rows]
    return transit_at(places)


@pytest.fixture(scope="module")
def legs(walk, hexagons, stops):
    site = len(hexagons) - 1
    gate = (float(hexagons.lon_deg[site]), float(hexagons.lat_deg[site]))
    return access_legs(walk, hexagons, sites_at([gate], site), stops)


def test_all_that_is_near_has_a_walk_and_what_is_off_is_counted(legs, hexagons, stops):
    assert (legs.n_zones, legs.n_stops) == (1228, 4010)
    assert len(legs) > 85_000
    beeline = geo.haversine_m(
        hexagons.lon_deg[legs.zone], hexagons.lat_deg[legs.zone],
        stops.stop_lon_deg[legs.stop], stops.stop_lat_deg[legs.stop],
    )  # fmt: skip
    assert (legs.length_m >= beeline - 1e-6).all()
    assert legs.length_m.max() <= 1500.0
    # towns nearby lie beyond the extract's edge, with most stops of the longer lines
    assert legs.report.counts == {"stops off the walking network": 1534, "zones off the walking network": 14}
    own = legs.length_m[beeline > 300.0] / beeline[beeline > 300.0]
    assert 1.15 <= np.median(own) <= 1.6


def test_walks_equal_a_search_by_another_library(legs, walk, hexagons, stops):
    links = Links(walk)
    ends = links.attach(stops.stop_lon_deg, stops.stop_lat_deg)
    graph = csr_array((np.maximum(walk.length_m, 1e-9), walk.head, walk.ptr), shape=(walk.n_nodes,) * 2)
    zones = np.flatnonzero(np.bincount(legs.zone, minlength=1228)[:1227] > 60)[::150]
    assert len(zones) >= 4
    start = links.attach(hexagons.lon_deg[zones], hexagons.lat_deg[zones])
    at_stop = np.repeat(np.arange(len(ends)), np.diff(ends.ptr))
    for i, zone in enumerate(zones):
        part = slice(start.ptr[i], start.ptr[i + 1])
        best = np.full(len(ends), np.inf)
        for link, fraction in zip(start.link[part], start.fraction[part], strict=True):
            reach = dijkstra(graph, indices=walk.head[link], limit=2000.0)
            whole = (
                (1 - fraction) * walk.length_m[link]
                + reach[walk.tail[ends.link]]
                + ends.fraction * walk.length_m[ends.link]
            )
            np.minimum.at(best, at_stop, whole)
            ahead = (ends.link == link) & (ends.fraction >= fraction)
            np.minimum.at(best, at_stop[ahead], (ends.fraction[ahead] - fraction) * walk.length_m[link])
        whole = best + 1.2 * (start.off_m[i] + ends.off_m)
        beeline = geo.haversine_m(
            hexagons.lon_deg[zone], hexagons.lat_deg[zone], stops.stop_lon_deg, stops.stop_lat_deg
        )
        straight = (ends.off_m > 500.0) | (beeline <= np.maximum(ends.off_m, start.off_m[i]))
        whole = np.maximum(np.where(straight, np.minimum(whole, beeline * 1.2), whole), beeline)
        mine = legs.zone == zone
        found = np.full(len(ends), np.inf)
        found[legs.stop[mine]] = legs.length_m[mine]
        near = whole <= 1500.0
        np.testing.assert_allclose(found[near], whole[near], atol=0.01)
        assert np.isinf(found[whole > 1500.01]).all()


def test_transfers_follow_the_streets(legs, stops):
    speed = 4.83 / 3.6
    length = legs.transfer_time_s * speed
    beeline = geo.haversine_m(
        stops.stop_lon_deg[legs.transfer_from], stops.stop_lat_deg[legs.transfer_from],
        stops.stop_lon_deg[legs.transfer_to], stops.stop_lat_deg[legs.transfer_to],
    )  # fmt: skip
    assert len(length) > 30_000
    assert (length >= beeline - 1e-6).all()
    assert length.max() <= 400.0 + 1e-6
    there = set(zip(legs.transfer_from.tolist(), legs.transfer_to.tolist(), strict=True))
    # few footways are one-way
    assert sum((b, a) in there for a, b in there) >= 0.995 * len(there)
