"""Whole scenarios of the embedded region, and reading it."""

from itertools import count
from pathlib import Path

from benchmarks.cases import Run, case


@case("region: read roads of three modes and lines from OpenStreetMap", repeats=2)
def read_networks(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import network, regions

    file = Path(regions.__file__).parent / "zwickau_data" / "network.osm.gz"
    return lambda: (network.read_osm_modes(file), network.read_osm_lines(file))


@case("scenario: baseline from nothing", repeats=2)
def baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios

    region = regions.zwickau()
    return lambda: scenarios.run(region)


@case("scenario: used paths of eight slices", reference="scenario: baseline from nothing", repeats=3)
def used_paths(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import demand, emobility, regions, scenarios
    from itas_mobility.scenarios.stages.mode_equilibrium import balanced, prepare
    from itas_mobility.scenarios.stages.used_paths import drive

    region, store = regions.zwickau(), scenarios.StageStore()
    inputs = prepare(region, region, demand.day_slices(), store)
    found = balanced(inputs, inputs, scenarios.RunSettings(), store)
    traction = emobility.traction_from(region.parameters)
    combustion = emobility.combustion_from(region.parameters)
    return lambda: drive(inputs.nets.roads, found.car, found.results, traction, combustion, scenarios.StageStore())


@case("scenario: electric cars after the baseline", reference="scenario: baseline from nothing", repeats=3)
def after_the_baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios
    from itas_mobility.scenarios.measures import ElectricShare

    region, store, number = regions.zwickau(), scenarios.StageStore(), count()
    scenarios.run(region, store=store)

    def go() -> object:
        share = 0.3 + 0.01 * next(number)  # another one each time, so that nothing is found in the store
        measure = ElectricShare(type="electric_share", share=share)
        return scenarios.run(region, scenarios.Scenario("electric", measures=(measure,)), store=store)

    return go


@case("scenario: more frequent buses after the baseline", reference="scenario: baseline from nothing", repeats=3)
def buses_after_the_baseline(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from itas_mobility import regions, scenarios
    from itas_mobility.scenarios.measures import ChangeHeadway

    region, store, number = regions.zwickau(), scenarios.StageStore(), count()
    scenarios.run(region, store=store)

    def go() -> object:
        headway_min = 15.0 + next(number)
        measure = ChangeHeadway(type="change_headway", line="101", headway_min=headway_min, start="05:30", end="22:00")
        return scenarios.run(region, scenarios.Scenario("buses", measures=(measure,)), store=store)

    return go


@case("scenario: baseline on a timetable from nothing", reference="scenario: baseline from nothing", repeats=2)
def baseline_on_a_timetable(quick: bool) -> Run:  # noqa: ARG001  # the region has one size
    from dataclasses import replace

    from itas_mobility import network, regions, scenarios
    from itas_mobility.core import ServiceDays

    plain = regions.zwickau()
    region = replace(
        plain, timetable=ServiceDays(["Werktag"], (network.transit.timetable_from_headways(plain.transit),))
    )
    return lambda: scenarios.run(region)
