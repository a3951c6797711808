"""Zone ids as files write them: trimmed, whole numbers stored as floats, and numbers that lost their zeros."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from itas_mobility.core.columns import LongArray

FORMULA: Final = re.compile(r"[=+@\t\r]|-(?![0-9.])")
"""Beginnings of a cell that a spreadsheet would run as a formula."""
_WHOLE_FLOAT: Final = re.compile(r"(0|[1-9][0-9]*)\.0+")


class Zones:
    """Zones of a file by number: those wanted, or those that it names, in its order.

    Parameters
    ----------
    wanted : list of str, optional
        The zones that it may name.
    """

    def __init__(self, wanted: Sequence[str] | None) -> None:
        self.ids: list[str] = [] if wanted is None else list(wanted)
        self._is_open = wanted is None
        self._number = {zone.strip(): i for i, zone in enumerate(self.ids)}

    def codes(self, texts: Sequence[str]) -> LongArray:
        """Number of each zone.

        Parameters
        ----------
        texts : sequence of str
            Trimmed ids.

        Returns
        -------
        LongArray
            -1 for ids that cannot be used, see `fault`.
        """
        return np.array([self._code(text) for text in texts], dtype=np.int64)

    def _code(self, text: str) -> int:
        code = self._number.get(text, -1)
        if code < 0 and not self._is_open and _WHOLE_FLOAT.fullmatch(text):
            return self._number.get(whole(text), -1)
        if code < 0 and self._is_open and text and not FORMULA.match(text):
            code = self._number[text] = len(self.ids)
            self.ids.append(text)
        return code

    def fault(self, text: str) -> str:
        """What is wrong with an id that has no number.

        Parameters
        ----------
        text : str
            The trimmed id.

        Returns
        -------
        str
            For people.
        """
        if not text or FORMULA.match(text):
            return self.unusable(text)
        unknown = f"zone {text!r} is not one of the {len(self.ids)} zones known"
        full = next((zone for zone in self._number if is_shortened(text, zone)), None)
        if full is None:
            return unknown
        return f"{unknown}, but {full!r} is: leading zeros were lost; keep the ids as text"

    @staticmethod
    def unusable(text: str) -> str:
        """What is wrong with an id that can be none.

        Parameters
        ----------
        text : str
            The trimmed id.

        Returns
        -------
        str
            For people.
        """
        return f"zone id {text!r} begins like a spreadsheet formula" if text else "a zone id is missing"


def is_shortened(text: str, zone: str) -> bool:
    """Whether an id is that of a zone without its leading zeros.

    Parameters
    ----------
    text : str
        Id of a file.
    zone : str
        Id of a zone.

    Returns
    -------
    bool
        Also where the id is a whole number stored as a float.
    """
    return zone[:1] == "0" and zone.isdigit() and whole(text) == (zone.lstrip("0") or "0") and text != zone


def whole(text: str) -> str:
    """An id without the fraction that a whole number has as a float: 101.0 is 101.

    Parameters
    ----------
    text : str
        Id.

    Returns
    -------
    str
        Id.
    """
    return text.partition(".")[0] if _WHOLE_FLOAT.fullmatch(text) else text


def as_whole(ids: list[str]) -> list[str]:
    """Ids of which each is a whole number stored as a float, as whole numbers; others stay as they are.

    Parameters
    ----------
    ids : list of str
        All ids of a file.

    Returns
    -------
    list of str
        1.0, 2.0 become 1, 2; but 1.0, 1.1 are names of their own.
    """
    shortened = [whole(zone) for zone in ids]
    are_floats = all(_WHOLE_FLOAT.fullmatch(zone) for zone in ids) and len(set(shortened)) == len(ids)
    return shortened if are_floats else ids


def text_of(zone: object) -> str:
    """An id of any type as text; whole numbers that are floats are whole, bytes are UTF-8, blanks around are dropped.

    Parameters
    ----------
    zone : object
        Id.

    Returns
    -------
    str
        Id.
    """
    if isinstance(zone, float | np.floating) and float(zone).is_integer():
        return str(int(zone))
    return (zone.decode() if isinstance(zone, bytes) else str(zone)).strip()
