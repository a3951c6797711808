import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.stars import both_stars
from oracles.road_networks import Link, road_network


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_each_node_lists_the_links_into_and_out_of_it(ends):
    roads = road_network([Link(0, 1), *(Link(a, b) for a, b in ends)], 7, 2)
    stars = both_stars(2, roads.ptr, roads.tail, roads.head)
    for node in range(7):
        into = stars.into_link[stars.into_ptr[node] : stars.into_ptr[node + 1]]
        assert into.tolist() == [row for row, head in enumerate(roads.head) if head == node]
        out = range(stars.ptr[node], stars.ptr[node + 1])
        assert list(out) == [row for row, tail in enumerate(roads.tail) if tail == node]
    assert (stars.first_through, stars.into_link.dtype, stars.into_ptr.dtype) == (2, np.int32, np.int64)
