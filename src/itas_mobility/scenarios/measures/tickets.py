"""Measures on fares: price of a way, flat ticket, job ticket of a site."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.scenarios.measures.sites import site_place
from itas_mobility.words import Language

FARE = "pt_fare_eur"
"""Parameter: fare of a way by public transport."""
FLAT_PRICE = "flat_ticket_eur_per_month"
"""Parameter: price of the Deutschlandticket."""
TRIPS = "ticket_trips_per_month"
"""Parameter: ways to and from work in a month."""


def _with_fare(measure: Measure, region: Region, price_eur: float, source: str) -> Region:
    if price_eur == region.parameters.value(FARE):
        raise nothing_to_change(measure, f"a way already costs {price_eur:.2f} EUR")
    return replace(region, parameters=region.parameters.with_value(FARE, price_eur, source=source))


class ChangeFare(Measure):
    """Set what a way by public transport costs, or change it by some percent."""

    type: Literal["change_fare"]
    price_eur: float | None = Field(None, ge=0, description="price of a way")
    by_percent: float | None = Field(None, ge=-100, description="change of today's price; negative: cheaper")

    @model_validator(mode="after")
    def _says_one(self) -> "ChangeFare":
        if (self.price_eur is None) == (self.by_percent is None):
            message = "needs either 'price_eur' or 'by_percent'"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The fare."""
        del region
        return (setting("fare", "fare of public transport", ("region",)),)

    def apply(self, region: Region) -> Region:
        """Set the fare that mode choice sees; job tickets stay."""
        price = self.price_eur
        if price is None:
            price = region.parameters.value(FARE) * (1.0 + (self.by_percent or 0.0) / 100.0)
        return _with_fare(self, region, price, "scenario measure change_fare")

    def _described(self, language: Language) -> str:
        if self.price_eur is not None:
            price = f"{self.price_eur:.2f} EUR"
            return f"ÖPNV-Preis je Weg {price}" if language == "de" else f"Public transport fare {price} a way"
        change = f"{self.by_percent:+g} %"
        return f"ÖPNV-Preise {change}" if language == "de" else f"Public transport fares {change}"


class FlatTicket(Measure):
    """A flat ticket for all: what a month costs, over the ways made with it."""

    type: Literal["flat_ticket"]
    price_eur_per_month: float | None = Field(
        None, ge=0, description="the Deutschlandticket, parameter flat_ticket_eur_per_month, if left out"
    )
    trips_per_month: float | None = Field(
        None, gt=0, le=200, description="ways in a month; parameter ticket_trips_per_month if left out"
    )

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The fare."""
        del region
        return (setting("fare", "fare of public transport", ("region",)),)

    def apply(self, region: Region) -> Region:
        """Set the fare of a way."""
        price, trips = _price_and_trips(region.parameters, self.price_eur_per_month, self.trips_per_month)
        source = f"scenario measure flat_ticket: {price:g} EUR per month over {trips:g} trips"
        return _with_fare(self, region, price / trips, source)

    def _described(self, language: Language) -> str:
        price = "" if self.price_eur_per_month is None else f" {self.price_eur_per_month:g}"
        if language == "de":
            return f"Einheitsticket für{price} EUR im Monat" if price else "Deutschlandticket für alle"
        return f"Flat ticket for{price} EUR a month" if price else "Deutschlandticket for all"


class JobTicket(Measure):
    """A job ticket for the workers of a site, of whose price the employer bears a share."""

    type: Literal["job_ticket"]
    site: str = Field(min_length=1, description="id of the site")
    employer_share: float = Field(ge=0, le=1, description="share of the price that the employer bears")
    price_eur_per_month: float | None = Field(
        None, ge=0, description="price of the ticket; if left out that of the Deutschlandticket, with its discount"
    )
    trips_per_month: float | None = Field(
        None, gt=0, le=200, description="ways in a month; parameter ticket_trips_per_month if left out"
    )

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The job ticket of the site; what others pay is another thing."""
        del region
        return (setting("job ticket", f"job ticket of {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the fare of ways to and from the site."""
        price, trips = _price_and_trips(region.parameters, self.price_eur_per_month, self.trips_per_month)
        value = region.parameters.value
        is_discounted = self.price_eur_per_month is None and self.employer_share >= value(
            "job_ticket_min_employer_share"
        )
        discount = value("job_ticket_discount_share") if is_discounted else 0.0
        fare = price * max(1.0 - self.employer_share - discount, 0.0) / trips
        with refused_by(self):
            row = region.sites.row(self.site)
        old = np.full(len(region.sites), np.nan) if region.site_fare_eur is None else region.site_fare_eur
        before = old[row] if np.isfinite(old[row]) else value(FARE)
        if fare == before:
            raise nothing_to_change(self, f"a way to {self.site} already costs {fare:.2f} EUR")
        fares = old.copy()
        fares[row] = fare
        return replace(region, site_fare_eur=fares)

    def _described(self, language: Language) -> str:
        share = f"{100 * self.employer_share:g} %"
        if language == "de":
            return f"{self.site}: Jobticket, Arbeitgeber trägt {share}"
        return f"{self.site}: job ticket, employer bears {share}"


def _price_and_trips(parameters: Parameters, price: float | None, trips: float | None) -> tuple[float, float]:
    return (
        parameters.value(FLAT_PRICE) if price is None else price,
        parameters.value(TRIPS) if trips is None else trips,
    )
