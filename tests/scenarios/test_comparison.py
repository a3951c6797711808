"""Which runs are compared."""

import dataclasses

import pytest
from tiny_region import made_region

from itas_mobility import scenarios
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios import Comparison, RunSettings
from itas_mobility.scenarios.run_result import Run, RunProvenance, provenance_of, read_run, write_run
from itas_mobility.scenarios.scenario import Scenario

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
        ({"settings": RunSettings(relative_gap=1e-4)}, "settings (RunSettings(relative_gap=1e-08"),
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
