"""Run by a peer's interpreter: the sessions of one site charged by a peer's strategy, timed; writes JSON.

It imports nothing of ours and nothing but the peer: the peer may live in another environment. Arguments: the peer,
the file that `charging_peers` wrote, the file for the answer. Times are whole steps; energies in the file are those
in the battery, powers those of the grid. Import, reading and building of the peer's own objects are not timed.
"""

import contextlib
import datetime as dt
import io
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)  # noqa: UP017  older interpreters; a Monday
Found = dict[str, Any]
Given = dict[str, Any]


def main() -> None:
    """Answer and report."""
    peer, source, target = sys.argv[1:4]
    given = json.loads(Path(source).read_text(encoding="utf-8"))
    prepare = PEERS[peer]
    processors, walls, found = [], [], {}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a peer says of late cars is told by the figures
        for _ in range(given["repeats"]):
            run, read = prepare(given)  # anew each time: a run uses up events and batteries
            began, worked = time.perf_counter(), time.process_time()
            run()
            walls.append(time.perf_counter() - began)
            processors.append(time.process_time() - worked)
            found = read()
    answer = json.dumps({**found, "processor_s": processors, "wall_s": walls})
    Path(target).write_text(answer, encoding="utf-8")


def spice_ev(given: Given) -> tuple[Callable[[], None], Callable[[], Found]]:
    """SpiceEV: one grid connector, a station for each vehicle; what a vehicle lacks at departure it brings along again.

    Batteries hold `battery_kwh`, or without it each vehicle's largest need: SpiceEV then stops where one comes back
    that was not filled.
    """
    sys.path.insert(0, given["folder"])
    from importlib import import_module
    from types import SimpleNamespace

    from spice_ev.scenario import Scenario

    import_module(f"spice_ev.strategies.{given['strategy']}")
    hours = given["step_h"]
    step = dt.timedelta(hours=hours)
    # vehicles are served in the order of their names
    name = {vehicle: f"v{vehicle:06d}" for vehicle in given["vehicle"]}
    capacity_kwh: dict[int, float] = {}
    power_kw: dict[int, float] = {}
    for vehicle, need, power in zip(given["vehicle"], given["need_kwh"], given["power_kw"], strict=True):
        capacity_kwh[vehicle] = given["battery_kwh"] or max(capacity_kwh.get(vehicle, 0.0), need)
        if power_kw.setdefault(vehicle, power) != power:
            raise ValueError(f"vehicle {vehicle} has two powers; SpiceEV gives it one curve")
    events = []
    for vehicle, arrive, depart, need in zip(
        given["vehicle"], given["arrive"], given["depart"], given["need_kwh"], strict=True
    ):
        came, left = (START + arrive * step).isoformat(), (START + depart * step).isoformat()
        update = {
            "connected_charging_station": f"cs_{name[vehicle]}",
            "estimated_time_of_departure": left,
            "desired_soc": 1.0,
            "soc_delta": -need / capacity_kwh[vehicle],
        }
        event = {"vehicle_id": name[vehicle], "signal_time": came, "start_time": came}
        events.append({**event, "event_type": "arrival", "update": update})
        leaving = {"signal_time": left, "start_time": left, "event_type": "departure", "update": {}}
        events.append({**event, **leaving})
    signals = []
    if given["strategy"] == "balanced_market":  # the others do not look at prices
        for i, price in enumerate(given["price_eur_per_kwh"]):
            cost = {"type": "fixed", "value": 100.0 * price}
            signal = {"signal_time": START.isoformat(), "start_time": (START + i * step).isoformat()}
            signals.append({**signal, "grid_connector_id": "gc", "cost": cost})
    limit_kw = given["limit_kw"] if given["limit_kw"] is not None else 1e6
    scenario = Scenario(
        {
            "scenario": {"start_time": START.isoformat(), "interval": hours * 60, "n_intervals": given["steps"]},
            "components": {
                "vehicle_types": {
                    name[v]: {
                        "name": name[v],
                        "capacity": capacity_kwh[v],
                        "charging_curve": given["taper"] or [[0, power_kw[v]], [1, power_kw[v]]],
                        "min_charging_power": 0.0,
                        "battery_efficiency": given["efficiency"],
                    }
                    for v in name
                },
                "vehicles": {name[v]: {"vehicle_type": name[v], "soc": 1.0, "desired_soc": 1.0} for v in name},
                "grid_connectors": {"gc": {"max_power": limit_kw, "cost": {"type": "fixed", "value": 0.3}}},
                "charging_stations": {
                    f"cs_{name[v]}": {"max_power": power_kw[v], "min_power": 0.0, "parent": "gc"} for v in name
                },
            },
            "events": {"vehicle_events": events, "grid_operator_signals": signals},
        }
    )
    options = {"skip_flex_report": True, "ALLOW_NEGATIVE_SOC": False}

    def read() -> Found:
        if scenario.step_i != given["steps"]:
            raise RuntimeError(f"SpiceEV stopped at step {scenario.step_i} of {given['steps']}")
        stations = [f"cs_{name[vehicle]}" for vehicle in given["vehicle"]]
        loads = scenario.connChargeByTS["gc"]
        delivered = [
            sum(loads[t].get(station, 0.0) for t in range(arrive, depart)) * hours * given["efficiency"]
            for station, arrive, depart in zip(stations, given["arrive"], given["depart"], strict=True)
        ]
        power_kw = scenario.totalLoad["gc"]
        return {"version": _version_of(given["folder"]), "power_kw": power_kw, "delivered_kwh": delivered}

    return SimpleNamespace(run=lambda: scenario.run(given["strategy"], options)).run, read


def _version_of(folder: str) -> str:
    import re

    found = re.search(r"version=\"([^\"]+)\"", (Path(folder) / "setup.py").read_text(encoding="utf-8"))
    return found.group(1) if found else "unknown"


def acn_sim(given: Given) -> tuple[Callable[[], None], Callable[[], Found]]:
    """ACN-Sim: a station for each vehicle, or fewer, freed when full; batteries hold what the grid must give."""
    import random
    from importlib.metadata import version

    import numpy as np
    from acnportal import acnsim, algorithms
    from acnportal.acnsim.models import EV, EVSE, Battery
    from acnportal.contrib.acnsim import StochasticNetwork

    volts, hours = given["voltage_v"], given["step_h"]
    ampere = 1000.0 / volts  # of one kW
    if given["points"] is None:
        network: Any = acnsim.ChargingNetwork()
        names = [f"v{vehicle:06d}" for vehicle in dict.fromkeys(given["vehicle"])]
    else:
        random.seed(0)  # which of the free points a car takes
        network = StochasticNetwork(early_departure=True)
        names = [f"p{i:06d}" for i in range(given["points"])]
    largest_kw = max(given["power_kw"])
    # laxity is reckoned from the station's power, so that it is that of its car
    station_kw = {f"v{vehicle:06d}": power for vehicle, power in zip(given["vehicle"], given["power_kw"], strict=True)}
    for each in names:
        network.register_evse(EVSE(each, max_rate=station_kw.get(each, largest_kw) * ampere), volts, 0)
    # it refuses to run without a constraint
    limit_kw = 2.0 * len(names) * largest_kw if given["limit_kw"] is None else given["limit_kw"]
    network.add_constraint(acnsim.Current(names), limit_kw * ampere, name="site")
    events = []
    rows = zip(given["vehicle"], given["arrive"], given["depart"], given["need_kwh"], given["power_kw"], strict=True)
    for row, (vehicle, arrive, depart, need, power) in enumerate(rows):
        grid_kwh = need / given["efficiency"]
        battery = Battery(grid_kwh, 0.0, power)
        events.append(acnsim.PluginEvent(arrive, EV(arrive, depart, grid_kwh, f"v{vehicle:06d}", str(row), battery)))
    by_name = {
        "uncontrolled": algorithms.UncontrolledCharging,
        "first_come": lambda: algorithms.SortedSchedulingAlgo(algorithms.first_come_first_served),
        "earliest_departure": lambda: algorithms.SortedSchedulingAlgo(algorithms.earliest_deadline_first),
        "least_laxity": lambda: algorithms.SortedSchedulingAlgo(algorithms.least_laxity_first),
        "equal_share": lambda: algorithms.RoundRobin(algorithms.first_come_first_served, continuous_inc=0.1),
    }
    simulator = acnsim.Simulator(
        network, by_name[given["strategy"]](), acnsim.EventQueue(events), START, period=hours * 60, verbose=False
    )

    def read() -> Found:
        power_kw = np.zeros(given["steps"])
        found = simulator.charging_rates.sum(axis=0) / ampere
        power_kw[: len(found)] = found[: given["steps"]]
        delivered = [
            simulator.ev_history[str(row)].energy_delivered * given["efficiency"]
            for row in range(len(given["vehicle"]))
        ]
        return {"version": version("acnportal"), "power_kw": power_kw.tolist(), "delivered_kwh": delivered}

    return simulator.run, read


PEERS: dict[str, Callable[[Given], tuple[Callable[[], None], Callable[[], Found]]]] = {
    "spice_ev": spice_ev,
    "acn_sim": acn_sim,
}

if __name__ == "__main__":
    main()
