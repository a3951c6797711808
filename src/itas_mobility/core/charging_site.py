"""The charging points of one place and the supply behind them (`ChargingSite`)."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.core.site_supply import SiteSupply
from itas_mobility.errors import InputError

Release = Literal["full", "departure", "fee"]
"""When a car frees its point for the next: as soon as it is full, only when it departs, or some time after it is full,
when a fee for blocking begins."""


@dataclass(frozen=True, eq=False)
class ChargingSite:
    """Where cars charge: points, their power, when cars free them, losses, and what stands behind them.

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
    """Energy into the battery per energy from the grid, but for `standby_kw`; in (0, 1]."""
    limit_kw: FloatArray = np.inf  # type: ignore[assignment]
    """What a load management lets all points draw together: one number, or one for each step."""
    standby_kw: float = 0.0
    """What a car's own control takes while it charges: batteries get ``efficiency * (power - standby_kw)``."""
    release: Release = "full"
    fee_after_h: float = 0.0
    """With release "fee": time after which a full car that still stands there pays, and is moved."""
    supply: SiteSupply = field(default_factory=SiteSupply)

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
        object.__setattr__(self, "limit_kw", np.atleast_1d(self.limit_kw))
        columns.array("limit_kw", np.float64, (self.limit_kw.size,), low=0, allow_inf=True)
        columns.number("standby_kw")
        columns.number("fee_after_h")
        known = get_args(Release)
        columns.check(self.release in known, f"release {self.release!r} is not known; known: {', '.join(known)}")
        columns.raise_faults()

    @property
    def has_equal_points(self) -> bool:
        """Whether all points have the same power."""
        return self.point_power_kw.size == 0 or bool(np.ptp(self.point_power_kw) == 0)

    def car_kw(self, power_kw: FloatArray) -> FloatArray:
        """Greatest power of cars at the points: the lesser of car and point, 0 without points.

        Parameters
        ----------
        power_kw : ndarray
            Of each car.

        Returns
        -------
        ndarray
            Of each car, at the strongest point.
        """
        return np.asarray(np.minimum(power_kw, self.point_power_kw.max(initial=0.0)))

    def free_kw(self, n_steps: int) -> FloatArray:
        """What charging may draw in each step: the lesser of load management and what the connection leaves.

        Parameters
        ----------
        n_steps : int
            Steps of the horizon.

        Returns
        -------
        ndarray of shape (n_steps,)
            Infinite where there is no limit.

        Raises
        ------
        InputError
            For a limit with another number of steps, or a building that draws more than the connection has.
        """
        if self.limit_kw.size not in (1, n_steps):
            raise InputError(
                f"limit_kw: {self.limit_kw.size} values for {n_steps} steps; give one for each step, or one for all"
            )
        return np.minimum(np.broadcast_to(self.limit_kw, (n_steps,)), self.supply.free_kw(n_steps))

    def __repr__(self) -> str:
        return f"ChargingSite({self._points_text}, limit {self._limit_text}, release {self.release!r})"

    @property
    def _points_text(self) -> str:
        power = " or ".join(f"{kw:g}" for kw in np.unique(self.point_power_kw)) or "0"
        return f"{'a point each' if self.points is None else f'{self.points} points'} of {power} kW"

    @property
    def _limit_text(self) -> str:
        return f"{min(self.limit_kw.min(initial=np.inf), self.supply.grid_kw):g} kW"

    def _repr_html_(self) -> str:
        freed = {"full": "when full", "departure": "at departure", "fee": f"{self.fee_after_h:g} h after full"}
        return html_card(
            "Charging site",
            {
                "points": self._points_text,
                "freed": freed[self.release],
                "limit": self._limit_text,
                "efficiency": f"{self.efficiency:g}, standby {self.standby_kw:g} kW",
            },
        )
