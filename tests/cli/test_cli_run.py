"""`run` and `compare`: the same bytes again, which runs are compared with which, on which map they are shown."""

import dataclasses
import json
from pathlib import Path

import own_process
import pandas as pd
import pytest

from itas_mobility import cli, regions, scenarios
from itas_mobility.cli import run as run_commands
from itas_mobility.core import PublishedRange
from itas_mobility.scenarios.measures import ChangeFare
from itas_mobility.scenarios.run_result import Run, RunProvenance, provenance_of, write_run
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.words import Text

ROOT = Path(__file__).parents[2]
FARE = (ChangeFare(type="change_fare", by_percent=50),)
MADE = RunProvenance("mini", "a" * 64, True, RunSettings(), {"sources": "abc"})


def scenario_file(folder, name, by_percent=None):
    text = f'name = "{name}"\n'
    if by_percent is not None:
        text += f'[[measure]]\ntype = "change_fare"\nby_percent = {by_percent}\n'
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def ran(monkeypatch):
    """Runs that cost nothing, in the order in which they were asked for."""
    names = []

    def run_all(region, wanted, *, out=None):
        names.extend(one.name for one in wanted)
        return tuple(Run(one, one.name, {"car_share": 50.0 + k}, {}, provenance=MADE) for k, one in enumerate(wanted))

    monkeypatch.setattr(scenarios, "run_all", run_all)
    monkeypatch.setattr(run_commands, "region_named", lambda name: None)
    return names


def call(capsys, *arguments):
    """Exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return left.value.code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("files", "order"),
    [
        ([("fare", 50)], ["baseline", "fare"]),
        ([("fare", 50), ("baseline", None)], ["baseline", "fare"]),
        ([("baseline", None), ("fare", 50)], ["baseline", "fare"]),
        ([("fare", 50), ("heute", None), ("dear", 90)], ["heute", "fare", "dear"]),
        ([("heute", None), ("fare", 50), ("baseline", None)], ["baseline", "heute", "fare"]),
        ([("baseline", 50), ("heute", None)], ["heute", "baseline"]),
    ],
)
def test_runs_are_compared_with_the_one_without_measures(ran, tmp_path, capsys, files, order):
    paths = [scenario_file(tmp_path, *file) for file in files]
    code, out, err = call(capsys, "run", *paths, "--json")
    assert code == 0, err
    assert ran == order
    assert json.loads(out)["base"] == order[0]
    assert [run["name"] for run in json.loads(out)["runs"]] == order
    code, out, _ = call(capsys, "run", *paths)
    assert f"Szenarien im Vergleich mit {order[0]} (stilisierte Region)" in " ".join(out.split())


def test_measures_under_the_name_of_the_baseline_are_refused_before_anything_runs(ran, tmp_path, capsys):
    files = [scenario_file(tmp_path, "fare", 50), scenario_file(tmp_path, "baseline", 10)]
    code, out, err = call(capsys, "run", *files)
    assert (code, out, ran) == (2, "", [])
    assert "'baseline' has measures" in err
    assert "rename it" in err


def made_run(name, measures=(), provenance=MADE, **indicators):
    tables = {"sites": pd.DataFrame({"site_id": ["vw_mosel"], "reachable_share": [0.2 + 0.1 * bool(measures)]})}
    shares = {"car_share": 60.0 - 10.0 * bool(measures)} | indicators
    return Run(Scenario(name, measures=measures), name, shares, tables, provenance=provenance)


@pytest.fixture
def folders(tmp_path):
    def write(*runs):
        return [write_run(run, tmp_path / run.scenario.name) for run in runs]

    return write


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_finished_runs_are_compared_with_the_one_without_measures(folders, capsys, order):
    written = folders(made_run("heute"), made_run("a", FARE), made_run("b", FARE))
    code, out, err = call(capsys, "compare", *(written[k] for k in order), "--json")
    assert code == 0, err
    content = json.loads(out)
    assert content["base"] == content["runs"][0]["name"] == "heute"
    assert set(content["explanation"]) == {"a", "b"}


def test_the_run_to_compare_with_can_be_named(folders, capsys):
    written = folders(made_run("heute"), made_run("a", FARE), made_run("b", FARE))
    code, out, _ = call(capsys, "compare", *written, "--base", "b", "--json")
    assert (code, json.loads(out)["base"]) == (0, "b")
    code, _, err = call(capsys, "compare", *written, "--base", "c")
    assert code == 2
    assert "--base 'c' is none of the runs (heute, a, b)" in err
    code, _, err = call(capsys, "compare", *written[1:])
    assert code == 2
    assert "each of the runs has measures (a, b)" in err
    assert "--base NAME" in err
    code, out, _ = call(capsys, "compare", written[1], "--json")
    assert (code, json.loads(out)["base"]) == (0, "a"), "one run alone is shown"
    code, _, err = call(capsys, "compare", written[1], written[1])
    assert code == 2
    assert "scenario a stands more than once" in err


def test_an_indicator_without_a_value_is_null(folders, capsys):
    code, out, _ = call(capsys, "compare", *folders(made_run("heute", mean_car_time_min=float("nan"))), "--json")
    assert code == 0
    (run,) = json.loads(out, parse_constant=pytest.fail)["runs"]
    assert run["indicators"]["mean_car_time_min"] is None


def test_runs_of_another_region_are_not_shown_on_the_map_of_zwickau(folders, capsys, tmp_path):
    written, page = folders(made_run("heute"), made_run("a", FARE)), tmp_path / "report.html"
    code, out, err = call(capsys, "compare", *written, "--report", page)
    assert (code, out) == (2, "")
    assert "the runs are of region 'mini'; give its folder: --region FOLDER" in err
    code, out, err = call(capsys, "compare", *written, "--report", page, "--region", "zwickau")
    assert (code, out) == (2, "")
    assert "the runs are of region 'mini' aaaaaaaaaaaa, the region given is 'zwickau'" in err
    assert not page.exists()
    code, out, _ = call(capsys, "compare", *written)
    assert code == 0
    assert "Szenarien im Vergleich mit heute (stilisierte Region)" in " ".join(out.split())


def test_a_table_holds_three_scenarios_and_what_they_note_stands_below(folders, capsys):
    full = Text("Halle: Die 80 Stellplätze sind voll.", "parking at Halle: its 80 spaces are full")
    fuller = Text("Halle: Die 75 Stellplätze sind voll.", "parking at Halle: its 75 spaces are full")
    lost = Text("Werk: −100 Arbeitsplätze (Annahme).", "Werk: −100 jobs (assumed)")
    base = dataclasses.replace(made_run("heute"), notes=(full,))
    others = [dataclasses.replace(made_run(name, FARE), notes=(fuller, lost)) for name in ("a", "b", "c", "d")]
    code, out, err = call(capsys, "compare", *folders(base, *others))
    assert code == 0, err
    assert out.count("Szenarien im Vergleich mit heute") == 2
    assert [f"{name}: Werk: −100 Arbeitsplätze (Annahme)." in out for name in ("a", "b", "c", "d")] == [True] * 4
    assert "Stellplätze sind voll" not in out, "the baseline says so, with another figure"


def test_another_region_of_the_same_name_is_refused(folders, capsys, tmp_path):
    other = dataclasses.replace(MADE, region_name="zwickau")
    written, page = folders(made_run("heute", provenance=other), made_run("a", FARE, other)), tmp_path / "report.html"
    code, _, err = call(capsys, "compare", *written, "--report", page)
    assert code == 2
    assert "the runs are of region 'zwickau' aaaaaaaaaaaa, the region given is 'zwickau'" in err
    assert "--region" in err
    assert not page.exists()


def test_the_region_that_is_named_gives_the_names_of_sites(folders, capsys):
    made = provenance_of(regions.zwickau(), RunSettings())
    written = folders(made_run("heute", provenance=made), made_run("a", FARE, made))
    code, out, _ = call(capsys, "compare", *written, "--region", "zwickau")
    assert code == 0
    assert "Erreichbarkeit ohne Auto an Volkswagen" in out


def test_runs_of_two_regions_are_refused(folders, capsys):
    other = dataclasses.replace(MADE, region_name="zwickau", region_digest="b" * 64)
    code, out, err = call(capsys, "compare", *folders(made_run("heute"), made_run("a", FARE, other)))
    assert (code, out) == (2, "")
    assert "runs heute and a differ in region ('mini' aaaaaaaaaaaa, 'zwickau' bbbbbbbbbbbb)" in err


def test_a_damaged_folder_is_refused_by_the_name_of_the_file(folders, capsys):
    written = folders(made_run("heute"), made_run("a", FARE))
    file = written[1] / "sites.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("0.3", "0.9"), encoding="utf-8")
    code, out, err = call(capsys, "compare", *written)
    assert (code, out) == (2, "")
    assert f"{file}: is not as it was written" in err


@pytest.mark.filterwarnings("default")
def test_a_folder_of_an_older_version_is_refused_by_the_name_of_the_file(folders, capsys):
    (folder,) = folders(made_run("heute"))
    content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    older = {key: content[key] for key in ("scenario", "digest", "indicators")}
    (folder / "run.json").write_text(json.dumps(older), encoding="utf-8")
    code, out, err = call(capsys, "compare", folder)
    assert (code, out) == (2, "")
    assert f"{folder / 'run.json'}: was written by an older version" in err
    assert f"{folder / 'run.json'} does not say of which region" in err


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Two processes run the same two scenarios."""
    files = [ROOT / "scenarios" / f"{name}.toml" for name in ("e_mobility_2030", "shift_stagger")]
    outs = [tmp_path_factory.mktemp("runs") / str(k) for k in range(2)]
    return [(own_process.call("run", *files, "--out", out, "--json"), out) for out in outs], files


def test_the_same_run_gives_the_same_bytes(two_runs):
    (first, out_a), (second, out_b) = two_runs[0]
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    for path in sorted(out_a.rglob("*")):
        if path.is_file() and path.name != "timing.json":
            assert path.read_bytes() == (out_b / path.relative_to(out_a)).read_bytes(), path.name


def test_finished_runs_are_resumed(two_runs):
    runs, files = two_runs
    first, out = runs[0]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    again = own_process.call("run", *files, "--out", out, "--json")
    assert again.stdout == first.stdout
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    assert {path.parent.name for path in before} == {"baseline", "e_mobility_2030", "shift_stagger"}


def test_compare_finished_runs(two_runs, tmp_path):
    _, out = two_runs[0][0]
    folders = [out / "e_mobility_2030", out / "shift_stagger"]
    found = own_process.call("compare", *folders, "--json")
    assert found.returncode == 2, "each of them has measures"
    assert "--base NAME" in found.stderr
    found = own_process.call("compare", *folders, "--base", "e_mobility_2030", "--json")
    assert found.returncode == 0, found.stderr
    content = json.loads(found.stdout)
    assert [run["name"] for run in content["runs"]] == ["e_mobility_2030", "shift_stagger"]
    assert content["explanation"]["shift_stagger"], "these two scenarios differ"
    page = tmp_path / "report.html"
    found = own_process.call("compare", *folders, out / "baseline", "--report", page, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["base"] == "baseline"
    assert "Landkreis Zwickau" in page.read_text(encoding="utf-8")


@pytest.fixture
def tested(monkeypatch):
    """A realism test that costs nothing; what it was asked for."""
    asked = []
    fare = PublishedRange("fare", "short", -0.5, -0.15, "bar", "D", 1985, "somebody", note="made")
    word = Text("Fahrpreis", "Fare")

    def realism(region, *, step):
        asked.append(step)
        row = scenarios.RealismRow(
            "fare", word, word, Text("", ""), 3, -0.05, float("nan"), (fare,), 1.1, reason=Text("Schwach.", "Weak.")
        )
        return scenarios.Realism("Mini", True, step, (row,))

    monkeypatch.setattr(scenarios, "realism", realism)
    monkeypatch.setattr(run_commands, "region_named", lambda name: None)
    return asked


def test_realism_shows_a_table_and_why_a_bar_is_missed(tested, capsys):
    code, out, _ = call(capsys, "realism", "--step", "0.2")
    assert code == 0, "a missed bar is a finding, no failure"
    assert tested == [0.2]
    for part in ("Mini (stilisierte Region)", "Fahrpreis", "−0,050", "kurz −0,50 bis −0,15", "außerhalb", "Schwach."):
        assert part in out


def test_realism_answers_in_json_and_writes_a_page(tested, capsys, tmp_path):
    code, out, err = call(capsys, "realism", "--json", "--out", tmp_path / "page.html")
    assert code == 0
    told = json.loads(out)
    assert told["status"] == "ok"
    assert told["missed"] == ["fare"]
    assert told["tests"][0]["long"] is None
    assert told["report"] == str(tmp_path / "page.html")
    assert "Fahrpreis" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Bericht:" in err


def test_realism_refuses_a_step_that_is_none(capsys):
    code, _, err = call(capsys, "realism", "--step", "2")
    assert code == 2
    assert "step = 2.0: must lie above 0 and not above 0.5" in err
