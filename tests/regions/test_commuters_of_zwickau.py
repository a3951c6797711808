"""Who works where in the embedded region: published totals, Saxon distances, and that the parameters are their fit."""

import dataclasses

import numpy as np
import pytest

from itas_mobility import demand, network, regions
from itas_mobility.core import OTHERS, Parameters, ZoneKind

SAXONY = np.array([57.4, 27.8, 14.8])
"""Commuters by distance to work, per cent: below 10 km, 10 to 25 km, above (Saxony 2020)."""


@pytest.fixture(scope="module")
def region():
    return regions.zwickau()


@pytest.fixture(scope="module")
def skims(region):
    return demand.skim(network.connect(region.roads, region.zones))


@pytest.fixture(scope="module")
def commuters(region, skims):
    return demand.commute(
        region.zones, region.sites, skims, statistics=region.commuters, parameters=region.parameters
    ).trips


def residents_ways(region, skims, trips):
    """Weights (persons of a working day) and kilometres of the residents' ways to work."""
    inside = region.zones.kind != ZoneKind.EXTERNAL
    value = region.parameters.value
    km = demand.with_intrazonal(skims, region.zones, parameters=region.parameters)["length_m"][inside] / 1000
    return trips[inside] * np.where(km > value("far_km"), value("presence_far_share"), value("presence_share")), km


def bands(region, skims, trips, edges=(0, 10, 25, np.inf)):
    weight, km = residents_ways(region, skims, trips)
    return 100 * np.histogram(km, edges, weights=weight)[0] / weight.sum()


def test_the_account_is_stated(region):
    into, out = region.commuters.account("14524", "in"), region.commuters.account("14524", "out")
    assert (into.known, into.total, into.remainder) == (31_430, 34_160, 2_730)
    assert (out.known, out.total, out.remainder) == (34_340, 34_380, 40)


def test_published_totals_and_pairs_are_met(region, commuters):
    zones, statistics = region.zones, region.commuters
    inside = zones.kind != ZoneKind.EXTERNAL
    assert commuters[np.ix_(~inside, inside)].sum() == pytest.approx(34_160, abs=5)
    assert commuters[np.ix_(inside, ~inside)].sum() == pytest.approx(34_380, abs=5)
    assert (commuters[np.ix_(~inside, ~inside)] == 0).all()
    for row, (home, work) in enumerate(zip(statistics.home_district, statistics.work_district, strict=True)):
        there = home if work == "14524" else work
        own = statistics.place_district[statistics.place_key == there]
        # a Kreis that alone stands behind its zones can be told in the matrix
        if home != work and (statistics.place_district == own[0]).sum() == 1:
            found = commuters[np.ix_(zones.district == home, zones.district == work)].sum()
            assert statistics.low[row] - 1e-6 <= found <= statistics.high[row] + 1e-6


def test_others_are_in_the_far_zones_alone(region, commuters):
    statistics, zones = region.commuters, region.zones
    others = statistics.place_key == OTHERS
    assert statistics.place_share[others].sum() == pytest.approx(1)
    near = zones.district == "14511"
    assert not np.isin(statistics.place_district[others], np.unique(zones.district[near])).any()
    inside = zones.kind != ZoneKind.EXTERNAL
    for district in statistics.place_district[others].tolist():
        keys = statistics.place_key[(statistics.place_district == district) & ~others]
        listed = statistics.employees[np.isin(statistics.home_district, keys)].sum()
        share = float(statistics.place_share[others][statistics.place_district[others] == district][0])
        found = commuters[np.ix_(zones.district == district, inside)].sum()
        assert found == pytest.approx(listed + share * 2_730, abs=1)


def test_distances_are_those_of_saxony(region, skims, commuters):
    np.testing.assert_allclose(bands(region, skims, commuters), SAXONY, atol=1.0)
    # held out of the fit
    below_5_km = bands(region, skims, commuters, (0, 5, np.inf))[0]
    assert below_5_km == pytest.approx((34.1 + 27.1) / 2, abs=3)
    weight, km = residents_ways(region, skims, commuters)
    near = km < region.parameters.value("far_km")
    parameter = region.parameters["mean_commute_km"]
    assert parameter.low <= (weight * km)[near].sum() / weight[near].sum() <= parameter.high


def with_deterrence(region, **changes):
    changed = {
        name: dataclasses.replace(region.parameters[name], value=value, low=min(value, 0.0), high=max(value, 1.0))
        for name, value in changes.items()
    }
    return Parameters({**region.parameters, **changed})


def test_the_shipped_parameters_are_the_fit(region, skims, commuters):
    def miss(**changes):
        trips = demand.commute(
            region.zones,
            region.sites,
            skims,
            statistics=region.commuters,
            parameters=with_deterrence(region, **changes),
        ).trips
        return float(((bands(region, skims, trips) - SAXONY) ** 2).sum())

    shipped = float(((bands(region, skims, commuters) - SAXONY) ** 2).sum())
    beta = region.parameters.value("commute_beta_per_min")
    assert shipped < miss(commute_beta_per_min=beta - 0.01)
    assert shipped < miss(commute_beta_per_min=beta + 0.01)
    # a power alone, of minutes + 2, comes nowhere near
    assert miss(commute_beta_per_min=0.0, commute_power=2.0) > 100 * shipped
    assert miss(commute_beta_per_min=0.0, commute_power=2.79) > 50 * shipped
