"""Charging at a site against others, the same sessions: ``python -m benchmarks.charging_peers --acn-python PYTHON``.

The peers live in environments of their own, whose interpreters are named; what is not named is left out, and said so.
SpiceEV is no package: its folder is named, too. Figures are processor seconds of the simulation alone (import, reading
and the building of the peers' objects are not counted), each the least of runs that take turns with ours. Exit code 1
if a bar is missed or a figure differs that should be equal. ``--check`` compares schedules instead of times.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from itas_mobility.core import ChargingSessions, ChargingSite, ChargingWeek

ROUNDS = 3
EQUAL = 1e-6
"""Relative difference up to which figures are the same."""
_GROWTH_ROUNDS = 7
_BATCH_S = 0.2
BATTERY_KWH = 60.0
_WEEK_H = 168.0
_WIRE_V = 230.0
_FINE_V = 0.1
"""ACN-Sim looks for the current under a limit by halving until 0.01 A are left, whatever the voltage: at 0.1 V that is
1 mW. Each halving costs it time, so that times are taken at 230 V."""


@dataclass(frozen=True)
class Work:
    """Sessions at a site in whole steps, as all three can take them."""

    title: str
    vehicle: np.ndarray
    """Which car comes; SpiceEV and ACN-Sim give it a station of its own."""
    arrive: np.ndarray
    depart: np.ndarray
    need_kwh: np.ndarray
    power_kw: np.ndarray
    limit_kw: float | None = None
    points: int | None = None
    taper: tuple[tuple[float, float], ...] = ()
    """State of charge and greatest power there, in batteries of `BATTERY_KWH` that all cars fill to the top."""
    step_h: float = 0.25
    efficiency: float = 0.9
    price_eur_per_kwh: np.ndarray = field(default_factory=lambda: np.zeros(1))
    demand_charge_eur_per_kw: float = 0.0

    @property
    def steps(self) -> int:
        """Of the horizon."""
        return round(_WEEK_H / self.step_h)

    @property
    def by_session(self) -> "Work":
        """Each session with a car of its own, so that nobody brings along what was not delivered the day before."""
        return replace(self, vehicle=np.arange(len(self.vehicle)))

    @cached_property
    def ours(self) -> "tuple[ChargingSessions, ChargingSite]":
        """As our nouns."""
        from itas_mobility.core import ChargingSessions, ChargingSite, ChargingTaper, SiteSupply

        sessions = ChargingSessions(
            self.arrive * self.step_h, self.depart * self.step_h, need_kwh=self.need_kwh, power_kw=self.power_kw
        )
        if self.taper:
            sessions = replace(
                sessions,
                battery_kwh=BATTERY_KWH,
                arrival_state_share=1.0 - self.need_kwh / BATTERY_KWH,
                taper=ChargingTaper(*np.array(self.taper).T),
            )
        site = ChargingSite(
            points=self.points,
            point_power_kw=float(self.power_kw.max()),
            efficiency=self.efficiency,
            limit_kw=np.inf if self.limit_kw is None else self.limit_kw,
            supply=SiteSupply(
                price_eur_per_kwh=self.price_eur_per_kwh, demand_charge_eur_per_kw=self.demand_charge_eur_per_kw
            ),
        )
        return sessions, site


@dataclass(frozen=True)
class Peers:
    """Where the peers are."""

    spice_folder: str | None
    spice_python: str | None
    acn_python: str | None

    def missing(self, peer: str) -> str:
        """Why a peer is left out; empty if it is there."""
        if peer == "spice_ev" and (self.spice_folder is None or self.spice_python is None):
            return "needs --spice-ev FOLDER and --spice-python PYTHON"
        if peer == "acn_sim" and self.acn_python is None:
            return "needs --acn-python PYTHON"
        return ""

    def ask(
        self, peer: str, strategy: str, work: Work, *, voltage_v: float = _WIRE_V, battery_kwh: float | None = None
    ) -> "Answer":
        """What a peer makes of the sessions.

        Raises
        ------
        RuntimeError
            If its process fails, with what it said.
        """
        python = self.spice_python if peer == "spice_ev" else self.acn_python
        given = {
            "folder": self.spice_folder, "strategy": strategy, "repeats": 1, "vehicle": work.vehicle.tolist(),
            "arrive": work.arrive.tolist(), "depart": work.depart.tolist(), "need_kwh": work.need_kwh.tolist(),
            "power_kw": work.power_kw.tolist(), "limit_kw": work.limit_kw, "points": work.points,
            "step_h": work.step_h, "steps": work.steps, "efficiency": work.efficiency, "voltage_v": voltage_v,
            "battery_kwh": battery_kwh, "taper": work.taper, "price_eur_per_kwh": work.price_eur_per_kwh.tolist(),
        }  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="peer-") as folder:
            source, target = Path(folder) / "given.json", Path(folder) / "found.json"
            source.write_text(json.dumps(given), encoding="utf-8")
            script = Path(__file__).with_name("charging_peer_process.py")
            command = [str(python), "-I", "-W", "ignore", str(script), peer, str(source), str(target)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"{python}: {peer} {strategy} failed with code {done.returncode}:\n{done.stderr}")
            found = json.loads(target.read_text(encoding="utf-8"))
        power_kw = np.array(found["power_kw"])
        delivered = np.array(found["delivered_kwh"])
        return Answer(
            f"{peer} {found['version']}", power_kw, delivered, work.need_kwh - delivered, min(found["processor_s"])
        )


@dataclass(frozen=True)
class Answer:
    """What somebody made of the sessions."""

    who: str
    power_kw: np.ndarray
    delivered_kwh: np.ndarray
    unserved_kwh: np.ndarray
    processor_s: float = np.nan

    def figures(self, work: Work) -> dict[str, float]:
        """Those that are compared; costs where the work has prices."""
        found = {
            "peak_kw": float(self.power_kw.max(initial=0.0)),
            "grid_kwh": float(self.power_kw.sum()) * work.step_h,
            "unserved_kwh": float(self.unserved_kwh.sum()),
        }
        if work.price_eur_per_kwh.any():
            energy_eur = float((work.price_eur_per_kwh * self.power_kw).sum()) * work.step_h
            found["cost_eur"] = energy_eur + work.demand_charge_eur_per_kw * max(found["peak_kw"], 0.0)
        return found


def charge_ours(work: Work, strategy: str) -> Answer:
    """What we make of the sessions, once, not timed."""
    week = _charge(work, strategy)
    return Answer("ours", np.asarray(week.power_kw), np.asarray(week.delivered_kwh), np.asarray(week.unserved_kwh))


def _charge(work: Work, strategy: str) -> "ChargingWeek":
    from itas_mobility import emobility

    sessions, site = work.ours
    return emobility.charge(sessions, site, strategy=strategy, step_h=work.step_h, horizon_h=_WEEK_H)


def charging(work: Work, strategy: str) -> Callable[[], object]:
    """A run of ours over nouns that are there already."""
    _ = work.ours
    return lambda: _charge(work, strategy)


def processor_seconds(run: Callable[[], object]) -> float:
    """Mean processor seconds of as many runs as fill a fifth of a second, at least one."""
    began, count = time.process_time(), 0
    while True:
        run()
        count += 1
        worked = time.process_time() - began
        if worked >= _BATCH_S:
            return worked / count


def two_shifts() -> Work:
    """200 cars, two shifts that overlap, Monday to Friday: case 01 of the cases, by its rule."""
    car, day = np.tile(np.arange(200), 5), np.repeat(np.arange(5), 200)
    late = car >= 100
    arrive = 96 * day + np.where(late, 54, 22) + car % 2
    depart = 96 * day + np.where(late, 88, 56) + car % 2
    need_kwh = 4.0 + 0.16 * (37 * car % 100)
    return Work("two shifts, 200 cars, 1,000 sessions", car, arrive, depart, need_kwh, np.full(1000, 11.0))


_SHIFTS = np.array([[22, 56], [54, 88], [86, 120], [32, 66]])
"""Quarter-hours after midnight: early, late, night into the next day, day."""
_SHARES = (0.35, 0.3, 0.15, 0.2)


def drawn_week(n_cars: int, *, days: int = 7, seed: int = 5, limit_kw: float | None = None) -> Work:
    """Cars of four shifts with drawn arrivals, departures, needs and powers; each can be filled while it stands.

    Needs are drawn from a continuum, so that no two sessions are alike. The night shift does not begin on the last
    day of a week.
    """
    rng = np.random.default_rng(seed)
    shift = rng.choice(len(_SHIFTS), n_cars, p=_SHARES)
    power_kw = rng.choice([3.68, 11.0], n_cars, p=[0.3, 0.7])
    vehicle = np.tile(np.arange(n_cars), days)
    day = np.repeat(np.arange(days), n_cars)
    arrive = _SHIFTS[shift[vehicle], 0] + rng.integers(-3, 2, len(vehicle)) + 96 * day
    depart = _SHIFTS[shift[vehicle], 1] + rng.integers(-1, 4, len(vehicle)) + 96 * day
    most_kwh = 0.95 * 0.9 * power_kw[vehicle] * (depart - arrive) * 0.25
    need_kwh = rng.uniform(2.0, np.minimum(40.0, most_kwh))
    keep = depart <= _WEEK_H * 4
    price = 0.25 + 0.1 * np.sin(np.arange(round(_WEEK_H * 4)) / 96 * 2 * np.pi) + rng.uniform(0, 0.05, 672)
    return Work(
        f"{n_cars:,} cars, {int(keep.sum()):,} sessions", vehicle[keep], arrive[keep], depart[keep], need_kwh[keep],
        power_kw[vehicle][keep], limit_kw=limit_kw, price_eur_per_kwh=price, demand_charge_eur_per_kw=2.0,
    )  # fmt: skip


@dataclass(frozen=True)
class Duel:
    """One strategy of ours against one of a peer's."""

    ours: str
    peer: str
    theirs: str
    least_ratio: float | None
    """Our bar: the peer's processor seconds per ours."""
    limit_kw: float | None = None
    is_equal: bool = True
    """Whether peak and energy must be the same."""
    rounds: int = ROUNDS
    peak_kw: float | None = None
    """What ours must reach, where it is known."""


DUELS = (
    Duel("uncontrolled", "spice_ev", "greedy", 100.0),
    Duel("uncontrolled", "acn_sim", "uncontrolled", None),
    Duel("first_come", "spice_ev", "greedy", 100.0, limit_kw=400.0, is_equal=False),
    Duel("first_come", "acn_sim", "first_come", 100.0, limit_kw=400.0),
    Duel("least_laxity", "acn_sim", "least_laxity", None, limit_kw=400.0, rounds=1),
    Duel("balanced", "spice_ev", "balanced", 50.0),
    Duel("peak_minimal", "spice_ev", "peak_shaving", 50.0, is_equal=False, rounds=1, peak_kw=158.1426),
)


class Verdicts:
    """Bars that were held or missed, printed as they come."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def say(self, holds: bool, text: str) -> str:
        """Word for a table, remembered if it is bad."""
        if not holds:
            self.missed.append(text)
        return "ok" if holds else "MISSED"


def compare_times(peers: Peers, verdicts: Verdicts, strategies: Sequence[str] = ()) -> None:
    """Case 01: each duel, ours and theirs taking turns; of all strategies, or of some of ours."""
    print(f"\n{two_shifts().title}; processor seconds, least of the rounds")
    head = f"{'ours':14s} {'peer':26s} {'limit':>6s} {'ours ms':>9s} {'theirs s':>9s} {'ratio':>8s} {'bar':>6s}  "
    print(head + f"{'peak kW':>19s}  {'grid kWh':>25s}")
    for duel in DUELS:
        if strategies and duel.ours not in strategies:
            continue
        reason = peers.missing(duel.peer)
        if reason:
            print(f"{duel.ours:14s} {duel.peer + ' ' + duel.theirs:26s} left out: {reason}")
            continue
        work = replace(two_shifts(), limit_kw=duel.limit_kw)
        mine = charge_ours(work, duel.ours)  # compiles
        own, answers = [], []
        for _ in range(duel.rounds):
            answers.append(peers.ask(duel.peer, duel.theirs, work, battery_kwh=BATTERY_KWH))
            own.append(processor_seconds(charging(work, duel.ours)))
        _judge(duel, work, mine, min(own), answers, verdicts)


def _judge(duel: Duel, work: Work, mine: Answer, own_s: float, answers: Sequence[Answer], verdicts: Verdicts) -> None:
    theirs_s = min(answer.processor_s for answer in answers)
    ratio = theirs_s / own_s
    name = f"{answers[0].who} {duel.theirs}"
    bar = ""
    if duel.least_ratio is not None:
        bar = verdicts.say(
            ratio >= duel.least_ratio, f"{duel.ours}: {ratio:.0f} times {name}, not {duel.least_ratio:g}"
        )
    ours, theirs = mine.figures(work), answers[0].figures(work)
    limit = "" if duel.limit_kw is None else f"{duel.limit_kw:g}"
    print(
        f"{duel.ours:14s} {name:26s} {limit:>6s} {own_s * 1e3:9.3f} {theirs_s:9.3f} {ratio:8.0f} {bar:>6s}  "
        f"{ours['peak_kw']:9.4f} {theirs['peak_kw']:9.4f}  {ours['grid_kwh']:12.6f} {theirs['grid_kwh']:12.6f}",
        flush=True,
    )
    if duel.is_equal:
        for figure in ("peak_kw", "grid_kwh"):
            same = abs(ours[figure] - theirs[figure]) <= EQUAL * abs(theirs[figure])
            verdicts.say(same, f"{duel.ours}: {figure} {ours[figure]:.6f}, {name} {theirs[figure]:.6f}")
    if duel.peak_kw is not None:
        close = abs(ours["peak_kw"] - duel.peak_kw) <= 1e-4
        verdicts.say(close, f"{duel.ours}: {ours['peak_kw']:.6f} kW, not {duel.peak_kw}")


def least_cost_eur(work: Work) -> float:
    """Least cost of energy and peak by HiGHS, one variable for each step of each session; all needs must be met.

    Raises
    ------
    RuntimeError
        If it finds no optimum.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    stays = work.depart - work.arrive
    session = np.repeat(np.arange(len(stays)), stays)
    step = np.arange(len(session)) + np.repeat(work.arrive - (np.cumsum(stays) - stays), stays)
    n, steps = len(session), np.arange(work.steps)
    cost = np.append(work.price_eur_per_kwh[step] * work.step_h, work.demand_charge_eur_per_kw)
    needs = coo_array((np.full(n, work.step_h), (session, np.arange(n))), shape=(len(stays), n + 1))
    entries = np.append(np.ones(n), np.full(work.steps, -1.0))
    below_peak = coo_array(
        (entries, (np.append(step, steps), np.append(np.arange(n), np.full(work.steps, n)))), shape=(work.steps, n + 1)
    )
    most_kw = np.append(work.power_kw[session], np.inf)
    found = linprog(
        cost, A_ub=below_peak, b_ub=np.zeros(work.steps), A_eq=needs, b_eq=work.need_kwh / work.efficiency,
        bounds=np.column_stack([np.zeros(n + 1), most_kw]), method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise RuntimeError(f"HiGHS: {found.message}")
    return float(found.fun)


def compare_growth(verdicts: Verdicts) -> None:
    """Uncontrolled charging of 20,000 cars against 5,000: with a point each, and with a point for every third.

    The bar holds for the program's own time. The system hands out large pieces of memory page by page, and takes them
    back after each run: up to a microsecond of its time per car at 20,000 cars and none at 5,000. It stands beside.
    """
    print("\nuncontrolled, growth with the cars; milliseconds of the program, and of the system for it")
    for share in (None, 3):
        runs = []
        for n_cars in (5_000, 20_000):
            work = replace(drawn_week(n_cars), points=None if share is None else n_cars // share)
            runs.append(charging(work, "uncontrolled"))
            runs[-1]()
        taken = [[_own_and_system_ms(run) for run in runs] for _ in range(_GROWTH_ROUNDS)]
        small, large = (min(of_size) for of_size in zip(*taken, strict=True))
        ratio = large[0] / small[0]
        bar = verdicts.say(ratio <= 4.5, f"20,000 cars take {ratio:.2f} times as long as 5,000")
        points = "a point each" if share is None else f"a point for {share} cars"
        sizes = f"5,000: {small[0]:.2f} + {small[1]:.2f}   20,000: {large[0]:.2f} + {large[1]:.2f}"
        print(f"  {points:20s} {sizes}   {ratio:.2f} {bar}")


def _own_and_system_ms(run: Callable[[], object]) -> tuple[float, float]:
    """Mean processor time of a run, of the program itself and of the system for it."""
    before, count = os.times(), 0
    while True:
        run()
        count += 1
        after = os.times()
        own, system = after.user - before.user, after.system - before.system
        if own + system >= 2 * _BATCH_S:  # the clock ticks in hundredths of a second
            return own / count * 1e3, system / count * 1e3


def compare_cost(peers: Peers, verdicts: Verdicts) -> None:
    """4,000 cars, seven days: cost-minimal against the balanced charging of SpiceEV; memory in a process of its own."""
    work = drawn_week(4_000)
    print(f"\ncost-minimal, {work.title}")
    command = [sys.executable, "-m", "benchmarks.charging_peers", "--own-memory"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    own = json.loads(done.stdout.splitlines()[-1])
    bar = verdicts.say(own["above_import_mb"] < 500, f"cost_minimal takes {own['above_import_mb']:.0f} MB above import")
    print(
        f"  ours {own['processor_s']:.3f} s (first run {own['first_s']:.3f}), {own['cost_eur']:.2f} EUR, "
        f"peak {own['peak_kw']:.3f} kW, unserved {own['unserved_kwh']:.3g} kWh, {own['above_import_mb']:.0f} MB {bar}"
    )
    began = time.process_time()
    least = least_cost_eur(work)
    gap = own["cost_eur"] / least - 1.0
    bar = verdicts.say(abs(gap) <= EQUAL, f"cost_minimal costs {own['cost_eur']:.6f} EUR, the least is {least:.6f}")
    print(
        f"  HiGHS on single sessions {time.process_time() - began:.1f} s, {least:.2f} EUR; gap of ours {gap:.1e} {bar}"
    )
    reason = peers.missing("spice_ev")
    if reason:
        print(f"  spice_ev balanced left out: {reason}")
        return
    theirs = peers.ask("spice_ev", "balanced", work, battery_kwh=BATTERY_KWH)
    share = own["processor_s"] / theirs.processor_s
    bar = verdicts.say(share <= 0.5, f"cost_minimal takes {share:.3f} of SpiceEV balanced")
    cost = theirs.figures(work)["cost_eur"]
    print(f"  {theirs.who} balanced {theirs.processor_s:.1f} s, {cost:.2f} EUR; ours is {share:.4f} of its time {bar}")
    cheaper = verdicts.say(
        own["cost_eur"] <= cost * (1 + EQUAL), f"cost_minimal costs {own['cost_eur']:.2f}, not {cost}"
    )
    print(f"  cheaper than balanced: {cheaper}")


def _peak_memory_kb() -> int:
    """Greatest memory of this process; what a parent had before does not count, as it would with getrusage."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("/proc/self/status does not tell VmHWM; memory is measured on Linux only")


def tell_own_memory() -> None:
    """Cost-minimal charging of 4,000 cars alone in this process, as JSON."""
    from itas_mobility import emobility

    emobility.charge  # noqa: B018  loads the room
    work = drawn_week(4_000)
    _ = work.ours
    before = _peak_memory_kb()
    began = time.process_time()
    week = _charge(work, "cost_minimal")
    first_s = time.process_time() - began
    above_mb = (_peak_memory_kb() - before) / 1024
    seconds = min(processor_seconds(charging(work, "cost_minimal")) for _ in range(2))
    figures = {"cost_eur": week.cost_eur, "peak_kw": week.peak_kw, "unserved_kwh": float(np.sum(week.unserved_kwh))}
    print(json.dumps({"processor_s": seconds, "first_s": first_s, "above_import_mb": above_mb} | figures))


@dataclass(frozen=True)
class Check:
    """One question of the cross-check."""

    ours: str
    peer: str
    theirs: str
    why: str = ""
    """Why the models mean something else; empty where all figures must be equal."""
    tolerance: float = EQUAL
    """Relative difference of figures up to which they are equal; steps and cars may differ ten times as much, since
    SpiceEV leaves up to 1e-5 of a battery empty and ACN-Sim may exceed a limit by 1e-7."""
    only: tuple[str, ...] = ()
    """Figures to compare, where not all of them and the whole schedule are settled by the question."""
    near: float = 0.0
    """Relative difference of the energy from the grid that is accepted where they mean something else."""
    not_above: str = ""
    """Figure in which ours must not lie above theirs, where they mean something else."""


@dataclass(frozen=True)
class Trial:
    """Sessions and what is asked about them."""

    work: Work
    checks: tuple[Check, ...]


_ROUND_ROBIN = "it hands out current in turns of 0.1 A, and what is less than a turn nobody gets"
_MARKET = "it fills one car after the other in its cheapest steps and knows no charge for the peak"
_POINTS = "it frees a point at the end of the step in which the car is full, ours at that moment"
_SHAVING = "it fills one car after the other over the day ahead: no optimum, and some cars leave short of their need"
_ROWS = "it serves vehicles by name, not by arrival: other cars leave unserved"
NO_LIMIT = (
    Check("uncontrolled", "spice_ev", "greedy"),
    Check("uncontrolled", "acn_sim", "uncontrolled"),
    Check("balanced", "spice_ev", "balanced"),
)
LIMITED = (
    Check("first_come", "spice_ev", "greedy"),
    Check("first_come", "acn_sim", "first_come"),
    Check("earliest_departure", "acn_sim", "earliest_departure"),
    Check("least_laxity", "acn_sim", "least_laxity"),
    Check("equal_share", "acn_sim", "equal_share", why=_ROUND_ROBIN, near=0.005),
)


MARKET = Check(
    "cost_minimal",
    "spice_ev",
    "balanced_market",
    only=("grid_kwh", "unserved_kwh", "cost_eur"),
    tolerance=5e-5,
)
"""Without a limit each car takes its own cheapest steps; where prices are equal, no schedule is the only one. SpiceEV
stops 1e-5 of the battery before each is full."""
DEMAND = Check("cost_minimal", "spice_ev", "balanced_market", why=_MARKET, not_above="cost_eur")
TAPER = ((0.0, 11.0), (0.5, 11.0), (0.8, 7.0), (1.0, 2.0))
TAPERED = (Check("uncontrolled", "spice_ev", "greedy", tolerance=1e-3),)
"""Ours takes power as even within each hundredth of the battery, SpiceEV follows the exponential curve."""


def drawn_day(n: int, seed: int, *, powers_kw: Sequence[float] = (11.0,), limit_share: float | None = None) -> Work:
    """Sessions of a day, in order of arrival; some need more than they can get while they stand.

    The limit is given as a share of the mean power that they would need while anybody stands there.
    """
    rng = np.random.default_rng(seed)
    arrive = np.sort(rng.integers(20, 60, n))
    depart = arrive + rng.integers(2, 36, n)
    need_kwh, power_kw = rng.uniform(1.0, 35.0, n), rng.choice(powers_kw, n)
    limit_kw = None
    if limit_share is not None:
        limit_kw = float(limit_share * need_kwh.sum() / 0.9 / ((depart.max() - arrive.min()) * 0.25))
    powers = " / ".join(f"{power:g}" for power in powers_kw)
    limit = "no limit" if limit_kw is None else f"limit {limit_kw:.1f} kW"
    return Work(
        f"seed {seed}: {n} sessions, {powers} kW, {limit}", np.arange(n), arrive, depart, need_kwh, power_kw, limit_kw
    )


def trials(seeds: Sequence[int]) -> list[Trial]:
    """All questions of the cross-check."""
    found = []
    for seed in seeds:
        found.append(Trial(drawn_day(60, seed, powers_kw=(3.68, 7.36, 11.0, 22.0)), NO_LIMIT))
        for share in (1.6, 0.8):
            found.append(Trial(drawn_day(60, seed, limit_share=share), LIMITED))
        found.append(Trial(drawn_day(60, seed, powers_kw=(3.68, 11.0, 22.0), limit_share=1.2), LIMITED))
        shuffled = _shuffled(drawn_day(60, seed, limit_share=0.8), seed)
        found.append(Trial(shuffled, (Check("first_come", "spice_ev", "greedy", why=_ROWS, near=0.15),)))
        tapered = replace(drawn_day(60, seed), taper=TAPER)
        found.append(Trial(replace(tapered, title=f"{tapered.title}, power falls as they fill"), TAPERED))
        few = replace(drawn_day(60, seed), points=15)
        few = replace(few, title=f"{few.title}, 15 points")
        found.append(Trial(few, (Check("uncontrolled", "acn_sim", "uncontrolled", why=_POINTS, near=0.05),)))
        shaving = Check("peak_minimal", "spice_ev", "peak_shaving", why=_SHAVING, not_above="peak_kw")
        found.append(Trial(_served(drawn_day(20, seed)), (shaving,)))
        found.append(Trial(_priced(_served(drawn_day(40, seed)), seed), (MARKET,)))
        charged = replace(_priced(_served(drawn_day(40, seed)), seed), demand_charge_eur_per_kw=2.0)
        found.append(Trial(replace(charged, title=f"{charged.title}, 2 EUR per kW"), (DEMAND,)))
    return found


def _shuffled(work: Work, seed: int) -> Work:
    order = np.random.default_rng(seed).permutation(len(work.vehicle))
    columns = {name: getattr(work, name)[order] for name in ("arrive", "depart", "need_kwh", "power_kw")}
    return replace(work, title=f"{work.title}, rows shuffled", **columns)


def _served(work: Work) -> Work:
    """Needs that can be met."""
    most_kwh = 0.9 * work.power_kw * (work.depart - work.arrive) * work.step_h * work.efficiency
    return replace(work, need_kwh=np.minimum(work.need_kwh, most_kwh), title=f"{work.title}, all can be filled")


def _priced(work: Work, seed: int) -> Work:
    price = np.random.default_rng(seed).uniform(0.05, 0.5, work.steps)
    return replace(work, price_eur_per_kwh=price, title=f"{work.title}, prices of each step drawn")


def cross_check(peers: Peers, verdicts: Verdicts, seeds: Sequence[int], strategies: Sequence[str] = ()) -> None:
    """Ask everybody the same, over several drawn cases, and hold the schedules against each other."""
    reasons: dict[str, str] = {}
    for trial in trials(seeds):
        asked = [check for check in trial.checks if not strategies or check.ours in strategies]
        if not asked:
            continue
        print(f"\n{trial.work.title}")
        for check in asked:
            reason = peers.missing(check.peer)
            if reason:
                print(f"  {check.ours:18s} {check.peer} {check.theirs} left out: {reason}")
                continue
            mine = charge_ours(trial.work, check.ours)
            voltage_v = _WIRE_V if check.theirs == "equal_share" else _FINE_V  # its turns are in ampere, too
            battery_kwh = BATTERY_KWH if trial.work.taper else None
            theirs = peers.ask(check.peer, check.theirs, trial.work, voltage_v=voltage_v, battery_kwh=battery_kwh)
            print(f"  {check.ours:18s} {_hold(check, trial.work, mine, theirs, verdicts)}", flush=True)
            if check.why:
                reasons[f"{theirs.who} {check.theirs} for {check.ours}"] = check.why
    if reasons:
        print("\nWhere the models do not mean the same:")
        for name, why in reasons.items():
            print(f"  {name}: {why}")


def _hold(check: Check, work: Work, mine: Answer, theirs: Answer, verdicts: Verdicts) -> str:
    ours, others = mine.figures(work), theirs.figures(work)
    power = float(np.abs(mine.power_kw - theirs.power_kw).max()) / others["peak_kw"]
    delivered = float(np.abs(mine.delivered_kwh - theirs.delivered_kwh).max()) / work.need_kwh.max()
    figures = ", ".join(f"{name} {ours[name]:.5f} | {others[name]:.5f}" for name in ours)
    text = f"{theirs.who} {check.theirs}: {figures}; largest difference of a step {power:.1e}, of a car {delivered:.1e}"
    who = f"{work.title}: {check.ours} against {theirs.who} {check.theirs}"
    if not check.why:
        scale = others | {"unserved_kwh": float(work.need_kwh.sum())}
        compared = check.only or tuple(ours)
        same = all(abs(ours[name] - others[name]) <= check.tolerance * abs(scale[name]) for name in compared)
        same = same and (bool(check.only) or max(power, delivered) <= 10 * check.tolerance)
        return f"{text}  {verdicts.say(same, f'{who}: {figures}')}"
    if check.not_above:
        figure = check.not_above
        holds = ours[figure] <= others[figure] + EQUAL * abs(others[figure])
        holds = holds and ours["unserved_kwh"] <= others["unserved_kwh"] + EQUAL * work.need_kwh.sum()
        text = f"{text}  {verdicts.say(holds, f'{who}: {figures}')} ({figure} not above, delivering as much)"
        if figure == "cost_eur":
            least = least_cost_eur(work)
            gap = ours["cost_eur"] / least - 1.0
            bar = verdicts.say(abs(gap) <= EQUAL, f"{who}: gap {gap:.1e} to HiGHS")
            text += f"; least by HiGHS {least:.5f}, gap {gap:.1e} {bar}"
        return text
    near = abs(ours["grid_kwh"] - others["grid_kwh"]) <= check.near * others["grid_kwh"]
    return f"{text}  {verdicts.say(near, f'{who}: {figures}')} (energy within {check.near:.1%})"


SECTIONS = ("times", "growth", "cost")


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.charging_peers", description=__doc__)
    parser.add_argument("--spice-ev", metavar="FOLDER", help="SpiceEV's repository")
    parser.add_argument("--spice-python", metavar="PYTHON", help="interpreter for SpiceEV")
    parser.add_argument("--acn-python", metavar="PYTHON", help="interpreter that has acnportal")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="leave out the other parts; may be repeated")
    parser.add_argument("--strategy", action="append", default=[], help="of ours; may be repeated; left out: all")
    parser.add_argument("--check", action="store_true", help="compare schedules over drawn cases instead of times")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="drawn cases of each kind with --check")
    parser.add_argument("--own-memory", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.own_memory:
        tell_own_memory()
        return 0
    peers = Peers(given.spice_ev, given.spice_python, given.acn_python)
    verdicts = Verdicts()
    if given.check:
        cross_check(peers, verdicts, range(1, given.seeds + 1), given.strategy)
    else:
        wanted = given.only or SECTIONS
        if "times" in wanted:
            compare_times(peers, verdicts, given.strategy)
        if "growth" in wanted:
            compare_growth(verdicts)
        if "cost" in wanted:
            compare_cost(peers, verdicts)
    for text in verdicts.missed:
        print(f"MISSED: {text}", file=sys.stderr)
    return 1 if verdicts.missed else 0


if __name__ == "__main__":
    sys.exit(main())
