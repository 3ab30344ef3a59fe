//! Programs from files: `.rcv` text, the code cells of a `.ipynb` notebook, or standard input.
//!
//! Enters: a path. Leaves: cells in order, with their names and ids; or why this is not for us.

use super::Trouble;
use reconverge_lang::session::CellRef;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

pub(super) struct Cell {
    pub cell: CellRef,
    pub code: String,
}

/// Reads a program; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Cell>, Trouble> {
    let name =
        path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    outcome.map_err(|e| Trouble(format!("cannot read {}: {e}", path.display())))?;
    let text = String::from_utf8(bytes).map_err(|_| Trouble(format!("{name} is not UTF-8 text")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if path.extension().is_some_and(|e| e == "ipynb") {
        return notebook(&name, text);
    }
    let name = if name == "-" { "input".to_string() } else { name };
    Ok(vec![Cell { cell: CellRef { id: None, name }, code: text.to_string() }])
}

fn notebook(name: &str, text: &str) -> Result<Vec<Cell>, Trouble> {
    let json: Value =
        serde_json::from_str(text).map_err(|e| Trouble(format!("{name} is not a notebook: {e}")))?;
    let language = json["metadata"]["kernelspec"]["language"]
        .as_str()
        .or_else(|| json["metadata"]["language_info"]["name"].as_str());
    if let Some(other) = language.filter(|l| *l != "reconverge") {
        return Err(Trouble(format!("{name} is a notebook for {other}, not for Reconverge")));
    }
    let Some(cells) = json["cells"].as_array() else {
        return Err(Trouble(format!(
            "{name} has no `cells`: notebooks of nbformat 4 can be read, older ones not"
        )));
    };
    let code = cells.iter().filter(|c| c["cell_type"] == "code");
    let numbered = code.enumerate().map(|(i, c)| Cell {
        cell: CellRef { id: c["id"].as_str().map(str::to_owned), name: format!("cell {}", i + 1) },
        code: source(&c["source"]),
    });
    Ok(numbered.collect())
}

/// A string, or lines that keep their newlines.
fn source(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_string(),
    }
}
