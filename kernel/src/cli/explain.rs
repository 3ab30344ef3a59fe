//! `reconverge explain E0201`: what a diagnostic code means.
//!
//! Enters: a code. Leaves: its explanation with the shortest program that triggers it.

use super::output::to_stdout;
use super::{Trouble, Verdict};
use reconverge_lang::diag::{codes, nearest};

pub(super) fn explain(code: Option<&str>) -> Result<Verdict, Trouble> {
    let Some(wanted) = code else {
        for code in codes::all() {
            to_stdout(&format!("{}  {}\n", code.0.code, code.0.title));
        }
        return Ok(Verdict::AsExpected);
    };
    let found = codes::all()
        .find(|c| c.0.code.eq_ignore_ascii_case(wanted) || c.0.title.eq_ignore_ascii_case(wanted));
    let Some(code) = found else {
        let near = nearest(wanted, codes::all().map(|c| c.0.code));
        let hint = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
        return Err(Trouble(format!("there is no code `{wanted}`{hint} (`reconverge explain` lists all)")));
    };
    let entry = code.0;
    to_stdout(&format!("{}: {}\n\n{}\n", entry.code, entry.title, entry.explanation));
    if !entry.example.is_empty() {
        let example: String = entry.example.lines().map(|l| format!("    {l}\n")).collect();
        to_stdout(&format!("\nThis cell triggers it:\n\n{example}"));
    }
    Ok(Verdict::AsExpected)
}
