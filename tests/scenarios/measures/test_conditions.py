"""Year, temperature and company cars: what they set, in which order, and what is told of shares set by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import emobility
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios import Scenario, load
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.measures.conditions import hand_set_sites, is_set_by_hand
from itas_mobility.scenarios.results.notes import mix_of_today, shares_by_hand, weather_of_the_day

YEAR = {"type": "set_year", "year": 2030}
EVERYWHERE = {"type": "electric_share", "share": 0.3}
AT_WERK = {"type": "electric_share", "share": 0.8, "site": "werk"}
COMPANY = {"type": "company_cars", "site": "werk", "company_share": 0.2, "electric_share": 0.9}


def measures(*examples):
    return tuple(MEASURE_ADAPTER.validate_python(fields) for fields in examples)


def applied(region, *examples, n_inherited=0):
    return Scenario("x", measures=measures(*examples), n_inherited=n_inherited).apply(region)


@pytest.fixture(scope="module")
def region():
    made = made_region()
    return replace(made, sites=replace(made.sites, electric_share=[0.1, 0.022]))


@pytest.fixture(scope="module")
def curve(region):
    germany = emobility.german_adoption(region.parameters)
    return lambda share: float(germany.for_region(share).share(2030))


class TestYear:
    def test_region_and_sites_go_along_the_curve(self, region, curve):
        found = applied(region, YEAR)
        share = found.parameters["ev_share"]
        assert share.value == pytest.approx(curve(0.022))
        assert share.low < share.value < share.high
        assert "logistic curve" in share.source
        assert found.parameters.value("ev_share_curve") == share.value
        assert found.parameters.value("scenario_year") == 2030
        np.testing.assert_allclose(found.sites.electric_share, [curve(0.1), curve(0.022)])
        assert region.parameters.value("scenario_year") == 2026

    def test_two_steps_are_one(self, region):
        once = applied(region, YEAR)
        twice = applied(region, {"type": "set_year", "year": 2028}, YEAR, n_inherited=1)
        np.testing.assert_allclose(twice.sites.electric_share, once.sites.electric_share, rtol=1e-9)

    def test_nobody_electric_and_everybody_stay(self, region):
        made = replace(region, sites=replace(region.sites, electric_share=[0.0, 1.0]))
        assert applied(made, YEAR).sites.electric_share.tolist() == [0.0, 1.0]

    def test_a_share_set_by_hand_in_a_parent_stays(self, region, curve):
        found = applied(region, EVERYWHERE, YEAR, n_inherited=1)
        assert found.parameters.value("ev_share") == 0.3
        assert found.sites.electric_share.tolist() == [0.3, 0.3]
        assert found.parameters.value("ev_share_curve") == pytest.approx(curve(0.022))
        found = applied(region, AT_WERK, YEAR, n_inherited=1)
        np.testing.assert_allclose(found.sites.electric_share, [0.8, curve(0.022)])
        assert found.parameters.value("ev_share") == pytest.approx(curve(0.022))

    @pytest.mark.parametrize(
        ("year", "words"),
        [
            (2026, "already is one of 2026"),
            (2025, "lies before the last count of 2026"),
            (2047, "the curve tells shares of 2017 to 2046 only"),
        ],
    )
    def test_refusals(self, region, year, words):
        with pytest.raises(ScenarioError, match=words):
            applied(region, {"type": "set_year", "year": year})

    def test_a_share_that_no_curve_goes_through_is_refused(self, region):
        none = replace(region, parameters=region.parameters.with_value("ev_share", 0.0, source="test"))
        with pytest.raises(ScenarioError, match="set_year: share: 0 must lie between"):
            applied(none, YEAR)

    @pytest.mark.parametrize("hand_set", [EVERYWHERE, AT_WERK, COMPANY])
    def test_the_year_comes_first(self, region, hand_set):
        with pytest.raises(ScenarioError, match=r"sets year of the scenario.*put 2 \(set_year\) first"):
            applied(region, hand_set, YEAR)
        applied(region, YEAR, hand_set)


class TestTemperature:
    def test_is_that_of_one_day(self, region):
        found = applied(region, {"type": "set_temperature", "temperature_deg": -7})
        traction = emobility.traction_from(found.parameters)
        assert (traction.temperature_deg, traction.temperature_spread_k) == (-7.0, 0.0)

    def test_is_told_beside_the_mean_of_the_year(self, region):
        assert weather_of_the_day(region) is None
        told = weather_of_the_day(applied(region, {"type": "set_temperature", "temperature_deg": -7}))
        assert told["de"].startswith("Gerechnet ist ein Tag mit −7 °C. Szenarien ohne eigene Temperatur")
        assert told["en"].startswith("the day has −7 °C; scenarios without a temperature")

    def test_the_mean_temperature_of_the_year_is_no_mean_year(self, region):
        mean = region.parameters.value("temperature_deg")
        found = applied(region, {"type": "set_temperature", "temperature_deg": mean})
        day, year = (emobility.traction_from(one.parameters) for one in (found, region))
        assert emobility.traction_energy_kwh(1e4, 600, traction=day) < emobility.traction_energy_kwh(
            1e4, 600, traction=year
        )
        with pytest.raises(ScenarioError, match="the temperature already is 9 degrees"):
            applied(found, {"type": "set_temperature", "temperature_deg": mean})

    def test_words(self):
        (one,) = measures({"type": "set_temperature", "temperature_deg": -7.5})
        assert (one.describe("de"), one.describe("en")) == ("Außentemperatur −7,5 °C", "outside temperature −7.5 °C")


class TestCompanyCars:
    def test_others_keep_their_share(self, region):
        found = applied(region, COMPANY)
        np.testing.assert_allclose(found.sites.electric_share, [0.2 * 0.9 + 0.8 * 0.1, 0.022])
        both = applied(region, EVERYWHERE, COMPANY)
        np.testing.assert_allclose(both.sites.electric_share, [0.2 * 0.9 + 0.8 * 0.3, 0.3])

    def test_the_share_of_the_others_comes_first(self, region):
        for other in (EVERYWHERE, AT_WERK):
            with pytest.raises(ScenarioError, match=r"put 2 \(electric_share\) first"):
                applied(region, COMPANY, other)

    def test_nothing_to_change(self, region):
        with pytest.raises(ScenarioError, match=r"already has an electric share of 0\.1"):
            applied(region, COMPANY | {"electric_share": 0.1})

    def test_words(self):
        (one,) = measures(COMPANY)
        assert one.describe("de") == "werk: 20 % Dienstwagen, davon 90 % elektrisch"
        assert one.describe("en") == "werk: 20 % company cars, 90 % of them electric"


class TestNotes:
    def test_by_hand_beside_the_curve(self, region):
        assert not is_set_by_hand(region)
        assert shares_by_hand(region) is None
        found = applied(region, YEAR, EVERYWHERE)
        assert is_set_by_hand(found)
        told, curve = shares_by_hand(found), found.parameters["ev_share_curve"]
        assert told["en"].startswith(
            "electric share set by hand: 30.0 % (all commuters); the curve of the stock gives "
        )
        assert f"{100 * curve.value:.1f} % ({100 * curve.low:.1f} % to {100 * curve.high:.1f} %) in 2030" in told["en"]
        assert "30,0 % (alle Pendler); die Kurve des Bestands gibt für 2030" in told["de"]

    def test_of_single_sites(self, region):
        found = applied(region, YEAR, AT_WERK)
        assert hand_set_sites(found) == [0]
        assert not is_set_by_hand(found)
        assert f"80.0 % ({found.sites.name[0]}); the curve" in shares_by_hand(found)["en"]
        both = applied(region, EVERYWHERE, COMPANY)
        assert f"30.0 % (all commuters), 42.0 % ({both.sites.name[0]});" in shares_by_hand(both)["en"]

    def test_the_mix_stays(self, region):
        assert mix_of_today(region) is None
        assert "stays that of 2025 (446 g/kWh)" in mix_of_today(applied(region, YEAR))["en"]


class TestFiles:
    @staticmethod
    def written(folder, text):
        path = folder / "x.toml"
        path.write_text('name = "x"\n' + text, encoding="utf-8")
        return path

    def test_keys_stand_for_measures_before_all_others(self, tmp_path):
        text = 'temperature_deg = -7\nyear = 2030\n[[measure]]\ntype = "electric_share"\nshare = 0.3\n'
        found = load(self.written(tmp_path, text)).measures
        assert found == measures(YEAR, {"type": "set_temperature", "temperature_deg": -7}, EVERYWHERE)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("year = true\n", "key 'year': must be a number"),
            ("year = 2030.5\n", "key 'year': input should be a valid integer"),
            ("year = 1990\n", "key 'year': input should be greater than or equal to 2000"),
            ("temperature_deg = nan\n", "key 'temperature_deg': .*finite"),
            ("temperature_deg = 200\n", "key 'temperature_deg': .*45"),
            ("yaer = 2030\n", "key 'yaer' is not known; did you mean 'year'"),
            ('year = 2030\n[[measure]]\ntype = "set_year"\nyear = 2031\n', "both set year of the scenario"),
        ],
    )
    def test_faults(self, tmp_path, text, words):
        with pytest.raises(ScenarioError, match=words):
            load(self.written(tmp_path, text))
