"""Settings of a run: how exact, how long. They are part of the digest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How exactly a run is computed.

    `relative_gap` is the target of each car assignment; `feedback_tolerance` the share of car trips that may still
    change in another round of mode choice and assignment. Both are so small because delay is a small difference of
    large times: at 1e-8 and 1e-6 it was reproducible to 1e-6 of itself only, and differences of scenarios that move it
    by as little were noise.
    """

    relative_gap: float = 1e-13
    feedback_tolerance: float = 1e-10
    max_iterations: int = 20
