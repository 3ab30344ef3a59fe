"""Sliders in a real JupyterLab: moved with the keyboard, another verdict; found again by a page that is loaded again."""

import nbformat
import pytest
from browser_support import CONTRAST, PATIENCE, LabPage, eventually, jupyter_lab, need_chromium

need_chromium()

GATE = """system Gate {
  enum Mode { strict, loose }
  param most: 1..3 = 1
  param mode: Mode = strict
  state inside: 0..3 = 0
  action enter when inside < most or mode == loose and inside < 3 { inside += 1 }
  invariant few: safety "At most one is inside." { inside <= 1 }
}"""


@pytest.fixture
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbook")
    cells = [nbformat.v4.new_code_cell(GATE), nbformat.v4.new_code_cell("%interact check Gate")]
    kernel = {"name": "reconverge", "display_name": "Reconverge", "language": "reconverge"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "gate.ipynb")
    with jupyter_lab(folder, tmp_path_factory.mktemp("home")) as (url, token):
        yield url, token


def shows(page, selector, *words):
    """Waits until an element there has all these words; fails with what it has."""
    script = "(s) => [...document.querySelectorAll(s)].map(e => e.innerText)"
    texts = eventually(lambda: page.evaluate(script, selector), lambda all: any(all_in(words, text) for text in all))
    assert any(all_in(words, text) for text in texts), texts


def all_in(words, text):
    return all(word in text for word in words)


RESULT = ".jp-RenderedReconverge"
SLIDER = ".widget-slider [role=slider]"


def test_a_moved_slider_changes_the_verdict(lab, browser):
    url, token = lab
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = context.new_page()
    opened = LabPage(page, url, token, "gate.ipynb")
    opened.run_all()
    page.wait_for_selector(SLIDER, timeout=1000 * PATIENCE)
    shows(page, RESULT, "check Gate", "holds")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        low = eventually(lambda: page.evaluate(CONTRAST, ".jp-OutputArea .widget-vbox"), lambda bad: not bad)
        assert low == []

    slider = page.locator(SLIDER)
    slider.focus()
    page.keyboard.press("ArrowRight")
    shows(page, RESULT, "check Gate(most = 2, ", "violated")
    shows(page, ".widget-html", "check Gate(most = 2)")
    assert page.evaluate("(s) => document.activeElement === document.querySelector(s)", SLIDER), "focus stays"
    page.keyboard.press("ArrowLeft")
    shows(page, RESULT, "check Gate(most = 1, mode = strict)", "holds")
    page.locator(".widget-dropdown select").select_option("loose")
    shows(page, RESULT, "mode = loose)", "violated")
    # The result is an output like others, so that it is stored.
    outputs = opened.cells()[1]["outputs"]
    assert [output["mimes"][0] for output in outputs] == ["text/plain", "text/plain"], outputs
    assert page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells[1].outputs[1].data['text/plain']"
    ).startswith("check Gate(most = 1, mode = loose)")

    opened.command("docmanager:save")
    opened = LabPage(page, url, token, "gate.ipynb", address="lab/tree/{name}?token={token}")
    opened.wait_for_kernel()
    page.wait_for_selector(SLIDER, timeout=1000 * PATIENCE)
    assert page.locator(".widget-dropdown select").input_value() == "loose"
    page.locator(".widget-dropdown select").select_option("strict")
    shows(page, ".widget-vbox " + RESULT, "check Gate(most = 1, mode = strict)", "holds")
    shows(page, ".widget-html", "loaded after the cell had run")
    assert opened.outside == [], "the page asked for something outside"
    context.close()
