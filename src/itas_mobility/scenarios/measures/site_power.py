"""Measures on the electricity supply of sites: connection, photovoltaics, battery, prices, dimming."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import emobility
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.region import Region
from itas_mobility.core.site_supply import StationaryBattery
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.weekdays import days_of
from itas_mobility.emobility.weekly import STEPS_PER_WEEK, week_series
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.scenarios.measures.emobility import as_given, at, site_rows
from itas_mobility.scenarios.measures.sites import all_sites, site_place
from itas_mobility.units import SECONDS_PER_HOUR, clock_s
from itas_mobility.words import Language, number

_QUARTERS_PER_DAY = 96


def _with_supply(sites: IndustrialSites, row: int, **changes: Any) -> IndustrialSites:
    supplies = list(sites.supply)
    supplies[row] = replace(supplies[row], **changes)
    return replace(sites, supply=tuple(supplies))


class ConnectionUpgrade(Measure):
    """Give a site a stronger grid connection; what is added is free for charging."""

    type: Literal["connection_upgrade"]
    site: str = Field(min_length=1)
    to_kw: float | None = Field(None, gt=0, description="what charging may then use")
    by_kw: float | None = Field(None, gt=0, description="what is added")
    transformer_kva: float | None = Field(None, gt=0, description="rating of the site's transformer afterwards")

    @model_validator(mode="after")
    def _sets_one(self) -> "ConnectionUpgrade":
        if (self.to_kw is None) == (self.by_kw is None):
            message = "needs either 'to_kw' or 'by_kw'"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Grid connection of the site."""
        del region
        return (setting("charging grid connection", f"grid connection of {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the connection; it must become stronger."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        before = float(sites.grid_connection_kw[row])
        after = before + self.by_kw if self.by_kw is not None else float(self.to_kw or 0.0)
        if after <= before:
            raise nothing_to_change(
                self, f"site {self.site} already has {before:g} kW; {after:g} kW are no upgrade (see charging_points)"
            )
        connection = sites.grid_connection_kw.copy()
        connection[row] = after
        old = sites.supply[row]
        sites = replace(sites, grid_connection_kw=connection)
        if self.transformer_kva is not None:
            sites = _with_supply(sites, row, transformer_kva=self.transformer_kva)
        new = sites.supply[row]
        if replace(new, connection_kw=after).grid_kw <= replace(old, connection_kw=before).grid_kw:
            raise nothing_to_change(
                self,
                f"site {self.site}: its transformer lets it draw {new.grid_kw:g} kW, so that {after:g} kW of "
                "connection bring nothing; give a larger transformer_kva",
            )
        return replace(region, sites=sites)

    def _described(self, language: Language) -> str:
        kw = as_given(self.to_kw or self.by_kw or 0.0, language)
        if language == "de":
            return f"{self.site}: Netzanschluss {f'um {kw} kW stärker' if self.by_kw else f'{kw} kW'}"
        return f"{self.site}: grid connection {kw} kW{' stronger' if self.by_kw else ''}"


class Photovoltaic(Measure):
    """Put photovoltaics on a site: its output is free for charging, and cheap."""

    type: Literal["photovoltaic"]
    site: str = Field(min_length=1)
    kwp: float = Field(gt=0, description="peak power")
    profile: tuple[float, ...] = Field(description="output per peak power: 24, 96, 168 or 672 values (see week_series)")
    source: str = Field(min_length=1, description="where the profile comes from")

    @model_validator(mode="after")
    def _is_a_profile(self) -> "Photovoltaic":
        series = week_series(self.profile, "profile")
        if series.min() < 0 or series.max() > 1.5 or series.max() == 0:
            message = "'profile' must lie between 0 and 1.5 kW per kWp, and not be 0 throughout"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Photovoltaics of the site."""
        del region
        return (setting("photovoltaics", f"photovoltaics at {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the output; it takes the place of what the site had."""
        row = site_rows(self, region.sites, self.site)[0]
        output = self.kwp * week_series(self.profile, "profile")
        if np.array_equal(region.sites.supply[row].pv_kw, output):
            raise nothing_to_change(self, f"site {self.site} already has these photovoltaics")
        return replace(region, sites=_with_supply(region.sites, row, pv_kw=output))

    def _described(self, language: Language) -> str:
        kwp = as_given(self.kwp, language)
        return f"{self.site}: {'Photovoltaik' if language == 'de' else 'photovoltaics'} {kwp} kWp"


class AddStationaryBattery(Measure):
    """Put a battery beside the charging points of a site; programmes use it (strategies that follow rules do not)."""

    type: Literal["stationary_battery"]
    site: str = Field(min_length=1)
    energy_kwh: float = Field(gt=0)
    power_kw: float = Field(gt=0)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Battery of the site."""
        del region
        return (setting("stationary battery", f"stationary battery at {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the battery."""
        row = site_rows(self, region.sites, self.site)[0]
        battery = StationaryBattery(self.energy_kwh, self.power_kw)
        old = region.sites.supply[row].battery
        if old is not None and (old.energy_kwh, old.power_kw) == (self.energy_kwh, self.power_kw):
            raise nothing_to_change(self, f"site {self.site} already has this battery")
        return replace(region, sites=_with_supply(region.sites, row, battery=battery))

    def _described(self, language: Language) -> str:
        size = f"{as_given(self.energy_kwh, language)} kWh, {as_given(self.power_kw, language)} kW"
        return f"{self.site}: {'Batteriespeicher' if language == 'de' else 'stationary battery'} {size}"


class PriceSeries(Measure):
    """Set all that energy for charging costs by the hour, network fee included: at one site, or at all.

    The default tariff no longer holds there; without a demand charge, power costs nothing.
    """

    type: Literal["price_series"]
    eur_per_kwh: tuple[float, ...] = Field(
        description="1, 24, 96, 168 or 672 values (see week_series); may be negative"
    )
    site: str | None = Field(None, description="id of the site; all sites if left out")
    feed_in_eur_per_kwh: float | None = Field(None, description="paid for energy fed into the grid")
    demand_charge_eur_per_kw: float | None = Field(None, ge=0, description="for the highest power of the week")

    @model_validator(mode="after")
    def _is_a_series(self) -> "PriceSeries":
        week_series(self.eur_per_kwh, "eur_per_kwh")
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Prices of the site or of all."""
        del region
        return (setting("prices", f"electricity prices at {self.site or 'all sites'}", site_place(self.site)),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Sites that open, if all are meant."""
        del region
        return all_sites(self.site)

    def apply(self, region: Region) -> Region:
        """Set the prices."""
        sites = region.sites
        changes: dict[str, Any] = {"price_eur_per_kwh": week_series(self.eur_per_kwh, "eur_per_kwh")}
        for name in ("feed_in_eur_per_kwh", "demand_charge_eur_per_kw"):
            if getattr(self, name) is not None:
                changes[name] = getattr(self, name)
        is_new = False
        for row in site_rows(self, sites, self.site):
            old = sites.supply[row]
            is_new |= any(not np.array_equal(getattr(old, name), value) for name, value in changes.items())
            sites = _with_supply(sites, row, **changes)
            if is_new and not sites.supply[row].has_prices:
                raise nothing_to_change(
                    self,
                    f"site {sites.site_id[row]}: 0 EUR throughout stands for prices that are not known, and those of "
                    "the parameters would be taken; give a price, or a demand charge",
                )
        if not is_new:
            raise nothing_to_change(self, f"{self.site or 'all sites'}: these are the prices already")
        return replace(region, sites=sites)

    def _described(self, language: Language) -> str:
        low, high = (number(100.0 * f(self.eur_per_kwh), 1, language) for f in (min, max))
        if language == "de":
            return f"{at(self.site, language)}: Strompreis {low} bis {high} ct/kWh"
        return f"{at(self.site, language)}: price of electricity {low} to {high} ct/kWh"


class Dimming(Measure):
    """Limit what all charging points of a site draw together, in some hours: dimming by the grid operator.

    Section 14a EnWG allows it at low voltage only. What it leaves to the points of the site follows from how they are
    controlled (see `emobility.dimmed_power_kw`), or is told.
    """

    type: Literal["dimming"]
    site: str = Field(min_length=1)
    limit_kw: float | None = Field(None, gt=0, description="of all points together")
    control: Literal["direct", "energy_management"] | None = Field(
        None, description="instead of limit_kw: each point by itself, or all behind an energy management system"
    )
    start: str = Field("00:00", description="HH:MM")
    end: str = Field("24:00", description="HH:MM, after the start; may pass 24:00")
    days: str = Field("Mo-So", description="days on which it begins, such as Mo-Fr")

    @model_validator(mode="after")
    def _is_a_window(self) -> "Dimming":
        if (self.limit_kw is None) == (self.control is None):
            message = "needs either 'limit_kw' or 'control'"
            raise ValueError(message)
        begin, end = (clock_s(getattr(self, name), label=name) / SECONDS_PER_HOUR for name in ("start", "end"))
        if not (begin < 24.0 and begin < end <= begin + 24.0):
            message = "'end' must lie after 'start', by no more than a day"
            raise ValueError(message)
        if begin % 0.25 or end % 0.25:
            message = "'start' and 'end' must be full quarters of an hour, in which power is metered"
            raise ValueError(message)
        days_of(self.days)
        return self

    def series(self, limit_kw: float) -> FloatArray:
        """Limit by quarter of an hour of the week, infinite outside the hours."""
        first, last = (round(4 * clock_s(text) / SECONDS_PER_HOUR) for text in (self.start, self.end))
        limit = np.full(STEPS_PER_WEEK, np.inf)
        for day in days_of(self.days):
            limit[(np.arange(first, last) + day * _QUARTERS_PER_DAY) % STEPS_PER_WEEK] = limit_kw
        return limit

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Limit of the site."""
        del region
        return (setting("charging limit", f"limit of charging at {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Set the limit; the lesser holds where the site had one."""
        sites = region.sites
        row = site_rows(self, sites, self.site)[0]
        if sites.voltage_level[row] != "low":
            raise nothing_to_change(
                self, f"site {self.site} is connected at {sites.voltage_level[row]} voltage; only low voltage is dimmed"
            )
        limit_kw = self.limit_kw
        if limit_kw is None:
            limit_kw = emobility.dimmed_power_kw(
                int(sites.charging_points[row]),
                point_power_kw=float(sites.charging_point_kw[row]),
                control=self.control or "direct",
            )
        before = np.broadcast_to(sites.charging_limit_kw[row], (STEPS_PER_WEEK,))
        after = np.minimum(before, self.series(limit_kw))
        if np.array_equal(before, after):
            raise nothing_to_change(self, f"site {self.site} already keeps to {limit_kw:g} kW in these hours")
        limits = list(sites.charging_limit_kw)
        limits[row] = after
        with refused_by(self):
            return replace(region, sites=replace(sites, charging_limit_kw=tuple(limits)))

    def _described(self, language: Language) -> str:
        when = f"{self.days} {self.start}-{self.end}"
        if self.limit_kw is not None:
            kw = as_given(self.limit_kw, language)
            how = f"auf {kw} kW" if language == "de" else f"to {kw} kW"
        elif self.control == "direct":
            how = "je Ladepunkt (§ 14a)" if language == "de" else "point by point (section 14a)"
        else:
            how = "über ein Energiemanagement (§ 14a)" if language == "de" else "by energy management (section 14a)"
        if language == "de":
            return f"{self.site}: Laden {how} gedimmt ({when})"
        return f"{self.site}: charging dimmed {how} ({when})"
