//! Reports as a notebook stores them: what a program asks of a verdict, and the runs and graphs that the explorer
//! draws, short.
//!
//! Enters: the JSON of a report with its runs. Leaves: of each finding its name and verdict, of what was expected whether it
//! was met; all else is in the HTML beside it, and `reconverge run --json` has everything. The runs are one line of JSON in a
//! string: stored notebooks spread every object and number over lines of their own. A run has each name once, values as they
//! are written in the language, and of its states the first and what each step changed; `unpacked` in
//! `kernel/explorer/run.js` makes of it what `reconverge schema` describes.

use serde_json::{Map, Value, json};

/// Where a run stands of which nothing hangs.
const SAMPLE: &str = "/sample";
/// Lines of what a step executes.
const LINES: usize = 5;
/// Stands for the system of a run.
const TARGET: &str = "@@";
/// What most steps are, which is told by its place here.
const KINDS: [&str; 4] = ["action", "resolution", "reconciler", "deliver"];
/// What is kept, wherever it stands.
const KEPT: [&str; 22] = [
    "report",
    "system",
    "coverage",
    "states_distinct",
    "findings",
    "name",
    "verdict",
    "kind",
    "why",
    "expectations",
    "expected",
    "words",
    "met",
    "found",
    "unused",
    "title",
    "ways_passed",
    "ways_failed",
    "goal",
    "against",
    "right",
    "passed",
];

/// Makes a report lean.
pub(super) fn lean(report: &mut Value) {
    let drawn = drawn(report).or_else(|| graph(report));
    // Values are data of the reader's; all of them are kept.
    let values = report.get_mut("values").map(Value::take);
    let system = report.pointer("/subject/system").cloned();
    kept(report);
    let Some(report) = report.as_object_mut() else { return };
    report.extend(system.map(|system| ("system".to_string(), system)));
    report.extend(values.map(|values| ("values".to_string(), values)));
    report.extend(drawn.map(|drawn| ("drawn".to_string(), Value::from(unquoted(&drawn.to_string())))));
}

/// Quotes and backticks change places, so that JSON within JSON needs no marks before its quotes.
fn unquoted(json: &str) -> String {
    let other = |c| match c {
        '"' => '`',
        '`' => '"',
        c => c,
    };
    json.chars().map(other).collect()
}

/// Leaves out what nobody asks a notebook.
fn kept(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let said = |value: &Value| !value.is_null() && value.as_str() != Some("");
            members.retain(|key, value| said(value) && KEPT.contains(&key.as_str()));
            members.values_mut().for_each(kept);
        }
        Value::Array(items) => items.iter_mut().for_each(kept),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The runs that are drawn, with what is said above each, and the pieces of source that their steps come from; `None`: there
/// are none.
fn drawn(report: &Value) -> Option<Value> {
    let pieces = list(&report["pieces"]);
    let mut shown = false;
    let runs: Vec<Value> = list(&report["drawn"])
        .iter()
        .filter_map(|about| {
            let place = about["at"].as_str()?;
            let sample = place == SAMPLE;
            shown |= !sample;
            let mut run = report.pointer(place)?.clone();
            // What else could have happened is asked where something went wrong.
            if let Some(run) = run.as_object_mut().filter(|_| sample) {
                run.retain(|key, _| !matches!(key.as_str(), "onward" | "possible"));
            }
            let mut about = about.clone();
            if let Some(about) = about.as_object_mut() {
                about.retain(|key, value| !value.is_null() && (key != "at" || sample));
                // What stands above a run names its system, again and again.
                let target = about["target"].as_str().unwrap_or_default().to_string();
                for key in ["subtitle", "start"] {
                    if let Some(Value::String(said)) = about.get_mut(key)
                        && !target.is_empty()
                    {
                        *said = said.replace(&target, TARGET);
                    }
                }
            }
            put(&mut about, json!({ "run": packed(&run, pieces) }));
            Some(about)
        })
        .collect();
    // Where nothing went wrong, only the place of a step is told; elsewhere how it begins.
    let begins = |piece: &Value| {
        let text = text(&piece["text"]).unwrap_or_default();
        match text.lines().count() > LINES {
            true => text.lines().take(LINES - 1).chain(["…"]).collect::<Vec<_>>().join("\n"),
            false => text,
        }
    };
    let told = |piece: &Value| match shown {
        true => json!([piece["of"], piece["start"], piece["name"], piece["line"], begins(piece)]),
        false => json!([piece["of"], piece["start"], piece["name"], piece["line"]]),
    };
    let pieces: Vec<Value> = pieces.iter().map(told).collect();
    (!runs.is_empty()).then(|| json!({ "runs": runs, "pieces": pieces }))
}

/// A state graph with the places of its picture: names once, of each state the numbers of those that are told with their
/// values, steps as they are typed; `None`: it is none.
fn graph(report: &Value) -> Option<Value> {
    let places = report.get("places")?;
    let nodes = list(&report["nodes"]);
    let mut paths: Vec<&Value> = Vec::new();
    for pair in nodes.iter().flat_map(|node| list(&node["state"])) {
        if !paths.contains(&&pair[0]) {
            paths.push(&pair[0]);
        }
    }
    let node = |node: &Value| {
        let mut lean = json!({ "number": node["number"] });
        for key in ["initial", "goals", "breaks", "stuck", "unexpanded", "outside", "no_value"] {
            put(&mut lean, json!({ key: node[key] }));
        }
        let told = list(&node["state"]).iter();
        let told = told.map(|pair| (paths.iter().position(|path| **path == pair[0]), written(&pair[1])));
        let state: Vec<Value> = told.flat_map(|(path, value)| [path.into(), value]).collect();
        put(&mut lean, json!({ "state": state }));
        lean
    };
    let edge = |edge: &Value| {
        let steps: Vec<&Value> = list(&edge["steps"]).iter().map(|step| &step["line"]).collect();
        json!({ "from": edge["from"], "to": edge["to"], "faults": edge["faults"], "steps": steps })
    };
    let nodes: Vec<Value> = nodes.iter().map(node).collect();
    let edges: Vec<Value> = list(&report["edges"]).iter().map(edge).collect();
    Some(json!({ "graph": { "places": places, "paths": paths, "nodes": nodes, "edges": edges } }))
}

/// A run, short.
fn packed(run: &Value, pieces: &[Value]) -> Value {
    let mut names = Names::default();
    for init in list(&run["init"]) {
        names.number(&init[0], &Value::Null, || written(&init[1]));
    }
    let told = names.all.len();
    let known = list(&run["possible"]);
    let steps = list(&run["steps"]).iter().map(|step| self::step(step, &mut names, pieces, known));
    let steps: Vec<Value> = steps.collect();
    let possible = list(&run["possible"]).iter().map(|possible| {
        let line = text(&possible["line"]).unwrap_or_default();
        let line = line.strip_prefix("do ").map(str::to_string).unwrap_or(line);
        let kind = possible["kind"].as_str().and_then(|kind| KINDS.iter().position(|known| *known == kind));
        let kind = kind.map_or_else(|| possible["kind"].clone(), Value::from);
        match possible.get("note") {
            Some(note) => json!([line, kind, note]),
            None => json!([line, kind]),
        }
    });
    let mut lean = json!({ "lanes": run["lanes"], "names": names.all, "init": names.first, "steps": steps });
    let extra = json!({
        "told": (told < names.all.len()).then_some(told),
        "chosen": pairs(&run["chosen"]),
        "any_state": run["any_state"].as_bool().filter(|any| *any),
        "no_value": run.get("no_value"),
        "loop_start": run.get("loop_start"),
        "broken": run.get("broken").filter(|broken| broken.is_object()).map(|broken| json!({
            "step": broken.get("step"),
            "expression": broken["expression"],
            "values": pairs(&broken["values"]),
        })),
        "onward": list(&run["onward"]).iter().map(onward).collect::<Vec<_>>(),
        "possible": possible.collect::<Vec<_>>(),
    });
    put(&mut lean, extra);
    lean
}

/// `[kind, lane, label, [name, after, …], piece, …]` with what only some steps have. A step that is among what was possible has
/// its number there in place of its label.
fn step(step: &Value, names: &mut Names, pieces: &[Value], possible: &[Value]) -> Value {
    let label = text(&step["label"]).unwrap_or_default();
    let own = |possible: &&Value| {
        possible["kind"] == step["kind"]
            && possible["line"].as_str().and_then(|line| line.strip_prefix("do ")) == Some(label.as_str())
    };
    let (kind, label) = match possible.iter().position(|possible| own(&possible)) {
        Some(number) => (json!(0), json!(number)),
        None => (step["kind"].clone(), step["label"].clone()),
    };
    let mut changes: Vec<Value> = Vec::new();
    for change in list(&step["changes"]) {
        let lane = change.get("lane").unwrap_or(&Value::Null);
        changes.push(names.number(&change["path"], lane, || written(&change["before"])).into());
        changes.push(written(&change["after"]));
    }
    let sent = list(&step["sent"]).iter().flat_map(|s| [&s["message"], &s["from"], &s["to"]]);
    let span = &step["span"];
    let piece = pieces.iter().position(|p| (&p["of"], &p["start"]) == (&span["source"], &span["start"]));
    let mut more = json!({});
    let extra = json!({
        "sent": sent.collect::<Vec<_>>(),
        "received": step.get("received"),
        "counterpart": step.get("counterpart"),
        "by": step.get("by"),
        "sides": step.get("sides"),
        "one_way": step.get("one_way"),
    });
    put(&mut more, extra);
    let mut lean = vec![kind, step["lane"].clone(), label, changes.into(), piece.into()];
    if more.as_object().is_some_and(|more| !more.is_empty()) {
        lean.push(more);
    }
    lean.into()
}

/// The steps that can be taken, by number; with a plus how many more there are.
fn onward(onward: &Value) -> String {
    let steps = list(&onward["steps"]).iter().map(Value::to_string);
    let more = onward.get("more").map(|more| format!("+{more}"));
    steps.chain(more).collect::<Vec<_>>().join(" ")
}

/// The names of a run's variables, each once.
#[derive(Default)]
struct Names {
    /// `broker1.log`; where the lane is another than the name says, both.
    all: Vec<Value>,
    paths: Vec<String>,
    /// What each is at the beginning, or before it first changes.
    first: Vec<Value>,
}

impl Names {
    fn number(&mut self, path: &Value, lane: &Value, first: impl FnOnce() -> Value) -> usize {
        let path = path.as_str().unwrap_or_default();
        // Of most variables the name begins with that of the node.
        let plain = lane.is_null() || path.contains('.') && !path.contains(' ');
        let told = if plain { path.into() } else { json!([path, lane]) };
        if let Some(known) = self.paths.iter().position(|known| known == path) {
            if !plain {
                self.all[known] = told;
            }
            return known;
        }
        self.all.push(told);
        self.paths.push(path.to_string());
        self.first.push(first());
        self.paths.len() - 1
    }
}

/// Numbers and truth values as they are, nothing as nothing, all others as text in the syntax of the language.
fn written(value: &Value) -> Value {
    let Some((kind, inside)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "bool" | "int" | "name" => inside.clone(),
        _ => syntax(value).into(),
    }
}

/// As the language writes it.
fn syntax(value: &Value) -> String {
    let Some((kind, inside)) = value.as_object().and_then(|object| object.iter().next()) else {
        return "none".to_string();
    };
    let all = |values: &Value| list(values).iter().map(syntax).collect::<Vec<_>>().join(", ");
    match kind.as_str() {
        "bool" | "int" => inside.to_string(),
        "name" => text(inside).unwrap_or_default(),
        "record" => record(text(&inside[0]).unwrap_or_default(), list(&inside[1])),
        "list" => format!("[{}]", all(inside)),
        "map" => {
            let entries =
                list(inside).iter().map(|entry| format!("{} -> {}", syntax(&entry[0]), syntax(&entry[1])));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        _ => format!("{{{}}}", all(inside)),
    }
}

fn record(name: String, fields: &[Value]) -> String {
    if fields.is_empty() {
        return name;
    }
    let unlike = name.is_empty();
    let field = |field: &Value| match unlike {
        true => syntax(&field[1]),
        false => format!("{}: {}", text(&field[0]).unwrap_or_default(), syntax(&field[1])),
    };
    let fields = fields.iter().map(field).collect::<Vec<_>>().join(", ");
    if unlike { format!("[{fields}]") } else { format!("{name} {{ {fields} }}") }
}

/// Paths with their values, as they are written.
fn pairs(values: &Value) -> Vec<Value> {
    list(values).iter().map(|pair| json!([pair[0], written(&pair[1])])).collect()
}

/// Adds the members that are something.
fn put(to: &mut Value, extra: Value) {
    let (Value::Object(to), Value::Object(extra)) = (to, extra) else { return };
    let something = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    let extra: Map<String, Value> = extra.into_iter().filter(|(_, value)| something(value)).collect();
    to.extend(extra);
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}
