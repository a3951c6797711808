"""Slow, obvious twins of charging: a queue at the points, second by second; a fluid queue, part by part."""

import math


def follow(arrive, depart, need_s, car_power, point_power, seconds, hold=0):
    """Each car needs `need_s` seconds at 1 kW times its power; returns per car (taken at, charged seconds, power).

    A full car holds its point for `hold` seconds, or until its departure.
    """
    n = len(arrive)
    queue, at_point = [], {}
    taken, charged, power, full_at = [None] * n, [0] * n, [0.0] * n, [math.inf] * n
    for now in range(seconds):
        for p, car in list(at_point.items()):
            if full_at[car] == math.inf and charged[car] * power[car] >= need_s[car]:
                full_at[car] = now
            if now >= min(depart[car], full_at[car] + hold):
                del at_point[p]
        queue = [car for car in queue if depart[car] > now]
        queue += [car for car in range(n) if arrive[car] == now and depart[car] > now and need_s[car] > 0]
        while queue and len(at_point) < len(point_power):
            free = [p for p in range(len(point_power)) if p not in at_point]
            p = max(free, key=lambda q: (point_power[q], -q))
            car = queue.pop(0)
            at_point[p] = car
            taken[car], power[car] = now, min(car_power[car], point_power[p])
        for car in at_point.values():
            if charged[car] * power[car] < need_s[car]:
                charged[car] += 1
    return taken, charged, power


def power_in_steps(start, end, power, step, n_steps):
    """Mean power of the steps of a horizon: each step of each one that an interval may reach, by its overlap."""
    load = [0.0] * n_steps
    for begin, stop, kw in zip(start, end, power, strict=True):
        for day in range(10):
            for k in range(n_steps):
                left = (day * n_steps + k) * step
                load[k] += kw * max(0.0, min(stop, left + step) - max(begin, left)) / step
    return load


class FluidQueue:
    """Cars, whole or not, that wait for points; `amount` is None where every car has one."""

    def __init__(self, amount):
        self.free = None if amount is None else dict(amount)  # by power
        self.waiting = []  # [arrival, car, how many]

    def arrive(self, at, car, number):
        self.waiting.append([at, car, number])

    def leave(self, car):
        self.waiting = [one for one in self.waiting if one[1] != car]

    def serve(self, one_by_one):
        """Who takes points now: (car, power of the point or None, how many)."""
        served = []
        while self.waiting:
            first = self.waiting[0] if one_by_one else min(self.waiting)
            together = [one for one in self.waiting if one is first or (not one_by_one and one[0] == first[0])]
            wanted = sum(one[2] for one in together)
            if self.free is None:
                power, share = None, 1.0
            else:
                with_points = [kw for kw, amount in sorted(self.free.items(), reverse=True) if amount > 1e-12]
                if not with_points:
                    return served
                power = with_points[0]
                share = min(1.0, self.free[power] / wanted)
                self.free[power] -= share * wanted
            for one in together:
                served.append((one[1], power, share * one[2]))
                one[2] *= 1.0 - share
            self.waiting = [one for one in self.waiting if one[2] > 0]
        return served


def groups_at_points(arrive, depart, number, fill_h, amount, *, holds, fee_h=0.0, raster_h=1 / 60, horizon_h=30.0):
    """Parts of groups that take points, by minute: (group, power of the point, when, how many).

    `fill_h[group][power]` is how long a car fills; `holds` says whether points are held until departure.
    """
    queue, parts, frees = FluidQueue(amount), [], []  # frees: (when, power, how many)
    rasters = [k * raster_h for k in range(round(horizon_h / raster_h))]
    for now in sorted({*arrive, *depart, *rasters}):
        for when, power, many in frees:
            if when == now:
                queue.free[power] += many
        frees = [one for one in frees if one[0] > now]
        for g in range(len(arrive)):
            if depart[g] == now:
                queue.leave(g)
            if arrive[g] == now and depart[g] > now and number[g] > 0:
                queue.arrive(now, g, number[g])
        for g, power, many in queue.serve(one_by_one=False):
            parts.append((g, power, now, many))
            if power is not None:
                until = depart[g]
                if not holds:
                    full = now + fill_h[g][power] + fee_h
                    until = min([until, *(at for at in rasters if at >= full - 1e-9 * raster_h and at > now)])
                frees.append((until, power, many))
    return parts
