"""Jobs that appear or vanish at a site, what becomes of the workers (`JobChange`), and what it sums up to."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card

Workers: TypeAlias = Literal["jobs_lost", "jobs_move_within_region", "workers_commute_elsewhere"]
"""What becomes of the workers of jobs that vanish; for jobs that appear, the same the other way round: new employment,
workers of the region's other jobs, workers who commuted out of the region before."""
WORKERS: Final = get_args(Workers)
DEFAULT_WORKERS: Final[Workers] = "jobs_lost"
"""What holds where nothing is said of the workers (an assumption, which every run tells): jobs that vanish are lost,
jobs that appear are new employment."""
COME_ALONG: Final = "come_along"
"""Jobs of another site move with those who hold them."""


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
    workers: Workers | Literal["come_along"]
    from_site_id: str = ""
    """With "come_along": site that the jobs leave."""
    is_default: bool = False
    """Whether nothing was said of the workers, so that `DEFAULT_WORKERS` holds."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"JobChange of {self.site_id}")
        fits = bool(np.isfinite(self.heads)) and self.heads != 0
        columns.check(fits, f"heads: {self.heads} must be finite and not nought")
        known = (*WORKERS, COME_ALONG)
        columns.check(self.workers in known, f"workers: {self.workers!r} must be one of {', '.join(known)}")
        if self.workers == COME_ALONG:
            columns.check(self.heads > 0, f"heads: {self.heads:g} that come along must be positive")
            columns.check(self.from_site_id not in ("", self.site_id), "from_site_id: must name another site")
        else:
            columns.check(self.from_site_id == "", f"from_site_id: nobody comes along with {self.workers!r}")
        columns.raise_faults()

    def heads_at(self, site_id: str) -> float:
        """Jobs that one site wins or loses by it."""
        if site_id == self.site_id:
            return self.heads
        return -self.heads if self.from_site_id and site_id == self.from_site_id else 0.0

    @property
    def site_ids(self) -> tuple[str, ...]:
        """Sites whose heads change."""
        return (self.site_id, self.from_site_id) if self.from_site_id else (self.site_id,)


@dataclass(frozen=True, eq=False)
class JobAccount:
    """Registered employees before any change of jobs (entry 0) and after each change, in their order.

    Raises
    ------
    InputError
        With all faults found.
    """

    changes: tuple[JobChange, ...]
    employees: FloatArray
    """All of them, shape (n_changes + 1,): who lives in the region or works in it."""
    in_commuters: FloatArray
    """Who works in the region and lives outside."""
    out_commuters: FloatArray
    """Who lives in the region and works outside."""

    def __post_init__(self) -> None:
        columns = Columns(self, "JobAccount")
        for name in ("employees", "in_commuters", "out_commuters"):
            columns.array(name, np.float64, (len(self.changes) + 1,), low=0)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.changes)

    def _repr_html_(self) -> str:
        def told(values: FloatArray) -> str:
            return " → ".join(f"{value:,.0f}" for value in values)

        names = ("employees", "in_commuters", "out_commuters")
        return html_card("Registered employees", {name: told(getattr(self, name)) for name in names})
