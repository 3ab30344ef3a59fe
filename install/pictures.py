"""Takes the stills of the explorer that README and manual show, light and dark, from a page that `--html` wrote.

Usage: pictures.py RECONVERGE FOLDER. The pictures of runs beside them, the Rust tests write; these need a browser.
"""

import base64
import shutil
import subprocess
import sys
import tempfile
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
    for path in stills(*sys.argv[1:]):
        print(f"    {path}: {path.stat().st_size // 1000} KB")
