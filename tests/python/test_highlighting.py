"""Every colouring sees the same in the same text: Pygments, CodeMirror and the TextMate grammar, on all mappings and
on every cell of the language suite."""

import json
import re

import pytest
from browser_support import ROOT, need_chromium
from pygments.token import Token
from reconverge_jupyter.lexer import ReconvergeLexer

need_chromium()

GRAMMAR = ROOT / "install/vscode/syntaxes/reconverge.tmLanguage.json"
MODULE = ROOT / "install/python/labextension/static/remoteEntry.js"

# What the three call the same.
PYGMENTS = {
    Token.Literal.String.Doc: "doc",
    Token.Comment.Single: "comment",
    Token.Literal.String: "string",
    Token.Literal.Number: "number",
    Token.Keyword.Declaration: "declaration",
    Token.Keyword.Namespace: "command",
    Token.Keyword.Constant: "constant",
    Token.Operator.Word: "word",
    Token.Keyword.Type: "type",
    Token.Keyword: "keyword",
    Token.Name.Class: "class",
    Token.Name.Function: "function",
    Token.Name: "name",
    Token.Operator: "operator",
    Token.Punctuation: "mark",
}
CODEMIRROR = {
    "docComment": "doc",
    "comment": "comment",
    "string": "string",
    "number": "number",
    "definitionKeyword": "declaration",
    "controlKeyword": "command",
    "atom": "constant",
    "operatorKeyword": "word",
    "typeName": "type",
    "keyword": "keyword",
    "className": "class",
    "variableName.function": "function",
    "variableName": "name",
    "operator": "operator",
    "punctuation": "mark",
}
TEXTMATE = {
    "comment.line.documentation": "doc",
    "comment.line.double-slash": "comment",
    "string.quoted.double": "string",
    "constant.numeric": "number",
    "storage.type.declaration": "declaration",
    "keyword.control.command": "command",
    "constant.language": "constant",
    "keyword.operator.word": "word",
    "support.type": "type",
    "keyword.other": "keyword",
    "entity.name.type": "class",
    "entity.name.function": "function",
    "variable.other": "name",
    "keyword.operator": "operator",
    "punctuation.separator": "mark",
}

MARKS = set("{}[]().,:;")

# CodeMirror's stream of one line, as far as the module asks it.
STREAM = """
class Stream {
  constructor(string) { this.string = string; this.pos = 0; }
  eatSpace() {
    const start = this.pos;
    while (/[\\s\\u00a0]/.test(this.string.charAt(this.pos))) ++this.pos;
    return this.pos > start;
  }
  skipToEnd() { this.pos = this.string.length; }
  next() { return this.string.charAt(this.pos++); }
  match(pattern, consume = true) {
    if (typeof pattern === "string") {
      if (!this.string.startsWith(pattern, this.pos)) return null;
      this.pos += pattern.length;
      return true;
    }
    const found = this.string.slice(this.pos).match(pattern);
    if (!found || found.index > 0) return null;
    if (consume) this.pos += found[0].length;
    return found;
  }
}
"""


def corpus():
    """Lines: of every mapping, and of every cell of the suite and of the reference."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("notebooks/mappings/*.rcv"))]
    for path in [*sorted(ROOT.glob("tests/suite/**/*.md")), ROOT / "lang/REFERENCE.md"]:
        found = re.findall(r"^```reconverge\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)
        texts.extend(found)
    return [line for line in dict.fromkeys("\n".join(texts).split("\n")) if line.strip()]


def pygments(line):
    pieces = []
    for at, token, text in ReconvergeLexer(ensurenl=False, stripnl=False).get_tokens_unprocessed(line):
        if text.strip() and token is not Token.Error:
            pieces.append((at, text, PYGMENTS[token]))
    return pieces


def textmate(patterns, line):
    """As an editor reads a line: at each place the nearest match, of several the first pattern's."""
    pieces, at = [], 0
    while at < len(line):
        found = [(match.start(), i, match) for i, (_, p) in enumerate(patterns) if (match := p.search(line, at))]
        found = [f for f in found if f[2].end() > f[2].start()]
        if not found:
            break
        start, i, match = min(found, key=lambda f: f[:2])
        pieces.append((start, match.group(), patterns[i][0]))
        at = match.end()
    return pieces


@pytest.fixture(scope="module")
def codemirror(browser):
    source = MODULE.read_text(encoding="utf-8")
    lexer = source[source.index("const words = {") : source.index("const plugin")]
    page = browser.new_page()
    run = """(lines, together) => {
        let state = startState();
        return lines.map((line) => {
          const stream = new Stream(line), pieces = [];
          if (!together) state = startState();
          while (stream.pos < line.length) {
            const start = stream.pos, style = token(stream, state);
            if (style) pieces.push([start, line.slice(start, stream.pos), style]);
          }
          return pieces;
        });
      }"""
    read = f"([lines, together]) => {{ {STREAM} {lexer} return ({run})(lines, together); }}"
    yield lambda lines, together=False: page.evaluate(read, [lines, together])
    page.close()


def test_the_three_agree_on_everything_written(codemirror):
    lines = corpus()
    assert len(lines) > 1000
    rules = [rule for rule in json.loads(GRAMMAR.read_text(encoding="utf-8"))["patterns"] if "match" in rule]
    patterns = [(TEXTMATE[rule["name"].removesuffix(".reconverge")], re.compile(rule["match"])) for rule in rules]
    seen = set()
    for line, theirs in zip(lines, codemirror(lines), strict=True):
        # CodeMirror counts in UTF-16 and is compared by words.
        ours, third = pygments(line), textmate(patterns, line)
        assert third == ours, line
        styled = [(text, CODEMIRROR[style]) for _, text, style in theirs]
        # Marks of other languages are none of ours; CodeMirror has to call them something.
        assert [s for s in styled if s[1] != "mark" or s[0] in MARKS] == [(t, k) for _, t, k in ours], line
        seen.update(kind for _, _, kind in ours)
    assert seen == set(PYGMENTS.values()), "each kind of token stands somewhere in what is compared"


RUST = """%%rust
use reconverge::Counter::*;  // all of it
/* two
lines */ fn join<'a>(a: i64, b: &'a State) -> Option<i64> {
    let text = "a \\" b"; println!("{a}");
    if a == 0x1f && 'c' != '\\n' { return None }
    Some(a.max(b.total))
}"""


def test_a_rust_cell_is_coloured_as_rust(codemirror):
    styled = [{text: style for _, text, style in line} for line in codemirror(RUST.split("\n"), True)]
    assert styled[0] == {"%%rust": "meta"}
    assert styled[1]["use"] == "keyword" and styled[1]["Counter"] == "className"
    assert styled[1]["// all of it"] == "comment"
    assert list(styled[2].values()) == ["comment"] and styled[3]["lines */"] == "comment"
    assert (styled[3]["fn"], styled[3]["join"], styled[3]["'a"]) == ("keyword", "variableName", "labelName")
    assert (styled[3]["i64"], styled[3]["->"]) == ("typeName", "operator")
    assert styled[4]['"a \\" b"'] == "string" and styled[4]["println!"] == "macroName"
    assert (styled[5]["0x1f"], styled[5]["'c'"], styled[5]["'\\n'"]) == ("number", "string", "string")
    assert styled[6]["max"] == "variableName.function"
    # The same line without the magic before it is a mapping's.
    assert ["fn", "variableName"] in [piece[1:] for piece in codemirror(["fn x"])[0]]

    tokens = {text: kind for _, kind, text in ReconvergeLexer().get_tokens_unprocessed(RUST)}
    assert tokens["%%rust\n"] is Token.Comment.Preproc
    assert tokens["fn"] is Token.Keyword and tokens["i64"] is Token.Keyword.Type
    assert tokens["total"] is Token.Name

    (embedded,) = [rule for rule in json.loads(GRAMMAR.read_text(encoding="utf-8"))["patterns"] if "begin" in rule]
    assert re.match(embedded["begin"], RUST) and not re.match(embedded["begin"], "check A\n%%rust")
    assert embedded["patterns"] == [{"include": "source.rust"}]


def test_the_folder_is_an_extension():
    folder = ROOT / "install/vscode"
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    for contribution in (*package["contributes"]["languages"], *package["contributes"]["grammars"]):
        named = [contribution[key] for key in ("configuration", "path") if key in contribution]
        assert named and all((folder / name).is_file() for name in named)
    configuration = json.loads((folder / "language-configuration.json").read_text(encoding="utf-8"))
    assert configuration["comments"]["lineComment"] == "//"
