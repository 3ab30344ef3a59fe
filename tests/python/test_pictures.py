"""The pictures of the README and the stills of the explorer and of the forms of a lesson: there, small, with words, and what the script makes."""

import re
import shutil
import subprocess
import sys

from browser_support import ROOT, need_chromium
from reconverge_jupyter.kernel import installed

PICTURES = ROOT / "manual/pages/pictures"
SCHEMES = ["light", "dark"]
FORMS = ["html", "slides", "pdf", "site", "scorm", "cc", "student", "grade"]
LARGEST = 60_000
LARGEST_FORM = 20_000


def shown():
    """The pictures of the README: the path for light and for dark, and the words for those who do not see it."""
    text = (ROOT / "README.md").read_text()
    form = r'<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*<img src="([^"]+)"[^>]* alt="([^"]*)"'
    return [(light, dark, alt) for dark, light, alt in re.findall(form, text)]


def size(webp):
    """Width and height, from the header of an extended WebP."""
    data = webp.read_bytes()
    assert data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X", webp
    return tuple(1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))


def test_the_readme_shows_a_run_and_the_explorer_light_and_dark():
    found = shown()
    assert len(found) == (ROOT / "README.md").read_text().count("<picture>") == 2 + len(FORMS)
    for light, dark, alt in found:
        assert light.replace("-light.", "-dark.") == dark != light
        assert all(0 < (ROOT / path).stat().st_size < LARGEST for path in (light, dark))
        assert len(alt) > (30 if "form-" in light else 60), "what the picture says, in words"


def test_the_run_in_the_readme_is_what_its_words_say():
    light, dark, alt = shown()[0]
    steps = re.search("<desc>(.*?)</desc>", (ROOT / light).read_text()).group(1)
    assert steps == re.search("<desc>(.*?)</desc>", (ROOT / dark).read_text()).group(1)
    nodes = re.match("Space-time diagram of (.*?), time", steps).group(1).split(", ")
    assert [node for node in nodes if node != "system" and node not in alt] == []


def test_stills_are_made_anew(tmp_path):
    need_chromium()
    reconverge = installed()
    subprocess.run([sys.executable, ROOT / "install/pictures.py", reconverge, tmp_path], check=True)
    for scheme in SCHEMES:
        kept, made = (folder / f"explorer-{scheme}.webp" for folder in (PICTURES, tmp_path))
        # Their letters are those of the machine's type faces: only what is the same everywhere is compared.
        assert size(made) == size(kept)
        assert kept.stat().st_size < LARGEST
    forms = sorted(path.name for path in PICTURES.glob("form-*.webp"))
    made = sorted(path.name for path in tmp_path.glob("form-*.webp"))
    assert forms == sorted(f"form-{form}-{scheme}.webp" for form in FORMS for scheme in SCHEMES)
    assert made == (forms if shutil.which("pdftoppm") else [])
    shown_as = {
        "README.md": r'<img src="manual/pages/pictures/(form-[^"]+)" width="\d+" alt="[^"]{30,}">',
        "manual/pages/course.md": r"!\[[^\]]{30,}\]\(pictures/(form-[^)]+)\)",
    }
    light = [name for name in forms if "-light." in name]
    assert all(sorted(re.findall(form, (ROOT / page).read_text())) == light for page, form in shown_as.items())
    for form in FORMS:
        assert len({(PICTURES / f"form-{form}-{scheme}.webp").read_bytes() for scheme in SCHEMES}) == 2, form
    for name in forms:
        assert all(0 < path.stat().st_size < LARGEST_FORM for path in [PICTURES / name, *tmp_path.glob(name)])
    light, dark = ((PICTURES / f"explorer-{scheme}.webp").read_bytes() for scheme in SCHEMES)
    assert light != dark
