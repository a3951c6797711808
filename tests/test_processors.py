"""Golden indicators hold on every processor: without wide vectors, and compiled for the plainest one of its kind."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parent / "golden" / "zwickau.json"
SOLVER = {"relative_gap", "feedback_residual"}
WIDE = [name for name in np._core._multiarray_umath.__cpu_dispatch__ if "AVX512" in name or name == "X86_V4"]
"""What numpy chooses among at run time: loops with wide vectors add in another order, and fuse products and sums."""
RUN = """
import json, sys
import numba, numpy as np
from itas_mobility import regions, scenarios
has = np._core._multiarray_umath.__cpu_features__
shipped = sorted(map(scenarios.load, regions.shipped_scenarios()), key=lambda s: (len(s.measures), s.name))
runs = scenarios.run_all(regions.zwickau(), [scenarios.BASELINE, *shipped], progress=False)
json.dump({
    "features": {name: bool(has.get(name, False)) for name in sys.argv[1:]},
    "cpu": numba.core.config.CPU_NAME,
    "indicators": {run.scenario.name: dict(run.indicators) for run in runs},
}, sys.stdout)
"""


def test_golden_indicators_hold_without_wide_vectors():
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NPY_DISABLE_CPU_FEATURES": " ".join(WIDE)}
    if not WIDE:
        del environment["NPY_DISABLE_CPU_FEATURES"]  # a processor of another kind: numpy has none of these loops
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, *WIDE], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["cpu"] == "generic"
    assert not any(found["features"].values()), found["features"]
    for scenario, values in json.loads(GOLDEN.read_text(encoding="utf-8")).items():
        for name, value in values.items():
            if name not in SOLVER and not (value is None or math.isnan(value)):
                assert found["indicators"][scenario][name] == pytest.approx(value, rel=1e-6, abs=1e-9), (scenario, name)
