"""Choice among the modes of a commute: nests, groups of persons, lifts, shuttles, park and ride."""

from dataclasses import replace

import numpy as np
import pytest
from commuting_offers import PARAMETERS, ROWS, ZONES, N, made_offer, made_sites, one_group, skims, three_groups
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility import demand
from itas_mobility.core import LineOffer, PersonGroups
from itas_mobility.errors import DemandError


def changed(name, value):
    return PARAMETERS.with_value(name, value, source="made")


def chosen(offer, parameters=PARAMETERS, groups=None):
    return demand.choose_modes(offer, parameters, three_groups() if groups is None else groups)


class TestNests:
    def test_one_group_is_the_nested_logit_of_the_utilities(self):
        offer = made_offer(lift_chance=1.0)
        found = chosen(offer, groups=one_group())
        nests, theta = demand.mode_nests(), demand.nest_scales(PARAMETERS)
        assert {k: [list(demand.MODES)[row] for row in rows] for k, rows in nests.items()} == {
            "private": ["car", "passenger"],
            "public": ["transit", "shuttle", "park_ride"],
            "active": ["bike", "pedelec", "walk"],
        }
        shares, logsum = demand.nested_logit(demand.mode_utilities(offer, PARAMETERS), nests=nests, theta=theta)
        np.testing.assert_allclose(found.shares.stacked_share, shares, rtol=1e-10, atol=1e-100)
        np.testing.assert_allclose(found.logsum, logsum, rtol=1e-12)

    def test_a_pedelec_taken_away_makes_more_cyclists_than_drivers_in_proportion(self):
        """The rest of the nest gains most; outside it, odds stay as they are."""
        with_it, without = (
            chosen(made_offer(lift_chance=1.0), groups=one_group(pedelec=has)).shares for has in (True, False)
        )
        near = with_it["walk"] > 0.0
        gain = {mode: without[mode][near] / with_it[mode][near] for mode in ("car", "transit", "bike", "walk")}
        assert near.sum() > N
        assert (gain["bike"] > gain["car"]).all()
        np.testing.assert_allclose(gain["bike"], gain["walk"], rtol=1e-9)
        np.testing.assert_allclose(gain["car"], gain["transit"], rtol=1e-9)

    def test_scale_out_of_bounds_names_the_parameter(self):
        with pytest.raises(DemandError, match=r"parameter nest_public_theta: 1.5 must lie in \(0, 1\]"):
            chosen(made_offer(), changed("nest_public_theta", 1.5))


class TestGroups:
    def test_means_over_groups(self):
        offer = made_offer()
        parts = demand.group_shares(offer, PARAMETERS, three_groups())
        mean = 0.7 * parts["car"] + 0.2 * parts["none"] + 0.1 * parts["pedelec"]
        np.testing.assert_allclose(chosen(offer).shares.stacked_share, mean, rtol=1e-12, atol=1e-100)
        assert (parts["none"][ROWS["car"]] == 0.0).all()
        assert (parts["car"][ROWS["pedelec"]] == 0.0).all()
        assert (parts["pedelec"][ROWS["pedelec"]] > 0.0).all()

    def test_persons_by_group_add_up(self):
        offer = made_offer()
        table = demand.persons_by_group(offer, PARAMETERS, three_groups())
        np.testing.assert_allclose(table.sum(axis=1), 100.0 * N * N * np.array([0.7, 0.2, 0.1]))
        shares = chosen(offer).shares
        np.testing.assert_allclose(table[:, :-1].sum(axis=0), 100.0 * shares.stacked_share.sum(axis=(1, 2)))

    def test_who_has_neither_car_nor_a_way_is_driven(self):
        """Nothing else leads there: with a road all without a car are passengers, whatever the chance of a lift."""
        far = made_offer(lines=np.full((N, N), np.inf), lift_chance=0.01)
        far = replace(far, bike=skims(length_m=90e3), walk=skims(length_m=90e3))
        found = chosen(far, groups=one_group(car=False))
        np.testing.assert_allclose(found.shares["passenger"], 1.0)
        assert (found.shares.without_share == 0.0).all()

    def test_without_a_road_they_have_no_mode_and_are_told(self):
        nothing = replace(
            made_offer(lines=np.full((N, N), np.inf)), bike=skims(length_m=np.inf), walk=skims(length_m=np.inf)
        )
        road = skims(length_m=np.inf, time_s=np.inf)
        nothing = replace(nothing, free=road, car=(road,) * len(nothing.car), lift_chance=np.zeros((N, N)))
        found = chosen(nothing)
        np.testing.assert_array_equal(found.shares.without_share, np.ones((N, N)))
        assert (found.logsum == -np.inf).all()
        # a line for all of them, and nobody is left over
        assert (chosen(replace(nothing, lines=made_offer().lines)).shares.without_share == 0.0).all()

    def test_logsum_is_that_of_those_who_have_a_mode(self):
        """Where those without a car cannot go, the mean is over the others."""
        offer = made_offer(lines=np.full((N, N), np.inf), lift_chance=0.0)
        road = skims(length_m=90e3, time_s=5400.0)
        offer = replace(offer, bike=road, walk=road)
        both = chosen(offer, changed("lift_pickup_min", 4.0))
        alone = chosen(offer, groups=one_group(pedelec=False))
        # they are driven, and their worth counts with a fifth
        driven = chosen(offer, groups=one_group(car=False, pedelec=False))
        np.testing.assert_allclose(both.logsum, 0.8 * alone.logsum + 0.2 * driven.logsum, rtol=1e-12)

    def test_groups_of_other_zones_are_refused(self):
        with pytest.raises(DemandError, match="groups: of 2 zones, the offer has 4"):
            chosen(made_offer(), groups=PersonGroups(["all"], np.ones((1, 2)), [True], [True], [True]))

    def test_made_of_the_parameters_and_of_what_sites_say(self):
        sites = made_sites(pedelec_share=[0.5, np.nan])
        groups = demand.person_groups(4, sites, parameters=PARAMETERS)
        value = PARAMETERS.value
        np.testing.assert_allclose(groups.group_share.sum(axis=0), 1.0)
        pedelec = groups.group_share[groups.has_pedelec].sum(axis=0)
        np.testing.assert_allclose(pedelec, [value("pedelec_share")] * 2 + [0.5, value("pedelec_share")])
        without = value("apprentice_share") * value("apprentice_no_licence_share")
        np.testing.assert_allclose(groups.group_share[~groups.has_licence].sum(axis=0), without)
        no_car = groups.group_share[~groups.has_car].sum(axis=0)
        np.testing.assert_allclose(no_car, without + (1.0 - without) * value("no_car_share"))
        with pytest.raises(DemandError, match=r"parameter no_car_share: 1.2 must lie between 0 and 1"):
            demand.person_groups(4, sites, parameters=changed("no_car_share", 1.2))


class TestMetamorphic:
    DEARER = st.sampled_from(
        [
            ("car", "car_fuel_cost_eur_per_km"), ("car", "asc_car"), ("transit", "pt_fare_eur"),
            ("bike", "asc_bike"), ("pedelec", "asc_pedelec"), ("walk", "asc_walk"), ("passenger", "lift_pickup_min"),
        ]
    )  # fmt: skip

    @given(DEARER, st.floats(0.01, 3.0), st.integers(0, 5))
    @settings(max_examples=60, deadline=None)
    def test_a_dearer_mode_never_gains(self, what, by, seed):
        mode, name = what
        offer = made_offer(seed)
        sign = -1.0 if name.startswith("asc") else 1.0
        before = chosen(offer).shares[mode]
        after = chosen(offer, changed(name, PARAMETERS.value(name) + sign * by)).shares[mode]
        assert (after <= before * (1.0 + 1e-12)).all()
        assert (after < before).any()

    @given(st.floats(0.0, 40.0), st.floats(0.01, 10.0))
    @settings(max_examples=40, deadline=None)
    def test_dearer_parking_never_gains_cars(self, price, more):
        offer = made_offer(parking_eur_per_day=np.array([0.0, price, 0.0, 0.0]))
        dearer = replace(offer, parking_eur_per_day=np.array([0.0, price + more, 0.0, 0.0]))
        before, after = chosen(offer).shares["car"], chosen(dearer).shares["car"]
        assert (after[:, 1] < before[:, 1]).all()
        np.testing.assert_array_equal(after[:, [0, 2, 3]], before[:, [0, 2, 3]])

    @given(st.integers(0, 20), st.floats(0.0, 1.0))
    @settings(max_examples=40, deadline=None)
    def test_everybody_is_somewhere(self, seed, chance):
        offer = made_offer(seed, lift_chance=chance, shuttle=np.random.default_rng(seed).random((N, N)))
        shares = chosen(offer).shares
        np.testing.assert_allclose(shares.stacked_share.sum(axis=0) + shares.without_share, 1.0, rtol=1e-12)

    @pytest.mark.parametrize("mode", ["car", "passenger", "transit", "bike", "pedelec", "walk"])
    def test_the_logsum_moves_by_the_share(self, mode):
        """Envelope: a constant of one mode moves the mean logsum by that mode's share."""
        name = {"transit": "asc_pt"}.get(mode, f"asc_{mode}")
        offer, step = made_offer(), 1e-5
        found = chosen(offer)
        up, down = (chosen(offer, changed(name, PARAMETERS.value(name) + s * step)).logsum for s in (1.0, -1.0))
        slope = (up - down) / (2.0 * step * PARAMETERS.value("choice_scale"))
        np.testing.assert_allclose(slope, found.shares[mode], rtol=1e-5, atol=1e-9)

    def test_noise_moves_nothing(self):
        offer = made_offer(shuttle=np.full((N, N), 0.4), park_ride=made_offer(3).lines.out["perceived_s"])
        noise = 1.0 + 1e-12 * np.random.default_rng(2).normal(size=(N, N))
        noisy = replace(offer, car=tuple(skims(time_s=one["time_s"] * noise) for one in offer.car))
        np.testing.assert_allclose(
            chosen(noisy).shares.stacked_share, chosen(offer).shares.stacked_share, rtol=1e-9, atol=1e-15
        )


class TestMoney:
    def test_an_hour_is_worth_more_on_a_long_way(self):
        """As in the federal plan: 9.4 to 5.1 between 50 and 10 km, 7.9 EUR/h at the reference."""
        offer = made_offer()
        offer = replace(offer, free=skims(length_m=1000.0 * np.array([10.0, 30.0, 50.0, 100.0]), time_s=600.0))
        parameters = changed("value_of_time_shift_km", 0.0)
        of_a_euro = demand.utility_of_a_euro(offer, parameters)
        # way there and back: row and column mean; look at the diagonal
        km = np.diag(offer.way_km(offer.free))
        worth = -parameters.value("choice_scale") * parameters.value("time_car_per_h") / np.diag(of_a_euro)
        np.testing.assert_allclose(worth, 7.9216 * (km / 30.0) ** 0.38, rtol=1e-4)
        assert worth[2] / worth[0] == pytest.approx(9.4 / 5.1, rel=0.01)

    def test_drivers_pay_fuel_and_the_rest_passengers_a_share_of_the_fuel(self):
        offer = made_offer(lift_chance=1.0)
        euro = demand.utility_of_a_euro(offer, PARAMETERS)
        km, base = offer.way_km(offer.free), demand.mode_utilities(offer, PARAMETERS)
        for name, car, passenger in (("car_fuel_cost_eur_per_km", 1.0, 0.5), ("car_other_cost_eur_per_km", 1.0, 0.0)):
            found = demand.mode_utilities(offer, changed(name, PARAMETERS.value(name) + 0.1))
            np.testing.assert_allclose(base[ROWS["car"]] - found[ROWS["car"]], 0.1 * car * km * euro, rtol=1e-9)
            np.testing.assert_allclose(
                base[ROWS["passenger"]] - found[ROWS["passenger"]], 0.1 * passenger * km * euro, rtol=1e-9, atol=1e-12
            )

    def test_half_of_a_days_parking_a_way(self):
        offer = made_offer()
        dear = replace(offer, parking_eur_per_day=np.array([0.0, 4.0, 0.0, 0.0]))
        free, paid = (demand.mode_utilities(one, PARAMETERS) for one in (offer, dear))
        loss = free[ROWS["car"]] - paid[ROWS["car"]]
        np.testing.assert_allclose(loss[:, 1], 2.0 * demand.utility_of_a_euro(offer, PARAMETERS)[:, 1])
        assert (loss[:, [0, 2, 3]] == 0.0).all()
        np.testing.assert_array_equal(np.delete(free, ROWS["car"], axis=0), np.delete(paid, ROWS["car"], axis=0))

    def test_cars_stay_no_longer_than_the_sum_of_before(self):
        value = PARAMETERS.value
        assert value("car_fuel_cost_eur_per_km") + value("car_other_cost_eur_per_km") == pytest.approx(0.25)


class TestLines:
    def test_riders_of_shuttles_are_a_part_of_public_transport(self):
        boardings = np.array([[0.0, 0.3, 1.0, 1.7]] * N)
        plain, split = (chosen(made_offer(shuttle=one)) for one in (None, boardings))
        share = np.minimum(0.5 * (boardings + boardings.T), 1.0)
        total = plain.shares["transit"]
        np.testing.assert_allclose(split.shares["shuttle"], share * total, rtol=1e-9)
        np.testing.assert_allclose(split.shares["transit"], (1.0 - share) * total, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(split.logsum, plain.logsum, rtol=1e-12)
        assert (plain.shares["shuttle"] == 0.0).all()
        segment = made_offer().segment
        np.testing.assert_allclose(
            demand.riders(segment, split.shares), demand.riders(segment, plain.shares), rtol=1e-9
        )

    def test_who_cannot_reach_the_shift_cannot_choose_lines(self):
        reach = np.ones((N, N), bool)
        reach[1, 2] = False
        found = chosen(made_offer(can_reach=reach))
        assert found.shares["transit"][1, 2] == 0.0
        free = chosen(made_offer())
        np.testing.assert_array_equal(found.shares["transit"][reach], free.shares["transit"][reach])

    def test_park_and_ride_where_it_is_quicker_and_nowhere_else(self):
        walking = made_offer().lines.out["perceived_s"]
        factor = np.array([[0.5, 0.9, 1.0, 1.3]] * N)
        driving = walking * factor
        found = chosen(made_offer(lines=walking, park_ride=driving))
        mean = made_offer(lines=walking).mean_of_ways
        offer = made_offer(lines=walking, park_ride=driving)
        gain = 1.0 - mean(offer.lines.park_ride.out, offer.lines.park_ride.back, "perceived_s") / mean(
            offer.lines.out, offer.lines.back, "perceived_s"
        )
        assert ((found.shares["park_ride"] > 0.0) == (gain > 0.0)).all()
        np.testing.assert_array_equal(demand.riders(offer.segment, found.shares, by="park_ride") > 0.0, gain > 0.0)
        # no jump where it begins to be quicker
        shares = [
            chosen(made_offer(lines=walking, park_ride=walking * (1.0 - g))).shares["park_ride"].max()
            for g in (0.0, 1e-9, 1e-6, 1e-3)
        ]
        assert shares[0] == 0.0
        assert (np.diff(shares) > 0.0).all()
        assert shares[1] < 1e-8

    def test_park_and_ride_reaches_where_no_bus_goes(self):
        nothing = np.full((N, N), np.inf)
        found = chosen(made_offer(lines=nothing, park_ride=made_offer().lines.out["perceived_s"]))
        assert (found.shares["park_ride"] > 0.0).all()
        assert (found.shares["transit"] == 0.0).all()
        alone = demand.group_shares(
            made_offer(lines=nothing, park_ride=made_offer().lines.out["perceived_s"]), PARAMETERS, three_groups()
        )
        assert (alone["none"][ROWS["park_ride"]] == 0.0).all()

    def test_the_drive_to_the_stop_costs(self):
        offer = made_offer(park_ride=0.5 * made_offer().lines.out["perceived_s"])
        by_car = offer.lines.park_ride
        more = [skims(**{name: one[name] for name in one}, car_access_s=600.0) for one in (by_car.out, by_car.back)]
        dear = replace(offer, lines=replace(offer.lines, park_ride=LineOffer(*more)))
        found = [demand.mode_utilities(one, PARAMETERS)[ROWS["park_ride"]] for one in (offer, dear)]
        km = 600.0 * offer.way_km(offer.free) / (offer.mean_of_ways(offer.free, offer.free, "time_s"))
        np.testing.assert_allclose(found[0] - found[1], 0.25 * km * demand.utility_of_a_euro(offer, PARAMETERS))


class TestSomeWorks:
    def test_columns_are_those_of_all(self):
        offer = made_offer(
            shuttle=np.full((N, N), 0.4), lift_chance=np.random.default_rng(4).random((N, N)),
            parking_eur_per_day=np.arange(4.0), park_ride=0.7 * made_offer().lines.out["perceived_s"],
            can_reach=np.random.default_rng(5).random((N, N)) < 0.7,
        )  # fmt: skip
        whole = chosen(offer)
        some = replace(offer, works=np.array([3, 1]))
        shares, logsum = demand.choose_at(some, PARAMETERS, three_groups())
        np.testing.assert_array_equal(shares, whole.shares.stacked_share[:, :, [3, 1]])
        np.testing.assert_array_equal(logsum, whole.logsum[:, [3, 1]])
        spread = chosen(some)
        np.testing.assert_array_equal(spread.shares.stacked_share[:, :, [3, 1]], shares)
        assert (spread.shares.stacked_share[:, :, [0, 2]] == 0.0).all()
        assert (spread.logsum[:, [0, 2]] == -np.inf).all()

    def test_car_times_change_what_depends_on_them_and_nothing_is_stale(self):
        offer = made_offer()
        demand.mode_utilities(offer, PARAMETERS)
        slow = tuple(skims(time_s=2.0 * one["time_s"]) for one in offer.car)
        found = demand.mode_utilities(offer.loaded(slow), PARAMETERS)
        np.testing.assert_array_equal(found, demand.mode_utilities(replace(offer, car=slow), PARAMETERS))
        dear = changed("pt_fare_eur", 9.0)
        np.testing.assert_array_equal(demand.mode_utilities(offer, dear), demand.mode_utilities(made_offer(), dear))


def test_names_and_flags():
    assert list(demand.MODES) == ["car", "passenger", "transit", "shuttle", "park_ride", "bike", "pedelec", "walk"]
    assert [name for name, mode in demand.MODES.items() if mode.drives] == ["car"]
    assert len(ZONES) == N
