"""Zones: where people live and work."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from itas_mobility.core.columns import (
    ByteArray,
    Columns,
    FloatArray,
    GeometryArray,
    StrArray,
    html_card,
    row_of,
)


class ZoneKind(IntEnum):
    """What a zone stands for."""

    INTERNAL = 0
    """A traffic zone (Verkehrszelle) inside the region."""
    SITE = 1
    """An industrial site as a zone of its own; it has jobs and no residents."""
    EXTERNAL = 2
    """A town, district or gateway outside the region."""


@dataclass(frozen=True, eq=False)
class Zones:
    """Traffic zones; row *i* of each column is zone *i*.

    Raises
    ------
    InputError
        With all faults found: wrong shapes, negative counts, ids that stand twice.
    """

    zone_id: StrArray
    """Outside id, unique, shape (n,)."""
    name: StrArray
    """German name for people."""
    municipality: StrArray
    """Official municipality key (AGS, 8 digits) or, outside the region, the district key."""
    district: StrArray
    """Key under which the commuter statistics know the zone (Kreis, 5 digits, or a group of Kreise)."""
    kind: ByteArray
    """`ZoneKind`."""
    lon_deg: FloatArray
    lat_deg: FloatArray
    """Centroid (for a site: its first gate), WGS 84."""
    residents: FloatArray
    employed_residents: FloatArray
    """Employees subject to social insurance who live here."""
    jobs: FloatArray
    """Employees subject to social insurance who work here."""
    polygon: GeometryArray
    """Shapely polygons in WGS 84; None for sites and points."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Zones")
        n = len(np.atleast_1d(self.zone_id))
        for name in ("zone_id", "name", "municipality", "district"):
            columns.array(name, str, (n,))
        columns.array("kind", np.uint8, (n,), high=max(ZoneKind))
        columns.array("lon_deg", np.float64, (n,), low=-180, high=180)
        columns.array("lat_deg", np.float64, (n,), low=-90, high=90)
        for name in ("residents", "employed_residents", "jobs"):
            columns.array(name, np.float64, (n,), low=0)
        columns.array("polygon", object, (n,))
        columns.unique("zone_id")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.zone_id)

    def row(self, zone_id: str) -> int:
        """Row of the zone with this id.

        Parameters
        ----------
        zone_id : str
            Outside id.

        Returns
        -------
        int
            Row.

        Raises
        ------
        InputError
            If there is no such zone.
        """
        return row_of(self.zone_id, zone_id, "zone")

    def is_kind(self, kind: ZoneKind) -> np.ndarray:
        """Boolean mask of the zones of one kind."""
        return np.asarray(self.kind == kind)

    def _repr_html_(self) -> str:
        return html_card(
            "Zones",
            {
                **{k.name.lower(): int((self.kind == k).sum()) for k in ZoneKind},
                "residents": f"{self.residents.sum():,.0f}",
                "employed residents": f"{self.employed_residents.sum():,.0f}",
                "jobs": f"{self.jobs.sum():,.0f}",
            },
        )


def joined_zones(one: Zones, other: Zones, *, start: int = 0) -> Zones:
    """Zones, and behind them others.

    Parameters
    ----------
    one : Zones
        Those that keep their rows.
    other : Zones
        Those that follow.
    start : int, default=0
        First row of them to take.

    Returns
    -------
    Zones
        Both.

    Raises
    ------
    InputError
        If an id stands in both.
    """
    names = [column.name for column in fields(Zones)]
    return Zones(**{name: np.concatenate([getattr(one, name), getattr(other, name)[start:]]) for name in names})
