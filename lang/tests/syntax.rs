//! Syntax through its only door: what parses, what does not, and what the diagnostics say.

use reconverge_lang::concepts::ExpectedVerdict;
use reconverge_lang::diag::{Diagnostic, codes, render};
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::{self, Completeness, TokenClass, completeness, tokens, tree};
use reconverge_lang::words::{Kw, Question};

#[path = "support/offers.rs"]
mod offers;

const KAFKA: &str = include_str!("data/kafka.rcv");
const COMMANDS: &str = include_str!("data/commands.rcv");
const CONSTRUCTS: &str = include_str!("data/constructs.rcv");

fn parse(text: &str) -> (tree::Cell, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let id = sources.add("cell 1", text);
    let (cell, found) = syntax::parse(id, text);
    (cell, found, sources)
}

/// Diagnostics as `code line:column message`, and `help: …` below.
fn shown(text: &str) -> Vec<String> {
    let (_, found, sources) = parse(text);
    assert_eq!(offers::wrong(&found, &sources), Vec::<String>::new());
    let show = |d: &Diagnostic| {
        let p = sources.position(d.span.source, d.span.start);
        let help = d.help.as_ref().map_or(String::new(), |h| format!(" | {h}"));
        format!("{} {}:{} {}{help}", d.code, p.line, p.column, d.message)
    };
    found.iter().map(show).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "in:\n{text}");
}

/// A member inside a system, by itself.
#[track_caller]
fn check_member(member: &str, expected: &[&str]) {
    check(&format!("system A {{\n{member}\n}}"), expected);
}

/// A statement inside an action, by itself.
#[track_caller]
fn check_stmt(stmt: &str, expected: &[&str]) {
    check(&format!("system A {{ action a {{\n{stmt}\n}} }}"), expected);
}

#[test]
fn examples_parse() {
    check(KAFKA, &[]);
    check(COMMANDS, &[]);
    check(CONSTRUCTS, &[]);
}

/// Words with a meaning somewhere, which are names everywhere else.
const WORDS: &str = "
    scope by epoch views value version write handles act attempts backoff merge protects since
    undoes restores token every drift desired actual observe atomic reads leader append fence retry
    from to until times within steps runs seed of against faults only depth states memory threads profile spill
    expect deliver lose crash restart partition heal run check find start enabled undo show graph
    symmetric durable volatile ordered lossy capacity fresh fair init bound view monotonic unique
    each stable exactly eventually always any all some count sum min max old leads has strictly most
    quiet up
";

#[test]
fn words_stay_usable_as_names() {
    for w in WORDS.split_whitespace() {
        check(
            &format!(
                "system A {{ record R {{ {w}: bool, x: bool }}\n state {w}: bool = true\n message M {{ {w}: bool }}
                 node N[2] {{ {w}: 0..1 = 0 volatile other: bool }}
                 def f({w}: bool, y: bool) = {w} and y or not {w}
                 action a({w}: bool) at n in N when {w} and n.{w} == 1 or {w} {{
                   {w} := {w}  {w} := x.{w}
                   let z = {w}
                   n.{w} += 1
                   send M {{ {w}: {w} }} to n
                   if {w} {{ {w} := false }}
                   for {w} in N where {w}.up {{ {w}.other := true }}
                 }}
                 invariant i: safety {{
                   x == {w}
                   not {w}
                   all {w} in N: {w}.up implies {w}.other
                   R {{ {w}: {w}, x: {w} }}.{w}
                 }} }}"
            ),
            &[],
        );
    }
}

#[test]
fn declaration_words_are_field_names() {
    let words =
        ["state", "order", "node", "type", "message", "action", "record", "link", "enum", "on", "at", "in"];
    for w in words {
        check_member(&format!("record R {{ {w}: bool }}\n state x: R = R {{ {w}: x.{w} }}"), &[]);
    }
}

#[test]
fn forms_and_clauses_may_share_lines() {
    check_member(
        "order o: leader { scope x by b in B where b.e == epoch epoch epoch views b.l for b in B }",
        &[],
    );
    check_member("reconciler r: periodic { every 1s, drift not x, atomic, act when x { x := false } }", &[]);
    check_member("invariant i: safety { a; b, c\n(d)\n[e][0] }", &[]);
    check_member("invariant i: monotonicity { monotonic a for x in S for y in T: monotonic b }", &[]);
}

#[test]
fn slips_are_named() {
    check_stmt("x = 1", &["E0101 2:3 expected `:=`, found `=` | assignment is written `:=`"]);
    check_stmt("if x = 1 { y := 2 }", &["E0101 2:6 expected `==`, found `=` | equality is written `==`"]);
    check_stmt("x := a < b < c", &["E0101 2:12 comparisons do not chain | write `a < b and b < c`"]);
    check_stmt(
        "x := 1.5",
        &["E0101 2:8 expected a whole number | numbers have no fraction; a range is written `0..2`"],
    );
    check_stmt(
        "x := a && !b || c",
        &[
            "E0107 2:8 `&&` is written `and`",
            "E0107 2:11 `!` is written `not`",
            "E0107 2:14 `||` is written `or`",
        ],
    );
    check_stmt(
        "send M\ny := 1",
        &["E0101 3:1 expected `to` or `{`, found `y` | a message is sent to a node: `send M { … } to b`"],
    );
    check_stmt("send M too b", &["E0101 2:8 expected `to` or `{`, found `too` | did you mean `to`?"]);
    check_member(
        "state x: bool := true",
        &[
            "E0101 2:15 expected `=`, found `:=` | an initial value is written `=`; `:=` assigns inside an action",
        ],
    );
    check_member(
        "satte x: bool",
        &["E0101 2:1 expected `}` or a member, found `satte` | did you mean `state`?"],
    );
    check_member(
        "fn f(x: bool) = x",
        &["E0101 2:1 unknown word `fn` | a pure function is one expression: `def NAME(x: TYPE) = EXPR`"],
    );
    check_member(
        "order o append",
        &[
            "E0101 2:9 expected `:`, found `append` | a type follows: `leader`, `append`, `compare_and_set` or `versioned`",
        ],
    );
    check("chek Kafka", &["E0101 1:1 unknown word `chek` | did you mean `check`?"]);
    check_member(
        "reconciler r: periodic { monotonic x }",
        &[
            "E0101 2:26 expected `}` or a clause, found `monotonic` | `monotonic` starts a form, which belongs in an invariant",
        ],
    );
}

#[test]
fn one_error_hides_no_other_and_brings_no_other() {
    check(
        "system A {
  state x
  state y: bool = true
  action a when y = z { x := := 1; y := 2; x := ) }
  invariant i: safety {
    at most 1 b
    y
    all z: y
  }
  order o { by }
  state z: bool
}
check A { fault { crash 1 }; depth 3 }",
        &[
            "E0101 3:3 expected `:`, found `state`",
            "E0101 4:19 expected `==`, found `=` | equality is written `==`",
            "E0101 4:30 expected an expression, found `:=`",
            "E0109 4:49 unexpected `)`",
            "E0101 4:51 expected an expression, found `}`",
            "E0101 7:5 expected `in`, found `y` | a name is taken from a set: `x in S`",
            "E0101 8:9 a quantifier goes through a set | write `all z in S: P`",
            "E0101 10:11 expected `:`, found `{` | a type follows: `leader`, `append`, `compare_and_set` or `versioned`",
            "E0101 10:16 expected a name, found `}`",
            "E0101 13:11 expected `}` or an option, found `fault` | did you mean `faults`?",
            "E0101 13:36 expected `<=`, found `3` | write `depth <= 3`",
        ],
    );
}

#[test]
fn unclosed_braces_are_found_by_indentation() {
    let found = shown("system A {\n  action a {\n    x := 1\n  action b {\n    x := 2\n  }\n}\n");
    assert_eq!(found, ["E0108 2:12 unclosed `{` | add `}`"]);
    let found = shown("system A {\n  action a when (x == 1 {\n    x := 1\n  }\n  state y: bool\n}\n");
    assert!(found[0].starts_with("E0108 2:17 unclosed `(`"), "{found:?}");
    let found = shown("system A {\n  state x: bool\n}\n}\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("E0109 4:1 unexpected `}`"), "{found:?}");
}

#[test]
fn docs_attach_to_what_follows() {
    let (cell, found, _) = parse(
        "/// A system.\n/// Two lines.\nsystem A {\n  /// a state\n  state x: bool\n  node N {\n    /// a field\n    volatile f: bool\n  }\n}\n",
    );
    assert!(found.is_empty());
    let tree::Item::System(system) = &cell.items[0] else { panic!("a system") };
    assert_eq!(system.docs.as_deref(), Some("A system.\nTwo lines."));
    assert_eq!(system.members[0].docs.as_deref(), Some("a state"));
    let tree::MemberKind::Node { fields, .. } = &system.members[1].kind else { panic!("a node") };
    assert_eq!(fields[0].docs.as_deref(), Some("a field"));
    check(
        "system A {\n  state x: bool\n  /// nothing follows\n}",
        &[
            "E0113 3:3 doc comment that documents nothing | `///` belongs before an item, member or field; write `//` here",
        ],
    );
}

#[test]
fn every_code_has_an_example_that_triggers_it() {
    for code in codes::syntax::SYNTAX {
        let example = match code.0.code {
            "E0111" => "a ".repeat(syntax::MAX_TOKENS + 1),
            _ => code.0.example.to_string(),
        };
        let (_, found, _) = parse(&example);
        assert!(found.iter().any(|d| d.code == *code), "{code}: {:?}", shown(&example));
        assert!(code.0.explanation.ends_with(['.', ')']), "{code}");
    }
}

#[test]
fn rendering_shows_the_line() {
    let (_, found, sources) = parse("system A {\n  state x = true\n}");
    let expected = "\
error[E0101]: expected `:`, found `=`
 --> cell 1:2:11
  |
2 |   state x = true
  |           ^
  |
  = help: a variable has a type: `state x: TYPE = EXPR`

";
    assert_eq!(render::plain(&found, &sources), expected);
    assert!(render::ansi(&found, &sources).contains("\u{1b}["));
    let long = format!("x + {} = 3", "é".repeat(30_000));
    let (_, found, sources) = parse(&long);
    let text = render::plain(&found, &sources);
    assert!(text.len() < 2_000 && text.contains("cell 1:1:30006"), "{text}");
}

#[test]
fn rendering_names_the_other_source() {
    let mut sources = Sources::default();
    let first = sources.add("kafka.rcv", "system A {\n}\n");
    let second = sources.add("cell 2", "system A {\n}\n");
    let span = |source| reconverge_lang::span::Span::new(source, 7, 8);
    let d = Diagnostic::error(codes::syntax::UNEXPECTED, span(second), "declared twice")
        .related(span(first), "here first");
    let text = render::plain(&[d], &sources);
    assert!(
        text.contains("--> cell 2:1:8") && text.contains("kafka.rcv:1:8") && text.contains("here first"),
        "{text}"
    );
}

#[test]
fn completeness_of_cells() {
    let cases = [
        ("", Completeness::Complete),
        ("check Kafka", Completeness::Complete),
        ("check", Completeness::Incomplete { indent: 0 }),
        ("x +", Completeness::Incomplete { indent: 0 }),
        ("system A {", Completeness::Incomplete { indent: 2 }),
        ("system A {\n  action a {\n", Completeness::Incomplete { indent: 4 }),
        ("system A { }", Completeness::Complete),
        ("system A { } }", Completeness::Invalid),
        ("system A { state }", Completeness::Invalid),
        ("system \"A", Completeness::Invalid),
    ];
    for (text, expected) in cases {
        assert_eq!(completeness(text), expected, "{text}");
    }
}

/// The classes of a text's words and marks.
#[track_caller]
fn check_classes(text: &str, expected: &[(&str, TokenClass)]) {
    let found: Vec<(&str, TokenClass)> =
        tokens(text).into_iter().map(|(r, class)| (&text[r], class)).collect();
    assert_eq!(found, expected);
}

#[test]
fn classes_depend_on_the_place() {
    use TokenClass::*;
    check_classes(
        "order epoch: leader { epoch epoch } // é",
        &[
            ("order", Name),
            ("epoch", Name),
            (":", Punctuation),
            ("leader", Name),
            ("{", Punctuation),
            ("epoch", Name),
            ("epoch", Name),
            ("}", Punctuation),
            ("// é", Comment),
        ],
    );
    check_classes(
        "system A { order epoch: leader { epoch epoch every 5ms } state x: set<T> # }",
        &[
            ("system", Keyword),
            ("A", Name),
            ("{", Punctuation),
            ("order", Concept),
            ("epoch", Name),
            (":", Punctuation),
            ("leader", Type),
            ("{", Punctuation),
            ("epoch", Keyword),
            ("epoch", Name),
            ("every", Keyword),
            ("5ms", Number),
            ("}", Punctuation),
            ("state", Keyword),
            ("x", Name),
            (":", Punctuation),
            ("set", Type),
            ("<", Operator),
            ("T", Type),
            (">", Operator),
            ("#", Error),
            ("}", Punctuation),
        ],
    );
    check_classes(
        "/// doc\n1 implies \"s\"",
        &[("/// doc", Doc), ("1", Number), ("implies", Keyword), ("\"s\"", String)],
    );
}

#[test]
fn classes_cover_every_example_in_order() {
    for text in [KAFKA, COMMANDS, CONSTRUCTS] {
        let mut end = 0;
        for (range, class) in tokens(text) {
            assert!(range.start >= end && text[end..range.start].trim().is_empty(), "{range:?}");
            assert_ne!(class, TokenClass::Error);
            end = range.end;
        }
        assert!(text[end..].trim().is_empty());
    }
}

#[test]
fn the_keyword_lists_know_every_keyword() {
    let keywords = Kw::ALL.into_iter().flat_map(|kw| kw.word().split(' '));
    let others = ExpectedVerdict::all().map(ExpectedVerdict::word).chain(Question::ALL.map(Question::word));
    let known: Vec<&str> = keywords.chain(others).collect();
    for text in [KAFKA, COMMANDS, CONSTRUCTS] {
        for (range, class) in tokens(text) {
            if matches!(class, TokenClass::Keyword | TokenClass::Concept) {
                assert!(known.contains(&&text[range.clone()]), "{}", &text[range]);
            }
        }
    }
}

#[test]
fn habits_from_elsewhere_are_explained() {
    let helps = |text: &str| parse(text).1.into_iter().find_map(|d| d.help).unwrap_or_default();
    for (text, help) in [
        ("system K(brokers = 3) { }", "parameters are members: `system A { param brokers = 3 … }`"),
        ("check K with crash 1", "what may happen stands in braces: `check A { faults { crash 1 } }`"),
        ("check K { crash 1 }", "faults stand in braces: `faults { crash 1 }`"),
        ("simulate K for 60", "a duration has a unit: `60s`, `5ms`"),
        ("scenario \"x\" on K { produce(a) at b }", "an action is taken with `do NAME(…) at NODE`"),
        ("scenario \"x\" on K { expect violates i }", "did you mean `violated`?"),
        ("sweep n in 1 to 10 of K", "a range is written `1..10`"),
        ("compare K and R", "systems are separated by commas"),
        ("x := 3", "a cell changes no state by itself; `do NAME` takes a step"),
        ("system A { message M(a: bool) }", "fields stand in braces: `message M { a: bool }`"),
        ("system A { action a { send M(a: 1) to b } }", "fields stand in braces: `send M { a: 1 } to b`"),
        ("system A { action a { if (x) y := 1 } }", "a body stands in braces: `if c { … }`"),
        ("system A { def f(x) = x }", "parameters have types: `def f(x: T) = …`"),
        (
            "system A { invariant i: safety { all x in S, y in T: P } }",
            "one name at a time: `all x in S: all y in T: P`",
        ),
        ("system A { state m: map<K, V> }", "a map has a type of keys and a type of values: `map<K -> V>`"),
    ] {
        assert_eq!(helps(text), help, "{text}");
    }
}
