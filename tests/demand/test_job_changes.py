"""Changes of jobs at sites: each is an account that closes, whatever is said of the workers."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import demand
from itas_mobility.core import IndustrialSites, JobChange, ODMatrix, ShiftPattern, ZoneKind, Zones
from itas_mobility.core.job_changes import WORKERS
from itas_mobility.demand.job_changes import in_order
from itas_mobility.errors import DemandError, InputError
from oracles.balancing import balance

HOUR = 3600.0
SITES = ("werk", "halle", "lager", "neu")
KINDS = np.array([ZoneKind.INTERNAL] * 4 + [ZoneKind.SITE] * 4 + [ZoneKind.EXTERNAL] * 2)
"""Four homes with jobs of their own, three sites, a site at which nobody works yet, two towns outside."""
INSIDE, OUTSIDE, COLUMN = KINDS != ZoneKind.EXTERNAL, KINDS == ZoneKind.EXTERNAL, dict(zip(SITES, range(4, 8)))  # noqa: B905
JOBS = np.array([300.0, 500.0, 200.0, 100.0, 840.0, 300.0, 60.0, 0.0, 400.0, 350.0])
WORKERS_AT_HOME = np.array([700.0, 400.0, 500.0, 350.0, 0.0, 0.0, 0.0, 0.0, 600.0, 500.0])


def made_zones(kinds=KINDS):
    n = len(kinds)
    return Zones(
        zone_id=[f"z{k}" for k in range(n)], name=[f"Ort {k}" for k in range(n)], municipality=["14524000"] * n,
        district=np.where(kinds == ZoneKind.EXTERNAL, "14521", "14524"), kind=kinds, lon_deg=np.full(n, 12.4),
        lat_deg=np.full(n, 50.7), residents=np.zeros(n), employed_residents=np.zeros(n), jobs=np.zeros(n),
        polygon=np.full(n, None),
    )  # fmt: skip


def made_sites(heads=(840.0, 300.0, 60.0, 0.0)):
    n = len(SITES)
    day = ShiftPattern(["tag"], [8 * HOUR], [16 * HOUR], [1.0])
    return IndustrialSites(
        site_id=SITES, name=SITES, zone=[4, 5, 6, 7], gate_ptr=np.arange(n + 1), gate_name=["Tor"] * n,
        gate_lon_deg=np.full(n, 12.4), gate_lat_deg=np.full(n, 50.7), gate_stop_name=[""] * n,
        stop_to_gate_m=np.zeros(n), gate_to_workplace_m=np.zeros(n), head_count=heads, attendance_share=np.ones(n),
        parking_spaces=np.zeros(n), grid_connection_kw=np.zeros(n), charging_points=[0] * n,
        charging_point_kw=np.zeros(n), shifts=(day,) * n,
    )  # fmt: skip


WEIGHTS = np.exp(-np.random.default_rng(15).uniform(0.1, 3.0, (10, 10)))
ZONES = made_zones()


def made_commuters():
    """A gravity matrix in which nobody goes from outside to outside."""
    seed = WEIGHTS.copy()
    seed[np.ix_(OUTSIDE, OUTSIDE)] = 0.0
    homes = WORKERS_AT_HOME * (JOBS.sum() / WORKERS_AT_HOME.sum())
    return ODMatrix(ZONES.zone_id, demand.furness(seed, homes, JOBS), label="registered employees")


BEFORE = made_commuters()


def after(*changes, commuters=BEFORE):
    return demand.change_jobs(commuters, ZONES, made_sites(), changes, weights=WEIGHTS)


def account(*changes):
    return demand.job_account(BEFORE, ZONES, made_sites(), changes, weights=WEIGHTS)


def coming_in(matrix):
    return matrix.trips[np.ix_(OUTSIDE, INSIDE)].sum()


def going_out(matrix):
    return matrix.trips[np.ix_(INSIDE, OUTSIDE)].sum()


def at(matrix, site):
    return matrix.trips[:, COLUMN[site]]


def test_nothing_changes_without_changes():
    assert after() is BEFORE


@pytest.mark.parametrize("heads", [-840.0, -100.0])
def test_jobs_that_are_lost_take_the_site_alone(heads):
    found = after(JobChange("werk", heads, "jobs_lost"))
    np.testing.assert_allclose(at(found, "werk"), at(BEFORE, "werk") * (1.0 + heads / 840.0), rtol=1e-12)
    others = np.delete(np.arange(10), COLUMN["werk"])
    assert np.array_equal(found.trips[:, others], BEFORE.trips[:, others])
    share = at(BEFORE, "werk")[OUTSIDE].sum() / 840.0
    assert coming_in(found) - coming_in(BEFORE) == pytest.approx(heads * share, rel=1e-9)
    assert found.total == pytest.approx(BEFORE.total + heads, rel=1e-12)


def test_new_jobs_are_new_employment_of_those_who_live_where_the_workers_live():
    found = after(JobChange("werk", 420.0, "jobs_lost"))
    np.testing.assert_allclose(at(found, "werk"), 1.5 * at(BEFORE, "werk"), rtol=1e-9)


@pytest.mark.parametrize("heads", [-840.0, -200.0, 150.0])
def test_within_the_region_homes_keep_their_workers_and_other_jobs_make_up_for_it(heads):
    found = after(JobChange("werk", heads, "jobs_move_within_region"))
    np.testing.assert_allclose(found.trips.sum(axis=1), BEFORE.trips.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.trips[:, :4].sum(axis=0), JOBS[:4] * (1.0 - heads / 1100.0), rtol=1e-9)
    assert np.array_equal(found.trips[:, 5:], BEFORE.trips[:, 5:]), "heads of other sites are told, and stay"
    assert at(found, "werk").sum() == pytest.approx(840.0 + heads, abs=1e-7)
    columns = [0, 1, 2, 3, COLUMN["werk"]]
    wanted = np.append(JOBS[:4] * (1.0 - heads / 1100.0), 840.0 + heads)
    twin = balance(BEFORE.trips[:, columns], BEFORE.trips[:, columns].sum(axis=1), wanted, rounds=500)
    np.testing.assert_allclose(found.trips[:, columns], twin, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("heads", [-840.0, -200.0])
def test_workers_who_commute_elsewhere_leave_the_region_or_the_matrix(heads):
    found = after(JobChange("werk", heads, "workers_commute_elsewhere"))
    gone = -heads / 840.0 * at(BEFORE, "werk")
    np.testing.assert_allclose(found.trips.sum(axis=1)[INSIDE], BEFORE.trips.sum(axis=1)[INSIDE], rtol=1e-12)
    assert going_out(found) - going_out(BEFORE) == pytest.approx(gone[INSIDE].sum(), rel=1e-9)
    assert coming_in(BEFORE) - coming_in(found) == pytest.approx(gone[OUTSIDE].sum(), rel=1e-9)
    # each home sends them where it sends its out-commuters already
    ratio = found.trips[:4][:, OUTSIDE] / BEFORE.trips[:4][:, OUTSIDE]
    np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-9)


def test_a_home_without_out_commuters_sends_them_where_all_others_go():
    trips = BEFORE.trips.copy()
    trips[0, OUTSIDE] = 0.0
    commuters = ODMatrix(ZONES.zone_id, trips)
    found = after(JobChange("werk", -840.0, "workers_commute_elsewhere"), commuters=commuters)
    pattern = trips[np.ix_(INSIDE, OUTSIDE)].sum(axis=0)
    np.testing.assert_allclose(found.trips[0, OUTSIDE], trips[0, 4] * pattern / pattern.sum(), rtol=1e-9)


@pytest.mark.parametrize("site", ["werk", "neu"])
def test_jobs_that_appear_bring_out_commuters_back_and_others_in(site):
    found = after(JobChange(site, 100.0, "workers_commute_elsewhere"))
    gain = at(found, site) - at(BEFORE, site)
    assert gain.sum() == pytest.approx(100.0, abs=1e-6)
    np.testing.assert_allclose(found.trips.sum(axis=1)[INSIDE], BEFORE.trips.sum(axis=1)[INSIDE], rtol=1e-9)
    assert going_out(BEFORE) - going_out(found) == pytest.approx(gain[INSIDE].sum(), rel=1e-6)
    assert coming_in(found) - coming_in(BEFORE) == pytest.approx(gain[OUTSIDE].sum(), rel=1e-6)
    assert min(gain[INSIDE].sum(), gain[OUTSIDE].sum()) > 1.0


def test_jobs_that_move_take_their_workers_along():
    found = after(JobChange("halle", 210.0, "come_along", from_site_id="werk"))
    np.testing.assert_allclose(at(found, "werk"), 0.75 * at(BEFORE, "werk"), rtol=1e-9)
    np.testing.assert_allclose(at(found, "halle"), at(BEFORE, "halle") + 0.25 * at(BEFORE, "werk"), rtol=1e-9)
    np.testing.assert_allclose(found.trips.sum(axis=1), BEFORE.trips.sum(axis=1), rtol=1e-12)


def test_homes_of_a_new_site_are_those_of_the_gravity_model():
    """A site taken out of a gravity matrix gets back the column that it had, without knowing anything of it."""
    homes, jobs = np.random.default_rng(7).uniform(1.0, 9.0, (2, 10))
    gravity = homes[:, None] * WEIGHTS * jobs
    matrix = gravity.copy()
    matrix[:, COLUMN["neu"]] = 0.0
    found = demand.homes_of_a_new_site(matrix, ZONES, WEIGHTS, COLUMN["neu"])
    np.testing.assert_allclose(found, gravity[:, COLUMN["neu"]] / gravity[:, COLUMN["neu"]].sum(), rtol=1e-8)


def test_a_new_site_needs_the_weights_of_the_gravity_model():
    with pytest.raises(DemandError, match=r"site neu, \+10 heads, jobs_lost: .* needs the weights"):
        demand.change_jobs(BEFORE, ZONES, made_sites(), [JobChange("neu", 10.0, "jobs_lost")])


TOO_MANY = [
    (JobChange("werk", -841.0, "jobs_lost"), "only 840 people work there"),
    (JobChange("halle", 841.0, "come_along", from_site_id="werk"), "only 840 people work there"),
    (JobChange("werk", 1101.0, "jobs_move_within_region"), "only 1,100 people have other jobs in the region"),
    (JobChange("werk", 5000.0, "workers_commute_elsewhere"), "residents commute out of it"),
]


@pytest.mark.parametrize(("change", "said"), TOO_MANY)
def test_where_there_are_not_enough_people_it_is_said(change, said):
    with pytest.raises(DemandError, match=rf"site {change.site_id}, .* heads, {change.workers}: .*{said}"):
        after(change)


def test_without_anybody_outside_nobody_can_commute_elsewhere():
    kinds = np.where(OUTSIDE, ZoneKind.INTERNAL, KINDS)
    for heads in (-10.0, 10.0):
        change = [JobChange("werk", heads, "workers_commute_elsewhere")]
        with pytest.raises(DemandError, match="nobody commutes out of the region"):
            demand.change_jobs(BEFORE, made_zones(kinds), made_sites(), change)


def test_without_other_jobs_nobody_can_take_over():
    trips = BEFORE.trips.copy()
    trips[:, :4] = 0.0
    for heads, said in ((-10.0, "no other jobs to take them over"), (10.0, "only 0 people have other jobs")):
        with pytest.raises(DemandError, match=said):
            after(JobChange("werk", heads, "jobs_move_within_region"), commuters=ODMatrix(ZONES.zone_id, trips))


def test_faults_of_a_change_are_told_together():
    with pytest.raises(InputError, match=r"(?s)2 faults.*heads: 0.* not nought.*workers: 'gone' must be one of"):
        JobChange("werk", 0.0, "gone")
    with pytest.raises(InputError, match="must name another site"):
        JobChange("werk", 5.0, "come_along", from_site_id="werk")
    with pytest.raises(InputError, match="nobody comes along"):
        JobChange("werk", 5.0, "jobs_lost", from_site_id="halle")


def test_a_site_closes_as_in_the_case(shared_data):
    """Case 14: 8,400 heads of 158,054 employees, 15.9 % of them from outside."""
    file = shared_data / "cases/demand/14_a_site_closes.json"
    case = json.loads(file.read_text(encoding="utf-8"))
    given, expected = case["input"], case["expected"]
    registered, heads, share = (
        given[name] for name in ("registered_before", "site_heads", "in_commuters_share_of_site")
    )
    trips = np.zeros((10, 10))
    trips[0, 4], trips[8, 4] = heads * (1.0 - share), heads * share
    trips[0, 8], trips[8, 0] = 1000.0, 2000.0
    trips[0, 0] = registered - trips.sum()
    commuters = ODMatrix(ZONES.zone_id, trips)
    tolerance = case["tolerance"]["absolute"]
    found = {
        workers: demand.job_account(commuters, ZONES, made_sites(), [JobChange("werk", -heads, workers)])
        for workers in WORKERS
    }
    lost = found["jobs_lost"]
    assert lost.employees[-1] == pytest.approx(expected["jobs_lost"]["registered_after"], abs=tolerance)
    assert -np.diff(lost.employees) == pytest.approx([expected["jobs_lost"]["fall"]], abs=tolerance)
    assert -np.diff(lost.in_commuters) == pytest.approx([1340.0], abs=10.0), "about 1,340"
    moved = found["jobs_move_within_region"]
    wanted = expected["jobs_move_within_region"]["registered_after"]
    assert moved.employees[-1] == pytest.approx(wanted, abs=tolerance)
    assert np.diff(moved.in_commuters) == pytest.approx([0.0], abs=tolerance)
    elsewhere = found["workers_commute_elsewhere"]
    assert np.diff(elsewhere.out_commuters) == pytest.approx([heads * (1.0 - share)], abs=tolerance)
    assert -np.diff(elsewhere.in_commuters) == pytest.approx([heads * share], abs=tolerance)


PLAIN = st.builds(
    JobChange,
    st.sampled_from(SITES),
    st.floats(-300.0, 300.0).filter(lambda heads: abs(heads) > 1e-3),
    st.sampled_from(WORKERS),
)
ALONG = st.builds(
    lambda pair, heads: JobChange(pair[0], heads, "come_along", from_site_id=pair[1]),
    st.permutations(SITES),
    st.floats(0.5, 200.0),
)


@given(st.lists(PLAIN | ALONG, max_size=6))
def test_accounts_close_for_any_sequence_of_changes(changes):
    """Nobody appears or vanishes but who is told to; heads of the sites are as told; no cell is negative."""
    try:
        found, told = after(*changes), account(*changes)
    except DemandError:
        return  # too few people, which other tests look at
    total = BEFORE.total
    assert (found.trips >= 0).all()
    heads = made_sites().head_count + [sum(one.heads_at(site) for one in changes) for site in SITES]
    np.testing.assert_allclose(found.trips[:, 4:8].sum(axis=0), heads, atol=1e-9 * total)
    assert told.employees[-1] == pytest.approx(found.total, rel=1e-12)
    for change, (employees, coming, going) in zip(
        told.changes, np.diff([told.employees, told.in_commuters, told.out_commuters]).T, strict=True
    ):
        if change.workers == "jobs_lost":
            assert employees == pytest.approx(change.heads, abs=1e-9 * total)
            assert going == 0.0
            assert abs(coming) <= abs(change.heads) + 1e-9 * total
        elif change.workers == "workers_commute_elsewhere":
            assert employees == pytest.approx(coming, abs=1e-9 * total)
            assert coming - going == pytest.approx(change.heads, abs=1e-9 * total)
        else:
            assert [employees, coming, going] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9 * total)


@given(st.permutations([(site, heads) for site, heads in zip(SITES, (-840.0, 100.0, -20.0, 75.0), strict=True)]))
def test_the_order_in_which_sites_are_told_makes_no_difference(told):
    for workers in WORKERS:
        changes = [JobChange(site, heads, workers) for site, heads in told]
        known = [JobChange(site, heads, workers) for site, heads in sorted(told)]
        assert in_order(changes) == in_order(known)
        assert np.array_equal(after(*changes).trips, after(*known).trips)


@given(st.permutations(SITES[:3]))
def test_jobs_lost_at_different_sites_do_not_touch_each_other(sites):
    """One after the other, each on the result of the last, in any order."""
    matrix = BEFORE
    for site in sites:
        matrix = after(JobChange(site, -50.0, "jobs_lost"), commuters=matrix)
    together = after(*(JobChange(site, -50.0, "jobs_lost") for site in SITES[:3]))
    np.testing.assert_allclose(matrix.trips, together.trips, rtol=1e-12)


def test_changes_that_share_a_site_keep_their_order():
    along = JobChange("halle", 100.0, "come_along", from_site_id="werk")
    closed, opened = JobChange("werk", -740.0, "jobs_lost"), JobChange("neu", 50.0, "jobs_lost")
    assert in_order([opened, along, closed]) == [along, closed, opened]
    assert in_order([along, opened, closed]) == [along, closed, opened]
    back = JobChange("werk", 740.0, "jobs_lost")
    assert in_order([closed, back]) == [closed, back]


@pytest.mark.parametrize("heads", [840.0, 300.0])
def test_what_closes_and_opens_again_has_the_workers_it_had(heads):
    found = after(JobChange("werk", -heads, "jobs_lost"), JobChange("werk", heads, "jobs_lost"))
    np.testing.assert_allclose(found.trips, BEFORE.trips, rtol=1e-9)


def test_sites_before_are_those_without_the_changes():
    sites = made_sites((600.0, 540.0, 60.0, 75.0))
    changes = [
        JobChange("halle", 240.0, "come_along", from_site_id="werk"),
        JobChange("neu", 75.0, "jobs_lost"),
    ]
    assert demand.sites_before(sites, changes).head_count.tolist() == [840.0, 300.0, 60.0, 0.0]
    assert demand.sites_before(sites, []) is sites
