//! The border between Rust and machine code: what was made for other code is refused, what is called from machine code may
//! panic, several threads may run the same.

use super::support::model;
use reconverge_lang::engine::machine::{Machine, Word};
use reconverge_lang::model::run::native::Execution;
use reconverge_lang::model::{BuildOptions, Model};
use std::panic::{AssertUnwindSafe, catch_unwind};

const SMALL: &str = "
system Small {
  state n: 0..3 = 0
  action up() when n < 3 { n += 1 }
  invariant low: safety \"n stays low\" { n <= 3 }
}
check Small";

/// Its frames are longer than those of the small one, and its states are not.
const LARGE: &str = "
system Large {
  state n: 0..3 = 0
  state l: list<0..3, 4> = []
  action up() when n < 3 { n += 1  l.push(n) }
  action next(k: 0..3) when k not in l { choose m in 0..3 where m > k { l.push(m)  l.pop() } }
  invariant low: safety \"n stays low\" { n <= 3 and len(l) <= 3 }
}
check Large";

/// Successors of one state that outgrow the buffer of a run, which is emptied on the way.
const LOOP: &str = "
system Loop {
  state n: 0..599 = 0
  action pick() { choose m in 0..599 { n := m } }
}
check Loop";

/// As many, in code without a loop: the buffer has room for all.
const STRAIGHT: &str = "
system Straight {
  state n: 0..599 = 0
  action pick(m: 0..599) { n := m }
}
check Straight";

#[track_caller]
fn built(text: &str, execution: Execution) -> Model {
    model(text, &BuildOptions { execution, ..BuildOptions::default() })
}

/// The words of a panic; empty: there was none.
fn panic_of(run: impl FnOnce()) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else { return String::new() };
    panic.downcast_ref::<&str>().map_or("other than words", |words| words).to_string()
}

fn first(model: &Model) -> Vec<Word> {
    let mut first = Vec::new();
    model.initial(&mut model.scratch(), &mut |state| {
        first = state.expect("an initial state").to_vec();
        false
    });
    first
}

fn successors(model: &Model, scratch: &mut <Model as Machine>::Scratch, state: &[Word]) -> Vec<Vec<Word>> {
    let mut found = Vec::new();
    model.expand(scratch, state, |_, result| found.extend(result.map(|s| s.state.to_vec())));
    found
}

#[test]
fn frames_of_other_code_are_refused() {
    for execution in [Execution::Portable, Execution::Native] {
        let [small, large, twin] = [SMALL, LARGE, LARGE].map(|text| built(text, execution));
        let state = first(&large);
        assert_eq!(small.words(), large.words());
        assert!(!successors(&large, &mut large.scratch(), &state).is_empty());
        assert_eq!(large.state_holds(&mut large.scratch(), 0, &state), Ok(true));
        // Shorter than it should be, and of the right length.
        for other in [&small, &twin] {
            let mut scratch = other.scratch();
            let said = panic_of(|| large.expand(&mut scratch, &state, |_, _| {}));
            assert_eq!(said, "a frame of other code", "{execution:?}");
            let said = panic_of(|| assert_eq!(large.state_holds(&mut scratch, 0, &state), Ok(true)));
            assert_eq!(said, "a frame of other code", "{execution:?}");
        }
    }
}

#[test]
fn panics_pass_through_machine_code() {
    for text in [LOOP, STRAIGHT] {
        let model = built(text, Execution::Native);
        let (mut scratch, state) = (model.scratch(), first(&model));
        for last in [0, 1, 255, 256, 257, 599] {
            let mut seen = 0;
            let said = panic_of(|| {
                model.expand(&mut scratch, &state, |_, _| {
                    if seen == last {
                        panic!("enough");
                    }
                    seen += 1;
                });
            });
            assert_eq!((&said[..], seen), ("enough", last), "{text}");
            // Nothing of it is left behind.
            let found = successors(&model, &mut scratch, &state);
            assert_eq!(found.len(), 600, "{text}");
            assert!(found.iter().enumerate().all(|(i, s)| s[..] == [i as Word]), "{text}");
        }
    }
}

#[test]
fn threads_share_machine_code() {
    let model = built(LARGE, Execution::Native);
    let state = first(&model);
    let expected = successors(&model, &mut model.scratch(), &state);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut scratch = model.scratch();
                for _ in 0..1000 {
                    assert_eq!(successors(&model, &mut scratch, &state), expected);
                }
            });
        }
    });
    let scratch = model.scratch();
    // A frame outlives its model, and machine code is freed by whoever has it last.
    std::thread::spawn(move || drop(model)).join().expect("no panic");
    drop(scratch);
}
