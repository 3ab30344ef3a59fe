"""Every kind of output in a page that `--html` writes: in a real Chromium, at three widths, light and dark, and on paper."""

import subprocess

import nbformat
import pytest
from browser_support import need_chromium
from course_support import installed
from explorer_support import BROKEN, CHECKS, serious

need_chromium()

GATE = """system Gate {
  param most: 1..5 = 1
  param doors: 1..2 = 1
  state inside: 0..6 = 0
  action enter when inside < most { inside += 1 }
  invariant few: safety "At most three are inside." { inside <= 3 }
}
sweep most in 1..5, doors in 1..2 of Gate"""
CELLS = [
    BROKEN,
    *CHECKS,
    "compare traces",
    "graph Store { faults { lose 1 } }",
    "audit Store { faults { crash 1 } }",
    "diagram Store",
    "simulate Store for 60s, runs 20, seed 1 { faults { crash every 10s } }",
    "mutate Store(all_acks = true)",
    "start Store { faults { crash 1 } }\ndo write at replica1\nenabled",
    GATE,
    "system Up { state x: 0..3000 = 0  action up { x += 1 } }\ncheck Up",
    "show 1500",
    "x",
    "1 + 1",
    "?Store",
    "compare Store, Gate",
    "%interact check Gate",
    "system Wrong { stat x: 0..3 = 0 }",
    "check Store { faults { crash 1, lose 1 }  expect holds }",
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    made.metadata.kernelspec = {"name": "reconverge", "display_name": "Reconverge", "language": "reconverge"}
    nbformat.write(made, folder / "outputs.ipynb")
    subprocess.run([installed(), "run", "outputs.ipynb", "--html", "outputs.html"], capture_output=True, cwd=folder)
    return folder / "outputs.html"


def opened(browser, written, width, **options):
    page = browser.new_context(viewport={"width": width, "height": 1000}, offline=True, **options).new_page()
    page.goto(written.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 800, 390])
def test_axe_finds_nothing_serious_and_the_page_stays_where_it_is(browser, written, width, scheme):
    page = opened(browser, written, width, color_scheme=scheme)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.evaluate("() => document.querySelectorAll('details').forEach(e => { e.open = true })")
    # What scrolls is reached by the keyboard in Chromium and Firefox without being said to be.
    assert [found for found in serious(page, "body") if found[0] != "scrollable-region-focusable"] == []
    page.context.close()


def test_nothing_is_cut_off_on_paper(browser, written):
    """What goes sideways on a screen cannot on paper."""
    page = opened(browser, written, 680)
    page.emulate_media(media="print")
    cut = """() => [...document.querySelectorAll('img.rcv-picture')].filter(i => i.getClientRects().length
      && i.getBoundingClientRect().right > i.parentElement.getBoundingClientRect().right + 1).map(i => i.alt)"""
    assert page.evaluate(cut) == []
    assert page.locator("img.rcv-graph").count() == 1
    page.context.close()


@pytest.mark.parametrize("width", [800, 620, 390])
def test_still_pictures_can_be_read_where_it_is_narrow(browser, written, width):
    """Nothing smaller than it was drawn, with letters of 11 px, and all of it within reach."""
    page = opened(browser, written, width, java_script_enabled=False)
    small = """() => [...document.querySelectorAll('img.rcv-picture')].filter(i => i.getClientRects().length
      && (i.width < i.naturalWidth || !['auto', 'scroll'].includes(getComputedStyle(i.parentElement).overflowX))).map(i => i.alt)"""
    assert page.evaluate(small) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    letters = """() => [...document.querySelectorAll('img.rcv-picture')].flatMap(i =>
      [...decodeURIComponent(i.src).matchAll(/font-size[:=]'?([0-9.]+)/g)]
        .map(([, size]) => (Number(size) * i.width) / i.naturalWidth).filter(size => i.width && size < 11))"""
    assert page.evaluate(letters) == []
    page.context.close()


def test_it_reads_without_styles_and_scripts(browser, written):
    """As where style and script are stripped: the words are there, and no style sheet is shown as text."""
    page = opened(browser, written, 800, java_script_enabled=False)
    words = page.locator("body").inner_text()
    for said in ("what differs from here on", "≠", "step 1,500 of the 3,000 steps"):
        assert said in page.content() or said in words, said
    page.context.close()


def test_titles_look_the_same_wherever_they_stand(browser, tmp_path):
    """Bold, and without the marks of code; what is asked has the heading that everything else has."""
    cells = [
        BROKEN,
        'scenario "the `leader` dies" on Store {\n  do write at replica1\n  crash replica1\n}',
        "simulate Store for 60s, runs 20, seed 1 { faults { crash every 10s } }",
        "check Store { faults { crash 1 }  expect ___ }",
    ]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {"name": "reconverge", "display_name": "Reconverge", "language": "reconverge"}
    nbformat.write(made, tmp_path / "titles.ipynb")
    subprocess.run([installed(), "run", "titles.ipynb", "--html", "titles.html"], capture_output=True, cwd=tmp_path)
    page = opened(browser, tmp_path / "titles.html", 1440)
    explorer = page.locator(".rcv-live").first
    assert explorer.locator(".title").inner_text().endswith("the leader dies")
    bold = "e => Number(getComputedStyle(e).fontWeight) >= 600"
    assert explorer.locator(".title").evaluate(bold)
    heading = page.locator(".rcv strong").filter(has_text="the leader dies")
    assert heading.evaluate(bold) and heading.locator("code").inner_text() == "leader"
    assert not [
        alt for alt in page.locator("img.rcv-picture").evaluate_all("all => all.map(i => i.alt + i.src)") if "`" in alt
    ]
    words = page.locator("body").inner_text()
    assert "not broken on these runs" in words and "of 1 " not in words
    asked = page.locator(".rcv strong").filter(has_text="check Store").first
    assert "crash" not in asked.inner_text() and "crash ≤ 1" in asked.evaluate("e => e.closest('div').innerText")
    page.context.close()
