"""Time slices: queues by hand, conservation, and the equilibrium within each slice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from itas_mobility.core import AssignmentResult, ODMatrix, SlicedAssignment
from itas_mobility.core.road import VdfKind
from itas_mobility.demand import assign, assign_slices
from itas_mobility.demand.assignment.vdf import MarginalCost, TravelCost
from itas_mobility.errors import DataWarning, DemandError, InputError, NetworkError
from oracles.road_networks import Link, in_given_order, od, random_grid, road_network
from oracles.shortest_paths import distances

BOTTLENECK = Link(0, 1, 60.0, 1000.0, 0.5, 4.0)
"""60 s free, 90 s at its 1000 veh/h."""


def one_road(*trips, duration_h=1.0, **options):
    """A bottleneck that so many vehicles enter in each slice."""
    roads = road_network([BOTTLENECK], 2, 2)
    hours = np.broadcast_to(duration_h, len(trips))
    slices = [od(2, {(0, 1): n}, duration_h=float(h)) for n, h in zip(trips, hours, strict=True)]
    return assign_slices(roads, slices, **options)


def test_a_peak_by_hand():
    # an hour of 1500, then 800 and 100 an hour, against 1000 an hour
    found = one_road(1500, 800, 100)
    assert found.queue_start_veh.ravel().tolist() == [0, 500, 300]
    assert found.queue_end_veh.ravel().tolist() == [500, 300, 0]
    assert found.served_veh.ravel().tolist() == [1000, 1000, 400]
    waits_s = [
        250 / 1000 * 3600,  # a queue of 250 on average, served at 1000 an hour
        400 / 1000 * 3600,
        (300 * (1 / 3) / 2) / 1000 * 3600,  # 300 gone at 900 an hour in 1/3 h: a triangle of 50 veh h
    ]
    moving_s = [90, 60 * (1 + 0.5 * 0.8**4), 60 * (1 + 0.5 * 0.1**4)]
    times = np.concatenate([result.time_s for result in found.results])
    assert times == pytest.approx(np.add(waits_s, moving_s), rel=1e-12)
    assert found.left_veh == 0


def test_all_waiting_is_the_area_below_the_queue():
    # the vehicle hours that people wait are those that vehicles stand in the queue, once it has gone
    found = one_road(1500, 800, 100)
    plain = 60 * (1 + 0.5 * np.minimum([1.5, 0.8, 0.1], 1) ** 4)
    waited_veh_h = sum(
        result.volume_veh_per_h[0] * (result.time_s[0] - moving) / 3600
        for result, moving in zip(found.results, plain, strict=True)
    )
    assert waited_veh_h == pytest.approx(1500 * 0.25 + 800 * 0.4 + 100 * 0.05)
    stood_veh_h = 500 / 2 + (500 + 300) / 2 + 300 * (1 / 3) / 2
    assert waited_veh_h == pytest.approx(stood_veh_h, rel=1e-12)


@pytest.mark.parametrize("parts", [2, 3])
def test_cutting_a_slice_changes_neither_queue_nor_mean_wait(parts):
    whole = one_road(1500, 200, duration_h=[1.0, 2.0])
    cut = one_road(
        *[1500 / parts] * parts, *[200 / parts] * parts, duration_h=[1 / parts] * parts + [2 / parts] * parts
    )
    assert cut.queue_end_veh[[parts - 1, -1]] == pytest.approx(whole.queue_end_veh, abs=1e-9)
    times = np.array([result.time_s[0] for result in cut.results]).reshape(2, parts)
    assert times.mean(axis=1) == pytest.approx([result.time_s[0] for result in whole.results], rel=1e-12)


def test_two_routes_share_the_wait():
    # 1500 veh/h; a way round of 600 s: as many queue as make the wait 600 - 90 s, that is (v - c) / c / 2 h
    roads = road_network([BOTTLENECK, Link(0, 1, 600.0)], 2, 2)
    slices = [od(2, {(0, 1): n}) for n in (1500, 1500, 100)]
    found = assign_slices(roads, slices, relative_gap=1e-10)
    first, second, third = (in_given_order(roads, result.volume_veh_per_h) for result in found.results)
    entering = 1000 + 2 * 1000 * (510 / 3600)
    assert first == pytest.approx([entering, 1500 - entering])
    # with that queue from the start, fewer enter: 60 (1 + (v / c)^4 / 2) + 3600 (Q0 + (v - c) / 2) / c = 600
    queue = entering - 1000
    fewer = brentq(lambda v: 60 * (1 + 0.5 * (v / 1000) ** 4) + 3.6 * (queue + (v - 1000) / 2) - 600, 0, 1000)
    assert second == pytest.approx([fewer, 1500 - fewer])
    assert third == pytest.approx([100, 0], abs=1e-9)
    waiting = found.queue_end_veh[:, roads.link_key == 0].ravel()
    assert waiting == pytest.approx([queue, queue + fewer - 1000, 0], abs=1e-6)
    assert (found.queue_end_veh[:, roads.link_key == 1] == 0).all()


@pytest.mark.parametrize("kind", [VdfKind.BPR, VdfKind.CONICAL, VdfKind.AKCELIK])
def test_below_capacity_a_slice_is_a_plain_assignment(kind):
    from dataclasses import replace

    roads, trips = random_grid(5)
    roads = replace(
        roads, vdf=np.full(roads.n_links, kind), vdf_alpha=np.full(roads.n_links, 2.0),
        capacity_veh_per_h=np.full(roads.n_links, trips.total),
    )  # fmt: skip
    plain = assign(roads, trips, relative_gap=1e-9)
    found = assign_slices(roads, [trips, trips], relative_gap=1e-9)
    assert (found.queue_end_veh == 0).all()
    np.testing.assert_array_equal(found.results[0].volume_veh_per_h, plain.volume_veh_per_h)
    np.testing.assert_array_equal(found.results[0].time_s, plain.time_s)
    assert found.results[0].beckmann_veh_s == plain.beckmann_veh_s
    assert found.results[1].iterations == 0  # from the slice before


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([VdfKind.BPR, VdfKind.CONICAL, VdfKind.AKCELIK]), st.booleans())
def test_each_slice_is_an_equilibrium_and_conserves_vehicles(seed, kind, with_preload):
    from dataclasses import replace

    roads, trips = random_grid(seed)
    rng = np.random.default_rng(seed)
    if kind != VdfKind.BPR:
        alpha = 4.0 if kind == VdfKind.CONICAL else 0.4
        roads = replace(roads, vdf=np.full(roads.n_links, kind), vdf_alpha=np.full(roads.n_links, alpha))
    hours = [0.5, 0.25, 1.0]
    slices = [
        ODMatrix(trips.zone_id, trips.trips * share * h, h) for share, h in zip((1.5, 0.7, 0.1), hours, strict=True)
    ]
    preload = rng.uniform(0, 100, (3, roads.n_links)) if with_preload else None
    started = rng.uniform(0, 40, roads.n_links)
    found = assign_slices(roads, slices, relative_gap=1e-7, preload_veh_per_h=preload, queue_veh=started)
    assert found.converged
    np.testing.assert_array_equal(found.queue_start_veh[0], started)
    np.testing.assert_array_equal(found.queue_start_veh[1:], found.queue_end_veh[:-1])
    service = np.outer(hours, roads.capacity_veh_per_h)
    assert (found.served_veh >= -1e-9).all()
    assert (found.served_veh <= service * (1 + 1e-12)).all()
    # what does not wait at the end was served at capacity or had no reason to wait
    waits = found.queue_end_veh > 0
    np.testing.assert_allclose(found.served_veh[waits], service[waits], rtol=1e-12)
    for row, (result, matrix) in enumerate(zip(found.results, slices, strict=True)):
        buses = 0.0 if preload is None else preload[row]
        np.testing.assert_allclose(found.arrivals_veh[row], (result.volume_veh_per_h + buses) * hours[row], rtol=1e-14)
        shortest = sum(
            matrix.trips[o] / hours[row] @ distances(roads, result.cost_s, o)[: len(matrix)] for o in range(len(matrix))
        )
        assert (result.tstt_veh_s - shortest) / result.tstt_veh_s <= 1e-7 + 1e-12
    total = started.sum() + found.arrivals_veh.sum()
    assert found.served_veh.sum() + found.left_veh == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("algorithm", ["bfw", "msa"])
def test_other_algorithms_find_the_same_queues(algorithm):
    roads, trips = random_grid(8)
    slices = [ODMatrix(trips.zone_id, share * trips.trips) for share in (1.2, 0.4)]
    exact = assign_slices(roads, slices, relative_gap=1e-9)
    found = assign_slices(roads, slices, relative_gap=2e-3, algorithm=algorithm, max_iterations=3000)
    assert exact.queue_end_veh[0].max() > 10
    for one, other in zip(found.results, exact.results, strict=True):
        assert one.tstt_veh_s == pytest.approx(other.tstt_veh_s, rel=0.05)
    assert found.queue_end_veh[0].sum() == pytest.approx(exact.queue_end_veh[0].sum(), rel=0.1)


def test_a_warm_start_is_done_at_once():
    roads, trips = random_grid(8)
    slices = [ODMatrix(trips.zone_id, share * trips.trips) for share in (1.2, 0.4)]
    cold = assign_slices(roads, slices, relative_gap=1e-8)
    warm = assign_slices(roads, slices, relative_gap=1e-8, warm_start=cold)
    assert [result.iterations for result in warm.results] == [0, 0]
    np.testing.assert_allclose(warm.queue_end_veh, cold.queue_end_veh, rtol=0, atol=1e-4)
    with pytest.raises(DemandError, match="warm_start: has 2 slices, not 1"):
        assign_slices(roads, slices[:1], warm_start=cold)


def test_links_of_constant_time_have_no_queue():
    links = [Link(0, 1, 9.0, 10.0, 0.0, 4.0), Link(0, 1, 0.0, 10.0, 0.5, 4.0), Link(0, 1, 8.0, 10.0, 0.5, 0.0)]
    for link in [*links, Link(0, 1, 7.0)]:
        roads = road_network([link], 2, 2)
        found = assign_slices(roads, [od(2, {(0, 1): 500.0})])
        assert found.queue_end_veh.tolist() == [[0.0]]
        assert found.served_veh.tolist() == [[500.0]]
        with pytest.raises(NetworkError, match=r"queue_veh: 3 vehicles wait on link 0 .*nobody waits there"):
            assign_slices(roads, [od(2, {(0, 1): 500.0})], queue_veh=np.array([3.0]))


def test_tables_may_stand_below_a_queue():
    from dataclasses import replace

    roads = road_network([BOTTLENECK], 2, 2)
    roads = replace(
        roads, vdf=[VdfKind.TABLE], vdf_alpha=[1.0], vdf_table_ptr=[0, 1, 3], vdf_table_ratio=[0, 0, 2],
        vdf_table_factor=[7, 1, 3],
    )  # fmt: skip
    found = assign_slices(roads, [od(2, {(0, 1): 1500.0}), od(2, {(0, 1): 250.0})])
    assert found.results[0].time_s.tolist() == pytest.approx([120 + 900])
    assert found.results[1].time_s.tolist() == pytest.approx([60 * 1.25 + 500 * (2 / 3) / 2 / 1000 * 3600])


def test_demand_without_a_path_is_counted_in_each_slice():
    roads = road_network([Link(0, 1, 5.0, 100.0, 0.15, 4.0)], 3, 3)
    slices = [od(3, {(0, 1): 50, (0, 2): 7}), od(3, {(0, 1): 50, (0, 2): 5})]
    with pytest.warns(DataWarning, match="no path"):
        found = assign_slices(roads, slices)
    assert found.unassigned_trips == 12


def test_tables_of_the_result():
    found = one_road(1500, 800)
    table = found.to_dataframe()
    assert table["slice"].tolist() == [0, 1]
    assert table["queue_end_veh"].tolist() == [500, 300]
    assert table["served_veh"].tolist() == [1000, 1000]
    totals = found.totals()
    assert totals["longest_queue_veh"].tolist() == [500, 300]
    assert totals["tstt_veh_h"].tolist() == pytest.approx([1500 * 990 / 3600, 800 * (1440 + 60 * 1.2048) / 3600])
    assert "500" in found._repr_html_()
    half = one_road(750, duration_h=0.5).totals()
    assert half["tstt_veh_h"].tolist() == pytest.approx([750 * (90 + 450) / 3600])


def test_bad_slices_are_refused_by_name():
    roads = road_network([BOTTLENECK], 2, 2)
    trips = od(2, {(0, 1): 5.0})
    with pytest.raises(DemandError, match="slices: none"):
        assign_slices(roads, [])
    with pytest.raises(DemandError, match=r"number 1 \(night\) has other zones than number 0"):
        assign_slices(roads, [trips, ODMatrix(np.array(["a", "b"]), trips.trips, label="night")])
    with pytest.raises(DemandError, match=r"preload_veh_per_h: shape \(3, 1\), expected \(1,\) or \(1, 1\)"):
        assign_slices(roads, [trips], preload_veh_per_h=np.zeros((3, 1)))
    with pytest.raises(NetworkError, match=r"queue_veh: nan on link 0"):
        assign_slices(roads, [trips], queue_veh=np.array([np.nan]))
    with pytest.raises(NetworkError, match=r"queue_veh: shape \(2,\), expected \(1,\)"):
        assign_slices(roads, [trips], queue_veh=np.zeros(2))
    with pytest.raises(NetworkError, match="leave out what later periods bear"):
        assign(roads, trips, objective="so", queue_veh=np.zeros(1))
    with pytest.raises(NetworkError, match="duration_h: 0"):
        TravelCost(roads, queue_veh=np.zeros(1), duration_h=0.0)
    with pytest.raises(NetworkError, match="slope falls"):
        MarginalCost(concave_table())


def concave_table():
    from dataclasses import replace

    return replace(
        road_network([BOTTLENECK], 2, 2), vdf=[VdfKind.TABLE], vdf_alpha=[0.0], vdf_table_ptr=[0, 3],
        vdf_table_ratio=[0, 1, 2], vdf_table_factor=[1, 3, 4],
    )  # fmt: skip


def test_the_noun_refuses_queues_that_do_not_pass_on():
    found = one_road(1500, 800)
    columns = {
        "label": found.label, "results": found.results, "duration_h": found.duration_h,
        "arrivals_veh": found.arrivals_veh, "queue_start_veh": found.queue_start_veh,
        "queue_end_veh": found.queue_end_veh,
    }  # fmt: skip
    assert isinstance(SlicedAssignment(**columns).results[0], AssignmentResult)
    with pytest.raises(InputError, match="queue_start_veh: is not the queue at the end of the slice before"):
        SlicedAssignment(**{**columns, "queue_start_veh": np.zeros((2, 1))})
    with pytest.raises(InputError, match="results: none"):
        SlicedAssignment(**{**columns, "results": ()})
