"""Registry of benchmark cases.

A new case is a function in the file of its subject, registered with `case`; a new subject is a new file, named in
`SUBJECTS`. The function sets up its input and returns what is timed::

    @case("skim, grid", reference="skim, grid, scipy")
    def skim_grid(quick: bool) -> Run:
        roads, _ = grid(60 if quick else 140, 100)
        return lambda: demand.skim(roads)

Cases are frozen: to change what is timed, give it a new name, so that figures of one name can be compared for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

Run = Callable[[], object]
Setup = Callable[[bool], Run]

SUBJECTS = (
    "kernels", "starting", "reading", "feeds", "matrices", "distribution", "transit", "emobility", "scenarios",
)  # fmt: skip
"""Files of this folder that hold cases, in the order in which they run."""


@dataclass(frozen=True)
class Case:
    """One thing that is timed."""

    name: str
    setup: Setup
    reference: str | None
    """Name of the case that this one is compared with, timed in the same run on the same input."""
    warm_up: bool
    """Whether it runs once untimed, to compile."""
    repeats: int


REGISTRY: dict[str, Case] = {}


def case(
    name: str, *, reference: str | None = None, warm_up: bool = True, repeats: int = 5
) -> Callable[[Setup], Setup]:
    """Register a setup function under a name."""

    def register(setup: Setup) -> Setup:
        if name in REGISTRY:
            raise ValueError(f"benchmark case {name!r} is registered twice")
        REGISTRY[name] = Case(name, setup, reference, warm_up, repeats)
        return setup

    return register


def load() -> dict[str, Case]:
    """All cases, references checked."""
    for subject in SUBJECTS:
        import_module(f"benchmarks.{subject}")
    for known in REGISTRY.values():
        if known.reference is not None and known.reference not in REGISTRY:
            raise ValueError(f"benchmark case {known.name!r}: reference {known.reference!r} is not known")
    return REGISTRY
