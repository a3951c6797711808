"""Reports for people: one HTML file with map, tables and charts; tables for other programs."""

from itas_mobility.report.export import write_tables
from itas_mobility.report.html import render, write
from itas_mobility.report.realism import render_realism, write_realism

__all__ = ["render", "render_realism", "write", "write_realism", "write_tables"]


def __dir__() -> list[str]:
    return sorted(__all__)
