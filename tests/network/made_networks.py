"""Networks for tests of exchange formats: one with all that is special, and a strategy that makes odd ones."""

import dataclasses

import numpy as np
from hypothesis import strategies as st

from itas_mobility.core import Access, Mode, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.node_parts import COPY_STRIDE
from itas_mobility.network.forward_star import LINK_COLUMNS, Nodes, Shapes, Ways, assemble

HOSTILE = (
    "=HYPERLINK(\"http://example.invalid\")", "+1", "-2", "@SUM(A1)", "'quoted'", "'=1", "a,b;c", 'say "hi"',
    "two\nlines", "Löbauer Straße", "</script><img src=x onerror=alert(1)>", "<b>&amp;</b>", " space ", "\ttab",
    "\u2028", "＝1",
)  # fmt: skip
SPEEDS = [7.0, 30.0, 50.0, 100.0 / 3.0, 130.0]


def same(one, other, *, names=None):
    """Assert that two networks are equal in all columns, street names compared by link."""
    for field in dataclasses.fields(RoadNetwork):
        if field.name in ("name_code", "names", "report") or (names and field.name not in names):
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name
    assert one.name.tolist() == other.name.tolist()


def junction(*, names=("Main", "Side", "")):
    """A crossing split for turns, a node cut at a barrier, one zone; links 5 -> 7 and 6 -> 8 meet at node 1.

    Nodes: the centroid, 1 and its part (turns), 2, 3, 4 and its part (a barrier between them).
    """
    node_id = np.array([-(1 << 40), 1, 2, 3, 4, 1 + COPY_STRIDE, 4 + COPY_STRIDE])
    lon = np.array([12.0, 12.01, 12.02, 12.03, 12.01, 12.01, 12.01])
    lat = np.array([50.0, 50.0, 50.0, 50.01, 50.01, 50.0, 50.01])
    #        zone->2, 2->zone, 2->1, 1'->3, 1=>1' (turn), 3->4, 4'->2, 2->1 again
    tail = np.array([0, 2, 2, 5, 1, 3, 6, 2])
    head = np.array([2, 0, 1, 3, 5, 4, 2, 1])
    road_class = np.array([23, 23, 4, 6, 25, 11, 13, 16])
    m = len(tail)
    is_turn, is_connector = road_class == RoadClass.TURN, road_class == RoadClass.CONNECTOR
    length = np.where(is_turn, 0.0, 100.0 / 3.0 * np.arange(1, m + 1))
    bare = is_turn | is_connector
    ends = np.column_stack([lon[tail], (lon[tail] + lon[head]) / 2 + 1 / 3e3, lon[head]])
    sides = np.column_stack([lat[tail], (lat[tail] + lat[head]) / 2, lat[head]])
    drawn = np.repeat(~bare, 3)
    return assemble(
        nodes=Nodes(node_id, lon, lat),
        links={
            "tail": tail,
            "head": head,
            "link_key": np.array([11, -12, 13, 14, 15, 16, 2**62, -(2**62)]),
            "length_m": length,
            "free_speed_km_per_h": np.where(is_turn, 0.0, 50.0),
            "free_time_s": np.where(is_turn, 3.5, length / 50 * 3.6 + 0.1),
            "lanes": np.array([1, 1, 2, 1.5, 1, 1, 3, 0]),
            "capacity_veh_per_h": np.where(is_connector | is_turn, np.inf, 1900.0 / 3),
            "vdf": np.array([0, 0, 0, 1, 0, 2, 0, 0]),
            "vdf_alpha": np.array([0, 0, 0.15, 4, 0, 0.1, 0.15, 0.15]),
            "vdf_beta": np.array([1, 1, 4, 0, 1, 0.25, 4, 4]),
            "toll_eur": np.array([0, 0, 0.19, 0, 0, 0, 0, 0]),
            "road_class": road_class,
            "modes": np.array([1, 1, 31, 255, 1, 5, 1, 24]),
            "access": np.array([0, 0, 0, 0, 0, 1, 0, 0]),
            "name": np.resize(np.array(names, str), m),
        },
        shapes=Shapes(
            np.concatenate([[0], np.cumsum(np.where(bare, 0, 3))]), ends.ravel()[drawn], sides.ravel()[drawn]
        ),
        ways=Ways(np.concatenate([[0], np.cumsum(np.where(bare, 0, 2))]), np.arange(100, 100 + 2 * int((~bare).sum()))),
        n_zones=1,
        first_through=1,
        zone_inner_length_m=np.array([512.3]),
        mode=Mode.CAR,
    )


@st.composite
def networks(draw, *, text=None):
    """Any small network the noun accepts, with odd names, numbers and courses."""
    n = draw(st.integers(1, 6))
    m = draw(st.integers(0, 8))
    ids = draw(st.lists(st.integers(-(2**62), 2**62), min_size=n, max_size=n, unique=True))
    if n > 1 and abs(ids[0]) < 2**40:
        ids[1] = ids[0] + COPY_STRIDE
    keys = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=m, max_size=m, unique=True))
    place = st.one_of(st.just(float("nan")), st.floats(-90, 90))
    amount = st.floats(0, 1e12)
    if text is None:
        text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8))

    def column(values):
        return draw(st.lists(values, min_size=m, max_size=m))

    sizes = column(st.sampled_from([0, 2, 3]))
    ways = column(st.integers(0, 3))
    points = draw(st.lists(st.floats(-90, 90), min_size=2 * sum(sizes), max_size=2 * sum(sizes)))
    n_zones = draw(st.integers(0, n))
    length = st.one_of(st.just(float("nan")), amount)
    columns = {
        "tail": np.array(column(st.integers(0, n - 1)), np.int32),
        "head": np.array(column(st.integers(0, n - 1)), np.int32),
        "link_key": np.array(keys, np.int64),
        **{
            name: np.array(column(amount), float)
            for name in LINK_COLUMNS
            if name in ("length_m", "free_time_s", "vdf_alpha", "vdf_beta", "toll_eur")
        },
        "free_speed_km_per_h": np.array(column(st.sampled_from([0.0, *SPEEDS])), float),
        "lanes": np.array(column(st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0])), float),
        "capacity_veh_per_h": np.array(column(st.one_of(st.just(np.inf), amount)), float),
        "vdf": np.array(column(st.sampled_from([kind for kind in VdfKind if kind != VdfKind.TABLE])), np.uint8),
        "road_class": np.array(column(st.sampled_from(list(RoadClass))), np.uint8),
        "modes": np.array(column(st.integers(0, 255)), np.uint8),
        "access": np.array(column(st.sampled_from(list(Access))), np.uint8),
        # numpy's texts cannot end with a zero character
        "name": np.array([name.rstrip("\0") for name in column(text)], str),
    }
    return assemble(
        nodes=Nodes(
            np.array(ids, np.int64),
            np.array(draw(st.lists(place, min_size=n, max_size=n))),
            np.array(draw(st.lists(place, min_size=n, max_size=n))),
        ),
        links=columns,
        shapes=Shapes(
            np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))]),
            np.array(points[::2], float),
            np.array(points[1::2], float),
        ),
        ways=Ways(
            np.concatenate([[0], np.cumsum(np.array(ways, np.int64))]), np.arange(sum(ways), dtype=np.int64) * 7 - 3
        ),
        n_zones=n_zones,
        first_through=draw(st.integers(0, n)),
        zone_inner_length_m=np.array(draw(st.lists(length, min_size=n_zones, max_size=n_zones)), float),
        mode=Mode.BIKE,
    )
