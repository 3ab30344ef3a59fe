"""A notebook as one page: nothing is read from elsewhere, and it is complete without scripts.

Enters: a notebook with its outputs. Leaves: HTML. With scripts, runs are stepped through in the explorer; on paper, pictures
break between their steps.
"""

import copy
import json
import re
from html import escape
from importlib import resources
from pathlib import Path

import bs4
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from traitlets import Bool, Unicode, default

from ..lexer import ReconvergeLexer
from . import colours, live
from .marks import solution_of, stub_of
from .notebooks import ASKS, REPORT, Part, called, marks, numbered, part, tags, text, title
from .prose import Pages, file_anchor, within

HERE = resources.files(__package__)
# In the order in which they import each other, as kernel/build.rs has it.
EXPLORER = ["dom", "run", "beside", "lanes", "story", "state", "details", "style", "explorer", "graph", "page"]


def own(name):
    """The text of a file of this package."""
    return (HERE / "parts" / name).read_text(encoding="utf-8")


def explorer():
    """The explorer as one module: what its files import stands above them."""
    lines = []
    for name in EXPLORER:
        source = (HERE.parent / "explorer" / f"{name}.js").read_text(encoding="utf-8")
        lines += [line.removeprefix("export ") for line in source.splitlines() if not line.startswith("import ")]
    return "\n".join([*lines, "start();"])


class PageExporter(HTMLExporter):
    """`reconverge-page` among nbconvert's exporters."""

    export_from_notebook = "Reconverge page"
    instructor = Bool(False, help="Solutions are open, and what is for teachers is there.").tag(config=True)
    paper = Bool(False, help="For printing only: without scripts that are of no use there.").tag(config=True)
    brings_files = Bool(True, help="Mappings that links name are at the end.").tag(config=True)
    live = Bool(False, help="Cells can be changed and run in the page, by the engine in it.").tag(config=True)
    sibling = Unicode(".html", help="What follows the name of another notebook, in links.").tag(config=True)

    @default("template_name")
    def _template_name_default(self):
        return "reconverge-page"

    # Whatever the file is called.
    @default("template_extension")
    def _template_extension_default(self):
        return ".html.j2"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self):
        return [str(HERE / "templates")]

    @default("exclude_anchor_links")
    def _exclude_anchor_links_default(self):
        return True

    def from_notebook_node(self, nb, resources=None, **kw):
        nb = copy.deepcopy(nb)
        resources = self._init_resources(resources)
        path = resources["metadata"].get("path")
        self.folder = Path(path) if path else None
        self.pages = self._pages(self.folder)
        self._prepare(nb, resources)
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="reconverge", parent=self))
        self.register_filter("prose", self._prose)
        self.register_filter("prose_text", lambda source: self.pages.html(source, "an output"))
        self.register_filter("solution", solution_of)
        # Not HTMLExporter's own: it reads the whole page again to mend what this template does not do.
        made, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return self._finish(made, resources), resources

    def _pages(self, folder):
        sibling = None if self.paper else lambda url: url.removesuffix(".ipynb") + self.sibling
        return Pages(folder, sibling, self.brings_files)

    def default_filters(self):
        yield from super().default_filters()
        yield ("filter_data_type", lambda data: [kind for kind in SHOWN if kind in data][:1])

    def _prose(self, cell):
        return self.pages.html(text(cell.source), f"cell {cell.metadata.course.name}", cell.get("attachments"))

    def _prepare(self, nb, resources):
        """Writes into each cell what the template needs to know of it."""
        resources["course"] = {
            "title": title(nb, resources["metadata"].get("name", "notebook")),
            "style": own("page.css") + colours.style_sheet(),
            "script": own("page.js"),
            "paper": self.paper,
            "explores": False,
        }
        points = _points(nb)
        kept = []
        for cell, number in numbered(nb):
            role = part(cell)
            if role is Part.INSTRUCTOR and not self.instructor:
                continue
            name = called(cell, number) if number else cell.get("id", "prose")
            cell.metadata.course = {
                "part": role.value,
                "number": cell.get("execution_count") or number,
                "name": name,
                "points": points.get(cell.get("id")),
                "stub": stub_of(text(cell.source)) if role is Part.EXERCISE else None,
                "open": self.instructor,
                "fold": _fold(cell, role),
            }
            for output in cell.get("outputs", []):
                if "data" in output:
                    resources["course"]["explores"] |= self._output(output, f"cell {number}")
            kept.append(cell)
        nb.cells = kept
        if self.live:
            self._enliven(kept, resources)

    def _enliven(self, cells, resources):
        """What the page needs to run its cells."""
        live.module()
        resources["course"]["style"] += own("live.css")
        resources["course"]["explores"] = True
        resources["course"]["live"] = live.about(cells, self.folder)

    def _output(self, output, place):
        """Makes an output ready for the page; whether the explorer has something to do with it."""
        found = output.data.get("text/html")
        if found is None:
            return False
        output.data["text/html"] = _carries(text(found))
        report = output.data.get(REPORT)
        if self.paper or not report or not report.get("drawn"):
            return False
        # Nothing in it may end the element.
        told = json.dumps(report, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        output.metadata["course"] = (
            f'<script type="application/json" class="rcv-report" data-cell="{escape(place)}">{told}</script>'
        )
        return True

    def _finish(self, made, resources):
        """Puts in what is only known at the end: contents, files that links name, the explorer."""
        parts = {"@contents@": self._contents(), "@files@": self._files(), "@explorer@": ""}
        if resources["course"]["explores"]:
            parts["@explorer@"] = f'<script type="module">\n{explorer()}\n</script>'
        if self.live:
            parts["@explorer@"] += live.parts(resources["course"]["live"])
        made = within(made, self.pages.headings)
        made = re.sub("@(contents|files|explorer)@", lambda found: parts[found[0]], made) + "\n"
        return unfolded(made) if self.paper and not self.instructor else made

    def _contents(self):
        listed = [(level, anchor, words) for level, anchor, words in self.pages.headings if level in (2, 3)]
        listed += [(2, file_anchor(path), f"The file {path}") for path in self.pages.files]
        lines = [
            f'<li class="l{level}"><a href="#{anchor}">{escape(words)}</a></li>' for level, anchor, words in listed
        ]
        return "\n".join(lines)

    def _files(self):
        parts = []
        for path, file in self.pages.files.items():
            code = highlight(file.read_text(encoding="utf-8"), ReconvergeLexer(), HtmlFormatter())
            parts.append(
                f'<section class="file"><h2 id="{file_anchor(path)}">The file {escape(path)}</h2>'
                f"<details{' open' if self.paper else ''}><summary>its text</summary>{code}</details></section>"
            )
        return "\n".join(parts)


def _carries(html):
    """Marks what is folded and has a picture in it. All else stays as the kernel wrote it, which is half as long as what a
    library for HTML would write of it.
    """
    pieces = re.split(r"(<details\b[^>]*>|</details>)", html)
    opened = []
    for at, piece in enumerate(pieces):
        if piece.startswith("<details"):
            opened.append(at)
        elif piece == "</details>" and opened:
            begin = opened.pop()
            if "rcv-words" not in pieces[begin] and any("<img" in inner for inner in pieces[begin + 1 : at]):
                pieces[begin] = _classed(pieces[begin], "carries")
    return "".join(pieces)


def _classed(tag, name):
    """A tag with one class more."""
    if 'class="' in tag:
        return tag.replace('class="', f'class="{name} ', 1)
    return f'{tag[:-1]} class="{name}">'


FOLDED = "details.answer, .hint details, .solution details, .prose details"
ASKED = "details.rcv-asked"


def unfolded(made):
    """For paper, where nothing opens: what came out of predictions, hints and solutions stand at the end, with links there
    and back."""
    soup = bs4.BeautifulSoup(made, "html.parser")
    predicted = soup.new_tag("section", attrs={"class": "appendix"})
    appendix = soup.new_tag("section", attrs={"class": "appendix"})
    for folded in soup.select(f"{FOLDED}, {ASKED}"):
        asks = "rcv-asked" in folded.get("class", [])
        if asks and folded.find_parent(class_="appendix"):
            # Of a solution, which says what comes out.
            folded["class"] = ["rcv-asked", "carries"]
            continue
        into = predicted if asks else appendix
        number = len(into.select("h3.of")) + 1
        back, there = (f"asked-{number}", f"outcome-{number}") if asks else (f"folded-{number}", f"answer-{number}")
        words = "What came out" if asks else folded.summary.get_text().strip()
        heading = folded.find_previous(["h2", "h3", "h1"])
        about = f" (of {heading.get_text().removesuffix(' #').strip()})" if heading else ""
        link = f'<p class="elsewhere" id="{back}">{escape(words)}: <a href="#{there}">at the end, {number}</a></p>'
        title = f'<h3 class="of" id="{there}">{number}. {escape(words + about)} <a href="#{back}">↑</a></h3>'
        folded.summary.extract()
        # What the same cell shows after it tells the answer too.
        rest = folded.find_parent(class_="output").find_next_siblings(class_="output") if asks else []
        folded.replace_with(bs4.BeautifulSoup(link, "html.parser"))
        folded.name = "div"
        folded.attrs = {"class": "output"} if asks else {}
        into.append(bs4.BeautifulSoup(title, "html.parser"))
        for piece in [folded, *(piece for piece in rest if not piece.select_one(ASKED))]:
            into.append(piece.extract())
    for at, words, into in (("predicted", "What came out", predicted), ("folded", "Hints and solutions", appendix)):
        if into.contents:
            into.insert(0, bs4.BeautifulSoup(f'<h2 id="{at}">{words}</h2>', "html.parser"))
            if file := soup.select_one(".file"):
                file.insert_before(into)
            else:
                soup.main.append(into)
    return str(soup)


# The forms in which an output may be shown, best first.
SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]


def _fold(cell, role):
    """What an output hides behind, so that a question is a question: the words of its summary."""
    if role is Part.CHECK:
        return "What it shows once the exercise is solved"
    if role is Part.CODE and ("prediction" in tags(cell) and not ASKS.search(text(cell.source))):
        return "What it shows"
    return None


def _points(nb):
    """Of each exercise, by the id of its cell: the points of the checks up to the next exercise."""
    points, at = {}, None
    for cell in nb.cells:
        if marks(cell).get("solution"):
            at = cell.get("id")
        elif marks(cell).get("grade") and at is not None:
            points[at] = points.get(at, 0) + marks(cell).get("points", 0)
    return points
