"""Lessons, mappings and the manual as one site, read from files in a real browser without a network."""

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from urllib.parse import unquote

import pytest
from browser_support import ROOT, need_chromium
from course_support import LIES_ON, SYSTEM, cell, engine, lesson, reconverge, write
from explorer_support import axe_source
from reconverge_jupyter.course import lean

need_chromium()
if sys.version_info < (3, 11):
    pytest.skip("the tool that builds sites needs Python 3.11", allow_module_level=True)
pytest.importorskip("zensical")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    made = lesson()
    made.cells[0].source = made.cells[0].source.replace("next.ipynb", "second.ipynb")
    write(folder, made)
    second = lesson()
    second.cells[0].source = "# The second lesson\n\nA word: *zymurgy*. Back to the [first](lesson.ipynb#money)."
    second.cells.append(cell("code", "parts", "mutate Bank"))
    write(folder, second, "second.ipynb")
    live = ["--live"] if engine() else []
    reconverge("export", folder, "--to", "site", *live, "--out", folder / "site")
    return folder / "site"


@pytest.fixture
def opened(browser, site):
    contexts = []

    def open_it(name, scheme="light", width=1440):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        contexts.append(context)
        page = context.new_page()
        # Longer than anything here takes on the slowest machine.
        page.set_default_timeout(240_000)
        page.wrong = []
        page.on("pageerror", lambda e: page.wrong.append(str(e)))
        own = ("file:", "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(own) else page.wrong.append(r.url))
        page.goto((site / name).as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


def test_a_page_reads_only_what_it_has_a_use_for(site):
    """The first page is there in no time: what lessons need, lessons bring."""
    scripts = lambda name: re.findall(r'<script src="?([^">\s]+)', (site / name).read_text())  # noqa: E731
    for name in ("index.html", "manual/tutorial.html", "mappings/bank.html"):
        assert [script for script in scripts(name) if re.search("inflate|explorer|live|search", script)] == [], name
    assert [script for script in scripts("lessons/lesson.html") if "explorer" in script]
    assert all((site / script).is_file() for script in scripts("index.html"))


def test_no_link_leads_nowhere(site):
    pages = {
        path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html") if path.name != "404.html"
    }
    ids = {name: set(re.findall(r'\bid="?([^"\s>]+)', text)) for name, text in pages.items()}
    dead = []
    for name, text in pages.items():
        for url in re.findall(r'<a\b[^>]*?\bhref="?([^"\s>]+)', text):
            url = unquote(url).replace("&amp;", "&")
            if re.match(r"[a-z]+:", url) or url == "#":
                continue
            path, _, part = url.partition("#")
            target = (
                name
                if not path
                else (site / name).parent.joinpath(path).resolve().relative_to(site.resolve()).as_posix()
            )
            if target not in pages or (part and part not in ids[target] and not part.startswith("__")):
                dead.append((name, url))
    assert dead == []
    assert {"lessons/lesson.html", "lessons/second.html", "mappings/bank.html", "manual/tutorial.html"} <= set(pages)
    assert "index.html" in pages and len(pages) > 100


def test_everything_is_found_from_files(opened):
    page = opened("index.html")
    for word, where in (
        ("zymurgy", "lessons/second.html"),
        ("Money is kept", "lessons/lesson.html"),
        ("E0201", "manual/errors/E0201.html"),
    ):
        page.keyboard.press("Control+k")
        box = page.locator("input[type=text]:visible, input[type=search]:visible, input[role=combobox]:visible").first
        box.fill(word)
        page.locator(f"a[href*='{where}']:visible").first.wait_for(timeout=30_000)
        page.keyboard.press("Escape")
    assert page.wrong == []


def test_solutions_are_folded_and_teachers_words_left_out(site, opened):
    text = (site / "lessons/lesson.html").read_text()
    assert "before anything else" not in text and "Take it from" in text
    page = opened("index.html")
    assert page.evaluate("typeof __index") == "undefined", "nobody has searched yet"
    page.get_by_role("button", name="Search").focus()
    page.wait_for_function("globalThis.__index")
    index = page.evaluate("JSON.stringify(__index)")
    assert (
        "Money is kept" in index
        and "svg+xml" not in index
        and "rcv-report" not in index
        and "before anything else" not in index
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lessons_can_be_stepped_through_and_read(opened, scheme):
    for width in (390, 800, 1440):
        page = opened("lessons/lesson.html", scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#cell-broken .rcv-live").first.wait_for()
        page.evaluate(axe_source())
        wrong = page.evaluate(
            """async () => (await axe.run('.md-content', {resultTypes: ['violations']})).violations
                 .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes.slice(0, 4).map(n => n.html.slice(0, 200))])"""
        )
        assert wrong == []
        assert page.wrong == []
    picture = page.locator("#cell-broken img.rcv-run").first
    # The picture has the colours of both, and is shown as it is.
    assert picture.evaluate("e => getComputedStyle(e).filter") == "none"
    assert "prefers-color-scheme:dark" in picture.get_attribute("src")
    slider = page.locator("#cell-broken input[type=range]")
    slider.press("Home")
    assert "initial" in page.locator("#cell-broken output").first.text_content()
    page.locator("a[href$='mappings/bank.html']").last.click()
    assert SYSTEM.split("\n")[0].split(" {")[0] in page.locator("article").text_content()


def test_the_site_of_the_whole_course_is_light(tmp_path):
    """With its manual, its search and, where it was built, the engine: in its place stands what it weighs."""
    live = ["--live"] if engine() else []
    reconverge("export", ROOT / "notebooks", "--to", "site", "--stored", *live, "--out", tmp_path / "site")
    kinds = {} if live else {"the engine, about": 1_760_000}
    for path in (tmp_path / "site").rglob("*"):
        if path.is_file():
            kinds[path.suffix] = kinds.get(path.suffix, 0) + path.stat().st_size
    assert sum(kinds.values()) < 8_000_000, kinds


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_bytes_come_out_of_scripts_as_they_went_in(tmp_path):
    every = [bytes(range(256)) * 2, b""] + [fill * n for n in (1, 30, 31, 32, 63) for fill in (b"\xff", b"\0", b"\x80")]
    said = ",".join(lean.bytes_of(data) for data in every)
    script = f'for (const data of [{said}]) console.log(Buffer.from(data).toString("hex"));'
    (tmp_path / "bytes.js").write_text(script, encoding="utf-8")
    ran = subprocess.run(["node", tmp_path / "bytes.js"], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:-1] == [data.hex() for data in every]


def test_outputs_keep_their_spaces_and_looks(opened):
    page = opened("lessons/second.html")
    lines = page.locator("#cell-parts td").filter(has_text="action move")
    assert "  action move when" in lines.first.evaluate("e => e.innerText")
    assert lines.first.evaluate("e => getComputedStyle(e).whiteSpace") == "pre-wrap"
    badge = page.locator("#cell-parts b").filter(has_text=re.compile("needed|unnoticed|noticed")).first
    assert badge.evaluate("e => getComputedStyle(e).borderRadius") == "9px"


def test_pictures_of_the_manual_follow_the_switch(opened):
    page = opened("manual/tutorial.html")
    picture = page.locator("article img[src$='#both']").first
    assert picture.evaluate("e => e.complete && e.naturalWidth > 0 && getComputedStyle(e).colorScheme") == "light"
    page.get_by_title("Dark").click()
    assert picture.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
    # What is chosen stays, on the next page too.
    page.goto(page.url.replace("tutorial", "gallery"))
    assert page.locator("article img").first.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
    assert page.wrong == []


def test_without_scripts_there_is_all_but_what_they_do(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "lessons/lesson.html").as_uri())
    assert page.locator("#cell-broken img.rcv-run").first.is_visible()
    assert page.get_by_role("navigation", name="Navigation").get_by_role("link", name="The manual").count() == 1
    page.goto((site / "manual/errors/E0201.html").as_uri())
    assert "unknown name `y`" in page.locator("article").inner_text()
    context.close()


def test_a_server_has_the_same_search(browser, site):
    handler = functools.partial(_Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        wrong = []
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("response", lambda r: wrong.append(r.url) if r.status >= 400 else None)
        page.goto(f"http://127.0.0.1:{server.server_port}/manual/index.html")
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Search").fill("zymurgy")
        page.locator("a[href*='lessons/second.html']:visible").first.wait_for(timeout=30_000)
        assert wrong == []
        page.close()
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_what_was_not_made_here_is_not_written_over(site, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years")
    source = write(tmp_path, lesson())
    reconverge("export", source, "--to", "site", "--stored", "--out", tmp_path / "mine", code=2)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years"


@pytest.mark.skipif(not engine(), reason="the engine for pages was not built (install/live)")
def test_cells_run_by_the_one_engine_of_the_site(site, opened):
    heavy = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.stat().st_size > 1_000_000]
    assert heavy == ["javascripts/engine.js"]
    for name in ("lessons/lesson.html", "lessons/second.html"):
        page = opened(name)
        assert page.evaluate(LIES_ON)
        section = page.locator("#cell-broken")
        section.get_by_role("button", name="Run").click()
        section.locator(".live-shown .rcv-live").wait_for()
        assert "1 violated" in section.locator(".live-shown").text_content()
        assert page.wrong == []


def test_a_link_that_leads_nowhere_is_told_in_the_names_of_the_source(tmp_path):
    made = lesson()
    made.cells[0].source = "# Links\n\nTo [it](#nowhere)."
    write(tmp_path, made)
    told = reconverge("export", tmp_path, "--to", "site", "--out", tmp_path / "site", code=1).stderr
    assert told.strip() == "not as expected: the site cannot be built: lesson.ipynb: anchor does not exist: #nowhere"
