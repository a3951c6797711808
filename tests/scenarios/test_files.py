"""Scenario files: inheritance, all faults at once, circles, conflicts."""

import pytest

from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.files import json_schema, load
from itas_mobility.scenarios.measures import MEASURE_ADAPTER, MEASURES, ChangeHeadway, ElectricShare


def write(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\n' + text, encoding="utf-8")
    return path


def test_parent_measures_come_first(tmp_path):
    write(tmp_path, "base_2030", '[[measure]]\ntype = "electric_share"\nshare = 0.2\n')
    child = write(
        tmp_path,
        "more_trams",
        'extends = "base_2030"\ntitle.de = "Mehr"\n'
        '[[measure]]\ntype = "change_headway"\nline = "4"\nheadway_min = 10\n',
    )
    scenario = load(child)
    assert [type(m) for m in scenario.measures] == [ElectricShare, ChangeHeadway]
    assert (scenario.n_inherited, scenario.parents) == (1, ("base_2030",))
    assert scenario.title_in("de") == scenario.title_in("en") == "Mehr"


def test_all_faults_of_a_file_are_told_together(tmp_path):
    path = write(
        tmp_path,
        "bad",
        'titel = "x"\n[[measure]]\ntype = "change_headwy"\n[[measure]]\ntype = "electric_share"\nshare = 1.5\n'
        '[[measure]]\ntype = "charging_points"\nsite = "a"\npionts = 3\n',
    )
    with pytest.raises(ScenarioError) as fault:
        load(path)
    text = str(fault.value)
    assert "bad.toml" in text
    assert "measure 1: type 'change_headwy' is not known; did you mean 'change_headway'?" in text
    assert "measure 2 (electric_share), key 'share'" in text
    assert "'pionts': not known; did you mean 'points'?" in text
    assert "key 'titel' is not known; did you mean 'title'?" in text


def test_circle_is_named(tmp_path):
    a = write(tmp_path, "a", 'extends = "b"\n')
    write(tmp_path, "b", 'extends = "a"\n')
    with pytest.raises(ScenarioError, match="a -> b -> a"):
        load(a)


def test_two_measures_of_one_file_may_not_set_the_same_thing(tmp_path):
    text = '[[measure]]\ntype = "change_headway"\nline = "4"\nheadway_min = {}\nstart = "{}"\nend = "{}"\n'
    clash = write(tmp_path, "clash", text.format(10, "05:00", "09:00") + text.format(5, "08:00", "10:00"))
    with pytest.raises(
        ScenarioError, match=r"measures 1 \(change_headway\) and 2 \(change_headway\) both set headway of line 4"
    ):
        load(clash)
    apart = write(tmp_path, "apart", text.format(10, "05:00", "08:00") + text.format(5, "08:00", "10:00"))
    assert len(load(apart).measures) == 2


def test_a_child_may_override_its_parent(tmp_path):
    write(tmp_path, "low", '[[measure]]\ntype = "electric_share"\nshare = 0.2\n')
    child = write(tmp_path, "high", 'extends = "low"\n[[measure]]\ntype = "electric_share"\nshare = 0.4\n')
    assert [m.share for m in load(child).measures] == [0.2, 0.4]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name = \n", "not valid TOML"),
        (b'name = "\xff"\n', "not UTF-8"),
        (b'name = "other"\n', "must be the name of the file"),
        (b'name = "x"\nextends = "nowhere"\n', "no file nowhere.toml"),
        (b'name = "x"\nmeasure = 3\n', "write \\[\\[measure\\]\\]"),
        (b'name = "x"\n[[measure]]\nline = "4"\n', "key 'type' is missing"),
        (
            b'name = "x"\n[[measure]]\ntype = "change_headway"\nline = "4"\nheadway_min = 5\nstart = "25:70"\n',
            "no time of day",
        ),
        (
            b'name = "x"\n[[measure]]\ntype = "change_headway"\nline = "4"\nheadway_min = 5\nend = "48:01"\n',
            "behind 48:00, the end of the next day",
        ),
        (b'name = "x"\n[[measure]]\ntype = "electric_share"\nshare = nan\n', "finite"),
    ],
)
def test_unusable_files_are_refused_by_name(tmp_path, content, says):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=says) as fault:
        load(path)
    assert "x.toml" in str(fault.value)


def test_times_of_day_may_have_seconds():
    given = {"type": "change_span", "line": "4", "start": "05:30:30", "end": "48:00"}
    span = MEASURE_ADAPTER.validate_python(given)
    assert (span.start_s, span.end_s) == (5.5 * 3600 + 30, 48 * 3600)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"nothing\.toml: no such scenario file"):
        load(tmp_path / "nothing.toml")


def test_schema_lists_every_measure():
    schema = json_schema()
    named = {d["properties"]["type"]["const"] for d in schema["$defs"].values() if "type" in d.get("properties", {})}
    assert named == set(MEASURES)


@pytest.mark.parametrize(
    ("head", "german", "english"),
    [
        ("", "teuer", "teuer"),
        ('title = "Preise rauf"\n', "Preise rauf", "Preise rauf"),
        ('title.de = "Preise rauf"\n', "Preise rauf", "Preise rauf"),
        ('title.en = "Dearer"\n', "Dearer", "Dearer"),
        ('title.de = "Preise rauf"\ntitle.en = "Dearer"\n', "Preise rauf", "Dearer"),
    ],
)
def test_a_title_may_be_missing_one_text_or_of_one_language(tmp_path, head, german, english):
    file = tmp_path / "teuer.toml"
    file.write_text('name = "teuer"\n' + head, encoding="utf-8")
    scenario = load(file)
    assert (scenario.title_in("de"), scenario.title_in("en")) == (german, english)
    kinds = [kind["type"] for kind in json_schema()["properties"]["title"]["anyOf"]]
    assert kinds == ["string", "object"], "editors take what the reader takes"
