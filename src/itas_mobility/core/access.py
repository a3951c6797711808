"""Legs between zones and stops and walks between stops, made by `network` and used by `demand`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final, Literal, get_args

import numpy as np

from itas_mobility.core.columns import (
    LEFT_OUT,
    BoolArray,
    ByteArray,
    Columns,
    FloatArray,
    IntArray,
    html_card,
    left_out,
)
from itas_mobility.core.road import ReadReport
from itas_mobility.errors import InputError, NetworkError

HomeEnd = Literal["origin", "destination"]
"""Where the travellers of a search are at home: at the origin on the way out, at the destination on the way back."""
HOME_ENDS: Final[tuple[HomeEnd, ...]] = get_args(HomeEnd)


class AccessMode(IntEnum):
    """How people come to a stop."""

    WALK = 0
    BIKE = 1
    """Bike and ride: the bicycle stays at the stop."""
    CAR = 2
    """Park and ride: the car stays at the stop."""


@dataclass(frozen=True, eq=False)
class AccessLegs:
    """Legs between zones and stops and walks between stops.

    A leg may be used in both directions. For a site's zone it leads from the stop through the gate to the workplace.
    A zone and a stop may be joined by several legs, one of each mode. Vehicles are kept at home: searches between zones
    use the legs of `at_ends` at the origin and at the destination.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    n_zones: int
    n_stops: int
    zone: IntArray
    stop: IntArray
    time_s: FloatArray
    length_m: FloatArray
    """Leg *i* joins zone ``zone[i]`` and stop ``stop[i]``; sorted by zone, then stop, then mode."""
    transfer_from: IntArray
    transfer_to: IntArray
    transfer_time_s: FloatArray
    """Walks between two different stops; sorted by from, then to."""
    mode: ByteArray = field(default_factory=left_out)
    """`AccessMode`, shape (n_legs,); default walking."""
    is_home_only: BoolArray = field(default_factory=left_out)
    """Whether the leg can be used at the home end only, where the vehicle is kept; default: all but walks."""
    report: ReadReport | None = field(default=None, compare=False)
    """How many places lie off the networks, and what was done about it."""

    def __post_init__(self) -> None:
        columns = Columns(self, "AccessLegs", NetworkError)
        n = len(np.atleast_1d(self.zone))
        columns.array("zone", np.int32, (n,), low=0, high=self.n_zones - 1)
        columns.array("stop", np.int32, (n,), low=0, high=self.n_stops - 1)
        columns.array("time_s", np.float64, (n,), low=0)
        columns.array("length_m", np.float64, (n,), low=0)
        k = len(np.atleast_1d(self.transfer_from))
        columns.array("transfer_from", np.int32, (k,), low=0, high=self.n_stops - 1)
        columns.array("transfer_to", np.int32, (k,), low=0, high=self.n_stops - 1)
        columns.array("transfer_time_s", np.float64, (k,), low=0)
        if self.mode is LEFT_OUT:
            object.__setattr__(self, "mode", np.zeros(n, np.uint8))
        mode = columns.array("mode", np.uint8, (n,), high=max(AccessMode))
        if self.is_home_only is LEFT_OUT:
            object.__setattr__(self, "is_home_only", mode != AccessMode.WALK)
        columns.array("is_home_only", np.bool_, (n,))
        columns.check(bool((np.diff(self.zone) >= 0).all()), "zone: legs must be sorted by zone")
        columns.check(bool((np.diff(self.transfer_from) >= 0).all()), "transfer_from: transfers must be sorted")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.zone)

    def only(self, modes: Iterable[AccessMode]) -> "AccessLegs":
        """The same with the legs of some modes alone; transfers stay.

        Parameters
        ----------
        modes : iterable of AccessMode
            Modes that are kept.

        Returns
        -------
        AccessLegs
            Its legs keep their order.
        """
        return self.where(np.isin(self.mode, [int(mode) for mode in modes]))

    def where(self, is_kept: BoolArray) -> "AccessLegs":
        """The same with some of the legs; transfers stay.

        Parameters
        ----------
        is_kept : bool ndarray of shape (n_legs,)
            Which legs are kept.

        Returns
        -------
        AccessLegs
            Its legs keep their order.
        """
        if np.all(is_kept):
            return self
        names = ("zone", "stop", "time_s", "length_m", "mode", "is_home_only")
        return replace(self, **{name: getattr(self, name)[is_kept] for name in names})

    def at_ends(self, home_end: HomeEnd) -> tuple["AccessLegs", "AccessLegs"]:
        """The legs that can be used at the origin and at the destination of a way.

        Parameters
        ----------
        home_end : "origin" or "destination"
            Where travellers are at home; legs for the home end alone are used there and nowhere else.

        Returns
        -------
        origin, destination : AccessLegs
            Both the same where no leg is for the home end alone.

        Raises
        ------
        InputError
            If `home_end` is neither.
        """
        if home_end not in HOME_ENDS:
            raise InputError(f"home_end={home_end!r} must be one of {', '.join(map(repr, HOME_ENDS))}")
        away = self.where(~self.is_home_only)
        return (self, away) if home_end == "origin" else (away, self)

    def walking(self) -> "AccessLegs":
        """The legs that need no vehicle: those of the end away from home."""
        return self.only([AccessMode.WALK])

    def _repr_html_(self) -> str:
        counts = np.bincount(self.mode, minlength=len(AccessMode))
        return html_card(
            "Access legs",
            {
                **{f"legs ({mode.name.lower()})": int(counts[mode]) for mode in AccessMode if counts[mode]},
                "zones with a stop": f"{np.unique(self.zone).size} of {self.n_zones}",
                "transfers": len(self.transfer_from),
                **(self.report.counts if self.report is not None else {}),
            },
        )
