"""Rules about files of a feed as such: what is missing, unknown, or not comma-separated text."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.columns import CALENDAR_FILES, FILES, REQUIRED_FILES
from itas_mobility.network.transit.gtfs.csv_reading import MAX_RECORD_BYTES
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.noting import of_faults, of_file, of_line
from itas_mobility.network.transit.gtfs.tables import Table


def _present(feed: Feed) -> list[Table]:
    return [feed.tables[file] for file in FILES if file in feed.tables]


def missing_file(feed: Feed) -> Iterator[Finding]:
    """A file is missing without which there is no timetable."""
    for file in REQUIRED_FILES:
        if file not in feed.tables.archive:
            near = [name for name in feed.tables.archive.members if name.lower() == file]
            hint = f"rename {near[0]}" if near else "add it"
            yield of_file("error", file, f"the feed {feed.tables.path.name} does not hold this file; {hint}")
    if not any(file in feed.tables for file in CALENDAR_FILES):
        yield of_file("error", CALENDAR_FILES[0], f"neither this file nor {CALENDAR_FILES[1]} is there; add one")


def missing_column(feed: Feed) -> Iterator[Finding]:
    """A required column is missing."""
    for table in _present(feed):
        for name in FILES[table.file].required:
            if name not in table:
                held = ", ".join(table.reading.header) or "nothing"
                yield of_line("error", table.file, 1, f"column {name} is missing; the header holds {held[:500]}", name)


def repeated_column(feed: Feed) -> Iterator[Finding]:
    """Two columns have the same name."""
    for table in _present(feed):
        for name, count in Counter(table.reading.header).items():
            if count > 1 and name:
                yield of_line("error", table.file, 1, f"column {name} stands {count} times; keep one", name)


def unknown_column(feed: Feed) -> Iterator[Finding]:
    """A column is not in the specification; it is passed over."""
    for table in _present(feed):
        unknown = [name for name in table.reading.header if name not in FILES[table.file].known]
        if unknown:
            named = ", ".join(repr(name) for name in unknown[:20])
            yield of_line("warning", table.file, 1, f"columns that are not known are passed over: {named}", unknown[0])


def no_rows(feed: Feed) -> Iterator[Finding]:
    """A file that every timetable needs holds no rows."""
    for file in REQUIRED_FILES:
        if file in feed.tables and not len(feed.tables[file]):
            what = file.removesuffix(".txt").replace("_", " ")
            yield of_file("error", file, f"holds no {what}; a feed without any makes no timetable")
    calendars = [feed.tables[file] for file in CALENDAR_FILES if file in feed.tables]
    if calendars and not any(len(table) for table in calendars):
        yield of_file("error", calendars[0].file, "no service runs on any day; fill the calendar")


def invalid_character(feed: Feed) -> Iterator[Finding]:
    """A file is not UTF-8, or holds zero bytes."""
    for table in _present(feed):
        if (line := table.reading.invalid_line) is not None:
            yield of_line("error", table.file, line, "is not UTF-8 text; save the file as UTF-8")


def unclosed_quote(feed: Feed) -> Iterator[Finding]:
    """A record opens a quote and does not close it."""
    for table in _present(feed):
        if (line := table.reading.unclosed_line) is not None:
            most = f"{MAX_RECORD_BYTES >> 20} MB"
            yield of_line("error", table.file, line, f"a quote is opened and not closed before the end or {most} later")


def stray_quote(feed: Feed) -> Iterator[Finding]:
    """Text follows a closing quote."""
    for table in _present(feed):
        yield from of_faults("error", table, "stray quote", lambda _, __: "text follows a closing quote; double it")


def many_fields(feed: Feed) -> Iterator[Finding]:
    """A record has more fields than the header."""
    say = "has more fields than the header; put values that hold commas into quotes"
    for table in _present(feed):
        yield from of_faults("error", table, "many fields", lambda _, __: say)


def few_fields(feed: Feed) -> Iterator[Finding]:
    """A record has fewer fields than the header; the others count as blank."""
    say = "has fewer fields than the header; the others are taken as blank"
    for table in _present(feed):
        yield from of_faults("warning", table, "few fields", lambda _, __: say)


def new_line_in_value(feed: Feed) -> Iterator[Finding]:
    """A quoted value holds a line break, which few programs read."""
    for table in _present(feed):
        yield from of_faults("warning", table, "line break", lambda _, __: "a quoted value holds a line break")


def nested_folder(feed: Feed) -> Iterator[Finding]:
    """The files lie in a folder of the archive instead of at its top."""
    folders = {str(PurePosixPath(member.filename).parent) for member in feed.tables.archive.members.values()}
    for folder in sorted(folders - {"."}):
        yield of_file("warning", folder, "the feed's files should lie at the top of the archive, not in this folder")
