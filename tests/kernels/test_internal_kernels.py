"""Internal kernels have no code for calls from Python: such a call would end the process, so nobody may make one."""

import ast
from pathlib import Path

import itas_mobility
from itas_mobility.kernels import _jit

ROOT = Path(itas_mobility.__file__).parent
TESTS = Path(__file__).parents[1]


def internal_kernels(source: str) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if "kernel" in ast.unparse(decorator)
        and (node.name.startswith("_") or "internal=True" in ast.unparse(decorator))
    }


def kernels_used(source: str) -> set[tuple[str, str]]:
    """Module and name of what a file takes from the kernels, by import or as an attribute of a module."""
    tree = ast.parse(source)
    modules: dict[str, str] = {}
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "itas_mobility.kernels":
            modules |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("itas_mobility.kernels."):
            used |= {((node.module or "").rpartition(".")[2], one.name) for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            used.add((modules[node.value.id], node.attr))
    return used


def test_internal_kernels_are_called_by_kernels_only():
    folder = Path(_jit.__file__).parent
    internal = {(path.stem, name) for path in folder.glob("*.py") for name in internal_kernels(path.read_text())}
    assert ("hierarchy", "climb") in internal
    outside = [path for path in [*ROOT.rglob("*.py"), *TESTS.rglob("*.py")] if path.parent != folder]
    wrong = {(path.name, *use) for path in outside for use in kernels_used(path.read_text()) & internal}
    assert not wrong


def test_uses_are_seen():
    source = "from itas_mobility.kernels import volume_delay as vd\nvd._piece()\n"
    assert kernels_used(source) == {("volume_delay", "_piece")}
    kernels = "@kernel\ndef _piece(): ...\n@kernel(internal=True)\ndef a(): ...\n@kernel\ndef b(): ...\n"
    assert internal_kernels(kernels) == {"_piece", "a"}


def test_plain_python_calls_no_internal_kernel_of_its_own_module():
    folder = Path(_jit.__file__).parent
    for path in folder.glob("*.py"):
        source = path.read_text()
        internal = internal_kernels(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and not any("kernel" in ast.unparse(d) for d in node.decorator_list):
                called = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                assert not called & internal, (path.name, node.name)
