"""A notebook as slides: reveal.js and everything else in one file.

Enters: a notebook with its outputs. Leaves: HTML. Cells go where `slideshow.slide_type` puts them; where a notebook has none,
headings and cells that run begin slides. A run has a slide of its own, below what was said of it.

reveal.js comes with the package (course/reveal, version 5.2.1 from npm, as it is), so that installing needs no network: npm is
not there where pip is, and there is no package of Python's that brings it and is kept up to date.
"""

import re
from html import escape

import bs4
from traitlets import default

from .notebooks import REPORT, tags, text
from .page import HERE, PageExporter, own

# What is higher than that stands on two slides.
MOST_LINES = 18
KINDS = ("slide", "subslide", "fragment", "skip", "notes", "-")


class SlidesExporter(PageExporter):
    """`reconverge-slides` among nbconvert's exporters."""

    export_from_notebook = "Reconverge slides"

    @default("template_name")
    def _template_name_default(self):
        return "reconverge-slides"

    @default("brings_files")
    def _brings_files_default(self):
        return False

    @default("sibling")
    def _sibling_default(self):
        return ".slides.html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".slides.html"

    def _prepare(self, nb, resources):
        given = any("slideshow" in cell.metadata for cell in nb.cells)
        # What is for teachers is what they say.
        for cell in nb.cells:
            if "instructor" in tags(cell):
                cell.metadata.slideshow = {"slide_type": "notes"}
                cell.metadata.tags = [tag for tag in tags(cell) if tag != "instructor"]
        super()._prepare(nb, resources)
        resources["course"]["style"] = own("page.css") + _colours() + _reveal("reveal.css") + own("slides.css")
        resources["course"]["script"] = own("slides.js")
        resources["reveal"] = [_reveal("reveal.js"), _reveal("notes.js")]
        resources["columns"] = columns(nb, given)


def _colours():
    from .colours import style_sheet

    return style_sheet()


def _reveal(name):
    return (HERE / "reveal" / name).read_text(encoding="utf-8")


def kind_of(cell, given):
    """One of KINDS."""
    kind = cell.metadata.get("slideshow", {}).get("slide_type") or "-"
    if given:
        return kind if kind in KINDS else "-"
    if cell.cell_type == "code":
        return "subslide"
    heading = re.match(r"#{1,3} ", text(cell.source).lstrip())
    return ("slide" if heading and not heading[0].startswith("###") else "subslide") if heading else "-"


def columns(nb, given):
    """From left to right, from top to bottom, what stands on each slide: cells, a figure as HTML, notes, and under which
    heading that is, where it has none of its own."""
    made, heading = [], ""

    def begin(kind):
        if kind == "slide" or not made:
            made.append([])
        made[-1].append({"cells": [], "notes": [], "figure": None, "running": heading})

    for cell in nb.cells:
        kind = kind_of(cell, given)
        if kind == "skip":
            continue
        headed = cell.cell_type == "markdown" and re.match(r"#{1,2} +(.+)", text(cell.source).lstrip())
        if kind in ("slide", "subslide") or not made or (full(made[-1][-1]) and kind != "notes"):
            heading = "" if headed and kind != "notes" else heading
            begin("slide" if kind == "slide" else "subslide")
        if headed and kind != "notes":
            heading = headed[1]
        if kind == "notes":
            made[-1][-1]["notes"].append(cell)
            continue
        item = {"cell": cell, "fragment": kind == "fragment", "only": None}
        made[-1][-1]["cells"].append(item)
        if cell.cell_type == "code" and cell.metadata.course.part not in ("exercise", "check"):
            figure, alone = taken(cell)
            if cell.outputs and lines(cell) > MOST_LINES:
                item["only"] = "input"
                begin("subslide")
                made[-1][-1]["cells"].append({"cell": cell, "fragment": False, "only": "output"})
            if figure and not alone:
                begin("subslide")
            made[-1][-1]["figure"] = figure or made[-1][-1]["figure"]
    return made


def full(slide):
    """Whether there is no room for more on it."""
    return slide["figure"] or any(item["only"] == "output" for item in slide["cells"])


def lines(cell):
    """How high it is, about: lines of code, rows of tables and lines in them."""
    made = [text(output.get("data", {}).get("text/html", "")) for output in cell.outputs]
    return text(cell.source).count("\n") + sum(html.count("<tr>") + html.count("<div>") // 2 for html in made)


def taken(cell):
    """Takes the first picture out of a cell's outputs, with what the explorer needs: (HTML or None, nothing else was there).

    What is folded is left out: it is for reading, on the page.
    """
    for output in cell.get("outputs", []):
        found = output.get("data", {}).get("text/html")
        if not found:
            continue
        soup = bs4.BeautifulSoup(found, "html.parser")
        for folded in soup.select("details"):
            folded.decompose()
        picture = soup.select_one("img.rcv-picture")
        box = picture.parent if picture is not None else None
        script = output.metadata.pop("course", "")
        if box is not None:
            box.extract()
            for other in soup.select("img.rcv-picture"):
                other.parent.decompose()
        output.data["text/html"] = str(soup)
        if box is None:
            continue
        report = script if "rcv-run" in picture.get("class", []) and output.data.get(REPORT) else ""
        alone = not soup.get_text().strip()
        if alone:
            cell.outputs.remove(output)
        of = cell.metadata.course.number
        said = f'<p class="number">cell {escape(str(of))}</p>' if of and not alone else ""
        return f'{said}<div class="figure">{box}</div>{report}', alone
    return None, False
