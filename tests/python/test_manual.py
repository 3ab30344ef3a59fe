"""The manual as a site in a real Chromium: from a server and from files, light and dark, wide and narrow."""

import functools
import http.server
import sys
import threading

import pytest
from browser_support import CONTRAST, PATIENCE, ROOT, eventually, need_chromium

SITE = ROOT / "manual" / "site"
PAGES = [
    "index.html",
    "tutorial.html",
    "concepts/order/append.html",
    "concepts/resolution/index.html",
    "commands/check.html",
    "errors/E0201.html",
    "gallery.html",
    "coming-from.html",
    "cannot.html",
    "reference.html",
    "words.html",
]

need_chromium()
if not (SITE / "index.html").exists():
    if sys.version_info >= (3, 11):
        raise RuntimeError("there is no site: install/manual builds it")
    pytest.skip("the manual is built with Python 3.11 or newer", allow_module_level=True)


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served():
    handler = functools.partial(_Silent, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Tab:
    """A page of the site, and what it asked for elsewhere or complained of."""

    def __init__(self, context, base):
        self.base, self.page, self.wrong = base, context.new_page(), []
        self.page.on("request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else self.say(r.url))
        self.page.on("response", lambda r: self.say(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("pageerror", lambda e: self.say(str(e)))

    def say(self, words):
        self.wrong.append(words)

    def open(self, name):
        self.page.goto(self.base + name)
        self.page.wait_for_load_state("load")
        return self.page


@pytest.mark.parametrize("place", ["served", "files"])
def test_search_finds_a_page_and_nothing_comes_from_elsewhere(browser, served, place):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = Tab(context, served if place == "served" else f"file://{SITE}/")
    page = tab.open("concepts/order/append.html")
    field = page.get_by_role("combobox", name="Search")

    def opened():
        """The shortcut opens the field once the scripts of the page run, and closes it when it is pressed again."""
        if not field.count():
            page.keyboard.press("Control+k")
        return field.count()

    assert eventually(opened, bool), "there is no search"
    field.fill("compensate restores")
    found = page.locator("a[href*='concepts/resolution/compensate.html']:visible").first
    found.wait_for(timeout=1000 * PATIENCE)
    assert tab.wrong == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_pages_can_be_read(browser, served, scheme, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = Tab(context, served)
    for name in PAGES:
        page = tab.open(name)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} pixels wider than the window"
        assert page.evaluate(CONTRAST, "article") == [], name
        escaped = page.locator("td code", has_text="\\|").count()
        assert escaped == 0, f"{name} shows a backslash before a bar"
        pictures = "[...document.querySelectorAll('article img')].filter(i => i.getClientRects().length)"
        shown = page.evaluate(f"{pictures}.map(i => [i.src, i.complete && i.naturalWidth > 0])")
        assert all(loaded and f"-{scheme}.svg" in source for source, loaded in shown), (name, shown)
    assert tab.wrong == []
    context.close()
