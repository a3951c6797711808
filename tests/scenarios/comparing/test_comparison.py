"""Which runs are compared, and what is said of their differences: by hand."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
from tiny_region import made_region

from itas_mobility import scenarios
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios import Comparison, RunSettings
from itas_mobility.scenarios.run_result import Run, RunProvenance, provenance_of, read_run, write_run
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.words import Text, number

LIBRARY = {"sources": "abc", "numpy": "2.1.0"}
MADE = RunProvenance("made", "a" * 64, True, RunSettings(), LIBRARY)


def run_of(name, provenance=MADE, indicators=(), **tables):
    return Run(Scenario(name), name, dict(indicators), tables, provenance=provenance)


def test_runs_of_one_region_settings_and_library_are_compared():
    assert scenarios.compare(run_of("base"), [run_of("a"), run_of("b")]).is_stylised


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"region_name": "other", "region_digest": "b" * 64}, "region ('made' aaaaaaaaaaaa, 'other' bbbbbbbbbbbb)"),
        ({"region_digest": "b" * 64}, "region ('made' aaaaaaaaaaaa, 'made' bbbbbbbbbbbb)"),
        ({"settings": RunSettings(relative_gap=1e-4)}, "settings (RunSettings(relative_gap=1e-13"),
        ({"library": LIBRARY | {"sources": "abd"}}, "sources of the library (abc, abd)"),
        ({"library": LIBRARY | {"numpy": "2.4.0"}}, "numpy (2.1.0, 2.4.0)"),
        ({"library": {"sources": "abc"}}, "numpy (2.1.0, None)"),
    ],
    ids=["region", "region of the same name", "settings", "sources", "numpy", "numpy not known"],
)
def test_runs_that_do_not_belong_together_are_refused_by_name(changed, says):
    other = run_of("foreign", dataclasses.replace(MADE, **changed))
    for base, run, order in ((run_of("base"), other, says), (other, run_of("base"), "")):
        with pytest.raises(InputError) as fault:
            scenarios.compare(base, [run_of("fine", base.provenance), run])
        text = str(fault.value)
        assert f"runs {base.scenario.name} and {run.scenario.name} differ in" in text
        assert order in text
        assert "fine" not in text


def test_all_that_differs_is_told_at_once():
    foreign = dataclasses.replace(MADE, region_digest="b" * 64, library=LIBRARY | {"sources": "abd", "numpy": "2.4.0"})
    with pytest.raises(
        InputError, match=r"a differ in region \(.*\), numpy \(.*\), sources .*; runs base and b differ"
    ):
        scenarios.compare(run_of("base"), [run_of("a", foreign), run_of("b", foreign)])


def test_a_run_of_unknown_region_is_refused_beside_a_known_one():
    for base, run in ((run_of("base"), run_of("x", None)), (run_of("x", None), run_of("base"))):
        with pytest.raises(InputError, match=r"run x does not say of which region.*, as base does"):
            scenarios.compare(base, run)


def test_runs_by_hand_are_compared_with_a_warning(tmp_path):
    base, run = run_of("base", None), run_of("x", None)
    with pytest.warns(DataWarning, match=r"runs base, x were put together by hand: none says of which region"):
        scenarios.compare(base, run)
    read = read_run(write_run(run, tmp_path / "x"))
    with pytest.raises(InputError, match=r"x.run\.json does not say of which region"):
        scenarios.compare(base, read)


def test_a_region_that_is_not_that_of_the_runs_is_refused():
    region = made_region()
    other = dataclasses.replace(region, title="Another one")
    made = provenance_of(region, RunSettings())
    base, run = run_of("base", made), run_of("x", made)
    assert scenarios.compare(base, run, region=region).region is region
    assert scenarios.compare(base, run, region=made_region()).region is not None, "the content counts"
    for foreign in (dataclasses.replace(other, name="other"), other):
        with pytest.raises(InputError, match=rf"of region 'tiny' [0-9a-f]{{12}}, the region given is '{foreign.name}'"):
            scenarios.compare(base, run, region=foreign)
        with pytest.raises(InputError, match="the region given is"):
            dataclasses.replace(Comparison(base, (run,)), region=foreign)


BETTER = {
    "car_share": (70.0, 60.0), "transit_share": (10.0, 18.0), "delay_veh_h_per_day": (900.0, 500.0),
    "co2_wtw_t_per_day": (200.0, 100.0), "reachable_share": (30.0, 60.0), "mean_car_time_min": (20.0, 19.0),
    "unserved_kwh": (90.0, 10.0),
}  # fmt: skip


def pair(n_small=0, *, places=True, indicators=BETTER, base_sites=(0.2, 0.3), sites=(0.6, 0.3)):
    """A baseline and a run that is better in all, with `n_small` works buses that are too small."""
    told = []
    for k, shares in enumerate((base_sites, sites)):
        lines = [("1", "bus", 100.0 + 50.0 * k, np.nan, np.nan)]
        lines += [(f"W{i}", "bus", 40.0, 30.0, 31.0 + i) for i in range(n_small)]
        tables = {"lines": pd.DataFrame(lines, columns=["line", "mode", "boardings", "seats", "fullest_trip"])}
        if places:
            tables["sites"] = pd.DataFrame({"site_id": ["a", "b"], "reachable_share": shares})
        else:
            tables["lines"]["boardings"] = 40.0
        told.append(run_of(("base", "x")[k], indicators={n: v[k] for n, v in indicators.items()}, **tables))
    return scenarios.compare(told[0], told[1]), told[1]


def texts(comparison, run, **options):
    return [sentence["text_en"] for sentence in comparison.explain(run, **options)]


@pytest.mark.parametrize("most", range(1, 13))
@pytest.mark.parametrize("n_small", [0, 1, 2, 3, 6, 7, 20])
def test_no_warning_is_dropped_for_good_news(n_small, most):
    comparison, run = pair(n_small)
    told = comparison.explain(run, most=most)
    n_warned = min(n_small, max(1, most // 2)) if n_small else 0
    assert len(told) == min(most, n_warned + len(BETTER) + 2)
    warned = told[:n_warned]
    assert all(sentence["direction"] == "worse" and not sentence["indicator"] for sentence in warned)
    for language in ("de", "en"):
        words = (
            " ".join(sentence[f"text_{language}"] for sentence in warned).replace(":", " ").replace(",", " ").split()
        )
        assert all(words.count(f"W{i}") == 1 for i in range(n_small))
    indicators = [bool(sentence["indicator"]) for sentence in told[n_warned:]]
    assert indicators == sorted(indicators, reverse=True), "indicators, then places"
    assert not indicators or indicators[0], "the strongest indicator is told where there is room"


def test_who_is_left_without_a_mode_is_told_first_and_nothing_is_called_better():
    comparison, run = pair(1, indicators={**BETTER, "commuters_without_mode": (0.0, 120.4)})
    told = comparison.explain(run, most=6)
    assert told[0]["text_de"].startswith("120 Pendler mehr haben kein Verkehrsmittel zur Arbeit")
    assert told[0]["direction"] == "worse"
    assert told[1]["text_en"].startswith("Works bus W0")
    assert [one["direction"] for one in told[2:] if one["indicator"]] == ["", ""]
    assert "better" not in {one["direction"] for one in told}
    comparison, run = pair(indicators={**BETTER, "commuters_without_mode": (120.4, 0.0)})
    assert "better" in {one["direction"] for one in comparison.explain(run)}


def test_who_has_a_mode_again_is_told_first_and_nothing_is_called_worse():
    worse = {name: values[::-1] for name, values in BETTER.items()}
    comparison, run = pair(indicators={**worse, "commuters_without_mode": (120.4, 0.0)}, sites=(0.2, 0.3))
    told = comparison.explain(run, most=8)
    assert told[0]["text_en"].startswith("120 commuters who had no mode that takes them to work have one now")
    assert told[0]["direction"] == "better"
    assert "worse" not in {one["direction"] for one in told[1:]}
    assert len(told) > 3


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_of_sites_that_change_alike_the_first_by_id_is_told(order):
    """Neither their order in the table decides nor the last digit: 0.3 - 0.2 is less than 0.2 - 0.1."""
    base, run = run_of("base"), run_of("x")
    for one, shares in ((base, [0.1, 0.2]), (run, [0.2, 0.3])):
        sites = pd.DataFrame({"site_id": ["b", "a"], "reachable_share": shares}).iloc[order]
        object.__setattr__(one, "tables", {"sites": sites})
    told = texts(scenarios.compare(base, run), run)
    assert told[0].startswith("Reachability without a car changes most at a: 30.0 %")


def test_differences_within_the_measured_noise_are_not_told():
    base, run = run_of("base", indicators={"car_share": 70.0}), run_of("x", indicators={"car_share": 70.1})
    comparison = scenarios.compare(base, run)
    assert comparison.noise_of(run, "car_share") == pytest.approx(70.1e-9)
    assert len(comparison.explain(run)) == 1
    for noise, told in ((0.009, 1), (0.011, 0)):
        noisy = dataclasses.replace(base, noise={"car_share": noise})
        comparison = scenarios.compare(noisy, run)
        assert comparison.noise_of(run, "car_share") == pytest.approx(10 * noise)
        assert len(comparison.explain(run)) == told


def test_noise_and_notes_are_kept_with_the_run(tmp_path):
    notes = (Text("fehlt", "is left out"),)
    run = dataclasses.replace(run_of("x", indicators={"car_share": 70.0}), noise={"car_share": 1e-9}, notes=notes)
    found = read_run(write_run(run, tmp_path / "x"))
    assert dict(found.noise) == {"car_share": 1e-9}
    assert found.notes == notes


def test_works_buses_that_lack_most_seats_come_first():
    assert texts(*pair(2), most=12)[:2] == [
        "Works bus W1: 32 persons on 30 seats of its fullest trip",
        "Works bus W0: 31 persons on 30 seats of its fullest trip",
    ]
    assert texts(*pair(7), most=2)[0] == (
        "7 works buses lack seats on their fullest trip (persons on seats): W6 (37 on 30), W5 (36 on 30), "
        "W4 (35 on 30), W3 (34 on 30), W2 (33 on 30), W1 (32 on 30), W0 (31 on 30)"
    )
    assert texts(*pair(7), most=6)[2].startswith("5 more works buses lack seats")


@pytest.mark.parametrize(("most", "told"), [(1, 1), (2, 2), (6, 6), (12, 7)])
def test_where_there_are_no_places_indicators_fill_the_list(most, told):
    assert len(pair(places=False)[0].explain(pair(places=False)[1], most=most)) == told


def test_places_fill_the_list_where_few_indicators_change():
    assert len(texts(*pair(indicators={"car_share": (70.0, 60.0)}))) == 3
    assert texts(*pair(indicators={}), most=1)[0].startswith("Reachability without a car changes most at a: 60.0 %")


def test_no_sentence_at_all_is_no_explanation():
    comparison, run = pair()
    with pytest.raises(InputError, match="most = 0"):
        comparison.explain(run, most=0)


NAN = float("nan")


@pytest.mark.parametrize("values", [(NAN, 40.0), (40.0, NAN), (NAN, NAN)])
def test_what_has_no_value_is_not_told(values):
    """A share over nobody: no sentence, no direction, no warning of numpy."""
    indicators = {"reachable_share": values, "car_share": (70.0, 60.0)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = texts(*pair(indicators=indicators, base_sites=(values[0], 0.3), sites=(values[1], 0.3)))
    assert [text.split(":")[0] for text in told] == ["Car share of commuters", "Largest change of boardings"]


def test_the_bound_is_that_of_the_values_there_are():
    told = texts(*pair(places=False, indicators={"relative_gap": (NAN, 1e-9), "car_share": (70.0, 60.0)}))
    assert len(told) == 1
    told = texts(*pair(places=False, indicators={"relative_gap": (NAN, 0.1), "car_share": (70.0, 60.0)}))
    assert told == []


def test_sites_without_shift_workers_do_not_hide_the_others():
    told = texts(*pair(indicators={}, base_sites=(0.444, 0.3), sites=(NAN, 0.31)), most=1)
    assert told == ["Reachability without a car changes most at b: 31.0 % instead of 30.0 % of shift workers"]


def shifts(arrive, back, workers):
    columns = {"site_id": "a", "shift": ["frueh", "spaet"], "weekday": "Mo-Fr"}
    return pd.DataFrame(columns | {"arrive_share": arrive, "return_share": back, "workers": workers})


def test_a_shift_that_nobody_works_is_not_what_moved_most():
    sites = [pd.DataFrame({"site_id": ["a"], "reachable_share": [share]}) for share in (0.2, 0.5)]
    base = run_of("base", sites=sites[0], shifts=shifts([NAN, 0.2], [NAN, 0.5], [0.0, 100.0]))
    run = run_of("x", sites=sites[1], shifts=shifts([0.9, 0.3], [0.9, 0.5], [400.0, 100.0]))
    (told,) = texts(scenarios.compare(base, run), run)
    assert told.endswith("mostly the way there (late shift: 30 % instead of 20 %)")


def test_nobody_reached_is_a_number_where_nobody_works_a_shift():
    indicators = {"operating_cost_eur_per_day": 100.0, "reachable_share": NAN}
    base = run_of("base", indicators=indicators, shifts=shifts([NAN, NAN], [NAN, NAN], [0.0, 0.0]))
    run = run_of(
        "x", indicators=indicators | {"reachable_share": 50.0}, shifts=shifts([1.0, 1.0], [1.0, 1.0], [80.0, 40.0])
    )
    unknown = run_of("u", indicators=indicators, shifts=shifts([1.0, 1.0], [1.0, 1.0], [80.0, 40.0]))
    comparison = scenarios.compare(base, [run, unknown])
    assert comparison.cost_of_reach(run) == (0.0, 60.0)
    assert np.isnan(comparison.cost_of_reach(unknown)[1])
    assert not any("per worker and day" in text for text in texts(comparison, unknown))


def test_no_number_is_a_dash():
    assert number(NAN, 1, "de") == number(NAN, 0, "en") == "–"
