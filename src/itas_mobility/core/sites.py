"""Industrial sites as objects: gates, shifts, heads, parking, grid connection, charging points."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, get_args

import numpy as np

from itas_mobility.core.charging_site import Release
from itas_mobility.core.columns import ByteArray, Columns, FloatArray, IntArray, LongArray, StrArray, html_card, row_of
from itas_mobility.core.provenance import Parameter
from itas_mobility.core.site_supply import SiteSupply
from itas_mobility.core.weekdays import WORKDAYS
from itas_mobility.units import SECONDS_PER_DAY

VOLTAGE_LEVELS: Final = ("low", "medium", "high")
"""At which a site may be connected to the grid."""


@dataclass(frozen=True, eq=False)
class ShiftPattern:
    """The shifts of one site; row *i* is shift *i*. A shift over midnight ends after 24 h (22:00 to 30:00)."""

    name: StrArray
    start_s: FloatArray
    """Start of work, seconds after midnight, in [0, 86400)."""
    end_s: FloatArray
    """End of work, after the start, by less than a day."""
    head_share: FloatArray
    """Share of the site's heads who work this shift, on its days; sums to 1. Of a shift that nobody works (0), means
    and shares have no value."""
    days: ByteArray = field(default_factory=lambda: np.array(WORKDAYS, np.uint8))
    """Days on which the shift begins, as a set (see `core.weekdays`); one number holds for all shifts."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ShiftPattern")
        n = len(np.atleast_1d(self.name))
        columns.array("name", str, (n,))
        start = columns.array("start_s", np.float64, (n,), low=0, high=SECONDS_PER_DAY - 1)
        end = columns.array("end_s", np.float64, (n,), low=0)
        share = columns.array("head_share", np.float64, (n,), low=0, high=1)
        if np.ndim(self.days) == 0:
            object.__setattr__(self, "days", np.full(n, self.days))
        days = columns.array("days", np.uint8, (n,), high=0b1111111)
        columns.check(bool((days > 0).all()), "days: each shift needs a day")
        columns.unique("name")
        columns.check(n > 0, "a pattern needs at least one shift")
        columns.check(bool((end > start).all()), "end_s: a shift must end after it starts (over midnight: end + 24 h)")
        columns.check(bool((end - start < SECONDS_PER_DAY).all()), "end_s: a shift must be shorter than a day")
        columns.check(abs(float(share.sum()) - 1.0) < 1e-9, f"head_share: sums to {share.sum():.6f}, must be 1")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False)
class IndustrialSites:
    """Industrial sites; row *i* of each column is site *i*, gates are ragged (pointer and values).

    Raises
    ------
    InputError
        With all faults found.
    """

    site_id: StrArray
    name: StrArray
    zone: IntArray
    """Row of the site's own zone (`ZoneKind.SITE`)."""
    gate_ptr: LongArray
    gate_name: StrArray
    gate_lon_deg: FloatArray
    gate_lat_deg: FloatArray
    gate_stop_name: StrArray
    """Name of the stop that serves the gate ('' where none is known)."""
    stop_to_gate_m: FloatArray
    """Walk from that stop to the gate."""
    gate_to_workplace_m: FloatArray
    """Walk inside the works, shape (n_sites,)."""
    head_count: FloatArray
    attendance_share: FloatArray
    """Share of the heads of a shift present on a day on which it is worked."""
    parking_spaces: FloatArray
    grid_connection_kw: FloatArray
    """Part of the grid connection that charging may use; where the building's load is known (`supply`), all of it."""
    charging_points: IntArray
    charging_point_kw: FloatArray
    shifts: tuple[ShiftPattern, ...]
    electric_share: FloatArray = field(default_factory=lambda: np.zeros(()))
    """Share of battery-electric cars among the cars of the site's commuters; one number holds for all sites."""
    charging_strategy: StrArray = field(default_factory=lambda: np.array("uncontrolled"))
    """Name of the strategy by which cars charge there, one of `emobility.STRATEGIES`; one name holds for all sites."""
    work_charging_share: FloatArray = field(default_factory=lambda: np.full((), np.nan))
    """Share of the commuters' electric cars that plug in on a day; NaN: the parameter of the same name."""
    release: StrArray = field(default_factory=lambda: np.array("departure"))
    """When a car frees its point (see `ChargingSite`): "full", "departure" or "fee"."""
    fee_after_h: FloatArray = field(default_factory=lambda: np.zeros(()))
    """With release "fee": time after which a full car is moved."""
    charging_limit_kw: tuple[FloatArray, ...] = ()
    """What a load management lets all points of each site draw together: one number, or one for each step of a week;
    none at all for no limit anywhere."""
    parking_price_eur_per_day: FloatArray = field(default_factory=lambda: np.zeros(()))
    """What a car pays for standing there while its driver works."""
    pedelec_share: FloatArray = field(default_factory=lambda: np.full((), np.nan))
    """Share of the workers who have a pedelec at hand; NaN: the parameter of the same name."""
    lift_share: FloatArray = field(default_factory=lambda: np.full((), np.nan))
    """Share of the workers who would take a lift from, or give one to, somebody of the same hours and way (carpooling
    scheme); NaN: the parameter of the same name."""
    voltage_level: StrArray = field(default_factory=lambda: np.array("low"))
    """One of `VOLTAGE_LEVELS`."""
    supply: tuple[SiteSupply, ...] = ()
    """What else hangs on each site's connection: building, photovoltaics, battery, prices. The connection itself is
    `grid_connection_kw`. None at all where nothing is known of any site."""
    provenance: Mapping[str, Parameter] = field(default_factory=dict)
    """``"<site_id>.<field>"`` -> value, range, source, year, confidence."""

    def __post_init__(self) -> None:
        columns = Columns(self, "IndustrialSites")
        n = len(np.atleast_1d(self.site_id))
        for name in ("site_id", "name"):
            columns.array(name, str, (n,))
        columns.array("zone", np.int32, (n,), low=0)
        n_gates = len(np.atleast_1d(self.gate_name))
        pointer = columns.pointer("gate_ptr", n, n_gates)
        columns.check(bool((np.diff(pointer) > 0).all()), "gate_ptr: each site needs at least one gate")
        for name in ("gate_name", "gate_stop_name"):
            columns.array(name, str, (n_gates,))
        columns.array("gate_lon_deg", np.float64, (n_gates,), low=-180, high=180)
        columns.array("gate_lat_deg", np.float64, (n_gates,), low=-90, high=90)
        columns.array("stop_to_gate_m", np.float64, (n_gates,), low=0)
        for name in ("gate_to_workplace_m", "head_count", "parking_spaces", "grid_connection_kw", "charging_point_kw"):
            columns.array(name, np.float64, (n,), low=0)
        for name in (
            "electric_share", "charging_strategy", "work_charging_share", "release", "fee_after_h", "voltage_level",
            "parking_price_eur_per_day", "pedelec_share", "lift_share",
        ):  # fmt: skip
            if np.ndim(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(n, getattr(self, name)))
        columns.array("charging_strategy", str, (n,))
        columns.array("electric_share", np.float64, (n,), low=0, high=1)
        columns.array("work_charging_share", np.float64, (n,), low=0, high=1, allow_nan=True)
        for name in ("fee_after_h", "parking_price_eur_per_day"):
            columns.array(name, np.float64, (n,), low=0)
        for name in ("pedelec_share", "lift_share"):
            columns.array(name, np.float64, (n,), low=0, high=1, allow_nan=True)
        for name, known in (("release", get_args(Release)), ("voltage_level", VOLTAGE_LEVELS)):
            values = columns.array(name, str, (n,))
            for i in np.flatnonzero(~np.isin(values, known))[:1]:
                columns.faults.append(f"{name}[{i}] = {str(values[i])!r} is not known; known: {', '.join(known)}")
        self._check_supply(columns, n)
        columns.array("attendance_share", np.float64, (n,), low=0, high=1)
        columns.array("charging_points", np.int32, (n,), low=0)
        columns.check(len(self.shifts) == n, f"shifts: {len(self.shifts)} patterns for {n} sites")
        columns.unique("site_id")
        columns.unique("zone")
        columns.raise_faults()

    def _check_supply(self, columns: Columns, n: int) -> None:
        """Limits and supplies, one of each site."""
        if not self.supply:
            object.__setattr__(self, "supply", (SiteSupply(),) * n)
        if not self.charging_limit_kw:
            object.__setattr__(self, "charging_limit_kw", (np.full(1, np.inf),) * n)
        for name in ("supply", "charging_limit_kw"):
            columns.check(len(getattr(self, name)) == n, f"{name}: {len(getattr(self, name))} entries for {n} sites")
        limits = []
        for i, given in enumerate(self.charging_limit_kw):
            limit = np.array(given, np.float64, ndmin=1)
            limit.flags.writeable = False
            limits.append(limit)
            columns.check(bool((limit >= 0).all()), f"charging_limit_kw[{i}]: must not be negative or NaN")
        object.__setattr__(self, "charging_limit_kw", tuple(limits))
        for i, supply in enumerate(self.supply):
            columns.check(
                np.isinf(supply.connection_kw),
                f"supply[{i}].connection_kw = {supply.connection_kw:g}: the connection is grid_connection_kw[{i}]",
            )

    def __len__(self) -> int:
        return len(self.site_id)

    def row(self, site_id: str) -> int:
        """Row of the site with this id.

        Parameters
        ----------
        site_id : str
            Outside id.

        Returns
        -------
        int
            Row.

        Raises
        ------
        InputError
            If there is no such site; the message lists the known ones.
        """
        return row_of(self.site_id, site_id, "site")

    def _repr_html_(self) -> str:
        rows = {
            str(self.site_id[i]): f"{self.name[i]}: {self.head_count[i]:,.0f} heads, {', '.join(self.shifts[i].name)}"
            for i in range(len(self))
        }
        return html_card(f"{len(self)} industrial sites", rows)


_OF_GATES: Final = ("gate_name", "gate_lon_deg", "gate_lat_deg", "gate_stop_name", "stop_to_gate_m")
"""Columns with a row for each gate."""


def joined_sites(one: IndustrialSites, other: IndustrialSites, *, start: int = 0) -> IndustrialSites:
    """Sites, and behind them others.

    Parameters
    ----------
    one : IndustrialSites
        Those that keep their rows.
    other : IndustrialSites
        Those that follow; their zones are rows of the same zones.
    start : int, default=0
        First row of them to take.

    Returns
    -------
    IndustrialSites
        Both.

    Raises
    ------
    InputError
        If an id or a zone stands in both.
    """
    first_gate = int(other.gate_ptr[start])
    values: dict[str, Any] = {}
    for column in fields(IndustrialSites):
        name = column.name
        old, new = getattr(one, name), getattr(other, name)
        if name == "gate_ptr":
            values[name] = np.concatenate([old, new[start + 1 :] - first_gate + old[-1]])
        elif name in _OF_GATES:
            values[name] = np.concatenate([old, new[first_gate:]])
        elif name == "provenance":
            values[name] = {**new, **old}
        elif isinstance(old, tuple):
            values[name] = (*old, *new[start:])
        else:
            values[name] = np.concatenate([old, new[start:]])
    return IndustrialSites(**values)
