"""Plays notebooks and writes what came out into them.

    python notebooks/execute.py              # all of them
    python notebooks/execute.py spot-risk    # one

python/tests/test_notebooks.py holds that a new execution says what the files say.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
NAMES = ["reading-results", "comparing-weights", "spot-risk", "launch-day"]
#: Seconds that one cell may take.
CELL_SECONDS = 120


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(HERE / f"{name}.ipynb", as_version=4)


def execute(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Executes a notebook whole in a new kernel, its folder as the working directory; the first error is raised."""
    with tempfile.TemporaryDirectory() as folder:
        # Spoken to by sockets in a folder of our own, not by TCP.
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/kernel")
        place = {"metadata": {"path": str(HERE)}}
        NotebookClient(notebook, km=kernel, timeout=CELL_SECONDS, record_timing=False, resources=place).execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        nbformat.write(execute(read(name)), HERE / f"{name}.ipynb")
        print(f"{name}: executed")
