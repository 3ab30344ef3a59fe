//! Cases in files beside the tests: a heading, a block ```` ```rcv ```` with a cell, and a block ```` ```text ```` with what
//! comes of it. `UPDATE=1` rewrites the answers; review the difference as behaviour.
//!
//! Enters: a file below `tests/`, and what answers a cell. Leaves: a panic at the first case with another answer.

#[track_caller]
pub fn check(file: &str, answer: &dyn Fn(&str) -> String) {
    let path = format!("{}/tests/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the file of cases is beside the test");
    let found = rewritten(&text, answer);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, found).expect("the file of cases can be written");
        return;
    }
    for (expected, found) in sections(&text).zip(sections(&found)) {
        assert!(expected == found, "{file}: expected\n{expected}\nfound\n{found}");
    }
    assert_eq!(sections(&text).count(), sections(&found).count(), "{file}: cases");
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n## ")
}

/// The text with the answers that are given now.
fn rewritten(text: &str, answer: &dyn Fn(&str) -> String) -> String {
    let (mut out, mut cell, mut within) = (String::new(), String::new(), "");
    for line in text.lines() {
        match (within, line) {
            ("", "```rcv") => {
                within = "rcv";
                cell.clear();
            }
            ("", "```text") => {
                within = "text";
                out.push_str("```text\n");
                out.push_str(&answer(&cell));
                continue;
            }
            ("rcv" | "text", "```") => within = "",
            ("rcv", line) => {
                cell.push_str(line);
                cell.push('\n');
            }
            _ => {}
        }
        if within != "text" {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
