//! A system and a type of Rust cells: the text of a crate that takes the system's runs on the code, step by step.
//!
//! Enters: states of a model and its steps as rows of numbers, runs. Leaves: the text of a crate, and of the call of it; what it
//! tells of a run on which the code does something else is [`Replayed`].

use super::call::{self, Call};
use super::conform::{DIFFERENCE, WATCH, arguments, fill, head, prefix, row, states};
use super::flat::{Codec, Flat};
use super::steps::Method;
use super::{Module, variables, write};
use crate::analysis::program::{NodeField, Program, Timekeeper, Type};
use crate::value::Value;

/// What the crate tells of a run that differs, as the type of what it shows.
pub const DIFFERS: &str = "application/vnd.reconverge.differs";

/// A model as code can be compared with it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Each state as a row: its variables in the order of `State`.
    pub states: Vec<Vec<i64>>,
    /// Initial ones.
    pub first: Vec<usize>,
    /// The number of the method, what it is passed, and the step in words. No method: the code is not told.
    pub calls: Vec<(Option<usize>, Vec<i64>, String)>,
    /// By state.
    pub steps: Vec<Vec<Step>>,
    /// Every state has all its steps.
    pub whole: bool,
    /// So many steps of those states have no value, and are left out.
    pub unvalued: usize,
    /// So many states have, the nearest; those behind them have the steps of runs at random.
    pub explored: usize,
    /// Runs at random: where each begins, and the numbers of its calls.
    pub walks: Vec<(usize, Vec<usize>)>,
}

/// What can happen in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is called.
    pub call: usize,
    /// Which state may follow, and the row of what is sent then.
    pub to: Vec<(usize, Vec<i64>)>,
}

/// A run on which code does something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The states that the model goes through, the first one included, and the one that it comes to where the code does not;
    /// none: there is no run to be drawn.
    pub states: Vec<usize>,
    /// What happens in between.
    pub calls: Vec<usize>,
    /// What the code shows at the end, by variable; empty: it panics there.
    pub shown: Vec<(String, Value)>,
    /// What it sends in the last step: message and the number of the receiver among all nodes.
    pub sent: Vec<(String, usize)>,
    /// In words, with a cell.
    pub words: String,
}

/// The text of the crate's `lib.rs`, and of the cell that calls it. The types are those of the crate `reconverge`.
pub fn replaying(program: &Program, methods: &[Method], graph: &Graph, code: &str) -> (String, Call) {
    let module = Module { program, prefix: prefix(program) };
    let mut codec = Codec::new(&module);
    let mut text = head();
    states(&mut codec, &mut text);
    let (mut called, mut shown) = (Vec::new(), String::new());
    for (i, method) in methods.iter().enumerate() {
        if !graph.calls.iter().any(|(called, ..)| *called == Some(i)) {
            continue;
        }
        let passed = arguments(&mut codec, &method.params, &mut text);
        let name = method.rust_name();
        write(
            &mut shown,
            format_args!(
                "{i} => {{ {} let a: Vec<String> = vec![{}]; format!(\"code.{name}({{}});\", a.join(\", \")) }} ",
                passed.read, passed.shown
            ),
        );
        called.push((i, method, passed.read));
    }
    text.push_str(&data(graph));
    let clocks: Vec<String> = clocks(program).collect();
    write(&mut text, format_args!("static CLOCKS: &[&str] = &{clocks:?};\n"));
    text.push_str(&WATCH.replace("@WHAT@", &program.name));
    text.push_str(DIFFERENCE);
    let at = call::of_type(code);
    text.push_str(&REPLAY.replace("@CALLS@", &shown).replace("@CODE@", &at));
    let call = call::system(&codec, &called, (code, &at));
    (fill(&text, program, &module), call)
}

/// The clocks, of which code has none that can be seen.
fn clocks(program: &Program) -> impl Iterator<Item = String> {
    let clock = Some(Timekeeper::Clock);
    let states =
        program.states.iter().filter(move |state| state.time == clock).map(|state| state.name.clone());
    let fields = program.node_fields.iter().filter(move |field| field.time == clock);
    let field = |field: &NodeField| format!("{} of {}", field.name, program.nodes[field.node.index()].name);
    states.chain(fields.map(field))
}

/// The model, one thing a line.
fn data(graph: &Graph) -> String {
    let mut data = String::new();
    for state in &graph.states {
        data.push_str("s ");
        row(&mut data, state);
        data.push('\n');
    }
    for (method, passed, label) in &graph.calls {
        let method = method.map_or(-1, |method| method as i64);
        write(&mut data, format_args!("c {method} "));
        row(&mut data, passed);
        write(&mut data, format_args!("#{}\n", label.replace('\n', " ")));
    }
    for (state, steps) in graph.steps.iter().enumerate() {
        for step in steps {
            write(&mut data, format_args!("g {state} {}", step.call));
            for (to, sent) in &step.to {
                write(&mut data, format_args!("|{to} "));
                row(&mut data, sent);
            }
            data.push('\n');
        }
    }
    for (start, calls) in &graph.walks {
        write(&mut data, format_args!("w {start}"));
        calls.iter().for_each(|call| write(&mut data, format_args!(" {call}")));
        data.push('\n');
    }
    let first = graph.first.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "static DATA: &str = {data:?};\nstatic FIRST: &[usize] = &[{first}];\nstatic WHOLE: bool = {};\nstatic UNVALUED: usize = {};\n\
         static EXPLORED: usize = {};\n",
        graph.whole, graph.unvalued, graph.explored
    )
}

/// What the crate has told; `None`: it is not understood.
pub fn replayed(program: &Program, told: &str) -> Option<Replayed> {
    let (mut lines, mut found) = (told.lines(), Replayed::empty());
    let all = variables(program);
    let flat = Flat::new(program);
    while let Some(line) = lines.next() {
        let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
        let numbers: Vec<i64> = rest.split(' ').filter_map(|n| n.parse().ok()).collect();
        let places = || numbers.iter().map(|n| *n as usize).collect();
        match key {
            "states" => found.states = places(),
            "calls" => found.calls = places(),
            "part" => {
                let variable = all.get(*numbers.first()? as usize)?;
                let value = flat.get(variable.ty, &mut numbers[1..].iter())?;
                found.shown.push((variable.path.clone(), value));
            }
            "sent" => {
                let (kind, to) = (*numbers.first()? as usize, *numbers.last()? as usize);
                let message = program.messages.get(kind)?;
                let ty = program.types.find(&Type::Record(message.record))?;
                let mut value = flat.get(ty, &mut numbers[1..].iter())?;
                if let Value::Record(name, _) = &mut value {
                    *name = message.name.as_str().into();
                }
                found.sent.push((value.to_string(), to));
            }
            "words" => {
                found.words = std::iter::once(rest).chain(lines.by_ref()).collect::<Vec<_>>().join("\n")
            }
            _ => return None,
        }
    }
    (!found.words.is_empty()).then_some(found)
}

impl Replayed {
    fn empty() -> Replayed {
        Replayed {
            states: Vec::new(),
            calls: Vec::new(),
            shown: Vec::new(),
            sent: Vec::new(),
            words: String::new(),
        }
    }
}

/// Runs in order of length, then every step that these left out, then those at random.
const REPLAY: &str = include_str!("replay.template");
