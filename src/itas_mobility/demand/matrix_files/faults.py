"""Faults of a file, told together."""

from pathlib import Path
from typing import Final

from itas_mobility.errors import DemandError

MOST_SHOWN: Final = 12
"""So many faults are told one by one; the others are counted."""


class Faults:
    """Collects the faults of one file and raises them as one error, in the order of the lines.

    The same fault in the same column (an unknown zone in a thousand lines) is one fault, told where it stands first.

    Parameters
    ----------
    file : path
        The file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._found: dict[tuple[str, str], tuple[int, int]] = {}
        self._n_besides = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, line: int, column: str, what: str, *, count: int = 1) -> None:
        """Note a fault.

        Parameters
        ----------
        line : int
            Line of the file; 0 for a fault of the whole file.
        column : str
            Name of the column; empty for a fault of the whole line.
        what : str
            What is wrong and what to do.
        count : int, default=1
            In how many places.
        """
        first, before = self._found.get((column, what), (line, 0))
        self._found[column, what] = (min(first, line), before + count)

    def add_uncounted(self, n: int) -> None:
        """Note faults of which nothing is told but their number.

        Parameters
        ----------
        n : int
            Number.
        """
        self._n_besides += n

    def raise_any(self) -> None:
        """Raise one error that names all faults, if there are any.

        Raises
        ------
        DemandError
            The first of them one by one, the rest counted.
        """
        if not self._found:
            return
        ordered = sorted((line, column, what, count) for (column, what), (line, count) in self._found.items())
        shown = [_told(*fault) for fault in ordered[:MOST_SHOWN]]
        n = len(ordered) + self._n_besides
        if n == 1:
            joint = ", " if ordered[0][0] else ": "
            raise DemandError(f"{self.file}{joint}{shown[0]}")
        if n > len(shown):
            shown.append(f"... and {n - len(shown)} more")
        raise DemandError(f"{self.file}: {n} faults\n" + "\n".join(f"  - {fault}" for fault in shown))


def _told(line: int, column: str, what: str, count: int) -> str:
    place = ", ".join(part for part in (f"line {line}" if line else "", f"column {column}" if column else "") if part)
    more = f" (and in {count - 1} more {'place' if count == 2 else 'places'})" if count > 1 else ""
    return f"{place}: {what}{more}" if place else f"{what}{more}"
