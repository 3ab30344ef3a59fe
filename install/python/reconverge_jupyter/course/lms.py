"""Notebooks → a package for a learning management system: the pages of `--to html` and a manifest in one zip.

SCORM 1.2, whose lessons tell the system that they were read (`parts/scorm.js`), and Common Cartridge 1.1, whose lessons are
files that a course has. Enters: a notebook or a folder. Leaves: a package; the same notebooks give the same bytes.
"""

import io
import re
import zipfile
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape, quoteattr

from .export import about, executed, wanted
from .notebooks import title
from .page import HERE, PageExporter, own
from .prose import Pages

SCHEMAS = ["adlcp_rootv1p2.xsd", "ims_xml.xsd", "imscp_rootv1p1p2.xsd"]
EXTENSIONS = {"scorm": ".scorm.zip", "cc": ".imscc"}
# As early as a zip can tell it.
NEVER = (1980, 1, 1, 0, 0, 0)


class PackedPage(PageExporter):
    """A page that stands in a package. `links`: what stands for another notebook, from its path; None: a word."""

    def __init__(self, links, script, **kw):
        super().__init__(**kw)
        self.links, self.script = links, script

    def _pages(self, folder):
        return Pages(folder, self.links)

    def _finish(self, made, resources):
        made = super()._finish(made, resources)
        if not self.script:
            return made
        before, body, after = made.rpartition("</body>")
        return f"{before}<script>\n{self.script}\n</script>\n{body}{after}"


def package(arguments):
    """Writes the package into the folder that `--out` names, and names it; exit code 0."""
    source, form = arguments.source, arguments.to
    root = source if source.is_dir() else source.parent
    paths = wanted(arguments)
    lessons = [_lesson(path, root, paths, arguments) for path in paths]
    named = _title(source, lessons)
    manifest = {"scorm": _scorm, "cc": _cartridge}[form](named, lessons)
    files = {"imsmanifest.xml": manifest.encode()}
    files |= {name: page.encode() for _, name, page in lessons}
    if form == "scorm":
        files |= {name: (HERE / "scorm" / name).read_bytes() for name in SCHEMAS}
    stem = source.resolve().name if source.is_dir() else source.stem
    out = arguments.out / f"{stem}{EXTENSIONS[form]}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(zipped(files))
    print(out)
    return 0


def _lesson(path, root, paths, arguments):
    """(title, name in the package, page)"""
    notebook = executed(path, arguments)
    there = {other.resolve() for other in paths}

    def link(url):
        return url.removesuffix(".ipynb") + ".html" if (path.parent / unquote(url)).resolve() in there else None

    # A lesson of SCORM is opened by the system alone, which would not know of one that another opens (Run-Time Environment
    # 1.2, section 3.3.3): between them leads the system's menu.
    tracked = arguments.to == "scorm"
    links, script = (None, own("scorm.js")) if tracked else (link, "")
    exporter = PackedPage(links, script, instructor=arguments.instructor, live=arguments.live)
    page, _ = exporter.from_notebook_node(notebook, about(path))
    return title(notebook, path), path.relative_to(root).with_suffix(".html").as_posix(), page


def _title(source, lessons):
    """A notebook's own; of a folder, what its README begins with, or its name."""
    if not source.is_dir():
        return lessons[0][0]
    readme = source / "README.md"
    first = re.search(r"^# +(.+)$", readme.read_text(encoding="utf-8"), re.M) if readme.is_file() else None
    return first[1].strip() if first else source.resolve().name


def zipped(files):
    """A zip in which nothing tells of the day or the machine. The manifest is the first."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as packed:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, NEVER)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            packed.writestr(entry, data, compresslevel=9)
    return room.getvalue()


def _identified(named):
    """A name as XML has them."""
    return "reconverge-" + (re.sub(r"[^A-Za-z0-9]+", "-", named).strip("-").lower() or "course")


def _listed(lessons, indent, attributes=""):
    """The lessons as items."""
    return "\n".join(
        f'{indent}<item identifier="item-{number}" identifierref="lesson-{number}"{attributes}>\n'
        f"{indent}  <title>{escape(named)}</title>\n{indent}</item>"
        for number, (named, _, _) in enumerate(lessons, 1)
    )


def _resources(lessons, attributes=""):
    return "\n".join(
        f'    <resource identifier="lesson-{number}" type="webcontent"{attributes} href={quoteattr(quote(name))}>\n'
        f"      <file href={quoteattr(quote(name))}/>\n    </resource>"
        for number, (_, name, _) in enumerate(lessons, 1)
    )


def _scorm(named, lessons):
    """Content Aggregation Model 1.2, section 2.3."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="{_identified(named)}" version="1.0"
  xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="course">
    <organization identifier="course">
      <title>{escape(named)}</title>
{_listed(lessons, "      ", ' isvisible="true"')}
    </organization>
  </organizations>
  <resources>
{_resources(lessons, ' adlcp:scormtype="sco"')}
  </resources>
</manifest>
"""


def _cartridge(named, lessons):
    """Common Cartridge Profile 1.1, section 4: one organization, in it one item without a title, in that the course."""
    imscc, lom = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1", "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
    profile = "http://www.imsglobal.org/profile/cc/ccv1p1"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="{_identified(named)}"
  xmlns="{imscc}"
  xmlns:lomimscc="{lom}"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="{imscc} {profile}/ccv1p1_imscp_v1p2_v1p0.xsd {lom} {profile}/LOM/ccv1p1_lommanifest_v1p0.xsd">
  <metadata>
    <schema>IMS Common Cartridge</schema>
    <schemaversion>1.1.0</schemaversion>
    <lomimscc:lom>
      <lomimscc:general>
        <lomimscc:title>
          <lomimscc:string language="en">{escape(named)}</lomimscc:string>
        </lomimscc:title>
      </lomimscc:general>
    </lomimscc:lom>
  </metadata>
  <organizations>
    <organization identifier="course" structure="rooted-hierarchy">
      <item identifier="root">
        <item identifier="lessons">
          <title>{escape(named)}</title>
{_listed(lessons, "          ")}
        </item>
      </item>
    </organization>
  </organizations>
  <resources>
{_resources(lessons)}
  </resources>
</manifest>
"""
