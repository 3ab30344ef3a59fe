//! Random programs out of actions and properties that know members in every way, some of which tell them apart.

use super::orbits::exact;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::{Allowance, Fault, FaultBudget};
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations;
use reconverge_lang::obligations::property::{Property, PropertyKind};
use reconverge_lang::span::SourceId;
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{Item, Name, Target};

/// Judged on states and steps.
fn is_short(property: &Property) -> bool {
    !matches!(
        property.kind,
        PropertyKind::Converges(..) | PropertyKind::LeadsTo(..) | PropertyKind::Eventually(_)
    )
}

/// Every system of a text, with symmetry and without; what is judged on runs without end is left out.
pub fn pairs(text: &str, faults: &FaultBudget) -> Vec<(Model, Model)> {
    let (cell, errors) = syntax::parse(SourceId(0), text);
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    let mut definitions = Definitions::default();
    let defined = analysis::define(&mut definitions, "1", &cell.items);
    assert!(!defined.is_error(), "{:#?}\n{text}", defined.diagnostics);
    let names = cell.items.iter().filter_map(|item| match item {
        Item::System(system) => Some(system.name.text.clone()),
        _ => None,
    });
    let mut made = Vec::new();
    for text in names.collect::<Vec<_>>() {
        let span = definitions.get(&text).expect("it is defined").span;
        let target = Target { name: Name { text, span }, args: Vec::new(), span };
        let (Some(mut program), _) = analysis::analyse(&definitions, &target) else { continue };
        let mut properties = obligations::obligations(&mut program);
        properties.retain(is_short);
        let options = BuildOptions { faults: faults.clone(), ..BuildOptions::default() };
        let with = Model::build(&program, properties.clone(), &options);
        let without = Model::build(&program, properties, &BuildOptions { symmetry_off: true, ..options });
        made.extend(with.ok().zip(without.ok()));
    }
    made
}

/// The first system of a text.
#[track_caller]
pub fn pair(text: &str, faults: &FaultBudget) -> (Model, Model) {
    pairs(text, faults).into_iter().next().expect("a system")
}

/// Numbers out of a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Variables by name; the fields of `N` are written `.name`.
const VARIABLES: [(&str, &str); 20] = [
    (".f", "f: bool = false"),
    (".c", "c: 0..2 = 0"),
    (".v", "volatile v: N? = none"),
    (".s", "s: set<N> = {}"),
    (".e", "e: E? = none"),
    (".l", "l: list<N, 2> = []"),
    ("leader", "state leader: N? = none"),
    ("gs", "state gs: set<N> = {}"),
    ("rs", "state rs: set<R> = {}"),
    ("ps", "state ps: set<P> = {}"),
    ("mm", "state mm: map<N -> 0..1> = { N -> 0 }"),
    ("me", "state me: map<N -> E?> = { N -> none }"),
    ("qq", "state qq: list<N, 2> = []"),
    ("bb", "state bb: bag<N, 2>"),
    ("oo", "state oo: P? = none"),
    ("ee", "state ee: E? = none"),
    ("mr", "state mr: map<R -> bool> = { R -> false }"),
    ("lp", "state lp: list<P, 2> = []"),
    ("mm2", "state mm2: map<N -> set<N>> = { N -> {} }"),
    ("anyone", "state anyone: N = any"),
];

/// Actions: the variables that they need are found in their text.
const ACTIONS: [&str; 64] = [
    "at n in N when not n.f { n.f := true }",
    "at n in N when n.f { n.f := false  n.c := 1 }",
    "at n in N when n.c < 2 { n.c += 1 }",
    "(m: N) at n in N when n.v == none and m != n { n.v := m }",
    "at n in N when n.v != none { n.s.add(n.v) }",
    "(m: N) at n in N when m.f { n.s.add(m) }",
    "at n in N when leader == none { leader := n }",
    "when leader != none { leader.f := true  leader := none }",
    "when leader != none { gs.add(leader) }",
    "(n: N) when n not in gs { gs.add(n) }",
    "when gs == N { gs.clear() }",
    "(n: N, k: 0..1) when len(rs) < 2 { rs.add(R { n: n, k: k }) }",
    "{ choose r in rs { rs.remove(r)  r.n.f := true } }",
    "(m: N, n: N) when len(ps) < 2 { ps.add(P { a: m, b: n }) }",
    "{ choose p in ps where p.a != p.b { ps.remove(p)  ps.add(P { a: p.b, b: p.a }) } }",
    "(n: N) when mm[n] == 0 { mm[n] := 1 }",
    "(n: N, e: E) when me[n] == none { me[n] := e }",
    "(n: N) when len(qq) < 2 { qq.push(n) }",
    "when len(qq) == 2 { bb.clear()  bb.add(last(qq))  qq.pop() }",
    "(n: N) when len(bb) < 2 { bb.add(n) }",
    "(m: N, n: N) when oo == none { oo := P { a: m, b: n } }",
    "when oo != none and oo.a == oo.b { oo := none }",
    "(e: E) when ee != e { ee := e }",
    "(e: E) at n in N when n.e == none { n.e := e }",
    "at n in N when ee != none and n.e == ee { n.f := true }",
    "at n in N when len(n.l) < 1 and n.v != none { n.l.push(n.v) }",
    "{ for n in N where n.f { n.f := false } }",
    "{ for n in gs { n.c := 2 } }",
    "{ for p in ps { gs.add(p.a)  gs.add(p.b) } }",
    "{ for r in rs { mm[r.n] := r.k } }",
    "at n in N when n.f { for m in N where m != n { send M { who: n } to m }  n.f := false }",
    "at n in N when n.v != none and in_flight(M) < 2 { send M { who: n.v } to n }",
    "(n: N, k: 0..1) when not mr[R { n: n, k: k }] and (count r in R where mr[r]) < 2 { mr[R { n: n, k: k }] := true }",
    "{ for r in R where mr[r] { r.n.f := true } }",
    "(m: N, n: N) when len(lp) < 2 and m != n { lp.push(P { a: m, b: n }) }",
    "when len(lp) > 0 { let p = first(lp)  p.a.f := true  p.b.f := false  lp.pop() }",
    "(m: N, n: N) when len(mm2[n]) < 1 { mm2[n].add(m) }",
    "{ for n in N where len(mm2[n]) > 0 { mm2[n].clear()  n.f := true } }",
    "when anyone.f { choose n in N where n != anyone { anyone := n } }",
    "at n in N when anyone == n and n.c < 2 { n.c += 1 }",
    "{ for n in N where n.f { if n.c < 2 { n.c += 1 }  n.f := false } }",
    "{ for n in N { if n == anyone { n.f := true } } }",
    "{ for n in N where n.v != none { gs.add(n.v) } }",
    "when len(gs) > 0 { mm := { n -> if n in gs then 1 else 0 for n in N } }",
    "{ me := { n -> ee for n in gs } }",
    "when len(gs) > 0 { mm2 := { n -> { m for m in gs where m != n } for n in N } }",
    "(m: N) when m.v == none and in_flight(M to m where who != m) == 0 { m.f := true }",
    "at n in N when n.v != none and in_flight(M from n where who.f) < 1 and in_flight(M) < 2 { send M { who: n.v } to n }",
    // Some of these tell members apart.
    "(m: N) when index(m) == 1 { m.f := true }",
    "when leader == none { leader := first n in N where n.f }",
    "{ leader := first n in gs by n.c }",
    "{ for n in N where n.f { for m in N where m != n { if not m.f { m.c := 1 } else { m.c := 2 } } } }",
    "{ for n in gs { gs := { m for m in N where m != n } } }",
    "{ for n in gs { ee := none  if len(qq) < 2 { qq.push(n) } } }",
    "{ for n in N where n.f { if leader == none { leader := n } } }",
    "when (all n in N where n.f: n.v != n) and (some n in N: n.v.f) { gs := {} }",
    "when n1.f { n2.f := true }",
    "{ for n in N where n.f { leader := n } }",
    "when qq == [] { qq := [n for n in gs] }",
    "when all n in N: n.v != none or n.v == leader { leader := none }",
    "when some n in N: n.c > 0 { for n in N { n.c := 0 } }",
    "{ for n in N { if n.c == 0 { gs.add(n) } else { gs.remove(n) } } }",
    "{ for n in N where mm[n] == 0 { if mm[n] == 0 { mm[n] := 1 } } }",
    "(e: E) when e != x and ee == none { ee := e }",
];

/// Of which one may be there, where the variables that it needs are.
const RECOVERIES: [&str; 8] = [
    "{ n.f := true }",
    "when n.f { n.f := false  n.c := 1 }",
    "{ n.v := n }",
    "{ n.s.add(n)  choose m in N where m != n { n.v := m } }",
    "{ leader := n }",
    "when n in gs { gs.remove(n) }",
    "{ for m in N where m.f { n.s.add(m) } }",
    // This tells members apart.
    "when n == n1 { n.c := 2 }",
];

const INVARIANTS: [&str; 16] = [
    "not (all n in N: n.f)",
    "all n in N: n.v != n",
    "all n in N: n.v == none or n.v.c < 2",
    "all n in N: n.v.c < 2",
    "len(gs) < 3",
    "not (some p in ps: some q in ps: p.a == q.b and p != q)",
    "(count n in N where n.c == 2) <= 1",
    "(sum n in N: mm[n]) < 3",
    "leader == none or leader not in gs",
    "qq == [] or last(qq) != first(qq)",
    "ee == none or all n in N: n.e != ee",
    "all n in N: n.f implies (some m in N: m.c > 0)",
    "all p in elements(lp): p.a != p.b",
    "anyone.f implies anyone.c == 0",
    "old(leader) != none and leader != none implies old(leader) == leader",
    "all r in rs: all q in rs: r.n == q.n implies r.k == q.k",
];

fn program(random: &mut Random) -> String {
    let actions: Vec<&str> = (0..3 + random.below(3)).map(|_| ACTIONS[random.below(ACTIONS.len())]).collect();
    let needs = |text: &str, name: &str| {
        let found = |(at, _): (usize, &str)| {
            let after = text[at + name.len()..].chars().next();
            let before = text[..at].chars().next_back();
            let starts = name.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '.');
            starts && !after.is_some_and(char::is_alphanumeric)
        };
        text.match_indices(name).any(found)
    };
    let used: Vec<_> = VARIABLES.iter().filter(|(name, _)| actions.iter().any(|a| needs(a, name))).collect();
    let known =
        |text: &str| VARIABLES.iter().filter(|(name, _)| needs(text, name)).all(|v| used.contains(&v));
    let (mut fields, mut states, mut body) = (String::new(), String::new(), String::new());
    for (name, declared) in &used {
        let to = if name.starts_with('.') { &mut fields } else { &mut states };
        to.push_str(&format!("  {declared}\n"));
    }
    for (i, action) in actions.iter().enumerate() {
        body.push_str(&format!("  action a{i}{}{action}\n", if action.starts_with('(') { "" } else { " " }));
    }
    let mut count = 0;
    for e in INVARIANTS {
        if known(e) && random.below(3) > 0 {
            count += 1;
            body.push_str(&format!("  invariant i{count}: safety {{ {e} }}\n"));
        }
    }
    let recovery = RECOVERIES[random.below(RECOVERIES.len())];
    if known(recovery) {
        body.push_str(&format!("  on restart at n in N {recovery}\n"));
    }
    if actions.iter().any(|a| a.contains("send M") || a.contains("in_flight(M")) {
        let kind = ["ordered", "unordered"][random.below(2)];
        let effect = if fields.contains("c: 0..2") { "n.c := 0" } else { "" };
        states.push_str(&format!(
            "  message M {{ who: N }}\n  link l: M between N, N {kind} lossy duplicating capacity 2\n"
        ));
        body.push_str(&format!("  on M from s at n when who != n {{ {effect} }}\n"));
    }
    format!(
        "system S {{\n  enum E {{ x, y, z }}\n  record R {{ n: N, k: 0..1 }}\n  record P {{ a: N, b: N }}\n  node N[3] {{\n{fields}  }}\n{states}{body}}}"
    )
}

#[test]
fn random_programs() {
    let mut random = Random(99);
    let (mut compared, mut reduced, mut violated, mut trapped) = (0, 0, 0, 0);
    for _ in 0..500 {
        let text = program(&mut random);
        let mut faults = FaultBudget::default();
        for fault in Fault::ALL.into_iter().filter(|fault| !fault.is_recovery()) {
            // Partitions make many states.
            let seldom = if fault == Fault::Partition { 6 } else { 4 };
            if random.below(seldom) == 0 {
                faults.add(Allowance {
                    one_way: random.below(2) == 0 && fault == Fault::Partition,
                    ..Allowance::new(fault, 1)
                });
            }
        }
        let (with, without) = pair(&text, &faults);
        let limits = reconverge_lang::engine::Limits { states: Some(8000), ..Default::default() };
        let full = reconverge_lang::engine::explore(&without, &limits, &reconverge_lang::engine::Unobserved);
        if full.stopped.is_some() {
            continue;
        }
        let (groups, ..) = super::compare_models(&with, &without, &text);
        compared += 1;
        if !groups.is_empty() {
            reduced += 1;
            exact(&with);
        }
        let broken =
            |o: &reconverge_lang::engine::Outcome| matches!(o, reconverge_lang::engine::Outcome::Violated(_));
        violated += u32::from(full.outcomes.iter().any(broken));
        trapped += u32::from(!full.traps.is_empty());
    }
    assert!(
        compared > 250 && reduced > 150 && violated > 80 && trapped > 2,
        "{compared} compared, {reduced} reduced, {violated} violated, {trapped} trapped"
    );
}
