"""Conditions of a scenario: its year and the temperature outside."""

from dataclasses import replace
from typing import Final, Literal

import numpy as np
from pydantic import Field

from itas_mobility import emobility
from itas_mobility.core.adoption import AdoptionFit
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.scenarios.measures.base import Measure, Place, Setting, nothing_to_change, refused_by, setting
from itas_mobility.words import Language, number

CONDITIONS: Final[Place] = ("conditions",)
REGION_SHARE: Final = "ev_share"
"""Parameter that holds the electric share of cars that do not go to a site."""
CURVE_SHARE: Final = "ev_share_curve"
"""Parameter that holds what the curve of adoption gives, whatever is set by hand."""
YEAR: Final = "scenario_year"
SET_BY_HAND: Final = "scenario measure electric_share"
"""Source of a share that a measure sets."""


def year_setting() -> Setting:
    """The year of the scenario."""
    return setting("year", "year of the scenario", CONDITIONS)


def is_set_by_hand(region: Region) -> bool:
    """Whether a measure has set the electric share of the region, so that the curve no longer tells it."""
    return region.parameters[REGION_SHARE].source == SET_BY_HAND


def hand_set_sites(region: Region) -> list[int]:
    """Rows of the sites whose electric share a measure has set."""
    known = region.sites.provenance
    return [row for row, site in enumerate(region.sites.site_id.tolist()) if f"{site}.electric_share" in known]


class SetYear(Measure):
    """Set the year: the electric share of the region and of all sites goes along the curve of adoption.

    The curve is that of Germany's stock, at the ratio of odds that region and site have to it in the year they are
    known in. Shares that are set by hand stay. The electricity mix stays as well, as no projection of it was read.
    """

    type: Literal["set_year"]
    year: int = Field(ge=2000, le=2100, description="the cars are those of its first of January")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Year of the scenario."""
        del region
        return (year_setting(),)

    def apply(self, region: Region) -> Region:
        """Set year and shares."""
        parameters, sites = region.parameters, region.sites
        known = parameters.value(YEAR)
        if self.year == known:
            raise nothing_to_change(self, f"the scenario already is one of {self.year}")
        with refused_by(self):
            germany = emobility.german_adoption(parameters)
            if self.year < germany.last_year:
                raise nothing_to_change(
                    self, f"year {self.year} lies before the last count of {germany.last_year}; scenarios look ahead"
                )
            by_hand = is_set_by_hand(region)
            curve = germany.for_region(parameters.value(CURVE_SHARE if by_hand else REGION_SHARE), known)
            low, high = curve.band(self.year)
            changed = _with_share(parameters, CURVE_SHARE, curve, self.year, float(low), float(high))
            if not by_hand:
                changed = _with_share(changed, REGION_SHARE, curve, self.year, float(low), float(high))
            changed = changed.with_value(YEAR, float(self.year), source="scenario measure set_year")
            shares = np.array(sites.electric_share, np.float64)
            fixed = set(range(len(sites))) if by_hand else set(hand_set_sites(region))
            for row in range(len(sites)):
                # nobody electric, or more than the curve ever tells, stays as it is
                if row not in fixed and 0 < shares[row] < germany.saturation_share:
                    shares[row] = float(germany.for_region(float(shares[row]), known).share(self.year))
        return replace(region, parameters=changed, sites=replace(sites, electric_share=shares))

    def _described(self, language: Language) -> str:
        return f"Jahr {self.year}" if language == "de" else f"year {self.year}"


class SetTemperature(Measure):
    """Set the temperature outside on the day that is judged; without it, consumption is the mean of the year."""

    type: Literal["set_temperature"]
    temperature_deg: float = Field(ge=-30, le=45, description="degrees Celsius")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Temperature of the scenario."""
        del region
        return (setting("temperature", "temperature of the scenario", CONDITIONS),)

    def apply(self, region: Region) -> Region:
        """Set the temperature; the day has no spread."""
        parameters = region.parameters
        if parameters.value("temperature_deg") == self.temperature_deg and not parameters.value("temperature_spread_k"):
            raise nothing_to_change(self, f"the temperature already is {self.temperature_deg:g} degrees Celsius")
        source = "scenario measure set_temperature"
        changed = parameters.with_value("temperature_deg", self.temperature_deg, source=source)
        return replace(region, parameters=changed.with_value("temperature_spread_k", 0.0, source=source))

    def _described(self, language: Language) -> str:
        decimals = 0 if self.temperature_deg.is_integer() else 1
        degrees = f"{number(self.temperature_deg, decimals, language)} °C"
        return f"Außentemperatur {degrees}" if language == "de" else f"outside temperature {degrees}"


def _with_share(
    parameters: Parameters, name: str, curve: AdoptionFit, year: int, low: float, high: float
) -> Parameters:
    """Parameters with a share by the curve and its band."""
    share = float(curve.share(year))
    told = replace(
        parameters[name], value=share, low=low, high=high, year=year, confidence="derived",
        source=f"{curve.curve} curve through the stock of {curve.first_fitted_year} to {curve.last_year}, band of 90 %",
    )  # fmt: skip
    return Parameters({**parameters, name: told})
