"""Commuter statistics: registered employees by district of residence and of work."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, StrArray, html_card


@dataclass(frozen=True, eq=False)
class CommuterStatistics:
    """Employees subject to social insurance by pair of districts, as registered (not trips).

    Raises
    ------
    InputError
        With all faults found: wrong shapes, negative counts, a pair that stands twice.
    """

    home_district: StrArray
    work_district: StrArray
    employees: FloatArray
    """Registered employees of the pair, shape (n_pairs,)."""
    year: int
    source: str

    def __post_init__(self) -> None:
        columns = Columns(self, "CommuterStatistics")
        n = len(np.atleast_1d(self.home_district))
        columns.array("home_district", str, (n,))
        columns.array("work_district", str, (n,))
        columns.array("employees", np.float64, (n,), low=0)
        pairs = list(zip(self.home_district.tolist(), self.work_district.tolist(), strict=True))
        if len(set(pairs)) != len(pairs):
            twice = next(pair for pair in pairs if pairs.count(pair) > 1)
            columns.faults.append(f"pair {twice[0]} -> {twice[1]} stands more than once")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.employees)

    def _repr_html_(self) -> str:
        return html_card(
            "Commuter statistics",
            {"pairs": len(self), "employees": f"{self.employees.sum():,.0f}", "year": self.year, "source": self.source},
        )
