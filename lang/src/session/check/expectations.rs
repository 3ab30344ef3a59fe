//! What `expect …` asked for, and whether it came so.
//!
//! Enters: expectations and findings. Leaves: each with what was found instead.

use super::options::{Expected, ExpectedVerdict};
use crate::report::{Expectation, Finding, Verdict};
use crate::session::trace::text;
use crate::span::Sources;

/// `names`: of every member, so that one left out by `only` is told from one that came otherwise.
pub fn expectations(
    expected: &[Expected],
    findings: &[Finding],
    names: &[&str],
    sources: &Sources,
) -> Vec<Expectation> {
    let one = |expected: &Expected| {
        let found = instead(expected, findings, names);
        Expectation {
            words: text(sources, expected.span),
            met: found.is_empty(),
            found: found.join("; "),
            span: expected.span,
        }
    };
    expected.iter().map(one).collect()
}

/// What came otherwise: empty where all came so.
fn instead(expected: &Expected, findings: &[Finding], names: &[&str]) -> Vec<String> {
    let said = |finding: &Finding| format!("{}: {}", finding.name, words(&finding.verdict));
    if expected.names.is_empty() {
        let otherwise = |f: &&Finding| {
            matches!(
                f.verdict,
                Verdict::Violated { .. } | Verdict::Failed { .. } | Verdict::Incomplete { .. }
            )
        };
        return findings.iter().filter(otherwise).map(said).collect();
    }
    let mut found = Vec::new();
    for name in &expected.names {
        let mut members = findings.iter().filter(|f| f.name == *name).peekable();
        if members.peek().is_none() && names.contains(&name.as_str()) {
            found.push(format!("{name}: left out by `only`"));
        }
        found.extend(members.filter(|f| !came(expected.verdict, f)).map(said));
    }
    found
}

/// Whether a member has the verdict: for what is wrong, in any of its obligations.
fn came(expected: ExpectedVerdict, finding: &Finding) -> bool {
    let any = |wanted: &dyn Fn(&Verdict) -> bool| {
        wanted(&finding.verdict) || finding.obligations.iter().any(|o| wanted(&o.verdict))
    };
    let kind = |kind: &str| any(&|v| matches!(v, Verdict::Violated { kind: Some(k), .. } if k == kind));
    match expected {
        ExpectedVerdict::Holds => {
            matches!(finding.verdict, Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. })
        }
        ExpectedVerdict::Violated => any(&|v| matches!(v, Verdict::Violated { .. })),
        ExpectedVerdict::Stuck => kind("stuck"),
        ExpectedVerdict::Flapping => kind("flapping"),
        ExpectedVerdict::Unreachable => kind("unreachable"),
        ExpectedVerdict::Vacuous => any(&|v| matches!(v, Verdict::Vacuous { .. })),
        ExpectedVerdict::Incomplete => any(&|v| matches!(v, Verdict::Incomplete { .. })),
        ExpectedVerdict::Failed => any(&|v| matches!(v, Verdict::Failed { .. })),
    }
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { .. } => "holds".to_string(),
        Verdict::HoldsWithinBound { bound, .. } => format!("holds within the bound {bound}"),
        Verdict::Vacuous { why } => format!("holds, but vacuously: {why}"),
        Verdict::Violated { kind: Some(kind), .. } => kind.clone(),
        Verdict::Violated { why, .. } => format!("violated, {why}"),
        Verdict::Witnessed { .. } => "found".to_string(),
        Verdict::Incomplete { why } => format!("incomplete, {why}"),
        Verdict::Failed { why, code, .. } => format!("failed, {code}: {why}"),
        Verdict::NotChecked { why } => format!("not checked, {why}"),
    }
}
