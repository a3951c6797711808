"""Measures of e-mobility: electric share, company cars and charging points."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.provenance import Parameter, Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, setting
from itas_mobility.scenarios.measures.conditions import (
    CURVE_SHARE,
    REGION_SHARE,
    SET_BY_HAND,
    YEAR,
    is_set_by_hand,
    year_setting,
)
from itas_mobility.scenarios.measures.sites import site_place
from itas_mobility.words import Language, number

__all__ = ["REGION_SHARE", "ChargingPoints", "CompanyCars", "ElectricShare"]


class ElectricShare(Measure):
    """Set the share of battery-electric cars among commuters' cars: at one site, or everywhere.

    What the curve of adoption gives for the year of the scenario is told beside it.
    """

    type: Literal["electric_share"]
    share: float = Field(ge=0, le=1)
    site: str | None = Field(None, description="id of the site; all commuters if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Electric share of the site or of all."""
        del region
        thing = f"electric share of {self.site or 'all commuters'}"
        return (setting("electric share", thing, site_place(self.site)),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The year: it sets shares too, and would change what is set by hand before it."""
        del region
        return (year_setting(),)

    def apply(self, region: Region) -> Region:
        """Set the share."""
        sites = region.sites
        shares = np.array(sites.electric_share, float)
        if self.site is not None:
            row = sites.row(self.site)
            if shares[row] == self.share:
                raise nothing_to_change(self, f"site {self.site} already has an electric share of {self.share:g}")
            shares[row] = self.share
            return replace(region, sites=_with_shares(region, shares, [row]))
        old = region.parameters.value(REGION_SHARE)
        if old == self.share and bool((shares == self.share).all()):
            raise nothing_to_change(self, f"the electric share is already {self.share:g}")
        parameters = region.parameters
        if not is_set_by_hand(region):  # the curve's share stays beside it
            told = replace(parameters[REGION_SHARE], name=CURVE_SHARE)
            parameters = Parameters({**parameters, CURVE_SHARE: told})
        parameters = parameters.with_value(REGION_SHARE, self.share, source=SET_BY_HAND)
        shares[:] = self.share
        return replace(region, sites=_with_shares(region, shares, list(range(len(sites)))), parameters=parameters)

    def _described(self, language: Language) -> str:
        percent = f"{100 * self.share:g} %"
        if language == "de":
            return f"Elektro-Anteil der Pkw {percent}" + (f" ({self.site})" if self.site else " (alle Pendler)")
        return f"Electric share of cars {percent}" + (f" ({self.site})" if self.site else " (all commuters)")


class CompanyCars(Measure):
    """Set the share of company cars among the cars that commute to a site, and how many of them are electric.

    All other cars of the site keep the share they have.
    """

    type: Literal["company_cars"]
    site: str = Field(min_length=1, description="id of the site")
    company_share: float = Field(gt=0, le=1, description="share of company cars among the site's commuter cars")
    electric_share: float = Field(ge=0, le=1, description="battery-electric share of the company cars")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Company cars of the site."""
        del region
        return (setting("company cars", f"company cars at {self.site}", site_place(self.site)),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Year and electric share of the site, which the other cars keep."""
        del region
        thing = f"electric share of {self.site}"
        return (year_setting(), setting("electric share", thing, site_place(self.site)))

    def apply(self, region: Region) -> Region:
        """Set the mean of both kinds of cars."""
        row = region.sites.row(self.site)
        shares = np.array(region.sites.electric_share, float)
        mean = self.company_share * self.electric_share + (1.0 - self.company_share) * shares[row]
        if np.isclose(mean, shares[row], rtol=1e-12, atol=0.0):
            raise nothing_to_change(self, f"site {self.site} already has an electric share of {mean:g}")
        shares[row] = mean
        return replace(region, sites=_with_shares(region, shares, [row]))

    def _described(self, language: Language) -> str:
        company, electric = (f"{number(100 * x, 0, language)} %" for x in (self.company_share, self.electric_share))
        if language == "de":
            return f"{self.site}: {company} Dienstwagen, davon {electric} elektrisch"
        return f"{self.site}: {company} company cars, {electric} of them electric"


def _with_shares(region: Region, shares: FloatArray, rows: list[int]) -> IndustrialSites:
    """Sites with shares that measures have set in some rows."""
    sites = region.sites
    year = int(region.parameters.value(YEAR))
    told = {}
    for row in rows:
        name, value = f"{sites.site_id[row]}.electric_share", float(shares[row])
        told[name] = Parameter(name, value, "1", SET_BY_HAND, year, "derived", value, value)
    return replace(sites, electric_share=shares, provenance={**sites.provenance, **told})


class ChargingPoints(Measure):
    """Set number and power of the charging points at a site, and what the grid connection gives them."""

    type: Literal["charging_points"]
    site: str = Field(min_length=1)
    points: int | None = Field(None, ge=0)
    power_kw: float | None = Field(None, gt=0)
    grid_connection_kw: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _sets_something(self) -> "ChargingPoints":
        if self.points is None and self.power_kw is None and self.grid_connection_kw is None:
            message = "needs 'points', 'power_kw' or 'grid_connection_kw'"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The figures that are given."""
        del region
        given = {"points": self.points, "power": self.power_kw, "grid connection": self.grid_connection_kw}
        return tuple(
            setting(f"charging {name}", f"charging {name} at {self.site}", site_place(self.site))
            for name, value in given.items()
            if value is not None
        )

    def apply(self, region: Region) -> Region:
        """Set the figures."""
        sites = region.sites
        row = sites.row(self.site)
        wanted = {
            "charging_points": self.points,
            "charging_point_kw": self.power_kw,
            "grid_connection_kw": self.grid_connection_kw,
        }
        changed = {}
        for name, value in wanted.items():
            column = getattr(sites, name).copy()
            if value is not None and column[row] != value:
                column[row] = value
                changed[name] = column
        if not changed:
            raise nothing_to_change(self, f"site {self.site} already has these charging points")
        return replace(region, sites=replace(sites, **changed))

    def _described(self, language: Language) -> str:
        parts = []
        if self.points is not None:
            parts.append(f"{self.points} {'Ladepunkte' if language == 'de' else 'charging points'}")
        if self.power_kw is not None:
            parts.append(f"{self.power_kw:g} kW")
        if self.grid_connection_kw is not None:
            parts.append(f"{'Netzanschluss' if language == 'de' else 'grid connection'} {self.grid_connection_kw:g} kW")
        return f"{self.site}: {', '.join(parts)}"
