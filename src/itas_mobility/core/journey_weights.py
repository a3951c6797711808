"""How travellers weigh the parts of a journey by public transport (`JourneyWeights`)."""

from dataclasses import dataclass

from itas_mobility.core.columns import Columns
from itas_mobility.errors import DemandError


@dataclass(frozen=True, slots=True)
class JourneyWeights:
    """Perceived seconds per real one of each part of a journey, riding in an empty vehicle counting 1.

    Skims and loads that are to fit together take the same.

    Raises
    ------
    DemandError
        With all faults found.
    """

    walk_weight: float = 2.0
    """Of walking, to stops, between them and from them. Two is the convention that Wardman (2004, Transport Policy 11,
    363-377) examines in a meta-analysis; an assumption for any given region. The way to a stop by bicycle or car counts
    as a walk does, which is an assumption too."""
    wait_weight: float = 2.0
    """Of waiting at stops (on a timetable: between rides); as for walking."""
    transfer_penalty_s: float = 300.0
    """Perceived time of each transfer besides its walk and wait; an assumption."""
    adaptation_weight: float = 1.0
    """Of the shift from the moment wished for to that of the journey, to either side; 0: people do not mind when they
    travel. Assumption: an hour earlier or later weighs as much as one in a vehicle, as in the example of the PTV Visum
    manual. For the way to work, Small (1982, American Economic Review 72, 467-479) finds 0.61 for being early and 2.4
    for being late."""

    def __post_init__(self) -> None:
        columns = Columns(self, "JourneyWeights", DemandError)
        for name in ("walk_weight", "wait_weight"):
            columns.number(name, is_positive=True)
        for name in ("transfer_penalty_s", "adaptation_weight"):
            columns.number(name)
        columns.raise_faults()
