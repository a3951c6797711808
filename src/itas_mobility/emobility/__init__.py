"""Electric cars of commuters: fleet, energy, charging sessions and strategies, emissions."""

from itas_mobility.emobility.adoption import (
    ADOPTION_PARAMETERS,
    fit_adoption,
    german_adoption,
    german_stock,
    published_odds_ratios,
    zone_shares,
)
from itas_mobility.emobility.case_file import case_answer, case_from, read_case
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
from itas_mobility.emobility.consumption import calibrate_consumption, consumption_check
from itas_mobility.emobility.drawing import draw_cars
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
from itas_mobility.emobility.grid import dimmed_limit, dimmed_power_kw
from itas_mobility.emobility.rotation import realisable
from itas_mobility.emobility.series import read_week, values_in_steps
from itas_mobility.emobility.sessions import ShiftCars, WeekSessions, charging_site, clock_hours, week_sessions
from itas_mobility.emobility.tariffs import (
    ConnectionCost,
    bill,
    charge_under_tariff,
    connection_cost,
    example_tariff,
    supply_with_tariff,
)
from itas_mobility.emobility.weekly import week_series
from itas_mobility.emobility.worth import marginal

__all__ = [
    "ADOPTION_PARAMETERS",
    "COMBUSTION_PARAMETERS",
    "FLEET_PARAMETERS",
    "HABIT_PARAMETERS",
    "STRATEGIES",
    "TRACTION_PARAMETERS",
    "ConnectionCost",
    "ShiftCars",
    "WeekSessions",
    "adoption_share",
    "bass_share",
    "bill",
    "calibrate_consumption",
    "car_emissions",
    "case_answer",
    "case_from",
    "charge",
    "charge_under_tariff",
    "charged_where",
    "charged_with_points_for_all",
    "charging_site",
    "class_energy_kwh",
    "clock_hours",
    "cold_start_kwh",
    "combustion_from",
    "commuter_groups",
    "connection_cost",
    "consumption_check",
    "dimmed_limit",
    "dimmed_power_kw",
    "draw_cars",
    "electric_cars",
    "example_tariff",
    "fit_adoption",
    "fleet_from",
    "fuel_kwh",
    "german_adoption",
    "german_stock",
    "habits_from",
    "marginal",
    "plug_in_hybrid",
    "published_odds_ratios",
    "read_case",
    "read_week",
    "realisable",
    "steady_state",
    "supply_with_tariff",
    "traction_energy_kwh",
    "traction_from",
    "values_in_steps",
    "vehicle_class_parameters",
    "vehicle_classes",
    "warm_up_kwh",
    "week_series",
    "week_sessions",
    "work_plug_in_shares",
    "zone_shares",
]


def __dir__() -> list[str]:
    return sorted(__all__)
