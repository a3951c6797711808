"""Industrial sites: gates placed beside their real stops, and every quantity with its range, source and confidence."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from itas_mobility.regions.zwickau_data._geometry import Array, to_lonlat
from itas_mobility.regions.zwickau_data._stops import Stops
from itas_mobility.regions.zwickau_data._zones import Zone

YEAR = 2025
PLACEHOLDER = "unsourced placeholder range"


@dataclass(frozen=True)
class Site:
    """A hand-entered site with its gates in the plane."""

    entry: dict[str, Any]
    shifts: list[dict[str, Any]]
    gates: list[tuple[dict[str, Any], Array, str]]

    @property
    def heads(self) -> int:
        """Stated head count."""
        return int(self.entry["heads"][1])


def read_sites(path: Path, stops: Stops) -> list[Site]:
    """Read the hand-entered sites and place their gates."""
    with path.open("rb") as file:
        data = tomllib.load(file)
    sites = []
    for entry in data["site"]:
        gates = []
        for gate in entry["gates"]:
            row = stops.find(gate["stop"])
            angle = math.radians(gate["bearing"])
            xy = stops.xy[row] + gate["metres"] * np.array([math.sin(angle), math.cos(angle)])
            gates.append((gate, xy, stops.name[row]))
        sites.append(Site(entry, data["pattern"][entry["pattern"]]["shifts"], gates))
    return sites


def heads_by_zone(sites: list[Site], zones: list[Zone]) -> dict[str, int]:
    """Head counts summed over the zone of each site's first gate."""
    total: dict[str, int] = {}
    for site in sites:
        place = shapely.Point(site.gates[0][1])
        zone = next(z for z in zones if z.kind == "internal" and shapely.covers(z.polygon, place))
        total[zone.zone_id] = total.get(zone.zone_id, 0) + site.heads
    return total


def write_sites(path: Path, sites: list[Site]) -> None:
    """Write sites.toml; each quantity is an inline table with value, range, unit, year, source and confidence."""
    out = [
        "# Industrial sites of the stylised region; made by build.py from sites_input.toml, do not edit by hand.",
        "# Only the Volkswagen head count is published. Everything marked confidence = \"assumption\" is a range to be",
        "# replaced by the planner's own numbers.",
    ]  # fmt: skip
    for site in sites:
        out += ["", *_site_lines(site)]
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def _site_lines(site: Site) -> list[str]:
    entry = site.entry
    low, value, high = (float(h) for h in entry["heads"])
    near, usual, far = (float(m) for m in entry["workplace_m"])
    published = "heads_source" in entry
    grid_note = (
        "share of the grid connection that is free for charging vehicles, not the whole connection; 0.08 kW per head, "
        "less than all points together (0.11 kW per head) can draw"
    )
    points = max(2.0, round(value * 0.01))
    grid = max(16.0, round(value * 0.08))
    lines = [
        "[[site]]",
        f"id = {_s(entry['id'])}",
        f"name = {_s(entry['name'])}",
        f"municipality_ags = {_s(entry['ags'])}",
        "gates = [",
    ]
    for gate, xy, stop in site.gates:
        lon, lat = np.round(to_lonlat(xy)[0], 6)
        lines.append(
            f"  {{name = {_s(gate['name'])}, lon = {lon:.6f}, lat = {lat:.6f}, nearest_stop = {_s(stop)}, "
            f"stop_to_gate_m = {gate['metres'] * 1.2:.1f}, "
            f'source = "placed {gate["metres"]} m from the real stop towards the works; walk is 1.2 times that", '
            'confidence = "assumption"},'
        )
    lines += [
        "]",
        "gate_to_workplace_m = " + _quantity(usual, near, far, "m", PLACEHOLDER),
        "head_count = "
        + (
            _quantity(value, low, high, "persons", entry["heads_source"], confidence="published")
            if published
            else _quantity(value, low, high, "persons", PLACEHOLDER)
        ),
        "attendance_share = "
        + _quantity(0.85, 0.78, 0.92, "1", PLACEHOLDER, note="leave, illness and work from home taken off"),
        "parking_spaces = "
        + _quantity(round(value * 0.65, -1), round(value * 0.45, -1), round(value * 0.9, -1), "1", PLACEHOLDER),
        "grid_connection_kw = "
        + _quantity(
            grid, max(8.0, round(value * 0.04)), max(90.0, round(value * 0.6)), "kW", PLACEHOLDER, note=grid_note
        ),
        "charging_points = " + _quantity(points, 0.0, points * 4.0, "1", PLACEHOLDER),
        "charging_point_kw = " + _quantity(11.0, 3.7, 22.0, "kW", "usual AC point; no site is known"),
        *(['voltage_level = "medium"'] if published else []),
        "shifts = [",
    ]
    lines += [
        f"  {{name = {_s(s['name'])}, start = {_s(s['start'])}, end = {_s(s['end'])}, "
        f"share = {s['share']}, days = {_s(s['days'])}}},"
        for s in site.shifts
    ]
    source = (
        "two-shift operation since 2024 reported by the press; times and shares assumed (usual change at 6, 14 and 22)"
        if published
        else PLACEHOLDER + " (usual change at 6, 14 and 22)"
    )
    lines += ["]", f'shift_source = {{source = {_s(source)}, year = {YEAR}, confidence = "assumption"}}']
    return lines


def _quantity(
    value: float, low: float, high: float, unit: str, source: str, *, confidence: str = "assumption", note: str = ""
) -> str:
    tail = f", note = {_s(note)}" if note else ""
    return (
        f"{{value = {float(value)}, low = {float(low)}, high = {float(high)}, "
        f"unit = {_s(unit)}, year = {YEAR}, source = {_s(source)}, confidence = {_s(confidence)}{tail}}}"
    )


def _s(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def gate_lonlat(sites: list[Site], site_id: str) -> tuple[float, float]:
    """The first gate of a site."""
    site = next(s for s in sites if s.entry["id"] == site_id)
    lon, lat = np.round(to_lonlat(site.gates[0][1])[0], 6)
    return float(lon), float(lat)
