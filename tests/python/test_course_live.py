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


WRONG = "this is wrong"
STALE = ".live-stale:not([hidden])"


def test_below_an_error_nothing_is_run(opened):
    page = opened()
    bank = page.locator("#cell-bank textarea")
    right = bank.input_value()
    below = page.locator("#cell-broken")
    status = below.get_by_role("status")
    type_in(page, "broken", MENDED)
    assert "1 holds" in run(page, "broken")
    assert below.locator(STALE).count() == 0
    # What is shown was right for what stood above: it says so as soon as that changes, in all cells below.
    type_in(page, "bank", WRONG)
    assert "earlier text of cell 1" in below.locator(STALE).text_content()
    assert page.locator("#cell-test").locator(STALE).count() == page.locator("#cell-bank").locator(STALE).count() == 1
    assert "cell 1" in page.locator("#cell-test").locator(STALE).text_content()
    # And what has an error leaves nothing to be checked, whether it is run for the cell, or was, or ran by itself.
    for _ in range(2):
        assert run(page, "broken") == ""
        assert status.text_content() == "Not run: cell 1 above has an error."
        assert below.locator(".output:visible").count() == below.locator(STALE).count() == 0
        assert "E0101" in page.locator("#cell-bank .live-shown").text_content()
    type_in(page, "bank", right)
    run(page, "bank")
    assert status.text_content() == ""
    type_in(page, "bank", WRONG)
    run(page, "bank")
    assert run(page, "broken") == ""
    # What was written can be had again, and says what it is.
    below.get_by_role("button", name="Reset").click()
    assert below.locator("> .output").first.is_visible()
    assert "earlier text of cell 1" in below.locator(STALE).text_content()
    type_in(page, "bank", right)
    assert below.locator(STALE).count() == 0
    type_in(page, "broken", MENDED)
    assert "1 holds" in run(page, "broken")
    assert status.text_content() == ""
    # A system that is gone without an error is gone, too.
    type_in(page, "bank", right.replace("system Bank", "system Till"))
    assert "unknown system `Bank`" in run(page, "broken")
    assert page.wrong == []


def test_what_has_an_error_as_it_was_written_stops_nothing(opened):
    page = opened()
    # The exercise is not done, so its check has one; neither that nor a cell that shows one keeps those below from running.
    type_in(page, "slow", SLOW.replace("= 3", "= 2"))
    assert "6,561 distinct states" in run(page, "slow")
    type_in(page, "wrong", "check Bank { expect violated kept }")
    assert "is not met" in run(page, "wrong")
    # Nor does an expectation that is not met, for what is defined stands.
    type_in(page, "bank", page.locator("#cell-bank textarea").input_value() + "\ncheck Bank { expect violated kept }")
    type_in(page, "broken", MENDED)
    assert "1 holds" in run(page, "broken")
    assert "is not met" in page.locator("#cell-bank .live-shown").text_content()
    assert page.wrong == []


def test_what_was_mended_and_is_reset_is_wrong_again(opened, tmp_path):
    source = written(
        tmp_path,
        cell("code", "late", "system Late { state a: Nothing = 0 }", tags=["raises-exception"]),
        cell("code", "asks", "check Late", tags=["raises-exception"]),
    )
    reconverge("export", source, "--to", "html", "--live", "--out", tmp_path / "out")
    page = opened(path=tmp_path / "out" / "lesson.html")
    assert "unknown system `Late`" in run(page, "asks")
    type_in(page, "late", "system Late { state a: 0..2 = 0  invariant low: safety { a <= 2 } }")
    assert "1 holds" in run(page, "asks")
    page.locator("#cell-late").get_by_role("button", name="Reset").click()
    assert "earlier text of cell 5" in page.locator("#cell-asks").locator(STALE).text_content()
    assert "unknown system `Late`" in run(page, "asks")
    assert page.locator(STALE).count() == 0
    assert page.wrong == []


# How many nodes come into what is shown of a cell while something is done with what is typed.
COUNTED = """([area, doing]) => {
  const pre = area.closest(".live-sheet").querySelector("pre");
  const seen = new MutationObserver(() => {});
  seen.observe(pre, { childList: true, subtree: true, characterData: true });
  area.focus();
  new Function("area", doing)(area);
  const records = seen.takeRecords();
  seen.disconnect();
  return records.reduce((sum, record) => sum + record.addedNodes.length, 0);
}"""


def test_a_long_cell_is_coloured_line_by_line(opened):
    page = opened()
    line = "do look at counter1 // a comment\n"
    whole = line * 300

    def counted(name, doing):
        return page.evaluate(COUNTED, [page.locator(f"#cell-{name} textarea").element_handle(), doing])

    def shown(name):
        spans = "e => [...e.childNodes].map(n => [n.className ?? '', n.textContent])"
        return page.locator(f"#cell-{name} .live-sheet pre").evaluate(spans)

    def put(name, text):
        return counted(name, f"area.select(); document.execCommand('insertText', false, {text!r})")

    def at_once(name, text):
        return counted(name, f"area.value = {text!r}; area.dispatchEvent(new Event('input'))")

    once = at_once("slow", line)
    # A browser tells of each line that is inserted, and of each end of a line.
    assert put("broken", whole) <= 3 * once * 300
    assert page.locator("#cell-broken textarea").input_value() == whole
    at_once("slow", whole)
    assert shown("broken") == shown("slow")
    # A key: its line. Enter: two; and what takes lines away brings none of the others.
    at = f"area.setSelectionRange({150 * len(line)}, {150 * len(line)});"
    assert 0 < counted("broken", f"{at} document.execCommand('insertText', false, '\"')") <= once + 2
    assert 0 < counted("broken", f"{at} document.execCommand('insertText', false, '\\n')") <= 2 * once
    across = f"area.setSelectionRange({20 * len(line) + 5}, {120 * len(line) + 7});"
    assert 0 < counted("broken", f"{across} document.execCommand('delete')") <= once + 2
    text = page.locator("#cell-broken textarea").input_value()
    assert len(text) == len(whole) + 2 - 100 * len(line) - 2
    at_once("slow", text)
    assert shown("broken") == shown("slow")
    assert "".join(text for _, text in shown("broken")) == text + "\n"
    for text in ("", "\n\n", "a", "\na", whole):
        at_once("broken", text)
        assert "".join(text for _, text in shown("broken")) == text + "\n"
    assert page.evaluate(LIES_ON)
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
