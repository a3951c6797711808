"""What the commuters' cars drive, and emit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.core.charging_places import ChargedWhere
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.emissions import Emissions
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.region import Region
from itas_mobility.core.tours import TourSegment
from itas_mobility.scenarios.measures.emobility import REGION_SHARE
from itas_mobility.units import METRES_PER_KILOMETRE

ENERGIES: Final = ("energy_kwh", "hybrid_kwh", "fuel_kwh")
"""What cars take along used paths: electric ones, plug-in hybrids on electricity, those that burn fuel."""


@dataclass(frozen=True, eq=False)
class CommuterEmissions:
    """Kilometres, electricity and carbon dioxide of the commuters' cars on a working day."""

    burnt_km: float
    """Vehicle kilometres on fuel; hybrids drive a part of theirs."""
    electric_km: float
    """Vehicle kilometres on electricity, those of hybrids included."""
    battery_kwh: float
    """What the cars take from their batteries."""
    hybrid_kwh: float
    """Of that, plug-in hybrids."""
    grid_kwh: float
    """What the grid gives for it, losses of charging included."""
    hybrid_grid_kwh: float
    """Of that, for plug-in hybrids, which charge at home."""
    fuel_kwh: float
    """Energy in the fuel that is burnt."""
    emissions: Emissions

    @property
    def car_km(self) -> float:
        """Vehicle kilometres of all cars."""
        return self.burnt_km + self.electric_km


@dataclass(frozen=True, eq=False)
class CarUse:
    """What the commuters' cars of one segment drive on a day, by home and work zone, there and back."""

    vehicle_km: FloatArray
    energy_kwh: FloatArray
    """From batteries, if all were electric."""
    hybrid_kwh: FloatArray
    """From batteries, if all were plug-in hybrids that drive on electricity alone."""
    fuel_kwh: FloatArray
    """In the tank, if all burnt fuel."""


def commuter_car_use(
    segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> list[CarUse]:
    """Car kilometres, electricity and fuel per car pair of each segment, there and back.

    Parameters
    ----------
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``length_m`` and `ENERGIES` along the used paths, per slice of the day.

    Returns
    -------
    list of CarUse
        Per segment.
    """
    found = []
    for segment, share in zip(segments, shares, strict=True):
        cars = demand.drivers(segment, share)
        sums = {}
        for name in ("length_m", *ENERGIES):
            of_pair = demand.there_and_back(driven, name, segment)
            sums[name] = np.multiply(cars, of_pair, out=np.zeros_like(cars), where=cars > 0)
        found.append(
            CarUse(sums["length_m"] / METRES_PER_KILOMETRE, sums["energy_kwh"], sums["hybrid_kwh"], sums["fuel_kwh"])
        )
    return found


def commuter_emissions(
    region: Region,
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    driven: Sequence[Skims],
    charged: ChargedWhere,
) -> CommuterEmissions:
    """Kilometres and carbon dioxide of the commuters' cars; the electric share is the site's, elsewhere the region's.

    Carbon dioxide follows fuel, and so the speed of each link: factors per kilometre stand for a kilometre of mean
    consumption (``fuel_kwh_per_km``). Nitrogen oxides and particulates are left out: no factors of today's fleet were
    read.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``length_m`` and `ENERGIES` along the used paths, per slice of the day.
    charged : ChargedWhere
        Where the electric cars among them charge: what the grid gives for them. Plug-in hybrids are taken to charge at
        home.

    Returns
    -------
    CommuterEmissions
        Of a working day.
    """
    value = region.parameters.value
    electric = np.full(len(region.zones), value(REGION_SHARE))
    electric[region.sites.zone] = region.sites.electric_share
    hybrid_electric = value("hybrid_share") * emobility.plug_in_hybrid().electric_share
    burning = (1.0 - electric) * (1.0 - hybrid_electric)
    as_hybrid = (1.0 - electric) * hybrid_electric
    burnt_km = electric_km = battery_kwh = hybrid_kwh = fuel = 0.0
    for use in commuter_car_use(segments, shares, driven):
        burnt_km += float((use.vehicle_km * burning).sum())
        electric_km += float((use.vehicle_km * (electric + as_hybrid)).sum())
        battery_kwh += float((use.energy_kwh * electric).sum())
        hybrid_kwh += float((use.hybrid_kwh * as_hybrid).sum())
        fuel += float((use.fuel_kwh * burning).sum())
    habits = emobility.habits_from(region.parameters)
    hybrid_grid_kwh = hybrid_kwh / habits.kept_share(min(habits.home_kw, emobility.plug_in_hybrid().charging_power_kw))
    grid_kwh = charged.grid_kwh + hybrid_grid_kwh
    diesel = value("diesel_share")
    mean_km = fuel / value("fuel_kwh_per_km")
    emissions = emobility.car_emissions(
        {"petrol": mean_km * (1.0 - diesel), "diesel": mean_km * diesel, "bev": electric_km},
        grid_kwh,
        factors=region.parameters,
    )
    return CommuterEmissions(
        burnt_km=burnt_km,
        electric_km=electric_km,
        battery_kwh=battery_kwh + hybrid_kwh,
        hybrid_kwh=hybrid_kwh,
        grid_kwh=grid_kwh,
        hybrid_grid_kwh=hybrid_grid_kwh,
        fuel_kwh=fuel,
        emissions=emissions,
    )
