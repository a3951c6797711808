import numpy as np
import pytest

from itas_mobility.kernels import opl

TEXT = b"""n1 v0 dV T x12.5 y-50.0000001
n-2 v13 dV Tbarrier=gate,name=a%20%b x-0.0000002 y7
n3 v2 dD T x y
n4 v1 dV T x y
w7 v1 dV Thighway=residential,name=x,ref=B%20%1 Nn1,n-2,n9000000000
w8 v1 dD Thighway=residential Nn1,n4
w9 v0 dV T N
w-10 v0 dV Tref=K%20%9,highway=residential,lit=yes Nn4
r5 v1 dV Ttype=restriction Mw7@from,n1@via
"""


def nodes(text):
    columns = np.frombuffer(text, np.uint8)
    ids, x, y, begin, end = (np.zeros(opl.count(columns)[0], np.int64) for _ in range(5))
    n = opl.parse_nodes(columns, ids, x, y, begin, end)
    return [(int(ids[i]), int(x[i]), int(y[i]), text[begin[i] : end[i]]) for i in range(n)]


def ways(text, keys=("highway",), names=("name", "ref")):
    columns = np.frombuffer(text, np.uint8)
    _, most, refs = opl.count(columns)
    ids, tags, name = (np.zeros(most, np.int64) for _ in range(3))
    tag_place, name_place = np.zeros((most, 2), np.int64), np.zeros((most, 2), np.int64)
    ptr, ref = np.zeros(most + 1, np.int64), np.zeros(refs, np.int64)
    key_hash, name_hash = (
        np.array([opl.hashed(np.frombuffer(key.encode(), np.uint8), 0, len(key)) for key in wanted], np.int64)
        for wanted in (keys, names)
    )
    n = opl.parse_ways(columns, np.sort(key_hash), name_hash, ids, tag_place, tags, name_place, name, ptr, ref)
    return [
        (int(ids[i]), int(tags[i]), text[slice(*name_place[i])], ref[ptr[i] : ptr[i + 1]].tolist()) for i in range(n)
    ]


def test_count_is_an_upper_bound():
    assert opl.count(np.frombuffer(TEXT, np.uint8)) == (4, 4, 11)


def test_nodes():
    assert nodes(TEXT) == [
        (1, 125_000_000, -500_000_001, b""),
        (-2, -2, 70_000_000, b"barrier=gate,name=a%20%b"),
        (4, opl.NOWHERE, opl.NOWHERE, b""),
    ]


@pytest.mark.parametrize("text", ["0", "-0.0000001", "179.9999999", "-180", "12.3", "5.0000000"])
def test_places_are_exact(text):
    assert nodes(f"n1 v1 dV T x{text} y1\n".encode())[0][1] == round(float(text) * 1e7)


def test_ways():
    found = ways(TEXT)
    assert [way[0] for way in found] == [7, 9, -10]
    assert [way[3] for way in found] == [[1, -2, 9_000_000_000], [], [4]]
    assert [way[2] for way in found] == [b"x", b"", b"K%20%9"]
    assert found[0][1] == found[2][1] != found[1][1]


def test_hashes_tell_sets_of_tags_apart_in_any_order():
    def tags_hash(tags, keys=("a", "b")):
        return ways(f"w1 v1 dV T{tags} N\n".encode(), keys=keys)[0][1]

    assert tags_hash("a=1,b=2") == tags_hash("b=2,c=3,a=1")
    different = ["", "a=1", "a=2", "b=1", "a=1,b=1", "a=1,b=2", "a=2,b=1", "a=12", "a="]
    assert len({tags_hash(tags) for tags in different}) == len(different)
    assert tags_hash("a=1", keys=("aa",)) == tags_hash("")
