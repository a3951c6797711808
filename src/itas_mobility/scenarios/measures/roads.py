"""Measures on roads: closure and speed."""

import warnings
from dataclasses import replace
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import network
from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.scenarios.measures.lines import DIVERSION
from itas_mobility.words import Language

_Name = Annotated[str, Field(min_length=1)]
_LOSSES_NAMED: Final = 6
"""Losses of lines that a warning names at the most."""


class _OnRoad(Measure):
    """A measure on links chosen by street name or reference, or by OSM way."""

    road: _Name | tuple[_Name, ...] | None = Field(
        None, description="street name or reference, e.g. 'B 93' or 'Moseler Allee', or a list of them"
    )
    ways: tuple[int, ...] = Field((), description="OSM way ids")
    between: tuple[float, float, float, float] | None = Field(
        None, description="only links inside this box: west, south, east, north in degrees"
    )

    @model_validator(mode="after")
    def _names_a_road(self) -> "_OnRoad":
        if not self.road and not self.ways:
            message = "needs 'road' or 'ways'"
            raise ValueError(message)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names and references of roads."""
        return (self.road,) if isinstance(self.road, str) else self.road or ()

    def links(self, roads: RoadNetwork) -> np.ndarray:
        """Mask of the links the measure means."""
        mask = np.zeros(roads.n_links, bool)
        names, inverse = np.unique(roads.name, return_inverse=True)
        for wanted in map(_normal, self.names):
            mask |= np.array([wanted in {_normal(part) for part in str(name).split(";")} for name in names])[inverse]
        if self.ways:
            hit = np.isin(roads.way_id, self.ways)
            link_of_way = np.repeat(np.arange(roads.n_links), np.diff(roads.way_ptr))
            mask[link_of_way[hit]] = True
        if self.between is not None:
            west, south, east, north = self.between
            lon = (roads.node_lon_deg[roads.tail] + roads.node_lon_deg[roads.head]) / 2
            lat = (roads.node_lat_deg[roads.tail] + roads.node_lat_deg[roads.head]) / 2
            mask &= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return mask

    def found_links(self, region: Region) -> np.ndarray:
        """Mask of the links; an error if there are none."""
        mask = self.links(region.roads)
        if not mask.any():
            raise nothing_to_change(self, f"no road link of {self.place()} in region {region.name}")
        return mask

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The links of the road; without a region its names, ways and box."""
        thing = f"road {self.place()}"
        if region is not None:
            keys = region.roads.link_key[self.links(region.roads)].tolist()
            return (setting("road", thing, *(("link", key) for key in keys)),)
        named = [("road", _normal(name), self.between) for name in self.names]
        return (setting("road", thing, *named, *(("way", way, self.between) for way in self.ways)),)

    def place(self) -> str:
        """The road in words."""
        where = [repr(name) for name in self.names]
        where += [f"ways {', '.join(map(str, self.ways))}"] if self.ways else []
        return " and ".join(where) + (f" inside {self.between}" if self.between else "")

    def title(self) -> str:
        """The road in words that are the same in all languages."""
        return ", ".join([*self.names, *(f"OSM {way}" for way in self.ways)])


def _normal(name: str) -> str:
    return "".join(name.split()).casefold()


class CloseRoad(_OnRoad):
    """Close links for motor vehicles, buses among them, which take the quickest way round (see `divert_lines`)."""

    type: Literal["close_road"]

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The links of the road, and the ways of buses: roads closed by two measures would be gone round one by one."""
        return (*super().settings(region), DIVERSION)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Where all lines run, how fast and when, and the speed of all roads.

        That decides which ways round are quickest; a line that is cut into parts would share a new headway otherwise.
        """
        del region
        lines = (setting(one, f"{one} of a line", ("line",)) for one in ("line", "course", "run time", "headway"))
        return (*lines, setting("speed", "speed of a road", ("roads",)))

    def apply(self, region: Region) -> Region:
        """Drop the links from the car network, and lead the lines round them.

        Warns
        -----
        DataWarning
            Of stops that buses do not serve, and of sections where no road is left and their line is cut.
        """
        closed = self.found_links(region)
        with refused_by(self):
            lines, lost = network.transit.divert_lines(region.transit, region.roads, closed)
            timetable = region.timetable
            if timetable is not None:
                timetable, lost_trips = network.transit.divert_lines(timetable, region.roads, closed)
                lost = tuple(dict.fromkeys((*lost, *lost_trips)))
            open_roads = network.remove_links(region.roads, closed)
        if lost:
            more = len(lost) - _LOSSES_NAMED
            told = "; ".join(lost[:_LOSSES_NAMED]) + (f"; and {more} more such losses" if more > 0 else "")
            warnings.warn(f"measure close_road, {self.place()}: {told}", DataWarning, stacklevel=2)
        return replace(region, roads=open_roads, transit=lines, timetable=timetable)

    def _described(self, language: Language) -> str:
        what = self.title()
        if language == "de":
            return f"Sperrung für Kfz: {what}; Busse fahren den schnellsten Umweg, ohne Umweg endet ihre Linie"
        return f"Closed to motor traffic: {what}; buses take the quickest way round, without one their line ends"


class ChangeSpeed(_OnRoad):
    """Set the free-flow speed of links for cars; run times of lines are data of their own and stay."""

    type: Literal["change_speed"]
    speed_km_per_h: float = Field(gt=0, le=200)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The links of the road, and that a speed is set."""
        return (*super().settings(region), setting("speed", f"speed of {self.place()}", ("roads", self.place())))

    def apply(self, region: Region) -> Region:
        """Set speed and free time of the links; penalties inside the free time stay."""
        links = self.found_links(region)
        if bool((region.roads.free_speed_km_per_h[links] == self.speed_km_per_h).all()):
            raise nothing_to_change(self, f"{self.place()} already has {self.speed_km_per_h:g} km/h")
        with refused_by(self):
            roads = network.change_speed(region.roads, links, speed_km_per_h=self.speed_km_per_h)
        return replace(region, roads=roads)

    def _described(self, language: Language) -> str:
        what = self.title()
        speed = f"{self.speed_km_per_h:g} km/h"
        if language == "de":
            return f"Tempo {speed} auf {what}; Fahrzeiten der Linien bleiben"
        return f"Speed {speed} on {what}; run times of lines stay"
