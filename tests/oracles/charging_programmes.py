"""Slow, obvious twin of optimal charging: one linear programme with a variable for each car and step."""

import numpy as np
from scipy.optimize import linprog


class PlainProgramme:
    """A site's week, a column for what each car draws in each step (kWh from the grid)."""

    def __init__(self, sessions, site, step_h, n, *, is_repeating=False):
        self.step_h, self.n = step_h, n
        supply = site.supply
        cap = np.minimum(sessions.power_kw, site.point_power_kw.max(initial=0.0))
        number, m = sessions.each_cars, len(sessions)
        present = np.zeros((m, n))
        for i in range(m):
            for k in range(2 * n if is_repeating else n):
                both = min(sessions.depart_h[i], (k + 1) * step_h) - max(sessions.arrive_h[i], k * step_h)
                present[i, k % n] += max(both, 0.0)
        worth = np.where(cap > site.standby_kw, site.efficiency * (1 - site.standby_kw / np.maximum(cap, 1e-9)), 0.0)
        self.m, self.worth = m, worth
        need = number * sessions.need_kwh
        battery = supply.battery
        # x[i, t], unserved[i], import[t], into[t], out[t], state[t], peak, charging peak
        self.size = m * n + m + 4 * n + 2
        self.x = np.arange(m * n).reshape(m, n)
        self.u = m * n + np.arange(m)
        self.imported, self.into, self.out, self.state = (m * n + m + j * n + np.arange(n) for j in range(4))
        self.peak, self.charging_peak = self.size - 2, self.size - 1
        high = np.full(self.size, np.inf)
        high[self.x] = (number * cap * (worth > 0))[:, None] * present
        self.net = supply.series("base_load_kw", n) - supply.series("pv_kw", n)
        self.ub, self.ub_b, self.eq, self.eq_b = [], [], [], []
        if battery is None:
            high[self.into] = high[self.out] = high[self.state] = 0.0
        else:
            high[self.into] = high[self.out] = battery.power_kw * step_h
            high[self.state] = battery.energy_kwh
            start = battery.start_state_share * battery.energy_kwh
            for t in range(n):
                row = {self.state[t]: 1.0, self.into[t]: -battery.efficiency, self.out[t]: 1 / battery.efficiency}
                if t:
                    row[self.state[t - 1]] = -1.0
                self.add(row, start if t == 0 else 0.0, equal=True)
                self.add({self.into[t]: 1.0, self.out[t]: 1.0}, battery.power_kw * step_h)
            self.add({self.state[n - 1]: 1.0}, start, equal=True)
        for i in range(m):
            self.add({**dict.fromkeys(self.x[i], worth[i]), self.u[i]: 1.0}, need[i], equal=True)
        limit = np.broadcast_to(site.limit_kw, (n,))
        for t in range(n):
            all_cars = dict.fromkeys(self.x[:, t], 1.0)
            net = {**all_cars, self.into[t]: 1.0, self.out[t]: -1.0}
            if np.isfinite(limit[t]):
                self.add(all_cars, limit[t] * step_h)
            if np.isfinite(supply.grid_kw):
                self.add(net, (supply.grid_kw - self.net[t]) * step_h)
            self.add({**net, self.imported[t]: -1.0}, -self.net[t] * step_h)
            self.add({**net, self.peak: -step_h}, -self.net[t] * step_h)
            self.add({**all_cars, self.charging_peak: -step_h}, 0.0)
        self.high = high

    def add(self, row, bound, *, equal=False):
        values = np.zeros(self.size)
        for column, value in row.items():
            values[column] += value
        (self.eq if equal else self.ub).append(values)
        (self.eq_b if equal else self.ub_b).append(bound)

    def cost(self, **columns):
        out = np.zeros(self.size)
        for name, value in columns.items():
            out[getattr(self, name)] += value
        return out

    def bill(self, supply):
        """Price times import, less feed-in times (import less what is drawn on balance), and demand charge."""
        n, fed_in = self.n, supply.feed_in_eur_per_kwh
        price = supply.series("price_eur_per_kwh", n)
        cost = self.cost(imported=price - fed_in, into=fed_in, out=-fed_in, peak=supply.demand_charge_eur_per_kw)
        cost[self.x] += fed_in
        return cost, fed_in * float(self.net.sum()) * self.step_h

    def least(self, costs, slack=1e-9):
        """Least value of each cost while all earlier ones are held."""
        values, ub, ub_b = [], list(self.ub), list(self.ub_b)
        for cost in costs:
            found = linprog(
                cost, np.array(ub), np.array(ub_b), np.array(self.eq), np.array(self.eq_b),
                np.stack([np.zeros(self.size), self.high], axis=1), method="highs-ds",
                options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
            )  # fmt: skip
            assert found.status == 0, found.message
            values.append(found.fun)
            ub.append(cost)
            ub_b.append(found.fun + slack * (1 + abs(found.fun)))
        return values


def least_bill_giving_back(sessions, site, step_h, n, least_state):
    """Least unserved and least bill where each car may give back; a column for each car and step."""
    plain = PlainProgramme(sessions, site, step_h, n)
    m, old = len(sessions), plain.size
    given, state = old + np.arange(m * n).reshape(m, n), old + m * n + np.arange(m * n).reshape(m, n)
    size = old + 2 * m * n

    def wide(rows):
        return [np.append(row, np.zeros(size - old)) for row in rows]

    cars, battery = sessions.each_cars, sessions.battery_kwh
    arrive = cars * battery * sessions.arrival_state_share
    low, high = np.zeros(size), np.append(plain.high, np.full(size - old, np.inf))
    plain.ub, plain.eq, plain.size = wide(plain.ub), wide(plain.eq), size
    most = plain.high[plain.x]
    for i in range(m):
        high[given[i]], high[state[i]] = most[i], cars[i] * battery[i]
        low[state[i]] = np.minimum(arrive[i], least_state * battery[i] * cars[i])
        high[plain.u[i]] = cars[i] * sessions.need_kwh[i]
        for t in range(n):
            plain.add({plain.x[i, t]: 1.0, given[i, t]: 1.0}, most[i, t])
            before = {state[i, t - 1]: -1.0} if t else {}
            row = {state[i, t]: 1.0, plain.x[i, t]: -plain.worth[i], given[i, t]: 1.0 / site.efficiency, **before}
            plain.add(row, 0.0 if t else arrive[i], equal=True)
        plain.add({state[i, n - 1]: 1.0, plain.u[i]: 1.0}, arrive[i] + cars[i] * sessions.need_kwh[i], equal=True)
    # the account of needs now runs over the states; all other rows see what is drawn less what is given back
    keep = [k for k, row in enumerate(plain.eq) if not (row[plain.u].any() and row[plain.x].any())]
    plain.eq, plain.eq_b = [plain.eq[k] for k in keep], [plain.eq_b[k] for k in keep]
    for row in plain.ub:
        by_step = row[plain.x]
        if (row[given] == 0).all() and by_step.any():
            row[given] = -by_step
    bill, constant = plain.bill(site.supply)
    bill[given] = -site.supply.feed_in_eur_per_kwh
    values = []
    ub, ub_b = list(plain.ub), list(plain.ub_b)
    for cost in (plain.cost(u=1.0), bill):
        found = linprog(
            cost, np.array(ub), np.array(ub_b), np.array(plain.eq), np.array(plain.eq_b), np.stack([low, high], axis=1),
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )  # fmt: skip
        assert found.status == 0, found.message
        values.append(found.fun)
        ub.append(cost)
        ub_b.append(found.fun + 1e-9 * (1 + abs(found.fun)))
    return values[0], values[1] + constant
