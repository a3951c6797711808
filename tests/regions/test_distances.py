"""The stylised road graph is believable: driving distances between town centres within 20 % of about the true ones."""

import csv
from pathlib import Path

import pytest

from itas_mobility import network, regions

FOLDER = Path(regions.__file__).parent / "zwickau_data"
PAIRS = list(csv.DictReader((FOLDER / "distances.csv").read_text(encoding="utf-8").splitlines()))
WANTED = {
    ("Zwickau", "Werdau"): 9.5, ("Zwickau", "Crimmitschau"): 17, ("Zwickau", "Glauchau"): 17,
    ("Zwickau", "Meerane"): 21,
    ("Zwickau", "Kirchberg"): 13, ("Zwickau", "Lichtenstein"): 14, ("Zwickau", "Hohenstein-Ernstthal"): 24,
    ("Zwickau", "Limbach-Oberfrohna"): 38, ("Zwickau", "Chemnitz"): 42, ("Zwickau", "Plauen"): 44,
    ("Zwickau", "VW"): 9.5, ("Glauchau", "Waldenburg"): 9,
}  # fmt: skip


@pytest.fixture(scope="module")
def roads():
    return network.read_osm(FOLDER / "network.osm.gz", mode="car")


def test_all_wanted_pairs_are_listed():
    listed = {(p["from"], p["to"]): float(p["true_km"]) for p in PAIRS}
    for (start, end), km in WANTED.items():
        hits = [v for (a, b), v in listed.items() if a.startswith(start) and b.startswith(end)]
        assert hits == [km], (start, end)


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{p['from']}-{p['to']}" for p in PAIRS])
def test_driving_distance_is_within_a_fifth(roads, pair):
    route = network.shortest_route(
        roads,
        (float(pair["from_lon"]), float(pair["from_lat"])),
        (float(pair["to_lon"]), float(pair["to_lat"])),
    )
    assert route is not None
    assert route.length_m / 1000 == pytest.approx(float(pair["true_km"]), rel=0.2)
