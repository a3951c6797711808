"""How well volumes meet counts (`CountStatistics`)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class CountStatistics:
    """Hourly volumes beside counts; row *i* of each column is counting place *i*, NaN where nobody counted.

    Raises
    ------
    InputError
        With all faults found.
    """

    model_veh_per_h: FloatArray
    count_veh_per_h: FloatArray
    geh: FloatArray
    """0 is equal, the larger the farther apart."""
    sqv: FloatArray
    """Scalable quality value: 1 is equal, towards 0 the farther apart."""
    geh_below_5_share: float
    """Share of the places that were counted with a GEH below 5; NaN where none was."""
    rmse_veh_per_h: float
    """Root of the mean square error over the places that were counted."""
    mean_relative_error: float
    """Mean of ``|model - count| / count`` over the places at which somebody was counted."""

    def __post_init__(self) -> None:
        columns = Columns(self, "CountStatistics")
        n = len(np.atleast_1d(self.model_veh_per_h))
        columns.array("model_veh_per_h", np.float64, (n,), low=0)
        for name in ("count_veh_per_h", "geh"):
            columns.array(name, np.float64, (n,), low=0, allow_nan=True)
        columns.array("sqv", np.float64, (n,), low=0, high=1, allow_nan=True)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.model_veh_per_h)

    def __repr__(self) -> str:
        return f"CountStatistics({len(self)} places, {100 * self.geh_below_5_share:.0f} % with GEH below 5)"

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per counting place: model_veh_per_h, count_veh_per_h, geh, sqv."""
        import pandas as pd

        return pd.DataFrame(
            {name: getattr(self, name) for name in ("model_veh_per_h", "count_veh_per_h", "geh", "sqv")}
        )

    def _repr_html_(self) -> str:
        return html_card(
            "Volumes and counts",
            {
                "places counted": f"{int(np.isfinite(self.count_veh_per_h).sum())} of {len(self)}",
                "GEH below 5": f"{100 * self.geh_below_5_share:.1f} %",
                "RMSE": f"{self.rmse_veh_per_h:,.1f} veh/h",
                "mean relative error": f"{100 * self.mean_relative_error:.1f} %",
            },
        )
