//! The engine for pages: in WebAssembly every cell of the suite tells what it tells here, to the byte.
//!
//! Enters: the suite, the manual on one page, the README. Leaves: failures that name the cell and show the difference.
//!
//! Where the module was not built (`install/live`) or Node is not there, nothing is compared; where
//! `RECONVERGE_NEED_LIVE` is set, that is a failure.

use crate::suite;
use reconverge_tests::literate::{Piece, pieces};
use reconverge_web::page::{Cell, Page, Told, World};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use std::{env, fs};

/// Time stands still, so that nothing is told of progress.
#[derive(Default)]
struct Listener(Mutex<Vec<Value>>);

impl World for Listener {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn tell(&self, told: &Told) {
        self.0.lock().unwrap().push(as_script(serde_json::to_value(told).unwrap()));
    }
}

/// As scripts have it: every number is a fraction.
fn as_script(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(as_script).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, as_script(v))).collect()),
        other => other,
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The module, where it and Node are there.
fn module() -> Option<PathBuf> {
    let module = root().join("install/python/reconverge_jupyter/live/engine.wasm.gz");
    let node = Command::new("node").arg("--version").output().is_ok_and(|ran| ran.status.success());
    if module.is_file() && node {
        return Some(module);
    }
    assert!(env::var_os("RECONVERGE_NEED_LIVE").is_none(), "no module (install/live), or no node");
    None
}

/// The cells of a file.
fn cells(path: &Path) -> Vec<Value> {
    let pieces = pieces(&fs::read_to_string(path).unwrap());
    let codes = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Cell(code) => Some(code),
        Piece::Prose(_) | Piece::Expect(_) => None,
    });
    let cell = |(n, code)| json!({ "id": null, "name": format!("cell {}", n + 1), "code": code });
    codes.enumerate().map(cell).collect()
}

/// What each cell of a session tells here.
fn told(cells: &[Value]) -> Vec<Vec<Value>> {
    let mut page = Page::new(Default::default());
    let run = |cell: &Value| {
        let listener = Listener::default();
        let code = cell["code"].as_str().unwrap().to_string();
        page.run(Cell { id: None, name: cell["name"].as_str().unwrap().to_string(), code }, &listener);
        listener.0.into_inner().unwrap()
    };
    cells.iter().map(run).collect()
}

/// In WebAssembly.
fn told_by(module: &Path, sessions: &[Vec<Value>]) -> Vec<Vec<Vec<Value>>> {
    let folder = env::temp_dir().join(format!("reconverge-web-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (asked, answered) = (folder.join("cells.json"), folder.join("told.json"));
    fs::write(&asked, serde_json::to_string(sessions).unwrap()).unwrap();
    let mut node = Command::new("node");
    node.args([root().join("tests/web/cells.mjs"), root().join("kernel/web/engine.js")]);
    let ran = node.arg(module).args([&asked, &answered]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Vec<Vec<Vec<Value>>> = serde_json::from_slice(&fs::read(&answered).unwrap()).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let cell = |told: Vec<Value>| told.into_iter().map(as_script).collect();
    told.into_iter().map(|cells| cells.into_iter().map(cell).collect()).collect()
}

#[test]
fn a_page_tells_what_the_kernel_tells() {
    let Some(module) = module() else { return };
    let files = suite::files();
    let sessions: Vec<Vec<Value>> = files.iter().map(|path| cells(path)).collect();
    let there = std::thread::scope(|scope| {
        let there = scope.spawn(|| told_by(&module, &sessions));
        let here: Vec<_> = sessions.iter().map(|cells| told(cells)).collect();
        (here, there.join().unwrap())
    });
    let (here, there) = there;
    let mut compared = 0;
    for ((path, cells), (here, there)) in files.iter().zip(&sessions).zip(here.iter().zip(&there)) {
        assert_eq!(here.len(), there.len(), "{}", path.display());
        for (cell, (here, there)) in cells.iter().zip(here.iter().zip(there)) {
            let (name, code) = (cell["name"].as_str().unwrap(), cell["code"].as_str().unwrap());
            let differ = || suite::difference(&lines(here), &lines(there));
            assert!(
                here == there,
                "{}, {name}: is the module older than the language (install/live)?\n{code}\n{}",
                path.display(),
                differ()
            );
            compared += 1;
        }
    }
    assert!(compared > 500, "only {compared} cells");
}

/// As text, a line for each value.
fn lines(told: &[Value]) -> String {
    serde_json::to_string_pretty(told).unwrap()
}
