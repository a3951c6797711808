"""Whole scenarios of the embedded region, and reading it."""

from benchmarks.cases import Run, case


@case("region: read from its OpenStreetMap file", repeats=2)
def read_region(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from pathlib import Path

    from itas_mobility import regions

    folder = Path(regions.__file__).parent / "zwickau_data"
    return lambda: regions.read_region(folder)


@case("scenario: baseline from nothing", repeats=1)
def baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios

    region = regions.zwickau()
    return lambda: scenarios.run(region)


@case("scenario: electric cars after the baseline", reference="scenario: baseline from nothing", repeats=2)
def after_the_baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios
    from itas_mobility.scenarios.measures import ElectricShare

    region = regions.zwickau()
    store = scenarios.StageStore()
    scenarios.run(region, store=store)
    electric = scenarios.Scenario("electric", measures=(ElectricShare(type="electric_share", share=0.3),))
    return lambda: scenarios.run(region, electric, store=store)


@case("scenario: more frequent buses after the baseline", reference="scenario: baseline from nothing", repeats=2)
def buses_after_the_baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios
    from itas_mobility.scenarios.measures import ChangeHeadway

    region = regions.zwickau()
    store = scenarios.StageStore()
    scenarios.run(region, store=store)
    buses = ChangeHeadway(type="change_headway", line="101", headway_min=15, start="05:30", end="22:00")
    scenario = scenarios.Scenario("buses", measures=(buses,))
    return lambda: scenarios.run(region, scenario, store=store)
