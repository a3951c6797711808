"""What travellers gain from a change, in euros (`ConsumerSurplus`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class ConsumerSurplus:
    """Gain of travellers, by the logsum of their modes and by the rule of half; below 0 a loss.

    Raises
    ------
    DemandError
        With all faults found.
    """

    logsum_eur: FloatArray
    """By the change of the expected greatest utility; any shape."""
    rule_of_half_eur: FloatArray
    """By mode: the change of its utility, for those who use it before and after whole, for those who come or go half.
    Modes that are not open both before and after are left out: without a price before or after, there is no half."""
    is_reckoned: BoolArray
    """False where no mode goes before or after: no euro stands for that, and both gains are 0."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ConsumerSurplus", DemandError)
        shape = np.shape(self.logsum_eur)
        for name in ("logsum_eur", "rule_of_half_eur"):
            columns.array(name, np.float64, shape)
        columns.array("is_reckoned", np.bool_, shape)
        columns.raise_faults()
