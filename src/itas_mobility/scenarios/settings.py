"""Settings of a run: how exact, how long. They are part of the digest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How exactly a run is computed.

    `relative_gap` is the target of each car assignment; `feedback_tolerance` the share of car trips that may still
    change in another round of mode choice and assignment.
    """

    relative_gap: float = 1e-8
    feedback_tolerance: float = 1e-6
    max_feedback_rounds: int = 8
