"""Electric cars of commuters: fleet, energy, charging sessions and strategies, emissions."""

from itas_mobility.emobility.adoption import (
    ADOPTION_PARAMETERS,
    fit_adoption,
    german_adoption,
    german_stock,
    published_odds_ratios,
    zone_shares,
)
from itas_mobility.emobility.charging import STRATEGIES, charge
from itas_mobility.emobility.consumption import calibrate_consumption, consumption_check
from itas_mobility.emobility.emissions import car_emissions
from itas_mobility.emobility.energy import (
    class_energy_kwh,
    cold_start_kwh,
    fuel_kwh,
    traction_energy_kwh,
    warm_up_kwh,
)
from itas_mobility.emobility.fleet import (
    COMBUSTION_PARAMETERS,
    FLEET_PARAMETERS,
    TRACTION_PARAMETERS,
    adoption_share,
    bass_share,
    combustion_from,
    electric_cars,
    fleet_from,
    plug_in_hybrid,
    traction_from,
    vehicle_class_parameters,
    vehicle_classes,
)
from itas_mobility.emobility.sessions import PluggedIn, charging_site, plug_in, site_sessions

__all__ = [
    "ADOPTION_PARAMETERS",
    "COMBUSTION_PARAMETERS",
    "FLEET_PARAMETERS",
    "STRATEGIES",
    "TRACTION_PARAMETERS",
    "PluggedIn",
    "adoption_share",
    "bass_share",
    "calibrate_consumption",
    "car_emissions",
    "charge",
    "charging_site",
    "class_energy_kwh",
    "cold_start_kwh",
    "combustion_from",
    "consumption_check",
    "electric_cars",
    "fit_adoption",
    "fleet_from",
    "fuel_kwh",
    "german_adoption",
    "german_stock",
    "plug_in",
    "plug_in_hybrid",
    "published_odds_ratios",
    "site_sessions",
    "traction_energy_kwh",
    "traction_from",
    "vehicle_class_parameters",
    "vehicle_classes",
    "warm_up_kwh",
    "zone_shares",
]


def __dir__() -> list[str]:
    return sorted(__all__)
