"""Write the golden files anew: ``python -m tests.golden.regenerate [zwickau] [extracts]``, without a name both."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.golden import osm_extracts

from itas_mobility import regions, scenarios
from itas_mobility.atomic import write_text

SHARED_DATA = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def zwickau() -> None:
    """Run the embedded region and its shipped scenarios and write their indicators."""
    shipped = sorted(map(scenarios.load, regions.shipped_scenarios()), key=lambda s: (len(s.measures), s.name))
    runs = scenarios.run_all(regions.zwickau(), [scenarios.BASELINE, *shipped])
    content = {run.scenario.name: dict(run.indicators) for run in runs}
    _write(Path(__file__).with_name("zwickau.json"), content)


def extracts() -> None:
    """Read the real extracts of OpenStreetMap and write what they hold."""
    content = {}
    for name, file in osm_extracts.EXTRACTS.items():
        path = SHARED_DATA / file
        content[name] = osm_extracts.summary(path, *osm_extracts.networks_of(path))
    _write(osm_extracts.GOLDEN, content, sort_keys=True)


def _write(path: Path, content: Any, *, sort_keys: bool = False) -> None:
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=sort_keys) + "\n")


PARTS = {"zwickau": zwickau, "extracts": extracts}


def main(names: list[str]) -> None:
    """Write the named golden files, or all."""
    if unknown := sorted(set(names) - set(PARTS)):
        sys.exit(f"{', '.join(unknown)}: not a golden file; known: {', '.join(PARTS)}")
    for name in names or PARTS:
        if name == "extracts" and not SHARED_DATA.is_dir():
            sys.exit(f"{SHARED_DATA}: no such folder of test data; {osm_extracts.GOLDEN.name} stays as it is")
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
