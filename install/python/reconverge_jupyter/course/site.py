"""Notebooks, mappings and the manual → a site with one navigation and one search, which works from files.

Enters: a folder. Leaves: HTML that Zensical built, the tool that builds the manual. A lesson's headings are given to it as
Markdown, so that they are found and listed; what cells show is HTML already, and what is heavy in it (pictures, reports) is
put in after the build, so that the search does not read it.
"""

import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

import bs4
from traitlets import default

from . import Trouble, Wrong, lean, live
from .export import about, executed, wanted
from .notebooks import title
from .page import HERE, PageExporter, explorer, own
from .prose import Pages, within

MANUAL = HERE.parent / "manual"
# Where the engine lies, from the script that begins with it.
ENGINE = "engine.js"
# Where the reports of lessons lie.
REPORTS = "javascripts/reports"
MAPPINGS = "Systems written down by the four questions. Lessons bring them in with `use`."
# Where the manual has what lessons name by a file of the repository.
KNOWN = {"REFERENCE.md": "../manual/reference.html"}


class SitePages(Pages):
    """Where links lead from a lesson of the site."""

    def target(self, url):
        path, _, part = url.partition("#")
        if not path or re.match(r"[a-z][a-z0-9+.-]*:|//", path):
            return url
        name = Path(path)
        after = f"#{part}" if part else ""
        if name.suffix == ".ipynb":
            return f"{name.stem}.html{after}"
        if name.suffix == ".rcv":
            return f"../mappings/{name.stem}.html{after}"
        return KNOWN.get(name.name)


class LessonExporter(PageExporter):
    """A notebook as Markdown of which most is HTML. `heavy`: what is put in after the build. `packed`: what lies beside it."""

    @default("template_name")
    def _template_name_default(self):
        return "reconverge-site"

    def __init__(self, heavy, packed, **kw):
        super().__init__(**kw)
        self.heavy, self.packed = heavy, packed

    def _pages(self, folder):
        return SitePages(folder, None)

    def _prepare(self, nb, resources):
        super()._prepare(nb, resources)
        self.register_filter("headed", headed)

    def _enliven(self, cells, resources):
        self.told = live.told(live.about(cells, self.folder, ENGINE))

    def _finish(self, made, resources):
        made += f'<div class="lesson">{self.told}</div>\n' if self.live else ""
        made = WORDS.sub(unsought, within(made, self.pages.headings))
        # For what takes the spaces out of pages: these count.
        made = re.sub(r'\bstyle="[^"]*white-space:pre', r"pre \g<0>", made)
        reports = []

        def later(found):
            if found[1]:
                reports.append(found[2])
            self.heavy.append(f"{found[1]}</script>" if found[1] else found[0])
            return _place(self.heavy)

        picture = r'<img (?:[^>"]|"[^"]*")*?src="data:[^"]*"(?:[^>"]|"[^"]*")*>'
        report = r'(<script type="application/json" class="rcv-report"[^>]*>)(.*?)</script>'
        made = re.sub(rf"{report}|{picture}", later, made, flags=re.S)
        if reports:
            name = f"{REPORTS}/{resources['metadata']['name']}.js"
            self.packed[name] = "\n".join(reports).encode()
            self.heavy.append(f'<script src="../{name}"></script>')
            made += f'<div class="lesson">{_place(self.heavy)}</div>\n'
        return made


# The states along a run: numbers and names without end, which nobody looks for.
WORDS = re.compile(r'<details class="rcv-words"><summary>the state .*?</details>', re.S)


def unsought(found):
    """What the search does not read. It sees where that ends only if every element in it has an end."""
    whole = bs4.BeautifulSoup(found[0], "html.parser")
    whole.details["data-search-exclude"] = ""
    return str(whole)


def _place(heavy):
    return f'<span data-later="{len(heavy) - 1}"></span>'


def headed(html, part):
    """Headings as Markdown, the rest as it is."""
    made = []
    for piece in re.split(r"(<h[1-4] id=.*?</h[1-4]>\n?)", html, flags=re.S):
        heading = re.match(r'<h([1-4]) id="([^"]*)">(.*?)</h', piece, re.S)
        if heading:
            words = bs4.BeautifulSoup(heading[3], "html.parser")
            for anchor in words.select("a.anchor"):
                anchor.decompose()
            said = re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", words.get_text().strip())
            made.append(f"{'#' * int(heading[1])} {said} {{ #{unescape(heading[2])} }}")
        elif piece.strip():
            made.append(f'<div class="lesson {part}">\n{piece.strip()}\n</div>')
    return "\n\n" + "\n\n".join(made) + "\n"


def site(arguments):
    """Writes the site into the folder that `--out` names; exit code 0."""
    try:
        import tomllib
        import zensical  # noqa: F401
    except ImportError:
        words = f"the site is built by zensical, which needs Python 3.11 or newer; add it with\n  {sys.executable} -m pip install zensical"
        raise Trouble(words) from None
    if arguments.live:
        live.module()
    out = arguments.out if arguments.out != Path() else Path("site")
    if out.exists() and any(out.iterdir()) and not (out / "search.js").exists():
        raise Trouble(f"{out} is there and is no site that was written before")
    with tempfile.TemporaryDirectory(prefix="reconverge-site-") as folder:
        room, heavy, packed = Path(folder), [], {}
        docs = room / "docs"
        lessons = _lessons(arguments, docs, heavy, packed)
        mappings = _mappings(arguments.source, docs)
        config = tomllib.loads((MANUAL / "zensical.toml").read_text(encoding="utf-8"))["project"]
        shutil.copytree(str(MANUAL / "pages"), docs / "manual")
        lean.pictures(docs / "manual")
        _first(docs, lessons, mappings)
        _beside(docs)
        _configured(config, lessons, mappings)
        if arguments.live:
            _engine(docs, config)
        (room / "zensical.toml").write_text(f"project = {_toml(config)}\n", encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", "zensical.toml"]
        ran = subprocess.run(command, cwd=room, capture_output=True, text=True)
        if ran.returncode:
            raise Wrong(f"the site cannot be built: {_told(ran.stdout + ran.stderr, docs)}")
        lean.lean(room / "site")
        _put_in(room / "site", heavy)
        _beside_pages(room / "site", packed, arguments.live)
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(room / "site", out)
    print(out / "index.html")
    return 0


ISSUE = re.compile(r"^(?:Warning|Error): (?P<words>.+)\n\s*\S+\s*\[ (?P<page>\S+):(?P<line>\d+):(?P<column>\d+) \]", re.M)


def _told(output, docs):
    """What the builder said of pages, in the names of their sources; else all of it, without colours."""
    output = re.sub(r"\x1b\[[0-9;]*m", "", output)
    told = []
    for issue in ISSUE.finditer(output):
        page, source = issue["page"], docs / issue["page"]
        lines = source.read_text(encoding="utf-8").split("\n") if source.is_file() else []
        at, column = int(issue["line"]) - 1, int(issue["column"])
        links = re.finditer(r'(?:href|src)="([^"]*)"', lines[at] if at < len(lines) else "")
        href = next((link for link in links if link.end() >= column), None)
        name = Path(page).stem + ".ipynb" if page.startswith("lessons/") else page
        told.append(f"{name}: {issue['words']}" + (f": {unescape(href[1])}" if href else ""))
    return "; ".join(dict.fromkeys(told)) or "\n" + output.partition("Traceback (most recent call last)")[0].strip()


def _lessons(arguments, docs, heavy, packed):
    """[(title, page)]"""
    made = []
    (docs / "lessons").mkdir(parents=True)
    for path in wanted(arguments):
        notebook = executed(path, arguments)
        exporter = LessonExporter(heavy, packed, instructor=arguments.instructor, live=arguments.live)
        text, _ = exporter.from_notebook_node(notebook, about(path))
        page = f"lessons/{path.stem}.md"
        if (docs / page).exists():
            raise Trouble(f"two notebooks are called {path.name}")
        named = title(notebook, path)
        (docs / page).write_text(f"---\ntitle: {_quoted(named)}\n---\n{text}", encoding="utf-8")
        made.append((named, page))
    return made


def _mappings(source, docs):
    root = source if source.is_dir() else source.parent
    made = []
    (docs / "mappings").mkdir()
    for file in sorted(root.rglob("*.rcv")):
        text = file.read_text(encoding="utf-8")
        first = re.search(r"^//+ ?(.+)$", text, re.M)
        about_it = f"\n{first[1]}\n" if first else ""
        (docs / f"mappings/{file.stem}.md").write_text(
            f"# {file.stem}\n{about_it}\n````reconverge\n{text.rstrip()}\n````\n\n[All mappings](../mappings.md)\n",
            encoding="utf-8",
        )
        made.append((file.stem, f"mappings/{file.stem}.md", first[1] if first else ""))
    if made:
        rows = [f"| [{name}]({page}) | {words.replace('|', '&#124;')} |" for name, page, words in made]
        table = "\n".join(["| mapping | what it is |", "|---|---|", *rows])
        (docs / "mappings.md").write_text(f"# Mappings\n\n{MAPPINGS}\n\n{table}\n", encoding="utf-8")
    return made


def _first(docs, lessons, mappings):
    lines = [
        "# Reconverge",
        "",
        "> Every distributed system is a set of local **orders** protecting global **invariants** through **resolutions** and continuous **reconciliation**.",
        "",
    ]
    lines += ["## Lessons", ""] + [f"{number}. [{name}]({page})" for number, (name, page) in enumerate(lessons, 1)]
    if mappings:
        lines += [
            "",
            "## Mappings",
            "",
            f"[All of them](mappings.md). {MAPPINGS}",
            "",
        ]
        lines += [" · ".join(f"[{name}]({page})" for name, page, _ in mappings)]
    lines += [
        "",
        "## The manual",
        "",
        "[The manual](manual/index.md): a [tutorial](manual/tutorial.md), the [language on one page](manual/reference.md), every command, type and error.",
        "",
    ]
    (docs / "index.md").write_text("\n".join(lines), encoding="utf-8")


def _beside(docs):
    """What pages read besides: our style, and the explorer as a script that runs from files."""
    (docs / "stylesheets").mkdir()
    (docs / "stylesheets/lessons.css").write_text(own("site.css"), encoding="utf-8")
    (docs / "javascripts").mkdir()
    run = "document.readyState === 'loading' ? addEventListener('DOMContentLoaded', begin) : begin();"
    script = (
        f"(() => {{\nconst begin = () => {{\n{own('packed.js')}\n{explorer()}\n{own('site.js')}\n}};\n{run}\n}})();\n"
    )
    (docs / "javascripts/explorer.js").write_text(script, encoding="utf-8")
    (docs / lean.INFLATE).write_text(lean.inflate(), encoding="utf-8")


def _engine(docs, config):
    """What calls the engine, which every lesson reads from one place when it is first wanted."""
    (docs / "stylesheets/live.css").write_text(own("live.css"), encoding="utf-8")
    (docs / "javascripts/live.js").write_text(live.script() + "\n", encoding="utf-8")
    config["extra_css"].append("stylesheets/live.css")
    config["extra_javascript"].append("javascripts/live.js")


def _beside_pages(built, packed, engine):
    """After the build, whose tools read scripts as texts of another encoding."""
    for name, data in packed.items():
        (built / name).parent.mkdir(exist_ok=True)
        bytes_of = lean.bytes_of(lean.deflated(data))
        script = f"RECONVERGE_REPORTS = {{ bytes: {bytes_of}, length: {len(data)} }};\n"
        (built / name).write_bytes(lean.script_of(script))
    if engine:
        script = f"RECONVERGE_ENGINE = {lean.unpacked(gzip.decompress(live.module()), Path(lean.XZ).name)};\n"
        (built / f"javascripts/{ENGINE}").write_bytes(lean.script_of(script))


def _configured(config, lessons, mappings):
    def moved(entry):
        if isinstance(entry, str):
            return f"manual/{entry}"
        return {name: moved(to) if isinstance(to, str) else [moved(e) for e in to] for name, to in entry.items()}

    manual = [moved(entry) for entry in config["nav"]]
    config["site_name"] = "Reconverge"
    config["docs_dir"], config["site_dir"] = "docs", "site"
    config["nav"] = [{"Start": "index.md"}, {"Lessons": [{name: page} for name, page in lessons]}]
    if mappings:
        # Each of them has a page below that one, as error codes have.
        config["nav"].append({"Mappings": "mappings.md"})
    config["nav"].append({"The manual": manual})
    config["extra_css"] = ["manual/stylesheets/manual.css", "stylesheets/lessons.css"]
    config["extra_javascript"] = [lean.INFLATE, "javascripts/explorer.js"]
    config["theme"]["logo"] = config["theme"]["favicon"] = "manual/logo.svg"
    config["extra"]["generator"] = False
    config["extra"]["polyfills"] = [{"path": "manual/javascripts/iframe-worker.js", "type": "text/javascript"}]
    config["plugins"]["minify"] |= {"js_files": config["extra_javascript"], "css_files": config["extra_css"]}
    config["markdown_extensions"]["pymdownx"]["snippets"]["base_path"] = [str(MANUAL)]


def _toml(value):
    """Tables and lists in a line each: TOML that is read once."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text):
    return json.dumps(text, ensure_ascii=False)


def _put_in(built, heavy):
    for page in sorted((built / "lessons").glob("*.html")):
        text = page.read_text(encoding="utf-8")
        page.write_text(
            re.sub(r'<span data-later="?(\d+)"?></span>', lambda found: heavy[int(found[1])], text), encoding="utf-8"
        )
