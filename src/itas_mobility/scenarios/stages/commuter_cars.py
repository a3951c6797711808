"""What the commuters' cars drive, and emit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.emissions import Emissions
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.region import Region
from itas_mobility.core.tours import TourSegment
from itas_mobility.scenarios.measures.emobility import REGION_SHARE
from itas_mobility.units import METRES_PER_KILOMETRE


@dataclass(frozen=True, eq=False)
class CommuterEmissions:
    """Kilometres, electricity and carbon dioxide of the commuters' cars on a working day."""

    burnt_km: float
    """Vehicle kilometres of cars that burn fuel."""
    electric_km: float
    battery_kwh: float
    """What the electric cars take from their batteries."""
    grid_kwh: float
    """What the grid gives for it, losses of charging included."""
    emissions: Emissions

    @property
    def car_km(self) -> float:
        """Vehicle kilometres of all cars."""
        return self.burnt_km + self.electric_km


def commuter_car_km(
    segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims], occupancy: float
) -> list[tuple[FloatArray, FloatArray]]:
    """Car kilometres and electric traction energy per car pair of each segment, there and back.

    Parameters
    ----------
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``length_m`` and ``energy_kwh`` along the used paths, per slice of the day.
    occupancy : float
        Commuters per car.

    Returns
    -------
    list of (vehicle_km, kwh)
        Per segment: vehicle kilometres of all cars, and the energy they would take if all were electric, by home and
        work zone.
    """
    found = []
    for segment, share in zip(segments, shares, strict=True):
        cars = demand.drivers(segment, share) / occupancy
        sums = []
        for name in ("length_m", "energy_kwh"):
            of_pair = demand.there_and_back(driven, name, segment)
            sums.append(np.multiply(cars, of_pair, out=np.zeros_like(cars), where=cars > 0))
        found.append((sums[0] / METRES_PER_KILOMETRE, sums[1]))
    return found


def commuter_emissions(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> CommuterEmissions:
    """Kilometres and carbon dioxide of the commuters' cars; the electric share is the site's, elsewhere the region's.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``length_m`` and ``energy_kwh`` along the used paths, per slice of the day.

    Returns
    -------
    CommuterEmissions
        Of a working day.
    """
    value = region.parameters.value
    electric_share = np.full(len(region.zones), value(REGION_SHARE))
    electric_share[region.sites.zone] = region.sites.electric_share
    burnt_km = electric_km = battery_kwh = 0.0
    for km, kwh in commuter_car_km(segments, shares, driven, value("car_occupancy")):
        burnt_km += float((km * (1.0 - electric_share)).sum())
        electric_km += float((km * electric_share).sum())
        battery_kwh += float((kwh * electric_share).sum())
    grid_kwh = battery_kwh / value("charging_efficiency")
    diesel = value("diesel_share")
    emissions = emobility.car_emissions(
        {"petrol": burnt_km * (1.0 - diesel), "diesel": burnt_km * diesel, "bev": electric_km},
        grid_kwh,
        factors=region.parameters,
    )
    return CommuterEmissions(burnt_km, electric_km, battery_kwh, grid_kwh, emissions)
