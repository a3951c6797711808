import pytest

from itas_mobility.core import Mode
from itas_mobility.errors import NetworkError
from itas_mobility.network.tags.words import mode_bit, parse_number, split_list, whole_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7.5", 7.5),
        ("7,5", 7.5),
        (" 3.5 t ", 3.5),
        ("3500 kg", 3.5),
        ("1 st", 0.90718474),
        ("8000 lbs", 3.62873896),
        ("2.1m", 2.1),
        ("210 cm", 2.1),
        ("10 ft", 3.048),
        ("6'3\"", 1.905),
        ("6'", 1.8288),
        ("13'6''", 4.1148),
        ("50 km/h", 50.0),
        ("30 MPH", 48.28032),
        ("10 knots", 18.52),
        ("5 parsec", None),
        ("default", None),
        ("below_default", None),
        ("", None),
        ("-3", None),
        ("3.5.1", None),
        ("²", None),
        ("9" * 400, None),
    ],
)
def test_numbers_with_units(text, expected):
    assert parse_number(text) == (None if expected is None else pytest.approx(expected))


def test_whole_numbers_and_lists():
    assert [whole_number(text) for text in ("3", "12", "0", "2.5", "-1", "two", "²", "", "123")] == [
        3, 12, 0, 0, 0, 0, 0, 0, 0,
    ]  # fmt: skip
    assert split_list(" Agricultural ; bus;") == ("agricultural", "bus")
    assert split_list("") == ()


def test_unknown_mode_is_named_with_the_known_ones():
    with pytest.raises(NetworkError, match="'boat' is not known; use one of car, hgv"):
        mode_bit("boat")
    assert mode_bit("foot") is Mode.WALK
    assert mode_bit("pedelec") is Mode.PEDELEC
