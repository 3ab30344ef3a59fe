//! The widgets of a cell whose values can be moved: what front ends draw of them, as they are now.
//!
//! Enters: the panel of a cell, what front ends tell of its widgets. Leaves: models of `@jupyter-widgets/controls`, and
//! where the values stand. Source: ipywidgets, "Jupyter widgets messaging protocol" 2.1 and "Model state" of version 8.

use crate::wire::Bundle;
use reconverge_lang::report::panel::{Knob, Panel, Values};
use reconverge_lang::session::CellRef;
use serde_json::{Map, Value, json};

/// The state of a model.
pub(super) type State = Map<String, Value>;

/// Cells whose widgets are kept; of more than these the oldest are closed.
const MOST: usize = 64;
/// Where the results of a cell are, for a page that does not know the displays in which they were shown.
const ELSEWHERE: &str =
    "This page was loaded after the cell had run: results are shown here, and below are older ones.";

/// What stands in the notebook whatever the values are moved to.
const AS_WRITTEN: &str = "The error at the end of the cell is that of the values as they are written.";

/// Who draws a model.
#[derive(Clone, Copy)]
struct Module {
    name: &'static str,
    version: &'static str,
}

const CONTROLS: Module = Module { name: "@jupyter-widgets/controls", version: "2.0.0" };
const BASE: Module = Module { name: "@jupyter-widgets/base", version: "2.0.0" };
const OUTPUT: Module = Module { name: "@jupyter-widgets/output", version: "1.0.0" };

/// All cells whose values can be moved.
#[derive(Default)]
pub(super) struct Opened {
    /// What tells the ids of this kernel from those of others.
    prefix: String,
    count: u64,
    list: Vec<Board>,
}

/// One of them.
pub(super) struct Board {
    pub number: u64,
    pub cell: CellRef,
    panel: Panel,
    /// The values, by position, one for each knob.
    at: Vec<usize>,
    /// Each behind those that it is made of.
    pub models: Vec<Model>,
    /// The front end that executed the cell, and so knows its displays.
    session: Option<String>,
    /// Others have asked.
    elsewhere: bool,
    /// The cell fails with the values as they are written.
    fails: bool,
    /// In how many displays its results are.
    pub displays: usize,
    results: Vec<Bundle>,
}

/// One widget.
pub(super) struct Model {
    pub id: String,
    pub state: State,
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Style,
    Layout,
    /// By its number in the panel.
    Knob(usize),
    /// The cell as it stands.
    Words,
    /// What it gives, for pages that were loaded later.
    Results,
    Whole,
}

/// What follows from what a front end tells.
#[derive(Debug, PartialEq)]
pub(super) enum Moved {
    /// A value is another.
    Value,
    /// The front end has what is not so: this is.
    Refused(State),
    Nothing,
}

impl Opened {
    pub(super) fn named(prefix: String) -> Opened {
        Opened { prefix, ..Opened::default() }
    }

    /// The widgets of a cell, and the ids of those that are closed for want of room.
    pub(super) fn open(
        &mut self,
        cell: CellRef,
        session: Option<String>,
        panel: Panel,
    ) -> (&Board, Vec<String>) {
        self.count += 1;
        let at = panel.written();
        let mut board = Board {
            number: self.count,
            cell,
            panel,
            at,
            models: Vec::new(),
            session,
            elsewhere: false,
            fails: false,
            displays: 0,
            results: Vec::new(),
        };
        board.build(&self.prefix);
        let room = self.list.len().saturating_sub(MOST - 1);
        let closed = self.list.drain(..room).flat_map(Board::ids).collect();
        self.list.push(board);
        (&self.list[self.list.len() - 1], closed)
    }

    /// Those of a cell that is executed again, or of which a front end closes one; their ids.
    pub(super) fn close(&mut self, which: impl Fn(&Board) -> bool) -> Vec<String> {
        self.list.extract_if(.., |board| which(board)).flat_map(Board::ids).collect()
    }

    pub(super) fn get(&mut self, number: u64) -> Option<&mut Board> {
        self.list.iter_mut().find(|board| board.number == number)
    }

    pub(super) fn of_model(&mut self, id: &str) -> Option<&mut Board> {
        self.list.iter_mut().find(|board| board.has(id))
    }

    /// Of every widget.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.list.iter().flat_map(|board| &board.models).map(|model| &model.id)
    }

    /// The display of a result, by which it is replaced.
    pub(super) fn display(&self, board: u64, index: usize) -> String {
        format!("reconverge-{}{board}-result-{index}", self.prefix)
    }
}

impl Board {
    pub(super) fn has(&self, id: &str) -> bool {
        self.models.iter().any(|model| model.id == id)
    }

    fn ids(self) -> impl Iterator<Item = String> {
        self.models.into_iter().map(|model| model.id)
    }

    pub(super) fn panel(&self) -> &Panel {
        &self.panel
    }

    /// The cell with the values as they are now.
    pub(super) fn code(&self) -> String {
        self.panel.code(&self.at)
    }

    /// The id of the widget that holds all others.
    pub(super) fn whole(&self) -> &str {
        self.models.last().map_or("", |model| &model.id)
    }

    pub(super) fn state(&self, id: &str) -> Option<&State> {
        self.models.iter().find(|model| model.id == id).map(|model| &model.state)
    }

    /// What a front end says of a widget is so from now on, where it can be.
    pub(super) fn told(&mut self, id: &str, said: &State) -> Moved {
        let Some(model) = self.models.iter_mut().find(|model| model.id == id) else { return Moved::Nothing };
        let Part::Knob(number) = model.part else { return Moved::Nothing };
        let values = &self.panel.knobs[number].values;
        let key = key(values);
        let Some(value) = said.get(key) else { return Moved::Nothing };
        match position(values, value) {
            Some(at) if at == self.at[number] => Moved::Nothing,
            Some(at) => {
                self.at[number] = at;
                model.state.insert(key.into(), value.clone());
                let words = self.words();
                self.set(Part::Words, "value", words);
                Moved::Value
            }
            None => Moved::Refused(State::from_iter([(key.to_owned(), model.state[key].clone())])),
        }
    }

    /// Whether its values are others than those that are written.
    pub(super) fn is_moved(&self) -> bool {
        self.at != self.panel.written()
    }

    /// A front end wants to see what follows from its values: one that did not execute the cell cannot.
    pub(super) fn heard(&mut self, session: Option<String>) {
        if self.elsewhere || session == self.session {
            return;
        }
        self.elsewhere = true;
        let words = self.words();
        self.set(Part::Words, "value", words);
        self.show_results();
    }

    /// The cell fails as it is written.
    pub(super) fn fails(&mut self) {
        self.fails = true;
    }

    /// What the cell gives now.
    pub(super) fn gives(&mut self, results: Vec<Bundle>) {
        self.results = results;
        if self.elsewhere {
            self.show_results();
        }
    }

    fn show_results(&mut self) {
        let output =
            |bundle: &Bundle| json!({ "output_type": "display_data", "data": bundle.data, "metadata": {} });
        let outputs = self.results.iter().map(output).collect();
        self.set(Part::Results, "outputs", Value::Array(outputs));
    }

    /// What changes as values are moved and results come, by the id of the widget.
    pub(super) fn changing(&self) -> impl Iterator<Item = (&str, State)> {
        let of = |part: Part, key: &str| {
            let model = self.models.iter().find(|model| model.part == part)?;
            Some((model.id.as_str(), State::from_iter([(key.to_owned(), model.state.get(key)?.clone())])))
        };
        let results = of(Part::Results, "outputs").filter(|_| self.elsewhere);
        of(Part::Words, "value").into_iter().chain(results)
    }

    fn set(&mut self, part: Part, key: &str, value: Value) {
        if let Some(model) = self.models.iter_mut().find(|model| model.part == part) {
            model.state.insert(key.to_owned(), value);
        }
    }

    /// HTML.
    fn words(&self) -> Value {
        let code = self.panel.lines(&self.at).join("\n");
        let code = code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let moved = self.fails && self.is_moved();
        let notes = [self.elsewhere.then_some(ELSEWHERE), moved.then_some(AS_WRITTEN)].into_iter().flatten();
        let notes: String = notes.map(|note| format!("<p>{note}</p>")).collect();
        format!("<pre style=\"margin:0;white-space:pre-wrap\">{code}</pre>{notes}").into()
    }

    fn build(&mut self, prefix: &str) {
        let number = self.number;
        let id = |name: &str| format!("reconverge-{prefix}{number}-{name}");
        let knobs = &self.panel.knobs;
        // So that all of them begin below each other.
        let label = knobs.iter().map(|knob| knob.name.chars().count()).max().unwrap_or(0) + 1;
        let width = json!({ "width": format!("calc({label}ch + 20em)"), "max_width": "100%" });
        let style = json!({ "description_width": format!("{label}ch") });
        let words = json!({ "value": self.words() });
        let of = |part: Part, name: &str, state: State| Model { id: id(name), part, state };
        let layout = of(Part::Layout, "layout", model(BASE, ("LayoutModel", BASE, "LayoutView"), width));
        let style = model(CONTROLS, ("DescriptionStyleModel", BASE, "StyleView"), style);
        let style = of(Part::Style, "style", style);
        let drawn = json!({ "layout": reference(&layout.id), "style": reference(&style.id) });
        let html = model(CONTROLS, ("HTMLModel", CONTROLS, "HTMLView"), words);
        let nothing = json!({ "msg_id": "", "outputs": [] });
        let output = model(OUTPUT, ("OutputModel", OUTPUT, "OutputView"), nothing);
        let knobs = knobs.iter().enumerate();
        let mut models: Vec<Model> = knobs
            .map(|(i, knob)| of(Part::Knob(i), &format!("knob-{i}"), control(knob, &drawn)))
            .chain([of(Part::Words, "words", html), of(Part::Results, "results", output)])
            .collect();
        let children: Vec<String> = models.iter().map(|model| reference(&model.id)).collect();
        let whole = json!({ "children": children, "box_style": "" });
        let whole = of(Part::Whole, "all", model(CONTROLS, ("VBoxModel", CONTROLS, "VBoxView"), whole));
        models.splice(0..0, [layout, style]);
        models.push(whole);
        self.models = models;
    }
}

/// A slider for numbers, a list for words. `drawn`: how it is.
fn control(knob: &Knob, drawn: &Value) -> State {
    let mut own = json!({
        "description": knob.name,
        "tooltip": format!("{}: {}", knob.kind.word(), knob.values.words()),
        "disabled": false,
    });
    let (names, more) = match &knob.values {
        Values::Numbers { least, most } => {
            let value = least.saturating_add(i64::try_from(knob.at).unwrap_or(i64::MAX));
            let slider = json!({
                "min": least, "max": most, "step": 1, "value": value, "orientation": "horizontal",
                "readout": true, "readout_format": "d",
                // A value is meant where the slider is let go, and not on its way.
                "continuous_update": false,
            });
            (("IntSliderModel", CONTROLS, "IntSliderView"), slider)
        }
        Values::Words(words) => {
            let list = json!({ "_options_labels": words, "index": knob.at });
            (("DropdownModel", CONTROLS, "DropdownView"), list)
        }
    };
    for part in [&more, drawn] {
        for (key, value) in part.as_object().into_iter().flatten() {
            own[key] = value.clone();
        }
    }
    model(CONTROLS, names, own)
}

fn reference(id: &str) -> String {
    format!("IPY_MODEL_{id}")
}

/// The state of a model of one module, with the name of its class, and where its view is.
fn model(module: Module, (name, views, view): (&str, Module, &str), own: Value) -> State {
    let mut state = State::from_iter([
        ("_model_module".to_owned(), json!(module.name)),
        ("_model_module_version".to_owned(), json!(module.version)),
        ("_model_name".to_owned(), json!(name)),
        ("_view_module".to_owned(), json!(views.name)),
        ("_view_module_version".to_owned(), json!(views.version)),
        ("_view_name".to_owned(), json!(view)),
    ]);
    if let Value::Object(own) = own {
        state.extend(own);
    }
    state
}

/// The part of its state in which a widget has its value.
fn key(values: &Values) -> &'static str {
    match values {
        Values::Numbers { .. } => "value",
        Values::Words(_) => "index",
    }
}

/// The position of a value that a front end sends.
fn position(values: &Values, value: &Value) -> Option<usize> {
    match values {
        Values::Numbers { .. } => values.position(&value.as_i64()?.to_string()),
        Values::Words(words) => usize::try_from(value.as_u64()?).ok().filter(|at| *at < words.len()),
    }
}
