"""The road network: nodes and links in forward-star order, with the attributes that decide routes and times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

import numpy as np

from itas_mobility.core.columns import (
    BoolArray,
    ByteArray,
    Columns,
    FloatArray,
    IntArray,
    LongArray,
    StrArray,
    html_card,
)
from itas_mobility.core.findings import Finding
from itas_mobility.core.volume_delay import table_faults
from itas_mobility.errors import NetworkError
from itas_mobility.units import METRES_PER_KILOMETRE

_METRES = "metres of "
"""How counts of metres begin in a report."""


class Mode(IntFlag):
    """Means of transport that may use a link, as bits."""

    CAR = 1
    HGV = 2
    BUS = 4
    BIKE = 8
    WALK = 16
    TRAM = 32
    TRAIN = 64
    PEDELEC = 128


class RoadClass(IntEnum):
    """Class of a link, from OSM's ``highway`` and ``railway`` values."""

    MOTORWAY = 0
    MOTORWAY_LINK = 1
    TRUNK = 2
    TRUNK_LINK = 3
    PRIMARY = 4
    PRIMARY_LINK = 5
    SECONDARY = 6
    SECONDARY_LINK = 7
    TERTIARY = 8
    TERTIARY_LINK = 9
    UNCLASSIFIED = 10
    RESIDENTIAL = 11
    LIVING_STREET = 12
    SERVICE = 13
    TRACK = 14
    PEDESTRIAN = 15
    CYCLEWAY = 16
    FOOTWAY = 17
    PATH = 18
    STEPS = 19
    FERRY = 20
    RAIL = 21
    TRAMWAY = 22
    CONNECTOR = 23
    """Centroid connector (Anbindung)."""
    OTHER = 24
    TURN = 25
    """A movement through a junction (Abbiegebeziehung), where turns are restricted or cost time; it has no length."""


class Access(IntEnum):
    """Who may use a link, among those whose mode may."""

    OPEN = 0
    DESTINATION = 1
    """Only trips that begin or end behind it (Anlieger frei)."""


class VdfKind(IntEnum):
    """Form of the volume-delay function of a link (see `core.volume_delay`)."""

    BPR = 0
    CONICAL = 1
    AKCELIK = 2
    TABLE = 3


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Pieces of roads that a reader met and left out, each with its reason, so that they can be drawn.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    way_id: LongArray
    """OSM way of each piece, shape (n_pieces,)."""
    reason_code: ByteArray
    """Row in `reasons`, shape (n_pieces,)."""
    reasons: StrArray
    """Why pieces were left out, e.g. ``"not connected"``."""
    shape_ptr: LongArray
    shape_lon_deg: FloatArray
    shape_lat_deg: FloatArray
    """Course of each piece; ragged. A piece of one point is a place where a road is closed (a barrier)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "LeftOut", NetworkError)
        n = len(np.atleast_1d(self.way_id))
        columns.array("way_id", np.int64, (n,))
        n_reasons = len(np.atleast_1d(self.reasons))
        columns.array("reasons", str, (n_reasons,))
        columns.array("reason_code", np.uint8, (n,), high=n_reasons - 1)
        n_shape = len(np.atleast_1d(self.shape_lon_deg))
        columns.pointer("shape_ptr", n, n_shape)
        columns.array("shape_lon_deg", np.float64, (n_shape,), low=-180, high=180)
        columns.array("shape_lat_deg", np.float64, (n_shape,), low=-90, high=90)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.way_id)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a reader met, kept and dropped."""

    file: str
    counts: Mapping[str, int]
    """What was counted -> how often, e.g. ``"nodes missing from the file"``."""
    left_out: LeftOut | None = field(default=None, compare=False)
    """What was dropped, as pieces that can be drawn; not stored with networks."""
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    """What was odd, mended or dropped, one by one, where the reader lists it; not stored with networks either."""

    def _repr_html_(self) -> str:
        """What was met first, then what is zero in one row; lengths in kilometres; all text is escaped."""
        rows: dict[str, object] = {}
        for what, count in self.counts.items():
            if what.startswith(_METRES):
                rows[f"length of {what.removeprefix(_METRES)}"] = f"{count / METRES_PER_KILOMETRE:,.1f} km"
            elif count:
                rows[what] = f"{count:,}"
        if nothing := [what for what, count in self.counts.items() if not count and not what.startswith(_METRES)]:
            rows["none"] = "; ".join(nothing)
        if self.left_out is not None:
            of_reason = np.bincount(self.left_out.reason_code, minlength=len(self.left_out.reasons))
            for reason, count in zip(self.left_out.reasons.tolist(), of_reason.tolist(), strict=True):
                rows[f"left out: {reason}"] = f"{count:,} pieces"
        if self.findings:
            rows["listed"] = f"{len(self.findings):,} findings, see .findings"
        return html_card(f"Read report: {self.file}", rows)


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A road network of one mode; links lie in forward-star order (sorted by tail), row *i* is link or node *i*.

    Once zones are connected, zone *i* is node *i*, and a path may pass through nodes from `first_through` on only.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    ptr: LongArray
    """Links of node *i* are rows ``ptr[i]`` to ``ptr[i + 1]`` (exclusive), shape (n_nodes + 1,)."""
    tail: IntArray
    head: IntArray
    node_id: LongArray
    """Outside id of the node (OSM node id; for centroids a number made from the zone row), unique."""
    node_lon_deg: FloatArray
    node_lat_deg: FloatArray
    """NaN where a file gives no coordinates."""
    link_key: LongArray
    """Stable key of the link, unique, on which results of two scenarios are joined."""
    length_m: FloatArray
    free_speed_km_per_h: FloatArray
    free_time_s: FloatArray
    """Travel time at zero volume, penalties included."""
    lanes: FloatArray
    capacity_veh_per_h: FloatArray
    """May be infinite (connectors)."""
    vdf: ByteArray
    """`VdfKind`."""
    vdf_alpha: FloatArray
    vdf_beta: FloatArray
    """BPR: factor and power. Conical: alpha (beta follows from it). Akçelik: delay parameter J and period in hours.
    Table: its row in the tables below (a whole number) and nothing."""
    toll_eur: FloatArray
    road_class: ByteArray
    """`RoadClass`."""
    modes: ByteArray
    """`Mode` bits."""
    access: ByteArray
    """`Access`."""
    name_code: IntArray
    """Row in `names`, shape (n_links,)."""
    names: StrArray
    """Street names or references, each once; '' for links without."""
    shape_ptr: LongArray
    shape_lon_deg: FloatArray
    shape_lat_deg: FloatArray
    """Course of each link from tail to head, both ends included; ragged. Empty for links without geometry."""
    way_ptr: LongArray
    way_id: LongArray
    """OSM ways merged into each link; ragged."""
    n_zones: int = 0
    """Nodes 0 to n_zones - 1 are the centroids."""
    first_through: int = 0
    """Nodes below this may start or end a path but not lie inside one."""
    mode: Mode = Mode.CAR
    """The mode this network was made for."""
    vdf_table_ptr: LongArray = field(default_factory=lambda: np.zeros(1, np.int64))
    """Points of table *i* of volume-delay functions are rows ``vdf_table_ptr[i]`` to ``vdf_table_ptr[i + 1]``."""
    vdf_table_ratio: FloatArray = field(default_factory=lambda: np.zeros(0))
    """Volume by capacity: from 0 on, rising."""
    vdf_table_factor: FloatArray = field(default_factory=lambda: np.zeros(0))
    """Travel time by free-flow time at that ratio; never falling."""
    zone_inner_length_m: FloatArray = field(default_factory=lambda: np.zeros(0))
    """Mean length of the trips that begin and end inside each zone, shape (n_zones,). 0 for a place without extent,
    such as the gate of a works: nobody lives there, and how near it lies says nothing about how large other zones are.
    NaN (default) where it is not known."""
    report: ReadReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        columns = Columns(self, "RoadNetwork", NetworkError)
        n = len(np.atleast_1d(self.node_id))
        m = len(np.atleast_1d(self.tail))
        pointer = columns.pointer("ptr", n, m)
        tail = columns.array("tail", np.int32, (m,), low=0, high=n - 1)
        columns.array("head", np.int32, (m,), low=0, high=n - 1)
        if not columns.faults:
            columns.check(
                bool((np.repeat(np.arange(n, dtype=np.int32), np.diff(pointer)) == tail).all()),
                "tail: links must be sorted by tail and agree with ptr",
            )
        columns.array("node_id", np.int64, (n,))
        columns.array("node_lon_deg", np.float64, (n,), low=-180, high=180, allow_nan=True)
        columns.array("node_lat_deg", np.float64, (n,), low=-90, high=90, allow_nan=True)
        columns.array("link_key", np.int64, (m,))
        for name in ("length_m", "free_speed_km_per_h", "free_time_s", "lanes", "vdf_alpha", "vdf_beta", "toll_eur"):
            columns.array(name, np.float64, (m,), low=0)
        columns.array("capacity_veh_per_h", np.float64, (m,), low=0, allow_inf=True)
        columns.array("vdf", np.uint8, (m,), high=max(VdfKind))
        columns.array("road_class", np.uint8, (m,), high=max(RoadClass))
        columns.array("modes", np.uint8, (m,))
        columns.array("access", np.uint8, (m,), high=max(Access))
        n_names = len(np.atleast_1d(self.names))
        columns.array("names", str, (n_names,))
        columns.array("name_code", np.int32, (m,), low=0, high=n_names - 1)
        n_shape = len(np.atleast_1d(self.shape_lon_deg))
        columns.pointer("shape_ptr", m, n_shape)
        columns.array("shape_lon_deg", np.float64, (n_shape,), low=-180, high=180)
        columns.array("shape_lat_deg", np.float64, (n_shape,), low=-90, high=90)
        n_ways = len(np.atleast_1d(self.way_id))
        columns.pointer("way_ptr", m, n_ways)
        columns.array("way_id", np.int64, (n_ways,))
        self._check_tables(columns)
        columns.unique("node_id")
        columns.unique("link_key")
        if columns.check(0 <= self.n_zones <= n, f"n_zones: {self.n_zones} of {n} nodes"):
            given = np.asarray(self.zone_inner_length_m)
            if given.shape != (self.n_zones,) and given.dtype.kind == "f" and np.isnan(given).all():
                # nothing is known of however many zones
                object.__setattr__(self, "zone_inner_length_m", np.full(self.n_zones, np.nan))
            columns.array("zone_inner_length_m", np.float64, (self.n_zones,), low=0, allow_nan=True)
        columns.check(0 <= self.first_through <= n, f"first_through: {self.first_through} of {n} nodes")
        columns.raise_faults()

    def _check_tables(self, columns: Columns) -> None:
        """Check the tables of volume-delay functions, and that links name one that is there."""
        n_tables = len(np.atleast_1d(self.vdf_table_ptr)) - 1
        n_points = len(np.atleast_1d(self.vdf_table_ratio))
        ptr = columns.pointer("vdf_table_ptr", n_tables, n_points)
        ratio = columns.array("vdf_table_ratio", np.float64, (n_points,), low=0)
        factor = columns.array("vdf_table_factor", np.float64, (n_points,), low=0)
        if columns.faults:
            return
        for i in range(n_tables):
            points = slice(ptr[i], ptr[i + 1])
            for fault in table_faults(ratio[points], factor[points]):
                columns.check(False, f"table {i} of volume-delay functions: {fault}")
        row = self.vdf_alpha[self.vdf == VdfKind.TABLE]
        lost = row[(row != np.floor(row)) | (row >= n_tables)]
        columns.check(
            lost.size == 0, f"vdf_alpha: {lost[:1]} is no row of the {n_tables} tables of a link with a table"
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes, centroids included."""
        return len(self.node_id)

    @property
    def n_links(self) -> int:
        """Number of directed links."""
        return len(self.tail)

    @property
    def name(self) -> StrArray:
        """Street name or reference of each link ('' if none), shape (n_links,)."""
        return self.names[self.name_code]

    @property
    def is_road(self) -> BoolArray:
        """Whether each link is a piece of road, not a centroid connector or a movement through a junction."""
        return np.asarray((self.road_class != RoadClass.CONNECTOR) & (self.road_class != RoadClass.TURN))

    def _repr_html_(self) -> str:
        km = self.length_m[self.road_class != RoadClass.CONNECTOR].sum() / METRES_PER_KILOMETRE
        return html_card(
            f"Road network ({self.mode.name})",
            {"nodes": self.n_nodes, "links": self.n_links, "zones": self.n_zones, "length": f"{km:,.1f} km (directed)"},
        )
