"""Pages whose cells are changed and run in them, from files and without a network."""

import re
import time

import bs4
import nbformat
import pytest
from browser_support import CONTRAST, PATIENCE, need_chromium
from course_support import BROKEN, LIES_ON, cell, engine, lesson, reconverge, write
from explorer_support import axe_source

need_chromium()
if not engine():
    pytest.skip("the engine for pages was not built (install/live)", allow_module_level=True)

# In the page it takes minutes; when the page is written, a moment.
SLOW = """use "counters.rcv"
check Counters(most = 3)"""
COUNTERS = """system Counters {
  param most: 1..60 = 3
  node Counter[4] { n: 0..most = 0  m: 0..most = 0 }
  action up at c in Counter when c.n < most { c.n += 1 }
  action more at c in Counter when c.m < most { c.m += 1 }
  invariant few: safety "Counters end." { all c in Counter: c.n <= most }
}
"""
MENDED = BROKEN.replace("{ b += 1 }", "{ a -= 1  b += 1 }").replace("violated", "holds")


def written(folder, *cells):
    made = lesson()
    made.cells[-1:-1] = cells
    (folder / "counters.rcv").write_text(COUNTERS)
    return write(folder, made)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    source = written(
        folder,
        cell("code", "slow", SLOW),
        cell("code", "rust", "%%rust\nno Rust", tags=["raises-exception"]),
        cell("code", "wrong", "check Nobody", tags=["raises-exception"]),
    )
    reconverge("export", source, "--to", "html", "--live", "--out", folder / "out")
    return folder / "out" / "lesson.html"


@pytest.fixture
def opened(browser, made):
    contexts = []

    def open_it(width=1440, scheme="light", path=made, **options):
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.wrong = []
        page.on("pageerror", lambda e: page.wrong.append(str(e)))
        own = ("file:", "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(own) else page.wrong.append(r.url))
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


def run(page, name):
    """Presses Run and waits until it may be pressed again; what is shown, as text."""
    section = page.locator(f"#cell-{name}")
    section.get_by_role("button", name=re.compile("^Run")).click()
    page.wait_for_function("n => document.getElementById(`cell-${n}`).getAttribute('aria-busy') === 'false'", arg=name)
    outputs = section.locator(".live-shown > .output")
    return "".join(outputs.nth(i).text_content() for i in range(outputs.count()))


def type_in(page, name, text):
    page.locator(f"#cell-{name} textarea").fill(text)


def squeezed(text):
    return "".join(text.split())


def test_a_changed_mapping_gets_the_kernels_own_verdict(opened, tmp_path):
    source = written(tmp_path)
    notebook = nbformat.read(source, as_version=4)
    [changed] = [c for c in notebook.cells if c.get("id") == "broken"]
    changed.source = MENDED
    nbformat.write(notebook, source)
    reconverge("export", source, "--to", "ipynb", "--out", tmp_path / "out")
    executed = nbformat.read(tmp_path / "out" / "lesson.ipynb", as_version=4)
    [cell_of_kernel] = [c for c in executed.cells if c.get("id") == "broken"]
    html = bs4.BeautifulSoup("".join(o.data["text/html"] for o in cell_of_kernel.outputs), "html.parser")
    for style in html.select("style"):
        style.decompose()

    page = opened()
    assert "1 violated" in run(page, "broken")
    type_in(page, "broken", MENDED)
    assert squeezed(run(page, "broken")) == squeezed(html.get_text())
    assert "3 distinct states" in html.get_text()
    # As it was written.
    page.locator("#cell-broken").get_by_role("button", name="Reset").click()
    assert page.locator("#cell-broken textarea").input_value() == BROKEN
    assert page.locator("#cell-broken > .output").first.is_visible()
    assert page.wrong == []


def test_a_cell_sees_what_those_above_it_define_now(opened, made):
    page = opened()
    spans = "e => [...e.querySelectorAll('span')].map(s => s.className + ' ' + s.textContent).filter(s => s.trim())"
    soup = bs4.BeautifulSoup(made.read_text(), "html.parser")
    colours = [
        " ".join([*s.get("class", []), s.get_text()])
        for s in soup.select("#cell-bank pre span")
        if s.get_text().strip()
    ]
    assert page.locator("#cell-bank pre").evaluate(spans) == colours
    bank = page.locator("#cell-bank textarea")
    bank.fill(bank.input_value().replace("state a: 0..2 = 2", "state a: 0..2 = 1"))
    page.locator("#cell-broken textarea").press("Shift+Enter")
    page.locator("#cell-broken .live-shown .output").first.wait_for()
    assert "initial state" in page.locator("#cell-broken .live-shown").text_content()
    assert "Bank defined" in page.locator("#cell-bank .live-shown").text_content()
    # An exercise is failed as it stands, and passed once it is done; its solution stays where it was.
    assert "unknown action `back`" in run(page, "test")
    solution = page.locator("#cell-exercise details.answer .highlight").text_content()
    bank.fill(bank.input_value().replace("state a: 0..2 = 1", "state a: 0..2 = 2"))
    type_in(page, "exercise", solution)
    done = run(page, "test")
    assert "it comes back" in done and "✗" not in done and "E0" not in done
    assert page.wrong == []


def test_runs_are_explored_and_errors_are_told(opened):
    page = opened()
    shown = run(page, "broken")
    assert "✗ violated" in shown
    assert page.locator("#cell-broken .live-shown .rcv-live").is_visible()
    assert "E0" in run(page, "wrong")
    assert page.locator("#cell-wrong .output.wrong .ansi-bold").count() > 0
    # Rust is the kernel's.
    assert page.locator("#cell-rust .live-bar").count() == 0
    assert page.wrong == []


def test_what_takes_long_tells_how_far_it_is_and_can_be_stopped(opened):
    page = opened()
    section = page.locator("#cell-slow")
    type_in(page, "slow", SLOW.replace("= 3", "= 60"))
    section.get_by_role("button", name=re.compile("^Run")).click()
    status = section.get_by_role("status")
    page.wait_for_function("e => /states/.test(e.textContent)", arg=status.element_handle())
    began = time.monotonic()
    section.get_by_role("button", name=re.compile("^Stop")).click()
    page.wait_for_function("e => /^Stopped/.test(e.textContent)", arg=status.element_handle())
    assert time.monotonic() - began < 10
    # What ran before is there again in a new worker.
    type_in(page, "slow", SLOW.replace("= 3", "= 2"))
    assert "6,561 distinct states" in run(page, "slow")
    assert "true in every state" in page.locator("#cell-slow .live-shown").text_content()
    assert page.wrong == []


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_it_is_readable_in_both_themes(opened, width):
    for scheme in ("light", "dark"):
        page = opened(width, scheme)
        run(page, "broken")
        page.evaluate(axe_source())
        found = page.evaluate(
            """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
                 .filter(v => ['serious', 'critical'].includes(v.impact))
                 .map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])"""
        )
        assert found == []
        assert page.evaluate(CONTRAST, ".live-bar,.live-shown") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(LIES_ON)


def test_without_scripts_it_is_the_page_as_ever(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("textarea, .live-bar").count() == 0
    assert page.locator("#cell-broken .output").first.is_visible()


def test_what_is_no_page_is_not_live(tmp_path):
    ran = reconverge("export", write(tmp_path, lesson()), "--to", "pdf", "--live", code=2)
    assert "--live" in ran.stderr


def test_without_the_engine_it_is_said_how_it_is_got(tmp_path, monkeypatch):
    from reconverge_jupyter.course import Trouble, live

    monkeypatch.setattr(live, "HERE", tmp_path / "course")
    with pytest.raises(Trouble, match="install/live"):
        live.module()
