"""Colours of the language on pages, in both themes.

Each has at least 4.5:1 on the ground that code has there (`--code` in parts/page.css); tests measure it.
"""

from pygments.token import STANDARD_TYPES, Comment, Generic, Keyword, Name, Number, Operator, String

# Token: on light, on dark, more.
INK = {
    Keyword: ("#7a1fa2", "#d9a7f2", "font-weight:600"),
    Keyword.Declaration: ("#9a3412", "#fdba74", "font-weight:600"),
    Keyword.Namespace: ("#0b5394", "#8ec5ff", "font-weight:700"),
    Keyword.Constant: ("#1b6e3c", "#8fdcaa", ""),
    Keyword.Type: ("#0b5394", "#8ec5ff", ""),
    Operator.Word: ("#7a1fa2", "#d9a7f2", ""),
    Name.Class: ("#0f5c63", "#84d6de", ""),
    Name.Function: ("#3b4a9e", "#b3bdff", ""),
    Number: ("#1b6e3c", "#8fdcaa", ""),
    String: ("#1b6e3c", "#8fdcaa", ""),
    String.Doc: ("#5a5f66", "#adb3ba", "font-style:italic"),
    Comment: ("#5a5f66", "#adb3ba", "font-style:italic"),
    Generic.Inserted: ("#136338", "#7fd8a4", "font-weight:600"),
    Generic.Deleted: ("#a5121d", "#ff9d98", "font-weight:600"),
    Generic.Emph: ("#7a5200", "#e8c26a", "font-weight:600"),
    Generic.Strong: ("#30587f", "#9ac4ee", ""),
}


def style_sheet():
    """Rules for every class that Pygments writes; what has no colour of its own has its parent's."""
    rules = []
    for token, name in sorted(STANDARD_TYPES.items(), key=lambda pair: pair[1]):
        found = token
        while found and found not in INK and found.parent is not None:
            found = found.parent
        if name and found in INK:
            light, dark, more = INK[found]
            rules.append(f".highlight .{name}{{color:light-dark({light},{dark});{more}}}")
    return "\n".join(rules)
