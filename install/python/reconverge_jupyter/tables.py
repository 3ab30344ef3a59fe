r"""An extension of Python-Markdown for pages that GitHub shows too: `a \| b` in a table is `a | b` in code as well."""

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor


class _Unescape(Treeprocessor):
    def run(self, root):
        for cell in root.iter("td"):
            for code in cell.iter("code"):
                if code.text and "\\|" in code.text:
                    code.text = type(code.text)(code.text.replace("\\|", "|"))


class TablesExtension(Extension):
    """Registered after inline patterns, when code has become elements."""

    def extendMarkdown(self, md):  # noqa: N802
        md.treeprocessors.register(_Unescape(md), "reconverge-tables", 5)


def makeExtension(**kwargs):  # noqa: N802
    """What Python-Markdown looks for."""
    return TablesExtension(**kwargs)
