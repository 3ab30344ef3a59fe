"""Notebooks as files: which there are, what their cells are for.

Enters: paths. Leaves: notebooks of nbformat 4, and for each cell its name and its part in the course.
"""

import re
from enum import Enum
from pathlib import Path

import nbformat

from . import Trouble

REPORT = "application/vnd.reconverge+json"
# A blank that the reader fills in before anything is shown.
ASKS = re.compile(r"\bexpect\s+___")
# A folder beside notebooks that holds no notebooks of the course.
HIDDEN = re.compile(r"^[._]")


class Part(Enum):
    """What a cell is for. The words are those of the style sheets."""

    PROSE = "prose"
    CODE = "code"
    EXERCISE = "exercise"
    CHECK = "check"
    HINT = "hint"
    SOLUTION = "solution"
    INSTRUCTOR = "instructor"


def read(path):
    """A notebook of ours, in the present form; `Trouble` says why it is none."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except OSError as error:
        raise Trouble(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:  # nbformat raises its own, json's, attribute and type errors
        raise Trouble(f"{path} is not a notebook: {error}") from None
    language = notebook.metadata.get("kernelspec", {}).get("language") or notebook.metadata.get(
        "language_info", {}
    ).get("name")
    if language not in (None, "reconverge"):
        raise Trouble(f"{path} is a notebook for {language}, not for Reconverge")
    return notebook


def below(path):
    """The notebook, or every notebook below the folder, by name: those that begin with a dot are copies of front ends."""
    path = Path(path)
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*.ipynb")
        if file.is_file() and not any(HIDDEN.match(part) for part in file.relative_to(path).parts)
    )
    if not found:
        raise Trouble(f"there is no .ipynb below {path}")
    return found


def has_rust(notebook):
    """Whether cells of it are of Rust."""
    return any(cell.cell_type == "code" and text(cell.source).lstrip().startswith("%%rust") for cell in notebook.cells)


def text(source):
    """Sources are texts, or lists of lines that keep their newlines."""
    return source if isinstance(source, str) else "".join(source)


def write(notebook, path):
    """The same notebook gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook, version=4).rstrip("\n") + "\n", encoding="utf-8")


def tags(cell):
    return cell.metadata.get("tags", [])


def marks(cell):
    """nbgrader's metadata of a cell."""
    return cell.metadata.get("nbgrader", {})


def part(cell):
    """What a cell is for, by nbgrader's marks and by tags."""
    if Part.INSTRUCTOR.value in tags(cell):
        return Part.INSTRUCTOR
    if cell.cell_type == "code" and marks(cell).get("solution"):
        return Part.EXERCISE
    if cell.cell_type == "code" and marks(cell).get("grade"):
        return Part.CHECK
    for named in (Part.HINT, Part.SOLUTION):
        if named.value in tags(cell):
            return named
    return Part.CODE if cell.cell_type == "code" else Part.PROSE


def title(notebook, path):
    """What it calls itself: its metadata, its first heading, its file."""
    if named := notebook.metadata.get("title"):
        return named
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := re.search(r"^# +(.+?) *#*$", text(cell.source), re.M)):
            return heading[1]
    return Path(path).stem


def numbered(notebook):
    """(cell, its number among those that are executed, from 1; None for prose)."""
    number = 0
    for cell in notebook.cells:
        runs = cell.cell_type == "code" and text(cell.source).strip()
        number += bool(runs)
        yield cell, number if runs else None


def called(cell, number):
    """`cell 3 (check-invariants)`: as the kernel calls it, with what the front end knows it by."""
    return f"cell {number}" + (f" ({cell.id})" if cell.get("id") else "")
