"""Notebooks as pages, slides and PDF, in a real browser without a network."""

import hashlib
import io
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import bs4
import nbconvert.exporters
import nbformat
import pypdf
import pytest
from browser_support import CONTRAST, ROOT, need_chromium
from course_support import cell, lesson, notebook, reconverge, write
from explorer_support import axe_source
from reconverge_jupyter.course import export, pdf
from reconverge_jupyter.course.page import unfolded

need_chromium()
WIDTHS = [390, 800, 1440]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The lesson in each form, executed."""
    folder = tmp_path_factory.mktemp("course")
    source = write(folder, lesson())
    for form in ("html", "slides", "pdf", "ipynb"):
        reconverge("export", source, "--to", form, "--out", folder / "out")
    return folder / "out"


@pytest.fixture
def opened(browser):
    contexts = []

    def open_it(path, width=1440, scheme="light", **options):
        size = {"width": width, "height": options.pop("height", 900)}
        context = browser.new_context(viewport=size, color_scheme=scheme, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        # Longer than anything here takes on the slowest machine.
        page.set_default_timeout(240_000)
        page.wrong = []
        page.on("pageerror", lambda e: page.wrong.append(str(e)))
        own = ("file:", "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(own) else page.wrong.append(r.url))
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


def serious(page):
    page.evaluate(axe_source())
    return page.evaluate(
        """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
             .filter(v => ['serious', 'critical'].includes(v.impact))
             .map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])"""
    )


def test_jupyterlab_lists_the_exporters():
    names = set(nbconvert.exporters.get_export_names())
    ours = {"reconverge-page", "reconverge-slides", "reconverge-pdf", "reconverge-student", "reconverge-key"}
    assert ours <= names
    for name in ours:
        assert nbconvert.exporters.get_exporter(name)().export_from_notebook


def test_the_same_input_gives_the_same_bytes(made, tmp_path):
    source = write(tmp_path, lesson())
    for form, name in (
        ("html", "lesson.html"),
        ("slides", "lesson.slides.html"),
        ("pdf", "lesson.pdf"),
        ("ipynb", "lesson.ipynb"),
    ):
        reconverge("export", source, "--to", form, "--out", tmp_path / "again")
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes(), name


def test_what_else_the_machine_does_is_not_in_a_pdf():
    words = "".join(f"<h2>Part {n}</h2><p>Words</p><table><tr><th>a<th>b<tr><td>1<td>2</table>" for n in range(40))
    html = f"<!DOCTYPE html><html lang=en><title>t</title>{words}".encode()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        printed = [pdf.printed(html) for _ in range(3)]
    finally:
        for process in busy:
            process.kill()
    printed.append(pdf.printed(html))
    assert len(set(printed)) == 1
    assert b"(node00000001)" in printed[0] and len(pypdf.PdfReader(io.BytesIO(printed[0])).outline) == 40
    # The same page, where Chromium had counted others before.
    one, other = (b"/ID (node%08d) /ID (node%08d) [(node%08d)]" % numbers for numbers in ((7, 9, 7), (25, 21, 25)))
    assert pdf.timeless(one) == pdf.timeless(other) == b"/ID (node00000001) /ID (node00000002) [(node00000001)]"


def test_what_nobody_expected_is_named_and_nothing_is_written(tmp_path):
    wrong = notebook([cell("code", "fine", "system C { state n: 0..1 = 0 }"), cell("code", "wrong", "\ncheck Nobody")])
    ran = reconverge("export", write(tmp_path, wrong), "--to", "html", "--out", tmp_path / "out", code=1)
    assert "cell 2 (wrong)" in ran.stderr and "cell 2:2:7" in ran.stderr and "Nobody" in ran.stderr
    late = notebook([cell("code", "late", "system L { state a: 0..3000 = 0  state b: 0..3000 = 0  state c: 0..3000 = 0\n"
      "  action i when a < 3000 { a += 1 }  action j when b < 3000 { b += 1 }  action k when c < 3000 { c += 1 } }\ncheck L")])  # fmt: skip
    ran = reconverge("export", write(tmp_path, late), "--to", "html", "--out", tmp_path / "out", "--timeout", 2, code=1)
    assert "cell 1 (late)" in ran.stderr and "2 s" in ran.stderr
    tame = notebook([cell("code", "tame", "1 + 1", tags=["raises-exception"])])
    ran = reconverge("export", write(tmp_path, tame), "--to", "html", "--out", tmp_path / "out", code=1)
    assert "cell 1 (tame)" in ran.stderr and "raises-exception" in ran.stderr
    far = notebook([cell("markdown", "far", "![a](https://example.org/a.png)")])
    ran = reconverge("export", write(tmp_path, far), "--to", "html", "--out", tmp_path / "out", code=1)
    assert "https://example.org/a.png" in ran.stderr
    assert not (tmp_path / "out").exists()
    reconverge("export", tmp_path / "missing.ipynb", "--to", "html", code=2)


def test_without_the_package_the_command_that_adds_it_is_said(tmp_path):
    empty = {"PATH": "/nonexistent", "HOME": str(tmp_path)}
    from reconverge_jupyter.kernel import installed

    program = Path(installed())
    alone = tmp_path / "reconverge"
    alone.write_bytes(program.read_bytes())
    alone.chmod(0o755)
    source = write(tmp_path, lesson())
    ran = subprocess.run([alone, "export", source, "--to", "html"], capture_output=True, text=True, env=empty)
    assert ran.returncode == 2
    assert "python3 -m pip install 'reconverge[course]'" in ran.stderr


def test_a_page_is_one_file_that_needs_nothing(made, opened):
    html = (made / "lesson.html").read_text()
    assert not re.findall(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="(?!data:)', html)
    assert "@import" not in html and "url(http" not in html
    page = opened(made / "lesson.html")
    assert page.title() == "A small lesson"
    assert page.locator("math").count() == 2 and page.locator("math mfrac").count() == 1
    assert page.locator("kbd").all_text_contents() == ["Shift", "Enter"]
    # What is there and what links name.
    dead = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => decodeURIComponent(a.hash.slice(1))).filter(id => !document.getElementById(id))"
    )
    assert dead == []
    assert page.locator("a[href='next.html']").count() == 1
    assert "Money is kept." in page.locator(".file pre").text_content()
    # The run is stepped through; the folded one only once it is opened.
    slider = page.locator("section#cell-broken input[type=range]")
    slider.press("Home")
    assert "initial, of 1 step" in page.locator("section#cell-broken output").first.text_content()
    for image in page.locator("img").all():
        assert image.get_attribute("alt")
    assert page.wrong == []


def test_solutions_are_folded_and_teachers_have_their_own_copy(made, opened, tmp_path):
    page = opened(made / "lesson.html")
    assert page.get_by_text("action back").count() == 1
    assert not page.get_by_text("action back").is_visible()
    assert page.get_by_text("your turn").first.is_visible()
    assert "Exercise · 4 points" in page.locator(".badge").first.text_content()
    assert "before anything else" not in (made / "lesson.html").read_text()
    source = write(tmp_path, lesson())
    reconverge("export", source, "--to", "html", "--instructor", "--out", tmp_path)
    page = opened(tmp_path / "lesson.html")
    assert page.get_by_text("action back").first.is_visible() and page.get_by_text("before anything else").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_goes_sideways(made, opened, scheme):
    for width in WIDTHS:
        page = opened(made / "lesson.html", width=width, scheme=scheme)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.wait_for_timeout(300)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(CONTRAST, "main .highlight") == []


def test_the_switch_wins_over_the_preference_and_is_kept(made, opened):
    page = opened(made / "lesson.html", scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)" and dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Auto").click()
    assert page.evaluate(ground) == light


def test_a_page_reads_without_scripts(made, opened):
    page = opened(made / "lesson.html", java_script_enabled=False)
    assert page.locator("section#cell-broken img.rcv-run").is_visible()
    assert page.get_by_text("Contents").first.is_visible()


def slides(page):
    page.wait_for_function("globalThis.deck && deck.isReady()")
    seen = page.evaluate("deck.getTotalSlides()")
    for number in range(seen):
        yield number
        page.evaluate("(n) => { while (deck.getSlidePastCount() === n && !deck.isLastSlide()) deck.next(); }", number)


# What lies outside of the slide or is cut, and what is too small to be read. On phones a slide may scroll. An explorer, and a
# picture from near, show a part of what they have; a picture that is small is followed by itself from near.
OUTSIDE = """(phone) => { const slide = deck.getCurrentSlide(), box = slide.querySelector('.fit'), wrong = [];
  const room = document.querySelector('.slides').getBoundingClientRect(), said = (e) => e.outerHTML.slice(0, 120);
  if (box.classList.contains('scrolls')) { if (phone) return []; wrong.push(`scrolls ${box.scrollHeight} of ${box.clientHeight}`); }
  const near = slide.nextElementSibling?.matches('.closer');
  for (const e of box.querySelectorAll('*:not(math *, svg *)')) {
    const r = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!e.checkVisibility() || !r.width || e.closest('.part') || e.matches('.rcv-live')) continue;
    if (r.right > room.right + 2 || r.bottom > room.bottom + 2) { if (!(phone && e.closest('pre,.output'))) wrong.push(`outside ${said(e)}`); }
    if (phone) continue;
    for (const [axis, all, seen] of [['X', e.scrollWidth, e.clientWidth], ['Y', e.scrollHeight, e.clientHeight]])
      if (style[`overflow${axis}`] !== 'visible' && seen && all > seen + 2) wrong.push(`cut ${all} of ${seen} ${said(e)}`);
    const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const size = parseFloat(style.fontSize) * deck.getScale() * e.currentCSSZoom;
    if (words && size < 13.9) wrong.push(`${size} px ${said(e)}`);
    if (e.naturalWidth && !near && r.width < e.naturalWidth) wrong.push(`${r.width} of ${e.naturalWidth} ${said(e)}`);
  }
  return wrong; }"""


@pytest.mark.parametrize("size", [(1600, 900), (1440, 900), (390, 800)])
def test_nothing_runs_off_a_slide(made, opened, size):
    page = opened(made / "lesson.slides.html", width=size[0], height=size[1], scheme="dark")
    for number in slides(page):
        page.wait_for_timeout(50)
        assert page.evaluate(OUTSIDE, size[0] < 700) == [], number
    assert page.wrong == []


def test_slides_are_those_of_the_metadata(made, opened):
    page = opened(made / "lesson.slides.html")
    numbers = list(slides(page))
    text = page.evaluate("[...document.querySelectorAll('.slides section section')].map(s => s.textContent)")
    assert len(numbers) == len(text)
    columns = page.locator(".slides > section").count()
    assert columns == 3
    # A fragment waits, `skip` is left out, notes are not on a slide.
    assert page.locator(".fragment").count() == 1
    assert not any("What is put into the one" in t for t in text)
    notes = page.evaluate("[...document.querySelectorAll('aside.notes')].map(n => n.textContent.trim())")
    assert notes == ["Ask the class what money is, before anything else."]
    assert serious(page) == []


def test_the_speaker_has_notes(made, opened):
    page = opened(made / "lesson.slides.html")
    page.wait_for_function("globalThis.deck && deck.isReady()")
    with page.expect_popup() as popup:
        page.evaluate("deck.getPlugin('notes').open()")
    speaker = popup.value
    speaker.wait_for_selector(".speaker-controls-notes:not(.hidden)", timeout=30_000)
    assert "before anything else" in speaker.locator(".speaker-controls-notes").text_content()


def test_the_keyboard_turns_pages_and_steps_through_runs(made, opened):
    page = opened(made / "lesson.slides.html")
    page.wait_for_function("globalThis.deck && deck.isReady()")
    before = page.evaluate("deck.getSlidePastCount()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("deck.getSlidePastCount()") == before + 1
    for _ in slides(page):
        if page.locator(".present .rcv-live:visible").count():
            break
    here = page.evaluate("deck.getSlidePastCount()")
    page.locator(".present .rcv-live input[type=range]:visible").press("Home")
    assert "initial" in page.locator(".present .rcv-live output:visible").first.text_content()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("deck.getSlidePastCount()") == here


def test_what_is_from_npm_is_what_npm_has():
    digests = {
        "reveal/reveal.js": "46538b52db48724192f59bf46f5e851a18e302777c46f4a34c32709d010d6a29",
        "reveal/reveal.css": "68f915a11ebf7203c0446576b7e952ff61c5dd02134a8a226ffaf62ed42136d2",
        "reveal/notes.js": "df1201d19d03241a2897d39c3d38768177df1cbd4bde06327b321cb83461ae89",
        "unpack/inflate.js": "203ccaa89e30ec4d6f9467a91758b0f55597424a817ea2107510bbadaab1b90d",
        "unpack/xz.js": "d83649874b6198df07340a88377613ccd2267aebb9f18b3be26c6904a81bac52",
        "scorm/adlcp_rootv1p2.xsd": "173decaf9cd31ea847e6ff6853c702137974aca6b56567151aa4a885e0aa4883",
        "scorm/ims_xml.xsd": "5209ff1d1e89cac16e797a2cdb0d5f345343ad97c1b125483a4bc6fc29319bd5",
        "scorm/imscp_rootv1p1p2.xsd": "d9ee699094e0db4518cf0143c81873d196b2683cf1c5ed770f108239ee079dda",
    }
    folder = resources.files("reconverge_jupyter.course")
    for name, digest in digests.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def sizes(page):
    """(size in pt, text) of each piece of text on a page of a PDF."""
    found = []

    def visit(text, matrix, text_matrix, _font, size):
        scale = abs(text_matrix[3] * matrix[3] - text_matrix[2] * matrix[1]) or abs(text_matrix[1] * matrix[2])
        if text.strip():
            found.append((size * scale, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def test_a_pdf_is_tagged_has_an_outline_and_can_be_read(made):
    read = pypdf.PdfReader(made / "lesson.pdf")
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"] == "en"
    titles = [entry.title for entry in flat(read.outline)]
    assert titles[:2] == ["A small lesson", "Money"] and "Hints and solutions" in titles
    words = "\n".join(page.extract_text() for page in read.pages)
    for sign in ["✓", "✗", "→", "≠", "≤", "∅", "·", "action back", "Take it from", "What is put into the one"]:
        assert sign in words, sign
    assert "\ufffd" not in words and "file:///" not in (made / "lesson.pdf").read_bytes().decode("latin-1")
    small = [piece for page in read.pages for piece in sizes(page) if piece[0] < 6.95]
    assert small == []
    # The hint and the solution stand at the end, not where the question is.
    assert words.index("Hints and solutions") < words.index("Take it from")


def test_on_paper_what_came_out_of_a_prediction_is_not_below_the_question():
    asked = '<details class="rcv-asked"><summary>Your answer first</summary><b>violated{}</b></details>'
    output = f'<div class="output">expect ___ {asked}</div>'
    cell = f'<section class="cell runs">{output.format(1)}<div class="output">the graph</div></section>'
    solved = f'<details class="answer"><summary>A solution</summary>{output.format(2)}</details>'
    made = unfolded(f"<main><h2>Part</h2>{cell}<p>Words</p><section>{solved}</section></main>")
    soup = bs4.BeautifulSoup(made, "html.parser")
    assert [h.get_text() for h in soup.select("h2")] == ["Part", "What came out", "Hints and solutions"]
    assert soup.select_one(".cell").get_text() == "expect ___ What came out: at the end, 1"
    first, second = soup.select(".appendix")
    assert "violated1" in first.get_text() and "the graph" in first.get_text()
    # A solution stays whole.
    assert "violated2" in second.get_text() and len(second.select("details")) == 1
    assert all(soup.select_one(a["href"]) for a in soup.select("a"))


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def test_pictures_in_a_pdf_are_drawn_and_break_between_steps(tmp_path):
    steps = "\n".join(f"  do count  expect n == {i + 1}" for i in range(30))
    long = (
        "system C {\n  state n: 0..30 = 0\n  action count when n < 30 { n += 1 }\n}\n"
        + f'scenario "thirty" on C {{\n{steps}\n}}'
    )
    source = write(tmp_path, notebook([cell("markdown", "t", "# Long"), cell("code", "long", long)]))
    reconverge("export", source, "--to", "pdf", "--out", tmp_path)
    read = pypdf.PdfReader(tmp_path / "lesson.pdf")
    assert all(not page.images for page in read.pages)
    pages = [page.extract_text() for page in read.pages]
    drawn = [
        number for number, page in enumerate(pages) for n in range(30) if re.search(rf"n {n} → {n + 1}(?!\d)", page)
    ]
    # Each step once and whole, on more than one page, with the lanes named on each.
    assert len(drawn) == 30 and len(set(drawn)) > 1
    assert all("system" in pages[number] for number in set(drawn))


def test_pictures_on_paper_keep_their_looks_and_no_page_is_too_small(tmp_path, opened):
    tall = "system Up {\n  state n: 0..30 = 0\n  action count when n < 30 { n += 1 }\n  invariant low: safety { n < 30 }\n}\n"
    asked = [tall + "graph Up", "check Up { profile }"]
    source = write(tmp_path, notebook([cell("code", f"c{i}", code) for i, code in enumerate(asked)]))
    reconverge("export", source, "--to", "html", "--out", tmp_path)
    page = opened(tmp_path / "lesson.html")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    high = "strips => strips.map(s => s.height.baseVal.value)"
    graph = page.locator("img.rcv-graph + table.paper svg")
    heights = graph.evaluate_all(high)
    assert len(heights) > 3 and all(height <= 950 for height in heights)
    cut = "s => [...s.querySelectorAll('rect')].map(r => r.getBBox()).some(b => b.y < s.viewBox.baseVal.y && b.y + b.height > s.viewBox.baseVal.y)"
    assert not any(strip.evaluate(cut) for strip in graph.all()), "no state is cut in two"
    # The names beside the bars end where these begin.
    ends = "svg => [...svg.querySelectorAll('text')].filter(t => t.textContent === 'count').map(t => t.getAttribute('text-anchor'))"
    profile = page.locator("table.paper svg[aria-label^='Where the states']")
    assert profile.evaluate(ends) == ["end"]


def test_on_paper_a_class_counts_for_more_than_a_name(made, opened):
    """Said last of all circles, a colour is not that of those with another."""
    page = opened(made / "lesson.html")
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 40' width='90' height='40'>"
        "<style>.a{fill:#ffffff}.b,circle{fill:#1257a8}text{font-size:12px}</style>"
        "<circle class='a' r='4' cx='9' cy='9'/><circle r='4' cx='29' cy='9'/><text x='9' y='30'>word</text></svg>"
    )
    page.evaluate(
        """svg => {
          const image = new Image();
          image.className = 'rcv-picture';
          image.alt = 'two circles';
          image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(svg);
          document.querySelector('main').append(image);
          dispatchEvent(new Event('beforeprint'));
        }""",
        svg,
    )
    fills = "svg => [...svg.querySelectorAll('circle')].map(c => c.getAttribute('fill'))"
    assert page.locator("svg[aria-label='two circles']").evaluate(fills) == ["#ffffff", "#1257a8"]


LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_nothing_runs_off_a_slide_of_a_lesson(path, opened, tmp_path):
    reconverge("export", path, "--to", "slides", "--stored", "--out", tmp_path)
    page = opened(tmp_path / f"{path.stem}.slides.html")
    for number in slides(page):
        page.evaluate("() => { while (deck.availableFragments().next) deck.nextFragment(); }")
        assert page.evaluate(OUTSIDE, False) == [], number
    words = page.evaluate("[...document.querySelectorAll('.slides .input pre')].map(p => p.textContent).join('\\n')")
    # What is parted is all there.
    for c in nbformat.read(path, 4).cells:
        if c.cell_type == "code" and "nbgrader" not in c.metadata and c.metadata.slideshow.slide_type != "skip":
            assert c.source.replace("\n", "") in words.replace("\n", ""), c.id
    assert page.wrong == []


# Every third: each is made in two forms and looked at as a whole, which takes its time.
@pytest.mark.parametrize("path", LESSONS[::3], ids=lambda p: p.stem)
def test_the_lessons_are_fit_to_be_shown(path, opened, tmp_path):
    for form in ("html", "pdf"):
        reconverge("export", path, "--to", form, "--stored", "--out", tmp_path)
    page = opened(tmp_path / f"{path.stem}.html", width=390, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(page) == [] and page.wrong == []
    read = pypdf.PdfReader(tmp_path / f"{path.stem}.pdf")
    small = [piece for sheet in read.pages for piece in sizes(sheet) if piece[0] < 6.95]
    assert small == []


# A run of many steps, with long names, long messages and more to tell of a state than a slide has room for.
STEPPED = """system Office {
  message Letter { about: 1..3, copies: 1..2 }
  node Correspondent[3] { durable answered: 0..9 = 0  durable heard: 0..9 = 0  durable filed: 0..9 = 0 }
  link post: Letter from Correspondent to Correspondent
  state sent: 0..9 = 0
  state kept: 0..9 = 0
  action write(to: Correspondent) at w in Correspondent when to != w and sent < 6 {
    sent += 1  send Letter { about: 1, copies: 2 } to to
  }
  on Letter from f at r { r.heard += 1 }
  action file at r in Correspondent when r.filed < r.heard { r.filed += 1 }
}
scenario "four letters" on Office {
  do write(correspondent2) at correspondent1
  do write(correspondent3) at correspondent1
  deliver Letter to correspondent2
  do file at correspondent2
  deliver Letter to correspondent3
  do file at correspondent3
  do write(correspondent1) at correspondent3
  deliver Letter to correspondent1
  do file at correspondent1
}"""


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stepped")
    cells = [cell("markdown", "t", "# Letters"), cell("code", "letters", STEPPED), cell("markdown", "end", "# The end")]
    reconverge("export", write(folder, notebook(cells)), "--to", "slides", "--out", folder)
    return folder / "lesson.slides.html"


def at_the_run(page):
    """Turns to the slide that has the explorer; its number."""
    for number in slides(page):
        if page.locator(".present .present .rcv-live").count():
            return number
    raise AssertionError("no slide has an explorer")


# What has more than is in sight, and what is not on the slide.
UNSEEN = """() => { const live = deck.getCurrentSlide().querySelector('.rcv-live');
  const room = document.querySelector('.slides').getBoundingClientRect(), wrong = [];
  for (const e of live.shadowRoot.querySelectorAll('.story,.side,.label,.mark')) {
    const r = e.getBoundingClientRect();
    if (e.scrollHeight > e.clientHeight + 1 && e.clientHeight) wrong.push(`high ${e.scrollHeight} of ${e.clientHeight} ${e.className}`);
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth) wrong.push(`wide ${e.scrollWidth} of ${e.clientWidth} ${e.className}`);
    if (r.right > room.right || r.bottom > room.bottom) wrong.push(`outside ${e.className}`);
  }
  return wrong; }"""


@pytest.mark.parametrize("size", [(1600, 900), (1024, 768)])
def test_an_explorer_on_a_slide_has_all_in_sight(stepped, opened, size):
    page = opened(stepped, width=size[0], height=size[1])
    at_the_run(page)
    page.locator(".present .rcv-live .list:visible").press("Home")
    page.wait_for_function(f"({UNSEEN})().length === 0")
    for step in range(9):
        page.keyboard.press("ArrowRight")
        assert page.evaluate(UNSEEN) == [], step
    assert page.wrong == []


def test_keys_on_a_slide_are_the_runs_until_its_end(stepped, opened):
    page = opened(stepped)
    here = at_the_run(page)
    slide = lambda: page.evaluate("deck.getSlidePastCount()")  # noqa: E731
    step = page.locator(".present .rcv-live output:visible")
    page.keyboard.press("e")
    page.keyboard.press("Home")
    assert "initial" in step.text_content()
    # A pointer has these two keys: on a slide they go step by step.
    page.keyboard.press("PageDown")
    assert step.text_content() == "step 1 of 9" and slide() == here
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    assert slide() == here + 1, "from the last step to the next slide"
    page.keyboard.press("ArrowLeft")
    assert slide() == here, "the keys are the slides' again"
    page.keyboard.press("e")
    page.keyboard.press("n")
    assert slide() == here + 1, "what the explorer has no use for is the slides'"
    assert page.wrong == []


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636460f85f0f0002870180eb47ba920000000049454e44ae426082"
)


def test_headings_pictures_and_long_words_are_as_jupyterlab_has_them(tmp_path, opened):
    prose = "# Links\n\nTo [it](#Your-Turn).\n\nhttps://example.org/" + "x" * 300 + "\n\n![p](wide%20pic%20%C3%BC.png)"
    (tmp_path / "wide pic ü.png").write_bytes(PNG)
    made = notebook([cell("markdown", "links", prose), cell("markdown", "turn", "## Your Turn\n\nNow.")])
    reconverge("export", write(tmp_path, made), "--to", "html", "--out", tmp_path / "out")
    page = opened(tmp_path / "out/lesson.html", width=390)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[...document.images].every(i => i.naturalWidth > 0)")
    assert page.locator("article a, main a").evaluate_all(
        "all => all.filter(a => a.hash && !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)"
    ) == []
    (tmp_path / "wide pic ü.png").unlink()
    told = reconverge("export", tmp_path / "lesson.ipynb", "--to", "html", "--out", tmp_path / "again", code=1).stderr
    assert "there is no picture wide pic ü.png" in told


def test_where_nothing_runs_cells_of_rust_a_folder_is_exported_without_them(tmp_path, monkeypatch, capsys):
    write(tmp_path, lesson())
    write(tmp_path, notebook([cell("code", "rust", "%%rust\n1 + 1")]), "rust.ipynb")
    monkeypatch.setattr(export, "lacks_rust", lambda: "it is not here")
    wanted = export.wanted(SimpleNamespace(source=tmp_path, stored=False))
    assert [path.name for path in wanted] == ["lesson.ipynb"]
    assert "rust.ipynb is left out: it is not here" in capsys.readouterr().err
