"""How exactly a run was computed."""

from typing import Final

import numpy as np

from itas_mobility.scenarios.indicators.indicator import Indicator
from itas_mobility.words import Text

INDICATORS: Final = (
    Indicator(
        "relative_gap", "1",
        Text("Größte relative Lücke der Umlegung", "Largest relative gap of the assignment"), "", 9,
        Text(
            "Abstand vom Gleichgewicht; Unterschiede unter dieser Größe sind Rechenungenauigkeit.",
            "Distance from equilibrium; differences below this size are solver noise.",
        ),
        lambda outcome: float(np.max([one.result.relative_gap for one in outcome.driven])),
    ),
    Indicator(
        "feedback_residual", "1", Text("Restfehler der Rückkopplung", "Residual of the feedback"), "", 9,
        Text(
            "Anteil der Pkw-Fahrten, der sich in einem weiteren Durchlauf noch ändern würde.",
            "Share of car trips that one more round would still change.",
        ),
        lambda outcome: outcome.equilibrium.residual,
    ),
)  # fmt: skip
