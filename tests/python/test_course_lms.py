"""Packages for learning management systems: held to their standards, and driven by the run-time of such a system."""

import functools
import http.server
import re
import shutil
import threading
import zipfile
from urllib.parse import unquote

import pytest
from browser_support import PATIENCE, eventually, need_chromium
from course_support import SYSTEM, cell, lesson, notebook, reconverge, write
from explorer_support import npm_source
from lxml import etree

need_chromium()
SECOND = "# The second & last lesson\n\nBack to the [first](../lesson.ipynb#money), and [nowhere](../../lost.ipynb)."
CP = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
CC = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"
LESSONS = ["lesson.html", "week 2/second.html"]
# A system that has both: its API is where the standard wants it, in the window around the lesson.
HOST = """<!doctype html><meta charset="utf-8"><script src="/scorm12.js"></script>
<script>window.API = new Scorm12API({ autocommit: false });</script><iframe width="900" height="600"></iframe>"""
KEPT = ["lesson_status", "lesson_location"]
STATUS = "API.getCMIValue('cmi.core.lesson_status')"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course of two lessons in both forms."""
    folder = tmp_path_factory.mktemp("lms")
    (folder / "source/week 2").mkdir(parents=True)
    first = lesson()
    first.cells[0].source = first.cells[0].source.replace("next.ipynb", "<week 2/second.ipynb>")
    write(folder / "source", first)
    write(folder / "source/week 2", notebook([cell("markdown", "title", SECOND)]), "second.ipynb")
    course = folder / "course"
    reconverge("export", folder / "source", "--to", "ipynb", "--out", course)
    (course / "bank.rcv").write_text(SYSTEM + "\n")
    (course / "README.md").write_text("# Money & more\n\nFor the term.\n")
    for out in ("out", "again"):
        for form in ("scorm", "cc"):
            reconverge("export", course, "--to", form, "--stored", "--out", folder / out)
    return folder


def parts(package):
    """The names in a package, its manifest as a tree."""
    with zipfile.ZipFile(package) as packed:
        return packed.namelist(), etree.fromstring(packed.read("imsmanifest.xml"))


@pytest.mark.parametrize("name", ["course.scorm.zip", "course.imscc"])
def test_the_same_notebooks_give_the_same_bytes(made, name):
    assert (made / "out" / name).read_bytes() == (made / "again" / name).read_bytes()
    with zipfile.ZipFile(made / "out" / name) as packed:
        assert packed.testzip() is None
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        # The manifest is at the root, where every system looks for it.
        assert packed.namelist()[0] == "imsmanifest.xml"


def test_scorm_keeps_to_its_schemas(made, tmp_path):
    names, manifest = parts(made / "out/course.scorm.zip")
    with zipfile.ZipFile(made / "out/course.scorm.zip") as packed:
        packed.extractall(tmp_path)
    spaces = {"imscp_rootv1p1p2": "http://www.imsproject.org/xsd", "adlcp_rootv1p2": "http://www.adlnet.org/xsd"}
    imports = [f'<import namespace="{at}/{name}" schemaLocation="{name}.xsd"/>' for name, at in spaces.items()]
    (tmp_path / "both.xsd").write_text(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{"".join(imports)}</schema>')
    etree.XMLSchema(etree.parse(tmp_path / "both.xsd")).assertValid(manifest)
    # What is not in the schemas: Content Aggregation Model 1.2, section 2.3.2.
    assert [e.text for e in manifest.find(f"{CP}metadata")] == ["ADL SCORM", "1.2"]
    organizations = manifest.find(f"{CP}organizations")
    [organization] = organizations
    assert organizations.get("default") == organization.get("identifier")
    assert organization.find(f"{CP}title").text == "Money & more"
    items = organization.findall(f"{CP}item")
    assert [item.find(f"{CP}title").text for item in items] == ["A small lesson", "The second & last lesson"]
    resources = {r.get("identifier"): r for r in manifest.iter(f"{CP}resource")}
    lessons = [resources[item.get("identifierref")] for item in items]
    assert len(resources) == len(items) and [unquote(r.get("href")) for r in lessons] == LESSONS
    assert {r.get("{http://www.adlnet.org/xsd/adlcp_rootv1p2}scormtype") for r in lessons} == {"sco"}
    files = [unquote(file.get("href")) for file in manifest.iter(f"{CP}file")]
    located = manifest.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation").split()[1::2]
    assert sorted(names) == sorted(["imsmanifest.xml", "ims_xml.xsd", *files, *located])


def test_a_cartridge_is_as_its_profile_says(made):
    names, manifest = parts(made / "out/course.imscc")
    # Common Cartridge Profile 1.1, section 4.3: schema and version; a title for the manifest.
    metadata = manifest.find(f"{CC}metadata")
    assert [metadata.find(f"{CC}{name}").text for name in ("schema", "schemaversion")] == [
        "IMS Common Cartridge",
        "1.1.0",
    ]
    assert metadata.find(".//{*}lom/{*}general/{*}title/{*}string").text == "Money & more"
    # Section 4.4: one organization, which is a rooted hierarchy: one item, without a title and without a resource.
    [organization] = manifest.find(f"{CC}organizations")
    assert organization.get("structure") == "rooted-hierarchy"
    [root] = organization
    assert root.find(f"{CC}title") is None and root.get("identifierref") is None
    within = [item for item in root.iter(f"{CC}item") if item is not root]
    assert all(item.find(f"{CC}title").text for item in within)
    # What has items below has no resource; what has none, one.
    resources = {r.get("identifier"): r for r in manifest.iter(f"{CC}resource")}
    leaves = [item for item in within if item.find(f"{CC}item") is None]
    assert all(item.get("identifierref") is None for item in within if item not in leaves)
    lessons = [resources.pop(item.get("identifierref")) for item in leaves]
    assert not resources and {r.get("type") for r in lessons} == {"webcontent"}
    assert [unquote(r.get("href")) for r in lessons] == LESSONS
    assert [unquote(file.get("href")) for file in manifest.iter(f"{CC}file")] == LESSONS
    assert sorted(names) == sorted(["imsmanifest.xml", *LESSONS])
    identifiers = [e.get("identifier") for e in manifest.iter() if e.get("identifier")]
    assert len(identifiers) == len(set(identifiers)) and all(re.fullmatch(r"[A-Za-z_][\w.-]*", i) for i in identifiers)


def test_links_lead_to_lessons_of_the_package_only(made):
    def text(package, name):
        with zipfile.ZipFile(made / "out" / package) as packed:
            return packed.read(name).decode()

    assert 'href="../lesson.html#money"' in text("course.imscc", "week 2/second.html")
    assert 'href="week%202/second.html"' in text("course.imscc", "lesson.html")
    assert "LMSInitialize" not in text("course.imscc", "lesson.html")
    for package in ("course.imscc", "course.scorm.zip"):
        assert "lost" not in text(package, "week 2/second.html") and "nowhere" in text(package, "week 2/second.html")
    # One lesson does not open another behind the system's back.
    assert ">first<" not in text("course.scorm.zip", "week 2/second.html")
    assert "second.html" not in text("course.scorm.zip", "lesson.html")


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def system(made, tmp_path_factory):
    """Where a system shows the lessons."""
    folder = tmp_path_factory.mktemp("system")
    with zipfile.ZipFile(made / "out/course.scorm.zip") as packed:
        packed.extractall(folder)
    (folder / "host.html").write_text(HOST)
    (folder / "scorm12.js").write_text(npm_source("scorm-again/dist/scorm12.min.js"))
    handler = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_system_is_told_how_far_the_reader_is(browser, system):
    _, address = system
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else wrong.append(r.url))
    page.goto(address + "host.html")
    assert page.evaluate(STATUS) == "not attempted"
    page.evaluate("document.querySelector('iframe').src = 'lesson.html'")
    page.wait_for_function(f"{STATUS} === 'incomplete'", timeout=1000 * PATIENCE)
    lesson = page.frames[1]
    lesson.wait_for_function("document.querySelector('#cell-broken .rcv-live')")
    # Above its end it is not read.
    lesson.evaluate("document.getElementById('money').scrollIntoView()")
    assert page.evaluate(STATUS) == "incomplete"
    # The reader leaves, and comes back to where he was.
    page.evaluate("document.querySelector('iframe').src = 'about:blank'")
    page.wait_for_function("API.isTerminated()", timeout=1000 * PATIENCE)
    kept = {f"cmi.core.{name}": page.evaluate(f"API.getCMIValue('cmi.core.{name}')") for name in KEPT}
    assert kept == {"cmi.core.lesson_status": "incomplete", "cmi.core.lesson_location": "money"}
    told = page.evaluate("JSON.stringify(API.renderCMIToJSONObject())")
    # Hundredths that end with a zero, or are none, are written shorter by the system.
    assert re.search(r'"session_time":"0+:\d\d:\d\d(\.\d\d?)?"', told) and '"exit":"suspend"' in told, told
    page.goto(address + "host.html")
    page.evaluate("(kept) => API.loadFromFlattenedJSON(kept)", kept)
    page.evaluate("document.querySelector('iframe').src = 'lesson.html'")
    page.wait_for_function("API.isInitialized()", timeout=1000 * PATIENCE)
    place = "document.getElementById('money').getBoundingClientRect().top"
    assert abs(eventually(lambda: page.frames[1].evaluate(place), lambda top: abs(top) < 300)) < 300
    # At the end it is.
    page.frames[1].evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function(f"{STATUS} === 'completed'", timeout=1000 * PATIENCE)
    page.evaluate("document.querySelector('iframe').src = 'about:blank'")
    page.wait_for_function("API.isTerminated()", timeout=1000 * PATIENCE)
    assert page.evaluate(STATUS) == "completed"
    assert wrong == []
    page.close()


def test_without_a_system_a_lesson_is_a_page(browser, system):
    folder, _ = system
    page = browser.new_context(offline=True).new_page()
    wrong = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.goto((folder / "lesson.html").as_uri())
    page.locator("#cell-broken .rcv-live").first.wait_for()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    # Also in a frame whose surroundings may not be looked into, as those of files are.
    shutil.copy(folder / "host.html", folder / "file.html")
    page.goto((folder / "file.html").as_uri())
    page.evaluate("document.querySelector('iframe').src = 'lesson.html'")
    page.frames[1].wait_for_function("document.querySelector('#cell-broken .rcv-live')")
    assert [words for words in wrong if "Scorm12API" not in words] == []
    page.context.close()
