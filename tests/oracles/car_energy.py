"""Energy of one car on one link, written out term by term; means over days by adding up many days."""

import math


def battery_kwh(length_m, time_s, vehicle, traction, temperature_deg, slope=0.0):
    """What an electric car takes on a link, in words of textbooks."""
    if length_m == 0:
        moving = 0.0
    else:
        speed = length_m / time_s
        kelvin_below = 20.0 - temperature_deg
        mass = vehicle.mass_kg + traction.load_kg
        density = traction.air_density_kg_per_m3 * 288.15 / (273.15 + temperature_deg)
        rolling = mass * 9.80665 * traction.rolling_resistance * (1 + traction.rolling_per_k * kelvin_below)
        climbing = mass * 9.80665 * slope
        air = 0.5 * density * vehicle.drag_area_m2 * speed * speed
        pull = rolling + climbing + air
        stops = traction.stops_per_km * length_m / 1000 * math.exp(-speed * 3.6 / traction.stop_decay_km_per_h)
        kinetic = 0.5 * mass * (traction.cruise_ratio * speed) ** 2
        work = pull * length_m if pull > 0 else traction.recuperation_share * pull * length_m
        work += stops * kinetic * (1 - traction.recuperation_share)
        moving = work / vehicle.drive_efficiency / 3.6e6
    power = traction.base_power_kw + traction.climate_kw_per_k * abs(20.0 - temperature_deg)
    return moving + power * time_s / 3600


def burnt_kwh(length_m, time_s, engine, traction, temperature_deg):
    """What the mean car with an engine burns on a level link."""
    speed = length_m / time_s
    mass = engine.mass_kg + traction.load_kg
    density = traction.air_density_kg_per_m3 * 288.15 / (273.15 + temperature_deg)
    rolling = mass * 9.80665 * traction.rolling_resistance * (1 + traction.rolling_per_k * (20.0 - temperature_deg))
    air = 0.5 * density * engine.drag_area_m2 * speed * speed
    stops = traction.stops_per_km * length_m / 1000 * math.exp(-speed * 3.6 / traction.stop_decay_km_per_h)
    work = (rolling + air) * length_m + stops * 0.5 * mass * (traction.cruise_ratio * speed) ** 2
    return work / engine.engine_efficiency / 3.6e6 + engine.friction_kw * time_s / 3600


def mean_over_days(of_temperature, mean_deg, spread_k, n=20_001):
    """Mean of a function of temperature over normally distributed days: the trapezoidal rule over eight deviations."""
    total = weight = 0.0
    for k in range(n):
        x = -8.0 + 16.0 * k / (n - 1)
        density = math.exp(-0.5 * x * x)
        total += density * of_temperature(mean_deg + spread_k * x)
        weight += density
    return total / weight
