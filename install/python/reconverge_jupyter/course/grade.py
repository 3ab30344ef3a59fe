"""`reconverge grade`: submissions × key → points, without anybody watching.

Enters: folders. Leaves: a table on standard output, and files for other tools. Of a submission only the cells of exercises
are taken, by their `grade_id`; all else is the key's, so that what was changed is as it was.
"""

import csv
import json
import re
import stat
import sys
import xml.etree.ElementTree as xml
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import Trouble
from .asked import Lesson, lesson, unasked
from .judge import acts, judge, members
from .marks import Unpaired, solution_of, stub_of
from .notebooks import ASKS, Part, below, marks, part, read, text
from .trial import Trial

# What defines something that later cells may need; the rest of a lesson is not executed again for each student.
DEFINES = re.compile(r"^\s*(system|extend|use|type|def)\b", re.M)
MOST_BYTES = 32 << 20
MOST_CELL = 100_000


@dataclass
class Key:
    """A key, tried: what its checks give when all is solved, and when nothing is."""

    path: Path
    cells: list
    stubs: dict
    checks: dict
    solved: dict = field(default_factory=dict)
    begun: dict = field(default_factory=dict)
    own: set = field(default_factory=set)
    solutions: dict = field(default_factory=dict)
    lesson: Lesson = field(default_factory=Lesson)

    @property
    def most(self):
        return sum(points for points, _ in self.checks.values())


@dataclass
class Graded:
    """One notebook of one student."""

    student: str
    notebook: str
    file: str
    status: str = "graded"
    points: float = 0.0
    most: float = 0.0
    checks: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def grade(arguments):
    """Exit code: 0 if every submission could be graded."""
    if not arguments.submissions.exists():
        raise Trouble(f"cannot read {arguments.submissions}: there is no such file")
    if not arguments.against.exists():
        raise Trouble(f"cannot read {arguments.against}: there is no such file")
    keys = [tried(path, arguments) for path in below(arguments.against)]
    graded = []
    for student, key, file in handed_in(arguments.submissions, keys):
        graded.append(one(student, key, file, arguments))
        tell(graded[-1])
    if not graded:
        raise Trouble(f"there are no submissions in {arguments.submissions}")
    for path, form in ((arguments.json, as_json), (arguments.csv, as_csv), (arguments.junit, as_junit)):
        if path is not None:
            path.write_text(form(graded), encoding="utf-8", newline="")
    return 0 if all(g.status == "graded" for g in graded) else 1


def tried(path, arguments):
    """Reads a key and runs it solved and unsolved; `Trouble` if it does not give full points to itself, and none to stubs."""
    notebook = read(path)
    cells, stubs, checks, exercise = [], {}, {}, []
    for cell in notebook.cells:
        role, mark = part(cell), marks(cell)
        if cell.cell_type != "code" or not text(cell.source).strip():
            continue
        cells.append(cell)
        if role is Part.EXERCISE:
            kept = cell.metadata.get("reconverge", {}).get("stub")
            try:
                stubs[mark["grade_id"]] = kept if kept is not None else stub_of(text(cell.source))
                cell.source = solution_of(text(cell.source))
            except (KeyError, Unpaired) as error:
                raise Trouble(f"{path}, {cell.get('id')}: {error}") from None
            exercise.append(mark["grade_id"])
        elif role is Part.CHECK:
            checks[mark["grade_id"]] = (mark.get("points", 0), list(exercise))
    if not checks:
        raise Trouble(f"{path} has no cell that gives points")
    key = Key(path, cells, stubs, checks)
    key.own = members(*(text(cell.source) for cell in cells if part(cell) is Part.EXERCISE))
    key.solutions = {marks(cell)["grade_id"]: text(cell.source) for cell in cells if part(cell) is Part.EXERCISE}
    files = [file for file in sorted(path.parent.rglob("*.rcv")) if file.is_file() and not file.is_symlink()]
    written = [(None, file.read_text(encoding="utf-8", errors="replace")) for file in files]
    written += [(marks(c)["grade_id"] if part(c) is Part.EXERCISE else None, text(c.source)) for c in cells]
    key.lesson = lesson(written, stubs)
    key.solved = answers(key, {}, arguments)
    key.begun = answers(key, dict(stubs), arguments)
    for grade_id, (points, _) in checks.items():
        solved, begun = key.solved[grade_id], key.begun[grade_id]
        if solved.error is not None or judge(grade_id, points, solved, solved, begun, key.own).earned < points:
            raise Trouble(
                f"{path}: {grade_id} does not pass with its own solution: {solved.error or 'nothing is judged'}"
            )
        if judge(grade_id, points, begun, solved, begun, key.own).earned > 0 or begun.error is None:
            raise Trouble(f"{path}: {grade_id} passes with the stub")
    return key


def answers(key, given, arguments):
    """What each exercise and each check says where exercises are answered so. Without an answer: the key's."""
    said = {}
    with Trial(key.path.parent, arguments.timeout, arguments.memory) as trial:
        for cell in key.cells:
            role, grade_id, code = part(cell), marks(cell).get("grade_id"), text(cell.source)
            if role is Part.EXERCISE:
                code = given.get(grade_id, code)
            elif role is Part.CODE and not DEFINES.search(code):
                continue
            result = trial.run(code if code.strip() else "// nothing")
            if role in (Part.CHECK, Part.EXERCISE):
                said[grade_id] = result
    return said


def handed_in(folder, keys):
    """(student, key, file or None), by name: STUDENT.ipynb for the only key, STUDENT/…/NOTEBOOK.ipynb for each."""
    if folder.is_file():
        yield folder.stem, keys[0], folder
        return
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            for key in keys:
                found = [
                    f
                    for f in sorted(entry.rglob(key.path.name))
                    if not any(p.startswith(".") for p in f.relative_to(entry).parts)
                ]
                others = sorted(entry.glob("*.ipynb")) if len(keys) == 1 else []
                yield entry.name, key, next(iter(found or others), None)
        elif entry.suffix == ".ipynb":
            if len(keys) > 1:
                matching = [key for key in keys if key.path.name == entry.name]
                yield entry.stem, matching[0] if matching else keys[0], entry
            else:
                yield entry.stem, keys[0], entry


def one(student, key, file, arguments):
    """Grades one submission; whatever it is, there is a result."""
    graded = Graded(student, key.path.name, str(file) if file else "", most=key.most)
    if file is None:
        graded.status = "not handed in"
        return graded
    try:
        given = taken(file, key, graded)
        wrong = {e: why for e in given if (why := unasked(key.lesson, e, given[e]))}
        # What should not be there is not tried: nothing else is judged by it.
        said = answers(key, {**given, **{e: key.stubs[e] for e in wrong}}, arguments)
        for grade_id, (points, exercises) in key.checks.items():
            # What a later answer writes anew, in a system made from this one, is its own matter.
            anew = {name for e in exercises for name in members(given[e]) - members(key.solutions[e])}
            judged = judge(grade_id, points, said[grade_id], key.solved[grade_id], key.begun[grade_id], key.own, anew)
            blank = [e for e in exercises if given[e].strip() == key.stubs[e].strip()]
            if exercises and exercises[-1] in blank:
                judged.earned, judged.why = 0.0, ["not answered"]
            elif exercises and exercises[-1] in wrong:
                judged.earned, judged.why = 0.0, [f"earns nothing: {why}" for why in wrong[exercises[-1]]]
            elif exercises and (error := said[exercises[-1]].error):
                judged.why.insert(0, f"the answer itself: {error}")
            elif exercises and acts(key.solutions[exercises[-1]]) and not acts(given[exercises[-1]]):
                judged.earned, judged.why = 0.0, ["earns nothing: the answer writes nothing and sends nothing"]
            graded.checks.append(judged)
            graded.points += judged.earned
    except Unreadable as error:
        graded.status, graded.notes = "unreadable", [str(error)]
    except Exception as error:  # whatever it is, the next one is graded
        graded.status, graded.notes = "not graded", [f"{type(error).__name__}: {error}"]
    graded.points = round(graded.points, 2)
    return graded


class Unreadable(Exception):
    """A submission that is no notebook."""


def taken(file, key, graded):
    """The answers in a submission, by `grade_id`; notes what else was changed."""
    cells = _cells(file)
    answers_, seen = {}, set()
    locked = {marks(c).get("grade_id"): text(c.source) for c in key.cells if part(c) is Part.CHECK}
    # Where a prediction is asked for, it is theirs to write.
    given = {
        c.id: text(c.source) for c in key.cells if part(c) is Part.CODE and c.get("id") and not ASKS.search(c.source)
    }
    for cell in cells:
        mark = cell.get("metadata", {}).get("nbgrader", {}) if isinstance(cell.get("metadata"), dict) else {}
        grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if not isinstance(source, str):
            continue
        if not isinstance(grade_id, str):
            ident = cell.get("id")
            if isinstance(ident, str) and ident in given and source.strip() != given[ident].strip():
                graded.notes.append(f"the cell {ident} was changed, and restored")
            continue
        if grade_id in seen:
            graded.notes.append(f"{grade_id} is there more than once: the first one counts")
            continue
        seen.add(grade_id)
        if grade_id in key.stubs:
            if len(source) > MOST_CELL:
                graded.notes.append(f"{grade_id} is longer than {MOST_CELL} characters and is not read")
                source = key.stubs[grade_id]
            answers_[grade_id] = source
        elif grade_id in locked and source.strip() != locked[grade_id].strip():
            graded.notes.append(f"{grade_id} was changed, and restored")
    for grade_id in locked:
        if grade_id not in seen:
            graded.notes.append(f"{grade_id} was removed, and restored")
    for grade_id, stub in key.stubs.items():
        if grade_id not in answers_:
            graded.notes.append(f"{grade_id} is not there")
            answers_[grade_id] = stub
    return answers_


def _cells(file):
    """Of a file that may be anything: only a regular one is opened, only so much is read, nothing in it is believed."""
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is no ordinary file")
        if found.st_size > MOST_BYTES:
            raise Unreadable(f"it has {found.st_size} bytes, more than {MOST_BYTES}")
        notebook = json.loads(file.read_bytes())
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"it is no notebook: {type(error).__name__}: {str(error)[:200]}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("it has no cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def tell(graded):
    points = f"{graded.points:g} of {graded.most:g}"
    print(
        f"{graded.student:24} {graded.notebook:28} {points:>12}  {graded.status if graded.status != 'graded' else ''}".rstrip()
    )
    for check in graded.checks:
        if check.earned < check.points:
            print(
                f"    {check.grade_id}: {check.earned:g} of {check.points:g}"
                + "".join(f"\n      {why}" for why in check.why)
            )
    for note in graded.notes:
        print(f"    {note}")
    sys.stdout.flush()


def as_json(graded):
    told = {"version": 1, "submissions": [asdict(g) for g in graded]}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def as_csv(graded):
    import io

    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["student", "notebook", "check", "points", "most", "status", "why"])
    for g in graded:
        for check in g.checks:
            rows.writerow(
                [
                    _plain(g.student),
                    g.notebook,
                    check.grade_id,
                    check.earned,
                    check.points,
                    g.status,
                    _plain("; ".join(check.why)),
                ]
            )
        rows.writerow([_plain(g.student), g.notebook, "", g.points, g.most, g.status, _plain("; ".join(g.notes))])
    return out.getvalue()


def _plain(words):
    """Spreadsheets execute what begins like a formula."""
    return "'" + words if words[:1] in "=+-@\t\r" and words else words


def as_junit(graded):
    suites = xml.Element("testsuites", name="reconverge grade")
    for g in graded:
        bad = sum(check.earned < check.points for check in g.checks)
        suite = xml.SubElement(
            suites,
            "testsuite",
            name=f"{g.student} {g.notebook}",
            tests=str(max(1, len(g.checks))),
            failures=str(bad),
            errors=str(int(g.status != "graded")),
        )
        for check in g.checks:
            case = xml.SubElement(suite, "testcase", classname=_clean(g.student), name=check.grade_id)
            if check.earned < check.points:
                said = f"{check.earned:g} of {check.points:g} points"
                xml.SubElement(case, "failure", message=said).text = _clean("\n".join(check.why))
        if g.status != "graded":
            case = xml.SubElement(suite, "testcase", classname=_clean(g.student), name=g.notebook)
            xml.SubElement(case, "error", message=g.status).text = _clean("\n".join(g.notes))
    xml.indent(suites)
    return xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _clean(words):
    """XML knows no control characters, even escaped."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "�", words)
