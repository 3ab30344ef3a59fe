//! What tells members apart: programs in which a symmetry that was not there would hide a violation or change counts.

use super::{compare, found, model};
use reconverge_lang::concepts::FaultBudget;
use reconverge_lang::engine::Outcome;
use reconverge_lang::model::BuildOptions;

/// A system of three nodes and an enum that is the same with symmetry and without, and what is interchangeable in it.
#[track_caller]
fn apart(body: &str, wanted: &[&str]) {
    let text = format!("system S {{ enum E symmetric {{ x, y, z }} {body} }}\ncheck S");
    assert_eq!(found(&text), wanted, "{body}");
}

const ALL: &str = "N (3! = 6)";

#[test]
fn members_that_are_named() {
    let go = "node N[3] symmetric { on: bool = false } action go at n in N { n.on := true }";
    apart(&format!("{go} invariant i: safety {{ not n1.on }}"), &["2 of 3 N (2! = 2)"]);
    apart(&format!("{go} invariant i: safety {{ n2.on implies n3.on }}"), &[]);
    apart("node N[3] symmetric { on: bool = false } action go at n in {n1, n2} { n.on := true }", &[]);
    apart(
        "node N[3] symmetric { on: bool = false } action go at n in N when n != n3 { n.on := true }",
        &["2 of 3 N (2! = 2)"],
    );
    apart(
        "state e: E? = none action go(v: E) { e := v } invariant i: safety { e != y }",
        &["2 of 3 E (2! = 2)"],
    );
    apart(
        &format!("{go} def bad(n: N) = n == n2 invariant i: safety {{ not some n in N: bad(n) and n.on }}"),
        &["2 of 3 N (2! = 2)"],
    );
    apart(&format!("{go} bound not n2.on"), &["2 of 3 N (2! = 2)"]);
    apart(&format!("{go} init not n2.on"), &["2 of 3 N (2! = 2)"]);
}

#[test]
fn first_values() {
    apart("node N[3] symmetric { } state n: N action go(m: N) { n := m }", &["2 of 3 N (2! = 2)"]);
    apart("record R { e: E, k: 0..1 } state r: R action go(v: E) { r.e := v }", &["2 of 3 E (2! = 2)"]);
    apart("node N[3] symmetric { e: E } action go(v: E) at n in N { n.e := v }", &[ALL, "2 of 3 E (2! = 2)"]);
    apart("node N[3] symmetric { e: E? } action go(v: E) at n in N { n.e := v }", &[ALL, "E (3! = 6)"]);
    apart("state e: E = any action go(v: E) when v != e { e := v }", &["E (3! = 6)"]);
    apart("state e: E = any in {x, y} action go(v: E) when v != e { e := v }", &[]);
    apart(
        "state m: map<E -> 0..1> = { x -> 1, E -> 0 } action go(v: E) { m[v] := 0 }",
        &["2 of 3 E (2! = 2)"],
    );
    apart("state m: map<E -> 0..1> = { E -> 0 } action go(v: E) { m[v] := 1 }", &["E (3! = 6)"]);
}

#[test]
fn orders_that_show() {
    let on = "node N[3] symmetric { on: bool = false  r: 0..3 = 0 } action go at n in N { n.on := true }";
    apart(&format!("{on} state l: list<N, 3> = [] action list {{ l := [n for n in N where n.on] }}"), &[]);
    apart(&format!("{on} invariant i: safety {{ len([n for n in N where n.on]) < 3 }}"), &[]);
    // Positions, and the first of several, go by an order; what is found by a number of each does, where two have the same.
    apart(&format!("{on} invariant i: safety {{ all n in N: index(n) < 2 or not n.on }}"), &[]);
    apart(&format!("{on} state best: N? = none action a {{ best := first n in N where n.on }}"), &[]);
    apart(&format!("{on} state best: N? = none action a {{ best := first n in N where n.on by n.r }}"), &[]);
    apart(
        &format!(
            "{on} invariant i: safety {{ (first n in N where n.on by n.r) != none or not some n in N: n.on }}"
        ),
        &[],
    );
    apart(
        &format!(
            "{on} state m: map<N -> bool> = {{ n -> false for n in N }} action a {{ m := {{ n -> n.on for n in N }} }}"
        ),
        &[ALL],
    );
    apart(
        &format!(
            "{on} state m: map<N -> 0..3?> = {{ N -> none }} action a {{ m := {{ n -> n.r for n in N where n.on }} }}"
        ),
        &[ALL],
    );
    apart(
        &format!("{on} state m: map<N -> 0..3> = {{ n -> if n == n1 then 1 else 0 for n in N }}"),
        &["2 of 3 N (2! = 2)"],
    );
    // The last turn wins.
    apart(&format!("{on} state last: N? = none action a {{ for n in N where n.on {{ last := n }} }}"), &[]);
    // Each turn sees what the others did.
    let ranks =
        "state next: 0..3 = 0 action a when next == 0 { for n in N where n.on { n.r := next  next += 1 } }";
    apart(&format!("{on} {ranks}"), &[]);
    apart(
        &format!("{on} action a {{ for n in N where n.on {{ if all m in N: m.r == 0 {{ n.r := 1 }} }} }}"),
        &[],
    );
    apart(
        &format!(
            "{on} state l: list<N, 3> = [] action a when l == [] {{ for n in N where n.on {{ l.push(n) }} }}"
        ),
        &[],
    );
    apart(
        &format!(
            "{on} state s: set<N> = {{}} action a {{ for n in N where n.on {{ s.add(n) }} for n in s {{ n.r := 1 }} }}"
        ),
        &[ALL],
    );
    apart(&format!("{on} action a {{ for n in N where n.on {{ n.r := 1  n.on := false }} }}"), &[ALL]);
    apart(
        &format!("{on} state any_on: bool = false action a {{ for n in N where n.on {{ any_on := true }} }}"),
        &[ALL],
    );
    apart(
        &format!(
            "{on} state s: set<N> = {{}} action a {{ for n in N {{ if n.on {{ s.add(n) }} else {{ s.remove(n) }} }} }}"
        ),
        &[],
    );
}

#[test]
fn a_turn_that_is_also_written_from_elsewhere() {
    // The leader's own turn sees what the others wrote, or not.
    let text = "node N[3] symmetric { on: bool = false  seen: bool = false } state leader: N? = none
  action lead(n: N) when leader == none { leader := n }
  action go at n in N when not n.on { n.on := true }
  action a when leader != none { for n in N where n.on { if n.seen { n.on := false } leader.seen := true } }";
    apart(text, &[]);
    let text = "node N[3] symmetric { f: 0..2 = 0 } state leader: N? = none
  action lead(n: N) when leader == none { leader := n }
  action a when leader != none { for n in N { leader.f := 2  n.f := 1 } }";
    apart(text, &[]);
}

#[test]
fn questions_without_an_answer() {
    let text = "node N[3] symmetric { v: 0..2? = none  on: bool = false }
  action set(k: 0..2) at n in N when n.v == none { n.v := k }
  action go at n in N when not n.on { n.on := true }";
    // The first node decides, or the question has no answer.
    apart(&format!("{text} invariant i: safety {{ all n in N: n.v < 2 }}"), &[]);
    apart(&format!("{text} action b when some n in N: n.v == 2 or n.v > 0 {{ }}"), &[]);
    apart(&format!("{text} invariant i: safety {{ all n in N where n.on: n.v < 2 }}"), &[]);
    apart(&format!("{text} invariant i: safety {{ all n in N: n.v != none implies n.v < 2 }}"), &[ALL]);
    apart(&format!("{text} invariant i: safety {{ all n in N where n.v != none: n.v < 2 }}"), &[ALL]);
    apart(&format!("{text} invariant i: safety {{ all n in N: n.v == none or n.v < 2 }}"), &[ALL]);
    apart(&format!("{text} invariant i: safety {{ all n in N: n.v == none and n.v < 2 }}"), &[]);
    // Every element is asked, whatever the order.
    apart(&format!("{text} invariant i: safety {{ (count n in N where n.v < 2) < 3 }}"), &[ALL]);
    apart(&format!("{text} invariant i: safety {{ (sum n in N: n.v) < 3 }}"), &[ALL]);
    apart(&format!("{text} invariant i: safety {{ (max n in N: n.v) < 2 }}"), &[ALL]);
    // Known of another one.
    let other = "(all n in N: all m in N: n.v != none implies m.v < 2)";
    apart(&format!("{text} invariant i: safety {{ {other} }}"), &[]);
    let shadowed = "all n in N where n.v != none: (some m in N where m == n: m.v < 2) or n.v < 2";
    apart(&format!("{text} invariant i: safety {{ {shadowed} }}"), &[]);
    let before = "all n in N where n.v != none: old(n.v) == n.v or old(n.v) < 2";
    apart(&format!("{text} invariant i: safety {{ {before} }}"), &[]);
}

#[test]
fn loops_over_ordered_and_unordered_links() {
    let text = "node N[3] symmetric { on: bool = false  got: N? = none } message M { of: N } link l: M between N, N KIND capacity CAP
  action go at n in N when not n.on { n.on := true }
  action tell at n in N when n.on and in_flight(M) == 0 { n.on := false  for m in N where m != n { send M { of: m } to WHOM } }
  on M from f at n { n.got := of }";
    let with = |kind: &str, cap: &str, whom: &str| {
        text.replace("KIND", kind).replace("CAP", cap).replace("WHOM", whom)
    };
    apart(&with("unordered", "2", "m"), &[ALL]);
    apart(&with("unordered", "1", "m"), &[ALL]);
    apart(&with("ordered", "2", "m"), &[ALL]);
    // In which order the two come to the same node.
    apart(&with("ordered", "2", "n"), &[]);
    apart(&with("unordered", "2", "n"), &[ALL]);
}

#[test]
fn sets_whose_order_is_that_of_members() {
    let text =
        "record R { n: N, k: 0..1 } node N[3] symmetric { } state s: set<R> = {} state l: list<0..1, 2> = []
  action put(n: N, k: 0..1) when len(s) < 2 { s.add(R { n: n, k: k }) }";
    apart(text, &[ALL]);
    apart(&format!("{text} action a {{ l := [r.k for r in s] }}"), &[]);
    apart(&format!("{text} action a when l == [] {{ for r in s {{ l.push(r.k) }} }}"), &[]);
    apart(&format!("{text} action a {{ choose r in s {{ s.remove(r) }} }}"), &[ALL]);
}

#[test]
fn sets_of_sets() {
    // Ranked by their bits: the type is left out.
    apart(
        "node N[3] symmetric { } state q: set<set<N>> = {} action a(s: set<N>) when len(q) < 2 { q.add(s) }",
        &[],
    );
    apart(
        "node N[3] symmetric { } type Some = set<N> state m: map<Some -> bool> = { Some -> false } action a(n: N) { m[{n}] := true }",
        &[],
    );
    apart(
        "node N[3] symmetric { } state k: set<N> = {} action a(s: set<N>) when len(s) == 2 { k := s }",
        &[ALL],
    );
}

#[test]
fn what_is_not_observed_yet() {
    let text = "system S { enum E symmetric { x, y, z } node N[2] { }
  state now: E = any
  state got: E? = none
  reconciler r: observe_act { observe seen = now drift false act when got == none { got := seen } }
  invariant i: safety { got != none implies got == now }
}
check S";
    let (with, without) = super::random::pair(text, &FaultBudget::default());
    let (groups, ..) = super::compare_models(&with, &without, text);
    assert_eq!(groups, ["2 of 3 E (2! = 2)"]);
}

#[test]
fn from_any_state_and_switched_off() {
    let text = "system S { node N[3] symmetric { v: N? = none } action a(m: N) at n in N { n.v := m } invariant i: safety { all n in N: n.v != n } }\ncheck S";
    let any = BuildOptions { from_any_state: true, ..BuildOptions::default() };
    let with = model(text, &any);
    let without = model(text, &BuildOptions { symmetry_off: true, ..any });
    let (groups, explored, distinct) = super::compare_models(&with, &without, text);
    assert_eq!((groups, distinct), (vec![ALL.to_string()], 64));
    assert!(explored < 20);
    assert_eq!(compare(text, &FaultBudget::default()).0, [ALL]);
}

/// Of several questions without an answer, which comes first depends on the order: not whether one comes, and the run
/// that is shown has one.
#[test]
fn several_questions_without_an_answer() {
    let text = "system S { node N[3] { v: 0..2? = none  w: 0..2? = none }
  action set_v(k: 0..2) at n in N when n.v == none { n.v := k }
  action set_w(k: 0..2) at n in N when n.w == none { n.w := k }
  action total when (count n in N where n.v != none) == 1 and (sum n in N: n.v + n.w) > 2 { }
  invariant i: safety { (count n in N where n.v != none) == 2 implies (sum n in N: n.v + n.w) < 5 }
  invariant j: safety { (count n in N where n.v != none) == 2 and old(true) implies (sum n in N: old(n.v) + n.w) < 5 }
}
check S";
    let with = model(text, &BuildOptions::default());
    let without = model(text, &BuildOptions { symmetry_off: true, ..BuildOptions::default() });
    assert!(with.symmetry().is_some());
    let (reduced, full) = (super::explore(&with), super::explore(&without));
    assert_eq!(reduced.states_distinct, full.states_distinct);
    assert_eq!(reduced.states_generated, full.states_generated);
    for (one, other) in reduced.outcomes.iter().zip(&full.outcomes) {
        let (Outcome::Trapped(one), Outcome::Trapped(other)) = (one, other) else {
            panic!("{one:?}\n{other:?}")
        };
        assert_eq!(one.path.steps.len(), other.path.steps.len());
    }
    assert!(!reduced.traps.is_empty());
    assert_eq!(reduced.traps[0].path.steps.len(), full.traps[0].path.steps.len());
}

/// What would be is compared with what is where both have a value.
#[test]
fn undoing_what_may_have_no_value() {
    let text = "system S { node N[3] symmetric { v: 0..1? = none } state total: 0..6 = 0
  action book(k: 0..1) at n in N when n.v == none { n.v := k  total += k }
  resolution back: compensate { undoes book restores VALUE at n in N when n.v != none { total -= n.v  n.v := none } }
}
check S";
    apart_with(&text.replace("VALUE", "{ n.v for n in N }"), &[ALL]);
    apart_with(&text.replace("VALUE", "sum n in N: n.v"), &[ALL]);
}

#[track_caller]
fn apart_with(text: &str, wanted: &[&str]) {
    assert_eq!(found(text), wanted, "{text}");
}
