"""Write the golden indicators anew: ``python -m tests.golden.regenerate``."""

import json
from pathlib import Path

from itas_mobility import regions, scenarios


def main() -> None:
    """Run the embedded region and its shipped scenarios and write their indicators."""
    shipped = sorted(map(scenarios.load, regions.shipped_scenarios()), key=lambda s: (len(s.measures), s.name))
    runs = scenarios.run_all(regions.zwickau(), [scenarios.BASELINE, *shipped])
    content = {run.scenario.name: dict(run.indicators) for run in runs}
    path = Path(__file__).with_name("zwickau.json")
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
