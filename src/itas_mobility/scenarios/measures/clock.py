"""Times of day in scenario files: ``"05:30"`` and, past midnight, ``"25:10"``."""

import re
from typing import Annotated

from pydantic import AfterValidator

_CLOCK = re.compile(r"^([0-4]?\d):([0-5]\d)$")


def _check(text: str) -> str:
    if not _CLOCK.match(text):
        message = f"{text!r} is no time of day; write HH:MM, e.g. 05:30"
        raise ValueError(message)
    return text


Clock = Annotated[str, AfterValidator(_check)]
"""A time of day as text; validated."""


def clock_to_s(text: str) -> float:
    """Seconds after midnight of a time of day such as ``"05:30"``."""
    hours, minutes = text.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0
