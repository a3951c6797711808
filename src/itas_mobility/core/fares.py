"""Fares of public transport: tickets, and the rides for which each is valid."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from itas_mobility.core.columns import LEFT_OUT, Columns, FloatArray, IntArray, LongArray, StrArray, html_card, left_out
from itas_mobility.errors import DemandError

ANY_NUMBER = -1
"""No limit of transfers or fare zones."""


@dataclass(frozen=True, eq=False)
class Fares:
    """Tickets, and rules that say what each is valid for.

    A ticket covers one ride or several in a row. It is valid for each ride for which one of its rules is met; a ticket
    without rules is valid everywhere. An empty text in a rule is met by anything. Whoever travels buys the cheapest
    tickets that together cover all rides, and never pays more than `cap_eur`.

    Raises
    ------
    DemandError
        With all faults found.
    """

    ticket_id: StrArray
    price_eur: FloatArray
    stop_zone: StrArray = field(default_factory=left_out)
    """Fare zone of each stop of the timetable, '' for none; may be left out if no rule speaks of zones."""
    max_transfers: IntArray = field(default_factory=left_out)
    """Most changes of vehicle on one ticket; default -1: any number."""
    valid_s: FloatArray = field(default_factory=left_out)
    """Time from the first boarding within which the last one must be; default inf."""
    rule_ticket: IntArray = field(default_factory=left_out)
    """Row of the ticket that each rule is about, rising; default no rules."""
    rule_route: StrArray = field(default_factory=left_out)
    """Id of the timetable's route that is ridden."""
    rule_origin: StrArray = field(default_factory=left_out)
    rule_destination: StrArray = field(default_factory=left_out)
    """Fare zones of the first and the last stop on the ticket."""
    rule_max_zones: IntArray = field(default_factory=left_out)
    """Most fare zones touched, in passing too; default -1: any number."""
    contains_ptr: LongArray = field(default_factory=left_out)
    contains: StrArray = field(default_factory=left_out)
    """Fare zones of rule *i* are ``contains[contains_ptr[i]:contains_ptr[i + 1]]``: just these must be touched, all of
    them; none: any."""
    cap_eur: float = np.inf
    """Most that a journey costs, whatever its rides: a day ticket for the whole network."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Fares", DemandError)
        n, n_stops, n_rules = (len(np.atleast_1d(v)) for v in (self.ticket_id, self.stop_zone, self.rule_ticket))
        for name, value in (
            ("stop_zone", np.zeros(0, dtype=str)),
            ("max_transfers", np.full(n, ANY_NUMBER)),
            ("valid_s", np.full(n, np.inf)),
            ("rule_ticket", np.zeros(n_rules)),
            ("rule_route", np.full(n_rules, "")),
            ("rule_origin", np.full(n_rules, "")),
            ("rule_destination", np.full(n_rules, "")),
            ("rule_max_zones", np.full(n_rules, ANY_NUMBER)),
            ("contains_ptr", np.zeros(n_rules + 1)),
            ("contains", np.zeros(0, dtype=str)),
        ):
            if getattr(self, name) is LEFT_OUT:
                object.__setattr__(self, name, value)
        columns.array("ticket_id", str, (n,))
        columns.array("price_eur", np.float64, (n,), low=0)
        zone = columns.array("stop_zone", str, (n_stops,))
        columns.array("max_transfers", np.int32, (n,), low=ANY_NUMBER)
        columns.array("valid_s", np.float64, (n,), low=0, allow_inf=True)
        ticket = columns.array("rule_ticket", np.int32, (n_rules,), low=0, high=n - 1)
        columns.check(bool((np.diff(ticket) >= 0).all()), "rule_ticket: rules must be sorted by ticket")
        for name in ("rule_route", "rule_origin", "rule_destination"):
            columns.array(name, str, (n_rules,))
        columns.array("rule_max_zones", np.int32, (n_rules,), low=ANY_NUMBER)
        columns.pointer("contains_ptr", n_rules, len(np.atleast_1d(self.contains)))
        columns.array("contains", str, (len(np.atleast_1d(self.contains)),))
        columns.check(n > 0, "ticket_id: there is no ticket")
        columns.check(zone.size > 0 or not self.has_zones, "stop_zone: rules speak of zones, and no stop has one")
        columns.check(self.cap_eur >= 0, f"cap_eur: {self.cap_eur} must not be negative")
        columns.unique("ticket_id")
        columns.raise_faults()

    @property
    def has_zones(self) -> bool:
        """Whether some rule speaks of fare zones."""
        zones = (self.rule_origin != "").any() or (self.rule_destination != "").any() or self.contains.size > 0
        return bool(zones or (self.rule_max_zones != ANY_NUMBER).any())

    @classmethod
    def flat(cls, price_eur: float) -> "Fares":
        """One price for every journey, however long and with however many transfers.

        Parameters
        ----------
        price_eur : float
            Price of a journey.

        Returns
        -------
        Fares
            With a single ticket.
        """
        return cls(ticket_id=np.array(["flat"]), price_eur=np.array([price_eur]))

    @classmethod
    def by_number_of_zones(cls, stop_zone: Sequence[str], price_eur: Sequence[float]) -> "Fares":
        """Prices by the number of fare zones that a journey touches, transfers included.

        Parameters
        ----------
        stop_zone : sequence of str
            Fare zone of each stop of the timetable.
        price_eur : sequence of float
            Price of one zone, of two, and so on; the last one holds for more zones too.

        Returns
        -------
        Fares
            With a ticket for each number.
        """
        n = len(price_eur)
        return cls(
            ticket_id=np.array([f"{k + 1} zones" for k in range(n)], dtype=str),
            price_eur=np.array(price_eur),
            stop_zone=np.array(stop_zone, dtype=str),
            rule_ticket=np.arange(n, dtype=np.int32),
            rule_max_zones=np.array([*range(1, n), ANY_NUMBER][:n] if n else []),
        )

    @classmethod
    def by_zone_pair(cls, stop_zone: Sequence[str], zone: Sequence[str], price_eur: FloatArray) -> "Fares":
        """Prices by the fare zones in which a journey begins and ends, transfers included.

        Parameters
        ----------
        stop_zone : sequence of str
            Fare zone of each stop of the timetable.
        zone : sequence of str
            Fare zones.
        price_eur : ndarray of shape (n_fare_zones, n_fare_zones)
            Price from the zone of the row to the zone of the column; nan where no ticket is sold.

        Returns
        -------
        Fares
            With a ticket for each pair.
        """
        names, price = np.array(zone, dtype=str), np.asarray(price_eur, dtype=np.float64)
        if price.shape != (len(names), len(names)):
            raise DemandError(f"Fares: price_eur has shape {price.shape}, expected {(len(names), len(names))}")
        origin, destination = np.nonzero(~np.isnan(price))
        return cls(
            ticket_id=np.array([f"{names[i]} - {names[j]}" for i, j in zip(origin, destination, strict=True)], str),
            price_eur=price[origin, destination],
            stop_zone=np.array(stop_zone, dtype=str),
            rule_ticket=np.arange(len(origin), dtype=np.int32),
            rule_origin=names[origin],
            rule_destination=names[destination],
        )

    def _repr_html_(self) -> str:
        low, high = self.price_eur.min(), self.price_eur.max()
        return html_card(
            "Fares",
            {
                "tickets": len(self.ticket_id),
                "prices": f"{low:.2f} EUR" if low == high else f"{low:.2f} to {high:.2f} EUR",
                "fare zones": np.unique(self.stop_zone[self.stop_zone != ""]).size,
                "cap": "none" if np.isinf(self.cap_eur) else f"{self.cap_eur:.2f} EUR",
            },
        )
