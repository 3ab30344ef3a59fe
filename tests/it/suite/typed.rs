//! What is printed can be typed: the lines of every trace of the suite.
//!
//! Enters: the reports of each cell, and the session after it. Leaves: what went otherwise when the lines were played.

use super::WAYS;
use reconverge_tests::typed::{shown, walks};

#[test]
fn every_trace_can_be_typed() {
    let (mut wrong, mut number) = (Vec::new(), 0);
    for path in super::files() {
        super::cells(&path, &WAYS[0], &mut |session, code, reports| {
            let place = path.file_name().unwrap_or_default().to_string_lossy();
            for shown in reports.iter().flat_map(shown) {
                number += 1;
                if let Some(otherwise) = shown.otherwise(session, &WAYS[0]) {
                    wrong.push(format!("{place}: {code}\n{}{}\n", shown.script(), otherwise.why));
                }
            }
        });
    }
    assert!(number > 100, "only {number} traces");
    assert!(wrong.is_empty(), "{} of {number} traces cannot be typed:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every step of every state graph: a run over it ends where its edge does.
#[test]
fn every_edge_can_be_typed() {
    let (mut wrong, mut number) = (Vec::new(), 0);
    for path in super::files() {
        super::cells(&path, &WAYS[0], &mut |session, code, reports| {
            for walk in reports.iter().flat_map(walks) {
                number += 1;
                if let Some(otherwise) = walk.otherwise(session, &WAYS[0]) {
                    wrong.push(format!("{code}\n{}{}\n", walk.script(), otherwise.why));
                }
            }
        });
    }
    assert!(number > 60, "only {number} steps");
    assert!(wrong.is_empty(), "{} of {number} steps cannot be typed:\n{}", wrong.len(), wrong.join("\n"));
}
