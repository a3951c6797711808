"""A region: everything a scenario starts from."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.core.commuters import CommuterStatistics
from itas_mobility.core.job_changes import JobChange
from itas_mobility.core.operation import LineContract
from itas_mobility.core.provenance import Parameters, Source
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.transit import ServiceDays, TransitNetwork
from itas_mobility.core.zones import ZoneKind, Zones


@dataclass(frozen=True, eq=False)
class Region:
    """Zones, sites, networks, statistics and parameters of a region; the networks are not yet connected to the zones.

    Raises
    ------
    InputError
        If sites and zones contradict each other.
    """

    name: str
    title: str
    zones: Zones
    sites: IndustrialSites
    roads: RoadNetwork
    """For cars."""
    bike: RoadNetwork
    walk: RoadNetwork
    transit: TransitNetwork
    commuters: CommuterStatistics | None
    parameters: Parameters
    sources: tuple[Source, ...]
    is_stylised: bool
    """Whether parts of the networks are made up from facts; everything shown must then say so."""
    timetable: ServiceDays | None = None
    """Trips of the lines by service day, at the same stops. A run judges all days of a week (Mo to So), else the first
    one. None: they are those that the headways of `transit` stand for."""
    headways_decide: bool = False
    """Whether `timetable` was written out of the headways of `transit` by a measure that moves single trips: modes are
    then chosen by the headways, with what the moves change on top."""
    site_fare_eur: FloatArray | None = None
    """Fare of a way by public transport to each site whose workers hold a job ticket, shape (n_sites,). nan, or None
    for all sites: the parameter ``pt_fare_eur``."""
    contracts: tuple[LineContract, ...] = ()
    """Lines of which more is known than their trips: works buses, fleets on demand."""
    bike_stop_id: tuple[str, ...] = ()
    car_stop_id: tuple[str, ...] = ()
    """Stops of `transit` where people leave the bicycle (bike and ride) or the car (park and ride) they come with from
    home."""

    home_charging_share: FloatArray | None = None
    """Share of electric cars with a charging point at home, by home zone, shape (n_zones,). nan, or None for all zones:
    the parameter of the same name."""
    job_changes: tuple[JobChange, ...] = ()
    """Head counts that differ from the region that the statistics describe; they are in the head counts of `sites`."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"Region {self.name}")
        zone = self.sites.zone
        inside = columns.check(bool((zone < len(self.zones)).all()), "sites.zone: points past the last zone")
        if inside:
            columns.check(
                bool((self.zones.kind[zone] == ZoneKind.SITE).all()), "sites.zone: a site's zone must be of kind SITE"
            )
            columns.check(
                int((self.zones.kind == ZoneKind.SITE).sum()) == np.unique(zone).size, "zones: a SITE zone has no site"
            )
        columns.check(
            self.timetable is not None or not self.headways_decide, "headways_decide: there is no timetable beside them"
        )
        if self.timetable is not None:
            same = np.array_equal(self.timetable.timetables[0].stop_id, self.transit.stop_id)
            columns.check(same, "timetable: has other stops than transit")
        reserved = set(self.transit.stop_site.tolist()) - {"", *self.sites.site_id.tolist()}
        columns.check(not reserved, f"transit.stop_site: no such site: {', '.join(sorted(reserved))}")
        object.__setattr__(self, "job_changes", tuple(self.job_changes))
        changed = {site_id for one in self.job_changes for site_id in one.site_ids}
        unknown_sites = sorted(changed - set(self.sites.site_id.tolist()))
        columns.check(not unknown_sites, f"job_changes: no such site: {', '.join(unknown_sites)}")
        for name in ("bike_stop_id", "car_stop_id"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            unknown = sorted(set(getattr(self, name)) - set(self.transit.stop_id.tolist()))
            columns.check(not unknown, f"{name}: no such stop in transit: {', '.join(unknown)}")
            columns.check(len(set(getattr(self, name))) == len(getattr(self, name)), f"{name}: a stop is there twice")
        if self.site_fare_eur is not None:
            columns.array("site_fare_eur", np.float64, (len(self.sites),), low=0, allow_nan=True)
        if self.home_charging_share is not None:
            columns.array("home_charging_share", np.float64, (len(self.zones),), low=0, high=1, allow_nan=True)
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card(
            self.title + (" (stilisiert / stylised)" if self.is_stylised else ""),
            {
                "zones": len(self.zones),
                "sites": ", ".join(self.sites.site_id),
                "road links": self.roads.n_links,
                "line patterns": self.transit.n_patterns,
                "service days": "" if self.timetable is None else ", ".join(self.timetable.label.tolist()),
                "sources": "; ".join(f"{s.name} ({s.year})" for s in self.sources),
            },
        )
