"""Options that would do nothing are mistakes."""

from collections.abc import Sequence
from dataclasses import fields

from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.tours import TravelWindow
from itas_mobility.errors import DemandError


def changed(options: SearchLimits | HeadwayWaits | TravelWindow) -> list[str]:
    """Options of a noun that are not what they are when left out.

    Parameters
    ----------
    options : SearchLimits, HeadwayWaits or TravelWindow
        As a verb was given them.

    Returns
    -------
    list of str
        Their names.
    """
    if isinstance(options, TravelWindow):
        default: object = TravelWindow(options.start_s, options.end_s)
    else:
        default = type(options)()
    names = [field.name for field in fields(options)]
    return [name for name in names if getattr(options, name) != getattr(default, name)]


def refuse_unused(verb: str, names: Sequence[str], why: str) -> None:
    """Refuse options that a verb would not look at.

    Parameters
    ----------
    verb : str
        Function that was called, for the message.
    names : sequence of str
        Options that were given.
    why : str
        What they are for.

    Raises
    ------
    DemandError
        If there are any.
    """
    if names:
        raise DemandError(f"{verb}: {', '.join(names)}: only {why}; leave it out")
