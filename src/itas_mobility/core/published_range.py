"""A range in which a figure should lie, who says so, and how well that is known (`PublishedRange`)."""

import math
from dataclasses import dataclass
from typing import Final

from itas_mobility.errors import InputError

MARKS: Final = ("R1", "R2", "D", "M")
"""R1: read in the primary source; R2: read in a source that quotes it; D: derived or set here, the note says how; M:
remembered, not read."""
USES: Final = ("bar", "guide")
"""A bar must be met; a guide is shown beside the figure and judges nothing."""
HORIZONS: Final = ("short", "long")
"""Short: workplaces stay; long: they react as well."""


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """A range of a figure with its source.

    Raises
    ------
    InputError
        With all faults found.
    """

    test: str
    """Which figure it is about."""
    horizon: str
    """One of `HORIZONS`."""
    low: float
    high: float
    """Inclusive; -inf and inf for a range that is open on one side."""
    use: str
    """One of `USES`."""
    mark: str
    """One of `MARKS`."""
    year: int
    """Of the source."""
    source: str
    note: str = ""
    source_de: str = ""
    """The source in German words; left out where it is a title that stands as it is."""
    excludes_edges: bool = False
    """Whether the ends themselves lie outside, as nought does where only a sign is asked for."""

    def __post_init__(self) -> None:
        faults = []
        for name, known in (("horizon", HORIZONS), ("use", USES), ("mark", MARKS)):
            if getattr(self, name) not in known:
                faults.append(f"{name} {getattr(self, name)!r}, must be one of {', '.join(known)}")
        if math.isnan(self.low) or math.isnan(self.high) or self.low > self.high:
            faults.append(f"low {self.low:g} must not lie above high {self.high:g}")
        for name in ("test", "source"):
            if not getattr(self, name).strip():
                faults.append(f"{name} is missing")
        if self.mark == "D" and not self.note.strip():
            faults.append("note is missing: what is derived or set here needs the way it was found")
        if faults:
            raise InputError(f"published range of {self.test or '?'}: " + "; ".join(faults))

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; NaN never does."""
        if self.excludes_edges:
            return self.low < value < self.high
        return self.low <= value <= self.high
