"""Errors and warnings of the library, each also a builtin so that plain ``except ValueError`` works."""


class ItasError(Exception):
    """Base of all errors raised on purpose by this library."""


class InputError(ItasError, ValueError):
    """An input (file, argument or noun) cannot be used; the message names file and line, field or id."""


class NetworkError(InputError):
    """A road or transit network is malformed or does not hold what was asked for."""


class DemandError(InputError):
    """Demand, matrices or statistics are malformed or contradict each other."""


class ScenarioError(InputError):
    """A scenario file or measure is wrong, conflicts with another or finds nothing to change."""


class ConvergenceWarning(UserWarning):
    """An iterative method stopped at a limit before reaching its target."""


class DataWarning(UserWarning):
    """Input was usable only after an assumption the user should know about."""
