"""Who reaches the shift without a car."""

from typing import Final

from itas_mobility.core.columns import BoolArray
from itas_mobility.scenarios.indicators.indicator import Indicator, ratio
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.words import Text


def _percent_of_shift_workers(outcome: Outcome, can: BoolArray) -> float:
    workers = outcome.reach.workers * outcome.reach.day_share[:, None]
    return 100.0 * ratio(float((workers * can).sum()), float(workers.sum()))


INDICATORS: Final = (
    Indicator(
        "reachable_share", "%", Text("Schichten ohne Auto erreichbar", "Shifts reachable without a car"), "higher", 1,
        Text(
            "Anteil der Schichtbeschäftigten, die mit Bus und Bahn vor Schichtbeginn ankommen und danach nach Hause "
            "kommen.",
            "Share of shift workers who arrive by public transport before the shift and get home after it.",
        ),
        lambda outcome: _percent_of_shift_workers(outcome, outcome.reach.is_out & outcome.reach.is_back),
    ),
    Indicator(
        "arrive_share", "%", Text("Hinweg zur Schicht möglich", "Way to the shift possible"), "higher", 1,
        Text(
            "Anteil der Schichtbeschäftigten, die mit Bus und Bahn rechtzeitig am Arbeitsplatz sind.",
            "Share of shift workers who reach the workplace in time by public transport.",
        ),
        lambda outcome: _percent_of_shift_workers(outcome, outcome.reach.is_out),
    ),
    Indicator(
        "return_share", "%", Text("Heimweg nach der Schicht möglich", "Way home after the shift possible"), "higher", 1,
        Text(
            "Anteil der Schichtbeschäftigten, die nach der Schicht mit Bus und Bahn nach Hause kommen.",
            "Share of shift workers who get home by public transport after the shift.",
        ),
        lambda outcome: _percent_of_shift_workers(outcome, outcome.reach.is_back),
    ),
)  # fmt: skip
