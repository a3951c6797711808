"""Examples of measures on public transport, on the embedded region."""

from pathlib import Path

import numpy as np
import pytest

from itas_mobility import demand, network, scenarios
from itas_mobility.scenarios.measures import CompanyShuttle, OnDemandShuttle, RetimeToShift
from itas_mobility.scenarios.stages.line_supply import service_timetable
from itas_mobility.units import SECONDS_PER_MINUTE

EXAMPLES = sorted((Path(__file__).parents[3] / "scenarios" / "transit").glob("*.toml"))


@pytest.fixture(scope="module")
def reach():
    """Reachability of a region with the parameters of a run, one worker per site, shift and zone."""

    def of(region):
        value = region.parameters.value
        legs = network.transit.access_legs(
            region.walk,
            region.zones,
            region.sites,
            region.transit,
            walk_speed_km_per_h=value("walk_speed_km_per_h"),
        )
        return demand.transit.shift_reachability(
            service_timetable(region, scenarios.StageStore()),
            legs,
            region.zones,
            region.sites,
            workers=np.ones((len(region.sites), len(region.zones))),
            arrive_buffer_s=value("shift_arrive_buffer_min") * SECONDS_PER_MINUTE,
            leave_buffer_s=value("shift_leave_buffer_min") * SECONDS_PER_MINUTE,
            max_journey_s=value("shift_max_journey_min") * SECONDS_PER_MINUTE,
        )

    return of


def row_of(found, site, shift):
    return int(np.flatnonzero((found.site_id == site) & (found.shift == shift))[0])


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_each_example_changes_the_region(zwickau, path):
    scenario = scenarios.load(path)
    changed = scenario.apply(zwickau)
    assert changed is not zwickau
    assert "stilisiert" in scenario.title_in("de")


def test_retiming_one_bus_moves_reachability(zwickau, reach):
    """Line 150 does not fit the early shift at St. Egidien: one trip moved brings new zones there in time."""
    measure = RetimeToShift(
        type="retime_to_shift", line="150", site="st_egidien", shift="frueh", direction="out", max_shift_min=30
    )
    before, after = reach(zwickau), reach(measure.apply(zwickau))
    row = row_of(before, "st_egidien", "frueh")
    gained = after.is_out[row] & ~before.is_out[row]
    assert gained.sum() >= 20
    assert (before.failing_leg[row][gained] != "none").all()
    assert (after.is_out & after.is_back).sum() > (before.is_out & before.is_back).sum()


def test_a_works_bus_brings_workers_from_werdau(zwickau, reach):
    scenario = scenarios.load(next(path for path in EXAMPLES if path.stem == "works_bus_werdau"))
    before, after = reach(zwickau), reach(scenario.apply(zwickau))
    for shift in ("frueh", "spaet"):
        row = row_of(before, "vw_mosel", shift)
        gained = (after.is_out & after.is_back)[row] & ~(before.is_out & before.is_back)[row]
        assert gained.any(), shift


def test_an_on_demand_shuttle_closes_the_last_mile(zwickau, reach):
    scenario = scenarios.load(next(path for path in EXAMPLES if path.stem == "on_demand_glauchau"))
    before, after = reach(zwickau), reach(scenario.apply(zwickau))
    rows = before.site_id == "glauchau_west"
    assert (after.is_out & after.is_back)[rows].sum() > (before.is_out & before.is_back)[rows].sum()


def test_shuttles_of_a_site_share_the_stops_at_its_gates(zwickau):
    """The plant has two gates: an on-demand shuttle serves both, an open works bus the first, at the same stops."""
    on_demand = OnDemandShuttle(
        type="on_demand_shuttle", line="R", site="vw_mosel", stop="Mosel", area_km2=4, requests_per_h=30
    )
    works_bus = CompanyShuttle(
        type="company_shuttle",
        line="W9",
        site="vw_mosel",
        stops=("Bahnhof, Werdau",),
        speed_km_per_h=40,
        open_to_all=True,
    )
    both = scenarios.Scenario("both", measures=(on_demand, works_bus)).apply(zwickau).transit
    gates = [str(name) for name in both.stop_name if "Shuttle" in name]
    assert len(gates) == 2
    assert both.n_stops == zwickau.transit.n_stops + 2
    ends = {
        str(both.line[k]): {
            str(both.stop_name[both.stop[both.stop_ptr[k]]]),
            str(both.stop_name[both.stop[both.stop_ptr[k + 1] - 1]]),
        }
        for k in range(zwickau.transit.n_patterns, both.n_patterns)
    }
    assert len(ends) == 3, "one on-demand line per gate, and the works bus"
    assert [gate for line, stops in ends.items() if line == "W9" for gate in stops & set(gates)] == gates[:1]
    assert {gate for line, stops in ends.items() if line != "W9" for gate in stops & set(gates)} == set(gates)
