"""How sharply travellers choose among the journeys of a timetable (`JourneyChoice`)."""

from dataclasses import dataclass

from itas_mobility.core.columns import Columns
from itas_mobility.errors import DemandError


@dataclass(frozen=True, slots=True)
class JourneyChoice:
    """The logit over journeys; its costs are weighed by `JourneyWeights`.

    Raises
    ------
    DemandError
        With all faults found.
    """

    scale_per_min: float = 0.2
    """How much a perceived minute counts; an assumption."""
    path_size_weight: float = 0.0
    """Of the logarithm of the path size (Ben-Akiva and Bierlaire 1999, "Discrete choice methods and their applications
    to short term travel decisions") in the utility, by time in vehicles: 1 takes journeys that share their runs with
    others for as many fewer of their own; 0 is the plain logit."""

    def __post_init__(self) -> None:
        columns = Columns(self, "JourneyChoice", DemandError)
        columns.number("scale_per_min", is_positive=True)
        columns.number("path_size_weight")
        columns.raise_faults()
