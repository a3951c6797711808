"""Measures of employers for the way to work: price and number of parking spaces, job bicycles, carpooling."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.region import Region
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, setting
from itas_mobility.scenarios.measures.emobility import as_given, at, site_rows
from itas_mobility.scenarios.measures.sites import all_sites, site_place
from itas_mobility.words import Language


class ParkingPrice(Measure):
    """Set what a car pays a day for a space of a site, or of all sites.

    Where spaces are short, the price takes the place of the time that drivers lose by the shortage: as many cars
    come until it is above that.
    """

    type: Literal["parking_price"]
    eur_per_day: float = Field(ge=0, description="price of a space per car and day; 0 makes it free")
    site: str | None = Field(None, description="id of the site; all sites if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Price of parking at the site or at all."""
        del region
        return (setting("parking price", f"parking price at {self.site or 'all sites'}", site_place(self.site)),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Which sites there are, if all are meant."""
        del region
        return all_sites(self.site)

    def apply(self, region: Region) -> Region:
        """Set the price."""
        sites = region.sites
        price = sites.parking_price_eur_per_day.copy()
        rows = site_rows(self, sites, self.site)
        if (price[rows] == self.eur_per_day).all():
            raise nothing_to_change(
                self, f"parking at {self.site or 'all sites'} already costs {self.eur_per_day:g} EUR"
            )
        price[rows] = self.eur_per_day
        return replace(region, sites=replace(sites, parking_price_eur_per_day=price))

    def _described(self, language: Language) -> str:
        eur = as_given(self.eur_per_day, language)
        what = f"Parken {eur} € am Tag" if language == "de" else f"parking {eur} € a day"
        return f"{at(self.site, language)}: {what}"


class ParkingSpaces(Measure):
    """Set the number of parking spaces of a site."""

    type: Literal["parking_spaces"]
    site: str = Field(min_length=1, description="id of the site")
    spaces: float = Field(ge=0, description="spaces there are afterwards")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Spaces of the site."""
        del region
        return (setting("parking spaces", f"parking spaces at {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the number."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        if sites.parking_spaces[row] == self.spaces:
            raise nothing_to_change(self, f"site {self.site} already has {self.spaces:g} parking spaces")
        spaces = sites.parking_spaces.copy()
        spaces[row] = self.spaces
        return replace(region, sites=replace(sites, parking_spaces=spaces))

    def _described(self, language: Language) -> str:
        spaces = as_given(self.spaces, language)
        return f"{self.site}: {spaces} {'Stellplätze' if language == 'de' else 'parking spaces'}"


class JobBicycle(Measure):
    """Give workers of a site a pedelec through their employer.

    Whoever has one already is as likely to take it as others: of all workers, 1 - (1 - p) (1 - share) have one then.
    """

    type: Literal["job_bicycle"]
    site: str = Field(min_length=1, description="id of the site")
    share: float = Field(gt=0, le=1, description="share of the workers who take the offer")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Pedelecs at hand of the site's workers."""
        del region
        return (setting("pedelecs", f"pedelecs of the workers of {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Raise the share of those who have a pedelec at hand."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        before = _share_at(region, sites.pedelec_share, row, "pedelec_share")
        if before == 1.0:
            raise nothing_to_change(self, f"all workers of site {self.site} have a pedelec at hand already")
        shares = sites.pedelec_share.copy()
        shares[row] = 1.0 - (1.0 - before) * (1.0 - self.share)
        return replace(region, sites=replace(sites, pedelec_share=shares))

    def _described(self, language: Language) -> str:
        percent = f"{as_given(100 * self.share, language)} %"
        if language == "de":
            return f"{self.site}: Dienstrad (Pedelec) für {percent} der Beschäftigten"
        return f"{self.site}: job bicycle (pedelec) for {percent} of the workers"


class Carpooling(Measure):
    """Let more workers of a site share cars: a scheme that matches them, spaces kept for full cars."""

    type: Literal["carpooling"]
    site: str = Field(min_length=1, description="id of the site")
    share: float = Field(gt=0, le=1, description="share of the workers who would take or give a lift afterwards")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Readiness of the site's workers for lifts."""
        del region
        return (setting("lifts", f"lifts of the workers of {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Raise the share of those who would take or give a lift."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        before = _share_at(region, sites.lift_share, row, "lift_share")
        if self.share <= before:
            raise nothing_to_change(
                self,
                f"at site {self.site} {before:g} of the workers would share a car already; {self.share:g} is no more",
            )
        shares = sites.lift_share.copy()
        shares[row] = self.share
        return replace(region, sites=replace(sites, lift_share=shares))

    def _described(self, language: Language) -> str:
        percent = f"{as_given(100 * self.share, language)} %"
        if language == "de":
            return f"{self.site}: Fahrgemeinschaften, {percent} der Beschäftigten machen mit"
        return f"{self.site}: carpooling, {percent} of the workers take part"


def _share_at(region: Region, by_site: FloatArray, row: int, parameter: str) -> float:
    """A share of the workers of a site: its own, else that of all."""
    own = float(by_site[row])
    return region.parameters.value(parameter) if np.isnan(own) else own
