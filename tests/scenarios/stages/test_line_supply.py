"""Which form of the lines decides the choice of mode: headways, a timetable, or headways with a trip moved."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand, network, regions, scenarios
from itas_mobility.core import ServiceDays, TransitLoads
from itas_mobility.core.columns import content_digest
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios import StageStore
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.scenarios.stages import consequences
from itas_mobility.scenarios.stages.mode_equilibrium import balanced, prepare

MARKT, DORF, WERK, HALLE = range(4)
SLICES = demand.day_slices()
EARLY, DAY, OFFICE = range(3)
"""Segments: the early shift of Werk, the day shift of Halle, all others."""


def measure(kind, **fields):
    return MEASURE_ADAPTER.validate_python({"type": kind, **fields})


def later_bus_home():
    """The bus at 14:00 from Werk, too early for the shift's end, moved to 14:10."""
    return measure("retime_to_shift", line="1", site="werk", shift="frueh", direction="back", max_shift_min=10)


@pytest.fixture
def bare():
    return made_region()


@pytest.fixture
def timed(bare):
    return replace(bare, timetable=ServiceDays(["Mo-Fr"], (network.transit.timetable_from_headways(bare.transit),)))


def prepared(base, region):
    return prepare(base, region, SLICES, StageStore())


def home(inputs, segment=EARLY):
    """Skims of the way home."""
    return inputs.lines[segment].back


def test_whoever_leaves_a_shift_waits_for_the_next_bus_of_the_timetable(timed):
    """The shift ends at 14:00, who works there is free from 14:10; buses at 14:00 and 14:30, wishes until 14:30."""
    skims = home(prepared(timed, timed))
    assert skims["adaptation_s"][WERK, MARKT] == pytest.approx(600.0)
    assert skims["in_vehicle_s"][WERK, MARKT] == pytest.approx(720.0)
    assert skims["perceived_s"][WERK, MARKT] == pytest.approx(720.0 + 600.0)


def test_whoever_comes_to_a_shift_is_not_late(timed):
    """Buses are at Halle at 7:06, 7:36 and 8:06: with a buffer of 24 minutes people come just in time at 7:36, with one
    of 25 they have wishes from 7:05 to 7:35 and nothing but the bus at 7:06."""
    found = [
        prepared(region, region).lines[DAY].out["adaptation_s"][MARKT, HALLE]
        for region in (_with_buffer(timed, 24.0), _with_buffer(timed, 25.0))
    ]
    assert found == pytest.approx([450.0, (1**2 + 29**2) / (2 * 30) * 60.0])


def _with_buffer(region, minutes):
    return replace(region, parameters=region.parameters.with_value("shift_arrive_buffer_min", minutes, source="made"))


def test_office_workers_wish_to_travel_in_all_slices_in_which_they_do(timed):
    segment = prepared(timed, timed).segments[OFFICE]
    assert segment.label == demand.OFFICE
    wishes = demand.travel_wishes(segment, SLICES, parameters=timed.parameters)
    for of_way, shares, arrive_by in zip(wishes, (segment.out_share, segment.back_share), (True, False), strict=True):
        assert len(of_way) > 1
        assert sum(wish.travel_share for wish in of_way) == pytest.approx(1.0)
        assert [wish.slice_row for wish in of_way] == np.flatnonzero(shares >= 1e-3).tolist()
        for wish in of_way:
            k = wish.slice_row
            assert wish.travel_share == pytest.approx(shares[k], rel=2e-3)
            assert (wish.window.start_s, wish.window.end_s) == (SLICES.start_s[k], SLICES.end_s[k])
            assert wish.mean_s == (SLICES.start_s[k] + SLICES.end_s[k]) / 2
            assert (wish.window.arrive_by, wish.window.extra_s) == (arrive_by, (HOUR, HOUR))


def test_a_shift_that_ends_the_next_day_wishes_to_leave_in_the_morning(bare):
    segment = prepared(bare, bare).segments[EARLY]
    night = replace(
        segment, start_s=22 * HOUR, end_s=30 * HOUR, out_share=np.eye(8)[7], back_share=np.eye(8)[1], label="night"
    )
    (out,), (back,) = demand.travel_wishes(night, SLICES, parameters=bare.parameters)
    assert (out.slice_row, back.slice_row, out.window.extra_s[1], back.window.extra_s[0]) == (7, 1, 0.0, 0.0)
    assert out.mean_s == pytest.approx(22 * HOUR - 600.0 - 900.0)
    assert back.window.start_s == 30 * HOUR + 600.0
    assert back.mean_s == pytest.approx(6 * HOUR + 600.0 + 600.0)


def test_headways_alone_are_judged_by_the_shift_they_make_people_do(bare):
    """Whoever leaves a shift wishes to go in the 20 minutes from 14:10 on, and buses go every half hour."""
    inputs = prepared(bare, bare)
    assert not inputs.is_timed
    assert home(inputs)["wait_s"][WERK, MARKT] == 0.0
    assert home(inputs)["adaptation_s"][WERK, MARKT] == pytest.approx(1800.0 / 4 + 1800.0**2 / (24 * 1200.0))


def with_bands(region, *headways_min):
    """Line 1 in slices of the day: the headway in each, None where it does not run."""
    lines = region.transit
    of_line_1 = [np.inf if h is None else 60.0 * h for h in headways_min]
    headway_s = np.array([of_line_1, of_line_1, [np.inf] * len(SLICES)])
    return replace(
        region, transit=replace(lines, band_start_s=SLICES.start_s, band_end_s=SLICES.end_s, headway_s=headway_s)
    )


def test_who_finds_no_bus_in_the_slice_uses_that_of_another_and_pays_the_way_in_time(bare):
    """The shift ends at 14:00: the mean wish is to leave at 14:20, the bus goes from 15:00 on, or from 18:00 on."""
    in_time, later, much_later = (
        home(prepared(one, one))["adaptation_s"][WERK, MARKT]
        for one in (
            with_bands(bare, 30, 30, 30, 30, 30, 30, 30, 30),
            with_bands(bare, 30, 30, 30, 30, None, 30, 30, 30),
            with_bands(bare, 30, 30, 30, 30, None, None, 30, 30),
        )
    )
    assert later - in_time == pytest.approx(40 * 60.0)
    assert much_later - in_time == pytest.approx(220 * 60.0)
    earlier = with_bands(bare, 30, 30, 30, 30, None, None, None, None)
    assert np.isinf(home(prepared(earlier, earlier))["perceived_s"][WERK, MARKT])


def test_evening_service_counts_for_those_who_go_home_in_the_evening(bare):
    """And a service more, in whatever slice and however poor, makes nobody worse off."""
    until_six = with_bands(bare, 30, 30, 30, 30, 30, 30, None, None)
    before = prepared(until_six, until_six).lines
    for headway_min in (30, 300):
        longer = with_bands(bare, 30, 30, 30, 30, 30, 30, headway_min, headway_min)
        after = prepared(longer, longer).lines
        for one, other in zip(before, after, strict=True):
            assert (other.out["perceived_s"] <= one.out["perceived_s"]).all()
            assert (other.back["perceived_s"] <= one.back["perceived_s"]).all()
    one, other = (
        prepared(region, region).lines[OFFICE].back["perceived_s"][HALLE, MARKT]
        for region in (until_six, with_bands(bare, *[30] * 8))
    )
    assert other < one


def test_riders_are_loaded_in_the_slices_that_they_use(bare):
    """Nobody can go home from the early shift in its own slice: all board from 15:00 on."""
    region = with_bands(bare, 30, 30, 30, 30, None, 30, 30, 30)
    inputs = prepared(region, region)
    everybody = [ModeShares(("transit",), np.ones((1, *segment.workers.shape))) for segment in inputs.segments]
    loads = consequences.load_transit(region, inputs, inputs.segments, everybody, SLICES, StageStore())
    ridden = inputs.ridden[EARLY].back
    used = [(way.slice_row, on_way.sum()) for way, on_way in ridden.by_way(inputs.segments[EARLY].workers.T)]
    reached = np.isfinite(inputs.lines[EARLY].back["perceived_s"]) & (inputs.segments[EARLY].workers.T > 0)
    assert dict(used)[5] >= inputs.segments[EARLY].workers.T[reached].sum() > 0
    total = sum(load.assigned_trips + load.unassigned_trips for load in loads)
    assert total == pytest.approx(2 * sum(segment.workers.sum() for segment in inputs.segments))


@pytest.mark.parametrize("form", ["bare", "timed"])
def test_who_cannot_keep_a_shift_by_the_lines_does_not_choose_them(request, form):
    region = request.getfixturevalue(form)
    store = StageStore()
    inputs = prepared(region, region)
    reach = consequences.reach_shifts(region, inputs)
    found = balanced(inputs, inputs, RunSettings(), store)
    is_both = reach.is_out & reach.is_back
    assert {True, False} == set(is_both[:, [MARKT, DORF]].ravel().tolist())
    for row, segment in ((0, EARLY), (1, DAY)):
        work = region.sites.zone[row]
        np.testing.assert_array_equal(inputs.lines[segment].can_reach[:, work], is_both[row])
        shares = found.shares[segment]["transit"][:, work]
        assert (shares[~is_both[row]] == 0.0).all()
        assert (shares[[MARKT, DORF]][is_both[row, [MARKT, DORF]]] > 0.0).all()
    assert inputs.lines[OFFICE].can_reach is None
    assert reach.workers.sum() > 0
    assert inputs.reach.workers.sum() == 0


def test_a_moved_trip_shifts_the_skims_of_headways_by_what_it_changes_in_the_timetable(bare):
    """Wishes from 14:10 to 14:30: a bus at 14:10, which is just caught, beside the one at 14:30 halves the shift."""
    before, after = prepared(bare, bare), prepared(bare, later_bus_home().apply(bare))
    step_s = home(after)["perceived_s"][WERK, MARKT] - home(before)["perceived_s"][WERK, MARKT]
    assert step_s == pytest.approx(-300.0)
    untouched = np.full((4, 4), True)
    untouched[WERK, MARKT] = False
    for name, value in home(before).items():
        np.testing.assert_array_equal(home(after)[name][untouched], value[untouched])
    for name, value in before.lines[DAY].out.items():
        np.testing.assert_array_equal(after.lines[DAY].out[name], value)


def test_a_moved_trip_shifts_the_skims_of_a_timetable_alike(timed):
    before, after = prepared(timed, timed), prepared(timed, later_bus_home().apply(timed))
    step_s = home(after)["perceived_s"][WERK, MARKT] - home(before)["perceived_s"][WERK, MARKT]
    assert step_s == pytest.approx(-300.0)


def test_a_day_without_a_line_is_judged_as_if_the_line_were_removed(bare):
    day = measure("service_day", day="Ferien", without_lines=["1"]).apply(bare)
    gone = measure("remove_line", line="1").apply(bare)
    for one, other in zip(prepared(bare, day).lines, prepared(bare, gone).lines, strict=True):
        for mine, theirs in ((one.out, other.out), (one.back, other.back)):
            for name, value in mine.items():
                np.testing.assert_array_equal(value, theirs[name])


class SpyingStore(StageStore):
    """Notes under which keys the stages of the lines are kept."""

    def __init__(self):
        super().__init__()
        self.keys = set()

    def get(self, stage, parts, make):
        if "access" not in stage and ("transit" in stage or "timetable" in stage or "trip" in stage):
            self.keys.add((stage, content_digest(*parts)))
        return super().get(stage, parts, make)


def keys_of(region, store):
    """Skim the lines, and load everybody on them."""
    inputs = prepare(region, region, SLICES, store)
    shares = [ModeShares(("transit",), np.ones((1, *segment.workers.shape))) for segment in inputs.segments]
    consequences.load_transit(region, inputs, inputs.segments, shares, SLICES, store)
    return store.keys


@pytest.mark.parametrize(
    "parameter", ["weight_wait_pt", "weight_walk_pt", "transfer_penalty_min", "shift_arrive_buffer_min"]
)
@pytest.mark.parametrize(
    ("form", "stages"),
    [("bare", {"transit skim", "transit load"}), ("timed", {"timetable skim", "trip load"})],
)
def test_what_is_kept_of_other_weights_or_hours_is_not_taken_for_these(request, form, stages, parameter):
    region = request.getfixturevalue(form)
    value = region.parameters.value(parameter)
    other = replace(region, parameters=region.parameters.with_value(parameter, value + 1.0, source="made"))
    before, after = keys_of(region, SpyingStore()), keys_of(other, SpyingStore())
    assert {stage for stage, _ in before if stage != "timetable"} == stages
    is_felt = form == "timed" or parameter != "shift_arrive_buffer_min"  # slices have no hours of shifts
    for stage in stages:
        kept, new = ({key for name, key in keys if name == stage} for keys in (before, after))
        assert (kept != new) == is_felt, stage
    assert keys_of(region, SpyingStore()) == before


@pytest.mark.parametrize("form", ["bare", "timed"])
def test_all_passengers_are_loaded(request, form):
    region = request.getfixturevalue(form)
    store, settings = StageStore(), RunSettings()
    inputs = prepare(region, region, SLICES, store)
    shares = balanced(inputs, inputs, settings, store).shares
    loads = consequences.load_transit(region, inputs, inputs.segments, shares, SLICES, store)
    assert all(isinstance(load, TransitLoads if form == "bare" else TripLoads) for load in loads)
    passengers = 2 * sum(
        float((s.workers * share["transit"]).sum()) for s, share in zip(inputs.segments, shares, strict=True)
    )
    assert passengers > 10
    assert sum(load.assigned_trips + load.unassigned_trips for load in loads) == pytest.approx(passengers)
    boardings = sum(load.boardings.sum() for load in loads)
    assert sum(load.alightings.sum() for load in loads) == pytest.approx(boardings)
    assert boardings >= (1 - 1e-12) * sum(load.assigned_trips for load in loads)


def test_a_run_on_a_timetable_tells_boardings_and_fullest_trips(timed):
    found = scenarios.run(timed)
    assert found.indicators["transit_boardings"] == pytest.approx(found.tables["lines"]["boardings"].sum())
    assert found.indicators["transit_boardings"] > 10


def test_the_choice_of_mode_follows_a_moved_trip(bare):
    """The bus home waits for the early shift: more go by bus."""
    before = scenarios.run(bare)
    moved = scenarios.run(bare, scenarios.Scenario("later", {"de": "Später"}, (later_bus_home(),)))
    assert moved.indicators["transit_share"] > before.indicators["transit_share"]


def test_every_longer_headway_loses_riders_until_no_shift_is_reached(bare):
    found = []
    for headway_min in (10, 20, 30, 60, 120, 240, 480, 1440):
        lines = replace(bare.transit, headway_s=np.full_like(bare.transit.headway_s, headway_min * 60.0))
        indicators = scenarios.run(replace(bare, transit=lines)).indicators
        found.append((indicators["transit_share"], indicators["transit_boardings"]))
    for shorter, longer in pairwise(found):
        assert all(more < less or more == less == 0.0 for less, more in zip(shorter, longer, strict=True)), found
    assert found[3][1] > 0 == found[-1][1]


def test_on_the_embedded_region_whoever_reaches_a_shift_may_choose_and_nobody_else():
    """Every shift that is reached there and back has a journey in the skims too."""
    region = regions.zwickau()
    inputs = prepared(region, region)
    n_reached = 0
    for segment, offer in zip(inputs.segments, inputs.lines, strict=True):
        if not demand.works_shifts(segment):
            continue
        has_journey = np.isfinite(offer.out["perceived_s"]) & np.isfinite(offer.back["perceived_s"].T)
        works = segment.workers > 0
        np.fill_diagonal(works, False)
        assert has_journey[offer.can_reach & works].all(), segment.label
        n_reached += int((offer.can_reach & works).sum())
        hours = (inputs.reach.start_s == segment.start_s) & (inputs.reach.end_s == segment.end_s)
        for row in np.flatnonzero(hours):
            work = region.sites.zone[region.sites.site_id == inputs.reach.site_id[row]][0]
            np.testing.assert_array_equal(
                offer.can_reach[:, work], (inputs.reach.is_out & inputs.reach.is_back)[row], segment.label
            )
    assert n_reached > 1000
