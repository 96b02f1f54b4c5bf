"""Notebooks: short, without outputs, and running from the first cell to the last."""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
# What makes a notebook quick; it takes what its parameter cell has.
SMALL = {"size": 48, "years": 0.7, "settling": 20, "seeds": [1, 2]}
VOLUME = {"size": 24, "years": 0.3, "settling": 10}
SEEN = {  # text that only a notebook that did its work shows
    "01-first-run": "passed", "02-menopause-twins": "True", "03-adding-a-part": "True",
    "04-histology": "B.Ar/T.Ar", "05-odd": "osteoclast.apoptosis_rate",
}  # fmt: skip
ALLOWED = {"remodel_abm", "pandas", "matplotlib", "IPython", "inspect", "tempfile", "pathlib"}


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    """Return the code of each cell, without magics."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return ["\n".join(x for x in text.split("\n") if not x.startswith("%")) for text in cells]


def test_notebooks_are_numbered_from_one():
    assert [int(name[:2]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    assert set(NAMES) == set(SEEN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stored_without_outputs(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_asks_one_question_first(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown" and first.source.count("?") == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_uses_the_package_and_little_else(path):
    for text in code(read(path)):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
            elif isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] in ALLOWED
            elif isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 10


def small(notebook, values):
    """Return a notebook whose parameters take these values."""
    for number, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", ()):
            names = {t.id for n in ast.parse(cell.source).body for t in n.targets}
            lines = [f"{name} = {values[name]!r}" for name in sorted(names)]
            notebook.cells.insert(number + 1, nbformat.v4.new_code_cell("\n".join(lines)))
            break
    return notebook


def shown(notebook):
    """Return all text that the cells print, and how many pictures they show."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    texts = [out.get("data", {}).get("text/plain", "") for out in outputs]
    return "\n".join(texts), sum("image/png" in out.get("data", {}) for out in outputs)


def execute(path, monkeypatch):
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = small(read(path), VOLUME if path.stem.startswith("04") else SMALL)
    NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(ROOT)}}).execute()
    text, pictures = shown(notebook)
    assert SEEN[path.stem] in text
    assert pictures >= (path.stem != "05-odd")


@pytest.mark.parametrize("path", NOTEBOOKS[:2], ids=NAMES[:2])
def test_a_notebook_runs(path, monkeypatch):
    execute(path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS[2:], ids=NAMES[2:])
def test_a_longer_notebook_runs(path, monkeypatch):
    execute(path, monkeypatch)
