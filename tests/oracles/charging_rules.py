"""Slow, obvious twin of charging by rules: one step after the other, one car after the other, without tapers."""

from dataclasses import dataclass, field

from oracles.charging import FluidQueue

TIE_H = 1e-9


@dataclass
class Car:
    """A car, or a group of `number` cars that are alike."""

    arrive: float
    depart: float
    need: float
    power: float
    least: float = 0.0
    number: float = 1.0


@dataclass
class Part:
    """Cars of a group that took their points together."""

    row: int
    car: Car
    begin: float
    number: float
    point: float | None
    left: float = field(init=False)
    frees_at: float = field(init=False)

    def __post_init__(self):
        self.left, self.frees_at = self.car.need, self.car.depart

    @property
    def power(self):
        return self.car.power if self.point is None else min(self.car.power, self.point)


def follow(rule, cars, points, step, free_kw, *, one_by_one, efficiency, standby, release="full", fee_after=0.0):
    """Power of each step, and delivered, drawn, hours of charging and waiting of each row; `points` are powers."""
    amount = None if points is None else {kw: float(points.count(kw)) for kw in points}
    queue, holding, parts = FluidQueue(amount), [], []
    power = [0.0] * len(free_kw)
    delivered, drawn, charging = ([0.0] * len(cars) for _ in range(3))
    waiting = [car.number * (car.depart - car.arrive) * (car.need > 0) for car in cars]
    for k, free in enumerate(free_kw):
        start, end = k * step, (k + 1) * step
        moments = {at for car in cars for at in (car.arrive, car.depart)} | {part.frees_at for part in holding}
        for now in sorted(at for at in moments if start <= at < end):
            for part in holding:
                if part.frees_at == now and queue.free is not None:
                    queue.free[part.point] += part.number
            holding = [part for part in holding if part.frees_at > now]
            for row, car in enumerate(cars):
                if car.depart == now:
                    queue.leave(row)
                if car.arrive == now and car.depart > now and car.need > 0 and car.number > 0:
                    queue.arrive(now, row, car.number)
            for row, point, number in queue.serve(one_by_one):
                part = Part(row, cars[row], now, number, point)
                parts.append(part)
                holding.append(part)
                waiting[row] -= number * (cars[row].depart - now)
        here = [part for part in parts if part.left > 0 and part.car.depart > start]
        for part, (energy, hours, gain) in zip(
            here, shared(rule, here, start, end, max(free, 0.0) * step, one_by_one, efficiency, standby), strict=True
        ):
            power[k] += part.number * energy / step
            drawn[part.row] += part.number * energy
            charging[part.row] += part.number * hours
            delivered[part.row] += part.number * min(gain, part.left)
            part.left -= gain
            if part.left <= 1e-12 * part.car.need:
                part.left = 0.0
                if release != "departure":
                    part.frees_at = min(part.frees_at, end + (fee_after if release == "fee" else 0.0))
    return power, delivered, drawn, charging, waiting


def shared(rule, here, start, end, budget, one_by_one, efficiency, standby):
    """Energy, hours, and gain of one car of each part in a step."""
    asked = [asks(rule, part, start, end, efficiency, standby) for part in here]
    total = sum(part.number * ask[0] for part, ask in zip(here, asked, strict=True))
    if total <= budget:
        return asked
    given, rounding = [0.0] * len(here), 1e-12 * budget
    if rule == "balanced":
        given = [ask[0] * budget / total for ask in asked]
    elif rule == "equal_share" and budget > 0:
        low, high = 0.0, max(part.power for part in here)
        for _ in range(200):  # the power at which the budget is just used
            level = 0.5 * (low + high)
            given = [min(ask[0], level * there(part, start, end)) for part, ask in zip(here, asked, strict=True)]
            used = sum(part.number * kwh for part, kwh in zip(here, given, strict=True))
            low, high = (level, high) if used < budget else (low, level)
    elif budget > 0:
        order = sorted(range(len(here)), key=lambda j: urgency(rule, here[j], start, efficiency, standby))
        while order:
            first = urgency(rule, here[order[0]], start, efficiency, standby)
            tied = [j for j in order if urgency(rule, here[j], start, efficiency, standby) - first <= TIE_H]
            order = [j for j in order if j not in tied]
            for equals in [[j] for j in sorted(tied)] if one_by_one else [tied]:
                budget = budget if budget > rounding else 0.0
                wanted = sum(here[j].number * asked[j][0] for j in equals)
                part = min(1.0, budget / wanted) if wanted > 0 else 0.0
                for j in equals:
                    energy = asked[j][0] * part
                    if part < 1 and gain_of(here[j], energy, asked[j], start, end, efficiency, standby)[2] <= 0:
                        energy = 0.0
                    given[j] = energy
                    budget -= here[j].number * energy
    return [
        ask if kwh >= ask[0] * (1 - 1e-12) else gain_of(part, kwh, ask, start, end, efficiency, standby)
        for part, ask, kwh in zip(here, asked, given, strict=True)
    ]


def there(part, start, end):
    return min(part.car.depart, end) - max(part.begin, start)


def asks(rule, part, start, end, efficiency, standby):
    hours, stay = there(part, start, end), part.car.depart - max(part.begin, start)
    power = part.power
    if rule == "balanced":
        least = min(part.car.least, power)
        even = part.left / (efficiency * stay) + standby
        if even < least:
            mean = part.left / (efficiency * (1 - standby / least) * stay)
            energy = mean * hours
            return energy, energy / least, part.left * hours / stay
        power = min(power, even)
    if power <= standby:
        return 0.0, 0.0, 0.0
    full_after = part.left / (efficiency * (power - standby))
    if full_after <= hours:
        return power * full_after, full_after, part.left
    return power * hours, hours, efficiency * (power - standby) * hours


def gain_of(part, energy, ask, start, end, efficiency, standby):
    """A car that gets less than it asks for: even power over the step, or turns at the least power."""
    hours, least = there(part, start, end), min(part.car.least, part.power)
    if energy < least * hours:
        hours = energy / min(least, ask[0] / ask[1]) if energy > 0 else 0.0
    gain = efficiency * (energy - standby * hours)
    return (energy, hours, gain) if gain > 1e-12 * energy else (0.0, 0.0, 0.0)


def urgency(rule, part, start, efficiency, standby):
    if rule == "first_come":
        return part.car.arrive
    if rule == "earliest_departure":
        return part.car.depart
    return part.car.depart - max(part.begin, start) - part.left / (efficiency * (part.power - standby))
