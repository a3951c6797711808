"""Charging cases: sessions at one site in a JSON file, and the answer of `charge` to them as JSON content."""

import json
import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np

from itas_mobility.core.charging_case import ChargingCase
from itas_mobility.core.charging_sessions import ChargingSessions, ChargingTaper
from itas_mobility.core.charging_site import ChargingSite, Release
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.site_supply import SiteSupply, StationaryBattery
from itas_mobility.emobility.charging.scheduling import HOURS_PER_WEEK
from itas_mobility.emobility.series import values_in_steps
from itas_mobility.errors import InputError

STEP_H: Final = 0.25
"""Length of a step where a case says nothing: utilities meter means of 15 minutes."""
UNSERVED: Final = 1e-6
"""Share of a session's need that must be lacking for it to count as unserved; below it is what solvers leave."""

_AROUND: Final = ("id", "title", "conventions", "expected", "how_known", "note", "rule")
"""Keys that say something about a case to its reader, and nothing to `charge`."""
_SERIES: Final[Mapping[str, float | None]] = {
    "limit_kw": 0.0,
    "base_load_kw": 0.0,
    "pv_kw": 0.0,
    "price_eur_per_kwh": None,
    "mix_g_per_kwh": 0.0,
}
"""Keys that take a number or a series, and the least value of each."""
_KEYS: Final = (
    "sessions", "points", "point_power_kw", "efficiency", "standby_kw", "release", "fee_after_h", "connection_kw",
    "transformer_kva", "power_factor", *_SERIES, "mix_kind", "feed_in_eur_per_kwh", "demand_charge_eur_per_kw",
    "battery_kwh", "battery_kw", "battery_efficiency", "battery_start_share", "curve_soc_kw", "step_h", "horizon_h",
)  # fmt: skip
_NEEDED_OF_SESSION: Final = ("arrive", "depart", "need_kwh", "power_kw")
_OPTIONAL_OF_SESSION: Final = ("least_kw", "battery_kwh", "soc_arrive", "cars")
_KEYS_OF_SESSION: Final = ("id", *_NEEDED_OF_SESSION, *_OPTIONAL_OF_SESSION, "car", "note")
"""``car`` is a car's name and says nothing to `charge`; ``cars`` is their number."""
_SHOWN_FAULTS: Final = 40
_NEAR: Final = 1e-9
_HOURS_PER_DAY: Final = 24.0
_KINDS: Final = {bool: "a truth value", str: "text", type(None): "null", list: "a list", dict: "a table"}


def read_case(path: str | Path, *, overrides: Mapping[str, Any] | None = None) -> ChargingCase:
    """Read a charging case from a JSON file.

    Parameters
    ----------
    path : str or Path
        File with the keys that `case_from` takes.
    overrides : mapping, optional
        Keys and values that take the place of those of the file.

    Returns
    -------
    ChargingCase
        Sessions in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read or is no JSON; with all faults of its content, each naming key, session and row.
    """
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror or fault})") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: is not UTF-8 text (byte {fault.start}); save it as UTF-8") from fault
    try:
        content = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as fault:
        raise InputError(f"{file}: line {fault.lineno} is not valid JSON: {fault.msg}") from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{file}: {fault}") from fault
    return case_from(content, name=str(file), overrides=overrides)


def case_from(content: Any, *, name: str = "case", overrides: Mapping[str, Any] | None = None) -> ChargingCase:
    """A charging case from the content of its file.

    Parameters
    ----------
    content : mapping
        Either the keys below, or those around them (``id``, ``title``, ``conventions``, ``expected``, ``how_known``,
        ``note``) and the keys below under ``input``.

        ``sessions`` : list of tables with ``id`` (left out: the row), ``arrive``, ``depart`` (hours after Monday
        00:00), ``need_kwh`` (in the battery), ``power_kw`` (at the grid side) and, if wanted, ``least_kw``,
        ``battery_kwh``, ``soc_arrive`` (0 to 1), ``cars`` (expected cars).

        ``points`` (null or left out: one each), ``point_power_kw``, ``efficiency``, ``standby_kw``, ``release``
        ("full", "departure", "fee"), ``fee_after_h``; ``curve_soc_kw``, pairs of a state of charge and the greatest
        power at it.

        ``limit_kw`` (of charging alone), ``connection_kw`` and ``transformer_kva`` with ``power_factor`` (of the whole
        site), ``base_load_kw``, ``pv_kw``, ``price_eur_per_kwh``, ``feed_in_eur_per_kwh``, ``demand_charge_eur_per_kw``
        (for the horizon), ``mix_g_per_kwh``, ``mix_kind``; ``battery_kwh``, ``battery_kw``, ``battery_efficiency`` (one
        way) and ``battery_start_share`` of a stationary battery.

        ``step_h`` (left out: 0.25), ``horizon_h`` (left out: 168).
    name : str, default="case"
        How messages call the case.
    overrides : mapping, optional
        Keys and values that take the place of those of the content.

    Returns
    -------
    ChargingCase
        What was left out and taken for granted stands in its `assumptions`.

    Raises
    ------
    InputError
        With all faults found, each naming key, session and row.

    Notes
    -----
    A series (`limit_kw`, `base_load_kw`, `pv_kw`, price, mix) is a number, or a list: of a day by the hour (24 values),
    by the quarter of an hour (96) or by the step, which repeats; or of the whole horizon, by the same. Values longer
    than a step hold for all of it. Where a series is finer than the steps, each step gets the mean of the values in it,
    and the case's assumptions say so.
    """
    reading = _Reading(content, dict(overrides or {}))
    case = reading.case()
    if reading.faults or case is None:
        shown = reading.faults[:_SHOWN_FAULTS]
        if len(reading.faults) > len(shown):
            shown.append(f"... and {len(reading.faults) - len(shown)} more")
        if len(shown) == 1:
            raise InputError(f"{name}: {shown[0]}")
        faults = "\n".join(f"  - {fault}" for fault in shown)
        raise InputError(f"{name}: {len(reading.faults)} faults\n{faults}")
    return case


def case_answer(case: ChargingCase, week: ChargingWeek) -> dict[str, Any]:
    """What `charge` found for a case, as JSON content.

    Parameters
    ----------
    case : ChargingCase
        What was charged.
    week : ChargingWeek
        What came of it.

    Returns
    -------
    dict
        ``strategy``, ``peak_kw``, ``site_peak_kw``, ``grid_kwh``, ``delivered_kwh``, ``unserved_kwh``,
        ``sessions_unserved``, ``cost_eur``, ``co2_kg``, ``over_limit_h``, ``import_kwh``, ``pv_used_kwh``,
        ``power_kw`` by step, ``sessions`` with ``id``, ``start_h``, ``stop_h``, ``delivered_kwh``, ``waiting_h``, and
        ``assumptions``. A session that never charges starts and stops at its departure.
    """
    need = case.sessions.need_of_all_kwh
    depart = case.sessions.depart_h
    start, stop = (np.where(np.isnan(hours), depart, hours) for hours in (week.start_h, week.stop_h))
    columns = (case.session_id, start, stop, week.delivered_kwh, week.waiting_h)
    keys = ("id", "start_h", "stop_h", "delivered_kwh", "waiting_h")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        "strategy": week.strategy,
        "peak_kw": week.peak_kw,
        "site_peak_kw": week.site_peak_kw,
        "grid_kwh": week.energy_kwh,
        "delivered_kwh": float(week.delivered_kwh.sum()),
        "unserved_kwh": float(week.unserved_kwh.sum()),
        "sessions_unserved": int((week.unserved_kwh > UNSERVED * need).sum()),
        "cost_eur": week.cost_eur,
        "co2_kg": week.co2_kg,
        "over_limit_h": week.over_limit_h,
        "import_kwh": week.import_kwh,
        "pv_used_kwh": week.pv_used_kwh,
        "power_kw": week.power_kw.tolist(),
        "sessions": [dict(zip(keys, row, strict=True)) for row in rows],
        "assumptions": [*case.assumptions, *week.assumptions],
    }


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of a JSON file; Python's own reader would keep the last of two equal keys without a word."""
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"key {key!r} stands twice in one table; leave one out")
        table[key] = value
    return table


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"


class _Reading:
    """Content on its way to a case; collects faults and assumptions."""

    def __init__(self, content: Any, overrides: dict[str, Any]) -> None:
        self.faults: list[str] = []
        self.assumptions: list[str] = []
        self._title = ""
        self._keys = self._keys_of(content) | overrides
        for key in self._keys:
            if key not in _KEYS and key not in _AROUND:
                self.faults.append(f"key {key!r} is not known{_did_you_mean(key, _KEYS)}")

    def _keys_of(self, content: Any) -> dict[str, Any]:
        if not isinstance(content, dict):
            self.faults.append(f"must be a table of keys, is {_kind(content)}")
            return {}
        title = content.get("title", "")
        self._title = title if isinstance(title, str) else ""
        if "input" not in content:
            return content
        for key in content:
            if key != "input" and key not in _AROUND:
                self.faults.append(f"key {key!r} beside 'input' is not known{_did_you_mean(key, _AROUND)}")
        if isinstance(content["input"], dict):
            return dict(content["input"])
        self.faults.append(f"input: must be a table of keys, is {_kind(content['input'])}")
        return {}

    def case(self) -> ChargingCase | None:
        """The case, None where a fault leaves none."""
        step_h, horizon_h = self._steps()
        names, sessions = self._sessions(horizon_h)
        series = {key: self._one_series(key, low, step_h, horizon_h) for key, low in _SERIES.items()}
        site = self._site(series)
        if site is not None and step_h is not None and horizon_h is not None:
            self._check_limits(site, series, step_h, round(horizon_h / step_h))
        if self.faults or sessions is None or site is None or step_h is None or horizon_h is None:
            return None
        return ChargingCase(
            session_id=np.array(names, dtype=str),
            sessions=sessions,
            site=site,
            step_h=step_h,
            horizon_h=horizon_h,
            title=self._title,
            assumptions=tuple(self.assumptions),
        )

    # numbers

    def _checked(
        self,
        value: Any,
        where: str,
        *,
        low: float | None = 0.0,
        high: float | None = None,
        is_positive: bool = False,
    ) -> float:
        """A number, NaN with a fault where it is none that may stand there."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.faults.append(f"{where}: {value!r} is {_kind(value)}; write a number")
            return math.nan
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        wanted = ""
        if math.isnan(number):
            self.faults.append(f"{where}: is NaN; write a number")
        elif math.isinf(number):
            wanted = "finite"
        elif is_positive and number <= 0:
            wanted = "positive"
        elif low is not None and number < low:
            wanted = "not negative" if low == 0 else f"at least {low:g}"
        elif high is not None and number > high:
            wanted = f"at most {high:g}"
        if wanted:
            self.faults.append(f"{where}: {number:g} must be {wanted}")
            return math.nan
        return number

    def _number(self, key: str, left_out: float | None = None, **bounds: Any) -> float:
        """The number of a key; `left_out` where it is not there, a fault if that is None."""
        value = self._keys.get(key)
        if key not in self._keys or (value is None and left_out is not None and math.isinf(left_out)):
            if left_out is None:
                self.faults.append(f"{key}: is missing")
                return math.nan
            return left_out
        return self._checked(value, key, **bounds)

    # steps and series

    def _steps(self) -> tuple[float | None, float | None]:
        step_h = self._number("step_h", STEP_H, is_positive=True)
        horizon_h = self._number("horizon_h", HOURS_PER_WEEK, is_positive=True)
        if math.isnan(step_h) or math.isnan(horizon_h):
            return None, None if math.isnan(horizon_h) else horizon_h
        count = round(horizon_h / step_h)
        if count < 1 or abs(count * step_h - horizon_h) > _NEAR * horizon_h:
            self.faults.append(f"step_h: {step_h:g} h must divide the horizon of {horizon_h:g} h")
            return None, horizon_h
        return step_h, horizon_h

    def _one_series(self, key: str, low: float | None, step_h: float | None, horizon_h: float | None) -> FloatArray:
        """Values of a key by step, one value where it is a number, none where it is left out."""
        given = self._keys.get(key)
        if given is None:
            if key in self._keys and key != "limit_kw":
                self.faults.append(f"{key}: is null; write a number or a list, or leave it out")
            return np.zeros(0)
        if not isinstance(given, list):
            return np.array([self._checked(given, key, low=low)])
        before = len(self.faults)
        values = np.array([self._item(value, f"{key}[{i}]", low) for i, value in enumerate(given)], np.float64)
        if step_h is None or horizon_h is None or len(self.faults) > before:
            return values[:0]
        value_h = self._held_h(key, len(given), step_h, horizon_h)
        if value_h is None:
            return values[:0]
        n_steps = round(horizon_h / step_h)
        copies = math.ceil(horizon_h / (len(given) * value_h) - _NEAR)
        if value_h < step_h * (1.0 - _NEAR) and n_steps > 1:
            self.assumptions.append(f"{key}: each step of {step_h:g} h has the mean of its values of {value_h:g} h")
        return values_in_steps(np.tile(values, max(1, copies)), value_h=value_h, step_h=step_h, n_steps=n_steps)

    def _item(self, value: Any, where: str, low: float | None) -> float:
        if value is None:
            self.faults.append(f"{where}: is null, a gap; fill it")
            return math.nan
        return self._checked(value, where, low=low)

    def _held_h(self, key: str, n: int, step_h: float, horizon_h: float) -> float | None:
        """For how long each of n values holds; None with a fault where their number does not tell."""
        ways: dict[int, set[float]] = {}
        told: list[str] = []
        for total, name in ((_HOURS_PER_DAY, "a day"), (horizon_h, "the horizon")):
            for value_h, by in ((1.0, "hour"), (0.25, "quarter of an hour"), (step_h, "step")):
                count = round(total / value_h)
                if count >= 1 and abs(count * value_h - total) <= _NEAR * total:
                    ways.setdefault(count, set()).add(value_h)
                    told.append(f"{count} ({name} by the {by})")
        found = ways.get(n, set())
        if not found:
            self.faults.append(f"{key}: has {n} values; give {', '.join(told)}, or one number for all")
        elif max(found) - min(found) > _NEAR:
            held = " or ".join(f"{value_h:g} h" for value_h in sorted(found))
            self.faults.append(f"{key}: {n} values may hold for {held} each; give as many as can be read in one way")
            return None
        return max(found, default=None)

    # sessions

    def _sessions(self, horizon_h: float | None) -> tuple[list[str], ChargingSessions | None]:
        given = self._keys.get("sessions")
        if not isinstance(given, list):
            self.faults.append(
                "sessions: is missing" if given is None else f"sessions: must be a list, is {_kind(given)}"
            )
            return [], None
        before = len(self.faults)
        names = [self._name(row, session) for row, session in enumerate(given)]
        tables = [session if isinstance(session, dict) else {} for session in given]
        self._check_names(names)
        labels = [f"session {name!r} (row {row})" for row, name in enumerate(names)]
        columns = {key: self._column(key, tables, labels) for key in _NEEDED_OF_SESSION + _OPTIONAL_OF_SESSION}
        self._check_columns(columns, labels, horizon_h)
        taper = self._taper(columns)
        if len(self.faults) > before:
            return names, None
        least = columns["least_kw"]
        return names, ChargingSessions(
            arrive_h=columns["arrive"],
            depart_h=columns["depart"],
            need_kwh=columns["need_kwh"],
            power_kw=columns["power_kw"],
            least_kw=np.zeros(len(names)) if least is None else least,
            cars=columns["cars"],
            battery_kwh=columns["battery_kwh"],
            arrival_state_share=columns["soc_arrive"],
            taper=taper,
        )

    def _name(self, row: int, session: Any) -> str:
        if not isinstance(session, dict):
            self.faults.append(f"sessions[{row}]: must be a table of keys, is {_kind(session)}")
            return str(row)
        name = session.get("id", row)
        if isinstance(name, bool) or not isinstance(name, str | int):
            self.faults.append(f"sessions[{row}].id: {name!r} is {_kind(name)}; write text")
            return str(row)
        for key in session:
            if key not in _KEYS_OF_SESSION:
                self.faults.append(
                    f"session {str(name)!r} (row {row}): key {key!r} is not known{_did_you_mean(key, _KEYS_OF_SESSION)}"
                )
        return str(name)

    def _check_names(self, names: list[str]) -> None:
        first: dict[str, int] = {}
        for row, name in enumerate(names):
            if name in first:
                self.faults.append(f"session {name!r} (row {row}): id stands in row {first[name]} too; ids are unique")
            first.setdefault(name, row)

    def _column(self, key: str, tables: list[dict[str, Any]], labels: list[str]) -> Any:
        """Numbers of a key, one for each session; None where an optional one stands nowhere."""
        is_given = [key in table for table in tables]
        if key in _OPTIONAL_OF_SESSION and not any(is_given):
            return None
        values = np.full(len(tables), {"least_kw": 0.0, "cars": 1.0}.get(key, math.nan))
        may_lack = key in ("least_kw", "cars")
        for row, (table, label) in enumerate(zip(tables, labels, strict=True)):
            if is_given[row]:
                values[row] = self._checked(table[key], f"{label}, {key}", high=1.0 if key == "soc_arrive" else None)
            elif not may_lack and table:
                others = "" if key in _NEEDED_OF_SESSION else "; give it for all sessions, or for none"
                self.faults.append(f"{label}, {key}: is missing{others}")
        return values

    def _check_columns(self, columns: Mapping[str, Any], labels: list[str], horizon_h: float | None) -> None:
        """Faults between the numbers of a session; NaN stands for what is a fault already."""

        def refuse(bad: BoolArray, message: str) -> None:
            for row in np.flatnonzero(bad):
                cells = {key: column[row] for key, column in columns.items() if column is not None}
                self.faults.append(f"{labels[row]}: {message.format(**cells)}")

        with np.errstate(invalid="ignore"):
            late = "; times are hours after Monday 00:00, those of the next day go on after 24"
            refuse(columns["depart"] < columns["arrive"], "depart {depart:g} is before arrive {arrive:g}" + late)
            if horizon_h is not None:
                beyond = columns["depart"] > horizon_h
                refuse(beyond, f"depart {{depart:g}} is beyond the horizon, horizon_h {horizon_h:g}")
            if columns["least_kw"] is not None:
                above = columns["least_kw"] > columns["power_kw"]
                refuse(above, "least_kw {least_kw:g} is above power_kw {power_kw:g}")
            battery, state = columns["battery_kwh"], columns["soc_arrive"]
            if battery is None:
                if state is not None:
                    self.faults.append("soc_arrive: says nothing without battery_kwh; give both for all sessions")
                return
            too_much = "need_kwh {need_kwh:g} is above battery_kwh {battery_kwh:g}"
            refuse(columns["need_kwh"] > battery, too_much)
            if state is not None:
                room = battery * (1.0 - state) * (1.0 + _NEAR)
                fits_empty = columns["need_kwh"] <= battery
                refuse(
                    fits_empty & (columns["need_kwh"] > room),
                    "need_kwh {need_kwh:g} finds no room in battery_kwh {battery_kwh:g} at soc_arrive {soc_arrive:g}",
                )

    def _taper(self, columns: Mapping[str, Any]) -> ChargingTaper | None:
        given = self._keys.get("curve_soc_kw")
        if given is None:
            return None
        if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
            self.faults.append("curve_soc_kw: must be a list of pairs of a state of charge (0 to 1) and a power in kW")
            return None
        before = len(self.faults)
        pairs = [
            (
                self._checked(state, f"curve_soc_kw[{i}], state of charge", high=1.0),
                self._checked(power, f"curve_soc_kw[{i}], power", is_positive=True),
            )
            for i, (state, power) in enumerate(given)
        ]
        if columns["soc_arrive"] is None or columns["battery_kwh"] is None:
            self.faults.append("curve_soc_kw: needs battery_kwh and soc_arrive of all sessions")
        states = [state for state, _ in pairs]
        if len(self.faults) > before:
            return None
        if len(states) < 2 or states[0] != 0.0 or states[-1] != 1.0:
            reach = f"from {states[0]:g} to {states[-1]:g}" if states else "nowhere"
            self.faults.append(f"curve_soc_kw: must reach from state of charge 0 to 1, reaches {reach}")
        for i in range(1, len(states)):
            if states[i] <= states[i - 1]:
                self.faults.append(f"curve_soc_kw[{i}], state of charge: {states[i]:g} must be above the one before")
        if len(self.faults) > before:
            return None
        return ChargingTaper(np.array(states), np.array([power for _, power in pairs]))

    # site

    def _site(self, series: Mapping[str, FloatArray]) -> ChargingSite | None:
        before = len(self.faults)
        points = self._points()
        power = self._point_power(points)
        efficiency = self._number("efficiency", is_positive=True, high=1.0)
        standby = self._number("standby_kw", 0.0)
        release = self._choice("release", get_args(Release), "full")
        fee_after = self._number("fee_after_h", 0.0)
        if release == "fee" and "fee_after_h" not in self._keys:
            self.assumptions.append("fee_after_h is left out: a car is moved as soon as it is full (0 h)")
        supply = self._supply(series)
        if len(self.faults) > before or supply is None or any(np.isnan(values).any() for values in series.values()):
            return None
        limit = series["limit_kw"]
        return ChargingSite(
            points=points,
            point_power_kw=power,
            efficiency=efficiency,
            limit_kw=limit if limit.size else np.array([np.inf]),
            standby_kw=standby,
            release=release,  # type: ignore[arg-type]  # checked above
            fee_after_h=fee_after,
            supply=supply,
        )

    def _points(self) -> int | None:
        if self._keys.get("points") is None:
            return None
        number = self._checked(self._keys["points"], "points")
        if math.isnan(number):
            return None
        if number != round(number):
            self.faults.append(f"points: {number:g} must be a whole number, or null for one each")
            return None
        return int(number)

    def _point_power(self, points: int | None) -> Any:
        given = self._keys.get("point_power_kw")
        if not isinstance(given, list):
            return self._number("point_power_kw")
        powers = np.array([self._item(value, f"point_power_kw[{i}]", 0.0) for i, value in enumerate(given)])
        if points is None:
            self.faults.append("point_power_kw: a list needs 'points', as many as it has powers; else give one number")
        elif powers.size != points:
            self.faults.append(f"point_power_kw: {powers.size} powers for {points} points; give one for each, or one")
        return powers

    def _choice(self, key: str, known: tuple[str, ...], left_out: str) -> str:
        given = self._keys.get(key, left_out)
        if given in known:
            return str(given)
        hint = _did_you_mean(given, known) if isinstance(given, str) else f"; known: {', '.join(known)}"
        self.faults.append(f"{key}: {given!r} is not known{hint}")
        return left_out

    def _supply(self, series: Mapping[str, FloatArray]) -> SiteSupply | None:
        before = len(self.faults)
        connection = self._number("connection_kw", math.inf)
        transformer = self._number("transformer_kva", math.inf)
        power_factor = self._number("power_factor", 1.0, is_positive=True, high=1.0)
        feed_in = self._number("feed_in_eur_per_kwh", 0.0, low=None)
        demand_charge = self._number("demand_charge_eur_per_kw", 0.0)
        mix_kind = self._choice("mix_kind", ("average", "marginal"), "average")
        battery = self._battery()
        for key, what in (
            ("price_eur_per_kwh", "energy is counted at 0 EUR"),
            ("mix_g_per_kwh", "CO2 is counted as 0"),
        ):
            if key not in self._keys:
                self.assumptions.append(f"{key} is left out: {what}")
        if len(self.faults) > before or any(np.isnan(values).any() for values in series.values()):
            return None

        def or_nothing(key: str) -> FloatArray:
            return series[key] if series[key].size else np.zeros(1)

        return SiteSupply(
            connection_kw=connection,
            transformer_kva=transformer,
            power_factor=power_factor,
            base_load_kw=or_nothing("base_load_kw"),
            pv_kw=or_nothing("pv_kw"),
            price_eur_per_kwh=or_nothing("price_eur_per_kwh"),
            feed_in_eur_per_kwh=feed_in,
            demand_charge_eur_per_kw=demand_charge,
            mix_g_per_kwh=or_nothing("mix_g_per_kwh"),
            mix_kind=mix_kind,
            battery=battery,
        )

    def _battery(self) -> StationaryBattery | None:
        keys = [key for key in ("battery_kw", "battery_efficiency", "battery_start_share") if key in self._keys]
        if self._keys.get("battery_kwh") is None:
            if keys:
                self.faults.append(f"{', '.join(keys)}: says nothing without battery_kwh, what the battery holds")
            return None
        before = len(self.faults)
        energy, power = self._number("battery_kwh"), self._number("battery_kw")
        efficiency = self._number("battery_efficiency", StationaryBattery.efficiency, is_positive=True, high=1.0)
        start = self._number("battery_start_share", StationaryBattery.start_state_share, high=1.0)
        if "battery_efficiency" not in self._keys:
            self.assumptions.append(f"battery_efficiency is left out: {efficiency:g} on the way in, and again out")
        if "battery_start_share" not in self._keys:
            self.assumptions.append(f"battery_start_share is left out: the battery begins and ends at {start:g}")
        if len(self.faults) > before:
            return None
        return StationaryBattery(energy, power, efficiency, start)

    def _check_limits(self, site: ChargingSite, series: Mapping[str, FloatArray], step_h: float, n_steps: int) -> None:
        """Refuse a building that alone draws more than there is."""
        if any(np.size(values) not in (0, 1, n_steps) for values in series.values()):
            return
        supply = site.supply
        try:
            site.free_kw(n_steps)
        except InputError as fault:
            self.faults.append(str(fault))
        if not math.isinf(supply.grid_kw) or not series["base_load_kw"].size or supply.battery is not None:
            return
        load = supply.series("base_load_kw", n_steps) - supply.series("pv_kw", n_steps)
        below = np.flatnonzero(np.broadcast_to(site.limit_kw, (n_steps,)) < load)
        if below.size:
            i = int(below[0])
            limit = float(np.broadcast_to(site.limit_kw, (n_steps,))[i])
            self.faults.append(
                f"limit_kw: {limit:g} kW is below the building's own load at step {i} ({i * step_h:g} h, base_load_kw "
                f"less pv_kw {load[i]:g} kW) and at {below.size} step(s) in all. limit_kw is what charging may draw; "
                "say with connection_kw what the whole site may, or leave base_load_kw out"
            )


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), f"a number ({type(value).__name__})")
