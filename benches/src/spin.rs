//! Spin, exhaustive and depth-first, where `spin` and `gcc` are installed.
//!
//! Enters: Promela with one parameter. Leaves: stored states and the time of the compiled verifier alone.

use std::process::Command;
use std::time::{Duration, Instant};

pub struct Source {
    pub text: &'static str,
    pub define: (&'static str, u32),
    /// At least the length of the longest run without a repeated state; Spin leaves out what lies deeper.
    pub depth: u32,
}

pub fn explore(source: &Source) -> Option<(u64, Duration)> {
    let folder = std::env::temp_dir().join(format!("reconverge-spin-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let (name, value) = source.define;
    std::fs::write(folder.join("model.pml"), format!("#define {name} {value}\n{}", source.text)).ok()?;
    let run =
        |program: &str, args: &[&str]| Command::new(program).args(args).current_dir(&folder).output().ok();
    // -o2: write-only variables are part of the state, as they are everywhere else.
    run("spin", &["-a", "-o2", "model.pml"])?;
    let flags =
        ["-O3", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOBOUNDCHECK", "-DMEMLIM=16000", "-o", "pan", "pan.c"];
    run("gcc", &flags)?;
    let start = Instant::now();
    let output = run(folder.join("pan").to_str()?, &[&format!("-m{}", source.depth), "-w26"])?;
    let time = start.elapsed();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|l| l.contains("states, stored"))?;
    let states = line.split_whitespace().next()?.parse().ok()?;
    std::fs::remove_dir_all(folder).ok()?;
    assert!(text.contains("errors: 0") && !text.contains("max search depth too small"), "{text}");
    Some((states, time))
}
