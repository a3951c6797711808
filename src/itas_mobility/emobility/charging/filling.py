"""Filling runs of steps with the energy of cars: most served, least peak, least cost, all exact and without a solver.

What all cars of a site can draw together is a polymatroid, too, and so is what of it fits below limits. On it the
greedy method finds the least of any cost that is linear in each run, or convex and in pieces (Edmonds 1970; Groenevelt
1991). Room and reach are those of a flow from cars through runs (`kernels.charging_flow`).

Cars of a window are taken together by need: whatever set of steps is looked at, its length is one of few sums, and a
need between two of them counts as a mixture of both. So a window has a handful of groups however many cars it has.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.emobility.charging.windows import Grid, windows_for_kernels
from itas_mobility.kernels import charging_flow as kernels
from itas_mobility.kernels import charging_windows as windows

_TINY: Final = 1e-13
"""Share of all energy that counts as none."""
_SAME: Final = 1e-10
"""Relative difference of two costs, or energies, that is the rounding of their sums."""
_MOST_CUTS: Final = 10_000
"""Each cut settles at least one set of runs or one piece of a convex function; far fewer are ever needed."""


@dataclass(frozen=True, eq=False)
class Room:
    """What limits the energy of each run, and how its cost runs."""

    hours: FloatArray
    free_kw: FloatArray
    """Highest power of charging."""
    building_kw: FloatArray
    """Building less photovoltaics; the site's power is this and what is charged."""
    times: FloatArray
    """How often each run occurs."""
    time_h: FloatArray
    stretch: LongArray
    """Which runs share cars, in the end."""

    def below(self, site_kw: float) -> FloatArray:
        """Energy of each run with which the site stays below a power, kWh."""
        return np.asarray(np.minimum(np.maximum(site_kw - self.building_kw, 0.0), self.free_kw) * self.hours)


class Filling:
    """Cars of windows as groups, and what of their energy flows where.

    Parameters
    ----------
    grid : Grid
        Windows.
    row_of_run : ndarray
        Row of each of its runs among those that are decided.
    need_h, cars, worth_share : ndarray of shape (n_parts,)
        Hours that each part's cars need, their number, and what of their energy comes into the battery.
    room : Room
        Of the runs that are decided.
    """

    def __init__(
        self, grid: Grid, row_of_run: LongArray, need_h: FloatArray, cars: FloatArray, worth_share: FloatArray,
        room: Room, *, step_h: float,
    ) -> None:  # fmt: skip
        self.room, self._grid = room, grid
        window, need, number = np.zeros(2 * need_h.size, np.int64), *np.zeros((2, 2 * need_h.size))
        count = windows.mixtures(windows_for_kernels(grid, need_h, cars), step_h, window, need, number)
        window, need, number = window[:count], need[:count], number[:count]
        width = np.diff(grid.pointer)[window]
        pointer = np.append(0, np.cumsum(width)).astype(np.int64)
        group = np.repeat(np.arange(window.size), width)
        self._entry = grid.pointer[window][group] + np.arange(group.size) - pointer[group]
        run = row_of_run[grid.run[self._entry]]
        car_kw = (number * grid.cap_kw[window])[group]
        length = np.add.reduceat(grid.hours, grid.pointer[:-1])[window] if window.size else np.zeros(0)
        slack = (length - need)[group]
        n = room.hours.size
        into = np.lexsort((np.arange(run.size), slack, run))
        run_pointer = np.searchsorted(run[into], np.arange(n + 1)).astype(np.int64)
        self.flow = kernels.Flow(pointer, run, car_kw * grid.hours[self._entry], group, run_pointer, into)
        self.supply = need * number * grid.cap_kw[window]
        self.worth_share = worth_share[grid.part[grid.part_pointer[window]]] if window.size else np.zeros(0)
        self._stretch = room.stretch[run[pointer[:-1]]] if window.size else np.zeros(0, np.int64)
        self.tiny = _TINY * max(1.0, float(self.supply.max(initial=0.0)))
        self.state = self._empty(self.supply)

    def _empty(self, supply: FloatArray) -> kernels.State:
        groups, arcs, runs = self.supply.size, self.flow.run.size, self.room.hours.size
        marks = (np.full(runs, -1), np.full(groups, -1), np.zeros(runs, np.int64), np.zeros(groups, np.int64))
        lists = (np.zeros(runs + 1, np.int64), np.zeros(groups, np.int64), *np.zeros((2, runs + 1), np.int64))
        return kernels.State(
            np.zeros(arcs), supply.copy(), np.zeros(runs), np.zeros(runs, bool), np.zeros(groups, bool), *marks, *lists
        )

    def fill(self, order: LongArray, most_kwh: FloatArray, *, afresh: bool = True) -> FloatArray:
        """Fill runs in order, the first as far as it goes, then the next.

        Parameters
        ----------
        order : ndarray of shape (m,)
            Runs.
        most_kwh : ndarray of shape (m,)
            What each may hold.
        afresh : bool, default=True
            Whether nothing flows before.

        Returns
        -------
        ndarray of shape (n_runs,)
            Energy of each run, kWh.
        """
        if afresh:
            self.state = self._empty(self.supply)
        kernels.fill(self.flow, self.state, order, most_kwh, self.tiny)
        return self.state.total

    @property
    def drawn_kwh(self) -> FloatArray:
        """Energy that each window draws in each of its entries."""
        return np.asarray(np.bincount(self._entry, self.state.drawn, minlength=self._grid.hours.size))

    def serve_most(self, most_kwh: FloatArray) -> bool:
        """Serve as much as fits below limits; what does not is then no more asked for.

        Where cars differ in what of their energy comes into the battery, those who lose least come first, and who is
        not served is settled here.

        Parameters
        ----------
        most_kwh : ndarray of shape (n_runs,)
            Room of each run.

        Returns
        -------
        bool
            Whether all is served.
        """
        if np.isinf(most_kwh).all():
            return True
        order = np.arange(most_kwh.size)
        self.fill(order, most_kwh)
        if self.state.left.max(initial=0.0) <= self._rest:
            return True
        shares = np.unique(self.worth_share)[::-1]
        if shares.size > 1:
            self.state = self._empty(np.zeros(self.supply.size))
            for share in shares:
                self.state.left[:] += np.where(self.worth_share == share, self.supply, 0.0)
                self.state.is_dead[:] = False
                self.state.is_dead_group[:] = False
                self.fill(order, most_kwh, afresh=False)
            self.supply = self.supply - self.state.left
        self._wanted = self._served()
        return False

    @property
    def _rest(self) -> float:
        return _SAME * max(1.0, float(self.supply.max(initial=0.0)))

    def _served(self) -> FloatArray:
        """Energy of each stretch."""
        n = int(self.room.stretch.max(initial=-1)) + 1
        return np.asarray(np.bincount(self.room.stretch, self.state.total, minlength=n), np.float64)

    _wanted: FloatArray | None = None

    def wanted(self) -> FloatArray:
        """Energy of each stretch that can be served, kWh."""
        n = int(self.room.stretch.max(initial=-1)) + 1
        if self._wanted is None:
            return np.asarray(np.bincount(self._stretch, self.supply, minlength=n), np.float64)
        return self._wanted

    def least_level(self, room: Room, low_kw: float) -> float:
        """Least power of the site at which all is served that can be.

        Newton's method on least cuts: the runs that would take what is left need room for it (Dinkelbach 1967).

        Parameters
        ----------
        room : Room
            Limits.
        low_kw : float
            The level is not lower.

        Returns
        -------
        float
            Power, kW.
        """
        level, wanted = low_kw, self.wanted()
        order = np.arange(room.hours.size)
        is_short = np.zeros(room.hours.size, bool)
        rest = _SAME * np.maximum(1.0, wanted)
        self.state = self._empty(self.supply)
        for _ in range(_MOST_CUTS):
            most = room.below(level)
            self.fill(order, most, afresh=False)
            lacking = wanted - self._served()
            if (lacking <= rest * 1e-3).all():
                return level
            kernels.short_of_room(self.flow, self.state, self.tiny, is_short)
            new = max(
                _level_for(room, is_short & (room.stretch == s), most, lacking[s])
                for s in np.flatnonzero(lacking > rest * 1e-3)
            )
            if new <= level * (1.0 + 1e-15):
                return level  # rounding is all that is left
            level = new
        raise AssertionError("cuts do not end")

    def cheapest(self, costs: tuple[FloatArray, FloatArray], per_kw: float, low_kw: float) -> tuple[float, float]:
        """Least cost of energy and peak, and the least peak with it; the state is then that of least cost at it.

        Parameters
        ----------
        costs : tuple of ndarray of shape (n_runs,)
            Of a kWh charged from the grid, and of one that would else be fed in; the first is not less.
        per_kw : float
            Cost of the peak.
        low_kw : float
            Least level at which all is served.

        Returns
        -------
        tuple of float
            Least cost, and the level.
        """
        cost = _Cost(self, costs, per_kw)
        freely, _ = cost.at(np.inf)
        peak = float(np.max(self.state.total / self.room.hours + self.room.building_kw, initial=low_kw))
        right = (peak, freely + per_kw * peak, per_kw)
        left = (low_kw, *cost.at(low_kw))
        least = min(right[1], left[1])
        for _ in range(_MOST_CUTS):
            if left[2] >= 0.0 or per_kw == 0.0:
                break
            meet = (right[1] - left[1] + left[2] * left[0] - right[2] * right[0]) / (left[2] - right[2])
            bound = left[1] + left[2] * (meet - left[0])
            if bound >= least - _SAME * (1.0 + abs(least)):
                break
            value, slope = cost.at(meet)
            least = min(least, value)
            if slope < 0.0:
                left = (meet, value, slope)
            else:
                right = (meet, value, slope)
        while left[2] < 0.0 and left[1] - least > _SAME * (1.0 + abs(least)):
            level = left[0] + (left[1] - least) / -left[2]
            left = (level, *cost.at(level))
        if cost.level_kw != left[0]:
            cost.at(left[0])
        return left[1], left[0]

    def short_of_room(self) -> BoolArray:
        """Runs that would take what is left, had they more room."""
        out = np.zeros(self.room.hours.size, bool)
        kernels.short_of_room(self.flow, self.state, self._rest, out)
        return out


class _Cost:
    """Cost of energy and peak as a convex function of the highest power of the site."""

    def __init__(self, filling: Filling, costs: tuple[FloatArray, FloatArray], per_kw: float) -> None:
        self._filling, self._per_kw = filling, per_kw
        self._grid, self._sun = costs
        room = filling.room
        self._surplus = np.maximum(-room.building_kw, 0.0) * room.hours
        sunny = np.flatnonzero(self._surplus > 0)
        # pieces of each run: what would else be fed in, then what comes from the grid
        self._run = np.append(sunny, np.arange(room.hours.size))
        self._is_sun = np.arange(self._run.size) < sunny.size
        value = np.append(self._sun[sunny], self._grid)
        self.level_kw = np.nan
        """That at which the state of the filling is."""
        self._order = np.lexsort((~self._is_sun, room.time_h[self._run], value))

    def at(self, site_kw: float) -> tuple[float, float]:
        """Cost, and a slope of it, at a highest power of the site (without its own part where that is infinite)."""
        filling, room = self._filling, self._filling.room
        self.level_kw = site_kw
        most = room.below(site_kw)
        piece = np.where(self._is_sun, np.minimum(most, self._surplus)[self._run], most[self._run])
        total = filling.fill(self._run[self._order], piece[self._order])
        sun = np.minimum(total, self._surplus)
        value = float((room.times * (self._sun * sun + self._grid * (total - sun))).sum())
        if not np.isfinite(site_kw):
            return value, 0.0
        last = np.where(total > self._surplus + filling.tiny, self._grid, self._sun)
        last = np.where(total > filling.tiny, last, -np.inf)
        worth = np.empty(total.size)
        kernels.worth(filling.flow, filling.state, np.argsort(-last, kind="stable"), last, filling.tiny, worth)
        top = np.where(most >= self._surplus, self._grid, self._sun)
        is_peak = (most < room.free_kw * room.hours) & (site_kw >= room.building_kw) & (total >= most - filling.tiny)
        saved = np.where(is_peak & (worth > top), worth - top, 0.0)
        slope = self._per_kw - float((saved * room.hours * room.times).sum())
        return value + self._per_kw * site_kw, slope


def _level_for(room: Room, runs: BoolArray, most_kwh: FloatArray, more_kwh: float) -> float:
    """Power of the site at which some runs have so much more room than now."""
    building, hours = room.building_kw[runs], room.hours[runs]
    top = building + room.free_kw[runs]
    edges = np.unique(np.concatenate([building, top[np.isfinite(top)]]))
    wanted = float(most_kwh[runs].sum()) + more_kwh

    def room_at(level: float) -> float:
        return float((np.clip(level - building, 0.0, room.free_kw[runs]) * hours).sum())

    filled = np.array([room_at(edge) for edge in edges])
    k = int(np.searchsorted(filled, wanted))  # between edges room grows evenly
    if k == 0:
        return float(edges[0])
    slope = float(hours[(building <= edges[k - 1]) & (top > edges[k - 1])].sum())
    if slope == 0.0:
        return float(edges[-1])
    return float(edges[k - 1] + (wanted - filled[k - 1]) / slope)
