//! Systems over several cells: variants, extensions, running again, what becomes stale.

use super::support::{Notebook, check, show, target};
use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{Verb, analyse};

fn actions(program: &Program) -> Vec<&str> {
    program.actions.iter().map(|a| a.name.as_str()).collect()
}

fn stale(n: &Notebook, defined: &reconverge_lang::analysis::Defined) -> Vec<String> {
    defined
        .stale
        .iter()
        .flat_map(|(name, d)| show(d, &n.sources).into_iter().map(move |line| format!("{name}: {line}")))
        .collect()
}

#[test]
fn a_variant_adds_and_replaces_by_name() {
    let mut n = Notebook::default();
    n.expect(
        "1",
        "system A { param n = 3 node B[n] { x: 0..3 } message M message P link l: M, P between B, B unordered
           on M from f at b when b.x == 0 { b.x := 1 } on M from f at b when b.x == 1 { b.x := 2 }
           on P from f at b { b.x := 0 }
           action grow at b in B when b.x < 3 { b.x += 1 send M to b send P to b } bound true
           resolution fix: repair { at b in B when b.x == 3 { b.x := 0 } } }",
        &[],
    );
    n.expect(
        "2",
        "system Fixed from A(n = 2) { on M from f at b { b.x := 3 } state y: bool bound not y
           resolution fix: repair { at b in B when b.x > 1 { b.x := 0 } } action z { y := true } }",
        &["E0217 1:33 this replaces all 2 handlers of `M` that Fixed had | repeat those that are to stay"],
    );
    let (a, fixed) = (n.program("A"), n.program("Fixed"));
    assert_eq!(actions(&a), ["on M", "on M", "on P", "grow", "fix"]);
    assert_eq!(actions(&fixed), ["on M", "on P", "grow", "fix", "z"]);
    assert_eq!((a.nodes[0].count, fixed.nodes[0].count), (3, 2));
    assert_eq!((a.bounds.len(), fixed.bounds.len()), (1, 2));
    assert_eq!(fixed.base.as_deref(), Some("A"));
    assert_eq!(fixed.resolutions[0].header.system, "Fixed");
    assert_eq!(fixed.resolutions.len(), 1);
}

#[test]
fn extending_builds_a_system_over_cells_and_running_again_replaces() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: 0..3 state y: bool }", &[]);
    let defined = n.expect("2", "extend A { action up when x < 3 { x += 1 } }", &[]);
    assert_eq!(defined.systems[0].1, Verb::Extended);
    n.expect("3", "extend A { action flip { y := not y } }", &[]);
    n.expect("2", "extend A { action up when x < 2 { x += 1 } action down when x > 0 { x -= 1 } }", &[]);
    assert_eq!(actions(&n.program("A")), ["up", "down", "flip"]);
    // Running the first cell again keeps what later cells add.
    let defined = n.expect("1", "system A { state x: 0..3 state y: bool state z: bool = y }", &["E0303 1:56 `y` has no value yet where an initial value is computed | initial values are constants; relate variables with `= any` and a member `init EXPR`"]);
    assert!(defined.is_error());
    let defined = n.expect("1", "system A { state x: 0..5 state y: bool }", &[]);
    assert_eq!(defined.systems[0].1, Verb::Redefined);
    assert_eq!(actions(&n.program("A")), ["up", "down", "flip"]);
    // A cell that contributes nothing any more takes back what it gave.
    n.expect("2", "", &[]);
    assert_eq!(actions(&n.program("A")), ["flip"]);
}

#[test]
fn defining_in_another_cell_starts_afresh() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: bool }", &[]);
    n.expect("2", "extend A { action a { x := true } }", &[]);
    n.expect("3", "system A { state z: bool }", &[]);
    let a = n.program("A");
    assert_eq!((a.states[0].name.as_str(), a.actions.len()), ("z", 0));
}

#[test]
fn a_changed_base_changes_its_variants_and_says_which_no_longer_fit() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: 0..3 }", &[]);
    n.expect("2", "system B from A { action up when x < 3 { x += 1 } }", &[]);
    n.expect("3", "system C from B { state y: bool invariant i: safety { y } }", &[]);
    n.expect("4", "system D from A { state w: bool }", &[]);
    let defined = n.expect("1", "system A { state x: bool }", &[]);
    assert_eq!(defined.changed, ["D"]);
    let wrong = [
        "E0301 1:34 expected an integer, found bool",
        "E0306 1:42 `+` cannot combine bool and the integer 1 | `+` and `-` take two integers or two sets, `+` also two lists, `&` two sets",
    ];
    let expected: Vec<String> = ["B", "C"].iter().flat_map(|s| wrong.map(|w| format!("{s}: {w}"))).collect();
    assert_eq!(stale(&n, &defined), expected);
    assert!(analyse(&n.definitions, &target("B")).0.is_none());
    // The cell itself had no error, so it counts; correcting it repairs the variants.
    let defined = n.expect("1", "system A { state x: 0..7 }", &[]);
    assert_eq!(defined.changed, ["B", "C", "D"]);
    assert!(defined.stale.is_empty());
}

#[test]
fn an_error_changes_nothing() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: 0..3 }", &[]);
    let defined = n.run("1", "system A { state x: 0..q } system New { }");
    assert!(defined.is_error() && defined.systems.is_empty());
    assert_eq!(n.program("A").states[0].name, "x");
    assert_eq!(n.definitions.names().collect::<Vec<_>>(), ["A"]);
    let defined = n.run("2", "extend A { action a { y := 1 } }");
    assert!(defined.is_error());
    assert!(n.program("A").actions.is_empty());
}

#[test]
fn a_first_cell_may_change_under_later_ones() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: 0..3 }", &[]);
    n.expect("2", "extend A { action up when x < 3 { x += 1 } }", &[]);
    // The later cell no longer fits: it is stale, and the first cell counts.
    let defined = n.expect("1", "system A { state number: 0..3 }", &[]);
    assert_eq!(
        stale(&n, &defined),
        [
            "A: E0201 1:27 unknown name `x`",
            "A: E0201 1:35 unknown name `x` | a name for the rest of the block: `let x = EXPR`; what stays is declared: `state x: TYPE = EXPR`"
        ]
    );
    let defined = n.expect("2", "extend A { action up when number < 3 { number += 1 } }", &[]);
    assert!(defined.stale.is_empty());
    assert_eq!(actions(&n.program("A")), ["up"]);
}

#[test]
fn removing_a_base_leaves_its_variants_stale() {
    let mut n = Notebook::default();
    n.expect("1", "system A { state x: bool }", &[]);
    n.expect("2", "system B from A { }", &[]);
    let defined = n.expect("1", "system Other { }", &[]);
    assert_eq!(defined.removed, ["A"]);
    assert_eq!(stale(&n, &defined), ["B: E0203 1:15 unknown system `A` | defined so far: Other"]);
}

#[test]
fn systems_and_parameters_must_exist() {
    check(
        "system B from A { }",
        &["E0203 1:15 unknown system `A` | no system is defined yet: run the cell that defines it first"],
    );
    check(
        "extend A { }",
        &["E0203 1:8 unknown system `A` | no system is defined yet: run the cell that defines it first"],
    );
    check(
        "system A { param brokers = 3 } system B from A(broker = 2) { }",
        &["E0205 1:48 system B has no parameter `broker` | did you mean `brokers`?"],
    );
    check(
        "system A from B { } system B from C { } system C from A { }",
        &[
            "E0204 1:15 system A is made from itself",
            "E0204 1:35 system B is made from itself",
            "E0204 1:55 system C is made from itself",
        ],
    );
}
