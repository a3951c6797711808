"""Commands on the timetable of a feed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from itas_mobility.cli.answers import JsonFlag, answer, refuse
from itas_mobility.units import clock_s, clock_text

if TYPE_CHECKING:
    from itas_mobility.core.journey import Journey
    from itas_mobility.core.transit import ServiceDays

_LAT_LON: Final = r" *[+-]?[0-9]+([.][0-9]*)? *, *[+-]?[0-9]+([.][0-9]*)? *"
"""A place in degrees; longitude beyond 180 or latitude beyond 90 is refused as lying nowhere near."""


def journey(
    gtfs: Annotated[Path, typer.Argument(help="GTFS feed (zip).")],
    date: Annotated[str, typer.Option(help="Service day, YYYY-MM-DD.")],
    from_stop: Annotated[
        list[str] | None,
        typer.Option("--from", help="Stop or station id, or LAT,LON: the nearest stop (repeatable: any of them)."),
    ] = None,
    to_stop: Annotated[
        list[str] | None,
        typer.Option("--to", help="Stop or station id, or LAT,LON: the nearest stop; all stops if left out."),
    ] = None,
    depart: Annotated[str | None, typer.Option(help="Leave at this time or later, HH:MM:SS.")] = None,
    arrive: Annotated[str | None, typer.Option(help="Arrive at this time or earlier, HH:MM:SS.")] = None,
    window: Annotated[
        tuple[str, str] | None, typer.Option(help="All optimal journeys that leave between two times.")
    ] = None,
    max_transfers: Annotated[int, typer.Option(help="Most changes of vehicle.")] = 5,
    walk_m: Annotated[
        float | None,
        typer.Option(
            help="Longest walk between two stops, in metres: beeline times 1.2, as no streets are known here. Without "
            "it, only the ways that the feed states."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find journeys in a timetable: trips of the service day, and those of the day before that run past midnight.

    A place is moved to the nearest stop; from_snap_m and to_snap_m say how far. Over 10 km it is refused.
    """
    from itas_mobility import demand, network

    days, days_run = _timetables_of(gtfs, date)
    if walk_m is not None:
        days = network.transit.add_walk_transfers(days, None, max_m=walk_m)
    begin, end = _ends(gtfs, days, {"--from": from_stop, "--to": to_stop})
    journeys = demand.transit.journeys(
        days,
        from_stop=begin.stops,
        to_stop=end.stops,
        depart_s=None if depart is None else clock_s(depart, label="--depart"),
        arrive_s=None if arrive is None else clock_s(arrive, label="--arrive"),
        window_s=None
        if window is None
        else (clock_s(window[0], label="--window"), clock_s(window[1], label="--window")),
        max_transfers=max_transfers,
        days=days_run,
    )
    # not one that begins on the day before
    told = [_journey_content(one, begin, end) for one in journeys if one.depart_s >= 0]
    is_list = window is not None or not from_stop or not to_stop
    if not is_list:
        told = told[-1:]  # the first to arrive, or the last to leave
    if as_json:
        answer(_answer_content(told, is_list))
    else:
        _print_journeys(told, days)


class _End(NamedTuple):
    """One end of a journey, as it was asked for."""

    stops: list[str] | None
    snap_m: dict[str, float]
    """Of stops that are nearest to a place: how far they lie from it."""


def _ends(gtfs: Path, days: "ServiceDays", given: dict[str, list[str] | None]) -> list[_End]:
    """What each option names, places moved to the nearest stops; places with no stop near are refused together."""
    from itas_mobility.errors import NetworkError
    from itas_mobility.network.places import nearest_stops

    first = days.timetables[0]
    known = {*first.stop_id.tolist(), *first.stop_station.tolist()}
    ends: list[_End] = []
    faults: list[str] = []
    for option, texts in given.items():
        stops: list[str] = []
        snap_m: dict[str, float] = {}
        for text in texts or ():
            if text in known or not re.fullmatch(_LAT_LON, text):
                stops.append(text)
                continue
            lat, lon = map(float, text.split(","))
            try:
                near = nearest_stops(days, lon, lat, what=f"the place {option}")
            except NetworkError as fault:
                faults.append(str(fault))
            else:
                stops += near
                snap_m |= near
        ends.append(_End(None if texts is None else stops, snap_m))
    if faults:
        refuse(f"{gtfs}: {'; '.join(faults)}")
    return ends


def _timetables_of(gtfs: Path, date: str) -> "tuple[ServiceDays, tuple[int, ...]]":
    """Timetables that matter on a day, and the days on which they run."""
    from datetime import date as calendar_date
    from datetime import timedelta

    from itas_mobility import network

    one = timedelta(days=1)
    before = {
        (calendar_date.fromisoformat(day) + one).isoformat(): day for day in network.transit.dates_with_service(gtfs)
    }
    if date in before:
        return network.read_gtfs_days(gtfs, dates=[before[date], date]), (-1, 0)
    return network.read_gtfs_days(gtfs, dates=[date]), (0,)


def _answer_content(told: list[dict[str, Any]], is_list: bool) -> dict[str, Any]:
    """All journeys found as a list, or the only one by itself."""
    status = {"status": "ok" if told else "no_route"}
    if is_list:
        return status | {"journeys": told}
    return status | (told[0] if told else {})


def _journey_content(journey: "Journey", begin: _End, end: _End) -> dict[str, Any]:
    content: dict[str, Any] = {
        "from": journey.from_stop,
        "to": journey.to_stop,
        "depart": clock_text(journey.depart_s),
        "arrive": clock_text(journey.arrive_s),
        "transfers": journey.transfers,
        "legs": [
            {
                "mode": leg.mode,
                "line": leg.line or None,
                "trip_id": leg.trip_id or None,
                "from": leg.from_stop,
                "to": leg.to_stop,
                "depart": clock_text(leg.depart_s),
                "arrive": clock_text(leg.arrive_s),
            }
            for leg in journey.legs
        ],
    }
    for key, stop, snap_m in (
        ("from_snap_m", journey.from_stop, begin.snap_m),
        ("to_snap_m", journey.to_stop, end.snap_m),
    ):
        if stop in snap_m:
            content[key] = snap_m[stop]
    return content


def _print_journeys(told: list[dict[str, Any]], days: "ServiceDays") -> None:
    places = days.timetables[0]
    names = dict(zip(places.stop_id.tolist(), places.stop_name.tolist(), strict=True))
    for one in told:
        _print_journey(one, names)
    if not told:
        print("no journey")


def _print_journey(told: dict[str, Any], names: dict[str, str]) -> None:
    """One line for the journey and one for each leg, in columns."""

    def ends(part: dict[str, Any]) -> str:
        shown = (stop if names[stop] == stop else f"{names[stop]} [{stop}]" for stop in (part["from"], part["to"]))
        return f"{part['depart']}  {part['arrive']}  {' -> '.join(shown)}"

    print(f"{ends(told)}, {told['transfers']} transfer{'' if told['transfers'] == 1 else 's'}")
    for leg in told["legs"]:
        ride = leg["mode"] if leg["line"] is None else f"{leg['mode']} {leg['line']} (trip {leg['trip_id']})"
        print(f"  {ends(leg)}, {ride}")


COMMANDS = (journey,)
