"""Files of parameters: what is read, and how faults are named."""

import math

import pytest

from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters, read_parameters

GOOD = """
[walking_speed]
value = 4.8
unit = "km/h"
source = "somebody"
year = 2020
confidence = "published"
low = 4
high = 5.5
note = "level ground"
"""


def test_reads_all_fields(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text(GOOD)
    p = read_parameters(file)["walking_speed"]
    assert (p.value, p.unit, p.year, p.low, p.high, p.note) == (4.8, "km/h", 2020, 4.0, 5.5, "level ground")
    assert read_parameters(str(file))["walking_speed"] == p


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value = 4.8", "value = '4.8'", r"\[walking_speed\] value: '4.8' must be a number"),
        ("value = 4.8", "value = true", r"\[walking_speed\] value: True must be a number"),
        ("value = 4.8", "value = nan", r"\[walking_speed\]: .* outside its range"),
        ("value = 4.8", "", r"\[walking_speed\] value: is missing"),
        ("value = 4.8", "value = 9", r"\[walking_speed\]: .* outside its range"),
        ("note =", "notes =", r"\[walking_speed\] notes: key is not known"),
        ('"published"', '"rumour"', r"\[walking_speed\]: .*'rumour'"),
        ("[walking_speed]", "speed = 3\n[walking_speed]", "speed: stands outside a table"),
        ("[walking_speed]", "[walking_speed", "is not valid TOML.*line 2"),
    ],
)
def test_faults_name_file_and_key(tmp_path, old, new, words):
    file = tmp_path / "p.toml"
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=rf"(?s)p\.toml.*{words}"):
        read_parameters(file)


def test_all_faults_at_once(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text(GOOD.replace("value = 4.8", "").replace("year = 2020", "year = 'x'"))
    with pytest.raises(InputError, match="2 fault"):
        read_parameters(file)


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match=r"absent\.toml: cannot be read"):
        read_parameters(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(GOOD.replace("somebody", "Büro").encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.toml: is not UTF-8"):
        read_parameters(tmp_path / "latin.toml")


def test_shipped_parameters_are_whole():
    shipped = default_parameters()
    assert shipped.value("persons_per_car") == pytest.approx(1.05)
    assert shipped.value("grid_direct_g_per_kwh") == pytest.approx(363)
    for parameter in shipped.values():
        assert math.isfinite(parameter.low)
        assert math.isfinite(parameter.high)
        assert 1990 <= parameter.year <= 2030
        if parameter.confidence == "assumption":
            assert parameter.low < parameter.high
