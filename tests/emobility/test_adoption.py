"""Curves of adoption: known curves are found again, the stock of Germany, what data cannot tell is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from itas_mobility.core.adoption import grown_share
from itas_mobility.emobility import (
    ADOPTION_PARAMETERS,
    fit_adoption,
    german_adoption,
    german_stock,
    published_odds_ratios,
    zone_shares,
)
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters

CARS = 1e6
YEARS = np.arange(2000, 2021)


def logistic(year, saturation=0.8, growth=0.4, middle=2011):
    return saturation / (1 + np.exp(-growth * (np.asarray(year) - middle)))


def fitted(share, years=YEARS, **options):
    return fit_adoption(years, CARS * np.asarray(share), np.full(len(years), CARS), **options)


class TestGrownShare:
    @given(st.floats(0, 0.5), st.floats(0.001, 0.8), st.floats(1e-4, 0.6), st.floats(0.1, 30))
    def test_solves_the_equation_of_bass(self, p, q, share, years):
        saturation = 0.7
        found = solve_ivp(
            lambda _, s: (p + q * s / saturation) * (saturation - s), (0, years), [share], rtol=1e-9, atol=1e-12
        ).y[0, -1]
        grown = grown_share(share, years, innovation_per_year=p, imitation_per_year=q, saturation=saturation)
        assert grown == pytest.approx(found, rel=1e-6)
        back = grown_share(grown, -years, innovation_per_year=p, imitation_per_year=q, saturation=saturation)
        if grown < 0.999 * saturation:
            assert back == pytest.approx(share, rel=1e-6)

    def test_borders(self):
        options = {"innovation_per_year": 0.0, "imitation_per_year": 0.3, "saturation": 0.9}
        np.testing.assert_array_equal(grown_share([0.0, 0.9], 10, **options), [0.0, 0.9])


class TestFit:
    def test_a_logistic_curve_is_found_again_with_its_saturation(self):
        fit = fitted(logistic(YEARS))
        assert fit.imitation_per_year == pytest.approx(0.4, rel=1e-5)
        assert fit.saturation_share == pytest.approx(0.8, rel=1e-5)
        assert fit.share(2030) == pytest.approx(logistic(2030), rel=1e-5)

    def test_a_curve_of_bass_is_found_again(self):
        share = grown_share(0.0, YEARS - 1999.0, innovation_per_year=0.01, imitation_per_year=0.4, saturation=0.9)
        fit = fitted(share, curve="bass", saturation=0.9)
        assert (fit.innovation_per_year, fit.imitation_per_year) == (
            pytest.approx(0.01, rel=1e-4), pytest.approx(0.4, rel=1e-4)
        )  # fmt: skip

    def test_noise_is_in_the_band(self):
        """The truth lies in nine of ten bands of 90 %."""
        inside, n = 0, 60
        for seed in range(n):
            rng, share, truth = np.random.default_rng(seed), [0.01], None
            for _ in range(12):
                grown = grown_share(share[-1], 1, innovation_per_year=0, imitation_per_year=0.3, saturation=0.9)
                share.append(float(grown) + rng.normal(0, 0.004 * np.sqrt(share[-1])))
            truth = share[-1]
            for _ in range(4):
                grown = grown_share(truth, 1, innovation_per_year=0, imitation_per_year=0.3, saturation=0.9)
                truth = float(grown) + rng.normal(0, 0.004 * np.sqrt(truth))
            fit = fitted(share, np.arange(2008, 2021), saturation=0.9)
            low, high = fit.band(2024)
            inside += low < truth < high
        assert 0.8 * n <= inside <= n

    def test_noisy_data_that_have_bent_tell_their_saturation(self):
        for seed in range(5):
            noise = np.random.default_rng(seed).normal(0, 0.01, YEARS.size)
            assert fitted(logistic(YEARS) * np.exp(noise)).saturation_share == pytest.approx(0.8, abs=0.05)

    def test_data_that_have_not_bent_do_not(self):
        early = np.arange(2000, 2010)
        noise = np.random.default_rng(1).normal(0, 0.05, early.size)
        share = logistic(early, middle=2016) * np.exp(noise)
        assert share.max() < 0.1
        with pytest.raises(InputError, match=r"saturation: shares of up to .* do not tell it"):
            fitted(share, early)

    def test_order_of_scale_makes_no_difference(self):
        noise = np.exp(np.random.default_rng(3).normal(0, 0.02, YEARS.size))
        share = logistic(YEARS) * noise * 0.99
        one = fitted(share, saturation=0.9)
        other = fit_adoption(YEARS, 5e3 * share, np.full(YEARS.size, 5e3), saturation=0.9)
        assert other.imitation_per_year == pytest.approx(one.imitation_per_year, rel=1e-7)
        np.testing.assert_allclose(other.band(2030), one.band(2030), rtol=1e-7)


class TestGermany:
    def test_all_figures_were_read(self):
        stock = german_stock()
        assert stock["year"].tolist() == list(range(2017, 2027))
        assert set(stock["how_known"]) == {"read"}
        growth = stock["electric"].to_numpy()[1:] / stock["electric"].to_numpy()[:-1] - 1
        np.testing.assert_allclose(growth[-2:], [0.172, 0.232], atol=5e-4)

    @pytest.mark.parametrize("curve", ["logistic", "bass"])
    @pytest.mark.parametrize("since", [None, 2019, 2020])
    def test_a_share_of_four_percent_does_not_tell_its_saturation(self, curve, since):
        stock = german_stock()
        with pytest.raises(InputError, match=r"saturation: shares of up to 4\.1% do not tell it"):
            fit_adoption(stock["year"], stock["electric"], stock["all_cars"], curve=curve, since=since)

    def test_growth_is_that_of_the_last_years(self):
        fit = german_adoption(default_parameters())
        assert fit.share(2026) == pytest.approx(2034260 / 49486487)
        # + 39, + 17 and + 23 %; the fixed rate of before made 31 %
        assert 0.17 < fit.growth_share < 0.28
        low, high = fit.band([2027, 2030, 2035])
        assert (low < fit.share([2027, 2030, 2035])).all()
        assert (high > fit.share([2027, 2030, 2035])).all()
        assert (np.diff(high - low) > 0).all()
        # forecasts that were read for 2030: 10, 13 and 18 %
        assert low[1] < 0.10 < high[1]

    def test_saxony(self):
        parameters = default_parameters()
        fit = german_adoption(parameters).for_region(parameters.value("ev_share"))
        assert fit.share(2026) == pytest.approx(parameters.value("ev_share"))
        assert 0.04 < fit.share(2030) < 0.08

    @pytest.mark.parametrize("name", ADOPTION_PARAMETERS)
    def test_missing_parameter_is_named(self, name):
        shipped = default_parameters()
        with pytest.raises(InputError, match=name):
            german_adoption(shipped.subset(set(shipped) - {name}))


class TestRefusals:
    @pytest.mark.parametrize(
        ("year", "electric", "cars", "words"),
        [
            ([2020, 2021, 2021], [1, 2, 3], [10, 10, 10], r"year\[2\] = 2021 must be a whole number and rise"),
            ([2020, 2021.5, 2023], [1, 2, 3], [10, 10, 10], r"year\[1\]"),
            ([2020, 2021, 2022], [0, 2, 3], [10, 10, 10], r"electric\[0\] = 0 must be finite and positive"),
            ([2020, 2021, 2022], [1, 2, np.nan], [10, 10, 10], r"electric\[2\]"),
            ([2020, 2021, 2022], [1, 2, 3], [10, 10, -1], r"all_cars\[2\]"),
            ([2020, 2021, 2022], [1, 2, 30], [10, 10, 10], r"electric\[2\] = 30 must be less than all cars"),
            ([2020, 2021, 2022], [1, 2], [10, 10, 10], "electric: shape"),
            ([2020, 2021], [1, 2], [10, 10], "2 years from 2020 on are too few"),
        ],
    )
    def test_data(self, year, electric, cars, words):
        with pytest.raises(InputError, match=words):
            fit_adoption(year, electric, cars, saturation=0.9)

    def test_options(self):
        with pytest.raises(InputError, match="curve 'gompertz'"):
            fitted(logistic(YEARS), curve="gompertz", saturation=0.9)
        for saturation in (0.5, 1.1):
            with pytest.raises(InputError, match=f"saturation: {saturation}"):
                fitted(logistic(YEARS), saturation=saturation)
        with pytest.raises(InputError, match="1 years from 2020 on are too few"):
            fitted(logistic(YEARS), saturation=0.9, since=2020)

    def test_reach(self):
        fit = fitted(logistic(YEARS), saturation=0.8)
        for year in (1999, 2041, np.nan):
            with pytest.raises(InputError, match="the curve tells shares of 2000 to 2040 only"):
                fit.share(year)
        with pytest.raises(InputError, match="level: 1"):
            fit.band(2030, level=1.0)
        for share in (0.0, 0.8):
            with pytest.raises(InputError, match="share: 0"):
                fit.for_region(share)


class TestNoun:
    def test_within_the_data_it_is_the_data(self):
        share = logistic(YEARS) * np.exp(np.random.default_rng(0).normal(0, 0.02, YEARS.size))
        fit = fitted(share, saturation=0.9)
        np.testing.assert_allclose(fit.share(YEARS), share, rtol=1e-12)
        low, high = fit.band(2010)
        assert low == pytest.approx(high)

    def test_a_region_keeps_its_ratio_of_odds(self):
        fit = fitted(logistic(YEARS), saturation=0.8)
        region = fit.for_region(0.2, 2012)
        years = np.arange(2012, 2030)
        ours, theirs = (s / (0.8 - s) for s in (region.share(years), fit.share(years)))
        np.testing.assert_allclose(ours / theirs, (0.2 / 0.6) / (logistic(2012) / (0.8 - logistic(2012))), rtol=1e-6)
        again = region.for_region(0.3, 2014)
        assert again.share(2014) == pytest.approx(0.3)

    def test_shows_itself(self):
        parameters = default_parameters()
        fit = german_adoption(parameters)
        shown = fit._repr_html_()
        assert "logistic, 2023 to 2026, overdispersed binomial" in shown
        assert "2030" in shown
        table = fit.to_dataframe()
        assert table["year"].tolist() == list(range(2017, 2047))
        assert table["observed_share"].notna().sum() == 10
        assert (table["low_share"] <= table["share"] * (1 + 1e-12)).all()


class TestZones:
    @given(
        st.floats(0.001, 0.9),
        st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e3)), min_size=1, max_size=20),
    )
    def test_the_mean_is_the_region_s(self, region, zones):
        owner, parking, cars = np.array(zones).T
        cars = cars + 1.0
        found = zone_shares(
            region, {"owner": owner, "private_parking": parking},
            odds_ratios={"owner": 3.0, "private_parking": 1.74}, cars=cars,
        )  # fmt: skip
        assert (cars * found).sum() / cars.sum() == pytest.approx(region, rel=1e-9)
        odds = found / (1 - found)
        scale = (1 + 2 * owner) * (1 + 0.74 * parking)
        np.testing.assert_allclose(odds / scale, odds[0] / scale[0], rtol=1e-6)

    def test_who_has_the_trait_has_the_ratio_of_odds(self):
        none, everybody = zone_shares(0.05, {"owner": [0, 1]}, odds_ratios=published_odds_ratios(default_parameters()))
        assert everybody / (1 - everybody) / (none / (1 - none)) == pytest.approx(3.0)

    def test_nobody_and_everybody(self):
        for share in (0.0, 1.0):
            np.testing.assert_array_equal(zone_shares(share, {"a": [0, 1]}, odds_ratios={"a": 2}), [share, share])

    def test_published_ratios(self):
        assert set(published_odds_ratios(default_parameters())) == {"owner", "private_parking", "income_from_5000"}

    @pytest.mark.parametrize(
        ("covariates", "ratios", "more", "words"),
        [
            ({"company_car": [0.1]}, {"owner": 3.0}, {}, "odds_ratios: 'company_car' is missing; known: owner"),
            ({"owner": [0.1, 1.2]}, {"owner": 3.0}, {}, r"covariates\['owner'\]\[1\] = 1.2"),
            ({"owner": [0.1]}, {"owner": 0.0}, {}, r"odds_ratios\['owner'\] = 0.0"),
            ({"owner": [0.1], "b": [0, 1]}, {"owner": 3.0, "b": 2.0}, {}, r"covariates\['b'\]: shape"),
            ({"owner": [0.1]}, {"owner": 3.0}, {"cars": [-1.0]}, r"cars\[0\]"),
            ({"owner": [0.1]}, {"owner": 3.0}, {"cars": [0.0]}, "cars: no zone has any"),
            ({"owner": [0.1]}, {"owner": 3.0}, {"cars": [1.0, 1.0]}, "cars: shape"),
            ({}, {}, {}, "covariates: none"),
        ],
    )
    def test_refusals(self, covariates, ratios, more, words):
        with pytest.raises(InputError, match=words):
            zone_shares(0.1, covariates, odds_ratios=ratios, **more)
        with pytest.raises(InputError, match="region_share"):
            zone_shares(1.1, {"owner": [0.1]}, odds_ratios={"owner": 2.0})
