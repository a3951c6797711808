"""The embedded region and its baseline, computed once per test process."""

import pytest

from itas_mobility import regions, scenarios


@pytest.fixture(scope="session")
def zwickau():
    return regions.zwickau()


@pytest.fixture(scope="session")
def store():
    return scenarios.StageStore()


@pytest.fixture(scope="session")
def base(zwickau, store):
    return scenarios.run(zwickau, store=store)


@pytest.fixture(scope="session")
def run_with(zwickau, store):
    """Run the embedded region with some measures."""
    known = {}

    def go(*measures):
        name = "; ".join(str(measure) for measure in measures)
        if name not in known:
            known[name] = scenarios.run(zwickau, scenarios.Scenario("changed", measures=measures), store=store)
        return known[name]

    return go
