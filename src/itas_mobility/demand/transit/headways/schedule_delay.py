"""How far a regular service leads away from the moments at which people wish to travel."""

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.tours import TravelWindow
from itas_mobility.errors import DemandError


def mean_schedule_delay_s(headway_s: FloatArray, *, window: TravelWindow) -> FloatArray:
    """Mean shift from the moments wished for to the nearest departure (or arrival) of a regular service.

    The phase of the service is not known: every one is as likely. Where people may travel on either side of the moment
    wished for, the nearest departure is a quarter of the headway H away. Where they may on one side of the window alone
    (nobody is late for a shift, nobody leaves before its end), a wish at a distance u from that edge has a mean shift
    of ::

        D(H; u) = H / 4               for H <= 2 u
        D(H; u) = H / 2 - u + u^2 / H else,

    and over wishes spread evenly in the window of length W ::

        H / 4 + H^2 / (24 W)          for H <= 2 W
        H / 2 - W / 2 + W^2 / (3 H)   else,

    which rises strictly in H, with a derivative that does not jump. It is what `skim_choice_sets` finds on a timetable
    of one line, in the mean over its phases.

    Parameters
    ----------
    headway_s : ndarray
        Headways; inf where there is no service.
    window : TravelWindow
        The moments wished for; of `extra_s` it matters which of both is 0.

    Returns
    -------
    ndarray
        Like `headway_s`; inf where there is no service.

    Raises
    ------
    DemandError
        If people may travel on neither side of the window.
    """
    headway_s = np.asarray(headway_s, dtype=np.float64)
    n_closed = sum(extra_s == 0.0 for extra_s in window.extra_s)
    if n_closed == 0:
        return headway_s / 4.0
    if n_closed == 2:
        raise DemandError(
            f"headways: extra_s={window.extra_s}: with nobody before or after the window, a headway does not say "
            "whether anything runs in it; make one of both positive, or use a timetable"
        )
    width_s = window.duration_s
    is_short = headway_s <= 2.0 * width_s
    short_s = np.where(is_short, headway_s, 0.0)
    long_s = np.where(is_short, np.inf, headway_s)
    return np.where(
        is_short,
        short_s / 4.0 + short_s**2 / (24.0 * width_s),
        (headway_s - width_s) / 2.0 + width_s**2 / (3.0 * long_s),
    )
