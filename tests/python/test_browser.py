"""The notebooks in a real JupyterLab and as exported pages in a real Chromium: light and dark, trusted and not."""

import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from browser_support import CONTRAST, ROOT, TRUSTED, LabPage, eventually, jupyter_lab, need_chromium

NOTEBOOKS = sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
# Together they have every kind of output; what is looked at here is how a kind is shown, and it takes its time.
SHOWN = [name for name in NOTEBOOKS if name[:2] in ("01", "04", "07")]

need_chromium()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbook")
    for name in NOTEBOOKS:
        shutil.copy(ROOT / "notebooks" / name, folder / name)
        notebook = nbformat.read(folder / name, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / f"cleared-{name}")
    shutil.copy(folder / f"cleared-{NOTEBOOKS[0]}", folder / "wrong.ipynb")
    wrong = nbformat.read(folder / "wrong.ipynb", as_version=4)
    wrong.cells = [nbformat.v4.new_code_cell("system A { stat x: 0..3 = 0 }")]
    nbformat.write(wrong, folder / "wrong.ipynb")
    with jupyter_lab(folder, tmp_path_factory.mktemp("home")) as (url, token):
        yield folder, url, token


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = context.new_page()
    yield page
    context.close()


def images(page, selector):
    """(alt, loaded) of every image below `selector`, once there is one and all are loaded."""
    script = "(s) => [...document.querySelectorAll(s + ' img')].map(i => [i.alt, i.complete && i.naturalWidth > 0])"
    return eventually(
        lambda: page.evaluate(script, selector), lambda shown: shown and all(loaded for _, loaded in shown)
    )


def low_contrast(page):
    """Outputs that are hard to read, once the style sheets of the theme are in force."""
    return eventually(lambda: page.evaluate(CONTRAST, ".jp-OutputArea .jp-RenderedHTMLCommon"), lambda bad: not bad)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_in_lab(lab, page, name):
    _, url, token = lab
    opened = LabPage(page, url, token, f"cleared-{name}")
    opened.run_all()
    code = [c for c in opened.cells() if c["type"] == "code"]
    # A cell that another offers as the next one (`save as scenario`) is there, and nobody has run it.
    cells = nbformat.read(ROOT / "notebooks" / name, as_version=4).cells
    written = sum(cell.cell_type == "code" for cell in cells)
    assert [c["count"] for c in code if c["count"] is not None] == list(range(1, written + 1))
    assert [o["ename"] for c in code for o in c["outputs"] if o["type"] == "error"] == []
    assert all("text/html" in o["mimes"] for c in code for o in c["outputs"] if o["type"] != "error"), (
        "no page came out"
    )
    shown = images(page, ".jp-OutputArea")
    spans = "() => [...document.querySelectorAll('.jp-CodeCell .cm-line span')].length"
    assert eventually(lambda: page.evaluate(spans), lambda n: n > 20) > 20, "code cells are not highlighted"
    assert shown and all(loaded for _, loaded in shown)
    assert all(alt for alt, _ in shown), "a picture has no text alternative"
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        assert low_contrast(page) == []
    assert opened.outside == [], "the page asked for something outside"


def test_an_error_can_be_read_in_light_and_dark(lab, page):
    _, url, token = lab
    opened = LabPage(page, url, token, "wrong.ipynb")
    opened.wait_for_kernel()
    opened.command("notebook:run-all-cells")
    words = "() => document.querySelector('.jp-OutputArea')?.textContent ?? ''"
    assert "E0101" in eventually(lambda: page.evaluate(words), lambda text: "E0101" in text)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        assert eventually(lambda: page.evaluate(CONTRAST, ".jp-OutputArea"), lambda bad: not bad) == []


def test_run_all_stops_at_an_error(lab, page):
    """All cells are sent before the error can be seen: of those behind it none runs, however quick the kernel is."""
    folder, url, token = lab
    notebook = nbformat.read(folder / NOTEBOOKS[0], as_version=4)
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in ["nowhere", *map(str, range(20))]]
    nbformat.write(notebook, folder / "failing.ipynb")
    opened = LabPage(page, url, token, "failing.ipynb")
    for _ in range(8):
        opened.run_all()
        shown = eventually(lambda: [len(cell["outputs"]) for cell in opened.cells()], lambda shown: shown[0])
        assert shown == [1, *[0] * 20]
        # No person asks again before the error can be read.
        time.sleep(0.5)


def test_what_comes_out_of_a_prediction_is_seen_once_it_was_run(lab, page):
    _, url, token = lab
    [name] = [name for name in NOTEBOOKS if name.startswith("04")]
    opened = LabPage(page, url, token, name)
    hidden = """() => window.jupyterapp.shell.currentWidget.content.widgets
      .filter((cell) => cell.model.type === 'code' && cell.outputHidden).map((cell) => cell.model.id)"""
    asked = ["sweep-window", "sweep-cassandra"]
    assert eventually(lambda: page.evaluate(hidden), lambda ids: ids == asked) == asked
    opened.run_all()
    assert eventually(lambda: page.evaluate(hidden), lambda ids: ids == []) == []


@pytest.mark.parametrize("name", SHOWN)
def test_stored_outputs_are_readable_untrusted(lab, page, name):
    _, url, token = lab
    LabPage(page, url, token, name)
    shown = images(page, ".jp-OutputArea")
    assert shown and all(loaded and alt for alt, loaded in shown)
    assert page.evaluate(TRUSTED) is False, "the notebook was trusted after all"


@pytest.mark.parametrize(("theme", "scheme"), [("light", "light"), ("dark", "normal")])
def test_pictures_on_a_stock_page_look_as_the_page_does(browser, tmp_path, theme, scheme):
    """It is light whatever the system prefers, and says nothing of that to what stands on it."""
    to = ["--to", "html", f"--HTMLExporter.theme={theme}", "--output-dir", tmp_path, "--output", "page.html"]
    source = ROOT / "notebooks" / SHOWN[1]
    subprocess.run([sys.executable, "-m", "nbconvert", *to, source], check=True, capture_output=True)
    context = browser.new_context(color_scheme="dark", offline=True)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    looks = page.locator("img.rcv-picture").first.evaluate("e => getComputedStyle(e).colorScheme")
    assert looks.split()[0] == scheme
    context.close()


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported_page(browser, tmp_path, name, scheme):
    theme = ["--HTMLExporter.theme=dark"] if scheme == "dark" else []
    subprocess.run(
        [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "html",
            *theme,
            "--output-dir",
            str(tmp_path),
            str(ROOT / "notebooks" / name),
        ],
        check=True,
        capture_output=True,
    )
    context = browser.new_context(viewport={"width": 1100, "height": 1400}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.goto((tmp_path / name.replace(".ipynb", ".html")).as_uri(), wait_until="domcontentloaded")
    shown = images(page, ".jp-OutputArea")
    assert shown and all(loaded and alt for alt, loaded in shown)
    assert low_contrast(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth + 20"), (
        "wider than the window"
    )
    assert page.locator(".highlight .kd").count() > 0, "exported code is not highlighted"
    context.close()
