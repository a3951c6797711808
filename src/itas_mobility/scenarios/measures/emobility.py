"""Measures of e-mobility: electric share and charging points."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility.core.region import Region
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, setting
from itas_mobility.scenarios.measures.sites import site_place
from itas_mobility.words import Language

REGION_SHARE = "ev_share"
"""Parameter that holds the electric share of cars that do not go to a site."""


class ElectricShare(Measure):
    """Set the share of battery-electric cars among commuters' cars: at one site, or everywhere."""

    type: Literal["electric_share"]
    share: float = Field(ge=0, le=1)
    site: str | None = Field(None, description="id of the site; all commuters if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Electric share of the site or of all."""
        del region
        thing = f"electric share of {self.site or 'all commuters'}"
        return (setting("electric share", thing, site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the share."""
        sites = region.sites
        shares = np.array(sites.electric_share, float)
        if self.site is not None:
            row = sites.row(self.site)
            if shares[row] == self.share:
                raise nothing_to_change(self, f"site {self.site} already has an electric share of {self.share:g}")
            shares[row] = self.share
            return replace(region, sites=replace(sites, electric_share=shares))
        old = region.parameters.value(REGION_SHARE)
        if old == self.share and bool((shares == self.share).all()):
            raise nothing_to_change(self, f"the electric share is already {self.share:g}")
        parameters = region.parameters.with_value(REGION_SHARE, self.share, source="scenario measure electric_share")
        return replace(
            region, sites=replace(sites, electric_share=np.full(len(sites), self.share)), parameters=parameters
        )

    def _described(self, language: Language) -> str:
        percent = f"{100 * self.share:g} %"
        if language == "de":
            return f"Elektro-Anteil der Pkw {percent}" + (f" ({self.site})" if self.site else " (alle Pendler)")
        return f"Electric share of cars {percent}" + (f" ({self.site})" if self.site else " (all commuters)")


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
