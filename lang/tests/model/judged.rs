//! Properties that look at steps: applied twice, undone, left as before, merged.

use super::support::{explore, faults, model, try_model_of};
use reconverge_lang::analysis::program::Program;
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::engine::Outcome;
use reconverge_lang::model::settle::Settled;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations::repetitions;

/// How the property with these words came out: whether it holds.
#[track_caller]
fn holds(model: &Model, words: &str) -> bool {
    let found = explore(model);
    assert!(found.stopped.is_none() && found.traps.is_empty(), "{:?} {:?}", found.stopped, found.traps);
    let list = model.property_list();
    let index = list.iter().position(|p| p.words.contains(words));
    let index = index.unwrap_or_else(|| panic!("{:#?}", list.iter().map(|p| &p.words).collect::<Vec<_>>()));
    match &found.outcomes[index] {
        Outcome::Holds => true,
        Outcome::Violated(_) => false,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(text: &str, words: &str, expected: bool) {
    assert_eq!(holds(&model(text, &BuildOptions::default()), words), expected, "{text}");
}

const ENDS: &str = "its steps end";
const AGAIN: &str = "what comes again after it has taken effect changes nothing";

#[test]
fn a_repair_ends() {
    let repair = |body: &str, when: &str| {
        format!(
            "system A {{ state n: 0..4 = 1  state seen: bool = false
               resolution fix: repair {{ act when {when} {{ {body} }} }} }}
             check A"
        )
    };
    check(&repair("n := 2", "n < 2"), ENDS, true);
    check(&repair("n := 2", "n < 3"), ENDS, true);
    check(&repair("n += 1", "n < 3"), ENDS, true);
    check(&repair("n := 3 - n", "n < 3"), ENDS, false);
    check(&repair("choose x in 0..4 where x > n { n := x }", "n < 4"), ENDS, true);
    check(&repair("choose x in 0..4 where x != n { n := x }", "n < 4"), ENDS, false);
}

/// What the audit asks of every resolution whose types do not promise it.
#[test]
fn a_resolution_is_applied_twice() {
    let once = |body: &str, when: &str| {
        let text = format!(
            "system A {{ state n: 0..4 = 1  state seen: bool = false
               resolution fix: compensate {{ act when {when} {{ {body} }} }} }}
             check A"
        );
        let made = |program: &mut Program| repetitions(program);
        holds(&try_model_of(&text, &BuildOptions::default(), &made).expect("a model"), "twice")
    };
    assert!(once("n := 2", "n < 3"));
    assert!(!once("n += 1", "n < 3"));
    // Where it is not enabled a second time there is nothing to apply.
    assert!(once("n += 1", "n == 1"));
    assert!(once("choose x in 0..4 where x > n { n := x }", "n < 4"));
    assert!(!once("choose x in 1..2 where n + x < 5 { n += x }", "n < 4"));
}

#[test]
fn a_message_is_delivered_twice() {
    let dedupe = |guard: &str| {
        format!(
            "system A {{ node B[2] {{ n: 0..3 = 0  seen: set<0..1> = {{}} }}
               message Pay {{ id: 0..1 }}
               link l: Pay between B, B unordered duplicating
               state sent: set<0..1> = {{}}
               action pay(i: 0..1) at b in B when i not in sent {{ sent.add(i) for c in B where c != b {{ send Pay {{ id: i }} to c }} }}
               resolution once: dedupe {{
                 on Pay from f at b {{ if {guard} {{ b.n += 1 b.seen.add(id) }} }}
               }} }}
             check A"
        )
    };
    let options = faults(FaultBudget::from([(Fault::Duplicate, 1)]));
    assert!(holds(&model(&dedupe("id not in b.seen"), &options), AGAIN));
    assert!(!holds(&model(&dedupe("true"), &options), AGAIN));
}

/// What a merge of two values obeys, one of which changes: the verdict, and the law that breaks or what was tried.
fn merged(body: &str, ty: &str, change: &str) -> (bool, String) {
    let text = format!(
        "system A {{ type T = {ty}  state x: T  state y: T
           action change {{ y := {change} }}
           def join(a: T, b: T): T = {body}
           resolution m: merge {{ merge join act {{ x := join(x, y) }} }} }}
         check A"
    );
    let model = model(&text, &BuildOptions::default());
    if let Some(Settled::Holds(with)) = model.settled(0) {
        return (true, with.clone());
    }
    let found = explore(&model);
    match &found.outcomes[0] {
        Outcome::Holds => (true, model.tried_with(0).expect("it was tried")),
        Outcome::Violated(violation) => {
            let end = violation.path.steps.last().map_or(&violation.path.init, |step| &step.state);
            (false, model.broken_law(0, end).expect("a law").sentence)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn merge_functions_obey_their_laws() {
    let of_all = |n: u32| (true, format!("tried with every three of {n} values"));
    assert_eq!(merged("max(a, b)", "0..5", "min(y + 1, 5)"), of_all(6));
    assert_eq!(merged("a + b", "set<0..3>", "y + {1}"), of_all(16));
    let adds = merged("min(a + b, 5)", "0..5", "min(y + 1, 5)");
    assert_eq!(adds, (false, "not idempotent: join(1, 1) is 2".to_string()));
    let forgets = merged("a", "0..5", "min(y + 1, 5)");
    assert_eq!(forgets, (false, "not commutative: join(0, 1) is 0, join(1, 0) is 1".to_string()));
    // What breaks the laws never meets.
    let (holds, with) = merged("if a == 5 then 0 else max(a, b)", "0..5", "min(y + 1, 2)");
    assert!(holds && with.starts_with("tried with the 3 values that meet"), "{with}");
    // Too many values for all of them.
    let (holds, with) = merged("a + b", "set<0..30>", "y + {1}");
    assert!(
        holds && with.contains("the 2 values that meet and what comes of them; join takes more"),
        "{with}"
    );
    // More comes of what meets than can be tried.
    let (holds, with) = merged("a + b", "set<0..30>", "{ v for v in 0..30 where v not in y or v < 29 } - x");
    assert!(holds, "{with}");
}

#[test]
fn a_compensation_restores() {
    let saga = |undo: &str| {
        format!(
            "system A {{ enum Seat {{ left, right }}
               state free: set<Seat> = Seat  state mine: set<Seat> = {{}}  state log: 0..2 = 0
               action reserve(s: Seat) when s in free {{ free.remove(s) mine.add(s) }}
               action cancel_all when mine == Seat {{ }}
               resolution cancel: compensate {{
                 undoes reserve
                 restores free
                 act when mine != {{}} {{ {undo} }}
               }} }}
             check A"
        )
    };
    // It gives back the seat that was reserved last only if that was the one it picks.
    check(&saga("free := Seat mine := {}"), "restored", false);
    check(&saga("require (count s in mine) == 1 free := free + mine mine := {}"), "restored", true);
}

#[test]
fn crashes_forget_what_was_observed() {
    let text = "system A {
        node C { durable wanted: 0..2 = 0 }
        state actual: 0..2 = 0
        action ask(n: 0..2) at c in C when c.wanted != n { c.wanted := n }
        reconciler control: control_loop {
          observe seen = actual
          drift some c in C: actual != c.wanted
          act at c in C when seen != c.wanted { actual := c.wanted }
        } }
      check A";
    let calm = explore(&model(text, &BuildOptions::default()));
    let options = faults(FaultBudget::from([(Fault::Crash, 1)]));
    let crashing = explore(&model(text, &options));
    assert!(calm.traps.is_empty() && crashing.traps.is_empty());
    assert!(crashing.states_distinct > calm.states_distinct);
}
