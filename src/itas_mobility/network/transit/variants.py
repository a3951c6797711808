"""Variants of a line: which run in one direction, on which section they meet, and how its departures are shared.

A line is rarely one course there and one back: short turns, branches and early ends each have their own stops. What
passengers and planners call its headway is that of the section on which most of them run.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.network.transit.courses import Course, Form
from itas_mobility.units import SECONDS_PER_DAY

_SAME_S: Final = 1.0
"""Gaps that differ by less are alike: timetables know whole seconds."""
_AGREES: Final = 0.25
"""Share of pairs of stops from which on variants run in one direction: half of the stops of the shorter one."""


@dataclass(frozen=True, eq=False)
class Variant:
    """Courses of a line that call at the same stops under the same rules."""

    names: tuple[str, ...]
    """Names of the stops, upper and lower case alike; platforms one behind the other are one place."""
    position: tuple[int, ...]
    """The last position at each of them."""
    members: tuple[int, ...]
    """Places of its courses among those of the line."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """Variants that run over the busiest section of a direction, or over that of those that do not."""

    variants: tuple[int, ...]
    """Places among the variants: most departures first, then most stops."""
    position: tuple[int, ...]
    """Where the section begins in each of them."""
    departures: tuple[float, ...]
    """Departures of each of them."""
    times_headway: float
    """Departures on the busiest section of the direction, over those here: 1 on the busiest one."""


def variants_of(form: Form, courses: Sequence[Course]) -> list[Variant]:
    """Group the courses of a line into variants.

    Parameters
    ----------
    form : TransitNetwork or Timetable
        Has the names of the stops.
    courses : sequence of Course
        Courses of one line.

    Returns
    -------
    list of Variant
        In the order of their first courses.
    """
    members: dict[tuple[bytes, ...], list[int]] = {}
    for place, course in enumerate(courses):
        key = (course.stop.tobytes(), course.may_board.tobytes(), course.may_alight.tobytes())
        members.setdefault(key, []).append(place)
    return [_variant(form, courses[rows[0]], rows) for rows in members.values()]


def _variant(form: Form, course: Course, rows: list[int]) -> Variant:
    names = [str(name).casefold() for name in form.stop_name[course.stop]]
    last = [k for k in range(len(names)) if k + 1 == len(names) or names[k] != names[k + 1]]
    return Variant(tuple(names[k] for k in last), tuple(last), tuple(rows))


def trunks_of(variants: Sequence[Variant], departures: FloatArray) -> list[Trunk]:
    """Find the busiest sections of a line by direction.

    Variants run in one direction if they call at their stops in the same order. There are two directions at most: what
    has little to do with either, such as a school bus of this name, counts as a branch of that with which it has more
    in common. The busiest section of a direction is the leg between two stops with most departures; variants that do
    not run over it have their own busiest section, and so on.

    Parameters
    ----------
    variants : sequence of Variant
        Variants of a line.
    departures : ndarray of shape (n_variants,)
        Departures in the hours that are looked at; a variant without any is left out. For a direction without
        departures in these hours its variant with most stops stands. (By its shares in other hours, the order would
        count in which two parts of the day are changed.)

    Returns
    -------
    list of Trunk
        Together they hold each variant that has departures once.
    """
    found = []
    for rows in _directions(variants, departures):
        weight = departures
        if not departures[rows].sum() > 0:
            weight = np.zeros(len(variants))
            weight[min(rows, key=lambda row: (-len(variants[row].names), variants[row].names))] = 1.0
        rest = [row for row in rows if weight[row] > 0]
        most = 0.0
        while rest:
            section, here = _busiest(variants, rest, weight)
            legs = {row: _legs(variants[row]) for row in rest}
            at = {row: variants[row].position[own.index(section)] for row, own in legs.items() if section in own}
            order = sorted(at, key=lambda row: (-weight[row], -len(variants[row].names), variants[row].names))
            most = most or here
            found.append(
                Trunk(
                    tuple(order),
                    tuple(at[row] for row in order),
                    tuple(float(weight[row]) for row in order),
                    most / here,
                )
            )
            rest = [row for row in rest if row not in at]
    return found


def _directions(variants: Sequence[Variant], departures: FloatArray) -> list[list[int]]:
    """Variants by direction, at most two: those with the most departures, each with what agrees with it best."""
    order = sorted(range(len(variants)), key=lambda row: (-len(variants[row].names), variants[row].names))
    groups: list[list[int]] = []
    for row in order:
        agrees = [_agreement(variants, row, group) for group in groups]
        best = max(range(len(groups)), key=lambda k: agrees[k], default=None)
        if best is not None and agrees[best] >= _AGREES:
            groups[best].append(row)
        else:
            groups.append([row])
    groups.sort(key=lambda rows: -round(float(departures[rows].sum()), 6))  # stable: of equal ones the longest first
    directions, apart = groups[:2], groups[2:]
    for rows in apart:
        agrees = [max(_agreement(variants, row, group) for row in rows) for group in directions]
        directions[agrees.index(max(agrees))] += rows
    return directions


def _agreement(variants: Sequence[Variant], row: int, group: list[int]) -> float:
    """Most of the pairs of stops of two variants that both call at in one order, less those in the other order.

    As a share of the pairs of the shorter one. Not a single leg tells: both directions of a line may share some, in a
    loop at a terminus or on the one-way streets of a centre.
    """
    return max(_share_of_pairs(variants[row].names, variants[one].names) for one in group)


def _share_of_pairs(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    first, second = ({name: len(names) - k for k, name in enumerate(names[::-1])} for names in (one, other))
    common = [name for name in first if name in second]
    a, b = (np.array([places[name] for name in common]) for places in (first, second))
    in_order = float(np.sign(np.subtract.outer(a, a) * np.subtract.outer(b, b)).sum())
    shorter = min(len(first), len(second))
    return in_order / max(shorter * (shorter - 1), 1)


def _legs(variant: Variant) -> list[tuple[str, str]]:
    names = variant.names
    return list(pairwise(names)) or [(names[0], names[0])]


def _busiest(variants: Sequence[Variant], rows: list[int], weight: FloatArray) -> tuple[tuple[str, str], float]:
    """The leg with most departures, and how many; of several the one of most variants, then the first by name."""
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    n_variants: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        for leg in set(_legs(variants[row])):
            total[leg] += float(weight[row])
            n_variants[leg] += 1
    best = min(total, key=lambda leg: (-round(total[leg], 6), -n_variants[leg], leg))
    return best, total[best]


def interleaved_s(headway_s: Sequence[float], first_s: float) -> list[float]:
    """Phases with which variants that run at headways of their own lie as evenly between each other as they can.

    Variants of one headway lie in equal steps; then, from the densest to the thinnest, each such group takes the middle
    of the widest gap that those before it leave.

    Parameters
    ----------
    headway_s : sequence of float
        Headway of each variant.
    first_s : float
        A departure of the densest group.

    Returns
    -------
    list of float
        A departure of each variant where they meet.
    """
    groups: dict[float, list[int]] = {}
    for place, headway in enumerate(headway_s):
        groups.setdefault(round(headway, 6), []).append(place)
    phase = [first_s] * len(headway_s)
    placed: list[int] = []
    for headway, places in sorted(groups.items(), key=lambda item: (item[0] / len(item[1]), item[0])):
        step = headway / len(places)
        begin = first_s if not placed else _widest_gap(placed, headway_s, phase, step)
        for k, place in enumerate(places):
            phase[place] = begin + k * step
        placed += places
    return phase


def _widest_gap(placed: list[int], headway_s: Sequence[float], phase_s: list[float], step_s: float) -> float:
    """Middle of the widest gap between departures, looked at modulo a step."""
    moments = np.concatenate([_departures_s(headway_s[place], phase_s[place]) for place in placed])
    taken = np.unique(np.round(moments % step_s, 3) % step_s)
    gaps = np.diff(np.append(taken, taken[0] + step_s))
    widest = int(np.flatnonzero(gaps >= gaps.max() - _SAME_S)[0])
    return float(taken[widest] + gaps[widest] / 2)


def _departures_s(headway_s: float, phase_s: float) -> FloatArray:
    return np.asarray(np.arange(phase_s % headway_s, SECONDS_PER_DAY, headway_s))


def is_as_even(headway_s: Sequence[float], phase_s: Sequence[float], other_s: Sequence[float]) -> bool:
    """Whether the mean wait for a departure is no longer with some phases than with others.

    Parameters
    ----------
    headway_s : sequence of float
        Headway of each variant.
    phase_s, other_s : sequence of float
        A departure of each variant where they meet.

    Returns
    -------
    bool
        True if `phase_s` is as even as `other_s`, to the second.
    """
    own, other = (_mean_wait_s(headway_s, phases) for phases in (phase_s, other_s))
    return own < other + _SAME_S


def _mean_wait_s(headway_s: Sequence[float], phase_s: Sequence[float]) -> float:
    """Mean wait of who comes at any moment of a day, before the first departure not counted."""
    moments = np.sort(np.concatenate([_departures_s(h, p) for h, p in zip(headway_s, phase_s, strict=True)]))
    gaps = np.diff(moments)
    return float((gaps**2).sum() / (2.0 * gaps.sum())) if gaps.sum() > 0 else 0.0


def dealt(share: FloatArray, may_take: np.ndarray) -> list[int]:
    """Deal departures out to variants in their shares: each goes to the one that is most behind its due.

    Parameters
    ----------
    share : ndarray of shape (n_variants,)
        Shares that sum to 1; of several that are as far behind the first one takes.
    may_take : ndarray of bool, shape (n_departures, n_variants)
        Whether a variant can run at that moment.

    Returns
    -------
    list of int
        Variant of each departure. At each moment every variant has had its share to one departure, as long as all of
        them can run.
    """
    had = np.zeros(len(share))
    found = []
    for k, allowed in enumerate(may_take):
        behind = np.where(allowed, share * (k + 1) - had, -np.inf)
        taken = int(np.flatnonzero(behind >= behind.max() - 1e-9)[0])
        had[taken] += 1
        found.append(taken)
    return found
