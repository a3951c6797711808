"""The result of one scenario: indicators and tables, with the digest of all that determined them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from itas_mobility.atomic import write_text
from itas_mobility.core.columns import html_card
from itas_mobility.core.region import Region
from itas_mobility.errors import InputError
from itas_mobility.scenarios.indicators import INDICATORS
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

TEXT_COLUMNS: Final = frozenset(
    {
        "zone_id", "site_id", "shift", "weekday", "first_failing", "first_cause", "failing_leg", "out_cause",
        "back_cause", "line", "mode", "slice",
    }
)  # fmt: skip
"""Columns of tables that hold names, even where all of them look like numbers."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run of a scenario."""

    scenario: Scenario
    digest: str
    """SHA-256 over region, resolved measures, settings and library version."""
    indicators: Mapping[str, float]
    tables: "Mapping[str, pd.DataFrame]"
    region: Region | None = field(default=None, compare=False)
    """The region with the measures applied; None for a run read from disk."""
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Wall time by stage; not part of the content."""

    def __post_init__(self) -> None:
        unknown = set(self.indicators) - set(INDICATORS)
        if unknown:
            raise InputError(f"run {self.scenario.name}: indicators not in the registry: {', '.join(sorted(unknown))}")
        object.__setattr__(self, "indicators", MappingProxyType(dict(self.indicators)))
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per indicator: name, value, unit, title."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"indicator": name, "value": value, "unit": INDICATORS[name].unit, "title": INDICATORS[name].title_de}
                for name, value in self.indicators.items()
            ]
        )

    def to_json(self) -> str:
        """Scenario, digest and indicators as JSON text; the same bytes for the same content."""
        content = {"scenario": self.scenario.to_mapping(), "digest": self.digest, "indicators": dict(self.indicators)}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def _repr_html_(self) -> str:
        rows = {
            INDICATORS[name].title_de: f"{value:,.{INDICATORS[name].decimals}f} {INDICATORS[name].unit}"
            for name, value in self.indicators.items()
        }
        return html_card(f"{self.scenario.name}: {self.scenario.title_in('de')}", rows)


def write_run(run: Run, folder: str | Path) -> Path:
    """Write a run: ``run.json``, one CSV per table, and ``timing.json``, which is not part of the content.

    Parameters
    ----------
    run : Run
        A finished run.
    folder : path
        Folder of this run, made where it is missing.

    Returns
    -------
    Path
        The folder. ``run.json`` is written last, so a folder that has it is whole.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").unlink(missing_ok=True)
    for name, table in run.tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "timing.json", json.dumps({k: round(v, 3) for k, v in run.seconds.items()}, indent=2) + "\n")
    write_text(folder / "run.json", run.to_json())
    return folder


def _read_table(path: Path) -> "pd.DataFrame":
    """A table as it was written: names as text, keys as whole numbers, all else as floats read back exactly."""
    import pandas as pd

    text = pd.read_csv(path, dtype=str, keep_default_na=False)
    columns: dict[str, object] = {}
    for name in text.columns:
        if name in TEXT_COLUMNS:
            columns[name] = text[name].astype(object)
        elif name == "link_key":
            columns[name] = [int(value) for value in text[name]]
        else:
            columns[name] = [float(value) if value else float("nan") for value in text[name]]
    return pd.DataFrame(columns)


def read_run(folder: str | Path) -> Run:
    """Read a run that `write_run` wrote.

    Parameters
    ----------
    folder : path
        Folder of the run.

    Returns
    -------
    Run
        Without region and timing.

    Raises
    ------
    InputError
        If the folder holds no finished run.
    """
    folder = Path(folder)
    file = folder / "run.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        scenario = content["scenario"]
        return Run(
            Scenario(
                scenario["name"],
                scenario["title"],
                tuple(MEASURE_ADAPTER.validate_python(measure) for measure in scenario["measures"]),
                scenario["n_inherited"],
                tuple(scenario["parents"]),
            ),
            content["digest"],
            content["indicators"],
            {table.stem: _read_table(table) for table in sorted(folder.glob("*.csv"))},
        )
    except FileNotFoundError:
        raise InputError(f"{folder}: holds no finished run (run.json is missing)") from None
    except (KeyError, TypeError, ValueError) as fault:
        raise InputError(f"{file}: is no run of this library ({fault}); run the scenario again") from fault
