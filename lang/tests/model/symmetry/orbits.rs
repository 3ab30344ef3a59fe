//! Representatives by brute force: all reachable states, gathered by the representative that each is given.

use super::super::support::model;
use reconverge_lang::engine::machine::Machine;
use reconverge_lang::model::{BuildOptions, Model};
use std::collections::{BTreeMap, BTreeSet};

/// All states within some number of steps, without any symmetry.
fn reachable(model: &Model, most: usize) -> BTreeSet<Vec<u64>> {
    let mut scratch = model.scratch();
    let (mut seen, mut queue) = (BTreeSet::new(), Vec::new());
    model.initial(&mut scratch, &mut |state| {
        let state = state.expect("it has a value").to_vec();
        if seen.insert(state.clone()) {
            queue.push(state);
        }
        true
    });
    let mut at = 0;
    while at < queue.len() && seen.len() < most {
        let state = queue[at].clone();
        at += 1;
        model.expand(&mut scratch, &state, |_, result| {
            if let Ok(successor) = result
                && seen.insert(successor.state.to_vec())
            {
                queue.push(successor.state.to_vec());
            }
        });
    }
    assert!(at == queue.len(), "more than {most} states");
    seen
}

/// Each representative is a state of its own orbit, is its own representative, and its orbit has as many states as were
/// found: the reachable states are closed under renaming.
#[track_caller]
pub fn exact(model: &Model) -> usize {
    let states = reachable(model, 60_000);
    let mut scratch = model.scratch();
    let mut orbits: BTreeMap<Vec<u64>, (u64, u64)> = BTreeMap::new();
    for state in &states {
        let mut representative = state.clone();
        let size = model.canonical(&mut scratch, &mut representative);
        assert!(states.contains(&representative), "a representative that is not reachable");
        let orbit = orbits.entry(representative).or_insert((size, 0));
        assert_eq!(orbit.0, size, "one orbit, two sizes");
        orbit.1 += 1;
    }
    for (representative, (size, found)) in &orbits {
        assert_eq!(size, found);
        let mut again = representative.clone();
        model.canonical(&mut scratch, &mut again);
        assert_eq!(again, *representative);
    }
    orbits.len()
}

/// A system with its symmetry, small enough to be looked at whole.
#[track_caller]
fn orbits(text: &str, wanted: usize) {
    let model = model(&format!("{text}\ncheck S"), &BuildOptions::default());
    assert!(model.symmetry().is_some());
    assert_eq!(exact(&model), wanted, "{text}");
}

#[test]
fn subsets_by_size() {
    orbits("system S { node N[5] { } state s: set<N> = {} action a(n: N) { s.add(n) } }", 6);
}

#[test]
fn multisets_and_sequences() {
    // Sequences of at most 3 of 4 nodes by which are equal: 1 + 1 + 2 + 5.
    let list =
        "system S { node N[4] { } state l: list<N, 3> = [] action a(n: N) when len(l) < 3 { l.push(n) } }";
    orbits(list, 9);
    // Partitions of the numbers up to 3.
    orbits("system S { node N[4] { } state b: bag<N, 3> action a(n: N) when len(b) < 3 { b.add(n) } }", 7);
}

#[test]
fn graphs() {
    // Directed graphs with loops on 3 nodes, up to isomorphism (OEIS A000595).
    let record =
        "record E { a: N, b: N } state s: set<E> = {} action a(m: N, n: N) { s.add(E { a: m, b: n }) }";
    orbits(&format!("system S {{ node N[3] {{ }} {record} }}"), 104);
    let sets = "node N[3] { s: set<N> = {} } action a(m: N, n: N) { m.s.add(n) }";
    orbits(&format!("system S {{ {sets} }}"), 104);
    // Functions from 4 nodes to themselves (OEIS A001372), from all initial states.
    orbits("system S { node N[4] { } state f: map<N -> N> = any }", 19);
}

#[test]
fn matrices_of_two_types() {
    // Binary 3 × 3 matrices up to permutations of rows and of columns (OEIS A002724).
    let text = "node N[3] { } node M[3] { s: set<N> = {} } action a(m: M, n: N) { m.s.add(n) }";
    orbits(&format!("system S {{ {text} }}"), 36);
}
