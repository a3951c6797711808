"""Electric cars of commuters: fleet, energy, charging sessions and strategies, emissions."""

from itas_mobility.emobility.case_file import case_answer, case_from, read_case
from itas_mobility.emobility.charging import STRATEGIES, charge
from itas_mobility.emobility.drawing import draw_cars
from itas_mobility.emobility.emissions import car_emissions
from itas_mobility.emobility.energy import traction_energy_kwh
from itas_mobility.emobility.fleet import (
    FLEET_PARAMETERS,
    TRACTION_PARAMETERS,
    adoption_share,
    bass_share,
    electric_cars,
    fleet_from,
    traction_from,
)
from itas_mobility.emobility.grid import dimmed_limit, dimmed_power_kw
from itas_mobility.emobility.series import read_week, values_in_steps
from itas_mobility.emobility.sessions import PluggedIn, charging_site, plug_in, site_sessions
from itas_mobility.emobility.tariffs import (
    ConnectionCost,
    bill,
    charge_under_tariff,
    connection_cost,
    example_tariff,
    supply_with_tariff,
)

__all__ = [
    "FLEET_PARAMETERS",
    "STRATEGIES",
    "TRACTION_PARAMETERS",
    "ConnectionCost",
    "PluggedIn",
    "adoption_share",
    "bass_share",
    "bill",
    "car_emissions",
    "case_answer",
    "case_from",
    "charge",
    "charge_under_tariff",
    "charging_site",
    "connection_cost",
    "dimmed_limit",
    "dimmed_power_kw",
    "draw_cars",
    "electric_cars",
    "example_tariff",
    "fleet_from",
    "plug_in",
    "read_case",
    "read_week",
    "site_sessions",
    "supply_with_tariff",
    "traction_energy_kwh",
    "traction_from",
    "values_in_steps",
]


def __dir__() -> list[str]:
    return sorted(__all__)
