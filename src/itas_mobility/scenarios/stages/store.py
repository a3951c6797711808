"""Reuse of stages within one process: what a scenario leaves untouched is computed once."""

from collections.abc import Callable
from typing import Any, TypeVar

from itas_mobility.core.columns import content_digest

T = TypeVar("T")


class StageStore:
    """Results of stages, addressed by the content of what went into them."""

    def __init__(self) -> None:
        self._items: dict[str, Any] = {}

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
        if key not in self._items:
            self._items[key] = make()
        result: T = self._items[key]
        return result
