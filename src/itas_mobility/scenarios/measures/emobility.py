"""Measures of e-mobility: electric share, company cars, charging points, who plugs in where."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import emobility
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.provenance import Parameter, Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.scenarios.measures.conditions import (
    CURVE_SHARE,
    REGION_SHARE,
    SET_BY_HAND,
    YEAR,
    is_set_by_hand,
    year_setting,
)
from itas_mobility.scenarios.measures.sites import all_sites, site_place
from itas_mobility.words import STRATEGIES, Language, Text, number

__all__ = [
    "REGION_SHARE",
    "ChargingPoints",
    "CompanyCars",
    "ElectricShare",
    "HomeChargingOffer",
    "ManagedCharging",
    "PlugInPolicy",
    "as_given",
    "at",
    "site_rows",
]


def site_rows(measure: Measure, sites: IndustrialSites, site: str | None) -> list[int]:
    """Row of a site, or of all sites where none is named.

    Parameters
    ----------
    measure : Measure
        Named in the error.
    sites : IndustrialSites
        Sites.
    site : str or None
        Id.

    Returns
    -------
    list of int
        Rows.

    Raises
    ------
    ScenarioError
        If the site is not known, or there is none at all.
    """
    if site is None:
        if len(sites) == 0:
            raise nothing_to_change(measure, "the region has no sites")
        return list(range(len(sites)))
    with refused_by(measure):
        return [sites.row(site)]


def at(site: str | None, language: Language) -> str:
    """A site, or all of them, in words."""
    return site or ("alle Standorte" if language == "de" else "all sites")


def as_given(value: float, language: Language) -> str:
    """A figure of a measure in words: with the decimals that it has, two at most."""
    decimals = next((d for d in (0, 1) if abs(value - round(value, d)) <= 1e-9 * abs(value)), 2)
    return number(value, decimals, language)


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
        """The year, which sets shares too and would change what is set by hand; sites that open, if all are meant."""
        del region
        return (year_setting(), *all_sites(self.site))

    def apply(self, region: Region) -> Region:
        """Set the share."""
        sites = region.sites
        shares = np.array(sites.electric_share, float)
        if self.site is not None:
            row = site_rows(self, sites, self.site)[0]
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
        percent = f"{as_given(100 * self.share, language)} %"
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
        row = site_rows(self, region.sites, self.site)[0]
        shares = np.array(region.sites.electric_share, float)
        mean = self.company_share * self.electric_share + (1.0 - self.company_share) * shares[row]
        if np.isclose(mean, shares[row], rtol=1e-12, atol=0.0):
            raise nothing_to_change(self, f"site {self.site} already has an electric share of {mean:g}")
        shares[row] = mean
        return replace(region, sites=_with_shares(region, shares, [row]))

    def _described(self, language: Language) -> str:
        company, electric = (f"{as_given(100 * x, language)} %" for x in (self.company_share, self.electric_share))
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
    """Set the charging points at a site: number, power, what the grid connection gives them, when cars free them."""

    type: Literal["charging_points"]
    site: str = Field(min_length=1)
    points: int | None = Field(None, ge=0)
    power_kw: float | None = Field(None, gt=0)
    grid_connection_kw: float | None = Field(None, ge=0)
    release: Literal["full", "departure", "fee"] | None = Field(None, description="when a car frees its point")
    fee_after_h: float | None = Field(None, ge=0, description="with release 'fee': hours after full until it is moved")

    @model_validator(mode="after")
    def _sets_something(self) -> "ChargingPoints":
        given = (self.points, self.power_kw, self.grid_connection_kw, self.release)
        if all(value is None for value in given):
            message = "needs 'points', 'power_kw', 'grid_connection_kw' or 'release'"
            raise ValueError(message)
        if (self.release == "fee") != (self.fee_after_h is not None):
            message = "release 'fee' and 'fee_after_h' go together"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The figures that are given."""
        del region
        given = {
            "points": self.points, "power": self.power_kw, "grid connection": self.grid_connection_kw,
            "release": self.release,
        }  # fmt: skip
        return tuple(
            setting(f"charging {name}", f"charging {name} at {self.site}", site_place(self.site))
            for name, value in given.items()
            if value is not None
        )

    def apply(self, region: Region) -> Region:
        """Set the figures."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        wanted = {
            "charging_points": self.points,
            "charging_point_kw": self.power_kw,
            "grid_connection_kw": self.grid_connection_kw,
            "release": self.release,
            "fee_after_h": self.fee_after_h,
        }
        changed = {}
        for name, value in wanted.items():
            column = getattr(sites, name).astype(object) if name == "release" else getattr(sites, name).copy()
            if value is not None and column[row] != value:
                column[row] = value
                changed[name] = column.astype(str) if name == "release" else column
        if not changed:
            raise nothing_to_change(self, f"site {self.site} already has these charging points")
        return replace(region, sites=replace(sites, **changed))

    def _described(self, language: Language) -> str:
        is_german = language == "de"
        parts = []
        if self.points is not None:
            parts.append(f"{self.points} {'Ladepunkte' if is_german else 'charging points'}")
        if self.power_kw is not None:
            parts.append(f"{as_given(self.power_kw, language)} kW")
        if self.grid_connection_kw is not None:
            kw = as_given(self.grid_connection_kw, language)
            parts.append(f"{'Netzanschluss' if is_german else 'grid connection'} {kw} kW")
        if self.release is not None:
            hours = as_given(self.fee_after_h or 0.0, language)
            words = {
                "full": ("frei, sobald voll", "freed when full"),
                "departure": ("frei bei Abfahrt", "freed at departure"),
                "fee": (f"Blockiergebühr {hours} h nach voll", f"blocking fee {hours} h after full"),
            }
            parts.append(words[self.release][0 if is_german else 1])
        return f"{self.site}: {', '.join(parts)}"


class ManagedCharging(Measure):
    """Charge by a strategy: at one site, or at all."""

    type: Literal["managed_charging"]
    strategy: str = Field(min_length=1, description="one of emobility.STRATEGIES")
    site: str | None = Field(None, description="id of the site; all sites if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Strategy of the site or of all."""
        del region
        return (
            setting("charging strategy", f"charging strategy of {self.site or 'all sites'}", site_place(self.site)),
        )

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Sites that open, if all are meant."""
        del region
        return all_sites(self.site)

    def apply(self, region: Region) -> Region:
        """Set the strategy."""
        if self.strategy not in emobility.STRATEGIES:
            known = ", ".join(emobility.STRATEGIES)
            raise nothing_to_change(self, f"strategy {self.strategy!r} is not known; known: {known}")
        sites = region.sites
        rows = site_rows(self, sites, self.site)
        names = sites.charging_strategy.astype(object)
        if bool((names[rows] == self.strategy).all()):
            raise nothing_to_change(self, f"{self.site or 'all sites'}: cars already charge {self.strategy}")
        names[rows] = self.strategy
        return replace(region, sites=replace(sites, charging_strategy=names.astype(str)))

    def _described(self, language: Language) -> str:
        name = STRATEGIES.get(self.strategy, Text(self.strategy, self.strategy))
        if language == "de":
            return f"{at(self.site, language)}: Laden „{name.de}“"
        return f"{at(self.site, language)}: charging, {name.en.lower()}"


class PlugInPolicy(Measure):
    """Set the share of commuters' electric cars that plug in at work on a day: at one site, or at all.

    It is the share over all cars if as many as usual have a point at home; who has none plugs in more often.
    """

    type: Literal["plug_in_policy"]
    share: float = Field(ge=0, le=1)
    site: str | None = Field(None, description="id of the site; all sites if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Share of the site or of all."""
        del region
        return (setting("plugging in", f"plugging in at {self.site or 'all sites'}", site_place(self.site)),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Sites that open, if all are meant."""
        del region
        return all_sites(self.site)

    def apply(self, region: Region) -> Region:
        """Set the share."""
        sites = region.sites
        rows = site_rows(self, sites, self.site)
        usual = region.parameters.value("work_charging_share")
        before = np.where(np.isnan(sites.work_charging_share), usual, sites.work_charging_share)
        if bool((before[rows] == self.share).all()):
            raise nothing_to_change(self, f"{self.site or 'all sites'}: already {self.share:g} of the cars plug in")
        shares = sites.work_charging_share.copy()
        shares[rows] = self.share
        return replace(region, sites=replace(sites, work_charging_share=shares))

    def _described(self, language: Language) -> str:
        percent = f"{as_given(100 * self.share, language)} %"
        if language == "de":
            return f"{at(self.site, language)}: {percent} der Elektro-Pkw stecken am Tag an"
        return f"{at(self.site, language)}: {percent} of the electric cars plug in on a day"


class HomeChargingOffer(Measure):
    """Set the share of electric cars that have a charging point at home: in some zones, or everywhere."""

    type: Literal["home_charging_offer"]
    share: float = Field(ge=0, le=1)
    zones: tuple[str, ...] | None = Field(None, min_length=1, description="ids of zones; all if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Points at home of the zones, or of all."""
        del region
        places = [("zone",)] if self.zones is None else [("zone", zone) for zone in self.zones]
        return (setting("points at home", f"points at home in {self._where}", *places),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Sites that open, which have zones of their own, if all are meant."""
        del region
        return all_sites(None) if self.zones is None else ()

    @property
    def _where(self) -> str:
        return "all zones" if self.zones is None else ", ".join(self.zones)

    def apply(self, region: Region) -> Region:
        """Set the share."""
        ids = region.zones.zone_id
        unknown = sorted(set(self.zones or ()) - set(ids.tolist()))
        if unknown:
            raise nothing_to_change(self, f"no such zone: {', '.join(unknown)}")
        chosen = np.ones(len(ids), bool) if self.zones is None else np.isin(ids, self.zones)
        given = np.full(len(ids), np.nan) if region.home_charging_share is None else region.home_charging_share.copy()
        before = np.where(np.isnan(given), region.parameters.value("home_charging_share"), given)
        if bool((before[chosen] == self.share).all()):
            raise nothing_to_change(self, f"{self._where}: already {self.share:g} of the cars have a point at home")
        given[chosen] = self.share
        return replace(region, home_charging_share=given)

    def _described(self, language: Language) -> str:
        percent = f"{as_given(100 * self.share, language)} %"
        zones = ", ".join(self.zones or ())
        if language == "de":
            return f"Ladepunkt zu Hause für {percent} der Elektro-Pkw ({zones or 'überall'})"
        return f"A charging point at home for {percent} of electric cars ({zones or 'everywhere'})"
