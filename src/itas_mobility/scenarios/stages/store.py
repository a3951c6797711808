"""Reuse of stages within one process: what a scenario leaves untouched is computed once, as far as memory goes."""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import numpy as np

from itas_mobility.core.columns import content_digest

T = TypeVar("T")

MOST_BYTES: Final = 2 << 30
"""What results of stages may take together: 2 GiB, a quarter of what a small office computer has (an assumption)."""


class StageStore:
    """Results of stages, addressed by the content of what went into them.

    Parameters
    ----------
    most_bytes : int, default=2147483648
        What all results may take together. Beyond that, those are forgotten whose last use is longest ago; the newest
        is kept however large it is. Results of runs do not depend on it, only their time does.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._items: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._held_bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"StageStore({len(self)} results, {self._held_bytes / 1e6:,.0f} of {self._most_bytes / 1e6:,.0f} MB)"

    @property
    def held_bytes(self) -> int:
        """What the results take together. An array that several results share counts with each of them."""
        return self._held_bytes

    def get(self, stage: str, parts: tuple[Any, ...], make: Callable[[], T]) -> T:
        """The stored result of a stage with the same input, else a new one.

        Parameters
        ----------
        stage : str
            Name of the stage.
        parts : tuple
            Everything the result depends on; nouns, arrays and plain values.
        make : callable
            Computes the result.

        Returns
        -------
        object
            Result; it must not be changed by the caller.
        """
        key = content_digest(stage, *parts)
        if key in self._items:
            self._items.move_to_end(key)
            known: T = self._items[key][0]
            return known
        result = make()
        size = held_bytes(result)
        self._items[key] = result, size
        self._held_bytes += size
        while self._held_bytes > self._most_bytes and len(self._items) > 1:
            _, (_, forgotten) = self._items.popitem(last=False)
            self._held_bytes -= forgotten
        return result


def held_bytes(result: Any) -> int:
    """Bytes of all arrays in a result, each counted once.

    Parameters
    ----------
    result : object
        Nouns, arrays, mappings, sequences and plain values.

    Returns
    -------
    int
        A view counts as the array that it keeps alive. What is no array counts nothing, nor what others keep beside a
        noun as long as it lives, such as the index of a timetable.
    """
    found: dict[int, int] = {}
    seen: set[int] = set()
    waiting = [result]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            while isinstance(one.base, np.ndarray):
                one = one.base
            found[id(one)] = one.nbytes
        elif dataclasses.is_dataclass(one) and not isinstance(one, type):
            waiting.extend(vars(one).values() if hasattr(one, "__dict__") else _slots(one))
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset):
            waiting.extend(one)
    return sum(found.values())


def _slots(noun: Any) -> list[Any]:
    return [getattr(noun, field.name) for field in dataclasses.fields(noun)]
