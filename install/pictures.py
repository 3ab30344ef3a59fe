"""Takes the stills that README and manual show: of the explorer, light and dark, from a page that `--html` wrote, and of the
forms of a lesson, from what `reconverge export` wrote.

Usage: pictures.py RECONVERGE FOLDER. The pictures of runs beside them, the Rust tests write; these need a browser.
"""

import base64
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import sync_playwright

# What breaks: the second enactor comes late.
PROGRAM = "use cloud\ncheck EnactorRace { only resolvable }\n"
# The step that is looked at: the old plan is delivered, over the newer one.
STEP = "deliver Apply { plan: 2 }"
# Of the window, and what of the explorer is shown, in pixels.
WINDOW, HEIGHT = 1040, 508
NAME = "explorer-{}.webp"
# A PNG as a WebP. What is lost cannot be seen, and is half of it.
SMALLER = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.9 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""

# A lesson in its forms: of which, and the size of a still.
LESSON = Path(__file__).parent.parent / "notebooks/01-kafka.ipynb"
FORMS = ["html", "slides", "pdf", "site", "scorm", "cc", "student", "grade"]
SCHEMES = ["light", "dark"]
FORM_NAME = "form-{}-{}.webp"
LARGE, SMALL = (1200, 750), (440, 275)
SHRUNK = """async ([png, width, height]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.55 })).arrayBuffer());
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
        lone = Path(work, "lesson")
        lone.mkdir()
        shutil.copy(LESSON, lone)
        for form in FORMS:
            out = Path(work, form)
            if form == "grade":
                _graded(reconverge, Path(work, "student"), out)
            else:
                source = {"site": lone, "scorm": LESSON.parent, "cc": LESSON.parent}.get(form, LESSON)
                stored = [] if form == "student" else ["--stored"]
                subprocess.run([reconverge, "export", source, "--to", form, *stored, "--out", out], check=True)
            for scheme in SCHEMES:
                page = chromium.new_page(
                    viewport={"width": LARGE[0], "height": LARGE[1]}, color_scheme=scheme, reduced_motion="reduce"
                )
                png = _seen(page, form, out)
                path = Path(folder, FORM_NAME.format(form, scheme))
                path.write_bytes(base64.b64decode(page.evaluate(SHRUNK, [base64.b64encode(png).decode(), *SMALL])))
                written.append(path)
                page.close()
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
    style = ":root{color-scheme:light dark}body{margin:0;padding:40px;background:light-dark(#fff,#101318);color:light-dark(#1b212b,#e6eaf0);font:26px/1.5 'DejaVu Sans',sans-serif}pre{font:21px/1.5 'DejaVu Sans Mono',monospace;background:light-dark(#f5f7fa,#181d25);padding:24px;white-space:pre-wrap;margin:12px 0 36px}"
    return f"<style>{style}</style>" + "".join(f"<b>{escape(a)}</b><pre>{escape(b)}</pre>" for a, b in parts.items())


def _seen(page, form, out):
    """What there is to see of a form: where a run is stepped through; of paper, two sheets."""
    if form == "pdf":
        sheets = ["-r", "80", "-f", "3", "-l", "4", "-png"]
        subprocess.run(["pdftoppm", *sheets, out / f"{LESSON.stem}.pdf", out / "sheet"], check=True)
        shown = "".join(f"<img src='{sheet.name}'>" for sheet in sorted(out.glob("*.png")))
        style = ":root{color-scheme:light dark}body{margin:0;background:light-dark(#8a93a0,#2a303a);display:flex;gap:24px;padding:24px}img{width:564px}"
        Path(out, "sheets.html").write_text(f"<style>{style}</style>{shown}")
        page.goto(Path(out, "sheets.html").as_uri())
    elif form in ("scorm", "cc"):
        with _served(out, form) as url:
            page.goto(url)
            lesson = page.frame_locator("iframe")
            lesson.locator(".rcv-live").first.evaluate("e => { e.scrollIntoView(); scrollBy(0, -130); }")
            page.wait_for_timeout(1500)
            return page.screenshot()
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


# What a learning management system makes of a package, in short: its menu, a lesson, and for SCORM what lessons tell of a reader.
SYSTEM = """<!doctype html><meta charset="utf-8"><title>A course</title><style>:root{color-scheme:light dark}
body{margin:0;display:grid;grid:auto 1fr/300px 1fr;height:100vh;background:light-dark(#eef1f5,#0c0f13);color:light-dark(#1b212b,#e6eaf0);font:19px/1.4 'DejaVu Sans',sans-serif}
header{grid-column:1/3;display:flex;justify-content:space-between;padding:18px 24px;background:light-dark(#1b3a63,#16243a);color:#fff}
ol{margin:0;padding:20px 16px 0 44px}li{padding:6px 8px;border-radius:6px}li[aria-current]{background:light-dark(#dceafd,#1d3350);font-weight:700}
iframe{border:0;width:100%;height:100%;background:light-dark(#fff,#101318)}</style>
<header><b>TITLE</b><span>KIND<output></output></span></header><ol>ITEMS</ol>
<script>
const kept = {};
if (TRACKED) window.API = {
  LMSInitialize: () => "true", LMSFinish: () => "true", LMSCommit: () => "true", LMSGetLastError: () => "0",
  LMSGetValue: (name) => kept[name] ?? "",
  LMSSetValue: (name, value) => { kept[name] = value; document.querySelector("output").textContent = " · " + (kept["cmi.core.lesson_status"] ?? ""); return "true"; },
};
</script><iframe src="PAGE"></iframe>"""
KINDS = {"scorm": "SCORM 1.2", "cc": "Common Cartridge 1.1"}


@contextmanager
def _served(out, form):
    """The package as such a system shows it; its address. A file may not speak to a frame of another."""
    [package] = out.glob("*.zip" if form == "scorm" else "*.imscc")
    with zipfile.ZipFile(package) as packed:
        packed.extractall(out / form)
    manifest = ElementTree.parse(out / form / "imsmanifest.xml")
    titles = [title.text for title in manifest.iterfind(".//{*}item/{*}title")]
    pages = [resource.get("href") for resource in manifest.iterfind(".//{*}resource")]
    course, lessons = titles[0], titles[-len(pages) :]
    if form == "scorm":
        course = manifest.find(".//{*}organization/{*}title").text
    current = pages.index(f"{LESSON.stem}.html")
    items = "".join(
        f"<li{' aria-current=true' if at == current else ''}>{escape(title)}" for at, title in enumerate(lessons)
    )
    parts = {"TITLE": escape(course), "KIND": KINDS[form], "ITEMS": items, "PAGE": pages[current]}
    parts["TRACKED"] = str(form == "scorm").lower()
    shown = re.sub("|".join(parts), lambda found: parts[found[0]], SYSTEM)
    (out / form / "system.html").write_text(shown, encoding="utf-8")
    handler = functools.partial(_Silent, directory=out / form)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/system.html"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


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
        for scheme in SCHEMES:
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
