"""The design's laws, read off the code: contracts, unit suffixes, docstrings, names of modules."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import itas_mobility
from itas_mobility import core, demand, network, units

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "itas_mobility"
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(itas_mobility.__path__, "itas_mobility.")
    if not name.endswith("__main__") and ".zwickau_data" not in name
)
NOUNS = [value for value in vars(core).values() if dataclasses.is_dataclass(value)]


def public_functions():
    """Functions and methods that users may call, with their module's name."""
    for name in MODULES:
        if ".kernels" in name:
            continue
        module = importlib.import_module(name)
        for label, value in vars(module).items():
            if label.startswith("_") or getattr(value, "__module__", None) != name:
                continue
            if inspect.isfunction(value):
                yield f"{name}.{label}", value


def test_import_contracts_hold():
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


# One forbidden import per contract: file it is added to, the line, the contract that must go red.
FORBIDDEN = [
    ("core/zones.py", "from itas_mobility import scenarios", "Rooms stand above each other"),
    ("demand/skims.py", "from itas_mobility.network import osm", "Rooms stand above each other"),
    ("kernels/balancing.py", "import scipy", "Kernels know arrays and nothing else"),
    ("demand/skims.py", "import networkx", "osmnx, networkx and osmium are known to network alone"),
    ("core/zones.py", "import pyproj", "pyproj is known to geo alone"),
    ("kernels/_jit.py", "from itas_mobility.kernels import shortest_path", "No circles among the files of a room"),
    (
        "demand/assignment/gap.py",
        "from itas_mobility.demand.transit import fares",
        "Road assignment and public transport do not know each other",
    ),
    (
        "demand/transit/fares.py",
        "from itas_mobility.demand.assignment import gap",
        "Road assignment and public transport do not know each other",
    ),
    ("cli/transit.py", "from itas_mobility.cli import region", "Families of commands do not know each other"),
    # the workshop is a room to come: only the command line may import it
    ("report/html.py", "from itas_mobility import workshop", "Rooms stand above each other"),
    ("scenarios/running.py", "from itas_mobility import workshop", "Rooms stand above each other"),
]


@pytest.mark.parametrize(("file", "line", "contract"), FORBIDDEN, ids=[f"{f}-{c}" for f, _, c in FORBIDDEN])
def test_each_import_contract_can_fail(tmp_path, file, line, contract):
    """A contract that cannot go red protects nothing: break each once, in a copy."""
    shutil.copytree(
        SRC, tmp_path / "src" / "itas_mobility", ignore=shutil.ignore_patterns("__pycache__", "*.gz", "*.geojson")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    if "workshop" in line:
        (tmp_path / "src" / "itas_mobility" / "workshop").mkdir(exist_ok=True)
        (tmp_path / "src" / "itas_mobility" / "workshop" / "__init__.py").write_text(
            '"""Controls."""\n', encoding="utf-8"
        )
    broken = tmp_path / "src" / "itas_mobility" / file
    broken.write_text(broken.read_text(encoding="utf-8") + f"\n{line}  # on purpose\n", encoding="utf-8")
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stdout + found.stderr
    assert f"{contract} BROKEN" in found.stdout


def test_float_fields_of_nouns_name_their_unit():
    faults = []
    for noun in NOUNS:
        for field in dataclasses.fields(noun):
            kind = field.type if isinstance(field.type, str) else str(field.type)
            if "FloatArray" not in kind and "float64" not in kind and kind not in ("float", "<class 'float'>"):
                continue
            named = any(field.name.endswith(f"_{suffix}") for suffix in units.SUFFIXES)
            if not named and field.name not in units.COUNTS | units.DIMENSIONLESS:
                faults.append(f"{noun.__name__}.{field.name}")
    assert faults == []


def test_the_unit_check_sees_the_fields():
    """The check above must look at real fields: the road network alone has a dozen."""
    seen = [
        f.name for f in dataclasses.fields(core.RoadNetwork) if "float64" in str(f.type) or "FloatArray" in str(f.type)
    ]
    assert {"length_m", "free_time_s", "capacity_veh_per_h"} <= set(seen)


def test_nouns_are_frozen_and_their_arrays_read_only():
    assert len(NOUNS) >= 15
    assert [noun.__name__ for noun in NOUNS if not noun.__dataclass_params__.frozen] == []


def test_docstring_parameters_equal_signature_parameters():
    faults = []
    for label, function in public_functions():
        doc = inspect.getdoc(function) or ""
        if "Parameters\n----------" not in doc:
            continue
        section = doc.split("Parameters\n----------\n")[1].split("\n\n")[0:40]
        body = "\n\n".join(section)
        for heading in ("Returns", "Raises", "Notes", "Examples", "Warns", "Yields", "See Also"):
            body = body.split(f"\n{heading}\n---")[0]
        named = []
        for line in body.splitlines():
            if line and not line[0].isspace():
                names = [name.strip().lstrip("*") for name in line.split(" : ")[0].split(",")]
                named += [name for name in names if name.isidentifier()]
        wanted = [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]
        if named != wanted:
            faults.append(f"{label}: docstring {named}, signature {wanted}")
    assert faults == []


def test_every_public_function_has_a_docstring():
    assert [label for label, function in public_functions() if not inspect.getdoc(function)] == []


MOST_PARAMETERS = 14


def test_public_functions_take_few_parameters():
    """What belongs together is one noun: nobody remembers the order and meaning of twenty."""
    seen = {label: len(inspect.signature(function).parameters) for label, function in public_functions()}
    assert len(seen) > 400
    assert {label for label, n in seen.items() if n > MOST_PARAMETERS} == set()


FACES = (
    "itas_mobility",
    "itas_mobility.cli",
    "itas_mobility.core",
    "itas_mobility.demand",
    "itas_mobility.demand.assignment",
    "itas_mobility.demand.calibration",
    "itas_mobility.demand.transit",
    "itas_mobility.emobility",
    "itas_mobility.network",
    "itas_mobility.network.tags",
    "itas_mobility.network.transit",
    "itas_mobility.regions",
    "itas_mobility.report",
    "itas_mobility.scenarios",
    "itas_mobility.scenarios.measures",
)
"""Rooms and parts of rooms that show their names and nothing else."""


@pytest.mark.parametrize("name", FACES)
def test_a_face_shows_its_names_and_nothing_else(name):
    """What a notebook offers after the dot is what may be used: no modules of the inside, nothing imported for it."""
    face = importlib.import_module(name)
    assert dir(face) == sorted(face.__all__)
    assert [one for one in face.__all__ if not hasattr(face, one)] == []
    assert len(set(face.__all__)) == len(face.__all__) > 0
    assert face.__doc__


def test_faces_are_small_enough_to_be_read():
    """Who presses Tab reads the list: 45 names are a screen."""
    assert len(network.__all__) <= 45
    assert len(network.transit.__all__) <= 45


def test_a_name_has_one_home():
    assert set(network.__all__) & set(network.transit.__all__) == set()
    # both skims make what the choice of mode is about, so they stand side by side
    assert set(demand.__all__) & set(demand.transit.__all__) == {"skim_transit"}


def test_no_module_bears_the_name_of_a_public_function_of_its_package():
    faults = []
    for name in MODULES:
        package, _, leaf = name.rpartition(".")
        exported = getattr(importlib.import_module(package), "__all__", [])
        if leaf in exported and not inspect.ismodule(getattr(importlib.import_module(package), leaf)):
            faults.append(name)
    assert faults == []


def test_the_page_on_the_house_names_every_room():
    page = (ROOT / "docs" / "concepts" / "house.md").read_text(encoding="utf-8")
    table = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    rooms = {path.name if path.suffix else f"{path.name}/" for path in SRC.iterdir() if path.suffix in {"", ".py"}}
    assert len(rooms) > 12
    assert [room for room in sorted(rooms - {"__init__.py", "__pycache__/"}) if f"`{room}`" not in table] == []


MOST_BRANCHES = 20
BRANCHING = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.Assert, ast.Lambda, ast.match_case)


def complexity(function):
    """Ways through a function: cyclomatic complexity (McCabe 1976), with comprehensions and each `and` and `or`."""
    ways = 1
    for node in ast.walk(function):
        ways += isinstance(node, BRANCHING)
        if isinstance(node, ast.BoolOp):
            ways += len(node.values) - 1
        if isinstance(node, ast.comprehension):
            ways += 1 + len(node.ifs)
    return ways


def test_functions_are_simple_enough_to_be_read():
    seen = {
        f"{path.relative_to(SRC).as_posix()}: {node.name}": complexity(node)
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(seen) > 2000
    assert {label: ways for label, ways in seen.items() if ways > MOST_BRANCHES} == {}


def test_the_measure_of_complexity_counts():
    text = (
        "def f(a):\n    for b in [c for c in a if c]:\n        if b and not a or b:\n            return b if a else 0"
    )
    assert complexity(ast.parse(text).body[0]) == 8


def test_no_folder_of_odds_and_ends():
    banned = {"utils", "util", "helpers", "common", "manager", "misc"}
    assert [p for p in SRC.rglob("*") if p.stem in banned] == []


def test_kernels_are_decorated_in_one_place():
    """Numba's own decorators appear in the one file that names the cache by all kernel sources."""
    faults = []
    for path in SRC.rglob("*.py"):
        if path.name == "_jit.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "numba":
                faults += [
                    f"{path.name}: {a.name}"
                    for a in node.names
                    if a.name in {"njit", "jit", "vectorize", "guvectorize"}
                ]
            if isinstance(node, ast.keyword) and node.arg == "fastmath":
                faults.append(f"{path.name}: fastmath")
    assert faults == []


def test_heavy_libraries_load_on_first_use():
    heavy = ("numba", "osmnx", "pandas", "scipy", "numpy")
    code = f"import sys, itas_mobility; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_kernel_module_has_a_twin_that_imports_it():
    """A kernel is compared with a slow, obvious version in the test that bears its name."""
    without = set()
    for path in (SRC / "kernels").glob("*.py"):
        if path.stem == "_jit" or "@kernel" not in path.read_text(encoding="utf-8"):
            continue  # names of arguments alone need no twin
        twin = ROOT / "tests" / "kernels" / f"test_{path.stem}.py"
        # kernels that only kernels can call are tested through those
        wanted = f"kernels.{path.stem}" if is_called_from_python(path) else "kernels."
        if not twin.exists() or not any(name.startswith(wanted) for name in imported_modules(twin)):
            without.add(path.stem)
    assert without == set()


def is_called_from_python(path):
    """Whether a file holds a kernel that is not internal."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            decorators = [ast.unparse(one) for one in node.decorator_list]
            if any(one.startswith("kernel") and "internal=True" not in one for one in decorators):
                return True
    return False


def imported_modules(path):
    """Modules that a file imports, without the name of the package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("itas_mobility"):
            module = (node.module or "").removeprefix("itas_mobility").removeprefix(".")
            found |= {module, *(f"{module}.{name.name}".removeprefix(".") for name in node.names)}
    return found
