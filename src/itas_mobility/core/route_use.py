"""What the routes of an assignment say: trips over given links, turns at junctions, paths of a pair of zones."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, LongArray, StrArray, html_card
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.errors import DemandError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class SelectedTrips:
    """Trips over selected links (Spinnenanalyse): where they come from and go to, and what they load on all links.

    Raises
    ------
    InputError
        With all faults found.
    """

    selected_key: LongArray
    """`link_key` of the selected links."""
    passing: str
    """Which trips are meant: those over ``"any"`` or over ``"all"`` selected links."""
    class_name: StrArray
    """User classes, shape (n_classes,)."""
    zone_id: StrArray
    demand_veh_per_h: FloatArray
    """Selected trips by class, origin and destination, shape (n_classes, n_zones, n_zones)."""
    link_key: LongArray
    """All links of the network, shape (n_links,)."""
    volume_veh_per_h: FloatArray
    """Vehicles of the selected trips on each link, by class, shape (n_classes, n_links)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "SelectedTrips")
        n_classes, zones = len(np.atleast_1d(self.class_name)), len(np.atleast_1d(self.zone_id))
        m = len(np.atleast_1d(self.link_key))
        columns.array("selected_key", np.int64, (len(np.atleast_1d(self.selected_key)),))
        columns.array("class_name", str, (n_classes,))
        columns.array("zone_id", str, (zones,))
        columns.array("demand_veh_per_h", np.float64, (n_classes, zones, zones), low=0)
        columns.array("link_key", np.int64, (m,))
        columns.array("volume_veh_per_h", np.float64, (n_classes, m), low=0)
        columns.raise_faults()

    @property
    def total_veh_per_h(self) -> float:
        """Vehicles of all selected trips."""
        return float(self.demand_veh_per_h.sum())

    def od_matrix(self, class_name: str | None = None) -> ODMatrix:
        """Selected trips of one hour, of one user class or (without a name) of all.

        Raises
        ------
        DemandError
            If there is no such class.
        """
        if class_name is None:
            return ODMatrix(self.zone_id, self.demand_veh_per_h.sum(axis=0), label="selected")
        rows = np.flatnonzero(self.class_name == class_name)
        if not rows.size:
            raise DemandError(f"class {class_name!r} is not known; known: {', '.join(self.class_name.tolist())}")
        return ODMatrix(self.zone_id, self.demand_veh_per_h[rows[0]], label=f"selected {class_name}")

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per class and link with selected trips: class_name, link_key, volume_veh_per_h."""
        import pandas as pd

        user, row = np.nonzero(self.volume_veh_per_h)
        return pd.DataFrame(
            {
                "class_name": self.class_name[user],
                "link_key": self.link_key[row],
                "volume_veh_per_h": self.volume_veh_per_h[user, row],
            }
        )

    def _repr_html_(self) -> str:
        return html_card(
            f"Trips over {self.passing} of {len(self.selected_key)} links",
            {
                "selected": f"{self.total_veh_per_h:,.1f} veh/h",
                "pairs of zones": int((self.demand_veh_per_h > 0).any(axis=0).sum()),
                "links with such trips": int((self.volume_veh_per_h > 0).any(axis=0).sum()),
            },
        )


@dataclass(frozen=True, eq=False)
class TurnVolumes:
    """Volumes of the movements from one link to the next (Abbiegeströme), one row per movement that is allowed.

    Raises
    ------
    InputError
        With all faults found.
    """

    junction_id: LongArray
    """Outside id of the junction: that of the file, also where the junction was taken apart for its turns."""
    from_key: LongArray
    to_key: LongArray
    """`link_key` of the links into and out of the junction."""
    class_name: StrArray
    volume_veh_per_h: FloatArray
    """Vehicles of each class, shape (n_classes, n_movements)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "TurnVolumes")
        n, n_classes = len(np.atleast_1d(self.junction_id)), len(np.atleast_1d(self.class_name))
        for name in ("junction_id", "from_key", "to_key"):
            columns.array(name, np.int64, (n,))
        columns.array("class_name", str, (n_classes,))
        columns.array("volume_veh_per_h", np.float64, (n_classes, n), low=0)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.junction_id)

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per movement and class: junction_id, from_key, to_key, class_name, volume_veh_per_h."""
        import pandas as pd

        n, n_classes = len(self), len(self.class_name)
        return pd.DataFrame(
            {
                "junction_id": np.repeat(self.junction_id, n_classes),
                "from_key": np.repeat(self.from_key, n_classes),
                "to_key": np.repeat(self.to_key, n_classes),
                "class_name": np.tile(self.class_name, n),
                "volume_veh_per_h": self.volume_veh_per_h.T.ravel(),
            }
        )

    def _repr_html_(self) -> str:
        total = self.volume_veh_per_h.sum(axis=0)
        return html_card(
            "Turn volumes",
            {
                "junctions": len(np.unique(self.junction_id)),
                "movements": len(self),
                "with volume": int((total > 0).sum()),
                "largest": f"{total.max(initial=0.0):,.1f} veh/h",
            },
        )


@dataclass(frozen=True, eq=False)
class PathList:
    """Paths of one pair of zones and user class, by falling volume.

    Raises
    ------
    InputError
        With all faults found.
    """

    origin: str
    destination: str
    """Ids of the zones."""
    class_name: str
    volume_veh_per_h: FloatArray
    cost_s: FloatArray
    """Generalised cost of each path for the class."""
    time_s: FloatArray
    length_m: FloatArray
    link_ptr: LongArray
    link_key: LongArray
    """Links of path *i*, in driving order, are ``link_key[link_ptr[i]:link_ptr[i + 1]]``."""
    left_out_veh_per_h: float = 0.0
    """Volume on paths beyond the number that was asked for."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"PathList {self.origin} -> {self.destination}")
        n = len(np.atleast_1d(self.volume_veh_per_h))
        for name in ("volume_veh_per_h", "cost_s", "time_s", "length_m"):
            columns.array(name, np.float64, (n,), low=0)
        m = len(np.atleast_1d(self.link_key))
        columns.array("link_key", np.int64, (m,))
        columns.pointer("link_ptr", n, m)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.volume_veh_per_h)

    def links(self, path: int) -> LongArray:
        """`link_key` of the links of a path, in driving order."""
        return self.link_key[self.link_ptr[path] : self.link_ptr[path + 1]]

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per path: volume_veh_per_h, cost_s, time_s, length_m, link_keys (a tuple)."""
        import pandas as pd

        return pd.DataFrame(
            {
                "volume_veh_per_h": self.volume_veh_per_h,
                "cost_s": self.cost_s,
                "time_s": self.time_s,
                "length_m": self.length_m,
                "link_keys": [tuple(self.links(path).tolist()) for path in range(len(self))],
            }
        )

    def _repr_html_(self) -> str:
        return html_card(
            f"Paths {self.origin} → {self.destination} ({self.class_name})",
            {
                "paths": len(self),
                "volume": f"{self.volume_veh_per_h.sum():,.1f} veh/h",
                "left out": f"{self.left_out_veh_per_h:,.1f} veh/h",
                "cheapest": f"{self.cost_s.min(initial=np.inf):,.1f} s",
            },
        )
