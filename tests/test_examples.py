"""Notebooks and code on pages of the documentation run from top to bottom; what pages point to exists."""

import dataclasses
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from itas_mobility.demand.assignment.bush_tuning import Tuning

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
RUN_PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / "how-to" / name for name in ("assignment.md", "gtfs.md", "matrices.md", "transit-measures.md")),
]
"""Pages whose code needs neither a network nor files of the reader's own."""
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_notebook_runs(path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    shown = [cell for cell in notebook.cells if cell.get("outputs")]
    assert len(shown) >= 3


def test_there_is_a_notebook():
    assert next(path.stem for path in NOTEBOOKS) == "01_network"


def test_notebooks_are_committed_without_outputs():
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        assert [c for c in notebook.cells if c.cell_type == "code" and (c.outputs or c.execution_count)] == []


@pytest.mark.parametrize("path", RUN_PAGES, ids=[path.stem for path in RUN_PAGES])
def test_code_on_page_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, f"{path.name}: {block.splitlines()[0]}", "exec"), names)


@pytest.mark.parametrize("path", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_links_on_page_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert missing == []


def test_concept_page_names_what_exists():
    """The table of what to change where is of no use once files have moved or constants have other names."""
    text = (ROOT / "docs" / "concepts" / "assignment.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "itas_mobility"
    files = re.findall(r"`((?:kernels|demand|core)/[a-z_/]+\.py)`", text)
    assert len(files) > 20
    assert [file for file in files if not (source / file).exists()] == []
    code = "".join((source / file).read_text(encoding="utf-8") for file in set(files))
    constants = re.findall(r"`([A-Z][A-Z_]+)`", text)
    assert len(constants) >= 5
    assert [name for name in constants if not re.search(rf"^{name} = ", code, re.MULTILINE)] == []
    tuned = re.findall(r"`Tuning\.([a-z_]+)`", text)
    assert tuned
    assert set(tuned) <= {field.name for field in dataclasses.fields(Tuning)}
