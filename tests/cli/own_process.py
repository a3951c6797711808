"""Commands run as users run them: in a process of their own."""

import json
import subprocess
import sys


def call(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "itas_mobility", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def answer(*arguments):
    found = call(*arguments, "--json")
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)
