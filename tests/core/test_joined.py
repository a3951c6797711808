"""Zones and sites behind others keep all columns, and everybody's gates."""

from dataclasses import fields

import pytest

from itas_mobility import regions
from itas_mobility.core.columns import content_digest
from itas_mobility.core.sites import joined_sites
from itas_mobility.core.zones import joined_zones
from itas_mobility.errors import InputError


@pytest.fixture(scope="module")
def region():
    return regions.zwickau()


@pytest.mark.parametrize("start", [1, 5])
def test_what_is_taken_apart_is_joined_again(region, start):
    """The last sites and zones behind the first ones are all of them; so are none behind all."""
    sites, zones = region.sites, region.zones
    none = joined_sites(sites, sites, start=len(sites))
    assert content_digest(none) == content_digest(sites)
    assert content_digest(joined_zones(zones, zones, start=len(zones))) == content_digest(zones)
    first = _first(sites, start)
    both = joined_sites(first, sites, start=start)
    assert content_digest(both) == content_digest(sites)


def _first(sites, n):
    gates = int(sites.gate_ptr[n])
    of_gates = ("gate_name", "gate_lon_deg", "gate_lat_deg", "gate_stop_name", "stop_to_gate_m")
    values = {}
    for column in fields(sites):
        value = getattr(sites, column.name)
        if column.name == "gate_ptr":
            value = value[: n + 1]
        elif column.name in of_gates:
            value = value[:gates]
        elif column.name != "provenance":
            value = value[:n]
        values[column.name] = value
    return type(sites)(**values)


def test_nobody_stands_twice(region):
    with pytest.raises(InputError, match="stands more than once"):
        joined_sites(region.sites, region.sites)
    with pytest.raises(InputError, match="stands more than once"):
        joined_zones(region.zones, region.zones, start=len(region.zones) - 1)
