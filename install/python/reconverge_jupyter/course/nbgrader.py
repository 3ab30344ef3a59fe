"""Reconverge in nbgrader: what stands in place of solutions, which cells students never see, and what is no success.

nbgrader's own marks (`BEGIN SOLUTION`, `END SOLUTION`) are looked for anywhere in a line, so comments of the language do.
"""

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_output

from .notebooks import REPORT, Part, part

STUB = "// YOUR ANSWER HERE"
# Seconds for a cell of a submission.
TIMEOUT = 60


class LeaveOut(Preprocessor):
    """Leaves out what is for teachers, and solutions in prose."""

    enabled = True

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if part(cell) not in (Part.INSTRUCTOR, Part.SOLUTION)]
        return nb, resources


class Missed(Preprocessor):
    """A `grade` that does not come out as it should is an answer, and no error of its cell; nbgrader looks for errors only."""

    enabled = True

    def preprocess_cell(self, cell, resources, index):
        outputs = cell.get("outputs", [])
        reports = [output.get("data", {}).get(REPORT, {}) for output in outputs]
        against = [of for report in reports if report.get("report") == "grade" for of in report["against"]]
        words = [f"{of['system']}: {of.get('why', 'it was not judged')}" for of in against if not of["passed"]]
        if words and not any(output.output_type == "error" for output in outputs):
            outputs.append(new_output("error", ename="Missed", evalue="; ".join(words), traceback=words))
        return cell, resources


def configure(config):
    """`config`: what `get_config()` gives in a file of nbgrader's; other languages stay as they are."""
    from nbgrader.converters import Autograde, GenerateAssignment
    from nbgrader.preprocessors import ClearSolutions, Execute

    # Whole values: it reads this option before additions to its default are made.
    config.ClearSolutions.code_stub = {**ClearSolutions().code_stub, "reconverge": STUB}
    config.GenerateAssignment.preprocessors = [LeaveOut, *GenerateAssignment.preprocessors.default()]
    steps = list(Autograde.autograde_preprocessors.default())
    steps.insert(steps.index(Execute) + 1, Missed)
    config.Autograde.autograde_preprocessors = steps
    config.ExecutePreprocessor.timeout = TIMEOUT
    config.ExecutePreprocessor.interrupt_on_timeout = True
