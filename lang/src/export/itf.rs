//! ITF, the trace JSON of Apalache and Quint (Apalache's ADR-015).
//!
//! Enters: a run. Leaves: data that serde writes as one JSON object: one state for each step, each with every variable.
//! A variable is called as reports call it (`broker1.log`), also where they do not show it: nodes that are up
//! (`broker1.up`), messages in flight (`net`, of an ordered link `net(a -> b)`), as scenarios write them. A bag is a map from its elements to how many there are of
//! each; of a record its fields are kept, of one without fields its name. A last step that has no value leads to no state: it is
//! said beside them.

use super::ShownRun;
use crate::report::{Along, Trace, TraceStep};
use crate::value::Value;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The greatest whole number that every reader of JSON keeps exactly.
const EXACT: u64 = (1 << 53) - 1;

/// A run as ITF writes it.
#[derive(Debug, Clone, Serialize)]
pub struct Document<'r> {
    #[serde(rename = "#meta")]
    meta: Meta,
    vars: Vec<&'r str>,
    /// The state to which the last one goes back; of a run that stands still, the last one.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    back_to: Option<usize>,
    states: Vec<State<'r>>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    format: &'static str,
    format_description: &'static str,
    description: String,
    /// Of a run that ends because a step has no value: that step, as a line of a scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_step: Option<String>,
    /// Why it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct State<'r> {
    #[serde(rename = "#meta")]
    meta: StateMeta,
    #[serde(flatten)]
    values: BTreeMap<&'r str, Whole>,
}

#[derive(Debug, Clone, Serialize)]
struct StateMeta {
    index: usize,
    /// The step that leads here, as a line of a scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// The run, state by state.
pub fn document<'r>(run: &ShownRun<'r>) -> Document<'r> {
    let trace = run.trace;
    let mut now = whole(trace);
    let values = |now: &Along<'r>| now.0.iter().map(|(path, value)| (*path, Whole(value.clone()))).collect();
    let vars = variables(trace, &now);
    let mut states = vec![State { meta: StateMeta { index: 0, line: None }, values: values(&now) }];
    for step in trace.done() {
        for change in step.changes.iter().chain(&step.drawn) {
            now.change(change);
        }
        let meta = StateMeta { index: states.len(), line: Some(TraceStep::line(step)) };
        states.push(State { meta, values: values(&now) });
    }
    Document {
        meta: Meta {
            format: "ITF",
            format_description: "https://apalache-mc.org/docs/adr/015adr-trace.html",
            description: run.title(),
            failed_step: trace.failed().map(|(step, _)| TraceStep::line(step)),
            failure: trace.failed().map(|(_, why)| why.to_string()),
        },
        vars,
        back_to: trace.loop_start.map(|step| step.min(states.len() - 1)),
        states,
    }
}

/// The first state, with what says nothing in it.
fn whole(trace: &Trace) -> Along<'_> {
    let mut now = Along::of(trace);
    now.0.extend(trace.unsaid.iter().map(|(path, value)| (path.as_str(), value.clone())));
    now
}

/// All variables: in the order of reports, then those that these do not always show.
fn variables<'r>(trace: &'r Trace, first: &Along<'r>) -> Vec<&'r str> {
    let mut all: Vec<&str> = trace.init.iter().map(|(path, _)| path.as_str()).collect();
    let others: Vec<&str> = first.0.keys().copied().filter(|path| !all.contains(path)).collect();
    all.extend(others);
    all
}

/// A variable of a state.
#[derive(Debug, Clone)]
struct Whole(Value);

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Itf(&self.0).serialize(to)
    }
}

/// A value as ITF writes it.
#[derive(Debug, Clone, Copy)]
struct Itf<'v>(&'v Value);

impl Serialize for Itf<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(b) => to.serialize_bool(*b),
            Value::Int(n) if n.unsigned_abs() <= EXACT => to.serialize_i64(*n),
            Value::Int(n) => marked(to, "#bigint", &n.to_string()),
            Value::Name(name) => to.serialize_str(name),
            Value::None => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("tag", "None")?;
                map.serialize_entry("value", &Empty)?;
                map.end()
            }
            Value::Record(name, fields) if fields.is_empty() => to.serialize_str(name),
            // Unlike values in one list.
            Value::Record(name, fields) if name.is_empty() => {
                marked(to, "#tup", &fields.iter().map(|(_, value)| Itf(value)).collect::<Vec<_>>())
            }
            Value::Record(_, fields) => {
                to.collect_map(fields.iter().map(|(field, value)| (&**field, Itf(value))))
            }
            Value::Set(items) => marked(to, "#set", &all(items)),
            Value::List(items) => to.collect_seq(items.iter().map(Itf)),
            Value::Map(entries) => {
                let pairs: Vec<[Itf; 2]> =
                    entries.iter().map(|(key, value)| [Itf(key), Itf(value)]).collect();
                marked(to, "#map", &pairs)
            }
            Value::Bag(items) => marked(to, "#map", &counted(items)),
        }
    }
}

/// No value, as Quint writes it: `{"#tup": []}`.
struct Empty;

impl Serialize for Empty {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        marked(to, "#tup", &[(); 0])
    }
}

/// An element of a bag, and how many there are.
struct Counted<'v>(&'v Value, usize);

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut pair = to.serialize_seq(Some(2))?;
        pair.serialize_element(&Itf(self.0))?;
        pair.serialize_element(&self.1)?;
        pair.end()
    }
}

fn marked<S: Serializer, T: Serialize + ?Sized>(to: S, mark: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(mark, value)?;
    map.end()
}

fn all(items: &[Value]) -> Vec<Itf<'_>> {
    items.iter().map(Itf).collect()
}

/// A bag is in canonical order: like elements stand together.
fn counted(items: &[Value]) -> Vec<Counted<'_>> {
    items.chunk_by(|a, b| a == b).map(|like| Counted(&like[0], like.len())).collect()
}
