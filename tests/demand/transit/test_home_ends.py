"""Legs for the home end alone, by bicycle or car, help at home and nowhere else, on headways and on timetables."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import AccessMode, TravelWindow
from itas_mobility.demand import transit
from itas_mobility.errors import InputError
from oracles.transit_networks import access, network, od, timetable, zones

HOME, WORK = 0, 1
WALK_S, BIKE_S, RIDE_S = 900.0, 300.0, 600.0
PERIOD = TravelWindow(0.0, 7200.0)
WALKS = access(2, 2, [(HOME, 0, WALK_S), (WORK, 1, WALK_S)])


def with_bicycles():
    """Each zone has its stop 900 s off on foot and 300 s by bicycle."""
    return replace(
        WALKS, zone=[0, 0, 1, 1], stop=[0, 0, 1, 1], time_s=[WALK_S, BIKE_S] * 2, length_m=[0.0] * 4,
        mode=[AccessMode.WALK, AccessMode.BIKE] * 2, is_home_only=[False, True] * 2,
    )  # fmt: skip


def lines():
    """Buses between both stops, every 600 s each way."""
    return network("PQ", [("out", "1", "PQ", [RIDE_S], 600.0), ("back", "1", "QP", [RIDE_S], 600.0)])


def day():
    def trips(name):
        return [(f"{name}.{k}", [(t := 600 * k, t), (t + RIDE_S, t + RIDE_S)]) for k in range(24)]

    return timetable("PQ", [("r0", "1", "PQ", trips("out")), ("r1", "1", "QP", trips("back"))])


def walks_by_headways(legs, home_end):
    return transit.skim_transit(lines(), legs, zones(2), home_end=home_end, window=PERIOD)["walk_s"]


def walks_by_preference(legs, home_end, *, arrive_by=False):
    window = replace(PERIOD, arrive_by=arrive_by)
    return transit.skim_transit(day(), legs, zones(2), home_end=home_end, window=window)["walk_s"]


def walks_of_choice_sets(legs, home_end, *, arrive_by=False):
    found = transit.choice_sets(day(), legs, zones(2), home_end=home_end, window=replace(PERIOD, arrive_by=arrive_by))
    walk_s = np.full((2, 2), np.inf)
    first = found.journey_ptr[:-1]
    walk_s[found.origin, found.destination] = np.minimum.reduceat(found.walk_s, first)
    np.testing.assert_array_equal(walk_s[found.origin, found.destination], np.maximum.reduceat(found.walk_s, first))
    return walk_s


def walks_of_windows(legs, home_end, *, arrive_by=False):
    """Whoever is lucky does not wait: what the least time holds besides the ride."""
    window = TravelWindow(3570.0, 7170.0, arrive_by)
    found = transit.skim_timetable(day(), legs, zones(2), window=window, step_s=60.0, home_end=home_end)
    return found["least_time_s"] - RIDE_S


def modes_of_journeys(home_end, **when):
    """Modes and times of the legs from HOME to WORK."""
    (found,) = transit.journeys(day(), with_bicycles(), from_zone=HOME, to_zone=WORK, home_end=home_end, **when)
    return [(leg.mode, leg.arrive_s - leg.depart_s) for leg in found.legs]


@pytest.mark.parametrize(
    "when",
    [{"depart_s": 600.0}, {"arrive_s": 7200.0}, {"window_s": (300.0, 300.0)}, {"arrive_window_s": (6300.0, 6300.0)}],
    ids=lambda when: next(iter(when)),
)
def test_journeys_tell_the_bicycle_at_home_s_end(when):
    assert modes_of_journeys("origin", **when) == [("bike", BIKE_S), ("bus", RIDE_S), ("walk", WALK_S)]
    assert modes_of_journeys("destination", **when) == [("walk", WALK_S), ("bus", RIDE_S), ("bike", BIKE_S)]


def arriving(walks):
    def mirrored(legs, home_end):
        return walks(legs, home_end, arrive_by=True)

    return mirrored


SEARCHES = pytest.mark.parametrize(
    "walks",
    [
        walks_by_headways,
        walks_by_preference,
        arriving(walks_by_preference),
        walks_of_choice_sets,
        arriving(walks_of_choice_sets),
        walks_of_windows,
        arriving(walks_of_windows),
    ],
    ids=["headways", "preferred", "preferred-arrive", "choice sets", "choice sets-arrive", "windows", "windows-arrive"],
)


@SEARCHES
@pytest.mark.parametrize("home_end", ["origin", "destination"])
def test_a_bicycle_helps_at_home_and_not_at_the_other_end(walks, home_end):
    found = walks(with_bicycles(), home_end)
    assert found[HOME, WORK] == found[WORK, HOME] == pytest.approx(BIKE_S + WALK_S)


@SEARCHES
def test_a_zone_without_bicycles_gains_nothing_as_home(walks):
    """Bicycles at HOME alone: out at its origin, back at its destination; never for who lives at WORK."""
    both = with_bicycles()
    legs = both.where(~(both.is_home_only & (both.zone == WORK)))
    out, back = walks(legs, "origin"), walks(legs, "destination")
    assert out[HOME, WORK] == back[WORK, HOME] == pytest.approx(BIKE_S + WALK_S)
    assert out[WORK, HOME] == back[HOME, WORK] == pytest.approx(2 * WALK_S)


@SEARCHES
def test_walks_are_the_same_at_both_ends(walks):
    np.testing.assert_array_equal(walks(WALKS, "origin"), walks(WALKS, "destination"))


def test_a_stop_that_is_reached_by_bicycle_alone_has_passengers_at_home_s_end_alone():
    legs = with_bicycles()
    legs = legs.where((legs.zone == WORK) | legs.is_home_only)
    trips = od(2, {(HOME, WORK): 10.0, (WORK, HOME): 4.0})
    out = transit.assign_transit(lines(), legs, trips, window=PERIOD)
    assert (out.assigned_trips, out.unassigned_trips) == (10.0, 4.0)
    back = transit.assign_transit(lines(), legs, trips, home_end="destination", window=PERIOD)
    assert (back.assigned_trips, back.unassigned_trips) == (4.0, 10.0)
    assert back.boardings.sum() == 4.0


@pytest.mark.parametrize(
    "search",
    [
        walks_by_headways,
        walks_by_preference,
        walks_of_choice_sets,
        walks_of_windows,
        lambda legs, end: transit.assign_transit(lines(), legs, od(2, {}), home_end=end, window=PERIOD),
    ],
)
def test_another_end_is_refused(search):
    with pytest.raises(InputError, match="home_end='gate' must be one of 'origin', 'destination'"):
        search(WALKS, "gate")
