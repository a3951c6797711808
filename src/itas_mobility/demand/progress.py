"""Progress line of long assignments."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Report: TypeAlias = Callable[[int, float], None]
"""Takes the iteration and the gap it has reached."""

SHOWN_AFTER_S = 1.0
"""Wall time after which a progress line appears; what is done sooner needs none."""


@contextmanager
def progress_line(wanted: bool, target_gap: float) -> Iterator[Report | None]:
    """Progress line on stderr while the block runs; yields what solvers report to, or None.

    Parameters
    ----------
    wanted : bool
        Whether to show any.
    target_gap : float
        What is to be reached.
    """
    if not wanted:
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc="assign", unit="it", delay=SHOWN_AFTER_S) as bar:

        def report(iteration: int, gap: float) -> None:
            bar.set_postfix_str(f"gap {gap:.2e}, target {target_gap:.0e}", refresh=False)
            bar.update(iteration - bar.n)

        yield report
