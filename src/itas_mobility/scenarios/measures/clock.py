"""Times of day in scenario files: ``"05:30"`` and, past midnight, ``"25:10"``."""

from typing import Annotated

from pydantic import AfterValidator

from itas_mobility.scenarios.measures.base import ALL_DAY_S
from itas_mobility.units import clock_s, clock_text


def _check(text: str) -> str:
    if clock_s(text) > ALL_DAY_S[1]:
        message = f"time {text!r} lies behind {clock_text(ALL_DAY_S[1], seconds=False)}, the end of the next day"
        raise ValueError(message)
    return text


Clock = Annotated[str, AfterValidator(_check)]
"""A time of day as text, as `units.clock_s` reads it; validated."""
