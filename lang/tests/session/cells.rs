//! What a cell changes, and what it leaves as it was.

use crate::support::{COUNTER, ENDLESS, Notebook, Plain};
use reconverge_lang::diag::{codes, render};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, LONGEST_CELL, Outcome};

#[test]
fn each_code_of_the_session_is_triggered_by_its_example() {
    for code in codes::session::SESSION {
        let entry = code.0;
        assert!(!entry.title.is_empty() && entry.explanation.ends_with('.'), "{}", entry.code);
        if !entry.example.is_empty() {
            let found = match Notebook::new().run(entry.example).outcome {
                Outcome::Done { warnings } => warnings,
                Outcome::Failed(failure) => failure.diagnostics,
                Outcome::Interrupted => Vec::new(),
            };
            assert!(found.iter().any(|d| d.code.0.code == entry.code), "{} by {found:?}", entry.code);
        }
    }
}

#[test]
fn a_cell_with_an_error_changes_nothing() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    let broken =
        n.run("extend Counter { invariant more: safety { x >= 0 } }\nsystem Other { state y: 0..1 = 7 }");
    assert!(!broken.codes().is_empty());
    assert!(broken.texts.is_empty());
    assert_eq!(n.run("check Counter { only more }").codes().len(), 1, "there is no `more`");
    assert!(n.run("diagram Other").message().contains("Other"));
    n.ok("x");
}

#[test]
fn a_command_that_fails_takes_its_cell_along() {
    let mut n = Notebook::new();
    let ran = n.run(&format!("{COUNTER}\ndiagram Counter\ncheck Countr"));
    assert!(ran.texts.is_empty(), "nothing runs in vain");
    assert_eq!(ran.failure().diagnostics[0].help.as_deref(), Some("did you mean `Counter`?"));
    assert!(n.run("diagram Counter").codes().len() == 1);
}

#[test]
fn what_a_later_command_names_is_looked_at_before_the_first_runs() {
    for (later, code) in [
        ("check Endles", "E0203"),
        ("check Endless { only nothing }", "E0520"),
        ("find Endless { z > 1 }", "E0201"),
        ("simulate Endless for 1s { rate nobody 1/s }", "E0542"),
        ("start Endles", "E0203"),
    ] {
        let ran = Notebook::new().run(&format!("{ENDLESS}\ncheck Endless\n{later}"));
        assert_eq!(ran.codes(), [code], "{later}");
    }
    // What is there later counts for what stands behind it, and what is taken by hand for what was taken before.
    let mut n = Notebook::new();
    n.ok(&format!(
        "{COUNTER}\ncheck Counter {{ expect violated low }}\nsystem More from Counter {{ }}\ndiagram More"
    ));
    assert_eq!(n.run("diagram Counter\ndiagram Later\nsystem Later from Counter { }").codes(), ["E0203"]);
    n.ok("start Counter\nenabled\nx");
}

#[test]
fn all_errors_of_a_cell_are_shown() {
    let mut n = Notebook::new();
    let ran = n.run("system A { state x: 0..3 = z invariant i: safety { y } invariant j: safty { x } }");
    assert!(ran.codes().len() >= 3, "{:?}", ran.codes());
    assert!(ran.message().starts_with("cell 1:1:"), "{}", ran.message());
}

#[test]
fn an_interrupted_cell_changes_nothing() {
    let mut n = Notebook::new();
    let ran = n.interrupt(&format!("{ENDLESS}\ncheck Endless"));
    assert!(matches!(ran.outcome, Outcome::Interrupted), "{:?}", ran.outcome);
    assert!(!n.run("diagram Endless").codes().is_empty());
}

#[test]
fn an_unmet_expectation_fails_the_cell_and_keeps_its_definitions() {
    let mut n = Notebook::new();
    let ran = n.run(&format!("{COUNTER}\ncheck Counter {{ expect holds low }}"));
    assert_eq!(ran.codes(), ["E0510"]);
    assert_eq!(ran.texts.len(), 1, "the report is shown before the cell fails");
    n.ok("diagram Counter");
    n.ok("check Counter { expect violated low }");
}

#[test]
fn running_a_cell_again_replaces_what_it_gave() {
    let mut n = Notebook::new();
    n.run_cell("a", COUNTER);
    n.run_cell("b", "extend Counter { invariant one: safety { x >= 0 } }");
    n.run_cell("b", "extend Counter { invariant two: safety { x >= 0 } }");
    n.ok("check Counter { only two }");
    assert_eq!(n.run("check Counter { only one }").codes().len(), 1);
    let again = n.run_cell("a", "system Counter { state y: 0..1 = 0 }");
    assert!(again.text().contains("two") || again.text().contains("no longer fits"), "{}", again.text());
    n.run_cell("a", COUNTER);
    n.ok("check Counter { only two }");
}

#[test]
fn what_extended_a_system_that_is_defined_anew_is_told_of() {
    let mut n = Notebook::new();
    n.run_cell("a", COUNTER);
    n.run_cell("b", "extend Counter { invariant one: safety { x >= 0 } }");
    let again = n.run_cell("c", &format!("{COUNTER}\ncheck Counter {{ expect violated low }}"));
    assert_eq!(again.texts.len(), 2, "beside the commands of the cell, too");
    assert!(again.texts[0].contains("what extended Counter at cell 2:1:8 is gone"), "{}", again.texts[0]);
    n.run_cell("b", "extend Counter { invariant one: safety { x >= 0 } }");
    n.ok("check Counter { only one }");
    n.run_cell("d", "system Other from Counter { invariant two: safety { x >= 0 } }");
    let stale = n.run_cell("c", "system Counter { state y: 0..1 = 0 }\ndiagram Counter");
    assert!(stale.texts[0].contains("Other no longer fits"), "{}", stale.texts[0]);
}

#[test]
fn a_command_sees_what_stands_before_it() {
    let mut n = Notebook::new();
    let ran = n.run(&format!(
        "{COUNTER}\ncheck Counter {{ expect violated low }}\nextend Counter {{ invariant low: safety {{ x <= 3 }} }}\n\
         check Counter {{ expect holds low }}"
    ));
    assert!(matches!(ran.outcome, Outcome::Done { .. }), "{:?}", ran.outcome);
    assert_eq!(ran.texts.len(), 2);
}

#[test]
fn a_cell_that_only_defines_says_what() {
    let mut n = Notebook::new();
    let ran = n.ok(COUNTER);
    assert!(matches!(ran.reports[..], [Report::Defined(_)]));
    assert!(ran.text().starts_with("Counter defined"), "{}", ran.text());
    let extended = n.ok("extend Counter { invariant more: safety { x >= 0 } }");
    assert!(extended.text().starts_with("Counter extended"), "{}", extended.text());
    assert!(n.ok(COUNTER).text().starts_with("Counter redefined"));
    assert!(n.ok("// only a comment").texts.is_empty());
    assert!(n.ok("").texts.is_empty());
}

#[test]
fn bundled_mappings_are_brought_in_once() {
    let mut n = Notebook::new();
    assert!(n.ok("use counter").text().starts_with("Counter brought in"));
    n.ok("extend Counter { invariant more: safety { x >= 0 } }");
    assert!(n.ok("use counter").text().starts_with("Counter already here"));
    n.ok("check Counter { only more }");
    assert!(n.ok("use pair").text().contains("Right"));
    let ran = n.run("use countr");
    assert_eq!(ran.codes(), ["E0502"]);
    assert_eq!(ran.failure().diagnostics[0].help.as_deref(), Some("did you mean `counter`?"));
}

#[test]
fn a_variant_of_a_bundled_mapping_in_the_same_cell() {
    let mut n = Notebook::new();
    n.ok("use counter\nsystem Fixed from Counter { invariant low: safety { x <= 3 } }\ncheck Fixed { expect holds low }");
}

#[test]
fn too_long_a_cell_is_refused_at_once() {
    let mut n = Notebook::new();
    let ran = n.run(&"x".repeat(LONGEST_CELL + 1));
    assert_eq!(ran.codes(), ["E0506"]);
    let failure = ran.failure();
    assert!(render::plain(&failure.diagnostics, &failure.sources).len() < 2_000);
    n.ok(COUNTER);
}

#[test]
fn define_checks_without_exploring() {
    let mut n = Notebook::new();
    let cell = |name: &str| CellRef { id: None, name: name.to_string() };
    assert!(n.session.define(cell("a"), &format!("{ENDLESS}\ncheck Endless"), &Plain::default()).is_empty());
    let found =
        n.session.define(cell("b"), "check Endles\nsystem B { state x: bool = 3 }", &Plain::default());
    assert!(found.iter().any(|d| d.is_error()));
    assert!(n.session.define(cell("c"), "diagram Endless", &Plain::default()).is_empty());
}

#[test]
fn the_same_cells_give_the_same_bytes() {
    let run = || {
        let mut n = Notebook::new();
        let cells = [COUNTER, "check Counter", "audit Counter", "compare Counter", "x"];
        cells.iter().flat_map(|c| n.ok(c).texts).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
