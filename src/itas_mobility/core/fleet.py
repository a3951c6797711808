"""The electric cars of a region: what drives them, what their batteries hold, how they charge (`Fleet`)."""

from dataclasses import dataclass, fields

from itas_mobility.core.columns import Columns, html_card


@dataclass(frozen=True, slots=True)
class Traction:
    """What decides the energy that an electric car takes from its battery on a trip.

    Raises
    ------
    InputError
        With all faults found.
    """

    car_mass_kg: float
    """With driver."""
    rolling_resistance: float
    drag_area_m2: float
    """Drag coefficient times frontal area."""
    air_density_kg_per_m3: float
    drive_efficiency: float
    """From battery to wheel, in (0, 1]."""
    recuperation_share: float
    """Share of braking energy that comes back to the wheel side of the drive."""
    stops_per_km: float
    """Full stops, or what equals them, in creeping traffic; they fade with mean speed."""
    stop_decay_km_per_h: float
    """Mean speed at which stops have faded to 1/e."""
    cruise_ratio: float
    """Speed from which a car brakes, per mean speed of the trip."""
    auxiliary_power_kw: float
    """Electronics, heating and cooling, mean of the year."""
    base_power_kw: float
    """Electronics and lights without heating and cooling."""
    climate_kw_per_k: float
    """Heating or cooling per kelvin away from the temperature that needs neither."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Traction")
        for field in fields(self):
            columns.number(
                field.name,
                is_positive=field.name in ("drive_efficiency", "stop_decay_km_per_h"),
                high=1.0 if field.name in ("drive_efficiency", "recuperation_share") else None,
            )
        columns.raise_faults()


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the electric cars of a region are, and how their commuters charge them.

    Raises
    ------
    InputError
        With all faults found.
    """

    traction: Traction
    battery_kwh: float
    """What a battery holds."""
    charging_power_kw: float
    """Greatest power of a car at an alternating-current point, at the grid side."""
    charging_efficiency: float
    """Energy into the battery per energy from the grid, in (0, 1]."""
    work_charging_share: float
    """Share of electric commuter cars that plug in at work on a day."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Fleet")
        for name in ("battery_kwh", "charging_power_kw"):
            columns.number(name)
        columns.number("charging_efficiency", is_positive=True, high=1.0)
        columns.number("work_charging_share", high=1.0)
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card(
            "Electric cars",
            {
                "battery": f"{self.battery_kwh:g} kWh",
                "charging": f"up to {self.charging_power_kw:g} kW, efficiency {self.charging_efficiency:g}",
                "at work": f"{self.work_charging_share:.0%} of them on a day",
                "mass": f"{self.traction.car_mass_kg:g} kg",
            },
        )
