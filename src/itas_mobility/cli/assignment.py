"""Commands that assign trips to a network by itself, and skim it."""

import os
import sys
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from itas_mobility.cli.answers import NOT_DONE, JsonFlag, answer, refuse, say
from itas_mobility.units import METRES_PER_MILE, SECONDS_PER_MINUTE

TollWeight = Annotated[float, typer.Option(help="Cost per unit of toll, in the file's time unit.")]
DistanceWeight = Annotated[float, typer.Option(help="Cost per unit of length, in the file's time unit.")]


def assign(
    network_file: Annotated[Path, typer.Option("--network", help="Network (TNTP).")],
    trips: Annotated[Path, typer.Option(help="Trips (TNTP).")],
    flows: Annotated[Path, typer.Option(help="CSV to write: from,to,volume,cost in the network file's order.")],
    algorithm: Annotated[
        str, typer.Option(help="bush (quickest, exact), bfw, cfw, fw (Frank-Wolfe, little memory) or msa.")
    ] = "bush",
    objective: Annotated[str, typer.Option(help="ue (user equilibrium) or so (system optimum).")] = "ue",
    gap: Annotated[float, typer.Option(help="Relative gap to reach, (TSTT - SPTT) / TSTT.")] = 1e-4,
    max_iterations: Annotated[int, typer.Option(help="Most iterations.")] = 1000,
    max_seconds: Annotated[float | None, typer.Option(help="Wall time after which no step is begun.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; they change the time, not the result.")] = None,
    toll_weight: TollWeight = 0.0,
    distance_weight: DistanceWeight = 0.0,
    as_json: JsonFlag = False,
) -> None:
    """Assign a trip table to a network in TNTP format.

    Times are in the file's time unit. Exit code 0: the gap is reached; 1: a limit came first (the CSV is written all
    the same); 2: unusable input.
    """
    from itas_mobility import demand, network

    _check_target("assign: --flows", flows, (network_file, trips))
    roads = network.read_tntp(network_file)
    matrix = network.read_tntp_trips(trips, roads.node_id[: roads.n_zones].astype(str))
    result = demand.assign(
        roads,
        matrix,
        relative_gap=gap,
        algorithm=algorithm,  # type: ignore[arg-type]  # checked by the verb, which names the known ones
        objective=objective,  # type: ignore[arg-type]
        max_iterations=max_iterations,
        max_seconds=max_seconds,
        threads=threads,
        progress=sys.stderr.isatty(),
        **_weights(toll_weight, distance_weight),
    )
    network.write_link_volumes(roads, result.volume_veh_per_h, result.cost_s, flows)
    content = {
        "relative_gap": result.relative_gap,
        "tstt": result.tstt_veh_s / SECONDS_PER_MINUTE,
        "sptt": result.sptt_veh_s / SECONDS_PER_MINUTE,
        "beckmann": result.beckmann_veh_s / SECONDS_PER_MINUTE,
        "seconds": result.elapsed_s,
        "iterations": result.iterations,
        "converged": result.converged,
        "unassigned": result.unassigned_trips,
    }
    if as_json:
        answer(content)
    else:
        print(", ".join(f"{key} {value}" for key, value in content.items()))
    if not result.converged:
        raise typer.Exit(NOT_DONE)


def skim(
    network_file: Annotated[Path, typer.Option("--network", help="Network (TNTP).")],
    out: Annotated[Path, typer.Option(help="OMX or CSV file to write.")],
    flows: Annotated[
        Path | None, typer.Option(help="Volumes of an assign (CSV), for loaded times; without it free-flow times.")
    ] = None,
    toll_weight: TollWeight = 0.0,
    distance_weight: DistanceWeight = 0.0,
    as_json: JsonFlag = False,
) -> None:
    """Write zone x zone times (s) and lengths (m) of the best paths of a network in TNTP format.

    With a weight for toll or distance, the best path is the one of least generalised cost, which is written too.
    """
    import numpy as np

    from itas_mobility import demand, network
    from itas_mobility.demand.assignment.vdf import TravelCost

    _check_target("skim: --out", out, (network_file,) if flows is None else (network_file, flows))
    roads = network.read_tntp(network_file)
    volume = np.zeros(roads.n_links) if flows is None else network.read_link_volumes(roads, flows)
    travel = TravelCost(roads, **_weights(toll_weight, distance_weight))
    weighted = bool(toll_weight or distance_weight)
    skims = demand.skim(roads, time_s=travel.time(volume), cost_s=travel.value(volume) if weighted else None)
    demand.write_matrix(skims, out)
    content = {"status": "ok", "zones": len(skims.zone_id), "matrices": list(skims), "file": str(out)}
    if as_json:
        answer(content)
    else:
        say(f"{out}: {', '.join(skims)} of {len(skims.zone_id)} zones")


class _Weights(TypedDict):
    toll_weight_s_per_eur: float
    distance_weight_s_per_m: float


def _weights(toll_weight: float, distance_weight: float) -> _Weights:
    """Weights in the units of a TNTP file (taken as minutes and miles) as options of the verbs."""
    return {
        "toll_weight_s_per_eur": toll_weight * SECONDS_PER_MINUTE,
        "distance_weight_s_per_m": distance_weight * SECONDS_PER_MINUTE / METRES_PER_MILE,
    }


def _check_target(option: str, target: Path, sources: tuple[Path, ...]) -> None:
    """Refuse a file that could not be written, or would take the place of an input, before the work is done."""
    if target.is_dir():
        refuse(f"{option} {target}: is a folder; name a file")
    if any(target.resolve() == source.resolve() for source in sources):
        refuse(f"{option} {target}: is an input of the same command; name another file")
    above = next(folder for folder in target.absolute().parents if folder.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        refuse(f"{option} {target}: {above} is not a folder that can be written to; choose another")


COMMANDS = (assign, skim)
