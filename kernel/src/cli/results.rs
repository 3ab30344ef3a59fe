//! Results as JSON: the whole of a run as one object, or line by line as they come.
//!
//! Enters: what cells did. Leaves: data that serde writes, and the schema that is derived from it. Spans are written with
//! the name of their text, line and column.

use super::runner::{FailedCell, Ran, RanFile};
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::report::Report;
use reconverge_lang::span::Sources;
use reconverge_lang::view::{Told, told};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// Grows when a field goes away or changes its meaning; a new field changes nothing for those who read the others.
pub(super) const VERSION: u32 = 2;

/// All that `--json` and `--json-lines` write.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(title = "Results of Reconverge")]
#[expect(dead_code, reason = "the schema is all that it is for")]
enum Written {
    /// Of `--json`.
    Results(Results),
    /// A line of `--json-lines`: what one command found.
    Report(ReportLine),
    /// A line of `--json-lines`: a warning or an error.
    Diagnostic(DiagnosticLine),
    /// The last line of `--json-lines`.
    End(End),
}

/// The results of a run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Results {
    /// Of this form.
    version: u32,
    /// Whether the exit code is 0.
    as_expected: bool,
    /// Why it is not.
    why: Option<String>,
    /// In the order of the files.
    cells: Vec<CellResults>,
}

/// What one cell did.
#[derive(Serialize, JsonSchema)]
struct CellResults {
    /// As it was typed.
    file: String,
    /// The name of the cell.
    cell: String,
    /// One for each command that shows something.
    #[schemars(with = "Vec<Told<'static>>")]
    reports: Vec<Value>,
    /// Of a cell that did not fail.
    warnings: Vec<Placed>,
    /// Whether it did not come to its end as it should.
    failed: bool,
    /// Why, as text for people.
    error: String,
    /// Why, as data.
    diagnostics: Vec<Placed>,
}

/// A line of `--json-lines`: what one command found.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReportLine {
    version: u32,
    file: String,
    cell: String,
    #[schemars(with = "Told<'static>")]
    report: Value,
}

/// A line of `--json-lines`: a warning or an error.
#[derive(Serialize, JsonSchema)]
pub(super) struct DiagnosticLine {
    version: u32,
    file: String,
    cell: String,
    diagnostic: Placed,
}

/// The last line of `--json-lines`: all that it has is in the others too, so that it alone must have nothing else.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct End {
    version: u32,
    /// Whether the exit code is 0.
    as_expected: bool,
    /// Why it is not.
    why: Option<String>,
}

/// A diagnostic with its place for people.
#[derive(Serialize, JsonSchema)]
pub(super) struct Placed {
    #[serde(flatten)]
    #[schemars(with = "Diagnostic")]
    diagnostic: Value,
    place: Place,
}

/// Line and column from 1, the column in characters.
#[derive(Serialize, JsonSchema)]
struct Place {
    source: String,
    line: u32,
    column: u32,
}

impl Results {
    pub(super) fn of(ran: &[RanFile], why: Option<String>) -> Results {
        let cell = |file: &RanFile, ran: &Ran| CellResults {
            file: file.path.display().to_string(),
            cell: ran.name.clone(),
            reports: ran
                .outputs
                .iter()
                .map(|o| located(value(&told(&o.report, &o.sources)), &o.sources))
                .collect(),
            warnings: placed(&ran.warnings, &ran.sources),
            failed: ran.failed.is_some(),
            error: match &ran.failed {
                Some(FailedCell::Diagnostics(found)) => {
                    render::plain(found, &ran.sources).trim_end().to_string()
                }
                Some(FailedCell::Interrupted) => "interrupted".to_string(),
                None => String::new(),
            },
            diagnostics: placed(ran.diagnostics(), &ran.sources),
        };
        let cells = ran.iter().flat_map(|file| file.cells.iter().map(move |ran| cell(file, ran)));
        Results { version: VERSION, as_expected: why.is_none(), cells: cells.collect(), why }
    }
}

impl ReportLine {
    pub(super) fn of(path: &Path, cell: &str, report: &Report, sources: &Sources) -> ReportLine {
        ReportLine {
            version: VERSION,
            file: path.display().to_string(),
            cell: cell.to_string(),
            report: located(value(&told(report, sources)), sources),
        }
    }
}

impl DiagnosticLine {
    /// One for each warning and error of a cell.
    pub(super) fn all<'r>(path: &'r Path, ran: &'r Ran) -> impl Iterator<Item = DiagnosticLine> + 'r {
        let all = ran.warnings.iter().chain(ran.diagnostics());
        all.map(|diagnostic| DiagnosticLine {
            version: VERSION,
            file: path.display().to_string(),
            cell: ran.name.clone(),
            diagnostic: Placed::of(diagnostic, &ran.sources),
        })
    }
}

impl End {
    pub(super) fn of(why: Option<String>) -> End {
        End { version: VERSION, as_expected: why.is_none(), why }
    }
}

impl Placed {
    fn of(diagnostic: &Diagnostic, sources: &Sources) -> Placed {
        let at = sources.locate(diagnostic.span);
        let place = Place { source: at.source, line: at.position.line, column: at.position.column };
        Placed { diagnostic: located(value(diagnostic), sources), place }
    }
}

pub(super) fn placed(all: &[Diagnostic], sources: &Sources) -> Vec<Placed> {
    all.iter().map(|d| Placed::of(d, sources)).collect()
}

/// As one line of JSON, with its end.
pub(super) fn line(data: &impl Serialize) -> String {
    format!("{}\n", text(data))
}

/// As one line of JSON.
pub(super) fn text(data: &impl Serialize) -> String {
    value(data).to_string()
}

/// Reports and diagnostics are plain data: that does not fail.
fn value(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or_default()
}

/// With name, line and column in every span. Nothing else in a report has these three fields and no other.
fn located(mut value: Value, sources: &Sources) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = located(item.take(), sources)),
        Value::Object(fields) => {
            let number =
                |name: &str| fields.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
            let found = (number("source"), number("start"), number("end"), fields.len());
            if let (Some(source), Some(start), Some(_), 3) = found {
                let source = reconverge_lang::span::SourceId(source);
                let at = sources.position(source, start);
                fields.insert("name".into(), sources.get(source).name.clone().into());
                fields.insert("line".into(), at.line.into());
                fields.insert("column".into(), at.column.into());
            } else {
                fields.values_mut().for_each(|field| *field = located(field.take(), sources));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// The JSON schema (2020-12) of all that is written.
pub(super) fn schema() -> Schema {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Written>();
    schema.insert("version".into(), VERSION.into());
    schema
}
