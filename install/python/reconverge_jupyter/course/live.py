"""Pages whose cells run in them: what a page carries for that.

Enters: the cells of a notebook, the files that they use, the engine as `install/live` builds it. Leaves: HTML and scripts.
"""

import base64
import json
import posixpath
import re
from importlib import resources

from ..lexer import WORDS
from . import Trouble
from .notebooks import text

HERE = resources.files(__package__)
# Cells that only a kernel runs.
ELSEWHERE = re.compile(r"\s*%%rust\b|\s*conform .* of .* with ")
USES = re.compile(r'\buse\s+"((?:[^"\\\n]|\\.)*)"')


def module():
    """The engine, packed. `Trouble`: it was not built."""
    path = HERE.parent / "live" / "engine.wasm.gz"
    if not path.is_file():
        raise Trouble(
            "live pages need the engine as WebAssembly, which this installation has not: `install/live` of the sources builds it,"
            " then install the package again"
        )
    return path.read_bytes()


def about(cells, folder, engine=None):
    """What a page says of its cells. `engine`: where its module lies; None: in the page."""
    runs = [cell for cell in cells if cell.cell_type == "code" and cell.metadata.course.number]
    runs = [cell for cell in runs if not ELSEWHERE.match(text(cell.source))]
    listed = [
        {"id": cell.id, "name": f"cell {cell.metadata.course.number}", "number": cell.metadata.course.number}
        for cell in runs
    ]
    files = used([text(cell.source) for cell in runs], folder)
    return {"cells": listed, "files": files, "words": WORDS, "engine": engine}


def used(sources, folder):
    """The texts of the files that cells use, and of those that these use, by path from the notebook's folder."""
    files = {}
    waiting = [(source, "") for source in sources]
    while folder is not None and waiting:
        source, at = waiting.pop()
        for named in USES.findall(source):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(at), named.replace("\\", "/")))
            file = folder / path
            # What lies elsewhere, the kernel does not read either.
            if path in files or path.startswith(("/", "..")) or not file.is_file():
                continue
            files[path] = file.read_text(encoding="utf-8")
            waiting.append((files[path], path))
    return dict(sorted(files.items()))


def script():
    """What makes cells live, with the text that its worker begins with."""
    engine = (HERE.parent / "live" / "engine.js").read_text(encoding="utf-8")
    own = (HERE / "parts" / "live.js").read_text(encoding="utf-8")
    return f"(() => {{\nconst ENGINE = {inert(engine)};\n{own}\n}})();"


def inert(value):
    """JSON in which nothing ends a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def packed():
    return base64.b64encode(module()).decode("ascii")


def told(about_it):
    return f'<script type="application/json" id="rcv-cells">{inert(about_it)}</script>'


def parts(about_it):
    """The end of a page that carries all."""
    engine = f'<script type="application/octet-stream" id="rcv-engine">{packed()}</script>'
    return f"\n{told(about_it)}\n{engine}\n<script>\n{script()}\n</script>"
