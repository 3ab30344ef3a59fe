//! Parameters of every type: a system at values is the system in which the values stand in their places.

use super::support::{explore, model};
use reconverge_lang::model::BuildOptions;

/// A parameter, its type, and values that it may have.
type Tried = (&'static str, &'static str, &'static [&'static str]);

const TRIED: [Tried; 7] = [
    ("mode", "Mode", &["strict", "lax", "Mode.off"]),
    ("size", "1..3", &["1", "3", "1 + 1"]),
    ("twice", "bool", &["false", "true", "not false"]),
    ("peers", "set<N>", &["N - N", "{n1}", "N", "N - {n1}", "{ n for n in N where n != n1 }"]),
    (
        "weights",
        "map<Mode -> 0..2>",
        &["{ Mode -> 1 }", "{ lax -> 2, Mode -> 1 }", "{ m -> if m == off then 0 else 2 for m in Mode }"],
    ),
    ("owner", "N?", &["none", "n1"]),
    ("first_entry", "Entry", &["Entry { at: 0, mode: none }", "Entry { at: 2, mode: lax }"]),
];

const SYSTEM: &str = "
  enum Mode { strict, lax, off }
  record Entry { at: 0..2, mode: Mode? }
  node N[if [mode] == off then 2 else [size]] { at: 0..9 = 0 }
  state last: N? = [owner]
  state entry: Entry = [first_entry]
  action write at n in [peers] when [mode] != off or n.at < 2 {
    n.at += if [twice] then 2 else [weights][[mode]]
    require n.at <= 3 * [size]
    last := n
  }
  action take at n in N when last == [owner] and n not in [peers] { entry := Entry { at: index(n), mode: [mode] } }
  invariant few: safety { all n in N: n.at <= 2 or [twice] }
  invariant known: safety { entry == [first_entry] or entry.mode == [mode] }
  invariant steps: safety { old(last) == none or last != none and [weights][strict] > 0 }
";

/// The system with something in the places of its parameters.
fn with(of: &dyn Fn(usize) -> String) -> String {
    let place = |text: String, (i, tried): (usize, &Tried)| text.replace(&format!("[{}]", tried.0), &of(i));
    TRIED.iter().enumerate().fold(SYSTEM.to_string(), place)
}

#[test]
fn a_value_stands_where_its_parameter_does() {
    let named = with(&|i| TRIED[i].0.to_string());
    let (mut states, mut violated) = (0, 0);
    for round in 0..60usize {
        let value = |i: usize| TRIED[i].2[(round * (i + 3) + round / (i + 1)) % TRIED[i].2.len()];
        let declared: String = TRIED
            .iter()
            .map(|(name, ty, values)| format!("  param {name}: {ty} = {}\n", values[0]))
            .collect();
        let given: Vec<String> =
            TRIED.iter().enumerate().map(|(i, (name, ..))| format!("{name} = {}", value(i))).collect();
        let one = format!("system S {{\n{declared}{named}}}\ncheck S({})", given.join(", "));
        let other = format!("system S {{{}}}\ncheck S", with(&|i| format!("({})", value(i))));
        let found = [one, other].map(|text| explore(&model(&text, &BuildOptions::default())));
        let seen = found.each_ref().map(|f| (f.states_distinct, f.states_generated, f.depth, f.traps.len()));
        assert_eq!(seen[0], seen[1], "{given:?}");
        let broken = found.each_ref().map(|f| {
            let violated = |o| matches!(o, &reconverge_lang::engine::Outcome::Violated(_));
            f.outcomes.iter().map(violated).collect::<Vec<bool>>()
        });
        assert_eq!(broken[0], broken[1], "{given:?}");
        states += seen[0].0;
        violated += broken[0].iter().filter(|b| **b).count();
    }
    assert!(states > 200 && violated > 5, "{states} states, {violated} violated: too few to say much");
}
