"""What the reader of lines met: counts of all of it, and a list of what is odd, by relation, with what is done."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from itas_mobility.core import Finding, ReadReport

MISSING: Final = "members missing from the file"
DOUBLED_STOPS: Final = "stops that stand twice in succession"
DOUBLED_WAYS: Final = "ways that stand twice in succession"
TOO_SHORT: Final = "patterns with less than two stops"
REPAIRED: Final = "gaps of the course repaired along other streets or tracks"
BEELINES: Final = "runs measured by beeline"
NOT_UNDERSTOOD: Final = "tags not understood"
_SEVERITY: Final[Mapping[str, str]] = {
    MISSING: "warning",
    DOUBLED_STOPS: "repair",
    DOUBLED_WAYS: "repair",
    TOO_SHORT: "warning",
    REPAIRED: "repair",
    BEELINES: "warning",
    NOT_UNDERSTOOD: "warning",
}
"""What is listed one by one."""
COUNTED: Final = (
    "route relations",
    "route masters",
    "routes of a route master",
    MISSING,
    DOUBLED_STOPS,
    DOUBLED_WAYS,
    TOO_SHORT,
    "patterns made as the reverse of one relation",
    "runs measured along ways",
    REPAIRED,
    BEELINES,
    NOT_UNDERSTOOD,
)
MOST_LISTED: Final = 1000
"""So many findings of a kind are listed; the counts hold all (a clipped country lacks members by the million)."""


class LineNotes:
    """Counts and findings that are gathered while a file is read.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self._file = str(path)
        self._listed = dict.fromkeys(_SEVERITY, 0)
        self._findings: list[Finding] = []

    def note(self, kind: str, relation_id: int, what: str) -> None:
        """Count and list one thing.

        Parameters
        ----------
        kind : str
            A name of `COUNTED` that is listed one by one.
        relation_id : int
            Route relation.
        what : str
            Member, what is wrong with it and what is done.
        """
        self.counts[kind] += 1
        self._listed[kind] += 1
        if self._listed[kind] <= MOST_LISTED:
            message = f"{self._file}: relation {relation_id}: {what}"
            self._findings.append(
                Finding(_SEVERITY[kind], self._file, message, field=f"relation {relation_id}", rule=kind)
            )

    def report(self) -> ReadReport:
        """All of it as a report."""
        return ReadReport(self._file, self.counts, findings=tuple(self._findings))
