"""Cases of charging: sessions at a site as the shared data tell them, and drawn ones."""

import json

import numpy as np
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite

RULES = ("first_come", "earliest_departure", "least_laxity", "equal_share", "balanced")


def read_case(shared_data, name, sessions="sessions"):
    """Sessions of a case, what else it gives, and what is expected."""
    case = json.loads((shared_data / "cases/emobility" / f"{name}.json").read_text(encoding="utf-8"))
    rows = case["input"][sessions]
    names = ("arrive", "depart", "need_kwh", "power_kw")
    return ChargingSessions(*([row[one] for row in rows] for one in names)), case["input"], case["expected"]


def site_of(given, points=None, **more):
    """The site of a case."""
    return ChargingSite(points, given["point_power_kw"], given["efficiency"], **more)


@st.composite
def sites(draw, *, is_group=None, is_limited=None):
    """Sessions within two days at a site with losses, and with points or a limit or without."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, 9))
    arrive = rng.choice([rng.integers(0, 120, n) / 4, rng.uniform(0, 30, n)])
    stay = rng.choice([rng.integers(0, 48, n) / 4, rng.uniform(0, 12, n)])
    if is_group is None:
        is_group = draw(st.booleans())
    if is_limited is None:
        is_limited = draw(st.booleans())
    points = draw(st.sampled_from([None, 0, 1, 3]))
    sessions = ChargingSessions(
        arrive,
        arrive + stay,
        rng.choice([0.0, 3.0, 30.0], n) * rng.uniform(0.5, 1.0, n),
        rng.choice([3.7, 11.0], n),
        least_kw=rng.choice([0.0, 1.38], n),
        cars=rng.uniform(0.0, 2.0, n) if is_group else None,
    )
    site = ChargingSite(
        points,
        11.0,
        0.9,
        limit_kw=rng.choice([0.0, 3.0, 9.0, 25.0], 192) if is_limited else np.inf,
        standby_kw=draw(st.sampled_from([0.0, 0.15])),
        release=draw(st.sampled_from(["full", "departure", "fee"])),
        fee_after_h=0.6,
    )
    return sessions, site
