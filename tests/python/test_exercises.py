"""Answers to the exercises of the course, given to each notebook's own cells: what is right passes where it is judged, and
what weakens a sentence, stops everything or is only plausible does not. The answers stand in tests/exercises."""

import json
import re

import pytest
from browser_support import ROOT
from course_support import reconverge
from reconverge_jupyter.course.marks import BEGIN, END, solution_of, stub_of
from reconverge_jupyter.course.notebooks import read, write
from reconverge_jupyter.course.trial import Trial

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REGION = re.compile(rf"[^\n]*{BEGIN}.*{END}[^\n]*", re.DOTALL)
# Of each exercise at least, besides the solution.
RIGHT, WRONG = 1, 3


def answers(path):
    """{exercise: [(right, what it is, text)]}"""
    found = {}
    for piece in re.split(r"^# ", path.read_text(), flags=re.MULTILINE)[1:]:
        exercise, *blocks = re.split(r"\n\n+", piece.strip())
        of = found[exercise] = []
        for block in blocks:
            head, text = block.split("\n", 1)
            assert head[:2] in ("+ ", "- "), head
            of.append((head[0] == "+", head[2:], text))
    return found


def graded(cell):
    return cell.metadata.get("nbgrader", {})


def defined(source):
    """What a cell defines, without what it asks."""
    kept, depth, inside = [], 0, False
    for line in source.split("\n"):
        if depth == 0:
            inside = line.startswith(("system ", "extend ", "use ", "///"))
        if inside:
            kept.append(line)
        depth += line.count("{") - line.count("}")
    return "\n".join(kept)


def passes(trial, exercise, judge):
    """Whether an exercise passes where it is judged. What it defines must be a program: else it is no answer."""
    said = trial.run(exercise)
    assert said.error is None, (exercise, said.error)
    said = trial.run(judge)
    missed = [
        of for report in said.reports if report["report"] == "grade" for of in report["against"] if not of["passed"]
    ]
    return said.error is None and not missed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_right_passes_and_what_is_wrong_does_not(path):
    table = answers(ROOT / "tests" / "exercises" / f"{path.stem[:2]}.txt")
    cells, seen, wrong = [cell for cell in read(path).cells if cell.cell_type == "code"], [], []
    with Trial(path.parent, timeout=60) as trial:
        for cell, judge in zip(cells, [*cells[1:], None], strict=True):
            exercise = graded(cell).get("grade_id")
            if not graded(cell).get("solution"):
                if text := "" if graded(cell) else defined(cell.source):
                    assert trial.run(text).error is None, cell.id
                continue
            seen.append(exercise)
            of = table[exercise]
            assert sum(right for right, *_ in of) >= RIGHT and sum(not right for right, *_ in of) >= WRONG, exercise
            for right, what, text in of:
                answer = REGION.sub(lambda _, text=text: text, cell.source)
                if passes(trial, answer, judge.source) != right:
                    wrong.append(f"{exercise}: {'+' if right else '-'} {what}")
            assert not passes(trial, stub_of(cell.source), judge.source), exercise
            # The lesson goes on from the solution.
            assert passes(trial, cell.source, judge.source), exercise
    assert sorted(seen) == sorted(table) and wrong == []


def handed_in(path, key, folder):
    """The key of a lesson, and one submission for each of the right answers."""
    cells, marked, table = read(path), {}, answers(ROOT / "tests" / "exercises" / f"{path.stem[:2]}.txt")
    for cell in cells.cells:
        if graded(cell).get("solution"):
            marked[graded(cell)["grade_id"]] = cell.source
            cell.metadata["reconverge"] = {"stub": stub_of(cell.source)}
            cell.source = solution_of(cell.source)
    write(cells, key / path.name)
    right = {exercise: [text for right, _, text in of if right] for exercise, of in table.items()}
    for student in range(max(len(texts) for texts in right.values())):
        made = read(key / path.name)
        for cell in made.cells:
            exercise = graded(cell).get("grade_id")
            if student < len(texts := right.get(exercise, [])):
                cell.source = REGION.sub(lambda _, text=texts[student]: text, marked[exercise])
        write(made, folder / f"s{student}" / path.name)


def test_what_is_right_in_other_words_earns_all_points(tmp_path):
    """By `reconverge grade`, which knows more ways to fail than a cell has."""
    for path in NOTEBOOKS:
        handed_in(path, tmp_path / "key", tmp_path / "in")
    # 1: of some exercises there are fewer answers, and so fewer submissions.
    reconverge("grade", tmp_path / "in", "--against", tmp_path / "key", "--json", tmp_path / "g.json", code=1)
    found = json.loads((tmp_path / "g.json").read_text())["submissions"]
    assert found and {of["status"] for of in found} == {"graded", "not handed in"}
    less = [
        (of["notebook"], of["student"], check["grade_id"], check["why"])
        for of in found
        for check in of["checks"]
        if check["earned"] < check["points"]
    ]
    assert less == []
