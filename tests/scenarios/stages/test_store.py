"""The store of stages: reuse by content, bounded in bytes, and no result depends on what it forgot."""

from dataclasses import dataclass

import numpy as np
import pytest

from itas_mobility import scenarios
from itas_mobility.scenarios.stages.store import StageStore, held_bytes


@dataclass(frozen=True, eq=False)
class Noun:
    a: np.ndarray
    b: dict


def test_bytes_are_those_of_all_arrays_once():
    array = np.zeros(1000)
    assert held_bytes(array) == 8000
    assert held_bytes((array, array[::2], [array.reshape(10, 100)])) == 8000
    assert held_bytes(Noun(array, {"x": np.zeros(10, np.int32), "y": (1, "two", None)})) == 8040
    assert held_bytes(array[:1]) == 8000, "a view keeps all of it alive"


def test_what_was_used_longest_ago_is_forgotten_first():
    store, made = StageStore(most_bytes=2500), []

    def ask(name):
        return store.get("stage", (name,), lambda: made.append(name) or np.zeros(100))

    for name in ("a", "b", "c", "a", "d", "a", "c", "b"):
        ask(name)
    assert made == ["a", "b", "c", "d", "b"]
    assert len(store) == 3
    assert store.held_bytes == 2400


def test_the_newest_stays_however_large_it_is():
    store = StageStore(most_bytes=100)
    first = store.get("stage", (1,), lambda: np.zeros(1000))
    assert store.get("stage", (1,), lambda: pytest.fail("made twice")) is first
    store.get("stage", (2,), lambda: np.zeros(1000))
    assert (len(store), store.held_bytes) == (1, 8000)


def test_runs_do_not_depend_on_what_the_store_forgot(zwickau, base):
    poor = StageStore(most_bytes=1)
    again = scenarios.run(zwickau, store=poor)
    assert again.to_json() == base.to_json()
    assert len(poor) == 1
