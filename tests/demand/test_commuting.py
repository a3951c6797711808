"""Who works where: published figures met, others placed, several districts and municipalities at once."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import CommuterStatistics, IndustrialSites, ShiftPattern, Skims, ZoneKind, Zones
from itas_mobility.demand import commute
from itas_mobility.errors import DemandError
from itas_mobility.scenarios.parameters import default_parameters

PARAMETERS = default_parameters()
HOUR = 3600.0


def make_zones(rows):
    """Zones from (id, municipality, district, kind, employed, jobs), a few kilometres apart."""
    ids, municipality, district, kind, employed, jobs = zip(*rows, strict=True)
    n = len(rows)
    return Zones(
        zone_id=ids, name=ids, municipality=municipality, district=district, kind=np.array(kind, np.uint8),
        lon_deg=12.0 + 0.05 * np.arange(n), lat_deg=50.7 + 0.01 * (np.arange(n) % 3), residents=np.zeros(n),
        employed_residents=employed, jobs=jobs, polygon=np.full(n, None),
    )  # fmt: skip


def make_sites(zone=(), heads=()):
    n = len(zone)
    ids = [f"s{k}" for k in range(n)]
    return IndustrialSites(
        site_id=np.array(ids, dtype=str), name=np.array(ids, dtype=str), zone=np.array(zone, np.int32),
        gate_ptr=np.arange(n + 1), gate_name=np.array(ids, dtype=str), gate_lon_deg=np.full(n, 12.0),
        gate_lat_deg=np.full(n, 50.7), gate_stop_name=np.array(ids, dtype=str), stop_to_gate_m=np.zeros(n),
        gate_to_workplace_m=np.zeros(n), head_count=np.array(heads, float), attendance_share=np.full(n, 0.9),
        parking_spaces=np.zeros(n), grid_connection_kw=np.ones(n), charging_points=np.zeros(n, np.int32),
        charging_point_kw=np.full(n, 11.0),
        shifts=tuple(ShiftPattern(["day"], [8 * HOUR], [16 * HOUR], [1.0]) for _ in range(n)),
    )  # fmt: skip


def skims_of(zones):
    from itas_mobility import geo

    length = 1.3 * geo.haversine_m(
        zones.lon_deg[:, None], zones.lat_deg[:, None], zones.lon_deg[None], zones.lat_deg[None]
    )
    return Skims(zones.zone_id, {"length_m": length, "time_s": length / 15.0})


def statistics(rows, **options):
    home, work, employees = zip(*rows, strict=True)
    return CommuterStatistics(home, work, [np.nan if e is None else e for e in employees], 2023, "made", **options)


def sums(zones, matrix, home="district", work="district"):
    """Employees by pair of keys."""
    out = {}
    for i, a in enumerate(getattr(zones, home).tolist()):
        for j, b in enumerate(getattr(zones, work).tolist()):
            out[a, b] = out.get((a, b), 0.0) + matrix.trips[i, j]
    return out


IN, OUT, SITE = ZoneKind.INTERNAL, ZoneKind.EXTERNAL, ZoneKind.SITE


def case_06_zones(*, with_others=True):
    inside = [(f"k{k}", "K", "K", IN, 100.0 * (k + 1), 250.0 * (k + 1)) for k in range(4)]
    return make_zones(
        [*inside, *((one, one, one, OUT, 10.0, 10.0) for one in ["A", "B", "C", "D", "E", *["others"] * with_others])]
    )


class TestPublishedFigures:
    def test_the_shared_case(self, shared_data):
        case = json.loads((shared_data / "cases/demand/06_suppressed_pairs_are_unknown.json").read_text())
        rows = [(a, b, None if figure in ("*", None) else figure) for a, b, figure in case["input"]["rows"]]
        zones = case_06_zones()
        made = statistics([*rows, ("K", "K", 800)], total_district=["K"], in_commuters=[case["input"]["total"]])
        found = sums(zones, commute(zones, make_sites(), skims_of(zones), statistics=made, parameters=PARAMETERS))
        into = {a: found[a, "K"] for a in ["A", "B", "C", "D", "E", "others"]}
        expected = case["expected"]
        assert sum(into.values()) == pytest.approx(1250, abs=case["tolerance"]["total_absolute"])
        assert 635 <= into["A"] <= 645
        for one in ("D", "E"):
            assert expected[f"bounds_{one}"][0] <= into[one] <= expected[f"bounds_{one}"][1]
        assert expected["others_between"][0] <= into["others"] <= expected["others_between"][1]

    @given(
        st.lists(st.one_of(st.none(), st.integers(1, 300)), min_size=5, max_size=5),
        st.integers(-12, 400),
        st.booleans(),
    )
    @settings(max_examples=40)
    def test_every_known_pair_and_the_published_total(self, tens, beyond, has_own):
        """Whatever is listed, suppressed and left over: all of it is met, or the contradiction is named."""
        names = ["A", "B", "C", "D", "E"]
        zones = case_06_zones()
        rows = [(name, "K", None if ten is None else 10.0 * ten) for name, ten in zip(names, tens, strict=True)]
        known = sum(10.0 * ten for ten in tens if ten is not None)
        total = max(known + beyond, 0.0)
        made = statistics(
            [*rows, ("K", "A", 120), *([("K", "K", 800)] if has_own else [])],
            total_district=["K"], in_commuters=[total], out_commuters=[130],
        )  # fmt: skip
        least = sum(1 if ten is None else 10 * ten - 5 for ten in tens)
        if total + 5 < least:
            with pytest.raises(DemandError, match="in-commuters of K are at least"):
                commute(zones, make_sites(), skims_of(zones), statistics=made, parameters=PARAMETERS)
            return
        matrix = commute(zones, make_sites(), skims_of(zones), statistics=made, parameters=PARAMETERS)
        found = sums(zones, matrix)
        for (home, work, _), low, high in zip(rows, made.low, made.high, strict=False):
            assert low * (1 - 1e-6) <= found[home, work] <= high * (1 + 1e-6)
        assert (
            (total - 5) * (1 - 1e-6) <= sum(found[name, "K"] for name in [*names, "others"]) <= (total + 5) * (1 + 1e-6)
        )
        assert 125 - 1e-6 <= sum(found["K", name] for name in [*names, "others"]) <= 135 + 1e-6
        if not has_own:  # who does not go out stays
            np.testing.assert_allclose(matrix.trips[:4].sum(axis=1), zones.employed_residents[:4], rtol=1e-6)

    def test_figures_that_agree_are_met_as_they_stand(self):
        zones = case_06_zones()
        made = statistics(
            [("A", "K", 640), ("B", "K", 410), ("K", "K", 800), ("K", "C", 50)],
            total_district=["K"], in_commuters=[1100], out_commuters=[50],
        )  # fmt: skip
        found = sums(zones, commute(zones, make_sites(), skims_of(zones), statistics=made, parameters=PARAMETERS))
        assert found["A", "K"] == pytest.approx(640, rel=1e-8)
        assert found["others", "K"] == pytest.approx(50, rel=1e-8)
        assert found["K", "C"] == pytest.approx(50, rel=1e-8)

    def test_others_go_where_it_is_said(self):
        zones = case_06_zones()
        made = statistics(
            [("A", "K", 640), ("B", "K", 410), ("K", "K", 800)], total_district=["K"], in_commuters=[1150],
            place_key=["others", "others"], place_district=["D", "E"], place_share=[0.75, 0.25],
        )  # fmt: skip
        zones = case_06_zones(with_others=False)  # an external zone of that name would be their place
        found = sums(zones, commute(zones, make_sites(), skims_of(zones), statistics=made, parameters=PARAMETERS))
        assert found["D", "K"] == pytest.approx(75, rel=1e-8)
        assert found["E", "K"] == pytest.approx(25, rel=1e-8)
        nowhere = statistics(
            [("A", "K", 640), ("K", "K", 800), ("Q", "K", 10)], total_district=["K"], in_commuters=[1150]
        )
        with pytest.raises(DemandError, match=r"district Q has no zone; published totals .* has no place"):
            commute(zones, make_sites(), skims_of(zones), statistics=nowhere, parameters=PARAMETERS)


class TestSeveralDistricts:
    ROWS = (
        ("a1", "14524010", "14524", IN, 300.0, 200.0),
        ("a2", "14524330", "14524", IN, 500.0, 700.0),
        ("b1", "14523010", "14523", IN, 400.0, 300.0),
        ("b2", "14523020", "14523", IN, 200.0, 350.0),
        ("x", "14511", "14511", OUT, 50.0, 80.0),
        ("y", "14521", "14521", OUT, 70.0, 60.0),
        ("works", "14524330", "14524", SITE, 0.0, 150.0),
    )
    PAIRS = (
        ("14524", "14523", 90), ("14523", "14524", 130), ("14524", "14511", 110), ("14511", "14524", 60),
        ("14521", "14523", 40), ("14523", "14521", None),
    )  # fmt: skip

    def found(self, pairs, **options):
        zones = make_zones(self.ROWS)
        made = statistics(pairs, **options)
        sites = make_sites([6], [150.0])
        return zones, commute(zones, sites, skims_of(zones), statistics=made, parameters=PARAMETERS)

    def test_two_internal_districts_at_once(self):
        zones, matrix = self.found(self.PAIRS)
        found = sums(zones, matrix)
        for home, work, figure in self.PAIRS:
            low, high = (1, 9) if figure is None else (figure, figure)
            assert low * (1 - 1e-6) <= found[home, work] <= high * (1 + 1e-6)
        # who is not listed as going elsewhere stays in his district
        assert found["14524", "14524"] == pytest.approx(800 - 90 - 110)
        assert matrix.trips[:, 6].sum() == pytest.approx(150)
        assert found["14511", "14521"] == found["14511", "14523"] == 0

    def test_municipalities_lie_inside_their_districts(self):
        finer = (("14524330", "14511", 100), ("14511", "14524330", None), ("14524010", "14524330", 180))
        zones, matrix = self.found((*self.PAIRS, *finer))
        by_district, from_town = sums(zones, matrix), sums(zones, matrix, home="municipality")
        assert 95 - 1e-6 <= from_town["14524330", "14511"] <= 105 + 1e-6
        to_town = sums(zones, matrix, work="municipality")
        assert 1 - 1e-6 <= to_town["14511", "14524330"] <= 9 + 1e-6
        both = sums(zones, matrix, "municipality", "municipality")
        assert 175 - 1e-6 <= both["14524010", "14524330"] <= 185 + 1e-6
        for home, work, figure in self.PAIRS:
            if figure is not None:
                assert figure - 5 - 1e-6 <= by_district[home, work] <= figure + 5 + 1e-6
        # without the finer figures it is otherwise, so they do bind
        plain = sums(*self.found(self.PAIRS), work="municipality")
        assert plain["14511", "14524330"] > 20

    def test_a_pair_of_municipalities_above_that_of_its_districts_is_named(self):
        with pytest.raises(DemandError, match=r"14524330 -> 14511|14524 -> 14511"):
            self.found((*self.PAIRS, ("14524330", "14511", 200)))

    def test_heads_above_the_jobs_of_the_district_are_named(self):
        zones = make_zones(self.ROWS)
        with pytest.raises(DemandError, match=r"9,000 heads do not fit into the .* jobs of district 14524 .*s0"):
            commute(
                zones,
                make_sites([6], [9000.0]),
                skims_of(zones),
                statistics=statistics(self.PAIRS),
                parameters=PARAMETERS,
            )

    def test_more_out_commuters_than_workers_are_named(self):
        with pytest.raises(DemandError, match="commute out of district 14524"):
            self.found([("14524", "14511", 5000)])

    def test_totals_of_municipalities_hold_and_those_of_places_outside_are_refused(self):
        plain = sums(*self.found(self.PAIRS), work="municipality")
        before = sum(n for (home, work), n in plain.items() if work == "14524330" and home != "14524")
        both = sums(*self.found(self.PAIRS), "municipality", "municipality")
        into = sum(n for (home, work), n in both.items() if work == "14524330" and home != work)
        wanted = 10 * round(1.1 * into / 10)
        options = {"total_district": ["14524330"], "in_commuters": [wanted]}
        both = sums(*self.found(self.PAIRS, **options), "municipality", "municipality")
        assert before > 0
        found = sum(n for (home, work), n in both.items() if work == "14524330" and home != work)
        assert wanted - 5.01 <= found <= wanted + 5.01
        with pytest.raises(DemandError, match="totals of 14511 are known, but no zone of the region lies there"):
            self.found(self.PAIRS, total_district=["14511"], in_commuters=[90])


class TestWithoutStatistics:
    ROWS = (
        ("a", "1", "1", IN, 300.0, 250.0),
        ("b", "1", "1", IN, 500.0, 450.0),
        ("x", "2", "2", OUT, 400.0, 600.0),
        ("y", "3", "3", OUT, 100.0, 300.0),
    )

    def found(self, rows, skims=None):
        zones = make_zones(rows)
        return commute(zones, make_sites(), skims or skims_of(zones), statistics=None, parameters=PARAMETERS).trips

    def test_people_cross_the_border_and_internal_margins_hold(self):
        trips = self.found(self.ROWS)
        np.testing.assert_allclose(trips[:2].sum(axis=1), [300, 500], rtol=1e-8)
        np.testing.assert_allclose(trips[:, :2].sum(axis=0), [250, 450], rtol=1e-8)
        assert trips[:2, 2:].sum() > 50
        assert trips[2:, :2].sum() > 20
        assert (trips[2:, 2:] == 0).all()
        assert trips[:2, 2:].sum() - trips[2:, :2].sum() == pytest.approx(100, rel=1e-6)

    def test_a_second_scale_of_time_changes_nothing_it_should_not(self):
        """Outside jobs doubled draw more people out; the same masses in twice as many zones the same."""
        more = [(*row[:5], row[5] * 2) if row[3] == OUT else row for row in self.ROWS]
        assert self.found(more)[:2, 2:].sum() > self.found(self.ROWS)[:2, 2:].sum()

    def test_alone_jobs_are_scaled_to_the_workers(self):
        trips = self.found(self.ROWS[:2])
        np.testing.assert_allclose(trips.sum(axis=0), 800 * np.array([250, 450]) / 700, rtol=1e-8)

    def test_workers_without_any_job_are_named(self):
        rows = [(*row[:5], 0.0) if row[3] == OUT else row for row in self.ROWS]
        with pytest.raises(DemandError, match="no external zone has jobs"):
            self.found(rows)


def test_a_zone_cut_in_two_changes_little():
    """Halves of a zone share its workers, jobs and area; nobody between other zones should notice."""
    from shapely.geometry import box

    def region(parts):
        n = len(parts)
        polygon = np.empty(n, object)
        polygon[:] = [box(x, 50.71, x + width, 50.728) for x, width, _, _ in parts]
        ids = [f"z{k}" for k in range(n)]
        zones = Zones(
            zone_id=ids, name=ids, municipality=["1"] * n, district=["1"] * n, kind=np.zeros(n, np.uint8),
            lon_deg=[x + width / 2 for x, width, _, _ in parts], lat_deg=np.full(n, 50.72), residents=np.zeros(n),
            employed_residents=[part[2] for part in parts], jobs=[part[3] for part in parts], polygon=polygon,
        )  # fmt: skip
        return commute(zones, make_sites(), skims_of(zones), statistics=None, parameters=PARAMETERS).trips

    # of two kilometres, as zones of the embedded region are
    parts = [(12.0 + 0.028 * k, 0.028, 300.0 + 40 * k, 500.0 - 40 * k) for k in range(8)]
    x, width, workers, jobs = parts[3]
    halves = [(x, width / 2, workers / 2, jobs / 2), (x + width / 2, width / 2, workers / 2, jobs / 2)]
    whole = region(parts)
    cut = region([*parts[:3], *halves, *parts[4:]])
    kept = np.r_[0:3, 5:9]
    joined = np.array([cut[kept][:, 3:5].sum(axis=1), cut[3:5][:, kept].sum(axis=0)])
    others = [k for k in range(8) if k != 3]
    np.testing.assert_allclose(cut[np.ix_(kept, kept)].sum(), whole[np.ix_(others, others)].sum(), rtol=0.02)
    # what the zone itself exchanges changes a little more: half of it is nearer, and deterrence is convex
    np.testing.assert_allclose(joined.sum(), whole[others, 3].sum() + whole[3, others].sum(), rtol=0.05)
    assert cut.sum() == pytest.approx(whole.sum(), rel=1e-8)
