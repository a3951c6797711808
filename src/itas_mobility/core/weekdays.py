"""Days of the week, as a set in one small number and as text."""

from typing import Final

from itas_mobility.errors import InputError

WEEKDAYS: Final = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
"""Day k of the week is bit k of a set, Monday first."""
WORKDAYS: Final = 0b0011111
"""Monday to Friday."""
_OTHER_NAMES: Final = {"tu": 1, "we": 2, "th": 3, "su": 6}
"""As OpenStreetMap writes opening hours; the others are the same in both."""


def weekday_mask(text: str) -> int:
    """Read days such as ``"Mo-Fr"``, ``"Sa,So"`` or ``"Fr-Mo"``.

    Parameters
    ----------
    text : str
        Days and spans of days, separated by commas; German abbreviations, or those of OpenStreetMap.

    Returns
    -------
    int
        Set of days: bit k stands for day k, Monday being 0.

    Raises
    ------
    InputError
        If a day is not known, or none is named.

    Examples
    --------
    >>> bin(weekday_mask("Mo-Mi,So"))
    '0b1000111'
    """
    mask = 0
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first, text)
        end = _day(last, text) if dash else begin
        for step in range((end - begin) % 7 + 1):
            mask |= 1 << (begin + step) % 7
    return mask


def days_of(text: str) -> tuple[int, ...]:
    """Days of the week that a text such as ``"Mo-Fr"`` names.

    Parameters
    ----------
    text : str
        As `weekday_mask` reads it.

    Returns
    -------
    tuple of int
        Monday is 0; in the order of the week.

    Raises
    ------
    InputError
        As `weekday_mask`.
    """
    return days_in(weekday_mask(text))


def days_in(mask: int) -> tuple[int, ...]:
    """Days of a set.

    Parameters
    ----------
    mask : int
        Set of days.

    Returns
    -------
    tuple of int
        Monday is 0; in the order of the week.
    """
    return tuple(day for day in range(len(WEEKDAYS)) if mask >> day & 1)


def later_days(mask: int, by: int) -> int:
    """Move a set of days on through the week; Sunday is followed by Monday.

    Parameters
    ----------
    mask : int
        Set of days.
    by : int
        Days later; negative: earlier.

    Returns
    -------
    int
        Set of days.

    Examples
    --------
    >>> weekday_text(later_days(weekday_mask("Mo-Fr"), 1)), weekday_text(later_days(weekday_mask("Mo"), -1))
    ('Di-Sa', 'So')
    """
    n = len(WEEKDAYS)
    return sum(1 << (day + by) % n for day in days_in(mask))


def workday_share(mask: int) -> float:
    """Share of the working days, Monday to Friday, that are in a set: how much of a day's shift the mean one sees.

    Parameters
    ----------
    mask : int
        Set of days.

    Returns
    -------
    float
        1 for Mo-Fr, 0.8 for Di-Sa, 0 for Sa,So.
    """
    return (mask & WORKDAYS).bit_count() / WORKDAYS.bit_count()


def _day(name: str, text: str) -> int:
    known = {day.lower(): k for k, day in enumerate(WEEKDAYS)} | _OTHER_NAMES
    try:
        return known[name.strip().lower()]
    except KeyError as fault:
        raise InputError(
            f"days {text!r}: {name.strip()!r} is not one of {', '.join(WEEKDAYS)} (spans as in Mo-Fr)"
        ) from fault


def weekday_text(mask: int) -> str:
    """Write a set of days, runs of three or more as spans.

    Parameters
    ----------
    mask : int
        Set of days.

    Returns
    -------
    str
        ``"Mo-Fr"``, ``"Sa,So"``; empty for no day.

    Examples
    --------
    >>> weekday_text(0b1100000), weekday_text(0b1011111)
    ('Sa,So', 'Mo-Fr,So')
    """
    parts: list[str] = []
    day = 0
    while day < len(WEEKDAYS):
        if not mask >> day & 1:
            day += 1
            continue
        end = day
        while end < 6 and mask >> (end + 1) & 1:
            end += 1
        run = WEEKDAYS[day : end + 1]
        parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run
        day = end + 1
    return ",".join(parts)
