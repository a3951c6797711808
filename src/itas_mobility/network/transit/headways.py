"""Headways (Takte) of lines from ``interval`` tags and service hours, else from a table by mode."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core import TransitMode
from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import NetworkError
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

Span: TypeAlias = tuple[float, float]

DEFAULT_BANDS: Final[tuple[Span, ...]] = tuple(
    (start * SECONDS_PER_HOUR, end * SECONDS_PER_HOUR)
    for start, end in ((4, 6), (6, 9), (9, 13), (13, 15), (15, 19), (19, 21), (21, 24), (24, 26))
)
"""Bands of the service day in seconds: early shift arrivals, peaks, and what lies between."""

_INF: Final = float("inf")
DEFAULT_HEADWAYS_MIN: Final[Mapping[TransitMode, tuple[float, ...]]] = MappingProxyType(
    {
        # assumption, after usual clock-face timetables of German regions: hourly trains, town lines every 12 to 30
        # minutes, regional buses every hour with a denser peak and none at night
        TransitMode.TRAIN: (60, 60, 60, 60, 60, 60, 60, _INF),
        TransitMode.LIGHT_RAIL: (30, 30, 30, 30, 30, 30, 60, _INF),
        TransitMode.TRAM: (20, 12, 12, 12, 12, 20, 30, _INF),
        TransitMode.BUS: (60, 30, 60, 60, 30, 60, 120, _INF),
        TransitMode.FERRY: (_INF, 60, 60, 60, 60, 60, _INF, _INF),
        TransitMode.SHUTTLE: (60, 60, _INF, 60, _INF, 60, _INF, _INF),
        TransitMode.TROLLEYBUS: (30, 15, 15, 15, 15, 20, 30, _INF),
        TransitMode.SUBWAY: (20, 10, 10, 10, 10, 15, 20, _INF),
    }
)
"""Headway in minutes by mode and band of `DEFAULT_BANDS` where no tag gives one; all marked `assumption`."""
SATURDAY_HEADWAYS_MIN: Final[Mapping[TransitMode, tuple[float, ...]]] = MappingProxyType(
    {
        # assumption: later start, no peaks, regional buses every two hours; no works traffic
        TransitMode.TRAIN: (_INF, 60, 60, 60, 60, 60, 120, _INF),
        TransitMode.LIGHT_RAIL: (_INF, 60, 30, 30, 30, 60, 60, _INF),
        TransitMode.TRAM: (30, 20, 15, 15, 20, 30, 30, _INF),
        TransitMode.BUS: (_INF, 120, 120, 120, 120, 120, _INF, _INF),
        TransitMode.FERRY: (_INF, 60, 60, 60, 60, 60, _INF, _INF),
        TransitMode.SHUTTLE: (_INF,) * 8,
        TransitMode.TROLLEYBUS: (30, 30, 20, 20, 20, 30, 30, _INF),
        TransitMode.SUBWAY: (20, 15, 10, 10, 15, 20, 20, _INF),
    }
)
"""The same for Saturdays."""
SUNDAY_HEADWAYS_MIN: Final[Mapping[TransitMode, tuple[float, ...]]] = MappingProxyType(
    {
        # assumption: as on Saturdays, thinner; regional buses three times a day
        TransitMode.TRAIN: (_INF, 60, 60, 60, 60, 60, 120, _INF),
        TransitMode.LIGHT_RAIL: (_INF, 60, 60, 60, 60, 60, 60, _INF),
        TransitMode.TRAM: (_INF, 30, 20, 20, 20, 30, 30, _INF),
        TransitMode.BUS: (_INF, _INF, 240, 240, 240, _INF, _INF, _INF),
        TransitMode.FERRY: (_INF, 60, 60, 60, 60, 60, _INF, _INF),
        TransitMode.SHUTTLE: (_INF,) * 8,
        TransitMode.TROLLEYBUS: (_INF, 30, 30, 30, 30, 30, 30, _INF),
        TransitMode.SUBWAY: (30, 20, 15, 15, 15, 20, 20, _INF),
    }
)
"""The same for Sundays and holidays."""

_MAX_BANDS: Final = 16
_HALF_HOUR_S: Final = 1800.0
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")
"""Days as ``opening_hours`` names them; PH is a public holiday."""
WORKDAY: Final = "Tu"
"""Service of a working day is that of a Tuesday, the usual survey day."""
_CLOCK: Final = r"(\d{1,2}):(\d{2})"
_TIME_RANGE: Final = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}\+?")
_RULE_PART: Final = re.compile(
    rf"(?P<times>{_TIME_RANGE.pattern})|(?P<always>24/7)|(?P<none>off|closed)"
    r"|(?P<first>Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)(?:\s*-\s*(?P<last>Mo|Tu|We|Th|Fr|Sa|Su))?"
)
_ALL_DAY: Final[Span] = (0.0, 2.0 * SECONDS_PER_DAY)
"""Hours of a condition that names days alone; the service day reaches beyond midnight."""


@dataclass(frozen=True, slots=True)
class Service:
    """When and how often a line runs, as its tags say."""

    headway_s: float | None
    """General headway; None where not tagged."""
    spans: tuple[Span, ...] | None
    """Service hours; None where not tagged."""
    conditional: tuple[tuple[Span, float], ...] = ()
    """Hours with another headway, within the service hours where these are tagged; the last one that holds wins."""
    not_understood: tuple[str, ...] = field(default=())
    """Tags that could not be read."""
    is_for_workdays: bool = False
    """The headway was tagged without hours, and the day is none it was meant for: it is no denser than the table."""

    def edges_s(self) -> set[float]:
        """Times at which the headway may change."""
        spans = [*(self.spans or ()), *(span for span, _ in self.conditional)]
        return {edge for span in spans for edge in span}


def parse_interval_s(text: str) -> float | None:
    """Headway of an ``interval`` value: minutes ("10"), a range ("10-15", its mean), "HH:MM" or "HH:MM:SS".

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    float or None
        Seconds, None where the value is none of these or zero.
    """
    parts = [part.strip() for part in re.split("[-–]", text)]
    values = [_duration_s(part) for part in parts]
    known = [value for value in values if value is not None]
    if len(known) != len(values) or len(known) not in (1, 2) or min(known) <= 0:
        return None
    return float(sum(known) / len(known))


def _duration_s(text: str) -> float | None:
    # the rule of the key, not of a time of day: mappers write 00:75 too
    if match := re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", text):
        hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds
    if match := re.fullmatch(r"(\d{1,5}(?:\.\d+)?)\s*(?:min|minutes)?", text):
        return float(match[1]) * SECONDS_PER_MINUTE
    return None


def parse_hours(text: str, day: str = WORKDAY) -> tuple[Span, ...] | None:
    """Service hours of a day from an ``opening_hours`` value.

    A later rule replaces the earlier ones on the days it names. On public holidays the rules for PH hold, and where
    there is none those of Sundays, as timetables in Germany do. Rules for school holidays (SH) are passed over.

    Parameters
    ----------
    text : str
        E.g. ``"Mo-Fr 04:30-23:30; Sa 06:00-20:00; PH off"``, several ranges separated by commas, over midnight too.
    day : str, default="Tu"
        One of `DAYS`.

    Returns
    -------
    tuple of (start, end) or None
        Seconds after midnight, empty where the line does not run that day; None where no rule can be read.
    """
    rules = [found for rule in text.split(";") for found in _rules(rule)]
    if not rules:
        return None
    wanted = day
    if day == "PH" and not any("PH" in days for days, _ in rules):
        wanted = "Su"
    holding = [spans for days, spans in rules if wanted in days]
    return holding[-1] if holding else ()


def _rules(rule: str) -> list[tuple[frozenset[str], tuple[Span, ...]]]:
    """Days and hours of one rule, which may name days anew after a comma; hours of the same days are joined."""
    found: list[tuple[frozenset[str], tuple[Span, ...]]] = []
    days: set[str] = set()
    spans: list[Span] = []
    has_hours = False
    for part in _RULE_PART.finditer(rule):
        if part["first"]:
            if has_hours:
                found.append((_named(days), tuple(spans)))
                days, spans, has_hours = set(), [], False
            days |= _week(part["first"], part["last"])
        else:
            has_hours = True
            if part["always"]:
                spans.append((0.0, float(SECONDS_PER_DAY)))
            elif part["times"]:
                match = _TIME_RANGE.match(part["times"])
                assert match is not None
                spans.append(_span(match))
    if has_hours:
        found.append((_named(days), tuple(spans)))
    return found


def _named(days: set[str]) -> frozenset[str]:
    """A rule that names no day holds on every one, on holidays too."""
    return frozenset(days or DAYS)


def _week(first: str, last: str | None) -> set[str]:
    if last is None or first not in DAYS[:7]:
        return {first}
    start, end = DAYS.index(first), DAYS.index(last)
    return {DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)}


def _span(match: re.Match[str]) -> Span:
    start = int(match[1]) * SECONDS_PER_HOUR + int(match[2]) * SECONDS_PER_MINUTE
    end = int(match[3]) * SECONDS_PER_HOUR + int(match[4]) * SECONDS_PER_MINUTE
    return start, end if end > start else end + SECONDS_PER_DAY


def _condition_hours(condition: str, day: str) -> tuple[Span, ...] | None:
    """Hours of a condition on a day, where days alone mean the whole day; None where it cannot be read."""
    times = parse_hours(condition, day)
    if times is not None:
        return times
    named = [_week(part["first"], part["last"]) for part in _RULE_PART.finditer(condition) if part["first"]]
    if not named:
        return None
    return (_ALL_DAY,) if day in set().union(*named) else ()


def parse_service(tags: Mapping[str, str], day: str = WORKDAY) -> Service:
    """Headway and hours of a line on a day from the tags of its relation.

    Parameters
    ----------
    tags : mapping
        Tags of the route relation.
    day : str, default="Tu"
        One of `DAYS`.

    Returns
    -------
    Service
        What could be read, and which tags could not.
    """
    unknown = []
    headway = None
    if "interval" in tags:
        headway = parse_interval_s(tags["interval"])
        if headway is None:
            unknown.append("interval")
    spans = None
    hours = next((key for key in ("service_times", "opening_hours") if key in tags), None)
    if hours is not None:
        spans = parse_hours(tags[hours], day)
        if spans is None:
            unknown.append(hours)
    conditional: list[tuple[Span, float]] = []
    for part in re.split(r";(?![^(]*\))", tags.get("interval:conditional", "")):
        if not part.strip():
            continue
        value, _, condition = part.partition("@")
        times, other = _condition_hours(condition.strip(" ()"), day), parse_interval_s(value.strip())
        if other is None or times is None:
            unknown.append("interval:conditional")
        elif times == (_ALL_DAY,):
            headway = other
        else:
            conditional.extend((span, other) for span in times)
    is_for_workdays = spans is None and day in ("Sa", "Su", "PH")
    return Service(headway, spans, tuple(conditional), tuple(dict.fromkeys(unknown)), is_for_workdays)


def bands_for(services: Sequence[Service]) -> tuple[Span, ...]:
    """Bands of the day that keep all changes of headway exact: the default ones, split where a service changes.

    Parameters
    ----------
    services : sequence of Service
        All services of a file.

    Returns
    -------
    tuple of (start, end)
        At most 16 bands; with more changes these are moved to the nearest half hour first.
    """
    base = {edge for band in DEFAULT_BANDS for edge in band}
    changes = {edge for service in services for edge in service.edges_s()}
    if len(base | changes) - 1 > _MAX_BANDS:
        changes = {round(edge / _HALF_HOUR_S) * _HALF_HOUR_S for edge in changes}
    edges = sorted(base | changes)
    return tuple(itertools.pairwise(edges))


def check_headways(
    headways: Mapping[TransitMode, Sequence[float]] | None, day: str = WORKDAY
) -> Mapping[TransitMode, Sequence[float]]:
    """The default table of a day with a user's rows put in.

    Parameters
    ----------
    headways : mapping of TransitMode to sequence of float, optional
        Minutes per band of `DEFAULT_BANDS`.
    day : str, default="Tu"
        One of `DAYS`.

    Returns
    -------
    mapping
        Complete table.

    Raises
    ------
    NetworkError
        If the day is not known, or a row has the wrong length or values that are not positive.
    """
    if day not in DAYS:
        raise NetworkError(f"day={day!r}: give one of {', '.join(DAYS)}")
    for mode, row in (headways or {}).items():
        if len(row) != len(DEFAULT_BANDS) or not all(value > 0 for value in row):
            raise NetworkError(f"headways[{mode!r}]: needs {len(DEFAULT_BANDS)} positive minutes (inf: no service)")
    usual = {"Sa": SATURDAY_HEADWAYS_MIN, "Su": SUNDAY_HEADWAYS_MIN, "PH": SUNDAY_HEADWAYS_MIN}
    return {**usual.get(day, DEFAULT_HEADWAYS_MIN), **(headways or {})}


def headways_s(
    service: Service, mode: TransitMode, bands: Sequence[Span], table: Mapping[TransitMode, Sequence[float]]
) -> FloatArray:
    """Headway of a line in each band: the band's length over the number of vehicles that start in it.

    Parameters
    ----------
    service : Service
        What the tags say.
    mode : TransitMode
        Vehicle.
    bands : sequence of (start, end)
        Seconds.
    table : mapping of TransitMode to sequence of float
        Minutes by band of `DEFAULT_BANDS`, used where the tags give no headway; a tagged headway without hours holds
        whenever the table has service.

    Returns
    -------
    ndarray of shape (n_bands,)
        Seconds, inf where the line does not run.
    """
    base = {edge for band in DEFAULT_BANDS for edge in band}
    edges = np.array(sorted(base | service.edges_s() | {edge for band in bands for edge in band}))
    middle = (edges[:-1] + edges[1:]) / 2.0
    per_s = np.array([1.0 / _headway_at(t, service, table[mode]) for t in middle])
    result = np.full(len(bands), np.inf)
    for i, (start, end) in enumerate(bands):
        inside = (middle > start) & (middle < end)
        departures = float((per_s[inside] * np.diff(edges)[inside]).sum())
        if departures > 0.0:
            result[i] = (end - start) / departures
    return result


def _headway_at(time_s: float, service: Service, row: Sequence[float]) -> float:
    default = next(
        (
            minutes * SECONDS_PER_MINUTE
            for (start, end), minutes in zip(DEFAULT_BANDS, row, strict=True)
            if start <= time_s < end
        ),
        _INF,
    )
    if service.spans is not None and not any(start <= time_s < end for start, end in service.spans):
        return _INF
    for (start, end), headway in reversed(service.conditional):
        if start <= time_s < end:
            return headway
    if service.spans is None and not np.isfinite(default):
        return _INF
    if service.headway_s is not None:
        return max(service.headway_s, default) if service.is_for_workdays else service.headway_s
    # service hours without a headway: the table's, at its edges its thinnest one
    return (
        default if np.isfinite(default) else max((v for v in row if np.isfinite(v)), default=_INF) * SECONDS_PER_MINUTE
    )
