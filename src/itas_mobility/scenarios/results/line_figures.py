"""What is known of each line: boardings of the day, what running it takes, and seats against the fullest trip."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.operation import LineContract, OperatingFigures
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.core.trip_loads import TripLoads

if TYPE_CHECKING:
    import pandas as pd


def line_figures(
    region: Region, loads: Sequence[TransitLoads] | Sequence[TripLoads], operation: OperatingFigures
) -> "pd.DataFrame":
    """Figures of each line of a mode.

    Parameters
    ----------
    region : Region
        Region after the measures.
    loads : sequence of TransitLoads or TripLoads
        Passengers of the lines.
    operation : OperatingFigures
        What running them takes.

    Returns
    -------
    DataFrame
        ``line``, ``mode``, ``boardings``, ``trips``, ``vehicle_km``, ``vehicle_h``, ``vehicles``, ``cost_eur``,
        ``seats`` and ``fullest_trip``, sorted by line and mode. A fleet on demand is a row of its own where it serves
        several lines. What is not known of a line is NaN.
    """
    import pandas as pd

    boardings = pd.concat([load.boardings_by_line() for load in loads], ignore_index=True)
    boardings = boardings.groupby(["line", "mode"], sort=True)["boardings"].sum().reset_index()
    figures = operation.to_dataframe()[["line", "mode", "trips", "vehicle_km", "vehicle_h", "vehicles", "cost_eur"]]
    table: pd.DataFrame = boardings.merge(figures, on=["line", "mode"], how="outer").sort_values(["line", "mode"])
    table = table.astype(dict.fromkeys(table.columns.drop(["line", "mode"]), float))
    table["boardings"] = table["boardings"].fillna(0.0)
    seats = {
        (line, contract.mode.name.lower()): (
            float(contract.seats),
            _fullest_trip(region.transit, loads, line, contract),
        )
        for contract in region.contracts
        if contract.seats and not contract.fleet
        for line in contract.lines
    }
    unknown = (np.nan, np.nan)
    both = np.array([seats.get(key, unknown) for key in zip(table["line"], table["mode"], strict=True)], float)
    table["seats"], table["fullest_trip"] = both.reshape(-1, 2).T
    return table.reset_index(drop=True)


def _fullest_trip(
    transit: TransitNetwork, loads: Sequence[TransitLoads] | Sequence[TripLoads], line: str, contract: LineContract
) -> float:
    """Most persons on board a vehicle of a line: of single trips, or mean over a pattern's departures of the day."""
    on_trips = [load for load in loads if isinstance(load, TripLoads)]
    if on_trips:
        first = on_trips[0]
        is_line = ((first.line == line) & (first.mode == contract.mode))[first.trip]
        return float(np.sum([load.volume for load in on_trips], axis=0)[is_line].max(initial=0.0))
    by_pattern = [load for load in loads if isinstance(load, TransitLoads)]
    with np.errstate(divide="ignore"):
        departures = ((transit.band_end_s - transit.band_start_s) / transit.headway_s).sum(axis=1)
    volume = np.sum([load.volume for load in by_pattern], axis=0)
    rows = np.flatnonzero((transit.line == line) & (transit.mode == contract.mode) & (departures > 0))
    on_board = [volume[transit.stop_ptr[row] : transit.stop_ptr[row + 1]].max() / departures[row] for row in rows]
    return float(max(on_board, default=0.0))
