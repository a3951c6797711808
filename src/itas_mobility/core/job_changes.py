"""Jobs that appear or vanish at a site, and what becomes of the workers (`JobChange`)."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from itas_mobility.core.columns import Columns

Workers: TypeAlias = Literal["jobs_lost", "jobs_move_within_region", "workers_commute_elsewhere"]
"""What becomes of the workers of jobs that vanish; for jobs that appear, the same the other way round: new employment,
workers of the region's other jobs, workers who commuted out of the region before."""
WORKERS: Final = get_args(Workers)


@dataclass(frozen=True, slots=True)
class JobChange:
    """A change of the head count of one site against the region that the statistics describe.

    Raises
    ------
    InputError
        With all faults found.
    """

    site_id: str
    heads: float
    """Jobs that appear (positive) or vanish (negative)."""
    workers: Workers

    def __post_init__(self) -> None:
        columns = Columns(self, f"JobChange of {self.site_id}")
        columns.check(bool(np.isfinite(self.heads)), f"heads: {self.heads} must be finite")
        columns.check(self.workers in WORKERS, f"workers: {self.workers!r} must be one of {', '.join(WORKERS)}")
        columns.raise_faults()
