//! Stepping by hand: what is offered at the cursor, what stays after a cell, what is drawn.

use crate::support::{COUNTER, Notebook, Plain};
use reconverge_lang::report::Report;
use reconverge_lang::view;

fn offers(n: &Notebook, text: &str) -> Vec<String> {
    let completion = n.session.complete(text, text.len());
    completion.items.into_iter().map(|item| item.text).collect()
}

#[test]
fn steps_are_offered_after_do() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    assert!(!offers(&n, "do ").iter().any(|text| text == "up(1)"), "no run was started");
    n.ok("start Counter { faults { crash 1 } }");
    assert_eq!(offers(&n, "do "), ["up(1)", "up(2)", "crash worker1", "crash worker2"]);
    assert_eq!(offers(&n, "x\ndo up("), ["up(1)", "up(2)"]);
    assert_eq!(offers(&n, "do crash w"), ["crash worker1", "crash worker2"]);
    let completion = n.session.complete("do crash worker", 15);
    assert_eq!((completion.start, completion.end), (3, 15));
    n.ok("do up(2)");
    assert_eq!(offers(&n, "do u"), ["up(1)"]);
    assert!(!offers(&n, "do up(1)\n").contains(&"up(1)".to_string()), "another line");
    assert!(offers(&n, "scenario \"s\" on Counter { do ").contains(&"up".to_string()), "not in a scenario");
    assert!(offers(&n, "start Counter { ").contains(&"init".to_string()));
    n.ok("extend Counter { action down when x > 0 { x -= 1 } }");
    assert!(!offers(&n, "do ").contains(&"up(1)".to_string()), "the run is stale");
}

#[test]
fn a_cell_that_does_not_change_a_system_makes_no_run_stale() {
    let mut n = Notebook::new();
    n.run_cell("a", COUNTER);
    n.ok("start Counter\ndo up(1)");
    n.run_cell("a", COUNTER);
    n.ok("do up(1)");
    n.ok("system Variant from Counter { }\nsystem Other { state y: 0..1 = 0 }");
    n.ok("do up(1)");
    assert_eq!(n.run("enabled").text().lines().last(), Some("nothing can be done"));
}

#[test]
fn the_run_is_drawn_where_the_next_command_takes_no_step() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    let ran = n.ok("start Counter\ndo up(1)\ndo up(2)\nx");
    let drawn = |report: &Report| view::svg(report, view::Theme::Dark).is_some();
    assert_eq!(ran.reports.iter().map(drawn).collect::<Vec<_>>(), [false, false, true, false]);
    let picture = view::svg(&ran.reports[2], view::Theme::Light).unwrap();
    assert!(picture.contains("low is violated here"), "{picture}");
    assert!(ran.texts[3].contains("up(2)"), "an expression goes along the run: {}", ran.texts[3]);
}

#[test]
fn what_a_cell_did_before_a_step_that_is_not_taken_stays() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    assert_eq!(n.run("start Counter\ndo up(1)\ndo up(3)\ndo up(1)").codes(), ["E0304"]);
    assert!(n.run("show").text().contains("step 1 of Counter"));
    assert_eq!(n.run("do up(1)\ndo gone").codes(), ["E0511"]);
    assert!(n.run("x").text().lines().count() == 5, "two steps");
    assert_eq!(n.run("do up(1)\ncheck Countr").codes(), ["E0203"]);
    assert!(n.run("show").text().contains("step 2 of Counter"), "an error in the text takes its cell along");
}

#[test]
fn what_can_be_known_without_a_run_is_told_without_one() {
    let mut n = Notebook::new();
    let codes = |n: &mut Notebook, text: &str| {
        let cell = reconverge_lang::session::CellRef { id: None, name: "c".to_string() };
        n.session
            .define(cell, text, &Plain::default())
            .iter()
            .filter(|d| d.is_error())
            .map(|d| d.code.0.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&mut n, &format!("{COUNTER}\ndo up(1)\nenabled")), ["E0514", "E0514"]);
    let text = format!("{COUNTER}\nstart Counter {{ init y == 0 }}\ndo up(7)\ndo down\ndo up(1)\nundo\nshow");
    assert_eq!(codes(&mut n, &text), ["E0201", "E0304", "E0511"]);
    assert!(codes(&mut n, &format!("{COUNTER}\nstart Counter\ndo up(1)\nsave as scenario")).is_empty());
}
