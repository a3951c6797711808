"""Shares of the modes among which travellers choose, each by its name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray
from itas_mobility.errors import InputError


@dataclass(frozen=True, eq=False)
class ModeShares(Mapping[str, FloatArray]):
    """Shares of each mode by home and work zone: ``shares["car"]`` is a matrix, ``shares.modes`` names them all.

    Raises
    ------
    InputError
        With all faults found: modes that are named twice, shares that do not lie in [0, 1].
    """

    modes: tuple[str, ...]
    stacked_share: FloatArray
    """Shape (n_modes, n_zones, n_zones), in the order of `modes`. They sum to 1, or to less where there are persons to
    whom no mode is open, and to 0 where none goes."""

    # compared by identity like all nouns, not entry by entry like other mappings
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __post_init__(self) -> None:
        columns = Columns(self, "ModeShares")
        columns.check(not isinstance(self.modes, str), f"modes: {self.modes!r} is one name, not a tuple of names")
        object.__setattr__(self, "modes", tuple(self.modes))
        twice = sorted({mode for mode in self.modes if self.modes.count(mode) > 1})
        columns.check(not twice, f"modes: {', '.join(twice)} stand(s) more than once")
        n_zones = np.shape(self.stacked_share)[-1] if np.ndim(self.stacked_share) else 0
        # rounding may leave a sum of shares a hair above one
        columns.array("stacked_share", np.float64, (len(self.modes), n_zones, n_zones), low=0.0, high=1.0 + 1e-12)
        columns.raise_faults()

    def __getitem__(self, mode: str) -> FloatArray:
        """Share of one mode, shape (n_zones, n_zones); read-only."""
        if mode not in self.modes:
            raise InputError(f"mode {mode!r} is not among those chosen from: {', '.join(self.modes)}")
        matrix: FloatArray = self.stacked_share[self.modes.index(mode)]
        return matrix

    def __contains__(self, mode: object) -> bool:
        return mode in self.modes

    def __iter__(self) -> Iterator[str]:
        return iter(self.modes)

    def __len__(self) -> int:
        return len(self.modes)

    @property
    def without_share(self) -> FloatArray:
        """Share of those to whom no mode is open, shape (n_zones, n_zones); what rounding leaves counts as 0."""
        missing = 1.0 - self.stacked_share.sum(axis=0)
        return np.where(missing > 1e-12, missing, 0.0)

    @property
    def is_stranded(self) -> BoolArray:
        """Pairs between which no mode goes, shape (n_zones, n_zones)."""
        return np.asarray(self.stacked_share.sum(axis=0) == 0)

    def __repr__(self) -> str:
        return f"ModeShares({', '.join(self.modes)}; {self.stacked_share.shape[-1]} zones)"
