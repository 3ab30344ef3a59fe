"""The marks in cells: which lines are a solution.

nbgrader's own, in comments of the language: `// BEGIN SOLUTION`, `// END SOLUTION`.
"""

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
STUB = "// your turn"


class Unpaired(Exception):
    """A region that is not begun or not ended; with the line, from 1."""


def stub_of(source):
    """What a student gets: the source without its solutions."""
    kept, inside = [], 0
    for number, line in enumerate(source.split("\n"), 1):
        if BEGIN in line:
            if inside:
                raise Unpaired(f"line {number}: {BEGIN} inside the one of line {inside}")
            inside = number
        elif END in line:
            if not inside:
                raise Unpaired(f"line {number}: {END} without {BEGIN}")
            inside = 0
        elif not inside:
            kept.append(line)
    if inside:
        raise Unpaired(f"line {inside}: {BEGIN} without {END}")
    if not any(line.strip() for line in kept):
        kept = [STUB]
    return "\n".join(kept).strip("\n")


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
