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


def test_large_files_are_hashed_in_pieces(tmp_path, monkeypatch):
    file = tmp_path / "a.osm.pbf"
    file.write_bytes(bytes(range(256)) * 10)
    whole = caching.files_hash([file]), caching.package_hash(tmp_path)
    monkeypatch.setattr(caching, "_CHUNK_BYTES", 100)
    assert (caching.files_hash([file]), caching.package_hash(tmp_path)) == whole


@pytest.fixture
def package(tmp_path):
    """A copy of the package without its largest data."""
    copy = tmp_path / "src" / "itas_mobility"
    ignore = shutil.ignore_patterns("__pycache__", "*.gz", "*.geojson")
    return shutil.copytree(SRC / "itas_mobility", copy, ignore=ignore)


FILES = [
    "kernels/opl.py", "units.py", "regions/reading.py", "scenarios/indicators/travel.py", "scenarios/measures/lines.py",
    "network/osm/links.py", "demand/parameters.toml", "regions/zwickau_data/commuters.csv",
]  # fmt: skip


def test_the_hash_of_the_package_follows_every_file_that_it_reads(package):
    before = caching.package_hash(package)
    assert caching.package_hash(package) == before
    seen = {before}
    for name in FILES:
        file = package / name
        written = file.read_bytes()
        for changed in (written + b"\n", written[:-1], written.swapcase()):
            file.write_bytes(changed)
            seen.add(caching.package_hash(package))
        file.write_bytes(written)
    assert len(seen) == 1 + 3 * len(FILES)
    assert caching.package_hash(package) == before


def test_the_hash_of_the_package_follows_names_and_places(package):
    before = caching.package_hash(package)
    seen = {before}
    for name in ("kernels/one.py", "kernels/two.py", "demand/one.py", "demand/assignment/new/one.py"):
        file = package / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("", encoding="utf-8")
        seen.add(caching.package_hash(package))
        file.unlink()
    assert len(seen) == 5
    (package / "kernels" / "opl.py").rename(package / "kernels" / "lpo.py")
    assert caching.package_hash(package) not in seen


def test_what_is_no_source_does_not_count(package):
    before = caching.package_hash(package)
    for name in ("kernels/__pycache__/opl.pyc", ".DS_Store", "regions/zwickau_data/scenarios/tram.toml", ".idea/a.xml"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("x", encoding="utf-8")
    assert caching.package_hash(package) == before


NAMES = """
from itas_mobility import scenarios
from itas_mobility.demand import hierarchy
from itas_mobility.regions import reuse
print(scenarios.run_digest(None, scenarios.Scenario("x"), scenarios.RunSettings()))
print(reuse.cache_folder("networks", []).name, hierarchy._order_path("x").parent.name)
"""


def test_two_states_of_the_sources_share_neither_digest_nor_cache(package, tmp_path):
    """An edit in one kernel or one indicator: no older result is resumed, no network read before is taken."""

    def names():
        return run(NAMES, source=tmp_path / "src", ITAS_MOBILITY_CACHE=str(tmp_path / "cache")).split()

    before = names()
    found = [before, names()]
    assert found[1] == before
    for name in ("kernels/opl.py", "scenarios/indicators/travel.py"):
        file = package / name
        written = file.read_text(encoding="utf-8")
        file.write_text(written + "\nANOTHER = 1\n", encoding="utf-8")
        found.append(names())
        file.write_text(written, encoding="utf-8")
    for kind in range(3):
        assert len({one[kind] for one in found}) == 3


def test_versions_are_those_of_the_libraries_in_use():
    code = (
        "from itas_mobility.caching import library_versions; import numpy, scipy, numba, pyproj, shapely\n"
        "known = library_versions()\n"
        "for one in (numpy, scipy, numba, pyproj, shapely): assert known[one.__name__] == one.__version__\n"
        "print(known['python'], len(known))"
    )
    assert run(code) == f"{sys.version_info.major}.{sys.version_info.minor} 7"


def test_kernels_lie_in_one_flat_folder():
    """The folder of compiled code is named by the files of that folder alone (decision 0002)."""
    kernels = SRC / "itas_mobility" / "kernels"
    assert {path.parent for path in kernels.rglob("*.py")} == {kernels}
