import numpy as np
import pytest

from itas_mobility.errors import NetworkError
from itas_mobility.network import change_links, grid, remove_links
from itas_mobility.network.forward_star import distinct, frozen, keep_links, mixed_key, ragged_rows, text_key


def test_ragged_rows_gathers_in_the_wanted_order():
    ptr = np.array([0, 2, 2, 5])
    values = np.array([10, 11, 30, 31, 32])
    new_ptr, at = ragged_rows(ptr, np.array([2, 0, 1]))
    assert new_ptr.tolist() == [0, 3, 5, 5]
    assert values[at].tolist() == [30, 31, 32, 10, 11]


def test_select_keeps_columns_together():
    roads = grid(4, 3)
    mask = np.arange(roads.n_links) % 3 != 0
    some = keep_links(roads, mask)
    assert some.link_key.tolist() == roads.link_key[mask].tolist()
    assert some.n_nodes == roads.n_nodes
    for row, old in enumerate(np.flatnonzero(mask)):
        part = slice(some.shape_ptr[row], some.shape_ptr[row + 1])
        whole = slice(roads.shape_ptr[old], roads.shape_ptr[old + 1])
        assert some.shape_lon_deg[part].tolist() == roads.shape_lon_deg[whole].tolist()
    rest = remove_links(roads, mask)
    assert set(some.link_key) | set(rest.link_key) == set(roads.link_key)
    with pytest.raises(NetworkError, match="mask has shape"):
        keep_links(roads, mask[:-1])


def test_with_links_replaces_columns_only():
    roads = grid(3, 3)
    slow = change_links(roads, free_speed_km_per_h=np.full(roads.n_links, 5.0))
    assert (slow.free_speed_km_per_h == 5.0).all()
    assert slow.link_key.tolist() == roads.link_key.tolist()
    assert roads.free_speed_km_per_h[0] != 5.0
    with pytest.raises(NetworkError, match="tail: not a column"):
        change_links(roads, tail=roads.tail)


def test_keys_depend_on_values_and_their_order():
    a, b = np.arange(1000, dtype=np.int64), np.arange(1000, dtype=np.int64)[::-1].copy()
    assert np.unique(mixed_key(a, b)).size == 1000
    assert not np.array_equal(mixed_key(a, b), mixed_key(b, a))
    assert np.array_equal(mixed_key(a, b)[::-1], mixed_key(a[::-1].copy(), b[::-1].copy()))
    assert text_key("Zwickau") == text_key("Zwickau") != text_key("Zwickau ")
    # published test value of 64-bit FNV-1a for "a"
    assert text_key("a") % (1 << 64) == 0xAF63DC4C8601EC8C
    # published first output of splitmix64 with seed 0
    assert int(mixed_key(np.array([0]))[0]) % (1 << 64) == 0xE220A8397B1DCDAF


def test_grid():
    roads = grid(5, 4, spacing_m=100.0)
    assert roads.n_nodes == 20
    assert roads.n_links == 2 * (4 * 4 + 5 * 3)
    assert roads.length_m == pytest.approx(np.full(roads.n_links, 100.0), rel=1e-3)
    assert grid(5, 4, seed=1).free_time_s.tolist() != roads.free_time_s.tolist()
    with pytest.raises(NetworkError, match="two nodes"):
        grid(1, 1)


def test_distinct_values_are_those_of_numpy():
    values = np.random.default_rng(1).integers(-50, 50, 500)
    assert distinct(values).tolist() == np.unique(values).tolist()
    assert distinct(np.zeros(0, np.int64)).tolist() == []


def test_only_arrays_of_ones_own_are_frozen():
    owned = np.arange(4)
    view = owned[:2]
    assert frozen(view).flags.writeable
    assert not frozen(owned).flags.writeable
