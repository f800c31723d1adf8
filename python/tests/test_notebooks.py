"""The notebooks, executed whole: what they say is what their files say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "notebooks"))
execute = pytest.importorskip("execute", reason="nbclient is not installed")


def said(notebook: Any) -> Iterator[tuple[int, str]]:
    """What each cell says: its texts, and that there is a figure, whose bytes are matplotlib's affair."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            figure = "image/png" in data
            yield number, "a figure" if figure else data.get("text/plain", output.get("text", ""))


@pytest.mark.parametrize("name", execute.NAMES)
def test_a_notebook_says_what_its_file_says(name: str) -> None:
    kept = execute.read(name)
    before = list(said(kept))
    assert before, "it is committed with what came out"
    after = list(said(execute.execute(kept)))
    assert after == before, f"look at what changed, then: python notebooks/execute.py {name}"
    assert sum(text == "a figure" for _, text in after) >= 2
