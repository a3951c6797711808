import pytest

from itas_mobility.core import Mode
from itas_mobility.network import tags


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        ({}, ""),
        ({"maxweight": "3.5"}, "HGV BUS"),
        ({"maxweight": "7.5"}, "HGV BUS"),
        ({"maxweight": "7.6"}, "BUS"),
        ({"maxweight": "7"}, "HGV BUS"),
        ({"maxweight": "12"}, ""),
        ({"maxweight": "1.5"}, "CAR HGV BUS"),
        ({"maxweight": "3500 kg"}, "HGV BUS"),
        ({"maxweight": "3,5 t"}, "HGV BUS"),
        ({"maxweight:hgv": "3.5"}, "HGV"),
        ({"maxweightrating:hgv": "7.5"}, "HGV"),
        ({"maxweight:bus": "10"}, "BUS"),
        ({"maxheight": "3.8 m"}, "HGV"),
        ({"maxheight": "3"}, "HGV BUS"),
        ({"maxheight": "1.9"}, "CAR HGV BUS"),
        ({"maxheight": "2"}, "HGV BUS"),
        ({"maxheight": "4"}, ""),
        ({"maxheight": "13'6\""}, ""),
        ({"maxheight": "6'0\""}, "CAR HGV BUS"),
        ({"maxheight:physical": "1", "maxheight": "4.5"}, "CAR HGV BUS"),
        ({"maxheight": "default"}, ""),
        ({"maxheight": "none"}, ""),
        ({"maxheight": "no_sign"}, ""),
        ({"maxheight": "below_default"}, "HGV"),
        ({"maxheight": "low"}, ""),
        ({"maxwidth": "2.5"}, "HGV BUS"),
        ({"maxwidth": "2.55"}, ""),
        ({"maxwidth": "1.9"}, "CAR HGV BUS"),
        ({"maxwidth": "2"}, "HGV BUS"),
        ({"width": "1m"}, "CAR HGV BUS"),
        ({"width": "6'2\""}, "CAR HGV BUS"),
        ({"width": "6'3\""}, "HGV BUS"),
        ({"width": "narrow"}, ""),
        ({"est_width": "1.5"}, "CAR HGV BUS"),
        ({"maxwidth:physical": "3", "width": "1"}, ""),
        ({"maxlength": "10"}, "HGV BUS"),
        ({"maxlength": "12"}, ""),
        ({"maxlength:hgv": "10"}, "HGV"),
        ({"maxaxleload": "5"}, "HGV BUS"),
        ({"maxaxleload": "8"}, ""),
    ],
)
def test_limits_keep_out_what_is_too_large(given, closed):
    found = {mode.name for mode in tags.VEHICLES if not tags.fits(given, mode)}
    assert found == set(closed.split())
    assert tags.fits(given, Mode.BIKE)
    assert tags.fits(given, Mode.WALK)
    opened = tags.parse_modes({"highway": "primary", "hgv": "yes", **given})[0]
    # permission does not make a vehicle smaller
    assert {mode.name for mode in (Mode.CAR, Mode.HGV, Mode.BUS) if mode not in opened} == found
    assert Mode.BIKE | Mode.WALK in opened
