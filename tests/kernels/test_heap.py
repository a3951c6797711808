import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.heap import pop, push


@settings(max_examples=100)
@given(st.lists(st.one_of(st.none(), st.integers(0, 9).map(float)), max_size=40))
def test_the_heap_is_that_of_the_standard_library(steps):
    """Numbers are pushed, None pops; items tell which keys they were pushed with."""
    key, item = np.empty(len(steps) + 1), np.empty(len(steps) + 1, np.int64)
    size, twin, keys = 0, [], {}
    for number, step in enumerate(steps):
        if step is not None:
            size = push(key, item, size, step, number)
            heapq.heappush(twin, step)
            keys[number] = step
        elif size > 0:
            assert key[0] == heapq.heappop(twin)
            assert keys.pop(int(item[0])) == key[0]
            size = pop(key, item, size)
        assert size == len(twin)
        assert sorted(item[:size].tolist()) == sorted(keys)
