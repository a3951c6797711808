"""What a table of a run is: its columns with type and unit, and what fills them; all that touches tables follows it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.casting import exactly
from itas_mobility.errors import InputError
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.units import SUFFIXES

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
    is_shown: bool = True
    """Whether the report shows it; a run that lacks it can then not be reported."""

    @property
    def unit(self) -> str:
        """The unit in which its name ends (one of `units.SUFFIXES`); empty for names, keys, counts and pure numbers."""
        if self.kind != "number":
            return ""
        endings = [suffix for suffix in SUFFIXES if f"_{self.name}".endswith(f"_{suffix}")]
        return max(endings, key=len, default="")


def texts(*names: str) -> tuple[Column, ...]:
    """Columns of names."""
    return tuple(Column(name, "text") for name in names)


def numbers(*names: str) -> tuple[Column, ...]:
    """Columns of figures."""
    return tuple(Column(name) for name in names)


def unshown(*columns: Column) -> tuple[Column, ...]:
    """Columns for other programs, which the report does not show."""
    return tuple(replace(column, is_shown=False) for column in columns)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a run."""

    name: str
    columns: tuple[Column, ...]
    rows: "Callable[[Outcome], pd.DataFrame | Mapping[str, ArrayLike]] | None"
    """Values of all columns, from all that a run found; None for what is made of the run's indicators."""

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
            If the rows are not those of the schema, or not made of an outcome: a fault of this library.
        """
        import pandas as pd

        if self.rows is None:
            raise ValueError(f"table {self.name} is made of a run's indicators")

        frame = pd.DataFrame(self.rows(outcome))
        if list(frame.columns) != self.column_names:
            raise ValueError(f"table {self.name}: columns {list(frame.columns)} are not those of its schema")
        return frame

    def typed(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """A table with names as texts and all else as numbers.

        Parameters
        ----------
        frame : DataFrame
            Columns of the schema in any type, not necessarily all; missing numbers may be empty texts or None.

        Returns
        -------
        DataFrame
            The same columns in the types of the schema.

        Raises
        ------
        InputError
            If it has other columns or one twice, or a number cannot be read; all are named.
        """
        import pandas as pd

        names = frame.columns.tolist()
        told = [f"table {self.name!r} has no column {name!r}" for name in names if name not in self.column_names]
        twice = sorted({name for name in names if names.count(name) > 1})
        told += [f"table {self.name!r} has column {name!r} more than once" for name in twice]
        if told:
            raise InputError("; ".join(told))
        kinds = {column.name: column.kind for column in self.columns}
        values = {}
        for name in names:
            try:
                values[name] = _typed(frame[name], kinds[name])
            except (TypeError, ValueError) as fault:
                told.append(f"table {self.name!r}, column {name!r}: {fault}")
        if told:
            raise InputError("; ".join(told))
        return pd.DataFrame(values, index=frame.index)

    def lacking(self, names: Collection[str]) -> str:
        """Which columns that the report shows are missing among some names, in words; empty if none."""
        missing = [column.name for column in self.columns if column.is_shown and column.name not in names]
        return f"table {self.name!r} lacks column(s) {', '.join(missing)}" if missing else ""

    def to_csv(self, frame: "pd.DataFrame") -> bytes:
        """The table as CSV in the types of the schema: UTF-8, comma, decimal point, floats that read back exactly."""
        return bytes(self.typed(frame).to_csv(index=False, lineterminator="\n").encode())

    def read_csv(self, written: bytes) -> "pd.DataFrame":
        """A table that `to_csv` wrote.

        Parameters
        ----------
        written : bytes
            The file.

        Returns
        -------
        DataFrame
            Equal to the table that was written, to the last bit.

        Raises
        ------
        InputError
            As `typed`.
        """
        import pandas as pd

        return self.typed(pd.read_csv(BytesIO(written), dtype=str, keep_default_na=False))


def _typed(values: "pd.Series[Any]", kind: Kind) -> Any:
    import pandas as pd

    if kind == "text":
        is_text = pd.api.types.infer_dtype(values, skipna=False) == "string"
        return values.to_numpy(object) if is_text else values.map(str).astype(object)
    if values.dtype.kind not in "iufb":
        # Python reads floats back exactly; the parsers of pandas are off by a last digit now and then
        read = int if kind == "key" else float
        values = pd.Series([np.nan if pd.isna(one) or one == "" else read(one) for one in values], values.index)
    return exactly(values.to_numpy(), _DTYPES[kind])
