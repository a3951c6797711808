"""A works bus is for the workers of its site: nobody else gains by it, and what it costs and holds is told."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand, network, scenarios
from itas_mobility.core import ODMatrix, ServiceDays, TravelWindow
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.scenarios import Scenario, StageStore
from itas_mobility.scenarios.comparing.comparison import compare
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.stages.line_supply import operating_figures, service_timetable

WERK, HALLE = 2, 3
"""Rows of the zones of the two works."""


def works_bus(line="W", stops=("Dorf", "Schule"), **fields):
    """A works bus of `werk` all half hour from 5 to 9 and back from 13 to 17, at 40 km/h."""
    fields.setdefault("departures_out", [f"{h:02d}:{m}" for h in range(5, 9) for m in ("05", "35")])
    fields.setdefault("departures_back", [f"{h:02d}:{m}" for h in range(13, 17) for m in ("05", "35")])
    return MEASURE_ADAPTER.validate_python(
        {"type": "company_shuttle", "line": line, "site": "werk", "stops": stops, "speed_km_per_h": 40, **fields}
    )


@pytest.fixture(scope="module")
def neighbours():
    """The made region with the gate of `halle` 100 m from that of `werk`."""
    region = made_region()
    gate = region.sites.gate_lon_deg + np.array([0.0, np.diff(region.roads.node_lon_deg[[20, 41]])[0]])
    lon = region.zones.lon_deg.copy()
    lon[HALLE] = gate[1]
    return replace(
        region,
        sites=replace(region.sites, gate_lon_deg=gate, gate_stop_name=["Werk", ""]),
        zones=replace(region.zones, lon_deg=lon),
    )


def legs_of(region):
    return network.transit.access_legs(region.walk, region.zones, region.sites, region.transit)


def reached(region):
    """Home zones by site from which both ways of the shift are possible."""
    found = demand.transit.shift_reachability(
        service_timetable(region, StageStore()),
        legs_of(region),
        region.zones,
        region.sites,
        workers=np.ones((len(region.sites), len(region.zones))),
    )
    return {
        site: set(found.zone_id[found.is_out[row] & found.is_back[row]].tolist())
        for row, site in enumerate(found.site_id.tolist())
    }


def skims_of(region):
    """Mean journeys on headways morning and afternoon, and times in the timetable over both."""
    legs, found = legs_of(region), []
    for begin, end in ((5 * HOUR, 9 * HOUR), (13 * HOUR, 17 * HOUR)):
        window = TravelWindow(begin, end)
        found.append(demand.skim_transit(region.transit, legs, region.zones, window=window)["time_s"])
        times = demand.transit.skim_timetable(
            service_timetable(region, StageStore()), legs, region.zones, window=window, step_s=600.0
        )
        found += [times[name] for name in times if name.startswith("time")]
    return np.array(found)


@pytest.fixture(params=["headways", "timetable"])
def region(request, neighbours):
    if request.param == "headways":
        return neighbours
    day = network.transit.timetable_from_headways(neighbours.transit)
    return replace(neighbours, timetable=ServiceDays(["Mo-Fr"], (day,)))


def test_its_own_workers_gain_and_those_next_door_do_not(region):
    before, after = reached(region), reached(works_bus().apply(region))
    assert after["werk"] - before["werk"] == {"dorf"}
    assert after["halle"] == before["halle"]
    assert "dorf" not in after["halle"]
    everybody = reached(works_bus(open_to_all=True).apply(region))
    assert "dorf" in everybody["halle"], "the bus would serve them, were it open to all"
    assert everybody["werk"] == after["werk"]


def test_no_journey_of_others_changes(region):
    """Two works buses from either side: nobody rides between their stops, through the gate, or on to the neighbour."""
    base = skims_of(region)
    buses = works_bus("V", stops=("Markt",)).apply(works_bus().apply(region))
    found = skims_of(buses)
    others = [0, 1, HALLE]
    np.testing.assert_array_equal(found[np.ix_(range(len(base)), others, others)], base[:, others][:, :, others])
    assert found[0, 1, WERK] < base[0, 1, WERK]
    shared = works_bus("V", stops=("Markt",), open_to_all=True).apply(works_bus(open_to_all=True).apply(region))
    assert not np.array_equal(skims_of(shared)[:, 1, 0], base[:, 1, 0]), "open to all, they lead from Dorf to Markt"


def test_nobody_is_loaded_between_two_of_its_stops(neighbours):
    changed = works_bus().apply(neighbours)
    trips = np.full((4, 4), 10.0)
    np.fill_diagonal(trips, 0.0)
    loads = demand.transit.assign_transit(
        changed.transit,
        legs_of(changed),
        ODMatrix(changed.zones.zone_id, trips, 4.0),
        window=TravelWindow(5 * HOUR, 9 * HOUR),
    ).to_dataframe()
    bus = loads[loads["line"] == "W"]
    off = bus.groupby("stop_name")["alightings"].sum()
    assert off["Werk, Werkbus Ankunft"] > 0
    assert off["Schule"] == off["Dorf"] == 0.0
    assert bus.groupby("stop_name")["boardings"].sum()["Werk, Werkbus Ankunft"] == 0.0


def test_stops_of_a_site_are_joined_to_its_zone_alone(neighbours):
    legs = legs_of(works_bus().apply(neighbours))
    reserved = [legs.n_stops - 2, legs.n_stops - 1]
    assert set(legs.zone[np.isin(legs.stop, reserved)].tolist()) == {WERK}
    assert not np.isin(legs.transfer_from, reserved).any()
    assert not np.isin(legs.transfer_to, reserved).any()
    plain = legs_of(neighbours)
    open_legs = ~np.isin(legs.stop, reserved)
    np.testing.assert_array_equal(legs.zone[open_legs], plain.zone)
    np.testing.assert_array_equal(legs.time_s[open_legs], plain.time_s)
    np.testing.assert_array_equal(legs.transfer_time_s, plain.transfer_time_s)


def test_a_stop_for_an_unknown_site_is_refused(neighbours):
    lines = network.transit.build_stop(neighbours.transit, "X", lon_deg=12.0, lat_deg=50.0, site="werrk")
    with pytest.raises(InputError, match=r"transit\.stop_site: no such site: werrk"):
        replace(neighbours, transit=lines)
    with pytest.raises(NetworkError, match="stop 'new:X' is for workers of site 'werrk', which is not known"):
        network.transit.access_legs(neighbours.walk, neighbours.zones, neighbours.sites, lines)


def test_boarding_rules_of_another_length_are_refused(neighbours):
    with pytest.raises(NetworkError, match="line N: may_board has 1 values for 2 stops"):
        network.transit.add_direction(
            neighbours.transit, "N", mode=3, stops=["Markt", "Dorf"], departures_s=[0], speed_km_per_h=20,
            may_board=[True],
        )  # fmt: skip


def test_what_the_bus_costs(region):
    """16 trips a day at 40 km/h; one bus drives back empty in time for the next trip."""
    plain = works_bus().apply(region)
    found = operating_figures(plain, StageStore()).to_dataframe().set_index("line").loc["W"]
    value = plain.parameters.value
    assert found["trips"] == 16
    assert found["vehicle_h"] == pytest.approx(found["vehicle_km"] / 40.0, rel=2e-3)
    assert found["vehicle_km"] == pytest.approx(16 * 1.3 * (4.0 + 2.0), rel=0.01)
    assert found["vehicles"] == 1
    slow = replace(plain, parameters=plain.parameters.with_value("empty_run_speed_km_per_h", 5.0, source="test"))
    figures = operating_figures(slow, StageStore()).to_dataframe().set_index("line").loc["W"]
    assert figures["vehicles"] > 1
    wanted = [
        found["vehicle_km"] * value("shuttle_cost_eur_per_km"),
        found["vehicle_h"] * value("shuttle_cost_eur_per_h"),
    ]
    assert found["cost_eur"] == pytest.approx(sum(wanted) + value("shuttle_cost_eur_per_vehicle_day"))
    hired = works_bus(cost_eur_per_h=95.0).apply(region)
    priced = operating_figures(hired, StageStore()).to_dataframe().set_index("line").loc["W"]
    assert priced["cost_eur"] == pytest.approx(95.0 * found["vehicle_h"])


def test_a_fleet_on_demand_is_paid_for_its_hours(region):
    measure = MEASURE_ADAPTER.validate_python(
        {"type": "on_demand_shuttle", "line": "R", "site": "werk", "stop": "Dorf", "area_km2": 4, "requests_per_h": 12,
         "vehicles": 4, "start": "05:00", "end": "17:00"}
    )  # fmt: skip
    found = operating_figures(measure.apply(region), StageStore()).to_dataframe().set_index("line").loc["R"]
    hourly = demand.transit.size_on_demand(12, 4, vehicles=4, cost_eur_per_h=45).cost_eur_per_h
    assert found["cost_eur"] == pytest.approx(12 * hourly)
    assert (found["vehicles"], found["vehicle_h"], found["trips"]) == (4, 48.0, 0)
    all_day = measure.model_copy(update={"start": "00:00", "end": "28:00"}).apply(region)
    assert operating_figures(all_day, StageStore()).to_dataframe().set_index("line").loc["R", "vehicle_h"] == 96.0
    gone = MEASURE_ADAPTER.validate_python({"type": "remove_line", "line": "R"}).apply(measure.apply(region))
    assert "R" not in operating_figures(gone, StageStore()).line


@pytest.fixture(scope="module")
def runs(neighbours):
    store = StageStore()
    changes = {"small": works_bus(seats=1), "large": works_bus(seats=200)}
    return {
        "base": scenarios.run(neighbours, store=store),
        **{
            name: scenarios.run(neighbours, Scenario(name, measures=(bus,)), store=store)
            for name, bus in changes.items()
        },
    }


def test_a_run_tells_what_operation_costs(runs):
    base, changed = (runs[name].indicators for name in ("base", "large"))
    assert changed["transit_vehicle_km_per_day"] > base["transit_vehicle_km_per_day"] > 0
    assert changed["transit_vehicles"] == base["transit_vehicles"] + 1
    lines = runs["large"].tables["lines"].set_index("line")
    assert changed["operating_cost_eur_per_day"] == pytest.approx(lines["cost_eur"].sum())
    assert changed["operating_cost_eur_per_day"] - base["operating_cost_eur_per_day"] == pytest.approx(
        lines.loc["W", "cost_eur"]
    )
    assert lines.loc["W", "seats"] == 200
    assert np.isnan(lines.loc["1", "seats"])


def test_a_bus_that_is_too_small_is_told(runs):
    lines = {name: runs[name].tables["lines"].set_index("line").loc["W"] for name in ("small", "large")}
    assert lines["small"]["fullest_trip"] == lines["large"]["fullest_trip"] > 1.0
    assert lines["small"]["boardings"] > lines["small"]["fullest_trip"]
    persons = f"{lines['small']['fullest_trip']:.0f}"
    told = [one["text_de"] for one in compare(runs["base"], runs["small"]).explain(runs["small"], most=12)]
    assert f"Werkbus W: {persons} Personen auf 1 Platz in der vollsten Fahrt" in told
    told = [one["text_de"] for one in compare(runs["base"], runs["large"]).explain(runs["large"], most=12)]
    assert not any("Personen auf" in one for one in told)


def test_what_another_reached_worker_costs_is_told(runs):
    comparison = compare(runs["base"], runs["large"])
    eur, workers = comparison.cost_of_reach(runs["large"])
    before, after = runs["base"], runs["large"]
    assert eur == pytest.approx(
        after.indicators["operating_cost_eur_per_day"] - before.indicators["operating_cost_eur_per_day"]
    )
    shifts = after.tables["shifts"].set_index("site_id")
    base_shifts = before.tables["shifts"].set_index("site_id")
    gained = (shifts["both_share"] - base_shifts["both_share"]) * shifts["workers"]
    assert workers == pytest.approx(gained.sum())
    assert gained["halle"] == pytest.approx(0.0)
    told = [one["text_en"] for one in comparison.explain(runs["large"], most=12)]
    assert any(f"{eur / workers:.2f} € per worker and day" in one for one in told)
