"""One source → the copy for students and the key, after both were tried.

Enters: a notebook with nbgrader's marks. Leaves: two notebooks, or `Wrong` with what keeps them from being handed out: the
source must run with its solutions, and each check must fail with what students begin with. In the student's copy nothing
of a solution is left, in cells, outputs, metadata and attachments, but in cells that the source says repeat it.
"""

import copy
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter

from . import Wrong
from .execute import execute
from .marks import PROMPT, Unpaired, secret_lines, solution_of, stub_of, without_hidden_tests
from .notebooks import Part, called, marks, numbered, part, tags, text, write

# What other tools leave in cells, and tells of them.
TOLD = ("nbgrader", "tags", "slideshow", "name", "jupyter", "editable", "deletable")


@dataclass
class Split:
    """What one source gives. `exercises`: how many there are; `given`: the cells of the student's copy that repeat a solution;
    `before`: the exercises of which all that is asked for stands in a cell before."""

    student: nbformat.NotebookNode
    key: nbformat.NotebookNode
    exercises: int
    given: list
    before: list


def split(source, path, timeout=120):
    """`path`: of the source, for words and for the files that its cells read."""
    path = Path(path)
    _well_marked(source, path.name)
    key = execute(_with_solutions(source), path.name, path.parent, timeout)
    student = _without(source)
    begun = execute(student, path.name, path.parent, timeout, allow_errors=True)
    _stubs_fail(begun, path.name)
    student = _outputs_of(key, begun)
    _no_trace(source, student, path.name)
    given = [called(cell, number) for cell, number in numbered(student) if GIVEN in tags(cell)]
    exercises = sum(part(cell) is Part.EXERCISE for cell in source.cells)
    return Split(student, key, exercises, given, _answered_before(source))


def written(made, out, name, which):
    """Writes the key, and the copy for students unless only the key is wanted; the paths."""
    paths = []
    if which == "student":
        paths.append(out / "student" / name)
        write(made.student, paths[-1])
        for cell in made.given:
            print(f"{name}, {cell}: it repeats a solution (tag {GIVEN}), and students have it too", file=sys.stderr)
        for cell, earlier in made.before:
            print(f"{name}, {cell}: all of its solution stands in {earlier}, which comes before it", file=sys.stderr)
    paths.append(out / "key" / name)
    write(made.key, paths[-1])
    return paths


def _well_marked(source, name):
    """Regions are whole, ids are there once, checks follow exercises."""
    seen, exercise = set(), None
    for cell, number in numbered(source):
        role, mark = part(cell), marks(cell)
        where = f"{name}, {called(cell, number or '(empty)')}"
        if mark.get("grade_id") is not None or role in (Part.EXERCISE, Part.CHECK):
            if not mark.get("grade_id") or mark["grade_id"] in seen:
                raise Wrong(
                    f"{where}: its grade_id {mark.get('grade_id')!r} is "
                    + ("there twice" if mark.get("grade_id") else "missing")
                )
            seen.add(mark["grade_id"])
        try:
            changed = bool(text(cell.source).strip()) and stub_of(text(cell.source)) != text(cell.source).strip("\n")
            without_hidden_tests(text(cell.source))
        except Unpaired as error:
            raise Wrong(f"{where}: {error}") from None
        if cell.cell_type == "code" and changed and role is not Part.EXERCISE:
            raise Wrong(f"{where}: it has a solution, and no nbgrader metadata that says so")
        if role is Part.EXERCISE:
            if not changed:
                raise Wrong(f"{where}: it is an exercise without a BEGIN SOLUTION")
            exercise = number
        if role is Part.CHECK:
            if exercise is None:
                raise Wrong(f"{where}: it judges an exercise, and there is none before it")
            if not mark.get("points", 0) > 0:
                raise Wrong(f"{where}: it gives no points")
    if exercise is None:
        raise Wrong(f"{name}: it has no exercise (a cell with nbgrader's metadata `solution`)")


def _with_solutions(source):
    key = copy.deepcopy(source)
    for cell in key.cells:
        if part(cell) is Part.EXERCISE:
            # Graders need what students begin with.
            cell.metadata["reconverge"] = {"stub": stub_of(text(cell.source))}
            cell.source = solution_of(text(cell.source))
        elif cell.cell_type == "markdown":
            cell.source = solution_of(text(cell.source))
    return key


def _without(source):
    student = copy.deepcopy(source)
    student.cells = [cell for cell in student.cells if part(cell) not in (Part.INSTRUCTOR, Part.SOLUTION)]
    for cell in student.cells:
        if part(cell) is Part.EXERCISE:
            cell.source = stub_of(text(cell.source))
        elif part(cell) is Part.CHECK:
            cell.source = without_hidden_tests(text(cell.source))
        elif cell.cell_type == "markdown" and secret_lines(text(cell.source)):
            cell.source = stub_of(text(cell.source), PROMPT)
        cell.metadata = type(cell.metadata)({k: v for k, v in cell.metadata.items() if k in TOLD})
    student.metadata = type(student.metadata)(
        {
            k: v
            for k, v in student.metadata.items()
            if k in ("kernelspec", "language_info", "title", "authors", "license")
        }
    )
    return student


def _stubs_fail(begun, name):
    """`begun`: the student's copy, executed. What students begin with runs, and no check passes with it."""
    for cell, number in numbered(begun):
        failed = next((o for o in cell.get("outputs", []) if o.output_type == "error"), None)
        where = f"{name}, {called(cell, number)}"
        if part(cell) is Part.EXERCISE and failed:
            raise Wrong(f"{where}: what students begin with is not right on its own: {failed.ename}: {failed.evalue}")
        if part(cell) is Part.CHECK and not failed:
            raise Wrong(f"{where}: it passes with the stub, so nobody needs to solve anything")


def _outputs_of(key, begun):
    """Only what is the same with the stub and with the solution is shown: it tells nothing. Answers to predictions are not."""
    student, shown = copy.deepcopy(begun), {cell.get("id"): cell for cell in key.cells}
    for cell in student.cells:
        if cell.cell_type != "code":
            continue
        own = shown.get(cell.get("id"))
        asks = (
            part(cell) in (Part.EXERCISE, Part.CHECK) or "prediction" in tags(cell) or "expect ___" in text(cell.source)
        )
        if asks or own is None or own.outputs != cell.outputs:
            cell.outputs, cell.execution_count = [], None
    return student


# A line of a solution that is longer than this is a trace of it; shorter ones are said everywhere.
SHORT = 24
# A cell with this tag gives a solution away on purpose, because the lesson goes on from it.
GIVEN = "gives-solution"


def _no_trace(source, student, name):
    """On the bytes that are written. What stood in the lesson before the exercise is no secret of it."""
    told = [cell for cell in student.cells if GIVEN not in tags(cell)]
    data = json.dumps({"cells": told, "metadata": student.metadata}, ensure_ascii=False)
    # A hint may quote a line, but not all.
    unhinted = json.dumps([cell for cell in told if part(cell) is not Part.HINT], ensure_ascii=False)
    before = ""
    for cell in source.cells:
        own = text(cell.source)
        if part(cell) is Part.EXERCISE:
            given = before + stub_of(own)
            secrets = [line for line in secret_lines(own) if line not in given]
            _absent([line for line in secrets if len(line) >= SHORT], unhinted, name)
            if secrets and all(_quoted(line) in data for line in secrets):
                raise Wrong(f"{name}: a whole solution is still in the student's copy: {' '.join(secrets)}")
            before += stub_of(own) + "\n"
        elif part(cell) in (Part.SOLUTION, Part.INSTRUCTOR):
            lines = [line.strip() for line in own.split("\n") if not line.strip().startswith("<")]
            _absent([line for line in lines if len(line) >= SHORT and line not in before], data, name)
        elif cell.cell_type == "markdown" and secret_lines(own):
            _absent([line for line in secret_lines(own) if len(line) >= SHORT and line not in before], data, name)
            before += stub_of(own, PROMPT) + "\n"
        else:
            before += own + "\n"


def _answered_before(source):
    """[(exercise, the cell before it in which each line of its solution stands)]"""
    found, before = [], []
    for cell, number in numbered(source):
        own = text(cell.source)
        if part(cell) is Part.EXERCISE:
            secrets = [line for line in secret_lines(own) if line not in stub_of(own)]
            asked = any(len(line) >= SHORT for line in secrets)
            earlier = (name for name, lines in before if asked and all(line in lines for line in secrets))
            found += [(called(cell, number), name) for name in list(earlier)[:1]]
        elif cell.cell_type == "code" and part(cell) not in (Part.SOLUTION, Part.INSTRUCTOR) and GIVEN not in tags(cell):
            before.append((called(cell, number), own))
    return found


def _absent(secrets, data, name):
    for secret in secrets:
        if _quoted(secret) in data:
            words = f"`{secret}` is of a solution, and the student's copy would have it: it stands in another cell"
            raise Wrong(f"{name}: {words} (the tag {GIVEN} says that this is meant)")


def _quoted(line):
    return json.dumps(line, ensure_ascii=False)[1:-1]


class StudentExporter(NotebookExporter):
    """`reconverge-student` among nbconvert's exporters."""

    export_from_notebook = "Reconverge student copy"
    which = "student"

    def from_notebook_node(self, nb, resources=None, **kw):
        about = (resources or {}).get("metadata", {})
        path = Path(about.get("path") or ".") / f"{about.get('name', 'notebook')}.ipynb"
        return super().from_notebook_node(getattr(split(nb, path), self.which), resources, **kw)


class KeyExporter(StudentExporter):
    """`reconverge-key` among nbconvert's exporters."""

    export_from_notebook = "Reconverge key"
    which = "key"
