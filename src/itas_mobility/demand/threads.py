"""How many threads do the work; results do not depend on it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

import numba

from itas_mobility.errors import DemandError

SMALL_WORK = 100_000
"""Origins x nodes below which one thread is quicker: a tree takes about 0.1 ms per 1,000 nodes, as much as waiting for
a second thread on a busy machine."""
MOST_THREADS = 1024
"""More are taken for a mistake."""
_WANTED: ContextVar[int | None] = ContextVar("threads", default=None)


@contextmanager
def use_threads(threads: int | None, work: int) -> Iterator[None]:
    """Let work inside the block be shared among so many threads.

    Parameters
    ----------
    threads : int, optional
        From 1 to `MOST_THREADS`; more than there are processors do no harm. Default: as numba is set, and one for
        little work.
    work : int
        Origins x nodes.

    Raises
    ------
    DemandError
        For another number.
    """
    if threads is None and work >= SMALL_WORK:
        yield
        return
    wanted = 1 if threads is None else threads
    if not 1 <= wanted <= MOST_THREADS:
        raise DemandError(f"threads: {wanted} must be between 1 and {MOST_THREADS}")
    before = numba.get_num_threads()
    token = _WANTED.set(wanted)
    numba.set_num_threads(min(wanted, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]  # set on import
    try:
        yield
    finally:
        numba.set_num_threads(before)
        _WANTED.reset(token)


def in_threads(work: Callable[[int, int], None], most: int) -> None:
    """Share work among threads, as many as `use_threads` or else numba says.

    Kernels release the interpreter's lock, so plain threads do, and a loop compiled for one thread (which takes a
    third of the time to compile) serves.

    Parameters
    ----------
    work : callable
        Called once per thread, with its number and the number of threads.
    most : int
        Threads that can have something to do.
    """
    n_threads = max(1, min(_WANTED.get() or numba.get_num_threads(), most))
    if n_threads == 1:
        work(0, 1)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, thread, n_threads) for thread in range(n_threads)]:
            done.result()
