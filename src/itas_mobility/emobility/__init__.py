"""Electric cars of commuters: fleet, energy, charging sessions and strategies, emissions."""

from itas_mobility.emobility.charging import STRATEGIES, charge
from itas_mobility.emobility.charging_places import (
    HABIT_PARAMETERS,
    charged_where,
    charged_with_points_for_all,
    commuter_groups,
    habits_from,
    steady_state,
    work_plug_in_shares,
)
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
from itas_mobility.emobility.sessions import ShiftCars, WeekSessions, charging_site, clock_hours, week_sessions
from itas_mobility.emobility.weekly import week_series

__all__ = [
    "FLEET_PARAMETERS",
    "HABIT_PARAMETERS",
    "STRATEGIES",
    "TRACTION_PARAMETERS",
    "ShiftCars",
    "WeekSessions",
    "adoption_share",
    "bass_share",
    "car_emissions",
    "charge",
    "charged_where",
    "charged_with_points_for_all",
    "charging_site",
    "clock_hours",
    "commuter_groups",
    "electric_cars",
    "fleet_from",
    "habits_from",
    "steady_state",
    "traction_energy_kwh",
    "traction_from",
    "week_series",
    "week_sessions",
    "work_plug_in_shares",
]


def __dir__() -> list[str]:
    return sorted(__all__)
