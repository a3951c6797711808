"""Series over the steps of a horizon: values in steps, and weeks of prices and mixes read from CSV."""

import csv
import io
import math
import warnings
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DataWarning, InputError

_HOUR: Final = timedelta(hours=1)
_SPACINGS: Final = (_HOUR, _HOUR / 4)
"""Between the values of a file: by the hour or by the quarter of an hour, as markets trade."""
_SHOWN_FAULTS: Final = 12
_NEAR: Final = 1e-9
"""Share of a step within which two lengths of time are the same."""


def values_in_steps(values: FloatArray, *, value_h: float, step_h: float, n_steps: int) -> FloatArray:
    """A series that holds each value for some time, as means over steps.

    Values that hold for several steps are repeated, without rounding. Where steps are longer than values, a step gets
    the mean of the values in it, weighted by time.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        From the beginning of the horizon on.
    value_h : float
        Time for which each value holds.
    step_h : float
        Length of a step.
    n_steps : int
        Steps of the horizon.

    Returns
    -------
    ndarray of shape (n_steps,)
        Mean of each step.

    Raises
    ------
    InputError
        If the values end before the horizon does.
    """
    if values.size * value_h < n_steps * step_h * (1.0 - _NEAR):
        raise InputError(
            f"values: {values.size} of {value_h:g} h end before {n_steps} steps of {step_h:g} h do; give more"
        )
    held = round(value_h / step_h)
    if held >= 1 and abs(held * step_h - value_h) <= _NEAR * value_h:
        return np.asarray(np.repeat(values, held)[:n_steps], np.float64)
    many = round(step_h / value_h)
    if many >= 1 and abs(many * value_h - step_h) <= _NEAR * step_h:
        return np.asarray(values[: n_steps * many].reshape(n_steps, many).mean(axis=1), np.float64)
    # a step that begins or ends within a value: differences of the integral
    ends = np.arange(values.size + 1) * value_h
    integral = np.concatenate([np.zeros(1), np.cumsum(values) * value_h])
    edges = np.minimum(np.arange(n_steps + 1) * step_h, ends[-1])
    return np.asarray(np.diff(np.interp(edges, ends, integral)) / step_h, np.float64)


def read_week(
    path: str | Path,
    column: str,
    *,
    monday: date | str,
    zone: str,
    step_h: float = 0.25,
    horizon_h: float = 168.0,
) -> FloatArray:
    """Read the week of a price or a mix from a CSV file of a longer time.

    The file has a column ``time``, the beginning of each value's time (ISO 8601), and a column of values, by the hour
    or by the quarter of an hour, in the order of time. Times are with their offset (``2026-03-29T01:00+01:00``,
    ``...Z``), or local ones of `zone`; of those the hour that comes twice in October is read in the order of the file,
    and the one that does not come in March must be absent. Columns are separated by commas, or by semicolons; then
    numbers may have a decimal comma.

    Parameters
    ----------
    path : str or Path
        CSV file, UTF-8.
    column : str
        Name of the column of values, e.g. ``"price_eur_per_kwh"``.
    monday : date or str
        Day on which the week begins, at 00:00 in `zone`.
    zone : str
        Name of a time zone, e.g. ``"Europe/Berlin"``.
    step_h : float, default=0.25
        Length of a step of the result.
    horizon_h : float, default=168.0
        Hours that pass from Monday 00:00 on; clocks that are changed on Sunday do not change them.

    Returns
    -------
    ndarray of shape (n_steps,)
        Value of each step. Values that hold longer are repeated, shorter ones meant.

    Raises
    ------
    InputError
        With all faults of the file, each naming its line: gaps, values that come twice or out of order, what is no
        time or no number. For a day that is no Monday, an unknown zone, a step that does not divide the horizon, or a
        week that the file does not hold.

    Warns
    -----
    DataWarning
        If clocks are changed within the horizon: hours of the horizon then differ from those that clocks show.
    """
    file = Path(path)
    place = _zone(zone)
    day = _monday(monday)
    n_steps = round(horizon_h / step_h) if step_h > 0 else 0
    if n_steps < 1 or abs(n_steps * step_h - horizon_h) > _NEAR * horizon_h:
        raise InputError(f"step_h: {step_h!r} h must divide the horizon of {horizon_h:g} h")
    rows = _rows(file, column, place)
    spacing = rows[1].begin - rows[0].begin
    start = datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)
    first, rest = divmod(start - rows[0].begin, spacing)
    value_h = spacing / _HOUR
    count = math.ceil(horizon_h / value_h - _NEAR)
    if first < 0 or rest or first + count > len(rows):
        end = rows[-1].begin + spacing
        raise InputError(
            f"{file}: holds {_shown(rows[0].begin, place)} to {_shown(end, place)}, not the {horizon_h:g} h from "
            f"{_shown(start, place)} on; choose another week, or a longer file"
        )
    _tell_change(start, horizon_h, place)
    values = np.array([row.value for row in rows[first : first + count]], np.float64)
    return values_in_steps(values, value_h=value_h, step_h=step_h, n_steps=n_steps)


class _Row(NamedTuple):
    line: int
    begin: datetime
    """In UTC."""
    value: float


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"zone: {name!r} is not known; write a name as Europe/Berlin. Where the system has no time zones at all, "
            "install the package tzdata"
        ) from None


def _monday(given: date | str) -> date:
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise InputError(f"monday: {given!r} is no date; write it as 2026-03-23") from None
    if day.weekday() != 0:
        before = day - timedelta(days=day.weekday())
        raise InputError(f"monday: {day:%Y-%m-%d} is no Monday; the one before is {before:%Y-%m-%d}")
    return day


def _rows(file: Path, column: str, zone: ZoneInfo) -> list[_Row]:
    """All values of a file, one after the other without gaps."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror or fault})") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: is not UTF-8 text (byte {fault.start}); save it as UTF-8") from fault
    separator = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    head = [name.strip() for name in next(lines, [])]
    for name in ("time", column):
        if head.count(name) != 1:
            raise InputError(f"{file}, line 1: {head.count(name)} columns {name!r}, must be one; found {head}")
    places = head.index("time"), head.index(column)
    rows: list[_Row] = []
    faults: list[str] = []
    for cells in lines:
        if any(cell.strip() for cell in cells):
            _append(rows, faults, lines.line_num, cells, places, zone, has_decimal_comma=separator == ";")
    if not faults:
        _check_spacing(rows, faults)
    if faults:
        shown = faults[:_SHOWN_FAULTS]
        if len(faults) > len(shown):
            shown.append(f"... and {len(faults) - len(shown)} more")
        raise InputError(f"{file}: {len(faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in shown))
    return rows


def _append(
    rows: list[_Row],
    faults: list[str],
    line: int,
    cells: list[str],
    places: tuple[int, int],
    zone: ZoneInfo,
    *,
    has_decimal_comma: bool,
) -> None:
    """Read a line, or say what is wrong with it."""
    if len(cells) <= max(places):
        faults.append(f"line {line}: has {len(cells)} cells, too few")
        return
    when, what = (cells[place].strip() for place in places)
    if has_decimal_comma:
        what = what.replace(",", ".")
    try:
        value = float(what)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.append(f"line {line}: value {cells[places[1]]!r} is " + ("missing" if not what else "no finite number"))
    begin = _moment(when, zone, rows[-1].begin if rows else None)
    if isinstance(begin, str):
        faults.append(f"line {line}: {begin}")
        return
    if rows and begin <= rows[-1].begin:
        faults.append(
            f"line {line}: time {when!r} comes again, or before that of line {rows[-1].line}; times must rise"
        )
        return
    rows.append(_Row(line, begin, value))


def _moment(text: str, zone: ZoneInfo, before: datetime | None) -> datetime | str:
    """The moment that a cell names, in UTC, or why it names none.

    An hour that comes twice is the first one, unless a value of that moment or a later one stands before it.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given is None or not any(sign in text for sign in "T "):
        return f"time {text!r} is no time; write 2026-03-23T00:00+01:00, or 2026-03-23T00:00 for local time"
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    moment = given.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != given:
        return f"time {text!r} does not come in {zone.key}: clocks are put forward over it"
    if before is not None and moment <= before:
        return given.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return moment


def _check_spacing(rows: list[_Row], faults: list[str]) -> None:
    if len(rows) < 2:
        faults.append(f"holds {len(rows)} value(s); at least two tell for how long one holds")
        return
    spacing = rows[1].begin - rows[0].begin
    if spacing not in _SPACINGS:
        faults.append(f"line {rows[1].line}: {spacing} after the value before; must be an hour or a quarter of one")
        return
    for one, other in pairwise(rows):
        apart = other.begin - one.begin
        if apart != spacing:
            what = "a gap" if apart > spacing else "another spacing"
            faults.append(f"line {other.line}: {what}, {apart} after the value of line {one.line}, others {spacing}")


def _tell_change(start: datetime, horizon_h: float, zone: ZoneInfo) -> None:
    offsets = [
        (start + timedelta(hours=hour)).astimezone(zone).utcoffset() or timedelta()
        for hour in range(math.ceil(horizon_h))
    ]
    for hour, (one, other) in enumerate(pairwise(offsets), start=1):
        if one != other:
            warnings.warn(
                f"clocks in {zone.key} are changed {hour} h after {_shown(start, zone)}: from then on they show "
                f"{(other - one) / _HOUR:+g} h against the hours of the horizon; choose another week where sessions "
                "go by the clock until its end",
                DataWarning,
                stacklevel=3,
            )


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M%z}"
