"""What a segment of commuters chooses: shares of the modes, and what the choice is worth (`TourChoice`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.core.mode_shares import ModeShares


@dataclass(frozen=True, eq=False)
class TourChoice:
    """Mode choice of a segment, mean over its groups of persons.

    Raises
    ------
    InputError
        With all faults found.
    """

    shares: ModeShares
    logsum: FloatArray
    """Expected greatest utility of a way by home and work zone, shape (n_zones, n_zones), a pure number, mean over the
    groups of persons; -inf where no mode is available."""

    def __post_init__(self) -> None:
        columns = Columns(self, "TourChoice")
        columns.array("logsum", np.float64, self.shares.stacked_share.shape[1:], allow_inf=True)
        columns.raise_faults()
