"""The cells of a notebook, one after another, in a kernel that may hang, crash or take all it can get.

Enters: texts of cells. Leaves: for each the reports and the error that it gave, or why there are none. Whatever a text does,
this goes on: a cell that takes too long is interrupted, a kernel that does not answer is ended and begun anew, with the
cells before that worked.
"""

import logging
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from . import Trouble
from .execute import program
from .notebooks import REPORT

# Seconds for what should take none: to start, to answer an interrupt.
PATIENCE = 30
AFTER_INTERRUPT = 5
# Bytes of outputs of one cell, and how often a kernel is begun anew.
MOST_OUTPUT = 32 << 20
MOST_RESTARTS = 8
STARTS = 4
# A result takes the place of the progress that was shown before it.
SHOWS = ("display_data", "update_display_data", "execute_result")


@dataclass
class Said:
    """What one cell gave. `error`: None, or its words; `lost`: the kernel gave no answer; `cut`: it was interrupted."""

    reports: list = field(default_factory=list)
    error: str | None = None
    lost: bool = False
    cut: bool = False


class _Limited(KernelSpecManager):
    memory = 2048

    def get_kernel_spec(self, kernel_name):
        limits = [sys.executable, "-m", "reconverge_jupyter.course.limits", str(self.memory)]
        argv = [*limits, program(), "kernel", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Reconverge", language="reconverge", interrupt_mode="message")


class Trial:
    """One notebook's worth of cells. Use as a context; `files`: the folder of which cells may read the mappings."""

    def __init__(self, files, timeout=30, memory=2048):
        self.files, self.timeout, self.memory = Path(files), timeout, memory
        self.restarts, self.kept = 0, []
        self.manager = self.client = None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="reconverge-trial-")
        room = Path(self.folder.name)
        for file in sorted(self.files.rglob("*.rcv")):
            if file.is_file() and not file.is_symlink():
                to = room / "work" / file.relative_to(self.files)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, to)
        (room / "work").mkdir(exist_ok=True)
        (room / "tmp").mkdir()
        self._start()
        return self

    def __exit__(self, *_):
        self._stop()
        self.folder.cleanup()

    def _start(self):
        """Another process may take a port before the kernel does: it is tried again."""
        for attempt in range(STARTS):
            try:
                return self._begin()
            except RuntimeError:
                self._stop()
                if attempt == STARTS - 1:
                    raise Trouble(
                        f"the kernel does not start with {self.memory} MB (--memory MB gives it more)"
                    ) from None

    def _begin(self):
        quiet = logging.getLogger("reconverge.trial")
        quiet.setLevel(logging.CRITICAL + 1)
        quiet.propagate = False
        manager = KernelManager(kernel_name="reconverge", kernel_spec_manager=_Limited(), log=quiet)
        manager.kernel_spec_manager.memory = self.memory
        room = Path(self.folder.name)
        # Arenas that are only reserved count as memory too.
        env = {"PATH": "/usr/bin:/bin", "TMPDIR": str(room / "tmp"), "MALLOC_ARENA_MAX": "2"}
        self.manager = manager
        manager.start_kernel(cwd=str(room / "work"), env=env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def _stop(self):
        if self.client is not None:
            self.client.stop_channels()
        if self.manager is not None and self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager = self.client = None

    def run(self, code):
        """What a cell gives. What worked is said again to a kernel that takes the place of this one."""
        if self.manager is None:
            return Said(error="not tried: the kernel was lost too often", lost=True)
        said = self._ask(code, self.timeout)
        if not said.lost:
            self.kept.append(code)
            return said
        self._stop()
        self.restarts += 1
        if self.restarts <= MOST_RESTARTS:
            try:
                self._start()
                if any(self._ask(before, self.timeout).lost for before in self.kept):
                    self._stop()
            except Trouble:
                self._stop()
        return said

    def _ask(self, code, timeout):
        said, client = Said(), self.client
        ident = client.execute(code, store_history=True, stop_on_error=False)
        deadline, heard, interrupted = time.monotonic() + timeout, 0, None
        while True:
            try:
                message = client.get_iopub_msg(timeout=max(0.05, min(0.5, deadline - time.monotonic())))
            except Empty:
                message = None
            if message is None and not self.manager.is_alive():
                said.error, said.lost = "the kernel died: it crashed, or wanted more memory than it may have", True
                return said
            if time.monotonic() > deadline:
                if interrupted is not None:
                    said.error, said.lost = interrupted, True
                    return said
                interrupted = f"not done after {timeout} s"
                self.manager.interrupt_kernel()
                deadline = time.monotonic() + AFTER_INTERRUPT
            if message is None or message["parent_header"].get("msg_id") != ident:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                if interrupted:
                    said.error, said.cut = interrupted, True
                return said
            if kind == "error":
                said.error = f"{content['ename']}: {content['evalue']}"
            elif kind in SHOWS:
                heard += sum(len(str(data)) for data in content["data"].values())
                if heard > MOST_OUTPUT and interrupted is None:
                    interrupted = "it says more than can be read"
                    self.manager.interrupt_kernel()
                    deadline = time.monotonic() + AFTER_INTERRUPT
                elif report := content["data"].get(REPORT):
                    said.reports.append(report)
