"""Electric cars of commuters: energy, charging, emissions."""

from itas_mobility.emobility.charging import STRATEGIES, charge
from itas_mobility.emobility.emissions import car_emissions
from itas_mobility.emobility.energy import TRACTION_PARAMETERS, traction_energy_kwh
from itas_mobility.emobility.fleet import adoption_share, bass_share, electric_cars

__all__ = [
    "STRATEGIES",
    "TRACTION_PARAMETERS",
    "adoption_share",
    "bass_share",
    "car_emissions",
    "charge",
    "electric_cars",
    "traction_energy_kwh",
]


def __dir__() -> list[str]:
    return sorted(__all__)
