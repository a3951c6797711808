"""Who can choose what: groups of workers by driving licence, car and pedelec at hand (`PersonGroups`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray, StrArray
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class PersonGroups:
    """Groups of workers who choose from the same modes, and their shares in each work zone.

    Raises
    ------
    DemandError
        With all faults found.
    """

    name: StrArray
    group_share: FloatArray
    """Share of the workers of each work zone who are of a group, shape (n_groups, n_zones); sums to 1 in each zone."""
    has_car: BoolArray
    """Whether they have a car at hand on a working day."""
    has_licence: BoolArray
    has_pedelec: BoolArray

    def __post_init__(self) -> None:
        columns = Columns(self, "PersonGroups", DemandError)
        n = len(np.atleast_1d(self.name))
        n_zones = np.shape(self.group_share)[-1] if np.ndim(self.group_share) else 0
        columns.array("name", str, (n,))
        share = columns.array("group_share", np.float64, (n, n_zones), low=0, high=1)
        for name in ("has_car", "has_licence", "has_pedelec"):
            columns.array(name, np.bool_, (n,))
        columns.unique("name")
        columns.check(n > 0, "a choice needs a group of persons")
        off = np.abs(share.sum(axis=0) - 1.0) > 1e-9
        if off.any():
            zone = int(np.argmax(off))
            columns.faults.append(f"group_share[:, {zone}]: sums to {share[:, zone].sum():.6f}, must be 1")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.name)
