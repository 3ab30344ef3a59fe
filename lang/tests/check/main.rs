//! Checks, searches and audits through a session: from source text to reports.

mod commands;
mod limits;
mod long;
mod profile;
mod support;
mod verdicts;
