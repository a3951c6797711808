"""How time in a vehicle is felt by how full it is (`Crowding`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.core.transit import TransitMode
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class Crowding:
    """Seats and places of vehicles by mode, and what a second in them counts by the persons on board.

    With load factor f = persons / seats, a seated second counts ``seated_factor * exp(seated_growth * f)`` and a
    standing one ``standing_factor * exp(standing_growth * f)``, none less than 1, the time in an empty vehicle; above
    `highest_load_factor`, beyond which nothing is known, both stay as they are there. Seats are taken at random, so
    that all persons on a run feel the mean. Persons above the capacity are not turned away: the time counts
    ``overload_weight`` more for each full load above it, which makes such vehicles a last resort.

    Raises
    ------
    DemandError
        With all faults found.
    """

    seats: FloatArray
    """Of a vehicle (a whole train), by `TransitMode`, shape (n_modes,)."""
    capacity_persons: FloatArray
    """Seated and standing, not below the seats, by `TransitMode`."""
    seated_factor: float
    seated_growth: float
    standing_factor: float
    standing_growth: float
    highest_load_factor: float
    overload_weight: float

    def __post_init__(self) -> None:
        columns = Columns(self, "Crowding", DemandError)
        n_modes = len(TransitMode)
        seats = columns.array("seats", np.float64, (n_modes,))
        capacity = columns.array("capacity_persons", np.float64, (n_modes,))
        columns.check(bool((seats > 0).all()), "seats: must be positive")
        columns.check(bool((capacity >= seats).all()), "capacity_persons: is below the seats")
        for name in ("seated_factor", "standing_factor", "highest_load_factor"):
            value = getattr(self, name)
            columns.check(0 < value < np.inf, f"{name}: {value} must be positive and finite")
        for name in ("seated_growth", "standing_growth", "overload_weight"):
            value = getattr(self, name)
            columns.check(0 <= value < np.inf, f"{name}: {value} must be finite and not negative")
        if not columns.faults:
            ends = np.array([0.0, self.highest_load_factor])
            columns.check(
                bool((self._standing(ends) >= self._seated(ends)).all()),
                "standing_factor, standing_growth: standing must not count less than sitting",
            )
        columns.raise_faults()

    def weight(self, persons: FloatArray, seats: FloatArray, capacity_persons: FloatArray) -> FloatArray:
        """Perceived per real second on runs with so many persons; never falls when persons are added.

        Parameters
        ----------
        persons : array
            On board.
        seats, capacity_persons : array
            Of the vehicle, or of all vehicles that share the persons.

        Returns
        -------
        ndarray
            Mean over those on board, at least 1.
        """
        load_factor = persons / seats
        known = np.minimum(load_factor, self.highest_load_factor)
        standing_share = 1.0 - 1.0 / np.maximum(load_factor, 1.0)
        felt = self._seated(known) + standing_share * (self._standing(known) - self._seated(known))
        over = np.maximum(persons / capacity_persons - 1.0, 0.0)
        weight: FloatArray = felt + self.overload_weight * over
        return weight

    def _seated(self, load_factor: FloatArray) -> FloatArray:
        return np.maximum(1.0, self.seated_factor * np.exp(self.seated_growth * load_factor))

    def _standing(self, load_factor: FloatArray) -> FloatArray:
        return np.maximum(1.0, self.standing_factor * np.exp(self.standing_growth * load_factor))

    def _repr_html_(self) -> str:
        sizes = {
            mode.name.lower(): f"{self.seats[mode]:g} seats, {self.capacity_persons[mode]:g} persons"
            for mode in TransitMode
        }
        return html_card("Crowding", sizes)
