"""Reading of OD matrices: a long CSV file of a million pairs, beside pandas reading it and making the matrix of it."""

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.cases import Run, case
from itas_mobility import demand


@lru_cache(maxsize=2)
def made_matrix(n_zones: int) -> tuple[Path, Path]:
    """A matrix of all pairs with two decimals: with commas and points, and as a German office writes it."""
    rng = np.random.default_rng(1)
    folder = Path(tempfile.mkdtemp())
    zones = [f"14524{k:03d}" for k in range(n_zones)]
    trips = [f"{value:.2f}" for value in rng.gamma(0.5, 2.0, n_zones * n_zones).tolist()]
    rows = [f"{zones[k // n_zones]};{zones[k % n_zones]};{value}\n" for k, value in enumerate(trips)]
    german = folder / "german.csv"
    german.write_text("von;nach;fahrten\n" + "".join(rows).replace(".", ","), encoding="utf-8")
    english = folder / "english.csv"
    english.write_text("origin,destination,trips\n" + "".join(rows).replace(";", ","), encoding="utf-8")
    return english, german


def _n_zones(quick: bool) -> int:
    return 200 if quick else 1_000


@case("matrix of 1 M pairs, long CSV", reference="matrix of 1 M pairs, pandas")
def read_english(quick: bool) -> Run:
    path, _ = made_matrix(_n_zones(quick))
    return lambda: demand.read_matrix(path)


@case("matrix of 1 M pairs, long CSV with decimal commas", reference="matrix of 1 M pairs, pandas")
def read_german(quick: bool) -> Run:
    _, path = made_matrix(_n_zones(quick))
    return lambda: demand.read_matrix(path)


@case("matrix of 1 M pairs, pandas")
def pandas_reads(quick: bool) -> Run:
    import pandas as pd

    path, _ = made_matrix(_n_zones(quick))

    def run() -> object:
        table = pd.read_csv(path, dtype={"origin": str, "destination": str})
        zones = pd.Index(pd.unique(pd.concat([table.origin, table.destination])))
        matrix = np.zeros((len(zones), len(zones)))
        matrix[zones.get_indexer(table.origin), zones.get_indexer(table.destination)] = table.trips.to_numpy()
        return matrix

    return run
