"""When a solver is to stop: options that all of them have."""

import numpy as np

from itas_mobility.errors import DemandError


def check_limits(*, max_seconds: float | None, **numbers: float) -> None:
    """Refuse limits that no solver could work with.

    Parameters
    ----------
    max_seconds : float, optional
        Wall time; none for no limit.
    **numbers : float
        Gaps and numbers of iterations by the name that the user knows them by.

    Raises
    ------
    DemandError
        For a number that is negative or not finite, or a time that is not positive, naming it.
    """
    for name, value in numbers.items():
        if not (np.isfinite(value) and value >= 0):
            wanted = "not be negative" if isinstance(value, int) else "be finite and not negative"
            raise DemandError(f"{name}: {value} must {wanted}")
    if max_seconds is not None and not max_seconds > 0:
        raise DemandError(f"max_seconds: {max_seconds} must be positive")
