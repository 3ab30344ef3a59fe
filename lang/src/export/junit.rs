//! JUnit's XML: one suite for each file, one case for each thing that was judged.
//!
//! Enters: what was judged in each file. Leaves: a document. No times and no machine: the same run gives the same bytes.

use super::{Judged, Judgement};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::HashMap;

/// What was judged in a file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// As the user named it.
    pub name: String,
    /// In the order of the file.
    pub judged: Vec<Judged>,
    /// Errors in the text, or what came before the end, in words: each a case of its own.
    pub errors: Vec<Broken>,
}

/// An error in the text.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Its place: `cell 2:1:7`.
    pub place: String,
    /// In a line.
    pub why: String,
    /// All of it.
    pub text: String,
}

/// The whole document.
///
/// # Errors
/// In the words of the library: none is known for what this writes.
pub fn document(files: &[File]) -> Result<String, String> {
    let mut report = Report::new("reconverge");
    for file in files {
        let mut suite = TestSuite::new(file.name.as_str());
        // Readers of these files take two cases of one name for one.
        let mut known: HashMap<(&str, &str), usize> = HashMap::new();
        for judged in &file.judged {
            let count = known.entry((&judged.command, &judged.name)).or_default();
            *count += 1;
            let again = if *count > 1 { format!(" ({count})") } else { String::new() };
            suite.add_test_case(case(judged, &again));
        }
        suite.add_test_cases(file.errors.iter().map(broken));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|e| e.to_string())
}

fn case(judged: &Judged, again: &str) -> TestCase {
    let (status, said) = match &judged.judgement {
        Judgement::Passed(note) => (TestCaseStatus::success(), note.clone()),
        Judgement::Failed { why, run } => (not(NonSuccessKind::Failure, why, run), None),
        Judgement::Error { why, run } => (not(NonSuccessKind::Error, why, run), None),
        Judgement::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            (status, None)
        }
    };
    let mut case = TestCase::new(format!("{}{again}", judged.name), status);
    case.set_classname(judged.command.as_str());
    if let Some(said) = said {
        case.set_system_out(said);
    }
    case
}

fn not(kind: NonSuccessKind, why: &str, run: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(why);
    if !run.is_empty() {
        status.set_description(run);
    }
    status
}

fn broken(error: &Broken) -> TestCase {
    let mut case = TestCase::new(error.place.as_str(), not(NonSuccessKind::Error, &error.why, &error.text));
    case.set_classname("program");
    case
}
