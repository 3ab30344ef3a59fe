//! Checks, searches and audits through a session: from source text to reports.

mod commands;
mod limits;
mod support;
mod verdicts;
