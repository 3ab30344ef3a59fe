"""Copies for students, and grades: by `reconverge grade`, and by nbgrader."""

import copy
import csv
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import junitparser
import nbformat
import pytest
from course_support import EXERCISE, TEST, cell, lesson, marked, notebook, reconverge, write
from reconverge_jupyter.course import split as course_split
from reconverge_jupyter.course.asked import lesson as asked_of
from reconverge_jupyter.course.asked import unasked
from reconverge_jupyter.course.judge import acts, judge, members
from reconverge_jupyter.course.marks import Unpaired, secret_lines, solution_of, stub_of
from reconverge_jupyter.course.notebooks import below, read
from reconverge_jupyter.course.trial import Said

GOOD = solution_of(EXERCISE)

# Whatever is long in a solution, in prose of one, and in notes.
SECRETS = [b"as before", b"action back", b"a -= 1  b += 1 } //", b"is taken from the other", b"before anything else"]


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    reconverge("export", write(folder, lesson()), "--to", "student", "--out", folder / "out")
    return folder / "out"


def graded(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def test_regions_are_cut_out_and_kept_apart():
    assert stub_of(EXERCISE) == "system Mended from Bank {\n  // your turn: move what is there, and back\n}"
    assert "SOLUTION" not in GOOD and "action back" in GOOD
    assert stub_of("// BEGIN SOLUTION\nx\n// END SOLUTION") == "// your turn"
    for wrong in (
        "// BEGIN SOLUTION\nx",
        "x\n// END SOLUTION",
        "// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION",
    ):
        with pytest.raises(Unpaired, match="line"):
            stub_of(wrong)


def test_what_an_answer_defines_and_does_is_read_without_words_and_strings():
    assert members('invariant a: safety "invariant b: x" { true } // order c', "reconciler d: worker {}") == {"a", "d"}
    assert acts("action a { n += 1 }") and acts("on M at c in C { send N to c }") and acts("action a { s.log.push(1) }")
    assert not acts("on M at c in C { } // n := 1") and not acts('action a "n := 1" when false { }')


def test_the_student_has_no_trace_of_a_solution(split):
    data = (split / "student/lesson.ipynb").read_bytes()
    assert [secret for secret in SECRETS if secret in data] == []
    student, key = (nbformat.read(split / name / "lesson.ipynb", 4) for name in ("student", "key"))
    nbformat.validate(student)
    ids = [c.id for c in student.cells]
    assert "hint" in ids and "solved" not in ids and "say" not in ids
    outputs = {c.id: len(c.outputs) for c in student.cells if c.cell_type == "code"}
    # What needs no solution is shown as it was; nothing of an exercise, nor of its check.
    assert outputs["bank"] and outputs["broken"] and not outputs["exercise"] and not outputs["test"]
    assert GOOD in [c.source for c in key.cells] and any(
        o for c in key.cells if c.get("id") == "test" for o in c.outputs
    )


def test_what_cannot_be_handed_out_is_refused(tmp_path):
    def refused(change):
        made = lesson()
        change({c.id: c for c in made.cells}, made)
        source = write(tmp_path, made)
        ran = reconverge("export", source, "--to", "student", "--out", tmp_path / "out", code=1)
        assert not (tmp_path / "out").exists()
        return ran.stderr

    def set_(ident, source):
        return lambda cells, _: cells[ident].update(source=source)

    # The solution does not pass; the stub does; the stub is no program; a solution stands elsewhere too.
    assert "cell 4 (test)" in refused(set_("exercise", EXERCISE.replace("b -= 1  a += 1", "a += 1")))
    assert "cell 4 (test): it passes with the stub" in refused(set_("test", "check Mended { expect holds kept }"))
    assert "cell 3 (exercise)" in refused(set_("exercise", EXERCISE + "}"))
    leak = cell("code", "leak", "// action back when b > 0 and a < 2 { b -= 1  a += 1 }")
    assert "action back" in refused(lambda _, made: made.cells.append(leak))
    assert "BEGIN SOLUTION" in refused(set_("exercise", EXERCISE.replace("  // END SOLUTION\n", "")))
    assert "points" in refused(lambda cells, _: cells["test"].metadata.nbgrader.update(points=0))
    assert "twice" in refused(lambda cells, _: cells["test"].metadata.nbgrader.update(grade_id="ex-money"))


def test_a_solution_may_be_given_away_on_purpose(tmp_path):
    made = lesson()
    made.cells.append(cell("code", "given", "system Given from Bank {\n  action back when b > 0 and a < 2 { b -= 1  a += 1 }\n}", tags=["gives-solution"]))  # fmt: skip
    reconverge("export", write(tmp_path, made), "--to", "student", "--out", tmp_path / "out")


def test_a_solution_that_stands_before_its_exercise_is_told_and_an_empty_cell_is_no_solution(tmp_path):
    made = lesson()
    made.cells.append(cell("code", "empty", ""))
    assert not split_of(made, tmp_path).before
    at = next(i for i, one in enumerate(made.cells) if one.id == "exercise")
    solved = "system Given from Bank {\n  " + "\n  ".join(secret_lines(EXERCISE)) + "\n}"
    made.cells.insert(at, cell("code", "answer", solved))
    assert [(asked.split(" ", 2)[2], told.split(" ", 2)[2]) for asked, told in split_of(made, tmp_path).before] == [
        ("(exercise)", "(answer)")
    ]
    said = reconverge("export", write(tmp_path, made), "--to", "student", "--out", tmp_path / "out").stderr
    assert "all of its solution stands in" in said


def test_answers_in_words_and_hidden_tests_are_the_teachers(tmp_path):
    made = lesson()
    words = "Why?\n\n<!-- BEGIN SOLUTION -->\nBecause nobody else takes from it.\n<!-- END SOLUTION -->"
    made.cells.append(cell("markdown", "words", words, **marked("ex-words", solution=True, grade=True, points=2)))
    made.cells.append(cell("markdown", "alone", words.partition("\n\n")[2]))
    check = next(one for one in made.cells if one.id == "test")
    check.source += "\n// BEGIN HIDDEN TESTS\nfind Mended { a == 0 } expect found\n// END HIDDEN TESTS"
    both = split_of(made, tmp_path)
    student, key = ({one.id: one.source for one in copy_of.cells} for copy_of in (both.student, both.key))
    assert (student["words"], student["alone"], student["test"]) == ("Why?", "*Your answer.*", TEST)
    assert "nobody else" in key["words"] and "BEGIN" not in key["words"] and "find Mended" in key["test"]


def split_of(made, folder):
    return course_split.split(made, folder / "lesson.ipynb")


COURSE = Path(__file__).parents[2] / "notebooks"
# (lesson, exercise, what an answer has in place of the solution, what is said of it; None: it is an answer as others).
TRICKS = [
    ("03", "ex-version", 'invariant own_ticket: safety "x" { true }', "own_ticket"),
    ("03", "ex-newest", "node Copy[1] { durable title: Title = a }", "Copy"),
    ("03", "ex-newest", "enum Title { a }", "Title"),
    ("03", "ex-newest", 'invariant same: convergence "x" { eventually always true }', "same"),
    ("03", "ex-scope", "def enough(m: Money): bool = true", None),
    ("03", "ex-scope", "action look at p in Person when p == person1 { p.saw := balance }", "look"),
    ("06", "ex-level", 'invariant never_too_many: safety "x" { true }', "never_too_many"),
    ("06", "ex-level", "node Shop { durable placed: 0..0 = 0 }", "Shop"),
    ("06", "ex-peace", "action load_changes(n: 1..3) when false { load := n }", "load_changes"),
    ("06", "ex-peace", "bound load == 1", "bound"),
    ("06", "ex-peace", 'reconciler autoscaler: control_loop "x" { every 15s }', None),
    ("06", "ex-setters", "state load: 0..1 = 0", "load"),
    ("06", "ex-setters", "init load == replicas", "init"),
    ("07", "ex-fix", 'invariant // order x\n paid_once: safety "x" { true }', "paid_once"),
    ("07", "ex-fix", "on Transfer at b in Bank { }", None),
    ("07", "ex-fix", "node Worker[1] { }", "Worker"),
    ("07", "ex-drift", "type Job = bool", "Job"),
    ("08", "ex-mended", 'invariant told_survives: safety "x" { true }', "told_survives"),
    ("08", "ex-mended", "def may_lead(s: Site): bool = s == site1", None),
    ("08", "ex-sentences", "action write(w: Write) at s in Site { }", "write"),
    ("08", "ex-sentences", 'invariant more: safety "invariant told" { true }', None),
    ("08", "ex-mine", "state x: bool = false  init x", None),
    ("08", "ex-bug", 'reconciler repairs: periodic "x" { every 1m }', None),
    ("08", "ex-bug", 'invariant never: safety "x" { true }', "never"),
]


def lesson_of(path):
    """What a lesson asks, its solutions, its stubs."""
    cells, stubs, solutions = [], {}, {}
    for c in read(path).cells:
        mark = graded(c) if c.metadata.get("nbgrader", {}).get("solution") else None
        if mark:
            stubs[mark], solutions[mark] = stub_of(c.source), solution_of(c.source)
        if c.cell_type == "code":
            cells.append((mark, solutions.get(mark, c.source)))
    return asked_of(cells, stubs), solutions, stubs


def test_solutions_and_stubs_write_nothing_anew_that_is_not_asked():
    for path in below(COURSE):
        asked, solutions, stubs = lesson_of(path)
        for exercise in solutions:
            assert unasked(asked, exercise, solutions[exercise]) == unasked(asked, exercise, stubs[exercise]) == []


@pytest.mark.parametrize(("number", "exercise", "members", "word"), TRICKS)
def test_an_answer_leaves_the_world_and_what_is_judged_as_they_are(number, exercise, members, word):
    asked, solutions, _ = lesson_of(next(COURSE.glob(f"{number}-*.ipynb")))
    head = solutions[exercise].split("{")[0]
    name, base = head.split()[1], head.split()[3]
    for answer in (
        f"{head} {{ {members} }}",
        f"system Between from {base} {{ {members} }} system {name} from Between {{ }}",
        f"{head} {{ }} extend {name} {{ {members} }}",
    ):
        reasons = unasked(asked, exercise, answer)
        assert (f"`{word}` was written anew" in " ".join(reasons)) if word else not reasons, (answer, reasons)
    assert "not made from" in unasked(asked, exercise, f"system {name} from Elsewhere {{ }}")[0]
    assert "anew" in unasked(asked, exercise, f"extend {base} {{ }}")[0]
    assert "anew" in unasked(asked, exercise, f"system {base} {{ }} {head} {{ }}")[0]
    assert "another value" in unasked(asked, exercise, f"system {name} from {base}(n = 1) {{ }}")[0]


@pytest.fixture(scope="module")
def results(split, tmp_path_factory):
    """Submissions of all sorts, graded at once."""
    folder = tmp_path_factory.mktemp("handed-in")
    blank = json.loads((split / "student/lesson.ipynb").read_text())

    def hand_in(name, answer=None, change=None, path=None):
        made = copy.deepcopy(blank)
        for c in made["cells"]:
            if answer is not None and graded(c) == "ex-money":
                c["source"] = answer
        if change:
            change(made)
        path = folder / (path or f"{name}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made))

    wide = "state x: 0..100000 = 0  state y: 0..100000 = 0\n  action i when x < 100000 { x += 1 }\n  action j when y < 100000 { y += 1 }\n"
    keeps = GOOD.replace("system Mended from Bank {", "system Mended from Bank {\n" + wide)
    hand_in("good", GOOD)
    hand_in("in a folder", GOOD, path="folder/ps1/lesson.ipynb")
    hand_in("blank")
    # One of two things: it comes back, and money is made.
    hand_in("half", GOOD.replace("{ b -= 1  a += 1 }", "{ a += 1 }"))
    hand_in("inert", GOOD.replace("when a > 0 and b < 2", "when false"))
    hand_in("idle", "system Mended from Bank { action move when a > 0 { a := a }  action back { b := b } }")
    hand_in("empty", "system Mended from Bank { action move when a > 0 { }  action back { } }")
    hand_in("anew", GOOD.replace("Bank {", 'Bank { invariant kept: safety "x" { a + b >= 0 }', 1))
    hand_in("other system", "extend Bank { invariant kept: safety { true } }\n" + GOOD)
    hand_in(
        "changed", GOOD, lambda made: [c.update(source="system Bank {}") for c in made["cells"] if c["id"] == "bank"]
    )
    hand_in("no program", "system Mended from Bank {{{")
    hand_in("late", keeps + "\ncheck Mended")
    hand_in("later", keeps)
    hand_in("long", "// " + "x" * 200_000)
    swapped = lambda made: [c.update(source="1 + 1") for c in made["cells"] if graded(c) == "test-money"]  # noqa: E731
    hand_in("tampered", GOOD.replace("{ b -= 1  a += 1 }", "{ a += 1 }"), swapped)
    hand_in("removed", GOOD, lambda made: made.update(cells=[c for c in made["cells"] if graded(c) != "test-money"]))
    hand_in("added", GOOD, lambda made: made["cells"].insert(0, {"cell_type": "code", "source": "extend Bank {{", "metadata": {}, "outputs": []}))  # fmt: skip
    hand_in(
        "strange",
        GOOD,
        lambda made: made["cells"].extend([7, {"metadata": 3}, {"metadata": {"nbgrader": []}, "source": {}}]),
    )
    hand_in("=1+1", GOOD)
    (folder / "garbage.ipynb").write_bytes(b"\x00\xff{{{")
    (folder / "deep.ipynb").write_text("[" * 100_000)
    (folder / "list.ipynb").write_text("[]")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "away.ipynb").symlink_to("/nowhere")
    (folder / "nothing").mkdir()
    out = tmp_path_factory.mktemp("grades")
    words = ["grade", folder, "--against", split / "key/lesson.ipynb", "--timeout", "4", "--json", out / "g.json"]
    ran = reconverge(*words, "--csv", out / "g.csv", "--junit", out / "g.xml", code=1)
    return out, {s["student"]: s for s in json.loads((out / "g.json").read_text())["submissions"]}, ran.stdout


def test_points_are_for_what_is_solved(results):
    _, of, printed = results
    points = {name: s["points"] for name, s in of.items()}
    full = {"good", "folder", "removed", "added", "strange", "changed", "=1+1"}
    assert {name for name, earned in points.items() if earned == 4} == full
    assert 0 < points["half"] < 4 and points["tampered"] == points["half"]
    rest = set(points) - full - {"half", "tampered"}
    assert all(points[name] == 0 for name in rest), points
    assert "half" in printed and "violated" in printed


def test_a_sentence_that_says_nothing_catches_nothing():
    def said(right, wrong):
        against = [
            {"system": "Right", "right": True, "passed": right, "why": "it is broken"},
            {"system": "Wrong", "right": False, "passed": wrong},
        ]
        return Said(
            [{"report": "grade", "system": "Mine", "against": against}],
            None if right and wrong else "E0510: no",
        )

    key, stub = said(True, True), said(False, False)
    assert judge("t", 2, key, key, stub, set()).earned == 2
    for right, wrong in ((True, False), (False, True), (False, False)):
        judged = judge("t", 2, said(right, wrong), key, stub, set())
        assert judged.earned == 0 and judged.why


def test_why_nothing_is_earned_is_said(results):
    _, of, _ = results
    why = {name: " ".join(w for check in s["checks"] for w in check["why"]) for name, s in of.items()}
    assert why["blank"] == "not answered"
    assert "guard was never true" in why["inert"] and "never changed anything" in why["idle"]
    assert "writes nothing" in why["empty"]
    assert "`kept` was written anew" in why["anew"]
    assert "the system `Bank` anew" in why["other system"]
    assert of["changed"]["notes"] == ["the cell bank was changed, and restored"]
    assert "E01" in why["no program"]
    assert "4 s" in why["late"] and "4 s" in why["later"]
    assert any("restored" in note for note in of["tampered"]["notes"])
    assert any("removed, and restored" in note for note in of["removed"]["notes"])
    assert any("longer than" in note for note in of["long"]["notes"])


def test_what_is_no_submission_does_not_stop_the_run(results):
    _, of, _ = results
    status = {name: s["status"] for name, s in of.items()}
    assert {n for n, s in status.items() if s == "unreadable"} == {"garbage", "deep", "list", "pipe", "away"}
    assert status["nothing"] == "not handed in" and status["strange"] == "graded"


def test_reports_are_read_as_they_are_meant(results):
    out, of, _ = results
    suites = list(junitparser.JUnitXml.fromfile(str(out / "g.xml")))
    assert len(suites) == len(of)
    failed = {case.classname for suite in suites for case in suite if case.result}
    assert "good" not in failed and {"half", "blank", "garbage"} <= failed
    assert xml.parse(out / "g.xml").getroot().tag == "testsuites"
    rows = list(csv.DictReader((out / "g.csv").open(newline="")))
    total = {row["student"]: float(row["points"]) for row in rows if not row["check"]}
    # A spreadsheet would execute it.
    assert total["good"] == 4 and "'=1+1" in total


def test_a_key_that_does_not_pass_grades_nobody(split, tmp_path):
    key = json.loads((split / "key/lesson.ipynb").read_text())
    for c in key["cells"]:
        if graded(c) == "ex-money":
            c["source"] = c["metadata"]["reconverge"]["stub"]
    (tmp_path / "lesson.ipynb").write_text(json.dumps(key))
    ran = reconverge("grade", tmp_path, "--against", tmp_path / "lesson.ipynb", code=2)
    assert "test-money does not pass with its own solution" in ran.stderr


def test_memory_is_kept_small(tmp_path):
    many = " ".join(f"state s{i}: 0..40 = 0  action a{i} when s{i} < 40 {{ s{i} += 1 }}" for i in range(6))
    many += ' invariant sum: safety "x" { s0 + s1 + s2 + s3 + s4 + s5 < 999 }'
    test = 'check Mended { expect holds kept }\nscenario "back" on Mended { do back expect a == 1 }'
    exercise = "system Mended from Bank {\n  // your turn\n  // BEGIN SOLUTION\n  action back when a > 0 and b < 2 { a -= 1  b += 1 }\n  // END SOLUTION\n}"
    source = notebook([c for c in lesson().cells if c.id == "bank"])
    source.cells.append(cell("code", "exercise", exercise, **marked("ex", solution=True)))
    source.cells.append(cell("code", "test", test, **marked("t", grade=True, points=1)))
    reconverge("export", write(tmp_path, source), "--to", "student", "--out", tmp_path / "out")
    made = json.loads((tmp_path / "out/student/lesson.ipynb").read_text())
    for c in made["cells"]:
        if graded(c) == "ex":
            c["source"] = solution_of(exercise).replace("Bank {", f"Bank {{ {many}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/big.ipynb").write_text(json.dumps(made))
    words = ["grade", tmp_path / "in", "--against", tmp_path / "out/key", "--memory", "100", "--timeout", "60"]
    reconverge(*words, "--json", tmp_path / "g.json")
    [big] = json.loads((tmp_path / "g.json").read_text())["submissions"]
    # What needs no memory is judged all the same.
    assert big["points"] < 1 and "memory" in " ".join(big["checks"][0]["why"])


# What answers to the second exercise say.
SAYS = {"good": "a <= 2 and a + b == 2", "wrong": "a <= 2"}


def with_sentences():
    """The small lesson, and an exercise that `grade` judges."""
    made = lesson()
    exercise = "system Says from Bank {\n  // your turn\n  // BEGIN SOLUTION\n  invariant whole: safety { a + b == 2 }\n  // END SOLUTION\n}"
    made.cells += [
        cell("code", "says", exercise, **marked("ex-says", solution=True)),
        cell(
            "code", "judged", "grade Says against Bank, Broken", **marked("t-says", grade=True, locked=True, points=2)
        ),
    ]
    return made


def test_nbgrader_from_end_to_end(tmp_path):
    """With no configuration but the one that the package brings."""
    pytest.importorskip("nbgrader")
    (tmp_path / "source/ps1").mkdir(parents=True)
    write(tmp_path / "source/ps1", with_sentences())
    env = dict(os.environ, PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])

    def nbgrader(*words):
        ran = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr

    nbgrader("generate_assignment", "ps1")
    released = (tmp_path / "release/ps1/lesson.ipynb").read_bytes()
    assert [secret for secret in SECRETS if secret in released] == []
    for student, answer in (("good", GOOD), ("blank", None), ("wrong", GOOD.replace("b -= 1  a += 1", "a += 1"))):
        made = json.loads(released)
        for c in made["cells"]:
            if graded(c) == "ex-money" and answer:
                c["source"] = answer
            if graded(c) == "test-money":
                c["source"] = "1 + 1"
            if graded(c) == "ex-says" and answer:
                c["source"] = f"system Says from Bank {{ invariant mine: safety {{ {SAYS[student]} }} }}"
        (tmp_path / "submitted" / student / "ps1").mkdir(parents=True)
        (tmp_path / "submitted" / student / "ps1/lesson.ipynb").write_text(json.dumps(made))
    nbgrader("autograde", "ps1")
    nbgrader("export")
    rows = csv.DictReader((tmp_path / "grades.csv").open(newline=""))
    assert {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows} == {
        "good": (6.0, 6.0),
        "blank": (0.0, 6.0),
        "wrong": (0.0, 6.0),
    }
    nbgrader("generate_feedback", "ps1")
    assert TEST.split("\n")[0] in (tmp_path / "autograded/wrong/ps1/lesson.ipynb").read_text()


def test_a_new_course_is_handed_out_and_graded(tmp_path):
    course = tmp_path / "lessons"
    made = reconverge("new", "course", course).stdout.split()
    assert [path.removeprefix(f"{course}/") for path in made] == [
        "01-first.ipynb",
        "README.md",
        ".github/workflows/check.yml",
    ]
    told = reconverge("export", course, "--to", "student", "--out", tmp_path / "out").stderr
    assert "stands in" not in told
    handed_in = tmp_path / "handed-in"
    handed_in.mkdir()
    for name, copy_of in (("right", "key"), ("empty", "student")):
        (handed_in / f"{name}.ipynb").write_bytes((tmp_path / "out" / copy_of / "01-first.ipynb").read_bytes())
    reconverge("grade", handed_in, "--against", tmp_path / "out/key/01-first.ipynb", "--json", tmp_path / "grades.json")
    found = json.loads((tmp_path / "grades.json").read_text())
    assert {one["student"]: one["points"] for one in found["submissions"]} == {"right": 2, "empty": 0}
