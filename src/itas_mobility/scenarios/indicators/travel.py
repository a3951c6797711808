"""How commuters travel, and what traffic that makes."""

from typing import Final

import numpy as np

from itas_mobility import demand
from itas_mobility.scenarios.indicators.indicator import Indicator, ratio
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import MODES, Text

STRANDED: Final = "commuters_without_mode"
"""Name of the indicator of those who are in no other."""


def _mode_share(mode: str) -> Indicator:
    words = MODES[mode]
    return Indicator(
        f"{mode}_share", "%", words.share_title, demand.MODES[mode].better, 2,
        words.share_explanation,
        lambda outcome: 100.0 * ratio(outcome.total_by_mode[mode], outcome.commuters),
    )  # fmt: skip


def _sum_of_day(outcome: Outcome, name: str) -> float:
    """Sum of a figure of car traffic over the slices of the day."""
    return float(np.array([getattr(one, name) for one in outcome.traffic]).sum())


def _mean_car_time(outcome: Outcome) -> float:
    """Mean time of a way by car in minutes, there and back, weighted by drivers; NaN where nobody drives."""
    seconds = persons = 0.0
    for segment, share in zip(outcome.equilibrium.segments, outcome.equilibrium.shares, strict=True):
        drivers = demand.drivers(segment, share)
        of_pair = demand.there_and_back(outcome.equilibrium.skims, "time_s", segment)
        seconds += float(np.multiply(drivers, of_pair, out=np.zeros_like(drivers), where=drivers > 0).sum())
        persons += 2.0 * float(drivers.sum())
    return ratio(seconds, persons) / SECONDS_PER_MINUTE


def _mean_transit_time(outcome: Outcome) -> float:
    """Mean time of a way by public transport in minutes, there and back, weighted by riders; NaN without any."""
    found = outcome.equilibrium
    seconds = persons = 0.0
    for segment, share, lines in zip(found.segments, found.shares, outcome.inputs.lines, strict=True):
        riders = demand.riders(segment, share)
        used = riders > 0
        for time_s in (lines.out["time_s"], lines.back["time_s"].T):
            seconds += float((riders[used] * time_s[used]).sum())
            persons += float(riders[used].sum())
    return ratio(seconds, persons) / SECONDS_PER_MINUTE


INDICATORS: Final = (
    *(_mode_share(mode) for mode in demand.MODES),
    Indicator(
        "commuters", "persons_per_day", Text("Pendler am Werktag", "Commuters on a working day"), "", 0,
        Text(
            "Beschäftigte, die an einem mittleren Werktag (Mo-Fr) zur Arbeit unterwegs sind.",
            "Employees who travel to work on a mean working day (Monday to Friday).",
        ),
        lambda outcome: outcome.commuters,
    ),
    Indicator(
        STRANDED, "persons_per_day", Text("Pendler ohne Verkehrsmittel", "Commuters without a mode"), "lower", 0,
        Text(
            "Pendler, für deren Arbeitsweg es weder Straße noch Linie noch einen zumutbaren Rad- oder Fußweg gibt; sie "
            "fehlen in Fahrleistung, Reisezeit und CO₂.",
            "Commuters whose way to work no road, no line and no reasonable way by bicycle or on foot leads to; "
            "missing in kilometres, times and CO₂.",
        ),
        lambda outcome: float(outcome.stranded.sum()),
    ),
    Indicator(
        "veh_km_per_day", "veh_km_per_day", Text("Kfz-Fahrleistung im Netz", "Vehicle kilometres on the network"),
        "lower", 0,
        Text(
            "Alle umgelegten Fahrten von Zelle zu Zelle, Hintergrundverkehr und Anbindungen eingeschlossen.",
            "All assigned trips from zone to zone, background and connectors included.",
        ),
        lambda outcome: _sum_of_day(outcome, "veh_km"),
    ),
    Indicator(
        "veh_h_per_day", "veh_h_per_day", Text("Kfz-Fahrzeit im Netz", "Vehicle hours on the network"), "lower", 0,
        Text("Summe der Fahrzeiten aller umgelegten Fahrten.", "Travel time of all assigned trips."),
        lambda outcome: _sum_of_day(outcome, "veh_h"),
    ),
    Indicator(
        "delay_veh_h_per_day", "veh_h_per_day",
        Text("Zeitverlust durch Auslastung", "Delay from congestion"), "lower", 1,
        Text("Fahrzeit über der Fahrzeit im leeren Netz.", "Travel time above that in the empty network."),
        lambda outcome: _sum_of_day(outcome, "delay_veh_h"),
    ),
    Indicator(
        "mean_car_time_min", "min", Text("Mittlere Pkw-Fahrzeit je Weg", "Mean car time per way"), "lower", 2,
        Text("Von Tür zu Parkplatz, Mittel von Hin- und Rückweg.", "Door to parking, mean of there and back."),
        _mean_car_time,
    ),
    Indicator(
        "mean_transit_time_min", "min",
        Text("Mittlere ÖPNV-Reisezeit je Weg", "Mean public transport time"), "lower", 2,
        Text(
            "Von Tür zu Arbeitsplatz mit Warten und Umsteigen, Mittel der Fahrgäste.",
            "Door to workplace with waiting and transfers, mean of passengers.",
        ),
        _mean_transit_time,
    ),
)  # fmt: skip
