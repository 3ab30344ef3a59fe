"""Pygments lexers of the Reconverge language, and of what it prints: colours in nbconvert, Sphinx, Quarto and MkDocs pages.

The words come from words.json, which the tests write from the table of the language.
"""

import json
from importlib import resources

from pygments.lexer import RegexLexer, bygroups, using, words
from pygments.lexers.rust import RustLexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, Punctuation, String, Text

WORDS = json.loads(resources.files(__package__).joinpath("words.json").read_text(encoding="utf-8"))


def _any(group):
    return words(WORDS[group], prefix=r"\b", suffix=r"\b")


class ReconvergeLexer(RegexLexer):
    """Cells and .rcv files."""

    name = "Reconverge"
    aliases = ["reconverge"]
    filenames = ["*.rcv"]
    mimetypes = ["text/x-reconverge"]

    tokens = {
        "root": [
            (r"\A(\s*)(%%rust\b.*\n)((?:.|\n)*)", bygroups(Text, Comment.Preproc, using(RustLexer))),
            (r"\s+", Text),
            (r"///.*$", String.Doc),
            (r"//.*$", Comment.Single),
            (r'"(\\.|[^"\\\n])*"', String),
            (r"\b\d[\d_]*(ns|us|ms|s|m|h)?\b", Number),
            (_any("declarations"), Keyword.Declaration),
            (_any("commands"), Keyword.Namespace),
            (_any("constants"), Keyword.Constant),
            (_any("operators"), Operator.Word),
            (_any("types"), Keyword.Type),
            (_any("keywords"), Keyword),
            (r"\b[A-Z]\w*\b", Name.Class),
            (r"\b[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"\b[A-Za-z_]\w*\b", Name),
            (r":=|\+=|-=|==|!=|<=|>=|\.\.|->|[-+*/%&<>=?|]", Operator),
            (r"[{}\[\]().,:;]", Punctuation),
        ]
    }


class OutputLexer(RegexLexer):
    """What commands print: marks of verdicts and of messages, in their colours."""

    name = "Reconverge output"
    aliases = ["reconverge-output"]

    tokens = {
        "root": [
            (r"[✓]( holds\b)?", Generic.Inserted),
            (r"[✗]( violated\b| broken\b)?|^error\[E\d+\]", Generic.Deleted),
            (r"[!…∅?]( failed\b| incomplete\b| vacuous\b| unanswered\b)|^warning\[E\d+\]", Generic.Emph),
            (r"^ +\d+  (?=\w)[^\n\d✓✗][^\n]+", Generic.Strong),
            (r"[^\n✓✗!…∅?]+|.", Generic.Output),
            (r"\n", Text),
        ]
    }
