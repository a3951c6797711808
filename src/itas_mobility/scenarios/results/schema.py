"""What a table of a run is: its columns with type and unit, and what fills them; all that touches tables follows it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.errors import InputError
from itas_mobility.scenarios.results.outcome import Outcome

if TYPE_CHECKING:
    import pandas as pd

Kind: TypeAlias = Literal["text", "key", "number"]
"""Names; whole numbers that identify (64 bits, never rounded); and figures, where NaN says that there is none."""
_DTYPES: Final[dict[Kind, Any]] = {"text": object, "key": np.int64, "number": np.float64}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind = "number"
    unit: str = ""
    """As names of quantities end (see `units.SUFFIXES`); empty for names, keys, counts and pure numbers."""


def texts(*names: str) -> tuple[Column, ...]:
    """Columns of names."""
    return tuple(Column(name, "text") for name in names)


def counts(*names: str) -> tuple[Column, ...]:
    """Columns of numbers without a unit: persons, vehicles, things."""
    return tuple(Column(name) for name in names)


def figures(unit: str, *names: str) -> tuple[Column, ...]:
    """Columns of numbers in one unit."""
    return tuple(Column(name, "number", unit) for name in names)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a run."""

    name: str
    columns: tuple[Column, ...]
    rows: "Callable[[Outcome], pd.DataFrame | Mapping[str, ArrayLike]]"
    """Values of all columns, from all that a run found."""

    @property
    def column_names(self) -> list[str]:
        """In their order."""
        return [column.name for column in self.columns]

    def made_of(self, outcome: Outcome) -> "pd.DataFrame":
        """The table of what a run found.

        Parameters
        ----------
        outcome : Outcome
            All that it found.

        Returns
        -------
        DataFrame
            Columns as the schema says.

        Raises
        ------
        ValueError
            If the rows are not those of the schema: a fault of this library.
        """
        import pandas as pd

        frame = pd.DataFrame(self.rows(outcome))
        if list(frame.columns) != self.column_names:
            raise ValueError(f"table {self.name}: columns {list(frame.columns)} are not those of its schema")
        return self.typed(frame)

    def typed(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """A table with names as texts and all else as numbers.

        Parameters
        ----------
        frame : DataFrame
            Has the columns of the schema, and maybe others, in any order and type; missing numbers may be empty texts.

        Returns
        -------
        DataFrame
            The columns of the schema, in its types.

        Raises
        ------
        InputError
            If columns are missing, or a number cannot be read; all are named.
        """
        if faults := self.lacking(frame.columns):
            raise InputError(faults)
        return self._cast(frame, self.column_names)

    def _cast(self, frame: "pd.DataFrame", names: Iterable[str]) -> "pd.DataFrame":
        """Some columns in the types of the schema."""
        import pandas as pd

        kinds = {column.name: column.kind for column in self.columns}
        values, told = {}, []
        for name in names:
            try:
                values[name] = _typed(frame[name], kinds[name])
            except (TypeError, ValueError) as fault:
                told.append(f"table {self.name!r}, column {name!r}: {fault}")
        if told:
            raise InputError("; ".join(told))
        return pd.DataFrame(values, index=frame.index)

    def lacking(self, names: Collection[str]) -> str:
        """Which columns are missing among some names, in words; empty if none."""
        missing = [name for name in self.column_names if name not in names]
        return f"table {self.name!r} lacks column(s) {', '.join(missing)}" if missing else ""

    def foreign(self, names: Iterable[str]) -> str:
        """Which of some names are no columns of the table, in words; empty if none."""
        others = [name for name in names if name not in self.column_names]
        return f"table {self.name!r} has no column(s) {', '.join(others)}" if others else ""

    def to_csv(self, frame: "pd.DataFrame") -> bytes:
        """The table as CSV: UTF-8, comma, decimal point, floats that read back exactly."""
        return bytes(frame.to_csv(index=False, lineterminator="\n").encode())

    def read_csv(self, written: bytes) -> "pd.DataFrame":
        """A table that `to_csv` wrote.

        Parameters
        ----------
        written : bytes
            The file.

        Returns
        -------
        DataFrame
            Equal to the table that was written, to the last bit. A run that was put together by hand may have left
            columns out.

        Raises
        ------
        InputError
            If it has other columns, or a number cannot be read.
        """
        import pandas as pd

        text = pd.read_csv(BytesIO(written), dtype=str, keep_default_na=False)
        if faults := self.foreign(text.columns):
            raise InputError(faults)
        return self._cast(text, text.columns)


def _typed(values: "pd.Series[Any]", kind: Kind) -> Any:
    if kind == "text":
        return values.map(str).astype(object)
    if values.dtype.kind in "iufb":
        return values.astype(_DTYPES[kind])
    # Python reads floats back exactly; the parsers of pandas are off by a last digit now and then
    read = int if kind == "key" else float
    return np.array([read(value) if str(value) else np.nan for value in values], _DTYPES[kind])
