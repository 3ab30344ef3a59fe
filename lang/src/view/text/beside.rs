//! Two runs side by side as plain text.
//!
//! Enters: the report. Leaves: text.

use super::{table, words};
use crate::report::beside::{BesideReport, Row, Taken};

pub(super) fn beside(report: &BesideReport) -> String {
    let heads = report.runs.each_ref().map(|run| format!("{}\n{}", run.title, run.subtitle));
    let rows: Vec<Vec<String>> = report.rows.iter().map(row).collect();
    let table = table(&[&heads[0], &heads[1], "what differs from here on"], &rows);
    let alone = words::alone(report).map(|words| format!("{words}\n")).unwrap_or_default();
    format!("compare traces: {}\n{table}{alone}", words::in_common(report))
}

fn row(row: &Row) -> Vec<String> {
    let shared = row.is_shared();
    let side = |taken: &Option<Taken>| taken.as_ref().map_or("–".to_string(), |taken| cell(taken, shared));
    let differ = row.differ.iter().map(|d| format!("{}: {} ≠ {}", d.path, d.values[0], d.values[1]));
    let alike = (!row.alike.is_empty()).then(|| format!("equal again: {}", row.alike.join(", ")));
    let said: Vec<String> = differ.chain(alike).collect();
    vec![side(&row.taken[0]), side(&row.taken[1]), said.join("\n")]
}

fn cell(taken: &Taken, shared: bool) -> String {
    let mark = taken.mark.as_ref().map(|mark| format!("\n{mark}")).unwrap_or_default();
    format!("{} {} {}{mark}", taken.number, if shared { "=" } else { "≠" }, taken.line)
}
