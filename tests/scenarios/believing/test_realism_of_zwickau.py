"""The embedded region answers to prices, service and times as published evidence says."""

import pytest

from itas_mobility import regions, scenarios


@pytest.fixture(scope="module")
def found():
    return scenarios.realism(regions.zwickau(), progress=False)


def test_all_bars_are_met(found):
    missed = {row.name: (row.short, row.long, row.reason.de) for row in found if row.within is not True}
    assert missed == {}


def test_the_price_of_fuel_moves_more_in_the_long_run(found):
    assert found["fuel_price"].long < 2.0 * found["fuel_price"].short
