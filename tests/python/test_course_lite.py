"""A course as a static folder: JupyterLite with the kernel in the page, in a real browser, asking nobody else."""

import functools
import http.server
import json
import subprocess
import sys
import threading

import pytest
from browser_support import LabPage, eventually, need_chromium
from course_support import BROKEN, engine, lesson, write

need_chromium()
pytest.importorskip("jupyterlite_core")
if not engine():
    pytest.skip("the engine for pages was not built (install/live)", allow_module_level=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of the folder, on a server that only reads files."""
    folder = tmp_path_factory.mktemp("lite")
    (folder / "lessons").mkdir()
    write(folder / "lessons", lesson())
    shown = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"exposeAppInBrowser": True}}
    (folder / "jupyter-lite.json").write_text(json.dumps(shown))
    words = ["build", "--contents", "lessons", "--output-dir", "out", "--apps", "lab", "--no-sourcemaps"]
    command = [sys.executable, "-m", "jupyterlite_core", *words, "--no-unused-shared-packages"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    handler = functools.partial(Quiet, directory=str(folder / "out"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_cells_run_in_the_page(browser, served):
    page = browser.new_page()
    lab = LabPage(page, served, "", "lesson.ipynb", "lab/index.html?path={name}")
    page.wait_for_selector(".jp-Toolbar-kernelName:has-text('Reconverge')")
    lab.run_all()

    def outputs():
        return page.evaluate(
            """() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
                 .filter((c) => c.cell_type === "code").map((c) => [c.execution_count, c.outputs]))"""
        )

    assert "1 violated" in eventually(outputs, lambda text: "it comes back" in text)
    assert "application/vnd.reconverge+json" in outputs() and "rcv-run" in outputs()
    # A cell that is changed is checked again, and what is wrong is told as an error.
    page.evaluate(
        """(code) => { const cells = window.jupyterapp.shell.currentWidget.content;
             cells.activeCellIndex = cells.widgets.findIndex((c) => c.model.type === "code" && c.model.sharedModel.getSource().includes("Broken"));
             cells.activeCell.model.sharedModel.setSource(code); }""",
        BROKEN.replace("{ b += 1 }", "{ a -= 1  b += 1 }"),
    )
    lab.command("notebook:run-cell")
    assert "E0510" in eventually(outputs, lambda text: '"output_type":"error"' in text)
    assert lab.outside == []
    page.close()
