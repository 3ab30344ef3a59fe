//! `reconverge-rust`: compiles and runs the Rust cells of one notebook, in a process of its own.
//!
//! Enters: lines of JSON on standard input. Leaves: lines of JSON on standard output, and what the compiler compiles on
//! standard error. The same binary is also the process in which cells run, and ends with the kernel in any case.

mod cells;
mod lines;
mod past;
mod processes;
#[path = "../../src/rust/protocol.rs"]
mod protocol;
mod screen;

use cells::Cells;
use protocol::{Ask, Fault, Tell};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where the sources of Rust's standard library are. Unset, the analyser asks rustup for them by itself, which changes
/// the machine and reaches the network.
const SOURCES: &str = "RUST_SRC_PATH";
/// Where everything is compiled.
const WORKPLACE: &str = "EVCXR_TMPDIR";
/// How long what runs may take to end once the kernel is gone.
const LAST_CHANCE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let asked = std::env::args_os().nth(1);
    let between = lines::ARGUMENTS
        .iter()
        .find(|(argument, _)| asked.as_deref().is_some_and(|asked| asked == *argument));
    if let Some((_, channel)) = between {
        return lines::hand_on(*channel);
    }
    // First: this binary is also the process that runs cells. Without those between, it runs them as well.
    let _direct = lines::stand_between();
    evcxr::runtime_hook();
    match surroundings() {
        Ok(()) => serve(),
        Err(error) => {
            tell(&Tell::Failed(Fault::Refused(error.to_string())));
            ExitCode::FAILURE
        }
    }
}

/// Sets what the environment must have, by starting this program once more in it.
fn surroundings() -> std::io::Result<()> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set(SOURCES) && set(WORKPLACE) {
        return Ok(());
    }
    let mut again = Command::new(std::env::current_exe()?);
    if !set(WORKPLACE) {
        again.env(WORKPLACE, std::env::temp_dir().join(format!("reconverge-rust-{}", std::process::id())));
    }
    if !set(SOURCES) {
        again.env(SOURCES, sources()?);
    }
    Err(std::os::unix::process::CommandExt::exec(&mut again))
}

/// Those of the toolchain, where it has them; otherwise a library of which nothing is known.
fn sources() -> std::io::Result<PathBuf> {
    let asked = Command::new("rustc").args(["--print", "sysroot"]).output();
    let root = asked.ok().filter(|o| o.status.success()).and_then(|o| String::from_utf8(o.stdout).ok());
    let library = root.map(|root| Path::new(root.trim()).join("lib/rustlib/src/rust/library"));
    if let Some(library) = library.filter(|library| library.join("core").is_dir()) {
        return Ok(library);
    }
    let nothing = std::env::temp_dir().join("reconverge-rust-no-sources");
    std::fs::create_dir_all(nothing.join("core"))?;
    Ok(nothing)
}

/// Says something to the kernel. A kernel that is gone needs no word; that it is gone shows on standard input.
fn tell(word: &Tell) {
    let mut line = serde_json::to_vec(word).unwrap_or_default();
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(&line).and_then(|()| out.flush());
}

/// Runs one cell after the other until standard input ends.
fn serve() -> ExitCode {
    let (sender, jobs) = channel();
    let stop: Arc<Mutex<Option<processes::Stop>>> = Arc::default();
    let stopper = stop.clone();
    let reader = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(Ask::Execute(cell)) => drop(sender.send(cell)),
                Ok(Ask::Interrupt) => interrupt(&stopper),
                Err(error) => eprintln!("not understood: {error}"),
            }
        }
        drop(sender);
        // The kernel is gone: nobody waits for what runs.
        interrupt(&stopper);
        std::thread::sleep(LAST_CHANCE);
        processes::end_children(processes::Which::All);
        clear();
        std::process::exit(0);
    };
    std::thread::spawn(reader);
    let mut cells = match Cells::start() {
        Ok(cells) => cells,
        Err(fault) => {
            tell(&Tell::Failed(fault));
            clear();
            return ExitCode::FAILURE;
        }
    };
    tell(&Tell::Ready);
    for cell in jobs {
        let word = match cells.run(&cell, &stop) {
            Ok(()) => Tell::Done,
            Err(fault) => Tell::Failed(fault),
        };
        tell(&word);
    }
    drop(cells);
    clear();
    ExitCode::SUCCESS
}

fn interrupt(stop: &Mutex<Option<processes::Stop>>) {
    let stop = stop.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(stop) = stop.as_ref() {
        stop.ask();
    }
}

/// Leaves nothing on the disk.
fn clear() {
    if let Some(folder) = std::env::var_os(WORKPLACE) {
        let _gone = std::fs::remove_dir_all(folder);
    }
}
