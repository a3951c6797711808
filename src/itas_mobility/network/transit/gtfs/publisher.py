"""Who published a feed, for the list of sources."""

import csv
import io
from pathlib import Path
from typing import Final

from itas_mobility.errors import NetworkError
from itas_mobility.network.transit.gtfs.archive import Archive, open_archive

_NAMES: Final = (("feed_info.txt", "feed_publisher_name"), ("agency.txt", "agency_name"))
"""Where the name stands, the publisher of the whole feed first."""
_MOST_NAMES: Final = 3
"""So many operators are named; a feed of a country has hundreds."""


def feed_publisher(path: str | Path) -> str:
    """Name of who published a feed: its publisher if it names one, else its operators.

    Parameters
    ----------
    path : path
        Feed: zip archive of the General Transit Feed Specification.

    Returns
    -------
    str
        E.g. ``"Verkehrsverbund A"`` or ``"A; B; C and 5 more"``; empty if the feed names nobody.

    Raises
    ------
    NetworkError
        If the archive cannot be used, or the file that names the publisher is no UTF-8 text.
    """
    archive = open_archive(path)
    for file, column in _NAMES:
        if names := _values(archive, file, column):
            more = len(names) - _MOST_NAMES
            return "; ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    return ""


def _values(archive: Archive, file: str, column: str) -> list[str]:
    """Values of a column, each once, in the order of the file."""
    if file not in archive:
        return []
    try:
        text = b"".join(archive.chunks(file)).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NetworkError(f"{archive.path}: {file}: is no UTF-8 text ({fault}); save it as such") from None
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    if column not in header:
        return []
    at = header.index(column)
    return list(dict.fromkeys(row[at].strip() for row in rows if len(row) > at and row[at].strip()))
