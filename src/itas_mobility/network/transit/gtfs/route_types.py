"""Codes of GTFS for the kind of a route, plain and extended, as modes."""

from typing import Final

from itas_mobility.core.transit import TransitMode

_SPANS: Final = (
    (0, 0, TransitMode.TRAM),
    (1, 1, TransitMode.LIGHT_RAIL),
    (2, 2, TransitMode.TRAIN),
    (3, 3, TransitMode.BUS),
    (4, 4, TransitMode.FERRY),
    (5, 5, TransitMode.TRAM),
    (11, 11, TransitMode.BUS),
    (12, 12, TransitMode.TRAIN),
    (100, 117, TransitMode.TRAIN),
    (200, 209, TransitMode.BUS),
    (400, 405, TransitMode.LIGHT_RAIL),
    (700, 714, TransitMode.BUS),
    (715, 715, TransitMode.SHUTTLE),
    (716, 716, TransitMode.BUS),
    (800, 800, TransitMode.BUS),
    (900, 906, TransitMode.TRAM),
    (1000, 1000, TransitMode.FERRY),
    (1200, 1200, TransitMode.FERRY),
    (1500, 1507, TransitMode.SHUTTLE),
)
"""First and last code, mode. Plain codes: GTFS Schedule reference, routes.txt; extended codes from 100: Google's
extension of them (Extended GTFS Route Types). Metros count as light rail, trolleybuses as buses, cable trams as trams,
monorails as trains; 715 is demand-responsive, 1500 to 1507 are taxis."""

PLAIN_CODES: Final = {
    TransitMode.TRAIN: 2,
    TransitMode.LIGHT_RAIL: 400,
    TransitMode.TRAM: 0,
    TransitMode.BUS: 3,
    TransitMode.FERRY: 4,
    TransitMode.SHUTTLE: 715,
}
"""Code that a mode is written as; each is read as the same mode."""


def mode_of(code: int) -> TransitMode | None:
    """Mode of a route.

    Parameters
    ----------
    code : int
        ``route_type``.

    Returns
    -------
    TransitMode or None
        None for codes that stand for no mode of the library (gondolas, funiculars, air, codes that do not exist).
    """
    return next((mode for first, last, mode in _SPANS if first <= code <= last), None)


def mode_or_bus(code: int) -> TransitMode:
    """Mode that a route is read as.

    Parameters
    ----------
    code : int
        ``route_type``.

    Returns
    -------
    TransitMode
        Bus for codes that stand for no mode of the library; a check warns of them.
    """
    mode = mode_of(code)
    return TransitMode.BUS if mode is None else mode
