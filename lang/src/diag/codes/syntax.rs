//! Codes of lexing, parsing.

codes! { SYNTAX {
    UNEXPECTED = "E0101", "unexpected token",
        "Something stands where the grammar has no place for it. The message says what was expected there; \
         the rest of the cell is still read, so that other mistakes show at once.",
        "system A { state x: }";
    BAD_CHARACTER = "E0102", "unexpected character",
        "A character that is part of no token. Names consist of letters, digits and `_`; comments start with `//`.",
        "system A { # a comment\n}";
    UNCLOSED_STRING = "E0103", "unclosed string",
        "A string literal ends on the line on which it starts. Use `\\n` for a line break inside.",
        "system A \"one sentence {\n}";
    BAD_ESCAPE = "E0104", "unknown escape",
        "After a backslash in a string only `\"`, `\\`, `n`, `t` and `r` have a meaning.",
        "system A \"50\\% done\" { }";
    NUMBER_TOO_LARGE = "E0105", "number too large",
        "Numbers are whole and fit in 64 bits with sign.",
        "99999999999999999999";
    BAD_DURATION = "E0106", "neither number nor duration",
        "A word that starts with a digit is a duration: digits and one of `us`, `ms`, `s`, `m`, `h`.",
        "system A { reconciler r: periodic { every 10sec } }";
    FOREIGN_MARK = "E0107", "mark of another language",
        "The mark belongs to another language. It is read as what it stands for, so that nothing else is hidden.",
        "true && false";
    UNCLOSED = "E0108", "unclosed bracket",
        "A bracket is opened and never closed. Indentation is used to guess where it should have been closed.",
        "system A { state x: bool";
    UNOPENED = "E0109", "closing bracket without opening one",
        "A bracket is closed that is not open here.",
        "system A { } }";
    TOO_DEEP = "E0110", "nested too deeply",
        "Brackets, expressions, statements and types nest at most 200 deep, so that no text can exhaust the stack. \
         Name a part with `def` or `let`.",
        "not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         not not not not not not not not not not not not not not not not not not not not not not not not not not \
         true";
    TOO_LARGE = "E0111", "cell too large",
        "A cell holds at most 200,000 tokens and 4 MiB of text. Split it, or move systems into files. \
         For example a set of 100,001 numbers that is written out, `{ 0, 1, 2, … }`, has 200,003 tokens; the range `0..100000` has three.",
        "";
    TOO_MANY = "E0112", "too many errors",
        "At most 20 syntax errors of a cell are shown; the others are counted.",
        "} } } } } } } } } } } } } } } } } } } } } } }";
    DANGLING_DOC = "E0113", "doc comment that documents nothing",
        "A comment with three slashes belongs to the item, member or field after it. Elsewhere use two.",
        "system A { state x: bool /// set once\n}";
} }
