"""Reports for people: one HTML file with map, tables and charts; tables for other programs."""

from itas_mobility.report.export import write_tables
from itas_mobility.report.html import render, write

__all__ = ["render", "write", "write_tables"]


def __dir__() -> list[str]:
    return sorted(__all__)
