"""Matrices over zones: trips of a period, and skims (Kenngrößen) of journeys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from itas_mobility.core.casting import InexactError, exactly
from itas_mobility.core.columns import Columns, FloatArray, StrArray, html_card
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class ODMatrix:
    """Trips between zones in a period of `duration_h` hours; rows are origins.

    Raises
    ------
    DemandError
        For negative, missing or infinite trips, wrong shapes, ids that stand twice or a period that is not positive.
    """

    zone_id: StrArray
    trips: FloatArray
    """Shape (n, n): persons or vehicles, as the maker says, in the whole period."""
    duration_h: float = 1.0
    label: str = ""

    def __post_init__(self) -> None:
        columns = Columns(self, f"ODMatrix {self.label}".strip(), DemandError)
        n = len(np.atleast_1d(self.zone_id))
        columns.array("zone_id", str, (n,))
        columns.array("trips", np.float64, (n, n), low=0)
        columns.unique("zone_id")
        columns.check(
            np.isfinite(self.duration_h) and self.duration_h > 0, f"duration_h: {self.duration_h} must be positive"
        )
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.zone_id)

    @property
    def total(self) -> float:
        """Sum of all trips, intrazonal ones included."""
        return float(self.trips.sum())

    def _repr_html_(self) -> str:
        return html_card(
            f"OD matrix {self.label}".strip(),
            {
                "zones": len(self),
                "trips": f"{self.total:,.1f}",
                "intrazonal": f"{np.trace(self.trips):,.1f}",
                "pairs with trips": int((self.trips > 0).sum()),
                "duration_h": self.duration_h,
            },
        )


@dataclass(frozen=True, eq=False)
class Skims(Mapping[str, FloatArray]):
    """Named zone x zone matrices; the unit is in the name (``time_s``, ``length_m``); inf means unreachable.

    Raises
    ------
    DemandError
        For wrong shapes, missing or negative values.
    """

    zone_id: StrArray
    matrices: Mapping[str, FloatArray]

    # compared by identity like all nouns, not entry by entry like other mappings
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __post_init__(self) -> None:
        columns = Columns(self, "Skims", DemandError)
        n = len(np.atleast_1d(self.zone_id))
        columns.array("zone_id", str, (n,))
        columns.unique("zone_id")
        frozen: dict[str, FloatArray] = {}
        for name, given in self.matrices.items():
            try:
                matrix = np.array(exactly(given, np.float64), order="C")
            except InexactError as fault:
                columns.check(False, f"{name}{fault}")
                continue
            if columns.check(matrix.shape == (n, n), f"{name}: shape {matrix.shape}, expected {(n, n)}"):
                columns.check(not np.isnan(matrix).any(), f"{name}: holds NaN")
                columns.check(not (matrix < 0).any(), f"{name}: holds negative values")
            matrix.flags.writeable = False
            frozen[name] = matrix
        object.__setattr__(self, "matrices", MappingProxyType(frozen))
        columns.raise_faults()

    def __getitem__(self, name: str) -> FloatArray:
        try:
            return self.matrices[name]
        except KeyError:
            raise DemandError(f"skim {name!r} is not known; known: {', '.join(self.matrices)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self.matrices

    def __iter__(self) -> Iterator[str]:
        return iter(self.matrices)

    def __len__(self) -> int:
        return len(self.matrices)

    def _repr_html_(self) -> str:
        def summary(matrix: FloatArray) -> str:
            finite = matrix[np.isfinite(matrix)]
            return f"mean {finite.mean():,.1f}, max {finite.max():,.1f}" if finite.size else "nothing reachable"

        return html_card(f"Skims of {len(self.zone_id)} zones", {name: summary(m) for name, m in self.items()})
