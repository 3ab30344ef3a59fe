"""Notebooks → the same with what their cells say.

Enters: a notebook, the folder that its cells may read. Leaves: a copy with fresh outputs and no times in it, or `Wrong` with
the cell and line of the first thing that nobody expected.
"""

import copy
import logging
import os

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from ..kernel import installed
from . import Trouble, Wrong
from .notebooks import called, numbered, tags

ALLOWED = "raises-exception"
LATE = {"ename": "TimeoutError", "evalue": "not done in time", "traceback": []}


class OneKernel(KernelSpecManager):
    """Knows the kernel that asked for the export, whatever Jupyter has installed."""

    def get_kernel_spec(self, kernel_name):
        program = os.environ.get("RECONVERGE_KERNEL")
        if not program:
            return super().get_kernel_spec(kernel_name)
        return KernelSpec(
            argv=[program, "kernel", "{connection_file}"],
            display_name="Reconverge",
            language="reconverge",
            interrupt_mode="message",
        )


def program():
    """The `reconverge` that executes: the one that called, else the one that Jupyter starts."""
    try:
        return installed(OneKernel())
    except NoSuchKernel:
        raise Trouble(
            "the kernel is not known to Jupyter; the package brings it: pip install --force-reinstall reconverge"
        ) from None


def lacks_rust():
    """Why cells of Rust cannot run here; `None`: they can."""
    try:
        execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%%rust\n()")]), "", ".")
    except Wrong as error:
        _, found, why = str(error).partition("NoRustCells: ")
        return why if found else None
    return None


def execute(notebook, name, folder, timeout=120, allow_errors=False):
    """`name`: what errors call it. `timeout`: seconds for a cell. `allow_errors`: they are outputs, and so are time-outs."""
    program()
    notebook = copy.deepcopy(notebook)
    at = {}
    quiet = logging.getLogger("reconverge.course")
    quiet.setLevel(logging.CRITICAL)
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="reconverge", kernel_spec_manager=OneKernel(), log=quiet),
        timeout=timeout,
        allow_errors=allow_errors,
        interrupt_on_timeout=allow_errors,
        error_on_timeout=LATE if allow_errors else None,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: at.update(index=cell_index),
    )
    client.log = quiet
    try:
        client.execute()
    except CellExecutionError as error:
        raise Wrong(f"{name}, {_where(notebook, at)}: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        words = f"{name}, {_where(notebook, at)}: not done after {timeout} s (--timeout SECONDS gives it more)"
        raise Wrong(words) from None
    except DeadKernelError:
        raise Wrong(f"{name}, {_where(notebook, at)}: the kernel died") from None
    for cell, number in numbered(notebook):
        cell.metadata.pop("execution", None)
        failed = cell.cell_type == "code" and any(o.output_type == "error" for o in cell.outputs)
        if number and not allow_errors and ALLOWED in tags(cell) and not failed:
            raise Wrong(f"{name}, {called(cell, number)}: it has the tag {ALLOWED}, and nothing failed")
    return notebook


def _where(notebook, at):
    cell, number = list(numbered(notebook))[at.get("index", 0)]
    return called(cell, number)
