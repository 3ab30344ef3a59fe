//! Types: of variables, expressions, effects; ghosts; what is told from where.

use super::support::{Notebook, body, program, show, target};
use reconverge_lang::analysis::program::{ExprKind, Program, StmtKind, Type};
use reconverge_lang::analysis::{analyse, condition, expression, expression_as, symbols};
use reconverge_lang::syntax::parse;
use reconverge_lang::syntax::tree::{CommandKind, Expr, Item};

/// An expression of a cell.
#[track_caller]
fn tree(n: &mut Notebook, text: &str) -> Expr {
    let source = n.sources.add("e", text);
    let (cell, diagnostics) = parse(source, text);
    assert!(diagnostics.is_empty(), "{:?}", show(&diagnostics, &n.sources));
    match cell.items.into_iter().next() {
        Some(Item::Command(command)) => match command.kind {
            CommandKind::Expression(e) => e,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

const STATE: &str = "system A { param n = 2 enum V { a, b } record Entry { epoch: 0..2, value: V }
    node Broker[3] { log: list<Entry, 2> leads: 0..2? = none } node Controller { }
    state leader: Broker? = none state isr: set<Broker> = Broker state epoch: 0..2 state ghosts: bool
    ghost acked: set<Entry> state m: map<V -> 0..3> = { V -> 0 } state queue: bag<V, 3>
    message Fetch { offset: 0..2 } link l: Fetch between Broker, Broker unordered capacity 7 }";

/// The type of an expression in the context of `STATE`, or what is wrong with it.
#[track_caller]
fn ty(text: &str) -> String {
    let mut n = Notebook::default();
    n.run("1", STATE);
    let mut p = n.program("A");
    let e = tree(&mut n, text);
    let (typed, diagnostics) = expression(&mut p, &e);
    match typed {
        Some(e) => p.types.name(e.ty, &p),
        None => show(&diagnostics, &n.sources).join("; "),
    }
}

#[track_caller]
fn types(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(ty(text), *expected, "{text}");
    }
}

#[test]
fn integers_carry_their_interval() {
    types(&[
        ("epoch + 1", "1..3"),
        ("epoch - 1", "-1..1"),
        ("epoch * epoch", "0..4"),
        ("(epoch - 1) * (epoch - 2)", "-2..2"),
        ("-epoch", "-2..0"),
        ("(epoch - 3) / 2", "-2..-1"),
        ("epoch % 2", "0..1"),
        ("(epoch - 5) % (epoch + 2)", "0..3"),
        ("abs(epoch - 1)", "0..1"),
        ("min(epoch, 1)", "0..1"),
        ("max(epoch, 1)", "1..2"),
        ("len(broker1.log)", "0..2"),
        ("count b in Broker where b.up", "0..3"),
        ("sum b in Broker: len(b.log)", "0..6"),
        ("max b in Broker: len(b.log)", "0..2"),
        ("in_flight(Fetch)", "0..7"),
        ("m[a] + n", "2..5"),
        ("if ghosts then epoch else 7", "0..7"),
        ("let x = epoch + 1 in x + x", "2..6"),
    ]);
}

#[test]
fn options_are_lifted_and_opened() {
    types(&[
        ("leader", "Broker?"),
        ("leader == broker1", "bool"),
        ("leader.log", "list<Entry, 2>"),
        ("broker1.leads + 1", "1..3"),
        ("broker1.leads < epoch", "bool"),
        ("leader in isr", "bool"),
        ("if ghosts then leader else broker2", "Broker?"),
        ("if ghosts then none else broker2", "Broker?"),
        ("{leader, broker1}", "set<Broker?>"),
        ("{none, broker1, broker2}", "set<Broker?>"),
        ("epoch == none", "E0301 1:1 expected an option, found 0..2 | declare it as `0..2?`"),
        (
            "none",
            "E0302 1:1 the type of `none` is unknown here | compare or assign it to something that has a type `T?`",
        ),
        ("leader == epoch", "E0301 1:11 expected Broker?, found 0..2"),
    ]);
}

#[test]
fn collections() {
    types(&[
        (
            "isr - {broker1} + {leader.log[0] in acked and false}",
            "E0301 1:19 expected set<Broker>, found set<bool>",
        ),
        ("isr & Broker", "set<Broker>"),
        ("{b for b in isr where b.up}", "set<Broker>"),
        ("{e.value for e in elements(broker1.log)}", "set<V>"),
        ("[b.log for b in Broker]", "list<list<Entry, 2>, 3>"),
        ("broker1.log + broker2.log", "list<Entry, 4>"),
        ("broker1.log[1..]", "list<Entry, 2>"),
        ("broker1.log[0].value", "V"),
        ("indices(broker1.log)", "set<0..1>"),
        ("{1, 5} + {2}", "set<1..5>"),
        ("{2}", "set<2..2>"),
        ("0..epoch", "set<0..2>"),
        ("common_prefix(broker1.log, broker2.log[..1])", "list<Entry, 2>"),
        ("queue == {a, a, b}", "bool"),
        ("isr <= Broker", "bool"),
        ("majority(isr)", "bool"),
        ("reachable(broker1, controller)", "bool"),
        ("broker1.log == []", "bool"),
        ("{} == acked", "bool"),
        ("a in {a, b}", "bool"),
        ("{V -> none, a -> broker1}", "map<V -> Broker?>"),
        ("{a -> 1, b -> 2}", "map<V -> 1..2>"),
        ("Entry { value: a, epoch: 1 }", "Entry"),
        (
            "all x in broker1.log: x.value == a",
            "E0305 1:10 expected a set to go through, found list<Entry, 2> | write `elements(…)` for its elements, or `indices(…)` for its positions",
        ),
        (
            "isr + broker1",
            "E0306 1:1 `+` cannot combine set<Broker> and Broker | one element stands in braces: `isr + {broker1}`",
        ),
        (
            "{a -> 1}",
            "E0320 1:1 a map gives every V a value: 1 of 2 keys have none | add them, or one value for all others: `{ V -> EXPR }`",
        ),
        ("{a -> 1, a -> 2, V -> 3}", "E0320 1:10 this key is given twice"),
        ("{1, a}", "E0301 1:5 expected the integer 1, as before, found V"),
        ("isr.len", "E0206 1:5 set<Broker> has no field `len` | write `len(isr)`"),
        (
            "Entry { epoch: 1 }",
            "E0307 1:1 record Entry needs the field `value` | write `Entry { epoch: 1, value: EXPR }`",
        ),
        (
            "Entry { epoch: 9, value: a }",
            "E0304 1:16 9 is outside 0..2 | widen the range, or use a value in 0..2",
        ),
        (
            "isr < Broker",
            "E0301 1:1 sets are compared with `<=`, `>=`, `==` and `!=` | for a proper subset write `a <= b and a != b`",
        ),
    ]);
}

#[test]
fn declared_types_are_finite_and_small() {
    body("state x: int", &["E0207 1:21 unknown type `int` | integers have a finite range: `0..3`"]);
    body(
        "record R { a: 0..99, b: 0..99 } state x: set<R>",
        &[
            "E0310 1:53 a set of R is too large: 10,000 values, at most 4096 | make the element's type smaller: shorter lists, narrower ranges, fewer fields",
        ],
    );
    body(
        "state x: list<0..9999, 1024> state y: map<0..9999 -> bool>",
        &[
            "E0310 1:50 a map from 0..9999 is too large: 10,000 values, at most 4096 | make the element's type smaller: shorter lists, narrower ranges, fewer fields",
        ],
    );
    body(
        "type Big = map<0..4095 -> 0..4095> state x: list<Big, 2>",
        &[
            "E0310 1:56 this type is too large: 98306 bits, at most 65536 | make it smaller: shorter lists, narrower ranges, fewer fields",
        ],
    );
    body(
        "record R { next: S? } record S { next: R? }",
        &["E0210 1:19 type `R` depends on itself", "E0210 1:41 type `S` depends on itself"],
    );
    body(
        "state x: 2..1 node N[0] { }",
        &[
            "E0314 1:21 the range 2..1 is empty | the least comes first: `1..2`",
            "E0304 1:33 the number of nodes must be in 1..64, found 0",
        ],
    );
}

#[test]
fn parameters_have_values_and_ranges() {
    let mut n = Notebook::default();
    n.expect("1", "system A { param n = 3 in 1..5 param m = n + 1 state x: 0..m }", &[]);
    assert_eq!(n.program("A").params[1].value.kind, ExprKind::Int(4));
    let e = tree(&mut n, "5");
    let mut with = target("A");
    let name =
        |text: &str| reconverge_lang::syntax::tree::Name { text: text.into(), span: Default::default() };
    with.args.push((name("n"), e));
    let (p, _) = analyse(&n.definitions, &with);
    assert_eq!(p.expect("fits").params[1].value.kind, ExprKind::Int(6));
    with.args[0].1 = tree(&mut n, "9");
    let (p, diagnostics) = analyse(&n.definitions, &with);
    assert!(p.is_none());
    assert_eq!(show(&diagnostics, &n.sources), ["E0304 1:1 `n` must be in 1..5, found 9"]);
    with.args[0] = (name("q"), tree(&mut n, "1"));
    let (_, diagnostics) = analyse(&n.definitions, &with);
    assert_eq!(diagnostics[0].code.0.code, "E0205");
}

#[test]
fn a_range_that_depends_on_parameters_is_judged_where_it_is_reached() {
    body("param n = 1 state x: 0..n action a when n > 1 { x := 2 }", &[]);
    body(
        "param n = 1 state x: 0..n = 2 action a { x := 1 }",
        &["E0304 1:40 2 is outside 0..1 | widen the range, or use a value in 0..1"],
    );
}

#[test]
fn effects_assign_places() {
    let p = program(
        "system A { record R { n: 0..3, l: list<0..2, 3> } node N[2] { r: R m: map<N -> R> s: set<0..2> } state x: N? = none
           action a at n in N { n.r.n += 1 n.m[n].l[0] := 2 n.m[n].l.push(1) n.s.add(1) n.s -= {2} n.s += {0} x := n x := none
             if n.s == {} { n.s.clear() } for k in N where k != n { k.r := n.r }
             choose v in n.s where v > 0 { require v < 2 let w = v + 1 n.r.n := w } n.r.l := n.r.l[1..] + [2] n.r.l.pop() } }",
    );
    let body = &p.actions[0].body;
    assert!(matches!(body[0].kind, StmtKind::Assign { .. }));
    let StmtKind::Assign { value, .. } = &body[6].kind else { panic!() };
    assert!(matches!(value.kind, ExprKind::Some(_)), "a node is lifted to an optional node");
    body_errors();
}

fn body_errors() {
    body(
        "param n = 1 action a { n := 2 }",
        &["E0308 1:35 this cannot be assigned | parameters and numbers are constants"],
    );
    body(
        "node N { } action a at n in N { n.up := false }",
        &["E0308 1:44 this cannot be assigned | nodes go down and come up by faults: `crash` and `restart`"],
    );
    body(
        "record R { x: bool } state r: R? = none action a { r.x := true }",
        &["E0308 1:63 this cannot be assigned | assign the whole optional value, not a part of it"],
    );
    body(
        "state l: list<0..1, 2> state s: set<0..1> action a { l.add(1) s.push(1) l.push() s.add(7) }",
        &[
            "E0309 1:67 list<0..1, 2> has no `add` | a list grows with `push`",
            "E0309 1:76 set<0..1> has no `push` | a set or bag grows with `add`",
            "E0307 1:86 `push` takes 1 argument, found 0",
            "E0304 1:99 7 is outside 0..1 | widen the range, or use a value in 0..1",
        ],
    );
    body(
        "state x: bool action a { x := 1 y := 2 }",
        &[
            "E0301 1:42 expected bool, found the integer 1 | write `true`",
            "E0201 1:44 unknown name `y` | a name for the rest of the block: `let y = EXPR`; what stays is declared: `state y: TYPE = EXPR`",
        ],
    );
}

#[test]
fn ghosts_only_watch() {
    let g = "ghost g: set<0..1> = {} ghost h: bool state x: 0..1 ";
    body(
        &format!(
            "{g} action a {{ g.add(x) h := 1 in g if x == 0 {{ h := false }} }} invariant i: safety {{ x in g or h }}"
        ),
        &[],
    );
    let help = "ghosts are read in properties and when assigning other ghosts; use `state` if behaviour depends on it";
    body(
        &format!("{g} action a when h {{ x := len(g) if h {{ g.add(0) }} }} bound h"),
        &[
            &format!("E0311 1:79 `h` is a ghost: a guard may not read it | {help}"),
            &format!("E0311 1:92 `g` is a ghost: an effect may not read it | {help}"),
            &format!("E0311 1:98 `h` is a ghost: an effect may not read it | {help}"),
            &format!("E0311 1:121 `h` is a ghost: a bound may not read it | {help}"),
        ],
    );
    body(
        &format!("{g} def d() = h action a when d() {{ g.clear() }}"),
        &[&format!("E0311 1:91 `h` in `d` is a ghost: a guard may not read it | {help}")],
    );
}

#[test]
fn handlers_are_typed_by_their_link() {
    let nodes = "node C[2] { x: bool } node S { y: bool } message Ask { n: 0..2 } message Tell ";
    body(
        &format!(
            "{nodes} link l: Ask from C to S ordered link m: Tell between C, S unordered lossy
             on Ask from c at s when n > 0 {{ s.y := c in C send Tell to c }}
             on Tell from s at c in C {{ c.x := s.up }} action go at c in C {{ send Ask {{ n: 1 }} to s1 }}"
        )
        .replace("s1", "s"),
        &[],
    );
}

#[test]
fn handlers_that_are_unclear() {
    let nodes = "node C[2] { x: bool } node S { y: bool } message Ask { n: 0..2 } ";
    body(
        &format!("{nodes} link l: Ask between C, S on Ask from a at b {{ b.y := true }}"),
        &["E0315 1:120 which node is `b`: Ask goes both ways | write `at b in S` or `at b in C`"],
    );
    body(
        &format!("{nodes} link l: Ask from C to S on Ask from a at b in C {{ b.x := true }}"),
        &["E0318 1:119 Ask goes from C to S"],
    );
    body(
        &format!("{nodes} link l: Ask from C to S on Ask from n at b {{ b.y := true }}"),
        &["E0202 1:114 `n` is declared twice | give one of them another name, or delete it"],
    );
    body(
        &format!("{nodes} on Ask from a at b {{ }}"),
        &["E0316 1:81 no link carries Ask | declare one: `link NAME: Ask between NODE, NODE unordered`"],
    );
    body(
        &format!("{nodes} link l: Ask from C to S action a {{ send Ask {{ n: 1 }} to s }}"),
        &["E0317 1:113 nobody sends this: the action runs at no node | say where it runs: `at b in NODE`"],
    );
    body(
        &format!("{nodes} link l: Ask from C to S action a at s {{ }}"),
        &["E0315 1:114 which node is `s`? | say its kind: `at s in S`"],
    );
}

#[test]
fn initial_values() {
    let p = program(
        "system A { node N[2] { x: 0..3 = any in 1..2 y: 0..3 = any v in {0, 1, 2} where v != 1 } state z: 0..1 = any
           state both: set<N> = N state q: bool = any where it init all n in N: n.x == n.y + z }",
    );
    assert_eq!(p.init.len(), 1);
    body(
        "state x: 0..2 = 1 + 2",
        &["E0304 1:28 3 is outside 0..2 | widen the range, or use a value in 0..2"],
    );
    body("state x: set<0..2> = any in 0..2", &["E0301 1:40 expected set<set<0..2>>, found set<0..2>"]);
}

#[test]
fn commands_see_nodes_ghosts_old_and_quiescent() {
    let mut n = Notebook::default();
    n.run("1", STATE);
    let mut p = n.program("A");
    let e = tree(
        &mut n,
        "broker1.log == broker3.log and (quiescent implies old(epoch) <= epoch) and acked == {}",
    );
    let (typed, diagnostics) = condition(&mut p, &e);
    assert!(typed.is_some(), "{:?}", show(&diagnostics, &n.sources));
    let e = tree(&mut n, "epoch");
    let (typed, diagnostics) = condition(&mut p, &e);
    assert!(typed.is_none());
    assert_eq!(show(&diagnostics, &n.sources), ["E0301 1:1 expected bool, found 0..2 | write `epoch != 0`"]);
    let ty = p.states.iter().find(|s| s.name == "leader").expect("declared").ty;
    let e = tree(&mut n, "broker2");
    let (typed, _) = expression_as(&mut p, &e, ty);
    assert!(matches!(typed.expect("fits").kind, ExprKind::Some(_)));
}

#[test]
fn symbols_tell_kind_type_and_docs() {
    let p: Program = program(
        "system A { /// How many.
           param n = 2
           /// Keeps a log.
           node Broker[n] { volatile log: list<bool, 2> } def f(x: bool) = x and broker1.up
           action go(v: bool) at b in Broker when f(v) { b.log.push(v) }
           invariant short: safety \"Logs are short\" { len(broker1.log) < 2 } }",
    );
    let all = symbols(&p);
    let of = |name: &str| {
        let s = all.iter().find(|s| s.name == name).expect("known");
        format!("{} {} {} {:?}", s.kind.word(), s.name, s.detail, s.docs.as_deref().unwrap_or(""))
    };
    assert_eq!(of("n"), "param n 2 \"How many.\"");
    assert_eq!(of("Broker"), "node Broker [2] \"Keeps a log.\"");
    assert_eq!(of("log"), "field log volatile list<bool, 2> \"\"");
    assert_eq!(of("broker2"), "member broker2 Broker \"Keeps a log.\"");
    assert_eq!(of("f"), "def f (x: bool): bool \"\"");
    assert_eq!(of("go"), "action go (v: bool) at b in Broker \"\"");
    assert_eq!(of("short"), "invariant short safety \"Logs are short\"");
}

#[test]
fn definitions_are_checked_once_and_may_call_each_other() {
    let p = program(
        "system A { state s: set<0..3> def twice(x: 0..3) = once(x) + once(x) def once(x: 0..3): 0..9 = x
           def all_of() = all x in s: twice(x) >= 0 invariant i: safety { all_of() } action a { s.add(1) } }",
    );
    let name = |i: usize| p.types.name(p.defs[i].ty, &p);
    assert_eq!((name(0), name(1), name(2)), ("0..18".into(), "0..9".into(), "bool".into()));
    assert!(matches!(p.types.get(p.defs[2].body.ty), Type::Bool));
    body(
        "def f() = g() def g() = f()",
        &[
            "E0210 1:16 definition `f` depends on itself | no `def` calls itself: it goes through a set, `sum x in S: EXPR`, `max x in S: EXPR`, `first x in S where P`",
            "E0210 1:30 definition `g` depends on itself | no `def` calls itself: it goes through a set, `sum x in S: EXPR`, `max x in S: EXPR`, `first x in S where P`",
        ],
    );
}
