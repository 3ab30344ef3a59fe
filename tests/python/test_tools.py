"""Tools of Jupyter beside a front end: papermill, nbval, `jupyter run`, jupyter-lsp."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from browser_support import ROOT

COUNTER = """system Counter {
  param steps = 2 in 1..5
  state x: 0..steps = 0
  action up when x < steps { x += 1 }
}"""


def notebook(path: Path, *cells: tuple[str, list[str]]) -> Path:
    made = nbformat.v4.new_notebook()
    made.metadata.kernelspec = {"name": "reconverge", "display_name": "Reconverge", "language": "reconverge"}
    for source, tags in cells:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata.tags = tags
        made.cells.append(cell)
    nbformat.write(made, path)
    return path


def run(*arguments: object, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


@pytest.mark.parametrize(
    "given, counted",
    [(["-p", "Counter.steps", "4"], 5), (["-y", "Counter: { steps: 3 }"], 4)],
    ids=["by name", "nested"],
)
def test_papermill_sets_parameters_of_systems(tmp_path, given, counted):
    asked = notebook(tmp_path / "asked.ipynb", (COUNTER, ["parameters"]), ("check Counter", []))
    ran = run("papermill", asked, tmp_path / "ran.ipynb", *given, "--no-progress-bar")
    assert ran.returncode == 0, ran.stderr
    cells = nbformat.read(tmp_path / "ran.ipynb", as_version=4).cells
    assert cells[1].metadata.tags == ["injected-parameters"]
    assert f"{counted} distinct states" in cells[2].outputs[0].data["text/plain"]


def test_papermill_is_told_which_name_it_needs(tmp_path):
    asked = notebook(tmp_path / "asked.ipynb", (COUNTER, ["parameters"]))
    ran = run("papermill", asked, tmp_path / "ran.ipynb", "-p", "steps", "4")
    assert ran.returncode != 0
    assert "name the system and its parameter, as in `-p Kafka.brokers 2`" in ran.stderr


def test_nbval_finds_the_stored_outputs():
    """It executes cells without counting them, and knows no displays that are updated."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    # A configuration of its own: the tests of this project are not those of the notebooks.
    options = ["-p", "no:cacheprovider", "-q", "-c", "/dev/null", "--rootdir", ROOT / "notebooks"]
    ran = run("pytest", "--nbval", "--nbval-kernel-name=reconverge", *options, *notebooks)
    assert ran.returncode == 0, ran.stdout[-4000:]


def test_jupyter_run_runs_a_file(tmp_path):
    file = tmp_path / "counter.rcv"
    file.write_text(f"{COUNTER}\ncheck Counter")
    ran = run("jupyter", "run", "--kernel=reconverge", file)
    assert ran.returncode == 0, ran.stderr
    assert "3 distinct states" in ran.stdout


def test_jupyter_lsp_finds_the_language_server():
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_lsp import LanguageServerManager

    manager = LanguageServerManager()
    manager.initialize()
    found = manager.language_servers["reconverge-lsp"]
    assert found["argv"][1:] == ["lsp"]
    assert shutil.which(found["argv"][0])
    # The type of the kernel's cells: for another the server would never be started.
    assert found["mime_types"] == ["text/x-reconverge"]
    assert found["languages"] == [KernelSpecManager().get_kernel_spec("reconverge").language]
