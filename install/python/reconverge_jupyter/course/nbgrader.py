"""Reconverge in nbgrader: what stands in place of solutions, and which cells students never see.

nbgrader's own marks (`BEGIN SOLUTION`, `END SOLUTION`) are looked for anywhere in a line, so comments of the language do.
"""

from nbconvert.preprocessors import Preprocessor

from .notebooks import Part, part

STUB = "// YOUR ANSWER HERE"
# Seconds for a cell of a submission.
TIMEOUT = 60


class LeaveOut(Preprocessor):
    """Leaves out what is for teachers, and solutions in prose."""

    enabled = True

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if part(cell) not in (Part.INSTRUCTOR, Part.SOLUTION)]
        return nb, resources


def configure(config):
    """`config`: what `get_config()` gives in a file of nbgrader's; other languages stay as they are."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import ClearSolutions

    # Whole values: it reads this option before additions to its default are made.
    config.ClearSolutions.code_stub = {**ClearSolutions().code_stub, "reconverge": STUB}
    config.GenerateAssignment.preprocessors = [LeaveOut, *GenerateAssignment.preprocessors.default()]
    config.ExecutePreprocessor.timeout = TIMEOUT
    config.ExecutePreprocessor.interrupt_on_timeout = True
