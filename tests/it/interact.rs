//! `%interact`: what may be moved in a cell, and what follows as it is moved, over real sockets.
//!
//! Enters: cells, and what a front end with Jupyter's widgets tells. Leaves: failures.

use crate::frontend::{Channel, Exchange, Frontend, Message, execute_content};
use crate::suite::Quiet;
use reconverge_lang::report::panel::{Knob, Panel};
use reconverge_lang::session::{CellRef, Outcome, Session};
use serde_json::{Value, json};

const GATE: &str = "system Gate {
  enum Mode { strict, loose }
  param most: 1..3 = 1
  param mode: Mode = strict
  param doors = 2
  node Door[doors] { durable open: bool = false }
  state inside: 0..3 = 0
  action enter when inside < most or mode == loose and inside < 3 { inside += 1 }
  action unlock at d in Door when not d.open { d.open := true }
  invariant few: safety \"At most one is inside.\" { inside <= 1 }
}
";

const LONG: &str = "system Long {
  param n: 0..900 = 1
  state a: 0..900 = 0
  state b: 0..900 = 0
  state c: 0..900 = 0
  action up when a < n { a += 1 }
  action over when b < n { b += 1 }
  action out when c < n { c += 1 }
  invariant few: safety { n == 1 implies a <= 1 }
}
";

fn cell(name: &str) -> CellRef {
    CellRef { id: None, name: name.into() }
}

fn panel(code: &str) -> Option<Panel> {
    let mut session = Session::new(Vec::new());
    let done = session.execute(cell("gate"), GATE, &Quiet::new(), &mut |_| {});
    assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    session.panel(cell("moved"), code, &Quiet::new())
}

/// `most 1 of 1..3`
fn knobs(code: &str) -> Vec<String> {
    let panel = panel(code).unwrap();
    let knob =
        |knob: &Knob| format!("{} {} of {}", knob.name, knob.values.word(knob.at), knob.values.words());
    panel.knobs.iter().map(knob).collect()
}

#[track_caller]
fn moved(code: &str, at: &[usize], expected: &str) {
    let panel = panel(code).unwrap();
    assert_eq!(panel.code(&panel.written()), code, "what is not moved stays");
    assert_eq!(panel.code(at), expected);
}

#[test]
fn what_may_be_moved_is_known_from_declarations_and_commands() {
    let all = ["most 1 of 1..3", "mode strict of strict, loose", "doors 2 of 1..4"];
    assert_eq!(knobs("%interact check Gate"), all);
    assert_eq!(
        knobs("%interact\ncheck Gate(mode = loose) { faults { crash 1, crash 2 of Door } }")[1..],
        ["mode loose of strict, loose", "doors 2 of 1..4", "crash 1 of 0..2", "crash of Door 2 of 0..4"]
    );
    assert_eq!(
        knobs(
            "%interact crash in 0..9, mode in {loose, strict}, most in {1, 3}\ncheck Gate { faults { crash } }"
        ),
        ["most 1 of 1, 3", "mode strict of loose, strict", "crash 1 of 0..9"]
    );
    // Two commands have one value, or each its own.
    assert_eq!(knobs("%interact most in 1..2\ncheck Gate\nfind Gate { inside == 2 }"), ["most 1 of 1..2"]);
    assert_eq!(
        knobs("%interact most in 1..2\ncheck Gate\nfind Gate(most = 2) { inside == 2 }"),
        ["most 1 of 1..2", "most (Gate) 2 of 1..2"]
    );
    assert_eq!(knobs("%interact sweep most in 1..3 of Gate")[0], "mode strict of strict, loose");
    for none in ["check Gate", "%interact", "%interact inside", "%interact nobody in 1..2\ncheck Gate"] {
        assert_eq!(panel(none), None, "{none}");
    }
}

#[test]
fn a_cell_with_other_values_is_a_cell() {
    moved("%interact check Gate", &[1, 0, 1], "%interact check Gate(most = 2)");
    moved("%interact check Gate()", &[1, 1, 1], "%interact check Gate(most = 2, mode = loose)");
    moved(
        "%interact check Gate(doors = 1) { faults { crash, lose 1 } }",
        &[2, 0, 1, 2, 0],
        "%interact check Gate(doors = 2, most = 3) { faults { crash 2, lose 0 } }",
    );
    moved(
        "%interact most in 1..3\ncheck Gate\nfind Gate { inside == 2 }",
        &[1],
        "%interact most in 1..3\ncheck Gate(most = 2)\nfind Gate(most = 2) { inside == 2 }",
    );
    let lines = panel("%interact check Gate\ncheck Gate { faults { crash 1 } }").unwrap();
    assert_eq!(
        lines.lines(&[1, 0, 1, 2]),
        ["check Gate(most = 2)", "check Gate(most = 2) { faults { crash 2 } }"]
    );
}

/// A cell whose values can be moved, executed by a front end.
struct Board {
    f: Frontend,
    /// Id and state of each widget.
    opened: Vec<(String, Value)>,
    exchange: Exchange,
}

impl Board {
    #[track_caller]
    fn run(mut f: Frontend, code: &str) -> Board {
        let exchange = f.execute(code);
        let opened = opened(&exchange);
        Board { f, opened, exchange }
    }

    /// The widget with this description, or of this class.
    #[track_caller]
    fn id(&self, of: &str) -> String {
        let is_it = |state: &Value| state["description"] == of || state["_model_name"] == of;
        self.opened.iter().find(|(_, state)| is_it(state)).map(|(id, _)| id.clone()).unwrap()
    }

    fn send(&mut self, of: &str, state: Value) -> Value {
        let data = json!({ "method": "update", "state": state, "buffer_paths": [] });
        let content = json!({ "comm_id": self.id(of), "data": data });
        self.f.send(Channel::Shell, "comm_msg", content)
    }

    /// What is published as a value is moved.
    #[track_caller]
    fn moves(&mut self, of: &str, state: Value) -> Vec<Message> {
        let header = self.send(of, state);
        self.f.until_idle(&header)
    }
}

fn opened(exchange: &Exchange) -> Vec<(String, Value)> {
    let opens = exchange.published.iter().filter(|m| m.msg_type == "comm_open");
    let of = |m: &Message| {
        assert_eq!(m.content["target_name"], "jupyter.widget");
        (m.content["comm_id"].as_str().unwrap().to_owned(), m.content["data"]["state"].clone())
    };
    opens.map(of).collect()
}

/// Displays and their texts, in order.
fn displays(published: &[Message]) -> Vec<(String, String)> {
    let shown = published.iter().filter(|m| m.msg_type.ends_with("display_data"));
    let of = |m: &Message| {
        let text = m.content["data"]["text/plain"].as_str().unwrap().to_owned();
        (m.content["transient"]["display_id"].as_str().unwrap_or_default().to_owned(), text)
    };
    shown.map(of).collect()
}

#[test]
fn a_moved_value_gives_another_verdict() {
    let mut f = Frontend::start();
    f.run(GATE);
    let mut board = Board::run(f, "%interact check Gate { faults { crash 1 } }");
    assert_eq!(board.exchange.reply["status"], "ok");
    let classes: Vec<&str> = board.opened.iter().map(|(_, s)| s["_model_name"].as_str().unwrap()).collect();
    let sliders = ["IntSliderModel", "DropdownModel", "IntSliderModel", "IntSliderModel"];
    let expected =
        [&["LayoutModel", "DescriptionStyleModel"], &sliders[..], &["HTMLModel", "OutputModel", "VBoxModel"]]
            .concat();
    assert_eq!(classes, expected);
    let first = displays(&board.exchange.published);
    let [(_, table), (display, shown)] = first.as_slice() else { panic!("{first:?}") };
    assert!(table.contains("most") && table.contains("1..3") && table.contains("strict, loose"), "{table}");
    assert!(
        shown.contains("most = 1") && shown.contains("crash ≤ 1") && shown.contains("✓ holds"),
        "{shown}"
    );
    let view = board.exchange.published.iter().find(|m| m.msg_type == "display_data").unwrap();
    let view = &view.content["data"];
    let id = &view["application/vnd.jupyter.widget-view+json"]["model_id"];
    assert_eq!(id, &board.id("VBoxModel"));
    assert!(view["text/html"].as_str().unwrap().contains("<table"));

    let published = board.moves("most", json!({ "value": 2 }));
    assert_eq!(published[0].content["data"]["method"], "echo_update");
    let [(again, shown)] = displays(&published).try_into().unwrap();
    assert_eq!(&again, display);
    assert!(shown.contains("most = 2") && shown.contains("✗ violated"), "{shown}");
    let words = published.iter().find(|m| m.content["comm_id"] == board.id("HTMLModel")).unwrap();
    let words = words.content["data"]["state"]["value"].as_str().unwrap();
    assert!(words.contains("check Gate(most = 2) { faults { crash 1 } }"), "{words}");

    board.moves("most", json!({ "value": 1 }));
    let [(_, shown)] = displays(&board.moves("mode", json!({ "index": 1 }))).try_into().unwrap();
    assert!(shown.contains("mode = loose") && shown.contains("✗ violated"), "{shown}");
    // The next cell is about what is shown.
    let value = board.f.run("inside").only("execute_result")["data"]["text/plain"].clone();
    assert!(value.as_str().unwrap().contains('2'), "{value}");

    for wrong in [json!({ "index": 7 }), json!({ "index": "x" })] {
        let published = board.moves("mode", wrong);
        let last = &published.last().unwrap().content["data"];
        assert_eq!((&last["method"], &last["state"]), (&json!("update"), &json!({ "index": 1 })));
        assert!(displays(&published).is_empty());
    }
    assert_eq!(board.moves("mode", json!({ "index": 1 })).len(), 1, "nothing has moved");
    board.f.assert_alive();
}

#[test]
fn a_page_that_is_loaded_again_finds_its_widgets() {
    let mut f = Frontend::start();
    f.run(GATE);
    let mut board = Board::run(f, "%interact most in 1..3\ncheck Gate");
    board.moves("most", json!({ "value": 3 }));
    board.f.session = "another page".into();
    let known =
        board.f.ask(Channel::Shell, "comm_info_request", json!({ "target_name": "jupyter.widget" })).reply;
    let ids: Vec<&String> = known["comms"].as_object().unwrap().keys().collect();
    assert_eq!(ids.len(), board.opened.len());
    let others = board.f.ask(Channel::Shell, "comm_info_request", json!({ "target_name": "other" })).reply;
    assert_eq!(others["comms"], json!({}));
    let state = |board: &mut Board, of: &str| {
        let content = json!({ "comm_id": board.id(of), "data": { "method": "request_state" } });
        let header = board.f.send(Channel::Shell, "comm_msg", content);
        let [told] = board.f.until_idle(&header).try_into().unwrap();
        assert_eq!(told.content["data"]["method"], "update");
        told.content["data"]["state"].clone()
    };
    assert_eq!(state(&mut board, "most")["value"], 3);
    let outputs = state(&mut board, "OutputModel")["outputs"].clone();
    assert!(outputs[0]["data"]["text/plain"].as_str().unwrap().contains("most = 3"), "{outputs}");
    // It does not know the display: what follows is in the widget.
    let published = board.moves("most", json!({ "value": 1 }));
    let output = published.iter().rfind(|m| m.content["comm_id"] == board.id("OutputModel")).unwrap();
    let shown = &output.content["data"]["state"]["outputs"][0]["data"]["text/plain"];
    assert!(shown.as_str().unwrap().contains("✓ holds"), "{shown}");
    assert_eq!(displays(&published).len(), 1, "for the page that has it");
}

#[test]
fn a_page_that_is_loaded_again_shows_no_result_twice() {
    let mut f = Frontend::start();
    f.run(GATE);
    let mut board = Board::run(f, "%interact most in 1..3\ncheck Gate");
    board.f.session = "another page".into();
    for of in ["most", "OutputModel"] {
        let content = json!({ "comm_id": board.id(of), "data": { "method": "request_state" } });
        let header = board.f.send(Channel::Shell, "comm_msg", content);
        let [told] = board.f.until_idle(&header).try_into().unwrap();
        let state = &told.content["data"]["state"];
        assert!(of == "most" || state["outputs"] == json!([]), "nothing was moved: {state}");
    }
}

#[test]
fn what_is_moved_while_the_kernel_is_busy_is_run_once() {
    let mut f = Frontend::start();
    f.run(LONG);
    let mut board = Board::run(f, "%interact check Long");
    let running = board.f.send(Channel::Shell, "execute_request", execute_content("check Long(n = 900)"));
    board.f.wait_for(&running, "busy");
    let sent: Vec<Value> = [3, 5, 2].map(|n| board.send("n", json!({ "value": n }))).into();
    // Each message is over at once, so that the front end goes on telling.
    for header in &sent {
        board.f.wait_for(header, "idle");
    }
    board.f.send(Channel::Control, "interrupt_request", json!({}));
    board.f.reply(Channel::Control);
    assert_eq!(board.f.reply(Channel::Shell).content["ename"], "Interrupted");
    let shown = displays(&board.f.wait_for(&sent[0], "idle"));
    let texts: Vec<&String> = shown.iter().map(|(_, text)| text).collect();
    assert!(texts.last().unwrap().contains("check Long(n = 2)"), "{texts:?}");
    let runs = texts.iter().filter(|text| text.contains("check Long(n = ") && !text.contains("900"));
    assert_eq!(runs.count(), 1, "{texts:?}");
    board.f.assert_alive();
}

#[test]
fn a_long_run_gives_way_to_the_next_and_to_an_interrupt() {
    let mut f = Frontend::start();
    f.run(LONG);
    let mut board = Board::run(f, "%interact check Long");
    let long = board.send("n", json!({ "value": 900 }));
    // It takes long: its message is over, the run is not.
    board.f.wait_for(&long, "idle");
    board.f.wait_for(&long, "busy");
    let next = board.send("n", json!({ "value": 2 }));
    board.f.wait_for(&next, "idle");
    let shown = displays(&board.f.wait_for(&next, "idle"));
    let (display, text) = shown.last().unwrap();
    assert!(text.contains("check Long(n = 2)"), "{text}");

    let long = board.send("n", json!({ "value": 900 }));
    board.f.wait_for(&long, "idle");
    board.f.send(Channel::Control, "interrupt_request", json!({}));
    board.f.reply(Channel::Control);
    let stopped = displays(&board.f.wait_for(&long, "idle"));
    let (place, text) = stopped.iter().rfind(|(_, text)| !text.is_empty()).unwrap();
    assert!(place == display && text.contains("was interrupted"), "{place} {text}");
    board.f.assert_alive();
}

#[test]
fn an_expectation_is_judged_anew() {
    let mut f = Frontend::start();
    f.run(GATE);
    let mut board = Board::run(f, "%interact check Gate(most = 2) { expect holds few }");
    assert_eq!(board.exchange.reply["ename"], "E0510");
    let error = board.exchange.only("error").clone();
    assert_eq!(error["ename"], "E0510", "as of any cell that fails: who runs notebooks looks for it");
    let first = displays(&board.exchange.published);
    assert_eq!(first.last().unwrap().1, "", "a place for what comes of other values");
    let published = board.moves("most", json!({ "value": 1 }));
    let shown = displays(&published);
    assert!(shown[0].1.contains("✓ holds"), "{shown:?}");
    let words = published.iter().find(|m| m.content["comm_id"] == board.id("HTMLModel")).unwrap();
    let words = words.content["data"]["state"]["value"].as_str().unwrap();
    assert!(
        words.contains("The error at the end of the cell is that of the values as they are written."),
        "{words}"
    );
    let shown = displays(&board.moves("most", json!({ "value": 3 })));
    assert_eq!(shown.last().unwrap().0, first.last().unwrap().0);
    assert!(shown.last().unwrap().1.contains("E0510"), "{shown:?}");
}

#[test]
fn a_first_run_that_shows_nothing_leaves_a_place() {
    let mut f = Frontend::start();
    // With the value as it is written no run begins at all.
    f.run("system Late { param n = 0 state x: 0..1 = 0 action a { x := 1 } init n > 0 }");
    let mut board = Board::run(f, "%interact n in 0..2\ncheck Late(n = 0)");
    assert_eq!(board.exchange.only("error")["ename"], "E0504");
    let shown = displays(&board.moves("n", json!({ "value": 1 })));
    assert!(shown.iter().any(|(_, text)| text.contains("check Late(n = 1)")), "{shown:?}");
}

#[test]
fn a_cell_that_runs_again_has_new_widgets() {
    let mut f = Frontend::start();
    f.run(GATE);
    let mut run = |code: &str| {
        // Sent one after the other, in no time: an error ends none of those that follow it.
        let mut content = execute_content(code);
        content["stop_on_error"] = json!(false);
        let header = f.send_with(Channel::Shell, "execute_request", json!({ "cellId": "one" }), content);
        let reply = f.reply(Channel::Shell).content;
        Exchange { reply, published: f.until_idle(&header) }
    };
    let first = opened(&run("%interact check Gate"));
    let again = run("%interact check Gate");
    let closed = again.published.iter().filter(|m| m.msg_type == "comm_close");
    let closed: Vec<&Value> = closed.map(|m| &m.content["comm_id"]).collect();
    assert_eq!(closed, first.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>());
    let second = opened(&again);
    assert!(second.iter().all(|(id, _)| first.iter().all(|(old, _)| old != id)));
    // Errors in the text, or nothing to move: no widgets.
    for code in ["%interact check Nobody", "%interact 1 + 1", "%interact x in 1..2\ncheck Gate"] {
        let failed = run(code);
        assert_eq!(failed.reply["status"], "error", "{code}");
        assert!(opened(&failed).is_empty() && failed.types().contains(&"error"), "{code}");
    }
    let known = f.ask(Channel::Shell, "comm_info_request", json!({})).reply;
    assert_eq!(known["comms"], json!({}));
    // What is gone is told nothing.
    let data = json!({ "method": "update", "state": { "value": 2 } });
    let late = f.send(Channel::Shell, "comm_msg", json!({ "comm_id": first[2].0, "data": data }));
    assert!(f.until_idle(&late).is_empty());
}
