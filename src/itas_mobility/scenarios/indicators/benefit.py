"""What measures are worth to commuters, against the region before them."""

from typing import Final

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.words import Text

BENEFIT: Final = "benefit_eur_per_day"
"""Name of the indicator that tells the benefit, 0 by definition before any measure."""

RULE_OF_HALF: Final = "benefit_rule_of_half_eur_per_day"
"""Name of the indicator that tells it by the rule of half."""

INDICATORS: Final = (
    Indicator(
        BENEFIT, "eur_per_day", Text("Nutzen der Pendler", "Benefit of commuters"), "higher", 0,
        Text(
            "Was die Maßnahmen den Pendlern am Tag an Zeit und Geld ersparen (Konsumentenrente nach der Logsumme, hin "
            "und zurück, gegenüber dem Bestand); unter null ein Schaden.",
            "What the measures save commuters a day in time and money (consumer surplus by logsum, there and back, "
            "against the region before them); below zero a loss.",
        ),
        lambda outcome: float(outcome.benefit.logsum_eur_per_day.sum()),
    ),
    Indicator(
        RULE_OF_HALF, "eur_per_day",
        Text("Nutzen nach der Rule of Half", "Benefit by rule of half"), "", 0,
        Text(
            "Derselbe Nutzen in der Näherung der Standardisierten Bewertung: Wer das Verkehrsmittel wechselt, zählt "
            "halb. Verkehrsmittel, die neu hinzukommen, wegfallen oder mehr Personen offenstehen (Mitfahrt, Pedelec), "
            "enthält nur die Logsumme.",
            "The same benefit as appraisals approach it: whoever changes the mode counts half. Modes that are new or "
            "gone, or open to more persons (lifts, pedelecs), are in the logsum alone.",
        ),
        lambda outcome: float(outcome.benefit.rule_of_half_eur_per_day.sum()),
    ),
)  # fmt: skip
