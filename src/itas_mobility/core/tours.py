"""The working day: slices of the day, and segments of commuters who share their hours of work."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, StrArray, html_card
from itas_mobility.errors import DemandError
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class DaySlices:
    """Slices of the day for which traffic is assigned: sorted, not overlapping, inside one day.

    Raises
    ------
    DemandError
        With all faults found.
    """

    name: StrArray
    start_s: FloatArray
    end_s: FloatArray

    def __post_init__(self) -> None:
        columns = Columns(self, "DaySlices", DemandError)
        n = len(np.atleast_1d(self.name))
        columns.array("name", str, (n,))
        start = columns.array("start_s", np.float64, (n,), low=0, high=SECONDS_PER_DAY)
        end = columns.array("end_s", np.float64, (n,), low=0, high=SECONDS_PER_DAY)
        columns.check(bool((end > start).all()), "end_s: a slice must end after it starts")
        columns.check(bool((start[1:] >= end[:-1]).all()), "start_s: slices must be sorted and not overlap")
        columns.unique("name")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.name)

    @property
    def duration_h(self) -> FloatArray:
        """Length of each slice in hours."""
        return np.asarray((self.end_s - self.start_s) / SECONDS_PER_HOUR)


@dataclass(frozen=True, eq=False)
class TourSegment:
    """Commuters with the same hours of work: who lives and works where, and when they travel.

    Raises
    ------
    DemandError
        With all faults found.
    """

    label: str
    start_s: float
    end_s: float
    """Hours of work, seconds after midnight; `end_s` may exceed a day."""
    workers: FloatArray
    """Persons present on the mean working day, Monday to Friday, by home zone (row) and work zone (column), shape
    (n_zones, n_zones)."""
    out_share: FloatArray
    """Share of the way to work that falls into each slice of the day (by arrival); sums to 1."""
    back_share: FloatArray
    """Share of the way home by slice (by departure); sums to 1."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"TourSegment {self.label}", DemandError)
        n = len(np.atleast_2d(self.workers))
        k = len(np.atleast_1d(self.out_share))
        columns.array("workers", np.float64, (n, n), low=0)
        for name in ("out_share", "back_share"):
            share = columns.array(name, np.float64, (k,), low=0)
            columns.check(abs(float(share.sum()) - 1.0) < 1e-9, f"{name}: sums to {share.sum():.6f}, must be 1")
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card(f"Commuters {self.label}", {"persons": f"{self.workers.sum():,.0f}"})


@dataclass(frozen=True, slots=True)
class TravelWindow:
    """When people mean to travel: moments wished for, all equally likely, and how far off them they can travel.

    Raises
    ------
    DemandError
        With all faults found.
    """

    start_s: float
    end_s: float
    """Window of the moments wished for, seconds of the service day."""
    arrive_by: bool = False
    """Whether they are moments of arriving, rather than of leaving."""
    extra_s: tuple[float, float] = (3600.0, 3600.0)
    """Longest time before and after the window at which somebody travels: whoever means to leave at its edge may find
    the next bus beyond it. An hour is an assumption; 0 where that is out of the question: after a window of arrivals,
    nobody then comes late."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"TravelWindow {self.start_s:g} .. {self.end_s:g}", DemandError)
        is_window = bool(np.isfinite([self.start_s, self.end_s]).all()) and self.start_s < self.end_s
        columns.check(is_window, "must be finite and end after it begins")
        fits = len(self.extra_s) == 2 and all(0 <= one < np.inf for one in self.extra_s)
        columns.check(fits, f"extra_s={self.extra_s} must be two times, finite and not negative")
        columns.raise_faults()
        object.__setattr__(self, "extra_s", tuple(float(one) for one in self.extra_s))

    @property
    def duration_s(self) -> float:
        """Length of the window."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class TravelWish:
    """When a part of the commuters of a segment wishes to travel one way.

    Raises
    ------
    DemandError
        With all faults found.
    """

    travel_share: float
    """Of the segment's ways in this direction; those of all its wishes sum to 1."""
    slice_row: int
    """Slice of the day in which the part wishes to travel."""
    mean_s: float
    """Mean of the moments wished for, inside the slice."""
    window: TravelWindow
    """Moments wished for: of a shift all of them, else those of the slice."""

    def __post_init__(self) -> None:
        columns = Columns(self, "TravelWish", DemandError)
        columns.check(
            0.0 < self.travel_share <= 1.0 + 1e-9, f"travel_share={self.travel_share:g} must be above 0 and at most 1"
        )
        columns.check(self.slice_row >= 0, f"slice_row={self.slice_row} must not be negative")
        columns.raise_faults()
