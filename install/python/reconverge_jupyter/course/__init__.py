"""Course material from notebooks: pages, slides, PDF, a site, copies for students, grades.

`reconverge export` and `reconverge grade` call this; nbconvert and JupyterLab find the exporters by their entry points.
Nothing here reads the language: what cells mean, the kernel says.
"""


class Trouble(Exception):
    """What keeps a command from being carried out, in words. Exit code 2."""


class Wrong(Exception):
    """What a notebook did that nobody expected, with its cell and line. Exit code 1."""
