"""A site that was built → the same, lighter: what all pages repeat is said once, and what is packed stays packed.

Enters: the folder. Leaves: the folder, with the same pages, words and colours; it still needs no server. What is not as this
expects, because the tool that builds sites has changed, stays as it is.
"""

import json
import posixpath
import re
import shutil
import zlib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from .page import HERE, own

# Where the theme's scripts lie that all pages carry.
COMMON = "javascripts/page.js"
# Where it has what unpacks the search and the engine.
XZ = "javascripts/xz.js"
# What every page does.
REACH = "javascripts/site.js"
# Where a site has `inflate`.
INFLATE = "javascripts/inflate.js"
SVG = "{http://www.w3.org/2000/svg}"


def lean(site):
    files = {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))
    }
    common, files = _once(files)
    if common:
        (site / COMMON).write_text(common, encoding="utf-8")
    (site / REACH).write_text(f"(() => {{\n{own('site.js')}}})();\n", encoding="utf-8")
    files, rules = _styled({name: _open(_plain(_frame(_idle(name, text)))) for name, text in files.items()})
    # The build may have made it smaller, and named it so.
    for sheet in (site / "stylesheets").glob("lessons*.css"):
        sheet.write_text(sheet.read_text(encoding="utf-8") + rules, encoding="utf-8")
    files = _one_sheet(site, files)
    for name, text in files.items():
        (site / name).write_text(text, encoding="utf-8")
    _one_index(site)
    _unread(site, "".join([common, *files.values()]))
    _renamed(site)


# Names of the theme that pages say thousands of times.
SHORTER = {
    "md-ellipsis": "md-e",
    "md-nav__item": "md-i",
    "md-nav__link": "md-a",
    "md-nav__icon": "md-q",
    "md-sidebar__scrollwrap": "md-s",
}


def _renamed(site):
    for kind in ("html", "css", "js"):
        for path in sorted(site.rglob(f"*.{kind}")):
            text = path.read_bytes()
            shorter = text
            for name, short in SHORTER.items():
                shorter = shorter.replace(name.encode(), short.encode())
            if shorter != text:
                path.write_bytes(shorter)


# ── Scripts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SCOPE = re.compile(r'<script>(__md_scope=new URL\()("[^"]*"),location(\).*?)</script>', re.S)
# What does nothing without scripts: the switch between light and dark, and the search.
PALETTE = re.compile(
    r'(<form class="?md-header__option"? data-md-component="?palette"?>.*?</form>)\s*<script>(var palette=__md_get.*?)</script>'
    r'\s*(<label [^>]*for="?__search"?>.*?</label>\s*<div class="?md-search"? [^>]*>\s*<button[^>]*>[^<]*</button>\s*</div>)',
    re.S,
)
# What lies over the page, wherever it stands in it.
LOOSE = [
    re.compile(r'<button type="?button"? class="md-top md-icon"[^>]*>.*?</button>', re.S),
    re.compile(r'<div class="?md-dialog"? [^>]*>\s*<div [^>]*>\s*</div>\s*</div>'),
]
# The same on every page is said of none.
ABOUT = re.compile(r'<meta name="?description"? content="[^"]*">')
TABS = re.compile(r"<script>var target=document\.getElementById\(location\.hash[^<]*__tabbed_[^<]*</script>")
CONFIG = re.compile(r'<script id="?__config"? type="?application/json"?>(.*?)</script>', re.S)


def _once(files):
    """The scripts that every page carries as one, which pages name instead: (its text, pages)."""
    said = {name: _said(text) for name, text in files.items()}
    if not any(said.values()):
        return "", files
    usual = Counter(filter(None, said.values())).most_common(1)[0][0]
    scope, (switch, palette, search), config, loose = usual
    common = (
        f'const reconvergeSite = new URL("..", document.currentScript.src).href;\n{scope}\n'
        f'document.currentScript.insertAdjacentHTML("beforebegin", {json.dumps(switch)});\n'
        f'document.currentScript.insertAdjacentHTML("afterend", {json.dumps(search)});\n'
        f'document.currentScript.closest("header").insertAdjacentHTML("afterend", {json.dumps(loose)});\n{palette}\n{{\n'
        f"const config = {config};\nconfig.base = reconvergeSite;\nconfig.search = new URL(config.search, reconvergeSite).href;\n"
        'const told = Object.assign(document.createElement("script"), { id: "__config", type: "application/json" });\n'
        "told.textContent = JSON.stringify(config);\ndocument.body.append(told);\n}\n"
    )
    gone = [SCOPE, CONFIG, *LOOSE] + ([] if any('class="tabbed-set' in text for text in files.values()) else [TABS])
    about = Counter(said for text in files.values() for said in ABOUT.findall(text)).most_common(1)

    def lighter(name, text):
        if said[name] != usual:
            return text
        for pattern in gone:
            text = pattern.sub("", text)
        if about and name != "index.html":
            text = text.replace(about[0][0], "")
        script = f"<script src={'../' * name.count('/')}{COMMON}></script>"
        return PALETTE.sub(lambda _: script, text)

    return common, {name: lighter(name, text) for name, text in files.items()}


def _said(text):
    """What the scripts of a page say, without where the page lies. None: they are others."""
    scope, palette, config = SCOPE.findall(text), PALETTE.findall(text), CONFIG.findall(text)
    loose = [pattern.findall(text) for pattern in LOOSE]
    if any(len(found) != 1 for found in (scope, palette, config, *loose)):
        return None
    told = json.loads(config[0])
    base = told.pop("base", "")
    told["search"] = told["search"].removeprefix(f"{base}/").removeprefix("./")
    config = json.dumps(told, ensure_ascii=False)
    return f"{scope[0][0]}reconvergeSite{scope[0][2]};", palette[0], config, "".join(found[0] for found in loose)


# What only lessons have a use for.
LESSONS = re.compile(r'(?:<script src="?[^">]*javascripts/(?:inflate|explorer|live)[\w.]*\.js"?[^>]*></script>\s*)+')


def _idle(name, text):
    """A page of no lesson reads nothing that steps through runs."""
    if re.search(r'\bclass="?lesson\b', text):
        return text
    return LESSONS.sub(f"<script src={'../' * name.count('/')}{REACH}></script>", text, count=1)


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ICON = re.compile(
    r'<svg xmlns="?http://www.w3.org/2000/svg"? fill="?none"? stroke="?currentColor"? stroke-linecap="?round"?'
    r' stroke-linejoin="?round"? stroke-width="?2"? class="lucide[^"]*" (viewBox="0 0 24 24")>'
)


IDLE = [
    re.compile(r'<a href="?[^">\s]*"? title="?[^">]*"? class="md-nav__button md-logo"[^>]*>\s*<img[^>]*>\s*</a>'),
    re.compile(r'<div class="?md-header__source"?>\s*</div>'),
]


def _frame(text):
    """What stands around the text: how icons are drawn is in the style sheet; names in lists need no room around them."""
    text = ICON.sub(r"<svg class=lucide \1>", text)
    text = re.sub(r'(<span class="?md-ellipsis"?>) ([^<]*) (</span>)', r"\1\2\3", text)
    # What says nothing to readers and browsers, and the sign of the site beside its name in the drawer.
    for idle in IDLE:
        text = idle.sub("", text)
    text = text.replace("<pre><span></span>", "<pre>")
    text = re.sub(r'<meta name="?generator"? content="?[^">]*"?>', "", text)
    text = re.sub(r'(<script src="?[^">\s]+"?) type="?text/javascript"?>', r"\1>", text)
    return re.sub(r'(<a href="?)\./', r"\1", text)


OUTPUT = re.compile(r'<div class="language-reconverge-output highlight">.*?</div>', re.S)
CODE = re.compile(r"<pre\b.*?</pre>", re.S)
SCRIPT = re.compile(r"(<(script|style)\b.*?</\2>)", re.S)
# What the standard lets out: the element ends where the next one of its kind begins, or its parent ends.
ENDS = re.compile(r"</(?:td|th|tr|thead|tbody|li|dt|dd)>")
# Of paragraphs, too, before what cannot be in one, and where what they are in ends.
BLOCK = r"(?:p|ul|ol|dl|div|h[1-6]|pre|table|blockquote|details|section|hr)"
ENDS_OF_PARAGRAPHS = re.compile(rf"</p>(?=\s*(?:<{BLOCK}\b|</(?:li|td|th|dd|div|article|section|blockquote|details)>))")


def _plain(text):
    """What has the colour of the code around it needs no tags for that: names, operators, punctuation; what programs say.
    What has another has the shortest of tags.
    """
    text = re.sub(r'<span class="?[nop]"?>([^<]*)</span>', r"\1", text)
    text = OUTPUT.sub(lambda found: re.sub(r'<span class="?go"?>([^<]*)</span>', r"\1", found[0]), text)
    return CODE.sub(
        lambda found: re.sub(r'<span class="?([a-z][a-z0-9]?)"?>([^<]*)</span>', r"<i class=\1>\2</i>", found[0]), text
    )


def _open(text):
    """Without the ends of elements that need none."""
    pieces = SCRIPT.split(text)
    # Of three pieces the second and third are a script and its kind.
    plain = [
        ENDS.sub("", ENDS_OF_PARAGRAPHS.sub("", piece)) if at % 3 == 0 else piece for at, piece in enumerate(pieces)
    ]
    return "".join(piece for at, piece in enumerate(plain) if at % 3 != 2)


STYLE = re.compile(r'<([a-z][a-z0-9]*)((?:\s[^<>]*?)?) style=("[^"]*"|[^\s>"]+)([^<>]*)>')


def _styled(files):
    """What tags say of their looks, which outputs of the kernel must do themselves elsewhere, as rules: (pages, rules)."""
    found = Counter(one[2] for text in files.values() for one in STYLE.findall(text))
    # These are looked for by what they say: see `site.css` and `site.js`.
    often = sorted(
        value for value, times in found.items() if times > 9 and not re.search("overflow|opacity:0.6", value)
    )
    names = {value: f"z{number}" for number, value in enumerate(often)}

    def named(one):
        name, rest = names.get(one[3]), one[2] + one[4]
        if name is None or rest.endswith("/"):
            return one[0]
        has = re.search(r' class=(?:"([^"]*)"|([^\s>]+))', rest)
        if has is None:
            return f"<{one[1]}{rest} class={name}>"
        return f'<{one[1]}{rest[: has.start()]} class="{name} {has[1] or has[2]}"{rest[has.end() :]}>'

    # As strong as what stands in a tag: whatever gives way to that gives way to these.
    said = (
        f".{name}{{{''.join(f'{part}!important;' for part in value.strip(chr(34)).split(';') if part)}}}"
        for value, name in names.items()
    )
    return {name: STYLE.sub(named, text) for name, text in files.items()}, "".join(said)


SHEET = re.compile(r'<link rel="?stylesheet"? href="?([^"\s>]+)"?>')
# Where the style sheets of all pages lie, as one.
SHEETS = "site.css"


def _one_sheet(site, files):
    """Where all pages name the same style sheets, they name one that has them all, in their order."""

    def named(name):
        folder = posixpath.dirname(name)
        return tuple(posixpath.normpath(posixpath.join("/", folder, to))[1:] for to in SHEET.findall(files[name]))

    sheets = {named(name) for name in files}
    texts = [(site / sheet).read_text(encoding="utf-8") for sheet in max(sheets)]
    # What a sheet brings in lies where it says from its own place.
    elsewhere = re.compile(r"@import|url\((?![\"']?(?:data:|#))")
    if len(sheets) != 1 or len(texts) < 2 or any(elsewhere.search(text) for text in texts):
        return files

    def lighter(name, text):
        first = SHEET.search(text)
        up = "/" if first[1].startswith("/") else "../" * name.count("/")
        return f"{text[: first.start()]}<link rel=stylesheet href={up}{SHEETS}>{SHEET.sub('', text[first.end() :])}"

    (site / SHEETS).write_text("".join(texts), encoding="utf-8")
    for sheet in max(sheets):
        (site / sheet).unlink()
        folder = (site / sheet).parent
        if not any(folder.iterdir()):
            folder.rmdir()
    return {name: lighter(name, text) for name, text in files.items()}


def _unread(site, pages):
    """The theme brings two of its style sheets and more; what no page names goes."""
    for path in (site / "assets").rglob("*"):
        if path.is_file() and path.name not in pages and path.name != "LICENSE":
            path.unlink()
    for path in sorted((site / "assets").rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


# ── The search ───────────────────────────────────────────────────────────────────────────────────────────────────────

# From servers the theme reads its index as data, from files as a script: the same words twice. And it reads them at once.
EITHER = re.compile(
    r'location\.protocol===?"file:"\?([\w$]+\((?:`\$\{new URL\("search\.js",[\w$.]+\)\}`|new URL\("search\.js",[\w$.]+\))\))'
)
# An observable of the index that begins as soon as somebody is about to search, or comes from a search.
WANTED = """function reconvergeWanted(index) {
  let begun = false;
  const wanted = new Promise((told) => {
    const done = () => told((begun = true));
    if (/[?&][hq]=/.test(location.search)) done();
    const near = ({ target }) => target.closest?.(".md-search,[for=__search],#__search") && done();
    for (const kind of ["pointerover", "focusin", "click"]) addEventListener(kind, near, true);
    // The theme hears these keys once it has the index.
    const key = (event) => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
      removeEventListener("keydown", key, true);
      if (begun) return;
      event.preventDefault();
      document.querySelector(".md-search").click();
    };
    addEventListener("keydown", key, true);
  });
  const unpacked = (then) => () => reconvergeIndex.then(then);
  return new index.constructor((to) => void wanted.then(() => index.subscribe({
    next: unpacked(() => to.next()), error: (why) => to.error(why), complete: unpacked(() => to.complete()),
  })));
}
"""


def _one_index(site):
    index, script = site / "search.json", site / "search.js"
    bundles = [path for path in (site / "assets/javascripts").glob("bundle*.js")]
    wanted = r"true?reconvergeWanted(\1)"
    texts = [EITHER.subn(wanted, path.read_text(encoding="utf-8")) for path in bundles]
    if [count for _, count in texts] != [1] or not script.is_file():
        return
    bundles[0].write_text(WANTED + texts[0][0], encoding="utf-8")
    said = unpacked(index.read_bytes(), XZ)
    script.write_bytes(
        script_of(
            f"var reconvergeIndex = {said}.then((bytes) => {{ __index = JSON.parse(new TextDecoder().decode(bytes)); }});\n"
        )
    )
    shutil.copy(HERE / "unpack/xz.js", site / XZ)
    index.unlink()


# ── Bytes in scripts ─────────────────────────────────────────────────────────────────────────────────────────────────


# The least number whose square holds 31 bits, and the first code unit: none of these many is special in a text.
BASE, FIRST = 46341, 0x2030


def bytes_of(data):
    """An expression for a `Uint8Array`: 31 bits in each two code units of a text.

    From files, bytes come into a page only as scripts. In UTF-16 this is three per cent more than the bytes, base64 a third.
    """
    units = []
    for at in range(0, len(data), 31):
        piece = int.from_bytes(data[at : at + 31].ljust(31, b"\0"), "big")
        for shift in range(217, -1, -31):
            high, low = divmod(piece >> shift & 0x7FFFFFFF, BASE)
            units += [chr(FIRST + high), chr(FIRST + low)]
    unpack = (
        "((text, length) => { const bytes = new Uint8Array(length); let held = 0, bits = 0, at = 0;"
        " for (let i = 0; i < text.length; i += 2) {"
        f" held = held * 2147483648 + (text.charCodeAt(i) - {FIRST}) * {BASE} + text.charCodeAt(i + 1) - {FIRST}; bits += 31;"
        " while (bits >= 8 && at < length) { bits -= 8; const byte = Math.floor(held / 2 ** bits);"
        " bytes[at++] = byte; held -= byte * 2 ** bits; } }"
        " return bytes; })"
    )
    return f'{unpack}("{"".join(units)}", {len(data)})'


def script_of(text):
    """A script as bytes: its mark goes before whatever a server or a page says of its encoding."""
    return b"\xff\xfe" + text.encode("utf-16-le")


def inflate():
    """The script that defines `reconvergeInflate`: packed bytes, room for what was in them → the room, filled."""
    source = (HERE / "unpack/inflate.js").read_text(encoding="utf-8")
    return f"var reconvergeInflate = (() => {{\nconst module = {{}};\n{source}\nreturn module.exports;\n}})();\n"


def unpacked(data, unpacker):
    """An expression for a promise of an `ArrayBuffer`. `unpacker`: where `XZ` lies, from the script that has it."""
    packed = _xz(data)
    if packed is None:
        return f"Promise.resolve({bytes_of(data)}.buffer)"
    return (
        "(async (from) => {\n"
        'await new Promise((done, failed) => { const script = document.createElement("script"); script.src = from;\n'
        "script.onload = done; script.onerror = failed; document.head.append(script); });\n"
        f"const packed = new Blob([{bytes_of(packed)}]).stream();\n"
        "return new Response(new globalThis['xz-decompress'].XzReadableStream(packed)).arrayBuffer();\n"
        f'}})(new URL("{unpacker}", document.currentScript.src))'
    )


def _xz(data):
    """None: this Python was built without it."""
    try:
        import lzma
    except ImportError:
        return None
    # What holds the position of an instruction makes programs larger here.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 4, "lp": 0, "pb": 0}]
    return lzma.compress(data, check=lzma.CHECK_CRC32, filters=filters)


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PAIR = re.compile(r"!\[([^\]\n]*)\]\(([^)\s]+)-light\.svg#only-light\)\n!\[\1\]\(\2-dark\.svg#only-dark\)")
# What may be said in a style sheet as well as on an element.
DRAWN = {"fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "font-weight", "font-style", "text-anchor", "opacity"}  # fmt: skip


def pictures(docs):
    """Pictures of the manual, which are there light and dark: one that has the colours of both, as those of lessons have."""
    for page in sorted(docs.rglob("*.md")):
        text = page.read_text(encoding="utf-8")

        def one(found, folder=page.parent):
            light, dark = (folder / f"{found[2]}-{scheme}.svg" for scheme in ("light", "dark"))
            both = folder / f"{found[2]}.svg"
            if not both.exists():
                made = _both(light, dark)
                if made is None:
                    return found[0]
                both.write_text(made, encoding="utf-8")
            return f"![{found[1]}]({found[2]}.svg#both)"

        made = PAIR.sub(one, text)
        if made != text:
            page.write_text(made, encoding="utf-8")
    left = "".join(page.read_text(encoding="utf-8") for page in docs.rglob("*.md"))
    for path in [*docs.rglob("*.svg"), *docs.rglob("*.webp")]:
        if re.search(r"-(light|dark)$", path.stem) and path.name not in left:
            path.unlink()


def _both(light, dark):
    """One picture, dark where the page is. None: they differ in more than colours."""
    ElementTree.register_namespace("", SVG[1:-1])
    roots = [ElementTree.fromstring(Path(path).read_text(encoding="utf-8")) for path in (light, dark)]
    pairs = list(zip(*(root.iter() for root in roots), strict=False))
    shapes = [[(e.tag, e.text, e.tail, [*e.keys()]) for e in root.iter()] for root in roots]
    if shapes[0] != shapes[1]:
        return None
    classes = {}
    for one, other in pairs:
        said = tuple(
            (key, _length(key, one.attrib.pop(key)), _length(key, other.get(key)))
            for key in sorted(one.keys())
            if key in DRAWN
        )
        if any(one.get(key) != other.get(key) for key in one.keys()):
            return None
        if said:
            one.set("class", classes.setdefault(said, _letters(len(classes))))
    for description in roots[0].findall(f"{SVG}desc"):
        roots[0].remove(description)
    _spaces(roots[0])
    _lines(roots[0])
    style = ElementTree.Element(f"{SVG}style")
    style.text = _rules(classes)
    roots[0].insert(0, style)
    return ElementTree.tostring(roots[0], encoding="unicode").replace(" />", "/>") + "\n"


# Long names of fonts, and what says the same to browsers of today.
FONTS = {
    "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif": "system-ui,sans-serif",
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace": "ui-monospace,Menlo,Consolas,monospace",
}


def _rules(classes):
    """A style sheet: what some classes have in common is said once; what is otherwise in the dark has a name.

    Enters: by class, for each of its properties the value in the light and in the dark.
    """
    same = {}
    for said, name in classes.items():
        for one in said:
            same.setdefault(one, []).append(f".{name}")
    both = {
        one: f"--{_letters(at)}" for at, one in enumerate(dict.fromkeys(one[1:] for one in same if one[1] != one[2]))
    }
    rules = ["".join(f"{name}:{values[at]};" for values, name in both.items()).removesuffix(";") for at in (0, 1)]
    text = f"svg{{{rules[0]}}}" if both else ""
    for (key, *values), names in same.items():
        variable = both.get(tuple(values))
        value = f"var({variable})" if variable else FONTS.get(values[0], values[0])
        text += f"{','.join(names)}{{{key}:{value}}}"
    return text + (f"@media(prefers-color-scheme:dark){{svg{{{rules[1]}}}}}" if both else "")


def _length(key, value):
    """As style sheets have it, where lengths have a unit."""
    return f"{value}px" if key == "font-size" and value.replace(".", "").isdigit() else value


def _spaces(root):
    """That spaces count is said once."""
    said = "{http://www.w3.org/XML/1998/namespace}space"
    texts = [*root.iter(f"{SVG}text")]
    if texts and all(text.get(said) == "preserve" for text in texts):
        root.set(said, "preserve")
        for text in texts:
            del text.attrib[said]


def _lines(parent):
    """Neighbours that are drawn alike, as one path."""
    last = None
    for line in [*parent]:
        _lines(line)
        if line.tag != f"{SVG}line" or [*line]:
            last = None
            continue
        x1, y1, x2, y2 = (line.attrib.pop(key) for key in ("x1", "y1", "x2", "y2"))
        line.tag, line.text = f"{SVG}path", None
        path = f"M{x1} {y1}" + (f"H{x2}" if y1 == y2 else f"V{y2}" if x1 == x2 else f"L{x2} {y2}")
        if last is not None and {**last.attrib, "d": ""} == {**line.attrib, "d": ""}:
            last.set("d", last.get("d") + path)
            parent.remove(line)
        else:
            line.set("d", path)
            last = line


def _letters(number):
    return ("" if number < 26 else _letters(number // 26 - 1)) + chr(97 + number % 26)
