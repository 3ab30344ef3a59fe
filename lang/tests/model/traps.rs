//! Steps without a value, and models too large: what the person reads.

use super::support::{explore, model, try_model};
use reconverge_lang::model::BuildOptions;

/// The first trap of a system's exploration: message and help.
#[track_caller]
fn trap(body: &str, code: &str, message: &str, help: &str) {
    let text = format!("system A {{ {body} }}\ncheck A");
    let model = model(&text, &BuildOptions::default());
    let found = explore(&model);
    let first = found.traps.first().expect("a step has no value");
    let diagnostic = model.trap(first.trap);
    assert_eq!(diagnostic.code.to_string(), code, "{diagnostic:?}");
    assert_eq!(diagnostic.message, message);
    let given = diagnostic.help.expect("a fix is suggested");
    assert!(given.contains(help), "{given}");
}

#[test]
fn a_value_leaves_its_range() {
    let body = "state hw: 0..2 = 0 action up() { hw += 1 }";
    trap(body, "E0701", "hw would become 3, its type is 0..2", "0..3");
    let body = "node B[2] { n: 1..3 = 1 } action down() at b in B { b.n := b.n - 1 }";
    trap(body, "E0701", "n would become 0, its type is 1..3", "0..3");
}

#[test]
fn none_has_no_value() {
    let body = "type T = 0..2 state x: T? = none state y: 0..2 = 0 action a() { y := x }";
    trap(body, "E0702", "expected a value, found none", "!= none");
}

#[test]
fn lists_have_ends() {
    let body = "state l: list<bool, 2> = [true] state y: bool = false action a() { y := l[1] }";
    trap(body, "E0703", "index 1 is outside a list of length 1", "len");
    let body = "state l: list<bool, 1> = [] action a() { l.push(true) }";
    trap(body, "E0704", "l would hold more than 1 elements", "above 1");
    let body = "state l: list<bool, 2> = [] state y: bool = false action a() { y := first(l) }";
    trap(body, "E0707", "first of nothing", "element");
}

#[test]
fn a_link_is_full() {
    let body = "node B[2] {} message M {} link l: M between B, B unordered
        action a() at b in B { for c in B { send M to c } } on M at b { }";
    trap(body, "E0705", "link l is full: its capacity is 4 (the default)", "`capacity 5`");
    let body = "node B[2] {} message M {} link l: M between B, B ordered capacity 1
        action a() at b in B { for c in B { send M to c } } on M at b { }";
    trap(body, "E0705", "link l is full: its capacity is 1", "`capacity 2`");
}

#[test]
fn nothing_is_divided_by_nothing() {
    let body = "state x: 0..2 = 0 state y: 0..2 = 0 action a() { y := 1 / x }";
    trap(body, "E0706", "1 is divided by 0", "!= 0");
}

#[track_caller]
fn too_large(body: &str, code: &str, message: &str) {
    let text = format!("system A {{ {body} }}\ncheck A");
    let errors = try_model(&text, &BuildOptions::default()).expect_err("it is too large");
    assert_eq!(errors[0].code.to_string(), code, "{errors:?}");
    assert!(errors[0].message.contains(message), "{errors:?}");
    assert!(errors[0].help.is_some(), "{errors:?}");
}

#[test]
fn models_have_a_size() {
    let lists = "state x: list<list<0..200, 100>, 60> = [] invariant i: safety { len(x + x) >= 0 }";
    too_large(lists, "E0601", "is too wide: its");
    let maps = "state x: map<0..4000 -> 0..30000> state y: map<0..4000 -> 0..30000>";
    too_large(maps, "E0602", "expected a state of at most 65536 bits");
    too_large("action a(x: 0..1000, y: 0..1000) { }", "E0603", "too many instances");
}
