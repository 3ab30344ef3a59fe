//! The language server over standard input and output, as an editor speaks to it.
//!
//! Enters: messages of the protocol. Leaves: failures.

use crate::frontend::binary;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const URI: &str = "file:///lesson/lamp.rcv";

/// An editor with one text open.
struct Editor {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: i64,
}

impl Editor {
    fn start(encodings: &[&str]) -> Editor {
        let mut child = Command::new(binary())
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let mut editor = Editor { child, to, from, asked: 0 };
        let general = json!({ "general": { "positionEncodings": encodings } });
        let answer =
            editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": general }));
        assert_eq!(answer["capabilities"]["hoverProvider"], json!(true));
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server goes on");
            if line.trim().is_empty() {
                break;
            }
            if let Some(n) = line.strip_prefix("Content-Length: ") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn whole(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.read();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.whole(method, params)["result"].clone()
    }

    /// Opens a text; its diagnostics.
    fn open(&mut self, text: &str) -> Value {
        let document = json!({ "uri": URI, "languageId": "reconverge", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.published()
    }

    fn change(&mut self, text: &str) -> Value {
        let document = json!({ "uri": URI, "version": 2 });
        let changes = json!([{ "text": text }]);
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        self.published()
    }

    fn published(&mut self) -> Value {
        let told = self.read();
        assert_eq!(told["method"], "textDocument/publishDiagnostics");
        assert_eq!(told["params"]["uri"], URI);
        told["params"]["diagnostics"].clone()
    }

    fn at(&mut self, what: &str, line: u32, character: u32) -> Value {
        let position = json!({ "line": line, "character": character });
        self.ask(
            &format!("textDocument/{what}"),
            json!({ "textDocument": { "uri": URI }, "position": position }),
        )
    }

    fn of(&mut self, what: &str) -> Value {
        let options = json!({ "tabSize": 2, "insertSpaces": true });
        self.ask(
            &format!("textDocument/{what}"),
            json!({ "textDocument": { "uri": URI }, "options": options }),
        )
    }

    fn stop(mut self) {
        assert_eq!(self.whole("shutdown", Value::Null)["error"], Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().unwrap().success());
    }
}

const LAMP: &str = "/// A lamp: \u{1F4A1}.
system Lamp {
  enum Phase { dark, bright }
  /// What it shows.
  state phase: Phase = dark
  action switch when phase == dark { phase := bright }
  invariant lit: safety \"💡 It is dark or bright.\" { phase in {dark, bright} }
}
check Lamp
";

#[test]
fn an_editor_is_served() {
    let mut editor = Editor::start(&["utf-16"]);
    assert_eq!(editor.open(LAMP), json!([]));

    let completed = editor.at("completion", 8, 6);
    let labels: Vec<&str> =
        completed["items"].as_array().unwrap().iter().map(|i| i["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Lamp"]);
    assert_eq!(
        completed["items"][0]["textEdit"]["range"],
        json!({ "start": { "line": 8, "character": 6 }, "end": { "line": 8, "character": 6 } })
    );

    let shown = editor.at("hover", 5, 24)["contents"]["value"].as_str().unwrap().to_owned();
    assert!(shown.contains("state phase: Phase") && shown.contains("What it shows."), "{shown}");
    // Behind a character of two units.
    let place = editor.at("definition", 6, 58);
    assert_eq!(place["range"]["start"], json!({ "line": 4, "character": 8 }), "{place}");

    let outline = editor.of("documentSymbol");
    assert_eq!(outline[0]["name"], "Lamp");
    let children = outline[0]["children"].as_array().unwrap();
    let names: Vec<&str> = children.iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Phase", "phase", "switch", "lit"]);
    assert_eq!(children[3]["detail"], "invariant: safety");
    assert_eq!(outline[1]["name"], "check Lamp");

    let found = editor.change("system Lamp { state  lit: bool = 3 }");
    assert_eq!(found[0]["severity"], 1, "{found}");
    assert_eq!(found[0]["range"]["start"], json!({ "line": 0, "character": 33 }), "{found}");
    let edits = editor.of("formatting");
    assert_eq!(edits[0]["newText"], "system Lamp {\n  state lit: bool = 3\n}\n", "{edits}");
    assert_eq!(editor.change("system Lamp {")[0]["severity"], 1);
    assert_eq!(editor.of("formatting"), Value::Null);

    let unknown = editor.whole("textDocument/nothing", json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    let wrong = editor.whole("textDocument/hover", json!({ "position": 3 }));
    assert_eq!(wrong["error"]["code"], -32602);
    editor.stop();
}

#[test]
fn places_are_counted_as_agreed() {
    let mut editor = Editor::start(&["utf-8", "utf-16"]);
    editor.open(LAMP);
    // The same place as above, in bytes: the character of two units has four of them.
    let place = editor.at("definition", 6, 60);
    assert_eq!(place["range"]["start"], json!({ "line": 4, "character": 8 }), "{place}");
    editor.stop();
}
