"""Timetables of several feeds put into one."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from itas_mobility.core.columns import IntArray, StrArray
from itas_mobility.core.transit import Timetable
from itas_mobility.errors import NetworkError

_IDS: Final = ("route_id", "trip_id", "trip_block")
_POINTERS: Final = ("stop_ptr", "trip_ptr", "call_ptr")
_STACKED: Final = (
    "line", "mode", "arrival_s", "departure_s", "may_board", "may_alight", "distance_m", "route_type", "trip_headway_s",
)  # fmt: skip


def merge_timetables(timetables: Sequence[Timetable]) -> Timetable:
    """Put timetables of the same service day into one.

    Parameters
    ----------
    timetables : sequence of Timetable
        Parts, e.g. of buses and of trains.

    Returns
    -------
    Timetable
        Stops of equal id and place are one stop. Other ids that stand in an earlier part already get the number of
        their part in front, as ``"2:S1"``. What two parts state about a change between the same stops differently
        holds as the earlier part states it.

    Raises
    ------
    NetworkError
        If there are no timetables, or they are of different days.
    """
    if not timetables:
        raise NetworkError("merge_timetables: give at least one timetable")
    dates = sorted({timetable.service_date for timetable in timetables} - {""})
    if len(dates) > 1:
        raise NetworkError(f"merge_timetables: the timetables are of different days ({', '.join(dates)}); read one day")
    stops = _Stops(timetables)
    columns: dict[str, Any] = stops.columns
    columns |= {name: np.concatenate([getattr(one, name) for one in timetables]) for name in _STACKED}
    columns |= {name: _pointers([getattr(one, name) for one in timetables]) for name in _POINTERS}
    columns |= {name: _told_apart([getattr(one, name) for one in timetables]) for name in _IDS}
    columns["stop"] = np.concatenate([row[one.stop] for row, one in zip(stops.row, timetables, strict=True)])
    return Timetable(**columns, service_date=dates[0] if dates else "")


class _Stops:
    """Stops of all parts, and what is stated about changes between them."""

    def __init__(self, timetables: Sequence[Timetable]) -> None:
        places: dict[str, tuple[float, float]] = {}
        kept: list[tuple[int, int, str]] = []
        self.row: list[IntArray] = []
        """New row of each stop of each part."""
        rows: dict[str, int] = {}
        for part, timetable in enumerate(timetables):
            found = []
            spots = zip(timetable.stop_lon_deg.tolist(), timetable.stop_lat_deg.tolist(), strict=True)
            for old, (stop, place) in enumerate(zip(timetable.stop_id.tolist(), spots, strict=True)):
                name = stop
                if places.get(name, place) != place:
                    name = f"{part + 1}:{stop}"
                if name not in rows:
                    rows[name] = len(kept)
                    places[name] = place
                    kept.append((part, old, name))
                found.append(rows[name])
            self.row.append(np.array(found, dtype=np.int32))
        self.columns: dict[str, Any] = {
            name: np.array([getattr(timetables[part], name)[old] for part, old, _ in kept])
            for name in ("stop_name", "stop_lon_deg", "stop_lat_deg", "stop_station", "change_s", "stop_site")
        }
        self.columns["stop_id"] = np.array([name for _, _, name in kept], dtype=str)
        self.columns |= self._changes(timetables)

    def _changes(self, timetables: Sequence[Timetable]) -> dict[str, Any]:
        """Ways and forbidden changes between stops; the first statement about a pair counts."""
        stated: dict[tuple[int, int], float] = {}
        for row, timetable in zip(self.row, timetables, strict=True):
            for kind, times in (("transfer", timetable.transfer_time_s.tolist()), ("no_transfer", None)):
                heads, tails = (row[getattr(timetable, f"{kind}_{end}")].tolist() for end in ("from", "to"))
                for head, tail, time_s in zip(heads, tails, times or [np.inf] * len(heads), strict=True):
                    stated.setdefault((head, tail), time_s)
        ways = sorted(pair for pair, time_s in stated.items() if time_s < np.inf)
        none = sorted(pair for pair, time_s in stated.items() if time_s == np.inf)
        return {
            "transfer_from": np.array([head for head, _ in ways], dtype=np.int32),
            "transfer_to": np.array([tail for _, tail in ways], dtype=np.int32),
            "transfer_time_s": np.array([stated[pair] for pair in ways], dtype=np.float64),
            "no_transfer_from": np.array([head for head, _ in none], dtype=np.int32),
            "no_transfer_to": np.array([tail for _, tail in none], dtype=np.int32),
        }


def _told_apart(parts: Sequence[StrArray]) -> StrArray:
    """Ids of all parts; those of an earlier part get a number in front."""
    known: set[str] = set()
    found: list[str] = []
    for number, part in enumerate(parts, start=1):
        ids = part.tolist()
        found += [f"{number}:{name}" if name and name in known else name for name in ids]
        known |= set(found)
    return np.array(found, dtype=str)


def _pointers(parts: Sequence[np.ndarray]) -> np.ndarray:
    offsets = np.cumsum([0, *(part[-1] for part in parts)])
    return np.concatenate([[0], *(part[1:] + offset for part, offset in zip(parts, offsets, strict=False))])
