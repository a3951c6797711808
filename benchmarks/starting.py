"""How long it takes until something can be done: a fresh interpreter each time."""

import subprocess
import sys

from benchmarks.cases import Run, case


def _python(code: str):
    def setup(quick: bool) -> Run:  # noqa: ARG001  # the same in both modes
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    return setup


case("python -c 'import numpy'")(_python("import numpy"))
case("python -c 'import itas_mobility'", reference="python -c 'import numpy'")(_python("import itas_mobility"))
