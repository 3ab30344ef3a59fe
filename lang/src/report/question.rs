//! Questions to the reader, `expect ___`, which come before the answer.
//!
//! Enters: a report. Leaves: its questions, and how each is answered; as long as there is one, views fold the rest.

use super::{Expectation, LineOutcome, Report};
use crate::span::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// A question that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'r> {
    /// As it is written: `expect ___ acked_survives`.
    pub words: &'r str,
    /// Where it stands.
    pub span: Option<Span>,
    /// What is written in place of the blank.
    pub answer: Answer,
}

/// What may stand in place of the blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The verdict on all members.
    Verdicts,
    /// The verdict on those that are named.
    Verdict,
    /// What breaks on random runs.
    Broken,
    /// Whether something is found.
    Found,
    /// The value of an expression.
    Value,
    /// Nothing: the table is to be filled in before it is looked at.
    Table,
}

impl Answer {
    /// How to answer, as the beginning of a sentence.
    pub fn how(self) -> &'static str {
        match self {
            Answer::Verdicts => "write `holds`, or `violated NAME`, in place of `___` and run again",
            Answer::Verdict => "write `holds`, or `violated`, in place of `___` and run again",
            Answer::Broken => {
                "write `violated NAME` in place of `___`, or take the line out where you think that nothing breaks, and run again"
            }
            Answer::Found => "write `found`, or `not found`, in place of `___` and run again",
            Answer::Value => "write the value in place of `___` and run again",
            Answer::Table => "say which of them it catches, take the line out and run again",
        }
    }
}

impl Report {
    /// What it asks the reader first, in the order in which it is written.
    pub fn questions(&self) -> Vec<Question<'_>> {
        match self {
            Report::Check(check) => of_expectations(&check.expectations, Answer::Verdicts, Answer::Verdict),
            Report::Simulation(simulation) => {
                of_expectations(&simulation.expectations, Answer::Broken, Answer::Broken)
            }
            Report::Grade(grade) => of_expectations(&grade.asked, Answer::Table, Answer::Table),
            Report::Find(find) => {
                let asked = find.expected.iter().filter(|e| e.asked);
                asked
                    .map(|e| Question { words: &e.words, span: Some(e.span), answer: Answer::Found })
                    .collect()
            }
            Report::Scenario(scenario) => {
                let asked = scenario.lines.iter().filter_map(|line| match &line.outcome {
                    LineOutcome::Asked { answer, .. } => {
                        Some(Question { words: &line.text, span: Some(line.span), answer: *answer })
                    }
                    LineOutcome::Passed { .. } | LineOutcome::Failed { .. } | LineOutcome::NotReached => None,
                });
                asked.collect()
            }
            Report::Sweep(_)
            | Report::Mutation(_)
            | Report::Relax(_)
            | Report::Graph(_)
            | Report::Audit(_)
            | Report::Compare(_)
            | Report::Diagram(_)
            | Report::Hand(_)
            | Report::Saved(_)
            | Report::Beside(_)
            | Report::Value(_)
            | Report::Inspection(_)
            | Report::Defined(_) => Vec::new(),
        }
    }
}

/// `every`: how it is answered where no member is named.
fn of_expectations(all: &[Expectation], every: Answer, named: Answer) -> Vec<Question<'_>> {
    let answer = |e: &Expectation| if e.written.names.is_empty() { every } else { named };
    all.iter()
        .filter(|e| e.asked)
        .map(|e| Question { words: &e.words, span: Some(e.span), answer: answer(e) })
        .collect()
}
