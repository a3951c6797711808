"""Each stage is pushed once and must move the named indicator in the named direction."""

import numpy as np
import pytest

from itas_mobility import demand, network
from itas_mobility.scenarios import StageStore
from itas_mobility.scenarios.measures import (
    ChangeHeadCount,
    ChangeHeadway,
    ChangeSpeed,
    ChargingPoints,
    CloseRoad,
    ElectricShare,
    MoveSite,
    RemoveLine,
    StaggerShift,
)
from itas_mobility.scenarios.stages.road_supply import connect_networks

VW = "vw_mosel"


def boardings(run, line):
    table = run.tables["lines"]
    return float(table.loc[table["line"].astype(str) == line, "boardings"].sum())


def shift(run, site, name):
    table = run.tables["shifts"]
    return table[(table["site_id"] == site) & (table["shift"] == name)].iloc[0]


def site(run, site_id):
    return run.tables["sites"].set_index("site_id").loc[site_id]


def arrivals(run):
    return run.tables["slices"].set_index("slice")["site_arrivals"]


def workers_by_municipality(region, base_region, site_id):
    """Registered workers of a site by municipality of residence."""
    reference = demand.skim(network.connect(base_region.roads, region.zones))
    commuters = demand.commute(
        region.zones,
        region.sites,
        reference,
        statistics=region.commuters,
        parameters=region.parameters,
    )
    column = commuters.trips[:, region.sites.zone[region.sites.row(site_id)]]
    names, row = np.unique(region.zones.municipality, return_inverse=True)
    return dict(zip(names.tolist(), np.bincount(row, column).tolist(), strict=True))


def test_moving_a_site_moves_its_workers(zwickau):
    limbach = "14524180"
    place = {"lon": 12.7415, "lat": 50.8659}
    moved = MoveSite(type="move_site", site=VW, **place).apply(zwickau)
    near_limbach = zwickau.zones.municipality[
        np.argmin((zwickau.zones.lon_deg - place["lon"]) ** 2 + (zwickau.zones.lat_deg - place["lat"]) ** 2)
    ]
    before = workers_by_municipality(zwickau, zwickau, VW)
    after = workers_by_municipality(moved, zwickau, VW)
    assert after[str(near_limbach)] > 1.5 * before[str(near_limbach)], limbach
    assert after["14524330"] < before["14524330"]
    assert sum(after.values()) == pytest.approx(sum(before.values()), rel=1e-9)
    assert zwickau.zones.lon_deg[zwickau.sites.zone[0]] != place["lon"], "the given region must stay as it is"


def test_halving_a_headway_raises_boardings_and_reachability(base, run_with):
    halved = run_with(
        ChangeHeadway(type="change_headway", line="101", headway_min=15, start="05:30", end="08:00"),
        ChangeHeadway(type="change_headway", line="101", headway_min=30, start="08:00", end="13:30"),
        ChangeHeadway(type="change_headway", line="101", headway_min=15, start="13:30", end="17:00"),
        ChangeHeadway(type="change_headway", line="101", headway_min=30, start="17:00", end="22:30"),
    )
    assert boardings(halved, "101") > 1.05 * boardings(base, "101")
    assert site(halved, VW)["reachable_share"] > site(base, VW)["reachable_share"]
    assert halved.indicators["transit_share"] > base.indicators["transit_share"]


def test_removing_a_line_lowers_boardings_and_reachability(base, run_with):
    removed = run_with(RemoveLine(type="remove_line", line="101"))
    assert boardings(base, "101") > 100
    assert boardings(removed, "101") == 0
    assert site(removed, VW)["reachable_share"] < site(base, VW)["reachable_share"]
    assert removed.indicators["transit_boardings"] < base.indicators["transit_boardings"]
    assert removed.indicators["transit_share"] < base.indicators["transit_share"]
    assert removed.indicators["car_share"] > base.indicators["car_share"]


def test_zero_electric_share_gives_zero_charging(base, run_with):
    none = run_with(ElectricShare(type="electric_share", share=0.0))
    assert base.indicators["charging_energy_kwh"] > 0
    assert none.indicators["electric_cars"] == 0
    assert none.indicators["charging_energy_kwh"] == 0
    assert none.indicators["charging_peak_kw"] == 0
    assert (none.tables["charging"]["power_kw"] == 0).all()
    assert none.indicators["co2_ttw_t_per_day"] > base.indicators["co2_ttw_t_per_day"]


def test_more_electric_cars_charge_more_and_meet_the_points(base, run_with):
    more = run_with(ElectricShare(type="electric_share", share=0.4))
    points = run_with(
        ElectricShare(type="electric_share", share=0.4), ChargingPoints(type="charging_points", site=VW, points=400)
    )
    assert more.indicators["charging_energy_kwh"] > base.indicators["charging_energy_kwh"]
    assert more.indicators["unserved_kwh"] > 0
    assert points.indicators["unserved_kwh"] < more.indicators["unserved_kwh"]
    assert site(points, VW)["charging_peak_kw"] > site(more, VW)["charging_peak_kw"]
    assert more.indicators["co2_ttw_t_per_day"] < base.indicators["co2_ttw_t_per_day"]


def test_closing_a_road_moves_volume_to_its_neighbours_and_raises_time(zwickau, base, run_with):
    """The B 93 between Pölbitz and Mosel."""
    box = (12.46, 50.745, 12.51, 50.785)
    measure = CloseRoad(type="close_road", road="B 93", between=box)
    closed_links = set(zwickau.roads.link_key[measure.links(zwickau.roads)].tolist())
    closed = run_with(measure)
    before = base.tables["links"].set_index("link_key")["volume_veh_per_day"]
    after = closed.tables["links"].set_index("link_key")["volume_veh_per_day"]
    assert len(closed_links) > 0
    assert before[list(closed_links)].sum() > 1000
    assert not closed_links & set(after.index)
    roads = zwickau.roads
    middle_lon = (roads.node_lon_deg[roads.tail] + roads.node_lon_deg[roads.head]) / 2
    middle_lat = (roads.node_lat_deg[roads.tail] + roads.node_lat_deg[roads.head]) / 2
    around = (np.abs(middle_lon - 12.485) < 0.06) & (np.abs(middle_lat - 50.765) < 0.04)
    neighbours = [key for key in roads.link_key[around].tolist() if key in after.index]
    assert after[neighbours].sum() > before[neighbours].sum()
    assert closed.indicators["veh_h_per_day"] > base.indicators["veh_h_per_day"]
    assert closed.indicators["mean_car_time_min"] > base.indicators["mean_car_time_min"]
    # buses of this road go round as well
    assert closed.indicators["transit_vehicle_km_per_day"] > base.indicators["transit_vehicle_km_per_day"]


def test_a_slower_road_takes_longer(base, run_with):
    slower = run_with(ChangeSpeed(type="change_speed", road="B 93", speed_km_per_h=30))
    assert slower.indicators["mean_car_time_min"] > base.indicators["mean_car_time_min"]


def test_more_heads_raise_arrivals_in_their_slice(base, run_with):
    more = run_with(ChangeHeadCount(type="change_head_count", site=VW, head_count=10_400))
    gain = arrivals(more) - arrivals(base)
    early_share, late_share = 0.45, 0.40
    assert gain["04:30-06:00"] > 0.7 * 2000 * early_share * 0.85
    assert gain["13:00-15:00"] > 0.7 * 2000 * late_share * 0.85
    assert gain["04:30-06:00"] > gain["07:00-08:00"] > 0
    assert site(more, VW)["cars"] > site(base, VW)["cars"]


def test_staggering_moves_arrivals(base, run_with):
    later = run_with(StaggerShift(type="stagger_shift", site=VW, shift="frueh", by_min=45))
    gain = arrivals(later) - arrivals(base)
    assert gain["04:30-06:00"] < -2000
    assert gain["06:00-07:00"] > 2000
    assert shift(later, VW, "frueh")["start_s"] == 6.75 * 3600


def test_workplaces_do_not_move_when_a_road_closes(zwickau):
    """Decision 0005: networks after a measure decide routes and modes, not who works where."""
    measure = CloseRoad(type="close_road", road="B 93", between=(12.46, 50.745, 12.51, 50.785))
    closed = measure.apply(zwickau)
    store = StageStore()
    a = connect_networks(zwickau, zwickau, store)
    b = connect_networks(zwickau, closed, store)
    assert np.array_equal(a.reference["time_s"], b.reference["time_s"])
    assert (b.free["time_s"] - a.free["time_s"]).max() > 10
