"""Kernels that are not said to allocate count no references: they must get no arrays but from their caller, and must
return none. Numba refuses arrays that they make, but neither those that a callee makes nor arguments they return."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import TypingError

from itas_mobility.kernels import _jit

MAKERS = {
    "arange", "argsort", "array", "astype", "concatenate", "copy", "cumsum", "empty", "empty_like", "full",
    "full_like", "ones", "ones_like", "sort", "zeros", "zeros_like",
}  # fmt: skip


def kernels_of(source: str) -> Iterator[tuple[ast.FunctionDef, bool]]:
    """Kernels of a file, and whether they count references."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            decorators = [text for text in map(ast.unparse, node.decorator_list) if text.startswith("kernel")]
            if decorators:
                yield node, "allocates=True" in decorators[0] or "parallel=True" in decorators[0]


def calls(function: ast.FunctionDef) -> set[str]:
    """Names that a function calls; methods and functions of numpy by their last part."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else one.id for one in called if hasattr(one, "ctx")}


def names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def returned_arrays(function: ast.FunctionDef) -> set[str]:
    """Names that are returned as they are, and indexed or asked for attributes elsewhere."""
    returned: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            returned |= {one.id for one in values if isinstance(one, ast.Name)}
    used = [node.value for node in ast.walk(function) if isinstance(node, ast.Subscript | ast.Attribute)]
    return returned & {one.id for one in used if isinstance(one, ast.Name)}


def wrong_kernels(source: str, counting: set[str]) -> set[str]:
    """Kernels without counts that make arrays, call a kernel with counts, or return what looks like an array."""
    return {
        function.name
        for function, counts in kernels_of(source)
        if not counts and (calls(function) & (MAKERS | counting) or returned_arrays(function))
    }


def test_kernels_without_counts_have_their_callers_arrays_only():
    sources = {path.stem: path.read_text() for path in Path(_jit.__file__).parent.glob("*.py")}
    counting = {function.name for source in sources.values() for function, counts in kernels_of(source) if counts}
    assert "ancestors" in counting
    wrong = {}
    for module, source in sources.items():
        own = {function.name for function, counts in kernels_of(source) if not counts}  # may be another's name too
        wrong[module] = wrong_kernels(source, counting - own)
    assert not {module: names for module, names in wrong.items() if names}


@pytest.mark.parametrize("body", ["return np.empty(n)", "return make(n)[0]", "return n, a", "return a"])
def test_wrong_kernels_are_seen(body: str):
    source = f"@kernel\ndef wrong(n, a):\n    b = a[0]\n    {body}\n"
    assert wrong_kernels(source, {"make"}) == {"wrong"}
    assert wrong_kernels(source.replace("@kernel", "@kernel(allocates=True)"), {"make"}) == set()


def test_numba_refuses_arrays_made_without_counts():
    @_jit.kernel
    def make(n):
        return np.empty(n, np.float64)

    with pytest.raises(TypingError):
        make(3)
