"""A small lesson with all that lessons have, for the tests of course material."""

import os
import subprocess
import sys
from importlib import resources

import nbformat
from reconverge_jupyter.kernel import installed

SYSTEM = """system Bank {
  state a: 0..2 = 2
  state b: 0..2 = 0
  invariant kept: safety "Money is kept." { a + b == 2 }
  action move when a > 0 and b < 2 { a -= 1  b += 1 }
}"""
BROKEN = """system Broken from Bank { action move when a > 0 and b < 2 { b += 1 } }
check Broken { expect violated kept }"""
EXERCISE = """system Mended from Bank {
  // your turn: move what is there, and back
  // BEGIN SOLUTION
  action move when a > 0 and b < 2 { a -= 1  b += 1 } // as before
  action back when b > 0 and a < 2 { b -= 1  a += 1 }
  // END SOLUTION
}"""
# Without the actions of its own it is Bank: money is kept, and nothing comes back.
TEST = """check Mended { expect holds kept }
scenario "it comes back" on Mended { do move expect a == 1 do back expect a == 2 }"""
PROSE = """# A small lesson

**Goals.** To move money. The paper: [one](https://example.org/paper). The [next lesson](next.ipynb), a [mapping](bank.rcv).

Press <kbd>Shift</kbd>+<kbd>Enter</kbd>. Inline $a^2 \\le b$ and

$$\\sum_{i=1}^{n} x_i = \\frac{1}{2}$$

| sign | |
|---|---|
| ✓ ✗ ∅ | → ≠ ≤ ∈ · … |
"""


def marked(grade_id, **more):
    mark = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**mark, "cell_type": "code", "grade_id": grade_id, **more}}


def cell(kind, ident, source, slide="slide", tags=(), **metadata):
    make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    made = make(source, id=ident)
    made.metadata.update({"slideshow": {"slide_type": slide}, **metadata})
    if tags:
        made.metadata["tags"] = list(tags)
    return made


def notebook(cells):
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.update(
        kernelspec={"name": "reconverge", "display_name": "Reconverge", "language": "reconverge"},
        language_info={"name": "reconverge", "pygments_lexer": "reconverge", "file_extension": ".rcv"},
    )
    return made


def lesson():
    folded = "<details><summary>{}</summary>\n\n{}\n\n</details>"
    return notebook(
        [
            cell("markdown", "title", PROSE),
            cell("markdown", "say", "Ask the class what money is, before anything else.", "notes", ["instructor"]),
            cell("markdown", "part-one", "## Money\n\nMoney is moved.\n\n```reconverge\n" + SYSTEM + "\n```"),
            cell("code", "bank", SYSTEM, "subslide"),
            cell("code", "broken", BROKEN, "subslide"),
            cell("markdown", "hint", folded.format("Hint", "Take it from `a` *first*."), "fragment", ["hint"]),
            cell("code", "exercise", EXERCISE, "subslide", **marked("ex-money", solution=True)),
            cell("code", "test", TEST, "subslide", **marked("test-money", grade=True, locked=True, points=4)),
            cell(
                "markdown",
                "solved",
                folded.format("Solution", "What is put into the one is taken from the other."),
                "skip",
                ["solution"],
            ),
            cell("markdown", "end", "## Recap\n\nDone."),
        ]
    )


def write(folder, made, name="lesson.ipynb"):
    (folder / "bank.rcv").write_text(SYSTEM + "\n")
    nbformat.write(made, folder / name)
    return folder / name


def reconverge(*words, code=0, **options):
    """The command that the kernel is started with, in this environment."""
    program = installed()
    env = dict(os.environ, VIRTUAL_ENV=sys.prefix)
    ran = subprocess.run([program, *map(str, words)], capture_output=True, text=True, env=env, **options)
    assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
    return ran


def engine():
    """Whether pages can be live here: the package has the engine. Continuous integration must have it."""
    there = (resources.files("reconverge_jupyter") / "live" / "engine.wasm.gz").is_file()
    if not there and os.environ.get("RECONVERGE_NEED_LIVE"):
        raise RuntimeError("the engine for pages is required (RECONVERGE_NEED_LIVE) and was not built (install/live)")
    return there


# Whether what is typed into live cells lies on what is shown.
LIES_ON = """() => [...document.querySelectorAll('.live-sheet')].every((sheet) => {
  const [pre, area] = [sheet.querySelector('pre'), sheet.querySelector('textarea')];
  const [a, b] = [getComputedStyle(pre), getComputedStyle(area)];
  return ['fontSize', 'lineHeight', 'fontFamily', 'paddingLeft', 'paddingTop'].every((k) => a[k] === b[k])
    && area.scrollHeight <= area.clientHeight + 1 && area.scrollWidth <= area.clientWidth + 1;
})"""
