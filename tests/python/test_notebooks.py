"""Every notebook of the course, through the installed kernel: from clean it gives the stored outputs, and its exercises
are failed by what a student is handed and passed by the solution."""

import json
import re
import subprocess

import nbformat
import pytest
from browser_support import ROOT
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from reconverge_jupyter.kernel import installed

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Seconds for one cell, longer than any takes on the slowest machine.
PATIENCE = 300
BEGIN, END = "// BEGIN SOLUTION", "// END SOLUTION"
# As exercises are written, and as they are judged.
EXERCISE = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "task": False, "cell_type": "code"}
JUDGE = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "task": False, "cell_type": "code"}

assert NOTEBOOKS, "no notebooks"
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def clear(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def execute(notebook, **options):
    clear(notebook)
    NotebookClient(notebook, kernel_name="reconverge", timeout=PATIENCE, record_timing=False, **options).execute()


def graded(cell):
    return cell.metadata.get("nbgrader", {})


def stub(source):
    """What a student is handed: the lines of the solution are gone."""
    kept, inside = [], False
    for line in source.split("\n"):
        if line.strip() == BEGIN:
            assert not inside, f"{BEGIN} twice"
            inside = True
        elif line.strip() == END:
            assert inside, f"{END} without {BEGIN}"
            inside = False
        elif not inside:
            kept.append(line)
    assert not inside, f"{BEGIN} without {END}"
    return "\n".join(kept)


def failed(cell):
    return any(output.output_type == "error" for output in cell.get("outputs", []))


@every_notebook
def test_from_clean_it_gives_the_stored_outputs(path):
    stored, made = read(path), read(path)
    try:
        execute(made)
    except CellExecutionError as error:
        pytest.fail(f"{path.name}: {error}")
    differing = [
        cell.id
        for cell, again in zip(stored.cells, made.cells, strict=True)
        if cell.cell_type == "code" and (cell.execution_count, cell.outputs) != (again.execution_count, again.outputs)
    ]
    assert differing == [], f"store them anew: install/walkthrough.py notebooks/{path.name}"


@every_notebook
def test_what_goes_wrong_in_it_is_asked_for(path):
    ran = subprocess.run([installed(), "run", str(path)], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr


@every_notebook
def test_outputs_are_light(path):
    heavy = []
    for number, cell in enumerate(read(path).cells):
        for output in cell.get("outputs", []):
            report = output.get("data", {}).get("application/vnd.reconverge+json", {})
            if report.get("report") == "check":
                runs = any(finding["verdict"]["verdict"] in ("violated", "failed") for finding in report["findings"])
                limit = 40_000 if runs else 15_000
                size = len(json.dumps(output.data, ensure_ascii=False, separators=(",", ":")).encode())
                if size > limit:
                    heavy.append(f"cell {number}: {size} of {limit}")
    assert heavy == []


def test_the_two_long_walkthroughs_are_light():
    sizes = {path.name: path.stat().st_size for path in NOTEBOOKS if path.stem[:2] in ("01", "02")}
    assert len(sizes) == 2 and sum(sizes.values()) < 500_000, sizes


@every_notebook
def test_only_what_may_raise_raises(path):
    """nbclient lets a cell with this tag pass whether it raises or not."""
    for cell in read(path).cells:
        assert failed(cell) == ("raises-exception" in cell.metadata.get("tags", [])), cell.id


@every_notebook
def test_the_answer_to_a_prediction_is_not_in_sight(path):
    """A blank asks first, and keeps what came out folded; what has no blanks is collapsed until somebody runs or opens it."""
    for cell in read(path).cells:
        if "prediction" in cell.metadata.get("tags", []):
            asks = all("Your answer first" in output.data["text/plain"] for output in cell.outputs)
            hidden = cell.metadata.get("jupyter", {}).get("outputs_hidden") and cell.metadata.get("collapsed")
            assert asks or hidden, (
                f"{cell.id}: `expect ___` in each of its commands, or metadata: jupyter.outputs_hidden"
            )


@every_notebook
def test_an_exercise_is_followed_by_its_judge(path):
    cells = read(path).cells
    ids = [graded(cell)["grade_id"] for cell in cells if graded(cell)]
    assert len(ids) == len(set(ids)) and any(id.startswith("ex-") for id in ids)
    for number, cell in enumerate(cells):
        meta = graded(cell)
        if not meta:
            assert BEGIN not in cell.source and END not in cell.source, cell.id
        elif meta["solution"]:
            assert meta == EXERCISE | {"grade_id": meta["grade_id"]}, cell.id
            handed = stub(cell.source)
            assert handed != cell.source and "// your turn" in handed, cell.id
            judge = graded(cells[number + 1])
            assert judge.get("grade_id") == meta["grade_id"].replace("ex-", "test-", 1), cell.id
        else:
            assert meta == JUDGE | {"grade_id": meta["grade_id"], "points": meta["points"]}, cell.id
            assert meta["points"] > 0 and graded(cells[number - 1]).get("solution"), cell.id


@every_notebook
def test_a_student_copy_fails_where_it_is_judged(path):
    """Solutions pass where the notebook runs from clean. Whoever skips an exercise can go on, but for the cells that
    are about what he was to write."""
    notebook = read(path)
    written = set()
    for cell in notebook.cells:
        if graded(cell).get("solution"):
            written |= set(re.findall(r"^(?:system|extend) (\w+)", cell.source, re.MULTILINE))
            cell.source = stub(cell.source)
    execute(notebook, allow_errors=True)
    for cell in notebook.cells:
        if graded(cell):
            assert failed(cell) == graded(cell)["grade"], cell.id
        elif failed(cell) and "raises-exception" not in cell.metadata.get("tags", []):
            assert written & set(re.findall(r"\w+", cell.source)), cell.id
