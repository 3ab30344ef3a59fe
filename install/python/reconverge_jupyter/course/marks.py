"""The marks in cells: which lines are a solution.

nbgrader's own, in comments of the language: `// BEGIN SOLUTION`, `// END SOLUTION`; in checks `// BEGIN HIDDEN TESTS`. In prose, the
lines of an answer that is graded by hand.
"""

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
STUB = "// your turn"
# Of an answer in words, which somebody reads.
PROMPT = "*Your answer.*"


class Unpaired(Exception):
    """A region that is not begun or not ended; with the line, from 1."""


def stub_of(source, empty=STUB):
    """What a student gets: the source without its solutions. `empty`: what stands where nothing is left."""
    kept = _outside(source, BEGIN, END)
    return "\n".join(kept if any(line.strip() for line in kept) else [empty]).strip("\n")


def without_hidden_tests(source):
    """A check as students have it."""
    return "\n".join(_outside(source, BEGIN_HIDDEN, END_HIDDEN)).strip("\n")


def _outside(source, begin, end):
    """The lines that stand in no region."""
    kept, inside = [], 0
    for number, line in enumerate(source.split("\n"), 1):
        if begin in line:
            if inside:
                raise Unpaired(f"line {number}: {begin} inside the one of line {inside}")
            inside = number
        elif end in line:
            if not inside:
                raise Unpaired(f"line {number}: {end} without {begin}")
            inside = 0
        elif not inside:
            kept.append(line)
    if inside:
        raise Unpaired(f"line {inside}: {begin} without {end}")
    return kept


def solution_of(source):
    """The whole source, without the marks."""
    return "\n".join(line for line in source.split("\n") if BEGIN not in line and END not in line).strip("\n")


def secret_lines(source):
    """The lines of solutions that stand nowhere else in the cell: no trace of them may remain."""
    inside, secret = False, []
    for line in source.split("\n"):
        if BEGIN in line or END in line:
            inside = BEGIN in line
        elif inside and line.strip():
            secret.append(line.strip())
    return secret
