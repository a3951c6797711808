"""What lines offer a segment of commuters for its way to work and its way home (`LineOffer`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns
from itas_mobility.core.matrix import Skims
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class LineOffer:
    """Skims of both ways, and between which zones the lines serve the hours of work.

    Raises
    ------
    DemandError
        With all faults found.
    """

    out: Skims
    """Of the way to work, home (row) x work (column): ``time_s``, ``perceived_s`` (inf where there is no journey) and
    the parts of both; ``fare_eur`` where fares differ between pairs."""
    back: Skims
    """Of the way home, in the direction of travel: work (row) x home (column)."""
    can_reach: BoolArray | None = None
    """By home and work zone: whether the hours of work can be kept by public transport, there *and* back. None where
    that is not asked of the segment: then a finite `perceived_s` decides."""
    park_ride: "LineOffer | None" = None
    """The same with the car to the stop; None where no stop has a car park."""

    def __post_init__(self) -> None:
        columns = Columns(self, "LineOffer", DemandError)
        if self.can_reach is not None:
            columns.array("can_reach", np.bool_, (len(self.out.zone_id),) * 2)
        columns.raise_faults()
