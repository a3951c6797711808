"""What a check of a file found: errors, warnings and repairs, each with its place."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from itas_mobility.core.columns import html_card
from itas_mobility.errors import InputError

SEVERITIES: Final = ("error", "warning", "repair")
"""Error: the file is refused. Warning: it is read as it is. Repair: it is read, and what is wrong is mended."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or odd.

    Raises
    ------
    InputError
        If the severity is not known.
    """

    severity: str
    """One of `SEVERITIES`."""
    file: str
    message: str
    """Names file and line, says what is wrong and what to do or what is done."""
    line: int | None = None
    """First line of a file is 1; None where no line is at fault."""
    field: str | None = None
    """Column or key."""
    rule: str = ""
    """What was checked."""

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise InputError(f"severity {self.severity!r} is not known; known: {', '.join(SEVERITIES)}")


@dataclass(frozen=True)
class Findings:
    """All findings of one check, and counts of what the file holds."""

    file: str
    findings: tuple[Finding, ...]
    summary: Mapping[str, int | str]
    """What was counted -> how often."""

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def of(self, severity: str) -> tuple[Finding, ...]:
        """The findings of one severity.

        Parameters
        ----------
        severity : {"error", "warning", "repair"}
            Which.

        Returns
        -------
        tuple of Finding
            In the order in which they were found.
        """
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def has_errors(self) -> bool:
        """Whether the file is refused."""
        return bool(self.of("error"))

    def to_dataframe(self) -> Any:
        """A row per finding, as a pandas data frame."""
        import pandas as pd

        columns = ("severity", "rule", "file", "line", "field", "message")
        rows = [[getattr(finding, name) for name in columns] for finding in self.findings]
        return pd.DataFrame(rows, columns=list(columns)).astype({"line": "Int64"})

    def _repr_html_(self) -> str:
        counts = Counter(finding.severity for finding in self.findings)
        rows: dict[str, object] = {f"{name}s": counts[name] for name in SEVERITIES}
        rows |= {f"{finding.severity}: {finding.rule}": finding.message for finding in self.findings[:20]}
        return html_card(f"Findings: {self.file}", rows | dict(self.summary))
