"""Charging under a limit, decided step by step by a rule: who of the cars at the points gets how much of a step.

In each step a car asks for energy: what it can take at full power, or what it needs of an even plan. Where all ask for
more than is free, the rule says who gets what. A car that gets less than it asks for charges evenly over the time it is
there in the step, or takes turns at its least power.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.charging import DEPARTURE, charge_for
from itas_mobility.kernels.charging_queue import Starts, next_moment, start

FIRST_COME, EARLIEST_DEPARTURE, LEAST_LAXITY, EQUAL_SHARE, BALANCED = range(5)
"""Rules: order of arrival, of departure, of the time to spare; equal power; even power until departure."""
TIE = 1e-9
"""Hours within which two cars are equally urgent: more than rounding, less than a clock tells."""
ROUNDING = 1e-12
"""Share of an energy that is rounding: a car that lacks no more of its need is full."""


class Account(NamedTuple):
    """What each group got, summed over its cars, and the power that made; all zero before."""

    drawn: np.ndarray
    """float64[n]: kWh from the grid."""
    charging: np.ndarray
    """float64[n]: hours."""
    delivered: np.ndarray
    """float64[n]: kWh into batteries."""
    lacking: np.ndarray
    """float64[n]: kWh that those who had a point lacked."""
    started: np.ndarray
    """float64[n]: cars that had a point."""
    waited: np.ndarray
    """float64[n]: hours that they waited for it."""
    begin: np.ndarray
    """float64[n]: first charging, hours; infinite where none."""
    finish: np.ndarray
    """float64[n]: last charging; minus infinity where none."""
    power: np.ndarray
    """float64[n_owners, n_steps]: mean power of each step by owner of the group, kW."""


class Here(NamedTuple):
    """Parts of groups at the points, in order of arrival."""

    group: np.ndarray
    kind: np.ndarray
    """int64: kind of points."""
    cohort: np.ndarray
    """int64: those who came together."""
    begin: np.ndarray
    """float64: when it took its points, hours."""
    number: np.ndarray
    """float64: cars."""
    left: np.ndarray
    """float64: energy that each car still needs, kWh."""


class Asked(NamedTuple):
    """What each car of the parts asks for in a step, and gets."""

    there: np.ndarray
    """float64: hours that it is at its point in the step."""
    energy: np.ndarray
    """float64: kWh from the grid that it asks for."""
    hours: np.ndarray
    """float64: charging for it."""
    gain: np.ndarray
    """float64: kWh into the battery for it."""
    given: np.ndarray
    """float64: kWh from the grid that it gets."""


@kernel(allocates=True)
def follow_rule(rule, one_by_one, cars, line, points, taper, free, step, account):
    """Let cars take points in order of arrival, and charge by a rule within what is free in each step.

    A point of a car that is full before it leaves passes on at the end of the step, or after the time of the fee.

    Parameters
    ----------
    rule : int
        E.g. `FIRST_COME`.
    one_by_one : bool
        Whether cars that are equally urgent are served in order of arrival and row. If not, they share what is left in
        proportion to what they ask for.
    cars : Cars
        In the order of the line.
    line : Line
        Changed.
    points : Points
    taper : Taper
    free : float64[n_steps]
        kW that all may draw together; may be infinite.
    step : float
        Hours.
    account : Account
        Out.
    """
    size, n = max(16, cars.need.size), 0
    here, asked, spare = _places(size), _asking(size), np.empty(size)
    n_starts = line.at.size * max(1, line.free.size)
    starts = Starts(np.empty(n_starts, np.int64), np.empty(n_starts, np.int64), np.empty(n_starts))
    for k in range(free.size):
        since, until = k * step, (k + 1) * step
        n = _drop(here, n, cars, since, account)
        while next_moment(line) < until:
            now = next_moment(line)
            n_new = start(line, now, starts)
            wanted = n
            for s in range(n_new):
                wanted += line.first[starts.cohort[s] + 1] - line.gone[starts.cohort[s]]
            if wanted > size:
                size = 2 * wanted
                here, asked, spare = _more_places(here, n, size), _asking(size), np.empty(size)
            n = _settle(here, n, cars, line, starts, n_new, now, account)
        if n == 0:
            continue
        total = 0.0
        for j in range(n):
            _ask(rule, here, j, cars, points, taper, since, until, asked)
            total += here.number[j] * asked.energy[j]
        budget = max(0.0, free[k]) * step
        if total <= budget:
            for j in range(n):
                asked.given[j] = asked.energy[j]
        elif rule == EQUAL_SHARE:
            _share_equally(here, asked, n, budget)
        elif rule == BALANCED:
            for j in range(n):
                asked.given[j] = asked.energy[j] * (budget / total)
        else:
            if rule == LEAST_LAXITY:
                for j in range(n):
                    spare[j] = _spare_time(here, j, cars, points, taper, since)
            _share_in_order(rule, one_by_one, here, asked, n, cars, spare, points, budget)
        for j in range(n):
            _charge(rule, here, j, cars, points, asked, since, step, k, account)
            if line.is_limited and points.release != DEPARTURE and here.left[j] == 0.0 and asked.gain[j] > 0.0:
                _pass_on(here, j, cars, line, k + 1)
    _drop(here, n, cars, np.inf, account)


@kernel(allocates=True)
def _places(size):
    whole = np.empty((3, size), np.int64)
    broken = np.empty((3, size))
    return Here(whole[0], whole[1], whole[2], broken[0], broken[1], broken[2])


@kernel(allocates=True)
def _more_places(here, n, size):
    more = _places(size)
    for j in range(n):
        more.group[j], more.kind[j], more.cohort[j] = here.group[j], here.kind[j], here.cohort[j]
        more.begin[j], more.number[j], more.left[j] = here.begin[j], here.number[j], here.left[j]
    return more


@kernel(allocates=True)
def _asking(size):
    columns = np.empty((5, size))
    return Asked(columns[0], columns[1], columns[2], columns[3], columns[4])


@kernel
def _drop(here, n, cars, since, account):
    """Book those who are full or have left, and close up; returns how many remain."""
    kept = 0
    for j in range(n):
        g = here.group[j]
        if here.left[j] > 0.0 and cars.depart[g] > since:
            if kept < j:
                here.group[kept], here.kind[kept], here.cohort[kept] = g, here.kind[j], here.cohort[j]
                here.begin[kept], here.number[kept], here.left[kept] = here.begin[j], here.number[j], here.left[j]
            kept += 1
        else:
            account.delivered[g] += here.number[j] * (cars.need[g] - here.left[j])
            account.lacking[g] += here.number[j] * here.left[j]
    return kept


@kernel
def _settle(here, n, cars, line, starts, n_starts, now, account):
    """Put those who took points among those who are there; returns how many there are."""
    for s in range(n_starts):
        cohort, kind = starts.cohort[s], starts.kind[s]
        for g in range(line.gone[cohort], line.first[cohort + 1]):
            here.group[n], here.kind[n], here.cohort[n] = g, kind, cohort
            here.begin[n], here.number[n], here.left[n] = now, cars.number[g] * starts.share[s], cars.need[g]
            account.started[g] += here.number[n]
            account.waited[g] += here.number[n] * max(0.0, now - cars.arrive[g])
            if line.is_limited:
                line.free_on_leaving[line.leave_of[g], kind] += here.number[n]
            n += 1
    return n


@kernel
def _pass_on(here, j, cars, line, later):
    """Free the points of cars that are full at a raster, if they do not leave before."""
    g, kind = here.group[j], here.kind[j]
    if later < line.free_later.shape[0] and later * line.raster + line.delay < cars.depart[g]:
        line.free_on_leaving[line.leave_of[g], kind] -= here.number[j]
        line.free_later[later, kind] += here.number[j]


@kernel
def _ask(rule, here, j, cars, points, taper, since, until, asked):
    """What each car of a part asks for: full power, or in balanced charging what fills it evenly by its departure."""
    g = here.group[j]
    begin = max(here.begin[j], since)
    stay = cars.depart[g] - begin
    there = max(0.0, min(cars.depart[g], until) - begin)
    power = min(cars.power[g], points.power[here.kind[j]])
    hours, left = there, here.left[j]
    if rule == BALANCED and there > 0.0:
        least = min(cars.least[g], power)
        even = left / (points.efficiency * stay) + points.standby
        turn = max(even, least)
        if turn > even:
            # takes turns at the least power; of each kWh its control then takes the same share
            hours = there * left / (points.efficiency * (least - points.standby) * stay)
        power = min(power, turn)
    held = cars.state[g] * cars.battery[g] + (cars.need[g] - left) if taper.power.size else 0.0
    asked.there[j] = there
    asked.hours[j], asked.gain[j], asked.energy[j] = charge_for(
        hours, left, held, cars.battery[g], power, points, taper
    )
    if asked.gain[j] <= 0.0:
        asked.energy[j] = 0.0


@kernel
def _spare_time(here, j, cars, points, taper, since):
    """Time that a car could still lose and be full when it leaves, hours; negative where it cannot."""
    g, left = here.group[j], here.left[j]
    power = min(cars.power[g], points.power[here.kind[j]])
    held = cars.state[g] * cars.battery[g] + (cars.need[g] - left) if taper.power.size else 0.0
    hours = charge_for(np.inf, left, held, cars.battery[g], power, points, taper)[0]
    return cars.depart[g] - max(here.begin[j], since) - hours


@kernel(allocates=True)
def _share_equally(here, asked, n, budget):
    """Give all the same power, those who ask for less what they ask for."""
    most = np.empty(n)
    for j in range(n):
        most[j] = asked.energy[j] / asked.there[j] if asked.there[j] > 0.0 else 0.0
        asked.given[j] = asked.energy[j]
    order = _rising(most)
    # hours of cars that ask for as much as the one at hand, or more
    hours = np.zeros(n + 1)
    for k in range(n - 1, -1, -1):
        hours[k] = hours[k + 1] + here.number[order[k]] * asked.there[order[k]]
    left = budget
    for k in range(n):
        j = order[k]
        if most[j] * hours[k] > left:
            level = max(0.0, left) / hours[k]
            for later in range(k, n):
                asked.given[order[later]] = min(asked.energy[order[later]], level * asked.there[order[later]])
            return
        left -= here.number[j] * asked.energy[j]


@kernel(allocates=True)
def _share_in_order(rule, one_by_one, here, asked, n, cars, spare, points, budget):
    """Give the most urgent what they ask for, then the next, while there is something left."""
    key = np.empty(n)
    for j in range(n):
        key[j] = spare[j] if rule == LEAST_LAXITY else float(here.cohort[j])
        if rule == EARLIEST_DEPARTURE:
            key[j] = cars.depart[here.group[j]]
    order = _rising(key)
    left, first = budget, 0
    while first < n:
        if left <= ROUNDING * budget:
            left = 0.0
        end = first + 1
        while end < n and key[order[end]] - key[order[first]] <= TIE:
            end += 1
        if one_by_one:
            _by_place(order, first, end)
            for k in range(first, end):
                left -= _give_at_most(here, order[k], cars, points, asked, 1.0, left)
                if left <= ROUNDING * budget:
                    left = 0.0
        else:
            wanted = 0.0
            for k in range(first, end):
                wanted += here.number[order[k]] * asked.energy[order[k]]
            part = 1.0 if wanted <= left else left / wanted
            for k in range(first, end):
                left -= _give_at_most(here, order[k], cars, points, asked, part, np.inf)
        first = end


@kernel(allocates=True)
def _rising(key):
    """Places of rising keys, equal ones in order of place: merges of runs, which compile faster than numba's sort."""
    n = key.size
    order, other = np.arange(n), np.empty(n, np.int64)
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            left, right = low, middle
            for k in range(low, high):
                if right >= high or (left < middle and key[order[left]] <= key[order[right]]):
                    other[k] = order[left]
                    left += 1
                else:
                    other[k] = order[right]
                    right += 1
        order, other = other, order
        width *= 2
    return order


@kernel
def _by_place(order, first, end):
    """Sort a few places."""
    for k in range(first + 1, end):
        place, at = order[k], k
        while at > first and order[at - 1] > place:
            order[at] = order[at - 1]
            at -= 1
        order[at] = place


@kernel
def _give_at_most(here, j, cars, points, asked, part, left):
    """Give a share of what was asked for, or what is left; returns the energy of all cars."""
    number = here.number[j]
    given = asked.energy[j] * part
    if number * given > left:
        given = left / number
    if given < asked.energy[j] and _gain_of(here, j, cars, points, asked, given)[1] <= 0.0:
        given = 0.0  # all of it would go into the car's control
    asked.given[j] = given
    return number * given


@kernel
def _gain_of(here, j, cars, points, asked, given):
    """Hours in which a car charges that is given less than it asks for, and the energy into its battery."""
    if given <= 0.0:
        return 0.0, 0.0
    power = min(cars.power[here.group[j]], points.power[here.kind[j]])
    hours, least = asked.there[j], min(cars.least[here.group[j]], power)
    if given < least * hours:
        # takes turns, at less than the least power only where the taper has it so
        hours = given / min(least, asked.energy[j] / asked.hours[j])
    kept = given - points.standby * hours
    return hours, points.efficiency * kept if kept > ROUNDING * given else 0.0


@kernel
def _charge(rule, here, j, cars, points, asked, since, step, k, account):
    """Charge each car of a part with what it was given, and book it; `asked.gain` becomes what it got."""
    g, number, given = here.group[j], here.number[j], asked.given[j]
    hours, gain = asked.hours[j], asked.gain[j]
    begin = max(here.begin[j], since)
    finish = begin + (asked.there[j] if rule == BALANCED else hours)
    if given < asked.energy[j] * (1.0 - ROUNDING):
        hours, gain = _gain_of(here, j, cars, points, asked, given)
        finish = begin + asked.there[j]
    asked.gain[j] = 0.0
    if given <= 0.0 or gain <= 0.0:
        return
    gain = min(gain, here.left[j])
    left = here.left[j] - gain
    here.left[j] = left if left > ROUNDING * cars.need[g] else 0.0
    asked.gain[j] = gain
    account.drawn[g] += number * given
    account.charging[g] += number * hours
    account.power[cars.owner[g], k] += number * given / step
    account.begin[g] = min(account.begin[g], begin)
    account.finish[g] = max(account.finish[g], finish)
