//! Every system refines itself: each variable stands for itself, each step is a step, each fair run a fair run.
//!
//! Enters: the small checks of the suite. Leaves: systems that are said not to refine themselves, and the number of those
//! that were tried, whose values go through every kind of type.

use super::WAYS;
use reconverge_lang::report::{CheckReport, Report, Verdict};
use reconverge_lang::session::{CellRef, Session};
use std::collections::BTreeSet;

/// More states than these are left out.
const SMALL: u64 = 3_000;

fn target(check: &CheckReport) -> String {
    let params: Vec<String> =
        check.subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    format!("{}{params}", check.subject.system)
}

/// What a check of a system against itself says; `None`: it cannot be a specification.
fn itself(session: &Session, target: &str) -> Option<Verdict> {
    let (mut session, mut found) = (session.clone(), None);
    let cell = CellRef { id: None, name: "itself".into() };
    let command = format!("check {target} refines {target} {{ states <= {SMALL} }}");
    session.execute(cell, &command, &WAYS[0], &mut |output| {
        if let Report::Check(check) = output.report {
            found = check.findings.into_iter().map(|finding| finding.verdict).next_back();
        }
    });
    found
}

#[test]
fn every_system_refines_itself() {
    let (mut tried, mut wrong) = (BTreeSet::new(), Vec::new());
    for path in super::files() {
        super::cells(&path, &WAYS[0], &mut |session, code, reports| {
            for report in reports {
                let Report::Check(check) = report else { continue };
                if check.coverage.states_distinct > SMALL || check.subject.refines.is_some() {
                    continue;
                }
                let target = target(check);
                match itself(session, &target) {
                    // What has no value, or more states where no order is left out, is told in other tests.
                    None | Some(Verdict::Failed { .. } | Verdict::Incomplete { .. }) => {}
                    Some(
                        Verdict::Holds { .. }
                        | Verdict::HoldsWithinBound { .. }
                        | Verdict::Vacuous { .. }
                        | Verdict::NotChecked { .. },
                    ) => {
                        tried.insert((path.clone(), target));
                    }
                    Some(verdict @ (Verdict::Violated { .. } | Verdict::Witnessed { .. })) => {
                        wrong.push(format!("{}: {target}: {verdict:?}\n{code}", path.display()));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{} do not refine themselves:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried.len() > 100, "only {} systems", tried.len());
}
