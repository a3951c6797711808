"""Charging at the sites: cars of the shift workers, their sessions, and the load of each grid connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from itas_mobility import demand, emobility
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import Fleet
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import TourSegment
from itas_mobility.errors import InputError
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import Text

MOST_BEYOND: Final = 0.1
"""Share of the need for charging that may lie beyond the batteries without a warning (a column of the table of sites
tells it in any case): some commute from far off, as one in twenty does in the embedded region."""


@dataclass(frozen=True, eq=False)
class SiteCharging:
    """Cars and charging at one site on a working day, in expectation: nothing is rounded to whole cars."""

    curve: ChargingWeek
    cars: float
    electric_cars: float
    need_kwh: float
    """What the cars that plug in need in the battery."""
    beyond_battery_kwh: float
    """Of that, what their batteries cannot hold: ways too long for a charge at work alone. Part of what is unserved."""
    beyond_battery_cars: float

    @property
    def unserved_kwh(self) -> float:
        """What is not charged at the site before departure, in the battery."""
        return float(self.curve.unserved_kwh.sum()) + self.beyond_battery_kwh


def check_strategies(sites: IndustrialSites) -> None:
    """Refuse strategies of charging that do not exist, before anything is computed.

    Parameters
    ----------
    sites : IndustrialSites
        Sites after the measures.

    Raises
    ------
    InputError
        Naming all sites with such a strategy, and the strategies that exist.
    """
    pairs = zip(sites.site_id.tolist(), sites.charging_strategy.tolist(), strict=True)
    if faults := [f"{site} ({name!r})" for site, name in pairs if name not in emobility.STRATEGIES]:
        raise InputError(
            f"charging_strategy of site {', '.join(faults)} is not known; known: {', '.join(emobility.STRATEGIES)}"
        )


def charge_sites(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> tuple[SiteCharging, ...]:
    """Charging at the sites, from the cars of their shift workers.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``energy_kwh`` along the used paths, per slice of the day.

    Returns
    -------
    tuple of SiteCharging
        One per site.
    """
    # the same for all sites
    fleet = emobility.fleet_from(region.parameters)
    energy_kwh = [demand.there_and_back(driven, "energy_kwh", segment) for segment in segments]
    occupancy = region.parameters.value("car_occupancy")
    cars = [demand.drivers(segment, share) / occupancy for segment, share in zip(segments, shares, strict=True)]
    return tuple(_charge_site(site, region, fleet, segments, cars, energy_kwh) for site in range(len(region.sites)))


def beyond_batteries(charging: Sequence[SiteCharging], battery_kwh: float) -> Text | None:
    """What a run leaves out of charging: need that no battery holds.

    Parameters
    ----------
    charging : sequence of SiteCharging
        Per site.
    battery_kwh : float
        What a battery holds.

    Returns
    -------
    Text or None
        A sentence; None where no more than `MOST_BEYOND` of the need is concerned.
    """
    need = sum(one.need_kwh for one in charging)
    beyond = sum(one.beyond_battery_kwh for one in charging)
    if beyond <= MOST_BEYOND * need:
        return None
    cars = Text.of_number(sum(one.beyond_battery_cars for one in charging), 1)
    lost, wanted = Text.of_number(beyond), Text.of_number(need)
    holds = Text.of_number(battery_kwh, 0 if float(battery_kwh).is_integer() else 1)
    return Text(
        f"{cars.de} Elektro-Pkw brauchen zwischen zwei Ladungen bei der Arbeit mehr, als ihre Batterie fasst "
        f"({holds.de} kWh): {lost.de} von {wanted.de} kWh; das zählt als nicht gedeckt.",
        f"charging: {cars.en} electric cars need more between two charges at work than their battery holds "
        f"({holds.en} kWh): {lost.en} of {wanted.en} kWh; counted as unserved",
    )


def _charge_site(
    site: int,
    region: Region,
    fleet: Fleet,
    segments: Sequence[TourSegment],
    cars_by_pair: Sequence[FloatArray],
    energy_kwh: Sequence[FloatArray],
) -> SiteCharging:
    sites = region.sites
    column = sites.zone[site]
    lead, lag = (
        region.parameters.value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrival_lead", "leave_lag")
    )
    cars = electric = beyond = beyond_cars = 0.0
    shifts = []
    for segment, of_segment, of_pair in zip(segments, cars_by_pair, energy_kwh, strict=True):
        by_home = of_segment[:, column]
        cars += float(by_home.sum())
        if segment.label == demand.OFFICE or not by_home.any():
            continue
        of_shift = emobility.electric_cars(by_home, float(sites.electric_share[site]))
        electric += float(of_shift.sum())
        plugged = emobility.plug_in(of_shift, of_pair[:, column], fleet)
        beyond += plugged.beyond_battery_kwh
        beyond_cars += plugged.beyond_battery_cars
        arrival = (segment.start_s - 2.0 * lead, segment.start_s)
        departure = (segment.end_s, segment.end_s + 2.0 * lag)
        shifts.append((plugged, arrival, departure))
    sessions = emobility.site_sessions(shifts, fleet)
    points = emobility.charging_site(sites, site, fleet)
    curve = emobility.charge(
        sessions, points, strategy=str(sites.charging_strategy[site]), horizon_h=24.0, is_repeating=True
    )
    return SiteCharging(curve, cars, electric, sessions.total_need_kwh + beyond, beyond, beyond_cars)
