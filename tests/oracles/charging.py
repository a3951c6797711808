"""Slow, obvious twin of charging: a queue at the points, followed second by second."""


def follow(arrive, depart, need_s, car_power, point_power, seconds, until_departure=False):
    """Each car needs `need_s` seconds at 1 kW times its power; returns per car (taken at, charged seconds, power)."""
    n = len(arrive)
    queue, at_point = [], {}
    taken, charged, power = [None] * n, [0] * n, [0.0] * n
    for now in range(seconds):
        for p, car in list(at_point.items()):
            full = charged[car] * power[car] >= need_s[car]
            if now >= depart[car] or (full and not until_departure):
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
    """Mean power of the steps of a day: each step of each day that an interval may reach, by its overlap."""
    load = [0.0] * n_steps
    for begin, stop, kw in zip(start, end, power, strict=True):
        for day in range(10):
            for k in range(n_steps):
                left = (day * n_steps + k) * step
                load[k] += kw * max(0.0, min(stop, left + step) - max(begin, left)) / step
    return load
