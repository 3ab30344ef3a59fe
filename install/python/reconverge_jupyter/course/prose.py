"""Prose as HTML that needs no script and no network: headings that can be linked, mathematics as MathML.

Enters: Markdown. Leaves: HTML; on the way, the headings for the table of contents and the files that links name.
"""

import re
from html import escape, unescape
from urllib.parse import unquote

import bs4
import latex2mathml.converter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from . import Wrong


class Renderer(IPythonRenderer):
    """One for a document: ids are told apart within it."""

    def __init__(self, page, where, **options):
        super().__init__(escape=False, embed_images=True, **options)
        self.page, self.where = page, where

    def heading(self, text, level, **attributes):
        words = bs4.BeautifulSoup(text, "html.parser").get_text()
        anchor = self.page.anchor(words)
        self.page.headings.append((level, anchor, words))
        link = f' <a class="anchor" href="#{anchor}" aria-label="Link to: {escape(words)}">#</a>' if level > 1 else ""
        return f'<h{level} id="{anchor}">{text}{link}</h{level}>\n'

    # Tags stand alone here (`<kbd>`): what would read them as a document would close them.
    def inline_html(self, html):
        return super().inline_html(html) if "<img" in html else html

    def block_html(self, html):
        return super().block_html(html) if "<img" in html else html + "\n"

    def link(self, text, url, title=None):
        target = self.page.target(url)
        return text if target is None else super().link(text, target, title)

    def image(self, text, url, title=None):
        if re.match(r"(https?:)?//", url):
            raise Wrong(f"{self.where}: the picture {url} lies in the network; put it beside the notebook")
        if self.page.folder is None or re.match(r"[a-z][a-z0-9+.-]*:", url):
            return super().image(text, url, title)
        # Markdown can name some files only in the spelling of addresses.
        path = url if (self.page.folder / url).is_file() else unquote(url)
        if not (self.page.folder / path).is_file():
            raise Wrong(f"{self.where}: there is no picture {path} beside the notebook")
        return super().image(text, path, title)

    def inline_math(self, body):
        return self._math(body, "inline")

    def block_math(self, body):
        return self._math(body, "block")

    def latex_environment(self, name, body):
        return self._math(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def _math(self, body, display):
        try:
            made = latex2mathml.converter.convert(body.strip(), display=display)
        except Exception as error:  # its errors have no common parent
            raise Wrong(
                f"{self.where}: the formula {body.strip()} cannot be read: {error or type(error).__name__}"
            ) from None
        # For those who listen, and for those who copy.
        return made.replace("<math ", f'<math alttext="{escape(body.strip())}" ', 1)


class Pages:
    """What prose needs to know of the document around it."""

    def __init__(self, folder, sibling, brings_files=True):
        """`folder`: that of the notebook. `sibling`: what stands for another notebook, from its path: None, or it gives None, where
        no link can lead.
        """
        self.folder, self.sibling, self.brings_files = folder, sibling, brings_files
        self.headings, self.files, self._anchors = [], {}, {}

    def anchor(self, words):
        base = _anchor(words)
        count = self._anchors[base] = self._anchors.get(base, 0) + 1
        return base if count == 1 else f"{base}-{count}"

    def target(self, url):
        """Where a link leads in the document that is made: mappings are brought along. None: nowhere, on paper."""
        path, _, part = url.partition("#")
        if not path or re.match(r"[a-z][a-z0-9+.-]*:|//", path):
            return url
        if path.endswith(".ipynb"):
            there = self.sibling and self.sibling(path)
            return there and there + (f"#{part}" if part else "")
        if path.endswith(".rcv") and self.folder is not None:
            file = (self.folder / path).resolve()
            if file.is_file() and not self.brings_files:
                return None
            if file.is_file():
                self.files[path] = file
                return "#" + file_anchor(path)
        # Other files are not brought along.
        return None

    def html(self, source, where, attachments=None):
        renderer = Renderer(
            self, where, path=str(self.folder or ""), attachments=attachments, exclude_anchor_links=True
        )
        return MarkdownWithMath(renderer=renderer).render(source)


def _anchor(words):
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-") or "part"


def within(html, headings):
    """Links to headings that are spelled as JupyterLab spells them lead to those of the page. `headings`: (level, anchor, words)."""
    ids = set(re.findall(r'\bid="([^"]*)"', html)) | {anchor for _, anchor, _ in headings}

    def leads(link):
        told = unquote(unescape(link[1]))
        return f'href="#{_anchor(told)}"' if link[1] not in ids and _anchor(told) in ids else link[0]

    return re.sub(r'href="#([^"]+)"', leads, html)


def file_anchor(path):
    return "file-" + re.sub(r"[^\w]+", "-", path)
