//! A run by hand: every step that is listed can be typed.
//!
//! Enters: a session and a system of it. Leaves: a panic where a listed line is refused, or the run cannot be saved.

use super::host::Hurried;
use super::{Dice, can_be_shown};
use reconverge_lang::report::Report;
use reconverge_lang::report::hand::{Next, Possible};
use reconverge_lang::session::{CellRef, Outcome, Session};

/// Steps of a run.
const STEPS: usize = 6;

/// What goes wrong, where it can: the first of these that the system lets be asked for.
const BEGINNINGS: [&str; 4] = [
    " { faults { crash 1, lose 1, duplicate 1, partition 1 } }",
    " { faults { crash 1, pause 1, stale 1, wipe 1 } }",
    " { faults { crash 1, skew 1 } }",
    "",
];

/// Takes a few of the listed steps, by lot from `seed`, and saves them.
pub(super) fn by_hand(session: &Session, system: &str, seed: u64, host: &Hurried) {
    let mut by_hand = ByHand { session: session.clone(), host, dice: Dice::new(seed) };
    let starts = BEGINNINGS.iter().find_map(|more| by_hand.typed(&format!("start {system}{more}")).ok());
    let Some(mut next) = starts.and_then(listed) else { return };
    for _ in 0..STEPS {
        let steps: Vec<&Possible> = next.listed().collect();
        let Some(step) = by_hand.dice.one_of(&steps) else { break };
        match by_hand.typed(&step.line) {
            Ok(report) => next = listed(report).expect("a run by hand"),
            Err(Outcome::Failed(failure)) => {
                let valueless = step.note.as_ref().is_some_and(|note| note.starts_with("has no value"));
                assert!(valueless, "{system}: `{}` is listed: {:?}", step.line, failure.diagnostics);
                break;
            }
            Err(_) => return,
        }
    }
    if let Ok(Report::Saved(saved)) = by_hand.typed("save as scenario") {
        let played = !saved.comes_out.contains("cannot be played");
        let stopped = saved.comes_out.contains("it was interrupted");
        assert!(played || stopped, "{}{}", saved.code, saved.comes_out);
    }
}

fn listed(report: Report) -> Option<Next> {
    match report {
        Report::Hand(hand) => Some(hand.next),
        _ => None,
    }
}

struct ByHand<'h> {
    session: Session,
    host: &'h Hurried,
    dice: Dice,
}

impl ByHand<'_> {
    fn typed(&mut self, line: &str) -> Result<Report, Outcome> {
        let mut found = None;
        self.host.again();
        let cell = CellRef { id: None, name: "by hand".into() };
        let outcome = self.session.execute(cell, line, self.host, &mut |output| found = Some(output.report));
        if let Outcome::Failed(failure) = &outcome {
            can_be_shown(&failure.diagnostics, &failure.sources);
        }
        found.ok_or(outcome)
    }
}
