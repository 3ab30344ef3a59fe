//! A run on which code differs, as plain text: the steps, then what is otherwise at the end.
//!
//! Enters: a report. Leaves: text.

use super::table;
use crate::report::conform::ConformReport;
use crate::view::heading::Mark;

pub(super) fn conform(conform: &ConformReport) -> String {
    let mut out = super::title("conform system", &conform.subject, &conform.why);
    out += &format!("\nwhat {} does\n", conform.subject.system);
    out += &super::trace(&conform.model, &Mark::Differs);
    if !conform.differing.is_empty() {
        let row = |(path, model, shown): &(String, _, _)| {
            let (model, shown): (&crate::value::Value, &crate::value::Value) = (model, shown);
            vec![path.clone(), model.to_string(), shown.to_string()]
        };
        let rows: Vec<Vec<String>> = conform.differing.iter().map(row).collect();
        out += &format!("\n{}", table(&["at the end", &conform.subject.system, &conform.code], &rows));
    }
    out
}
