"""Takes the stills that README and manual show: of the explorer, light and dark, from a page that `--html` wrote, and of the
forms of a lesson, from what `reconverge export` wrote.

Usage: pictures.py RECONVERGE FOLDER. The pictures of runs beside them, the Rust tests write; these need a browser.
"""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import sync_playwright

# What breaks: the second enactor comes late.
PROGRAM = "use cloud\ncheck EnactorRace { only resolvable }\n"
# The step that is looked at: the old plan is delivered, over the newer one.
STEP = "deliver Apply { plan: 2 }"
# Of the window, and what of the explorer is shown, in pixels.
WINDOW, HEIGHT = 1040, 508
NAME = "explorer-{}.webp"
# A PNG as a WebP without loss, which is half as large.
SMALLER = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 1 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""

# A lesson in its forms: of which, and the size of a still.
LESSON = Path(__file__).parent.parent / "notebooks/01-kafka.ipynb"
FORMS = ["html", "slides", "pdf", "site", "student", "grade"]
FORM_NAME = "form-{}.webp"
LARGE, SMALL = (1200, 750), (440, 275)
SHRUNK = """async ([png, width, height]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.6 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


def forms(reconverge, folder):
    """Writes a still of the lesson in each form into `folder`; gives their paths."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if shutil.which("pdftoppm") is None:
        print("    the forms of a lesson are left out: a still of a PDF needs pdftoppm (on Debian: poppler-utils)")
        return []
    written = []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": LARGE[0], "height": LARGE[1]}, reduced_motion="reduce")
        lone = Path(work, "lesson")
        lone.mkdir()
        shutil.copy(LESSON, lone)
        for form in FORMS:
            out = Path(work, form)
            if form == "grade":
                _graded(reconverge, Path(work, "student"), out)
            else:
                source = lone if form == "site" else LESSON
                stored = [] if form == "student" else ["--stored"]
                subprocess.run([reconverge, "export", source, "--to", form, *stored, "--out", out], check=True)
            png = _seen(page, form, out)
            path = Path(folder, FORM_NAME.format(form))
            path.write_bytes(base64.b64decode(page.evaluate(SHRUNK, [base64.b64encode(png).decode(), *SMALL])))
            written.append(path)
        chromium.close()
    return written


def _graded(reconverge, copies, out):
    """What is said of a copy as it was handed out, and of the key as if it had been handed in."""
    (out / "handed-in").mkdir(parents=True)
    for name, which in (("ada", "key"), ("ben", "student")):
        shutil.copy(copies / which / LESSON.name, out / "handed-in" / f"{name}.ipynb")
    words = ["grade", "handed-in", "--against", copies / "key"]
    said = subprocess.run([reconverge, *words], cwd=out, capture_output=True, text=True, check=True).stdout
    Path(out, "text.html").write_text(_as_text({"reconverge grade handed-in --against key": said}))


def _exercise(file):
    """The first cell that is an exercise."""
    cells = json.loads(file.read_text())["cells"]
    return "".join(next(c for c in cells if c["metadata"].get("nbgrader", {}).get("solution"))["source"])


def _as_text(parts):
    style = "body{margin:0;padding:40px;font:26px/1.5 'DejaVu Sans',sans-serif}pre{font:21px/1.5 'DejaVu Sans Mono',monospace;background:#f5f7fa;padding:24px;white-space:pre-wrap;margin:12px 0 36px}"
    return f"<style>{style}</style>" + "".join(f"<b>{escape(a)}</b><pre>{escape(b)}</pre>" for a, b in parts.items())


def _seen(page, form, out):
    """What there is to see of a form: where a run is stepped through; of paper, two sheets."""
    if form == "pdf":
        sheets = ["-r", "80", "-f", "3", "-l", "4", "-png"]
        subprocess.run(["pdftoppm", *sheets, out / f"{LESSON.stem}.pdf", out / "sheet"], check=True)
        shown = "".join(f"<img src='{sheet.name}'>" for sheet in sorted(out.glob("*.png")))
        style = "body{margin:0;background:#8a93a0;display:flex;gap:24px;padding:24px}img{width:564px}"
        Path(out, "sheets.html").write_text(f"<style>{style}</style>{shown}")
        page.goto(Path(out, "sheets.html").as_uri())
    elif form in ("student", "grade"):
        if form == "student":
            pair = {f"{which}/{LESSON.name}": _exercise(out / which / LESSON.name) for which in ("student", "key")}
            Path(out, "text.html").write_text(_as_text(pair))
        page.goto(Path(out, "text.html").as_uri())
    elif form == "slides":
        page.goto(Path(out, f"{LESSON.stem}.slides.html").as_uri())
        page.wait_for_function("globalThis.deck && deck.isReady()")
        page.evaluate(
            "() => { while (!document.querySelector('.present .present .rcv-report') && !deck.isLastSlide()) deck.next(); }"
        )
    else:
        lessons = out if form == "html" else out / "lessons"
        page.goto(Path(lessons, f"{LESSON.stem}.html").as_uri())
        page.locator("img.rcv-run, .rcv-live").first.evaluate("e => e.closest('section, .rcv').scrollIntoView()")
    page.wait_for_timeout(1500)
    return page.screenshot()


def stills(reconverge, folder):
    """Writes a still for each colour scheme into `folder`; gives their paths."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("a still needs Chromium or Chrome")
    written = []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        program, page_of_it = Path(work, "dns.rcv"), Path(work, "dns.html")
        program.write_text(PROGRAM)
        # It ends with 1, as a property is violated.
        subprocess.run([reconverge, "run", program, "--html", page_of_it], capture_output=True)
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            context = chromium.new_context(
                viewport={"width": WINDOW, "height": 1600}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(page_of_it.as_uri())
            explorer = page.locator(".rcv-live").first
            steps = explorer.locator(".story").first.locator("[role=option]")
            steps.filter(has_text=STEP).first.click()
            page.mouse.move(0, 0)
            box = explorer.bounding_box()
            png = page.screenshot(clip={**box, "height": HEIGHT}, full_page=True)
            path = Path(folder, NAME.format(scheme))
            path.write_bytes(base64.b64decode(page.evaluate(SMALLER, base64.b64encode(png).decode())))
            written.append(path)
            context.close()
        chromium.close()
    return written


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for path in [*stills(*sys.argv[1:]), *forms(*sys.argv[1:])]:
        print(f"    {path}: {path.stat().st_size // 1000} KB")
