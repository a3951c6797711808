"""The shipped examples of sites, and a plant of the embedded region that closes: who commutes afterwards."""

from pathlib import Path

import numpy as np
import pytest

from itas_mobility import demand, network, scenarios
from itas_mobility.core import ZoneKind
from itas_mobility.core.job_changes import WORKERS
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.stages.workplaces import find_workplaces, with_new_sites

EXAMPLES = sorted((Path(__file__).parents[3] / "scenarios" / "sites").glob("*.toml"))
VW = "vw_mosel"


@pytest.fixture(scope="module")
def places(zwickau):
    """Workers by home and work zone after a scenario, without any equilibrium."""
    store = scenarios.StageStore()

    def of(scenario):
        region = scenario.apply(zwickau)
        base = with_new_sites(zwickau, region)
        skims = demand.skim(network.connect(base.roads, base.zones))
        return region, find_workplaces(base, region, skims, store)

    return of


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_each_example_says_that_it_is_made_up_and_keeps_the_accounts(places, path):
    scenario = scenarios.load(path)
    assert "stilisiert" in scenario.title_in("de")
    region, found = places(scenario)
    heads = found.commuters.trips[:, region.sites.zone].sum(axis=0)
    np.testing.assert_allclose(heads, region.sites.head_count, atol=1e-3)
    lost = sum(one.heads for one in region.job_changes if one.workers == "jobs_lost")
    assert np.diff(found.account.employees).sum() == pytest.approx(lost, abs=1e-3)


@pytest.mark.parametrize("workers", WORKERS)
def test_a_plant_that_closes_takes_its_workers_where_it_is_told(places, zwickau, workers):
    before = places(scenarios.Scenario("as it is"))[1].commuters
    closed = MEASURE_ADAPTER.validate_python({"type": "close_site", "site": VW, "workers": workers})
    _, found = places(scenarios.Scenario("closed", measures=(closed,)))
    at_plant = before.trips[:, zwickau.sites.zone[zwickau.sites.row(VW)]]
    from_outside = at_plant[zwickau.zones.kind == ZoneKind.EXTERNAL].sum()
    assert from_outside > 0.1 * at_plant.sum()
    fall = {
        "jobs_lost": (8400.0, from_outside, 0.0),
        "jobs_move_within_region": (0.0, 0.0, 0.0),
        "workers_commute_elsewhere": (from_outside, from_outside, from_outside - 8400.0),
    }[workers]
    account = found.account
    told = [-np.diff(values)[0] for values in (account.employees, account.in_commuters, account.out_commuters)]
    assert told == pytest.approx(fall, abs=0.01)
    assert account.employees[0] == pytest.approx(before.total, rel=1e-12)


@pytest.mark.parametrize("site", [VW, "st_egidien"])
def test_a_site_out_of_the_matrix_gets_its_homes_back(places, zwickau, site):
    """As if it were new: the gravity model of the jobs around it knows where its workers live."""
    before = places(scenarios.Scenario("as it is"))[1].commuters
    column = int(zwickau.sites.zone[zwickau.sites.row(site)])
    skims = demand.skim(network.connect(zwickau.roads, zwickau.zones))
    weights = np.exp(-zwickau.parameters.value("commute_beta_per_min") * skims["time_s"] / 60.0)
    matrix = before.trips.copy()
    matrix[:, column] = 0.0
    homes = demand.homes_of_a_new_site(matrix, zwickau.zones, weights, column)
    np.testing.assert_allclose(homes, before.trips[:, column] / before.trips[:, column].sum(), atol=1e-9)
