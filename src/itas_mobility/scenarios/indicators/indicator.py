"""What an indicator is: what it measures, how it is shown, and how it is read off a run's outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from itas_mobility.errors import InputError
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.words import UNITS, Text


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of a run."""

    name: str
    unit: str
    """A key of `words.UNITS`."""
    title: Text
    better: Literal["higher", "lower", ""]
    decimals: int
    explanation: Text
    value: Callable[[Outcome], float]
    """The figure in its unit; NaN where it has none, as a mean over nobody."""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InputError(f"indicator {self.name}: unit {self.unit!r} has no words; known: {', '.join(UNITS)}")

    @property
    def unit_text(self) -> Text:
        """The unit as people write it."""
        return UNITS[self.unit]


def ratio(part: float, whole: float) -> float:
    """Part of a whole; NaN where there is nobody."""
    return part / whole if whole > 0 else float("nan")
