"""`reconverge export`: which notebooks, which form, which files.

Enters: arguments. Leaves: files, each named on standard output. What was not as expected leaves none.
"""

import sys
from pathlib import Path

from . import Trouble
from .execute import execute, lacks_rust
from .notebooks import below, has_rust, read, write


def export(arguments):
    """Exit code 0; errors are raised."""
    source = arguments.source
    if not source.exists():
        raise Trouble(f"cannot read {source}: there is no such file")
    if arguments.live and arguments.to not in ("html", "site", "scorm", "cc"):
        raise Trouble(f"--live makes cells of pages run: not for --to {arguments.to}")
    if arguments.to == "site":
        from .site import site

        return site(arguments)
    if arguments.to in ("scorm", "cc"):
        from .lms import package

        return package(arguments)
    notebooks = wanted(arguments)
    root = source if source.is_dir() else source.parent
    for path in notebooks:
        for made in one(path, path.relative_to(root), arguments):
            print(made)
    return 0


def wanted(arguments):
    """The notebook, or those of the folder: but for cells of Rust where nothing runs them, which is said."""
    source = arguments.source
    paths = below(source)
    if arguments.stored or not source.is_dir():
        return paths
    rust = [path for path in paths if has_rust(read(path))]
    why = lacks_rust() if rust else None
    if why is None:
        return paths
    for path in rust:
        print(f"{path.name} is left out: {why}", file=sys.stderr)
    paths = [path for path in paths if path not in rust]
    if not paths:
        raise Trouble(f"nothing is left below {source}")
    return paths


def executed(path, arguments):
    notebook = read(path)
    if arguments.stored:
        return notebook
    return execute(notebook, path.name, path.parent, arguments.timeout)


def one(path, name, arguments):
    """Writes what is made of one notebook; `name`: its path in the folder that is exported."""
    out = arguments.out / name
    if arguments.to in ("student", "key"):
        from .split import split, written

        return written(split(read(path), path, arguments.timeout), arguments.out, name, arguments.to)
    notebook = executed(path, arguments)
    if arguments.to == "ipynb":
        if out.resolve() == path.resolve():
            raise Trouble(f"{path} would be written over; say --out FOLDER")
        write(notebook, out)
        return [out]
    data, extension = form(arguments.to)(notebook, path, arguments)
    out = out.with_suffix(extension)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    return [out]


def form(name):
    return {"html": page, "slides": slides, "pdf": pdf}[name]


def page(notebook, path, arguments, **options):
    from .page import PageExporter

    exporter = PageExporter(instructor=arguments.instructor, live=arguments.live, **options)
    return exporter.from_notebook_node(notebook, about(path))[0].encode(), ".html"


def slides(notebook, path, arguments):
    from .slides import SlidesExporter

    exporter = SlidesExporter(instructor=arguments.instructor)
    return exporter.from_notebook_node(notebook, about(path))[0].encode(), ".slides.html"


def pdf(notebook, path, arguments):
    from .pdf import printed

    html, _ = page(notebook, path, arguments, paper=True, sibling=".pdf")
    return printed(html), ".pdf"


def about(path):
    """What nbconvert knows of a notebook's file."""
    path = Path(path)
    return {"metadata": {"name": path.stem, "path": str(path.parent.resolve())}}
