//! The four concepts: types, clauses, forms.

use super::support::{body, program};
use reconverge_lang::analysis::program::{ActionKind, ExprKind, StmtKind};

#[test]
fn types_belong_to_their_concept() {
    body("order o: apend", &["E0401 1:21 `apend` is no type of order | did you mean `append`?"]);
    body(
        "order o: fence",
        &[
            "E0401 1:21 `fence` is no type of order | it is a type of resolution; an order has leader, append, compare_and_set, versioned",
        ],
    );
    body(
        "reconciler r: magic",
        &[
            "E0401 1:26 `magic` is no type of reconciler | its types are control_loop, worker, periodic, observe_act",
        ],
    );
    body(
        "order o: append, append",
        &["E0202 1:29 `append` is declared twice | give one of them another name, or delete it"],
    );
}

#[test]
fn clauses_belong_to_their_concept_and_type() {
    body(
        "order o: append { every 1s }",
        &["E0402 1:30 `every` is no clause of an order | it belongs to a reconciler"],
    );
    body(
        "state x: bool reconciler r: worker { handles r }",
        &["E0402 1:49 `handles` is no clause of a reconciler | it belongs to a resolution"],
    );
    body(
        "state x: 0..1 order o: append { version x }",
        &[
            "E0403 1:44 `version` says nothing about append | add the type `compare_and_set` or `versioned` after the colon, or delete the clause",
        ],
    );
    body(
        "state x: 0..1 resolution r: retry, dedupe { attempts x at most 1 attempts x at most 2 }",
        &["E0405 1:77 `attempts` is given twice"],
    );
}

#[test]
fn the_form_of_an_invariant_matches_its_type() {
    let node = "node N[2] { x: 0..2 } ";
    body(
        &format!("{node} invariant i: cardinality {{ all n in N: n.x == 0 }}"),
        &[
            "E0404 1:62 expected `at most N x in S where P` (or `at least`, `exactly`) (the type is `cardinality`), found a plain condition | call it `safety`, or write `at most N x in S where P` (or `at least`, `exactly`)",
        ],
    );
    body(
        &format!("{node} invariant i: safety {{ monotonic n.x for n in N }}"),
        &[
            "E0404 1:57 expected a plain condition (or `immutable e`) (the type is `safety`), found `monotonic e for x in S` | call it `monotonicity`, or write a plain condition (or `immutable e`)",
        ],
    );
    body(
        &format!("{node} invariant i: safety, uniqueness {{ all n in N: n.x < 2 }}"),
        &[
            "E0404 1:69 nothing here says what `uniqueness` promises | add `unique e for x in S`, or delete the type `uniqueness`",
        ],
    );
    body(
        &format!(
            "{node} invariant a: cardinality {{ for m in N: at most 1 n in N where n.x == m.x }}
             invariant b: monotonicity {{ monotonic n.x strictly for n in N where n.up }}
             invariant c: uniqueness {{ unique n.x for n in N }}
             invariant d: ownership {{ each v in 0..2 has at most one owner n in N where n.x == v }}
             invariant e: safety {{ immutable n.x for n in N }}
             invariant f: convergence {{ eventually all n in N: n.x == 2 }}
             invariant g: convergence {{ some n in N: n.x == 1 leads to all n in N: n.x == 2 }}
             invariant h: safety {{ all n in N: n.x >= old(n.x) and (quiescent implies n.x == 2) }}
             action grow at n in N when n.x < 2 {{ n.x += 1 }}"
        ),
        &[],
    );
}

#[test]
fn old_stands_in_steps_only() {
    body(
        "state x: 0..2 invariant i: convergence { eventually old(x) == 1 }",
        &[
            "E0312 1:64 `old` has no meaning in a property of states | `old` compares a step's two states: use it in an invariant, and not in another `old`",
        ],
    );
    body(
        "state x: 0..2 def before() = old(x) bound before() == 1",
        &[
            "E0312 1:54 `old` has no meaning in a bound | `old` compares a step's two states: use it in an invariant, and not in another `old`",
        ],
    );
}

#[test]
fn clauses_see_what_they_should() {
    let p = program(
        "system A { node N[2] { log: list<0..1, 2> leads: 0..2? = none tries: 0..3 seen: 0..2 } state epoch: 0..2
           order o: leader, append { scope shard by n in N where n.leads != none epoch n.leads views n.log for n in N }
           order v: versioned, compare_and_set { views n.log for n in N value n.log version n.seen write put expects e }
           action put(e: 0..2) at n in N when n.seen == e and e < 2 { n.seen := e + 1 n.log := [0] n.leads := e }
           resolution again: retry { handles o attempts c.tries at most 3 backoff 100ms at c in N when c.tries < 3 { c.tries += 1 } }
           resolution fenced: fence { token n.seen for n in N protects [n.log for n in N] write put carries e }
           resolution undo: compensate { undoes put restores [n.log for n in N] at n in N { n.log.clear() } } 
           def larger(a: 0..2, b: 0..2) = max(a, b)
           resolution join: merge { merge larger act { epoch := larger(epoch, 1) } } }",
    );
    assert_eq!(p.orders[1].writes[0].actions.len(), 1);
    assert!(matches!(p.orders[1].writes[0].values[0].kind, ExprKind::Local(_)));
    assert_eq!(p.resolutions[0].backoff, Some(Some(100_000_000)));
    assert_eq!(p.resolutions[2].undoes.len(), 1);
    assert!(p.resolutions[3].merge.is_some());
    body(
        "state x: bool action a { x := true } resolution r: compensate { undoes b restores x }",
        &["E0211 1:83 unknown action `b` | declared here: a"],
    );
    body(
        "def f(a: bool, b: 0..1) = a resolution r: merge { merge f }",
        &[
            "E0406 1:68 `f` cannot merge: expected two values of one type, giving that type | declare it as `def NAME(a: TYPE, b: TYPE) = …`",
        ],
    );
}

#[test]
fn a_reconciler_that_observes_acts_in_two_steps() {
    let p = program(
        "system A { node C[2] { } state pods: 0..4 state wanted: 0..4 = 2
           reconciler r: control_loop { every 1s desired wanted actual pods observe seen = pods
             act at c in C when seen < wanted { if c.up { pods += 1 } } }
           reconciler s: control_loop { atomic observe seen = pods drift pods > wanted
             act when seen > wanted { pods := seen - 1 } }
           reconciler t: worker { drift pods == 4 act { pods := 3 } }
           reconciler u: worker { desired wanted actual pods act { pods := wanted } } }",
    );
    let names: Vec<&str> = p.actions.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["r observe", "r", "s", "t", "u"]);
    let ActionKind::ReconcilerObserve { reconciler: 0, values } = &p.actions[0].kind else { panic!() };
    assert_eq!(values.len(), 1);
    assert!(p.actions[0].at.is_some() && p.actions[1].at.is_some());
    assert_eq!(p.reconcilers[0].observed[0].0, "seen");
    // Atomic: the act itself looks, and its guard sees what it saw.
    assert!(matches!(p.actions[2].body[0].kind, StmtKind::Let { .. }));
    assert!(matches!(p.actions[2].guards[0].kind, ExprKind::Let(..)));
    assert!(p.reconcilers[1].atomic && p.reconcilers[1].observed.is_empty());
    // An act without `when` acts on what it sees of the drift.
    let guards: Vec<usize> = p.actions.iter().map(|a| a.guards.len()).collect();
    assert_eq!(guards, [0, 1, 1, 1, 1]);
}

#[test]
fn reconcilers_say_what_drift_is() {
    body(
        "state x: bool reconciler r: worker { desired x act { x := true } }",
        &[
            "E0408 1:49 `actual` is missing: drift is where desired and actual differ | add `actual EXPR`, or say what is wrong instead: `drift P`",
        ],
    );
    body(
        "state x: bool reconciler r: worker { drift x desired x actual true }",
        &["E0408 1:57 a reconciler has `drift`, or `desired` and `actual`, not both"],
    );
    body(
        "ghost g: bool state x: bool reconciler r: worker { drift g act { x := true } }",
        &[
            "E0311 1:69 `g` is a ghost: a guard may not read it | ghosts are read in properties and when assigning other ghosts; use `state` if behaviour depends on it",
        ],
    );
}
