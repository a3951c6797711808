"""Runs on disk: read back as they were written, and believed only whole."""

import json
import math
import shutil

import pandas as pd
import pytest

from itas_mobility import scenarios
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios import batch
from itas_mobility.scenarios.measures import ChangeFare
from itas_mobility.scenarios.run_result import Run, RunProvenance, provenance_of
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings

DIGEST = "d" * 64
MADE = RunProvenance("made", "0" * 64, True, RunSettings(relative_gap=1e-9), {"sources": "abc", "python": "3.11"})
TABLES = {
    "sites": pd.DataFrame({"site_id": ["01", "02"], "reachable_share": [0.5, 0.25]}),
    "zones": pd.DataFrame({"zone_id": ["007"], "workers": [3.0]}),
}


def made_run(**changed):
    fare = ChangeFare(type="change_fare", by_percent=50)
    given = {
        "scenario": Scenario("x", {"de": "Prüfung\u001f"}, (fare,)),
        "digest": DIGEST,
        "indicators": {"car_share": 50.0, "relative_gap": 3.2e-9},
        "tables": TABLES,
        "seconds": {"measures": 0.25},
        "provenance": MADE,
    } | changed
    return Run(**given)


@pytest.fixture
def folder(tmp_path):
    return scenarios.write_run(made_run(), tmp_path / "x")


def test_a_run_says_what_it_was_made_from_and_by(folder):
    content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert content["region"] == {"name": "made", "digest": "0" * 64, "is_stylised": True}
    assert content["settings"]["relative_gap"] == 1e-9
    assert content["library"] == {"sources": "abc", "python": "3.11"}
    assert list(content["files"]) == ["sites.csv", "zones.csv"]
    found = scenarios.read_run(folder)
    assert found.provenance == MADE
    assert found.folder == folder
    assert dict(found.seconds) == {"measures": 0.25}
    assert found.to_json() == made_run().to_json()


def test_a_run_by_hand_is_of_unknown_provenance(tmp_path):
    by_hand = Run(Scenario("x"), DIGEST, {"car_share": 50.0}, TABLES)
    assert by_hand.provenance is None
    assert scenarios.read_run(scenarios.write_run(by_hand, tmp_path / "x")).provenance is None


def test_a_run_of_this_process_knows_region_settings_and_library(zwickau, base):
    assert base.provenance == provenance_of(zwickau, RunSettings())
    assert base.provenance.region_name == "zwickau"
    assert base.provenance.is_region(zwickau)
    assert set(base.provenance.library) >= {"sources", "numpy", "scipy", "numba"}


def test_an_indicator_without_a_value_is_written_as_json_has_it(tmp_path):
    folder = scenarios.write_run(made_run(indicators={"car_share": math.nan}), tmp_path / "x")
    text = (folder / "run.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=pytest.fail)["indicators"] == {"car_share": None}
    assert math.isnan(scenarios.read_run(folder).indicators["car_share"])


@pytest.mark.parametrize("name", ["run.json", "timing.json", "sites.csv", "zones.csv"])
def test_one_flipped_bit_in_any_file_is_found(folder, name):
    """In each byte of each file; the message names the file."""
    file = folder / name
    written = file.read_bytes()
    told = []
    for place in range(len(written)):
        for bit in {place % 8, 5}:  # 5 turns 1e-9 into 1E-9, the same number to JSON
            file.write_bytes(written[:place] + bytes([written[place] ^ 1 << bit]) + written[place + 1 :])
            with pytest.raises(InputError) as fault:
                scenarios.read_run(folder)
            told.append(str(fault.value))
    assert len(told) > len(written)
    assert [text for text in told if str(file) not in text or "run the scenario again" not in text] == []
    file.write_bytes(written)
    assert scenarios.read_run(folder).digest == DIGEST


def damaged(folder, name, how):
    file = folder / name
    written = file.read_text(encoding="utf-8")
    if how == "missing":
        file.unlink()
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_text({"cut": written[:20], "empty": "", "more": written + "\n"}[how], encoding="utf-8")


@pytest.mark.parametrize("how", ["missing", "cut", "empty", "more", "a folder"])
@pytest.mark.parametrize("name", ["timing.json", "sites.csv", "zones.csv"])
def test_what_is_not_whole_is_refused_by_name_and_run_again(folder, name, how):
    damaged(folder, name, how)
    with pytest.raises(InputError, match=name) as fault:
        scenarios.read_run(folder)
    assert "run the scenario again" in str(fault.value)
    with pytest.warns(DataWarning, match=rf"{name}: .* is run again") as told:
        assert batch._finished(folder, DIGEST) is None
    assert len(told) == 1


def test_all_faults_of_a_folder_are_told_together(folder):
    damaged(folder, "sites.csv", "missing")
    damaged(folder, "zones.csv", "cut")
    with pytest.raises(InputError, match=r"sites\.csv: is missing; .*zones\.csv: is not as it was written"):
        scenarios.read_run(folder)


def resealed(folder, change):
    """The folder as another version might have written it: its content is changed, its checksum right."""
    from itas_mobility.scenarios import run_result

    file = folder / "run.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["sha256"]
    change(content)
    file.write_text(run_result._sealed(content), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["scenario"]["measures"][0].update(type="teleport"),
        lambda content: content["scenario"]["measures"][0].update(by_percent="much"),
        lambda content: content["indicators"].update(happiness=1.0),
        lambda content: content["settings"].update(haste=1.0),
        lambda content: content.pop("scenario"),
        lambda content: content["region"].pop("digest"),
    ],
    ids=["unknown measure", "unknown value", "unknown indicator", "unknown setting", "no scenario", "no region digest"],
)
def test_what_this_version_does_not_know_is_refused_by_name_and_run_again(folder, change):
    resealed(folder, change)
    with pytest.raises(InputError, match=r"run\.json: is no run of this version"):
        scenarios.read_run(folder)
    with pytest.warns(DataWarning, match=r"run\.json: .* is run again"):
        assert batch._finished(folder, DIGEST) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"digest": "\\ud800"}', "\ufeff{}"])
def test_what_is_no_run_is_refused_by_name(folder, text):
    (folder / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"run\.json"):
        scenarios.read_run(folder)
    with pytest.warns(DataWarning, match=r"run\.json: .* is run again"):
        assert batch._finished(folder, DIGEST) is None


def as_an_older_version_wrote_it(folder):
    content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    older = {key: content[key] for key in ("scenario", "digest", "indicators")}
    (folder / "run.json").write_text(json.dumps(older, indent=2), encoding="utf-8")


def test_a_folder_from_before_checksums_is_run_again(folder):
    as_an_older_version_wrote_it(folder)
    with pytest.warns(DataWarning, match=r"run\.json: was written by an older version, .* is run again"):
        assert batch._finished(folder, DIGEST) is None


def test_a_folder_from_before_checksums_is_read_with_a_warning_and_compared_with_nothing(folder, tmp_path):
    as_an_older_version_wrote_it(folder)
    with pytest.warns(DataWarning, match=r"run\.json: was written by an older version"):
        older = scenarios.read_run(folder)
    assert dict(older.tables) == {}, "nothing says which tables are whole"
    assert older.provenance is None
    for others in ([], [made_run(scenario=Scenario("y"))]):
        with pytest.raises(InputError, match=r"x.run\.json does not say .*; run the scenario again"):
            scenarios.compare(older, others)


def test_files_of_ones_own_beside_the_tables_are_left_alone(folder):
    own = {"notizen.csv": "wer,was\nAnna,prüfen\n", "sites - Kopie.csv": "site_id,reachable_share\n01,50 %\n"}
    for name, text in own.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert set(batch._finished(folder, DIGEST).tables) == {"sites", "zones"}
    scenarios.write_run(made_run(), folder)
    for name, text in own.items():
        assert (folder / name).read_text(encoding="utf-8") == text


def test_a_table_saved_by_a_german_spreadsheet_is_named(folder):
    (folder / "sites.csv").write_text("site_id;reachable_share\n01;0,5\n02;0,25\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"sites\.csv: is not as it was written"):
        scenarios.read_run(folder)


def test_only_a_run_with_the_digest_is_finished(folder, tmp_path):
    assert batch._finished(folder, DIGEST) is not None
    assert batch._finished(folder, "e" * 64) is None
    assert batch._finished(tmp_path / "nowhere", DIGEST) is None


@pytest.fixture
def made_runs(monkeypatch):
    """`run_all` on runs that cost nothing; counts them."""
    ran = []

    def run(region, scenario, **options):
        ran.append(scenario.name)
        return made_run(scenario=scenario, digest=scenario.name)

    monkeypatch.setattr(batch, "run", run)
    monkeypatch.setattr(batch, "run_digest", lambda region, scenario, settings: scenario.name)
    monkeypatch.setattr(batch, "solver_noise", lambda region, **options: ran.append("noise") or {"car_share": 1e-9})
    return ran


def test_a_batch_runs_again_only_what_is_not_whole(made_runs, tmp_path):
    wanted = [Scenario("a"), Scenario("b"), Scenario("c")]
    batch.run_all(None, wanted, out=tmp_path, progress=False)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    damaged(tmp_path / "b", "sites.csv", "cut")
    (tmp_path / "c" / "run.json").write_text("{", encoding="utf-8")
    with pytest.warns(DataWarning, match="is run again") as told:
        batch.run_all(None, wanted, out=tmp_path, progress=False)
    assert made_runs == ["a", "noise", "b", "c", "b", "c"], "the noise is that of the runs that are there"
    assert len(told) == 2
    assert {file: file.read_bytes() for file in before} == before
    shutil.rmtree(tmp_path / "a")
    batch.run_all(None, wanted, out=tmp_path, progress=False)
    assert made_runs == ["a", "noise", "b", "c", "b", "c", "a", "noise"]
    assert {dict(scenarios.read_run(tmp_path / name).noise)["car_share"] for name in "abc"} == {1e-9}


def test_a_run_of_its_own_gets_the_noise_of_the_batch_that_takes_it_up(made_runs, tmp_path):
    """What a folder holds does not hang on what was run before."""
    for folder, batches in (("at once", ["ab"]), ("one by one", ["a", "b", "ab"]), ("one more", ["a", "ab"])):
        for names in batches:
            batch.run_all(None, [Scenario(name) for name in names], out=tmp_path / folder, progress=False)
    assert made_runs == ["a", "noise", "b", "a", "b", "noise", "a", "noise", "b"]
    for name in "ab":
        texts = {
            (tmp_path / folder / name / "run.json").read_text() for folder in ("at once", "one by one", "one more")
        }
        assert len(texts) == 1


def test_a_new_title_is_taken_over_without_a_new_run(made_runs, tmp_path):
    batch.run_all(None, [Scenario("a", {"de": "Alt"})], out=tmp_path, progress=False)
    (resumed,) = batch.run_all(None, [Scenario("a", {"de": "Neu"})], out=tmp_path, progress=False)
    assert made_runs == ["a"]
    assert resumed.scenario.title == {"de": "Neu"}
    assert scenarios.read_run(tmp_path / "a").scenario.title == {"de": "Neu"}
