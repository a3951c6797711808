"""Sessions at one site, with the names they have outside (`ChargingCase`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, StrArray, html_card


@dataclass(frozen=True, eq=False)
class ChargingCase:
    """What `charge` needs of one site: sessions, site and the steps of its horizon.

    Raises
    ------
    InputError
        With all faults found.
    """

    session_id: StrArray
    """Outside id of each session, shape (n_sessions,)."""
    sessions: ChargingSessions
    site: ChargingSite
    """Its series have a value for each step, or one for all."""
    step_h: float
    horizon_h: float
    title: str = ""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted where the case says nothing, in words."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ChargingCase")
        columns.array("session_id", str, (len(self.sessions),))
        columns.number("step_h", is_positive=True)
        columns.number("horizon_h", is_positive=True)
        if not columns.faults:
            columns.unique("session_id")
        columns.raise_faults()

    @property
    def n_steps(self) -> int:
        """Steps of the horizon."""
        return int(np.round(self.horizon_h / self.step_h))

    def __repr__(self) -> str:
        return f"ChargingCase({len(self.sessions)} sessions, {self.n_steps} steps of {self.step_h:g} h)"

    def _repr_html_(self) -> str:
        return html_card(
            self.title or "Charging case",
            {
                "sessions": len(self.sessions),
                "horizon": f"{self.horizon_h:g} h in steps of {self.step_h:g} h",
                "assumptions": "; ".join(self.assumptions) or "none",
            },
        )
