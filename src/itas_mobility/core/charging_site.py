"""The charging points of one place and what its grid connection gives them (`ChargingSite`)."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card

Release = Literal["full", "departure"]
"""When a car frees its point for the next: as soon as it is full, or only when it departs."""


@dataclass(frozen=True, eq=False)
class ChargingSite:
    """Where cars charge: points, their power, when cars free them, losses, and the limit of the grid connection.

    Raises
    ------
    InputError
        With all faults found.
    """

    points: int | None
    """Number of charging points; None gives every car one of its own."""
    point_power_kw: FloatArray
    """Greatest power of each point, at the grid side, shape (points,); one number holds for all, and stands in shape
    (1,) where every car has a point."""
    efficiency: float
    """Energy into the battery per energy from the grid, in (0, 1]."""
    grid_limit_kw: float = np.inf
    """Power that the grid connection has for charging."""
    release: Release = "full"

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingSite")
        whole = isinstance(self.points, int | np.integer) and not isinstance(self.points, bool)
        counted = self.points is None or columns.check(whole, f"points: {self.points} must be a whole number or None")
        if counted and self.points is not None:
            object.__setattr__(self, "points", int(self.points))
            counted = columns.check(self.points >= 0, f"points: {self.points} must not be negative")
        if counted:
            n = 1 if self.points is None else self.points
            if np.ndim(self.point_power_kw) == 0:
                object.__setattr__(self, "point_power_kw", np.full(n, self.point_power_kw))
            columns.array("point_power_kw", np.float64, (n,), low=0)
        columns.number("efficiency", is_positive=True, high=1.0)
        columns.number("grid_limit_kw", allow_inf=True)
        known = get_args(Release)
        columns.check(self.release in known, f"release {self.release!r} is not known; known: {', '.join(known)}")
        columns.raise_faults()

    @property
    def has_equal_points(self) -> bool:
        """Whether all points have the same power."""
        return self.point_power_kw.size == 0 or bool(np.ptp(self.point_power_kw) == 0)

    def __repr__(self) -> str:
        return f"ChargingSite({self._points_text}, grid limit {self.grid_limit_kw:g} kW, release {self.release!r})"

    @property
    def _points_text(self) -> str:
        power = " or ".join(f"{kw:g}" for kw in np.unique(self.point_power_kw)) or "0"
        return f"{'a point each' if self.points is None else f'{self.points} points'} of {power} kW"

    def _repr_html_(self) -> str:
        return html_card(
            "Charging site",
            {
                "points": self._points_text,
                "freed": f"at {self.release}" if self.release == "departure" else "when full",
                "grid limit": f"{self.grid_limit_kw:,.1f} kW",
                "efficiency": f"{self.efficiency:g}",
            },
        )
