"""Compiled code and caches: edits are noticed, places that cannot be written do not stop the program."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from itas_mobility import caching

SRC = Path(__file__).parents[1] / "src"


def run(code, *, source=SRC, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(source)} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


CALL = """
import numpy as np
from itas_mobility.kernels.choice_probe import outer
print(outer(1.0))
"""


def test_an_edit_in_a_callee_of_another_file_is_noticed(tmp_path):
    """Numba's own cache would return the old result here (decision 0002)."""
    package = tmp_path / "src" / "itas_mobility"
    package.mkdir(parents=True)
    for name in ("__init__.py", "caching.py", "version.py", "errors.py"):
        shutil.copy(SRC / "itas_mobility" / name, package)
    kernels = package / "kernels"
    kernels.mkdir()
    for name in ("__init__.py", "_jit.py"):
        shutil.copy(SRC / "itas_mobility" / "kernels" / name, kernels)
    (kernels / "choice_probe.py").write_text(
        "from itas_mobility.kernels._jit import kernel\nfrom itas_mobility.kernels.inner_probe import inner\n"
        "@kernel\ndef outer(x):\n    return inner(x) + 1.0\n",
        encoding="utf-8",
    )
    inner = "from itas_mobility.kernels._jit import kernel\n@kernel\ndef inner(x):\n    return {} * x\n"
    results = []
    for factor in (10.0, 1000.0, 1000.0):
        (kernels / "inner_probe.py").write_text(inner.format(factor), encoding="utf-8")
        cache = tmp_path / "cache"
        results.append(run(CALL, source=tmp_path / "src", ITAS_MOBILITY_CACHE=str(cache)))
    assert results == ["11.0", "1001.0", "1001.0"]
    assert len(list((tmp_path / "cache" / "numba").iterdir())) == 2, "an unchanged tree must hit the cache"


def test_a_cache_directory_that_cannot_be_written_is_no_fault(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    code = (
        "from itas_mobility.kernels import _jit; print(_jit.cache_folder());"
        "import numpy as np; from itas_mobility.kernels.volume_delay import link_time;"
        "print(link_time(0, 60.0, 100.0, 0.15, 4.0, np.zeros((0, 4)), 100.0))"
    )
    folder, time_s = run(code, ITAS_MOBILITY_CACHE=str(blocked), TMPDIR=str(tmp_path)).splitlines()
    assert Path(folder).is_relative_to(tmp_path)
    assert Path(folder).is_dir()
    assert float(time_s) == pytest.approx(69.0)


def test_the_cache_root_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("ITAS_MOBILITY_CACHE", str(tmp_path / "mine"))
    assert caching.writable_cache_folder("a", "b") == tmp_path / "mine" / "a" / "b"
    assert (tmp_path / "mine" / "a" / "b").is_dir()


def test_hash_follows_content_and_texts(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("1", encoding="utf-8")
    before = caching.files_hash([file], "v1")
    assert caching.files_hash([file], "v1") == before
    assert caching.files_hash([file], "v2") != before
    file.write_text("2", encoding="utf-8")
    assert caching.files_hash([file], "v1") != before
