"""Cars of a region: classes of electric cars, what drives them and those that burn fuel, how they charge (`Fleet`)."""

from dataclasses import dataclass, fields

from itas_mobility.core.columns import Columns, html_card

COLDEST_DEG = -50.0
HOTTEST_DEG = 60.0
"""Outside temperatures that cars are driven at; beyond them a figure is in another unit, or wrong."""
SHARE_SLACK = 1e-6
"""By how much shares that must add up to 1 may miss it: last digits of decimal figures."""


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """Cars that are alike: what they weigh, how they cut the air, what their batteries hold.

    Raises
    ------
    InputError
        With all faults found.
    """

    name: str
    fleet_share: float
    """Share of the cars of their fleet."""
    mass_kg: float
    """Empty, without anybody in it."""
    drag_area_m2: float
    """Drag coefficient times frontal area."""
    drive_efficiency: float
    """From battery to wheel, in (0, 1]."""
    battery_kwh: float
    charging_power_kw: float
    """Greatest power at an alternating-current point, at the grid side."""
    electric_share: float = 1.0
    """Share of the kilometres driven on electricity: 1 but for plug-in hybrids."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"VehicleClass {self.name}")
        for name in ("fleet_share", "electric_share"):
            columns.number(name, high=1.0)
        for name in ("mass_kg", "drag_area_m2", "battery_kwh", "charging_power_kw"):
            columns.number(name)
        columns.number("drive_efficiency", is_positive=True, high=1.0)
        columns.raise_faults()


@dataclass(frozen=True, slots=True)
class Traction:
    """What decides the energy that the electric cars of a fleet take from their batteries.

    Raises
    ------
    InputError
        With all faults found.
    """

    classes: tuple[VehicleClass, ...]
    """All cars of the fleet; their shares add up to 1."""
    load_kg: float
    """Persons in a car, and what they carry."""
    rolling_resistance: float
    """At the temperature of comfort."""
    rolling_per_k: float
    """What rolling resistance rises by per kelvin that it is colder, as a share of it."""
    air_density_kg_per_m3: float
    """At 15 degrees Celsius; it goes with the inverse of absolute temperature."""
    recuperation_share: float
    """Share of braking energy that comes back to the wheel side of the drive."""
    stops_per_km: float
    """Full stops, or what equals them, in creeping traffic; they fade with mean speed."""
    stop_decay_km_per_h: float
    """Mean speed at which stops have faded to 1/e."""
    cruise_ratio: float
    """Speed from which a car brakes, per mean speed of the trip."""
    base_power_kw: float
    """Electronics and lights without heating and cooling."""
    climate_kw_per_k: float
    """Power that holds the cabin warm or cool, per kelvin away from the temperature of comfort."""
    warm_up_kwh_per_k: float
    """What cabin and battery take once a trip until they are warm, per kelvin below the temperature of comfort."""
    warm_up_s: float
    """Time in which all but 1/e of that is taken; shorter trips end before."""
    temperature_deg: float
    """Outside, degrees Celsius: mean over the days that are judged."""
    temperature_spread_k: float
    """Standard deviation of the days; 0 is one day of that temperature."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Traction")
        object.__setattr__(self, "classes", tuple(self.classes))
        total = sum(one.fleet_share for one in self.classes)
        columns.check(abs(total - 1.0) <= SHARE_SLACK, f"classes: their fleet_share adds up to {total:g}, must be 1")
        for field in fields(self):
            if field.name in ("classes", "temperature_deg"):
                continue
            columns.number(
                field.name,
                is_positive=field.name in ("stop_decay_km_per_h", "warm_up_s"),
                high=1.0 if field.name == "recuperation_share" else None,
            )
        columns.between("temperature_deg", COLDEST_DEG, HOTTEST_DEG)
        columns.raise_faults()


@dataclass(frozen=True, slots=True)
class Combustion:
    """What decides the fuel of the mean car that burns it; resistances and temperature are those of `Traction`.

    Raises
    ------
    InputError
        With all faults found.
    """

    mass_kg: float
    """Empty."""
    drag_area_m2: float
    engine_efficiency: float
    """Of each further unit of fuel, from tank to wheel, in (0, 1]; friction of the engine comes on top."""
    friction_kw: float
    """Fuel power that the running engine takes without driving anything."""
    fuel_kwh_per_km: float
    """Mean of all traffic and the year; emission factors per kilometre stand for it."""
    cold_start_kwh_per_k: float
    """Fuel that a cold engine takes once a trip, per kelvin below the temperature of comfort."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Combustion")
        for field in fields(self):
            columns.number(
                field.name,
                is_positive=field.name in ("engine_efficiency", "fuel_kwh_per_km"),
                high=1.0 if field.name == "engine_efficiency" else None,
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
    """What a battery holds, mean of the fleet."""
    charging_power_kw: float
    """Greatest power of a car at an alternating-current point, at the grid side; mean of the fleet."""
    work_charging_share: float
    """Share of electric commuter cars that plug in at work on a day."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Fleet")
        for name in ("battery_kwh", "charging_power_kw"):
            columns.number(name)
        columns.number("work_charging_share", high=1.0)
        columns.raise_faults()

    @property
    def classes(self) -> tuple[VehicleClass, ...]:
        """Classes of its cars."""
        return self.traction.classes

    def _repr_html_(self) -> str:
        return html_card(
            "Electric cars",
            {
                "classes": ", ".join(f"{one.name} {one.fleet_share:.0%}" for one in self.classes),
                "battery": f"{self.battery_kwh:g} kWh",
                "charging": f"up to {self.charging_power_kw:g} kW",
                "at work": f"{self.work_charging_share:.0%} of them on a day",
                "mass": f"{sum(one.fleet_share * one.mass_kg for one in self.classes):.0f} kg",
            },
        )
