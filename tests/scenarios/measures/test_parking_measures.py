"""Bike and ride, park and ride: from the measure through reachability and mode choice to the loads of the lines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import demand, network, scenarios
from itas_mobility.core import AccessMode, ModeShares, ServiceDays
from itas_mobility.errors import InputError, ScenarioError
from itas_mobility.scenarios import StageStore
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages import consequences
from itas_mobility.scenarios.stages.mode_equilibrium import balanced, prepare

MARKT, DORF, WERK, HALLE = range(4)
SLICES = demand.day_slices()
DAY = 1
"""Segment: the day shift of Halle, which lies at the stop Schule; Dorf lies beyond Werk and has no bus home."""
EXAMPLES = Path(__file__).parents[3] / "scenarios" / "transit"


def measure(kind, *stops):
    return MEASURE_ADAPTER.validate_python({"type": kind, "stops": stops})


@pytest.fixture(params=["headways", "timetable"])
def region(request):
    bare = made_region()
    if request.param == "headways":
        return bare
    return replace(bare, timetable=ServiceDays(["Mo-Fr"], (network.transit.timetable_from_headways(bare.transit),)))


def prepared(region):
    return prepare(region, region, SLICES, StageStore())


def way_s(inputs, zone, stop, mode):
    """Time between a zone and a stop."""
    legs = inputs.nets.access
    (row,) = np.flatnonzero((legs.zone == zone) & (legs.stop == stop) & (legs.mode == mode))
    return legs.time_s[row]


@pytest.mark.parametrize(("kind", "mode"), [("bike_and_ride", AccessMode.BIKE), ("park_and_ride", AccessMode.CAR)])
def test_vehicles_help_out_and_back_at_home_s_end(region, kind, mode):
    """From Dorf by bicycle or car to Werk, by line 1 to Schule; home the same way. Nobody takes one from Halle."""
    no_school_bus = MEASURE_ADAPTER.validate_python({"type": "remove_line", "line": "S"}).apply(region)
    before, after = prepared(no_school_bus), prepared(measure(kind, "Werk").apply(no_school_bus))
    offers = before.lines[DAY], after.lines[DAY] if mode == AccessMode.BIKE else after.lines[DAY].park_ride
    (out_before, back_before), (out, back) = ((offer.out, offer.back) for offer in offers)
    expected = way_s(after, DORF, 2, mode) + way_s(after, HALLE, 1, AccessMode.WALK)
    assert np.isinf(out_before["time_s"][DORF, HALLE])
    assert np.isinf(back_before["time_s"][HALLE, DORF])
    assert out["walk_s"][DORF, HALLE] == pytest.approx(expected)
    assert back["walk_s"][HALLE, DORF] == pytest.approx(expected)
    assert back["in_vehicle_s"][HALLE, DORF] == pytest.approx(360.0)
    same = after.lines[DAY]
    for name, value in out_before.items():
        np.testing.assert_array_equal(same.out[name][:, DORF], value[:, DORF])
    for name, value in back_before.items():
        np.testing.assert_array_equal(same.back[name][DORF], value[DORF])
    if mode == AccessMode.CAR:
        # the offer of those without a car stays as it is, and who comes as quickly on foot does not park
        np.testing.assert_array_equal(same.out["perceived_s"], out_before["perceived_s"])
        assert np.isinf(out["perceived_s"][MARKT, HALLE])
        assert after.lines[DAY].park_ride.can_reach[DORF, HALLE]
        assert not same.can_reach[DORF, HALLE]


def test_all_passengers_are_loaded_with_their_bicycles(region):
    changed = measure("bike_and_ride", "Werk").apply(region)
    store = StageStore()
    inputs = prepare(region, changed, SLICES, store)
    shares = balanced(inputs, inputs, RunSettings(), store).shares
    from_dorf = inputs.segments[DAY].workers[DORF, HALLE] * shares[DAY]["transit"][DORF, HALLE]
    assert from_dorf > 1
    loads = consequences.load_transit(changed, inputs, inputs.segments, shares, SLICES, store)
    passengers = sum(
        float((s.workers * share["transit"]).sum()) for s, share in zip(inputs.segments, shares, strict=True)
    )
    assert sum(load.assigned_trips for load in loads) == pytest.approx(2 * passengers)
    assert sum(load.unassigned_trips for load in loads) == pytest.approx(0.0)


def test_who_drives_to_a_stop_has_an_offer_of_park_and_ride_alone(region):
    """Without the school bus nobody gets from Dorf to Halle but by car to Werk; the main offer stays as it is."""
    no_school_bus = MEASURE_ADAPTER.validate_python({"type": "remove_line", "line": "S"}).apply(region)
    inputs = prepared(measure("park_and_ride", "Werk").apply(no_school_bus))
    assert (prepared(no_school_bus).lines[DAY].park_ride, inputs.lines[DAY].can_reach[DORF, HALLE]) == (None, False)
    workers, parked = inputs.segments[DAY].workers, inputs.ridden[DAY].park_ride
    assert parked.offer is inputs.lines[DAY].park_ride
    for ridden, travellers in ((parked.out, workers), (parked.back, workers.T)):
        assert sum(on_way.sum() for _, on_way in ridden.by_way(travellers)) == pytest.approx(workers.sum())
    both_s = parked.offer.out["perceived_s"], parked.offer.back["perceived_s"].T
    assert np.isfinite(both_s[0][DORF, HALLE] + both_s[1][DORF, HALLE])
    np.testing.assert_array_equal(*map(np.isfinite, both_s))


def test_without_vehicles_a_slice_is_loaded_once():
    region = made_region()
    inputs = prepared(region)
    shares = [ModeShares(("car", "transit"), np.full((2, 4, 4), 0.25))] * len(inputs.segments)
    loads = consequences.load_transit(region, inputs, inputs.segments, shares, SLICES, StageStore())
    used = {
        way.slice_row
        for segment, lines in zip(inputs.segments, inputs.ridden, strict=True)
        for ridden, travellers in ((lines.out, segment.workers), (lines.back, segment.workers.T))
        for way, _ in ridden.by_way(travellers)
    }
    assert len(loads) == len(used) > 1


def test_bicycles_make_a_shift_reachable_without_a_car_and_cars_do_not(region):
    def reached(changed):
        found = consequences.reach_shifts(changed, prepared(changed))
        row = found.site_id.tolist().index("halle")
        return bool((found.is_out & found.is_back)[row, DORF]), str(found.back_cause[row, DORF])

    assert reached(region) == (False, "ride")
    assert reached(measure("bike_and_ride", "Werk").apply(region)) == (True, "none")
    assert reached(measure("park_and_ride", "Werk").apply(region)) == (False, "ride")


def test_stops_are_added_once_and_keep_what_they_have(region):
    first = measure("bike_and_ride", "werk").apply(region)
    assert first.bike_stop_id == ("s2",)
    both = measure("park_and_ride", "Werk").apply(measure("bike_and_ride", "Dorf").apply(first))
    assert (both.bike_stop_id, both.car_stop_id) == (("s2", "s3"), ("s2",))
    with pytest.raises(ScenarioError, match="bike_and_ride: stop 'Werk' has bike and ride already"):
        measure("bike_and_ride", "Dorf", "Werk").apply(first)
    with pytest.raises(ScenarioError, match="park_and_ride: stop 'Dorff' is not known; did you mean 'Dorf'"):
        measure("park_and_ride", "Dorff").apply(region)


def test_all_platforms_of_a_station_count_and_two_places_of_one_name_are_refused(region):
    def renamed(old, new):
        def one(lines):
            return replace(lines, stop_name=np.where(lines.stop_name == old, new, lines.stop_name))

        timetable = region.timetable and ServiceDays(["Mo-Fr"], (one(region.timetable.timetables[0]),))
        return replace(region, transit=one(region.transit), timetable=timetable)

    # Tor Nord lies 500 m from Werk, Dorf lies 2 km from it
    assert measure("bike_and_ride", "Werk").apply(renamed("Tor Nord", "Werk")).bike_stop_id == ("s2", "s4")
    with pytest.raises(ScenarioError, match=r"'Werk' lie up to 2.0 km apart \(s2, s3\)"):
        measure("bike_and_ride", "Werk").apply(renamed("Dorf", "Werk"))


def test_stops_of_a_works_bus_are_for_its_workers(region):
    bus = {"type": "company_shuttle", "line": "W", "site": "werk", "stops": ["Dorf"], "speed_km_per_h": 30}
    changed = MEASURE_ADAPTER.validate_python(bus).apply(region)
    with pytest.raises(ScenarioError, match="is for the workers of werk alone"):
        measure("bike_and_ride", "Werk, Werkbus Ankunft").apply(changed)


def test_the_same_stop_twice_in_a_file_is_a_conflict_unless_vehicles_differ():
    one, other = measure("bike_and_ride", "Werk"), measure("bike_and_ride", "Dorf", "Werk")
    assert any(mine.overlaps(theirs) for mine in one.settings() for theirs in other.settings())
    cars = measure("park_and_ride", "Werk")
    assert not any(mine.overlaps(theirs) for mine in one.settings() for theirs in cars.settings())


def test_people_read_what_is_built():
    assert measure("bike_and_ride", "Werk", "Dorf").describe("de") == "Fahrrad abstellen (B+R): Werk, Dorf"
    assert measure("park_and_ride", "Werk").describe("en") == "Park and ride: Werk"


@pytest.mark.parametrize("name", ["bike_stop_id", "car_stop_id"])
def test_a_region_knows_its_stops(name):
    with pytest.raises(InputError, match=f"{name}: no such stop in transit: s9"):
        replace(made_region(), **{name: ("s1", "s9")})
    with pytest.raises(InputError, match=f"{name}: a stop is there twice"):
        replace(made_region(), **{name: ("s1", "s1")})
    assert getattr(replace(made_region(), **{name: ["s1"]}), name) == ("s1",)


def test_bicycles_at_railway_stations_make_shifts_reachable(zwickau, base, store):
    """On the embedded region: more reach their shift, nobody loses it, and more take the train."""
    run = scenarios.run(zwickau, scenarios.load(EXAMPLES / "bike_and_ride_werdau.toml"), store=store)
    keys = ["site_id", "shift", "weekday", "zone_id"]
    before, after = (one.tables["reachability"].set_index(keys)["is_reachable"].astype(bool) for one in (base, run))
    assert (after >= before).all()
    assert run.indicators["reachable_share"] > base.indicators["reachable_share"] + 1.0
    assert run.indicators["transit_share"] > base.indicators["transit_share"]
    gains = scenarios.compare(base, run).explain_shifts(run)
    assert any("aus Glauchau" in told["text_de"] for told in gains)
