"""A page on paper: Chromium prints it, tagged and with an outline.

Enters: HTML that was written for paper. Leaves: the bytes of a PDF, without the time of printing. Chromium is what lays out
the same HTML for the screen; of the others that were tried, WeasyPrint does not run what cuts pictures between steps, and
pandoc with Typst loses what is HTML.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from traitlets import default

from . import Trouble
from .page import PageExporter

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"]
# macOS keeps it here.
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
PATIENCE = 180


def browser():
    """Where a Chromium is: RECONVERGE_CHROMIUM, else the path."""
    given = os.environ.get("RECONVERGE_CHROMIUM")
    found = given or next((f for name in NAMES if (f := shutil.which(name))), None)
    found = found or next((place for place in PLACES if Path(place).is_file()), None)
    if not found:
        raise Trouble(
            "a PDF is printed by Chromium or Chrome, and there is none on this machine; on Debian: sudo apt-get install -y chromium"
        )
    return found


def printed(html):
    with tempfile.TemporaryDirectory(prefix="reconverge-pdf-") as folder:
        page, out = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_bytes(html)
        command = [
            browser(),
            "--headless",
            # Without other users to be kept from, it has no sandbox.
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-extensions",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            "--export-tagged-pdf",
            f"--print-to-pdf={out}",
            page.as_uri(),
        ]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Trouble(f"Chromium had not printed after {PATIENCE} s") from None
        if not out.exists():
            raise Trouble(f"Chromium did not print: {ran.stderr.strip()[-400:]}")
        return timeless(out.read_bytes())


def timeless(pdf):
    """The same page gives the same bytes, as long as they were: dates are those of nobody, and Chromium's numbers of tagged
    nodes, which depend on what it did besides, are counted in their order."""
    pdf = re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>20000101000000", pdf)
    numbers = {}
    return re.sub(rb"\bnode(\d{8})\b", lambda found: b"node%08d" % numbers.setdefault(found[1], len(numbers) + 1), pdf)


class PdfExporter(PageExporter):
    """`reconverge-pdf` among nbconvert's exporters."""

    export_from_notebook = "Reconverge PDF"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self):
        return ".pdf"

    @default("paper")
    def _paper_default(self):
        return True

    @default("sibling")
    def _sibling_default(self):
        return ".pdf"

    def from_notebook_node(self, nb, resources=None, **kw):
        html, resources = super().from_notebook_node(nb, resources, **kw)
        resources["output_extension"] = ".pdf"
        return printed(html.encode()), resources
