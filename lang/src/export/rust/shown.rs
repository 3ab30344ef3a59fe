//! The run that was shown last, for Rust: a file that is written whenever there is another, and the functions that read it. A
//! run that stood in the crate itself would make it, and all its types, other ones with every report.
//!
//! Enters: a program, its run, the report as JSON. Leaves: the text of the file; the text of `trace()` in a module.

use super::conform::literal;
use super::flat::{Codec, Flat, READER};
use super::{Module, variables, write};
use crate::analysis::program::Program;
use crate::export::ShownRun;
use crate::report::Along;
use crate::value::Value;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The name of the file, in the folder that the folder of the crate is in.
pub const LAST: &str = "last-run";

/// What the crate reads it with. Its lines: the report, the system, the form of its states, what is shown, the loop, then
/// states: the line of the step, the row, and one line with what has no type of its own.
pub(super) const LAST_RUN: &str = r#"
fn last_() -> ::std::vec::Vec<::std::string::String> {
  let path = ::std::option_env!("CARGO_MANIFEST_DIR").map_or("last-run".into(), |folder| ::std::format!("{folder}/../last-run"));
  ::std::fs::read_to_string(path).unwrap_or_default().lines().map(|line| line.into()).collect()
}
/// The last report, as JSON; `null`: there is none.
pub fn report() -> ::std::string::String { last_().into_iter().next().unwrap_or("null".into()) }
"#;

const TRACE: &str = r#"
/// The run that was shown last.
pub fn trace() -> @Trace@ {
  let lines = super::super::last_();
  let mut rest = lines.iter().skip(1).map(|line| line.as_str());
  let mut next = || rest.next().unwrap_or_default();
  match next() {
    "@SYSTEM@" => {}
    "" => ::std::panic!("no run of @SYSTEM@ was shown yet: `trace()` is that of the last report that shows one"),
    other => ::std::panic!("the run that was shown last is one of {other}, not of @SYSTEM@"),
  }
  if next() != "@FORM@" {
    ::std::panic!("@SYSTEM@ was defined anew since: a cell that names `reconverge::` takes its types");
  }
  let (shows, of, loop_start) = (next().into(), next().into(), next().parse().ok());
  let mut states = ::std::vec::Vec::new();
  while let ::std::option::Option::Some(line) = rest.next() {
    let row: ::std::vec::Vec<i64> = rest.next().unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
    let mut others = rest.next().unwrap_or_default().split('\t');
    let mut state = rows_::state(&mut &row[..]);
    while let (::std::option::Option::Some(path), ::std::option::Option::Some(value)) = (others.next(), others.next()) {
      state.others.insert(path.into(), value.into());
    }
    states.push(@Step@ { line: line.into(), state });
  }
  let first = states.remove(0).state;
  @Trace@ { shows, of, first, steps: states, loop_start }
}
"#;

/// The text of the file: of the report, and of the run where it has one whose every variable is known.
pub fn last_run(report: &str, run: Option<(&Program, &ShownRun<'_>)>) -> String {
    let mut text = format!("{}\n", report.replace('\n', " "));
    if let Some((program, run)) = run
        && let Some(states) = states(program, run)
    {
        let loop_start = run.trace.loop_start.map_or(String::new(), |start| start.to_string());
        let form = form(program);
        for line in [program.name.as_str(), &form, run.shows, run.of, &loop_start] {
            write(&mut text, format_args!("{}\n", line.replace('\n', " ")));
        }
        text.push_str(&states);
    }
    text
}

fn states(program: &Program, run: &ShownRun<'_>) -> Option<String> {
    let mut now = Along::of(run.trace);
    let mut text = state(program, "", &now.0)?;
    for taken in run.trace.told() {
        for change in &taken.changes {
            now.change(change);
        }
        text += &state(program, &taken.line(), &now.0)?;
    }
    Some(text)
}

fn state(program: &Program, line: &str, values: &BTreeMap<&str, Value>) -> Option<String> {
    let (flat, mut row, all) = (Flat::new(program), Vec::new(), variables(program));
    for variable in &all {
        flat.put(variable.ty, values.get(variable.path.as_str())?, &mut row)?;
    }
    let row = row.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
    let others = values.iter().filter(|(path, _)| !all.iter().any(|v| v.path == **path));
    let others =
        others.map(|(path, value)| format!("{path}\t{}", value.to_string().replace(['\t', '\n'], " ")));
    Some(format!("{}\n{row}\n{}\n", line.replace('\n', " "), others.collect::<Vec<_>>().join("\t")))
}

/// What tells states of one form from those of another: all that their types are.
fn form(program: &Program) -> String {
    let module = Module { program, prefix: String::new() };
    let (mut text, mut hasher) = (String::new(), DefaultHasher::new());
    module.types(&mut text);
    text.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

impl Module<'_> {
    /// `trace()`, with what it reads states with.
    pub(super) fn trace(&self, text: &mut String) {
        let program = self.program;
        let mut codec = Codec::new(self);
        let mut rows = READER.to_string();
        let all = variables(program);
        all.iter().for_each(|variable| codec.write(variable.ty, &mut rows));
        let read = all.iter().enumerate().map(|(i, v)| format!("let v{i} = read_{}(w);", v.ty.0));
        let read = read.collect::<Vec<_>>().join(" ");
        let (state, (fields, ..)) = (self.ours("State"), literal(self, &all));
        write(
            &mut rows,
            format_args!(
                "pub fn state(w: &mut &[i64]) -> {state} {{ {read} {state} {{ {fields} others: ::std::default::Default::default() }} }}\n"
            ),
        );
        // Not among the items of the module, each of which begins a line.
        let rows = rows.replace("\npub fn", "\n pub fn");
        write(text, format_args!("mod rows_ {{ use super::*; {rows} }}\n"));
        let trace = TRACE.replace("@SYSTEM@", &program.name).replace("@FORM@", &form(program));
        text.push_str(&trace.replace("@Trace@", &self.ours("Trace")).replace("@Step@", &self.ours("Step")));
    }
}
