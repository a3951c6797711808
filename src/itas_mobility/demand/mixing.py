"""Anderson mixing: the next point of a fixed-point iteration x = g(x) from several earlier ones.

With rests f = g(x) - x, the earlier points are combined (weights sum to 1) so that the combined rest is least in the
sense of least squares, and a step is made from there (Anderson 1965; Walker and Ni 2011, "Anderson acceleration for
fixed-point iterations", SIAM Journal on Numerical Analysis 49). What is linear and the same in all points and answers,
such as row and column sums, stays the same.
"""

import numpy as np

from itas_mobility.core.columns import FloatArray

DEPENDENT = 1e-10
"""Singular values of the scaled normal equations, relative to the largest, below which earlier points tell nothing new
(points that are parallel to five digits)."""
ROUNDING = 1e-13
"""Negative entries down to this share of the total are rounding and become 0."""


class Mixer:
    """Remembers points and their rests.

    Parameters
    ----------
    memory : int
        How many points to remember besides the one a step starts from; 0 gives plain iteration.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._points: list[tuple[FloatArray, FloatArray]] = []

    def __len__(self) -> int:
        return len(self._points)

    def remember(self, point: FloatArray, rest: FloatArray) -> None:
        """Keep a point, and drop the oldest one that is too many."""
        if self._memory > 0:
            self._points.append((point, rest))
            del self._points[: -(self._memory + 1)]

    def step(self, point: FloatArray, rest: FloatArray, *, damping: float = 1.0) -> FloatArray:
        """Next point, not negative, seen from `point`.

        Parameters
        ----------
        point, rest : array
            Where the step starts, and g(point) - point; ``point + rest`` must not be negative.
        damping : float, default=1.0
            Share of all rests to go by, up to 1: less where answers overshoot.

        Returns
        -------
        ndarray
            ``point + damping * rest`` if no other point is known; else the combination, drawn back towards that as far
            as needed to keep all entries from falling below 0.
        """
        plain = point + damping * rest
        others = [(point - p, rest - f) for p, f in self._points if p is not point]
        if not others:
            return plain
        lengths = [np.sqrt(_dot(f, f)) for _, f in others]
        pairs = [(p / n, f / n) for (p, f), n in zip(others, lengths, strict=True) if n > 0.0]
        if not pairs:
            return plain
        normal = np.array([[_dot(a, b) for _, b in pairs] for _, a in pairs])
        right = np.array([_dot(f, rest) for _, f in pairs])
        factors = np.linalg.lstsq(normal, right, rcond=DEPENDENT)[0]
        mixed = plain.copy()
        for factor, (moved, answered) in zip(factors.tolist(), pairs, strict=True):
            mixed -= factor * (moved + damping * answered)
        below = mixed < -ROUNDING * plain.sum()
        if below.any():
            share = float((plain[below] / (plain[below] - mixed[below])).min())
            mixed = plain + share * (mixed - plain)
        return np.maximum(mixed, 0.0)


def _dot(a: FloatArray, b: FloatArray) -> float:
    """Sum of products, added up in an order that does not depend on a library's threads."""
    return float((a * b).sum())
